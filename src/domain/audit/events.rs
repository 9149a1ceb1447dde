//! The event: one decision about personal data, yes or no, ready to be recorded; and the event as read back.

use std::net::IpAddr;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::actions::{AuditAction, Outcome, Strength};
use super::payloads::{ChildShown, CodeText, Criteria, Payload, Redacted, Target, TargetKind, TokenFingerprint};
use super::tree::Hash;
use crate::domain::reasons::AccessReason;

/// Who asked, how strongly they had proved it, and where the request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// How strongly they had proved who they are.
    pub strength: Strength,
    /// Account of the person, or of the system when it acts by itself.
    pub account: Option<Uuid>,
    /// Organisation of that account.
    pub organisation: Option<Uuid>,
    /// Area of that account.
    pub area: Option<CodeText>,
    /// Account of the system that acts for the person.
    pub system: Option<Uuid>,
    /// Account of the person on the telephone, in mediated access.
    pub on_behalf_of: Option<Uuid>,
    /// The operation of the interface, or the command.
    pub operation: CodeText,
    /// Identifier of the request.
    pub request_id: Option<Uuid>,
    /// Address the request came from.
    pub client: Option<IpAddr>,
    /// What the token is recognised by.
    pub token: Option<TokenFingerprint>,
    /// The operator of a command, where no account stands behind it.
    pub operator: Option<String>,
}

impl Caller {
    /// A caller known only by the operation; for the command line and the service itself, and to be filled in.
    pub fn of(operation: impl Into<CodeText>) -> Self {
        Self {
            strength: Strength::None,
            account: None,
            organisation: None,
            area: None,
            system: None,
            on_behalf_of: None,
            operation: operation.into(),
            request_id: None,
            client: None,
            token: None,
            operator: None,
        }
    }
}

/// One decision, ready to be recorded.
///
/// ```
/// use child_index::domain::audit::actions::{AuditAction, Outcome};
/// use child_index::domain::audit::events::{Caller, Event};
/// use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym};
/// use child_index::domain::reasons::AccessReason;
///
/// let now = chrono::DateTime::UNIX_EPOCH;
/// let event = Event::new(AuditAction::ChildSearch, Outcome::Disclosed, now)
///     .by(Caller::of("search_children"))
///     .because(AccessReason::Safeguarding)
///     .asking(Criteria::new().with("family_name", "Okafor").with("date_of_birth", "2015-03-02"))
///     .about(ChildShown::new(Pseudonym([7; 16])).shown(["name"]).withheld(["address"]).at_version(3))
///     .under_policy("2026-1");
/// assert_eq!(event.children_disclosed(), 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// When it was decided; kept to the microsecond.
    pub at: DateTime<Utc>,
    /// What was done or asked for.
    pub action: AuditAction,
    /// How it ended.
    pub outcome: Outcome,
    /// The stated reason.
    pub reason: Option<AccessReason>,
    /// How strongly the caller had proved who they are.
    pub strength: Strength,
    /// Everything that may have to be erased one day.
    pub payload: Payload,
}

impl Event {
    /// An event that says what and how it ended, and nothing yet of who and about whom.
    pub fn new(action: AuditAction, outcome: Outcome, at: DateTime<Utc>) -> Self {
        Self { at, action, outcome, reason: None, strength: Strength::None, payload: Payload::default() }
    }

    /// Who asked, from where and how strongly proved.
    #[must_use]
    pub fn by(mut self, caller: Caller) -> Self {
        let Caller {
            strength,
            account,
            organisation,
            area,
            system,
            on_behalf_of,
            operation,
            request_id,
            client,
            token,
            operator,
        } = caller;
        self.strength = strength;
        self.payload = Payload {
            account,
            organisation,
            area,
            system,
            on_behalf_of,
            operation: Some(operation),
            request_id,
            client,
            token,
            operator,
            ..self.payload
        };
        self
    }

    /// The stated reason.
    #[must_use]
    pub fn because(mut self, reason: impl Into<Option<AccessReason>>) -> Self {
        self.reason = reason.into();
        self
    }

    /// What was asked.
    #[must_use]
    pub fn asking(mut self, criteria: Criteria) -> Self {
        self.payload.criteria = criteria;
        self
    }

    /// Adds a child the event is about, and what was shown and withheld.
    #[must_use]
    pub fn about(mut self, child: ChildShown) -> Self {
        self.payload.children.push(child);
        self
    }

    /// Adds several children the event is about.
    #[must_use]
    pub fn about_all(mut self, children: impl IntoIterator<Item = ChildShown>) -> Self {
        self.payload.children.extend(children);
        self
    }

    /// Adds something other than a child that the event is about.
    #[must_use]
    pub fn on(mut self, kind: TargetKind, id: impl ToString) -> Self {
        self.payload.targets.push(Target { kind, id: id.to_string() });
        self
    }

