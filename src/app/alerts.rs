//! Alerts as auditors work through them, and the questions that account holders answer.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::index::Answer;
use super::watching::{alert_of, silence};
use super::{Failure, Index, Precondition, Session};
use crate::domain::accounts::Role;
use crate::domain::alerts::rules::RuleKind;
use crate::domain::alerts::views::ShownAlert;
use crate::domain::alerts::{Alert, AlertChange, AlertStatus, Justification, OutOfOrder};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event, RecordedEvent};
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::audit::scope::Auditor;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::instants::Instant;
use crate::domain::pages::Page;
use crate::domain::policy::{Forbidden, Refusal, Violation};
use crate::domain::visits::Visit;
use crate::store::alerts::{self, AlertFilter};
use crate::store::justifications::{self, Asked};
use crate::store::{accounts, audit};

/// How often more alerts are read where those that were read are masked.
const MOST_READS: u8 = 8;
/// The most questions listed at once.
const MOST_QUESTIONS: i64 = 100;

/// Which alerts an auditor asks for.
#[derive(Debug, Clone, Default)]
pub struct AlertsSought {
    /// In this state.
    pub status: Option<AlertStatus>,
    /// Raised by this rule.
    pub rule: Option<RuleKind>,
    /// About this account.
    pub account: Option<Uuid>,
    /// Where the page before ended.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u16,
}

/// A question put to an account holder, with what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The question.
    pub asked: Asked,
    /// When they opened the record.
    pub at: Option<Instant>,
    /// What they did.
    pub action: Option<String>,
    /// The reason they stated.
    pub reason: Option<String>,
    /// The request's id, as they were given it.
    pub request_id: Option<Uuid>,
}

/// Lists alerts, newest first.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_alerts(
    index: &Index,
    visit: Visit,
    sought: AlertsSought,
) -> Result<Answer<Page<ShownAlert, Uuid>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

/// Reads an alert with the events it rests on.
///
/// # Errors
/// As [`list_alerts`].
pub async fn read_alert(index: &Index, visit: Visit, alert: Uuid) -> Result<Answer<ShownAlert>, Failure> {
    index.disclose(visit, move |session| read(session, alert)).await
}

/// Works an alert through, where the precondition holds of what the auditor would be shown now.
///
/// # Errors
/// As [`list_alerts`].
pub async fn change_alert(
    index: &Index,
    visit: Visit,
    alert: Uuid,
    precondition: Precondition<ShownAlert>,
    wanted: AlertChange,
) -> Result<Answer<ShownAlert>, Failure> {
    index.change(visit, move |session| change(session, alert, precondition, wanted)).await
}

/// Lists the questions that the account holder has not answered.
///
/// # Errors
/// As [`list_alerts`].
pub async fn list_questions(index: &Index, visit: Visit) -> Result<Answer<Vec<Question>>, Failure> {
    index.disclose(visit, questions).await
}

/// Answers a question; an alarming answer becomes an alert.
///
/// # Errors
/// As [`list_alerts`].
pub async fn answer_question(
    index: &Index,
    visit: Visit,
    question: Uuid,
    answer: Justification,
) -> Result<Answer<()>, Failure> {
    index.change(visit, move |session| say(session, question, answer)).await
}

fn list(session: &mut Session<'_>, sought: &AlertsSought) -> Result<Sealed<Page<ShownAlert, Uuid>>, Failure> {
    let asked = sought.criteria();
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    let filter = AlertFilter {
        area: auditor.area.clone(),
        plain_only: !auditor.cleared,
        status: sought.status,
        rule: sought.rule,
        account: sought.account,
        before: sought.after,
        limit: sought.limit.saturating_add(1),
    };
    let page = fill(session, &auditor, filter, sought)?;
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = asked.with("alerts_shown", page.items.len());
    let event = session.event(session.visit.action, outcome).asking(asked);
    Ok(Disclosure::with(event, page))
}

