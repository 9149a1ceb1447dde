//! Logs tampered with in every way a database administrator could think of, each of which must be found; and honest
//! logs, of which none may be.

use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{Expectations, Fault, Finding, Summary, VerifyError, verify, verify_against};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::checkpoints::{Checkpoint, KeyRing};
use crate::domain::audit::events::Event;
use crate::domain::audit::note_keys::{KeyKind, NoteSigner, VerifierKey};
use crate::domain::audit::payloads::Redacted;
use crate::domain::audit::tree::{EMPTY_ROOT, TreeHead};
use crate::store::audit::examples::{Fresh, example, instant};
use crate::store::audit::{catch_up, get_head, keep_checkpoint};
use crate::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use crate::store::dialect::on_each;
use crate::store::errors::StoreError;
use crate::store::transactions::write_tx;

/// Events in the small log: fourteen examples, a redaction of the first three, one more example.
const SMALL: u64 = 16;

/// Tables of the log, their columns that may be changed, and the columns that name a row.
const TABLES: [(&str, &[&str], &[&str]); 8] = [
    (
        "audit_event",
        &["idx", "at", "action", "outcome", "reason", "strength", "children", "payload_hash", "leaf"],
        &["idx"],
    ),
    ("audit_payload", &["idx", "salt", "body"], &["idx"]),
    ("audit_head", &["size", "root", "frontier", "derived_to"], &["id"]),
    ("audit_by_child", &["pseudonym", "idx"], &["pseudonym", "idx"]),
    ("audit_by_account", &["account_id", "idx"], &["account_id", "idx"]),
    ("audit_by_organisation", &["organisation_id", "idx"], &["organisation_id", "idx"]),
    ("audit_by_token", &["token", "idx"], &["token", "idx"]),
    ("audit_by_kind", &["kind", "idx"], &["kind", "idx"]),
];

/// Checkpoints that were kept, and the columns that name one. To lose one loses nothing of the log: who checks it holds
/// theirs.
const CHECKPOINTS: (&str, &[&str], &[&str]) = ("audit_checkpoint", &["origin", "size", "note"], &["origin", "size"]);

const ORIGIN: &str = "log.example/small";

fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(name, kind, [seed; 32]).unwrap()
}

/// The keys of the log and of a witness.
pub(super) fn keys() -> [VerifierKey; 2] {
    [signer(ORIGIN, KeyKind::Log, 1), signer("w.example", KeyKind::Witness, 2)].map(|signer| signer.key().clone())
}

pub(super) fn expected() -> Expectations {
    Expectations { ring: KeyRing::new(keys()), ..Expectations::default() }
}

/// Signs where the log stands, and has it cosigned.
pub(super) fn sign(log: &mut Fresh) -> Checkpoint {
    let head = get_head(&mut log.conn).unwrap();
    let head = TreeHead { size: head.size(), root: head.root() };
    let mut checkpoint = Checkpoint::sign(ORIGIN, &head, &[signer(ORIGIN, KeyKind::Log, 1)]).unwrap();
    let line = signer("w.example", KeyKind::Witness, 2).sign(checkpoint.text(), 1_767_225_600);
    checkpoint.add(line);
    keep_checkpoint(&mut log.conn, ORIGIN, head.size, &checkpoint.to_string()).unwrap();
    checkpoint
}

pub(super) fn small_log() -> Fresh {
    let mut log = Fresh::new();
    sign(&mut log);
    let mut events: Vec<_> = (0..9).map(example).collect();
    log.append(&events);
    sign(&mut log);
    events = (9..14).map(example).collect();
    let redacted = Redacted { from: 0, to: 3, policy: "six-years".into() };
    events.push(Event::new(AuditAction::Redaction, Outcome::Done, instant(14)).redacting(redacted));
    events.push(example(15));
    log.append(&events);
    sign(&mut log);
    run(&mut log.conn, "DELETE FROM audit_payload WHERE idx < 3").unwrap();
    catch_up(&mut log.conn).unwrap();
    log
}

pub(super) fn run(conn: &mut AnyConnection, sql: &str) -> QueryResult<()> {
    on_each!(conn, |c| c.batch_execute(sql))
}

