//! Types with a hand-written `Serialize` that is not always right.

use super::*;

/// In the order of the day.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct ByHand {
    a: u64,
    b: u64,
    c: u64,
    none: (),
    #[serde(skip)]
    order: Vec<u8>,
}

impl PartialEq for ByHand {
    fn eq(&self, other: &Self) -> bool {
        (self.a, self.b, self.c) == (other.a, other.b, other.c)
    }
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut order: Vec<_> = self.order.iter().map(|at| at % 5).collect();
        if order.is_empty() {
            order = vec![0, 1, 2, 3];
        }
        let mut fields = serializer.serialize_struct("ByHand", order.len())?;
        for at in order {
            match at {
                0 => fields.serialize_field("a", &self.a)?,
                1 => fields.serialize_field("b", &self.b)?,
                2 => fields.serialize_field("c", &self.c)?,
                3 => fields.serialize_field("none", &self.none)?,
                _ => fields.skip_field("c")?,
            }
        }
        fields.end()
    }
}

/// By a number that is not its own.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Lying {
    kind: Level,
    #[serde(skip)]
    number: Option<u8>,
    #[serde(skip)]
    name: Option<u8>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Level {
    Low(u8),
    High(u8),
    Top(u8),
    None,
}

impl PartialEq for Lying {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Serialize for Lying {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct As(Level, Option<u8>);

        impl Serialize for As {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (own, name, content) = match self.0 {
                    Level::Low(content) => (0, "Low", content),
                    Level::High(content) => (1, "High", content),
                    Level::Top(content) => (2, "Top", content),
                    Level::None => return serializer.serialize_unit_variant("", 3, "None"),
                };
                let number = self.1.map_or(own, |number| u32::from(number) % 5);
                serializer.serialize_newtype_variant("", number, name, &content)
            }
        }

        let mut fields = serializer.serialize_struct("Lying", 1)?;
        fields.serialize_field(
            if self.name == Some(0) { "other" } else { "kind" },
            &As(self.kind, self.number),
        )?;
        fields.end()
    }
}

/// Writes a different length than it announces.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Lengths {
    units: Vec<()>,
    bytes: Vec<u8>,
    map: BTreeMap<u8, u8>,
    last: u8,
    #[serde(skip)]
    lies: [i8; 3],
}

impl PartialEq for Lengths {
    fn eq(&self, other: &Self) -> bool {
        (&self.units, &self.bytes, &self.map, self.last)
            == (&other.units, &other.bytes, &other.map, other.last)
    }
}

impl Serialize for Lengths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct List<'v, V>(&'v [V], i8);

        impl<V: Serialize> Serialize for List<'_, V> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let length = self.0.len().saturating_add_signed(self.1.into());
                let mut list = serializer.serialize_seq(Some(length))?;
                self.0.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
        }

        struct Map<'m>(&'m BTreeMap<u8, u8>, i8);

        impl Serialize for Map<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let length = self.0.len().saturating_add_signed(self.1.into());
                let mut map = serializer.serialize_map(Some(length))?;
                self.0.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }

        let mut parts = serializer.serialize_tuple(4)?;
        parts.serialize_element(&List(&self.units, self.lies[0]))?;
        parts.serialize_element(&List(&self.bytes, self.lies[1]))?;
        parts.serialize_element(&Map(&self.map, self.lies[2]))?;
        parts.serialize_element(&self.last)?;
        parts.end()
    }
}

/// Leaves out some of its parts without saying so.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Omits {
    a: Option<u8>,
    b: Option<u8>,
    c: (u8, u8),
    d: u8,
    #[serde(skip)]
    omitted: u8,
}

impl PartialEq for Omits {
    fn eq(&self, other: &Self) -> bool {
        (self.a, self.b, self.c, self.d) == (other.a, other.b, other.c, other.d)
    }
}

impl Serialize for Omits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = |bit: u8| self.omitted & (1 << bit) == 0;
        let mut fields = serializer.serialize_struct("Omits", 4)?;
        if written(0) {
            fields.serialize_field("a", &self.a)?;
        }
        if written(1) {
            fields.serialize_field("b", &self.b)?;
        }
        if written(2) {
            fields.serialize_field("c", &self.c)?;
        } else if !written(4) {
            fields.serialize_field("c", &self.c.0)?;
        }
        if written(3) {
            fields.serialize_field("d", &self.d)?;
        } else if !written(5) {
            fields.serialize_field("d", &(self.d, self.d))?;
        }
        fields.end()
    }
}
