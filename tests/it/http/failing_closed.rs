//! What cannot be recorded is not disclosed, and what has come back is answered again.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;

use child_index::store::audit;
use child_index::store::connections::AnyConnection;
use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::apps::{Answer, Known, TestApp};
use crate::logs::SignedLog;
use crate::suite::suite;

suite!(TestApp:
    nothing_is_told_while_nothing_can_be_recorded,
    a_change_that_cannot_be_recorded_is_not_made,
    nothing_is_told_while_the_log_cannot_be_signed,
    a_slow_recorder_and_a_full_queue_tell_nothing,
    a_full_disk_tells_nothing,
);

fn nothing_is_told_while_nothing_can_be_recorded(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let criteria = json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.search(&criteria).ok()["outcome"], "found");
    let before = app.events().len();
    break_the_log(app);
    for answer in [
        nurse.search(&criteria),
        nurse.read(&child),
        nurse.contacts(&child),
        nurse.get(&child.involvements()),
        nurse.get("/v1/children/7K3M-9XQ2-4HT8"),
        app.manager().get("/v1/organisations"),
    ] {
        answer.is_refused(503, "audit-unavailable");
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        assert!(answer.header("audit-receipt").is_empty(), "{answer:?}");
        for personal in ["Okafor", "Chidera", "2015-03-02", "High Street", child.number.as_str()] {
            assert!(!answer.text.contains(personal), "{answer:?}");
        }
    }
    mend_the_log(app);
    // The service recovers by itself, and has recorded nothing of what it did not tell.
    nurse.read(&child).ok();
    assert_eq!(app.events().len(), before + 1);
}

fn a_change_that_cannot_be_recorded_is_not_made(app: &TestApp) {
    let nurse = app.practitioner();
    let new = json!({"name": {"family": "Kowalczyk", "given": "Tomasz"}, "date_of_birth": "2012-07-19"});
    break_the_log(app);
    nurse.register(&new).is_refused(503, "audit-unavailable");
    mend_the_log(app);
    let criteria = json!({"family_name": "Kowalczyk", "date_of_birth": "2012-07-19"});
    assert_eq!(nurse.search(&criteria).ok()["outcome"], "none", "nothing is half written");
    nurse.register(&new).with_status(201);
}

fn break_the_log(app: &TestApp) {
    app.connect().batch_execute("ALTER TABLE audit_event RENAME TO audit_event_away").expect("the log goes");
}

fn mend_the_log(app: &TestApp) {
    app.connect().batch_execute("ALTER TABLE audit_event_away RENAME TO audit_event").expect("the log comes back");
}

/// That nothing is told, and nothing personal in saying so.
#[track_caller]
fn tells_nothing(answer: &Answer, child: &Known) {
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    assert!(answer.header("audit-receipt").is_empty(), "{answer:?}");
    for personal in ["Okafor", "Chidera", "2015-03-02", "High Street", child.number.as_str()] {
        assert!(!answer.text.contains(personal), "{answer:?}");
    }
}

fn nothing_is_told_while_the_log_cannot_be_signed(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let log = SignedLog::new(app.index.clone());
    log.publish();
    nurse.read(&child).ok();
    log.keys.set(&[]);
    assert!(log.tick().is_err());
    let before = app.events().len();
    for answer in [nurse.read(&child), nurse.contacts(&child), nurse.search(&json!({"index_number": child.number}))] {
        tells_nothing(&answer, &child);
        answer.is_refused(503, "audit-unavailable");
    }
    app.send("GET", "/v1/audit/checkpoint", &[], None).is_refused(503, "log-not-signed");
    assert_eq!(app.events().len(), before);
    log.keys.set(&[1]);
    log.publish();
    nurse.read(&child).ok();
    app.send("GET", "/v1/audit/checkpoint", &[], None).with_status(200);
}

/// Keeps the recorder from doing anything until the sender goes.
fn hold_up(app: &TestApp) -> (mpsc::Sender<()>, JoinHandle<()>) {
    let (release, held) = mpsc::channel::<()>();
    let (begun, begins) = mpsc::channel();
    let index = app.index.clone();
    let holding = std::thread::spawn(move || {
        let work = move |_: &mut _| {
            begun.send(()).expect("somebody waits for it");
            // Ends when the sender does.
            drop(held.recv());
            Ok(())
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        drop(runtime.block_on(index.recorder().maintain(work)));
    });
    begins.recv().expect("the recorder takes it");
    (release, holding)
}

fn a_slow_recorder_and_a_full_queue_tell_nothing(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let (release, holding) = hold_up(app);
    // Slow: the answer does not come in time.
    let answer = nurse.read(&child);
    tells_nothing(&answer, &child);
    // Full: nobody has to wait to hear it.
    let index = app.index.clone();
    let crowd = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let waiting = (0..1_100).map(|_| index.record_start());
        runtime.block_on(futures_util::future::join_all(waiting)).iter().filter(|outcome| outcome.is_err()).count()
    });
    while app.index.recorder().tally().waiting.load(Ordering::Relaxed) < 1_024 {
        std::thread::yield_now();
    }
    let answer = nurse.read(&child);
    tells_nothing(&answer, &child);
    answer.is_refused(503, "busy");
    drop(release);
    holding.join().expect("released");
    assert!(crowd.join().expect("a crowd") >= 70, "the queue has its bound");
    // All that waited is done by now, or was left by those who waited for it.
    while app.index.recorder().tally().waiting.load(Ordering::Relaxed) > 0 {
        std::thread::yield_now();
    }
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
}

/// SQLite says that the disk is full when its file may not grow; PostgreSQL has no such word to a session.
fn a_full_disk_tells_nothing(app: &TestApp) {
    if matches!(app.connect(), AnyConnection::Postgres(_)) {
        return;
    }
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let index = app.index.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let fill = |conn: &mut AnyConnection| {
        // No larger than it is.
        conn.batch_execute("PRAGMA max_page_count = 1").expect("a pragma");
        Ok(())
    };
    runtime.block_on(index.recorder().maintain(fill)).expect("done");
    let mut recorded = 0;
    let refused = loop {
        let before = app.events().len();
        let answer = nurse.read(&child);
        if answer.status != 200 {
            assert_eq!(app.events().len(), before, "nothing is half recorded");
            break answer;
        }
        recorded += 1;
        assert!(recorded < 500, "the file may not grow");
    };
    tells_nothing(&refused, &child);
    // The recorder opens the file anew, where there is room again.
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
}
