//! Several layers in one request: which one owns the slot, and which one checks where the request comes from.

use super::*;
use crate::csrf::CrossOriginProtection;
use crate::error::CrossOriginError;
use crate::head::stub::Request;
use crate::keys::Keys;

#[derive(Debug, PartialEq)]
enum Outcome {
    /// A slot, with this session.
    Slot(Option<u32>),
    Already,
    Refused(BeginError),
}

fn begin(
    cookie: &SessionCookie<u32>,
    request: &Request,
    protection: &CrossOriginProtection,
    others: &mut InRequest,
) -> Outcome {
    match cookie.begin(request, protection, others) {
        Ok(Begun::Slot(slot)) => Outcome::Slot(slot.get().map(|session| *session)),
        Ok(Begun::Already) => Outcome::Already,
        Err(error) => Outcome::Refused(error),
    }
}

fn named(app: &Application, name: &str) -> SessionCookie<u32> {
    app.session().name(name).build().unwrap()
}

fn get(cookies: &[&str]) -> Request {
    cookies.iter().fold(Request::new("GET", "/"), |request, line| request.with("cookie", line))
}

fn forged(cookies: &[&str]) -> Request {
    let request = Request { method: "POST", ..get(cookies) };
    request.with("sec-fetch-site", "cross-site")
}

const CROSS_SITE: Outcome = Outcome::Refused(BeginError::CrossOrigin(CrossOriginError::CrossSite));

#[test]
fn the_outermost_layer_has_the_slot() {
    let (shop, _) = shop();
    let (users, carts) = (named(&shop, "users"), named(&shop, "carts"));
    let request = get(&["a=b", &line(&users, &7), &line(&carts, &8)]);
    let (protection, others) = (shop.cross_origin_protection(), &mut InRequest::default());
    assert_eq!(begin(&users, &request, &protection, others), Outcome::Slot(Some(7)));
    assert_eq!(begin(&carts, &request, &protection, others), Outcome::Slot(Some(8)));
    assert_eq!(begin(&users.clone(), &request, &protection, others), Outcome::Already);
    assert_eq!(begin(&carts, &request, &protection, others), Outcome::Already);
    assert_eq!(format!("{others:?}"), r#"["users", "carts"]"#);
    // Another request knows nothing of it.
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &protection, others), Outcome::Slot(Some(7)));
}

#[test]
fn two_cookies_of_one_name_are_a_mistake_of_the_server() {
    let keys = Keys::from(Key::generate().unwrap());
    let app = |name: &str| Application::new(name, &keys).unwrap();
    let shop = app("shop");
    let users = named(&shop, "users");
    let protection = shop.cross_origin_protection();
    // Built alike, and of another application.
    for other in [named(&app("shop"), "users"), named(&app("blog"), "users")] {
        let others = &mut InRequest::default();
        let request = get(&[&line(&users, &7)]);
        assert_eq!(begin(&users, &request, &protection, others), Outcome::Slot(Some(7)));
        for request in [&request, &forged(&[])] {
            let refused = begin(&other, request, &protection, others);
            assert_eq!(refused, Outcome::Refused(BeginError::SameName));
        }
        assert_eq!(begin(&users, &request, &protection, others), Outcome::Already);
    }
    // So is one of another type.
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &get(&[]), &protection, others), Outcome::Slot(None));
    let names: SessionCookie<String> = app("shop").session().name("users").build().unwrap();
    let begun = names.begin(&get(&[]), &protection, others).map(|_| ());
    assert_eq!(begun, Err(BeginError::SameName));
    // Cookies tell names apart by case.
    let upper = named(&app("shop"), "Users");
    assert_eq!(begin(&upper, &get(&[]), &protection, others), Outcome::Slot(None));
}

