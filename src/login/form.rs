//! Fills in a page and says yes (WHATWG HTML, 4.10.21 "Form submission"), as a user without a screen would.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use url::Url;

use super::button::{Button, Intent};
use super::page::{Page, one_line};
use super::request;
use crate::model::exchange::Request;

/// Names and values in order, and the names of the user's fields among them.
type Entries = (Vec<(String, String)>, BTreeSet<String>);

/// Characters of a stranger's word that a message repeats.
const SHOWN: usize = 60;

/// A form as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it goes: to the page's own URL where there is none.
    pub action: Option<String>,
    /// In lower case; empty means `get`.
    pub method: String,
    /// In lower case; empty means `application/x-www-form-urlencoded`.
    pub enctype: String,
    /// In their order, those of other places on the page that name this form included.
    pub controls: Vec<Control>,
}

/// A control that is not disabled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Control {
    /// It is not sent where this is empty.
    pub name: String,
    /// What it holds at first.
    pub value: String,
    /// Whether the page says that it must be filled in.
    pub required: bool,
    /// What it is.
    pub kind: Kind,
}

/// What a control is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Sent as it is.
    Hidden,
    /// For the user to type in.
    Text {
        /// Whether the screen shows dots.
        password: bool,
    },
    /// Sent if it is checked.
    Checkbox {
        /// At first.
        checked: bool,
    },
    /// One of those of its name is sent.
    Radio {
        /// At first.
        checked: bool,
    },
    /// Values, and whether they are selected at first.
    Select {
        /// Whether several may be.
        multiple: bool,
        /// In their order; those with neither value nor text have none.
        options: Vec<(Option<String>, bool)>,
    },
    /// Sent if it is pressed.
    Button(Button),
    /// Files and buttons for scripts: never sent.
    Nothing,
}

/// A form ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Without cookies.
    pub request: Request,
    /// The names of the user's fields that are in it.
    pub filled: BTreeSet<String>,
}

/// Why no form of a page can be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cannot {
    /// There is none.
    NoForm,
    /// Every button says no.
    Denies,
    /// The page wants what only the user knows: these names.
    Fields(Vec<String>),
    /// It is sent in this format, which is not made here.
    Enctype(String),
    /// It goes where no request can.
    Address(String),
    /// What the user typed at an https URL would go on as plain text.
    Unprotected(String),
}

impl fmt::Display for Cannot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoForm => f.write_str("the page has no form: it may need JavaScript"),
            Self::Denies => f.write_str("the page has no button that approves"),
            Self::Fields(names) => {
                let quoted = |name: &String| format!("`{}`", one_line(name, SHOWN));
                let names_list: Vec<_> = names.iter().map(quoted).collect();
                write!(f, "the page asks for {}, which no --form-field gives", names_list.join(" and "))
            }
            Self::Enctype(enctype) => {
                write!(
                    f,
                    "the form of the page is sent as {}, which is not done here",
                    one_line(enctype, SHOWN)
                )
            }
            Self::Address(address) => {
                write!(f, "the form of the page goes to `{}`, which no request can", one_line(address, SHOWN))
            }
            Self::Unprotected(url) => {
                write!(f, "the page would send what was filled in without TLS to {}", one_line(url, SHOWN))
            }
        }
    }
}

impl Page {
    /// Fills in and sends the form that approves: one that asks for what `fields` has, or else the one whose button
    /// speaks most clearly, or else the first.
    pub fn approve(&self, page_url: &str, fields: &BTreeMap<String, String>) -> Result<Submission, Cannot> {
        let candidates = self.forms.iter().filter(|form| form.method != "dialog");
        let mut candidates: Vec<(bool, Option<Intent>, &Form)> = candidates
            .map(|form| (form.takes(fields), form.press().map(|(_, intent)| intent), form))
            .collect();
        if candidates.is_empty() {
            return Err(Cannot::NoForm);
        }
        candidates.retain(|(_, intent, _)| *intent != Some(Intent::Denies));
        // Stable, so that of equals the first stays first.
        candidates.sort_by_key(|(takes, intent, _)| std::cmp::Reverse((*takes, *intent)));
        let (_, _, form) = candidates.first().ok_or(Cannot::Denies)?;
        form.submit(page_url, self.base.as_deref(), fields)
    }
}

