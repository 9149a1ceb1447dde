//! A PostgreSQL that restarts under load is found again within two seconds of answering.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::migrations::migrate;
use child_index::store::pools::Pool;
use child_index::store::schema::setting;
use diesel::prelude::*;
use libtest_mimic::Completion;
use tokio::runtime::Builder;

use crate::databases::{Unavailable, start_cluster};
use crate::suite::suite;

suite!(; once: a_restart_under_load_is_over_in_two_seconds);

fn a_restart_under_load_is_over_in_two_seconds() -> Completion {
    let mut cluster = match start_cluster() {
        Ok(cluster) => cluster,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let url: DatabaseUrl = cluster.administration().parse().expect("the suite's own URL");
    migrate(&mut AnyConnection::open(&url, Purpose::Maintain).expect("a connection")).expect("up");
    let pool = Pool::open(&url, Some(4)).expect("a pool");

    let (stop, served) = (AtomicBool::new(false), AtomicU32::new(0));
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
                while !stop.load(Ordering::Relaxed) {
                    match runtime.block_on(count(&pool)) {
                        Ok(_) => drop(served.fetch_add(1, Ordering::Relaxed)),
                        Err(StoreError::Busy | StoreError::Broken(_)) => thread::sleep(Duration::from_millis(10)),
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
        wait_until(&served, 100, Duration::from_secs(10));
        cluster.halt();
        // Long enough for r2d2 to have waited longer and longer between its attempts.
        thread::sleep(Duration::from_millis(1500));
        cluster.resume().expect("the server again");
        let waited = wait_until(&served, 100, Duration::from_secs(2));
        stop.store(true, Ordering::Relaxed);
        assert!(waited, "not served again within two seconds");
    });
    Completion::Completed
}

async fn count(pool: &Pool) -> StoreResult<i64> {
    pool.run(|conn| Ok(setting::table.count().get_result(conn)?)).await
}

/// Whether this many more were served in this time.
fn wait_until(served: &AtomicU32, more: u32, patience: Duration) -> bool {
    let (goal, end) = (served.load(Ordering::Relaxed) + more, Instant::now() + patience);
    while served.load(Ordering::Relaxed) < goal && Instant::now() < end {
        thread::sleep(Duration::from_millis(5));
    }
    served.load(Ordering::Relaxed) >= goal
}
