//! Lead professionals: who was asked to lead and what became of it, who leads since when, who stands in, who led before.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, ChildId, OrganisationId, PractitionerId, TeamId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::involvements::{Involvement, LeadKind};
use crate::domain::pages::NotAPlace;

codes! {
    /// How a proposal stands.
    pub enum LeadProposalState {
        /// It waits for an answer.
        Open => "open",
        /// Whoever was asked leads, or led, from then on.
        Accepted => "accepted",
        /// Whoever was asked declined.
        Declined => "declined",
        /// It was taken back.
        Withdrawn => "withdrawn",
        /// Nobody answered in time.
        Expired => "expired",
        /// Somebody else leads by now than when it was made.
        Superseded => "superseded",
    }
}

codes! {
    /// Why somebody declines to lead: a code, and nothing about the child.
    pub enum LeadDeclineReason {
        /// They have no time for it.
        NoCapacity => "no-capacity",
        /// They do not work with the child any more, or soon will not.
        Leaving => "leaving",
        /// Somebody else who is involved fits better.
        AnotherFitsBetter => "another-fits-better",
        /// The child or the family wishes for somebody else.
        FamilyPrefersAnother => "family-prefers-another",
        /// They have not been trained to lead.
        NotTrained => "not-trained",
    }
}

codes! {
    /// With what a lead ended.
    pub enum LeadEnd {
        /// Another accepted it.
        HandedOver => "handed-over",
        /// A colleague took it over within the same entry.
        Colleague => "colleague-took-over",
        /// The mark was taken off the entry.
        Released => "released",
        /// The involvement ended.
        InvolvementEnded => "involvement-ended",
        /// The consent that the involvement stood on ended.
        ConsentEnded => "consent-ended",
    }
}

/// That an entry's practitioner was asked to lead, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadProposal {
    /// The child.
    pub child: ChildId,
    /// Random within the child, so that gaps count nothing.
    pub number: i32,
    /// Of what they are to lead.
    pub kind: LeadKind,
    /// The entry whose practitioner is to lead, by its number within the child.
    pub involvement: i32,
    /// The entry that led when it was made.
    pub led_by: Option<i32>,
    /// The organisation that proposed it.
    pub organisation: OrganisationId,
    /// The account that did.
    pub proposed_by: AccountId,
    /// When.
    pub proposed_at: Instant,
    /// From when on it counts no more.
    pub expires_at: Instant,
    /// What was answered; open as long as nothing was.
    pub answer: LeadAnswer,
}

/// What was answered to a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadAnswer {
    /// Nothing.
    Waiting,
    /// Yes.
    Accepted(Instant),
    /// No, and why.
    Declined(Instant, LeadDeclineReason),
    /// It was taken back.
    Withdrawn(Instant),
    /// It was cleared away after it had expired, to be made anew.
    Expired(Instant),
    /// It was cleared away after somebody else had begun to lead.
    Superseded(Instant),
}

impl LeadAnswer {
    /// The state it is kept as, whatever the clock says.
    #[must_use]
    pub const fn state(self) -> LeadProposalState {
        match self {
            Self::Waiting => LeadProposalState::Open,
            Self::Accepted(_) => LeadProposalState::Accepted,
            Self::Declined(..) => LeadProposalState::Declined,
            Self::Withdrawn(_) => LeadProposalState::Withdrawn,
            Self::Expired(_) => LeadProposalState::Expired,
            Self::Superseded(_) => LeadProposalState::Superseded,
        }
    }

    /// When it was given.
    #[must_use]
    pub const fn at(self) -> Option<Instant> {
        match self {
            Self::Waiting => None,
            Self::Accepted(at)
            | Self::Declined(at, _)
            | Self::Withdrawn(at)
            | Self::Expired(at)
            | Self::Superseded(at) => Some(at),
        }
    }

    /// Why it was declined.
    #[must_use]
    pub const fn reason(self) -> Option<LeadDeclineReason> {
        match self {
            Self::Declined(_, reason) => Some(reason),
            _ => None,
        }
    }
}

impl LeadProposal {
    /// How it stands at `now`, where the entry `leads` has the lead: it counts only while nobody else has taken it, and
    /// no longer than it may wait, whether or not a job has run.
    #[must_use]
    pub fn state_at(&self, now: Instant, leads: Option<i32>) -> LeadProposalState {
        match self.answer.state() {
            LeadProposalState::Open if now >= self.expires_at => LeadProposalState::Expired,
            LeadProposalState::Open if leads.is_some() && leads != self.led_by => LeadProposalState::Superseded,
            state => state,
        }
    }
}

