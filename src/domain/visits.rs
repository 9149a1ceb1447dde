//! A visit: what a request brings with it before anything is decided, and how it is named in the audit log.

use std::net::IpAddr;

use uuid::Uuid;

use crate::domain::audit::actions::{AuditAction, Outcome, Strength};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::TokenFingerprint;
use crate::domain::instants::Instant;
use crate::domain::policy::{Actor, LegalPurpose, POLICY_VERSION};
use crate::domain::reasons::AccessReason;
use crate::domain::verification_codes::OnBehalf;

/// Who a token says somebody is. E-mail addresses and names play no part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The issuer.
    pub issuer: String,
    /// The subject at that issuer.
    pub subject: String,
}

/// What a request brings with it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// Who the token says they are.
    pub identity: Identity,
    /// The system that acts for them.
    pub through: Option<Identity>,
    /// The caller they look up for, and the code that is to prove it.
    pub on_behalf: Option<OnBehalf>,
    /// How strongly they were authenticated.
    pub strength: Strength,
    /// What the token is recognised by.
    pub token: TokenFingerprint,
    /// The stated reason.
    pub reason: Option<AccessReason>,
    /// The named legal purpose.
    pub purpose: Option<LegalPurpose>,
    /// The operation, as the interface names it.
    pub operation: &'static str,
    /// The action this is in the audit log, should it be refused before anything is decided about a child.
    pub action: AuditAction,
    /// The request's own id.
    pub request_id: Uuid,
    /// Where it came from.
    pub client: Option<IpAddr>,
}

impl Visit {
    /// The visit as the log names its caller; `actor` where the account is known.
    #[must_use]
    pub fn caller(&self, actor: Option<&Actor>) -> Caller {
        let mut caller = Caller::of(self.operation);
        caller.strength = self.strength;
        caller.request_id = Some(self.request_id);
        caller.client = self.client;
        caller.token = Some(self.token);
        if let Some(actor) = actor {
            caller.account = Some(actor.account.0);
            caller.organisation = Some(actor.organisation.0);
            caller.area = Some(actor.area.clone().into());
            caller.system = actor.through.as_ref().map(|system| system.account.0);
            caller.on_behalf_of = actor.on_behalf_of.as_ref().map(|caller| caller.account.0);
        }
        caller
    }

    /// An event of this visit that still says nothing of whom it is about.
    #[must_use]
    pub fn event(&self, actor: Option<&Actor>, action: AuditAction, outcome: Outcome, at: Instant) -> Event {
        Event::new(action, outcome, at.to_utc())
            .by(self.caller(actor))
            .because(self.reason)
            .under_policy(POLICY_VERSION)
    }
}
