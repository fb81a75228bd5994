//! The bounds, at the last value that passes and the first that does not; everything else reads as postcard reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{
    DEPTH, Decoder, DeserializeOwned, Deserializer, MapAccess, SeqAccess, Visitor, WITHOUT_BYTES,
    from_postcard, with_decoder,
};
#[cfg(feature = "json")]
use crate::payload::Codec;

#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Nothing;

fn reads<T: DeserializeOwned>(bytes: &[u8]) -> bool {
    from_postcard::<T>(bytes).is_some()
}

// Without the bound each of these counts to 2^63.
#[test]
fn elements_without_bytes_cannot_be_claimed_at_will() {
    let claim = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
    assert!(!reads::<BTreeSet<()>>(&claim));
    assert!(!reads::<Vec<Nothing>>(&claim));
    assert!(!reads::<Vec<((), [u8; 0])>>(&claim));
    assert!(!reads::<BTreeMap<Nothing, ()>>(&claim));
    let second = [&[2, 1][..], &claim].concat();
    assert!(!reads::<Vec<BTreeSet<()>>>(&second));
    let variant = [&[1][..], &claim].concat();
    assert!(!reads::<Option<Box<BTreeSet<()>>>>(&variant));
    assert!(!reads::<Result<(), (BTreeSet<()>, u8)>>(&variant));
}

#[test]
fn the_bounds_are_those_that_the_page_names() {
    assert_eq!((WITHOUT_BYTES, DEPTH), (65_536, 128));
}

#[test]
fn elements_without_bytes_are_bounded_in_the_whole_value() {
    let units = |elements: usize| postcard::to_allocvec(&vec![(); elements]).unwrap();
    assert!(reads::<Vec<()>>(&units(WITHOUT_BYTES)));
    assert!(!reads::<Vec<()>>(&units(WITHOUT_BYTES + 1)));
    let twice = |elements| [units(elements), units(elements)].concat();
    assert!(reads::<(Vec<()>, Vec<()>)>(&twice(WITHOUT_BYTES / 2)));
    assert!(!reads::<(Vec<()>, Vec<()>)>(&twice(WITHOUT_BYTES / 2 + 1)));
    // No single sequence claims more than there are bytes.
    let lists = vec![vec![(); 100]; WITHOUT_BYTES / 100];
    assert!(reads::<Vec<Vec<()>>>(&postcard::to_allocvec(&lists).unwrap()));
    let lists = vec![vec![(); 100]; WITHOUT_BYTES / 100 + 1];
    assert!(!reads::<Vec<Vec<()>>>(&postcard::to_allocvec(&lists).unwrap()));
    let entries: Vec<BTreeMap<(), ()>> = vec![BTreeMap::from([((), ())]); WITHOUT_BYTES + 1];
    assert!(!reads::<Vec<BTreeMap<(), ()>>>(&postcard::to_allocvec(&entries).unwrap()));
}

