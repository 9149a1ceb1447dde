//! Refusals: what is answered instead of a permit. None of them carries anything about a child.

use std::time::Duration;

use crate::domain::accounts::Lapse;
use crate::domain::audit::actions::Outcome;
use crate::domain::codes::codes;

codes! {
    /// Why a caller who may know that the thing exists may not have it.
    pub enum Forbidden {
        /// The role does not open this door.
        Role => "role-not-permitted",
        /// Services of other sectors start this.
        Sector => "sector-not-permitted",
        /// A capability is missing.
        Capability => "capability-missing",
        /// Neither does the organisation work with the child nor does the caller co-ordinate in its area.
        NotInvolved => "not-involved",
        /// Only those who sit on the panel.
        NotMember => "not-a-panel-member",
        /// Only the chair of the panel and its area's management team.
        NotChair => "not-the-chair",
        /// The entry belongs to another organisation.
        NotOwner => "not-your-organisations-entry",
        /// What may not be seen may not be replaced either.
        Hidden => "block-not-visible",
        /// The sector may not read this identifier, and so may not search by it.
        Identifier => "identifier-not-readable",
        /// The service does not work before birth, and so may not search by the mother.
        Mother => "mother-not-searchable",
        /// The area is another's.
        Area => "outside-your-area",
        /// Nobody grants or changes this for themselves.
        Oneself => "not-for-yourself",
        /// The code that a caller said is not right, was used, or was not sent.
        VerificationCode => "verification-code-refused",
        /// The caller's account may not be used today.
        CallerStanding => "caller-not-in-standing",
        /// Two people are needed.
        SecondPerson => "second-person-required",
    }
}

/// A decision against the caller. It is an answer like any other: recorded, and never turned into an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The child does not exist, or the caller may not know that it does: one answer for both.
    NotFound,
    /// The caller may know, but not have.
    Forbidden(Forbidden),
    /// The account's standing is not in order.
    Lapsed(Lapse),
    /// No account is registered for this identity.
    UnknownAccount,
    /// The operation asks for two factors.
    StrongerAuthentication,
    /// The operation asks for a more recent login.
    RecentLogin,
    /// A budget is used up.
    OverBudget {
        /// When to come back.
        retry_after: Duration,
    },
    /// The record has changed since the caller read it.
    Stale,
    /// The change collides with what is there.
    Conflict(Conflict),
    /// The idempotency key was sent before with another body.
    KeyReused,
    /// The request contradicts the record or itself.
    Invalid(Violation),
}

codes! {
    /// What a change collides with.
    pub enum Conflict {
        /// Another current lead professional of the kind.
        LeadProfessional => "lead-professional-exists",
        /// The same practitioner waits to answer the same question.
        LeadProposed => "lead-proposed",
        /// The proposal has been answered or taken back, has expired, or somebody else leads by now.
        LeadProposalOver => "lead-proposal-over",
        /// The practitioner leads already.
        Leads => "leads-already",
        /// The entry names nobody who could lead.
        NobodyNamed => "nobody-named",
        /// Nobody leads, as far as the caller may see.
        NoLead => "no-lead-professional",
        /// The involvement has ended.
        Ended => "involvement-ended",
        /// The assessment has ended.
        AssessmentEnded => "assessment-ended",
        /// The involvement is on its way somewhere.
        TransferOpen => "transfer-open",
        /// The entry does not stand on consent.
        NoConsent => "no-consent-recorded",
        /// The entry stands on no ground.
        NoGround => "no-ground-recorded",
        /// The same service of the same organisation, team and practitioner is registered already.
        Registered => "already-registered",
        /// The organisation has registered a child under this key of its own already.
        SourceKey => "source-key-taken",
        /// So many are kept from the record that no more may be.
        Restrictions => "too-many-restrictions",
        /// The child is not shielded.
        NotShielded => "not-shielded",
        /// Another manager works the case.
        CaseTaken => "case-taken",
        /// The caller has not taken the case.
        CaseNotTaken => "case-not-taken",
        /// A case of this kind ends with what it is about.
        CaseGoesOn => "case-goes-on",
        /// The warning was acknowledged before, is too old, or was given to somebody else.
        WarningOver => "warning-over",
        /// The caller has an open request about the child.
        ContactAsked => "contact-already-asked",
        /// The request is not in a state for this step.
        ContactState => "contact-out-of-step",
        /// Another manager has the request, or none has.
        ContactNotTaken => "contact-not-taken",
        /// The code is taken.
        Code => "code-taken",
        /// Another team of the organisation serves the district.
        District => "district-taken",
        /// The child is born, or the record is closed.
        Born => "not-unborn",
        /// The period has not ended.
        PeriodOpen => "period-open",
        /// The child is on this agenda.
        OnAgenda => "already-on-agenda",
        /// The step cannot follow where things stand.
        OutOfOrder => "out-of-order",
        /// The account has the capability.
        CapabilityHeld => "capability-held",
        /// The same is proposed and waits for another person.
        CapabilityProposed => "capability-proposed",
        /// Whoever proposed it may decide no more.
        ProposalVoid => "proposal-void",
        /// The organisation is a member of the partnership on one of these days.
        Member => "member-already",
        /// Another agreement of the partnership is adopted for one of these days.
        AgreementOverlap => "agreement-overlap",
        /// The identity is registered already.
        Identity => "identity-registered",
    }
}

/// One thing wrong with a request, where and what to do; never what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Violation {
    /// A JSON pointer into the body.
    pub pointer: &'static str,
    /// What is wrong and what to do.
    pub message: &'static str,
}

impl Refusal {
    /// The stable code the caller and the log are given.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden(forbidden) => forbidden.code(),
            Self::Lapsed(lapse) => lapse.code(),
            Self::UnknownAccount => "account-unknown",
            Self::StrongerAuthentication => "stronger-authentication-required",
            Self::RecentLogin => "recent-login-required",
            Self::OverBudget { .. } => "over-budget",
            Self::Stale => "stale",
            Self::Conflict(conflict) => conflict.code(),
            Self::KeyReused => "idempotency-key-reused",
            Self::Invalid(_) => "invalid",
        }
    }

    /// How the log names the end of a request so refused.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::NotFound => Outcome::NotFound,
            Self::OverBudget { .. } => Outcome::OverBudget,
            Self::Stale => Outcome::PreconditionFailed,
            Self::Conflict(_) => Outcome::Conflict,
            Self::KeyReused | Self::Invalid(_) => Outcome::Invalid,
            Self::Forbidden(_)
            | Self::Lapsed(_)
            | Self::UnknownAccount
            | Self::StrongerAuthentication
            | Self::RecentLogin => Outcome::Refused,
        }
    }
}
