//! The recorder: what is released is durable, what cannot be recorded is not released, and one failure is not the next.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use actix_web::rt::System;
use actix_web::rt::task::JoinHandle;
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::ids::OrganisationId;
use child_index::domain::instants::Instant;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::Refusal;
use child_index::domain::services::OrganisationKind;
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreError;
use child_index::store::recorder::{Kind, Recorded, Recorder};
use child_index::store::{audit, organisations};
use diesel::connection::SimpleConnection as _;

use crate::databases::TestDatabase;
use crate::suite::suite;

type Released = Result<Recorded<Result<u32, Refusal>>, StoreError>;

suite!(
    TestDatabase:
    a_value_comes_with_the_receipt_of_its_event,
    many_at_once_get_a_place_each_and_the_log_is_whole,
    what_cannot_be_recorded_is_not_released_and_the_next_is,
    a_panic_fails_its_own_group_and_no_other,
    work_without_an_event_releases_nothing,
    what_was_undone_was_never_seen,
    whoever_is_turned_away_has_nothing_done,
    whoever_waits_at_the_door_is_let_in_in_order_when_there_is_room,
    whoever_is_not_let_in_is_told_so_and_has_nothing_done,
    two_nodes_that_count_against_the_same_budgets_do_not_wait_for_each_other_in_a_circle,
);

fn event() -> Event {
    Event::new(AuditAction::ChildRead, Outcome::Disclosed, Instant(1_000_000).to_utc()).by(Caller::of("test"))
}

async fn record(recorder: &Recorder, value: u32) -> Released {
    recorder.record(Kind::Read, move |_| Ok(Disclosure::with(event(), value))).await
}

fn a_value_comes_with_the_receipt_of_its_event(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        for value in 0..3 {
            let released = record(&recorder, value).await.unwrap();
            assert_eq!((released.value, released.receipt.index), (Ok(value), u64::from(value)));
            assert!(audit::is_recorded(&mut db.connect(), &released.receipt).unwrap());
        }
        assert!(recorder.is_healthy());
    });
    audit::verify(&mut db.connect(), &[]).unwrap();
}

fn many_at_once_get_a_place_each_and_the_log_is_whole(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Arc::new(Recorder::start(&db.url()).unwrap());
        let waiting: Vec<_> = (0..300)
            .map(|value| {
                let recorder = Arc::clone(&recorder);
                actix_web::rt::spawn(async move { (value, record(&recorder, value).await.unwrap()) })
            })
            .collect();
        let mut places = Vec::new();
        for task in waiting {
            let (value, released) = task.await.unwrap();
            assert_eq!(released.value, Ok(value));
            places.push(released.receipt.index);
        }
        places.sort_unstable();
        assert_eq!(places, (0..300).collect::<Vec<u64>>());
        let commits = recorder.tally().commits.load(std::sync::atomic::Ordering::Relaxed);
        assert!(commits < 300, "{commits} commits for 300 jobs: nothing was grouped");
    });
    assert_eq!(audit::verify(&mut db.connect(), &[]).unwrap().head.size, 300);
}

fn what_cannot_be_recorded_is_not_released_and_the_next_is(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        record(&recorder, 1).await.unwrap();
        db.connect().batch_execute("ALTER TABLE audit_payload RENAME TO away").unwrap();
        let refused = record(&recorder, 2).await;
        assert!(matches!(refused, Err(StoreError::Broken(_))), "{refused:?}");
        assert!(!recorder.is_healthy());
        db.connect().batch_execute("ALTER TABLE away RENAME TO audit_payload").unwrap();
        assert_eq!(record(&recorder, 3).await.unwrap().receipt.index, 1);
        assert!(recorder.is_healthy());
    });
    audit::verify(&mut db.connect(), &[]).unwrap();
}

fn a_panic_fails_its_own_group_and_no_other(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        let broken: Released = recorder.record(Kind::Change, |_| panic!("on purpose")).await;
        assert!(matches!(broken, Err(StoreError::Broken(_))), "{broken:?}");
        assert_eq!(record(&recorder, 1).await.unwrap().receipt.index, 0);
    });
}

