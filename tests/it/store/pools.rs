//! The pool answers "busy" in time, survives panics and hang-ups, and finds its way back to a lost server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use child_index::store::connections::AnyConnection;
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::pools::Pool;
use child_index::store::schema::setting;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestDatabase:
    overload_is_busy_after_a_quarter_second,
    work_goes_on_when_its_caller_is_gone,
    a_panic_costs_a_connection_and_nothing_else,
    a_failed_connection_is_not_used_again,
    readers_cannot_write,
    connections_are_opened_as_they_are_needed,
    lost_connections_are_replaced_at_once,
);

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().expect("a runtime")
}

async fn count(pool: &Pool) -> StoreResult<i64> {
    pool.run(|conn| Ok(setting::table.count().get_result(conn)?)).await
}

fn overload_is_busy_after_a_quarter_second(db: &TestDatabase) {
    let pool = db.pool(2);
    runtime().block_on(async {
        let (release, held): (Vec<_>, Vec<_>) = (0..2).map(|_| oneshot::channel::<()>()).unzip();
        let mut holders = Vec::new();
        for hold in held {
            let pool = pool.clone();
            holders.push(tokio::spawn(async move {
                pool.run(move |_| -> StoreResult<()> {
                    hold.blocking_recv().expect("a release");
                    Ok(())
                })
                .await
            }));
        }
        while pool.state().idle > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }

        let begun = Instant::now();
        assert!(matches!(count(&pool).await, Err(StoreError::Busy)));
        let waited = begun.elapsed();
        assert!(waited >= Duration::from_millis(240) && waited < Duration::from_millis(1500), "{waited:?}");

        for release in release {
            release.send(()).expect("a holder");
        }
        for holder in holders {
            holder.await.expect("a holder").expect("its result");
        }
        assert_eq!(count(&pool).await.expect("room again"), 0);
        assert_eq!(pool.state().open, 2);
    });
}

fn work_goes_on_when_its_caller_is_gone(db: &TestDatabase) {
    let pool = db.pool(1);
    let done = Arc::new(AtomicBool::new(false));
    runtime().block_on(async {
        let told = Arc::clone(&done);
        let work = pool.run(move |_| -> StoreResult<()> {
            std::thread::sleep(Duration::from_millis(100));
            told.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert!(tokio::time::timeout(Duration::from_millis(20), work).await.is_err(), "the caller hung up");
        // The only connection comes back when the work is done, not before.
        count(&pool).await.expect("its turn");
        assert!(done.load(Ordering::SeqCst));
    });
}

fn a_panic_costs_a_connection_and_nothing_else(db: &TestDatabase) {
    let pool = db.pool(1);
    runtime().block_on(async {
        let inner = pool.clone();
        let panic = tokio::spawn(async move {
            inner.run(|_| -> StoreResult<()> { std::panic::resume_unwind(Box::new("on purpose")) }).await
        });
        assert!(panic.await.expect_err("the panic").is_panic());
        assert_eq!(count(&pool).await.expect("a new connection"), 0);
    });
}

fn a_failed_connection_is_not_used_again(db: &TestDatabase) {
    let pool = db.pool(1);
    runtime().block_on(async {
        let marked: StoreResult<()> = pool
            .run(|conn| {
                // A mark that only this connection has, and an error that its own code passes over.
                conn.batch_execute("CREATE TEMP TABLE mark (x INTEGER)").ok();
                assert!(conn.batch_execute("SELECT nothing FROM nowhere").is_err());
                Ok(())
            })
            .await;
        marked.expect("the error was passed over");
        let found = pool.run(|conn| StoreResult::Ok(conn.batch_execute("SELECT x FROM mark").is_ok())).await;
        assert!(!found.expect("a new connection"));
        assert_eq!(count(&pool).await.expect("a new connection"), 0);
    });
}

fn readers_cannot_write(db: &TestDatabase) {
    let pool = db.pool(1);
    runtime().block_on(async {
        let refused = pool
            .run(|conn| {
                let row = (setting::name.eq("a"), setting::value.eq("1"));
                diesel::insert_into(setting::table).values(row).execute(conn).map_err(StoreError::from)
            })
            .await;
        assert!(matches!(refused, Err(StoreError::Broken(_))), "{refused:?}");
        assert_eq!(count(&pool).await.expect("a new connection"), 0);
    });
}

fn connections_are_opened_as_they_are_needed(db: &TestDatabase) {
    let pool = db.pool(3);
    runtime().block_on(async {
        assert_eq!(pool.state().open, 1);
        use_at_once(&pool, 3).await;
        assert_eq!(pool.state().open, 3);
    });
}

/// Has so many at work at the same time, each on a connection of its own.
async fn use_at_once(pool: &Pool, many: usize) {
    let all_there = Arc::new(Barrier::new(many));
    let works = (0..many).map(|_| {
        let (pool, all_there) = (pool.clone(), Arc::clone(&all_there));
        let work = move |conn: &mut AnyConnection| {
            all_there.wait();
            StoreResult::<i64>::Ok(setting::table.count().get_result(conn)?)
        };
        tokio::spawn(async move { pool.run(work).await })
    });
    for work in works.collect::<Vec<_>>() {
        assert_eq!(work.await.expect("work").expect("a count"), 0);
    }
}

/// At most the one request that meets a dead connection fails: the idle ones are not tried in turn.
fn lost_connections_are_replaced_at_once(db: &TestDatabase) {
    if db.backend() == Backend::Sqlite {
        return; // There is no server to lose.
    }
    let pool = db.pool(6);
    runtime().block_on(async {
        use_at_once(&pool, 6).await;
        assert_eq!(pool.state().idle, 6);
        db.disconnect_all();
        let begun = Instant::now();
        let first = count(&pool).await;
        assert!(matches!(first, Err(StoreError::Broken(_))), "{first:?}");
        for _ in 0..12 {
            count(&pool).await.expect("a new connection");
        }
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    });
}
