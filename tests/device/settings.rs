//! What `build` refuses, and what is off.

use hardtack::{Application, HOUR, Key, MINUTE, SameSite};

use super::*;

fn built(
    set: impl FnOnce(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>,
) -> Result<SessionCookie<User>, String> {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    set(shop.session()).build().map_err(|error| error.to_string())
}

#[test]
fn what_cannot_be_bound_is_refused_when_it_is_built() {
    let bound = |binding: DeviceBinding| built(|builder| builder.device_binding(binding)).map(drop);
    let lasts =
        |seconds| bound(DeviceBinding::default().proof_lifetime(Duration::from_secs(seconds)));
    let lifetime = Err("a device's proof lasts 4 seconds to 1 hour".to_owned());
    assert_eq!([lasts(3), lasts(3_601)], [lifetime.clone(), lifetime]);
    assert_eq!([lasts(4), lasts(3_600)], [Ok(()), Ok(())]);
    assert_eq!(bound(DeviceBinding::default().path("/a-b/c.d_e~1")), Ok(()));
    let long = format!("/{}", "a".repeat(256));
    for path in ["", "/", "a", "/a/", "//a", "/a b", "/a\"", "/a?b", "/%41", "/\u{e9}", &long] {
        let why = format!(
            "path of device binding {path:?}: start with /, do not end with it, use A-Z a-z 0-9 - . _ ~ and /, at most 256 bytes"
        );
        assert_eq!(bound(DeviceBinding::default().path(path)), Err(why));
    }
    type Set = fn(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>;
    let scopes: [(&str, Set); 4] = [
        ("__Secure-shop", |builder| builder.name("__Secure-shop").domain("shop.example")),
        ("__Secure-shop", |builder| builder.name("__Secure-shop").path("/a")),
        ("__Host-shop", |builder| builder.partitioned()),
        ("shop", |builder| builder.danger_plain_http()),
    ];
    for (name, set) in scopes {
        let why = format!(
            "cookie {name:?}: sessions are bound to a device for one host, with Secure and Path=/: drop .domain(…), .path(…), .partitioned() or .danger_plain_http(), or .device_binding(…)"
        );
        let found = built(|builder| set(builder).device_binding(DeviceBinding::default()));
        assert_eq!(found.map(drop), Err(why));
        assert_eq!(built(set).map(drop), Ok(()));
    }
}

#[test]
fn two_bound_cookies_of_one_application_need_two_paths() {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let cookie = |name: &str, path: &str| {
        let builder = shop.session::<User>().name(name);
        builder.device_binding(DeviceBinding::default().path(path)).build()
    };
    cookie("__Host-a", "/a").unwrap();
    let why = "path of device binding \"/a\": another cookie of the application has it: call DeviceBinding::path(…) with another";
    assert_eq!(cookie("__Host-b", "/a").unwrap_err().to_string(), why);
    cookie("__Host-c", "/c").unwrap();
    let taken = shop.session::<User>().name("__Host-c~device").build();
    assert!(taken.unwrap_err().to_string().contains("was built already for a device's proof"));
}

#[test]
fn without_the_setting_nothing_is_offered_and_nobody_is_asked() {
    // The same keys, and the setting is off: a bound session goes on, its mark stays.
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let users = |set: fn(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>| {
        set(common::application(&keys, &clock).session()).build().unwrap()
    };
    let on = users(|builder| builder.device_binding(DeviceBinding::default()));
    let off = users(|builder| builder);
    assert!(on.binds_devices() && !off.binds_devices());
    let mut ada = Browser::bound(&on);
    clock.advance(Duration::from_secs(LIFE));
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
    ada.users = off.clone();
    assert_eq!(ada.device(), Ok(Some(Device::Unbound)));
    let (bound, offer) = ada.visit(|slot| {
        let mut user = slot.get().unwrap();
        user.renew().unwrap();
        user.claims().is_device_bound()
    });
    assert_eq!((bound, offer), (true, None));
    assert!(off.device_answer(&ada.ask()).is_none());
    assert_eq!(
        [off.register_device(&ada.ask()).status(), off.refresh_device(&ada.ask()).status()],
        [404; 2]
    );
    // On again, the binding is what it was, though the id is another.
    ada.users = on;
    assert_eq!(ada.refreshes().status(), 200);
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
}

#[test]
fn a_node_may_answer_and_not_offer() {
    let site =
        site_with(|builder| builder.device_binding(DeviceBinding::default().without_offers()));
    let mut ada = Browser::new(&site.users);
    assert_eq!(ada.visit(|slot| drop(slot.start(user(7, "Ada")).unwrap())).1, None);
}

#[test]
fn other_settings_are_the_cookies_own() {
    let binding = DeviceBinding::default().proof_lifetime(MINUTE).path("/d");
    let site = site_with(|builder| {
        let builder =
            builder.name("__Secure-x").same_site(SameSite::Strict).device_binding(binding);
        builder.timeouts(hardtack::Timeouts { idle: HOUR, absolute: HOUR })
    });
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    assert!(offer.starts_with("(ES256);path=\"/d/register\";"), "{offer}");
    let proof = ada.device.registers(&offer).unwrap();
    let answer =
        ada.post(Request::new("POST", "/d/register").with("secure-session-response", &proof));
    let proof = all(&answer, "set-cookie")[0];
    assert!(proof.starts_with("__Secure-x~device="), "{proof}");
    assert!(proof.ends_with("; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=54"), "{proof}");
    // The identifier ends with the session.
    site.wait(3_600 + 60);
    let request = Request::new("POST", "/d/refresh");
    let name = ada.name.clone().unwrap();
    let (answer, said) = events::during(|| ada.post(request.with("sec-secure-session-id", &name)));
    assert_eq!(answer.status(), 401);
    assert!(said.contains("identifier expired"), "{said}");
}
