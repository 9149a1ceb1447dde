//! Half-years, by which indicators are frozen and reviewed.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, Months, NaiveDate};

use crate::domain::texts::serde_by_text;

/// Half a year, as `2026-H1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HalfYear {
    year: i32,
    second: bool,
}

/// A text that is no half-year. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be half a year of 2000 to 2099, such as 2026-H1")]
pub struct NotAHalfYear;

impl HalfYear {
    /// The one a day falls into.
    #[must_use]
    pub fn of(day: NaiveDate) -> Self {
        Self { year: day.year(), second: day.month() > 6 }
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year, if self.second { 7 } else { 1 }, 1).unwrap_or_default()
    }

    /// The day after its last.
    #[must_use]
    pub fn day_after(self) -> NaiveDate {
        self.first_day().checked_add_months(Months::new(6)).unwrap_or(NaiveDate::MAX)
    }

    /// The one before.
    #[must_use]
    pub fn before(self) -> Self {
        if self.second {
            Self { second: false, ..self }
        } else {
            Self { year: self.year.saturating_sub(1), second: true }
        }
    }

    /// The day on which its figures are reviewed: three months after it ended.
    #[must_use]
    pub fn review_on(self) -> NaiveDate {
        self.day_after().checked_add_months(Months::new(3)).unwrap_or(NaiveDate::MAX)
    }
}

impl FromStr for HalfYear {
    type Err = NotAHalfYear;

    fn from_str(text: &str) -> Result<Self, NotAHalfYear> {
        let (year, half) = text.split_once("-H").ok_or(NotAHalfYear)?;
        let digits = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
        let year: i32 = year.parse().map_err(|_| NotAHalfYear)?;
        let second = match half {
            "1" => false,
            "2" => true,
            _ => return Err(NotAHalfYear),
        };
        if digits && (2000..=2099).contains(&year) { Ok(Self { year, second }) } else { Err(NotAHalfYear) }
    }
}

impl fmt::Display for HalfYear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-H{}", self.year, if self.second { 2 } else { 1 })
    }
}

serde_by_text!(HalfYear);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_years_have_one_spelling() {
        let first: HalfYear = "2026-H1".parse().unwrap();
        assert_eq!(
            (first.first_day().to_string(), first.day_after().to_string()),
            ("2026-01-01".into(), "2026-07-01".into())
        );
        assert_eq!(
            (first.before().to_string(), first.review_on().to_string()),
            ("2025-H2".into(), "2026-10-01".into())
        );
        let of = |day: &str| HalfYear::of(day.parse().unwrap()).to_string();
        assert_eq!((of("2026-06-30"), of("2026-07-01")), ("2026-H1".into(), "2026-H2".into()));
        for wrong in ["2026-H3", "2026H1", "26-H1", "2026-h1", "1999-H1", "+026-H1", "", "2026-H1 "] {
            assert_eq!(wrong.parse::<HalfYear>(), Err(NotAHalfYear), "{wrong}");
        }
    }
}
