//! What a browser without scripts and without a screen sees of an HTML page: its forms, its title, where it goes next.
//!
//! Only tags are read (WHATWG HTML, 13.2.5), no tree is built. Without scripts, what stands in `noscript` counts.

use html5gum::{StartTag, State, Token, Tokenizer};

use super::button::Button;
use super::form::{Control, Form, Kind};

/// Forms and controls that are read. A page with more is none that a user would fill in.
const FORMS: usize = 100;
const CONTROLS: usize = 2000;

/// Characters of a title that are kept.
const TITLE: usize = 200;

/// A page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// On one line.
    pub title: Option<String>,
    /// Of the first `base` that has one: what addresses on the page are relative to.
    pub base: Option<String>,
    /// Where the page goes by itself, as written.
    pub refresh: Option<String>,
    /// In their order.
    pub forms: Vec<Form>,
}

impl Page {
    /// Reads any bytes, as UTF-8.
    pub fn read(html: &[u8]) -> Self {
        let mut reader = Reader::default();
        let mut tokenizer = Tokenizer::new(html);
        while let Some(Ok(token)) = tokenizer.next() {
            match token {
                Token::StartTag(tag) => {
                    if let Some(state) = text_state(&tag.name) {
                        tokenizer.set_state(state);
                    }
                    reader.start(&tag);
                }
                Token::EndTag(tag) => reader.end(&tag.name),
                Token::String(text) => reader.text(&text),
                _ => {}
            }
        }
        reader.finish()
    }
}

/// How the text in an element is read where no tags count in it.
fn text_state(name: &[u8]) -> Option<State> {
    if name == b"noscript" { None } else { html5gum::naive_next_state(name) }
}

/// Which form a control belongs to.
enum Owner {
    Place(usize),
    Id(String),
}

/// An element whose text is being gathered.
enum Open {
    Title,
    Button,
    Textarea,
    Choice,
}

#[derive(Default)]
struct Reader {
    page: Page,
    ids: Vec<Option<String>>,
    form: Option<usize>,
    controls: Vec<(Owner, Control)>,
    open: Option<(Open, String)>,
    /// Whether options go to the last control.
    select: bool,
    /// How deep inside `template`, whose content is not there yet.
    templates: usize,
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name: &[u8] = &tag.name;
        if name == b"template" {
            self.templates += 1;
        }
        if self.templates > 0 {
            return;
        }
        match name {
            b"title" if self.page.title.is_none() => self.gather(Open::Title),
            b"base" if self.page.base.is_none() => self.page.base = attribute(tag, "href"),
            b"meta" if self.page.refresh.is_none() => self.page.refresh = refresh(tag),
            // A form inside a form is not one.
            b"form" if self.form.is_none() && self.page.forms.len() < FORMS => {
                self.form = Some(self.page.forms.len());
                self.ids.push(attribute(tag, "id"));
                self.page.forms.push(Form {
                    action: attribute(tag, "action"),
                    method: word(tag, "method"),
                    enctype: word(tag, "enctype"),
                    controls: Vec::new(),
                });
            }
            b"input" => {
                self.control(tag, input(tag), None);
            }
            b"button" if matches!(word(tag, "type").as_str(), "reset" | "button") => {}
            b"button" => {
                self.control(tag, Kind::Button(button(tag, false)), Some(Open::Button));
            }
            b"textarea" => {
                self.control(tag, Kind::Text { password: false }, Some(Open::Textarea));
            }
            b"select" => {
                let multiple = attribute(tag, "multiple").is_some();
                self.select = self.control(tag, Kind::Select { multiple, options: Vec::new() }, None);
            }
            b"option" => self.option(tag),
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        match name {
            b"template" => self.templates = self.templates.saturating_sub(1),
            _ if self.templates > 0 => {}
            b"form" => self.form = None,
            b"select" => {
                self.close();
                self.select = false;
            }
            b"title" | b"button" | b"textarea" | b"option" => self.close(),
            _ => {}
        }
    }

    fn text(&mut self, text: &[u8]) {
        if let Some((_, gathered)) = &mut self.open {
            gathered.push_str(&String::from_utf8_lossy(text));
        }
    }

    fn gather(&mut self, what: Open) {
        self.close();
        self.open = Some((what, String::new()));
    }

