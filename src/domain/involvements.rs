//! Involvements: an organisation's service, and usually a practitioner in it, working with a child between two dates.

use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, ChildId, OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::services::Service;

codes! {
    /// The kinds of lead professional; a child has at most one current lead of each, as present guidance names the
    /// two apart.
    pub enum LeadKind {
        /// Leads early help.
        EarlyHelp => "early-help",
        /// Leads the child protection plan.
        ChildProtection => "child-protection",
    }
}

codes! {
    /// Why a sensitive service may be recorded at all (2007 regulations).
    pub enum GroundKind {
        /// The child or young person consents, or a person with parental responsibility for them.
        Consent => "consent",
        /// There is reasonable cause to suspect significant harm.
        SignificantHarm => "significant-harm",
    }
}

codes! {
    /// Who gave a consent.
    pub enum ConsentGiver {
        /// The child or young person.
        Child => "child",
        /// A person with parental responsibility.
        ParentalResponsibility => "parental-responsibility",
    }
}

/// The ground on which a sensitive involvement is recorded; hidden from ordinary readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Consent or significant harm.
    pub kind: GroundKind,
    /// Who consented.
    pub given_by: Option<ConsentGiver>,
    /// The day of the consent or of the judgement.
    pub on: Option<NaiveDate>,
}

/// An involvement, by its child and its random number within the child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Involvement {
    /// The child.
    pub child: ChildId,
    /// Random within the child, so that gaps count nothing.
    pub number: i32,
    /// The service given.
    pub service: Service,
    /// The organisation that gives it and owns this entry.
    pub organisation: OrganisationId,
    /// The team.
    pub team: Option<TeamId>,
    /// The practitioner; universal services are often without a named person.
    pub practitioner: Option<PractitionerId>,
    /// The first day.
    pub started_on: NaiveDate,
    /// The last day, once ended.
    pub ended_on: Option<NaiveDate>,
    /// When somebody last said that the entry is still right.
    pub last_confirmed_at: Instant,
    /// Marks the lead professional of a kind.
    pub lead: Option<LeadKind>,
    /// The ground of a sensitive involvement.
    pub ground: Option<Ground>,
    /// When the consent it stood on was withdrawn: from then on nobody sees it.
    pub withdrawn_at: Option<Instant>,
    /// The account that entered it; none where the organisation's feed did.
    pub entered_by: Option<AccountId>,
    /// Whether it was entered while the child was shielded.
    pub entered_under_shield: bool,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was entered.
    pub created_at: Instant,
}

impl Involvement {
    /// Whether the involvement runs on `day`.
    #[must_use]
    pub fn is_live_on(&self, day: NaiveDate) -> bool {
        self.started_on <= day && self.ended_on.is_none_or(|ended| ended >= day)
    }

    /// The random numbers run from 1 to this.
    pub const HIGHEST_NUMBER: i32 = 999_999;
}
