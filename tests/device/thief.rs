//! What a copy is worth.

use hardtack::denylist::Denylist;

use super::*;

/// All cookies of a browser, and none of its keys.
fn copy_of(browser: &Browser) -> Browser {
    let device = SoftwareDevice::generate().unwrap();
    Browser { device, ..browser.clone() }
}

#[test]
fn a_copy_of_all_cookies_lives_as_long_as_the_proof() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    site.wait(100);
    let mut thief = copy_of(&ada);
    assert_eq!(thief.device(), Ok(Some(Device::Fresh)));
    // With another key the thief is not this session's device, and cannot become it.
    let offer = Browser::new(&site.users).log_in();
    assert_eq!(thief.registers(&offer).status(), 403);
    assert_eq!(thief.visit(|slot| slot.get().is_some()), (true, None), "no offer");
    assert_eq!(thief.refreshes().status(), 403);
    site.wait(LIFE - 100);
    assert_eq!(thief.device(), Err(OpenError::StaleDevice));
    assert_eq!(thief.registers(&offer).status(), 403);
    assert_eq!(thief.refreshes().status(), 403);
    assert_eq!(ada.refreshes().status(), 200, "the owner notices nothing");
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
}

#[test]
fn an_identifier_and_a_captured_proof_live_as_long_as_the_challenge() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    site.wait(LIFE);
    let challenge = ada.post(ada.ask());
    let challenge = all(&challenge, "secure-session-challenge")[0].to_owned();
    let proof = ada.device.refreshes(&challenge).unwrap();
    let captured = ada.ask().with("secure-session-response", &proof);
    assert_eq!(ada.post(captured.clone()).status(), 200);
    let mut thief = copy_of(&ada);
    thief.cookies.remove(PROOF);
    // Browsers send a proof twice now and then, so it is good twice: for as long as its challenge.
    site.wait(CHALLENGE - 1);
    assert_eq!(thief.post(captured.clone()).status(), 200);
    site.wait(1);
    let (answer, said) = events::during(|| thief.post(captured));
    assert_eq!(answer.status(), 403);
    assert!(said.contains("challenge expired"), "{said}");
    assert_eq!(all(&answer, "secure-session-challenge").len(), 1, "asked again, not ended");
    // So the copy ends a proof's lifetime after the last challenge.
    site.wait(LIFE - 2);
    assert_eq!(thief.device(), Ok(Some(Device::Fresh)));
    site.wait(1);
    assert_eq!(thief.device(), Err(OpenError::StaleDevice));
}

#[test]
fn a_binding_of_ones_own_opens_nobody_elses_session() {
    let site = site();
    let ada = Browser::bound(&site.users);
    let mut eve = Browser::bound(&site.users);
    let own = eve.clone();
    // Eve's proof, Ada's session.
    eve.cookies.insert(NAME.to_owned(), ada.cookies[NAME].clone());
    assert_eq!(eve.device(), Err(OpenError::StaleDevice));
    let answer = eve.refreshes();
    assert!(answer.body().contains("\"continue\":false"), "{}", answer.body());
    assert_eq!(eve.device(), Err(OpenError::StaleDevice));
    // Ada's identifier, Eve's key: the session is Ada's, the signature is not.
    eve.name = ada.name.clone();
    let (answer, said) = events::during(|| eve.refreshes());
    assert_eq!(answer.status(), 403);
    assert!(said.contains("bad signature"), "{said}");
    assert_eq!(own.device(), Ok(Some(Device::Fresh)));
}

