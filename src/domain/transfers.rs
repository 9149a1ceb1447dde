//! Transfers: a child on the way from one service to another, so that nobody falls between; codes, and never what happened.

use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::enquiries::{DeclineReason, Need, one_working_day_after};
use crate::domain::ids::{AccessPointId, AccountId, ChildId, OrganisationId, PathwayId, TeamId, TransferId};
use crate::domain::instants::Instant;
use crate::domain::involvements::{ConsentGiver, Ground, GroundKind};
use crate::domain::services::Service;

codes! {
    /// Which way a transfer leads along the continuum of need.
    pub enum TransferKind {
        /// To a service for more need: from early help to social care.
        StepUp => "step-up",
        /// To a service for less need: from social care to early help.
        StepDown => "step-down",
        /// To a service for as much need: to another team or area, or from one universal service to the next.
        Transfer => "transfer",
    }
}

codes! {
    /// Where a transfer stands.
    pub enum TransferState {
        /// The receiver is to answer; the sender goes on.
        Proposed => "proposed",
        /// The receiver declined: the desk is to place it; the sender goes on.
        Escalated => "escalated",
        /// The receiver took the child on, and the sender's involvement ended with that.
        Accepted => "accepted",
        /// The sender took it back and goes on.
        Withdrawn => "withdrawn",
        /// A step down that the family did not consent to: the sender's involvement ended, and a gap is listed.
        Unconsented => "closed-without-consent",
    }
}

codes! {
    /// On what a transfer stands.
    pub enum TransferBasisKind {
        /// The child or a person with parental responsibility consents.
        Consent => "consent",
        /// There is reasonable cause to suspect significant harm; no consent is needed.
        SignificantHarm => "significant-harm",
        /// Consent was asked for and refused.
        ConsentRefused => "consent-refused",
    }
}

codes! {
    /// Why a sender takes a transfer back.
    pub enum WithdrawReason {
        /// It is needed no more.
        NotNeeded => "not-needed",
        /// The consent it stood on was withdrawn.
        ConsentWithdrawn => "consent-withdrawn",
        /// The family lives elsewhere now.
        MovedAway => "moved-away",
        /// Somebody else is better placed to receive the child.
        OtherReceiver => "other-receiver",
        /// It should not have been proposed.
        EnteredInError => "entered-in-error",
    }
}

codes! {
    /// What is left open where a child moves on: that it is, never why.
    pub enum TransferGap {
        /// The family does not consent to what would follow.
        NoConsent => "no-consent",
        /// Who was asked declined, and nobody else has accepted yet.
        NobodyAccepted => "nobody-accepted",
        /// The lead professional ends with the sender's involvement.
        NoLeadProfessional => "no-lead-professional",
        /// An assessment is under way or has yet to be started.
        AssessmentOutstanding => "assessment-outstanding",
        /// A review is due.
        ReviewOutstanding => "review-outstanding",
        /// No school or setting has a place.
        NoSchoolPlace => "no-school-place",
        /// No health service has taken over.
        NoHealthService => "no-health-service",
        /// Nobody supports the family at home.
        NoFamilySupport => "no-family-support",
        /// The family has no settled home.
        NoSettledHome => "no-settled-home",
    }
}

codes! {
    /// Which transfers a work-list is made of.
    pub enum TransferList {
        /// Those that the reader's organisation is to answer.
        Waiting => "waiting",
        /// Those that were declined, for the desk that is to place them.
        Escalated => "escalated",
        /// Those that the reader's organisation proposed and nobody has answered.
        Unanswered => "unanswered",
        /// Those that the reader's organisation proposed and nobody has accepted: unanswered and declined ones.
        Unaccepted => "unaccepted",
    }
}

codes! {
    /// What came of one of many that were proposed or accepted together.
    pub enum MoveOutcome {
        /// It was proposed.
        Proposed => "proposed",
        /// It had been proposed to the same receiver before, and waits.
        ProposedBefore => "proposed-before",
        /// It was accepted.
        Accepted => "accepted",
        /// It was refused, and nothing was changed for it.
        Refused => "refused",
    }
}

impl TransferKind {
    /// The kind of a move from one service to another.
    #[must_use]
    pub fn between(from: Service, to: Service) -> Self {
        match to.tier().cmp(&from.tier()) {
            std::cmp::Ordering::Greater => Self::StepUp,
            std::cmp::Ordering::Less => Self::StepDown,
            std::cmp::Ordering::Equal => Self::Transfer,
        }
    }

    /// The need that a desk answers to where one has to place such a transfer.
    #[must_use]
    pub const fn need(self) -> Need {
        match self {
            Self::StepUp => Need::Safeguarding,
            Self::StepDown | Self::Transfer => Need::EarlyHelp,
        }
    }
}

impl TransferState {
    /// Whether nothing more is to be decided.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Accepted | Self::Withdrawn | Self::Unconsented)
    }

    /// Where a move leads; none where it cannot follow here.
    #[must_use]
    pub const fn after(self, moved: TransferMove) -> Option<Self> {
        match (self, moved) {
            (Self::Proposed, TransferMove::Accept { .. }) => Some(Self::Accepted),
            (Self::Proposed, TransferMove::Decline(_)) => Some(Self::Escalated),
            (Self::Proposed | Self::Escalated, TransferMove::Withdraw(_)) => Some(Self::Withdrawn),
            (Self::Escalated, TransferMove::Place { .. }) => Some(Self::Proposed),
            _ => None,
        }
    }
}

