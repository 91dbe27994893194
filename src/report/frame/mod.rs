//! The line of a response that is wrong, with carets under the bytes, as rustc shows source.
//!
//! ```text
//!  |
//!  | www-authenticate: Basic realm="x"
//!  |                   ^^^^^
//! ```
//!
//! Of a long line only a window around the bytes is shown, cut at a comma where there is one near.

mod window;

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use self::window::{CUT, Window};
use crate::check::{Part, Place};
use crate::model::exchange::Response;
use crate::model::verdict::Verdict;

/// Lines that are shown of a span over many.
const LINES: usize = 6;
/// Columns that the renderer needs for its own, besides the digits of a line number.
const GUTTER: usize = 3;

/// The part of a response that a place names, in words.
pub fn part(place: &Place) -> &'static str {
    match place.part {
        Part::Status => "status line",
        Part::Header { .. } => "header",
        Part::Body => "body",
    }
}

/// The frame around `place`, indented by `indent`, within `width` columns, in the colours of `verdict` if in any. `None`
/// where there is nothing to show.
pub fn render(
    response: &Response,
    place: &Place,
    width: usize,
    verdict: Option<Verdict>,
    indent: usize,
) -> Option<String> {
    let room = width.saturating_sub(indent + GUTTER);
    let excerpt = Excerpt::of(response, place, room)?;
    let span = excerpt.span.clone();
    let mut snippet = Snippet::source(excerpt.text.as_str()).line_numbering(excerpt.first_line.is_some());
    if let Some(line) = excerpt.first_line {
        snippet = snippet.line_start(line);
    }
    let snippet = snippet.fold(false).annotation(AnnotationKind::Primary.span(span));
    let level = match verdict {
        Some(Verdict::Warn) => Level::WARNING,
        Some(Verdict::Info) => Level::INFO,
        _ => Level::ERROR,
    };
    let group = Group::with_level(level).element(snippet);
    let renderer = if verdict.is_some() { Renderer::styled() } else { Renderer::plain() };
    // The excerpt fits already; the renderer's own cutting knows nothing of commas.
    let text = renderer.decor_style(DecorStyle::Ascii).term_width(10_000).render(&[group]);
    let margin = " ".repeat(indent);
    Some(text.lines().map(|line| format!("{margin}{line}").trim_end().to_owned() + "\n").collect())
}

/// Text that is safe to show, and the bytes of it that are wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    text: String,
    span: Range<usize>,
    /// The number of its first line, where the original has several.
    first_line: Option<usize>,
}

impl Excerpt {
    fn of(response: &Response, place: &Place, room: usize) -> Option<Self> {
        match &place.part {
            Part::Status => {
                let code = response.status.to_string();
                let at = response.version.len() + 1;
                let span = at + place.span.start.min(code.len())..at + place.span.end.min(code.len());
                Self::of_text(format!("{} {code}", response.version).as_bytes(), span, room)
            }
            Part::Header { name, line } => {
                let value = response.header_lines(name).get(*line).copied()?;
                let at = name.len() + 2;
                let span = at + place.span.start.min(value.len())..at + place.span.end.min(value.len());
                Self::of_text(format!("{name}: {value}").as_bytes(), span, room)
            }
            Part::Body => Self::of_text(&response.body.bytes(), place.span.clone(), room),
        }
    }

