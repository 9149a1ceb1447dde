//! The scope of a breach and the look-up by a complainant's name, as they are asked and answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::searches::{at, lower_hex, read};
use super::views::{AuditedEventView, name_of};
use crate::api::dates::Moment;
use crate::api::problems::Problem;
use crate::api::texts::check_text;
use crate::app::audits::{BreachPage, Complaint, ComplaintPage, Cursor, EventsSought, TouchedChild};
use crate::domain::audit::payloads::{CodeText, TokenFingerprint};
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::domain::matching::QueriedDate;

/// Where nothing is said, so many events are looked through for a page of children.
const DEFAULT_LIMIT: u16 = 50;

/// What was compromised, and between which times; exactly one of account, token and system.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "account": "0191d3a0-5f5e-7cc0-8000-0123456789ad",
    "from": "2026-11-01T00:00:00Z",
    "to": "2026-12-01T00:00:00Z",
}))]
pub struct BreachScopeBody {
    /// The account: as the one who asked, the system that acted, or the one on the telephone.
    account: Option<Uuid>,
    /// The token: the first 32 hexadecimal digits of its SHA-256, as an event's `token`.
    #[validate(length(equal = 32))]
    #[schema(
        min_length = 32,
        max_length = 32,
        pattern = "^[0-9a-f]{32}$",
        example = "ba7816bf8f01cfea414140de5dae2223"
    )]
    token: Option<String>,
    /// The system that acted for others.
    system: Option<Uuid>,
    /// From this instant on.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, example = "2026-11-01T00:00:00Z")]
    from: Moment,
    /// Before this instant.
    #[schema(value_type = chrono::DateTime<chrono::Utc>, example = "2026-12-01T00:00:00Z")]
    to: Moment,
    /// At most so many events are looked through for a page; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u16>,
    /// The `next` of the page before.
    #[validate(length(equal = 16))]
    #[schema(min_length = 16, max_length = 16, pattern = "^[0-7][0-9a-f]{15}$", example = "00000000000003e8")]
    cursor: Option<String>,
}

impl BreachScopeBody {
    /// What is asked for.
    ///
    /// # Errors
    /// `422` with the place of what cannot be read or contradicts another.
    pub fn into_sought(self) -> Result<EventsSought, Problem> {
        let named = [self.account.is_some(), self.token.is_some(), self.system.is_some()];
        if named.iter().filter(|named| **named).count() != 1 {
            return Err(at("/account", "missing", "name exactly one of account, token and system"));
        }
        if self.from > self.to {
            return Err(at("/to", "contradiction", "lies before `from`"));
        }
        Ok(EventsSought {
            account: self.account.map(AccountId),
            token: read("/token", self.token.as_deref(), lower_hex)?.map(TokenFingerprint),
            system: self.system.map(AccountId),
            from: Some(self.from.0),
            to: Some(self.to.0),
            after: read("/cursor", self.cursor.as_deref(), str::parse::<Cursor>)?,
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
            ..EventsSought::default()
        })
    }
}

/// A page of the children that were touched.
#[derive(Debug, Serialize, ToSchema)]
pub struct BreachScopeView {
    /// The children, the last touched first; each on one page only.
    children: Vec<TouchedChildView>,
    /// For `cursor`, where the next page begins; `null` at the end. A page may be empty and have more after it.
    #[schema(required = true, example = "00000000000003e8")]
    next: Option<String>,
}

/// A child that was touched.
#[derive(Debug, Serialize, ToSchema)]
pub struct TouchedChildView {
    /// The child's index number, or its name in the log alone, as in events.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    id: String,
    /// How many events named it; 100 stands for a hundred and more.
    #[schema(minimum = 1, maximum = 100, example = 3)]
    events: usize,
    /// The first of those counted.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    first_at: Instant,
    /// The last.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    last_at: Instant,
    /// The index of the last.
    #[schema(minimum = 0, example = 1000)]
    last_event: u64,
    /// Every block of the record that one of them showed; empty where it was only asked for, and where it is masked.
    #[schema(value_type = Vec<String>, example = json!(["identity", "involvements"]))]
    shown: Vec<CodeText>,
}

impl From<BreachPage> for BreachScopeView {
    fn from(page: BreachPage) -> Self {
        let children = page.children.into_iter().map(Into::into).collect();
        Self { children, next: page.next.map(|next| next.to_string()) }
    }
}

impl From<TouchedChild> for TouchedChildView {
    fn from(child: TouchedChild) -> Self {
        let TouchedChild { name, events, first_at, last_at, last_event, shown } = child;
        Self { id: name_of(name), events, first_at, last_at, last_event, shown: shown.into_iter().collect() }
    }
}

