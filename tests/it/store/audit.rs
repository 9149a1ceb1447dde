//! The audit log on both databases: appended to, looked up, proved, verified, and written by several at once.

use std::collections::BTreeSet;
use std::thread::scope;

use child_index::domain::audit::actions::{AuditAction, Outcome, Strength};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, Redacted};
use child_index::domain::audit::proofs::{check_consistency, check_inclusion};
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::audit::tree::{Frontier, TreeHead};
use child_index::domain::reasons::AccessReason;
use child_index::store::audit::{
    EventFilter, VerifyError, append, catch_up, children_behind, ensure_pseudonyms, find_event, find_event_proof,
    get_head, is_recorded, lock_head, prove_extension, search_events, verify,
};
use child_index::store::connections::{AnyConnection, Purpose};
use child_index::store::errors::StoreResult;
use child_index::store::transactions::write_tx;
use chrono::DateTime;
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(
    TestDatabase: what_is_appended_is_found_and_proved,
    a_changed_log_does_not_verify,
    redacted_payloads_are_accounted_for,
    several_writers_make_one_log,
    look_up_tables_are_filled_by_several_at_once,
    pseudonyms_lead_back_to_children,
);

const ACCOUNTS: u128 = 3;

fn account(number: u128) -> Uuid {
    Uuid::from_u128(0xa0_0000 + number)
}

fn event(number: u64) -> Event {
    let caller = Caller {
        strength: Strength::TwoFactor,
        account: Some(account(u128::from(number) % ACCOUNTS)),
        organisation: Some(Uuid::from_u128(0xb0_0000)),
        ..Caller::of("search_children")
    };
    let at = DateTime::from_timestamp(1_767_225_600 + i64::try_from(number).unwrap(), 0).unwrap();
    Event::new(AuditAction::ChildSearch, Outcome::Disclosed, at)
        .by(caller)
        .because(number.is_multiple_of(2).then_some(AccessReason::Safeguarding))
        .asking(Criteria::new().with("family_name", "Ó Súilleabháin").with("age", number))
        .about(ChildShown::new(Pseudonym([u8::try_from(number % 5).unwrap(); 16])).shown(["name"]).at_version(1))
}

fn append_all(conn: &mut AnyConnection, events: &[Event]) -> Vec<Receipt> {
    write_tx(conn, |conn| -> StoreResult<_> {
        let mut head = lock_head(conn)?;
        append(conn, &mut head, events)
    })
    .unwrap()
}

fn events(range: std::ops::Range<u64>) -> Vec<Event> {
    range.map(event).collect()
}

/// The indexes of all events that fit, page by page.
fn indexes(conn: &mut AnyConnection, mut filter: EventFilter) -> Vec<u64> {
    let mut indexes = Vec::new();
    filter.limit = 40;
    loop {
        let page =
            search_events(conn, &filter, |_, events| -> StoreResult<_> { Ok(vec![true; events.len()]) }).unwrap();
        indexes.extend(page.events.iter().map(|event| event.index));
        match page.next {
            Some(next) => filter.after = Some(next),
            None => return indexes,
        }
    }
}

fn what_is_appended_is_found_and_proved(db: &TestDatabase) {
    let conn = &mut db.connect();
    let mut receipts = append_all(conn, &events(0..1));
    receipts.extend(append_all(conn, &events(1..300)));
    receipts.extend(append_all(conn, &events(300..530)));
    catch_up(conn).unwrap();

    let read = find_event(conn, 7).unwrap().unwrap();
    assert_eq!(read.payload.unwrap(), event(7).payload);
    assert_eq!((read.reason, read.leaf_hash), (None, receipts[7].leaf_hash));
    assert!(is_recorded(conn, &receipts[529]).unwrap());

    let all = EventFilter::default();
    assert_eq!(indexes(conn, all.clone()), (0..530).rev().collect::<Vec<_>>());
    let one = EventFilter { account: Some(account(1)), child: Some(Pseudonym([2; 16])), ..all.clone() };
    let both = |number: &u64| number % 3 == 1 && number % 5 == 2;
    assert_eq!(indexes(conn, one), (0..530).rev().filter(both).collect::<Vec<_>>());
    let times = EventFilter { from: Some(event(20).at), to: Some(event(90).at), ..all };
    assert_eq!(indexes(conn, times), (20..90).rev().collect::<Vec<_>>());

    let mut tree = Frontier::empty();
    receipts[..300].iter().for_each(|receipt| tree.push(receipt.leaf_hash));
    let earlier = TreeHead { size: 300, root: tree.root() };
    let proof = find_event_proof(conn, 299, Some(300)).unwrap().unwrap();
    assert_eq!(check_inclusion(299, receipts[299].leaf_hash, 300, earlier.root, &proof.hashes), Ok(()));
    let head = get_head(conn).unwrap();
    let grown = prove_extension(conn, 300, 530).unwrap().unwrap();
    assert_eq!(check_consistency(300, earlier.root, 530, head.root(), &grown), Ok(()));

    let conn = &mut db.open(Purpose::Read);
    let summary = verify(conn, &[earlier]).unwrap();
    assert_eq!(summary.head, TreeHead { size: 530, root: head.root() });
    assert_eq!(summary.derived_to, Some(530));
}

