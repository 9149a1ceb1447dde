//! What cannot be recorded is not disclosed, and what has come back is answered again.

use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;

use child_index::api::auth::LocalIssuer;
use child_index::config::AuditSettings;
use child_index::server;
use child_index::store::audit;
use child_index::store::connections::AnyConnection;
use diesel::connection::SimpleConnection;
use libtest_mimic::Completion;
use serde_json::json;

use crate::apps::{Answer, Known, Person, TestApp};
use crate::databases::{TestDatabase, Unavailable};
use crate::logs::SignedLog;
use crate::suite::{Fixture as _, suite};

suite!(TestApp:
    nothing_is_told_while_nothing_can_be_recorded,
    a_change_that_cannot_be_recorded_is_not_made,
    nothing_is_told_while_the_log_cannot_be_signed,
    nothing_is_told_while_the_key_file_is_missing,
    a_slow_recorder_and_a_full_queue_tell_nothing,
    a_full_disk_tells_nothing,
    a_disk_that_is_full_when_it_comes_to_committing_tells_nothing,
    files_that_are_gone_tell_nothing;
    once: a_server_that_is_gone_tells_nothing,
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

/// That none of the ways to a child tells anything.
#[track_caller]
fn nothing_is_told(nurse: &Person<'_>, child: &Known) {
    let criteria = json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"});
    for answer in [nurse.read(child), nurse.contacts(child), nurse.search(&criteria), nurse.get(&child.involvements())]
    {
        tells_nothing(&answer, child);
    }
}

/// With the files of a real service: the key goes, and comes back.
fn nothing_is_told_while_the_key_file_is_missing(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let folder = tempfile::tempdir().expect("a folder");
    let (key, away) = (folder.path().join("audit.key"), folder.path().join("away"));
    std::fs::write(&key, LocalIssuer::generate().expect("a key").to_pem()).expect("a file");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&key, mode).expect("for nobody else");
    let settings = AuditSettings {
        key_file: Some(key.clone()),
        high_water_file: Some(folder.path().join("mark")),
        ..AuditSettings::default()
    };
    let mut publisher = server::publisher(&settings, &app.index).expect("it signs");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut tick = || runtime.block_on(publisher.tick());
    tick().expect("signed");
    nurse.read(&child).ok();
    std::fs::rename(&key, &away).expect("it goes");
    let why = tick().expect_err("there is no key").to_string();
    assert!(why.contains("audit.key") && why.contains("nothing is disclosed"), "{why}");
    let before = app.events().len();
    nothing_is_told(&nurse, &child);
    assert_eq!(app.events().len(), before);
    std::fs::rename(&away, &key).expect("it comes back");
    tick().expect("signed");
    nurse.read(&child).ok();
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
            let _released = held.recv();
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
    // Full: whoever is not let in hears it.
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
    assert!(crowd.join().expect("a crowd") >= 70, "no more are let in than their turn comes soon");
    // All that waited is done by now, or was left by those who waited for it.
    while app.index.recorder().tally().waiting.load(Ordering::Relaxed) > 0 {
        std::thread::yield_now();
    }
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
}

/// SQLite says that the disk is full when its file may not grow; PostgreSQL is made to say so with its own code.
fn a_full_disk_tells_nothing(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    nurse.read(&child).ok();
    let conn = &mut app.connect();
    if matches!(conn, AnyConnection::Postgres(_)) {
        conn.batch_execute(DISK_FULL).expect("a function");
        conn.batch_execute("CREATE TRIGGER full_disk BEFORE INSERT ON audit_payload EXECUTE FUNCTION full_disk()")
            .expect("a trigger");
        let before = app.events().len();
        nothing_is_told(&nurse, &child);
        assert_eq!(app.events().len(), before, "nothing is half recorded");
        conn.batch_execute("DROP TRIGGER full_disk ON audit_payload").expect("room again");
    } else {
        fill_the_file(app, &nurse, &child);
    }
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
}

/// Lets the recorder's file grow no more until it opens it anew, and asks until that tells.
fn fill_the_file(app: &TestApp, nurse: &Person<'_>, child: &Known) {
    let index = app.index.clone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let fill = |conn: &mut AnyConnection| {
        // No larger than it is.
        conn.batch_execute("PRAGMA max_page_count = 1").expect("a pragma");
        Ok(())
    };
    runtime.block_on(index.recorder().maintain(fill)).expect("done");
    let mut recorded = 0;
    loop {
        let before = app.events().len();
        let answer = nurse.read(child);
        if answer.status != 200 {
            assert_eq!(app.events().len(), before, "nothing is half recorded");
            return tells_nothing(&answer, child);
        }
        recorded += 1;
        assert!(recorded < 500, "the file may not grow");
    }
}

/// Fails as the server does when it cannot write: 53100, disk_full.
const DISK_FULL: &str = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN \
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$";

/// The statements succeed and the commit does not, as where the write-ahead log cannot be written. SQLite writes it before
/// it commits, so that the case above is this one.
fn a_disk_that_is_full_when_it_comes_to_committing_tells_nothing(app: &TestApp) -> Completion {
    let conn = &mut app.connect();
    if matches!(conn, AnyConnection::Sqlite(_)) {
        return Completion::ignored_with("SQLite writes before it commits");
    }
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    nurse.read(&child).ok();
    conn.batch_execute(DISK_FULL).expect("a function");
    let trigger = "CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON audit_event DEFERRABLE INITIALLY DEFERRED \
                   FOR EACH ROW EXECUTE FUNCTION full_disk()";
    conn.batch_execute(trigger).expect("a trigger");
    let before = app.events().len();
    nothing_is_told(&nurse, &child);
    assert_eq!(app.events().len(), before, "nothing is recorded");
    conn.batch_execute("DROP TRIGGER full_disk ON audit_event").expect("room again");
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
    Completion::Completed
}

/// An SQLite file that is moved away under the service would be written to all the same, and lost with the process.
fn files_that_are_gone_tell_nothing(app: &TestApp) -> Completion {
    let url = app.database_url();
    let Some(path) = url.sqlite_path() else { return Completion::ignored_with("its files are the server's") };
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    nurse.read(&child).ok();
    let moved = |from: &str, to: &str| {
        for end in ["", "-wal", "-shm"] {
            let at = |name: &str| path.with_file_name(format!("{name}{end}"));
            std::fs::rename(at(from), at(to)).expect("moved");
        }
    };
    let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
    moved(name, "away");
    nothing_is_told(&nurse, &child);
    assert!(!path.exists(), "nothing new is made in its place");
    moved("away", name);
    nurse.read(&child).ok();
    audit::verify(&mut app.connect(), &[]).expect("whole");
    Completion::Completed
}

fn a_server_that_is_gone_tells_nothing() -> Completion {
    let (database, mut cluster) = match TestDatabase::alone() {
        Ok(both) => both,
        Err(Unavailable::NotInstalled) => return Completion::ignored_with("PostgreSQL is not installed"),
        Err(Unavailable::Failed(why)) => panic!("{why}"),
    };
    let app = TestApp::on(database);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    nurse.read(&child).ok();
    cluster.halt();
    nothing_is_told(&nurse, &child);
    cluster.resume().expect("the server again");
    // The pool opens its connections anew by itself, in less than two seconds.
    let answered = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        nurse.read(&child).status == 200
    });
    assert!(answered, "it answers again without being started again");
    audit::verify(&mut app.connect(), &[]).expect("whole");
    Completion::Completed
}
