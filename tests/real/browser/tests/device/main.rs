//! Sessions that Chromium binds to its device, over TLS: `.ci/device` runs it.

mod thief;
mod visit;
mod world;
