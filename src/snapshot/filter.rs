//! Takes out of a snapshot what differs between two runs though nothing has changed: one named filter for each kind.
//!
//! `< x-request-id: 4f1c` becomes `< x-request-id: [request-id]`. A filter puts its name where something was, so that a
//! header that appears or goes is still seen.

mod chance;

use std::borrow::Cow;

use regex::Regex;

/// One of the built-in filters.
pub struct Filter {
    /// Its name, which stands where something was taken out.
    pub name: &'static str,
    /// What it takes out, as a noun phrase.
    pub about: &'static str,
    /// Names of response headers, as patterns, whose values it takes out.
    headers: &'static [&'static str],
    /// What else it takes out, each pattern with what comes in its place.
    patterns: &'static [(&'static str, &'static str)],
}

/// The filter that is not made of patterns.
const RANDOM: &str = "random";

/// The built-in filters, in the order in which they are applied.
pub const FILTERS: &[Filter] = &[
    Filter {
        name: "port",
        about: "ports of this machine: those after 127.0.0.1, localhost and [::1]",
        headers: &[],
        patterns: &[(r"(127\.0\.0\.1|localhost|\[::1\])(:|%3A)\d+", "$1$2[port]")],
    },
    Filter {
        name: "version",
        about: "the version of mcp-conform in what it sends",
        headers: &[],
        patterns: &[(r#"("name":\s*"mcp-conform",\s*(?:> )?\s*"version":\s*")[^"]*""#, r#"$1[version]""#)],
    },
    Filter {
        name: "date",
        about: "dates with a time of day, in headers, cookies and bodies",
        headers: &[],
        patterns: &[
            (r"[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT", "[date]"),
            (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", "[date]"),
        ],
    },
    Filter {
        name: "time",
        about: "seconds since 1970 in members such as iat, exp and client_id_issued_at",
        headers: &[],
        patterns: &[(
            r#""(iat|exp|nbf|auth_time|timestamp|[a-z_]+_at)":(\s*)\d{9,13}\b"#,
            r#""$1":$2[time]"#,
        )],
    },
    Filter {
        name: "timing",
        about: "how long the server took, or a cache kept: server-timing, x-response-time, age and the like",
        headers: &[
            "server-timing",
            "x-runtime",
            "x-(?:response|process)-time",
            "x-envoy-upstream-service-time",
            "x-timer",
            "age",
        ],
        patterns: &[],
    },
    Filter {
        name: "request-id",
        about: "ids of requests and traces: x-request-id, traceparent, cf-ray and the like; members such as request_id",
        headers: &[
            "(?:[a-z-]+-)?(?:request|correlation|trace)-?id",
            "traceparent",
            "tracestate",
            "x-amz-cf-id",
            "x-amz-apigw-id",
            "x-vercel-id",
            "x-cloud-trace-context",
            "rndr-id",
            "cf-ray",
        ],
        patterns: &[(
            r#"(?i)"((?:request|trace|correlation)_?id)":(\s*)"[^"]*""#,
            r#""$1":$2"[request-id]""#,
        )],
    },
    Filter { name: "etag", about: "the ETag of a response", headers: &["etag"], patterns: &[] },
    Filter {
        name: "length",
        about: "content-length, which changes with what is taken out elsewhere",
        headers: &["content-length"],
        patterns: &[],
    },
    Filter {
        name: "edge",
        about: "what caches in front of the server add: x-cache, x-served-by, report-to and the like",
        headers: &[
            "x-cache(?:-hits)?",
            "x-served-by",
            "x-vercel-cache",
            "cf-cache-status",
            "x-amz-cf-pop",
            "report-to",
            "reporting-endpoints",
            "nel",
        ],
        patterns: &[],
    },
    Filter {
        name: "rate-limit",
        about: "what is left of a rate limit: x-ratelimit-remaining, retry-after and the like",
        headers: &["(?:x-)?rate-?limit[a-z-]*", "retry-after"],
        patterns: &[],
    },
    Filter {
        name: "session",
        about: "session ids in URLs and members; those in headers are ~session…~ in every recording",
        headers: &[],
        patterns: &[(r#"(?i)(session_?id)(=|":\s*")[^"&\s~<>]+"#, "$1$2[session]")],
    },
    Filter {
        name: "jwt",
        about: "JSON Web Tokens",
        headers: &[],
        patterns: &[(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*", "[jwt]")],
    },
    Filter {
        name: "kid",
        about: "names of keys",
        headers: &[],
        patterns: &[(r#""kid":(\s*)"[^"]*""#, r#""kid":$1"[kid]""#)],
    },
    Filter {
        name: "key",
        about: "public keys: the members x, y, n, x5t and x5c",
        headers: &[],
        patterns: &[
            (r#""(x|y|n|x5t|x5t#S256)":(\s*)"[^"]*""#, r#""$1":$2"[key]""#),
            (r#""x5c":(\s*)\[[^\[\]]*\]"#, r#""x5c":$1[key]"#),
        ],
    },
    Filter {
        name: "nonce",
        about: "nonces: dpop-nonce, in content security policies, in attributes and in members",
        headers: &["dpop-nonce"],
        patterns: &[
            (r"(?i)'nonce-[^']*'", "'nonce-[nonce]'"),
            (r#"(?i)(nonce)(="|":\s*")[^"]*""#, r#"$1$2[nonce]""#),
        ],
    },
    Filter {
        name: "csrf",
        about: "hidden values against forged requests in forms",
        headers: &[],
        patterns: &[(
            r#"(?i)(<input\b[^>]*\bname="[^"]*(?:csrf|xsrf|authenticity)[^"]*"[^>]*\bvalue=")[^"]*"#,
            "$1[csrf]",
        )],
    },
    Filter {
        name: "uuid",
        about: "UUIDs",
        headers: &[],
        patterns: &[(r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b", "[uuid]")],
    },
    Filter {
        name: RANDOM,
        about: "words of 20 characters or more, hexadecimal ones of 16, that look drawn by chance: ids, states, codes, challenges",
        headers: &[],
        patterns: &[],
    },
];

/// Why filters are not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// Not `NAME=REGEX`.
    #[error("expected NAME=REGEX, a name of small letters, digits and hyphens and a regular expression")]
    Shape,
    /// A filter of one's own with the name of a built-in one.
    #[error("there is a filter `{0}` already: give yours another name")]
    Taken(String),
    /// Not a regular expression.
    #[error("`{pattern}` is no regular expression: {message}")]
    Pattern {
        /// What was given.
        pattern: String,
        /// What is wrong.
        message: String,
    },
}

/// Filters that are ready.
pub struct Filters {
    rules: Vec<(Regex, String)>,
    random: bool,
}

impl Filters {
    /// All built-in filters but those named in `without`, after those of `own`, each as `NAME=REGEX`.
    pub fn new(without: &[String], own: &[String]) -> Result<Self, FilterError> {
        let mut rules = own.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
        let is_on = |name: &str| !without.iter().any(|one| one == name);
        for filter in FILTERS.iter().filter(|filter| is_on(filter.name)) {
            rules.extend(filter.rules());
        }
        Ok(Self { rules, random: is_on(RANDOM) })
    }

    /// The built-in filters of these names.
    pub(crate) fn only(names: &[&str]) -> Self {
        let chosen = FILTERS.iter().filter(|filter| names.contains(&filter.name));
        Self { rules: chosen.flat_map(Filter::rules).collect(), random: names.contains(&RANDOM) }
    }

    /// `text` without what the filters take out.
    pub fn apply(&self, text: &str) -> String {
        let text = self.rules.iter().fold(Cow::Borrowed(text), |text, (regex, with)| {
            Cow::Owned(regex.replace_all(&text, with.as_str()).into_owned())
        });
        if self.random { chance::replace(&text, &format!("[{RANDOM}]")) } else { text.into_owned() }
    }
}

impl Filter {
    /// The patterns are constants, and a test sees each of them at work.
    fn rules(&self) -> impl Iterator<Item = (Regex, String)> {
        let names = self.headers.join("|");
        let headers = (!names.is_empty())
            .then(|| (format!(r"(?m)^(< (?:{names}): ).*$"), format!("$1[{}]", self.name)));
        let patterns =
            self.patterns.iter().map(|(pattern, with)| ((*pattern).to_owned(), (*with).to_owned()));
        headers
            .into_iter()
            .chain(patterns)
            .filter_map(|(pattern, with)| Some((Regex::new(&pattern).ok()?, with)))
    }
}

/// The names of response headers whose values the built-in filters take out, as patterns.
pub(crate) fn headers() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().flat_map(|filter| filter.headers).copied()
}

/// A filter of one's own.
fn parse(text: &str) -> Result<(Regex, String), FilterError> {
    let (name, pattern) = text.split_once('=').ok_or(FilterError::Shape)?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || pattern.is_empty() || !name.chars().all(is_name) {
        return Err(FilterError::Shape);
    }
    if FILTERS.iter().any(|filter| filter.name == name) {
        return Err(FilterError::Taken(name.to_owned()));
    }
    match Regex::new(pattern) {
        Ok(regex) => Ok((regex, format!("[{name}]"))),
        Err(error) => Err(FilterError::Pattern { pattern: pattern.to_owned(), message: error.to_string() }),
    }
}

/// The built-in filters as a table, for `--help`.
pub fn table() -> String {
    let mut table = "Filters, each switched off with --keep NAME:".to_owned();
    for Filter { name, about, .. } in FILTERS {
        table.push_str(&format!("\n  {name:<11} {about}"));
    }
    table
}

#[cfg(test)]
mod tests;
