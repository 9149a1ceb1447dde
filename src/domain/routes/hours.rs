//! Opening hours as a compact text, in a subset of the syntax that OpenStreetMap uses for `opening_hours`.

use std::fmt;
use std::str::FromStr;

use crate::domain::texts::serde_by_text;

/// How long a text of opening hours may be, in bytes.
const LONGEST: usize = 200;

/// The minutes of a day.
pub(super) const DAY: u16 = 24 * 60;

/// When somebody can be reached, in the local time of England: hours for each day of the week, perhaps others for bank
/// holidays. Somebody is reachable at some time; hours that never open are refused.
///
/// The text is `24/7`, or rules joined by `;`, each of days and hours: `Mo-Fr 08:30-17:00; Sa 09:00-12:00; PH off`.
/// Days are `Mo Tu We Th Fr Sa Su`, ranges of them and `PH` (bank holidays), joined by commas; hours are up to four
/// spans joined by commas, or `off`. A later rule replaces an earlier one for the days it names; rules for `PH` decide
/// on bank holidays wherever they stand, and without one a bank holiday is a day like others. A span that ends before it
/// starts runs past midnight and belongs to the day on which it starts. Case does not matter. `Display` gives the one
/// canonical text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OpeningHours {
    /// From Monday.
    week: [Spans; 7],
    /// `None` where a bank holiday is a day like others.
    bank_holidays: Option<Spans>,
}

/// The spans that start on one day, in order, empty places last.
type Spans = [Option<Span>; 4];

/// Minutes after midnight from `start` until before `end`, which is later than [`DAY`] for a span past midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Span {
    pub(super) start: u16,
    pub(super) end: u16,
}

const CLOSED: Spans = [None; 4];
const ALL_DAY: Spans = [Some(Span { start: 0, end: DAY }), None, None, None];
const NINE_TO_FIVE: Spans = [Some(Span { start: 9 * 60, end: 17 * 60 }), None, None, None];
const WEEKDAYS: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

/// Why a text is not opening hours. Never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Longer than any real hours are.
    #[error("opening hours have at most {LONGEST} characters")]
    TooLong,
    /// One of the rules between semicolons cannot be read.
    #[error("rule {number} of the opening hours {fault}")]
    Rule {
        /// Which rule, counted from one.
        number: usize,
        /// What is wrong with it.
        fault: HoursFault,
    },
    /// Closed at all times.
    #[error("opening hours must open at some time")]
    NeverOpen,
}

/// What is wrong with one rule of opening hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HoursFault {
    /// No hours and no `off`.
    #[error("must end in hours such as 09:00-17:00, or in off")]
    NoHours,
    /// A day that is not known.
    #[error("must name its days as Mo, Tu, We, Th, Fr, Sa, Su or PH, as in Mo-Fr or Sa,PH")]
    Day,
    /// A time of day that does not exist.
    #[error("must write times as 08:30, from 00:00 to 24:00")]
    Time,
    /// Not a start and a later or next day's end.
    #[error("must write each span as 09:00-17:00, with two different times")]
    Span,
    /// More spans than a day can have here.
    #[error("may have at most four spans a day")]
    TooManySpans,
}

impl OpeningHours {
    /// `24/7`.
    pub const ALWAYS: Self = Self { week: [ALL_DAY; 7], bank_holidays: None };

    /// `Mo-Fr 09:00-17:00; PH off`.
    pub const OFFICE: Self = Self {
        week: [NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, NINE_TO_FIVE, CLOSED, CLOSED],
        bank_holidays: Some(CLOSED),
    };