#[test]
fn the_rules_of_the_outermost_layer_are_the_applications() {
    let (shop, _) = shop();
    let [users, carts] = ["users", "carts"].map(|name| named(&shop, name));
    let request = forged(&[&line(&users, &7), &line(&carts, &8)]);
    let strict = shop.cross_origin_protection();
    let off = strict.clone().danger_without_cross_origin_check();
    let exempt = strict.clone().exempt("POST", "/");

    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &off, others), Outcome::Slot(Some(7)));
    assert_eq!(begin(&carts, &request, &strict, others), Outcome::Slot(Some(8)));

    // If it is exempt, it has no session in any layer.
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &exempt, others), Outcome::Slot(None));
    assert_eq!(begin(&carts, &request, &strict, others), Outcome::Slot(None));
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &off, others), Outcome::Slot(Some(7)));
    assert_eq!(begin(&carts, &request, &exempt, others), Outcome::Slot(Some(8)));

    // If it is refused, it gets no slot, and neither does the next layer that asks.
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &strict, others), CROSS_SITE);
    assert_eq!(format!("{others:?}"), "[]");
    assert_eq!(begin(&carts, &request, &strict, others), CROSS_SITE);
}

#[test]
fn each_application_checks_for_itself() {
    let keys = Keys::from(Key::generate().unwrap());
    let [shop, blog] = ["shop", "blog"].map(|name| Application::new(name, &keys).unwrap());
    let (users, readers) = (named(&shop, "users"), named(&blog, "readers"));
    let request = forged(&[&line(&users, &7), &line(&readers, &8)]);
    let off = shop.cross_origin_protection().danger_without_cross_origin_check();
    let others = &mut InRequest::default();
    assert_eq!(begin(&users, &request, &off, others), Outcome::Slot(Some(7)));
    let strict = blog.cross_origin_protection();
    assert_eq!(begin(&readers, &request, &strict, others), CROSS_SITE);
    let exempt = strict.exempt("POST", "/");
    assert_eq!(begin(&readers, &request, &exempt, others), Outcome::Slot(None));
    // Inside the first layer nothing changes.
    let carts = named(&shop, "carts");
    let strict = shop.cross_origin_protection();
    assert_eq!(begin(&carts, &request, &strict, others), Outcome::Slot(None));
    let request = forged(&[&line(&carts, &9)]);
    let prefs = named(&shop, "prefs");
    assert_eq!(begin(&prefs, &request, &strict, others), Outcome::Slot(None));
}

#[test]
fn an_exempt_request_sees_no_session_and_may_start_one() {
    let (shop, _) = shop();
    let users = named(&shop, "users");
    let exempt = shop.cross_origin_protection().exempt("POST", "/");
    let old = line(&users, &7);
    let own = Request { method: "POST", ..get(&[&old]) }.with("sec-fetch-site", "same-origin");
    for request in [forged(&[&old]), own] {
        let Ok(Begun::Slot(slot)) = users.begin(&request, &exempt, &mut InRequest::default())
        else {
            panic!("an exempt request is served");
        };
        assert!(matches!(slot.open(), Ok(None)));
        slot.end().unwrap();
        let mut head = Response::new(200);
        slot.clone().commit(&mut head).unwrap();
        assert_eq!(head.all("set-cookie"), [""; 0], "nobody is logged out by it");
        let Ok(Begun::Slot(slot)) = users.begin(&request, &exempt, &mut InRequest::default())
        else {
            panic!("an exempt request is served");
        };
        let started = slot.start(8).unwrap();
        assert_eq!(*started, 8);
        assert_eq!(committed(&slot).unwrap().0, 8);
    }
}

#[test]
fn an_error_says_whose_mistake_it_is() {
    use std::error::Error;
    let same_name = BeginError::SameName;
    assert_eq!(same_name.to_string(), "another session cookie of the same name is installed");
    assert!(same_name.source().is_none());
    let cross_origin = BeginError::CrossOrigin(CrossOriginError::CrossSite);
    assert_eq!(cross_origin.to_string(), CrossOriginError::CrossSite.to_string());
    assert!(cross_origin.source().is_some_and(|source| source.is::<CrossOriginError>()));
}