impl Form {
    /// The request that sends it from the page at `page_url`, with its approving button pressed.
    pub fn submit(
        &self,
        page_url: &str,
        base: Option<&str>,
        fields: &BTreeMap<String, String>,
    ) -> Result<Submission, Cannot> {
        let pressed = match self.press() {
            Some((_, Intent::Denies)) => return Err(Cannot::Denies),
            pressed => pressed,
        };
        let button = pressed.and_then(|(place, _)| match &self.controls[place].kind {
            Kind::Button(button) => Some(button),
            _ => None,
        });
        let (entries, filled) = self.entries(pressed, fields)?;
        let action = button.and_then(|button| button.action.as_ref()).or(self.action.as_ref());
        let page = Url::parse(page_url).map_err(|_| Cannot::Address(page_url.to_owned()))?;
        let mut url = resolve(&page, base, action.map(String::as_str))?;
        if page.scheme() == "https" && url.scheme() == "http" && !filled.is_empty() {
            return Err(Cannot::Unprotected(url.into()));
        }
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(entries).finish();
        if button.and_then(|button| button.method.as_ref()).unwrap_or(&self.method) != "post" {
            url.set_query(Some(&body));
            return Ok(Submission { request: request::page(url), filled });
        }
        let enctype = button.and_then(|button| button.enctype.as_ref()).unwrap_or(&self.enctype);
        if matches!(enctype.as_str(), "multipart/form-data" | "text/plain") {
            return Err(Cannot::Enctype(enctype.clone()));
        }
        let mut request = request::page(url);
        request.method = "POST".to_owned();
        // Without it, many servers take the form for one that another site sends (CSRF).
        request.headers.push(("origin".to_owned(), page.origin().ascii_serialization()));
        request.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        request.body = Some(body);
        Ok(Submission { request, filled })
    }

    /// Where it would go, as written where it is written.
    pub(super) fn goes_to(&self, page_url: &str, base: Option<&str>) -> Option<String> {
        let page = Url::parse(page_url).ok()?;
        let action = self.action.as_deref().map(str::trim);
        let absolute = action.filter(|action| Url::parse(action).is_ok()).map(str::to_owned);
        absolute.or_else(|| resolve(&page, base, action).ok().map(String::from))
    }

    /// The button that says yes most clearly, with its place; none if there is no button at all.
    fn press(&self) -> Option<(usize, Intent)> {
        let buttons = self.controls.iter().enumerate().filter_map(|(place, control)| match &control.kind {
            Kind::Button(button) => Some((place, button.intent(&control.name, &control.value))),
            _ => None,
        });
        buttons.rev().max_by_key(|(_, intent)| *intent)
    }

    /// Whether it asks for something that the user gave.
    fn takes(&self, fields: &BTreeMap<String, String>) -> bool {
        let asks = |control: &Control| matches!(control.kind, Kind::Text { .. });
        self.controls.iter().any(|control| asks(control) && fields.contains_key(&control.name))
    }

