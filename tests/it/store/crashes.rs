//! A process killed in mid-write: what it had acknowledged is there, and nothing is there by half.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::errors::StoreResult;
use child_index::store::schema::{audit_head, setting};
use child_index::store::transactions::write_tx;
use diesel::prelude::*;

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase: a_killed_writer_loses_nothing_that_it_acknowledged);

/// Tells this binary to be the writer that is killed, on the database of this URL.
const CHILD: &str = "CHILD_INDEX_TEST_WRITER";
/// Rows of one transaction: all of them or none.
const ROWS: i64 = 5;

/// Where this process was started as the writer: writes and acknowledges until it is killed.
pub fn play_the_child() -> Option<ExitCode> {
    let url: DatabaseUrl = env::var(CHILD).ok()?.parse().expect("a URL");
    let mut conn = AnyConnection::open(&url, Purpose::Write).expect("a connection");
    loop {
        let size = write_tx(&mut conn, write_some).expect("a commit");
        let mut out = std::io::stdout().lock();
        if writeln!(out, "{size}").and_then(|()| out.flush()).is_err() {
            return Some(ExitCode::FAILURE);
        }
    }
}

fn write_some(conn: &mut AnyConnection) -> StoreResult<i64> {
    let size: i64 = diesel::update(audit_head::table)
        .set(audit_head::size.eq(audit_head::size + 1))
        .returning(audit_head::size)
        .get_result(conn)?;
    for row in 0..ROWS {
        let name = format!("{size:09}.{row}");
        diesel::insert_into(setting::table).values((setting::name.eq(name), setting::value.eq("1"))).execute(conn)?;
    }
    Ok(size)
}

fn a_killed_writer_loses_nothing_that_it_acknowledged(db: &TestDatabase) {
    let mut before = 0;
    for round in 1..=6_u64 {
        let mut writer = Command::new(env::current_exe().expect("this binary"))
            .env(CHILD, db.url_text())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the writer");
        let mut answers = BufReader::new(writer.stdout.take().expect("its answers")).lines();
        // Each time a little later, so that it dies in another place.
        let end = Instant::now() + Duration::from_millis(round * 7);
        let mut acknowledged = 0;
        while acknowledged == 0 || Instant::now() < end {
            acknowledged = answers.next().expect("an answer").expect("a line").parse().expect("a size");
        }
        writer.kill().expect("kill -9");
        writer.wait().expect("its end");
        for rest in answers {
            acknowledged = rest.ok().and_then(|line| line.parse().ok()).unwrap_or(acknowledged);
        }
        before = verify(db, before, acknowledged);
    }
}

/// Compares what is there with what was acknowledged, and gives how much is there.
fn verify(db: &TestDatabase, before: i64, acknowledged: i64) -> i64 {
    // A server may still be at the last thing its client asked for.
    db.disconnect_all();
    let conn = &mut db.connect();
    let size: i64 = audit_head::table.select(audit_head::size).get_result(conn).expect("the head");
    assert!(acknowledged > before, "the writer got nowhere");
    assert!(size >= acknowledged, "{acknowledged} were acknowledged, {size} are there");
    assert!(size <= acknowledged + 1, "at most the one that could not be acknowledged any more");
    let rows: Vec<String> = setting::table.select(setting::name).order(setting::name).load(conn).expect("the rows");
    let expected: Vec<_> = (1..=size).flat_map(|size| (0..ROWS).map(move |row| format!("{size:09}.{row}"))).collect();
    assert_eq!(rows, expected, "nothing by half");
    if let AnyConnection::Sqlite(inner) = conn {
        #[derive(QueryableByName)]
        struct Check {
            #[diesel(sql_type = diesel::sql_types::Text)]
            integrity_check: String,
        }
        let check: Check = diesel::sql_query("PRAGMA integrity_check").get_result(inner).expect("a check");
        assert_eq!(check.integrity_check, "ok");
    }
    size
}
