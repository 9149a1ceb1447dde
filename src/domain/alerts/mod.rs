//! Alerts: what the rules notice in the log, and how an auditor works through it.

pub mod accesses;
pub mod rules;
pub mod scenes;
pub mod views;

#[cfg(test)]
mod scenarios;

use uuid::Uuid;

use self::rules::RuleKind;
use crate::domain::codes::codes;
use crate::domain::instants::Instant;

codes! {
    /// How far an alert has been worked through.
    pub enum AlertStatus {
        /// Nobody has looked at it.
        Open => "open",
        /// An auditor has looked at it and said what it was.
        Reviewed => "reviewed",
        /// Nothing more is to be done.
        Closed => "closed",
    }
}

codes! {
    /// What an alert turned out to be.
    pub enum AlertOutcome {
        /// The work explains it.
        NoConcern => "no-concern",
        /// The account holder was spoken to or trained.
        Advised => "advised",
        /// It was handed to the employer.
        ReferredToEmployer => "referred-to-employer",
        /// The record was opened without need.
        Misuse => "misuse",
        /// The account itself was in other hands.
        Compromised => "compromised",
        /// Somebody else has closed the investigation that an override opens.
        Investigated => "investigated",
    }
}

codes! {
    /// Why an account holder says they opened a record.
    pub enum Justification {
        /// They or their team work with the child.
        WorkingWithChild => "working-with-child",
        /// Somebody was worried about the child.
        Concern => "concern",
        /// They were asked to, by a manager or another service.
        Asked => "asked",
        /// They took the child for another.
        WrongChild => "wrong-child",
        /// They cannot say.
        CannotSay => "cannot-say",
        /// They did not do it: the account may be in other hands.
        NotMe => "not-me",
    }
}

impl Justification {
    /// Whether an auditor should hear of the answer.
    #[must_use]
    pub const fn alarms(self) -> bool {
        match self {
            Self::WorkingWithChild | Self::Concern | Self::Asked | Self::WrongChild => false,
            Self::CannotSay | Self::NotMe => true,
        }
    }
}

/// Something that a rule noticed about an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Its id.
    pub id: Uuid,
    /// The rule.
    pub rule: RuleKind,
    /// What makes it one alert: the same rule raises it once for an account and occasion.
    pub occasion: String,
    /// The account.
    pub account: Uuid,
    /// Its organisation then.
    pub organisation: Uuid,
    /// Its area then, whose auditors work through it.
    pub area: String,
    /// Whether it rests on what is hidden of a child: then it is for cleared auditors.
    pub protected: bool,
    /// How far it has been worked through.
    pub status: AlertStatus,
    /// What it turned out to be.
    pub outcome: Option<AlertOutcome>,
    /// What was measured.
    pub measure: i64,
    /// From which measure on the rule raises an alert.
    pub threshold: i64,
    /// When it was raised.
    pub raised_at: Instant,
    /// Who reviewed it.
    pub reviewed_by: Option<Uuid>,
    /// When it was reviewed.
    pub reviewed_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Counts changes, from 1.
    pub version: i64,
    /// The events it rests on.
    pub events: Vec<u64>,
}

/// What an auditor makes of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertChange {
    /// How far it is worked through now.
    pub status: AlertStatus,
    /// What it turned out to be; as before where nothing is said.
    pub outcome: Option<AlertOutcome>,
}

/// A change that the order of work does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfOrder {
    /// Where it may go from where it is: open, reviewed, closed, and no way back.
    Status,
    /// What is reviewed has an outcome.
    OutcomeMissing,
}

impl Alert {
    /// The alert as an auditor leaves it: open to reviewed with an outcome, reviewed to closed; a review may be corrected
    /// until it is closed.
    ///
    /// # Errors
    /// Where the order of work does not allow it.
    pub fn changed(&self, change: AlertChange, by: Uuid, at: Instant) -> Result<Self, OutOfOrder> {
        use AlertStatus::{Closed, Open, Reviewed};
        let outcome = change.outcome.or(self.outcome);
        let mut after = Self { status: change.status, outcome, ..self.clone() };
        match (self.status, change.status) {
            (Open | Reviewed, Reviewed) => {
                if outcome.is_none() {
                    return Err(OutOfOrder::OutcomeMissing);
                }
                if self.status == Open || outcome != self.outcome {
                    (after.reviewed_by, after.reviewed_at) = (Some(by), Some(at));
                }
            }
            (Reviewed, Closed) if change.outcome.is_none() || change.outcome == self.outcome => {
                after.closed_at = Some(at);
            }
            _ => return Err(OutOfOrder::Status),
        }
        Ok(after)
    }

    /// The alert, closed because somebody else has looked into what it is about; what an auditor made of it stays.
    #[must_use]
    pub fn looked_into(&self, by: Uuid, at: Instant) -> Self {
        Self {
            status: AlertStatus::Closed,
            outcome: self.outcome.or(Some(AlertOutcome::Investigated)),
            reviewed_by: self.reviewed_by.or(Some(by)),
            reviewed_at: self.reviewed_at.or(Some(at)),
            closed_at: Some(at),
            ..self.clone()
        }
    }
}
