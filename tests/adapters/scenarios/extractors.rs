//! Sessions as arguments of handlers, and errors that handlers pass on with `?`.

use crate::heard;
use crate::site::Site;
use crate::site::Verdict::{self, Held, NotApplicable};

pub fn not_installed(site: &Site) -> Verdict {
    if let Some(why) = site.traits.no_extractors {
        return NotApplicable(why);
    }
    for path in ["/absent", "/absent-session"] {
        site.get(path, &[]).assert_empty(500);
        let found = heard::take(site);
        let [line] = &found[..] else { panic!("{path}: {found:?}") };
        assert!(line.starts_with("ERROR message=session adapter is not installed"), "{line}");
        assert!(line.contains("Absent"), "{line}");
    }
    Held
}

pub fn token_refused(site: &Site) -> Verdict {
    if let Some(why) = site.traits.no_extractors {
        return NotApplicable(why);
    }
    let (ada, theirs) = (site.ada(), site.get("/act/form", &[&site.ada()]).body);
    for (token, reason) in [(&*theirs, "not authentic"), ("guess", "malformed")] {
        let reply = site.act("submit-or-pass-on", token, &[&ada]);
        reply.assert_empty(403);
        reply.assert_sets_nothing();
        let told = format!("INFO message=CSRF token refused reason={reason:?}");
        assert_eq!(heard::take(site), [told]);
    }
    Held
}
