//! Scope strings, as in RFC 6749 §3.3: tokens with one space between them.
//!
//! `"mcp:read  mcp:write"` is refused: "two spaces in a row, where one belongs (byte 9)".

/// Why a string is not a scope, and at which byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeFlaw {
    /// There is no token at all.
    #[error("the scope is empty, where at least one token belongs")]
    Empty,
    /// A space before the first token.
    #[error("the scope begins with a space (byte 0)")]
    LeadingSpace,
    /// A space after the last token.
    #[error("the scope ends with a space (byte {0})")]
    TrailingSpace(usize),
    /// Two spaces between tokens.
    #[error("two spaces in a row, where one belongs (byte {0})")]
    DoubleSpace(usize),
    /// A character that no token may hold.
    #[error("{found:?} may not stand in a scope token (byte {offset})")]
    Character {
        /// Its offset.
        offset: usize,
        /// The character.
        found: char,
    },
}

impl ScopeFlaw {
    /// The byte in question.
    pub fn offset(self) -> usize {
        match self {
            Self::Empty | Self::LeadingSpace => 0,
            Self::TrailingSpace(offset) | Self::DoubleSpace(offset) | Self::Character { offset, .. } => {
                offset
            }
        }
    }
}

/// The tokens of a scope in order, repeated ones included.
pub fn tokens(scope: &str) -> Result<Vec<&str>, ScopeFlaw> {
    if scope.is_empty() {
        return Err(ScopeFlaw::Empty);
    }
    let mut before = None;
    for (offset, found) in scope.char_indices() {
        match (found, before) {
            (' ', None) => return Err(ScopeFlaw::LeadingSpace),
            (' ', _) if offset + 1 == scope.len() => return Err(ScopeFlaw::TrailingSpace(offset)),
            (' ', Some(' ')) => return Err(ScopeFlaw::DoubleSpace(offset)),
            (' ' | '!' | '#'..='[' | ']'..='~', _) => before = Some(found),
            _ => return Err(ScopeFlaw::Character { offset, found }),
        }
    }
    Ok(scope.split(' ').collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tokens_and_flaws() {
        assert_eq!(tokens("mcp:read"), Ok(vec!["mcp:read"]));
        assert_eq!(tokens("a https://b.example/c a"), Ok(vec!["a", "https://b.example/c", "a"]));
        assert_eq!(tokens(""), Err(ScopeFlaw::Empty));
        assert_eq!(tokens(" a"), Err(ScopeFlaw::LeadingSpace));
        assert_eq!(tokens("a "), Err(ScopeFlaw::TrailingSpace(1)));
        assert_eq!(tokens("a  b"), Err(ScopeFlaw::DoubleSpace(2)));
        for (scope, offset, found) in
            [("a\tb", 1, '\t'), ("a \"b\"", 2, '"'), ("a\\", 1, '\\'), ("né", 1, 'é')]
        {
            assert_eq!(tokens(scope), Err(ScopeFlaw::Character { offset, found }));
        }
        assert_eq!(
            tokens("a\tb").map_err(|f| f.to_string()),
            Err("'\\t' may not stand in a scope token (byte 1)".into())
        );
    }

    proptest! {
        #[test]
        fn joined_tokens_come_back(list in prop::collection::vec("[!#-\\[\\]-~]{1,6}", 1..6)) {
            let scope = list.join(" ");
            prop_assert_eq!(tokens(&scope), Ok(list.iter().map(String::as_str).collect()));
        }

        #[test]
        fn flaws_lie_inside(scope in any::<String>()) {
            if let Err(flaw) = tokens(&scope) {
                prop_assert!(scope.is_char_boundary(flaw.offset()));
            }
        }
    }
}
