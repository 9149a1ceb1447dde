//! What an auditor is shown of an event: a child by number or by pseudonym, and nothing that leads an auditor without
//! clearance to where a shielded child or a sensitive service is.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::events::RecordedEvent;
use super::payloads::{
    ChildShown, CodeText, Criteria, Payload, Pseudonym, Redacted, Target, TargetKind, TokenFingerprint,
};
use super::scope::Auditor;
use crate::domain::accounts::Role;
use crate::domain::codes::codes;
use crate::domain::index_numbers::IndexNumber;

/// A child as it stands now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildNow {
    /// The number for life.
    pub number: IndexNumber,
    /// Whether the record, or the one it was merged into, is shielded, sealed or held.
    pub hidden: bool,
    /// Whether the record, or the one it was merged into, is sealed.
    pub sealed: bool,
}

/// An account as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountNow {
    /// A person's or a system's name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its organisation.
    pub organisation: Uuid,
}

/// An organisation as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationNow {
    /// Its name.
    pub name: String,
    /// Whether it is sensitive, by its kind or its mark.
    pub sensitive: bool,
}

/// What stands around some events now: the children, accounts and organisations that they name. What is absent is
/// gone, and treated as hidden.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Surroundings {
    /// Children by their name in the log.
    pub children: BTreeMap<Pseudonym, ChildNow>,
    /// Accounts, the audited and those aimed at.
    pub accounts: BTreeMap<Uuid, AccountNow>,
    /// Organisations of all of these, and those aimed at.
    pub organisations: BTreeMap<Uuid, OrganisationNow>,
}

impl Surroundings {
    /// Whether an ordinary auditor may not know where a child is: it was shielded or sensitive then, it is hidden now,
    /// or it is gone and nobody can tell.
    fn hides_child(&self, child: &ChildShown) -> bool {
        child.protected || self.children.get(&child.pseudonym).is_none_or(|now| now.hidden)
    }

    /// Whether an event is about a child that is hidden, or was then.
    #[must_use]
    pub fn hides_any_child(&self, event: &RecordedEvent) -> bool {
        event.payload.iter().flat_map(|payload| &payload.children).any(|child| self.hides_child(child))
    }

    pub(in crate::domain) fn account(&self, id: Uuid) -> AuditedAccount {
        let now = self.accounts.get(&id);
        AuditedAccount { id, name: now.map(|now| now.name.clone()), role: now.map(|now| now.role) }
    }

    pub(in crate::domain) fn organisation(&self, id: Uuid) -> AuditedOrganisation {
        AuditedOrganisation { id, name: self.organisations.get(&id).map(|now| now.name.clone()) }
    }

    /// Whether an organisation is sensitive, or gone so that nobody can tell.
    #[must_use]
    pub fn hides_organisation(&self, organisation: Uuid) -> bool {
        self.organisations.get(&organisation).is_none_or(|now| now.sensitive)
    }

    /// Whether an account is of an organisation now.
    #[must_use]
    pub fn is_of(&self, account: Uuid, organisation: Uuid) -> bool {
        self.accounts.get(&account).is_some_and(|now| now.organisation == organisation)
    }

    /// Whether an account's organisation is sensitive, or gone so that nobody can tell.
    #[must_use]
    pub fn hides_account(&self, account: Uuid) -> bool {
        self.accounts.get(&account).is_none_or(|now| self.hides_organisation(now.organisation))
    }

