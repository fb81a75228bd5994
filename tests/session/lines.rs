//! Cookie lines in and out.

use super::*;

#[test]
fn every_cookie_line_counts() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let other = site.line(&user(8, "Eve"));
    let slot = |lines: &[&str]| site.cookie.slot(lines.iter().map(|line| line.as_bytes()));
    assert_eq!(slot(&["a=1", "b=2; c=3", &line]).get().unwrap().id, 7);
    assert_eq!(slot(&[&line, &line]).get().unwrap().id, 7);
    assert_eq!(slot(&["__Host-shop=x", &line]).get().unwrap().id, 7);
    assert_eq!(refusal(&slot(&[&line, &other])), OpenError::Ambiguous);
    assert_eq!(refusal(&slot(&[&format!("{line}; {other}")])), OpenError::Ambiguous);
    let odd: &[u8] = b"odd=\xFF\x00\"; ";
    let lines = [odd, line.as_bytes()];
    assert_eq!(site.cookie.slot(lines).get().unwrap().id, 7);
}

#[test]
fn an_over_long_cookie_is_refused_without_being_copied() {
    let site = site();
    let slot = site.slot(&format!("__Host-shop={}", "A".repeat(1 << 20)));
    assert_eq!(refusal(&slot), OpenError::TooLong { length: 1 << 20, limit: 4_096 });
}

#[test]
fn former_scopes_are_removed_with_every_cookie_that_is_set_or_ended() {
    let site = site_with(|b| {
        b.name("session")
            .former_scope(Scope::new("/").domain("example.com"))
            .former_scope(Scope::new("/old").partitioned())
    });
    let removals = [
        "session=; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=; Path=/old; HttpOnly; Secure; SameSite=Lax; Partitioned; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ];
    let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    let slot = site.slot(&ada);
    slot.get().unwrap();
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
    let slot = site.slot(&ada);
    slot.get().unwrap().update(|user| user.id = 9).unwrap();
    let head = commit(&slot, 200);
    assert_eq!(site.change(&head).session().unwrap().data.id, 9);
    let set = lines(&head, "set-cookie");
    assert!(set[2].starts_with("session=A"), "last: browsers that take two scopes for one keep it");
    assert_eq!(set[..2], removals);
    let slot = site.slot(&ada);
    slot.end().unwrap();
    let set = lines(&commit(&slot, 200), "set-cookie");
    assert!(set[2].starts_with("session=; Path=/; HttpOnly"));
    assert_eq!(set[..2], removals);
    // Two sessions, one perhaps from the former scope: the present one is left alone.
    let slot = site.slot(&format!("{ada}; {eve}"));
    assert!(slot.get().is_none());
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), removals);
    let slot = site.slot(&format!("{ada}; {eve}"));
    assert!(slot.get().is_none());
    assert_eq!(lines(&commit(&slot, 500), "set-cookie"), [""; 0]);
}

#[test]
fn an_attribute_has_at_most_1024_bytes() {
    let build = |path: String, domain: String| {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let built = shop.session::<User>().name("s").path(&path).domain(&domain).build();
        built.map_or_else(|error| error.to_string(), |_| "built".to_owned())
    };
    let path = |bytes: usize| format!("/{}", "p".repeat(bytes - 1));
    let domain = |bytes: usize| "d".repeat(bytes);
    let short = || (path(9), domain(9));
    let refused_path =
        "path: start with /, use no semicolon or control character, at most 1024 bytes";
    let refused_domain = "domain: use letters, digits, - and ., at most 1024 bytes";
    assert_eq!(build(path(1024), short().1), "built");
    assert_eq!(build(path(1025), short().1), refused_path);
    assert_eq!(build(short().0, domain(1024)), "built");
    assert_eq!(build(short().0, domain(1025)), refused_domain);
}

#[test]
fn a_set_cookie_is_its_whole_line() {
    let removal = site().cookie.removal();
    let line = removal.as_str().to_owned();
    assert!(line.starts_with("__Host-shop=; "), "{line}");
    assert_eq!(removal.as_ref(), line);
    assert_eq!(removal.into_string(), line);
}
