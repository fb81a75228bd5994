//! actix-web: the middleware, and extractors.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, web};
use hardtack::{Session, SessionError, SessionMiddleware, SessionSlot};

use crate::actions::{self, Answer};
use crate::site::{Layers, Panics, Traits};
use crate::world::{Absent, Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub const TRAITS: Traits = Traits {
    panics: Panics::Closed,
    layers: Layers::Nest,
    routes_first: None,
    drops_lines: None,
    no_extractors: None,
};

/// The site, and routes that only the caller has.
pub fn app(
    world: World,
    more: fn(&mut web::ServiceConfig),
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let nested = web::scope("/nested")
        .route("/act/{action}", web::to(act))
        .wrap(SessionMiddleware::new(world.users.clone()))
        .wrap(from_fn(look));
    let clash = web::resource("/clash")
        .wrap(SessionMiddleware::new(world.clash.clone()))
        .get(async || "reached");
    let users = SessionMiddleware::new(world.users.clone()).exempt(Method::POST, EXEMPT_WITHIN);
    let carts = SessionMiddleware::new(world.carts.clone())
        .exempt(Method::POST, EXEMPT)
        .danger_pass_without_origin(WITHOUT_ORIGIN);
    let carts = match world.checks_origin {
        true => carts,
        false => carts.danger_without_cross_origin_check(),
    };
    App::new()
        .route("/untouched", web::get().to(async || "untouched"))
        .route("/profile", web::get().to(profile))
        .route("/maybe", web::get().to(maybe))
        .route("/cart", web::get().to(cart))
        .route("/absent", web::get().to(async |_: SessionSlot<Absent>| "reached"))
        .route("/absent-session", web::get().to(async |_: Session<Absent>| "reached"))
        .route("/act/{action}", web::to(act))
        .service(nested)
        .service(clash)
        .configure(more)
        .wrap(users)
        .wrap(carts)
        .app_data(web::Data::new(world))
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