    /// Whether what an event was aimed at, or what belongs to it, is sensitive. A team or a practitioner is named
    /// beside their organisation, and something that is not a UUID is none of these.
    fn hides_target(&self, target: &Target) -> bool {
        let hides = |hides: &dyn Fn(Uuid) -> bool| target.id.parse().is_ok_and(hides);
        match target.kind {
            TargetKind::Organisation => hides(&|id| self.hides_organisation(id)),
            TargetKind::Account => hides(&|id| self.hides_account(id)),
            TargetKind::Team
            | TargetKind::Practitioner
            | TargetKind::Involvement
            | TargetKind::Assessment
            | TargetKind::Transfer
            | TargetKind::LeadProposal
            | TargetKind::TeamMeeting
            | TargetKind::Panel
            | TargetKind::PanelMeeting
            | TargetKind::PanelItem
            | TargetKind::AccessPoint
            | TargetKind::Partnership
            | TargetKind::Agreement
            | TargetKind::Enquiry
            | TargetKind::BrokeredContact
            | TargetKind::Case
            | TargetKind::AuditEvent
            | TargetKind::Alert
            | TargetKind::Setting
            | TargetKind::Feed => false,
        }
    }
}

codes! {
    /// A part of an event that an auditor was not shown, or not in full.
    pub enum MaskedPart {
        /// Who asked.
        Actor => "actor",
        /// Their organisation.
        Organisation => "organisation",
        /// The system that acted for them.
        System => "system",
        /// The one on the telephone.
        OnBehalfOf => "on-behalf-of",
        /// Which children: at least one of them is named by its pseudonym.
        Children => "children",
        /// What was shown of a child that is named by its pseudonym, what was withheld, and by which rules.
        Blocks => "blocks",
        /// What was asked.
        Criteria => "criteria",
        /// What it was aimed at besides children.
        Targets => "targets",
    }
}

/// How an auditor is told of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChildName {
    /// By its number.
    Number(IndexNumber),
    /// By its name in the log, where it was or is shielded or sensitive, or is gone.
    Pseudonym(Pseudonym),
}

/// A child in an event, as an auditor is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedChild {
    /// Which child.
    pub name: ChildName,
    /// Codes of the blocks that were shown.
    pub shown: Vec<CodeText>,
    /// Codes of the blocks that were withheld.
    pub withheld: Vec<CodeText>,
    /// Version of the record that was shown or changed.
    pub version: Option<i64>,
    /// Codes of the capacities in which the caller looked.
    pub rules: Vec<CodeText>,
}

impl AuditedChild {
    fn tells_blocks(&self) -> bool {
        !self.shown.is_empty() || !self.withheld.is_empty()
    }
}

/// An account in an event, as an auditor is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedAccount {
    /// Its id.
    pub id: Uuid,
    /// Its name now; none where the account is gone.
    pub name: Option<String>,
    /// Its role now.
    pub role: Option<Role>,
}

/// An organisation in an event, as an auditor is shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditedOrganisation {
    /// Its id.
    pub id: Uuid,
    /// Its name now; none where the organisation is gone.
    pub name: Option<String>,
}

/// An event as an auditor is shown it.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditedEvent {
    /// Index of the event.
    pub index: u64,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Code of the action.
    pub action: String,
    /// Code of the outcome.
    pub outcome: String,
    /// Code of the stated reason.
    pub reason: Option<String>,
    /// Code of the authentication strength.
    pub strength: String,
    /// Who asked.
    pub actor: Option<AuditedAccount>,
    /// Their organisation then.
    pub organisation: Option<AuditedOrganisation>,
    /// The system that acted for them.
    pub system: Option<AuditedAccount>,
    /// The one on the telephone.
    pub on_behalf_of: Option<AuditedAccount>,
    /// The children it is about.
    pub children: Vec<AuditedChild>,
    /// What was asked; none where nothing was, or where it is masked.
    pub criteria: Option<Criteria>,
    /// What it is about besides children.
    pub targets: Vec<Target>,
    /// Code of the refusal given.
    pub refusal: Option<CodeText>,
    /// Version of the policy that decided.
    pub policy: Option<CodeText>,
    /// The operation of the interface, or the command.
    pub operation: Option<CodeText>,
    /// Identifier of the request.
    pub request_id: Option<Uuid>,
    /// What the token is recognised by; as hidden as who asked.
    pub token: Option<TokenFingerprint>,
    /// The operator of a command.
    pub operator: Option<String>,
    /// The range of events whose payloads this one removed.
    pub removes: Option<Redacted>,
    /// Whether everything personal about it has been removed under a retention rule.
    pub redacted: bool,
    /// What was hidden from this auditor.
    pub masked: Vec<MaskedPart>,
}

