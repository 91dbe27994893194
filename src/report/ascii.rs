//! `--ascii`: the same text for terminals, logs and readers that know nothing but ASCII.
//!
//! `✗ fail … →` becomes `x fail ~ >`: one letter for one, so that columns and carets stay where they are. What a target sent is
//! spelt out, as in `\u{e9}`.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with ASCII alone.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_ascii() => plain.push(letter),
            '✓' => plain.push('+'),
            '✗' => plain.push('x'),
            '─' | '━' | '–' | '—' => plain.push('-'),
            '│' => plain.push('|'),
            '→' => plain.push('>'),
            '←' => plain.push('<'),
            '…' => plain.push('~'),
            '·' => plain.push('.'),
            '○' => plain.push('o'),
            '‘' | '’' => plain.push('\''),
            '“' | '”' => plain.push('"'),
            _ => {
                // Writing to a String does not fail.
                let _ = write!(plain, "\\u{{{:x}}}", u32::from(letter));
            }
        }
    }
    plain.into()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn keeps_columns_and_spells_out_the_rest() {
        assert_eq!(plain("── a ✓ → b…"), "-- a + > b~");
        assert_eq!(plain("é\n"), "\\u{e9}\n");
        assert_eq!(plain("a"), "a");
    }
}
