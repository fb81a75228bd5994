//! tower without a framework: readiness, errors, bodies, nesting.

use std::convert::Infallible;
use std::task::{Context, Poll};

use ::http::{Request, Response};
use ::tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use hardtack::for_tower::CrossOriginLayer;
use hardtack::{SessionError, SessionLayer, SessionSlot};

use crate::world::{User, World};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The slot that the innermost layer left.
fn slot<B>(request: &Request<B>) -> SessionSlot<User> {
    request.extensions().get::<SessionSlot<User>>().unwrap().clone()
}

/// A body whose owner still holds the request's slot while it streams.
#[derive(Default)]
struct Streaming(Option<SessionSlot<User>>);

#[test]
fn a_change_after_the_head_is_an_error() {
    let world = World::new();
    let service = ServiceBuilder::new().layer(SessionLayer::new(world.users.clone())).service_fn(
        |request: Request<()>| async move {
            let slot = slot(&request);
            assert!(slot.get().is_some());
            Ok::<_, Infallible>(Response::new(Streaming(Some(slot))))
        },
    );
    let request = Request::get("/").header("cookie", world.ada()).body(()).unwrap();
    let response = block_on(service.oneshot(request)).unwrap();
    let slot = response.into_body().0.unwrap();
    assert_eq!(slot.start(User::ada()).err(), Some(SessionError::HeadSent));
}

#[test]
fn a_handle_kept_into_the_body_is_told_that_the_head_has_gone() {
    let world = World::new();
    let kept = std::sync::Mutex::new(None);
    let service = service_fn(|request: Request<()>| {
        *kept.lock().unwrap() = slot(&request).get();
        async { Ok::<_, Infallible>(Response::new(())) }
    });
    let service =
        ServiceBuilder::new().layer(SessionLayer::new(world.users.clone())).service(service);
    let request = Request::get("/").header("cookie", world.ada()).body(()).unwrap();
    block_on(service.oneshot(request)).unwrap();
    let mut session = kept.lock().unwrap().take().unwrap();
    assert_eq!(session.name, "Ada");
    assert_eq!(session.update(|user| user.id = 8).err(), Some(SessionError::HeadSent));
    assert_eq!(session.set(User::ada()).err(), Some(SessionError::HeadSent));
}

#[test]
fn errors_of_the_inner_service_pass_through() {
    let world = World::new();
    let service = ServiceBuilder::new().layer(SessionLayer::new(world.users.clone())).service_fn(
        |request: Request<()>| async move {
            slot(&request).start(User::ada()).unwrap();
            Err::<Response<()>, _>("broken")
        },
    );
    assert_eq!(block_on(service.oneshot(Request::new(()))).err(), Some("broken"));
}

/// Fails a call that nobody asked readiness for, as a service behind a concurrency limit would.
#[derive(Default)]
struct Strict {
    ready: bool,
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Service<Request<()>> for Strict {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        std::future::ready(Ok(Response::new(())))
    }
}

#[test]
fn the_service_that_was_ready_is_the_one_called() {
    let layer = SessionLayer::new(World::new().users);
    let mut service = ServiceBuilder::new().layer(layer).service(Strict::default());
    block_on(async {
        for _ in 0..2 {
            service.ready().await.unwrap().call(Request::new(())).await.unwrap();
        }
    });
}

#[test]
fn the_authority_of_the_target_is_the_host() {
    let called = std::cell::Cell::new(0);
    let service = service_fn(|_: Request<()>| {
        called.set(called.get() + 1);
        async { Ok::<_, Infallible>(Response::new(())) }
    });
    let service = ServiceBuilder::new()
        .layer(CrossOriginLayer::new(World::new().shop.cross_origin_protection()))
        .service(service);
    let send = |target: &str, origin: &str| {
        let request = Request::post(target).header("origin", origin).body(()).unwrap();
        block_on(service.clone().oneshot(request)).unwrap().status().as_u16()
    };
    assert_eq!(send("https://shop.example/order", "https://shop.example"), 200);
    assert_eq!(send("https://shop.example:8443/order", "https://shop.example:8443"), 200);
    assert_eq!(called.get(), 2);
    assert_eq!(send("https://shop.example/order", "https://evil.example"), 403);
    assert_eq!(send("/order", "https://shop.example"), 403, "no host at all");
    assert_eq!(called.get(), 2);
}

