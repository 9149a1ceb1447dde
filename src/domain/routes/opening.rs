//! Whether somebody can be reached at an instant, and when next, by the clock of London.

use chrono::{DateTime, Datelike, Days, MappedLocalTime, NaiveDate, TimeDelta, TimeZone, Timelike};
use chrono_tz::Europe::London;

use crate::domain::instants::Instant;
use crate::domain::routes::bank_holidays::is_bank_holiday;
use crate::domain::routes::hours::{DAY, OpeningHours, Span};

/// How many days ahead an opening is looked for. Hours for bank holidays alone wait longest, from August to December.
const DAYS_AHEAD: u64 = 366;

/// What the clocks of London show at an instant.
#[derive(Clone, Copy)]
struct LondonTime {
    date: NaiveDate,
    /// After midnight.
    minute: u16,
}

impl LondonTime {
    /// `None` for instants outside the years 1900 to 9999, at which nobody opens.
    fn at(instant: Instant) -> Option<Self> {
        let utc = DateTime::from_timestamp_micros(instant.0)?;
        if !(1900..=9999).contains(&utc.year()) {
            return None;
        }
        let local = utc.with_timezone(&London);
        let minute = u16::try_from(local.hour() * 60 + local.minute()).ok()?;
        Some(Self { date: local.date_naive(), minute })
    }
}

impl OpeningHours {
    /// Whether it is open at an instant: when the clocks of London show a time within the hours. In
    /// the autumn night when they show an hour twice, hours within it are open twice; in spring, hours within the
    /// skipped hour do not come.
    pub fn is_open_at(&self, instant: Instant) -> bool {
        if *self == Self::ALWAYS {
            return true;
        }
        LondonTime::at(instant).is_some_and(|time| self.is_open(time))
    }

    /// The earliest instant, not before the given one, at which it is open: the given one itself
    /// if it is open then. `None` if it does not open within a year.
    pub fn next_open_at(&self, instant: Instant) -> Option<Instant> {
        if self.is_open_at(instant) {
            return Some(instant);
        }
        let mut date = LondonTime::at(instant)?.date;
        for _ in 0..=DAYS_AHEAD {
            let first =
                self.possible_openings(date).filter(|&opening| opening > instant && self.is_open_at(opening)).min();
            if first.is_some() {
                return first;
            }
            date = date.checked_add_days(Days::new(1))?;
        }
        None
    }

    fn is_open(&self, LondonTime { date, minute }: LondonTime) -> bool {
        let within = |minute: u16| move |span: Span| (span.start..span.end).contains(&minute);
        self.spans_starting(date).any(within(minute))
            || date.pred_opt().is_some_and(|yesterday| self.spans_starting(yesterday).any(within(minute + DAY)))
    }

    fn spans_starting(&self, date: NaiveDate) -> impl Iterator<Item = Span> {
        let weekday = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
        self.spans(weekday, move || is_bank_holiday(date))
    }

