//! What a searcher knows of a child, and the least they must know before a search runs.

use chrono::{Datelike, Months, NaiveDate};

use super::{
    places::{PostcodeText, read_postcode},
    profiles::ExactIdentifier,
};
use crate::domain::sex::Sex;

/// A date as somebody gave it: its parts are in range, but the whole need not exist (31 February), because most of a
/// wrong date is still right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueriedDate {
    year: u16,
    month: u8,
    day: u8,
}

impl QueriedDate {
    /// Years accepted, first and last.
    pub const YEARS: (u16, u16) = (1900, 2100);

    /// A date of these parts, or `None` where a part is out of any range: year outside [`Self::YEARS`], month or
    /// day 0 or above 31. A month of 13 to 31 is kept, because day and month may stand in each other's place.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let (first, last) = Self::YEARS;
        let in_range = (first..=last).contains(&year) && (1..=31).contains(&month) && (1..=31).contains(&day);
        // Two parts above 12 leave no reading with a month in it.
        (in_range && (month <= 12 || day <= 12)).then_some(QueriedDate { year, month, day })
    }

    /// Reads `YYYY-MM-DD`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str, length| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        if parts.next().is_some() || !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month as written; above 12 only where day and month were taken for each other.
    pub fn month(self) -> u8 {
        self.month
    }

    /// The day of the month as written.
    pub fn day(self) -> u8 {
        self.day
    }

    /// The calendar date, where there is one.
    pub fn calendar(self) -> Option<NaiveDate> {
        NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), u32::from(self.day))
    }
}

impl std::fmt::Display for QueriedDate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl From<NaiveDate> for QueriedDate {
    fn from(date: NaiveDate) -> Self {
        QueriedDate {
            year: u16::try_from(date.year()).unwrap_or(0),
            month: u8::try_from(date.month()).unwrap_or(0),
            day: u8::try_from(date.day()).unwrap_or(0),
        }
    }
}

/// What is known of the date of birth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BirthCriterion {
    /// One date.
    On(QueriedDate),
    /// Between two dates, both included; the first is not after the second.
    Between(NaiveDate, NaiveDate),
    /// An age in whole years as of a day.
    Age {
        /// Whole years.
        years: u8,
        /// The day on which the child is that old.
        on: NaiveDate,
    },
}

impl BirthCriterion {
    /// First and last day of birth this allows, taken literally. `None` for a date that does not exist.
    pub fn range(&self) -> Option<(NaiveDate, NaiveDate)> {
        match *self {
            BirthCriterion::On(date) => date.calendar().map(|day| (day, day)),
            BirthCriterion::Between(first, last) => Some((first, last)),
            BirthCriterion::Age { years, on } => {
                let youngest = on.checked_sub_months(Months::new(12 * u32::from(years)))?;
                let oldest = on.checked_sub_months(Months::new(12 * (u32::from(years) + 1)))?.succ_opt()?;
                Some((oldest, youngest))
            }
        }
    }

    /// Whether this narrows birth to twelve months or less: a date, an age, or a short range.
    pub(super) fn within_a_year(&self) -> bool {
        match *self {
            BirthCriterion::On(_) | BirthCriterion::Age { .. } => true,
            BirthCriterion::Between(first, last) => {
                first.checked_add_months(Months::new(12)).is_some_and(|limit| first <= last && last <= limit)
            }
        }
    }
}

/// What is known of the postcode, current or former.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PostcodeCriterion {
    /// A well-formed postcode, upper case with one space.
    Full(String),
    /// The first half alone, such as `BA14`.
    Outward(String),
    /// Letters and digits that are no postcode, upper case without spaces; kept because one wrong character leaves
    /// the rest right.
    Partial(String),
}

impl PostcodeCriterion {
    /// What was given, in comparable form.
    pub fn text(&self) -> &str {
        match self {
            Self::Full(text) | Self::Outward(text) | Self::Partial(text) => text,
        }
    }