#[test]
fn copies_from_before_the_binding_end_with_a_denylist_at_the_first_refresh() {
    for hook in [false, true] {
        let clock = ManualClock::at(Timestamp::from_secs(T));
        let keys = hardtack::Key::generate().unwrap().into();
        let shop = common::application(&keys, &clock);
        let denylist: Denylist<u64> = shop.denylist();
        let builder = shop.session::<User>().device_binding(DeviceBinding::default());
        let builder = match hook {
            true => builder.revocation(denylist.by_subject(|user: &User| &user.id)),
            false => builder,
        };
        let users = builder.build().unwrap();
        let mut ada = Browser::new(&users);
        let offer = ada.log_in();
        let mut thief = copy_of(&ada);
        let _ = ada.registers(&offer);
        assert_eq!(thief.device(), Ok(Some(Device::Unbound)), "for now");
        clock.advance(Duration::from_secs(LIFE));
        // One of them is under way, and would make a new copy.
        let slot = users.slot([thief.line()]);
        slot.get().unwrap().update(|user| user.name = "Eve".to_owned()).unwrap();
        assert_eq!(ada.refreshes().status(), 200);
        let revoked = Err(OpenError::Revoked);
        assert_eq!(thief.device(), if hook { revoked } else { Ok(Some(Device::Unbound)) });
        assert_eq!(slot.commit(&mut Head::new(200)).is_err(), hook);
        if hook {
            assert_eq!(thief.visit(|slot| slot.get().is_some()), (false, None));
            assert_eq!(denylist.status().entries, 2, "of the session, not of each refresh");
            clock.advance(Duration::from_secs(100));
            let _ = ada.refreshes();
            assert_eq!(denylist.status().entries, 2);
        }
        assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
        // An unmarked session with a proof is the owner's.
        ada.cookies.insert(NAME.to_owned(), thief.cookies[NAME].clone());
        assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
    }
}

fn users_with_a_denylist() -> SessionCookie<User> {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let shop = common::application(&hardtack::Key::generate().unwrap().into(), &clock);
    let denylist: Denylist<u64> = shop.denylist();
    let hook = denylist.by_subject(|user: &User| &user.id);
    let builder = shop.session::<User>().device_binding(DeviceBinding::default());
    builder.revocation(hook).build().unwrap()
}

#[test]
fn whoever_binds_first_owns_the_session() {
    let users = users_with_a_denylist();
    // Ada's browser knows nothing of bindings.
    let mut ada = Browser::new(&users);
    ada.log_in();
    let mut thief = copy_of(&ada);
    let (_, offer) = thief.visit(|slot| slot.get().is_some());
    assert_eq!(thief.registers(offer.as_ref().unwrap()).status(), 200);
    assert_eq!(ada.device(), Ok(Some(Device::Unbound)));
    // A second device for one session, if hers could be one, would leave both with it.
    assert_eq!(ada.registers(&offer.unwrap()).status(), 403);
    let _ = thief.refreshes();
    assert_eq!(ada.device(), Err(OpenError::Revoked), "logged out, which she sees");
    ada.log_in();
    assert_eq!(ada.device(), Ok(Some(Device::Unbound)));
}

#[test]
fn with_a_hook_the_second_of_two_tabs_is_refused_and_the_first_goes_on() {
    let users = users_with_a_denylist();
    let mut ada = Browser::new(&users);
    let offer = ada.log_in();
    let mut other = copy_of(&ada);
    let (_, again) = other.visit(|slot| slot.get().is_some());
    assert_eq!(ada.registers(&offer).status(), 200);
    let (answer, said) = events::during(|| other.registers(again.as_ref().unwrap()));
    assert_eq!((answer.status(), all(&answer, "set-cookie")), (403, vec![]));
    assert!(said.contains("reason=\"bound already\""), "{said}");
    assert_eq!(ada.refreshes().status(), 200);
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
}

#[test]
fn a_log_out_ends_copies_with_their_proofs() {
    let users = users_with_a_denylist();
    let mut ada = Browser::bound(&users);
    let mut copy = ada.clone();
    ada.visit(|slot| slot.end().unwrap());
    assert_eq!(copy.device(), Err(OpenError::Revoked));
    // A hook that refuses may be out of touch: the binding is not ended for it.
    assert_eq!(copy.refreshes().status(), 503);
}
