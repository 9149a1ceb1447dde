//! The bank and public holidays of England and Wales, by rule.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Whether offices in England and Wales are closed for a holiday that day.
///
/// The days are those of the Banking and Financial Dealings Act 1971, schedule 1, with Good Friday and Christmas Day
/// (common law) and New Year's Day and early May (proclaimed each year), and the days that by custom are proclaimed in
/// their place when they fall on a weekend. The day itself stays a holiday then, since whoever works weekends is closed
/// on Christmas Day all the same. Days proclaimed once, as for a coronation, follow no rule and are not known here.
pub(super) fn is_bank_holiday(date: NaiveDate) -> bool {
    let weekday = date.weekday();
    match (date.month(), date.day()) {
        // A Monday on the 2nd or 3rd follows a New Year's Day that was a Sunday or a Saturday.
        (1, 1) => true,
        (1, 2 | 3) => weekday == Weekday::Mon,
        (3 | 4, _) => is_easter_holiday(date),
        // The first and the last Monday in May, the last in August.
        (5, 1..=7 | 25..=31) | (8, 25..=31) => weekday == Weekday::Mon,
        (12, 25 | 26) => true,
        // Monday 27th follows Saturday and Sunday, Tuesday 27th a Christmas Day that was a Sunday.
        (12, 27) => matches!(weekday, Weekday::Mon | Weekday::Tue),
        // Monday 28th follows a Boxing Day that was a Saturday, Tuesday 28th one that was a Sunday.
        (12, 28) => matches!(weekday, Weekday::Mon | Weekday::Tue),
        _ => false,
    }
}

/// Good Friday or Easter Monday.
fn is_easter_holiday(date: NaiveDate) -> bool {
    let sunday = match date.weekday() {
        Weekday::Fri => date.checked_add_days(Days::new(2)),
        Weekday::Mon => date.checked_sub_days(Days::new(1)),
        _ => None,
    };
    sunday.is_some_and(|sunday| easter_sunday(sunday.year()) == Some(sunday))
}

/// Easter Sunday of the Gregorian calendar, by the algorithm that appeared anonymously in Nature, 20 April 1876.
fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let a = year % 19;
    let (b, c) = (year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    NaiveDate::from_ymd_opt(year, u32::try_from(sum / 31).ok()?, u32::try_from(sum % 31 + 1).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(year: i32, month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, day).unwrap()
    }

    /// As published for England and Wales, less the days proclaimed once.
    const PUBLISHED: &[(i32, &[(u32, u32)])] = &[
        (2021, &[(1, 1), (4, 2), (4, 5), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]),
        (2023, &[(1, 2), (4, 7), (4, 10), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)]),
        (2024, &[(1, 1), (3, 29), (4, 1), (5, 6), (5, 27), (8, 26), (12, 25), (12, 26)]),
        (2025, &[(1, 1), (4, 18), (4, 21), (5, 5), (5, 26), (8, 25), (12, 25), (12, 26)]),
        (2026, &[(1, 1), (4, 3), (4, 6), (5, 4), (5, 25), (8, 31), (12, 25), (12, 28)]),
        (2027, &[(1, 1), (3, 26), (3, 29), (5, 3), (5, 31), (8, 30), (12, 27), (12, 28)]),
        (2028, &[(1, 3), (4, 14), (4, 17), (5, 1), (5, 29), (8, 28), (12, 25), (12, 26)]),
    ];

    #[test]
    fn working_days_off_are_exactly_those_published() {
        for &(year, days) in PUBLISHED {
            let ours: Vec<_> = date(year, 1, 1)
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && is_bank_holiday(*day))
                .map(|day| (day.month(), day.day()))
                .collect();
            assert_eq!(ours, days, "{year}");
        }
    }

    #[test]
    fn on_weekends_only_christmas_boxing_and_new_years_day_are_holidays() {
        for year in 2000..2100 {
            for day in date(year, 1, 1).iter_days().take_while(|day| day.year() == year) {
                if matches!(day.weekday(), Weekday::Sat | Weekday::Sun) {
                    let expected = matches!((day.month(), day.day()), (1, 1) | (12, 25 | 26));
                    assert_eq!(is_bank_holiday(day), expected, "{day}");
                }
            }
        }
    }

    #[test]
    fn every_year_has_eight_working_days_off() {
        for year in 1978..2200 {
            let count = date(year, 1, 1)
                .iter_days()
                .take_while(|day| day.year() == year)
                .filter(|day| !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && is_bank_holiday(*day))
                .count();
            assert_eq!(count, 8, "{year}");
        }
    }

    #[test]
    fn easter_is_where_it_was() {
        for (year, month, day) in [
            (1818, 3, 22),
            (1943, 4, 25),
            (1961, 4, 2),
            (2000, 4, 23),
            (2008, 3, 23),
            (2011, 4, 24),
            (2016, 3, 27),
            (2024, 3, 31),
            (2025, 4, 20),
            (2026, 4, 5),
            (2038, 4, 25),
        ] {
            assert_eq!(easter_sunday(year), Some(date(year, month, day)));
        }
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_between_22_march_and_25_april(year in 1583i32..9999) {
            let easter = easter_sunday(year).unwrap();
            prop_assert_eq!(easter.weekday(), Weekday::Sun);
            prop_assert!(easter >= date(year, 3, 22) && easter <= date(year, 4, 25));
        }
    }
}
