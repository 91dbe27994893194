//! Parameters of a request, in a query or a form; one sent without a value counts as not sent (RFC 6749 section 3.1).

pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn parse(encoded: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(encoded).into_owned();
        Self(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }

    /// From a JSON object of strings.
    pub(crate) fn from_json(body: &[u8]) -> Self {
        let object: serde_json::Map<String, serde_json::Value> =
            serde_json::from_slice(body).unwrap_or_default();
        let text = |(name, value): (String, serde_json::Value)| Some((name, value.as_str()?.to_owned()));
        Self(object.into_iter().filter_map(text).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that was sent twice; only `resource` may be (RFC 8707).
    pub(crate) fn repeated(&self) -> Option<&str> {
        let repeats = |(index, (name, _)): (usize, &(String, String))| {
            name != "resource" && self.0[..index].iter().any(|(earlier, _)| earlier == name)
        };
        (0..self.0.len())
            .find(|index| repeats((*index, &self.0[*index])))
            .map(|index| self.0[index].0.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn empty_is_absent_and_repetition_is_seen() {
        let form = Form::parse(b"scope=&state=a%20b&resource=x&resource=y");
        assert_eq!(form.get("scope"), None);
        assert_eq!(form.get("state"), Some("a b"));
        assert_eq!(form.all("resource").count(), 2);
        assert_eq!(form.repeated(), None);
        assert_eq!(Form::parse(b"a=1&b=2&a=1").repeated(), Some("a"));
    }
}