    /// Reads what a person typed. `None` where nothing comparable is left: empty, or a pseudo-postcode (`ZZ99 …`),
    /// which stands for an address state and not for a place.
    pub fn read(text: &str) -> Option<Self> {
        Some(match read_postcode(text)? {
            PostcodeText::Full { outward, inward } => PostcodeCriterion::Full(format!("{outward} {inward}")),
            PostcodeText::Outward(outward) => PostcodeCriterion::Outward(outward),
            PostcodeText::Broken(text) => PostcodeCriterion::Partial(text),
        })
    }
}

/// One search: everything the searcher knows, as they know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchQuery {
    /// Family name as heard.
    pub family_name: Option<String>,
    /// Given names as heard; an initial is enough to match on, not to search by.
    pub given_name: Option<String>,
    /// Date, range or age.
    pub birth: Option<BirthCriterion>,
    /// Sex.
    pub sex: Option<Sex>,
    /// Postcode, whole, half or mistyped.
    pub postcode: Option<PostcodeCriterion>,
    /// An identifier the caller may read, in its stored form.
    pub identifier: Option<ExactIdentifier>,
    /// How many hits to return at most; see [`SearchQuery::DEFAULT_LIMIT`] and [`SearchQuery::MAX_LIMIT`].
    pub limit: usize,
}

impl Default for SearchQuery {
    fn default() -> Self {
        SearchQuery {
            family_name: None,
            given_name: None,
            birth: None,
            sex: None,
            postcode: None,
            identifier: None,
            limit: Self::DEFAULT_LIMIT,
        }
    }
}

impl SearchQuery {
    /// Hits returned where the caller names no limit.
    pub const DEFAULT_LIMIT: usize = 10;
    /// The most hits a caller may ask for.
    pub const MAX_LIMIT: usize = 25;

    /// Whether this query uses a field that a shielded record hides, so that the answer must carry the constant
    /// advice to search again by name and date of birth only.
    pub fn uses_hideable_field(&self) -> bool {
        self.postcode.is_some() || self.identifier.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    fn on(text: &str) -> Option<BirthCriterion> {
        Some(BirthCriterion::On(QueriedDate::parse(text).unwrap()))
    }

    fn named(family: &str, given: &str) -> SearchQuery {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        SearchQuery { family_name: some(family), given_name: some(given), ..SearchQuery::default() }
    }

    fn postcode(text: &str) -> Option<PostcodeCriterion> {
        PostcodeCriterion::read(text)
    }

    #[test]
    fn impossible_dates_are_kept_and_nonsense_is_not() {
        assert_eq!(QueriedDate::parse("2015-02-31").unwrap().calendar(), None);
        assert_eq!(QueriedDate::parse("2015-25-02").unwrap().month(), 25);
        for text in ["2015-25-13", "2015-00-02", "2015-02-00", "2015-2-3", "15-02-03", "2015-02-03-1", "2O15-02-03", ""]
        {
            assert_eq!(QueriedDate::parse(text), None, "{text}");
        }
        assert_eq!(QueriedDate::from(day(2015, 3, 2)).calendar(), Some(day(2015, 3, 2)));
    }

    #[test]
    fn an_age_is_a_range_of_birthdays() {
        let seven = BirthCriterion::Age { years: 7, on: day(2024, 2, 29) };
        assert_eq!(seven.range(), Some((day(2016, 3, 1), day(2017, 2, 28))));
        let infant = BirthCriterion::Age { years: 0, on: day(2024, 6, 1) };
        assert_eq!(infant.range(), Some((day(2023, 6, 2), day(2024, 6, 1))));
    }

    #[test]
    fn hideable_fields_are_postcode_and_identifier() {
        assert!(!SearchQuery { birth: on("2015-03-02"), ..named("Okafor", "Chidera") }.uses_hideable_field());
        assert!(SearchQuery { postcode: postcode("BA14"), ..named("Okafor", "") }.uses_hideable_field());
        let identifier = Some(ExactIdentifier::new("upn", "H801200001001"));
        assert!(SearchQuery { identifier, ..named("", "") }.uses_hideable_field());
    }
}
