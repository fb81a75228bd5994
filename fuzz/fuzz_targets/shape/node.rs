//! A value as its `Serialize` writes it, kept as data so that it can be written differently.

#[path = "node/writer.rs"]
mod writer;

use serde::ser::{self, Serialize, Serializer};

use writer::ToNode;

#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Bool(bool),
    /// A number with this many bits, all below 128.
    Int {
        signed: bool,
        bits: u8,
        value: i128,
    },
    Float(f64),
    Char(char),
    Text(String),
    Bytes(Vec<u8>),
    Unit,
    Option(Option<Box<Node>>),
    Newtype(Box<Node>),
    Tuple(Vec<Node>),
    Struct(Vec<(&'static str, Node)>),
    /// With the length that it claims.
    Seq(usize, Vec<Node>),
    Map(usize, Vec<(Node, Node)>),
    Variant(u32, &'static str, Box<Node>),
}

/// The encoded pieces in order. A name is not encoded, but must be read where it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    Bool(bool),
    /// One byte.
    Small {
        signed: bool,
        value: i128,
    },
    /// A varint.
    Int {
        signed: bool,
        value: i128,
    },
    Float(u64),
    Char(char),
    Some(bool),
    Length(usize),
    Variant(u32),
}

impl Node {
    pub fn of(value: &impl Serialize) -> Self {
        value.serialize(ToNode).expect("nothing fails")
    }

    pub fn wire(&self) -> Vec<Piece> {
        let mut wire = Vec::new();
        self.write(&mut wire);
        wire
    }

    fn write(&self, wire: &mut Vec<Piece>) {
        match self {
            Self::Bool(value) => wire.push(Piece::Bool(*value)),
            Self::Int { signed, bits: 8, value } => {
                wire.push(Piece::Small { signed: *signed, value: *value });
            }
            Self::Int { signed, value, .. } => {
                wire.push(Piece::Int { signed: *signed, value: *value });
            }
            Self::Float(value) => wire.push(Piece::Float(value.to_bits())),
            Self::Char(value) => wire.push(Piece::Char(*value)),
            Self::Text(text) => Self::Bytes(text.clone().into_bytes()).write(wire),
            Self::Bytes(bytes) => {
                wire.push(Piece::Length(bytes.len()));
                let small = |byte: &u8| Piece::Small { signed: false, value: (*byte).into() };
                wire.extend(bytes.iter().map(small));
            }
            Self::Unit => {}
            Self::Option(inner) => {
                wire.push(Piece::Some(inner.is_some()));
                inner.iter().for_each(|inner| inner.write(wire));
            }
            Self::Newtype(inner) => inner.write(wire),
            Self::Tuple(parts) => parts.iter().for_each(|part| part.write(wire)),
            Self::Struct(fields) => fields.iter().for_each(|field| field.1.write(wire)),
            Self::Seq(length, parts) => {
                wire.push(Piece::Length(*length));
                parts.iter().for_each(|part| part.write(wire));
            }
            Self::Map(length, entries) => {
                wire.push(Piece::Length(*length));
                for (key, value) in entries {
                    key.write(wire);
                    value.write(wire);
                }
            }
            Self::Variant(number, _, content) => {
                wire.push(Piece::Variant(*number));
                content.write(wire);
            }
        }
    }
}

/// Writes it again unchanged, with the calls that match the kind of each node.
impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use ser::{
            SerializeMap as _, SerializeSeq as _, SerializeStruct as _,
            SerializeStructVariant as _, SerializeTuple as _, SerializeTupleVariant as _,
        };
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int { signed: true, bits, value } => match bits {
                8 => serializer.serialize_i8(*value as i8),
                16 => serializer.serialize_i16(*value as i16),
                32 => serializer.serialize_i32(*value as i32),
                64 => serializer.serialize_i64(*value as i64),
                _ => serializer.serialize_i128(*value),
            },
            Self::Int { signed: false, bits, value } => match bits {
                8 => serializer.serialize_u8(*value as u8),
                16 => serializer.serialize_u16(*value as u16),
                32 => serializer.serialize_u32(*value as u32),
                64 => serializer.serialize_u64(*value as u64),
                _ => serializer.serialize_u128(*value as u128),
            },
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Char(value) => serializer.serialize_char(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
            Self::Unit => serializer.serialize_unit(),
            Self::Option(None) => serializer.serialize_none(),
            Self::Option(Some(inner)) => serializer.serialize_some(inner),
            Self::Newtype(inner) => serializer.serialize_newtype_struct("", inner),
            Self::Tuple(parts) => {
                let mut tuple = serializer.serialize_tuple(parts.len())?;
                parts.iter().try_for_each(|part| tuple.serialize_element(part))?;
                tuple.end()
            }
            Self::Struct(fields) => {
                let mut parts = serializer.serialize_struct("", fields.len())?;
                fields.iter().try_for_each(|(name, part)| parts.serialize_field(name, part))?;
                parts.end()
            }
            Self::Seq(length, parts) => {
                let mut seq = serializer.serialize_seq(Some(*length))?;
                parts.iter().try_for_each(|part| seq.serialize_element(part))?;
                seq.end()
            }
            Self::Map(length, entries) => {
                let mut map = serializer.serialize_map(Some(*length))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
            Self::Variant(number, name, content) => match &**content {
                Self::Unit => serializer.serialize_unit_variant("", *number, name),
                Self::Tuple(parts) => {
                    let mut tuple =
                        serializer.serialize_tuple_variant("", *number, name, parts.len())?;
                    parts.iter().try_for_each(|part| tuple.serialize_field(part))?;
                    tuple.end()
                }
                Self::Struct(fields) => {
                    let mut parts =
                        serializer.serialize_struct_variant("", *number, name, fields.len())?;
                    fields.iter().try_for_each(|(name, part)| parts.serialize_field(name, part))?;
                    parts.end()
                }
                Self::Newtype(content) => {
                    serializer.serialize_newtype_variant("", *number, name, content)
                }
                content => serializer.serialize_newtype_variant("", *number, name, content),
            },
        }
    }
}
