//! Shields of carers: a person in hiding is hidden on every record that names them, whether or not the child is shielded.

use chrono::NaiveDate;

use super::children::ShieldGround;
use super::ids::CarerShieldId;
use super::instants::Instant;
use super::shields::{Proposal, confirm_by};

/// A shield on a carer. Whom it hides is known by keyed hashes alone: it bears no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarerShield {
    /// Its id.
    pub id: CarerShieldId,
    /// The area whose management team decides about it: that of the child it was asked for on.
    pub area: String,
    /// The ground.
    pub ground: ShieldGround,
    /// Since when.
    pub since: Instant,
    /// When the management team confirmed it; until then an organisation still sees the carers it supplied itself.
    pub confirmed_at: Option<Instant>,
    /// The day on which the team looks again.
    pub review_on: Option<NaiveDate>,
    /// The proposal to lift it.
    pub lift: Option<Proposal>,
}

impl CarerShield {
    /// The last day on which it is confirmed in time; none once it is. Silence keeps it.
    #[must_use]
    pub fn confirm_by(&self) -> Option<NaiveDate> {
        self.confirmed_at.is_none().then(|| confirm_by(self.since))
    }

    /// The proposal to lift it, if it still counts on `day`.
    #[must_use]
    pub fn lift_proposed(&self, day: NaiveDate) -> Option<Proposal> {
        self.lift.filter(|proposal| proposal.counts_on(day))
    }
}

/// That a carer on a record is shielded, or can be reached by what leads to somebody who is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cover {
    /// Whether the management team has confirmed such a shield.
    pub confirmed: bool,
}
