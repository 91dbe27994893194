//! `shows`: a text that a person reads on a page, in whatever case.
//!
//! ```text
//! - shows: mcp-conform.example
//! ```
//!
//! What stands in scripts, styles, hidden fields and attributes nobody reads. A page that has the text passes, one that does
//! not fails, and one that lacks it and has a script, which may write it, is blind; so is what is no HTML.

use html5gum::{Token, Tokenizer};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Answer, Check, Finding, Look, Scene};

/// The text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Shows(String);

/// Elements whose content nobody reads.
const UNSEEN: [&[u8]; 4] = [b"script", b"style", b"template", b"title"];

impl Check for Shows {
    fn judge(&self, scene: &Scene<'_>) -> Answer {
        let (exchange, response) = match scene.response() {
            Ok(found) => found,
            Err(blind) => return blind,
        };
        if response.media_type().is_none_or(|is| is != "text/html" && is != "application/xhtml+xml") {
            return Answer::Blind(format!("{} is no page", exchange.request.url));
        }
        if response.body.cut {
            return Answer::Blind("what the page says was not kept".to_owned());
        }
        let page = Text::of(&response.body.bytes());
        if page.text.to_ascii_lowercase().contains(&self.0.to_ascii_lowercase()) {
            return Answer::Pass;
        }
        match page.has_script {
            true => Answer::Blind("a script may write more on the page than came with it".to_owned()),
            false => {
                let whole = scene.in_body(exchange, 0..0);
                Answer::fail(Finding::new("the page does not show it").expected(self.0.clone()).at(whole))
            }
        }
    }

    fn looks(&self) -> Vec<Look<'_>> {
        vec![Look::Body]
    }
}

/// What is to be read on a page.
struct Text {
    text: String,
    has_script: bool,
}

impl Text {
    fn of(html: &[u8]) -> Self {
        let (mut page, mut unseen) = (Self { text: String::new(), has_script: false }, 0_usize);
        let mut tokenizer = Tokenizer::new(html);
        while let Some(Ok(token)) = tokenizer.next() {
            match token {
                Token::StartTag(tag) => {
                    let name: &[u8] = &tag.name;
                    if name != b"noscript"
                        && let Some(state) = html5gum::naive_next_state(name)
                    {
                        tokenizer.set_state(state);
                    }
                    page.has_script |= name == b"script";
                    unseen += usize::from(UNSEEN.contains(&name));
                }
                Token::EndTag(tag) if UNSEEN.contains(&tag.name.as_slice()) => {
                    unseen = unseen.saturating_sub(1);
                }
                Token::String(text) if unseen == 0 => page.text.push_str(&String::from_utf8_lossy(&text)),
                _ => {}
            }
        }
        page
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::sample::{judge, recording};

    fn says(html: &str) -> Answer {
        judge(&recording(&[("here", 200, "text/html", html)]), "here", "shows: App.example")
    }

    #[test]
    fn reads_what_a_person_reads() {
        for html in
            ["<p>You go to app.example:80", "<p>to <b>APP.EXAMPLE</b>", "<noscript>app.example</noscript>"]
        {
            assert_eq!(says(html), Answer::Pass, "{html}");
        }
        for html in [
            "<p>Allow?",
            "<input type=hidden value=app.example>",
            "<a href='https://app.example'>there</a>",
            "<style>app.example</style>",
            "<title>app.example</title>",
            "<!-- app.example -->",
        ] {
            assert!(matches!(says(html), Answer::Fail(_)), "{html}");
        }
    }

    #[test]
    fn what_a_script_may_write_it_does_not_know() {
        assert!(matches!(says("<script>app.example</script><p>Allow?"), Answer::Blind(_)));
        let other = recording(&[("here", 200, "application/json", "app.example")]);
        assert!(matches!(judge(&other, "here", "shows: app.example"), Answer::Blind(_)));
    }
}
