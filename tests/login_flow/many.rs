//! Many flows in one browser: which go, so that the header stays small.

use super::*;

/// The names of the flows that the newest one removes, by the order in which they were begun.
#[track_caller]
fn removed(begun: &[LoginFlow], newest: &LoginFlow) -> Vec<usize> {
    let mut lines: Vec<_> = newest.set_cookies().collect();
    assert!(!lines.pop().unwrap().value().is_empty(), "its own cookie comes last");
    let mut removed = Vec::new();
    for line in lines {
        assert_eq!(line.value(), "");
        let name = |flow: &LoginFlow| flow.set_cookies().last().unwrap().name().to_owned();
        removed.push(begun.iter().position(|flow| name(flow) == line.name()).unwrap());
    }
    removed
}

#[test]
fn a_browser_holds_five_flows_and_the_oldest_go_first() {
    let (site, mut browser) = (site(), Browser::default());
    let mut begun: Vec<LoginFlow> = Vec::new();
    for number in 0..9 {
        site.clock.advance(Duration::from_secs(1));
        let flow = browser.begin(&site);
        let expected: Vec<usize> = (number >= 5).then(|| number - 5).into_iter().collect();
        assert_eq!(removed(&begun, &flow), expected);
        assert_eq!(browser.0.len(), (number + 1).min(5));
        begun.push(flow);
    }
    for (number, flow) in begun.iter().enumerate() {
        assert_eq!(browser.finish(&site, flow.state()).is_ok(), number >= 4, "{number}");
    }
}

#[test]
fn many_flows_of_one_moment_and_of_several_lines_are_brought_down_at_once() {
    let site = site();
    let begun: Vec<_> = (0..12).map(|_| Browser::default().begin(&site)).collect();
    let pair = |flow: &LoginFlow| {
        let line = flow.set_cookies().last().unwrap();
        format!("{}={}", line.name(), line.value())
    };
    let newest = site.flows.begin(begun.iter().map(pair), ISSUER, "/").unwrap();
    assert_eq!(removed(&begun, &newest), [0, 1, 2, 3, 4, 5, 6, 7]);
}

#[test]
fn long_flows_go_earlier() {
    let (site, mut browser) = (site(), Browser::default());
    let target = format!("/account/{}", "x".repeat(1_000));
    let mut begun = Vec::new();
    for expected in [&[][..], &[], &[0], &[1]] {
        site.clock.advance(Duration::from_secs(1));
        let flow = site.flows.begin([browser.line()], ISSUER, &target).unwrap();
        flow.set_cookies().for_each(|line| browser.take(line));
        assert_eq!(removed(&begun, &flow), expected);
        begun.push(flow);
    }
}

#[test]
fn what_does_not_open_goes_first_but_not_for_that_alone() {
    let (site, mut browser) = (site(), Browser::default());
    browser.0.insert("__Host-shop~login-AAAAAAAA".to_owned(), "garbage".to_owned());
    // Not ours by their names.
    for name in [
        "__Host-shop~login-",
        "__Host-shop~login-AAAAAAA",
        "__Host-shop~login-AAAAAAAAA",
        "__Host-shop~login-AAAAAAA!",
        "login-AAAAAAAA",
    ] {
        browser.0.insert(name.to_owned(), "other".to_owned());
    }
    let begun: Vec<_> = (0..4).map(|_| browser.begin(&site)).collect();
    assert!(begun.iter().all(|flow| flow.set_cookies().count() == 1));
    let flow = browser.begin(&site);
    let lines: Vec<_> = flow.set_cookies().map(SetCookie::name).collect();
    assert_eq!(lines[0], "__Host-shop~login-AAAAAAAA");
    assert_eq!(lines.len(), 2);
    assert_eq!(browser.0.len(), 5 + 5);
}
