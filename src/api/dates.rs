//! Days in bodies: `YYYY-MM-DD` and nothing else, where the calendar's own reader would also take `2015-3-2`.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

use crate::domain::texts::serde_by_text;

/// A day of the years 1900 to 2100. In documents it is a [`NaiveDate`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub NaiveDate);

/// A text that is no day. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a date of the years 1900 to 2100, YYYY-MM-DD")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let day: NaiveDate = text.parse().map_err(|_| NotADay)?;
        let one_spelling = day.to_string() == text;
        if one_spelling && (1900..=2100).contains(&day.year()) { Ok(Self(day)) } else { Err(NotADay) }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

serde_by_text!(Day);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_one_spelling() {
        assert_eq!("2015-03-02".parse::<Day>().unwrap().to_string(), "2015-03-02");
        assert!("2016-02-29".parse::<Day>().is_ok());
        for wrong in ["2015-3-2", "2015-02-29", " 2015-03-02", "+2015-03-02", "1899-12-31", "2101-01-01", "", "soon"] {
            assert_eq!(wrong.parse::<Day>(), Err(NotADay), "{wrong}");
        }
    }
}
