//! Takes secrets out of a document and leaves every other byte where it is, so that lines and columns stay right.
//!
//! `{"kty":"EC","d":"secret"}` becomes `{"kty":"EC","d":"******"}`.

use serde_json::Value;

use crate::net::record;
use crate::parse::json::Document;

/// Members of a JSON Web Key that are private (RFC 7518 §6), beside those of other primes.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

/// `bytes` without secrets. Where it is no JSON, and members cannot be told apart, what looks like one goes.
pub(super) fn document(mut bytes: Vec<u8>) -> Vec<u8> {
    let Ok(document) = Document::parse(&bytes) else {
        return match String::from_utf8(bytes) {
            Ok(text) => record::text(&text).into_bytes(),
            Err(error) => error.into_bytes(),
        };
    };
    let mut secrets = Vec::new();
    find(document.value(), "", false, &mut secrets);
    for span in secrets.iter().filter_map(|pointer| document.span(pointer)) {
        // The quotes stay.
        for byte in &mut bytes[span.start + 1..span.end - 1] {
            *byte = b'*';
        }
    }
    bytes
}

/// The pointers of strings that are secret. A member that comes twice is found where it counts.
fn find(value: &Value, pointer: &str, secret: bool, found: &mut Vec<String>) {
    match value {
        Value::String(_) if secret => found.push(pointer.to_owned()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                find(item, &format!("{pointer}/{index}"), secret, found);
            }
        }
        Value::Object(members) => {
            let key = members.contains_key("kty");
            for (name, member) in members {
                let private = key && (PRIVATE.contains(&name.as_str()) || name == "oth");
                let escaped = name.replace('~', "~0").replace('/', "~1");
                let below = format!("{pointer}/{escaped}");
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
        assert_eq!(masked(r#"{"client_secret":"abc","#), r#"{"client_secret":"[redacted]","#);
    }
}
