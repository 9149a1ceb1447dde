//! Checkpoints are signed in their time and never of a log that contradicts what was signed before; what cannot be
//! signed is not disclosed.

use child_index::app::publishing::{Contradiction, NotPublished};
use child_index::app::{Failure, Index};
use child_index::domain::accounts::Role;
use child_index::domain::audit::actions::AuditAction;
use child_index::domain::audit::tree::TreeHead;
use child_index::domain::instants::SECOND;
use child_index::store::audit;
use diesel::connection::SimpleConnection as _;

use crate::indexes::{TestIndex, visit};
use crate::logs::{Keys, ORIGIN, SignedLog, checked};
use crate::suite::suite;

suite!(TestIndex:
    a_checkpoint_is_signed_when_the_log_has_grown_and_each_minute,
    a_restored_database_is_not_signed_and_says_why,
    a_restored_database_that_has_grown_is_not_signed_either,
    a_lost_or_foreign_mark_is_not_signed_over,
    a_mark_that_cannot_be_written_stops_signing,
    a_key_that_has_gone_closes_the_index_until_it_is_back,
    a_key_is_replaced_while_both_sign,
);

fn record(index: &TestIndex) {
    index.wait(index.index.record_start()).expect("recorded");
}

fn latest(index: &TestIndex) -> String {
    audit::find_latest_checkpoint(&mut index.connect(), ORIGIN).expect("a look-up").expect("a checkpoint")
}

fn why(outcome: Result<Option<TreeHead>, NotPublished>) -> Contradiction {
    match outcome {
        Err(NotPublished::Contradiction(contradiction)) => contradiction,
        other => panic!("{other:?}"),
    }
}

/// Whether somebody who may is answered.
fn answers(index: &TestIndex) -> bool {
    let auditor = index.somebody(Role::Auditor);
    let sought = child_index::app::audits::EventsSought { limit: 1, ..Default::default() };
    let asked =
        child_index::app::audits::search_events(&index.index, visit(&auditor, AuditAction::AuditSearch), sought);
    match index.wait(asked) {
        Ok(_) => true,
        Err(Failure::Broken(_)) => false,
        Err(other) => panic!("{other}"),
    }
}

fn a_checkpoint_is_signed_when_the_log_has_grown_and_each_minute(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    assert_eq!(log.publish().size, 0, "an empty log has a checkpoint too");
    assert!(log.tick().unwrap().is_none(), "nothing has changed");
    record(index);
    assert_eq!(log.publish().size, 1);
    assert_eq!(checked(&latest(index), 1).head.size, 1);
    index.clock.advance(59 * SECOND);
    assert!(log.tick().unwrap().is_none());
    index.clock.advance(SECOND);
    assert_eq!(log.publish().size, 1, "a minute has passed");
    assert_eq!(log.mark.kept(), Some(latest(index)));
}

/// Takes the log back to its first `size` events behind everybody's back, as a restored copy would.
fn restore(index: &TestIndex, size: u64) {
    let conn = &mut index.connect();
    let mut frontier = child_index::domain::audit::tree::Frontier::empty();
    for at in 0..size {
        frontier.push(audit::find_event(conn, at).unwrap().unwrap().leaf_hash);
    }
    let quoted = |bytes: &[u8]| match conn {
        child_index::store::connections::AnyConnection::Sqlite(_) => format!("x'{}'", hex::encode(bytes)),
        child_index::store::connections::AnyConnection::Postgres(_) => format!("'\\x{}'", hex::encode(bytes)),
    };
    let (root, peaks) = (quoted(&frontier.root().0), quoted(&frontier.to_bytes()));
    conn.batch_execute(&format!(
        "DELETE FROM audit_event WHERE idx >= {size}; DELETE FROM audit_payload WHERE idx >= {size};
         DELETE FROM audit_by_account WHERE idx >= {size}; DELETE FROM audit_by_organisation WHERE idx >= {size};
         DELETE FROM audit_by_token WHERE idx >= {size}; DELETE FROM audit_by_kind WHERE idx >= {size};
         DELETE FROM audit_by_area WHERE idx >= {size};
         DELETE FROM audit_checkpoint WHERE size > {size};
         UPDATE audit_head SET size = {size}, derived_to = CASE WHEN derived_to > {size} THEN {size} ELSE derived_to END,
         root = {root}, frontier = {peaks}"
    ))
    .expect("an older copy");
    audit::verify(&mut index.connect(), &[]).expect("whole in itself");
}

