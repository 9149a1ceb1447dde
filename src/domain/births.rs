//! What comes of a pregnancy: a birth, of twins perhaps, or none; which dates can be, and how long a closed record stays.

use chrono::{Days, NaiveDate};

use crate::domain::codes::codes;

codes! {
    /// What came of a pregnancy.
    pub enum BirthOutcome {
        /// A child, or several, born alive.
        LiveBirth => "live-birth",
        /// No live birth: the record is closed and goes early.
        NoLiveBirth => "no-live-birth",
    }
}

/// The most children of one birth that are recorded at once.
pub const MOST_AT_ONE_BIRTH: usize = 6;
/// After so many days a record closed without a live birth goes from every table: long enough for who answers for it to
/// be asked, and far from the six years of other archives.
pub const CLOSED_RECORD_STAYS_DAYS: u64 = 28;
/// A birth this many days before the expected date is at 22 weeks, the earliest that is recorded as one.
const EARLIEST_BEFORE_DUE_DAYS: u64 = 126;
/// A birth this many days after the expected date is a mistake in one of them.
const LATEST_AFTER_DUE_DAYS: u64 = 60;

/// Why a date of birth cannot be, told to who sent it; none where it can.
#[must_use]
pub fn wrong_birth_date(born: NaiveDate, expected_on: Option<NaiveDate>, today: NaiveDate) -> Option<&'static str> {
    if born > today {
        return Some("lies in the future");
    }
    let due = expected_on?;
    if due.checked_sub_days(Days::new(EARLIEST_BEFORE_DUE_DAYS)).is_some_and(|earliest| born < earliest) {
        return Some("lies more than 18 weeks before the expected date; correct that first");
    }
    if due.checked_add_days(Days::new(LATEST_AFTER_DUE_DAYS)).is_some_and(|latest| born > latest) {
        return Some("lies more than 60 days after the expected date; correct that first");
    }
    None
}

/// The day on which a record closed without a live birth goes.
#[must_use]
pub fn goes_on(closed_on: NaiveDate) -> NaiveDate {
    closed_on.checked_add_days(Days::new(CLOSED_RECORD_STAYS_DAYS)).unwrap_or(NaiveDate::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_birth_is_near_its_expected_date_and_not_to_come() {
        let today = day("2026-11-20");
        let wrong = |born, due: &str| wrong_birth_date(day(born), due.parse().ok(), today);
        assert_eq!(wrong("2026-11-20", "2026-12-24"), None);
        assert_eq!(wrong("2026-11-21", "2026-12-24"), Some("lies in the future"));
        // 18 weeks to the day, and one more.
        assert_eq!(wrong("2026-08-20", "2026-12-24"), None);
        assert!(wrong("2026-08-19", "2026-12-24").is_some());
        assert_eq!(wrong("2026-11-20", "2026-09-21"), None);
        assert!(wrong("2026-11-20", "2026-09-20").is_some());
        assert_eq!(wrong("2026-11-20", ""), None);
    }

    #[test]
    fn a_closed_record_stays_four_weeks() {
        assert_eq!(goes_on(day("2026-11-20")), day("2026-12-18"));
    }
}