impl TransferGap {
    /// Whether somebody states it, rather than that it follows from where the transfer stands.
    #[must_use]
    pub const fn is_stated(self) -> bool {
        !matches!(self, Self::NoConsent | Self::NobodyAccepted)
    }
}

/// What is done to a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferMove {
    /// The receiver takes the child on.
    Accept {
        /// The number of its involvement, which begins.
        to: i32,
        /// Whether the lead professional ended with the sender's.
        leaves_no_lead: bool,
    },
    /// The receiver does not.
    Decline(DeclineReason),
    /// The sender takes it back.
    Withdraw(WithdrawReason),
    /// The desk asks somebody else.
    Place {
        /// The organisation.
        organisation: OrganisationId,
        /// A team of it.
        team: Option<TeamId>,
    },
}

/// On what a transfer stands: who said what, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransferBasis {
    /// Consent, its refusal, or significant harm.
    pub kind: TransferBasisKind,
    /// Who consented or refused.
    pub given_by: Option<ConsentGiver>,
    /// The day.
    pub on: Option<NaiveDate>,
}

impl TransferBasis {
    /// The ground of the receiving involvement, where that is of a sensitive service; a refusal is none.
    #[must_use]
    pub const fn ground(&self) -> Option<Ground> {
        let kind = match self.kind {
            TransferBasisKind::Consent => GroundKind::Consent,
            TransferBasisKind::SignificantHarm => GroundKind::SignificantHarm,
            TransferBasisKind::ConsentRefused => return None,
        };
        Some(Ground { kind, given_by: self.given_by, judged: None, on: self.on, until: None })
    }
}

/// Who is to receive a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receiver {
    /// The organisation.
    pub organisation: OrganisationId,
    /// A team of it.
    pub team: Option<TeamId>,
    /// What it is to do for the child.
    pub service: Service,
}

/// The desk that places a transfer which was declined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferDesk {
    /// The access point.
    pub access_point: AccessPointId,
    /// The organisation that runs it.
    pub organisation: OrganisationId,
    /// The area it serves.
    pub area: String,
}

/// A child on the way from one service to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Its id.
    pub id: TransferId,
    /// The child.
    pub child: ChildId,
    /// What it shares with the transfers that led to it and that follow on it.
    pub pathway: PathwayId,
    /// Up, down, or neither.
    pub kind: TransferKind,
    /// Where it stands.
    pub state: TransferState,
    /// The number of the sending involvement.
    pub from: i32,
    /// The organisation that sends.
    pub sender: OrganisationId,
    /// Who is to receive.
    pub receiver: Receiver,
    /// The number of the receiving involvement, once there is one.
    pub to: Option<i32>,
    /// Where it goes when it is declined.
    pub desk: TransferDesk,
    /// On what it stands; a move between universal services stands on nothing.
    pub basis: Option<TransferBasis>,
    /// What is open, each once.
    pub gaps: Vec<TransferGap>,
    /// Why the last who was asked declined.
    pub declined: Option<DeclineReason>,
    /// Why the sender took it back.
    pub withdrawn: Option<WithdrawReason>,
    /// Who proposed it.
    pub proposed_by: AccountId,
    /// When.
    pub proposed_at: Instant,
    /// When the next answer is due; none once closed.
    pub due_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Whether it was proposed while the child was shielded.
    pub under_shield: bool,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Transfer {
    /// The transfer after a move; none where the move cannot follow.
    #[must_use]
    pub fn after(&self, moved: TransferMove, now: Instant) -> Option<Self> {
        let state = self.state.after(moved)?;
        let mut next = Self { state, ..self.clone() };
        match moved {
            TransferMove::Accept { to, leaves_no_lead } => {
                next.to = Some(to);
                next.close_gap(TransferGap::NobodyAccepted);
                if leaves_no_lead {
                    next.open_gap(TransferGap::NoLeadProfessional);
                }
            }
            TransferMove::Decline(reason) => {
                next.declined = Some(reason);
                next.open_gap(TransferGap::NobodyAccepted);
            }
            TransferMove::Withdraw(reason) => {
                next.withdrawn = Some(reason);
                next.close_gap(TransferGap::NobodyAccepted);
            }
            TransferMove::Place { organisation, team } => {
                next.receiver = Receiver { organisation, team, ..next.receiver };
            }
        }
        next.due_at = (!state.is_closed()).then(|| due_at(self.kind, now));
        next.closed_at = state.is_closed().then_some(now);
        Some(next)
    }

    /// Lists a gap, once.
    pub fn open_gap(&mut self, gap: TransferGap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Lists a gap no more, and says whether it was listed.
    pub fn close_gap(&mut self, gap: TransferGap) -> bool {
        let before = self.gaps.len();
        self.gaps.retain(|open| *open != gap);
        self.gaps.len() < before
    }

    /// Whether an answer is overdue.
    #[must_use]
    pub fn is_overdue_at(&self, now: Instant) -> bool {
        self.due_at.is_some_and(|due| due < now)
    }
}

/// When an answer is due: to a step up within a working day, as to any referral; to any other within five.
#[must_use]
pub fn due_at(kind: TransferKind, from: Instant) -> Instant {
    let days = match kind {
        TransferKind::StepUp => 1,
        TransferKind::StepDown | TransferKind::Transfer => 5,
    };
    (0..days).fold(from, |at, _| one_working_day_after(at))
}

#[cfg(test)]
mod tests;
