//! Tampering in every way there is, tried on both verifiers: each must be found, by each of them.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use super::second::{AtWork, ask, copied, known_to_it};
use super::tampering::*;
use super::{Expectations, Fault, Finding, Summary, VerifyError, verify, verify_against};
use crate::domain::audit::tree::{EMPTY_ROOT, TreeHead};
use crate::store::audit::examples::{Fresh, example};
use crate::store::audit::get_head;
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::transactions::write_tx;

/// Verifies with the change made, and takes it back; `None` where it could not be made.
pub(super) fn tried(
    conn: &mut AnyConnection,
    change: &str,
    expected: &Expectations,
) -> Option<Result<Summary, VerifyError>> {
    let mut outcome = None;
    let rolled_back = write_tx(conn, |conn| -> Result<(), StoreError> {
        if run(conn, change).is_ok() {
            outcome = Some(verify_against(conn, expected).map(|(summary, _)| summary));
        }
        Err(StoreError::Busy)
    });
    assert!(matches!(rolled_back, Err(StoreError::Busy)), "{change}: {rolled_back:?}");
    outcome
}

/// Whether a change changes anything at all.
fn changes_something(conn: &mut AnyConnection, change: &str) -> bool {
    let count = |conn: &mut AnyConnection| texts(conn, "SELECT CAST(total_changes() AS TEXT) AS text").remove(0);
    let before = count(conn);
    let rolled_back = write_tx(conn, |conn| -> Result<(), StoreError> {
        run(conn, change).unwrap();
        Err(StoreError::Busy)
    });
    assert!(rolled_back.is_err());
    count(conn) != before
}

/// Has both verifiers look for each change, made alone; gives how many there were to find, and the findings of ours.
fn both_find(log: &mut Fresh, changes: &[Change], known: &[TreeHead]) -> Vec<Finding> {
    let other = AtWork::on_changes(log, changes, known);
    let expected = Expectations { known: known.to_vec(), ..expected() };
    // Signatures take most of the time, and are what finds a change only where it is one to a checkpoint.
    let unsigned = Expectations { known: known.to_vec(), ..Expectations::default() };
    let mut findings = Vec::new();
    let mut made = Vec::with_capacity(changes.len());
    for Change { sql, index } in changes {
        let expected = if sql.contains("audit_checkpoint") { &expected } else { &unsigned };
        let outcome = tried(&mut log.conn, sql, expected);
        made.push(outcome.is_some());
        match outcome {
            Some(Err(VerifyError::Found(finding))) => {
                assert!(index.is_none() || finding.index == *index, "{sql}: {finding}");
                findings.push(finding);
            }
            Some(Ok(_)) if !changes_something(&mut log.conn, sql) => {}
            None => {}
            other => panic!("{sql}: {other:?}"),
        }
    }
    match other.map(AtWork::finish) {
        None => println!("skipped: there is no python3 here"),
        Some(words) => {
            assert_eq!(words.len(), changes.len());
            for ((words, Change { sql, .. }), made) in words.iter().zip(changes).zip(made) {
                assert!(!words.starts_with("ok"), "{sql}: not found by the other");
                assert!(made || words == "unchanged", "{sql}: {words}");
            }
        }
    }
    verify_against(&mut log.conn, &expected).unwrap();
    findings
}

/// Every bit of every column of every row in the log of 16 events, in two halves that run side by side.
fn every_bit_is_found(half: usize) {
    let mut log = small_log();
    let changes: Vec<_> = changed_cells(&mut log.conn).into_iter().skip(half).step_by(2).collect();
    let found = both_find(&mut log, &changes, &[]).len();
    assert!(found > 40_000, "{found} of {}", changes.len());
}

#[test]
fn every_bit_of_a_small_log_that_is_flipped_is_found_where_it_is() {
    every_bit_is_found(0);
}

#[test]
fn every_other_bit_of_a_small_log_that_is_flipped_is_found_where_it_is() {
    every_bit_is_found(1);
}

#[test]
fn every_row_deleted_exchanged_or_invented_is_found() {
    let mut log = small_log();
    let changes = changed_rows(&mut log.conn);
    let found = both_find(&mut log, &changes, &[]).len();
    assert!(found > 200, "{found}");
}

#[test]
fn a_log_cut_off_at_any_length_is_found_by_whoever_knows_of_more() {
    let mut log = small_log();
    let before = TreeHead { size: SMALL, root: get_head(&mut log.conn).unwrap().root() };
    for length in 0..SMALL {
        let change = cut_to(&mut log.conn, length);
        let findings = both_find(&mut log, &[change], &[before]);
        let [finding] = findings.as_slice() else { panic!("{length}: {findings:?}") };
        // A redaction cut off no longer says of the payloads before it why they are missing; else all looks whole.
        let shorter = Finding { index: Some(length), fault: Fault::ShorterThanKnown(SMALL) };
        assert!(*finding == shorter || finding.fault == Fault::PayloadMissing, "{length}: {finding}");
    }
}

#[test]
fn a_larger_log_is_found_changed_wherever_it_is() {
    let mut log = Fresh::with_events(500);
    sign(&mut log);
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    let changes = sampled_cells(&mut log.conn, &mut dice, 400);
    let found = both_find(&mut log, &changes, &[]).len();
    assert!(found > 300, "{found}");
}