/// What is found after a change, which is then taken back.
fn found_after(conn: &mut AnyConnection, change: &str) -> Option<u64> {
    let mut found = None;
    let rolled_back = write_tx(conn, |conn| -> StoreResult<()> {
        conn.batch_execute(change)?;
        match verify(conn, &[]) {
            Err(VerifyError::Found(finding)) => found = Some(finding.index),
            other => panic!("{change}: {other:?}"),
        }
        Err(child_index::store::errors::StoreError::NotFound)
    });
    assert!(rolled_back.is_err());
    found.unwrap()
}

fn a_changed_log_does_not_verify(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    append_all(conn, &events(0..300));
    catch_up(conn).unwrap();
    for (change, index) in [
        ("UPDATE audit_event SET at = at + 1 WHERE idx = 3", Some(3)),
        ("UPDATE audit_event SET action = 'child.read' WHERE idx = 4", Some(4)),
        ("UPDATE audit_event SET outcome = 'none' WHERE idx = 5", Some(5)),
        ("UPDATE audit_event SET reason = NULL WHERE idx = 6", Some(6)),
        ("UPDATE audit_event SET reason = 'audit' WHERE idx = 7", Some(7)),
        ("UPDATE audit_event SET strength = 'none' WHERE idx = 8", Some(8)),
        ("UPDATE audit_event SET children = 0 WHERE idx = 9", Some(9)),
        ("UPDATE audit_event SET payload_hash = leaf WHERE idx = 10", Some(10)),
        ("UPDATE audit_event SET leaf = payload_hash WHERE idx = 11", Some(11)),
        ("UPDATE audit_payload SET salt = body WHERE idx = 12", Some(12)),
        ("UPDATE audit_payload SET body = salt WHERE idx = 13", Some(13)),
        ("DELETE FROM audit_event WHERE idx = 14", Some(14)),
        ("DELETE FROM audit_payload WHERE idx = 15", Some(15)),
        ("DELETE FROM audit_event WHERE idx = 299", Some(299)),
        ("UPDATE audit_event SET idx = 300 WHERE idx = 0", Some(0)),
        ("UPDATE audit_head SET size = 299, derived_to = 299", Some(299)),
        ("UPDATE audit_head SET root = frontier", None),
        ("DELETE FROM audit_head", None),
        ("DELETE FROM audit_tile", Some(0)),
        ("DELETE FROM audit_by_child WHERE idx = 200", Some(200)),
        ("DELETE FROM audit_by_account WHERE idx = 201", Some(201)),
        ("UPDATE audit_by_organisation SET key = 'x' WHERE idx = 202", Some(202)),
        ("UPDATE audit_by_kind SET key = 'child.read none -' WHERE idx = 203", Some(203)),
        ("INSERT INTO audit_by_area VALUES ('E06000054 child.read none -', 204)", Some(204)),
    ] {
        assert_eq!(found_after(conn, change), index, "{change}");
    }
    verify(conn, &[]).unwrap();
}

fn redacted_payloads_are_accounted_for(db: &TestDatabase) {
    let conn = &mut db.connect();
    append_all(conn, &events(0..10));
    write_tx(conn, |conn| -> StoreResult<_> {
        let mut head = lock_head(conn)?;
        let redaction = Event::new(AuditAction::Redaction, Outcome::Done, event(10).at)
            .by(Caller { operator: Some("root".into()), ..Caller::of("audit redact") })
            .redacting(Redacted { from: 0, to: 4, policy: "six-years".into() });
        append(conn, &mut head, &[redaction])?;
        conn.batch_execute("DELETE FROM audit_payload WHERE idx < 4")?;
        Ok(())
    })
    .unwrap();
    catch_up(conn).unwrap();
    assert_eq!(verify(conn, &[]).unwrap().redacted, 4);
    assert_eq!(find_event(conn, 3).unwrap().unwrap().payload, None);
    assert_eq!(found_after(conn, "DELETE FROM audit_payload WHERE idx = 4"), Some(4));
}

fn several_writers_make_one_log(db: &TestDatabase) {
    let receipts: Vec<Receipt> = scope(|threads| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                threads.spawn(move || {
                    let conn = &mut db.connect();
                    (0..15).flat_map(|round| append_all(conn, &events(writer..writer + 1 + round))).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    let conn = &mut db.connect();
    assert_eq!(receipts.len(), 480);
    assert_eq!(receipts.iter().map(|receipt| receipt.index).collect::<BTreeSet<_>>(), (0..480).collect());
    assert!(receipts.iter().all(|receipt| is_recorded(conn, receipt).unwrap()));
    assert_eq!(verify(conn, &[]).unwrap().head.size, 480);
}

fn look_up_tables_are_filled_by_several_at_once(db: &TestDatabase) {
    append_all(&mut db.connect(), &events(0..2200));
    scope(|threads| {
        for _ in 0..3 {
            threads.spawn(|| catch_up(&mut db.connect()).unwrap());
        }
    });
    let conn = &mut db.connect();
    assert_eq!(verify(conn, &[]).unwrap().derived_to, Some(2200));
}

fn pseudonyms_lead_back_to_children(db: &TestDatabase) {
    let conn = &mut db.connect();
    let names = write_tx(conn, |conn| ensure_pseudonyms(conn, &[3, 1, 2])).unwrap();
    let all: Vec<_> = names.values().copied().collect();
    let back = children_behind(conn, &all).unwrap();
    assert_eq!(back.len(), 3);
    assert!(names.iter().all(|(child, name)| back[name] == *child));
}