    /// Reads opening hours.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        if text.len() > LONGEST {
            return Err(HoursError::TooLong);
        }
        let mut hours = Self { week: [CLOSED; 7], bank_holidays: None };
        for (number, rule) in (1..).zip(text.split(';')) {
            hours.apply(rule.trim()).map_err(|fault| HoursError::Rule { number, fault })?;
        }
        let days = hours.week.iter().chain(&hours.bank_holidays);
        if days.flatten().flatten().next().is_none() {
            return Err(HoursError::NeverOpen);
        }
        Ok(hours)
    }

    /// The spans that start on a day, by its number from Monday = 0 and whether it is a bank holiday.
    pub(super) fn spans(&self, weekday: usize, is_bank_holiday: impl FnOnce() -> bool) -> impl Iterator<Item = Span> {
        let usual = self.week.get(weekday).copied().unwrap_or(CLOSED);
        let spans = match self.bank_holidays {
            Some(spans) if is_bank_holiday() => spans,
            _ => usual,
        };
        spans.into_iter().flatten()
    }

    fn apply(&mut self, rule: &str) -> Result<(), HoursFault> {
        if rule == "24/7" {
            self.week = [ALL_DAY; 7];
            return Ok(());
        }
        let (days, spans) = match rule.find(|character: char| character.is_ascii_digit()) {
            Some(first_digit) => {
                let (days, times) = rule.split_at_checked(first_digit).ok_or(HoursFault::NoHours)?;
                (days, parse_spans(times)?)
            }
            None => (without_off(rule).ok_or(HoursFault::NoHours)?, CLOSED),
        };
        let days = days.trim();
        if days.is_empty() {
            self.week = [spans; 7];
            return Ok(());
        }
        days.split(',').try_for_each(|item| self.set(item.trim(), spans))
    }

    /// Gives the days of one item (`Mo`, `Mo-Fr`, `PH`) these spans.
    fn set(&mut self, item: &str, spans: Spans) -> Result<(), HoursFault> {
        if item.eq_ignore_ascii_case("PH") {
            self.bank_holidays = Some(spans);
            return Ok(());
        }
        let (first, last) = match item.split_once(is_dash) {
            Some((first, last)) => (weekday(first)?, weekday(last)?),
            None => (weekday(item)?, weekday(item)?),
        };
        // `Sa-Mo` runs over the end of the week.
        let wraps = first > last;
        for (day, place) in self.week.iter_mut().enumerate() {
            let named = if wraps { day >= first || day <= last } else { day >= first && day <= last };
            if named {
                *place = spans;
            }
        }
        Ok(())
    }
}

impl FromStr for OpeningHours {
    type Err = HoursError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

serde_by_text!(OpeningHours);

fn is_dash(character: char) -> bool {
    matches!(character, '-' | '\u{2013}')
}

/// What stands before a final `off` or `closed`.
fn without_off(rule: &str) -> Option<&str> {
    ["off", "closed"].iter().find_map(|word| {
        let (days, last) = rule.split_at_checked(rule.len().checked_sub(word.len())?)?;
        let apart = days.is_empty() || days.ends_with(char::is_whitespace);
        (apart && last.eq_ignore_ascii_case(word)).then_some(days)
    })
}

fn weekday(name: &str) -> Result<usize, HoursFault> {
    let name = name.trim();
    WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(name)).ok_or(HoursFault::Day)
}

fn parse_spans(text: &str) -> Result<Spans, HoursFault> {
    let mut spans = CLOSED;
    let mut places = spans.iter_mut();
    for item in text.split(',') {
        let (start, end) = item.split_once(is_dash).ok_or(HoursFault::Span)?;
        let (start, end) = (parse_time(start)?, parse_time(end)?);
        if start == end || start == DAY {
            return Err(HoursFault::Span);
        }
        let end = if end < start { end + DAY } else { end };
        *places.next().ok_or(HoursFault::TooManySpans)? = Some(Span { start, end });
    }
    // Empty places last.
    spans.sort_by_key(|span| (span.is_none(), *span));
    Ok(spans)
}

