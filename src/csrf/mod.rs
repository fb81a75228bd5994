//! Requests that another site makes in a user's name: tokens that prove a page of this session (docs/format-v1.md section 9).

mod token;
#[cfg(test)]
mod vectors;

pub(crate) use token::CsrfTokens;
