//! A browser's side of a binding, with a key in memory.

use std::fmt;

use crate::crypto::{SoftwareKey, os_random};
use crate::encoding;
use crate::error::SealError;

/// What a browser does to bind a session to its device, with a key in memory instead of in hardware (feature `device-binding`).
///
/// ```
/// use hardtack::device::{Device, DeviceBinding};
/// use hardtack::framework::RequestHead;
/// use hardtack::testing::{Head, SoftwareDevice};
/// use hardtack::{Application, Key};
///
/// /// A POST with these header lines.
/// struct Post(Vec<(&'static str, String)>);
///
/// impl RequestHead for Post {
///     fn method(&self) -> &str { "POST" }
///     fn path(&self) -> &str { "/hardtack-device/register" }
///     fn authority(&self) -> Option<&str> { None }
///     fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
///         self.0.iter().filter(|line| line.0 == name).for_each(|line| each(line.1.as_bytes()));
///     }
/// }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let users = shop.session::<User>().device_binding(DeviceBinding::default()).build()?;
/// let slot = users.slot([""]);
/// slot.start(User { id: 7 })?;
/// slot.offer_device(&Post(vec![]));
/// let mut response = Head::new(200);
/// slot.commit(&mut response)?;
///
/// let device = SoftwareDevice::generate()?;
/// let offer = response.all("secure-session-registration").next().expect("an offer");
/// let proof = device.registers(offer).expect("a challenge");
/// let cookie = response.all("set-cookie").next().expect("a session").split(';').next().unwrap();
/// let lines = vec![("cookie", cookie.to_owned()), ("secure-session-response", proof)];
/// let answer = users.device_answer(&Post(lines)).expect("it is for the device");
/// assert_eq!(answer.status(), 200);
///
/// let cookies = answer.headers().filter(|line| line.0 == "set-cookie").map(|line| line.1);
/// let slot = users.slot(cookies.map(|line| line.split(';').next().unwrap()));
/// assert_eq!(slot.get().map(|user| user.device()), Some(Device::Fresh));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SoftwareDevice(SoftwareKey);

impl SoftwareDevice {
    /// Makes a device with a new key.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate() -> Result<Self, SealError> {
        let random = || os_random().map_err(|_| SealError::Random);
        // One number in 2^32 is no key.
        loop {
            if let Some(key) = SoftwareKey::new(&*random()?) {
                return Ok(Self(key));
            }
        }
    }

    /// Returns the `Secure-Session-Response` to this `Secure-Session-Registration`; `None` if the latter has no challenge.
    pub fn registers(&self, offer: &str) -> Option<String> {
        let (_, challenge) = offer.split_once("challenge=\"")?;
        let challenge = challenge.split('"').next()?;
        Some(self.sign(&self.registration(), &format!(r#"{{"jti":"{challenge}"}}"#)))
    }

    /// Returns the `Secure-Session-Response` to this `Secure-Session-Challenge`; `None` if the text is not a challenge.
    pub fn refreshes(&self, challenge: &str) -> Option<String> {
        let challenge = challenge.strip_prefix('"')?.split('"').next()?;
        let header = r#"{"alg":"ES256","typ":"dbsc+jwt"}"#;
        Some(self.sign(header, &format!(r#"{{"jti":"{challenge}"}}"#)))
    }

    /// The header of a registration, which holds the public key.
    pub fn registration(&self) -> String {
        let both = self.0.coordinates();
        let [x, y] = [&both[..32], &both[32..]].map(base64url);
        format!(
            r#"{{"alg":"ES256","typ":"dbsc+jwt","jwk":{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}"}}}}"#
        )
    }

    /// Any header and payload as JSON, signed: to try what a server refuses.
    pub fn sign(&self, header: &str, payload: &str) -> String {
        let signed = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let signature = base64url(&self.0.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// Hides the key.
impl fmt::Debug for SoftwareDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SoftwareDevice").finish_non_exhaustive()
    }
}

fn base64url(bytes: &[u8]) -> String {
    let mut text = String::new();
    encoding::encode(bytes, &mut text);
    text
}