/// `8:30` or `08:30` as minutes after midnight, `24:00` included.
fn parse_time(text: &str) -> Result<u16, HoursFault> {
    let number = |digits: &str, most: usize| {
        let good = (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if good { digits.parse::<u16>().map_err(|_| HoursFault::Time) } else { Err(HoursFault::Time) }
    };
    let (hour, minute) = text.trim().split_once(':').ok_or(HoursFault::Time)?;
    if minute.len() != 2 {
        return Err(HoursFault::Time);
    }
    let (hour, minute) = (number(hour, 2)?, number(minute, 2)?);
    let time = hour * 60 + minute;
    if minute > 59 || time > DAY { Err(HoursFault::Time) } else { Ok(time) }
}

impl fmt::Display for OpeningHours {
    /// The canonical text: days of equal hours together, in the order of the week, then bank holidays.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rules = Vec::new();
        if self.week == [ALL_DAY; 7] {
            rules.push("24/7".to_owned());
        } else {
            let mut seen = vec![CLOSED];
            for spans in self.week {
                if !seen.contains(&spans) {
                    seen.push(spans);
                    rules.push(format!("{} {}", self.days_with(spans), written(spans)));
                }
            }
        }
        if let Some(spans) = self.bank_holidays {
            rules.push(format!("PH {}", written(spans)));
        }
        f.pad(&rules.join("; "))
    }
}

impl OpeningHours {
    /// The days of the week with these spans, as `Mo-We,Fr`.
    fn days_with(&self, spans: Spans) -> String {
        let days: Vec<(&str, Spans)> = WEEKDAYS.into_iter().zip(self.week).collect();
        let runs = days.chunk_by(|(_, one), (_, other)| one == other);
        let named = runs.filter_map(|run| match run {
            [(day, found)] if *found == spans => Some((*day).to_owned()),
            [(first, found), .., (last, _)] if *found == spans => Some(format!("{first}-{last}")),
            _ => None,
        });
        named.collect::<Vec<_>>().join(",")
    }
}

