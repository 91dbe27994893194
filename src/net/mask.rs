//! Takes secrets out of a document and leaves every other byte where it is, so that lines and columns stay right.
//!
//! `{"kty":"EC","d":"secret"}` becomes `{"kty":"EC","d":"******"}`.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::record;
use crate::parse::json::{Document, step};

/// Members of a JSON Web Key that are private (RFC 7518 §6), beside those of other primes.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// A member that may be one of these or has the name of a secret, in what is no JSON.
static MEMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = format!("{}|{}|r|t", record::SECRET_NAMES, PRIVATE.join("|"));
    Regex::new(&format!(r#"(?-u)"({names})"\s*:\s*"((?:[^"\\]|\\.)*)"#)).ok()
});

/// `bytes` without secrets. Where members cannot be told apart, what looks like one goes.
pub(crate) fn document(mut bytes: Vec<u8>) -> Vec<u8> {
    let spans = match Document::parse(&bytes) {
        Ok(document) if document.duplicates().is_empty() => {
            let mut secrets = Vec::new();
            find(document.value(), "", false, &mut secrets);
            let spans = secrets.iter().filter_map(|pointer| document.span(pointer));
            // The quotes stay.
            spans.map(|span| span.start + 1..span.end - 1).collect()
        }
        _ => guess(&bytes),
    };
    for span in spans {
        bytes[span].fill(b'*');
    }
    bytes
}

/// Where secrets seem to stand in a text that cannot be read as members.
fn guess(bytes: &[u8]) -> Vec<Range<usize>> {
    let holds_keys = bytes.windows(5).any(|window| window == b"\"kty\"");
    let found = MEMBER.iter().flat_map(|member| member.captures_iter(bytes));
    let secret = found.filter_map(|found| {
        let (name, value) = (found.get(1)?.as_bytes(), found.get(2)?);
        let text = |bytes| std::str::from_utf8(bytes).unwrap_or_default();
        let secret = holds_keys || record::is_secret_name(text(name));
        (secret && !record::is_ours(text(value.as_bytes()))).then(|| value.range())
    });
    secret.collect()
}

/// The pointers of strings that are secret.
fn find(value: &Value, pointer: &str, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::String(text) if secret && !record::is_ours(text) => found.push(pointer.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format!("{pointer}/{index}"), secret, found);
            }
        }
        Value::Object(members) => {
            let key = members.contains_key("kty");
            for (name, member) in members {
                let private = key && (PRIVATE.contains(&name.as_str()) || name == "oth");
                let below = format!("{pointer}/{}", step(name));
                find(member, &below, secret || private || record::is_secret_name(name), found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::document;

    fn masked(text: &str) -> String {
        String::from_utf8(document(text.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn secrets_go_and_everything_stays_where_it_is() {
        assert_eq!(
            masked(r#"{"kty":"EC","d":"se\"cret","x":"y"}"#),
            r#"{"kty":"EC","d":"********","x":"y"}"#
        );
        assert_eq!(
            masked(r#"{"kty":"RSA","oth":[{"r":"a","d":"b"}]}"#),
            r#"{"kty":"RSA","oth":[{"r":"*","d":"*"}]}"#
        );
        assert_eq!(masked(r#"{"client_secret":"é","d":"x"}"#), r#"{"client_secret":"**","d":"x"}"#);
        assert_eq!(masked(r#"{"client_secret": 5}"#), r#"{"client_secret": 5}"#);
    }

    #[test]
    fn broken_documents_keep_no_secrets_either() {
        assert_eq!(masked(r#"{"client_secret":"abc","#), r#"{"client_secret":"***","#);
        assert_eq!(masked(r#"{"kty":"RSA","d":"ab","n":"c","#), r#"{"kty":"RSA","d":"**","n":"c","#);
        assert_eq!(masked(r#"{"kty":"EC","d":"a","d":"b"}"#), r#"{"kty":"EC","d":"*","d":"*"}"#);
        assert_eq!(masked(r#"{"d":"no key""#), r#"{"d":"no key""#);
        assert_eq!(document(b"{\"code\":\"a\xff\"".to_vec()), b"{\"code\":\"**\"");
    }

    #[test]
    fn what_we_made_up_stays() {
        let ours = r#"{"token":"mcp-conform-never-issued"}"#;
        assert_eq!(masked(ours), ours);
    }
}
