//! Watching: the rules look at what the log has gained, off the recorder's path, and raise alerts.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::audits::catch_up;
use super::{Failure, Index, IndexSettings};
use crate::domain::accounts::{Account, Role};
use crate::domain::alerts::rules::{OVERRIDES, RULES, Rule, RuleKind, SAMPLED, TO_ANSWER, rule_of};
use crate::domain::alerts::scenes::{Access, Noticed, Scene, Watched};
use crate::domain::alerts::{Alert, AlertStatus};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event, RecordedEvent};
use crate::domain::audit::payloads::{Criteria, Pseudonym, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::AccountId;
use crate::domain::instants::{DAY, Instant, day_number};
use crate::store::audit::{self, EventFilter};
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::justifications::Asked;
use crate::store::recorder::Kind;
use crate::store::{accounts, alerts, justifications, watching};

/// Events looked at in one turn.
const TURN: i64 = 1_000;
/// Turns taken before others get a chance.
const MOST_TURNS: u8 = 50;
/// Events of one account that are looked at; the newest.
const MOST_EVENTS: usize = 1_000;
/// For how many days others' days are compared with.
const COMPARED_DAYS: i32 = 28;
/// Overdue answers told of in one turn.
const MOST_OVERDUE: i64 = 200;

/// Looks at what the log has gained since the last time, and at what time alone has brought about; gives how many alerts
/// were raised. Call it every few seconds; several nodes may.
///
/// # Errors
/// [`Failure`] where something could not be read or written: the next call begins where this one did.
pub async fn watch(index: &Index) -> Result<u64, Failure> {
    catch_up(index).await?;
    let mut raised = 0_u64;
    for _ in 0..MOST_TURNS {
        let (new, done) = take_turn(index).await?;
        raised = raised.saturating_add(new);
        if done {
            break;
        }
    }
    raised = raised.saturating_add(escalate_silence(index).await?);
    Ok(raised)
}

/// Judges what lies a grace ago: who looked and recorded nothing since. Call it some times a day.
///
/// # Errors
/// As [`watch`].
pub async fn look_back(index: &Index) -> Result<u64, Failure> {
    let now = index.now();
    let mut raised = 0_u64;
    for rule in RULES.into_iter().filter(|rule| rule.grace > 0) {
        let oldest = now.plus(-rule.grace - rule.window.min(3 * DAY));
        let days = day_number(oldest.day())..=day_number(now.plus(-rule.grace).day());
        for day in days {
            let active = index.prepare(move |conn, _| Ok(watching::list_active(conn, day)?)).await?;
            for account in active {
                let noticed = index.prepare(move |conn, _| judge(conn, account, &[rule], now)).await?;
                raised = raised.saturating_add(raise(index, noticed, None).await?);
            }
        }
    }
    let before = day_number(now.plus(-120 * DAY).day());
    index.recorder().maintain(move |conn| watching::forget_days(conn, before)).await?;
    Ok(raised)
}

/// What is to be written after a turn.
#[derive(Default)]
struct Findings {
    noticed: Vec<(Noticed, Account)>,
    questions: Vec<Asked>,
    days: BTreeMap<(Uuid, i32), i64>,
}

/// How far a turn moved.
#[derive(Clone, Copy)]
struct Moved {
    from: u64,
    to: u64,
}

async fn take_turn(index: &Index) -> Result<(u64, bool), Failure> {
    let now = index.now();
    let (moved, findings, done) = index.prepare(move |conn, settings| look(conn, settings, now)).await?;
    if moved.from == moved.to {
        return Ok((0, true));
    }
    Ok((raise(index, findings, Some(moved)).await?, done))
}

fn look(conn: &mut AnyConnection, _: &IndexSettings, now: Instant) -> Result<(Moved, Findings, bool), Failure> {
    let from = watching::get_watched_to(conn)?;
    let events = audit::list_from(conn, from, TURN)?;
    let to = events.last().map_or(from, |last| last.index.saturating_add(1));
    let done = i64::try_from(events.len()).is_ok_and(|read| read < TURN);
    let mut findings = Findings::default();
    let mut active: BTreeSet<Uuid> = BTreeSet::new();
    for event in &events {
        let (Some(account), Some(access)) = (caller(event), Access::of(event)) else { continue };
        active.insert(account);
        let accesses = findings.days.entry((account, day_number(access.at.day()))).or_default();
        *accesses = accesses.saturating_add(i64::from(!access.children.is_empty()));
        findings.questions.extend(question(event, account, now));
    }
    let rules: Vec<Rule> = RULES.into_iter().filter(|rule| rule.grace == 0).collect();
    for account in active {
        let judged = judge(conn, account, &rules, now)?;
        findings.noticed.extend(judged.noticed);
        if judged.machine {
            findings.questions.retain(|asked| asked.account != account);
        }
    }
    Ok((Moved { from, to }, findings, done))
}

fn caller(event: &RecordedEvent) -> Option<Uuid> {
    event.payload.as_ref()?.account
}

/// One access of some is asked about: which, follows from the salted hash and can be foreseen by nobody.
fn question(event: &RecordedEvent, account: Uuid, now: Instant) -> Option<Asked> {
    let opened = [AuditAction::ChildRead, AuditAction::ChildContacts].map(AuditAction::code);
    let opens = opened.iter().chain(&OVERRIDES).any(|action| *action == event.action) && event.children_disclosed > 0;
    let lot = event.leaf_hash.as_bytes().iter().take(4).fold(0_u64, |lot, byte| (lot << 8) | u64::from(*byte));
    (opens && lot.is_multiple_of(SAMPLED)).then(|| Asked {
        id: Uuid::now_v7(),
        account,
        event: event.index,
        asked_at: now,
        due_at: now.plus(TO_ANSWER),
        answer: None,
        answered_at: None,
    })
}

/// What some rules make of an account.
#[derive(Default)]
struct Judged {
    noticed: Vec<(Noticed, Account)>,
    machine: bool,
}

fn judge(conn: &mut AnyConnection, account: Uuid, rules: &[Rule], now: Instant) -> Result<Judged, Failure> {
    let Some(account) = accounts::find(conn, AccountId(account))? else { return Ok(Judged::default()) };
    let machine = account.role == Role::System;
    let mut judged = Judged { noticed: Vec::new(), machine };
    let scene = scene(conn, &account, rules, now)?;
    for noticed in rules.iter().flat_map(|rule| scene.judge(rule)) {
        // What is raised already, and has hardly grown, is no news.
        if alerts::is_news(conn, account.id.0, &noticed)? {
            judged.noticed.push((noticed, account.clone()));
        }
    }
    Ok(judged)
}

/// The accesses of an account over the longest window of some rules, and what is known of the children in them.
fn scene(conn: &mut AnyConnection, account: &Account, rules: &[Rule], now: Instant) -> Result<Scene, Failure> {
    let reach = rules.iter().map(|rule| rule.window.saturating_add(rule.grace)).max().unwrap_or(DAY);
    let nearest = rules.iter().map(|rule| rule.grace).min().unwrap_or(0);
    let filter = EventFilter {
        account: Some(account.id.0),
        from: Some(now.plus(-reach).to_utc()),
        to: Some(now.plus(1 - nearest).to_utc()),
        limit: MOST_EVENTS,
        ..EventFilter::default()
    };
    let everything =
        |_: &mut AnyConnection, events: &[RecordedEvent]| -> StoreResult<_> { Ok(vec![true; events.len()]) };
    let page = audit::search_events(conn, &filter, everything)?;
    let own = page.events.iter().rev().filter(|event| caller(event) == Some(account.id.0));
    let accesses: Vec<Access> = own.filter_map(Access::of).collect();
    let children: BTreeSet<Pseudonym> = accesses
        .iter()
        .filter(|it| it.action != AuditAction::ChildSearch.code())
        .flat_map(|it| it.children.clone())
        .collect();
    let month_ago = day_number(now.day()).saturating_sub(COMPARED_DAYS);
    let watched = Watched {
        account: account.id.0,
        organisation: account.organisation.0,
        area: account.area.clone(),
        surname: watching::surname_of(&account.name),
        colleagues: watching::list_colleagues(conn, account)?,
        peers: watching::median_of_peers(conn, account, month_ago)?,
        machine: account.role == Role::System,
    };
    let children = watching::list_known(conn, account, &children)?;
    Ok(Scene { watched, accesses, children, now })
}

impl From<Judged> for Findings {
    fn from(judged: Judged) -> Self {
        Self { noticed: judged.noticed, ..Self::default() }
    }
}

/// Writes what was found, in one transaction with the move; where another node has made it, nothing is written.
async fn raise(index: &Index, findings: impl Into<Findings>, moved: Option<Moved>) -> Result<u64, Failure> {
    let (findings, now) = (findings.into(), index.now());
    if findings.noticed.is_empty() && moved.is_none() {
        return Ok(0);
    }
    if findings.noticed.is_empty() {
        index.recorder().maintain(move |conn| write(conn, &findings, moved, now).map(drop)).await?;
        return Ok(0);
    }
    let work = move |conn: &mut AnyConnection| -> Result<Sealed<u64>, Failure> {
        let raised = write(conn, &findings, moved, now)?;
        let count = u64::try_from(raised.len()).unwrap_or(u64::MAX);
        let mut event = Event::new(AuditAction::AlertRaise, Outcome::Done, now.to_utc())
            .by(Caller::of("watch"))
            .asking(Criteria::new().with("alerts_raised", count));
        for alert in raised {
            event = event.on(TargetKind::Alert, alert);
        }
        Ok(Disclosure::with(event, count))
    };
    Ok(index.recorder().record(Kind::Change, work).await?.value.unwrap_or(0))
}

fn write(
    conn: &mut AnyConnection,
    findings: &Findings,
    moved: Option<Moved>,
    now: Instant,
) -> Result<Vec<Uuid>, StoreError> {
    if let Some(Moved { from, to }) = moved
        && !watching::move_on(conn, from, to)?
    {
        return Ok(Vec::new());
    }
    for ((account, day), accesses) in &findings.days {
        watching::add_accesses(conn, *account, *day, *accesses)?;
    }
    justifications::ask(conn, &findings.questions)?;
    let mut raised = Vec::new();
    for (noticed, account) in &findings.noticed {
        let alert = alert_of(noticed, account, now);
        if alerts::raise(conn, &alert)? {
            raised.push(alert.id);
        }
    }
    Ok(raised)
}

/// The alert that something noticed about an account becomes.
pub(super) fn alert_of(noticed: &Noticed, account: &Account, now: Instant) -> Alert {
    Alert {
        id: Uuid::now_v7(),
        rule: noticed.kind,
        occasion: noticed.occasion.clone(),
        account: account.id.0,
        organisation: account.organisation.0,
        area: account.area.clone(),
        protected: noticed.protected,
        status: AlertStatus::Open,
        outcome: None,
        measure: noticed.measure,
        threshold: rule_of(noticed.kind).threshold,
        raised_at: now,
        reviewed_by: None,
        reviewed_at: None,
        closed_at: None,
        version: 1,
        events: noticed.events.clone(),
    }
}

/// What an account holder has not answered in time becomes an alert.
async fn escalate_silence(index: &Index) -> Result<u64, Failure> {
    let now = index.now();
    let overdue = index
        .prepare(move |conn, _| {
            let mut told = Vec::new();
            for asked in justifications::list_overdue(conn, now, MOST_OVERDUE)? {
                let account = accounts::find(conn, AccountId(asked.account))?;
                told.extend(account.map(|account| (silence(&asked), account, asked.id)));
            }
            Ok(told)
        })
        .await?;
    if overdue.is_empty() {
        return Ok(0);
    }
    let ids: Vec<Uuid> = overdue.iter().map(|(_, _, id)| *id).collect();
    let noticed = overdue.into_iter().map(|(noticed, account, _)| (noticed, account)).collect();
    let raised = raise(index, Findings { noticed, ..Findings::default() }, None).await?;
    let mark = move |conn: &mut AnyConnection| ids.iter().try_for_each(|id| justifications::mark_escalated(conn, *id));
    index.recorder().maintain(mark).await?;
    Ok(raised)
}

/// An answer that is missing, or that an auditor should hear of.
pub(super) fn silence(asked: &Asked) -> Noticed {
    Noticed {
        kind: RuleKind::NoJustification,
        occasion: asked.event.to_string(),
        measure: 1,
        protected: false,
        events: vec![asked.event],
    }
}