fn written(spans: Spans) -> String {
    let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let written: Vec<String> = spans
        .into_iter()
        .flatten()
        .map(|Span { start, end }| {
            let end = if end > DAY { end - DAY } else { end };
            format!("{}-{}", time(start), time(end))
        })
        .collect();
    if written.is_empty() { "off".to_owned() } else { written.join(",") }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn canonical(text: &str) -> String {
        OpeningHours::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
    }

    #[test]
    fn texts_have_one_canonical_form() {
        for (given, expected) in [
            ("24/7", "24/7"),
            ("00:00-24:00", "24/7"),
            ("Mo-Su 00:00-24:00", "24/7"),
            ("24/7; PH off", "24/7; PH off"),
            ("Mo-Fr 08:30-17:00; Sa 09:00-12:00; PH off", "Mo-Fr 08:30-17:00; Sa 09:00-12:00; PH off"),
            ("PH off; mo-fr 8:30-17:00", "Mo-Fr 08:30-17:00; PH off"),
            ("Mo-Su 17:00-08:30", "Mo-Su 17:00-08:30"),
            ("17:00-00:00", "Mo-Su 17:00-24:00"),
            ("Mo,Tu , We 13:00-17:00, 09:00-12:00", "Mo-We 09:00-12:00,13:00-17:00"),
            ("Sa-Mo 10:00–12:00", "Mo,Sa-Su 10:00-12:00"),
            ("Mo-Su 09:00-17:00; We closed", "Mo-Tu,Th-Su 09:00-17:00"),
            ("Mo-Fr 09:00-17:00; Fr 09:00-16:00", "Mo-Th 09:00-17:00; Fr 09:00-16:00"),
            ("Sa,PH 10:00-11:00", "Sa 10:00-11:00; PH 10:00-11:00"),
            ("PH 10:00-11:00", "PH 10:00-11:00"),
            (" Mo 09:00 - 10:00 ", "Mo 09:00-10:00"),
        ] {
            assert_eq!(canonical(given), expected, "{given}");
        }
        assert_eq!(OpeningHours::ALWAYS.to_string(), "24/7");
        assert_eq!(OpeningHours::OFFICE.to_string(), "Mo-Fr 09:00-17:00; PH off");
    }

    #[test]
    fn faults_are_named_with_their_rule() {
        use HoursFault::{Day, NoHours, Span, Time, TooManySpans};
        for (text, number, fault) in [
            ("", 1, NoHours),
            ("Mo-Fr", 1, NoHours),
            ("Mo-Fr 09:00-17:00;", 2, NoHours),
            ("by appointment", 1, NoHours),
            ("takeoff", 1, NoHours),
            ("Mo-Fr 09:00-17:00; Xx off", 2, Day),
            ("Monday 09:00-17:00", 1, Day),
            ("Mo-Fr-Sa 09:00-17:00", 1, Day),
            ("Mo, 09:00-17:00", 1, Day),
            ("SH off", 1, Day),
            ("Jan 1 off", 1, Span),
            ("Mo 9-17", 1, Time),
            ("Mo 09:00", 1, Span),
            ("Mo 09:00-09:00", 1, Span),
            ("Mo 24:00-09:00", 1, Span),
            ("Mo 09:00-24:01", 1, Time),
            ("Mo 09:60-10:00", 1, Time),
            ("Mo 09:5-10:00", 1, Time),
            ("Mo 009:00-10:00", 1, Time),
            ("Mo 09:00-99:99", 1, Time),
            ("Mo 09:00-17:00+", 1, Time),
            ("Mo 09:00-17:00 \"ask for Ada\"", 1, Time),
            ("Mo 08:00-09:00,10:00-11:00,12:00-13:00,14:00-15:00,16:00-17:00", 1, TooManySpans),
        ] {
            assert_eq!(OpeningHours::parse(text), Err(HoursError::Rule { number, fault }), "{text:?}");
        }
        for text in ["Mo-Su off", "off", "24/7; Mo-Su off", "Mo 09:00-10:00; Mo off; PH off"] {
            assert_eq!(OpeningHours::parse(text), Err(HoursError::NeverOpen), "{text:?}");
        }
        assert_eq!(OpeningHours::parse(&"Mo off;".repeat(40)), Err(HoursError::TooLong));
        let error = OpeningHours::parse("Mo-Fr 09:00-17:00; Sa 9").unwrap_err();
        assert_eq!(
            error.to_string(),
            "rule 2 of the opening hours must write each span as 09:00-17:00, with two different times"
        );
    }

    /// Texts of opening hours, most of them open at some time.
    pub(in crate::domain::routes) fn any_text() -> impl Strategy<Value = String> {
        let day = prop::sample::select([WEEKDAYS.as_slice(), &["PH"]].concat());
        let range = (prop::sample::select(WEEKDAYS.as_slice()), prop::sample::select(WEEKDAYS.as_slice()));
        let item = prop_oneof![day.prop_map(str::to_owned), range.prop_map(|(first, last)| format!("{first}-{last}"))];
        let days = prop::collection::vec(item, 1..3).prop_map(|items| items.join(","));
        let span = "([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]";
        let spans = prop::collection::vec(span, 1..4).prop_map(|spans| spans.join(","));
        let hours = prop_oneof![4 => spans, 1 => Just("off".to_owned())];
        let rule = prop_oneof![8 => (days, hours).prop_map(|(days, hours)| format!("{days} {hours}")), 1 => Just("24/7".to_owned())];
        prop::collection::vec(rule, 1..4).prop_map(|rules| rules.join("; "))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4))]

        /// Otherwise the properties below would be about nothing.
        #[test]
        fn most_generated_texts_are_good(texts in prop::collection::vec(any_text(), 50)) {
            prop_assert!(texts.iter().filter(|text| OpeningHours::parse(text).is_ok()).count() > 25);
        }
    }

    proptest! {
        #[test]
        fn the_canonical_text_reads_back_as_the_same_hours(text in any_text()) {
            if let Ok(hours) = OpeningHours::parse(&text) {
                let written = hours.to_string();
                prop_assert_eq!(OpeningHours::parse(&written), Ok(hours), "{}", written);
                prop_assert_eq!(canonical(&written), written);
            }
        }

        #[test]
        fn any_text_is_read_without_panic(text in "\\PC*|[MoFrSuPHf0-9:,; -]{0,40}") {
            let _ = OpeningHours::parse(&text);
        }
    }
}
