//! A search of the log as it is sent.

use std::fmt;

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{AccessReasonCode, BlockCode, code_schemas};
use crate::api::dates::Moment;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::audits::{Cursor, EventsSought};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::payloads::{Pseudonym, TokenFingerprint};
use crate::domain::ids::{AccountId, OrganisationId, TeamId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::policy::Block;
use crate::domain::reasons::AccessReason;

/// How many events are on a page where nothing is said.
const DEFAULT_LIMIT: u16 = 50;

code_schemas! {
    /// What was done, or asked for and not done.
    AuditActionCode => AuditAction,
    /// How it ended.
    AuditOutcomeCode => Outcome,
}

/// Which events are wanted; what is left out does not matter, and what is said must all hold.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "child.contacts", "from": "2026-11-01T00:00:00Z", "limit": 20}))]
pub struct AuditSearchBody {
    /// Events about the child with this index number. A number that nobody has finds nothing.
    #[validate(length(min = 12, max = 40))]
    #[schema(min_length = 12, max_length = 40, example = "7K3M-9XQ2-4HT8")]
    child_id: Option<String>,
    /// Events of this account: as the one who asked, the system that acted, or the one on the telephone.
    account: Option<Uuid>,
    /// Events about the child of this name in the log: 32 hexadecimal digits, as an event or a complainant's look-up
    /// gave it.
    #[validate(length(equal = 32))]
    #[schema(
        min_length = 32,
        max_length = 32,
        pattern = "^[0-9a-f]{32}$",
        example = "07070707070707070707070707070707"
    )]
    subject: Option<String>,
    /// Events in which this system acted for somebody.
    system: Option<Uuid>,
    /// Events in which somebody asked for this account, on the telephone.
    on_behalf_of: Option<Uuid>,
    /// Events of requests with this token: the first 32 hexadecimal digits of its SHA-256, as an event's `token`.
    #[validate(length(equal = 32))]
    #[schema(
        min_length = 32,
        max_length = 32,
        pattern = "^[0-9a-f]{32}$",
        example = "ba7816bf8f01cfea414140de5dae2223"
    )]
    token: Option<String>,
    /// Events of this organisation's accounts.
    organisation: Option<Uuid>,
    /// Events of those who worked in this team then, on their organisation's account.
    team: Option<Uuid>,
    /// Events of this action.
    #[schema(value_type = Option<AuditActionCode>)]
    action: Option<AuditAction>,
    /// Events that ended so.
    #[schema(value_type = Option<AuditOutcomeCode>)]
    outcome: Option<Outcome>,
    /// Events with this stated reason.
    #[schema(value_type = Option<AccessReasonCode>)]
    reason: Option<AccessReason>,
    /// Events in which this block was shown, of the child asked for where one is.
    #[schema(value_type = Option<BlockCode>)]
    shown: Option<Block>,
    /// Events at or after this instant.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, example = "2026-11-01T00:00:00Z")]
    from: Option<Moment>,
    /// Events before this instant.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, example = "2026-12-01T00:00:00Z")]
    to: Option<Moment>,
    /// The one event with this receipt, as a caller was given it in `Audit-Receipt`.
    #[validate(length(min = 66, max = 85))]
    #[schema(
        min_length = 66,
        max_length = 85,
        pattern = "^(0|[1-9][0-9]{0,18})\\.[0-9a-f]{64}$",
        example = "0.e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )]
    receipt: Option<String>,
    /// At most so many events; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    #[validate(length(equal = 16))]
    #[schema(min_length = 16, max_length = 16, pattern = "^[0-7][0-9a-f]{15}$", example = "00000000000003e8")]
    cursor: Option<String>,
}

impl AuditSearchBody {
    /// The most events that an export is to hold; all there are where nothing is said.
    pub(super) fn most(&self) -> Option<u64> {
        self.limit.map(u64::from)
    }

