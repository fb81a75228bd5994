//! Pages to read: recipes, log-in, operations, what is promised against whom.
//!
//! They are documentation alone: this module is not in a build. Their examples are compiled with the crate's tests.
//!
//! # Files
//!
//! A page may link a file of the repository, such as a program in `tests/real`. Such a link leads here, and shows the file's name
//! when you point at it. Most of these files are not in the package.

// A page is a file in docs/ and its lines here, by which it is found. docs/links.py turns its links into ones that work in both.

#[allow(unused_imports, reason = "for links")]
use crate::{
    Application, ApplicationBuilder, Clock, CrossOriginProtection, Key, KeyRing, Revocation,
    Session, SessionCookie, SessionCookieBuilder, SessionId, SessionSlot, Timeouts, denylist,
    flash, framework, keys, login as flows, migrate, token,
};

/// Short recipes: what to write, and what goes wrong otherwise.
///
/// Items: [`SessionSlot`], [`Session`], [`SessionCookie`], [`Application`], [`ApplicationBuilder`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/cookbook.md")]
pub mod cookbook {}

/// Logging in (form, provider, passkey, mailed link), logging out, and which requests are refused.
///
/// Items: [`SessionSlot`], [`Session`], [`denylist`], [`login`](flows), [`flash`], [`CrossOriginProtection`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/login.md")]
pub mod login {}

/// The line that links each framework, what to watch for, and how to come from other crates.
///
/// Items: [`framework`], [`SessionSlot`], [`Session`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/frameworks.md")]
pub mod frameworks {}

/// What happens to sessions when their type changes, and how to carry them over.
///
/// Items: [`upgrade`](SessionCookieBuilder::upgrade), [`reads_newer`](SessionCookieBuilder::reads_newer),
/// [`revision`](SessionCookieBuilder::revision), [`sample`](SessionCookieBuilder::sample).
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/shape.md")]
pub mod shape {}

/// Keeping users logged in who come with another system's cookie.
///
/// Items: [`migrate`], [`predecessor`](SessionCookieBuilder::predecessor).
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/migration.md")]
pub mod migration {}

/// What a session that is bound to a device gives, what not, and how to switch it on and off.
///
/// Feature `device-binding`, experimental.
#[cfg(any(not(doctest), feature = "device-binding"))]
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/device-binding.md")]
pub mod device_binding {}

/// How keys come to servers and change there, roll-outs, what to alarm on and what to do then.
///
/// Items: [`KeyRing`], [`keys`], [`Application::replace_keys`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/operations.md")]
pub mod operations {}

/// Sessions in WebAssembly: Cloudflare Workers, other hosts, what to do about revocation there, and what it costs.
///
/// Items: [`Clock`], [`KeyRing`], [`Revocation`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/edge.md")]
pub mod edge {}

/// What is promised against whom, what is not, and what to do about that.
///
/// Items: [`Revocation`], [`CrossOriginProtection`], [`Timeouts`], [`Key`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/threat-model.md")]
pub mod threat_model {}

/// What holds the promises, and how to run that again.
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/assurance.md")]
pub mod assurance {}

/// The token byte by byte, enough to read and write it in any language.
///
/// Items: [`token`], [`Key`], [`SessionId`].
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/format-v1.md")]
pub mod format_v1 {}

/// How fast sealing and opening are beside other crates, and what makes them faster.
#[doc = include_str!("guide/links.md")]
#[doc = include_str!("../docs/performance.md")]
pub mod performance {}