/// A page of alerts. Whoever is masked is not found by asking for them, and where a page ends does not tell of an alert
/// that is not on it.
fn fill(
    session: &mut Session<'_>,
    auditor: &Auditor,
    mut filter: AlertFilter,
    sought: &AlertsSought,
) -> Result<Page<ShownAlert, Uuid>, Failure> {
    let wanted = usize::from(sought.limit);
    let mut shown: Vec<ShownAlert> = Vec::new();
    for _ in 0..MOST_READS {
        let found = alerts::list(session.conn, &filter)?;
        let concerned: Vec<Uuid> = found.iter().map(|alert| alert.account).collect();
        let owners: Vec<Uuid> = found.iter().map(|alert| alert.organisation).collect();
        let policy = &session.settings.sensitivity;
        let around = audit::read_accounts_around(session.conn, policy, &concerned, &owners)?;
        let views = found.iter().filter_map(|alert| auditor.view_alert(alert, &around, &BTreeSet::new()));
        shown.extend(views.filter(|shown| sought.account.is_none() || shown.account.is_some()));
        filter.before = found.last().map(|last| last.id);
        if shown.len() > wanted || found.len() < usize::from(filter.limit) {
            break;
        }
    }
    Ok(Page::of(shown, sought.limit, |last| last.id))
}

fn read(session: &mut Session<'_>, id: Uuid) -> Result<Sealed<ShownAlert>, Failure> {
    match find(session, id)? {
        Err(refusal) => Ok(refuse(session, id, refusal)),
        Ok((_, _, shown)) => Ok(Disclosure::with(about(session, id, Outcome::Disclosed), shown)),
    }
}

fn change(
    session: &mut Session<'_>,
    id: Uuid,
    precondition: Precondition<ShownAlert>,
    wanted: AlertChange,
) -> Result<Sealed<ShownAlert>, Failure> {
    let (auditor, before, shown) = match find(session, id)? {
        Ok(found) => found,
        Err(refusal) => return Ok(refuse(session, id, refusal)),
    };
    if auditor.is(before.account) {
        return Ok(refuse(session, id, Refusal::Forbidden(Forbidden::Oneself)));
    }
    if !precondition.holds(&shown) {
        return Ok(refuse(session, id, Refusal::Stale));
    }
    let after = match before.changed(wanted, auditor.account.0, session.now) {
        Ok(after) => after,
        Err(out_of_order) => return Ok(refuse(session, id, Refusal::Invalid(violation(out_of_order)))),
    };
    if after == before {
        return Ok(Disclosure::with(about(session, id, Outcome::Unchanged), shown));
    }
    alerts::update(session.conn, &after)?;
    let made_of_it = Criteria::new()
        .with("status", after.status.code())
        .with_some("outcome", after.outcome.map(|outcome| outcome.code()));
    let event = about(session, id, Outcome::Changed).asking(made_of_it);
    let after = Alert { version: after.version.saturating_add(1), ..after };
    match view(session, &auditor, &after)? {
        Some(shown) => Ok(Disclosure::with(event, shown)),
        None => Ok(refuse(session, id, Refusal::NotFound)),
    }
}

const fn violation(out_of_order: OutOfOrder) -> Violation {
    match out_of_order {
        OutOfOrder::Status => Violation {
            pointer: "/status",
            message: "an open alert is reviewed, a reviewed one is closed as it was reviewed, and a closed one stays so",
        },
        OutOfOrder::OutcomeMissing => Violation { pointer: "/outcome", message: "say what it turned out to be" },
    }
}

/// An alert and what the auditor is shown of it, unless it does not exist for them.
fn find(session: &mut Session<'_>, id: Uuid) -> Result<Result<(Auditor, Alert, ShownAlert), Refusal>, Failure> {
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let Some(alert) = alerts::find(session.conn, id)? else { return Ok(Err(Refusal::NotFound)) };
    let shown = view(session, &auditor, &alert)?;
    Ok(shown.map(|shown| (auditor, alert, shown)).ok_or(Refusal::NotFound))
}

