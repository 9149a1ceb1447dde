//! Logs with which nothing is wrong, of which neither verifier may raise an alarm; following them, and exporting them.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::second::{AtWork, ask, known_to_it};
use super::tampering::*;
use super::{Expectations, Fault, Follower, VerifyError, verify, verify_against};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::Redacted;
use crate::domain::audit::tree::{EMPTY_ROOT, TreeHead};
use crate::store::audit::examples::{Fresh, example, instant};
use crate::store::audit::{append, catch_up, export, get_head, lock_head, remove_payloads};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::transactions::write_tx;

#[test]
fn honest_logs_are_whole_at_every_size() {
    let mut log = Fresh::new();
    let mut known = Vec::new();
    for size in 0..40 {
        let summary = verify(&mut log.conn, &known).unwrap();
        assert_eq!((summary.head.size, summary.redacted), (size, 0));
        known.push(summary.head);
        log.append(&[example(size)]);
        if size % 3 == 0 {
            catch_up(&mut log.conn).unwrap();
        }
    }
    assert_eq!(known[0].root, EMPTY_ROOT);
    for size in [255, 256, 257, 600] {
        let mut log = Fresh::with_events(size);
        let summary = verify(&mut log.conn, &[]).unwrap();
        assert_eq!(summary.head, TreeHead { size, root: get_head(&mut log.conn).unwrap().root() });
        assert_eq!(summary.derived_to, Some(size));
    }
    let mut small = small_log();
    assert_eq!(verify(&mut small.conn, &[]).unwrap().redacted, 3);
}

/// Redacts as the service does.
fn redact(log: &mut Fresh, second: u64) {
    write_tx(&mut log.conn, |conn| -> StoreResult<_> {
        let mut head = lock_head(conn)?;
        if let Some(removed) = remove_payloads(conn, instant(second).timestamp_micros(), 1_000)? {
            let redacted = Redacted { from: removed.from, to: removed.to, policy: "six-years".into() };
            let event = Event::new(AuditAction::Redaction, Outcome::Done, instant(second)).redacting(redacted);
            append(conn, &mut head, &[event])?;
        }
        Ok(())
    })
    .unwrap();
}

/// Takes a log back to nothing, which is faster than making the tables anew.
fn emptied(log: &mut Fresh) {
    let tables = ["event", "payload", "tile", "checkpoint", "by_child", "by_account"];
    let tables = tables.into_iter().chain(["by_organisation", "by_token", "by_kind", "by_area"]);
    let emptied: String = tables.map(|table| format!("DELETE FROM audit_{table};")).collect();
    let head = format!("UPDATE audit_head SET size = 0, derived_to = 0, frontier = x'', root = x'{EMPTY_ROOT}'");
    run(&mut log.conn, &format!("{emptied}{head}")).unwrap();
}

/// Adds the raw rows of a log to `text`, as `audit export` writes them.
fn add_export(log: &mut Fresh, text: &mut Vec<u8>) {
    export(&mut log.conn, |line| {
        text.extend(format!("{line}\n").into_bytes());
        Ok(())
    })
    .unwrap();
}

/// Grows a log by lot in a few steps, as services, auditors and operators do; every state of it must verify and follow.
fn grown(log: &mut Fresh, dice: &mut ChaCha8Rng) -> TreeHead {
    emptied(log);
    let mut known: Option<TreeHead> = None;
    let mut follower: Option<Follower> = None;
    let most = if dice.random_range(0..40) == 0 { 300 } else { 12 };
    for _ in 0..dice.random_range(1..7) {
        let size = get_head(&mut log.conn).unwrap().size();
        match dice.random_range(0..10) {
            0 | 1 => catch_up(&mut log.conn).unwrap(),
            2 => drop(sign(log)),
            3 => redact(log, dice.random_range(0..=size)),
            _ => drop(log.append(&(size..size + dice.random_range(0..most)).map(example).collect::<Vec<_>>())),
        }
        let expected = Expectations { known: known.into_iter().collect(), ..expected() };
        let (summary, next) = verify_against(&mut log.conn, &expected).unwrap();
        if let Some(follower) = &mut follower {
            assert_eq!(follower.step(&mut log.conn, &expected).unwrap(), summary.head);
        }
        follower.get_or_insert(next);
        known = Some(summary.head);
    }
    known.unwrap()
}

