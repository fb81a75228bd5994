//! A log-in at a real provider in a real browser, and what must be refused on the way: `.ci/login` runs it.

mod attacks;
mod doors;
mod form_post;
mod links;
mod log_in;
mod passkeys;
mod plain;
mod world;
