//! Makes a [`Node`]: a serializer that records every call.

use std::fmt;

use serde::ser::{self, Serialize, Serializer};

use super::Node;

pub struct ToNode;

/// Parts as they arrive, and what they are for.
pub struct Parts<P> {
    parts: Vec<P>,
    key: Option<Node>,
    finish: Box<dyn FnOnce(Vec<P>) -> Node>,
}

impl<P> Parts<P> {
    fn new(finish: impl FnOnce(Vec<P>) -> Node + 'static) -> Self {
        Self { parts: Vec::new(), key: None, finish: Box::new(finish) }
    }
}

macro_rules! parts {
    ($($trait:ident: $method:ident;)*) => {$(
        impl ser::$trait for Parts<Node> {
            type Ok = Node;
            type Error = fmt::Error;

            fn $method<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), fmt::Error> {
                self.parts.push(value.serialize(ToNode)?);
                Ok(())
            }

            fn end(self) -> Result<Node, fmt::Error> {
                Ok((self.finish)(self.parts))
            }
        }
    )*};
}

macro_rules! fields {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Parts<(&'static str, Node)> {
            type Ok = Node;
            type Error = fmt::Error;

            fn serialize_field<V: Serialize + ?Sized>(&mut self, name: &'static str, value: &V) -> Result<(), fmt::Error> {
                self.parts.push((name, value.serialize(ToNode)?));
                Ok(())
            }

            fn end(self) -> Result<Node, fmt::Error> {
                Ok((self.finish)(self.parts))
            }
        }
    )*};
}

parts! {
    SerializeSeq: serialize_element;
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

fields! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Parts<(Node, Node)> {
    type Ok = Node;
    type Error = fmt::Error;

    fn serialize_key<V: Serialize + ?Sized>(&mut self, key: &V) -> Result<(), fmt::Error> {
        self.key = Some(key.serialize(ToNode)?);
        Ok(())
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), fmt::Error> {
        let key = self.key.take().ok_or(fmt::Error)?;
        self.parts.push((key, value.serialize(ToNode)?));
        Ok(())
    }

    fn end(self) -> Result<Node, fmt::Error> {
        Ok((self.finish)(self.parts))
    }
}

macro_rules! numbers {
    ($($method:ident($type:ty): $signed:literal, $bits:literal;)*) => {$(
        fn $method(self, value: $type) -> Result<Node, fmt::Error> {
            Ok(Node::Int { signed: $signed, bits: $bits, value: value as i128 })
        }
    )*};
}

impl Serializer for ToNode {
    type Ok = Node;
    type Error = fmt::Error;
    type SerializeSeq = Parts<Node>;
    type SerializeTuple = Parts<Node>;
    type SerializeTupleStruct = Parts<Node>;
    type SerializeTupleVariant = Parts<Node>;
    type SerializeMap = Parts<(Node, Node)>;
    type SerializeStruct = Parts<(&'static str, Node)>;
    type SerializeStructVariant = Parts<(&'static str, Node)>;

    fn is_human_readable(&self) -> bool {
        false
    }

    numbers! {
        serialize_i8(i8): true, 8;
        serialize_i16(i16): true, 16;
        serialize_i32(i32): true, 32;
        serialize_i64(i64): true, 64;
        serialize_i128(i128): true, 128;
        serialize_u8(u8): false, 8;
        serialize_u16(u16): false, 16;
        serialize_u32(u32): false, 32;
        serialize_u64(u64): false, 64;
        serialize_u128(u128): false, 128;
    }

    fn serialize_bool(self, value: bool) -> Result<Node, fmt::Error> {
        Ok(Node::Bool(value))
    }

    fn serialize_f32(self, value: f32) -> Result<Node, fmt::Error> {
        Ok(Node::Float(value.into()))
    }

    fn serialize_f64(self, value: f64) -> Result<Node, fmt::Error> {
        Ok(Node::Float(value))
    }

    fn serialize_char(self, value: char) -> Result<Node, fmt::Error> {
        Ok(Node::Char(value))
    }

    fn serialize_str(self, value: &str) -> Result<Node, fmt::Error> {
        Ok(Node::Text(value.to_owned()))
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<Node, fmt::Error> {
        Ok(Node::Bytes(value.to_vec()))
    }

    fn serialize_none(self) -> Result<Node, fmt::Error> {
        Ok(Node::Option(None))
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<Node, fmt::Error> {
        Ok(Node::Option(Some(Box::new(value.serialize(self)?))))
    }

    fn serialize_unit(self) -> Result<Node, fmt::Error> {
        Ok(Node::Unit)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Node, fmt::Error> {
        Ok(Node::Unit)
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
    ) -> Result<Node, fmt::Error> {
        Ok(Node::Variant(number, name, Box::new(Node::Unit)))
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
    ) -> Result<Node, fmt::Error> {
        Ok(Node::Newtype(Box::new(value.serialize(self)?)))
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
        value: &V,
    ) -> Result<Node, fmt::Error> {
        let content = Node::Newtype(Box::new(value.serialize(self)?));
        Ok(Node::Variant(number, name, Box::new(content)))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Parts<Node>, fmt::Error> {
        let length = length.ok_or(fmt::Error)?;
        Ok(Parts::new(move |parts| Node::Seq(length, parts)))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<Node>, fmt::Error> {
        Ok(Parts::new(Node::Tuple))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Parts<Node>, fmt::Error> {
        Ok(Parts::new(Node::Tuple))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<Node>, fmt::Error> {
        Ok(Parts::new(move |parts| Node::Variant(number, name, Box::new(Node::Tuple(parts)))))
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Parts<(Node, Node)>, fmt::Error> {
        let length = length.ok_or(fmt::Error)?;
        Ok(Parts::new(move |entries| Node::Map(length, entries)))
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Parts<(&'static str, Node)>, fmt::Error> {
        Ok(Parts::new(Node::Struct))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Parts<(&'static str, Node)>, fmt::Error> {
        Ok(Parts::new(move |fields| Node::Variant(number, name, Box::new(Node::Struct(fields)))))
    }
}