impl AuditedEvent {
    /// Whether it is by an account, as the auditor is shown it: what is masked matches nothing, or asking for each
    /// account in turn would tell whose event it is.
    #[must_use]
    pub fn is_by(&self, account: Uuid) -> bool {
        [&self.actor, &self.system, &self.on_behalf_of].into_iter().flatten().any(|each| each.id == account)
    }

    /// Whether this system acted in it, as the auditor is shown it.
    #[must_use]
    pub fn is_through(&self, system: Uuid) -> bool {
        self.system.as_ref().is_some_and(|each| each.id == system)
    }

    /// Whether it was done for this account, as the auditor is shown it.
    #[must_use]
    pub fn is_for(&self, account: Uuid) -> bool {
        self.on_behalf_of.as_ref().is_some_and(|each| each.id == account)
    }

    /// Whether this block of any child was shown, as the auditor is shown it.
    #[must_use]
    pub fn shows(&self, block: &str) -> bool {
        self.children.iter().any(|child| child.shown.iter().any(|shown| shown == block))
    }

    /// Whether it is by an organisation's account, as the auditor is shown it.
    #[must_use]
    pub fn is_of(&self, organisation: Uuid) -> bool {
        self.organisation.as_ref().is_some_and(|each| each.id == organisation)
    }
}

impl Auditor {
    /// What this auditor is shown of an event; none where it does not exist for them.
    ///
    /// A child that was or is shielded or sensitive is a pseudonym to every auditor. One without clearance is not shown
    /// the organisation, the criteria and the targets of an event about such a child; nor the accounts and the
    /// organisation of an event by an account of a sensitive organisation, and its children by pseudonym only: that
    /// such an organisation looked at a child tells what the child's record withholds.
    #[must_use]
    pub fn view(&self, event: &RecordedEvent, around: &Surroundings) -> Option<AuditedEvent> {
        if !self.oversees(event.payload.as_ref()) {
            return None;
        }
        let nothing = Payload::default();
        let payload = event.payload.as_ref().unwrap_or(&nothing);
        let veil = self.veil(event, payload, around);
        let hides = |account: Option<Uuid>| {
            let theirs = |id| !self.cleared && !self.is(id) && around.hides_account(id);
            veil.caller || account.is_some_and(theirs)
        };
        let mut mask = Mask::default();
        let account = |id| around.account(id);
        Some(AuditedEvent {
            index: event.index,
            at: event.at,
            action: event.action.clone(),
            outcome: event.outcome.clone(),
            reason: event.reason.clone(),
            strength: event.strength.clone(),
            actor: mask.unless(veil.caller, payload.account, MaskedPart::Actor).map(account),
            organisation: mask
                .unless(veil.organisation, payload.organisation, MaskedPart::Organisation)
                .map(|id| around.organisation(id)),
            system: mask.unless(hides(payload.system), payload.system, MaskedPart::System).map(account),
            on_behalf_of: mask
                .unless(hides(payload.on_behalf_of), payload.on_behalf_of, MaskedPart::OnBehalfOf)
                .map(account),
            children: mask.children(payload, &veil, around),
            criteria: mask.unless(veil.criteria, payload.asked(), MaskedPart::Criteria).cloned(),
            targets: mask.unless(veil.targets, payload.aims(), MaskedPart::Targets).unwrap_or_default().to_vec(),
            refusal: payload.refusal.clone(),
            policy: payload.policy.clone(),
            operation: payload.operation.clone(),
            request_id: payload.request_id,
            token: payload.token.filter(|_| !veil.caller),
            operator: payload.operator.clone(),
            removes: payload.redacted.clone(),
            redacted: event.payload.is_none(),
            masked: mask.0,
        })
    }