    fn close(&mut self) {
        let Some((what, text)) = self.open.take() else { return };
        if let Open::Title = what {
            self.page.title = Some(one_line(&text, TITLE)).filter(|title| !title.is_empty());
            return;
        }
        let Some((_, control)) = self.controls.last_mut() else { return };
        match (what, &mut control.kind) {
            (Open::Button, Kind::Button(button)) => button.text = text,
            // The first line break after the tag is not content.
            (Open::Textarea, Kind::Text { .. }) => control.value = text.trim_start_matches('\n').to_owned(),
            (Open::Choice, Kind::Select { options, .. }) => {
                if let Some((value @ None, _)) = options.last_mut() {
                    *value = Some(one_line(&text, usize::MAX));
                }
            }
            _ => {}
        }
    }

    /// Adds a control, unless it is of no form, switched off or one too many; says whether it did.
    fn control(&mut self, tag: &StartTag<()>, kind: Kind, gathers: Option<Open>) -> bool {
        self.close();
        self.select = false;
        let owner = match attribute(tag, "form") {
            Some(id) => Some(Owner::Id(id)),
            None => self.form.map(Owner::Place),
        };
        let Some(owner) = owner else { return false };
        if attribute(tag, "disabled").is_some() || self.controls.len() == CONTROLS {
            return false;
        }
        let required = attribute(tag, "required").is_some() || word(tag, "aria-required") == "true";
        let value = attribute(tag, "value");
        let value = match kind {
            Kind::Checkbox { .. } | Kind::Radio { .. } => value.unwrap_or_else(|| "on".to_owned()),
            // A field of one line has no line breaks.
            Kind::Text { .. } => value.unwrap_or_default().replace(['\r', '\n'], ""),
            _ => value.unwrap_or_default(),
        };
        let name = attribute(tag, "name").unwrap_or_default();
        self.controls.push((owner, Control { name, value, required, kind }));
        self.open = gathers.map(|what| (what, String::new()));
        true
    }

    fn option(&mut self, tag: &StartTag<()>) {
        self.close();
        let last = self.controls.last_mut().map(|(_, control)| &mut control.kind);
        let (true, Some(Kind::Select { options, .. })) = (self.select, last) else { return };
        if options.len() < CONTROLS && attribute(tag, "disabled").is_none() {
            options.push((attribute(tag, "value"), attribute(tag, "selected").is_some()));
            self.gather(Open::Choice);
        }
    }

    fn finish(mut self) -> Page {
        self.close();
        for (owner, control) in self.controls {
            let place = match owner {
                Owner::Place(place) => Some(place),
                Owner::Id(id) => self.ids.iter().position(|known| known.as_deref() == Some(id.as_str())),
            };
            if let Some(form) = place.and_then(|place| self.page.forms.get_mut(place)) {
                form.controls.push(control);
            }
        }
        self.page
    }
}

fn input(tag: &StartTag<()>) -> Kind {
    let checked = attribute(tag, "checked").is_some();
    match word(tag, "type").as_str() {
        "hidden" => Kind::Hidden,
        "password" => Kind::Text { password: true },
        "checkbox" => Kind::Checkbox { checked },
        "radio" => Kind::Radio { checked },
        "submit" => Kind::Button(button(tag, false)),
        "image" => Kind::Button(button(tag, true)),
        "button" | "reset" | "file" => Kind::Nothing,
        _ => Kind::Text { password: false },
    }
}

fn button(tag: &StartTag<()>, image: bool) -> Button {
    let labels = ["aria-label", "alt", "title"].iter().filter_map(|name| attribute(tag, name));
    Button {
        text: String::new(),
        label: labels.collect::<Vec<_>>().join(" "),
        action: attribute(tag, "formaction"),
        method: attribute(tag, "formmethod").map(|method| method.to_ascii_lowercase()),
        enctype: attribute(tag, "formenctype").map(|enctype| enctype.to_ascii_lowercase()),
        image,
    }
}

/// The URL of `<meta http-equiv="refresh" content="0; url=…">`. One without a URL loads the page again, which leads
/// nowhere.
fn refresh(tag: &StartTag<()>) -> Option<String> {
    if word(tag, "http-equiv") != "refresh" {
        return None;
    }
    let content = attribute(tag, "content")?;
    let rest = content.trim_start().trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let rest = rest.trim_start().strip_prefix([';', ','])?.trim();
    let url = match rest.get(..3) {
        Some(key) if key.eq_ignore_ascii_case("url") => {
            rest[3..].trim_start().strip_prefix('=').map_or(rest, str::trim_start)
        }
        _ => rest,
    };
    let url = match url.chars().next() {
        Some(quote @ ('"' | '\'')) => url[1..].split(quote).next().unwrap_or_default(),
        _ => url,
    };
    Some(url.to_owned()).filter(|url| !url.is_empty())
}

