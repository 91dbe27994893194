//! What a case is about, in short and in Markdown, for where a page of text is too long.
//!
//! ```text
//! - MUST: Each parameter value is either a token … ([RFC 9110 section 11.2](<https://…>), `rfc9110-11.2-auth-param-grammar`)
//! ```

use std::fmt::Write;

use crate::model::corpus::Corpus;
use crate::report::escape;

/// Why the case matters, by which clauses, how to fix what it finds, and a good answer; `None` where no case is called so.
pub(crate) fn markdown(corpus: &Corpus, id: &str) -> Option<String> {
    let case = &corpus.cases.get(id)?.value;
    let mut text = String::new();
    if let Some(why) = &case.why {
        paragraph(&mut text, why);
    }
    for cited in &case.requirements {
        let Some(requirement) = corpus.requirements.get(&cited.value).map(|filed| &filed.value) else {
            continue;
        };
        let (level, summary) = (requirement.level.word(), prose(&requirement.summary));
        let (source, url) = (prose(&requirement.source), &requirement.url);
        // Writing to a String does not fail.
        let _ = writeln!(text, "- {level}: {summary} ([{source}](<{url}>), `{}`)", cited.value);
    }
    text.push_str("\n**How to fix it.** ");
    paragraph(&mut text, &case.fix);
    if let Some(example) = &case.example {
        let example = example.to_string();
        let language = if example.starts_with("HTTP/") { "http" } else { "json" };
        let _ = writeln!(text, "A good answer:\n\n```{language}\n{}\n```\n", example.trim_end());
    }
    let _ = writeln!(text, "`mcp-conform explain {id}` says what is sent and what must hold.");
    Some(text)
}

fn paragraph(text: &mut String, said: &str) {
    text.push_str(&prose(said));
    text.push_str("\n\n");
}

fn prose(said: &str) -> String {
    escape::markdown(&said.split_whitespace().collect::<Vec<_>>().join(" "))
}
