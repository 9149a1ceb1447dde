//! Events of the log as they are shown to an auditor.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::codes::{RoleCode, code_schemas};
use crate::app::audits::{EventPage, ProvedEvent};
use crate::domain::accounts::Role;
use crate::domain::audit::actions::Strength;
use crate::domain::audit::payloads::{CodeText, Criteria, Redacted, Target, TargetKind};
use crate::domain::audit::views::{
    AuditedAccount, AuditedChild, AuditedEvent, AuditedOrganisation, ChildName, MaskedPart,
};
use crate::domain::instants::Instant;

code_schemas! {
    /// A part of an event that was hidden from you: of `children`, that at least one is named by its pseudonym.
    MaskedPartCode => MaskedPart,
    /// What an action was aimed at besides children.
    TargetKindCode => TargetKind,
    /// How strongly the caller had proved who they are.
    StrengthCode => Strength,
}

/// A page of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPageView {
    /// The events, newest first.
    events: Vec<AuditedEventView>,
    /// For `cursor`, where the next page begins; `null` at the end.
    #[schema(required = true, example = "00000000000003e8")]
    next: Option<String>,
}

/// One event: a decision about personal data, yes or no.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditedEventView {
    /// The event's index in the log, from 0.
    #[schema(minimum = 0, example = 1000)]
    index: u64,
    /// When it was decided.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Instant,
    /// What was done or asked for. The log outlives the vocabulary: old events may hold codes that are no longer used.
    #[schema(example = "child.contacts")]
    action: String,
    /// How it ended.
    #[schema(example = "disclosed")]
    outcome: String,
    /// The stated reason; `null` where none was needed.
    #[schema(required = true, example = "safeguarding")]
    reason: Option<String>,
    /// The account that asked; `null` for the command line and the service itself, and where it is masked.
    #[schema(required = true)]
    actor: Option<AccountNameView>,
    /// Its organisation then; `null` where there is none, and where it is masked.
    #[schema(required = true)]
    organisation: Option<AuditedOrganisationView>,
    /// The one on the telephone, for whom the actor asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on_behalf_of: Option<AccountNameView>,
    /// The system that acted for the actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    system: Option<AccountNameView>,
    /// The children it is about, and for each what was shown and withheld.
    children: Vec<AuditedChildView>,
    /// What was asked, under the names of the interface.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(
        nullable = false,
        value_type = Option<std::collections::BTreeMap<String, serde_json::Value>>,
        example = json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"})
    )]
    criteria: Option<Criteria>,
    /// How strongly the actor had proved who they are.
    #[schema(value_type = StrengthCode)]
    strength: String,
    /// The version of the policy that decided.
    #[schema(required = true, value_type = Option<String>, example = "2026-11")]
    policy: Option<CodeText>,
    /// The operation of the interface, or the command.
    #[schema(required = true, value_type = Option<String>, example = "read_contacts")]
    operation: Option<CodeText>,
    /// The request's id, as the caller was given it.
    #[schema(required = true)]
    request_id: Option<Uuid>,
    /// The code of the refusal that was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<String>, example = "role-not-permitted")]
    refusal: Option<CodeText>,
    /// What it was aimed at besides children.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    targets: Vec<TargetView>,
    /// What the token is recognised by: the first 128 bits of its SHA-256.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, pattern = "^[0-9a-f]{32}$", example = "ba7816bf8f01cfea414140de5dae2223")]
    token: Option<String>,
    /// Who ran the command, where no account stands behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    operator: Option<String>,
    /// Of a redaction: the events whose personal part it removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    removes: Option<RedactedView>,
    /// Whether the personal part of this event has been removed under a retention rule.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    redacted: bool,
    /// What was hidden from you.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<MaskedPartCode>)]
    masked: Vec<MaskedPart>,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountNameView {
    /// Its id.
    id: Uuid,
    /// Its name now; `null` where the account is gone.
    #[schema(required = true, example = "Joanna Whitfield")]
    name: Option<String>,
    /// Its role now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, value_type = Option<RoleCode>)]
    role: Option<Role>,
}

/// An organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditedOrganisationView {
    /// Its id.
    id: Uuid,
    /// Its name now; `null` where it is gone.
    #[schema(required = true, example = "Community health")]
    name: Option<String>,
}

