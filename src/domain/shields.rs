//! What the management team does about a shield, and by when.

use chrono::{Days, NaiveDate};

use super::ids::AccountId;
use super::instants::Instant;
use super::routes::is_working_day;

/// The management team confirms a shield within so many working days (2007 regulations); silence keeps it.
const CONFIRMED_WITHIN: u8 = 5;
/// A proposal to lift or to seal counts for so many days.
const PROPOSAL_COUNTS_DAYS: u64 = 30;
/// The team looks again at a shield within so many days of confirming it.
pub const REVIEWED_WITHIN_DAYS: u64 = 366;

/// Something that two people decide, proposed by the first of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proposal {
    /// Who proposed it.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

impl Proposal {
    /// Whether the proposal still counts on `day`.
    #[must_use]
    pub fn counts_on(self, day: NaiveDate) -> bool {
        self.at.day().checked_add_days(Days::new(PROPOSAL_COUNTS_DAYS)).is_some_and(|last| day <= last)
    }
}

/// What the management team has noted about a shield.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ShieldReview {
    /// The day on which it looks again.
    pub review_on: Option<NaiveDate>,
    /// The proposal to lift it.
    pub lift: Option<Proposal>,
    /// The proposal to seal the record.
    pub seal: Option<Proposal>,
}

impl ShieldReview {
    /// Who has proposed to lift the shield, if the proposal still counts on `day`.
    #[must_use]
    pub fn lift_proposed_by(&self, day: NaiveDate) -> Option<AccountId> {
        self.lift.filter(|proposal| proposal.counts_on(day)).map(|proposal| proposal.by)
    }

    /// Who has proposed to seal the record, if the proposal still counts on `day`.
    #[must_use]
    pub fn seal_proposed_by(&self, day: NaiveDate) -> Option<AccountId> {
        self.seal.filter(|proposal| proposal.counts_on(day)).map(|proposal| proposal.by)
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
        let proposal = Proposal { by: who, at: at("2026-11-20T10:00:00Z") };
        let review = ShieldReview { lift: Some(proposal), ..ShieldReview::default() };
        assert_eq!(review.lift_proposed_by("2026-12-20".parse().unwrap()), Some(who));
        assert_eq!(review.lift_proposed_by("2026-12-21".parse().unwrap()), None);
        assert_eq!(review.seal_proposed_by("2026-12-20".parse().unwrap()), None, "one proposal is not the other");
        assert_eq!(ShieldReview::default().lift_proposed_by("2026-11-20".parse().unwrap()), None);
    }
}
