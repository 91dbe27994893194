//! As much of a line as fits, with what is wrong in it.
//!
//! Of `{"a":1,…300 columns…,"issuer":"x","z":2}` and the span of `"x"`, sixty columns show `…"issuer":"x",…`.

use std::ops::Range;

use crate::report::escape;

/// Bytes of a line that are looked at on each side of a span; far more than any terminal shows.
const REACH: usize = 1500;
/// Characters before a span that may hold the name of what it is.
const NAME: usize = 32;
/// What stands for what is cut off.
pub(super) const CUT: &str = "…";

/// As much of one line as fits.
pub(super) struct Window {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// One character, or one byte that is none, as it is shown.
struct Cell {
    shown: String,
    at: usize,
    delimits: bool,
}

impl Window {
    pub(super) fn of(raw: &[u8], line: Range<usize>, span: Range<usize>, room: usize) -> Self {
        let near = line.start.max(span.start.saturating_sub(REACH))..line.end.min(span.start + REACH);
        let near = boundary(raw, near.start)..boundary(raw, near.end).max(span.start);
        let cells = cells(&raw[near.clone()], near.start);
        let index = |at: usize| cells.iter().position(|cell| cell.at >= at).unwrap_or(cells.len());
        let (first, last) = (index(span.start), index(span.end));
        let widths: Vec<usize> = cells.iter().map(|cell| cell.shown.chars().count()).collect();
        let fits = |range: Range<usize>| widths[range].iter().sum::<usize>() <= room.saturating_sub(2);
        let mut shown = 0..cells.len();
        let whole = near == line && widths.iter().sum::<usize>() <= room;
        if !whole {
            // What is wrong is most often a value, and its name is what says which.
            let name = (first.saturating_sub(NAME)..first).rev().take_while(|at| !cells[*at].delimits);
            shown = around(first..last, cells.len(), name.last().unwrap_or(first), fits);
            // A member that begins within the window is a better start than the middle of another.
            if shown.start > 0
                && let Some(comma) = (shown.start..first).find(|at| cells[*at].delimits)
            {
                shown.start = comma + 1;
            }
            if shown.end < cells.len()
                && let Some(comma) = (last..shown.end).rev().find(|at| cells[*at].delimits)
            {
                shown.end = comma + 1;
            }
        }
        let cut_left = shown.start > 0 || near.start > line.start;
        let cut_right = shown.end < cells.len() || near.end < line.end;
        let mut window = Self { text: String::new(), span: 0..0 };
        if cut_left {
            window.text.push_str(CUT);
        }
        for at in shown.clone() {
            if at == first {
                window.span.start = window.text.len();
            }
            window.text.push_str(&cells[at].shown);
            if at < last {
                window.span.end = window.text.len();
            }
        }
        if first >= shown.end {
            window.span.start = window.text.len();
        }
        if last > shown.end && cut_right {
            window.text.push_str(CUT);
            window.span.end = window.text.len();
        } else if cut_right {
            window.text.push_str(CUT);
        }
        window.span.end = window.span.end.max(window.span.start);
        window
    }
}

/// The longest run of cells that fits and holds `span`, or its start: from `name` on first, then both ways.
fn around(
    span: Range<usize>,
    count: usize,
    name: usize,
    fits: impl Fn(Range<usize>) -> bool,
) -> Range<usize> {
    let mut shown = span.start..span.start;
    while shown.end < span.end && fits(shown.start..shown.end + 1) {
        shown.end += 1;
    }
    while shown.start > name && fits(shown.start - 1..shown.end) {
        shown.start -= 1;
    }
    loop {
        let before = shown.start > 0 && fits(shown.start - 1..shown.end);
        shown.start -= usize::from(before);
        let after = shown.end < count && fits(shown.start..shown.end + 1);
        shown.end += usize::from(after);
        if !before && !after {
            return shown;
        }
    }
}

/// The first byte of the character that holds `at`.
fn boundary(raw: &[u8], at: usize) -> usize {
    let continues = |at: usize| raw.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    (at.saturating_sub(3)..=at).rev().find(|at| !continues(*at)).unwrap_or(at)
}

fn cells(raw: &[u8], offset: usize) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut at = offset;
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut shown = String::new();
            escape::push(&mut shown, c);
            cells.push(Cell { shown, at, delimits: c == ',' });
            at += c.len_utf8();
        }
        for byte in chunk.invalid() {
            let mut shown = String::new();
            escape::push_byte(&mut shown, *byte);
            cells.push(Cell { shown, at, delimits: false });
            at += 1;
        }
    }
    // A carriage return at the end of a line and tabs before its first word say nothing.
    if cells.last().is_some_and(|cell| cell.shown == "\\r") {
        cells.pop();
    }
    for cell in cells.iter_mut().take_while(|cell| cell.shown == "\\t" || cell.shown == " ") {
        if cell.shown == "\\t" {
            cell.shown = "  ".to_owned();
        }
    }
    cells
}
