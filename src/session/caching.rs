//! What a response must tell caches once a handler has read the session. Set-Cookie alone does not stop a shared cache (RFC 9111
//! section 7.3).

use crate::head::ResponseHead;
use crate::log;

/// Fields that only shared caches read (RFC 9213, and the vendors' own names).
const TARGETED: [&str; 6] = [
    "cdn-cache-control",
    "surrogate-control",
    "cloudflare-cdn-cache-control",
    "vercel-cdn-cache-control",
    "netlify-cdn-cache-control",
    "akamai-cache-control",
];

/// Makes caches keep a separate answer for each `Cookie` header.
pub(super) fn vary_by_cookie(head: &mut impl ResponseHead) {
    let mut varies = false;
    each_member(head, "vary", |member| {
        varies |= member == b"*" || member.eq_ignore_ascii_case(b"cookie");
    });
    if !varies {
        head.append("vary", "Cookie");
    }
}

/// Whether the application lets shared caches store the response, or the response is a 304, whose fields update a stored one.
pub(super) fn is_shared(head: &impl ResponseHead) -> bool {
    let own = Directives::read(head, "cache-control");
    let targeted = TARGETED.iter().map(|name| Directives::read(head, name));
    head.status() == 304
        || own.public
        || targeted.into_iter().any(|directives| directives.found && !directives.kept_apart)
}

/// Keeps a response that shows or sets a session out of shared caches, unless the application lets them have it. The
/// application's own directives may still let a shared cache store it and serve it to others: for a time (`max-age`), after
/// validation (`no-cache`), or for as long as a heuristic says (`must-revalidate`, `immutable`, `no-transform`).
pub(super) fn keep_private(head: &mut impl ResponseHead) {
    let directives = Directives::read(head, "cache-control");
    if !directives.found {
        head.append("cache-control", "private, no-cache");
    } else if !directives.kept_apart && !directives.public {
        head.append("cache-control", "private");
    }
}

/// Overrules the application: this response sets a session cookie, so no cache may store it.
pub(super) fn forbid_storing(head: &mut impl ResponseHead) {
    head.replace("cache-control", "no-store");
    for name in TARGETED {
        if Directives::read(head, name).found {
            head.replace(name, "no-store");
        }
    }
    log::forced_no_store();
}

#[derive(Default)]
struct Directives {
    found: bool,
    /// `public` or `s-maxage`.
    public: bool,
    /// `private` or `no-store` without a list of fields.
    kept_apart: bool,
}

impl Directives {
    fn read(head: &impl ResponseHead, field: &str) -> Self {
        let mut directives = Self::default();
        each_member(head, field, |member| {
            directives.found = true;
            let name = member.split(|&byte| byte == b'=').next().unwrap_or(member);
            let has_value = name.len() < member.len();
            match name.to_ascii_lowercase().as_slice() {
                b"public" | b"s-maxage" => directives.public = true,
                b"private" | b"no-store" if !has_value => directives.kept_apart = true,
                _ => {}
            }
        });
        directives
    }
}

/// Calls `each` for the non-empty, trimmed members of all lines of a list field. A comma in a quoted string separates nothing
/// (RFC 9110 section 5.6.4).
fn each_member(head: &impl ResponseHead, field: &str, mut each: impl FnMut(&[u8])) {
    head.lines(field, &mut |line| {
        let (mut quoted, mut escaped) = (false, false);
        let members = line.split(|&byte| {
            let separates = byte == b',' && !quoted;
            (quoted, escaped) = match byte {
                b'"' if !escaped => (!quoted, false),
                b'\\' if quoted && !escaped => (true, true),
                _ => (quoted, false),
            };
            separates
        });
        for member in members {
            let member = member.trim_ascii();
            if !member.is_empty() {
                each(member);
            }
        }
    });
}
