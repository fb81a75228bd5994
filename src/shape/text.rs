//! A shape as text, without type names; a newtype counts as its content. Session numbers are derived from this text, so never
//! change what is written for a shape (docs/shape.md).

use super::tree::{Ask, ROOT, Tree};

/// This many equal parts in a row, or more, are written once with their number.
const ROW: usize = 4;
/// How many characters fit on a line.
const LINE: usize = 80;

pub(super) fn text(tree: &Tree) -> String {
    let mut text = Text { tree, labels: Vec::new() }.part(ROOT, 0);
    text.push('\n');
    text
}

struct Text<'t> {
    tree: &'t Tree,
    /// Containers that something inside refers back to, in order of appearance: `#1`, `#2`.
    labels: Vec<usize>,
}

impl Text<'_> {
    fn part(&mut self, of: usize, part: usize) -> String {
        match self.tree.part(of, part) {
            Some(id) => self.node(id),
            None => "nothing".to_owned(),
        }
    }

    fn node(&mut self, id: usize) -> String {
        if let Some(enclosing) = self.tree.node(id).back {
            return self.label(enclosing);
        }
        let label = if self.tree.node(id).recursive { self.label(id) + " " } else { String::new() };
        label + &self.content(id)
    }

    fn label(&mut self, id: usize) -> String {
        let known = self.labels.iter().position(|labelled| *labelled == id);
        let number = known.unwrap_or_else(|| {
            self.labels.push(id);
            self.labels.len() - 1
        });
        format!("#{}", number + 1)
    }

    fn content(&mut self, id: usize) -> String {
        match self.tree.node(id).ask {
            Ask::Leaf(word) => word.to_owned(),
            Ask::Nothing => "nothing".to_owned(),
            Ask::UnitStruct(_) => "unit".to_owned(),
            Ask::Newtype(_) => self.part(id, 0),
            Ask::Option => format!("option<{}>", self.part(id, 0)),
            Ask::Seq => format!("seq<{}>", self.part(id, 0)),
            Ask::Map => format!("map<{}, {}>", self.part(id, 0), self.part(id, 1)),
            Ask::Tuple(len) => self.tuple(id, len),
            Ask::TupleStruct(_, len) => self.tuple(id, len),
            Ask::Struct(_, fields) => format!("struct {}", self.fields(id, fields)),
            Ask::Enum(_, variants) => format!("enum {}", self.variants(id, variants)),
            Ask::UnitVariant => String::new(),
            Ask::NewtypeVariant => format!("({})", self.part(id, 0)),
            Ask::TupleVariant(len) => self.tuple(id, len),
            Ask::StructVariant(fields) => format!(" {}", self.fields(id, fields)),
        }
    }

    fn tuple(&mut self, id: usize, len: usize) -> String {
        let asked = self.asked(id);
        let parts: Vec<_> = (0..asked).map(|part| self.part(id, part)).collect();
        let mut items = Vec::new();
        for row in parts.chunk_by(|a, b| a == b) {
            if row.len() < ROW {
                items.extend_from_slice(row);
            } else {
                items.push(format!("{}; {}", row[0], row.len()));
            }
        }
        let short = if asked == len { String::new() } else { format!(" of {len}") };
        let line = items.join(", ");
        // A single part keeps its comma, as in Rust, because a newtype has none.
        if asked == 1 {
            format!("({line},){short}")
        } else if line.len() > LINE || line.contains('\n') {
            format!("({}){short}", block(&items))
        } else {
            format!("({line}){short}")
        }
    }

    fn fields(&mut self, id: usize, names: &[&str]) -> String {
        let asked = self.asked(id);
        let (heading, named) = heading(names, asked == names.len());
        let mut lines = Vec::new();
        for (part, name) in names.iter().enumerate().take(asked) {
            let name = if named { quoted(name) } else { part.to_string() };
            lines.push(format!("{name}: {}", self.part(id, part)));
        }
        format!("{heading}{{{}}}", block(&lines))
    }

    fn variants(&mut self, id: usize, names: &[&str]) -> String {
        let tree = self.tree;
        let refused = |part: usize| tree.node(id).choices[part].refused;
        let (heading, named) = heading(names, !(0..names.len()).any(refused));
        let mut lines = Vec::new();
        for (part, name) in names.iter().enumerate().filter(|(part, _)| !refused(*part)) {
            let name = if named { format!(" {}", quoted(name)) } else { String::new() };
            lines.push(format!("{part}{name}{}", self.part(id, part)));
        }
        format!("{heading}{{{}}}", block(&lines))
    }

    fn asked(&self, id: usize) -> usize {
        self.tree.node(id).asked.unwrap_or(0)
    }
}

/// If a list has aliases, it has more names than parts, and no name tells which part it belongs to. Then the whole list goes in
/// front, and parts are numbered.
fn heading(names: &[&str], named: bool) -> (String, bool) {
    if named {
        return (String::new(), true);
    }
    let names: Vec<_> = names.iter().map(|name| quoted(name)).collect();
    (format!("[{}] ", names.join(", ")), false)
}

fn block(lines: &[String]) -> String {
    let mut block = String::new();
    for line in lines {
        block.push('\n');
        block.push_str("  ");
        block.push_str(&line.replace('\n', "\n  "));
    }
    if !lines.is_empty() {
        block.push('\n');
    }
    block
}

/// Writes a name as it is, or in quotes if it could be mistaken. It uses no rule of Unicode, since those may change.
fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.is_empty() && name.chars().all(plain) {
        return name.to_owned();
    }
    let mut quoted = String::from('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') || c.is_control() {
            quoted.extend(c.escape_default());
        } else {
            quoted.push(c);
        }
    }
    quoted.push('"');
    quoted
}