#[derive(QueryableByName)]
struct Words {
    #[diesel(sql_type = Text)]
    text: String,
}

/// Single texts that a query gives.
fn texts(conn: &mut AnyConnection, query: &str) -> Vec<String> {
    let rows: Vec<Words> = on_each!(conn, |c| sql_query(query).load(c)).unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

/// `WHERE` clauses, one for each row of a table.
fn rows_of(conn: &mut AnyConnection, table: &str, key: &[&str]) -> Vec<String> {
    let parts: Vec<_> = key.iter().map(|column| format!("'{column} = ' || quote({column})")).collect();
    texts(conn, &format!("SELECT {} AS text FROM {table} ORDER BY {}", parts.join(" || ' AND ' || "), key.join(", ")))
}

/// The values that a cell takes with single bits flipped, every `stride`th from `offset` on, as SQL.
fn flips(conn: &mut AnyConnection, table: &str, column: &str, row: &str, stride: usize, offset: usize) -> Vec<String> {
    let select = |value: &str| format!("SELECT {value} AS text FROM {table} WHERE {row}");
    let kind = texts(conn, &select(&format!("typeof({column})"))).remove(0);
    let bits = |length: usize| (offset % stride..length).step_by(stride);
    match kind.as_str() {
        "null" => vec!["'safeguarding'".into(), "''".into()],
        "integer" => {
            let number: i64 = texts(conn, &select(&format!("CAST({column} AS TEXT)")))[0].parse().unwrap();
            // The lowest number has no literal of its own.
            bits(64).map(|bit| (number ^ (1 << bit)).max(i64::MIN + 1).to_string()).collect()
        }
        kind => {
            let bytes = hex::decode(&texts(conn, &select(&format!("hex({column})")))[0]).unwrap();
            let flipped = bits(bytes.len() * 8).map(|bit| {
                let mut bytes = bytes.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                format!("CAST(x'{}' AS {kind})", hex::encode(bytes))
            });
            flipped
                .chain(["NULL".into(), format!("CAST(x'' AS {kind})"), format!("CAST({column} || x'00' AS {kind})")])
                .collect()
        }
    }
}

/// Every cell of the small log changed, in one bit, in length, or in type.
pub(super) fn changed_cells(conn: &mut AnyConnection, stride: usize) -> Vec<(String, Option<u64>)> {
    let mut changes = Vec::new();
    for (table, columns, key) in TABLES.into_iter().chain([CHECKPOINTS]) {
        for (number, row) in rows_of(conn, table, key).into_iter().enumerate() {
            let index = row.strip_prefix("idx = ").and_then(|index| index.parse().ok());
            for column in columns {
                let mut values = flips(conn, table, column, &row, stride, number);
                // The same value of another type hides from every comparison with the right one.
                let text = texts(conn, &format!("SELECT typeof({column}) AS text FROM {table} WHERE {row}")).remove(0);
                if *column != "idx" && text != "null" {
                    let other = if text == "blob" { "TEXT" } else { "BLOB" };
                    values.push(format!("CAST({column} AS {other})"));
                }
                let expected = index.filter(|_| *column != "idx");
                changes.extend(
                    values.into_iter().map(|value| {
                        (format!("UPDATE OR REPLACE {table} SET {column} = {value} WHERE {row}"), expected)
                    }),
                );
            }
        }
    }
    changes
}

/// So many cells of a log, drawn by lot, each changed in one bit.
pub(super) fn changed_cells_at(
    conn: &mut AnyConnection,
    dice: &mut ChaCha8Rng,
    count: usize,
) -> Vec<(String, Option<u64>)> {
    let mut changes = Vec::new();
    for _ in 0..count {
        let (table, columns, key) = TABLES[dice.random_range(0..2)];
        let rows = rows_of(conn, table, key);
        let row = &rows[dice.random_range(0..rows.len())];
        let column = columns[dice.random_range(0..columns.len())];
        let values = flips(conn, table, column, row, 1, 0);
        let value = &values[dice.random_range(0..values.len())];
        changes.push((format!("UPDATE OR REPLACE {table} SET {column} = {value} WHERE {row}"), None));
    }
    changes
}

/// Rows deleted, exchanged, invented and cut off.
fn changed_rows(conn: &mut AnyConnection) -> Vec<String> {
    let mut changes = Vec::new();
    for (table, _, key) in TABLES {
        changes.extend(rows_of(conn, table, key).iter().map(|row| format!("DELETE FROM {table} WHERE {row}")));
        changes.push(format!("DELETE FROM {table}"));
    }
    for index in 0..SMALL {
        let next = index + 1;
        // Cut off here, with payloads and look-ups, the head left as it was.
        changes.push(format!(
            "DELETE FROM audit_event WHERE idx >= {index}; DELETE FROM audit_payload WHERE idx >= {index};
             DELETE FROM audit_by_child WHERE idx >= {index}; DELETE FROM audit_by_account WHERE idx >= {index};
             DELETE FROM audit_by_organisation WHERE idx >= {index}; DELETE FROM audit_by_token WHERE idx >= {index};
             DELETE FROM audit_by_kind WHERE idx >= {index};"
        ));
        // Taken out, and those after it moved up.
        changes.push(format!(
            "DELETE FROM audit_event WHERE idx = {index}; DELETE FROM audit_payload WHERE idx = {index};
             UPDATE audit_event SET idx = -idx WHERE idx > {index}; UPDATE audit_event SET idx = -idx - 1 WHERE idx < 0;
             UPDATE audit_payload SET idx = -idx WHERE idx > {index};
             UPDATE audit_payload SET idx = -idx - 1 WHERE idx < 0;
             UPDATE audit_head SET size = size - 1, derived_to = size - 1;"
        ));
        for table in ["audit_event", "audit_payload"] {
            // Neighbours exchanged, and a copy of one put at the end.
            changes.push(format!(
                "UPDATE {table} SET idx = -1 WHERE idx = {index}; UPDATE {table} SET idx = {index} WHERE idx = {next};
                 UPDATE {table} SET idx = {next} WHERE idx = -1;"
            ));
            for place in [SMALL, SMALL + 5] {
                changes.push(format!(
                    "CREATE TEMP TABLE copied AS SELECT * FROM {table} WHERE idx = {index};
                     UPDATE copied SET idx = {place}; INSERT INTO {table} SELECT * FROM copied; DROP TABLE copied;"
                ));
            }
        }
        // Payload and salt of one event given to another.
        changes.push(format!(
            "UPDATE OR REPLACE audit_payload SET body = (SELECT body FROM audit_payload WHERE idx = {next}),
             salt = (SELECT salt FROM audit_payload WHERE idx = {next}) WHERE idx = {index} AND {next} < {SMALL};"
        ));
    }
    changes.extend(
        [
            "INSERT INTO audit_by_child VALUES (randomblob(16), 5)",
            "INSERT INTO audit_by_child VALUES (randomblob(16), 16)",
            "INSERT INTO audit_by_account SELECT account_id, 3000 FROM audit_by_account LIMIT 1",
            "INSERT INTO audit_by_account SELECT account_id, -1 FROM audit_by_account LIMIT 1",
            "INSERT INTO audit_by_organisation VALUES ('nobody', 15)",
            "INSERT INTO audit_by_token VALUES (randomblob(16), 5)",
            "INSERT INTO audit_by_kind VALUES ('child.read disclosed -', 16)",
            "INSERT INTO audit_payload SELECT -1, salt, body FROM audit_payload LIMIT 1",
            "INSERT INTO audit_payload SELECT 2, salt, body FROM audit_payload LIMIT 1",
            "INSERT INTO audit_tile VALUES (0, 0, randomblob(8192))",
            "INSERT INTO audit_tile VALUES (7, 1, x'')",
            "UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE size = 0) WHERE size = 9",
            "UPDATE OR REPLACE audit_checkpoint SET size = 16 WHERE size = 9",
            "INSERT INTO audit_checkpoint SELECT 'another', size, note FROM audit_checkpoint WHERE size = 9",
            "INSERT INTO audit_checkpoint SELECT origin, 17, replace(note, char(10) || '16' || char(10), char(10) || '17' || char(10))
             FROM audit_checkpoint WHERE size = 16",
            "UPDATE audit_head SET derived_to = derived_to - 1",
            "UPDATE audit_head SET size = 0, root = x'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
             frontier = x'', derived_to = 0",
        ]
        .map(String::from),
    );
    changes
}

pub(super) enum Trial {
    /// The change could not be made, or changed nothing.
    NoChange,
    Verified(Result<Summary, VerifyError>),
}

/// Verifies with the change made, and takes it back.
pub(super) fn tried(conn: &mut AnyConnection, change: &str) -> Trial {
    let mut trial = Trial::NoChange;
    let rolled_back = write_tx(conn, |conn| -> Result<(), StoreError> {
        let changes = |conn: &mut AnyConnection| texts(conn, "SELECT CAST(total_changes() AS TEXT) AS text").remove(0);
        let before = changes(conn);
        if run(conn, change).is_ok() && changes(conn) != before {
            trial = Trial::Verified(verify_against(conn, &expected()).map(|(summary, _)| summary));
        }
        Err(StoreError::Busy)
    });
    assert!(matches!(rolled_back, Err(StoreError::Busy)));
    trial
}

#[test]
fn honest_logs_are_whole_at_every_size() {
    let mut log = Fresh::new();
    let mut known = Vec::new();
    for size in 0..40 {
        let summary = verify(&mut log.conn, &known).unwrap();
        assert_eq!((summary.head.size, summary.redacted), (size, 0));
        known.push(summary.head);
        log.append(&[example(size)]);
        if size % 3 == 0 {
            catch_up(&mut log.conn).unwrap();
        }
    }
    assert_eq!(known[0].root, EMPTY_ROOT);
    for size in [255, 256, 257, 600] {
        let mut log = Fresh::with_events(size);
        let summary = verify(&mut log.conn, &[]).unwrap();
        assert_eq!(summary.head, TreeHead { size, root: get_head(&mut log.conn).unwrap().root() });
        assert_eq!(summary.derived_to, size);
    }
    let mut small = small_log();
    assert_eq!(verify(&mut small.conn, &[]).unwrap().redacted, 3);
}

#[test]
fn every_cell_that_is_changed_is_found_where_it_is() {
    let mut log = small_log();
    let mut tried_changes = 0;
    for (change, index) in changed_cells(&mut log.conn, 11) {
        match tried(&mut log.conn, &change) {
            Trial::NoChange => {}
            Trial::Verified(Err(VerifyError::Found(finding))) => {
                tried_changes += 1;
                assert!(index.is_none() || finding.index == index, "{change}: {finding}");
            }
            Trial::Verified(other) => panic!("{change}: {other:?}"),
        }
    }
    assert!(tried_changes > 5000, "{tried_changes}");
    verify(&mut log.conn, &[]).unwrap();
}

#[test]
fn every_row_deleted_exchanged_or_invented_is_found() {
    let mut log = small_log();
    let mut tried_changes = 0;
    for change in changed_rows(&mut log.conn) {
        match tried(&mut log.conn, &change) {
            Trial::NoChange => {}
            Trial::Verified(Err(VerifyError::Found(_))) => tried_changes += 1,
            Trial::Verified(other) => panic!("{change}: {other:?}"),
        }
    }
    assert!(tried_changes > 200, "{tried_changes}");
    verify(&mut log.conn, &[]).unwrap();
}

#[test]
fn tiles_are_found_changed_missing_or_too_many() {
    let mut log = Fresh::with_events(600);
    let mut find = |change: &str| match tried(&mut log.conn, change) {
        Trial::Verified(Err(VerifyError::Found(finding))) => finding,
        _ => panic!("{change}"),
    };
    for position in [0_u64, 1, 100, 255] {
        let change = format!(
            "UPDATE audit_tile SET hashes = CAST(substr(hashes, 1, {0}) || x'00' || substr(hashes, {0} + 2) AS BLOB)
             WHERE number = 1",
            position * 32 + 7
        );
        let finding = find(&change);
        assert_eq!(finding.index, Some(256 + position), "{finding}");
    }
    assert_eq!(find("DELETE FROM audit_tile WHERE number = 0").index, Some(0));
    assert_eq!(find("UPDATE audit_tile SET hashes = CAST(hashes || x'00' AS BLOB) WHERE number = 1").index, Some(511));
    assert_eq!(find("UPDATE audit_tile SET hashes = substr(hashes, 1, 32) WHERE number = 1").index, Some(257));
    for extra in ["(0, 2, x'')", "(1, 0, randomblob(8192))", "(-1, 0, x'')", "(0, -1, x'')"] {
        let finding = find(&format!("INSERT INTO audit_tile VALUES {extra}"));
        assert!(matches!(finding.fault, Fault::TileBeyondHead(_)), "{finding}");
    }
}

#[test]
fn a_log_rewritten_from_end_to_end_differs_from_an_earlier_root() {
    let mut log = Fresh::with_events(300);
    let earlier = TreeHead { size: 300, root: get_head(&mut log.conn).unwrap().root() };
    let tail: Vec<_> = (300..320).map(example).collect();
    log.append(&tail);
    assert!(verify(&mut log.conn, &[earlier]).is_ok());

    // The same events with other salts: whole in itself, and another log.
    let mut rewritten = Fresh::with_events(320);
    assert!(verify(&mut rewritten.conn, &[]).is_ok());
    let found = verify(&mut rewritten.conn, &[earlier]);
    let Err(VerifyError::Found(finding)) = found else { panic!("{found:?}") };
    assert_eq!(finding, Finding { index: Some(300), fault: Fault::DiffersFromKnown });

    let mut shorter = Fresh::with_events(299);
    let found = verify(&mut shorter.conn, &[earlier]);
    let Err(VerifyError::Found(finding)) = found else { panic!("{found:?}") };
    assert_eq!(finding, Finding { index: Some(299), fault: Fault::ShorterThanKnown(300) });
}

/// Runs the other verifier; `None` where there is no Python.
pub(super) fn other_verifier(file: &Path, known: &[TreeHead]) -> Option<(bool, String)> {
    let known = known.iter().map(|head| format!("{}:{}", head.size, head.root)).collect::<Vec<_>>();
    let keys = keys().map(|key| format!("--key={key}"));
    other_verifier_with(file, &[known.as_slice(), &keys].concat())
}

pub(super) fn other_verifier_with(file: &Path, arguments: &[String]) -> Option<(bool, String)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_log.py");
    let output = Command::new("python3").arg(script).arg(file).args(arguments).output().ok()?;
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned()))
}

