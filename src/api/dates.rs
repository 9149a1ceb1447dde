//! Days and instants in bodies: `YYYY-MM-DD` and nothing else, where the calendar's own reader would also take `2015-3-2`, and
//! RFC 3339.

use std::fmt;
use std::str::FromStr;

use chrono::{Datelike as _, NaiveDate};

use crate::domain::instants::Instant;
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

/// An instant in a body: RFC 3339, with any offset, of the years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Instant);

/// A text that is no instant. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an instant as in RFC 3339, such as 2026-11-01T00:00:00Z")]
pub struct NotAMoment;

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let at = Instant::parse(text).ok_or(NotAMoment)?;
        if (0..=10_000).contains(&at.to_utc().year()) { Ok(Self(at)) } else { Err(NotAMoment) }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

serde_by_text!(Moment);

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

    #[test]
    fn an_instant_is_one_that_a_calendar_has() {
        for good in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999-00:01", "2026-06-30T23:59:60Z"] {
            assert!(good.parse::<Moment>().is_ok(), "{good}");
        }
        for bad in ["", "2026-02-30T00:00:00Z", "2026-11-01T25:00:00Z", "now", "1763596800"] {
            assert_eq!(bad.parse::<Moment>(), Err(NotAMoment), "{bad}");
        }
    }
}