fn work_without_an_event_releases_nothing(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        let failed: Released = recorder.record(Kind::Read, |_| Err(StoreError::NotFound)).await;
        assert!(matches!(failed, Err(StoreError::NotFound)), "{failed:?}");
        recorder.maintain(|_| Ok(())).await.unwrap();
    });
    assert_eq!(audit::get_head(&mut db.connect()).unwrap().size(), 0);
}

fn what_was_undone_was_never_seen(db: &TestDatabase) {
    let school = Organisation {
        id: OrganisationId::new(),
        code: "URN-1".into(),
        name: "A school".into(),
        kind: OrganisationKind::School,
        area: "E06000054".into(),
        sensitive: false,
        accredited_until: None,
        lawful_basis: None,
        routes: Vec::new(),
        version: 1,
        created_at: Instant(1_000_000),
    };
    organisations::insert(&mut db.connect(), &school).unwrap();
    let id = school.id;
    let name = move |conn: &mut AnyConnection| -> Result<String, StoreError> {
        Ok(organisations::directory(conn, &[id], &[], &[])?.organisations[&id].name.clone())
    };
    System::new().block_on(async {
        let recorder = Recorder::start(&db.url()).unwrap();
        let read = move |conn: &mut _| Ok::<_, StoreError>(Disclosure::with(event(), name(conn)?));
        let rename = |to: &'static str, fails: bool| {
            let renamed = Organisation { name: to.into(), ..school.clone() };
            move |conn: &mut AnyConnection| {
                let now = organisations::find(conn, id)?.unwrap();
                organisations::update(conn, &Organisation { version: now.version, ..renamed })?;
                assert_eq!(name(conn)?, to);
                if fails {
                    panic!("on purpose")
                }
                Ok::<_, StoreError>(Disclosure::with(event(), to.to_owned()))
            }
        };
        for _ in 0..2 {
            assert_eq!(recorder.record(Kind::Read, read).await.unwrap().value, Ok("A school".into()));
        }
        recorder.record(Kind::Change, rename("Never", true)).await.unwrap_err();
        assert_eq!(recorder.record(Kind::Read, read).await.unwrap().value, Ok("A school".into()));
        recorder.record(Kind::Change, rename("Renamed", false)).await.unwrap().value.unwrap();
        assert_eq!(recorder.record(Kind::Read, read).await.unwrap().value, Ok("Renamed".into()));
        let elsewhere = Organisation { name: "Elsewhere".into(), version: 2, ..school.clone() };
        organisations::update(&mut db.connect(), &elsewhere).unwrap();
        assert_eq!(recorder.record(Kind::Read, read).await.unwrap().value, Ok("Elsewhere".into()));
    });
}

/// More than are let in at once, on either database.
const A_CROWD: u32 = 1_100;

/// Has the recorder at work until the sender is dropped.
async fn hold_up(recorder: &Arc<Recorder>) -> (mpsc::Sender<()>, JoinHandle<Released>) {
    let (begun, has_begun) = mpsc::channel();
    let (let_go, held) = mpsc::channel::<()>();
    let holding = Arc::clone(recorder);
    let slow = actix_web::rt::spawn(async move {
        let work = move |_: &mut _| {
            begun.send(()).unwrap();
            held.recv().unwrap_err();
            Ok::<_, StoreError>(Disclosure::with(event(), 0))
        };
        holding.record(Kind::Read, work).await
    });
    while has_begun.try_recv().is_err() {
        actix_web::rt::task::yield_now().await;
    }
    (let_go, slow)
}

async fn a_crowd(recorder: &Arc<Recorder>) -> Vec<JoinHandle<Released>> {
    let coming = |value| {
        let recorder = Arc::clone(recorder);
        actix_web::rt::spawn(async move { record(&recorder, value).await })
    };
    let crowd = (1..=A_CROWD).map(coming).collect();
    while recorder.tally().waiting.load(Ordering::Relaxed) < u64::from(A_CROWD) {
        actix_web::rt::task::yield_now().await;
    }
    crowd
}

