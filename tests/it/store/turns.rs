//! Searches that take turns: whoever comes after a change finds it, nobody waits longer than from the pool, one failure is
//! not the next, and the write-ahead log is begun anew however they overlap.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use actix_web::rt::{System, spawn, time};
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::instants;
use child_index::domain::policy::Refusal;
use child_index::store::connections::{AnyConnection, Purpose};
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::pools::Pool;
use child_index::store::recorder::{Kind, Recorder};
use child_index::store::replicas::Growth;
use child_index::store::schema::setting;
use child_index::store::transactions::read_tx;
use diesel::prelude::*;

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(
    TestDatabase:
    whoever_comes_after_a_change_finds_it,
    what_others_change_is_found_soon,
    one_state_serves_those_who_come_together,
    nobody_waits_longer_than_a_quarter_second,
    a_panic_is_whose_work_it_was_and_nobody_elses,
    the_write_ahead_log_is_begun_anew_while_readers_overlap,
);

/// What is being asked in turn, on threads of its own.
struct Asked<T>(actix_web::rt::task::JoinHandle<StoreResult<T>>);

impl<T: 'static> Asked<T> {
    async fn answer(self) -> StoreResult<T> {
        self.0.await.expect("an answer")
    }
}

fn ask<T, W>(pool: &Pool, growth: &Arc<Growth>, work: W) -> Asked<T>
where
    T: Send + 'static,
    W: FnOnce(&mut AnyConnection) -> StoreResult<T> + Send + 'static,
{
    let (pool, growth) = (pool.clone(), Arc::clone(growth));
    Asked(spawn(async move { pool.run_in_turn(&growth, work).await }))
}

fn count(conn: &mut AnyConnection) -> StoreResult<i64> {
    Ok(setting::table.count().get_result(conn)?)
}

fn insert(conn: &mut AnyConnection, name: &str, value: &str) -> StoreResult<()> {
    let row = (setting::name.eq(name), setting::value.eq(value));
    diesel::insert_into(setting::table).values(row).execute(conn)?;
    Ok(())
}

/// Records a change that adds a row.
async fn change(recorder: &Recorder, name: &'static str, value: String) {
    let work = move |conn: &mut AnyConnection| -> Result<Disclosure<Result<(), Refusal>>, StoreError> {
        insert(conn, name, &value)?;
        let at = instants::Instant(1_000_000).to_utc();
        let event = Event::new(AuditAction::ChildRead, Outcome::Disclosed, at).by(Caller::of("test"));
        Ok(Disclosure::with(event, ()))
    };
    recorder.record(Kind::Change, work).await.unwrap().value.unwrap();
}

/// Somebody whose turn lasts until it is told to end, and how many rows were there.
async fn hold(pool: &Pool, growth: &Arc<Growth>) -> (Asked<i64>, mpsc::Sender<()>) {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (release, released) = mpsc::channel();
    let holder = ask(pool, growth, move |conn| {
        let counted = count(conn);
        begun.send(()).expect("somebody waits");
        released.recv().expect("a release");
        counted
    });
    has_begun.await.expect("a turn");
    (holder, release)
}

/// Gives those who were asked time to line up.
async fn line_up() {
    time::sleep(Duration::from_millis(10)).await;
}

fn whoever_comes_after_a_change_finds_it(db: &TestDatabase) {
    System::new().block_on(async {
        let (pool, recorder) = (db.pool(1), Recorder::start(&db.url()).unwrap());
        let before = count(&mut db.connect()).unwrap();
        let (holder, release) = hold(&pool, recorder.growth()).await;
        change(&recorder, "changed", String::new()).await;
        let after = ask(&pool, recorder.growth(), count);
        line_up().await;
        release.send(()).unwrap();
        assert_eq!((holder.answer().await.unwrap(), after.answer().await.unwrap()), (before, before + 1));
    });
}

fn what_others_change_is_found_soon(db: &TestDatabase) {
    System::new().block_on(async {
        let (pool, growth) = (db.pool(1), Arc::new(Growth::default()));
        let (holder, release) = hold(&pool, &growth).await;
        insert(&mut db.connect(), "changed", "elsewhere").unwrap();
        let after = ask(&pool, &growth, count);
        time::sleep(Duration::from_millis(60)).await;
        release.send(()).unwrap();
        assert_eq!(after.answer().await.unwrap(), holder.answer().await.unwrap() + 1);
    });
}