    /// What is asked for.
    ///
    /// # Errors
    /// `422` with the place of what cannot be read or contradicts another.
    pub fn into_sought(self) -> Result<EventsSought, Problem> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(at("/to", "contradiction", "lies before `from`"));
        }
        if self.child_id.is_some() && self.subject.is_some() {
            return Err(at("/subject", "contradiction", "has no place beside `child_id`"));
        }
        Ok(EventsSought {
            child: read("/child_id", self.child_id.as_deref(), IndexNumber::parse)?,
            subject: read("/subject", self.subject.as_deref(), lower_hex)?.map(Pseudonym),
            system: self.system.map(AccountId),
            on_behalf_of: self.on_behalf_of.map(AccountId),
            token: read("/token", self.token.as_deref(), lower_hex)?.map(TokenFingerprint),
            shown: self.shown,
            account: self.account.map(AccountId),
            organisation: self.organisation.map(OrganisationId),
            team: self.team.map(TeamId),
            action: self.action,
            outcome: self.outcome,
            reason: self.reason,
            from: self.from.map(|moment| moment.0),
            to: self.to.map(|moment| moment.0),
            receipt: read("/receipt", self.receipt.as_deref(), str::parse)?,
            after: read("/cursor", self.cursor.as_deref(), str::parse::<Cursor>)?,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

/// 128 bits as this interface writes them: one spelling only.
pub(super) fn lower_hex(text: &str) -> Result<[u8; 16], &'static str> {
    let mut bytes = [0; 16];
    let read = hex::decode_to_slice(text, &mut bytes).is_ok() && hex::encode(bytes) == text;
    if read { Ok(bytes) } else { Err("must be 32 hexadecimal digits in lower case") }
}

/// Reads a text, naming its place where it is not what it should be; every error here says what is needed and never
/// repeats what was sent.
pub(super) fn read<T, E: fmt::Display>(
    pointer: &'static str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<Option<T>, Problem> {
    text.map(parse).transpose().map_err(|error| at(pointer, "wrong-form", error.to_string()))
}

pub(super) fn at(
    pointer: &'static str,
    code: &'static str,
    message: impl Into<std::borrow::Cow<'static, str>>,
) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, code, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::extract::parse_body;

    fn sought(body: &str) -> Result<EventsSought, (u16, String)> {
        parse_body::<AuditSearchBody>(body.as_bytes()).and_then(AuditSearchBody::into_sought).map_err(|problem| {
            let pointer = problem.body().errors[0].pointer.clone().unwrap_or_default();
            (problem.code().status().as_u16(), pointer)
        })
    }

    #[test]
    fn everything_may_be_asked_for_and_nothing_need_be() {
        assert_eq!(sought("{}"), Ok(EventsSought { limit: 50, ..EventsSought::default() }));
        let receipt = format!("7.{}", "ab".repeat(32));
        let body = serde_json::json!({
            "child_id": "7k3m9xq24ht8", "account": Uuid::nil(), "organisation": Uuid::max(),
            "system": Uuid::nil(), "on_behalf_of": Uuid::max(), "token": "ab".repeat(16), "shown": "address",
            "action": "child.search", "outcome": "too-many", "reason": "safeguarding",
            "from": "2026-11-01T01:00:00+01:00", "to": "2026-11-02T00:00:00Z",
            "receipt": receipt, "limit": 100, "cursor": "00000000000003e8",
        });
        let all = sought(&body.to_string()).unwrap();
        assert_eq!(all.child.unwrap().to_string(), "7K3M-9XQ2-4HT8");
        assert_eq!((all.account, all.organisation), (Some(AccountId(Uuid::nil())), Some(OrganisationId(Uuid::max()))));
        assert_eq!((all.action, all.outcome), (Some(AuditAction::ChildSearch), Some(Outcome::TooMany)));
        assert_eq!((all.reason, all.limit), (Some(AccessReason::Safeguarding), 100));
        assert_eq!(all.from.unwrap().to_string(), "2026-11-01T00:00:00Z");
        assert_eq!(all.receipt.unwrap().to_string(), receipt);
        assert_eq!(all.after.unwrap().to_string(), "00000000000003e8");
    }

    #[test]
    fn what_cannot_be_read_is_named_at_its_place() {
        let long = "0".repeat(86);
        for (field, value) in [
            ("child_id", "\"7K3M-9XQ2-4HT9\""),
            ("child_id", "\"7K3M\""),
            ("account", "\"ada\""),
            ("organisation", "7"),
            ("action", "\"child.eat\""),
            ("outcome", "\"good\""),
            ("reason", "\"curiosity\""),
            ("from", "\"2026-11-01\""),
            ("from", "\"soon\""),
            ("to", "\"2026-11-01T00:00:00\""),
            ("receipt", "\"7.ab\""),
            ("receipt", &format!("\"{long}\"")),
            ("limit", "0"),
            ("limit", "101"),
            ("limit", "-1"),
            ("cursor", "\"\""),
            ("cursor", "\"00000000000003E8\""),
            ("cursor", "\"ffffffffffffffff\""),
            ("cursor", "\"00000000000003e8 \""),
            ("area", "\"E06000054\""),
            ("subject", "\"07\""),
            ("token", "\"BA7816BF8F01CFEA414140DE5DAE2223\""),
            ("shown", "\"everything\""),
            ("system", "\"ada\""),
        ] {
            let body = format!("{{\"{field}\": {value}}}");
            assert_eq!(sought(&body), Err((422, format!("/{field}"))), "{body}");
        }
        let backwards = r#"{"from": "2026-11-02T00:00:00Z", "to": "2026-11-01T00:00:00Z"}"#;
        assert_eq!(sought(backwards), Err((422, "/to".to_owned())));
        assert_eq!(sought("[]"), Err((422, String::new())));
    }
}