    /// Whether a child's number may be asked by: the number of a sealed record is answered as one that nobody has,
    /// except to the cleared.
    #[must_use]
    pub fn may_ask_about(&self, child: &ChildNow) -> bool {
        self.cleared || !child.sealed
    }

    fn veil(&self, event: &RecordedEvent, payload: &Payload, around: &Surroundings) -> Veil {
        if self.cleared {
            return Veil::default();
        }
        let own = payload.account.is_some_and(|account| self.is(account));
        let caller = !own
            && (payload.organisation.is_some_and(|organisation| around.hides_organisation(organisation))
                || payload.account.is_some_and(|account| around.hides_account(account)));
        let about = caller || payload.children.iter().any(|child| around.hides_child(child));
        // What a cleared auditor asked, and how much was found, would tell what is masked here.
        let on_alerts = event.action.starts_with("alert.");
        let colleague = !own && (on_alerts || event.action.starts_with("audit."));
        let targets =
            about || (colleague && on_alerts) || payload.targets.iter().any(|target| around.hides_target(target));
        Veil { caller, organisation: about, criteria: about || colleague, targets, blocks: true }
    }
}

impl Payload {
    fn asked(&self) -> Option<&Criteria> {
        Some(&self.criteria).filter(|criteria| !criteria.is_empty())
    }

    fn aims(&self) -> Option<&[Target]> {
        Some(self.targets.as_slice()).filter(|targets| !targets.is_empty())
    }
}

/// What of an event is hidden from an auditor without clearance.
#[derive(Debug, Clone, Copy, Default)]
struct Veil {
    /// Who asked, and through and for whom: their organisation is sensitive and would follow from the account.
    caller: bool,
    /// Their organisation.
    organisation: bool,
    /// What was asked.
    criteria: bool,
    /// What it was aimed at.
    targets: bool,
    /// What was shown of a hidden child: its address to a manager would tell that it is of that manager's area.
    blocks: bool,
}

/// What was hidden so far.
#[derive(Default)]
struct Mask(Vec<MaskedPart>);

impl Mask {
    /// The value, unless it is hidden; what is absent anyway is not called hidden.
    fn unless<T>(&mut self, hidden: bool, value: Option<T>, part: MaskedPart) -> Option<T> {
        let value = value?;
        if hidden {
            self.0.push(part);
            return None;
        }
        Some(value)
    }

    fn children(&mut self, payload: &Payload, veil: &Veil, around: &Surroundings) -> Vec<AuditedChild> {
        let children: Vec<_> = payload.children.iter().map(|child| audited_child(child, veil, around)).collect();
        if children.iter().any(|child| matches!(child.name, ChildName::Pseudonym(_))) {
            self.0.push(MaskedPart::Children);
        }
        let told = |child: &ChildShown| !child.shown.is_empty() || !child.withheld.is_empty();
        let hidden = |(child, audited): (&ChildShown, &AuditedChild)| told(child) && !audited.tells_blocks();
        if payload.children.iter().zip(&children).any(hidden) {
            self.0.push(MaskedPart::Blocks);
        }
        children
    }
}

fn audited_child(child: &ChildShown, veil: &Veil, around: &Surroundings) -> AuditedChild {
    let number = around.children.get(&child.pseudonym).map(|now| now.number);
    let number = number.filter(|_| !veil.caller && !around.hides_child(child));
    let hidden = veil.blocks && number.is_none();
    let blocks = |codes: &[CodeText]| if hidden { Vec::new() } else { codes.to_vec() };
    AuditedChild {
        name: number.map_or(ChildName::Pseudonym(child.pseudonym), ChildName::Number),
        shown: blocks(&child.shown),
        withheld: blocks(&child.withheld),
        version: child.version,
        rules: blocks(&child.rules),
    }
}

#[cfg(test)]
mod tests;