/// A copy of a log in a file of its own.
pub(super) fn copied(log: &mut Fresh, name: &str) -> std::path::PathBuf {
    let path = log.directory().join(name);
    run(&mut log.conn, &format!("VACUUM INTO '{}'", path.display())).unwrap();
    path
}

#[test]
fn the_other_verifier_agrees() {
    let mut whole = Fresh::with_events(700);
    let head = TreeHead { size: 700, root: get_head(&mut whole.conn).unwrap().root() };
    let copy = copied(&mut whole, "copy.db");
    let Some(answer) = other_verifier(&copy, &[head]) else {
        println!("skipped: there is no python3 here");
        return;
    };
    assert_eq!(answer, (true, format!("ok 700 {}", head.root)));
    let (good, words) = other_verifier(&copy, &[TreeHead { root: EMPTY_ROOT, ..head }]).unwrap();
    assert!(!good && words.contains("known from elsewhere"), "{words}");

    let mut log = small_log();
    let cells = changed_cells(&mut log.conn, 61).into_iter().map(|(change, _)| change).step_by(97);
    let rows = changed_rows(&mut log.conn).into_iter().step_by(17);
    for (number, change) in std::iter::once("SELECT 1".to_owned()).chain(cells).chain(rows).enumerate() {
        let path = copied(&mut log, &format!("{number}.db"));
        let mut conn = AnyConnection::open(&DatabaseUrl::sqlite(&path), Purpose::Maintain).unwrap();
        // A change that a constraint refuses leaves the log as it was.
        let _refused = run(&mut conn, &change);
        let ours = verify_against(&mut conn, &expected());
        drop(conn);
        let (theirs, words) = other_verifier(&path, &[]).unwrap();
        assert_eq!(ours.is_ok(), theirs, "{change}: {ours:?}, {words}");
        std::fs::remove_file(path).unwrap();
    }
}