    fn of_text(raw: &[u8], span: Range<usize>, room: usize) -> Option<Self> {
        if raw.is_empty() {
            return None;
        }
        // Beyond the end there is nothing to see but the end of the last line.
        let last = raw.trim_ascii_end().len();
        let span =
            if span.start >= last { last..last } else { span.start..span.end.clamp(span.start, raw.len()) };
        let start = raw[..span.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let many = raw.trim_ascii_end().contains(&b'\n');
        let number = raw[..start].iter().filter(|byte| **byte == b'\n').count() + 1;
        let digits = if many { (number + LINES).to_string().len() } else { 0 };
        let room = room.saturating_sub(digits).max(20);
        let mut excerpt = Self { text: String::new(), span: 0..0, first_line: many.then_some(number) };
        let mut at = start;
        let mut lines = Vec::new();
        loop {
            let end =
                raw[at..].iter().position(|byte| *byte == b'\n').map_or(raw.len(), |length| at + length);
            lines.push(at..end);
            at = end + 1;
            if at >= span.end || at >= raw.len() {
                break;
            }
        }
        // The bars beside a span of several lines take two more columns.
        let room = if lines.len() > 1 { room.saturating_sub(3) } else { room };
        for (index, line) in lines.iter().take(LINES).enumerate() {
            let wrong = span.start.clamp(line.start, line.end)..span.end.clamp(line.start, line.end);
            let window = Window::of(raw, line.clone(), wrong, room);
            if index == 0 {
                excerpt.span.start = window.span.start;
            } else {
                excerpt.text.push('\n');
            }
            excerpt.span.end = excerpt.text.len() + window.span.end;
            excerpt.text.push_str(&window.text);
        }
        if lines.len() > LINES {
            excerpt.text.push_str(&format!("\n{CUT}"));
            excerpt.span.end = excerpt.text.len();
        }
        Some(excerpt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::escape;
    use proptest::prelude::*;

    fn response(body: &[u8]) -> Response {
        Response::new(403, &[("www-authenticate", r#"Basic realm="x""#)], body)
    }

    fn frame(body: &[u8], part: Part, span: Range<usize>, width: usize) -> String {
        render(&response(body), &Place { exchange: 0, part, span }, width, None, 0).unwrap()
    }

    #[test]
    fn a_header_line() {
        let part = Part::Header { name: "www-authenticate".to_owned(), line: 0 };
        let shown = frame(b"", part, 0..5, 80);
        assert_eq!(shown, " |\n | www-authenticate: Basic realm=\"x\"\n |                   ^^^^^\n");
    }

    #[test]
    fn the_status() {
        assert_eq!(frame(b"", Part::Status, 0..3, 80), " |\n | HTTP/1.1 403\n |          ^^^\n");
    }

    #[test]
    fn carets_have_the_colour_of_the_verdict() {
        let place = Place { exchange: 0, part: Part::Body, span: 0..1 };
        let shown = |verdict| render(&response(b"{}"), &place, 80, verdict, 0).unwrap();
        let [fail, warn, info] = [Verdict::Fail, Verdict::Warn, Verdict::Info].map(|one| shown(Some(one)));
        assert!(fail != warn && warn != info && info != fail, "{fail}{warn}{info}");
        assert!(fail.contains('\u{1b}') && !shown(None).contains('\u{1b}'));
    }

    #[test]
    fn a_header_that_is_not_there() {
        let place = Place { exchange: 0, part: Part::Header { name: "x".to_owned(), line: 0 }, span: 0..1 };
        assert_eq!(render(&response(b""), &place, 80, None, 0), None);
        let place = Place { exchange: 0, part: Part::Body, span: 0..0 };
        assert_eq!(render(&response(b""), &place, 80, None, 0), None);
    }

    #[test]
    fn a_member_of_a_long_line() {
        let filler = r#""scopes_supported":["aaaaaaaa","bbbbbbbbbb"],"#.repeat(9);
        let body = format!(r#"{{{filler}"resource":"https://h.example/mcp/",{filler}"z":1}}"#);
        let at = body.find("\"https").unwrap();
        let shown = frame(body.as_bytes(), Part::Body, at..at + 24, 60);
        let lines = [
            " |",
            r#" | …"resource":"https://h.example/mcp/",…"#,
            " |             ^^^^^^^^^^^^^^^^^^^^^^^^",
            "",
        ];
        assert_eq!(shown, lines.join("\n"));
    }

    #[test]
    fn a_document_of_several_lines() {
        let body = b"{\n\t\"a\": 1,\n\t\"issuer\": 5\n}\n";
        assert_eq!(frame(body, Part::Body, 22..23, 60), "  |\n3 |   \"issuer\": 5\n  |             ^\n");
        let whole = frame(body, Part::Body, 0..25, 60);
        assert!(whole.contains("4 | | }"), "{whole}");
    }

    #[test]
    fn bytes_that_are_no_text() {
        let shown = frame(b"\xff\xfe{\x1b[2J", Part::Body, 0..2, 60);
        assert_eq!(shown, " |\n | \\xff\\xfe{\\u{1b}[2J\n | ^^^^^^^^\n");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn never_wider_than_asked_nor_hidden(
            body in proptest::collection::vec(prop_oneof![any::<u8>(), b' '..b'~', Just(b'\n'), Just(b',')], 1..4000),
            start in 0_usize..4200, length in 0_usize..4200, width in 40_usize..120,
        ) {
            let body: Vec<u8> = body.into_iter().filter(|byte| *byte < 0x80 || *byte > 0xf7).collect();
            let place = Place { exchange: 0, part: Part::Body, span: start..start + length };
            if let Some(shown) = render(&response(&body), &place, width, None, 2) {
                for line in shown.lines() {
                    prop_assert!(line.chars().count() <= width, "{} > {width}: {line}", line.chars().count());
                    prop_assert!(!line.chars().any(escape::is_hidden));
                }
                prop_assert!(shown.contains('^'));
            }
        }

        #[test]
        fn any_bytes_can_be_shown(body in proptest::collection::vec(any::<u8>(), 0..300), start in 0_usize..310, length in 0_usize..310) {
            let place = Place { exchange: 0, part: Part::Body, span: start..start + length };
            render(&response(&body), &place, 60, Some(Verdict::Fail), 2);
        }
    }
}
