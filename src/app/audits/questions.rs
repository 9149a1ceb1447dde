//! What an auditor asks of the log, as a filter, as what may be told of it, and as the log remembers that it was asked.

use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::{Criteria, Pseudonym, TokenFingerprint};
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::views::{AuditedEvent, Surroundings};
use crate::domain::ids::{AccountId, OrganisationId, TeamId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::policy::Block;
use crate::domain::reasons::AccessReason;
use crate::store::audit::{Cursor, EventFilter};

/// Which events an auditor asks for; what is not given does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EventsSought {
    /// Events about the child with this number.
    pub child: Option<IndexNumber>,
    /// Events about the child of this name in the log.
    pub subject: Option<Pseudonym>,
    /// Events of this account, as caller, acting system or the one on the telephone.
    pub account: Option<AccountId>,
    /// Events in which this system acted for somebody.
    pub system: Option<AccountId>,
    /// Events in which somebody asked for this account, on the telephone.
    pub on_behalf_of: Option<AccountId>,
    /// Events of requests with this token.
    pub token: Option<TokenFingerprint>,
    /// Events of this organisation's accounts.
    pub organisation: Option<OrganisationId>,
    /// Events of those who worked in this team then.
    pub team: Option<TeamId>,
    /// Events of this action.
    pub action: Option<AuditAction>,
    /// Events that ended so.
    pub outcome: Option<Outcome>,
    /// Events with this stated reason.
    pub reason: Option<AccessReason>,
    /// Events in which this block was shown.
    pub shown: Option<Block>,
    /// Events at or after this instant.
    pub from: Option<Instant>,
    /// Events before this instant.
    pub to: Option<Instant>,
    /// The one event with this receipt.
    pub receipt: Option<Receipt>,
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u16,
}

impl EventsSought {
    /// Whether it asks for something that may be masked: compared with what is shown, so that asking tells nothing of what is
    /// masked.
    pub(super) fn asks_whose(&self) -> bool {
        self.account.is_some()
            || self.system.is_some()
            || self.on_behalf_of.is_some()
            || self.token.is_some()
            || self.organisation.is_some()
            || self.team.is_some()
            || self.shown.is_some()
    }

    /// Whether it takes the look-up tables to find the events.
    pub(super) fn looks_up(&self) -> bool {
        self.child.is_some() || self.team.is_some() || self.filter(self.subject).looks_up()
    }

    pub(super) fn filter(&self, child: Option<Pseudonym>) -> EventFilter {
        EventFilter {
            child,
            account: self.account.map(|id| id.0),
            system: self.system.map(|id| id.0),
            on_behalf_of: self.on_behalf_of.map(|id| id.0),
            token: self.token,
            organisation: self.organisation.map(|id| id.0),
            members: None,
            overseer: None,
            action: self.action,
            outcome: self.outcome,
            reason: self.reason,
            shown: self.shown,
            from: self.from.map(Instant::to_utc),
            to: self.to.map(Instant::to_utc),
            receipt: self.receipt,
            below: None,
            after: self.after,
            limit: self.limit.into(),
        }
    }

    /// What the auditor is shown of an event, where that is what was asked for.
    pub(super) fn view(&self, auditor: &Auditor, event: &RecordedEvent, around: &Surroundings) -> Option<AuditedEvent> {
        auditor.view(event, around).filter(|view| {
            self.account.is_none_or(|id| view.is_by(id.0))
                && self.system.is_none_or(|id| view.is_through(id.0))
                && self.on_behalf_of.is_none_or(|id| view.is_for(id.0))
                && (self.token.is_none() || view.token == self.token)
                && self.organisation.is_none_or(|id| view.is_of(id.0))
                // Who worked in a team tells the organisation.
                && self.team.is_none_or(|_| view.actor.is_some() && view.organisation.is_some())
                && self.shown.is_none_or(|block| view.shows(block.code()))
        })
    }

    pub(super) fn criteria(&self) -> Criteria {
        Criteria::new()
            .with_some("child_id", self.child.map(|number| number.to_string()))
            .with_some("subject", self.subject.map(|name| name.to_string()))
            .with_some("account", self.account.map(|id| id.to_string()))
            .with_some("system", self.system.map(|id| id.to_string()))
            .with_some("on_behalf_of", self.on_behalf_of.map(|id| id.to_string()))
            .with_some("token", self.token.map(|token| hex::encode(token.0)))
            .with_some("organisation", self.organisation.map(|id| id.to_string()))
            .with_some("team", self.team.map(|id| id.to_string()))
            .with_some("action", self.action.map(AuditAction::code))
            .with_some("outcome", self.outcome.map(Outcome::code))
            .with_some("reason", self.reason.map(AccessReason::code))
            .with_some("shown", self.shown.map(Block::code))
            .with_some("from", self.from.map(|at| at.to_string()))
            .with_some("to", self.to.map(|at| at.to_string()))
            .with_some("receipt", self.receipt.map(|receipt| receipt.to_string()))
            .with_some("cursor", self.after.map(|after| after.to_string()))
            .with("limit", self.limit)
    }
}