    /// What is sent, and which of the user's fields are in it.
    fn entries(
        &self,
        pressed: Option<(usize, Intent)>,
        fields: &BTreeMap<String, String>,
    ) -> Result<Entries, Cannot> {
        let is_password = |control: &Control| control.kind == Kind::Text { password: true };
        let is_login = self.controls.iter().any(is_password);
        let consents = pressed.is_some_and(|(_, intent)| intent == Intent::Consents);
        let radios = self.radios(fields);
        let (mut entries, mut filled, mut missing) = (Vec::new(), BTreeSet::new(), Vec::new());
        for (place, control) in self.controls.iter().enumerate() {
            let Control { name, value, required, kind } = control;
            let given = fields.get(name);
            let mut send = |value: &str| entries.push((name.clone(), value.to_owned()));
            match kind {
                Kind::Button(Button { image: true, .. }) if pressed.is_some_and(|(at, _)| at == place) => {
                    let prefix = if name.is_empty() { String::new() } else { format!("{name}.") };
                    entries.extend(["x", "y"].map(|axis| (format!("{prefix}{axis}"), "0".to_owned())));
                }
                _ if name.is_empty() => {}
                Kind::Button(_) if pressed.is_some_and(|(at, _)| at == place) => send(value),
                Kind::Button(_) | Kind::Nothing => {}
                Kind::Hidden => send(value),
                Kind::Text { .. } => match given {
                    Some(given) => {
                        send(given);
                        filled.insert(name.clone());
                    }
                    // An empty field of a page that asks for consent may stay empty, unless the page says otherwise.
                    None if value.is_empty() && (*required || is_login || !consents) => {
                        missing.push(name.clone());
                    }
                    None => send(&line_breaks(value)),
                },
                Kind::Checkbox { checked } => {
                    let wanted = given.is_some_and(|given| given == value);
                    if wanted || *checked || *required {
                        send(value);
                    }
                }
                Kind::Radio { .. } if radios.contains(&place) => send(value),
                Kind::Radio { .. } => {}
                Kind::Select { multiple, options } => {
                    let values =
                        options.iter().map(|(value, on)| (value.as_deref().unwrap_or_default(), *on));
                    let mut chosen: Vec<&str> = match given {
                        Some(given) => values.clone().filter(|(v, _)| v == given).map(|(v, _)| v).collect(),
                        None => values.clone().filter(|(_, on)| *on).map(|(v, _)| v).collect(),
                    };
                    if !*multiple {
                        chosen =
                            chosen.into_iter().last().or(values.map(|(v, _)| v).next()).into_iter().collect();
                    }
                    chosen.into_iter().for_each(send);
                }
            }
        }
        if missing.is_empty() { Ok((entries, filled)) } else { Err(Cannot::Fields(missing)) }
    }

    /// Which radio button of each name is on: the user's, or the one that was, unless it says no where another does not.
    fn radios(&self, fields: &BTreeMap<String, String>) -> BTreeSet<usize> {
        let mut groups: BTreeMap<&str, Vec<(usize, &Control)>> = BTreeMap::new();
        for (place, control) in self.controls.iter().enumerate() {
            if let Kind::Radio { .. } = control.kind {
                groups.entry(&control.name).or_default().push((place, control));
            }
        }
        let denies = |control: &Control| Button::default().intent("", &control.value) == Intent::Denies;
        let is_on = |control: &Control| control.kind == Kind::Radio { checked: true };
        let choose = |(name, group): (&str, Vec<(usize, &Control)>)| {
            let first = |wanted: &dyn Fn(&Control) -> bool| {
                group.iter().find(|(_, control)| wanted(control)).map(|(place, _)| *place)
            };
            let given = fields.get(name);
            let may_stay_off = !group.iter().any(|(_, c)| c.required || is_on(c) || denies(c));
            first(&|control| given == Some(&control.value))
                .or_else(|| first(&|control| is_on(control) && !denies(control)))
                .or_else(|| first(&|control| !may_stay_off && !denies(control)))
        };
        groups.into_iter().filter_map(choose).collect()
    }
}

/// The URL of `action` on the page, for a request.
fn resolve(page: &Url, base: Option<&str>, action: Option<&str>) -> Result<Url, Cannot> {
    let mut url = match action.map(str::trim).filter(|action| !action.is_empty()) {
        None => page.clone(),
        Some(action) => {
            let base = base.and_then(|base| page.join(base).ok());
            let unresolved = |_| Cannot::Address(action.to_owned());
            base.as_ref().unwrap_or(page).join(action).map_err(unresolved)?
        }
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Cannot::Address(url.into()));
    }
    url.set_fragment(None);
    Ok(url)
}

/// A text with the line breaks that forms are sent with.
fn line_breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n")
}

#[cfg(test)]
mod tests;
