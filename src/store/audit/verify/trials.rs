//! Longer trials of both verifiers: a larger log tampered with at random, a thousand honest ones, logs rebuilt whole, and
//! exports.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::tampering::*;
use super::{Expectations, Fault, Follower, VerifyError, verify, verify_against};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::Redacted;
use crate::domain::audit::tree::TreeHead;
use crate::store::audit::examples::{Fresh, example, instant};
use crate::store::audit::{append, catch_up, export, get_head, lock_head, remove_payloads};
use crate::store::errors::StoreResult;
use crate::store::transactions::write_tx;

#[test]
fn a_larger_log_is_found_changed_wherever_it_is() {
    let mut log = Fresh::with_events(500);
    sign(&mut log);
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let changes = changed_cells_at(&mut log.conn, &mut dice, 200);
    let mut found = 0;
    for (change, _) in changes {
        match tried(&mut log.conn, &change) {
            Trial::NoChange => {}
            Trial::Verified(Err(VerifyError::Found(_))) => found += 1,
            Trial::Verified(other) => panic!("{change}: {other:?}"),
        }
    }
    assert!(found > 150, "{found}");
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

#[test]
fn a_thousand_honest_logs_raise_no_alarm() {
    let mut dice = ChaCha8Rng::seed_from_u64(2);
    let mut log = Fresh::new();
    let mut known: Option<TreeHead> = None;
    let mut follower: Option<Follower> = None;
    for state in 0..1_000_u64 {
        match dice.random_range(0..10) {
            0 => catch_up(&mut log.conn).unwrap(),
            1 => drop(sign(&mut log)),
            2 if state.is_multiple_of(7) => redact(&mut log, state / 2),
            // In a while a log of its own, so that the verifying of all of them takes no longer than a minute.
            3 if get_head(&mut log.conn).unwrap().size() > 300 => {
                (log, known, follower) = (Fresh::new(), None, None);
            }
            many => {
                let events: Vec<_> = (0..=many % 4).map(|more| example(state + more)).collect();
                log.append(&events);
            }
        }
        let expected = Expectations { known: known.into_iter().collect(), ..expected() };
        let (summary, next) = verify_against(&mut log.conn, &expected).unwrap();
        if let Some(follower) = &mut follower {
            assert_eq!(follower.step(&mut log.conn, &expected).unwrap(), summary.head);
        }
        follower.get_or_insert(next);
        known = Some(summary.head);
        if state % 200 == 199 {
            let copy = copied(&mut log, &format!("honest-{state}.db"));
            if let Some(answer) = other_verifier(&copy, known.as_slice()) {
                assert_eq!(answer, (true, format!("ok {} {}", summary.head.size, summary.head.root)));
            }
        }
    }
}

#[test]
fn a_log_rebuilt_with_the_right_key_differs_from_an_older_checkpoint() {
    let mut log = Fresh::with_events(40);
    let earlier = sign(&mut log);
    let mut rebuilt = Fresh::with_events(60);
    sign(&mut rebuilt);
    assert!(verify_against(&mut rebuilt.conn, &expected()).is_ok(), "whole in itself, and rightly signed");
    let known = Expectations { known: vec![earlier.head], ..expected() };
    let Err(VerifyError::Found(finding)) = verify_against(&mut rebuilt.conn, &known) else { panic!("not found") };
    assert_eq!((finding.index, finding.fault), (Some(40), Fault::DiffersFromKnown));

    let file = rebuilt.directory().join("earlier.checkpoint");
    std::fs::write(&file, earlier.to_string()).unwrap();
    let copy = copied(&mut rebuilt, "rebuilt.db");
    let arguments =
        [keys().map(|key| format!("--key={key}")).to_vec(), vec![format!("--checkpoint={}", file.display())]];
    let Some((whole, words)) = other_verifier_with(&copy, &arguments.concat()) else { return };
    assert!(!whole && words.contains("known from elsewhere"), "{words}");
    // Edited, the checkpoint itself is not believed.
    std::fs::write(&file, earlier.to_string().replace("\n40\n", "\n41\n")).unwrap();
    let (whole, words) = other_verifier_with(&copy, &arguments.concat()).unwrap();
    assert!(!whole && words.contains("does not hold"), "{words}");
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
            Err(crate::store::errors::StoreError::Busy)
        });
        assert!(rolled_back.is_err());
        match finding {
            Some(VerifyError::Found(finding)) => finding,
            other => panic!("{change}: {other:?}"),
        }
    };
    assert_eq!(
        step("UPDATE audit_event SET action = 'child.read' WHERE idx = 650", &follower, &mut log).index,
        Some(650)
    );
    assert_eq!(step("DELETE FROM audit_payload WHERE idx = 690", &follower, &mut log).fault, Fault::PayloadMissing);
    assert_eq!(step("UPDATE audit_head SET root = x'00'", &follower, &mut log).fault, Fault::RootDiffers);
    assert_eq!(step("DELETE FROM audit_event WHERE idx = 699", &follower, &mut log).fault, Fault::EventMissing);
    assert_eq!(follower.step(&mut log.conn, &expected()).unwrap().size, 700);
}

#[test]
fn an_export_verifies_like_its_database() {
    let mut log = small_log();
    let path = log.directory().join("export.jsonl");
    let mut write = |log: &mut Fresh| {
        let mut text = Vec::new();
        export(&mut log.conn, |line| {
            text.extend(format!("{line}\n").into_bytes());
            Ok(())
        })
        .unwrap();
        std::fs::write(&path, text).unwrap();
        other_verifier(&path, &[])
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

/// Minutes of work, so asked for by name: `cargo test --release --lib -- --ignored every_single_bit`.
#[test]
#[ignore = "verifies a small log some hundred thousand times"]
fn every_single_bit_of_a_small_log_counts() {
    let mut log = small_log();
    for (change, _) in changed_cells(&mut log.conn, 1) {
        match tried(&mut log.conn, &change) {
            Trial::NoChange | Trial::Verified(Err(VerifyError::Found(_))) => {}
            Trial::Verified(other) => panic!("{change}: {other:?}"),
        }
    }
}
