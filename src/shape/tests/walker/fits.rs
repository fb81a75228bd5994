//! Values that fit although they look different, and differences that no layout shows.

use super::*;

/// Older values are read as newer ones, which the tracer has not seen when the first comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Folded", into = "Folded")]
struct Seen(u64);

#[derive(Serialize, Deserialize)]
enum Folded {
    Never,
    Once { at: u64 },
    At(u64),
}

impl From<Folded> for Seen {
    fn from(folded: Folded) -> Self {
        match folded {
            Folded::Never => Self(0),
            Folded::Once { at } | Folded::At(at) => Self(at),
        }
    }
}

impl From<Seen> for Folded {
    fn from(seen: Seen) -> Self {
        Self::At(seen.0)
    }
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
struct Nothing {
    y: (),
    x: [(); 3],
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shadowed(Nothing, Dots);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
enum Key {
    #[serde(alias = "A", alias = "z")]
    One,
    Two(u8),
    #[serde(alias = "drei")]
    Three {
        #[serde(alias = "a")]
        z: u8,
        b: Option<()>,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all(serialize = "lowercase"))]
enum Cased {
    Guest,
    User { id: u64 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Deep {
    nothing: Nothing,
    dots: Dots,
    unit: (),
    empty: Vec<Nothing>,
    shadowed: (Nothing, Dots, Shadowed),
    named: BTreeMap<String, Dots>,
    keyed: HashMap<Key, Vec<HashSet<Key>>>,
    seen: [Seen; 2],
    unread: std::marker::PhantomData<u8>,
    deeper: Option<Box<Deep>>,
    both: Result<Dots, Vec<Deep>>,
}

fn deep(deeper: Option<Box<Deep>>) -> Deep {
    let dots = || Dots { x: 1, y: 2 };
    let three = || Key::Three { z: 3, b: Some(()) };
    Deep {
        nothing: Nothing::default(),
        dots: dots(),
        unit: (),
        empty: vec![Nothing::default(), Nothing::default()],
        shadowed: (Nothing::default(), dots(), Shadowed(Nothing::default(), dots())),
        named: BTreeMap::from([("a".into(), dots()), (String::new(), dots())]),
        keyed: HashMap::from([
            (Key::Two(1), vec![]),
            (three(), vec![HashSet::from([Key::One, Key::Two(2), three(), Key::Other])]),
        ]),
        seen: [Seen(0), Seen(300)],
        unread: std::marker::PhantomData,
        deeper,
        both: Err(vec![]),
    }
}

#[test]
fn what_fits_is_not_refused() {
    comes_back(deep(None));
    comes_back(Deep { both: Err(vec![deep(None)]), ..deep(Some(Box::new(deep(None)))) });
    for key in [Key::One, Key::Two(1), Key::Three { z: 1, b: None }, Key::Other] {
        comes_back(key);
    }
    // Variants go by number, so their names may differ by direction.
    for cased in [Cased::Guest, Cased::User { id: 7 }] {
        comes_back(cased);
    }
    comes_back(Seen(7));
    comes_back((Some(()), None::<()>, Some(None::<u8>), Some(Some(1u8))));
}

/// The layout does not show these (docs/shape.md): unnamed parts that swap places, and a value that stands for another.
#[test]
fn meaning_is_not_layout() {
    fields! {
        Swapped((u64, u64)): |value| (value.1, value.0);
        Doubled(u64): |value| value * 2;
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Halves(#[serde(skip_serializing)] u64, #[serde(skip_deserializing)] u64);

    assert_eq!(fate(Swapped((1, 2))), Fate::Other(Swapped((2, 1))));
    assert_eq!(fate(Doubled(1)), Fate::Other(Doubled(2)));
    assert_eq!(fate(Halves(1, 2)), Fate::Other(Halves(2, 0)));
}
