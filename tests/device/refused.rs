//! Bad input: each header malformed, oversized, doubled, from another session, application, key or algorithm, too early or too late. The answer
//! is the one that the draft asks for, no state changes, and an event says why.

use hardtack::{Application, Key};

use super::*;

/// What a registration is answered, and why.
fn registered(site: &Site, browser: &Browser, lines: &[&str]) -> (u16, String) {
    let request = Request::new("POST", REGISTER).with("cookie", &browser.line());
    asked(
        &site.users,
        lines.iter().fold(request, |r, line| r.with("secure-session-response", line)),
    )
}

fn asked(users: &SessionCookie<User>, request: Request) -> (u16, String) {
    let (answer, said) = events::during(|| users.device_answer(&request).unwrap());
    if answer.status() != 200 {
        assert_eq!(all(&answer, "set-cookie"), [""; 0]);
        assert_eq!(answer.body(), "");
    }
    let reason = said.split_once("message=device refused reason=\"").map(|(_, rest)| rest);
    let reason = reason.and_then(|rest| rest.split('"').next()).unwrap_or_default();
    (answer.status(), reason.to_owned())
}

fn refused(status: u16, reason: &str) -> (u16, String) {
    (status, reason.to_owned())
}

/// The challenge in an offer, or in the answer to a refresh.
fn challenge(header: &str) -> &str {
    header.split('"').find(|part| part.len() > 80).unwrap()
}

#[test]
fn registrations_that_are_no_proof_are_refused() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let challenge = challenge(&offer);
    let (device, jti) = (ada.device.clone(), format!("{{\"jti\":\"{challenge}\"}}"));
    let key = device.registration();
    let good = device.registers(&offer).unwrap();
    let sign = |header: &str, payload: &str| device.sign(header, payload);
    let without_key = "{\"alg\":\"ES256\",\"typ\":\"dbsc+jwt\"}";
    let of_key = |from: &str, to: &str| sign(&key.replace(from, to), &jti);
    let parts: Vec<&str> = good.split('.').collect();
    let mut bent = good.clone().into_bytes();
    let place = bent.len() - 10;
    bent[place] = if bent[place] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8(bent).unwrap();
    let (zeros, long) = ("A".repeat(43), "a".repeat(4_097));
    let coordinate =
        |name: &str| key.split(&format!("\"{name}\":\"")).nth(1).unwrap()[..43].to_owned();
    let malformed = [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        "a.b.c".to_owned(),
        format!("{good}."),
        format!("{good}="),
        format!("{good}, {good}"),
        parts[..2].join("."),
        sign(&key.replace("dbsc+jwt", "jwt"), &jti),
        sign(&key.replace("\"typ\":\"dbsc+jwt\",", ""), &jti),
        sign(&key.replace("{\"alg\"", "{\"crit\":[\"b64\"],\"alg\""), &jti),
        sign(&key.replace("\"alg\":\"ES256\"", "\"alg\":\"ES256\",\"alg\":\"ES256\""), &jti),
        sign(&key.replace("\"alg\":\"ES256\"", "\"alg\":[\"ES256\"]"), &jti),
        sign("[]", &jti),
        sign("{", &jti),
        sign(&key, "{}"),
        sign(&key, "null"),
        sign(&key, "{\"jti\":7}"),
        sign(&key, &format!("{jti}{jti}")),
        sign(&key, &format!("{{\"jti\":\"{challenge}\",\"jti\":\"{challenge}\"}}")),
        format!("{}.{}.{}", parts[0], parts[1], "AAAA"),
        sign(&key, &format!("{{\"jti\":{}1{}}}", "[".repeat(500), "]".repeat(500))),
    ];
    for text in malformed {
        assert_eq!(registered(&site, &ada, &[&text]), refused(403, "malformed"), "{text}");
    }
    for (text, reason) in [
        (long, "too long"),
        (of_key("ES256", "RS256"), "other algorithm"),
        (of_key("ES256", "none"), "other algorithm"),
        (of_key("ES256", "es256"), "other algorithm"),
        (of_key("P-256", "P-384"), "other algorithm"),
        (of_key("\"EC\"", "\"RSA\""), "other algorithm"),
        (of_key(&coordinate("x"), &zeros), "bad key"),
        (of_key(&coordinate("y"), &coordinate("x")), "bad key"),
        (of_key(&coordinate("x"), "AAAA"), "bad key"),
        (sign(without_key, &jti), "wrong form"),
        (bent, "bad signature"),
        (SoftwareDevice::generate().unwrap().sign(&key, &jti), "bad signature"),
        (sign(&key, "{\"jti\":\"\"}"), "challenge not ours"),
        (sign(&key, "{\"jti\":\"cv\"}"), "challenge not ours"),
        (sign(&key, &format!("{{\"jti\":\"{}\"}}", ada.cookies[NAME])), "challenge not ours"),
    ] {
        assert_eq!(registered(&site, &ada, &[&text]), refused(403, reason), "{text}");
    }
    assert_eq!(registered(&site, &ada, &[]), refused(403, "header missing"));
    assert_eq!(registered(&site, &ada, &[&good, &good]), refused(403, "header doubled"));
    // Members that a later draft may add are passed over, and quotes are no matter.
    let later = sign(
        &key.replace("{\"alg\"", "{\"kid\":\"1\",\"alg\""),
        &format!("{{\"iat\":1,\"aud\":\"https://shop.example\",\"jti\":\"{challenge}\"}}"),
    );
    assert_eq!(registered(&site, &ada, &[&format!("\"{later}\"")]).0, 200);
    assert_eq!(registered(&site, &ada, &[&good]).0, 200);
}

