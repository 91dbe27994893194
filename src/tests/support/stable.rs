//! Snapshots of runs, without what differs between runs.

use regex::Regex;

/// Text of a run with everything that differs between runs put out of the way, at the same length where it matters
/// for carets: ports, times, keys, dates.
pub(crate) fn stable(text: &str) -> String {
    let filters = [
        (r"Bearer eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", "Bearer [jwt]"),
        // The names of keys are in it.
        (r#""eyJ0eXAi[A-Za-z0-9_.-]*"#, "\"[jwt]"),
        (r"(://[A-Za-z0-9.\[\]:-]+?):\d{5}\b", "$1:PORT0"),
        (r"(127\.0\.0\.1)%3A\d{5}\b", "$1%3APORT0"),
        (r"(://[0-9.]+):\d{1,4}…", "$1:PORT0…"),
        (r"…\d{1,5}(/|\b)", "…PORT0$1"),
        (r"\d+(\.\d+)? ms\b", "N ms"),
        // States, challenges and the names of clients are of chance.
        (r#"([=/"])[A-Za-z0-9_-]{43}(["'&\s…/]|$)"#, "$1[random]$2"),
        (r"(actual\s+)[A-Za-z0-9_-]{43}\s", "$1[random]\n"),
        (r#"((?:client_id|jti)(?:=|":"|": ")|/register/)[A-Za-z0-9_-]{22}\b"#, "$1[random]"),
        // Requests overtake each other, so which is counted first is not known.
        (r"mcp:part-\d+", "mcp:part-N"),
        (r#""milliseconds": [0-9.]+"#, r#""milliseconds": 0.0"#),
        (r#"(?i)(\["date", )"[^"]*""#, r#"$1"[date]""#),
        (r#"\\"(kid|x|y|n)\\":\\"[^"\\]*\\""#, r#"\"$1\":\"[$1]\""#),
        (r#""(kid|x|y|n|d)":"[^"…]*["…]"#, r#""$1":"[$1]""#),
    ];
    filters.iter().fold(text.to_owned(), |text, (pattern, with)| {
        Regex::new(pattern).expect("a filter").replace_all(&text, *with).into_owned()
    })
}