/// The lead that runs, as far as the index saw it begin: what a feed brought has none until something happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadTerm {
    /// Of what.
    pub kind: LeadKind,
    /// The entry that leads.
    pub involvement: i32,
    /// Its practitioner.
    pub practitioner: Option<PractitionerId>,
    /// Since when.
    pub since: Instant,
    /// Who stands in.
    pub cover: Option<LeadCover>,
}

impl LeadTerm {
    /// Whether it is of this entry as it is now: of nobody else whom it names by now.
    #[must_use]
    pub fn is_of(&self, entry: &Involvement) -> bool {
        Some(self.kind) == entry.lead && (self.involvement, self.practitioner) == (entry.number, entry.practitioner)
    }
}

/// Who stands in for a lead professional who is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeadCover {
    /// A colleague in the same organisation.
    pub practitioner: PractitionerId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub until: NaiveDate,
}

impl LeadCover {
    /// Whether they stand in on `day`.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        (self.from..=self.until).contains(&day)
    }

    /// Whether that is over on `day`.
    #[must_use]
    pub fn is_over_on(&self, day: NaiveDate) -> bool {
        day > self.until
    }
}

/// A lead that ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastLead {
    /// Of what.
    pub kind: LeadKind,
    /// The entry that led.
    pub involvement: i32,
    /// The team it was of then.
    pub team: Option<TeamId>,
    /// Who led.
    pub practitioner: Option<PractitionerId>,
    /// Since when.
    pub since: Instant,
    /// Until when.
    pub until: Instant,
    /// With what it ended.
    pub ended_as: LeadEnd,
}

/// Of what an entry's practitioner is the lead, and who that is; nothing where the entry has ended or is withdrawn.
#[must_use]
pub fn leading(entry: &Involvement) -> Option<(LeadKind, Option<PractitionerId>)> {
    let runs = entry.ended_on.is_none() && entry.withdrawn_at.is_none();
    entry.lead.filter(|_| runs).map(|kind| (kind, entry.practitioner))
}

/// With what the lead of an entry ended that became another by a change of it; nothing where it leads on as before.
#[must_use]
pub fn ended_by(before: &Involvement, after: &Involvement) -> Option<LeadEnd> {
    if leading(before).is_none() || leading(before) == leading(after) {
        return None;
    }
    Some(if after.ended_on.is_some() {
        LeadEnd::InvolvementEnded
    } else if after.withdrawn_at.is_some() {
        LeadEnd::ConsentEnded
    } else if after.lead == before.lead {
        LeadEnd::Colleague
    } else {
        LeadEnd::Released
    })
}

codes! {
    /// What those who co-ordinate early help look through.
    pub enum LeadWorkList {
        /// Children with two or more additional services and nobody who leads.
        WithoutLead => "without-lead",
        /// Lead professionals whose contact is stale.
        StaleContact => "stale-contact",
        /// Proposals that wait for an answer.
        Proposed => "proposed",
        /// Lead professionals whose training as such has lapsed.
        LapsedTraining => "lapsed-training",
    }
}

codes! {
    /// What those who co-ordinate are warned of about somebody who leads.
    pub enum LeadWarning {
        /// Their training as a lead professional counts no more.
        TrainingLapsed => "training-lapsed",
    }
}

/// So many additional services make a lead professional worth having.
pub const SERVICES_THAT_NEED_A_LEAD: usize = 2;

/// The place in a list of children after one that was shown. Written as base64url, so that a number that is for life does
/// not stand openly in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AfterChild(pub IndexNumber);

impl fmt::Display for AfterChild {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0.to_string()))
    }
}

impl FromStr for AfterChild {
    type Err = NotAPlace;

    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| NotAPlace)?;
        let number = std::str::from_utf8(&bytes).map_err(|_| NotAPlace)?;
        let place = Self(IndexNumber::parse(number).map_err(|_| NotAPlace)?);
        // One spelling alone: a number may be written in several ways, its place in one.
        if place.to_string() == text { Ok(place) } else { Err(NotAPlace) }
    }
}

#[cfg(test)]
mod tests;
