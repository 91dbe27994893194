//! JSON as a server sent it: strict, bounded, and with the place of every value and member name.
//!
//! `{"issuer": "x", "issuer": "y"}` parses, `span("/issuer")` is 26..29, and one duplicate stands at 16..24.

mod flaw;
mod tree;

pub use flaw::{JsonFlaw, Position, position};
pub(crate) use tree::step;

use serde_json::Value;
use std::ops::Range;

/// How deeply arrays and objects may be nested, below the limit at which serde_json gives up.
pub const MAX_DEPTH: usize = 100;

const MARK: &[u8] = b"\xef\xbb\xbf";

/// A document that is JSON.
#[derive(Debug, Clone)]
pub struct Document {
    value: Value,
    root: tree::Node,
    duplicates: Vec<Duplicate>,
    byte_order_mark: bool,
}

/// A member name that its object already had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    /// JSON Pointer of the member.
    pub pointer: String,
    /// Where the name stands for the first time, quotes included.
    pub first: Range<usize>,
    /// Where it stands again.
    pub again: Range<usize>,
}

impl Document {
    /// Reads a whole body; every offset counts from its first byte.
    pub fn parse(bytes: &[u8]) -> Result<Self, JsonFlaw> {
        let byte_order_mark = bytes.starts_with(MARK);
        let skipped = if byte_order_mark { MARK.len() } else { 0 };
        let text = std::str::from_utf8(bytes).map_err(|e| JsonFlaw::not_utf8(bytes, e.valid_up_to()))?;
        let text = &text[skipped..];
        if let Some(at) = flaw::too_deep(text.as_bytes(), MAX_DEPTH) {
            return Err(JsonFlaw::too_deep(bytes, at + skipped));
        }
        let value = serde_json::from_str(text).map_err(|e| JsonFlaw::syntax(bytes, skipped, &e))?;
        let (root, duplicates) = tree::read(text, skipped);
        Ok(Self { value, root, duplicates, byte_order_mark })
    }

    /// The value; of members with one name it holds the last.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Member names that come more than once in one object (RFC 8259 §4 wants them unique).
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// Whether the body begins with a byte order mark, which RFC 8259 §8.1 forbids to send.
    pub fn has_byte_order_mark(&self) -> bool {
        self.byte_order_mark
    }

    /// Where the value at a JSON Pointer stands.
    pub fn span(&self, pointer: &str) -> Option<Range<usize>> {
        Some(self.root.find(pointer)?.value.clone())
    }

    /// Where the name of the member at a JSON Pointer stands, quotes included; array items have none.
    pub fn key_span(&self, pointer: &str) -> Option<Range<usize>> {
        self.root.find(pointer)?.key.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn values_and_names_have_places() {
        let text = r#" {"a": [1, {"b~/c": "é"}], "": null} "#;
        let document = Document::parse(text.as_bytes()).unwrap();
        let value = |pointer| document.span(pointer).map(|s| &text[s]);
        assert_eq!(value(""), Some(text.trim()));
        assert_eq!(value("/a"), Some(r#"[1, {"b~/c": "é"}]"#));
        assert_eq!(value("/a/0"), Some("1"));
        assert_eq!(value("/a/1/b~0~1c"), Some("\"é\""));
        assert_eq!(value("/"), Some("null"));
        for absent in ["/b", "/a/2", "/a/00", "/a/-", "/a/0/0", "a", "/a/+1"] {
            assert_eq!(value(absent), None, "{absent}");
            assert_eq!(document.value().pointer(absent), None, "{absent}");
        }
        assert_eq!(document.key_span("/a/1/b~0~1c").map(|s| &text[s]), Some(r#""b~/c""#));
        assert_eq!(document.key_span("/a/1"), None);
    }

    #[test]
    fn duplicate_names_are_found_even_when_escaped() {
        let text = r#"{"a/b":{"x":1,"\u0078":2,"y":[],"x":3},"y":0}"#;
        let document = Document::parse(text.as_bytes()).unwrap();
        let found: Vec<_> = document
            .duplicates()
            .iter()
            .map(|d| (d.pointer.as_str(), d.first.clone(), d.again.clone()))
            .collect();
        assert_eq!(found, [("/a~1b/x", 8..11, 14..22), ("/a~1b/x", 8..11, 32..35)]);
        assert_eq!(document.value()["a/b"]["x"], 3);
        assert_eq!(document.span("/a~1b/x"), Some(36..37));
        let twins = Document::parse(br#"{"issuer": "x", "issuer": "y"}"#).unwrap();
        assert_eq!(twins.span("/issuer"), Some(26..29));
        assert_eq!(twins.duplicates()[0].again, 16..24);
    }

    #[test]
    fn a_byte_order_mark_is_noticed_and_counted() {
        let document = Document::parse(b"\xef\xbb\xbf{\"a\":1}").unwrap();
        assert!(document.has_byte_order_mark());
        assert_eq!(document.span("/a"), Some(8..9));
        assert!(!Document::parse(b"{}").unwrap().has_byte_order_mark());
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            let object = prop::collection::vec(("[a~/0é\"\\\\]{0,2}", inner.clone()), 0..5);
            prop_oneof![
                prop::collection::vec(inner, 0..5).prop_map(Value::from),
                object.prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    /// Every pointer in a value, with what it points at.
    fn pointers<'a>(value: &'a Value, at: String, out: &mut Vec<(String, &'a Value)>) {
        match value {
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(i, v)| pointers(v, format!("{at}/{i}"), out))
            }
            Value::Object(members) => members.iter().for_each(|(name, v)| {
                pointers(v, format!("{at}/{}", step(name)), out);
            }),
            _ => {}
        }
        out.push((at, value));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Err(flaw) = Document::parse(&bytes) {
                prop_assert!(flaw.offset() <= bytes.len());
            }
        }

        #[test]
        fn almost_json_does_not_panic(text in r#"(\{|\[|"a":|,|\}|\]|1|-|"|\\|é|true| |\n){0,20}"#) {
            match Document::parse(text.as_bytes()) {
                Err(flaw) => prop_assert!(text.is_char_boundary(flaw.offset())),
                Ok(document) => prop_assert_eq!(document.span("").map(|s| text[s].to_owned()), Some(text.trim().to_owned())),
            }
        }

        #[test]
        fn each_span_holds_its_value(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let document = Document::parse(text.as_bytes()).unwrap();
            let mut all = vec![];
            pointers(&value, String::new(), &mut all);
            for (pointer, expected) in all {
                let span = document.span(&pointer).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Value>(&text[span]).unwrap(), expected);
            }
            prop_assert_eq!(document.duplicates(), &[]);
        }
    }
}
