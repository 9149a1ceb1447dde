//! The roles of `scripts/postgres_roles.sql`: the service can record and can change nothing that is recorded, an auditor can
//! verify. Row 13.2.2 of the security table.

use child_index::app::Index;
use child_index::app::clock::Clock;
use child_index::app::log_upkeep::record_export;
use child_index::app::operators::Operator;
use child_index::domain::instants::Instant;
use child_index::store::audit;
use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::pools::Pool;
use child_index::store::recorder::Recorder;
use diesel::connection::SimpleConnection as _;
use libtest_mimic::Completion;

use crate::databases::{Backend, TestDatabase};
use crate::indexes::settings;
use crate::suite::suite;

suite!(TestDatabase: the_service_records_and_changes_nothing_recorded);

const RIGHTS: &str = include_str!("../../../scripts/postgres_roles.sql");

/// The URL of a role that has these rights on the case's schema.
fn role(db: &TestDatabase, schema: &str, kind: &str) -> (String, DatabaseUrl) {
    let name = format!("{schema}_{kind}");
    db.administer(&format!("CREATE ROLE {name} LOGIN; ALTER ROLE {name} SET search_path = {schema}"));
    let url = db.url_text().replace(&format!("user={schema}"), &format!("user={name}"));
    (name, url.parse().expect("a URL"))
}

fn the_service_records_and_changes_nothing_recorded(db: &TestDatabase) -> Completion {
    if db.backend() == Backend::Sqlite {
        return Completion::ignored_with("SQLite has no roles");
    }
    let schema = db.url_text().rsplit_once("user=").expect("a user").1.to_owned();
    let ((service, service_url), (auditor, auditor_url)) = (role(db, &schema, "service"), role(db, &schema, "auditor"));
    let rights = RIGHTS.replace("child_index_service", &service).replace("child_index_auditor", &auditor);
    db.connect().batch_execute(&rights.replace("SCHEMA public", &format!("SCHEMA {schema}"))).expect("rights");

    let clock = Clock::standing_at(Instant::parse("2026-11-20T10:00:00Z").expect("an instant"));
    let pool = Pool::open(&service_url, Some(2)).expect("a pool");
    let recorder = Recorder::start(&service_url).expect("a recorder");
    let index = Index::new(pool, recorder, clock.clone(), settings());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let operator = Operator { name: "ada".into(), command: "a test", clock };
    for _ in 0..300 {
        runtime.block_on(record_export(index.recorder(), &operator)).expect("recorded");
    }
    assert!(runtime.block_on(index.is_ready()));
    runtime.block_on(index.forget_expired()).expect("upkeep");
    let conn = &mut AnyConnection::open(&service_url, Purpose::Write).expect("a connection");
    audit::catch_up(conn).expect("derived");
    for _ in 0..2 {
        audit::keep_checkpoint(conn, "log.example", 300, "a note").expect("kept, and renewed");
    }
    db.connect().batch_execute("DELETE FROM audit_checkpoint").expect("the owner may");

    let mut reader = AnyConnection::open(&auditor_url, Purpose::Inspect).expect("a connection");
    assert_eq!(audit::verify(&mut reader, &[]).expect("whole").head.size, 300);
    for forbidden in [
        "UPDATE audit_event SET outcome = 'none'",
        "DELETE FROM audit_event WHERE idx = 299",
        "TRUNCATE audit_event",
        "UPDATE audit_payload SET salt = ''",
        "DELETE FROM audit_payload",
        "UPDATE audit_tile SET hashes = ''",
        "DELETE FROM audit_tile",
        "DELETE FROM audit_by_child",
        "UPDATE audit_by_account SET idx = 0",
        "DELETE FROM audit_checkpoint",
        "DELETE FROM audit_head",
        "INSERT INTO audit_head SELECT * FROM audit_head",
        "DELETE FROM __diesel_schema_migrations",
        "DROP TABLE audit_event",
    ] {
        for url in [&service_url, &auditor_url] {
            let mut conn = AnyConnection::open(url, Purpose::Write).expect("a connection");
            let refused = conn.batch_execute(forbidden).expect_err(forbidden).to_string();
            assert!(
                refused.contains("permission denied") || refused.contains("must be owner"),
                "{forbidden}: {refused}"
            );
        }
    }
    let refused = reader.batch_execute("SELECT count(*) FROM child").expect_err("not theirs").to_string();
    assert!(refused.contains("permission denied"), "{refused}");
    Completion::Completed
}
