//! tower without a framework: readiness, errors, bodies, nesting.

use std::convert::Infallible;
use std::task::{Context, Poll};

use ::http::{Request, Response};
use ::tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use hardtack::{CrossOriginLayer, SessionError, SessionLayer, SessionSlot};

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
        .layer(CrossOriginLayer::new(World::new().protection()))
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
    let (outer, inner) = (World::new(), World::new());
    let service = ServiceBuilder::new()
        .layer(SessionLayer::new(outer.users))
        .layer(SessionLayer::new(inner.users.clone()))
        .service_fn(|request: Request<()>| async move {
            slot(&request).start(User::ada()).unwrap();
            Ok::<_, Infallible>(Response::new(()))
        });
    let (response, events) =
        crate::events::during(|| block_on(service.oneshot(Request::new(()))).unwrap());
    assert!(events.starts_with("WARN message=two session cookies of one type"), "{events}");
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let change = hardtack::testing::change(&inner.users, lines).unwrap();
    assert_eq!(change.session().unwrap().data, User::ada());
}