#[cfg(feature = "axum")]
#[test]
fn of_two_layers_with_one_type_the_inner_counts_and_it_is_logged() {
    let world = World::new();
    let inner = world.stranger::<User>().name("__Host-other").build().unwrap();
    let service = ServiceBuilder::new()
        .layer(SessionLayer::new(world.users))
        .layer(SessionLayer::new(inner.clone()))
        .service_fn(|request: Request<()>| async move {
            slot(&request).start(User::ada()).unwrap();
            Ok::<_, Infallible>(Response::new(()))
        });
    let (response, events) =
        crate::events::during(|| block_on(service.oneshot(Request::new(()))).unwrap());
    assert!(events.starts_with("WARN message=two session cookies of one type"), "{events}");
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let change = hardtack::testing::change(&inner, lines).unwrap();
    assert_eq!(change.session().unwrap().data, User::ada());
}

/// A service that says whether it was called.
#[derive(Clone, Default)]
struct Reached(std::rc::Rc<std::cell::Cell<bool>>);

impl Service<Request<()>> for Reached {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        self.0.set(true);
        slot(&request).end().unwrap();
        std::future::ready(Ok(Response::new(())))
    }
}

#[cfg(feature = "axum")]
#[test]
fn two_cookies_of_one_name_are_a_500() {
    let world = World::new();
    let said = "two session cookies of one name in one request: build it once and clone it, or call .name(…)";
    // Of another type, and of the same: whichever the browser kept would be chance.
    let reached = Reached::default();
    let outer = || ServiceBuilder::new().layer(SessionLayer::new(world.users.clone()));
    let request = || Request::get("/").header("cookie", world.ada()).body(()).unwrap();
    let theme = world.stranger::<crate::world::Theme>().build().unwrap();
    let user = world.stranger::<User>().build().unwrap();
    let theme = outer().layer(SessionLayer::new(theme)).service(reached.clone());
    let user = outer().layer(SessionLayer::new(user)).service(reached.clone());
    for (response, events) in [
        crate::events::during(|| block_on(theme.oneshot(request())).unwrap()),
        crate::events::during(|| block_on(user.oneshot(request())).unwrap()),
    ] {
        assert_eq!((response.status().as_u16(), response.headers().len()), (500, 0));
        assert_eq!(events, format!("ERROR message={said} cookie=\"__Host-shop\"\n"));
        assert!(!reached.0.get());
    }
}

#[test]
fn a_clone_of_the_cookie_further_in_leaves_the_commit_to_the_outer_layer() {
    let world = World::new();
    let layer = || SessionLayer::new(world.users.clone());
    let reached = Reached::default();
    let service = ServiceBuilder::new().layer(layer()).layer(layer()).layer(layer());
    let request = Request::get("/").header("cookie", world.ada()).body(()).unwrap();
    let response = block_on(service.service(reached.clone()).oneshot(request)).unwrap();
    assert!(reached.0.get());
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let lines: Vec<_> = lines.collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("__Host-shop=;"), "{lines:?}");
}

#[test]
fn a_refused_request_does_not_reach_the_inner_service() {
    let world = World::new();
    let reached = Reached::default();
    let service = ServiceBuilder::new()
        .layer(SessionLayer::new(world.users.clone()))
        .service(reached.clone());
    let request = Request::post("/").header("sec-fetch-site", "cross-site").body(()).unwrap();
    let response = block_on(service.oneshot(request)).unwrap();
    assert_eq!((response.status().as_u16(), response.headers().len()), (403, 0));
    assert!(!reached.0.get());
}
