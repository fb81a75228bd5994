//! What the server answers to a browser, without a framework's types, and why it refuses a proof.

use crate::error::OpenError;
use crate::head::ResponseHead;

/// The answer to a browser's request about its device: status, headers, body. Send it as it is.
#[derive(Clone, Debug)]
#[must_use = "the browser waits for it"]
pub struct DeviceAnswer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl DeviceAnswer {
    /// An answer with an empty body, which no cache may keep.
    pub(crate) fn empty(status: u16) -> Self {
        let headers = vec![("cache-control", "no-store".to_owned())];
        Self { status, headers, body: String::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn with_body(mut self, media_type: &str, body: String) -> Self {
        self.body = body;
        self.with("content-type", media_type)
    }

    /// Returns the status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the headers, names in lower case. `set-cookie` may come more than once.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// Returns the body, which may be empty.
    pub fn body(&self) -> &str {
        &self.body
    }
}

/// Collects the cookies that a commit sets. Whatever else a commit writes is for caches, and no cache keeps these answers.
pub(crate) struct Collected(pub(crate) Vec<String>);

impl ResponseHead for Collected {
    fn status(&self) -> u16 {
        200
    }

    fn lines(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn append(&mut self, name: &'static str, value: &str) {
        if name == "set-cookie" {
            self.0.push(value.to_owned());
        }
    }

    fn replace(&mut self, _: &'static str, _: &str) {}
}

/// Why a browser's proof was refused. For logs: the browser gets only a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request lacks a header.
    Missing,
    /// A header comes twice that may come once.
    Doubled,
    TooLong,
    /// Not a structured string, or not a proof of the draft's form.
    Malformed,
    OtherAlgorithm,
    /// A registration without a key, or a refresh with one.
    WrongForm,
    /// The coordinates are not a point on the curve.
    BadKey,
    BadSignature,
    /// The challenge that was signed does not open.
    Challenge(OpenError),
    /// It was made for another session, or for another act.
    OtherChallenge,
    Identifier(OpenError),
    /// The request carries no session.
    NoSession,
    /// The request's session was refused.
    Session(OpenError),
    /// The request's session is not the one of the challenge or the identifier.
    OtherSession,
    /// The session is bound to a device already.
    Bound,
    /// This server could not seal the answer.
    Unsealed,
}

impl Refusal {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Missing => "header missing",
            Self::Doubled => "header doubled",
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
            Self::OtherAlgorithm => "other algorithm",
            Self::WrongForm => "wrong form",
            Self::BadKey => "bad key",
            Self::BadSignature => "bad signature",
            Self::Challenge(error) => match error {
                OpenError::Expired { .. } => "challenge expired",
                OpenError::UnknownKey { .. } => "challenge of an unknown key",
                OpenError::NotYetValid { .. } => "challenge not yet valid",
                _ => "challenge not ours",
            },
            Self::OtherChallenge => "another challenge",
            Self::Identifier(error) => match error {
                OpenError::Expired { .. } => "identifier expired",
                OpenError::UnknownKey { .. } => "identifier of an unknown key",
                OpenError::NotYetValid { .. } => "identifier not yet valid",
                _ => "identifier not ours",
            },
            Self::NoSession => "no session",
            Self::Session(error) => error.label(),
            Self::OtherSession => "another session",
            Self::Bound => "bound already",
            Self::Unsealed => "not sealed",
        }
    }
}