fn whoever_waits_at_the_door_is_let_in_in_order_when_there_is_room(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Arc::new(Recorder::start(&db.url()).unwrap().with_turn(Duration::from_secs(60)));
        let (let_go, slow) = hold_up(&recorder).await;
        let crowd = a_crowd(&recorder).await;
        drop(let_go);
        assert_eq!(slow.await.unwrap().unwrap().receipt.index, 0);
        for (value, answered) in (1..).zip(crowd) {
            assert_eq!(answered.await.unwrap().unwrap().receipt.index, value, "first come, first served");
        }
        assert_eq!(recorder.tally().waiting.load(Ordering::Relaxed), 0);
    });
}

fn whoever_is_not_let_in_is_told_so_and_has_nothing_done(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Arc::new(Recorder::start(&db.url()).unwrap().with_turn(Duration::from_millis(50)));
        let (let_go, slow) = hold_up(&recorder).await;
        for refused in a_crowd(&recorder).await {
            let refused = refused.await.unwrap();
            assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        }
        drop(let_go);
        assert_eq!(slow.await.unwrap().unwrap().receipt.index, 0);
        assert_eq!(record(&recorder, 1).await.unwrap().receipt.index, 1, "nothing was recorded in between");
        while recorder.tally().waiting.load(Ordering::Relaxed) > 0 {
            actix_web::rt::task::yield_now().await;
        }
    });
}

fn whoever_is_turned_away_has_nothing_done(db: &TestDatabase) {
    System::new().block_on(async {
        let recorder = Arc::new(Recorder::start(&db.url()).unwrap().with_turn(Duration::from_millis(20)));
        let (let_go, slow) = hold_up(&recorder).await;
        // The one under way outlasts its turn and is answered; those behind it are turned away.
        for value in 2..5 {
            let refused = record(&recorder, value).await;
            assert!(matches!(refused, Err(StoreError::Busy)), "{refused:?}");
        }
        drop(let_go);
        assert_eq!(slow.await.unwrap().unwrap().receipt.index, 0);
        let patient = Arc::into_inner(recorder).unwrap().with_turn(Duration::from_secs(5));
        assert_eq!(record(&patient, 5).await.unwrap().receipt.index, 1, "nothing was recorded in between");
    });
}

/// Each node counts against what the other counts against next, which leaves PostgreSQL one of them to give up.
fn two_nodes_that_count_against_the_same_budgets_do_not_wait_for_each_other_in_a_circle(db: &TestDatabase) {
    let count = |conn: &mut AnyConnection, name: &str| {
        let statement = format!("UPDATE setting SET value = value WHERE name = '{name}'");
        conn.batch_execute(&statement).map_err(StoreError::from)
    };
    let rows = "INSERT INTO setting (name, value) VALUES ('one', '1'), ('two', '2')";
    db.connect().batch_execute(rows).unwrap();
    System::new().block_on(async {
        let nodes: Vec<_> = (0..2).map(|_| Arc::new(Recorder::start(&db.url()).unwrap())).collect();
        for round in 0..5 {
            let both = nodes.iter().zip([["one", "two"], ["two", "one"]]).map(|(node, [first, second])| {
                let node = Arc::clone(node);
                actix_web::rt::spawn(async move {
                    let work = move |conn: &mut AnyConnection| {
                        count(conn, first)?;
                        std::thread::sleep(Duration::from_millis(30));
                        count(conn, second)?;
                        Ok(Disclosure::with(event(), round))
                    };
                    let released: Released = node.record(Kind::Read, work).await;
                    released
                })
            });
            for task in both.collect::<Vec<_>>() {
                task.await.unwrap().expect("neither has to give up");
            }
        }
    });
    assert_eq!(audit::verify(&mut db.connect(), &[]).unwrap().head.size, 10);
}
