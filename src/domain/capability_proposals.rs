//! A capability that takes two people: proposed by one, held until another agrees.

use super::accounts::Capability;
use super::ids::{AccountId, ProposalId};
use super::instants::{DAY, Instant};

/// A proposal counts for so many days.
const COUNTS_DAYS: i64 = 30;

/// That an account be granted a capability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapabilityProposal {
    /// Its id.
    pub id: ProposalId,
    /// The account that would be granted it.
    pub account: AccountId,
    /// The capability.
    pub capability: Capability,
    /// Who proposed it.
    pub by: AccountId,
    /// When.
    pub at: Instant,
}

impl CapabilityProposal {
    /// From when on it counts no more.
    #[must_use]
    pub fn lapses_at(&self) -> Instant {
        self.at.plus(COUNTS_DAYS * DAY)
    }

    /// When a proposal was made at the earliest that counts at `now`.
    #[must_use]
    pub fn earliest_at(now: Instant) -> Instant {
        now.plus(-COUNTS_DAYS * DAY)
    }

    /// Whether it counts still.
    #[must_use]
    pub fn is_open(&self, now: Instant) -> bool {
        now < self.lapses_at()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proposal_counts_for_thirty_days() {
        let at = |text: &str| Instant::parse(text).unwrap();
        let proposal = CapabilityProposal {
            id: ProposalId::new(),
            account: AccountId::new(),
            capability: Capability::Override,
            by: AccountId::new(),
            at: at("2026-11-20T10:00:00Z"),
        };
        assert!(proposal.is_open(at("2026-12-20T09:59:59Z")));
        assert!(!proposal.is_open(at("2026-12-20T10:00:00Z")));
    }
}