/// The complainant, as registered, and the time they ask about.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}))]
pub struct ComplaintBody {
    /// The family name.
    #[validate(length(max = 100), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 100, example = "Okafor")]
    family_name: String,
    /// The given names.
    #[validate(length(max = 100), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 100, example = "Chidera")]
    given_name: String,
    /// The date of birth, `YYYY-MM-DD`.
    #[schema(pattern = "^(19[0-9]{2}|20[0-9]{2}|2100)-[0-3][0-9]-[0-3][0-9]$", example = "2015-03-02")]
    date_of_birth: String,
    /// Accesses at or after this instant.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, example = "2026-11-01T00:00:00Z")]
    from: Option<Moment>,
    /// Accesses before this instant.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>, example = "2026-12-01T00:00:00Z")]
    to: Option<Moment>,
    /// At most so many events; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u16>,
}

impl ComplaintBody {
    /// What is asked for.
    ///
    /// # Errors
    /// `422` with the place of what cannot be read or contradicts another.
    pub fn into_complaint(self) -> Result<Complaint, Problem> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(at("/to", "contradiction", "lies before `from`"));
        }
        const DATE: &str = "must be a date of the years 1900 to 2100, YYYY-MM-DD";
        Ok(Complaint {
            family_name: self.family_name,
            given_name: self.given_name,
            born: QueriedDate::parse(&self.date_of_birth).ok_or_else(|| at("/date_of_birth", "wrong-form", DATE))?,
            from: self.from.map(|moment| moment.0),
            to: self.to.map(|moment| moment.0),
            limit: self.limit.unwrap_or(DEFAULT_LIMIT),
        })
    }
}

/// The accesses to the complainant's record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComplaintView {
    /// The child's name in the log, for `subject` of further questions; `null` where not exactly one child fits.
    #[schema(required = true, pattern = "^[0-9a-f]{32}$", example = "07070707070707070707070707070707")]
    subject: Option<String>,
    /// The events, newest first, as far as they are in your area.
    events: Vec<AuditedEventView>,
    /// Where to go on, with `subject` and `cursor`, by `POST /v1/audit/events/search`; `null` at the end.
    #[schema(required = true, example = "00000000000003e8")]
    next: Option<String>,
}

impl From<ComplaintPage> for ComplaintView {
    fn from(found: ComplaintPage) -> Self {
        Self {
            subject: found.subject.map(|subject| subject.to_string()),
            events: found.page.events.into_iter().map(Into::into).collect(),
            next: found.page.next.map(|next| next.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::extract::parse_body;

    fn refused_at<T>(outcome: Result<T, Problem>) -> Option<String> {
        outcome.err().map(|problem| problem.body().errors[0].pointer.clone().unwrap_or_default())
    }

    #[test]
    fn a_breach_is_of_one_thing_between_two_times() {
        let times = r#""from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z""#;
        let id = Uuid::nil();
        let sought =
            |body: String| parse_body::<BreachScopeBody>(body.as_bytes()).and_then(BreachScopeBody::into_sought);
        assert!(sought(format!(r#"{{"account": "{id}", {times}}}"#)).is_ok());
        assert!(sought(format!(r#"{{"token": "{}", {times}}}"#, "ab".repeat(16))).is_ok());
        assert_eq!(refused_at(sought(format!("{{{times}}}"))).as_deref(), Some("/account"));
        let two = format!(r#"{{"account": "{id}", "system": "{id}", {times}}}"#);
        assert_eq!(refused_at(sought(two)).as_deref(), Some("/account"));
        let backwards = r#""to": "2026-11-01T00:00:00Z", "from": "2026-11-02T00:00:00Z""#;
        assert_eq!(refused_at(sought(format!(r#"{{"account": "{id}", {backwards}}}"#))).as_deref(), Some("/to"));
        assert!(sought(format!(r#"{{"account": "{id}"}}"#)).is_err());
    }

    #[test]
    fn a_complainant_has_two_names_and_a_date_of_birth() {
        let read = |body: &str| parse_body::<ComplaintBody>(body.as_bytes()).and_then(ComplaintBody::into_complaint);
        let whole = r#"{"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}"#;
        assert_eq!(read(whole).unwrap().limit, 50);
        let date = whole.replace("2015-03-02", "soon");
        assert_eq!(refused_at(read(&date)).as_deref(), Some("/date_of_birth"));
        assert_eq!(refused_at(read(&whole.replace("Okafor", " "))).as_deref(), Some("/family_name"));
    }
}