/// A child in an event.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditedChildView {
    /// The child's index number; or 32 hexadecimal digits, its name in the log alone, where the record was or is
    /// shielded or sensitive, or is gone.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    id: String,
    /// The blocks of the record that were shown; empty where nothing was disclosed.
    #[schema(value_type = Vec<String>, example = json!(["identity", "involvements"]))]
    shown: Vec<CodeText>,
    /// The blocks that were withheld.
    #[schema(value_type = Vec<String>, example = json!(["sensitive"]))]
    withheld: Vec<CodeText>,
    /// The version of the record that was shown or changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    version: Option<i64>,
    /// The rules that decided: in which capacities the actor looked, as the policy's table calls them. Absent where that
    /// would tell where a hidden child is.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<String>, example = json!(["practitioner", "with-relationship"]))]
    rules: Vec<CodeText>,
}

/// Something other than a child that an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub struct TargetView {
    /// What it is.
    #[schema(value_type = TargetKindCode)]
    kind: TargetKind,
    /// Its identifier, as the interface writes it.
    id: String,
}

/// A range of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedactedView {
    /// The first index.
    from: u64,
    /// The first index after the range.
    to: u64,
    /// The retention rule.
    #[schema(value_type = String)]
    policy: CodeText,
}

/// An event and the proof that the log holds it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvedEventView {
    /// The event's index in the log, from 0.
    #[schema(minimum = 0, example = 1000)]
    index: u64,
    /// SHA-256 of the event's leaf (RFC 6962), the second part of its receipt.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    leaf_hash: String,
    /// The event.
    event: AuditedEventView,
    /// The proof.
    inclusion_proof: InclusionProofView,
}

/// The way from a leaf to a root (RFC 6962, section 2.1.1).
#[derive(Debug, Serialize, ToSchema)]
pub struct InclusionProofView {
    /// The number of events in the tree.
    #[schema(minimum = 1, example = 1024)]
    tree_size: u64,
    /// The siblings on the way to the root, nearest first.
    hashes: Vec<String>,
}

impl From<EventPage> for EventPageView {
    fn from(page: EventPage) -> Self {
        Self { events: page.events.into_iter().map(Into::into).collect(), next: page.next.map(|next| next.to_string()) }
    }
}

impl From<AuditedEvent> for AuditedEventView {
    fn from(event: AuditedEvent) -> Self {
        Self {
            index: event.index,
            at: event.at.into(),
            action: event.action,
            outcome: event.outcome,
            reason: event.reason,
            actor: event.actor.map(Into::into),
            organisation: event.organisation.map(Into::into),
            on_behalf_of: event.on_behalf_of.map(Into::into),
            system: event.system.map(Into::into),
            children: event.children.into_iter().map(Into::into).collect(),
            criteria: event.criteria,
            strength: event.strength,
            policy: event.policy,
            operation: event.operation,
            request_id: event.request_id,
            refusal: event.refusal,
            targets: event.targets.into_iter().map(Into::into).collect(),
            token: event.token.map(|token| hex::encode(token.0)),
            operator: event.operator,
            removes: event.removes.map(Into::into),
            redacted: event.redacted,
            masked: event.masked,
        }
    }
}

impl From<AuditedAccount> for AccountNameView {
    fn from(account: AuditedAccount) -> Self {
        Self { id: account.id, name: account.name, role: account.role }
    }
}

impl From<AuditedOrganisation> for AuditedOrganisationView {
    fn from(organisation: AuditedOrganisation) -> Self {
        Self { id: organisation.id, name: organisation.name }
    }
}

/// A child's name, as an auditor is told it.
pub(super) fn name_of(name: ChildName) -> String {
    match name {
        ChildName::Number(number) => number.to_string(),
        ChildName::Pseudonym(pseudonym) => pseudonym.to_string(),
    }
}

impl From<AuditedChild> for AuditedChildView {
    fn from(child: AuditedChild) -> Self {
        Self {
            id: name_of(child.name),
            shown: child.shown,
            withheld: child.withheld,
            version: child.version,
            rules: child.rules,
        }
    }
}

impl From<Target> for TargetView {
    fn from(target: Target) -> Self {
        Self { kind: target.kind, id: target.id }
    }
}

impl From<Redacted> for RedactedView {
    fn from(redacted: Redacted) -> Self {
        Self { from: redacted.from, to: redacted.to, policy: redacted.policy }
    }
}

impl From<ProvedEvent> for ProvedEventView {
    fn from(proved: ProvedEvent) -> Self {
        let hashes = proved.hashes.iter().map(ToString::to_string).collect();
        Self {
            index: proved.event.index,
            leaf_hash: proved.leaf_hash.to_string(),
            event: proved.event.into(),
            inclusion_proof: InclusionProofView { tree_size: proved.tree_size, hashes },
        }
    }
}
