//! Where each value of a JSON text stands.
//!
//! An own scanner of text that serde_json has already accepted: it needs no error paths, keeps duplicate
//! members, and borrows nothing, which the tree of jsonc-parser does.

use super::Duplicate;
use std::collections::HashMap;
use std::ops::Range;

/// How many duplicates are kept, so that a hostile document cannot make many long pointers.
const MAX_DUPLICATES: usize = 100;

/// A value, where it stands, and what it holds.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
    pub(super) key: Option<Range<usize>>,
    pub(super) value: Range<usize>,
    children: Children,
}

#[derive(Debug, Clone, Default)]
enum Children {
    #[default]
    None,
    Items(Vec<Node>),
    Members(HashMap<String, Node>),
}

impl Node {
    /// The node at a JSON Pointer (RFC 6901).
    pub(super) fn find(&self, pointer: &str) -> Option<&Node> {
        if pointer.is_empty() {
            return Some(self);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self, |node, step| match &node.children {
            Children::None => None,
            Children::Items(items) => items.get(index(step)?),
            Children::Members(members) => members.get(&step.replace("~1", "/").replace("~0", "~")),
        })
    }
}

/// An array index without sign or leading zeros.
fn index(step: &str) -> Option<usize> {
    let plain = step.bytes().all(|b| b.is_ascii_digit()) && (step == "0" || !step.starts_with('0'));
    plain.then(|| step.parse().ok())?
}

/// A member name as one step of a JSON Pointer.
pub(crate) fn step(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Scans well-formed JSON; `offset` is added to every place.
pub(super) fn read(text: &str, offset: usize) -> (Node, Vec<Duplicate>) {
    let mut scanner = Scanner { text, at: 0, offset, pointer: String::new(), duplicates: vec![] };
    let root = scanner.node();
    (root, scanner.duplicates)
}

struct Scanner<'a> {
    text: &'a str,
    at: usize,
    offset: usize,
    pointer: String,
    duplicates: Vec<Duplicate>,
}

impl Scanner<'_> {
    fn byte(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(b']')
    }

    fn blanks(&mut self) {
        while matches!(self.byte(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    fn span(&self, start: usize) -> Range<usize> {
        start + self.offset..self.at + self.offset
    }

    fn node(&mut self) -> Node {
        self.blanks();
        let start = self.at;
        let children = match self.byte() {
            b'{' => self.members(),
            b'[' => self.items(),
            b'"' => self.string(),
            _ => self.word(),
        };
        Node { key: None, value: self.span(start), children }
    }

    /// Steps over a number, `true`, `false` or `null`.
    fn word(&mut self) -> Children {
        while self.byte().is_ascii_alphanumeric() || matches!(self.byte(), b'+' | b'-' | b'.') {
            self.at += 1;
        }
        Children::None
    }

    fn string(&mut self) -> Children {
        self.at += 1;
        while self.at < self.text.len() && self.byte() != b'"' {
            self.at += if self.byte() == b'\\' { 2 } else { 1 };
        }
        self.at = (self.at + 1).min(self.text.len());
        Children::None
    }

    /// Whether another item or member follows, after its comma.
    fn more(&mut self) -> bool {
        self.blanks();
        match self.byte() {
            b']' | b'}' => {
                self.at = (self.at + 1).min(self.text.len());
                return false;
            }
            b',' => self.at += 1,
            _ => {}
        }
        self.blanks();
        true
    }

    fn items(&mut self) -> Children {
        self.at += 1;
        let mut items = vec![];
        let parent = self.pointer.len();
        while self.more() {
            self.pointer += &format!("/{}", items.len());
            items.push(self.node());
            self.pointer.truncate(parent);
        }
        Children::Items(items)
    }

    fn members(&mut self) -> Children {
        self.at += 1;
        let mut members: HashMap<String, Node> = HashMap::new();
        let mut firsts: HashMap<String, Range<usize>> = HashMap::new();
        let parent = self.pointer.len();
        while self.more() {
            let start = self.at;
            self.string();
            let key = self.span(start);
            let raw = &self.text[start..self.at];
            let name: String = serde_json::from_str(raw).unwrap_or_else(|_| raw.to_owned());
            self.blanks();
            self.at += 1;
            self.pointer += &format!("/{}", step(&name));
            let first = firsts.entry(name.clone()).or_insert_with(|| key.clone()).clone();
            if first != key && self.duplicates.len() < MAX_DUPLICATES {
                self.duplicates.push(Duplicate { pointer: self.pointer.clone(), first, again: key.clone() });
            }
            let node = self.node();
            self.pointer.truncate(parent);
            members.insert(name, Node { key: Some(key), ..node });
        }
        Children::Members(members)
    }
}
