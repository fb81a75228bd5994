//! actix-web: the middleware, and extractors.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, rt, web};
use hardtack::{Session, SessionError, SessionMiddleware, SessionSlot};

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, World};

pub fn serve(world: World) -> Running {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let addr = listener.local_addr().unwrap();
    let app = move || {
        let nested = web::scope("/nested")
            .route("/act/{action}", web::to(act))
            .wrap(SessionMiddleware::new(world.users.clone()))
            .wrap(from_fn(look));
        let clash = web::resource("/clash")
            .wrap(SessionMiddleware::new(world.clash.clone()))
            .get(async || "reached");
        let users = SessionMiddleware::new(world.users.clone());
        let carts = SessionMiddleware::new(world.carts.clone());
        App::new()
            .route("/untouched", web::get().to(async || "untouched"))
            .route("/profile", web::get().to(profile))
            .route("/maybe", web::get().to(maybe))
            .route("/cart", web::get().to(cart))
            .route("/stream", web::get().to(stream))
            .route("/act/{action}", web::to(act))
            .service(nested)
            .service(clash)
            .wrap(users.exempt(Method::POST, EXEMPT_WITHIN))
            .wrap(carts.exempt(Method::POST, EXEMPT))
            .app_data(web::Data::new(world.clone()))
    };
    let (started, handle) = mpsc::channel();
    std::thread::spawn(move || {
        rt::System::new().block_on(async {
            let server = HttpServer::new(app).workers(2).disable_signals();
            let server = server.listen_auto_h2c(listener).unwrap().run();
            started.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    let handle = handle.recv().unwrap();
    Running::new(addr, move || drop(handle.stop(false)))
}

async fn profile(user: Session<User>) -> String {
    format!("{} {}", user.id, user.name)
}

async fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

async fn cart(cart: Session<Cart>) -> String {
    format!("{:?}", cart.items)
}

async fn stream(world: web::Data<World>, users: SessionSlot<User>) -> HttpResponse {
    HttpResponse::Ok().streaming(Box::pin(actions::late_change(World::clone(&world), users)))
}

/// Between two middlewares of one cookie.
async fn look(
    _: Option<Session<User>>,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    next.call(request).await
}

async fn act(
    world: web::Data<World>,
    action: web::Path<String>,
    users: SessionSlot<User>,
    carts: SessionSlot<Cart>,
    text: String,
) -> Result<HttpResponse, SessionError> {
    let Answer { status, headers, body } = actions::act(&action, &world, &users, &carts, &text)?;
    let mut response = HttpResponse::build(StatusCode::from_u16(status).unwrap());
    for header in headers {
        response.append_header(header);
    }
    Ok(response.body(body))
}
