//! The auditors' desk on a large log: how long the first page of each question takes, from asking to its own record being
//! durable, and what the rules that watch the log cost the recorder.
//!
//! `DESK_EVENTS` (1000000) sets the size of the log, `DESK_ROUNDS` (50) how often each question is asked,
//! `DESK_RECORDED` (30000) how many accesses are recorded in each round with and without the rules, and `DESK_FILE` a
//! SQLite file to keep: where it is there already, it is used as it is.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use child_index::app::audits::{EventsSought, list_touched, search_events};
use child_index::app::clock::Clock;
use child_index::app::watching::Watcher;
use child_index::app::{Failure, Index, IndexSettings, Limits};
use child_index::domain::accounts::{Account, AccountStatus, Capability, Role, Standing};
use child_index::domain::audit::actions::{AuditAction, Outcome, Strength};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, TokenFingerprint};
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::audit::scope::NATIONAL_AREA;
use child_index::domain::disclosures::Disclosure;
use child_index::domain::ids::{AccountId, OrganisationId, TeamId};
use child_index::domain::instants::{DAY, HOUR, Instant as At};
use child_index::domain::lawful_bases::LawfulBasis;
use child_index::domain::matching::KeySecret;
use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::policy::{Block, PolicySettings};
use child_index::domain::reasons::AccessReason;
use child_index::domain::services::{FreshnessLimits, OrganisationKind, SensitivityPolicy};
use child_index::domain::visits::{Identity, Visit};
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreResult;
use child_index::store::migrations::migrate;
use child_index::store::pools::Pool;
use child_index::store::recorder::{Kind, Recorder};
use child_index::store::transactions::write_tx;
use child_index::store::watching::Glance;
use child_index::store::{accounts, audit, organisations, team_members, teams, watching};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::connection::SimpleConnection as _;
use uuid::Uuid;

const ACCOUNTS: u64 = 20_000;
const ORGANISATIONS: u64 = 500;
const AREAS: u64 = 10;
const CHILDREN: u64 = 1_000_000;
const ISSUER: &str = "https://bench.example";

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn area(organisation: u64) -> String {
    format!("E060000{:02}", organisation % AREAS)
}

fn id(kind: u128, number: u64) -> Uuid {
    Uuid::from_u128((kind << 64) | u128::from(number + 1))
}

fn account_id(number: u64) -> Uuid {
    id(1, number)
}

fn organisation_id(number: u64) -> Uuid {
    id(2, number)
}

fn child(number: u64) -> Pseudonym {
    Pseudonym(u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)).to_be_bytes())
}

/// The `number`th event, at this time: an account of 20,000 in 500 organisations looks at one of a million children.
fn event(number: u64, at: DateTime<Utc>) -> Event {
    let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 24;
    let account = mixed % ACCOUNTS;
    let organisation = account % ORGANISATIONS;
    let caller = Caller {
        strength: Strength::TwoFactor,
        account: Some(account_id(account)),
        organisation: Some(organisation_id(organisation)),
        area: Some(area(organisation).into()),
        token: Some(TokenFingerprint(u128::from(account * 7 + mixed % 3).to_be_bytes())),
        request_id: Some(Uuid::from_u128(u128::from(number))),
        ..Caller::of("a_bench")
    };
    let seen = ChildShown::new(child((mixed >> 8) % CHILDREN))
        .shown(["identity", "involvements"])
        .withheld(["address", "carers"])
        .by_rules(["practitioner"])
        .at_version(1);
    let asked =
        Criteria::new().with("family_name", "Okafor").with("date_of_birth", format!("2015-03-{:02}", mixed % 28 + 1));
    let event = match number % 10 {
        0 => Event::new(AuditAction::ChildSearch, Outcome::None, at).asking(asked),
        1..=3 => Event::new(AuditAction::ChildSearch, Outcome::Disclosed, at).asking(asked).about(seen),
        4..=5 => Event::new(AuditAction::ChildRead, Outcome::Disclosed, at).about(seen),
        _ => Event::new(AuditAction::ChildContacts, Outcome::Disclosed, at).about(seen),
    };
    let reason = match number {
        rare if rare.is_multiple_of(100_003) => AccessReason::SubjectRequest,
        odd if odd % 2 == 1 => AccessReason::EarlyHelp,
        _ => AccessReason::ServiceDelivery,
    };
    event.by(caller).because(reason).under_policy("2026-11")
}