fn attribute(tag: &StartTag<()>, name: &str) -> Option<String> {
    let value = tag.attributes.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}

/// An attribute whose value is a keyword.
fn word(tag: &StartTag<()>, name: &str) -> String {
    attribute(tag, name).unwrap_or_default().trim().to_ascii_lowercase()
}

/// Text with single spaces, and at most so many characters.
pub(super) fn one_line(text: &str, at_most: usize) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(at_most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(form: &Form) -> Vec<&str> {
        form.controls.iter().map(|control| control.name.as_str()).collect()
    }

    #[test]
    fn reads_title_base_and_refresh() {
        let page = Page::read(
            b"<title>\n Sign  in &amp; go </title><base><base href='/b/'><svg><title>No</title></svg>\
              <meta http-equiv=Refresh content=\"0;URL='/next?a=1&amp;b=2'\">",
        );
        assert_eq!(page.title.as_deref(), Some("Sign in & go"));
        assert_eq!(page.base.as_deref(), Some("/b/"));
        assert_eq!(page.refresh.as_deref(), Some("/next?a=1&b=2"));
    }

    #[test]
    fn refresh_as_it_is_written() {
        for (content, url) in [
            ("0;url=/a", Some("/a")),
            (" 5.5 , /a", Some("/a")),
            ("0; url = /a", Some("/a")),
            ("1;urlx", Some("urlx")),
            ("300", None),
            ("0;", None),
            ("0;url=''", None),
            ("0;é", Some("é")),
            ("", None),
        ] {
            let page = Page::read(format!("<meta http-equiv=refresh content=\"{content}\">").as_bytes());
            assert_eq!(page.refresh.as_deref(), url, "{content}");
        }
    }

    #[test]
    fn gives_each_control_to_its_form() {
        let page = Page::read(
            b"<input name=lost><form id=one action=/a method=POST><table><input name=a><form action=/no><input name=b>\
              </table></form><input name=lost><form id=two><input name=c><input name=d form=one>\
              <input name=off disabled><input name=lost form=none></form>",
        );
        assert_eq!(page.forms.len(), 2);
        assert_eq!((page.forms[0].action.as_deref(), page.forms[0].method.as_str()), (Some("/a"), "post"));
        assert_eq!(names(&page.forms[0]), ["a", "b", "d"]);
        assert_eq!(names(&page.forms[1]), ["c"]);
    }

    #[test]
    fn scripts_and_templates_are_not_there_and_noscript_is() {
        let page = Page::read(
            b"<script>'<form>'</script><template><form></form></template><textarea><form></textarea>\
              <!--<form>--><noscript><form><button>Go on</button></form></noscript>",
        );
        assert_eq!(page.forms.len(), 1);
        let Kind::Button(button) = &page.forms[0].controls[0].kind else { panic!("no button") };
        assert_eq!(button.text, "Go on");
    }

    #[test]
    fn reads_choices_and_texts() {
        let page = Page::read(
            b"<form><select name=s><option value=1>One<option selected> Two  2 </select>\
              <textarea name=t>\nA\nB</textarea></form>",
        );
        let [select, text] = &page.forms[0].controls[..] else { panic!("not two") };
        let options = vec![(Some("1".to_owned()), false), (Some("Two 2".to_owned()), true)];
        assert_eq!(select.kind, Kind::Select { multiple: false, options });
        assert_eq!(text.value, "A\nB");
    }

    #[test]
    fn reads_so_much_and_no_more() {
        assert_eq!(Page::read("<form></form>".repeat(FORMS + 1).as_bytes()).forms.len(), FORMS);
        let page = Page::read(format!("<form>{}", "<input>".repeat(CONTROLS + 1)).as_bytes());
        assert_eq!(page.forms[0].controls.len(), CONTROLS);
        assert_eq!(Page::read(b"\xff<title>\xff").title.as_deref(), Some("\u{fffd}"));
    }
}