    /// The code of the refusal given to the caller.
    #[must_use]
    pub fn refused_with(mut self, code: impl Into<CodeText>) -> Self {
        self.payload.refusal = Some(code.into());
        self
    }

    /// The version of the policy that decided.
    #[must_use]
    pub fn under_policy(mut self, version: impl Into<CodeText>) -> Self {
        self.payload.policy = Some(version.into());
        self
    }

    /// The range of payloads that a redaction removes.
    #[must_use]
    pub fn redacting(mut self, redacted: Redacted) -> Self {
        self.payload.redacted = Some(redacted);
        self
    }

    /// How many children something was disclosed about.
    pub fn children_disclosed(&self) -> u32 {
        self.payload.children_disclosed()
    }
}

/// An event as read back from the log.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEvent {
    /// Index of the event, from 0.
    pub index: u64,
    /// Hash of its leaf: with the index, its receipt.
    pub leaf_hash: Hash,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Code of the action; a text, because the log outlives the vocabulary.
    pub action: String,
    /// Code of the outcome.
    pub outcome: String,
    /// Code of the stated reason.
    pub reason: Option<String>,
    /// Code of the authentication strength.
    pub strength: String,
    /// How many children something was disclosed about.
    pub children_disclosed: u32,
    /// Who, about whom and what; `None` once redacted.
    pub payload: Option<Payload>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::payloads::Pseudonym;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn full_event() -> Event {
        let caller = Caller {
            strength: Strength::TwoFactor,
            account: Some(id(1)),
            organisation: Some(id(2)),
            area: Some("E06000054".into()),
            system: Some(id(3)),
            on_behalf_of: Some(id(4)),
            operation: "search_children".into(),
            request_id: Some(id(5)),
            client: Some("2001:db8::1".parse().unwrap()),
            token: Some(TokenFingerprint::of("abc")),
            operator: Some("root".into()),
        };
        Event::new(AuditAction::ChildSearch, Outcome::Disclosed, DateTime::UNIX_EPOCH)
            .asking(Criteria::new().with("given_name", "Ada \"x\"").with("age", 7).with_some("sex", None::<&str>))
            .because(AccessReason::EarlyHelp)
            .about(ChildShown::new(Pseudonym([7; 16])).shown(["name"]).withheld(["address"]).at_version(3))
            .about(ChildShown::new(Pseudonym([8; 16])).withheld(["name"]).protected(true))
            .on(TargetKind::Team, id(6))
            .refused_with("not-your-area")
            .under_policy("2026-1")
            .redacting(Redacted { from: 3, to: 9, policy: "six-years".into() })
            .by(caller)
    }

    #[test]
    fn the_text_of_a_payload_is_compact_ordered_and_stable() {
        let text = String::from_utf8(full_event().payload.to_bytes().unwrap()).unwrap();
        assert_eq!(
            text,
            concat!(
                r#"{"account":"00000000-0000-0000-0000-000000000001","organisation":"00000000-0000-0000-0000-000000000002","#,
                r#""system":"00000000-0000-0000-0000-000000000003","on_behalf_of":"00000000-0000-0000-0000-000000000004","#,
                r#""children":[{"id":"07070707070707070707070707070707","shown":["name"],"withheld":["address"],"version":3},"#,
                r#"{"id":"08080808080808080808080808080808","withheld":["name"],"protected":true}],"#,
                r#""area":"E06000054","operation":"search_children","request_id":"00000000-0000-0000-0000-000000000005","#,
                r#""criteria":{"age":7,"given_name":"Ada \"x\""},"#,
                r#""targets":[{"kind":"team","id":"00000000-0000-0000-0000-000000000006"}],"#,
                r#""refusal":"not-your-area","policy":"2026-1","client":"2001:db8::1","#,
                r#""token":"ba7816bf8f01cfea414140de5dae2223","operator":"root","#,
                r#""redacted":{"from":3,"to":9,"policy":"six-years"}}"#
            )
        );
    }

    #[test]
    fn a_payload_goes_through_bytes_and_back() {
        for payload in [full_event().payload, Payload::default()] {
            assert_eq!(Payload::from_bytes(&payload.to_bytes().unwrap()).unwrap(), payload);
        }
        assert_eq!(Payload::default().to_bytes().unwrap(), b"{}");
    }

    #[test]
    fn only_children_with_something_shown_count_as_disclosed() {
        assert_eq!(full_event().children_disclosed(), 1);
        assert!(full_event().payload.is_protected());
        let nobody = Event::new(AuditAction::ChildSearch, Outcome::None, DateTime::UNIX_EPOCH);
        assert_eq!(nobody.children_disclosed(), 0);
        assert!(!nobody.payload.is_protected());
    }
}
