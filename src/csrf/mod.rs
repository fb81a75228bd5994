//! Requests that another site makes in a user's name: a check of where they come from, and tokens that prove they come from a
//! page of this session (docs/format-v1.md section 9).

mod protection;
mod token;
#[cfg(test)]
mod vectors;

pub use protection::{CrossOriginProtection, Passage};
pub(crate) use token::CsrfTokens;
