//! Instants as microseconds since 1970 UTC, and the day they fall on in London.

use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveDate, SecondsFormat, Utc};
use chrono_tz::Europe::London;
use serde::{Serialize, Serializer};

/// An instant in microseconds since 1970-01-01T00:00:00Z; shown as RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

/// A second, in microseconds.
pub const SECOND: i64 = 1_000_000;
/// An hour, in microseconds.
pub const HOUR: i64 = 3_600 * SECOND;
/// A day of 24 hours, in microseconds.
pub const DAY: i64 = 24 * HOUR;

impl Instant {
    /// This instant in the calendar, or the start of 1970 where it lies beyond the calendar's range.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// The day in London on which this instant falls: birthdays, starts and ends are days there.
    #[must_use]
    pub fn day(self) -> NaiveDate {
        self.to_utc().with_timezone(&London).date_naive()
    }

    /// The instant `micros` later.
    #[must_use]
    pub fn plus(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The instant at which a day begins in UTC.
    #[must_use]
    pub fn start_of(day: NaiveDate) -> Self {
        Self(day.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_micros())
    }

    /// Reads RFC 3339 text with any offset.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text).ok().map(|at| Self(at.timestamp_micros()))
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_micros())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The day `years` after `date`; 29 February falls on 28 February in other years, a day before English law's reading
/// of such birthdays, so that a record closes rather early than late.
#[must_use]
pub fn years_after(date: NaiveDate, years: u32) -> NaiveDate {
    date.checked_add_months(Months::new(years.saturating_mul(12))).unwrap_or(NaiveDate::MAX)
}

/// Whole years from `born` to `day`; none where `day` comes first.
#[must_use]
pub fn whole_years(born: NaiveDate, day: NaiveDate) -> Option<u32> {
    day.years_since(born)
}

/// The number of a day since 1970, as budgets count them.
#[must_use]
pub fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_summer_midnight_belongs_to_the_london_day() {
        let at = Instant::parse("2026-06-30T23:30:00Z").unwrap();
        assert_eq!(at.day(), date("2026-07-01"));
        assert_eq!(Instant::parse("2026-12-31T23:30:00Z").unwrap().day(), date("2026-12-31"));
    }

    #[test]
    fn shown_as_rfc_3339_in_utc() {
        let at = Instant::parse("2026-06-30T23:30:00.25+01:00").unwrap();
        assert_eq!(at.to_string(), "2026-06-30T22:30:00.250Z");
        assert_eq!(Instant::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn years_are_counted_by_birthdays() {
        assert_eq!(years_after(date("2008-02-29"), 18), date("2026-02-28"));
        assert_eq!(whole_years(date("2008-11-23"), date("2026-11-22")), Some(17));
        assert_eq!(whole_years(date("2026-11-23"), date("2026-11-22")), None);
    }
}
