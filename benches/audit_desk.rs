//! The auditors' desk on a large log: how long the first page of each indexed question takes, and what the rules that
//! watch the log cost the recorder.
//!
//! `DESK_EVENTS` (1000000) sets the size of the log, `DESK_ROUNDS` (50) how often each question is asked,
//! `DESK_RECORDED` (20000) how many accesses are recorded with and without the rules.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use child_index::app::clock::Clock;
use child_index::app::watching::watch;
use child_index::app::{Failure, Index, IndexSettings, Limits};
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, TokenFingerprint};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::matching::KeySecret;
use child_index::domain::policy::PolicySettings;
use child_index::domain::reasons::AccessReason;
use child_index::domain::services::{FreshnessLimits, SensitivityPolicy};
use child_index::store::audit::{self, EventFilter};
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreResult;
use child_index::store::migrations::migrate;
use child_index::store::pools::Pool;
use child_index::store::recorder::{Kind, Recorder};
use child_index::store::transactions::write_tx;
use child_index::store::watching;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_750_000_000, 0).unwrap()
}

/// The `number`th event: 20,000 accounts of 500 organisations look at 1,000,000 children, a second apart.
fn event(number: u64) -> Event {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let account = mixed % 20_000;
    let caller = Caller {
        account: Some(Uuid::from_u128(u128::from(account) + 1)),
        organisation: Some(Uuid::from_u128(u128::from(account % 500) + 1)),
        area: Some("E06000054".into()),
        token: Some(TokenFingerprint(u128::from(account * 7 + mixed % 3).to_be_bytes())),
        request_id: Some(Uuid::from_u128(u128::from(number))),
        ..Caller::of("a_bench")
    };
    let child = ChildShown::new(Pseudonym(u128::from(mixed % 1_000_000).to_be_bytes()))
        .shown(["identity", "involvements"])
        .withheld(["address", "carers"])
        .at_version(1);
    let at = start() + TimeDelta::seconds(number as i64);
    let event = match number % 10 {
        0 => Event::new(AuditAction::ChildSearch, Outcome::None, at)
            .asking(Criteria::new().with("family_name", "Okafor")),
        1..=3 => Event::new(AuditAction::ChildSearch, Outcome::Disclosed, at)
            .asking(Criteria::new().with("family_name", "Okafor").with("date_of_birth", "2015-03-02"))
            .about(child),
        4..=5 => Event::new(AuditAction::ChildRead, Outcome::Disclosed, at).about(child),
        _ => Event::new(AuditAction::ChildContacts, Outcome::Disclosed, at).about(child),
    };
    let rare = number.is_multiple_of(100_003);
    let reason = if rare { AccessReason::SubjectRequest } else { AccessReason::ServiceDelivery };
    event.by(caller).because(reason).under_policy("2026-11")
}

fn fill(conn: &mut AnyConnection, events: u64) {
    let began = Instant::now();
    for first in (0..events).step_by(4_096) {
        let batch: Vec<Event> = (first..events.min(first + 4_096)).map(event).collect();
        write_tx(conn, |conn| -> StoreResult<_> {
            let mut head = audit::lock_head(conn)?;
            audit::append(conn, &mut head, &batch)
        })
        .unwrap();
    }
    println!("{events} events appended in {:.0?}", began.elapsed());
    let began = Instant::now();
    audit::catch_up(conn).unwrap();
    println!("look-up tables filled in {:.0?}", began.elapsed());
}

fn ask(conn: &mut AnyConnection, name: &str, events: u64, rounds: u64, filter: impl Fn(u64) -> EventFilter) {
    let mut times = Vec::new();
    let mut found = 0;
    for round in 0..rounds {
        let place = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % events.max(1);
        let filter = EventFilter { limit: 50, ..filter(place) };
        let began = Instant::now();
        let page = audit::search_events(conn, &filter, |_, events| -> StoreResult<_> { Ok(vec![true; events.len()]) });
        times.push(began.elapsed());
        found += page.unwrap().events.len();
    }
    times.sort_unstable();
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    println!("{name:32} p50 {:8.2?}  p99 {:8.2?}  {} found on average", at(50), at(99), found as u64 / rounds);
}

