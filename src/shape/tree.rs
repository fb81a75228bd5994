//! The tree of a shape: one node for each place where a type asked for something. Holds no choices and no runs.

use std::any::type_name;

/// The parent of `T`'s own place. It asks for nothing.
pub(super) const ROOT: usize = 0;

/// What a `Deserialize` asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    Leaf(&'static str),
    UnitStruct(&'static str),
    Newtype(&'static str),
    Option,
    Seq,
    Map,
    Tuple(usize),
    TupleStruct(&'static str, usize),
    Struct(&'static str, &'static [&'static str]),
    Enum(&'static str, &'static [&'static str]),
    UnitVariant,
    NewtypeVariant,
    TupleVariant(usize),
    StructVariant(&'static [&'static str]),
    /// It did not ask: its value came from elsewhere.
    Nothing,
}

impl Ask {
    fn has_parts(self) -> bool {
        !matches!(self, Self::Leaf(_) | Self::UnitStruct(_) | Self::UnitVariant | Self::Nothing)
    }

    /// A variant recurs only together with its enum.
    fn may_recur(self) -> bool {
        let variant =
            matches!(self, Self::NewtypeVariant | Self::TupleVariant(_) | Self::StructVariant(_));
        self.has_parts() && !variant
    }
}

/// The types of a visitor and of its value. They distinguish recursion from two types with the same name. They are not part of
/// the text, because the compiler may change how it spells them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Types(&'static str, &'static str);

impl Types {
    pub(super) const NONE: Self = Self("", "");

    pub(super) fn of<Visitor, Value>() -> Self {
        Self(type_name::<Visitor>(), type_name::<Value>())
    }
}

/// Where a value goes: a part of another place.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) of: usize,
    pub(super) part: usize,
    pub(super) depth: usize,
    /// Inside a recursion: take the shortest way out.
    pub(super) leave: bool,
}

impl Place {
    pub(super) const TOP: Self = Self { of: ROOT, part: 0, depth: 0, leave: false };
}

pub(super) struct Node {
    pub(super) of: usize,
    pub(super) part: usize,
    pub(super) ask: Ask,
    pub(super) types: Types,
    /// The enclosing container that this place repeats, if it does.
    pub(super) back: Option<usize>,
    /// Whether something inside repeats this place.
    pub(super) recursive: bool,
    /// Indexed by number: fields, elements, variants, or key and value of a map.
    pub(super) parts: Vec<Option<usize>>,
    /// How many parts the visitor took.
    pub(super) asked: Option<usize>,
    /// Whether everything inside was seen.
    pub(super) complete: bool,
    /// The values of a leaf, or the variants of an enum.
    pub(super) choices: Vec<Choice>,
    /// The choice in this run.
    pub(super) chosen: usize,
    /// Variants that a value was made of, in that order.
    pub(super) ends: Vec<usize>,
    /// How often the whole was refused although its parts were not.
    pub(super) tries: usize,
}

#[derive(Clone, Default)]
pub(super) struct Choice {
    pub(super) refused: bool,
    pub(super) complete: bool,
    /// How many visits to this variant are in progress: more than one inside a recursion.
    pub(super) under_way: usize,
}

pub(super) struct Tree(Vec<Node>);

impl Tree {
    pub(super) fn new() -> Self {
        let mut tree = Self(Vec::new());
        tree.push(ROOT, 0, Ask::Nothing, Types::NONE);
        tree
    }

    pub(super) fn add(&mut self, of: usize, part: usize, ask: Ask, types: Types) -> usize {
        let id = self.push(of, part, ask, types);
        let parts = &mut self.0[of].parts;
        parts.resize(parts.len().max(part + 1), None);
        parts[part] = Some(id);
        id
    }

    fn push(&mut self, of: usize, part: usize, ask: Ask, types: Types) -> usize {
        let back = if ask.may_recur() { self.enclosing(of, ask, types) } else { None };
        if let Some(enclosing) = back {
            self.0[enclosing].recursive = true;
        }
        let variants = if let Ask::Enum(_, variants) = ask { variants.len() } else { 0 };
        self.0.push(Node {
            of,
            part,
            ask,
            types,
            back,
            recursive: false,
            parts: Vec::new(),
            asked: None,
            complete: back.is_some() || !ask.has_parts(),
            choices: vec![Choice::default(); variants],
            chosen: 0,
            ends: Vec::new(),
            tries: 0,
        });
        self.0.len() - 1
    }

    fn enclosing(&self, mut id: usize, ask: Ask, types: Types) -> Option<usize> {
        while id != ROOT {
            let node = &self.0[id];
            if (node.ask, node.types) == (ask, types) {
                return Some(id);
            }
            id = node.of;
        }
        None
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn node(&self, id: usize) -> &Node {
        &self.0[id]
    }

    pub(super) fn node_mut(&mut self, id: usize) -> &mut Node {
        &mut self.0[id]
    }

    pub(super) fn part(&self, of: usize, part: usize) -> Option<usize> {
        self.0[of].parts.get(part).copied().flatten()
    }

    /// The node of a part, or the enclosing node if the part repeats it.
    pub(super) fn resolved(&self, of: usize, part: usize) -> Option<usize> {
        self.part(of, part).map(|id| self.0[id].back.unwrap_or(id))
    }

    /// The names that a struct or an enum was asked for with.
    pub(super) fn names(&self, id: usize) -> &'static [&'static str] {
        match self.0[id].ask {
            Ask::Struct(_, names) | Ask::StructVariant(names) | Ask::Enum(_, names) => names,
            _ => &[],
        }
    }

    /// Whether an enum's list has names that are not variants.
    pub(super) fn is_aliased(&self, id: usize) -> bool {
        self.0[id].choices.iter().any(|choice| choice.refused)
    }

    pub(super) fn is_complete(&self, of: usize, part: usize) -> bool {
        self.part(of, part).is_some_and(|id| self.0[id].complete)
    }

    /// How often this place and the ones around it were refused.
    pub(super) fn offset(&self, mut id: usize) -> usize {
        let mut offset = 0;
        while id != ROOT {
            offset += self.0[id].tries;
            id = self.0[id].of;
        }
        offset
    }

    /// Returns a path such as `T.cart[].Book.isbn`.
    pub(super) fn path(&self, of: usize, part: usize) -> String {
        if of == ROOT {
            return "T".to_owned();
        }
        let node = &self.0[of];
        let step = match node.ask {
            Ask::Option | Ask::NewtypeVariant => String::new(),
            Ask::Seq => "[]".to_owned(),
            Ask::Map => ["[key]", "[value]"][part.min(1)].to_owned(),
            Ask::Struct(_, names) | Ask::StructVariant(names) | Ask::Enum(_, names) => {
                names.get(part).map_or_else(|| format!(".{part}"), |name| format!(".{name}"))
            }
            _ => format!(".{part}"),
        };
        self.path(node.of, node.part) + &step
    }
}