#[test]
fn registrations_of_another_session_or_time_are_refused() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let proof = ada.device.registers(&offer).unwrap();
    let mut eve = Browser::new(&site.users);
    assert_eq!(registered(&site, &eve, &[&proof]), refused(403, "no session"));
    eve.cookies.insert(NAME.to_owned(), "x".to_owned());
    assert_eq!(registered(&site, &eve, &[&proof]), refused(403, "malformed"));
    eve.log_in();
    assert_eq!(registered(&site, &eve, &[&proof]), refused(403, "another session"));
    // A registration does not accept the challenge of a refresh, nor a refresh that of a registration.
    let bound = Browser::bound(&site.users);
    let again = bound.clone().post(bound.ask());
    let again = challenge(all(&again, "secure-session-challenge")[0]).to_owned();
    let other = ada.device.sign(&ada.device.registration(), &format!("{{\"jti\":\"{again}\"}}"));
    assert_eq!(registered(&site, &ada, &[&other]), refused(403, "another challenge"));
    let registration = bound.device.refreshes(&format!("\"{}\"", challenge(&offer))).unwrap();
    let request = bound.ask().with("cookie", &bound.line());
    let request = request.with("secure-session-response", &registration);
    assert_eq!(asked(&site.users, request), refused(403, "another challenge"));
    // To the second, and a clock that is behind.
    site.wait(CHALLENGE - 1);
    assert_eq!(registered(&site, &ada, &[&proof]).0, 200);
    site.wait(1);
    assert_eq!(registered(&site, &ada, &[&proof]), refused(403, "challenge expired"));
    site.clock.set(Timestamp::from_secs(T - 60));
    assert_eq!(registered(&site, &ada, &[&proof]).0, 200, "within the leeway");
    site.clock.set(Timestamp::from_secs(T - 61));
    assert_eq!(registered(&site, &ada, &[&proof]), refused(503, "challenge not yet valid"));
}

#[test]
fn what_another_application_or_key_sealed_is_refused() {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let users = |name: &str, keys: &hardtack::keys::Keys, cookie: &str| {
        let shop = Application::builder(name, keys.clone()).clock(clock.clone()).build().unwrap();
        let builder = shop.session::<User>().name(cookie);
        builder.device_binding(DeviceBinding::default()).build().unwrap()
    };
    let own = users("shop", &keys, NAME);
    let ada = Browser::bound(&own);
    let other_keys = Key::generate().unwrap().into();
    for (other, reason, status) in [
        (users("shop", &other_keys, NAME), "identifier of an unknown key", 401),
        (users("bank", &keys, NAME), "identifier not ours", 401),
        (users("shop", &keys, "__Host-other"), "identifier not ours", 401),
    ] {
        let eve = Browser::bound(&other);
        // The other's identifier, with a session of our own that does not need it.
        let request = eve.ask().with("cookie", &ada.line());
        let reason = if reason.contains("unknown") { "no session" } else { reason };
        assert_eq!(asked(&own, request), refused(status, reason));
        let mut new = Browser::new(&own);
        let mut fresh = Browser::new(&other);
        let (_, theirs) = (new.log_in(), fresh.log_in());
        let proof = new.device.registers(&theirs).unwrap();
        let request = Request::new("POST", REGISTER).with("secure-session-response", &proof);
        let (status, reason) = asked(&own, request.with("cookie", &new.line()));
        let unknown = (503, "challenge of an unknown key".to_owned());
        assert!(
            [(403, "challenge not ours".to_owned()), unknown].contains(&(status, reason.clone())),
            "{status} {reason}"
        );
    }
    // A proof for another application is refused here.
    let mut ada = ada;
    let bank = Browser::bound(&users("bank", &keys, NAME));
    ada.cookies.insert(PROOF.to_owned(), bank.cookies[PROOF].clone());
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
    ada.cookies.insert(PROOF.to_owned(), ada.cookies[NAME].clone());
    assert_eq!(ada.device(), Err(OpenError::StaleDevice), "nor is a session");
}

