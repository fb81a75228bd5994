//! A type that is read as derived, but written as the fuzzer bends it.

use std::fmt;

use arbitrary::Arbitrary;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::node::Node;

#[derive(Arbitrary, Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Target {
    id: u64,
    text: String,
    bytes: Vec<u8>,
    kinds: Vec<Kind>,
    entries: Entries,
    tuple: (i16, u32, ()),
    choice: Option<Option<i8>>,
    twice: [u64; 2],
    more: Option<Box<Target>>,
    nothing: Vec<Nothing>,
    letter: char,
    dot: Dot,
    dots: Vec<Dot>,
    number: f64,
}

#[derive(Arbitrary, Clone, Debug, serde::Serialize, serde::Deserialize)]
enum Kind {
    Guest,
    User(u16),
    Pair(u8, i64),
    Named { a: bool, b: Option<u8> },
    Same { a: bool, b: Option<u8> },
    List(Vec<Kind>),
    Dot(Dot),
}

#[derive(Arbitrary, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Nothing {
    a: (),
    b: [(); 2],
}

#[derive(Arbitrary, Clone, Debug, serde::Serialize, serde::Deserialize)]
struct Dot {
    x: i32,
    y: i32,
}

/// A map that keeps all entries it is given, in order.
#[derive(Arbitrary, Clone, Debug)]
struct Entries(Vec<(u8, i32)>);

impl Serialize for Entries {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(All)
    }
}

#[derive(Clone, Debug)]
pub struct Bent {
    pub target: Target,
    /// What is written instead.
    pub node: Option<Node>,
}

impl Serialize for Bent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.node {
            Some(node) => node.serialize(serializer),
            None => self.target.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self { target: Target::deserialize(deserializer)?, node: None })
    }
}

/// The change at one node, counted from the top.
#[derive(Arbitrary, Debug)]
pub struct Edit {
    at: u8,
    how: How,
}

#[derive(Arbitrary, Debug)]
enum How {
    Width(u8),
    Sign,
    Wrap,
    Unwrap,
    Some,
    Unit,
    Pop,
    Double,
    Swap,
    Rename(u8),
    Claim(i8),
    Number(i8),
    Bytes,
    Elements,
    Text,
    Untype,
    Inline,
    Flag,
    Letter,
}

impl Edit {
    pub fn apply(self, node: &mut Node) {
        let mut nodes = 0;
        each(node, &mut |_| nodes += 1);
        let mut left = usize::from(self.at) % nodes;
        each(node, &mut |node| {
            if left == 0 {
                self.how.apply(node);
            }
            left = left.wrapping_sub(1);
        });
    }
}

/// All nodes, inner ones first, so that a changed node is not visited again.
fn each(node: &mut Node, act: &mut dyn FnMut(&mut Node)) {
    match node {
        Node::Option(Some(inner)) | Node::Newtype(inner) | Node::Variant(_, _, inner) => {
            each(inner, act);
        }
        Node::Tuple(parts) | Node::Seq(_, parts) => {
            parts.iter_mut().for_each(|part| each(part, act));
        }
        Node::Struct(fields) => fields.iter_mut().for_each(|(_, part)| each(part, act)),
        Node::Map(_, entries) => {
            for (key, value) in entries {
                each(key, act);
                each(value, act);
            }
        }
        _ => {}
    }
    act(node);
}

fn taken(node: &mut Node) -> Node {
    std::mem::replace(node, Node::Unit)
}

