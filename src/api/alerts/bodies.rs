//! Alerts and questions as they are asked for, sent and shown.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::answers::etag_of;
use crate::api::audits::{AccountNameView, AuditedOrganisationView};
use crate::api::codes::{AccessReasonCode, code_schemas};
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::app::alerts::{AlertsSought, Question};
use crate::domain::alerts::rules::RuleKind;
use crate::domain::alerts::views::ShownAlert;
use crate::domain::alerts::{AlertChange, AlertOutcome, AlertStatus, Justification};
use crate::domain::instants::Instant;
use crate::domain::pages::Page;

code_schemas! {
    /// What a rule looks for.
    AlertRuleCode => RuleKind,
    /// How far an alert has been worked through.
    AlertStatusCode => AlertStatus,
    /// What an alert turned out to be.
    AlertOutcomeCode => AlertOutcome,
    /// Why an account holder says they opened a record.
    JustificationCode => Justification,
}

/// Which alerts, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AlertsQuery {
    /// In this state only.
    #[param(value_type = Option<AlertStatusCode>, inline, required = false, nullable = false)]
    status: Option<AlertStatus>,
    /// Raised by this rule only.
    #[param(value_type = Option<AlertRuleCode>, inline, required = false, nullable = false)]
    rule: Option<RuleKind>,
    /// About this account only.
    #[param(required = false, nullable = false, example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    account: Option<Uuid>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TryFrom<AlertsQuery> for AlertsSought {
    type Error = Problem;

    fn try_from(query: AlertsQuery) -> Result<Self, Problem> {
        let AlertsQuery { status, rule, account, cursor: after, limit: most } = query;
        Ok(Self { status, rule, account, after: cursor(after.as_deref())?, limit: limit(most) })
    }
}

/// What you make of an alert.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "reviewed", "outcome": "no-concern"}))]
pub struct ChangeAlertBody {
    /// How far it is worked through now.
    #[schema(value_type = AlertStatusCode)]
    status: AlertStatus,
    /// What it turned out to be; needed when it is first reviewed.
    #[schema(value_type = Option<AlertOutcomeCode>)]
    outcome: Option<AlertOutcome>,
}

impl From<ChangeAlertBody> for AlertChange {
    fn from(body: ChangeAlertBody) -> Self {
        Self { status: body.status, outcome: body.outcome }
    }
}

/// Something that a rule noticed about an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    id: Uuid,
    /// The rule.
    #[schema(value_type = AlertRuleCode)]
    rule: RuleKind,
    /// How far it has been worked through.
    #[schema(value_type = AlertStatusCode)]
    status: AlertStatus,
    /// What it turned out to be; `null` until it is reviewed.
    #[schema(required = true, value_type = Option<AlertOutcomeCode>)]
    outcome: Option<AlertOutcome>,
    /// What the rule measured.
    #[schema(minimum = 0, example = 7)]
    measure: i64,
    /// From which measure on it raises an alert.
    #[schema(minimum = 1, example = 6)]
    threshold: i64,
    /// When it was raised.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    raised_at: Instant,
    /// The account it is about; `null` where its organisation is sensitive and you are not cleared.
    #[schema(required = true)]
    account: Option<AccountNameView>,
    /// Its organisation then; `null` where it is sensitive and you are not cleared.
    #[schema(required = true)]
    organisation: Option<AuditedOrganisationView>,
    /// The indexes of the events it rests on, newest first; empty in lists.
    events: Vec<u64>,
    /// The account of the auditor who reviewed it.
    #[schema(required = true)]
    reviewed_by: Option<Uuid>,
    /// When it was reviewed.
    #[schema(required = true, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    reviewed_at: Option<Instant>,
    /// When it was closed.
    #[schema(required = true, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    closed_at: Option<Instant>,
}

/// A page of alerts, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertsView {
    /// The alerts. A page may be short, or empty, and still have a `next`.
    alerts: Vec<AlertView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl From<ShownAlert> for AlertView {
    fn from(shown: ShownAlert) -> Self {
        Self {
            id: shown.id,
            rule: shown.rule,
            status: shown.status,
            outcome: shown.outcome,
            measure: shown.measure,
            threshold: shown.threshold,
            raised_at: shown.raised_at,
            account: shown.account.map(Into::into),
            organisation: shown.organisation.map(Into::into),
            events: shown.events,
            reviewed_by: shown.reviewed_by,
            reviewed_at: shown.reviewed_at,
            closed_at: shown.closed_at,
        }
    }
}

impl From<Page<ShownAlert, Uuid>> for AlertsView {
    fn from(page: Page<ShownAlert, Uuid>) -> Self {
        Self { alerts: page.items.into_iter().map(Into::into).collect(), next: page.next.map(|next| next.to_string()) }
    }
}

/// The entity tag of an alert as it is shown.
pub(super) fn etag(shown: &ShownAlert) -> String {
    etag_of(&(shown.id, shown.version, &shown.events))
}

/// What somebody is asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionView {
    /// The question's id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    id: Uuid,
    /// When you were asked.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    asked_at: Instant,
    /// Until when to answer.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    due_at: Instant,
    /// The event's index in the audit log; the first part of the receipt you were given.
    #[schema(minimum = 0, example = 1000)]
    event: u64,
    /// When you opened the record.
    #[schema(required = true, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    at: Option<Instant>,
    /// What you did.
    #[schema(required = true, example = "child.contacts")]
    action: Option<String>,
    /// The reason you stated.
    #[schema(required = true, value_type = Option<AccessReasonCode>)]
    reason: Option<String>,
    /// The request's id, as you were given it.
    #[schema(required = true)]
    request_id: Option<Uuid>,
}

/// What somebody is asked about.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuestionsView {
    /// The questions, oldest first, at most a hundred.
    questions: Vec<QuestionView>,
}

impl From<Vec<Question>> for QuestionsView {
    fn from(questions: Vec<Question>) -> Self {
        let view = |question: Question| QuestionView {
            id: question.asked.id,
            asked_at: question.asked.asked_at,
            due_at: question.asked.due_at,
            event: question.asked.event,
            at: question.at,
            action: question.action,
            reason: question.reason,
            request_id: question.request_id,
        };
        Self { questions: questions.into_iter().map(view).collect() }
    }
}

/// Why you opened the record.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"answer": "working-with-child"}))]
pub struct AnswerQuestionBody {
    /// The answer that fits best.
    #[schema(value_type = JustificationCode)]
    pub(super) answer: Justification,
}

/// What was answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AnsweredView {
    /// The answer.
    #[schema(value_type = JustificationCode)]
    pub(super) answer: Justification,
}
