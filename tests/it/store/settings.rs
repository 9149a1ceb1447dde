//! What the service relies on is really set, on every connection, and where it cannot be the connection is refused.

use std::fs;

use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreError;
use diesel::prelude::*;
use diesel::sql_types::Text;
use libtest_mimic::Completion;

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestDatabase: every_connection_has_its_settings;
    once:
    an_sqlite_file_is_for_its_owner,
    what_is_not_there_is_not_read,
    a_file_that_is_no_database_is_refused,
    another_machine_without_tls_is_refused,
);

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    value: String,
}

fn shown(conn: &mut AnyConnection, query: &str) -> String {
    diesel::sql_query(query).get_result::<Setting>(conn).expect(query).value
}

fn every_connection_has_its_settings(db: &TestDatabase) {
    for purpose in [Purpose::Read, Purpose::Write, Purpose::Maintain, Purpose::Inspect] {
        let conn = &mut db.open(purpose);
        match db.backend() {
            Backend::Sqlite => sqlite(conn, purpose),
            Backend::Postgres => postgres(conn, purpose),
        }
    }
}

fn sqlite(conn: &mut AnyConnection, purpose: Purpose) {
    for (pragma, column, expected) in [
        ("busy_timeout", "timeout", "5000"),
        ("journal_mode", "journal_mode", "wal"),
        ("synchronous", "synchronous", "2"),
        ("foreign_keys", "foreign_keys", "1"),
        ("trusted_schema", "trusted_schema", "0"),
        ("cell_size_check", "cell_size_check", if purpose.only_reads() { "0" } else { "1" }),
        ("secure_delete", "secure_delete", "1"),
        ("cache_size", "cache_size", if purpose.only_reads() { "-4096" } else { "-16384" }),
        ("query_only", "query_only", if purpose.only_reads() { "1" } else { "0" }),
    ] {
        let query = format!("SELECT CAST({column} AS TEXT) AS value FROM pragma_{pragma}");
        assert_eq!(shown(conn, &query), expected, "{pragma} of {purpose:?}");
    }
}

fn postgres(conn: &mut AnyConnection, purpose: Purpose) {
    let (statement, idle) = match purpose {
        Purpose::Read => ("5s", "10s"),
        Purpose::Write => ("10s", "10s"),
        Purpose::Maintain | Purpose::Inspect => ("0", "0"),
    };
    for (setting, expected) in [
        ("statement_timeout", statement),
        ("idle_in_transaction_session_timeout", idle),
        ("application_name", "child-index"),
        ("client_encoding", "UTF8"),
        ("TimeZone", "UTC"),
        ("synchronous_commit", "on"),
        ("default_transaction_read_only", if purpose.only_reads() { "on" } else { "off" }),
    ] {
        let query = format!("SELECT current_setting('{setting}') AS value");
        assert_eq!(shown(conn, &query), expected, "{setting} of {purpose:?}");
    }
}

fn an_sqlite_file_is_for_its_owner() -> Completion {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("index.db");
    let mut conn = AnyConnection::open(&DatabaseUrl::sqlite(&file), Purpose::Maintain).expect("a new index");
    child_index::store::migrations::migrate(&mut conn).expect("up");
    for entry in fs::read_dir(dir.path()).expect("the directory") {
        let entry = entry.expect("a file");
        let mode = entry.metadata().expect("its mode").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.path());
    }
    Completion::Completed
}

fn what_is_not_there_is_not_read() -> Completion {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("index.db");
    refused(&format!("sqlite:{}", file.display()), Purpose::Read, "not there yet");
    assert!(!file.exists(), "asking does not make it");
    refused(&format!("sqlite:{}/nowhere/index.db", dir.path().display()), Purpose::Write, "cannot be created");
    refused("postgres:///index?host=/nowhere/at/all&user=nobody", Purpose::Read, "cannot be reached");
    Completion::Completed
}

fn a_file_that_is_no_database_is_refused() -> Completion {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("index.db");
    fs::write(&file, "Dear diary, ".repeat(1000)).expect("a file");
    refused(&format!("sqlite:{}", file.display()), Purpose::Write, "file is not a database");
    Completion::Completed
}

fn another_machine_without_tls_is_refused() -> Completion {
    if cfg!(feature = "postgres-tls") {
        refused("postgres://bob:s3cret@db.invalid/x?sslmode=prefer", Purpose::Write, "sslmode=verify-full");
    } else {
        refused("postgres://bob:s3cret@db.invalid/x", Purpose::Write, "--features postgres-tls");
    }
    Completion::Completed
}

fn refused(url: &str, purpose: Purpose, words: &str) {
    let url: DatabaseUrl = url.parse().expect("a URL");
    let Err(StoreError::Broken(cause)) = AnyConnection::open(&url, purpose) else { panic!("{url} was opened") };
    assert!(cause.to_string().contains(words), "{cause}");
    assert!(!cause.to_string().contains("s3cret"), "{cause}");
}
