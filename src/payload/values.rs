//! A session of named values of any type, for programs that think of a session as a map.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::ValueError;

/// Named values, each stored as JSON text. `SessionCookie<Values>` is a key-value session: see
/// [`SessionValues`](crate::SessionValues).
///
/// Prefer a typed session: it is smaller and cannot misspell a key. This is for programs whose session was a map before.
///
/// ```
/// use hardtack::Values;
///
/// let mut values = Values::default();
/// values.insert("cart", vec![3, 5])?;
/// assert_eq!(values.get::<Vec<u32>>("cart")?, Some(vec![3, 5]));
/// assert_eq!(values.get::<u32>("theme")?, None);
/// # Ok::<(), hardtack::ValueError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// Returns the value under `key`; `Ok(None)` if there is none.
    ///
    /// # Errors
    /// [`ValueError::Decode`] if it is not a `U`.
    pub fn get<U: DeserializeOwned>(&self, key: &str) -> Result<Option<U>, ValueError> {
        let text = self.0.get(key);
        text.map(|text| serde_json::from_str(text)).transpose().map_err(|_| ValueError::Decode)
    }

    /// Stores `value` under `key`, replacing any other.
    ///
    /// # Errors
    /// [`ValueError::Encode`] if JSON cannot represent it. Nothing was changed.
    pub fn insert(&mut self, key: &str, value: impl Serialize) -> Result<(), ValueError> {
        self.insert_text(key, Self::text(value)?);
        Ok(())
    }

    /// The text that is stored for a value.
    pub(crate) fn text(value: impl Serialize) -> Result<String, ValueError> {
        serde_json::to_string(&value).map_err(|_| ValueError::Encode)
    }

    pub(crate) fn insert_text(&mut self, key: &str, text: String) {
        self.0.insert(key.to_owned(), text);
    }

    /// Removes `key`, and returns whether it was there.
    pub fn remove(&mut self, key: &str) -> bool {
        self.0.remove(key).is_some()
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Whether there is a value under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// Returns how many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over keys and JSON texts, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, text)| (key.as_str(), text.as_str()))
    }
}

/// Prints only the keys.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payload::Codec;

    #[test]
    fn values_of_all_types_come_back() {
        let mut values = Values::default();
        assert!(values.is_empty());
        values.insert("id", 7u64).unwrap();
        values.insert("name", "Ada").unwrap();
        values.insert("none", None::<u8>).unwrap();
        assert_eq!(values.get("id"), Ok(Some(7u64)));
        assert_eq!(values.get("name"), Ok(Some("Ada".to_owned())));
        assert_eq!(values.get("none"), Ok(Some(None::<u8>)));
        assert_eq!(values.get::<u64>("name"), Err(ValueError::Decode));
        assert_eq!(values.get::<u64>("missing"), Ok(None));
        let texts: Vec<_> = values.iter().collect();
        assert_eq!(texts, [("id", "7"), ("name", "\"Ada\""), ("none", "null")]);
        assert_eq!((values.remove("id"), values.remove("id"), values.len()), (true, false, 2));
        assert!(values.contains_key("name") && !values.contains_key("id") && !values.is_empty());
        assert_eq!(format!("{values:?}"), r#"{"name", "none"}"#);
        values.clear();
        assert!(values.is_empty());
    }

    #[test]
    fn what_json_cannot_carry_changes_nothing() {
        let mut values = Values::default();
        values.insert("map", 1).unwrap();
        let keyed_by_bytes = BTreeMap::from([(vec![1u8], 2)]);
        assert_eq!(values.insert("map", keyed_by_bytes), Err(ValueError::Encode));
        assert_eq!(values.get("map"), Ok(Some(1)));
    }

    #[test]
    fn they_are_a_map_of_texts_for_either_codec() {
        let mut values = Values::default();
        values.insert("b", 2).unwrap();
        values.insert("a", [1u8]).unwrap();
        values.insert("a", "again").unwrap();
        for codec in [Codec::Postcard, Codec::Json] {
            let bytes = codec.encode_to_vec(&values).unwrap();
            assert_eq!(codec.decode::<Values>(&bytes), Some(values.clone()));
        }
        let json = Codec::Json.encode_to_vec(&values).unwrap();
        assert_eq!(&json[..], br#"{"a":"\"again\"","b":"2"}"#);
    }
}
