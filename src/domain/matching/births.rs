//! Comparing dates of birth: slips of a digit, day and month swapped, ranges and ages.

use chrono::{Months, NaiveDate};

use super::{
    agreements::{Agreement, How},
    features::Birth,
    queries::QueriedDate,
    weights::Weights,
};

/// Days over which children's births spread.
const DAYS_OF_BIRTH: f64 = 18.0 * 365.25;
/// How far outside a range of dates a birth is still near it.
const NEAR_A_RANGE: Months = Months::new(1);
/// How far outside an age: it is often one off.
const NEAR_AN_AGE: Months = Months::new(12);

/// Compares what is known of two births; `None` where there is nothing to compare.
pub(super) fn compare(one: &Birth, other: &Birth) -> Option<Agreement> {
    match (one, other) {
        (Birth::On(one), Birth::On(other)) => Some(dates(*one, *other)),
        (Birth::On(date), Birth::Between(first, last)) | (Birth::Between(first, last), Birth::On(date)) => {
            range(*date, *first, *last, NEAR_A_RANGE)
        }
        (Birth::On(date), Birth::Aged(first, last)) | (Birth::Aged(first, last), Birth::On(date)) => {
            range(*date, *first, *last, NEAR_AN_AGE)
        }
        _ => None,
    }
}

fn dates(one: QueriedDate, other: QueriedDate) -> Agreement {
    let weights = &Weights::shipped().birth;
    let (same_year, same_month, same_day) =
        (one.year() == other.year(), one.month() == other.month(), one.day() == other.day());
    if one == other {
        return Agreement::matched(weights.exact.bits(), How::Exact);
    }
    if same_year && one.day() == other.month() && one.month() == other.day() {
        return Agreement::matched(weights.swapped.bits(), How::Swapped);
    }
    if same_month && same_day && one.year().abs_diff(other.year()) == 1 {
        return Agreement::matched(weights.year_slip.bits(), How::Similar);
    }
    if one_digit_apart(one, other) {
        return Agreement::matched(weights.digit.bits(), How::Similar);
    }
    if [same_year, same_month, same_day].iter().filter(|same| **same).count() == 2 {
        return Agreement::matched(weights.two_parts.bits(), How::Similar);
    }
    if same_year { Agreement::differing(weights.year.bits()) } else { Agreement::differing(weights.different.bits()) }
}

/// Whether one digit differs, or two neighbouring digits of one part stand in each other's place.
fn one_digit_apart(one: QueriedDate, other: QueriedDate) -> bool {
    let parts = |date: QueriedDate| [date.year(), u16::from(date.month()), u16::from(date.day())];
    let mut slips = 0;
    for (left, right) in parts(one).into_iter().zip(parts(other)) {
        if left == right {
            continue;
        }
        slips += 1;
        let (left, right) = (digits(left), digits(right));
        let differing: Vec<usize> =
            left.iter().zip(&right).enumerate().filter(|(_, (one, other))| one != other).map(|(at, _)| at).collect();
        let neighbours_swapped = match differing.as_slice() {
            [_] => true,
            [at, next] => *next == at + 1 && left.get(*at) == right.get(*next) && left.get(*next) == right.get(*at),
            _ => false,
        };
        if !neighbours_swapped {
            return false;
        }
    }
    slips == 1
}

fn digits(number: u16) -> [u16; 4] {
    [number / 1000, number / 100 % 10, number / 10 % 10, number % 10]
}

fn range(date: QueriedDate, first: NaiveDate, last: NaiveDate, near: Months) -> Option<Agreement> {
    let weights = &Weights::shipped().birth;
    let date = date.calendar()?;
    if first <= date && date <= last {
        let days = u32::try_from((last - first).num_days() + 1).unwrap_or(u32::MAX);
        let share = f64::from(days) / DAYS_OF_BIRTH;
        return Some(Agreement::matched(weights.within.bits_at(share), How::Exact));
    }
    let around = first.checked_sub_months(near).zip(last.checked_add_months(near));
    if around.is_some_and(|(first, last)| first <= date && date <= last) {
        return Some(Agreement::matched(weights.close.bits(), How::Similar));
    }
    Some(Agreement::differing(weights.outside.bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> QueriedDate {
        QueriedDate::parse(text).unwrap()
    }

    #[test]
    fn slips_of_a_digit_are_told_from_other_differences() {
        for (one, other, expected) in [
            ("2015-03-02", "2015-03-12", true),
            ("2015-03-02", "2015-03-20", true),
            ("2015-03-02", "2015-08-02", true),
            ("2015-03-02", "2051-03-02", true),
            ("2015-03-02", "2025-03-02", true),
            ("2015-03-12", "2015-03-21", true),
            ("2015-03-02", "2015-03-13", false),
            ("2015-03-02", "2016-04-02", false),
            ("2015-03-02", "2015-03-02", false),
        ] {
            assert_eq!(one_digit_apart(date(one), date(other)), expected, "{one} {other}");
            assert_eq!(one_digit_apart(date(other), date(one)), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_shorter_range_proves_more() {
        let born = Birth::On(date("2015-03-02"));
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let bits = |last: &str| compare(&born, &Birth::Between(day("2015-02-20"), day(last))).unwrap().bits.stranger;
        assert!(bits("2015-03-10") > bits("2015-06-10") && bits("2015-06-10") > bits("2016-02-10"));
        assert!(bits("2015-02-25") < bits("2016-02-10"), "just outside");
        assert_eq!(compare(&born, &Birth::Unknown), None);
    }
}
