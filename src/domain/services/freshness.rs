//! How far an entry can still be trusted, by the time since somebody last said that it is right.

use crate::domain::codes::codes;
use crate::domain::instants::{DAY, Instant};

codes! {
    /// How recently an entry was confirmed.
    pub enum Freshness {
        /// Confirmed not long ago.
        Fresh => "fresh",
        /// Worth a question.
        Ageing => "ageing",
        /// Not to be relied on.
        Stale => "stale",
    }
}

/// The ages at which an entry changes its freshness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FreshnessLimits {
    ageing_after_days: u16,
    stale_after_days: u16,
}

impl FreshnessLimits {
    /// Limits in days of 24 hours; `None` when an entry would be stale before it is ageing.
    pub const fn new(ageing_after_days: u16, stale_after_days: u16) -> Option<Self> {
        if ageing_after_days > stale_after_days { None } else { Some(Self { ageing_after_days, stale_after_days }) }
    }

    /// The freshness, at `now`, of what was confirmed at `last_confirmed_at`. Exactly at a limit the later state
    /// holds; what is confirmed in the future, by a clock that runs ahead, is fresh.
    pub fn freshness(&self, last_confirmed_at: Instant, now: Instant) -> Freshness {
        let age = now.0.saturating_sub(last_confirmed_at.0);
        if age >= i64::from(self.stale_after_days) * DAY {
            Freshness::Stale
        } else if age >= i64::from(self.ageing_after_days) * DAY {
            Freshness::Ageing
        } else {
            Freshness::Fresh
        }
    }

    /// What was confirmed no later than this is stale at `now`.
    #[must_use]
    pub fn stale_at(&self, now: Instant) -> Instant {
        now.plus(-i64::from(self.stale_after_days) * DAY)
    }
}

impl Default for FreshnessLimits {
    /// Ageing after 90 days, stale after 180.
    fn default() -> Self {
        Self { ageing_after_days: 90, stale_after_days: 180 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn it_changes_exactly_at_the_limits() {
        let limits = FreshnessLimits::default();
        for (age, expected) in [
            (-DAY, Freshness::Fresh),
            (0, Freshness::Fresh),
            (90 * DAY - 1, Freshness::Fresh),
            (90 * DAY, Freshness::Ageing),
            (180 * DAY - 1, Freshness::Ageing),
            (180 * DAY, Freshness::Stale),
        ] {
            let now = Instant(1_000 + age);
            assert_eq!(limits.freshness(Instant(1_000), now), expected, "{age}");
            assert_eq!(Instant(1_000) <= limits.stale_at(now), expected == Freshness::Stale, "{age}");
        }
    }

    #[test]
    fn limits_must_be_in_order() {
        assert_eq!(FreshnessLimits::new(90, 180), Some(FreshnessLimits::default()));
        assert!(FreshnessLimits::new(30, 30).is_some());
        assert!(FreshnessLimits::new(31, 30).is_none());
    }

    proptest! {
        #[test]
        fn nothing_grows_fresher_with_time(confirmed: i64, one: i64, other: i64, ageing: u16, more: u8) {
            let limits = FreshnessLimits::new(ageing, ageing.saturating_add(more.into())).unwrap();
            let (earlier, later) = (Instant(one.min(other)), Instant(one.max(other)));
            let confirmed = Instant(confirmed);
            prop_assert!(limits.freshness(confirmed, earlier) <= limits.freshness(confirmed, later));
        }
    }
}