#[test]
fn an_identifier_that_this_node_cannot_read_is_ended_only_where_nobody_needs_it() {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let builder = common::application(&keys, &clock).session::<User>();
    let users = builder.device_binding(DeviceBinding::default()).build().unwrap();
    let ada = Browser::bound(&users);
    // A ring without that key: the session cannot be read either, so the binding stays.
    keys.replace(hardtack::KeyRing::new(Key::generate().unwrap()));
    let mut behind = ada.clone();
    let (answer, said) = events::during(|| behind.post(behind.ask()));
    assert_eq!(answer.status(), 503, "{said}");
    behind.cookies.clear();
    assert_eq!(behind.post(behind.ask()).status(), 401, "nothing needs it");
    let mut again = Browser::bound(&users);
    again.name = ada.name;
    assert_eq!(again.post(again.ask()).status(), 401, "the new session has its own");
}

#[test]
fn refreshes_that_are_no_proof_are_asked_again_and_never_ended() {
    let site = site();
    let ada = Browser::bound(&site.users);
    site.wait(LIFE);
    let device = ada.device.clone();
    let again = ada.clone().post(ada.ask());
    assert_eq!((again.status(), again.body()), (403, ""));
    let header = all(&again, "secure-session-challenge")[0].to_owned();
    assert!(header.ends_with(&format!("\";id=\"{}\"", ada.name.clone().unwrap())), "{header}");
    let jti = format!("{{\"jti\":\"{}\"}}", challenge(&header));
    let good = device.refreshes(&header).unwrap();
    let eve = Browser::bound(&site.users);
    let theirs = eve.clone().post(eve.ask());
    let theirs = challenge(all(&theirs, "secure-session-challenge")[0]).to_owned();
    let form = "{\"alg\":\"ES256\",\"typ\":\"dbsc+jwt\"}";
    for (lines, reason) in [
        (vec!["a b".to_owned()], "malformed"),
        (vec!["a.b.c".to_owned()], "malformed"),
        (vec![good.clone(), good.clone()], "header doubled"),
        (vec!["a".repeat(5_000)], "too long"),
        (vec![device.sign(&form.replace("ES256", "RS256"), &jti)], "other algorithm"),
        (vec![device.sign(&form.replace("ES256", "none"), &jti)], "other algorithm"),
        (vec![device.sign(&device.registration(), &jti)], "wrong form"),
        (vec![eve.device.sign(form, &jti)], "bad signature"),
        (vec![eve.device.sign(&eve.device.registration(), &jti)], "wrong form"),
        (vec![device.sign(form, &format!("{{\"jti\":\"{theirs}\"}}"))], "another challenge"),
        (vec![device.sign(form, "{\"jti\":\"x\"}")], "challenge not ours"),
    ] {
        let request = ada.ask().with("cookie", &ada.line());
        let request = lines.iter().fold(request, |r, line| r.with("secure-session-response", line));
        assert_eq!(asked(&site.users, request), refused(403, reason), "{lines:?}");
    }
    site.clock.set(Timestamp::from_secs(T + LIFE - 61));
    let request = ada.ask().with("cookie", &ada.line()).with("secure-session-response", &good);
    assert_eq!(asked(&site.users, request.clone()), refused(403, "challenge not yet valid"));
    site.clock.set(Timestamp::from_secs(T + LIFE));
    assert_eq!(asked(&site.users, request).0, 200);
}