fn questions(conn: &mut AnyConnection, events: u64, rounds: u64) {
    let of = |place: u64| event(place).payload;
    let all = EventFilter::default;
    ask(conn, "by child", events, rounds, |it| EventFilter {
        child: of(it).children.first().map(|child| child.pseudonym),
        ..all()
    });
    ask(conn, "by account", events, rounds, |it| EventFilter { account: of(it).account, ..all() });
    ask(conn, "by token", events, rounds, |it| EventFilter { token: of(it).token, ..all() });
    ask(conn, "by organisation", events, rounds, |it| EventFilter { organisation: of(it).organisation, ..all() });
    ask(conn, "organisation and child", events, rounds, |it| EventFilter {
        organisation: of(it).organisation,
        child: of(it).children.first().map(|child| child.pseudonym),
        ..all()
    });
    ask(conn, "searched with no result", events, rounds, |_| EventFilter {
        action: Some(AuditAction::ChildSearch),
        outcome: Some(Outcome::None),
        ..all()
    });
    ask(conn, "by a rare reason", events, rounds, |_| EventFilter {
        reason: Some(AccessReason::SubjectRequest),
        ..all()
    });
    ask(conn, "by time", events, rounds, |it| EventFilter {
        from: Some(event(it).at),
        to: Some(event(it).at + TimeDelta::hours(1)),
        ..all()
    });
    ask(conn, "by account and time", events, rounds, |it| EventFilter {
        account: of(it).account,
        from: Some(event(it).at - TimeDelta::days(1)),
        to: Some(event(it).at + TimeDelta::days(1)),
        ..all()
    });
}

/// Records accesses in groups, as many at once as a busy service; gives how many a second.
async fn record(index: &Index, first: u64, many: u64) -> f64 {
    let began = Instant::now();
    let mut next = first;
    while next < first + many {
        let group = (next..next + 128).map(|number| {
            let event = Event { at: Clock::System.now().to_utc(), ..event(number) };
            index.recorder().record::<_, Failure, _>(Kind::Read, move |_| Ok(Disclosure::with(event, ())))
        });
        for answer in futures_util::future::join_all(group).await {
            answer.unwrap();
        }
        next += 128;
    }
    many as f64 / began.elapsed().as_secs_f64()
}

fn cost(url: &DatabaseUrl, many: u64) {
    let settings = IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits::default(),
        ended_visible_days: 365,
        keys: KeySecret::new(*b"only for a bench"),
    };
    let index = Index::new(Pool::open(url, Some(4)).unwrap(), Recorder::start(url).unwrap(), Clock::System, settings);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Up to date, so that each round pays for its own events alone.
    let conn = &mut AnyConnection::open(url, Purpose::Maintain).unwrap();
    let size = audit::get_head(conn).unwrap().size();
    assert!(watching::move_on(conn, 0, size).unwrap());
    for round in 0..6_u64 {
        let watching = round % 2 == 1;
        let stop = Arc::new(AtomicBool::new(!watching));
        let (other, again) = (index.clone(), Arc::clone(&stop));
        let rules = std::thread::spawn(move || {
            runtime().block_on(async {
                while !again.load(Ordering::Relaxed) {
                    watch(&other).await.unwrap();
                    tokio::time::sleep(Duration::from_secs(15)).await;
                }
            });
        });
        let rate = runtime().block_on(record(&index, round * many, many));
        println!("{rate:8.0} accesses a second recorded, {} the rules", if watching { "with" } else { "without" });
        stop.store(true, Ordering::Relaxed);
        drop(rules);
    }
}

fn main() {
    let (events, rounds) = (number("DESK_EVENTS", 1_000_000), number("DESK_ROUNDS", 50));
    let dir = tempfile::tempdir().unwrap();
    let url = match std::env::var("DESK_URL") {
        Ok(url) => url.parse().unwrap(),
        Err(_) => DatabaseUrl::sqlite(dir.path().join("index.db")),
    };
    let conn = &mut AnyConnection::open(&url, Purpose::Maintain).unwrap();
    migrate(conn).unwrap();
    fill(conn, events);
    questions(conn, events, rounds);
    cost(&url, number("DESK_RECORDED", 20_000));
}
