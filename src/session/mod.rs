//! One request's place for a session: shared by its handlers, opened when first read, committed once.

mod slot;

mod begin;
mod caching;
mod commit;
mod csrf;
#[cfg(feature = "device-binding")]
mod device;
mod handle;
mod old;
mod state;
#[cfg(test)]
mod tests;
#[cfg(feature = "json")]
mod values;

pub use begin::{BeginError, Begun, InRequest};
pub use handle::Session;
pub use slot::SessionSlot;
#[cfg(feature = "json")]
pub use values::SessionValues;
