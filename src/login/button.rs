//! What a button is for, as far as its words say. Pages are asked for in English.

/// What submits a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Button {
    /// What stands on it, where that is no attribute.
    pub text: String,
    /// What is said of it: `aria-label`, `alt` and `title`.
    pub label: String,
    /// `formaction`, in place of the form's.
    pub action: Option<String>,
    /// `formmethod`, in lower case.
    pub method: Option<String>,
    /// `formenctype`, in lower case.
    pub enctype: Option<String>,
    /// Whether it is an image, which sends where it was clicked.
    pub image: bool,
}

/// What pressing it would say, the better the later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Intent {
    /// No: it is never pressed.
    Denies,
    /// Nothing that we can read.
    Unclear,
    /// Further: a step of a login.
    GoesOn,
    /// Yes to what the page asks.
    Consents,
}

/// Bytes of a name or value without spaces that may be words; a longer one is random, and may hold any word by chance.
const SPEAKING: usize = 24;

const DENYING: [&str; 24] = [
    "deny", "denied", "cancel", "reject", "abort", "no", "decline", "refuse", "disallow", "disagree", "not",
    "dont", "don t", "never", "block", "back", "revoke", "delete", "logout", "log out", "signout",
    "sign out", "forgot", "reset",
];

const CONSENTING: [&str; 11] = [
    "allow",
    "approve",
    "approved",
    "authorize",
    "authorise",
    "accept",
    "agree",
    "yes",
    "consent",
    "grant",
    "confirm",
];

const GOING_ON: [&str; 9] =
    ["continue", "next", "proceed", "submit", "login", "log in", "signin", "sign in", "ok"];

impl Button {
    /// Reads its words, with its `name` and `value`.
    pub fn intent(&self, name: &str, value: &str) -> Intent {
        let speaking = |text: &&str| text.len() <= SPEAKING || text.contains(' ');
        let [name, value] = [name, value].map(|text| Some(text).filter(speaking).unwrap_or_default());
        let words = words(&[name, value, &self.text, &self.label]);
        let speaks_of = |list: &[&str]| list.iter().any(|word| words.contains(&format!(" {word} ")));
        if speaks_of(&DENYING) {
            Intent::Denies
        } else if speaks_of(&["cookie", "cookies"]) {
            Intent::Unclear
        } else if speaks_of(&CONSENTING) {
            Intent::Consents
        } else if speaks_of(&GOING_ON) {
            Intent::GoesOn
        } else {
            Intent::Unclear
        }
    }
}

/// `["btnDeny", "Log  in!"]` as ` btn deny log in `.
fn words(texts: &[&str]) -> String {
    let mut words = String::from(" ");
    for text in texts {
        let mut before = ' ';
        for letter in text.chars() {
            if !letter.is_alphanumeric() {
                // An apostrophe ends no word: `don't`.
                if !matches!(letter, '\'' | '’') {
                    space(&mut words);
                }
            } else {
                if letter.is_uppercase() && before.is_lowercase() {
                    space(&mut words);
                }
                words.extend(letter.to_lowercase());
            }
            before = letter;
        }
        space(&mut words);
    }
    words
}

fn space(words: &mut String) {
    if !words.ends_with(' ') {
        words.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intent(name: &str, value: &str, text: &str) -> Intent {
        Button { text: text.to_owned(), ..Button::default() }.intent(name, value)
    }

    #[test]
    fn tells_yes_from_no() {
        for (name, value, text, wanted) in [
            ("action", "approve", "Allow Access", Intent::Consents),
            ("accept", "Yes", "", Intent::Consents),
            ("", "", "\n  Authorize application ", Intent::Consents),
            ("", "", "Sign-in", Intent::GoesOn),
            ("", "Continue", "", Intent::GoesOn),
            ("", "", "Weiter", Intent::Unclear),
            ("", "", "", Intent::Unclear),
            ("", "", "Notes", Intent::Unclear),
            ("", "kf83-no-Cancel-x2hd83jd9s0", "Allow", Intent::Consents),
            ("accept", "", "Accept all cookies", Intent::Unclear),
            ("action", "deny", "Allow", Intent::Denies),
            ("cancel", "No", "", Intent::Denies),
            ("btnDeny", "1", "", Intent::Denies),
            ("user_denied", "", "", Intent::Denies),
            ("", "", "Don’t allow", Intent::Denies),
            ("", "", "Do not allow", Intent::Denies),
            ("", "", "NO", Intent::Denies),
            ("", "", "Log out", Intent::Denies),
        ] {
            assert_eq!(intent(name, value, text), wanted, "{name} {value} {text}");
        }
    }

    #[test]
    fn a_label_counts() {
        let button = Button { label: "Reject".to_owned(), ..Button::default() };
        assert_eq!(button.intent("", "OK"), Intent::Denies);
    }
}
