//! Migrations go up, down and up again, refuse a schema they do not know, and may be run by several at once.

use std::thread::scope;

use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreError;
use child_index::store::migrations::{ensure_current, migrate, pending};
use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::catalogues;
use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    up_down_and_up_again_is_the_same,
    a_current_schema_is_served,
    an_older_schema_is_not_served_but_migrated,
    a_newer_schema_is_neither_served_nor_migrated,
    asking_changes_nothing,
    several_may_migrate_at_once,
);

pub const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
pub const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

fn revert_all(conn: &mut AnyConnection) {
    match conn {
        AnyConnection::Sqlite(inner) => drop(inner.revert_all_migrations(SQLITE).expect("down")),
        AnyConnection::Postgres(inner) => drop(inner.revert_all_migrations(POSTGRES).expect("down")),
    }
}

fn up_down_and_up_again_is_the_same(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    let before = catalogues::whole(conn);
    assert!(before.contains_key("child"), "{before:?}");
    revert_all(conn);
    assert_eq!(catalogues::whole(conn).into_keys().collect::<Vec<_>>(), [""; 0], "down leaves nothing");
    let names = migrate(conn).expect("up");
    assert!(names.first().is_some_and(|name| name.ends_with("_first")), "{names:?}");
    assert_eq!(catalogues::whole(conn), before);
    assert_eq!(migrate(conn).expect("nothing to do"), [""; 0]);
}

fn a_current_schema_is_served(db: &TestDatabase) {
    for purpose in [Purpose::Read, Purpose::Write] {
        let conn = &mut db.open(purpose);
        assert_eq!(pending(conn).expect("nothing"), [""; 0]);
        ensure_current(conn).expect("current");
    }
}

fn an_older_schema_is_not_served_but_migrated(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    revert_all(conn);
    let refusal = ensure_current(conn).expect_err("it is older");
    assert!(format!("{refusal:?}").contains("run child-index migrate"), "{refusal:?}");
    assert!(!pending(conn).expect("some").is_empty());
    migrate(conn).expect("up");
    ensure_current(conn).expect("current");
}

fn a_newer_schema_is_neither_served_nor_migrated(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    conn.batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231235959')")
        .expect("a newer one");
    for refusal in [ensure_current(conn).map(|()| Vec::new()), migrate(conn), pending(conn)] {
        let refusal = refusal.expect_err("it is newer");
        assert!(format!("{refusal:?}").contains("newer than this build"), "{refusal:?}");
    }
}

fn asking_changes_nothing(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    revert_all(conn);
    conn.batch_execute("DROP TABLE __diesel_schema_migrations").expect("a database that nobody has migrated");
    let read = &mut db.open(Purpose::Read);
    assert!(!pending(read).expect("all of them").is_empty());
    assert!(matches!(ensure_current(read), Err(StoreError::Broken(_))));
    migrate(conn).expect("up");
    ensure_current(read).expect("current");
}

fn several_may_migrate_at_once(db: &TestDatabase) {
    let url: DatabaseUrl = db.url();
    let conn = &mut db.open(Purpose::Maintain);
    revert_all(conn);
    let applied: usize = scope(|threads| {
        let nodes: Vec<_> = (0..4)
            .map(|_| {
                threads.spawn(|| {
                    let mut conn = AnyConnection::open(&url, Purpose::Maintain).expect("a connection");
                    migrate(&mut conn).expect("up").len()
                })
            })
            .collect();
        nodes.into_iter().map(|node| node.join().expect("a node")).sum()
    });
    let known: usize =
        diesel::migration::MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).expect("them").len();
    assert_eq!(applied, known, "one of them did the work");
    ensure_current(conn).expect("current");
}