fn a_restored_database_is_not_signed_and_says_why(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    record(index);
    log.publish();
    record(index);
    log.publish();
    restore(index, 1);
    let refused = why(log.tick());
    assert_eq!(refused, Contradiction::Shorter { size: 1, signed: 2 });
    assert!(refused.to_string().contains("restored from an older copy"), "{refused}");
    assert!(!answers(index) && index.index.is_closed(), "what could not be proved is not disclosed");
    assert_eq!(checked(&latest(index), 1).head.size, 1, "nothing new was signed");
    // Another process on the same folder refuses as well.
    let again = SignedLog::with(index.index.clone(), Keys::default(), log.mark.clone(), Vec::new());
    assert_eq!(why(again.tick()), refused);
}

fn a_restored_database_that_has_grown_is_not_signed_either(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    for _ in 0..3 {
        record(index);
    }
    log.publish();
    restore(index, 2);
    for _ in 0..3 {
        record(index);
    }
    let refused = why(log.tick());
    assert_eq!(refused, Contradiction::Differs { signed: 3 });
    assert!(index.index.is_closed());
}

fn a_lost_or_foreign_mark_is_not_signed_over(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    record(index);
    log.publish();
    let kept = log.mark.kept();
    log.mark.set(None);
    record(index);
    assert_eq!(why(log.tick()), Contradiction::MarkMissing);
    let foreign = kept.clone().expect("a mark").replace("log.example", "log.elsewhere");
    for note in ["", "not a checkpoint", foreign.as_str()] {
        log.mark.set(Some(note.to_owned()));
        assert_eq!(why(log.tick()), Contradiction::MarkForeign, "{note}");
    }
    assert!(!answers(index));
    // The checkpoint that anybody holds serves as well as the file that was lost.
    log.mark.set(Some(latest(index)));
    assert!(log.publish().size >= 2);
    assert!(answers(index));
}

fn a_mark_that_cannot_be_written_stops_signing(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    log.publish();
    record(index);
    log.mark.fail(true);
    let refused = log.tick();
    assert!(matches!(refused, Err(NotPublished::HighWater(_))), "{refused:?}");
    assert_eq!(checked(&latest(index), 1).head.size, 0, "what is not kept outside is not shown");
    assert!(!answers(index));
    log.mark.fail(false);
    log.publish();
    assert!(answers(index));
}

fn a_key_that_has_gone_closes_the_index_until_it_is_back(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    log.publish();
    assert!(answers(index));
    log.keys.set(&[]);
    let refused = log.tick();
    assert!(matches!(&refused, Err(NotPublished::Key(_))), "{refused:?}");
    let ready = |index: &Index| index.is_closed();
    assert!(ready(&index.index) && !answers(index));
    assert!(!index.wait(index.index.is_ready()));
    log.keys.set(&[1]);
    log.publish();
    assert!(answers(index) && index.wait(index.index.is_ready()));
}

fn a_key_is_replaced_while_both_sign(index: &TestIndex) {
    let log = SignedLog::new(index.index.clone());
    log.keys.set(&[9]);
    log.publish();
    record(index);
    // Both sign while everybody is told of the new key.
    log.keys.set(&[9, 1]);
    log.publish();
    checked(&latest(index), 9);
    checked(&latest(index), 1);
    // The former one stands in the settings, so that its mark is believed.
    log.mark.set(None);
    log.mark.set(Some(latest(index)));
    log.keys.set(&[1]);
    record(index);
    log.publish();
    checked(&latest(index), 1);
    // A key that nobody was told of signs nothing over what others signed.
    log.keys.set(&[5]);
    record(index);
    assert_eq!(why(log.tick()), Contradiction::MarkForeign);
}