#[test]
fn elements_with_bytes_are_not_bounded() {
    let value = vec![vec![((1u8, ((2u8,),)), Some(false)); 50]; 3_000];
    assert!(value.len() * 50 > WITHOUT_BYTES);
    let bytes = postcard::to_allocvec(&value).unwrap();
    assert_eq!(from_postcard(&bytes), Some(value));
    let map: BTreeMap<u32, [u16; 3]> = (0..100_000).map(|n| (n, [1, 2, 3])).collect();
    let bytes = postcard::to_allocvec(&map).unwrap();
    assert_eq!(from_postcard(&bytes), Some(map));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Chain {
    End,
    Newtype(Box<Chain>),
    Tuple(u8, Box<Chain>),
    Struct { next: Box<Chain> },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Node {
    next: Option<Box<Node>>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Tree(Vec<Tree>);

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Named(BTreeMap<u8, Named>);

#[test]
fn depth_is_bounded_whatever_holds_the_next_level() {
    // The same link again and again, and the byte that ends it.
    #[track_caller]
    fn holds<T: DeserializeOwned>(link: &[u8], links: usize) {
        let chain = |links| [&link.repeat(links)[..], &[0]].concat();
        assert!(reads::<T>(&chain(links)));
        assert!(!reads::<T>(&chain(links + 1)));
    }
    holds::<Chain>(&[1], DEPTH);
    holds::<Chain>(&[2, 7], DEPTH);
    holds::<Chain>(&[3], DEPTH);
    holds::<Node>(&[1], DEPTH);
    // The empty option at the end is a level too.
    holds::<Tree>(&[1], DEPTH - 1);
    holds::<Named>(&[1, 9], DEPTH - 1);
}

#[test]
fn levels_side_by_side_are_not_depth() {
    let one = |n: u8| ((Some(n), vec![n]), BTreeMap::from([(n, n)]), Chain::End);
    let wide: Vec<_> = (0..=255).map(one).collect();
    let bytes = postcard::to_allocvec(&wide).unwrap();
    assert_eq!(from_postcard(&bytes), Some(wide));
}

#[test]
fn room_is_made_for_no_more_elements_than_there_are_bytes() {
    /// The size hint that a collection gets before it is filled.
    #[derive(Debug, PartialEq)]
    struct Told(Option<usize>);
    struct Listener;
    impl<'de> Visitor<'de> for Listener {
        type Value = Told;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("elements")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Told, A::Error> {
            Ok(Told(elements.size_hint()))
        }
        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Told, A::Error> {
            Ok(Told(entries.size_hint()))
        }
    }
    let decode = |bytes: &[u8], read: fn(&mut Decoder<'_>) -> postcard::Result<Told>| {
        with_decoder(bytes, read).unwrap()
    };
    for (bytes, told) in [(&[3, 1, 1, 1][..], Some(3)), (&[4, 1, 1, 1], None), (&[0], Some(0))] {
        assert_eq!(decode(bytes, |decoder| decoder.deserialize_seq(Listener)), Told(told));
        assert_eq!(decode(bytes, |decoder| decoder.deserialize_map(Listener)), Told(told));
    }
}

#[cfg(feature = "json")]
#[test]
fn json_is_bounded_in_depth_too() {
    let tree = |depth: usize| ["[".repeat(depth), "]".repeat(depth)].concat();
    assert!(Codec::Json.decode::<Tree>(tree(DEPTH - 1).as_bytes()).is_some());
    assert!(Codec::Json.decode::<Tree>(tree(DEPTH).as_bytes()).is_none());
    assert!(Codec::Json.decode::<Tree>(tree(100_000).as_bytes()).is_none());
}

// Every kind of value, whole and cut anywhere, against postcard itself.
#[test]
fn all_else_is_read_as_postcard_reads_it() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct All {
        integers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
        others: (bool, f32, f64, char, (), Nothing),
        texts: (String, Box<str>, Option<String>, std::ffi::CString),
        chain: Chain,
        map: BTreeMap<String, Vec<Option<u8>>>,
        result: Result<(u8, Nothing), [u64; 3]>,
        /// Shows that the format does not count as human-readable.
        address: std::net::IpAddr,
        time: std::time::Duration,
    }
    let chain = Chain::Struct { next: Box::new(Chain::End) };
    let value = All {
        integers: (-1, -2, -3, -4, i128::MIN, 1, 2, 3, 4, u128::MAX),
        others: (true, 1.5, -2.5, '\u{1F36A}', (), Nothing),
        texts: ("a".to_owned(), "b".into(), None, c"octets".to_owned()),
        chain: Chain::Newtype(Box::new(Chain::Tuple(9, Box::new(chain)))),
        map: BTreeMap::from([("k".to_owned(), vec![None, Some(3)])]),
        result: Err([1, 2, 3]),
        address: [127, 0, 0, 1].into(),
        time: std::time::Duration::from_millis(1_500),
    };
    let bytes = postcard::to_allocvec(&value).unwrap();
    for length in 0..bytes.len() {
        assert!(!reads::<All>(&bytes[..length]), "{length}");
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        for byte in 0..=255 {
            changed[place] = byte;
            let expected = postcard::take_from_bytes::<All>(&changed);
            let expected = expected.ok().filter(|(_, left)| left.is_empty()).map(|(all, _)| all);
            // Compared as text, because NaN is not equal to NaN.
            let (read, expected) =
                (format!("{:?}", from_postcard::<All>(&changed)), format!("{expected:?}"));
            assert_eq!(read, expected, "{byte} at {place}");
        }
    }
    assert_eq!(from_postcard(&bytes), Some(value));
}
