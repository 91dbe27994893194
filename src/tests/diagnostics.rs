//! What a case author reads for each mistake: `snapshots/diagnostics/`.

use std::fs;

use mcp_conform::load;
use mcp_conform::load::read::OverlayError;

const CASE: &str = "\
title: A request without a token is answered with 401
requirements: [mcp-401-when-authorization-required]
probe: mcp.no-token
expect:
  - status: 401
caught-by: [refuses-with-403]
fix: Answer 401.
why: Clients log in after a 401 only.
example: HTTP/1.1 401 Unauthorized
";

/// What `check --cases` says of a folder with this one file.
fn said(place: &str, text: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(place);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(&path, text).expect("a file");
    let shown = match load::overlay(folder.path()) {
        Err(OverlayError::Wrong(problems)) => problems,
        Err(other) => return other.to_string(),
        Ok(overlay) => overlay.problems(),
    };
    let text: Vec<String> = shown.iter().map(ToString::to_string).collect();
    text.join("\n\n").replace(&folder.path().display().to_string(), "my-cases")
}

#[test]
fn mistakes_of_case_authors() {
    let case = "server/challenge/mine.yaml";
    let changed = |from: &str, to: &str| {
        assert!(CASE.contains(from), "{from}");
        CASE.replace(from, to)
    };
    let mistakes = [
        ("unknown-key", case, changed("probe:", "prob:")),
        ("unknown-predicate", case, changed("- status:", "- staus:")),
        ("wrong-type", case, changed("status: 401", "status: unauthorized")),
        ("unknown-key-in-predicate", case, changed("status: 401", "json: { att: $.x }")),
        ("bad-json-path", case, changed("status: 401", "json: { at: \"$.x[\" }")),
        ("bad-pattern", case, changed("status: 401", "header: { name: x, matches: \"(\" }")),
        ("bad-template", case, changed("status: 401", "url: { equals: \"{{targt.url}}\" }")),
        ("duplicate-key", case, format!("{CASE}probe: mcp.no-token\n")),
        ("wrong-indent", case, changed("  - status", " - status: 401\n  - status")),
        ("missing-key", case, changed("fix: Answer 401.\n", "")),
        ("no-why", case, changed("why: Clients log in after a 401 only.\n", "")),
        ("no-example", case, changed("example: HTTP/1.1 401 Unauthorized\n", "")),
        (
            "example-is-no-json",
            case,
            changed("example: HTTP/1.1 401 Unauthorized", "example: '{ \"issuer\": }'"),
        ),
        ("example-without-status", case, changed("HTTP/1.1 401 Unauthorized", "HTTP/1.1 Unauthorized")),
        ("unknown-requirement", case, changed("mcp-401-when", "mcp-401-wen")),
        ("unknown-probe", case, changed("mcp.no-token", "mcp.no-tokn")),
        ("unknown-defect", case, changed("refuses-with-403", "refuses-with-404")),
        ("unknown-need", case, format!("{CASE}needs: [server/challenge/presnt]\n")),
        ("no-defect", case, changed("[refuses-with-403]", "[]")),
        ("expects-nothing", case, changed("expect:\n  - status: 401", "expect: []")),
        ("when-without-otherwise", case, format!("{CASE}when:\n  - status: 401\n")),
        ("needs-itself", case, format!("{CASE}needs: [server/challenge/mine]\n")),
        ("wrong-folder", "challenge/mine.yaml", CASE.to_owned()),
        ("cut-off", case, CASE.split_inclusive("caught-").next().expect("half of it").to_owned()),
        (
            "defect-of-nobody",
            "defects/mine.yaml",
            "title: Nobody minds\nbehaviours: [accepts-any-token]\n".to_owned(),
        ),
        ("defect-without-change", "defects/mine.yaml", "title: Nothing\n".to_owned()),
        ("unknown-behaviour", "defects/mine.yaml", "title: x\nbehaviours: [accepts-any-tokn]\n".to_owned()),
        (
            "unknown-profile",
            "defects/mine.yaml",
            "title: x\nprofile: \"2026\"\nbehaviours: [accepts-any-token]\n".to_owned(),
        ),
        (
            "probe-of-two-kinds",
            "probes/mine.yaml",
            "mine:\n  title: x\n  get: \"{{target.url}}\"\n  rpc: { calls: [open] }\n".to_owned(),
        ),
        (
            "probes-in-a-circle",
            "probes/mine.yaml",
            "a:\n  title: x\n  get: \"{{b.json./x}}\"\nb:\n  title: x\n  get: \"{{a.json./x}}\"\n".to_owned(),
        ),
        ("item-without-list", "probes/mine.yaml", "mine:\n  title: x\n  get: \"{{item}}\"\n".to_owned()),
        ("requirement-without-case", "requirements/mine.yaml", REQUIREMENT.to_owned()),
        (
            "requirement-with-unknown-variant",
            "requirements/mine.yaml",
            format!("{REQUIREMENT}  untestable: It is a matter of taste.\n  variants: [open-servr]\n"),
        ),
    ];
    for (name, place, text) in mistakes {
        let said = said(place, &text);
        assert!(said.contains("my-cases"), "{name} is not noticed: {said}");
        insta::with_settings!({
            snapshot_path => "../../snapshots/diagnostics",
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, said);
        });
    }
}

const REQUIREMENT: &str = "\
mine:
  role: server
  source: Our house rules
  url: https://example.com/rules
  level: MUST
  profiles: [\"2026-07-28\"]
  summary: Be kind.
  how: Ask.
  seen: tokenless
";
