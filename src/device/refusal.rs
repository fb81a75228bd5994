//! Why a browser's proof was refused. For logs: the browser is told a status.

use crate::error::OpenError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The request lacks a header.
    Missing,
    /// A header that a request may have once.
    Doubled,
    TooLong,
    /// Not a structured string, or not a proof of the draft's form.
    Malformed,
    OtherAlgorithm,
    /// A registration without a key, or a refresh with one.
    WrongForm,
    /// The coordinates are no point of the curve.
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
    /// The session has a device already.
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
