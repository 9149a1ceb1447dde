//! The ledger of a batch: jobs that share a commit count as if one came after the other, and where nothing is committed nothing
//! was counted.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::rt::System;
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::handles::Handle;
use child_index::domain::ids::{AccountId, ChildId};
use child_index::domain::instants::Instant;
use child_index::store::connections::AnyConnection;
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::recorder::{Expected, Kind, Moment, Recorder};
use child_index::store::{budgets, handles};

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(
    TestDatabase:
    what_a_batch_counts_is_counted_as_if_one_came_after_the_other,
    what_a_batch_counted_that_failed_is_not_counted,
);

const NOON: Instant = Instant(1_700_000_000_000_000);
const DAY: i32 = 19_675;
/// Children that somebody was shown, from the first to the last.
type Children = std::ops::RangeInclusive<i64>;

/// What a job counts: a search, and as many children as were not shown before.
#[derive(Debug, PartialEq, Eq)]
struct Counted {
    searches: i64,
    unseen: usize,
    children: i64,
}

fn count(conn: &mut AnyConnection, account: AccountId, children: Children) -> StoreResult<Counted> {
    let owner = account.to_string();
    let children: Vec<ChildId> = children.map(ChildId).collect();
    let searches = budgets::add(conn, &owner, "searches", NOON, 1)?;
    let unseen = budgets::count_unseen(conn, account, DAY, &children)?;
    let children_used = budgets::add(conn, &owner, "children", NOON, i64::try_from(unseen).unwrap())?;
    budgets::mark_children(conn, account, DAY, &children)?;
    Ok(Counted { searches, unseen, children: children_used })
}

/// What a job that was told beforehand what will be asked for would tell the recorder.
fn expected(children: Children) -> Expected {
    let moment = Moment { day: "2023-11-14".parse().unwrap(), day_number: DAY, windows: [NOON, NOON] };
    Expected { candidates: Some(children.collect()), moment: Some(moment), ..Expected::default() }
}

fn event() -> Event {
    Event::new(AuditAction::ChildSearch, Outcome::Disclosed, NOON.to_utc()).by(Caller::of("test"))
}

/// Does these jobs in one batch: the first of all holds the recorder until the others have lined up.
fn in_one_batch(recorder: &Arc<Recorder>, account: AccountId, jobs: &[(Kind, Children)]) -> Vec<Counted> {
    let (begun, has_begun) = mpsc::channel();
    let (let_go, held) = mpsc::channel::<()>();
    System::new().block_on(async {
        let work = move |_: &mut AnyConnection| {
            begun.send(()).unwrap();
            held.recv().unwrap_err();
            Ok::<_, StoreError>(Disclosure::with(event(), ()))
        };
        let holding = {
            let recorder = Arc::clone(recorder);
            actix_web::rt::spawn(async move { recorder.record(Kind::Read, work).await })
        };
        while has_begun.try_recv().is_err() {
            actix_web::rt::task::yield_now().await;
        }
        let commits = recorder.tally().commits.load(std::sync::atomic::Ordering::Relaxed);
        let mut tasks = Vec::new();
        for (number, (kind, children)) in jobs.iter().cloned().enumerate() {
            let recorder = Arc::clone(recorder);
            tasks.push(actix_web::rt::spawn(async move {
                // Every other one says nothing beforehand.
                let expected = if number % 2 == 0 { expected(children.clone()) } else { Expected::default() };
                let work = move |conn: &mut AnyConnection| {
                    let counted = count(conn, account, children)?;
                    Ok::<_, StoreError>(Disclosure::with(event(), counted))
                };
                recorder.record_expecting(kind, expected, work).await
            }));
            actix_web::rt::task::yield_now().await;
        }
        actix_web::rt::time::sleep(Duration::from_millis(20)).await;
        drop(let_go);
        holding.await.unwrap().unwrap();
        let mut counted = Vec::new();
        for task in tasks {
            counted.push(task.await.unwrap().unwrap().value.unwrap());
        }
        let commits = recorder.tally().commits.load(std::sync::atomic::Ordering::Relaxed) - commits;
        assert_eq!(commits, 2, "the one that held, and the batch");
        counted
    })
}

fn counts(of: &[(i64, usize, i64)]) -> Vec<Counted> {
    of.iter()
        .map(|(searches, unseen, children)| Counted { searches: *searches, unseen: *unseen, children: *children })
        .collect()
}

fn what_a_batch_counts_is_counted_as_if_one_came_after_the_other(db: &TestDatabase) {
    let account = AccountId::new();
    count(&mut db.connect(), account, 1..=2).unwrap();
    let recorder = Arc::new(Recorder::start(&db.url()).unwrap());
    let found = in_one_batch(&recorder, account, &[1..=3, 2..=4, 9..=9, 9..=9].map(|children| (Kind::Read, children)));
    assert_eq!(found, counts(&[(2, 1, 3), (3, 1, 4), (4, 1, 5), (5, 0, 5)]));
    // Whoever changes something counts at once; those who read then find it.
    let found =
        in_one_batch(&recorder, account, &[(Kind::Read, 10..=10), (Kind::Change, 10..=11), (Kind::Read, 11..=12)]);
    assert_eq!(found, counts(&[(6, 1, 6), (7, 1, 7), (8, 1, 8)]));
    let last = count(&mut db.connect(), account, 1..=13).unwrap();
    assert_eq!(vec![last], counts(&[(9, 1 + 4, 8 + 5)]), "it is in the tables");
}

fn what_a_batch_counted_that_failed_is_not_counted(db: &TestDatabase) {
    let account = AccountId::new();
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        let given = Handle { answer: [7; 16], position: 0 };
        let counting = |fails: bool| {
            move |conn: &mut AnyConnection| {
                let counted = count(conn, account, 1..=2)?;
                handles::insert(conn, given.answer, account, &[ChildId(2)], NOON)?;
                assert!(!fails, "on purpose");
                Ok::<_, StoreError>(Disclosure::with(event(), counted))
            }
        };
        recorder.record_expecting(Kind::Read, expected(1..=2), counting(true)).await.unwrap_err();
        assert_eq!(handles::find_id(&mut db.connect(), given, account, NOON).unwrap(), None);
        let counted = recorder.record_expecting(Kind::Read, expected(1..=2), counting(false)).await.unwrap();
        assert_eq!(vec![counted.value.unwrap()], counts(&[(1, 2, 2)]));
        assert_eq!(handles::find_id(&mut db.connect(), given, account, NOON).unwrap(), Some(ChildId(2)));
    });
}