#[test]
fn cookies_that_are_no_proof_leave_the_session_stale() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    let first = ada.cookies[PROOF].clone();
    site.wait(LIFE);
    let over =
        format!("INFO message=session cookie refused reason=\"stale device\" cookie=\"{NAME}\"\n");
    assert_eq!(ada.refreshes().status(), 200);
    let good = ada.cookies[PROOF].clone();
    let keys = Key::generate().unwrap();
    let theirs = Application::new("shop", keys).unwrap().session::<User>();
    let theirs = theirs.device_binding(DeviceBinding::default()).build().unwrap();
    let (other, mut bent) = (Browser::bound(&site.users).cookies[PROOF].clone(), good.clone());
    let last = if bent.pop() == Some('A') { 'Q' } else { 'A' };
    bent.push(last);
    for (what, value) in [
        ("nothing", String::new()),
        ("malformed", "a b".to_owned()),
        ("bent", bent),
        ("too long", format!("{good}A")),
        ("oversized", "A".repeat(5_000)),
        ("another session's", other),
        ("another key's", Browser::bound(&theirs).cookies[PROOF].clone()),
        ("another purpose's", ada.name.clone().unwrap()),
        ("over", first),
    ] {
        ada.cookies.insert(PROOF.to_owned(), value);
        let (device, said) = events::during(|| ada.device());
        assert_eq!((device, said), (Err(OpenError::StaleDevice), over.clone()), "{what}");
    }
    // From the future, by more than the leeway.
    ada.cookies.insert(PROOF.to_owned(), good);
    site.clock.set(Timestamp::from_secs(T + LIFE - 60));
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
    site.clock.set(Timestamp::from_secs(T + LIFE - 61));
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
}

#[test]
fn a_node_with_a_wrong_clock_or_two_sessions_ends_no_binding() {
    let site = site();
    let ada = Browser::bound(&site.users);
    let ask = |line: &str| asked(&site.users, ada.ask().with("cookie", line));
    let eve = Browser::bound(&site.users);
    let both = format!("{}; {NAME}={}", ada.line(), eve.cookies[NAME]);
    assert_eq!(ask(&both), refused(503, "ambiguous"));
    site.clock.set(Timestamp::from_secs(T - 61));
    assert_eq!(ask(&ada.line()), refused(503, "identifier not yet valid"));
    site.clock.set(Timestamp::from_secs(T));
    assert_eq!(ask(&ada.line()).0, 403, "asked for a proof");
}

#[test]
fn identifiers_that_are_none_end_the_binding() {
    let site = site();
    let ada = Browser::bound(&site.users);
    let name = ada.name.clone().unwrap();
    let ask = |lines: &[&str]| {
        let request = Request::new("POST", REFRESH).with("cookie", &ada.line());
        let request = lines.iter().fold(request, |r, line| r.with("sec-secure-session-id", line));
        asked(&site.users, request)
    };
    let (mut bent, cookie) = (name.clone(), &ada.cookies[NAME]);
    let last = if bent.pop() == Some('A') { 'Q' } else { 'A' };
    bent.push(last);
    for (lines, reason) in [
        (vec![], "header missing"),
        (vec![name.as_str(), &name], "header doubled"),
        (vec![&*"a".repeat(513)], "too long"),
        (vec!["\"a"], "malformed"),
        (vec!["a b"], "malformed"),
        (vec!["a"], "identifier not ours"),
        (vec![&*bent], "identifier not ours"),
        (vec![cookie.as_str()], "identifier not ours"),
    ] {
        assert_eq!(ask(&lines), refused(401, reason), "{lines:?}");
    }
    assert_eq!(ask(&[&format!("\"{name}\";a=1")]).0, 403, "asked for a proof");
    assert_eq!(ask(&[&name]).0, 403);
}

#[test]
fn the_paths_are_exact_and_a_post() {
    let site = site();
    for (method, path) in [
        ("GET", REGISTER),
        ("PUT", REFRESH),
        ("POST", "/hardtack-device"),
        ("POST", "/hardtack-device/"),
        ("POST", "/hardtack-device/refresh/"),
        ("POST", "/hardtack-device/register/a"),
        ("POST", "/hardtack-devicerefresh"),
        ("POST", "/a/hardtack-device/refresh"),
    ] {
        assert!(site.users.device_answer(&Request::new(method, path)).is_none(), "{method} {path}");
    }
}