fn view(session: &mut Session<'_>, auditor: &Auditor, alert: &Alert) -> Result<Option<ShownAlert>, Failure> {
    let policy = &session.settings.sensitivity;
    let around = audit::read_accounts_around(session.conn, policy, &[alert.account], &[alert.organisation])?;
    let mut hidden = BTreeSet::new();
    if !auditor.cleared && !alert.rule.is_of_one_event() {
        let mut events: Vec<RecordedEvent> = Vec::with_capacity(alert.events.len());
        for index in &alert.events {
            events.extend(audit::find_event(session.conn, *index)?);
        }
        let now = audit::read_surroundings(session.conn, policy, &events, None)?;
        hidden.extend(events.iter().filter(|event| now.hides_any_child(event)).map(|event| event.index));
    }
    Ok(auditor.view_alert(alert, &around, &hidden))
}

fn about(session: &Session<'_>, alert: Uuid, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Alert, alert)
}

fn refuse<T>(session: &Session<'_>, alert: Uuid, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, alert, refusal.outcome()))
}

fn questions(session: &mut Session<'_>) -> Result<Sealed<Vec<Question>>, Failure> {
    if session.actor.role == Role::System {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Role)));
    }
    let mut questions = Vec::new();
    for asked in justifications::list_open(session.conn, session.actor.account.0, MOST_QUESTIONS)? {
        let event = audit::find_event(session.conn, asked.event)?;
        questions.push(Question {
            at: event.as_ref().map(|event| event.at.into()),
            action: event.as_ref().map(|event| event.action.clone()),
            reason: event.as_ref().and_then(|event| event.reason.clone()),
            request_id: event.and_then(|event| event.payload).and_then(|payload| payload.request_id),
            asked,
        });
    }
    let outcome = if questions.is_empty() { Outcome::None } else { Outcome::Disclosed };
    Ok(Disclosure::with(session.event(session.visit.action, outcome), questions))
}

fn say(session: &mut Session<'_>, id: Uuid, answer: Justification) -> Result<Sealed<()>, Failure> {
    if session.actor.role == Role::System {
        return Ok(session.refuse(Refusal::Forbidden(Forbidden::Role)));
    }
    let asked = justifications::find(session.conn, id)?;
    let own = |asked: &Asked| asked.account == session.actor.account.0 && asked.answer.is_none();
    let Some(asked) = asked.filter(own) else { return Ok(session.refuse(Refusal::NotFound)) };
    justifications::answer(session.conn, id, answer, session.now)?;
    let mut raised = None;
    if answer.alarms()
        && let Some(account) = accounts::find(session.conn, session.actor.account)?
    {
        let alert = alert_of(&silence(&asked), &account, session.now);
        alerts::raise(session.conn, &alert)?;
        raised = Some(alert.id);
    }
    let event = session
        .event(session.visit.action, Outcome::Changed)
        .on(TargetKind::AuditEvent, asked.event)
        .asking(Criteria::new().with("answer", answer.code()));
    let sealed = Disclosure::with(event, ());
    let Some(raised) = raised else { return Ok(sealed) };
    let told = Event::new(AuditAction::AlertRaise, Outcome::Done, session.now.to_utc())
        .by(Caller::of("watch"))
        .asking(Criteria::new().with("alerts_raised", 1))
        .on(TargetKind::Alert, raised);
    Ok(sealed.also(told))
}

impl AlertsSought {
    fn criteria(&self) -> Criteria {
        Criteria::new()
            .with_some("status", self.status.map(AlertStatus::code))
            .with_some("rule", self.rule.map(RuleKind::code))
            .with_some("account", self.account.map(|id| id.to_string()))
            .with_some("cursor", self.after.map(|after| after.to_string()))
            .with("limit", self.limit)
    }
}
