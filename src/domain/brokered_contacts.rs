//! Brokered contact: a practitioner asks the management team to be put in touch with a service that is withheld.

use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, CaseId, ChildId, ContactId};
use crate::domain::instants::{DAY, HOUR, Instant};
use crate::domain::routes::OpeningHours;

codes! {
    /// What a contact is wanted for; no prose, which would become case data.
    pub enum ContactNeed {
        /// A concern about safety that cannot wait for office hours.
        UrgentSafety => "urgent-safety",
        /// To work together.
        JointWork => "joint-work",
        /// To share information that the other service needs.
        InformationSharing => "information-sharing",
        /// To refer the child.
        Referral => "referral",
        /// The child moves on to another service.
        Transition => "transition",
    }
}

codes! {
    /// How far a request has come.
    pub enum ContactState {
        /// Asked, and with the management team.
        Asked => "asked",
        /// Passed on to a service, which has not answered.
        Forwarded => "forwarded",
        /// The service gets in touch.
        Accepted => "accepted",
        /// The service does not.
        Declined => "declined",
        /// Done with.
        Closed => "closed",
    }
}

codes! {
    /// Why a service does not get in touch. Never told to who asked.
    pub enum DeclineReason {
        /// The child or a person with parental responsibility does not want it.
        NoConsent => "no-consent",
        /// The service is not involved any more.
        NoLongerInvolved => "no-longer-involved",
        /// It could bring harm.
        RiskOfHarm => "risk-of-harm",
        /// They are in touch by another way.
        OtherWay => "in-touch-already",
    }
}

codes! {
    /// What came of a request. Whether there was a service to be put in touch with is not told.
    pub enum ContactOutcome {
        /// They are in touch.
        InTouch => "in-touch",
        /// They are not: there was nobody, nobody could, or somebody declined.
        NotInTouch => "not-in-touch",
    }
}

codes! {
    /// What somebody is to a request.
    pub enum ContactPart {
        /// Who asked.
        Asker => "asker",
        /// The management team of the asker's area.
        Broker => "broker",
        /// A member of the service that it was forwarded to.
        Provider => "provider",
    }
}

/// What is done to a request, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactStep {
    /// A manager takes it, and sees both sides from then on.
    Take,
    /// Its manager forwards it to the service with this entry.
    Forward(i32),
    /// The service gets in touch with who asked.
    Accept,
    /// The service does not.
    Decline(DeclineReason),
    /// Its manager closes it.
    Close(ContactOutcome),
}

impl ContactStep {
    /// The code of the step, in bodies and in the log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Take => "take",
            Self::Forward(_) => "forward",
            Self::Accept => "accept",
            Self::Decline(_) => "decline",
            Self::Close(_) => "close",
        }
    }

    /// Whose step it is.
    #[must_use]
    pub const fn part(self) -> ContactPart {
        match self {
            Self::Take | Self::Forward(_) | Self::Close(_) => ContactPart::Broker,
            Self::Accept | Self::Decline(_) => ContactPart::Provider,
        }
    }

    /// Whether it can be done to a request in this state.
    #[must_use]
    pub const fn fits(self, state: ContactState) -> bool {
        use ContactState::{Asked, Closed, Declined, Forwarded};
        match self {
            Self::Take | Self::Close(_) => !matches!(state, Closed),
            Self::Forward(_) => matches!(state, Asked | Declined),
            Self::Accept | Self::Decline(_) => matches!(state, Forwarded),
        }
    }
}

/// A request to be put in touch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokeredContact {
    /// Its id.
    pub id: ContactId,
    /// The child.
    pub child: ChildId,
    /// The management team's case.
    pub case: CaseId,
    /// The area whose team works it: the asker's, since the child's would tell the region.
    pub area: String,
    /// The manager who took it.
    pub manager: Option<AccountId>,
    /// What for.
    pub need: ContactNeed,
    /// Who asked.
    pub asked_by: AccountId,
    /// How far it has come.
    pub state: ContactState,
    /// The involvement it was forwarded to.
    pub entry: Option<i32>,
    /// Why the service declined.
    pub decline_reason: Option<DeclineReason>,
    /// What came of it.
    pub outcome: Option<ContactOutcome>,
    /// When it was asked.
    pub asked_at: Instant,
    /// When it is overdue.
    pub due_at: Instant,
    /// When it was closed.
    pub closed_at: Option<Instant>,
}

impl BrokeredContact {
    /// Whether it should be done with by now and is not, whether or not anything ran to notice.
    #[must_use]
    pub fn is_overdue(&self, now: Instant) -> bool {
        self.closed_at.is_none() && self.due_at <= now
    }

    /// The request after a step that fits.
    #[must_use]
    pub fn after(&self, step: ContactStep, by: AccountId, now: Instant) -> Self {
        let mut after = self.clone();
        match step {
            ContactStep::Take => after.manager = Some(by),
            ContactStep::Forward(entry) => {
                after.state = ContactState::Forwarded;
                after.entry = Some(entry);
                after.decline_reason = None;
            }
            ContactStep::Accept => after.state = ContactState::Accepted,
            ContactStep::Decline(reason) => {
                after.state = ContactState::Declined;
                after.decline_reason = Some(reason);
            }
            ContactStep::Close(outcome) => {
                after.state = ContactState::Closed;
                after.outcome = Some(outcome);
                after.closed_at = Some(now);
            }
        }
        after
    }
}

/// When a request is overdue: an urgent one after two hours, by night too; any other after a day, or when offices next
/// open after that.
#[must_use]
pub fn due_at(need: ContactNeed, asked_at: Instant) -> Instant {
    if need == ContactNeed::UrgentSafety {
        return asked_at.plus(2 * HOUR);
    }
    let day_later = asked_at.plus(DAY);
    match OpeningHours::parse("Mo-Fr 09:00-17:00; PH off") {
        Ok(office) if !office.is_open_at(day_later) => office.next_open_at(day_later).unwrap_or(day_later),
        _ => day_later,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_urgent_request_does_not_wait_for_offices_and_others_do() {
        let due = |need, at: &str| due_at(need, Instant::parse(at).unwrap()).to_string();
        assert_eq!(due(ContactNeed::UrgentSafety, "2026-11-28T23:00:00Z"), "2026-11-29T01:00:00Z");
        assert_eq!(due(ContactNeed::JointWork, "2026-11-24T10:00:00Z"), "2026-11-25T10:00:00Z");
        assert_eq!(due(ContactNeed::JointWork, "2026-11-27T10:00:00Z"), "2026-11-30T09:00:00Z");
        assert_eq!(due(ContactNeed::Referral, "2026-12-24T10:00:00Z"), "2026-12-29T09:00:00Z");
    }

    #[test]
    fn nothing_is_done_to_a_closed_request_and_nothing_answered_twice() {
        let steps = [
            ContactStep::Take,
            ContactStep::Forward(1),
            ContactStep::Accept,
            ContactStep::Decline(DeclineReason::NoConsent),
            ContactStep::Close(ContactOutcome::InTouch),
        ];
        let fitting =
            |state| -> Vec<_> { steps.iter().filter(|step| step.fits(state)).map(|step| step.code()).collect() };
        assert_eq!(fitting(ContactState::Asked), ["take", "forward", "close"]);
        assert_eq!(fitting(ContactState::Forwarded), ["take", "accept", "decline", "close"]);
        assert_eq!(fitting(ContactState::Accepted), ["take", "close"]);
        assert_eq!(fitting(ContactState::Declined), ["take", "forward", "close"]);
        assert!(fitting(ContactState::Closed).is_empty());
    }
}
