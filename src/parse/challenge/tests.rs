//! The challenge parser by example.
//!
//! `Bearer, realm="x"` is one challenge with a flaw at bytes 6..8.

use super::{Challenge, Challenges, FlawKind as F, Kind, Param, parse};

/// A short picture: `Scheme token68 name=value*`, a star for quoted, a slash between challenges.
pub(super) fn picture(found: &Challenges) -> String {
    let param = |p: &Param| {
        let star = if p.quoted { "*" } else { "" };
        format!("{}={}{star}", p.name, p.value)
    };
    let challenge = |c: &Challenge| {
        let mut parts = vec![c.scheme.clone()];
        parts.extend(c.token68.iter().map(|t| t.text.clone()));
        parts.extend(c.params.iter().map(param));
        parts.join(" ")
    };
    let list: Vec<_> = found.list.iter().map(challenge).collect();
    list.join(" / ")
}

/// Field lines that are right, each with its picture below.
const RIGHT: &str = r#"
Bearer
  Bearer
bearer realm="x"
  bearer realm=x*
Bearer   realm=""
  Bearer realm=*
BEARER REALM="x",SCOPE=read
  BEARER REALM=x* SCOPE=read
Bearer error=invalid_token , scope="a b"
  Bearer error=invalid_token scope=a b*
Negotiate oRMw=
  Negotiate oRMw=
Negotiate a/b+c==, NTLM
  Negotiate a/b+c== / NTLM
Negotiate, NTLM
  Negotiate / NTLM
A b, C d="e"
  A b / C d=e*
A b=c, C="e"
  A b=c C=e*
A b=c, C
  A b=c / C
Basic realm="x", Bearer resource_metadata="https://a.example/m"
  Basic realm=x* / Bearer resource_metadata=https://a.example/m*
Newauth realm="apps", type=1, title="Login to \"apps\"", Basic realm="simple"
  Newauth realm=apps* type=1 title=Login to "apps"* / Basic realm=simple*
"#;

/// Field lines that are wrong, each with its picture and its flaws below.
const WRONG: &str = r#"
Bearer m=https://a.example/m, b=c
  Bearer m=https://a.example/m b=c
  9..28 UnquotedValue { name: "m", found: ":" }
Bearer a=é, c=d
  Bearer a=é c=d
  9..11 UnquotedValue { name: "a", found: "é" }
Bearer m='https://a.example', b=c
  Bearer m=https://a.example b=c
  9..28 SingleQuotes("m")
Bearer realm=x
  Bearer realm=x
  13..14 UnquotedRealm
Bearer, realm="x"
  Bearer realm=x*
  6..8 CommaAfterScheme("Bearer")
Basic, Bearer , m=n
  Basic / Bearer m=n
  13..16 CommaAfterScheme("Bearer")
, Bearer a=b,, c=d,
  Bearer a=b c=d
  0..1 EmptyElement
  13..14 EmptyElement
  18..19 EmptyElement
Bearer a = "b"
  Bearer a=b*
  8..11 SpaceAroundEquals("a")
Bearer a="b" c="d"
  Bearer a=b* c=d*
  13..14 MissingComma("c")
Bearer a="b"c="d"
  Bearer a=b* c=d*
  12..13 MissingComma("c")
Bearer a=b Basic realm="x"
  Bearer a=b / Basic realm=x*
  11..16 MissingComma("Basic")
Bearer Basic realm="x"
  Bearer / Basic realm=x*
  7..12 MissingComma("Basic")
Bearer a="b"; c="d"
  Bearer a=b* c=d*
  12..13 Semicolon
Bearer a=http://b; c=d
  Bearer a=http://b c=d
  9..17 UnquotedValue { name: "a", found: ":" }
  17..18 Semicolon
Bearer a=b, A=c
  Bearer a=b A=c
  12..13 DuplicateParam("A")
Negotiate b64, a=b
  Negotiate b64 a=b
  15..16 Token68WithParams("a")
Negotiate b64==, a=b
  Negotiate b64== a=b
  17..18 Token68WithParams("a")
Bearer realm=, a=b
  Bearer realm= a=b
  7..13 MissingValue("realm")
Bearer a=b, c=
  Bearer a=b c=
  12..14 MissingValue("c")
