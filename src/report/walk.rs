//! The walk of `discover`, for a person and as JSON.
//!
//! ```text
//! 1 ✓ An MCP request without a token
//!     POST http://127.0.0.1:8080/mcp
//!     → 401 with WWW-Authenticate (initialize)
//!       Bearer scope  mcp:tools
//! ```
//!
//! Text that a stranger sent is escaped, lists and long values are cut, and prose is folded at 80 columns.

use std::fmt::Write as _;

use owo_colors::Style;
use serde_json::Value;

use super::escape;
use crate::discover::{Read, Standing, Step, Try, Walk};

const WIDTH: usize = 80;
/// Characters of a value, and members of a list, that are shown at the most.
const LONGEST: usize = 300;
/// Words of a sentence that are shown at the most.
const WORDS: usize = 200;
const MOST: usize = 12;

/// The walk as JSON, indented, with a newline at its end.
pub fn json(walk: &Walk) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string_pretty(walk)? + "\n")
}

/// The JSON Schema of the walk.
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Walk)
}

/// The walk in numbered steps, and where it led.
pub fn human(walk: &Walk, colour: bool) -> String {
    let mut page = Page { text: String::new(), colour };
    page.fold("", "", &format!("Walking from {}", walk.target), Style::new().bold());
    for (index, step) in walk.steps.iter().enumerate() {
        page.text.push('\n');
        page.step(index + 1, step);
    }
    page.text.push('\n');
    match &walk.broke {
        Some(broke) => {
            let title = walk.steps.get(broke.step.saturating_sub(1)).map_or("", |step| step.title.as_str());
            let breaks = format!("The walk breaks at step {}: {title}", broke.step);
            page.fold("", "", &breaks, Style::new().red().bold());
        }
        None => {
            for server in &walk.authorization_servers {
                let arrived = format!("Arrived at the authorization server {}", server.issuer);
                page.fold("", "", &arrived, Style::new().green().bold());
            }
        }
    }
    if walk.insecure {
        let note = "INSECURE: certificates were not verified (--insecure), so anybody may have answered.";
        page.fold("", "", note, Style::new().red().bold());
    }
    if let Some(note) = &walk.note {
        page.fold("", "", note, Style::new());
    }
    escape::in_log(&page.text, escape::PLAIN).into_owned()
}

struct Page {
    text: String,
    colour: bool,
}

impl Page {
    fn step(&mut self, number: usize, step: &Step) {
        let (mark, style) = if step.ok { ("✓", Style::new().green()) } else { ("✗", Style::new().red()) };
        let first = format!("{number} {} ", self.styled(mark, style));
        self.fold(&first, "    ", &step.title, Style::new().bold());
        for tried in &step.tries {
            self.tried(tried);
        }
        let width = step.read.iter().map(|read| read.what.chars().count()).max().unwrap_or_default().min(40);
        for read in &step.read {
            self.read(read, width);
        }
        for (index, problem) in step.problems.iter().enumerate() {
            // The last one is why, where the step failed.
            let broke = !step.ok && index + 1 == step.problems.len();
            let style = if broke { Style::new().red() } else { Style::new().yellow() };
            let mark = self.styled(if broke { "✗" } else { "!" }, style);
            self.fold(&format!("    {mark} "), "      ", problem, Style::new());
        }
    }

    /// What was asked, and below it what came.
    fn tried(&mut self, tried: &Try) {
        let dimmed = match tried.standing {
            Standing::NotNeeded | Standing::NotSent => Style::new().dimmed(),
            Standing::Counts | Standing::Passed => Style::new(),
        };
        let Some(url) = &tried.url else {
            return self.fold("    ", "      ", &format!("not asked: {}", tried.found), dimmed);
        };
        self.fold("    ", "    ", &format!("{} {url}", tried.method), dimmed);
        let came = match (&tried.status, &tried.error) {
            (Some(status), _) => format!("{status} {}", tried.found),
            (None, Some(error)) => error.clone(),
            (None, None) => tried.found.clone(),
        };
        let end = if tried.standing == Standing::NotNeeded { "; not needed" } else { "" };
        let came = format!("{came} ({}){end}", tried.place);
        let arrow = self.styled("→", dimmed);
        self.fold(&format!("    {arrow} "), "      ", &came, dimmed);
    }

    fn read(&mut self, read: &Read, width: usize) {
        let what = cut(&read.what);
        let padding = " ".repeat(width.saturating_sub(what.chars().count()));
        let what = self.styled(&what, Style::new().cyan());
        let _ = writeln!(self.text, "      {what}{padding}  {}", value(&read.value, width + 8));
    }

    /// Writes `prose` after `first`, and its further lines after `rest`, broken between words only.
    fn fold(&mut self, first: &str, rest: &str, prose: &str, style: Style) {
        let room = WIDTH.saturating_sub(rest.chars().count());
        let mut line = String::new();
        let mut lines = Vec::new();
        for word in prose.split(' ').take(WORDS).map(cut) {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
        lines.push(line);
        for (index, line) in lines.iter().enumerate() {
            let indent = if index == 0 { first } else { rest };
            let _ = writeln!(self.text, "{indent}{}", self.styled(line, style));
        }
    }

    fn styled(&self, text: &str, style: Style) -> String {
        if self.colour { style.style(text).to_string() } else { text.to_owned() }
    }
}

/// A value as a person reads it: strings bare, a list one item a line with `indent` before it.
fn value(value: &Value, indent: usize) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => cut(text),
        Value::Array(items) if items.is_empty() => "(an empty list)".to_owned(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let texts = items.iter().take(MOST).filter_map(Value::as_str).map(cut);
            let more = (items.len() > MOST).then(|| format!("and {} more", items.len() - MOST));
            let separator = format!("\n{}", " ".repeat(indent));
            texts.chain(more).collect::<Vec<_>>().join(&separator)
        }
        other => cut(&other.to_string()),
    }
}

/// The beginning of a stranger's text, escaped.
fn cut(text: &str) -> String {
    let beginning: String = text.chars().take(LONGEST).collect();
    let more = text.chars().count().saturating_sub(LONGEST);
    let end = if more > 0 { format!("… ({more} more characters)") } else { String::new() };
    format!("{}{end}", escape::line(&beginning))
}
