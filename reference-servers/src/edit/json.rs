//! `json`: members of a body, found by RFC 6901 pointer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Members;

/// Changes to a JSON document: removed, then set.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct JsonEdit {
    /// Pointers to members and items to drop.
    pub remove: Vec<String>,
    /// New values by pointer; the last step may be new, or `-` for a new last item.
    pub set: Members,
}

impl JsonEdit {
    pub(super) fn apply(&self, document: &mut Value) -> Result<(), String> {
        for pointer in &self.remove {
            remove(document, pointer).ok_or_else(|| format!("nothing to remove at {pointer:?}"))?;
        }
        for (pointer, value) in &self.set {
            set(document, pointer, value).ok_or_else(|| format!("nowhere to set {pointer:?}"))?;
        }
        Ok(())
    }
}

fn remove(document: &mut Value, pointer: &str) -> Option<Value> {
    let (parent, last) = parent(document, pointer)?;
    match parent {
        // `remove` would fill the gap with the last member.
        Value::Object(members) => members.shift_remove(&last),
        Value::Array(items) => {
            let index = last.parse().ok().filter(|index| *index < items.len())?;
            Some(items.remove(index))
        }
        _ => None,
    }
}

fn set(document: &mut Value, pointer: &str, value: &Value) -> Option<()> {
    if pointer.is_empty() {
        *document = value.clone();
        return Some(());
    }
    let (parent, last) = parent(document, pointer)?;
    match parent {
        Value::Object(members) => {
            members.insert(last, value.clone());
        }
        Value::Array(items) if last == "-" || last.parse() == Ok(items.len()) => items.push(value.clone()),
        Value::Array(items) => *items.get_mut(last.parse::<usize>().ok()?)? = value.clone(),
        _ => return None,
    }
    Some(())
}

fn parent<'a>(document: &'a mut Value, pointer: &str) -> Option<(&'a mut Value, String)> {
    let (parent, last) = pointer.rsplit_once('/')?;
    Some((document.pointer_mut(parent)?, last.replace("~1", "/").replace("~0", "~")))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::JsonEdit;

    fn edited(edit: Value, mut document: Value) -> Result<String, String> {
        let edit: JsonEdit = serde_json::from_value(edit).map_err(|error| error.to_string())?;
        edit.apply(&mut document).map(|()| document.to_string())
    }

    #[test]
    fn members_keep_their_order() {
        let document = json!({ "a": 1, "b": [1, 2], "c": { "d/e": 3 }, "f": 4 });
        let edit = json!({ "remove": ["/a", "/b/0"], "set": { "/c/d~1e": null, "/b/-": "x", "/g": [] } });
        assert_eq!(edited(edit, document), Ok(r#"{"b":[2,"x"],"c":{"d/e":null},"f":4,"g":[]}"#.to_owned()));
        assert_eq!(edited(json!({ "set": { "": [] } }), json!({})), Ok("[]".to_owned()));
    }

    #[test]
    fn what_cannot_be_done_is_said() {
        assert!(edited(json!({ "remove": ["/x"] }), json!({ "a": 1 })).is_err());
        assert!(edited(json!({ "remove": ["/3"] }), json!([1])).is_err());
        assert!(edited(json!({ "set": { "/x/y": 1 } }), json!({ "a": 1 })).is_err());
        assert!(edited(json!({ "put": {} }), json!({})).is_err());
    }
}