/// The log: so many events, a second apart, the last of them now.
#[derive(Clone, Copy)]
struct Log {
    size: u64,
    start: DateTime<Utc>,
}

impl Log {
    fn event(&self, number: u64) -> Event {
        event(number, self.start + TimeDelta::seconds(number as i64))
    }

    fn fill(&self, conn: &mut AnyConnection) {
        let began = Instant::now();
        for first in (0..self.size).step_by(4_096) {
            let batch: Vec<Event> = (first..self.size.min(first + 4_096)).map(|number| self.event(number)).collect();
            write_tx(conn, |conn| -> StoreResult<_> {
                let mut head = audit::lock_head(conn)?;
                audit::append(conn, &mut head, &batch)
            })
            .unwrap();
        }
        println!("{} events appended in {:.0?}", self.size, began.elapsed());
        let began = Instant::now();
        if matches!(conn, AnyConnection::Sqlite(_)) && self.size > 100_000 {
            // As the service fills them, but in the order of their keys.
            conn.batch_execute(LOOK_UPS).unwrap();
        } else {
            audit::catch_up(conn).unwrap();
        }
        println!("look-up tables filled in {:.0?}", began.elapsed());
    }
}

const LOOK_UPS: &str = "
BEGIN;
CREATE TEMP TABLE told AS SELECT p.idx, e.action || ' ' || e.outcome || ' ' || coalesce(e.reason, '-') AS kind,
  json_extract(CAST(body AS TEXT), '$.area') AS area, json_extract(CAST(body AS TEXT), '$.account') AS account,
  json_extract(CAST(body AS TEXT), '$.organisation') AS organisation,
  json_extract(CAST(body AS TEXT), '$.token') AS token, json_extract(CAST(body AS TEXT), '$.children[0].id') AS child
  FROM audit_event e JOIN audit_payload p ON p.idx = e.idx;
INSERT INTO audit_by_kind SELECT kind, idx FROM told ORDER BY 1, 2;
INSERT INTO audit_by_area SELECT area || ' ' || kind, idx FROM told ORDER BY 1, 2;
INSERT INTO audit_by_account SELECT account || ' ' || area, idx FROM told ORDER BY 1, 2;
INSERT INTO audit_by_organisation SELECT organisation || ' ' || area, idx FROM told ORDER BY 1, 2;
INSERT INTO audit_by_token SELECT CAST(unhex(token) || area AS BLOB), idx FROM told ORDER BY 1, 2;
INSERT INTO audit_by_child SELECT CAST(unhex(child) || area AS BLOB), idx FROM told WHERE child IS NOT NULL ORDER BY 1, 2;
DROP TABLE told;
UPDATE audit_head SET derived_to = size;
COMMIT;";

fn account(number: Uuid, subject: &str, role: Role, organisation: Uuid, area: String) -> Account {
    let until = "2099-01-31".parse().ok();
    Account {
        id: AccountId(number),
        issuer: ISSUER.into(),
        subject: subject.into(),
        name: format!("Person Number{subject}"),
        role,
        capabilities: BTreeSet::new(),
        sector: OrganisationKind::School.sector(),
        organisation: OrganisationId(organisation),
        area,
        status: AccountStatus::Active,
        standing: Standing {
            checked_until: until,
            trained_until: until,
            certified_until: until,
            terms_accepted_on: "2020-01-02".parse().ok(),
            ..Standing::default()
        },
        version: 1,
        created_at: At(0),
    }
}

