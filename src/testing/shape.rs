//! A test that tells you before a deployment if it would end sessions.

use std::any::type_name;

use crate::payload::SessionData;
use crate::session_cookie::SessionCookie;

/// Fails a test if this cookie's sessions do not have the shape with this number.
///
/// A changed `T` never misreads old sessions: it refuses them. This test tells you before the deployment, and says what to write
/// to carry them over. Start with an empty text: the message shows the number to write. See [the guide](crate::guide::shape).
///
/// ```
/// use hardtack::testing::assert_shape;
/// use hardtack::{Application, Key};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64, role: Role }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// enum Role { Guest, Admin { since: u64 } }
///
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
/// assert_shape(&users, "933390");
/// # Ok::<(), hardtack::SetupError>(())
/// ```
///
/// # Panics
/// The number differs. If you numbered the cookie's shape by hand, or its sessions are JSON, this compares the number that you
/// gave.
#[track_caller]
pub fn assert_shape<T: SessionData>(cookie: &SessionCookie<T>, number: &str) {
    let found = format!("{:06x}", cookie.shape_number());
    if found == number {
        return;
    }
    let (name, shape) = (type_name::<T>(), shape(cookie));
    if number.is_empty() {
        panic!(
            "sessions of `{name}`: write\n    assert_shape(&cookie, \"{found}\")\n\nThe shape is:\n{shape}"
        );
    }
    panic!(
        "sessions of `{name}` have shape {found} and not \"{number}\": with this release, all sessions that are open end.

To carry them over, keep the old type in the source, under any name, until the longest absolute timeout is over:
    .upgrade(|old: Old| {name} {{ … }})
In a fleet, where nodes change one after another, let the release before this one read the new shape:
    .reads_newer(|new: New| {name} {{ … }})
Then write
    assert_shape(&cookie, \"{found}\")

The shape is now:
{shape}"
    )
}

/// Returns the shape of the cookie's sessions as text. It is empty if no shape is known: for JSON, and for a type that cannot be
/// traced and is numbered by hand.
pub fn shape<T: SessionData>(cookie: &SessionCookie<T>) -> String {
    cookie.shape_text().to_owned()
}
