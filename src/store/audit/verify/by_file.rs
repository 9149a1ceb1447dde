//! That reading the file finds what reading through the connection finds: the same fault at the same place.

use super::log_file::LogFile;
use super::second::copied;
use super::tampering::{Change, changed_cells, changed_rows, expected, run, small_log};
use super::trials::tried;
use super::{stored_head, verify, verify_against};
use crate::store::audit::examples::{Fresh, example};
use crate::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use crate::store::transactions::read_tx;

/// Has the change made, committed and looked for in the file of a copy.
fn in_the_file(log: &mut Fresh, change: &str) -> Option<String> {
    let copy = copied(log, "by_file.db");
    let mut conn = AnyConnection::open(&DatabaseUrl::sqlite(copy), Purpose::Maintain).unwrap();
    let made = run(&mut conn, change);
    let outcome =
        made.ok().map(|()| format!("{:?}", verify_against(&mut conn, &expected()).map(|(summary, _)| summary)));
    // The write-ahead log of one copy must not be found beside the next.
    drop(conn);
    outcome
}

#[test]
fn the_file_shows_every_change_that_the_connection_shows() {
    let mut log = small_log();
    let cells = changed_cells(&mut log.conn).into_iter().step_by(499);
    let changes: Vec<Change> = cells.chain(changed_rows(&mut log.conn).into_iter().step_by(2)).collect();
    assert!(changes.len() > 150, "{}", changes.len());
    for Change { sql, .. } in &changes {
        let shared = tried(&mut log.conn, sql, &expected()).map(|outcome| format!("{outcome:?}"));
        assert_eq!(in_the_file(&mut log, sql), shared, "{sql}");
    }
}

#[test]
fn the_file_is_read_only_where_it_shows_what_the_connection_sees() {
    let mut log = Fresh::with_events(700);
    let file = LogFile::beside(&mut log.conn).unwrap().unwrap();
    let head = stored_head(&mut log.conn).unwrap();
    assert!(file.agrees_with(&head).unwrap());
    let whole = verify(&mut log.conn, &[]).unwrap();
    assert_eq!((whole.head.size, whole.derived_to), (700, Some(700)));

    // It goes on seeing the log as it was.
    log.append(&[example(700)]);
    let newer = stored_head(&mut log.conn).unwrap();
    assert!(file.agrees_with(&head).unwrap());
    assert!(!file.agrees_with(&newer).unwrap());
    assert_eq!(verify(&mut log.conn, &[]).unwrap().head.size, 701);

    // In a transaction, the connection alone knows.
    let beside = read_tx(&mut log.conn, LogFile::beside).unwrap();
    assert!(beside.is_none());
}