/// Organisations, their people, a team of forty, and two auditors.
fn populate(conn: &mut AnyConnection) -> StoreResult<()> {
    for number in 0..ORGANISATIONS {
        let organisation = Organisation {
            id: OrganisationId(organisation_id(number)),
            code: format!("X-{number}"),
            name: format!("Organisation {number}"),
            kind: OrganisationKind::School,
            area: area(number),
            sensitive: false,
            accredited_until: "2099-03-31".parse().ok(),
            lawful_basis: Some(LawfulBasis::PublicTask),
            routes: Vec::new(),
            version: 1,
            created_at: At(0),
        };
        organisations::insert(conn, &organisation)?;
    }
    for number in 0..ACCOUNTS {
        let organisation = number % ORGANISATIONS;
        let owner = organisation_id(organisation);
        let person = account(account_id(number), &number.to_string(), Role::Practitioner, owner, area(organisation));
        accounts::insert(conn, &person)?;
    }
    let mut national = account(id(3, 0), "national", Role::Auditor, organisation_id(0), NATIONAL_AREA.into());
    national.capabilities.insert(Capability::SealedClearance);
    accounts::insert(conn, &national)?;
    accounts::insert(conn, &account(id(3, 1), "local", Role::Auditor, organisation_id(1), area(1)))?;
    let owner = OrganisationId(organisation_id(1));
    let team = Team {
        id: team(),
        organisation: owner,
        code: "T-1".into(),
        name: "A team".into(),
        area: area(1),
        sensitive: false,
        routes: Vec::new(),
        version: 1,
    };
    teams::insert(conn, &team)?;
    for number in 0..ACCOUNTS / ORGANISATIONS {
        let member = AccountId(account_id(1 + number * ORGANISATIONS));
        team_members::join(conn, team.id, member, At(0))?;
    }
    Ok(())
}

fn team() -> TeamId {
    TeamId(id(4, 0))
}

fn visit(subject: &str, action: AuditAction) -> Visit {
    Visit {
        identity: Identity { issuer: ISSUER.into(), subject: subject.into() },
        through: None,
        on_behalf: None,
        strength: Strength::RecentTwoFactor,
        token: TokenFingerprint::of("a token"),
        reason: Some(AccessReason::Audit),
        purpose: None,
        operation: "a_bench",
        action,
        request_id: Uuid::nil(),
        client: None,
    }
}

