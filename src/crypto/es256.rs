//! ES256: ECDSA over P-256 with SHA-256 (RFC 7518 section 3.4), for devices' keys. Only verifying: the private key is the device's.

use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use super::Refused;

/// Bytes of a compressed point (SEC 1 section 2.3.3).
pub(crate) const POINT: usize = 33;
/// Bytes of a coordinate, and of each half of a signature.
const COORDINATE: usize = 32;

/// A point of the curve, never the one at infinity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DeviceKey(VerifyingKey);

impl DeviceKey {
    /// The point with these coordinates, if the curve has it.
    pub(crate) fn from_coordinates(x: &[u8; COORDINATE], y: &[u8; COORDINATE]) -> Option<Self> {
        let mut point = [0x04; 1 + 2 * COORDINATE];
        point[1..][..COORDINATE].copy_from_slice(x);
        point[1 + COORDINATE..].copy_from_slice(y);
        VerifyingKey::from_sec1_bytes(&point).ok().map(Self)
    }

    pub(crate) fn from_compressed(point: &[u8; POINT]) -> Option<Self> {
        VerifyingKey::from_sec1_bytes(point).ok().map(Self)
    }

    pub(crate) fn compressed(&self) -> [u8; POINT] {
        let mut bytes = [0; POINT];
        // The encoding has one length; another would leave zeros, which are no point.
        let point = self.0.to_sec1_point(true);
        if let Ok(point) = point.as_bytes().try_into() {
            bytes = point;
        }
        bytes
    }

    /// Checks `r ‖ s` over `message`.
    pub(crate) fn verify(
        &self,
        message: &[u8],
        signature: &[u8; 2 * COORDINATE],
    ) -> Result<(), Refused> {
        let signature = Signature::from_slice(signature).map_err(|_| Refused)?;
        self.0.verify(message, &signature).map_err(|_| Refused)
    }
}

/// A device's private key, in memory: for tests.
#[cfg(any(test, feature = "testing"))]
#[derive(Clone)]
pub(crate) struct SoftwareKey(p256::ecdsa::SigningKey);

#[cfg(any(test, feature = "testing"))]
impl SoftwareKey {
    /// The key of this number; `None` for none, and for one as large as the curve's order.
    pub(crate) fn new(number: &[u8; COORDINATE]) -> Option<Self> {
        p256::ecdsa::SigningKey::from_slice(number).ok().map(Self)
    }

    /// x ‖ y.
    pub(crate) fn coordinates(&self) -> Vec<u8> {
        self.0.verifying_key().to_sec1_point(false).as_bytes()[1..].to_vec()
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = p256::ecdsa::signature::Signer::sign(&self.0, message);
        signature.to_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex<const N: usize>(text: &str) -> [u8; N] {
        let pair = |i: usize| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap();
        std::array::from_fn(pair)
    }

    // RFC 6979 appendix A.2.5: P-256, SHA-256, the message "sample".
    #[test]
    fn rfc_6979_sample() {
        let x = unhex("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        let y = unhex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
        let signature: [u8; 64] = unhex(
            "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716\
             f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8",
        );
        let key = DeviceKey::from_coordinates(&x, &y).unwrap();
        assert_eq!(key.verify(b"sample", &signature), Ok(()));
        assert_eq!(key.verify(b"Sample", &signature), Err(Refused));
        for place in 0..64 {
            let mut bent = signature;
            bent[place] ^= 1;
            assert_eq!(key.verify(b"sample", &bent), Err(Refused), "{place}");
        }
        let point = key.compressed();
        assert_eq!(point[0], 0x03, "y is odd");
        assert_eq!(DeviceKey::from_compressed(&point), Some(key));
    }

    #[test]
    fn what_is_no_point_is_no_key() {
        assert!(DeviceKey::from_coordinates(&[0; 32], &[0; 32]).is_none());
        assert!(DeviceKey::from_coordinates(&[0xFF; 32], &[1; 32]).is_none());
        assert!(DeviceKey::from_compressed(&[0; 33]).is_none());
        assert!(DeviceKey::from_compressed(&[0xFF; 33]).is_none());
        let key = unhex::<32>("60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6");
        assert!(DeviceKey::from_coordinates(&key, &key).is_none());
        let nothing = [0; 64];
        let y = unhex("7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
        let key = DeviceKey::from_coordinates(&key, &y).unwrap();
        assert_eq!(key.verify(b"sample", &nothing), Err(Refused));
        assert_eq!(key.verify(b"sample", &[0xFF; 64]), Err(Refused));
    }
}