realm="x", Bearer a=b
   realm=x* / Bearer a=b
  0..5 MissingScheme("realm")
Bearer: realm="x"
  Bearer realm=x*
  6..7 SchemeColon("Bearer")
WWW-Authenticate: Bearer a=b
  Bearer a=b
  16..17 SchemeColon("WWW-Authenticate")
Bearer a: "b"
  Bearer a=b*
  8..9 ColonForEquals("a")
Bearer scope=read write, a=b
  Bearer scope=read a=b
  18..23 StrayWord("write")
Bearer https://a/m, Basic a=b
  Bearer / Basic a=b
  7..18 Unexpected("https://a/m")
Bearer "x, y", a=b
  Bearer a=b
  7..13 Unexpected("\"x, y\"")
Bearer a="b="c", d="e"
  Bearer a=b=* d=e*
  13..15 Unexpected("c\"")
Bearer;a="b"
  Bearer a=b*
  6..7 Semicolon
{"error":1}, Bearer a=b
  Bearer a=b
  0..11 Unexpected("{\"error\":1}")
"#;

/// Each field line of a table with what this parser makes of it, in the form of the table.
fn redo(table: &str) -> String {
    let mut out = String::from("\n");
    for line in table.lines().filter(|l| !l.is_empty() && !l.starts_with("  ")) {
        let found = parse([line]);
        out += &format!("{line}\n  {}\n", picture(&found));
        for flaw in found.flaws {
            out += &format!("  {:?} {:?}\n", flaw.span, flaw.kind);
        }
    }
    out
}

#[test]
fn what_is_right_has_no_flaw() {
    assert_eq!(redo(RIGHT), RIGHT);
    for line in ["", " ", "Bearer ", "Bearer a=b \t,\t c=d"] {
        assert_eq!(parse([line]).flaws, [], "{line}");
    }
}

#[test]
fn each_flaw_is_found_where_it_stands() {
    assert_eq!(redo(WRONG), WRONG);
    let found = parse(["Bearer\ta=b"]);
    assert_eq!(picture(&found), "Bearer a=b");
    assert_eq!(found.flaws[0].kind, F::TabAfterScheme("Bearer".into()));
}

#[test]
fn lines_are_read_in_order() {
    let found = parse(["Basic realm=\"x\"", "", "Bearer a=b, Negotiate"]);
    assert_eq!(picture(&found), "Basic realm=x* / Bearer a=b / Negotiate");
    assert_eq!(found.list.iter().map(|c| c.line).collect::<Vec<_>>(), [0, 2, 2]);
    assert_eq!(found.flaws, []);
    let found = parse(["Bearer a=b", "c=d", "A=e"]);
    assert_eq!(picture(&found), "Bearer a=b c=d A=e");
    let kinds: Vec<_> = found.flaws.iter().map(|f| (f.line, f.kind.clone())).collect();
    let next = |name: &str| F::ParamOnNextLine(name.into());
    assert_eq!(kinds, [(1, next("c")), (2, next("A")), (2, F::DuplicateParam("A".into()))]);
    let found = parse(["Negotiate", "a=b"]);
    assert_eq!(picture(&found), "Negotiate /  a=b");
}

#[test]
fn lookups_ignore_case() {
    let found = parse(["Basic realm=\"x\", bEARER Realm=\"y\", realm=z, Digest a="]);
    let bearer = found.bearer().unwrap();
    assert_eq!((bearer.scheme.as_str(), bearer.kind()), ("bEARER", Kind::Params));
    assert_eq!(bearer.param("REALM").unwrap().value, "y");
    assert_eq!(bearer.params_named("realm").count(), 2);
    assert_eq!(found.param("realm").unwrap().value, "x");
    assert_eq!(found.with_scheme("digest").next().unwrap().kind(), Kind::Token68);
    assert_eq!(found.flaws_of(bearer).len(), 2);
    assert_eq!(found.flaws_of(&found.list[0]).len(), 0);
    assert_eq!(parse(["A b, c=d"]).list[0].kind(), Kind::Mixed);
}

#[test]
fn long_hostile_lines_take_linear_time() {
    for unit in ["a=\"b,", ",", "a=b,", "\"", "a b ", "'", "x='", "a;", "\\\"", "A \u{e9}, b=\""] {
        parse([unit.repeat(200_000 / unit.len())]);
    }
}
