//! One site in seven frameworks, for the scenarios in `tests/adapters`: the same routes over the same session cookies, written as each
//! framework's users would. Those of axum, actix-web and Rocket are in `tests/adapters/apps`, where they also run in process.
//!
//! | route | answers |
//! |---|---|
//! | whatever changes something | 403 where another site asks for it, unless it is [exempt](world::EXEMPT) |
//! | `GET /untouched` | `untouched`, and never looks at a session |
//! | `GET /profile` | `7 Ada`; 401 without a session |
//! | `GET /maybe` | `some` or `none` |
//! | `GET /cart` | the items of the second cookie; 401 without it |
//! | `GET /stream` | two chunks, the second of which tries to change the session after the head is out |
//! | `GET` and `POST /act/{action}` | what [`actions::act`] says |
//! | `/nested/act/{action}` | the same behind a second layer of the users' cookie, with a look at the session between the two |
//! | `/clash` | nothing: behind a layer of another cookie under the users' name |
//! | `/absent`, `/absent-session` | nothing: asks for a session that is not installed, where handlers have them as arguments |

#![forbid(unsafe_code)]

pub mod apps;
pub mod servers;
pub mod slow;

// What the crate's own tests run in process too.
#[path = "../../../adapters/actions.rs"]
pub mod actions;
#[path = "../../../adapters/site.rs"]
pub mod site;
#[path = "../../../adapters/world.rs"]
pub mod world;
