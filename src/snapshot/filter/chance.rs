//! Tells words that were drawn by chance from names.
//!
//! `0f8aXq3v-Zk21bQpLr9Yt` was; `mcp-conform-never-issued` and `OAuth2AuthorizationServerMetadata` are names.

/// Shorter words are left alone.
const SHORTEST: usize = 20;
/// The same for words of hexadecimal digits alone.
const SHORTEST_HEXADECIMAL: usize = 16;
/// The same for values that are known to be drawn.
const SHORTEST_DRAWN: usize = 12;
/// Names of members and parameters whose values are drawn.
const DRAWN: [&str; 6] = ["client_id", "jti", "state", "code", "code_challenge", "sid"];
/// How values begin that we made up to be known by.
const OURS: &str = "mcp-conform";

/// `text` with `with` in the place of every word that looks drawn by chance.
pub(super) fn replace(text: &str, with: &str) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        replaced.push_str(before);
        replaced.push_str(if is_random(&replaced, word) { with } else { word });
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Small,
    Large,
    Digit,
    Mark,
}

/// In words of chance, small letters, capitals and digits follow each other with no order. Where a value is known to be
/// drawn, a word that holds a capital or a digit is enough.
fn is_random(before: &str, word: &str) -> bool {
    let kinds: Vec<Kind> = word.chars().map(kind).collect();
    let has = |kind: Kind| kinds.contains(&kind);
    if word.len() >= SHORTEST_DRAWN && is_drawn(before) && (has(Kind::Large) || has(Kind::Digit)) {
        return !word.starts_with(OURS);
    }
    let changes = kinds
        .windows(2)
        .filter(|pair| pair[0] != pair[1] && pair[0] != Kind::Mark && pair[1] != Kind::Mark)
        .count();
    let is_hexadecimal = word.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let (shortest, few) = match word.len() {
        _ if is_hexadecimal => (SHORTEST_HEXADECIMAL, 4),
        length if has(Kind::Digit) && length < 25 => (SHORTEST, length.div_ceil(5)),
        length => (SHORTEST, length.div_ceil(4)),
    };
    word.len() >= shortest && changes >= few
}

fn kind(c: char) -> Kind {
    match c {
        'a'..='z' => Kind::Small,
        'A'..='Z' => Kind::Large,
        '0'..='9' => Kind::Digit,
        _ => Kind::Mark,
    }
}

/// Whether the value of something that servers or clients draw begins after `before`.
fn is_drawn(before: &str) -> bool {
    let name = before.trim_end_matches(['=', ':', '"', ' ']);
    name.len() < before.len() && DRAWN.iter().any(|drawn| name.ends_with(drawn))
}