/// A question, made anew for the event that stands somewhere in the log.
type Question = (&'static str, fn(&Event) -> EventsSought);

fn limited() -> EventsSought {
    EventsSought { limit: 50, ..EventsSought::default() }
}

fn child_of(event: &Event) -> Option<Pseudonym> {
    event.payload.children.first().map(|child| child.pseudonym)
}

fn at(event: &Event) -> At {
    event.at.into()
}

const QUESTIONS: [Question; 18] = [
    ("child", |it| EventsSought { subject: child_of(it).or(Some(child(7))), ..limited() }),
    ("child, and a block shown", |it| EventsSought {
        subject: child_of(it).or(Some(child(7))),
        shown: Some(Block::Identity),
        ..limited()
    }),
    ("did organisation X receive Y before T", |it| EventsSought {
        subject: child_of(it).or(Some(child(7))),
        organisation: it.payload.organisation.map(OrganisationId),
        shown: Some(Block::Identity),
        to: Some(at(it)),
        ..limited()
    }),
    ("account", |it| EventsSought { account: it.payload.account.map(AccountId), ..limited() }),
    ("account, and two days", |it| EventsSought {
        account: it.payload.account.map(AccountId),
        from: Some(at(it).plus(-DAY)),
        to: Some(at(it).plus(DAY)),
        ..limited()
    }),
    ("account, and in vain", |it| EventsSought {
        account: it.payload.account.map(AccountId),
        outcome: Some(Outcome::None),
        ..limited()
    }),
    ("system that never acted", |_| EventsSought { system: Some(AccountId(Uuid::nil())), ..limited() }),
    ("token", |it| EventsSought { token: it.payload.token, ..limited() }),
    ("organisation", |it| EventsSought { organisation: it.payload.organisation.map(OrganisationId), ..limited() }),
    ("organisation, and a rare reason", |it| EventsSought {
        organisation: it.payload.organisation.map(OrganisationId),
        reason: Some(AccessReason::SubjectRequest),
        ..limited()
    }),
    ("team", |_| EventsSought { team: Some(team()), ..limited() }),
    ("action", |_| EventsSought { action: Some(AuditAction::ChildRead), ..limited() }),
    ("searched with no result", |_| EventsSought {
        action: Some(AuditAction::ChildSearch),
        outcome: Some(Outcome::None),
        ..limited()
    }),
    ("a rare reason", |_| EventsSought { reason: Some(AccessReason::SubjectRequest), ..limited() }),
    ("action, before T", |it| EventsSought { action: Some(AuditAction::ChildRead), to: Some(at(it)), ..limited() }),
    ("an hour", |it| EventsSought { from: Some(at(it)), to: Some(at(it).plus(HOUR)), ..limited() }),
    ("everything", |_| limited()),
    ("a reason, an hour", |it| EventsSought {
        reason: Some(AccessReason::EarlyHelp),
        from: Some(at(it)),
        to: Some(at(it).plus(HOUR)),
        ..limited()
    }),
];

struct Row {
    times: Vec<Duration>,
    found: usize,
}

impl Row {
    fn print(mut self, name: &str, who: &str) {
        self.times.sort_unstable();
        let at = |share: usize| self.times[(self.times.len() - 1) * share / 100].as_secs_f64() * 1_000.0;
        let mean = self.found / self.times.len();
        println!("{name:40} {who:9} {:8.1} {:8.1} {:8.1} {mean:8}", at(50), at(99), at(100));
    }
}

fn questions(index: &Index, url: &DatabaseUrl, log: Log, rounds: u64) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!(
        "{:40} {:9} {:>8} {:>8} {:>8} {:>8}",
        "first page of fifty, by", "auditor", "p50 ms", "p99 ms", "most ms", "found"
    );
    let place = |round: u64| log.event(round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % log.size);
    for who in ["national", "local"] {
        for (name, question) in QUESTIONS {
            let mut row = Row { times: Vec::new(), found: 0 };
            for round in 0..rounds {
                let sought = question(&place(round));
                let began = Instant::now();
                let answer = runtime.block_on(search_events(index, visit(who, AuditAction::AuditSearch), sought));
                row.times.push(began.elapsed());
                row.found += answer.unwrap().value.unwrap().events.len();
            }
            row.print(name, who);
        }
        let mut row = Row { times: Vec::new(), found: 0 };
        for round in 0..rounds {
            let touched = place(round);
            let sought = EventsSought {
                account: touched.payload.account.map(AccountId),
                from: Some(at(&touched).plus(-30 * DAY)),
                to: Some(at(&touched)),
                ..limited()
            };
            let began = Instant::now();
            let answer = runtime.block_on(list_touched(index, visit(who, AuditAction::AuditBreach), sought));
            row.times.push(began.elapsed());
            row.found += answer.unwrap().value.unwrap().children.len();
        }
        row.print("breach scope of an account, 30 days", who);
    }
    let conn = &mut AnyConnection::open(url, Purpose::Maintain).unwrap();
    let mut row = Row { times: Vec::new(), found: 0 };
    for round in 0..rounds {
        let number = round.wrapping_mul(0x9e37_79b9_7f4a_7c15) % log.size;
        let leaf_hash = audit::find_event(conn, number).unwrap().unwrap().leaf_hash;
        let sought = EventsSought { receipt: Some(Receipt { index: number, leaf_hash }), ..limited() };
        let began = Instant::now();
        let answer = runtime.block_on(search_events(index, visit("national", AuditAction::AuditSearch), sought));
        row.times.push(began.elapsed());
        row.found += answer.unwrap().value.unwrap().events.len();
    }
    row.print("receipt", "national");
}

/// Records accesses in groups, as many at once as a busy service; gives how many a second.
async fn record(index: &Index, first: u64, many: u64) -> f64 {
    let began = Instant::now();
    let mut next = first;
    while next < first + many {
        let group = (next..next + 128).map(|number| {
            let event = event(number, Clock::System.now().to_utc());
            index.recorder().record::<_, Failure, _>(Kind::Read, move |_| Ok(Disclosure::with(event, ())))
        });
        for answer in futures_util::future::join_all(group).await {
            answer.unwrap();
        }
        next += 128;
    }
    many as f64 / began.elapsed().as_secs_f64()
}

