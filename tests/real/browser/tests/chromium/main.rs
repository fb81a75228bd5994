//! What Chromium does with hardtack's cookies: `.ci/browser` runs it.

mod cross_site;
mod limit;
mod restart;
mod rules;
mod shop;
mod tossing;
