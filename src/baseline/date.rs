//! Days, as `2027-01-31` (RFC 3339, full-date), in UTC.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

/// A day. The order of days is that of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Date {
    year: u32,
    month: u32,
    day: u32,
}

/// Now, in seconds since 1970.
pub fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Date {
    /// The day of a time in seconds since 1970.
    pub(super) fn of(seconds: u64) -> Self {
        let mut date = Self { year: 1970, month: 1, day: 1 };
        let mut days = seconds / (24 * 60 * 60);
        while days >= u64::from(length(date.year, date.month)) {
            days -= u64::from(length(date.year, date.month));
            date.month += 1;
            if date.month > 12 {
                date = Self { year: date.year + 1, month: 1, day: 1 };
            }
        }
        date.day += u32::try_from(days).unwrap_or_default();
        date
    }

    /// The day that is written like this; none where there is no such day.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let part = |range: std::ops::Range<usize>| {
            let digits = text.get(range)?;
            digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let is_dashed = text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-");
        let date = Self { year: part(0..4)?, month: part(5..7)?, day: part(8..10)? };
        let is_day =
            (1..=12).contains(&date.month) && (1..=length(date.year, date.month)).contains(&date.day);
        (is_dashed && is_day).then_some(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The number of days in a month.
fn length(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_days() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_709_251_200, "2024-03-01"),
            (1_795_564_800, "2026-11-25"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(Date::of(seconds).to_string(), date);
            assert_eq!(Date::parse(date), Some(Date::of(seconds)));
        }
    }

    #[test]
    fn not_everything_is_a_day() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-32",
            "2026-1-1",
            "20260101",
            "+026-01-01",
            "2026-01-01T",
            "2026/01/01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2026-12-31") < Date::parse("2027-01-01"));
    }
}
