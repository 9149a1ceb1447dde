//! What an operator does to the log itself: payloads go in their time, rows leave when that is recorded, and nothing
//! goes without a word.

use child_index::app::log_upkeep::{record_export, redact};
use child_index::app::operators::Operator;
use child_index::domain::instants::{DAY, Instant};
use child_index::store::audit::{self, Fault, VerifyError, verify};
use diesel::connection::SimpleConnection as _;

use crate::indexes::TestIndex;
use crate::suite::suite;

suite!(TestIndex:
    payloads_are_removed_in_their_time_and_recorded,
    a_payload_that_goes_without_a_word_is_found,
    an_export_is_recorded_before_it_leaves,
);

fn operator(index: &TestIndex) -> Operator {
    Operator { name: "ada".into(), command: "audit redact", clock: index.clock.clone() }
}

fn record(index: &TestIndex, count: u64) {
    for _ in 0..count {
        index.wait(index.index.record_start()).expect("recorded");
    }
}

fn remove(index: &TestIndex, before: Instant) -> u64 {
    let operator = operator(index);
    let removed = redact(index.index.recorder(), &operator, before, "six-years", |_| {});
    index.wait(removed).expect("removed")
}

fn payloads_are_removed_in_their_time_and_recorded(index: &TestIndex) {
    record(index, 5);
    let before = index.clock.now().plus(DAY / 2);
    index.clock.advance(DAY);
    record(index, 3);
    audit::catch_up(&mut index.connect()).expect("derived");
    assert_eq!(remove(index, before), 5);
    assert_eq!(remove(index, before), 0, "once");
    let conn = &mut index.connect();
    let events: Vec<_> = (0..9).map(|at| audit::find_event(conn, at).unwrap().unwrap()).collect();
    assert!(events[..5].iter().all(|event| event.payload.is_none()), "{events:?}");
    assert!(events[5..].iter().all(|event| event.payload.is_some()), "{events:?}");
    let said = events[8].payload.as_ref().unwrap();
    let redacted = said.redacted.as_ref().unwrap();
    assert_eq!((events[8].action.as_str(), said.operator.as_deref()), ("redaction", Some("ada")));
    assert_eq!((redacted.from, redacted.to, redacted.policy.as_ref()), (0, 5, "six-years"));
    assert_eq!(verify(conn, &[]).expect("whole").redacted, 5);
    // The proofs of what was redacted still hold.
    let proof = audit::find_event_proof(conn, 2, None).unwrap().unwrap();
    assert_eq!((proof.size, proof.event.payload), (9, None));
    // A later redaction leaves the earlier one's own payload.
    index.clock.advance(DAY);
    assert_eq!(remove(index, index.clock.now()), 3);
    assert_eq!(verify(conn, &[]).expect("whole").redacted, 8);
    audit::forget_removed(conn).expect("gone for good");
}

fn a_payload_that_goes_without_a_word_is_found(index: &TestIndex) {
    record(index, 4);
    index.connect().batch_execute("DELETE FROM audit_payload WHERE idx = 2").expect("gone");
    let found = verify(&mut index.connect(), &[]);
    let Err(VerifyError::Found(finding)) = found else { panic!("{found:?}") };
    assert_eq!((finding.index, finding.fault), (Some(2), Fault::PayloadMissing));
}

fn an_export_is_recorded_before_it_leaves(index: &TestIndex) {
    record(index, 2);
    let recorded = index.wait(record_export(index.index.recorder(), &operator(index))).expect("recorded");
    assert_eq!((recorded.receipt.index, index.event(recorded.receipt).action.as_str()), (2, "audit.export"));
    let mut lines = Vec::new();
    let count = audit::export(&mut index.connect(), |line| {
        lines.push(line.to_string());
        Ok(())
    });
    assert_eq!(count.expect("exported"), u64::try_from(lines.len()).unwrap());
    let rows = |table: &str| lines.iter().filter(|line| line.contains(&format!("\"t\":\"{table}\""))).count();
    assert_eq!((rows("audit_head"), rows("audit_event"), rows("audit_payload")), (1, 3, 3));
}