#[test]
fn a_thousand_honest_logs_raise_no_alarm() {
    let mut dice = ChaCha8Rng::seed_from_u64(2);
    let mut log = Fresh::new();
    let (mut text, mut heads) = (Vec::new(), Vec::new());
    for _ in 0..1_000 {
        let head = grown(&mut log, &mut dice);
        add_export(&mut log, &mut text);
        heads.push(format!("ok {} {}", head.size, head.root));
    }
    let path = log.directory().join("exports.jsonl");
    std::fs::write(&path, text).unwrap();
    match AtWork::on_exports(log.directory(), &path).map(AtWork::finish) {
        Some(words) => assert_eq!(words, heads),
        None => println!("skipped: there is no python3 here"),
    }
}

#[test]
fn who_follows_a_log_finds_what_is_changed_behind_them() {
    let mut log = Fresh::with_events(300);
    let (_, mut follower) = verify_against(&mut log.conn, &expected()).unwrap();
    log.append(&(300..700).map(example).collect::<Vec<_>>());
    sign(&mut log);
    assert_eq!(follower.step(&mut log.conn, &expected()).unwrap().size, 700);
    let step = |change: &str, follower: &Follower, log: &mut Fresh| {
        let mut finding = None;
        let rolled_back = write_tx(&mut log.conn, |conn| -> StoreResult<()> {
            run(conn, change).unwrap();
            finding = follower.clone().step(conn, &expected()).err();
            Err(StoreError::Busy)
        });
        assert!(rolled_back.is_err());
        match finding {
            Some(VerifyError::Found(finding)) => finding,
            other => panic!("{change}: {other:?}"),
        }
    };
    let changed = step("UPDATE audit_event SET action = 'child.read' WHERE idx = 650", &follower, &mut log);
    assert_eq!(changed.index, Some(650));
    assert_eq!(step("DELETE FROM audit_payload WHERE idx = 690", &follower, &mut log).fault, Fault::PayloadMissing);
    assert_eq!(step("UPDATE audit_head SET root = x'00'", &follower, &mut log).fault, Fault::RootDiffers);
    assert_eq!(step("DELETE FROM audit_event WHERE idx = 699", &follower, &mut log).fault, Fault::EventMissing);
    assert_eq!(follower.step(&mut log.conn, &expected()).unwrap().size, 700);
}

#[test]
fn an_export_verifies_like_its_database() {
    let mut log = small_log();
    let path = log.directory().join("export.jsonl");
    let write = |log: &mut Fresh| {
        let mut text = Vec::new();
        add_export(log, &mut text);
        std::fs::write(&path, text).unwrap();
        ask(&path, &known_to_it(&[]))
    };
    let Some(answer) = write(&mut log) else { return };
    let head = verify(&mut log.conn, &[]).unwrap().head;
    assert_eq!(answer, (true, format!("ok {} {}", head.size, head.root)));
    for change in [
        "UPDATE audit_event SET outcome = 'none' WHERE idx = 4",
        "UPDATE audit_event SET at = CAST(at AS BLOB) WHERE idx = 4",
        "DELETE FROM audit_event WHERE idx = 7",
        "INSERT INTO audit_payload SELECT 40, salt, body FROM audit_payload LIMIT 1",
        "DELETE FROM audit_payload WHERE idx = 9",
        "UPDATE audit_checkpoint SET note = replace(note, 'w.example', 'v.example') WHERE size = 9",
        "DELETE FROM audit_by_child WHERE idx = 5",
    ] {
        let mut changed = small_log();
        run(&mut changed.conn, change).unwrap();
        let (whole, words) = write(&mut changed).unwrap();
        assert!(!whole, "{change}: {words}");
        assert!(verify_against(&mut changed.conn, &expected()).is_err(), "{change}");
    }
}
