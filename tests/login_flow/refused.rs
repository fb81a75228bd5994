//! Callbacks that are refused.

use base64::Engine;

use super::*;

#[test]
fn a_callback_with_another_state_is_refused() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    let state = flow.state();
    let turned = if state.ends_with('A') { 'B' } else { 'A' };
    let elsewhere = Browser::default().begin(&site).state().to_owned();
    let table = [
        (String::new(), LoginFlowError::MalformedState),
        (state[..35].to_owned(), LoginFlowError::MalformedState),
        (format!("{state}A"), LoginFlowError::MalformedState),
        (format!("{state}="), LoginFlowError::MalformedState),
        (format!(" {}", &state[..35]), LoginFlowError::MalformedState),
        (format!("{}+", &state[..35]), LoginFlowError::MalformedState),
        (format!("\u{e9}{}", &state[..34]), LoginFlowError::MalformedState),
        (format!("{}{turned}", &state[..35]), LoginFlowError::WrongState),
        (format!("{}{}", &state[..8], &elsewhere[8..]), LoginFlowError::WrongState),
        (elsewhere, LoginFlowError::NoFlow),
    ];
    for (other, expected) in table {
        refused(browser.finish(&site, &other), expected);
    }
    // And none of them has spoilt the flow.
    assert!(browser.finish(&site, state).is_ok());
}

#[test]
fn a_callback_in_another_browser_is_refused() {
    let site = site();
    let flow = Browser::default().begin(&site);
    refused(Browser::default().finish(&site, flow.state()), LoginFlowError::NoFlow);
    let mut other = Browser::default();
    let _ = other.begin(&site);
    refused(other.finish(&site, flow.state()), LoginFlowError::NoFlow);
}

#[test]
fn a_callback_works_once() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    assert!(browser.finish(&site, flow.state()).is_ok());
    refused(browser.finish(&site, flow.state()), LoginFlowError::NoFlow);
}

#[test]
fn a_cookie_under_another_flows_name_is_refused() {
    let (site, mut browser) = (site(), Browser::default());
    let (one, other) = (browser.begin(&site), browser.begin(&site));
    let name = |flow: &LoginFlow| flow.set_cookies().next().unwrap().name().to_owned();
    let moved = browser.0[&name(&other)].clone();
    browser.0.insert(name(&one), moved);
    refused(browser.finish(&site, one.state()), LoginFlowError::WrongState);
    // Beside the flow's own cookie, it does no harm.
    let own = one.set_cookies().next().unwrap();
    let line = format!("{}; {}={}", browser.line(), own.name(), own.value());
    assert!(site.flows.finish([line], one.state(), None).is_ok());
}

#[test]
fn what_was_sealed_for_anything_else_is_no_flow() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    let build =
        |app: &str, ring: &Keys| builder(&application(app, ring, &site.clock)).build().unwrap();
    let refusal = |flows: LoginFlows, browser: &Browser| {
        flows.finish([browser.line()], flow.state(), None).err()
    };
    let as_refused = |error| Some(LoginFlowError::Refused(error));
    assert_eq!(refusal(build("shop", &site.ring), &browser), None);
    // The other application's default name has no cookie here; and under this name the cookie belongs to another.
    assert_eq!(refusal(build("blog", &site.ring), &browser), Some(LoginFlowError::NoFlow));
    let blog = builder(&application("blog", &site.ring, &site.clock));
    let blog = blog.cookie_prefix("__Host-shop~login-").build().unwrap();
    assert_eq!(refusal(blog, &browser), as_refused(OpenError::NotAuthentic));
    let key = site.ring.key_ids()[0];
    let foreign = Keys::from(Key::generate().unwrap());
    assert_eq!(
        refusal(build("shop", &foreign), &browser),
        as_refused(OpenError::UnknownKey { key })
    );

    let now = Timestamp::from_secs(T);
    let name = browser.0.keys().next().unwrap().clone();
    let shop = application("shop", &site.ring, &site.clock);
    let use_ = |sealer: SealerBuilder, schema: u32, payload: &[u8]| {
        let sealer = sealer.build().unwrap();
        let claims = sealer.new_claims(Class::Standard, now).unwrap().with_schema(schema);
        let claims = claims.expires_by(now + Duration::from_secs(600));
        sealer.seal(&claims, payload, now).unwrap()
    };
    let of_flows = || shop.cookie_sealer("__Host-shop~login-");
    let state = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(flow.state()).unwrap();
    for (value, expected) in [
        (String::new(), OpenError::Malformed),
        ("!".repeat(300), OpenError::Malformed),
        (use_(shop.sealer("login"), 0, b""), OpenError::NotAuthentic),
        (use_(shop.cookie_sealer("login"), 0, b""), OpenError::NotAuthentic),
        (use_(shop.cookie_sealer(&name), 0, b""), OpenError::NotAuthentic),
        (use_(of_flows(), 0, b""), OpenError::BadPayload),
        (use_(of_flows(), 0, &[0; 27]), OpenError::BadPayload),
        (use_(of_flows(), 0, &[&state[..], &[0; 61]].concat()), OpenError::BadPayload),
        (use_(of_flows(), 0, &[&state[..], &[2; 62]].concat()), OpenError::BadPayload),
        (use_(of_flows(), 1, &[0; 89]), OpenError::UnknownShape { found: 1, written: 0 }),
    ] {
        browser.0.insert(name.clone(), value);
        refused(browser.finish(&site, flow.state()), LoginFlowError::Refused(expected));
    }
    // Authentic, of this purpose, and of the right length: another state.
    browser.0.insert(name, use_(of_flows(), 0, &[0; 89]));
    refused(browser.finish(&site, flow.state()), LoginFlowError::WrongState);
}

#[test]
fn every_byte_of_the_cookie_counts() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    let (name, value) = browser.0.pop_first().unwrap();
    for place in 0..value.len() {
        let mut wrong = value.clone().into_bytes();
        wrong[place] = if wrong[place] == b'A' { b'B' } else { b'A' };
        browser.0.insert(name.clone(), String::from_utf8(wrong).unwrap());
        assert!(browser.finish(&site, flow.state()).is_err(), "{place}");
    }
}

#[test]
fn a_cookie_of_another_prefix_or_of_the_applications_own_use_is_no_flow() {
    let site = site();
    let with = |prefix: &str, path: &str| {
        let builder = builder(&application("shop", &site.ring, &site.clock));
        builder.cookie_prefix(prefix).return_to([path]).build().unwrap()
    };
    let (shops, admins) = (with("__Host-shop-", "/*"), with("__Host-admin-", "/admin"));
    let flow = shops.begin([""], "https://id.example", "/anywhere").unwrap();
    let line = flow.set_cookies().last().unwrap();
    let renamed = format!("{}={}", line.name().replace("-shop-", "-admin-"), line.value());
    let expected = LoginFlowError::Refused(OpenError::NotAuthentic);
    refused(admins.finish([renamed], flow.state(), None), expected);
    // "login" is a likely name for the application's own tokens, say of links in e-mails.
    let links = application("shop", &site.ring, &site.clock).sealer("login").build().unwrap();
    let opened = links.open(line.value().as_bytes(), Timestamp::from_secs(T));
    assert_eq!(opened.err(), Some(OpenError::NotAuthentic));
}
