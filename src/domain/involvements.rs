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

codes! {
    /// How it was judged that whoever gave a consent may give it.
    pub enum ConsentJudged {
        /// The young person is sixteen or over.
        SixteenOrOver => "sixteen-or-over",
        /// The child is under sixteen and understands what is consented to.
        CompetentUnderSixteen => "competent-under-sixteen",
        /// Whoever consented has parental responsibility, as far as was looked into.
        ParentalResponsibility => "parental-responsibility-confirmed",
    }
}

impl ConsentJudged {
    /// Of whom it is judged.
    #[must_use]
    pub const fn is_of(self) -> ConsentGiver {
        match self {
            Self::SixteenOrOver | Self::CompetentUnderSixteen => ConsentGiver::Child,
            Self::ParentalResponsibility => ConsentGiver::ParentalResponsibility,
        }
    }
}

codes! {
    /// What a ground in the ledger is worth.
    pub enum ConsentState {
        /// The entry stands on it.
        Current => "current",
        /// Its last day has passed: nobody sees the entry.
        Lapsed => "lapsed",
        /// Another took its place.
        Superseded => "superseded",
        /// It was withdrawn: nobody sees the entry.
        Withdrawn => "withdrawn",
    }
}

/// The ground on which a sensitive involvement is recorded; hidden from ordinary readers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ground {
    /// Consent or significant harm.
    pub kind: GroundKind,
    /// Who consented.
    pub given_by: Option<ConsentGiver>,
    /// How it was judged that they may.
    pub judged: Option<ConsentJudged>,
    /// The day of the consent or of the judgement.
    pub on: Option<NaiveDate>,
    /// The last day on which a consent counts; without one until it is withdrawn.
    pub until: Option<NaiveDate>,
}

impl Ground {
    /// A ground of this kind of which nothing else is known.
    #[must_use]
    pub const fn of(kind: GroundKind) -> Self {
        Self { kind, given_by: None, judged: None, on: None, until: None }
    }

    /// Whether it has lapsed by `day`, whether or not a job has run.
    #[must_use]
    pub fn has_lapsed_on(&self, day: NaiveDate) -> bool {
        self.until.is_some_and(|until| day > until)
    }
}

/// A ground that another replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastGround {
    /// The number of the entry within the child.
    pub number: i32,
    /// The ground.
    pub ground: Ground,
    /// When another took its place.
    pub ended_at: Instant,
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

    /// Whether anybody may be told of the involvement on `day`: the consent it may stand on has neither been withdrawn nor
    /// lapsed.
    #[must_use]
    pub fn may_be_told_on(&self, day: NaiveDate) -> bool {
        self.withdrawn_at.is_none() && !self.ground.is_some_and(|ground| ground.has_lapsed_on(day))
    }

    /// What its ground is worth on `day`.
    #[must_use]
    pub fn consent_state_on(&self, day: NaiveDate) -> ConsentState {
        match (self.withdrawn_at, self.may_be_told_on(day)) {
            (Some(_), _) => ConsentState::Withdrawn,
            (None, true) => ConsentState::Current,
            (None, false) => ConsentState::Lapsed,
        }
    }

    /// The random numbers run from 1 to this.
    pub const HIGHEST_NUMBER: i32 = 999_999;
}
