//! What serde does not derive: modules for `with`, and types with hand-written code.

use super::*;

pub fn as_u16<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(*number as u16)
}

pub fn as_i32<S: Serializer>(number: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(*number as i32)
}

pub mod seconds {
    use super::*;

    pub fn serialize<S: Serializer>(lasts: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(lasts.as_secs())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

pub mod ordinal {
    use super::*;

    pub fn serialize<S: Serializer>(day: &time::Date, serializer: S) -> Result<S::Ok, S::Error> {
        day.to_ordinal_date().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<time::Date, D::Error> {
        let (year, day) = Deserialize::deserialize(deserializer)?;
        time::Date::from_ordinal_date(year, day).map_err(Error::custom)
    }
}

pub mod hexadecimal {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hexadecimal(bytes))
    }

    struct Hexadecimal<'b>(&'b [u8]);

    impl fmt::Display for Hexadecimal<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Vec<_> = text.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16);
        digits.chunks(2).map(byte).collect::<Result<_, _>>().map_err(Error::custom)
    }
}

pub mod json {
    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(Error::custom)
    }
}

/// Text on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    pub major: u16,
    pub minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.0", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split('.').map(|part| part.parse().map_err(|_| "no number"));
        let mut part = || parts.next().unwrap_or(Err("too short"));
        Ok(Self { major: part()?, minor: part()? })
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(Error::custom)
    }
}

/// As `serde_bytes` has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_byte_buf(Visit)
    }
}

/// Of another crate, which knows nothing of serde.
pub mod far {
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Point {
        pub x: u8,
        pub y: u8,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "far::Point")]
pub struct Point {
    x: u8,
    y: u8,
}