#[test]
fn tiles_are_found_changed_missing_or_too_many() {
    let mut log = Fresh::with_events(600);
    let positions = [0_u64, 1, 100, 255];
    let bent = positions.map(|position| {
        format!(
            "UPDATE audit_tile SET hashes = CAST(substr(hashes, 1, {0}) || x'00' || substr(hashes, {0} + 2) AS BLOB)
             WHERE number = 1",
            position * 32 + 7
        )
    });
    let otherwise = [
        "DELETE FROM audit_tile WHERE number = 0",
        "UPDATE audit_tile SET hashes = CAST(hashes || x'00' AS BLOB) WHERE number = 1",
        "UPDATE audit_tile SET hashes = substr(hashes, 1, 32) WHERE number = 1",
    ];
    let extra = ["(0, 2, x'')", "(1, 0, randomblob(8192))", "(-1, 0, x'')", "(0, -1, x'')"];
    let extra = extra.map(|row| format!("INSERT INTO audit_tile VALUES {row}"));
    let changes = bent.into_iter().chain(otherwise.map(String::from)).chain(extra).map(Change::from);
    let findings = both_find(&mut log, &changes.collect::<Vec<_>>(), &[]);
    let places: Vec<_> = findings.iter().take(7).map(|finding| finding.index).collect();
    assert_eq!(places, [256, 257, 356, 511, 0, 511, 257].map(Some));
    for finding in &findings[7..] {
        assert!(matches!(finding.fault, Fault::TileBeyondHead(_)), "{finding}");
    }
    assert_eq!(findings.len(), 11);
}

#[test]
fn a_log_rewritten_from_end_to_end_differs_from_an_earlier_root() {
    let mut log = Fresh::with_events(300);
    let earlier = TreeHead { size: 300, root: get_head(&mut log.conn).unwrap().root() };
    let tail: Vec<_> = (300..320).map(example).collect();
    log.append(&tail);
    assert!(verify(&mut log.conn, &[earlier]).is_ok());

    // The same events with other salts: whole in itself, and another log.
    let mut rewritten = Fresh::with_events(320);
    assert!(verify(&mut rewritten.conn, &[]).is_ok());
    let found = verify(&mut rewritten.conn, &[earlier]);
    let Err(VerifyError::Found(finding)) = found else { panic!("{found:?}") };
    assert_eq!(finding, Finding { index: Some(300), fault: Fault::DiffersFromKnown });

    let mut shorter = Fresh::with_events(299);
    let found = verify(&mut shorter.conn, &[earlier]);
    let Err(VerifyError::Found(finding)) = found else { panic!("{found:?}") };
    assert_eq!(finding, Finding { index: Some(299), fault: Fault::ShorterThanKnown(300) });
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
    let arguments = [known_to_it(&[]), vec![format!("--checkpoint={}", file.display())]].concat();
    let Some((whole, words)) = ask(&copy, &arguments) else { return };
    assert!(!whole && words.contains("known from elsewhere"), "{words}");
    // Edited, the checkpoint itself is not believed.
    std::fs::write(&file, earlier.to_string().replace("\n40\n", "\n41\n")).unwrap();
    let (whole, words) = ask(&copy, &arguments).unwrap();
    assert!(!whole && words.contains("does not hold"), "{words}");
}

#[test]
fn the_other_verifier_knows_what_it_is_told() {
    let mut whole = Fresh::with_events(700);
    let head = TreeHead { size: 700, root: get_head(&mut whole.conn).unwrap().root() };
    let copy = copied(&mut whole, "copy.db");
    let Some(answer) = ask(&copy, &known_to_it(&[head])) else {
        println!("skipped: there is no python3 here");
        return;
    };
    assert_eq!(answer, (true, format!("ok 700 {}", head.root)));
    let (good, words) = ask(&copy, &known_to_it(&[TreeHead { root: EMPTY_ROOT, ..head }])).unwrap();
    assert!(!good && words.contains("known from elsewhere"), "{words}");
}

#[test]
fn the_proof_alone_misses_nothing_but_what_look_ups_hold() {
    let mut log = small_log();
    let proof_alone = Expectations { proof_alone: true, ..Expectations::default() };
    let (mut same, mut left_out) = (0, 0);
    for Change { sql, .. } in changed_rows(&mut log.conn) {
        let both = [Expectations::default(), proof_alone.clone()].map(|expected| tried(&mut log.conn, &sql, &expected));
        match both {
            [Some(Err(VerifyError::Found(with))), Some(Err(VerifyError::Found(without)))] => {
                assert_eq!(with, without, "{sql}");
                same += 1;
            }
            [Some(Err(VerifyError::Found(with))), Some(Ok(summary))] => {
                assert!(matches!(with.fault, Fault::LookUpMissing(_) | Fault::LookUpExtra(_)), "{sql}: {with}");
                assert_eq!(summary.derived_to, None);
                assert!(summary.to_string().ends_with("; look-up tables left out"), "{summary}");
                left_out += 1;
            }
            [Some(Ok(_)), Some(Ok(_))] | [None, None] => {}
            other => panic!("{sql}: {other:?}"),
        }
    }
    assert!(same > 100 && left_out > 50, "{same} and {left_out}");
}