impl How {
    fn apply(&self, node: &mut Node) {
        match (self, &mut *node) {
            (Self::Width(width), Node::Int { signed, bits, value }) => {
                let to = [8, 16, 32, 64, 128][usize::from(*width) % 5];
                if fits(*signed, to, *value) {
                    *bits = to;
                }
            }
            (Self::Sign, Node::Int { signed, bits, value }) if fits(!*signed, *bits, *value) => {
                *signed = !*signed;
            }
            (Self::Wrap, _) => *node = Node::Newtype(Box::new(taken(node))),
            (Self::Some, _) => *node = Node::Option(Some(Box::new(taken(node)))),
            (Self::Unit, _) => *node = Node::Unit,
            (Self::Unwrap, Node::Option(Some(inner)) | Node::Newtype(inner)) => {
                *node = taken(inner)
            }
            (Self::Unwrap, Node::Variant(_, _, inner)) => *node = taken(inner),
            (Self::Pop, Node::Tuple(parts) | Node::Seq(_, parts)) => drop(parts.pop()),
            (Self::Pop, Node::Struct(fields)) => drop(fields.pop()),
            (Self::Pop, Node::Map(_, entries)) => drop(entries.pop()),
            (Self::Double, Node::Tuple(parts) | Node::Seq(_, parts)) => {
                parts.extend(parts.last().cloned());
            }
            (Self::Double, Node::Struct(fields)) => fields.extend(fields.last().cloned()),
            (Self::Double, Node::Map(_, entries)) => entries.extend(entries.last().cloned()),
            (Self::Swap, Node::Tuple(parts) | Node::Seq(_, parts)) if parts.len() > 1 => {
                parts.swap(0, 1);
            }
            (Self::Swap, Node::Struct(fields)) if fields.len() > 1 => fields.swap(0, 1),
            (Self::Swap, Node::Map(_, entries)) => {
                entries.iter_mut().for_each(|(key, value)| std::mem::swap(key, value));
            }
            (Self::Rename(by), Node::Struct(fields)) if !fields.is_empty() => {
                let names: Vec<_> = fields.iter().map(|field| field.0).collect();
                let by = usize::from(*by);
                for (at, field) in fields.iter_mut().enumerate() {
                    field.0 = names[(at + by) % names.len()];
                }
            }
            (Self::Rename(by), Node::Variant(_, name, _)) => {
                *name = ["Guest", "User", "Pair", "Named", "Same"][usize::from(*by) % 5];
            }
            (Self::Claim(by), Node::Seq(claimed, _) | Node::Map(claimed, _)) => {
                *claimed = claimed.saturating_add_signed((*by).into());
            }
            (Self::Number(by), Node::Variant(number, _, _)) => {
                *number = number.saturating_add_signed((*by).into());
            }
            (Self::Bytes, Node::Text(text)) => *node = Node::Bytes(text.as_bytes().to_vec()),
            (Self::Bytes, Node::Seq(_, parts)) => {
                let byte = |part: &Node| match part {
                    Node::Int { value, .. } => *value as u8,
                    _ => 0,
                };
                *node = Node::Bytes(parts.iter().map(byte).collect());
            }
            (Self::Elements, Node::Bytes(bytes)) => *node = elements(bytes),
            (Self::Elements, Node::Text(text)) => *node = elements(text.as_bytes()),
            (Self::Elements, Node::Map(length, entries)) => {
                let pair = |(key, value)| Node::Tuple(vec![key, value]);
                *node = Node::Seq(*length, entries.drain(..).map(pair).collect());
            }
            (Self::Elements, Node::Tuple(parts)) => {
                *node = Node::Seq(parts.len(), std::mem::take(parts));
            }
            (Self::Text, Node::Bytes(bytes)) => {
                *node = Node::Text(String::from_utf8_lossy(bytes).into_owned());
            }
            (Self::Text, Node::Char(letter)) => *node = Node::Text(letter.to_string()),
            (Self::Text, Node::Int { value, .. }) => *node = Node::Text(value.to_string()),
            (Self::Untype, Node::Struct(fields)) => {
                *node = Node::Tuple(fields.drain(..).map(|field| field.1).collect());
            }
            (Self::Untype, Node::Seq(_, parts)) => *node = Node::Tuple(std::mem::take(parts)),
            (Self::Untype, Node::Variant(number, _, content)) => {
                let number = Node::Int { signed: false, bits: 32, value: (*number).into() };
                *node = Node::Tuple(vec![number, taken(content)]);
            }
            (Self::Untype, Node::Tuple(parts)) if parts.len() == 2 => {
                let fields = ["x", "y"].into_iter().zip(std::mem::take(parts));
                *node = Node::Struct(fields.collect());
            }
            (Self::Inline, Node::Tuple(parts)) => {
                let inner = |part| match part {
                    Node::Tuple(parts) => parts,
                    Node::Struct(fields) => fields.into_iter().map(|field| field.1).collect(),
                    part => vec![part],
                };
                *parts = parts.drain(..).flat_map(inner).collect();
            }
            (Self::Inline, Node::Struct(fields)) => {
                let inner = |(name, part)| match part {
                    Node::Struct(fields) => fields,
                    part => vec![(name, part)],
                };
                *fields = fields.drain(..).flat_map(inner).collect();
            }
            (Self::Flag, Node::Bool(flag)) => {
                *node = Node::Int { signed: false, bits: 8, value: (*flag).into() };
            }
            (Self::Flag, Node::Option(inner)) => {
                let flag = Node::Bool(inner.is_some());
                *node = Node::Tuple(
                    [flag].into_iter().chain(inner.take().map(|inner| *inner)).collect(),
                );
            }
            (Self::Letter, Node::Text(text)) if text.chars().count() == 1 => {
                *node = Node::Char(text.chars().next().unwrap_or_default());
            }
            _ => {}
        }
    }
}

fn fits(signed: bool, bits: u8, value: i128) -> bool {
    let limit = 1i128.checked_shl((bits - u8::from(signed)).into()).filter(|limit| *limit > 0);
    let least = if signed { limit.map_or(i128::MIN, |limit| -limit) } else { 0 };
    value >= least && limit.is_none_or(|limit| value < limit)
}

fn elements(bytes: &[u8]) -> Node {
    let element = |byte: &u8| Node::Int { signed: false, bits: 8, value: (*byte).into() };
    Node::Seq(bytes.len(), bytes.iter().map(element).collect())
}