fn cost(index: &Index, url: &DatabaseUrl, log: Log, many: u64) {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    // Up to date, so that each round pays for its own events alone.
    let conn = &mut AnyConnection::open(url, Purpose::Maintain).unwrap();
    let place = |conn: &mut AnyConnection| watching::get_place(conn, Glance::New).unwrap();
    let size = audit::get_head(conn).unwrap().size();
    let two_weeks_ago = audit::first_index_at(conn, Clock::System.now().plus(-14 * DAY).to_utc()).unwrap();
    for (glance, to) in [(Glance::New, size), (Glance::Back, two_weeks_ago)] {
        let from = watching::get_place(conn, glance).unwrap();
        assert!(watching::move_on(conn, glance, from, to.max(from)).unwrap());
    }
    // What a node reads once when it starts.
    let mut watcher = Watcher::default();
    let began = Instant::now();
    runtime().block_on(watcher.look(index)).unwrap();
    println!("the rules were ready after {:.1?}", began.elapsed());
    let mut rates = [Vec::new(), Vec::new()];
    for round in 0..8_u64 {
        let watched = round % 2 == 1;
        let stop = Arc::new(AtomicBool::new(!watched));
        let (other, again) = (index.clone(), Arc::clone(&stop));
        let mut looking = watcher;
        let rules = std::thread::spawn(move || {
            runtime().block_on(async {
                while !again.load(Ordering::Relaxed) {
                    looking.look(&other).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
            looking
        });
        let rate = runtime().block_on(record(index, log.size + round * many, many));
        let behind = audit::get_head(conn).unwrap().size() - place(conn);
        stop.store(true, Ordering::Relaxed);
        watcher = rules.join().unwrap();
        let began = Instant::now();
        let raised = runtime().block_on(watcher.look(index)).unwrap();
        let name = if watched { "with" } else { "without" };
        println!(
            "{rate:8.0} accesses a second recorded {name} the rules; {behind} events behind at the end, caught up in {:.1?}, {raised} alerts",
            began.elapsed()
        );
        rates[usize::from(watched)].push(rate);
    }
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len() as f64;
    println!("without {:.0}, with {:.0} on average", mean(&rates[0]), mean(&rates[1]));
}

fn main() {
    let (size, rounds) = (number("DESK_EVENTS", 1_000_000), number("DESK_ROUNDS", 50));
    let dir = tempfile::tempdir().unwrap();
    let url = &match (std::env::var("DESK_URL"), std::env::var("DESK_FILE")) {
        (Ok(url), _) => url.parse().unwrap(),
        (_, Ok(file)) => DatabaseUrl::sqlite(file),
        _ => DatabaseUrl::sqlite(dir.path().join("index.db")),
    };
    let conn = &mut AnyConnection::open(url, Purpose::Maintain).unwrap();
    migrate(conn).unwrap();
    let held = audit::get_head(conn).unwrap().size();
    let mut log = Log { size, start: Utc::now() - TimeDelta::seconds(size as i64) };
    if held == 0 {
        if matches!(conn, AnyConnection::Sqlite(_)) {
            conn.batch_execute("PRAGMA synchronous = OFF").unwrap();
        }
        write_tx(conn, populate).unwrap();
        log.fill(conn);
    } else {
        // Made by an earlier run, and asked since.
        let first = audit::find_event(conn, 0).unwrap().unwrap();
        log = Log { size: size.min(held), start: first.at };
    }
    // An earlier run's accesses may still wait for the look-up tables.
    audit::catch_up(conn).unwrap();
    let settings = IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits::default(),
        ended_visible_days: 365,
        keys: KeySecret::new(*b"only for a bench"),
    };
    let index = Index::new(Pool::open(url, Some(4)).unwrap(), Recorder::start(url).unwrap(), Clock::System, settings);
    questions(&index, url, log, rounds);
    cost(&index, url, log, number("DESK_RECORDED", 30_000));
}
