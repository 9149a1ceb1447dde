//! What the management team does about a shield, and by when.

use chrono::{Days, NaiveDate};

use super::ids::AccountId;
use super::instants::Instant;
use super::routes::is_working_day;

/// The management team confirms a shield within so many working days (2007 regulations); silence keeps it.
const CONFIRMED_WITHIN: u8 = 5;
/// A proposal to lift a shield counts for so many days.
const PROPOSAL_COUNTS_DAYS: u64 = 30;

/// What the management team has noted about a shield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShieldReview {
    /// The day on which it looks again.
    pub review_on: Option<NaiveDate>,
    /// Who proposed to lift it, and when.
    pub lift: Option<(AccountId, Instant)>,
}

impl ShieldReview {
    /// Who has proposed to lift the shield, if the proposal still counts on `day`.
    #[must_use]
    pub fn proposed_by(&self, day: NaiveDate) -> Option<AccountId> {
        self.lift.and_then(|(who, at)| {
            let last = at.day().checked_add_days(Days::new(PROPOSAL_COUNTS_DAYS))?;
            (day <= last).then_some(who)
        })
    }
}

/// The last day on which a shield requested at `since` is confirmed in time.
#[must_use]
pub fn confirm_by(since: Instant) -> NaiveDate {
    let mut day = since.day();
    let mut left = CONFIRMED_WITHIN;
    while left > 0 {
        let Some(next) = day.succ_opt() else { return day };
        day = next;
        if is_working_day(day) {
            left = left.saturating_sub(1);
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn five_working_days_leave_weekends_and_holidays_out() {
        for (since, by) in [
            ("2026-11-20T10:00:00Z", "2026-11-27"), // a Friday
            ("2026-11-21T10:00:00Z", "2026-11-27"), // a Saturday
            ("2026-11-23T10:00:00Z", "2026-11-30"), // a Monday
            // Friday is Christmas Day, Monday stands for Boxing Day, and New Year's Day is a Friday.
            ("2026-12-24T10:00:00Z", "2027-01-05"),
        ] {
            assert_eq!(confirm_by(at(since)).to_string(), by, "{since}");
        }
    }

    #[test]
    fn a_proposal_lapses() {
        let who = AccountId::new();
        let review = ShieldReview { lift: Some((who, at("2026-11-20T10:00:00Z"))), ..ShieldReview::default() };
        assert_eq!(review.proposed_by("2026-12-20".parse().unwrap()), Some(who));
        assert_eq!(review.proposed_by("2026-12-21".parse().unwrap()), None);
        assert_eq!(ShieldReview::default().proposed_by("2026-11-20".parse().unwrap()), None);
    }
}