    /// Every instant on a date at which it may turn from closed to open: where a span starts, by either reading of an
    /// hour that comes twice, and where the clocks of London change, always at 01:00 UTC (Summer Time Act 1972), for a
    /// span into whose middle they jump.
    fn possible_openings(&self, date: NaiveDate) -> impl Iterator<Item = Instant> {
        let starts = self.spans_starting(date).flat_map(move |span| {
            let start = date
                .and_hms_opt(0, 0, 0)
                .and_then(|midnight| midnight.checked_add_signed(TimeDelta::minutes(i64::from(span.start))));
            let (one, other) = match start.map(|start| London.from_local_datetime(&start)) {
                Some(MappedLocalTime::Single(only)) => (Some(only), None),
                Some(MappedLocalTime::Ambiguous(summer, winter)) => (Some(summer), Some(winter)),
                Some(MappedLocalTime::None) | None => (None, None),
            };
            [one, other].into_iter().flatten().map(|opening| Instant(opening.timestamp_micros()))
        });
        let change = date.and_hms_opt(1, 0, 0).map(|one_o_clock| Instant::from(one_o_clock.and_utc()));
        starts.chain(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::routes::hours::tests::any_text;
    use proptest::prelude::*;

    const MINUTE: i64 = 60_000_000;
    const DAYS: i64 = crate::domain::instants::DAY;

    /// An instant from text such as `2026-03-29T00:30:00Z` or, for the clock of London, with its offset.
    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn hours(text: &str) -> OpeningHours {
        OpeningHours::parse(text).unwrap()
    }

    #[track_caller]
    fn assert_next(text: &str, from: &str, expected: &str) {
        assert_eq!(hours(text).next_open_at(at(from)), Some(at(expected)), "{text} from {from}");
    }

    #[test]
    fn hours_are_by_the_clock_of_london_summer_and_winter() {
        let office = hours("Mo-Fr 09:00-17:00");
        // A Monday in January, then one in July.
        for (instant, open) in [
            ("2026-01-12T08:59:59.999999Z", false),
            ("2026-01-12T09:00:00Z", true),
            ("2026-01-12T16:59:59.999999Z", true),
            ("2026-01-12T17:00:00Z", false),
            ("2026-07-13T07:59:59Z", false),
            ("2026-07-13T08:00:00Z", true),
            ("2026-07-13T15:59:59Z", true),
            ("2026-07-13T16:00:00Z", false),
            ("2026-07-12T12:00:00Z", false),
        ] {
            assert_eq!(office.is_open_at(at(instant)), open, "{instant}");
        }
    }

    #[test]
    fn spans_past_midnight_belong_to_the_day_they_start_on() {
        let nights = hours("Fr-Sa 22:00-06:00; Su off");
        for (instant, open) in [
            ("2026-01-16T21:59:00Z", false),
            ("2026-01-16T22:00:00Z", true),
            ("2026-01-17T05:59:00Z", true),
            ("2026-01-17T06:00:00Z", false),
            ("2026-01-18T05:59:00Z", true),
            ("2026-01-18T06:00:00Z", false),
            ("2026-01-18T23:00:00Z", false),
            ("2026-01-16T05:00:00Z", false),
        ] {
            assert_eq!(nights.is_open_at(at(instant)), open, "{instant}");
        }
        // What starts on Sunday night runs into Monday.
        assert!(hours("Su 17:00-08:30").is_open_at(at("2026-01-19T08:29:00Z")));
    }

    #[test]
    fn out_of_hours_and_office_together_leave_no_gap() {
        let (day, night) = (hours("Mo-Su 08:30-17:00"), hours("Mo-Su 17:00-08:30"));
        // Over both changes of the clock.
        for start in ["2026-03-28T00:00:00Z", "2026-10-24T00:00:00Z"] {
            for minute in 0..3 * 24 * 60 {
                let instant = at(start).plus(minute * MINUTE);
                assert!(day.is_open_at(instant) != night.is_open_at(instant), "{start} + {minute} min");
            }
        }
    }

    #[test]
    fn the_next_opening_is_found() {
        let usual = "Mo-Fr 09:00-17:00; PH off";
        assert_next(usual, "2026-01-12T10:00:00.000001Z", "2026-01-12T10:00:00.000001Z");
        assert_next(usual, "2026-01-12T03:00:00Z", "2026-01-12T09:00:00Z");
        assert_next(usual, "2026-01-12T17:00:00Z", "2026-01-13T09:00:00Z");
        assert_next(usual, "2026-01-16T17:00:00Z", "2026-01-19T09:00:00Z");
        // Over the weekend on which summer time begins, then ends.
        assert_next(usual, "2026-03-27T17:00:00Z", "2026-03-30T08:00:00Z");
        assert_next(usual, "2026-10-23T16:00:00Z", "2026-10-26T09:00:00Z");
        // From Maundy Thursday over Easter, and over Christmas 2027, when two days are given in place of the weekend's.
        assert_next(usual, "2026-04-02T16:00:00Z", "2026-04-07T08:00:00Z");
        assert_next(usual, "2027-12-24T17:00:00Z", "2027-12-29T09:00:00Z");
        // The longest wait there is.
        assert_next("PH 10:00-12:00", "2026-08-31T12:00:00Z", "2026-12-25T10:00:00Z");
        assert_next("Mo-Su 17:00-08:30", "2026-01-12T12:00:00Z", "2026-01-12T17:00:00Z");
    }

    #[test]
    fn bank_holidays_follow_their_own_rule_or_the_weekday() {
        let early_may = at("2026-05-04T10:00:00Z");
        assert!(hours("Mo-Fr 09:00-17:00").is_open_at(early_may));
        assert!(!hours("Mo-Fr 09:00-17:00; PH off").is_open_at(early_may));
        assert!(!hours("PH off; Mo-Fr 09:00-17:00").is_open_at(early_may));
        assert!(hours("Tu-Fr 09:00-17:00; PH 10:00-12:00").is_open_at(early_may));
        assert!(!hours("24/7; PH off").is_open_at(early_may));
        // A night that starts before the holiday runs into it.
        assert!(hours("Su 17:00-12:00; PH off").is_open_at(early_may));
    }

    #[test]
    fn in_spring_a_span_that_starts_in_the_skipped_hour_starts_after_it() {
        assert_next("Su 01:30-05:00", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z");
        // And one wholly within it comes a week later.
        assert_next("Su 01:15-01:45", "2026-03-29T00:30:00Z", "2026-04-05T00:15:00Z");
    }

    #[test]
    fn in_autumn_a_span_in_the_repeated_hour_comes_twice() {
        let short = "Su 01:15-01:45";
        assert_next(short, "2026-10-25T00:00:00Z", "2026-10-25T00:15:00Z");
        assert_next(short, "2026-10-25T00:45:00Z", "2026-10-25T01:15:00Z");
        assert_next(short, "2026-10-25T01:45:00Z", "2026-11-01T01:15:00Z");
        // Open until half past one: closed at the end of summer time, open again when the hour comes back.
        assert_next("Sa 22:00-01:30", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z");
    }

    #[test]
    fn no_instant_is_too_far_away() {
        for instant in [i64::MIN, i64::MIN / 2, -1, 0, i64::MAX / 2, i64::MAX].map(Instant) {
            let office = OpeningHours::OFFICE;
            assert!(office.next_open_at(instant).is_none_or(|next| next >= instant && office.is_open_at(next)));
            assert_eq!(OpeningHours::ALWAYS.next_open_at(instant), Some(instant));
        }
        assert_eq!(OpeningHours::OFFICE.next_open_at(at("9999-12-31T18:00:00Z")), None);
    }

    /// Instants of the years 2024 to 2031, many of them close to a change of the clock or to Christmas.
    fn any_instant() -> impl Strategy<Value = Instant> {
        let near = prop::sample::select(vec![
            "2026-03-29T01:00:00Z",
            "2026-10-25T01:00:00Z",
            "2027-03-28T01:00:00Z",
            "2027-10-31T01:00:00Z",
            "2027-12-25T00:00:00Z",
        ]);
        prop_oneof![
            (1_704_067_200_000_000i64..1_924_992_000_000_000).prop_map(Instant),
            (near, -2 * 86_400_000_000i64..86_400_000_000).prop_map(|(change, apart)| at(change).plus(apart)),
        ]
    }

    proptest! {
        #[test]
        fn the_next_opening_is_open_and_nothing_before_it_is(text in any_text(), instant in any_instant()) {
            let Ok(hours) = OpeningHours::parse(&text) else { return Ok(()) };
            let next = hours.next_open_at(instant).unwrap();
            prop_assert!(next >= instant && hours.is_open_at(next));
            if next > instant {
                // Hours change on whole minutes, and so do the clocks. Of a long wait only both ends are looked at
                // minute by minute, the middle four times an hour.
                prop_assert_eq!(next.0 % MINUTE, 0);
                prop_assert!(!hours.is_open_at(instant));
                let mut before = instant.plus(MINUTE - instant.0.rem_euclid(MINUTE));
                let (early, late) = (before.plus(2 * DAYS), next.plus(-2 * DAYS));
                while before < next {
                    prop_assert!(!hours.is_open_at(before), "{}: open at {}, before {}", hours, before, next);
                    before = before.plus(if before < early || before >= late { MINUTE } else { 15 * MINUTE });
                }
            }
        }

        #[test]
        fn the_canonical_text_opens_at_the_same_times(text in any_text(), instant in any_instant()) {
            let Ok(hours) = OpeningHours::parse(&text) else { return Ok(()) };
            let again = OpeningHours::parse(&hours.to_string()).unwrap();
            prop_assert_eq!(again.is_open_at(instant), hours.is_open_at(instant));
        }
    }
}
