//! How many events a second the recorder makes durable, and how many a verification re-derives on one core: on a fresh
//! SQLite file, or on the migrated database at `AUDIT_URL`. Events are like those of a search that shows one child.
//!
//! `AUDIT_EVENTS` (200000; 0 only verifies what is there) and `AUDIT_AT_ONCE` (512, those who wait at the same time)
//! change the run.
#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measuring tool, run by developers on data it makes itself"
)]

use std::time::Instant;

use child_index::domain::audit::actions::{AuditAction, Outcome, Strength};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, TokenFingerprint};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::reasons::AccessReason;
use child_index::store::audit::{Expectations, catch_up, verify_against};
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreError;
use child_index::store::migrations::migrate;
use child_index::store::recorder::{Kind, Recorded, Recorder};
use chrono::DateTime;
use futures_util::stream::{StreamExt as _, iter};
use uuid::Uuid;

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

fn event(number: usize) -> Event {
    let mut caller = Caller::of("search_children");
    caller.strength = Strength::TwoFactor;
    caller.account = Some(Uuid::from_u128(number as u128 % 500));
    caller.organisation = Some(Uuid::from_u128(number as u128 % 50));
    caller.area = Some("E06000054".into());
    caller.request_id = Some(Uuid::from_u128(number as u128));
    caller.client = "192.0.2.7".parse().ok();
    caller.token = Some(TokenFingerprint([7; 16]));
    let child = ChildShown::new(Pseudonym((number as u128 % 9_973).to_be_bytes()));
    let at = DateTime::from_timestamp_micros(1_767_225_600_000_000 + number as i64).unwrap();
    Event::new(AuditAction::ChildSearch, Outcome::Disclosed, at)
        .by(caller)
        .because(AccessReason::Safeguarding)
        .asking(Criteria::new().with("family_name", "Okafor").with("date_of_birth", "2015-03-02"))
        .about(child.shown(["name", "birth"]).withheld(["address", "carers"]).at_version(3))
        .under_policy("2026-1")
}

fn per_second(count: usize, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}

fn main() {
    let (events, at_once) = (number("AUDIT_EVENTS", 200_000), number("AUDIT_AT_ONCE", 512));
    let dir = tempfile::tempdir_in("target").unwrap();
    let url: DatabaseUrl = match std::env::var("AUDIT_URL") {
        Ok(url) => url.parse().unwrap(),
        Err(_) => DatabaseUrl::sqlite(dir.path().join("index.db")),
    };
    migrate(&mut AnyConnection::open(&url, Purpose::Maintain).unwrap()).unwrap();
    if events == 0 {
        return verify_thrice(&mut AnyConnection::open(&url, Purpose::Maintain).unwrap(), "as it stands");
    }
    let recorder = Recorder::start(&url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let began = Instant::now();
    runtime.block_on(async {
        let record = |number| {
            let event = event(number);
            recorder.record::<_, StoreError, _>(Kind::Read, move |_| Ok(Disclosure::with(event, number)))
        };
        iter((0..events).map(record))
            .buffer_unordered(at_once)
            .for_each(async |recorded| {
                let Recorded { value, .. } = recorded.unwrap();
                assert!(value.is_ok());
            })
            .await;
    });
    println!("append: {:.0} events a second, {at_once} waiting at the same time", per_second(events, began));
    drop(recorder);

    let mut conn = AnyConnection::open(&url, Purpose::Maintain).unwrap();
    verify_thrice(&mut conn, "the log alone");
    let began = Instant::now();
    catch_up(&mut conn).unwrap();
    println!("look-up tables: {:.0} events a second", per_second(events, began));
    verify_thrice(&mut conn, "with the look-up tables");
}

/// As `audit verify` does on one core, in turns with what it does with `--proof-alone`.
fn verify_thrice(conn: &mut AnyConnection, what: &str) {
    for proof_alone in [false, true].repeat(3) {
        let expected = Expectations { proof_alone, ..Expectations::default() };
        let began = Instant::now();
        let (summary, _) = verify_against(conn, &expected).unwrap();
        let verified = usize::try_from(summary.head.size).unwrap();
        let rate = per_second(verified, began);
        let what = if proof_alone { "the proof alone" } else { what };
        let compared = summary.derived_to.unwrap_or(0);
        println!("verify, {what}: {rate:.0} events a second, {verified} events, {compared} compared with look-ups");
    }
}