/// On PostgreSQL each reads by itself.
fn one_state_serves_those_who_come_together(db: &TestDatabase) {
    System::new().block_on(async {
        let (pool, growth) = (db.pool(1), Arc::new(Growth::default()));
        let mut shared = false;
        for round in 0..100 {
            let (holder, release) = hold(&pool, &growth).await;
            let next = ask(&pool, &growth, count);
            line_up().await;
            insert(&mut db.connect(), &format!("unseen {round}"), "elsewhere").unwrap();
            release.send(()).unwrap();
            shared |= next.answer().await.unwrap() == holder.answer().await.unwrap();
            if shared {
                break;
            }
        }
        assert_eq!(shared, db.backend() == Backend::Sqlite);
    });
}

fn nobody_waits_longer_than_a_quarter_second(db: &TestDatabase) {
    System::new().block_on(async {
        let (pool, growth) = (db.pool(1), Arc::new(Growth::default()));
        let (holder, release) = hold(&pool, &growth).await;
        let done = Arc::new(AtomicBool::new(false));
        let (begun, does) = (Instant::now(), Arc::clone(&done));
        let refused = ask(&pool, &growth, move |_| {
            does.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert!(matches!(refused.answer().await, Err(StoreError::Busy)));
        assert!(begun.elapsed() >= Duration::from_millis(240));
        release.send(()).unwrap();
        holder.answer().await.unwrap();
        ask(&pool, &growth, count).answer().await.unwrap();
        assert!(!done.load(Ordering::SeqCst), "what was turned away is not done");
    });
}

fn a_panic_is_whose_work_it_was_and_nobody_elses(db: &TestDatabase) {
    System::new().block_on(async {
        let (pool, growth) = (db.pool(1), Arc::new(Growth::default()));
        let (holder, release) = hold(&pool, &growth).await;
        let panics = ask::<(), _>(&pool, &growth, |_| panic!("on purpose"));
        line_up().await;
        let fails = ask::<i64, _>(&pool, &growth, |conn| Ok(diesel::sql_query("SELECT").execute(conn).map(|_| 0)?));
        let next = ask(&pool, &growth, count);
        line_up().await;
        release.send(()).unwrap();
        holder.answer().await.unwrap();
        assert!(panics.0.await.unwrap_err().is_panic());
        // A connection in the place of a lost one is opened within the patience of those who wait, or they are told.
        let failed = fails.answer().await;
        let told = matches!(failed, Err(StoreError::Broken(_) | StoreError::Busy));
        assert!(db.backend() == Backend::Postgres || told, "{failed:?}");
        let mut counted = next.answer().await;
        while matches!(counted, Err(StoreError::Busy)) {
            counted = ask(&pool, &growth, count).answer().await;
        }
        counted.unwrap();
    });
}

/// Two who read in turns leave no moment in which nobody does. PostgreSQL has no such log.
fn the_write_ahead_log_is_begun_anew_while_readers_overlap(db: &TestDatabase) {
    let url = db.url();
    let Some(path) = url.sqlite_path() else { return };
    let log = path.with_file_name(format!("{}-wal", path.file_name().expect("a name").to_string_lossy()));
    let over = Arc::new(AtomicBool::new(false));
    // As searches do: each reads for a moment, and there is always one of them.
    let readers: Vec<_> = [0, 2]
        .into_iter()
        .map(|late| {
            let (over, mut conn) = (Arc::clone(&over), db.open(Purpose::Read));
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(late));
                while !over.load(Ordering::Relaxed) {
                    let read = read_tx(&mut conn, |conn| -> StoreResult<()> {
                        count(conn)?;
                        std::thread::sleep(Duration::from_millis(4));
                        Ok(())
                    });
                    read.expect("a reading");
                }
            })
        })
        .collect();
    let (mut longest, mut written) = (0, 0);
    System::new().block_on(async {
        let recorder = Recorder::start(&url).unwrap();
        let value = "v".repeat(1 << 20);
        for _ in 0..300 {
            change(&recorder, "much", value.clone()).await;
            let undo = |conn: &mut AnyConnection| {
                diesel::delete(setting::table.filter(setting::name.eq("much"))).execute(conn)?;
                Ok(())
            };
            recorder.maintain(undo).await.unwrap();
            written += value.len();
            longest = longest.max(std::fs::metadata(&log).expect("a log").len());
            time::sleep(Duration::from_millis(10)).await;
        }
    });
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().expect("a reader");
    }
    assert!(longest > 64 << 20 && written > 4 * (64 << 20), "too little was written to tell: {longest} {written}");
    assert!(longest < 256 << 20, "{longest}");
}
