//! A log-in at a real provider in a real browser, and what must be refused on the way: `.ci/login` runs it.

mod attacks;
mod form_post;
mod log_in;
mod plain;
mod world;
