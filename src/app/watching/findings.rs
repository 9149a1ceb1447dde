//! What a turn came to, and its writing: alerts, questions and the closing of what has been looked into, in one
//! transaction with the move of the cursor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use super::alert_of;
use crate::app::{Failure, Index};
use crate::domain::accounts::Account;
use crate::domain::alerts::scenes::Noticed;
use crate::domain::alerts::{AlertOutcome, AlertStatus};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{Criteria, Payload, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::instants::Instant;
use crate::store::alerts::{self, Raised};
use crate::store::audit;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::justifications::{self, Asked};
use crate::store::recorder::Kind;
use crate::store::watching::{self, Counted, Glance};

/// What is to be written after a turn.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) noticed: Vec<(Noticed, Account)>,
    pub(super) questions: Vec<Asked>,
    /// Investigations of overrides that were closed.
    pub(super) closings: Vec<Closing>,
    /// Questions that were not answered in time.
    pub(super) silent: Vec<Uuid>,
}

/// The end of an investigation.
#[derive(Debug, Clone)]
pub(super) struct Closing {
    pub(super) index: u64,
    pub(super) at: Instant,
    pub(super) by: Uuid,
    /// Its case, which the override named as well.
    pub(super) cases: Vec<String>,
}

/// How far a turn moved.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moved {
    pub(super) glance: Glance,
    pub(super) from: u64,
    pub(super) to: u64,
}

/// What a turn came to.
pub(super) struct Turn {
    pub(super) moved: Moved,
    pub(super) findings: Findings,
    pub(super) counted: BTreeMap<Counted, i64>,
    pub(super) done: bool,
}

/// What was written.
#[derive(Default)]
struct Written {
    raised: Vec<Uuid>,
    grown: Vec<Uuid>,
    closed: Vec<Uuid>,
}

/// Writes what was found; gives how many alerts were raised, and none where another node has written it.
pub(super) async fn raise(index: &Index, findings: Findings, moved: Option<Moved>) -> Result<Option<u64>, Failure> {
    let now = index.now();
    let alerting = !findings.noticed.is_empty() || !findings.closings.is_empty();
    if !alerting {
        if moved.is_none() {
            return Ok(Some(0));
        }
        let lost = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&lost);
        let quietly = move |conn: &mut AnyConnection| {
            told.store(write(conn, &findings, moved, now)?.is_none(), Ordering::Relaxed);
            Ok(())
        };
        index.recorder().maintain(quietly).await?;
        return Ok(if lost.load(Ordering::Relaxed) { None } else { Some(0) });
    }
    let work = move |conn: &mut AnyConnection| -> Result<Sealed<Option<u64>>, Failure> {
        let Some(written) = write(conn, &findings, moved, now)? else { return Err(Failure::Busy) };
        let count = u64::try_from(written.raised.len()).unwrap_or(u64::MAX);
        Ok(written.sealed(Some(count), now))
    };
    match index.recorder().record(Kind::Beside, work).await {
        Ok(recorded) => Ok(recorded.value.unwrap_or(Some(0))),
        // Another node was first, and nothing was written; or too much is going on, and the next round tries again.
        Err(Failure::Busy) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Writes it, or nothing where another node has made the move or told of the silence.
fn write(
    conn: &mut AnyConnection,
    findings: &Findings,
    moved: Option<Moved>,
    now: Instant,
) -> Result<Option<Written>, StoreError> {
    if let Some(Moved { glance, from, to }) = moved
        && !watching::move_on(conn, glance, from, to)?
    {
        return Ok(None);
    }
    let told = justifications::mark_escalated(conn, &findings.silent)?;
    if told == 0 && !findings.silent.is_empty() {
        return Ok(None);
    }
    justifications::ask(conn, &findings.questions)?;
    let mut written = Written::default();
    for (noticed, account) in &findings.noticed {
        let alert = alert_of(noticed, account, now);
        match alerts::raise(conn, &alert)? {
            Raised::New => written.raised.push(alert.id),
            Raised::Grown(id) => written.grown.push(id),
            Raised::Known => {}
        }
    }
    for closing in &findings.closings {
        written.closed.extend(close(conn, closing)?);
    }
    Ok(Some(written))
}

/// The cases that an event names.
pub(super) fn cases(payload: &Payload) -> impl Iterator<Item = String> {
    payload.targets.iter().filter(|target| target.kind == TargetKind::Case).map(|target| target.id.clone())
}

/// Closes the alerts about overrides that an investigation has looked into: those that opened its case, of somebody other
/// than the one who ended it.
fn close(conn: &mut AnyConnection, closing: &Closing) -> Result<Vec<Uuid>, StoreError> {
    let mut closed = Vec::new();
    for alert in alerts::list_overrides(conn)? {
        let Some(seen) = alert.events.first().filter(|seen| **seen < closing.index) else { continue };
        let event = audit::find_event(conn, *seen)?;
        let mut opened = event.iter().filter_map(|event| event.payload.as_ref()).flat_map(cases);
        let same = opened.any(|case| closing.cases.contains(&case));
        if same && alert.account != closing.by {
            alerts::update(conn, &alert.looked_into(closing.by, closing.at))?;
            closed.push(alert.id);
        }
    }
    Ok(closed)
}

impl Written {
    /// Sealed with what the log tells of it.
    fn sealed<T>(self, value: T, now: Instant) -> Sealed<T> {
        let event =
            |action, asked| Event::new(action, Outcome::Done, now.to_utc()).by(Caller::of("watch")).asking(asked);
        let on = |event: Event, alerts: Vec<Uuid>| {
            alerts.into_iter().fold(event, |event, id| event.on(TargetKind::Alert, id))
        };
        let counts = Criteria::new().with("alerts_raised", self.raised.len()).with("alerts_grown", self.grown.len());
        let told = on(on(event(AuditAction::AlertRaise, counts), self.raised), self.grown);
        let sealed = Disclosure::with(told, value);
        if self.closed.is_empty() {
            return sealed;
        }
        let closed = Criteria::new()
            .with("status", AlertStatus::Closed.code())
            .with("outcome", AlertOutcome::Investigated.code());
        sealed.also(on(event(AuditAction::AlertChange, closed), self.closed))
    }
}
