//! The challenge parser over random text, and against another parser.
//!
//! `Bearer realm="x"` reads the same here and in `http-auth`.

use super::{Challenges, FlawKind as F, parse, tests::picture};
use proptest::prelude::*;

/// Pieces that make interesting headers far more often than random characters do.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "Bearer",
        "basic",
        "a",
        "realm",
        "=",
        "=",
        "\"",
        "\"",
        "\\",
        ",",
        ", ",
        " ",
        "\t",
        ";",
        ":",
        "'",
        "é",
        "https://a.example/",
        "\u{7f}",
        "oRMw==",
        "/",
        "a=\"b\"",
        "\u{1f512}",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|p| p.concat())
}

fn spans_hold(lines: &[String], found: &Challenges) {
    let inside = |line: usize, span: &super::Span| {
        assert!(lines[line].get(span.clone()).is_some(), "{lines:?} {span:?}")
    };
    for flaw in &found.flaws {
        inside(flaw.line, &flaw.span);
        assert!(!flaw.to_string().is_empty());
    }
    for c in &found.list {
        inside(c.line, &c.span);
        assert_eq!(lines[c.line][c.scheme_span.clone()], c.scheme);
        for p in &c.params {
            assert_eq!(lines[p.line][p.name_span.clone()], p.name);
            inside(p.line, &p.value_span);
        }
    }
}

fn token() -> impl Strategy<Value = String> {
    "[A-Za-z0-9!#$%&'*+.^_`|~-]{1,8}"
}

/// A well-formed challenge and its picture.
fn well_formed() -> impl Strategy<Value = (String, String)> {
    let name = "[a-qs-z][a-z_]{0,6}".prop_filter("a token68 may look like it", |n| !n.is_empty());
    let value = prop_oneof![
        token().prop_map(|t| (t.clone(), t)),
        "[ -~]{0,12}".prop_map(|t| {
            let escaped = t.replace('\\', "\\\\").replace('"', "\\\"");
            (format!("\"{escaped}\""), format!("{t}*"))
        }),
    ];
    let params = prop::collection::btree_map(name, value, 1..4).prop_map(|params| {
        let text: Vec<_> = params.iter().map(|(n, (v, _))| format!("{n}={v}")).collect();
        let seen: Vec<_> = params.iter().map(|(n, (_, v))| format!("{n}={v}")).collect();
        (format!(" {}", text.join(" ,\t")), format!(" {}", seen.join(" ")))
    });
    let token68 = "[A-Za-z0-9._~+/-]{1,12}={0,2}".prop_map(|t| (format!(" {t}"), format!(" {t}")));
    let rest = prop_oneof![Just((String::new(), String::new())), token68, params];
    (token(), rest).prop_map(|(s, (text, seen))| (format!("{s}{text}"), format!("{s}{seen}")))
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..4)) {
        let found = parse(&lines);
        for flaw in &found.flaws {
            prop_assert!(flaw.span.start <= flaw.span.end && flaw.span.end <= lines[flaw.line].len());
        }
    }

    #[test]
    fn spans_lie_on_character_boundaries(lines in prop::collection::vec(prop_oneof![pieces(), any::<String>()], 0..4)) {
        spans_hold(&lines, &parse(&lines));
    }

    #[test]
    fn well_formed_headers_come_back(parts in prop::collection::vec(well_formed(), 1..5)) {
        let (texts, pictures): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let joined = parse([texts.join(", ")]);
        prop_assert_eq!(picture(&joined), pictures.join(" / "));
        prop_assert_eq!(&joined.flaws, &[]);
        let apart = parse(&texts);
        prop_assert_eq!(picture(&apart), pictures.join(" / "));
        prop_assert_eq!(&apart.flaws, &[]);
    }

    #[test]
    fn agrees_with_another_parser(line in prop_oneof![pieces(), well_formed().prop_map(|(text, _)| text)]) {
        let found = parse([&line]);
        if found.list.iter().any(|c| c.token68.is_some()) || !line.is_ascii() {
            return Ok(()); // which http-auth does not read
        }
        let ours: Vec<_> = found.list.iter().map(|c| {
            let params = c.params.iter().map(|p| (p.name.clone(), p.value.clone()));
            (c.scheme.clone(), params.collect::<Vec<_>>())
        }).collect();
        match http_auth::parse_challenges(&line) {
            Ok(theirs) => {
                let theirs: Vec<_> = theirs.iter().map(|c| {
                    let params = c.params.iter().map(|(n, v)| (n.to_string(), v.to_unescaped()));
                    (c.scheme.to_owned(), params.collect::<Vec<_>>())
                }).collect();
                prop_assert_eq!(ours, theirs);
                for flaw in found.flaws {
                    let lenient = matches!(flaw.kind, F::EmptyElement | F::SpaceAroundEquals(_) | F::DuplicateParam(_)
                        | F::UnquotedRealm | F::ControlCharacter(_) | F::BadEscape(_));
                    prop_assert!(lenient, "{flaw}");
                }
            }
            Err(_) if found.flaws.is_empty() => {
                // It wants exactly one space after a scheme and none at either end of the line.
                let one_space = line.contains("  ") || line != line.trim();
                prop_assert!(ours.is_empty() || one_space, "{:?}", line);
            }
            Err(_) => {}
        }
    }
}
