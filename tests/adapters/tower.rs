//! tower without a framework: readiness, errors, targets with an authority.

use std::convert::Infallible;
use std::task::{Context, Poll};

use ::http::{Request, Response};
use ::tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use hardtack::for_tower::CrossOriginLayer;
use hardtack::{SessionLayer, SessionSlot};

use crate::world::{User, World};

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// The slot that the innermost layer left.
fn slot<B>(request: &Request<B>) -> SessionSlot<User> {
    request.extensions().get::<SessionSlot<User>>().unwrap().clone()
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
    assert!(events.starts_with("WARN message=two session cookies with the same type"), "{events}");
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap());
    let change = hardtack::testing::change(&inner, lines).unwrap();
    assert_eq!(change.session().unwrap().data, User::ada());
}

/// Of another type they are `layers::clash`; which of the two the browser kept would be chance here too.
#[test]
fn two_cookies_of_one_name_and_one_type_are_a_500() {
    let world = World::new();
    let user = world.stranger::<User>().build().unwrap();
    let service = ServiceBuilder::new()
        .layer(SessionLayer::new(world.users.clone()))
        .layer(SessionLayer::new(user))
        .service_fn(|_: Request<()>| async { Ok::<_, Infallible>(Response::new(())) });
    let request = Request::get("/").header("cookie", world.ada()).body(()).unwrap();
    let (response, events) = crate::events::during(|| block_on(service.oneshot(request)).unwrap());
    assert_eq!((response.status().as_u16(), response.headers().len()), (500, 0));
    let said = "two session cookies with the same name in one request: build it once and clone it, or call .name(…)";
    assert_eq!(events, format!("ERROR message={said} cookie=\"__Host-shop\"\n"));
}
