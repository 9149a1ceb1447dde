//! Workforces: how many people use the index for an organisation or in a sector, and how they are trained.

use chrono::{Days, NaiveDate};

use crate::domain::accounts::TrainingKind;
use crate::domain::codes::codes;
use crate::domain::ids::OrganisationId;
use crate::domain::services::Sector;

codes! {
    /// By what people are counted.
    pub enum WorkforceBy {
        /// By their organisation.
        Organisation => "organisation",
        /// By the sector they work in.
        Sector => "sector",
    }
}

/// Training that ends within so many days is to be taken again soon.
pub const EXPIRING_DAYS: u64 = 60;

/// One person's training: the last day on which each kind counts.
pub type Training = [(TrainingKind, Option<NaiveDate>); TrainingKind::ALL.len()];

/// How many people are trained in a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrainingCoverage {
    /// The kind.
    pub kind: TrainingKind,
    /// Those whose training is in date.
    pub in_date: u64,
    /// Of these, those whose training ends within [`EXPIRING_DAYS`].
    pub expiring: u64,
}

/// The people of an organisation or a sector who use the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workforce {
    /// How many accounts of people are in use.
    pub accounts: u64,
    /// How they are trained, each kind once.
    pub coverage: Vec<TrainingCoverage>,
}

impl Workforce {
    /// Nobody.
    #[must_use]
    pub fn nobody() -> Self {
        let none = |kind: &TrainingKind| TrainingCoverage { kind: *kind, in_date: 0, expiring: 0 };
        Self { accounts: 0, coverage: TrainingKind::ALL.iter().map(none).collect() }
    }

    /// Counts one more person, as trained on a day. On its last day training still counts.
    pub fn add(&mut self, training: &Training, day: NaiveDate) {
        self.accounts = self.accounts.saturating_add(1);
        let soon = day.checked_add_days(Days::new(EXPIRING_DAYS)).unwrap_or(day);
        for of in &mut self.coverage {
            let until = training.iter().find(|(kind, _)| *kind == of.kind).and_then(|(_, until)| *until);
            let Some(until) = until.filter(|until| day <= *until) else { continue };
            of.in_date = of.in_date.saturating_add(1);
            of.expiring = of.expiring.saturating_add((until <= soon).into());
        }
    }
}

/// Whose workforce it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkforceOf {
    /// An organisation's.
    Organisation {
        /// Its id.
        id: OrganisationId,
        /// Its name.
        name: String,
        /// The sector of its kind.
        sector: Sector,
    },
    /// A sector's.
    Sector(Sector),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn trained(until: [Option<&str>; 3]) -> Training {
        let [index_use, sharing, lead] = until.map(|until| until.map(day));
        [
            (TrainingKind::IndexUse, index_use),
            (TrainingKind::InformationSharing, sharing),
            (TrainingKind::LeadProfessional, lead),
        ]
    }

    #[test]
    fn training_counts_on_its_last_day_and_expires_within_sixty() {
        let today = day("2026-11-20");
        for (until, in_date, expiring) in [
            (None, 0, 0),
            (Some("2026-11-19"), 0, 0),
            (Some("2026-11-20"), 1, 1),
            (Some("2027-01-19"), 1, 1),
            (Some("2027-01-20"), 1, 0),
        ] {
            let mut workforce = Workforce::nobody();
            workforce.add(&trained([None, until, None]), today);
            assert_eq!(workforce.accounts, 1, "who is not trained is counted all the same");
            let expected = TrainingCoverage { kind: TrainingKind::InformationSharing, in_date, expiring };
            assert_eq!(workforce.coverage[1], expected, "{until:?}");
            assert_eq!((workforce.coverage[0].in_date, workforce.coverage[2].in_date), (0, 0));
        }
    }
}
