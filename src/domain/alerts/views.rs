//! What an auditor is shown of an alert: of their own area, and nothing that leads one without clearance to a hidden
//! child or a sensitive organisation.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::rules::RuleKind;
use super::{Alert, AlertOutcome, AlertStatus};
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::views::{AuditedAccount, AuditedOrganisation, Surroundings};
use crate::domain::instants::Instant;

/// An alert as an auditor is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownAlert {
    /// Its id.
    pub id: Uuid,
    /// The rule.
    pub rule: RuleKind,
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
    /// The account it is about; none where its organisation is sensitive and the auditor not cleared.
    pub account: Option<AuditedAccount>,
    /// Its organisation then; as hidden, and none where the alert is about one event that may hide it.
    pub organisation: Option<AuditedOrganisation>,
    /// The events it rests on, as far as they may be told.
    pub events: Vec<u64>,
    /// Who reviewed it.
    pub reviewed_by: Option<Uuid>,
    /// When it was reviewed.
    pub reviewed_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Auditor {
    /// Whether an alert exists for this auditor: it is of their area, and rests on nothing that is hidden from them.
    #[must_use]
    pub fn oversees_alert(&self, alert: &Alert) -> bool {
        self.area.as_ref().is_none_or(|area| *area == alert.area) && (self.cleared || !alert.protected)
    }

    /// What this auditor is shown of an alert; none where it does not exist for them. `hidden` are those of its events
    /// that are about a child that is hidden now: with an account's organisation they would tell what the events
    /// themselves withhold.
    #[must_use]
    pub fn view_alert(&self, alert: &Alert, around: &Surroundings, hidden: &BTreeSet<u64>) -> Option<ShownAlert> {
        if !self.oversees_alert(alert) {
            return None;
        }
        let veiled =
            !self.cleared && (around.hides_account(alert.account) || around.hides_organisation(alert.organisation));
        let one = alert.rule.is_of_one_event();
        let untold = |index: &u64| !self.cleared && !one && hidden.contains(index);
        Some(ShownAlert {
            id: alert.id,
            rule: alert.rule,
            status: alert.status,
            outcome: alert.outcome,
            measure: alert.measure,
            threshold: alert.threshold,
            raised_at: alert.raised_at,
            account: (!veiled).then(|| around.account(alert.account)),
            organisation: (!veiled && (self.cleared || !one)).then(|| around.organisation(alert.organisation)),
            events: alert.events.iter().copied().filter(|index| !untold(index)).collect(),
            reviewed_by: alert.reviewed_by,
            reviewed_at: alert.reviewed_at,
            closed_at: alert.closed_at,
            version: alert.version,
        })
    }
}
