//! A key-value session: nothing to read before its first value, which starts it.

use std::collections::BTreeMap;

use super::*;
use crate::error::ValueError;
use crate::payload::Values;

fn cookie() -> (SessionCookie<Values>, At) {
    let (shop, clock) = shop();
    (shop.session().build().unwrap(), clock)
}

fn with(pairs: &[(&str, u32)]) -> Values {
    let mut values = Values::default();
    pairs.iter().for_each(|(key, value)| values.insert(key, value).unwrap());
    values
}

#[test]
fn before_the_first_value_there_is_no_session() {
    let (cookie, _) = cookie();
    let slot = cookie.slot([""]);
    let values = slot.values();
    assert_eq!(values.get::<u32>("cart"), Ok(None));
    assert_eq!(values.remove("cart"), Ok(false));
    assert_eq!(values.clear(), Ok(()));
    assert_eq!(values.renew(), Ok(()));
    assert!(values.slot().get().is_none());
    assert!(committed(&slot).is_none());
}

#[test]
fn the_first_value_starts_a_session_and_clones_are_one() {
    let (cookie, _) = cookie();
    let slot = cookie.slot([""]);
    let (values, clone) = (slot.values(), slot.values().clone());
    values.insert("cart", vec![3, 5]).unwrap();
    clone.insert("theme", "dark").unwrap();
    assert_eq!(clone.get("cart"), Ok(Some(vec![3, 5])));
    assert_eq!(values.get("theme"), Ok(Some("dark".to_owned())));
    let id = slot.get().unwrap().claims().session_id();
    let (data, claims) = committed(&slot).unwrap();
    assert_eq!(data.iter().collect::<Vec<_>>(), [("cart", "[3,5]"), ("theme", "\"dark\"")]);
    assert_eq!((claims.session_id(), claims.class()), (id, Class::Standard));
    assert_eq!(values.insert("cart", 1), Err(SessionError::HeadSent));
    assert_eq!(values.get("theme"), Ok(Some("dark".to_owned())), "reading goes on");
}

#[test]
fn values_are_taken_out_and_the_session_stays() {
    let (cookie, _) = cookie();
    let line = line(&cookie, &with(&[("a", 1), ("b", 2)]));
    let slot = cookie.slot([&line]);
    let (values, id) = (slot.values(), slot.get().unwrap().claims().session_id());
    assert_eq!((values.remove("a"), values.remove("a")), (Ok(true), Ok(false)));
    assert_eq!(values.remove("c"), Ok(false));
    assert_eq!((values.get::<u32>("a"), values.get::<u32>("b")), (Ok(None), Ok(Some(2))));
    values.clear().unwrap();
    assert_eq!(values.get::<u32>("b"), Ok(None));
    let (data, claims) = committed(&slot).unwrap();
    assert!(data.is_empty());
    assert_eq!(claims.session_id(), id);
}

#[test]
fn what_changes_nothing_sets_no_cookie() {
    let (cookie, clock) = cookie();
    let line = line(&cookie, &with(&[("a", 1)]));
    clock.set(T + 100);
    let slot = cookie.slot([&line]);
    let values = slot.values();
    values.insert("a", 1).unwrap();
    values.remove("b").unwrap();
    values.insert("b", 2).unwrap();
    values.remove("b").unwrap();
    assert!(committed(&slot).is_none());
    let empty = self::line(&cookie, &Values::default());
    let slot = cookie.slot([&empty]);
    slot.values().clear().unwrap();
    assert!(committed(&slot).is_none());
}

#[test]
fn a_value_that_is_not_kept_or_read_is_an_error_and_no_session() {
    let (cookie, _) = cookie();
    let slot = cookie.slot([""]);
    let values = slot.values();
    let keyed_by_bytes = BTreeMap::from([(vec![1u8], 2)]);
    let unkept = Err(SessionError::Value(ValueError::Encode));
    assert_eq!(values.insert("map", &keyed_by_bytes), unkept);
    assert!(slot.get().is_none(), "nothing starts for it");
    values.insert("map", 1).unwrap();
    assert_eq!(values.insert("map", &keyed_by_bytes), unkept);
    let other = values.get::<String>("map");
    assert_eq!(other, Err(SessionError::Value(ValueError::Decode)));
    assert_eq!(values.get("map"), Ok(Some(1)), "as it was");
    assert_eq!(values.remove("map"), Ok(true), "of whatever type");
    let too_long = values.insert("long", "x".repeat(5_000)).unwrap_err();
    assert_eq!(too_long.label(), "too large");
    assert_eq!(values.get::<String>("long"), Ok(None));
}

#[test]
fn a_session_is_renewed_and_ended_through_its_values() {
    let (cookie, _) = cookie();
    let line = line(&cookie, &with(&[("a", 1)]));
    let slot = cookie.slot([&line]);
    let (values, old) = (slot.values(), slot.get().unwrap().claims().session_id());
    values.renew().unwrap();
    let (data, claims) = committed(&slot).unwrap();
    assert_ne!(claims.session_id(), old);
    assert_eq!(data, with(&[("a", 1)]));

    let slot = cookie.slot([&line]);
    let values = slot.values();
    values.end().unwrap();
    assert_eq!(values.get::<u32>("a"), Ok(None));
    values.insert("b", 2).unwrap();
    let (data, claims) = committed(&slot).unwrap();
    assert_eq!(data, with(&[("b", 2)]), "another session");
    assert_ne!(claims.session_id(), old);
}

#[test]
fn a_handle_has_the_same_calls() {
    let (cookie, _) = cookie();
    let slot = cookie.slot([""]);
    let mut session = slot.get_or_start().unwrap();
    session.insert("a", 1).unwrap();
    session.insert("b", 2).unwrap();
    assert_eq!((session.remove("a"), session.remove("a")), (Ok(true), Ok(false)));
    assert_eq!(session.get("b"), Ok(Some(2)));
    let unkept = session.insert("c", BTreeMap::from([(vec![1u8], 2)]));
    assert_eq!(unkept, Err(SessionError::Value(ValueError::Encode)));
    assert_eq!(session.len(), 1);
    session.clear().unwrap();
    assert!(session.is_empty());
    assert!(committed(&slot).unwrap().0.is_empty());
}

#[test]
fn a_value_is_taken_if_it_is_of_the_type() {
    let (cookie, _) = cookie();
    let values = cookie.slot([""]).values();
    assert!(values.is_empty() && !values.contains_key("n"));
    assert_eq!(values.take::<u8>("n"), Ok(None));
    values.insert("n", 7).unwrap();
    assert!(!values.is_empty() && values.contains_key("n"));
    let other = values.take::<String>("n");
    assert_eq!(other, Err(SessionError::Value(ValueError::Decode)));
    assert_eq!((values.take::<u8>("n"), values.take::<u8>("n")), (Ok(Some(7)), Ok(None)));
    assert!(values.is_empty());
}

#[test]
fn debug_shows_no_value() {
    let (cookie, _) = cookie();
    let values = cookie.slot([""]).values();
    values.insert("name", "Augusta").unwrap();
    let shown = format!("{values:?}");
    assert!(
        shown.starts_with("SessionValues(SessionSlot") && !shown.contains("Augusta"),
        "{shown}"
    );
}
