//! Small logs, and every way to tamper with one that a database administrator could think of, as SQL.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::Expectations;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::checkpoints::{Checkpoint, KeyRing};
use crate::domain::audit::events::Event;
use crate::domain::audit::note_keys::{KeyKind, NoteSigner, VerifierKey};
use crate::domain::audit::payloads::Redacted;
use crate::domain::audit::tree::{Frontier, TreeHead};
use crate::store::audit::examples::{Fresh, example, instant};
use crate::store::audit::{catch_up, find_event, get_head, keep_checkpoint};
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;

/// Events in the small log: fourteen examples, a redaction of the first three, one more example.
pub(super) const SMALL: u64 = 16;

/// Tables of the log, their columns that may be changed, and the columns that name a row.
const TABLES: [(&str, &[&str], &[&str]); 10] = [
    (
        "audit_event",
        &["idx", "at", "action", "outcome", "reason", "strength", "children", "payload_hash", "leaf"],
        &["idx"],
    ),
    ("audit_payload", &["idx", "salt", "body"], &["idx"]),
    ("audit_tile", &["level", "number", "hashes"], &["level", "number"]),
    ("audit_head", &["id", "size", "root", "frontier", "derived_to"], &["id"]),
    ("audit_by_child", &["key", "idx"], &["key", "idx"]),
    ("audit_by_account", &["key", "idx"], &["key", "idx"]),
    ("audit_by_organisation", &["key", "idx"], &["key", "idx"]),
    ("audit_by_token", &["key", "idx"], &["key", "idx"]),
    ("audit_by_kind", &["key", "idx"], &["key", "idx"]),
    ("audit_by_area", &["key", "idx"], &["key", "idx"]),
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

/// One way to tamper: statements, and the index of the event at which it must be found, where that is one.
pub(super) struct Change {
    pub(super) sql: String,
    pub(super) index: Option<u64>,
}

impl From<String> for Change {
    fn from(sql: String) -> Self {
        Self { sql, index: None }
    }
}

/// Single texts that a query gives.
pub(super) fn texts(conn: &mut AnyConnection, query: &str) -> Vec<String> {
    let rows: Vec<Words> = on_each!(conn, |c| sql_query(query).load(c)).unwrap();
    rows.into_iter().map(|row| row.text).collect()
}

/// `WHERE` clauses, one for each row of a table.
fn rows_of(conn: &mut AnyConnection, table: &str, key: &[&str]) -> Vec<String> {
    let parts: Vec<_> = key.iter().map(|column| format!("'{column} = ' || quote({column})")).collect();
    texts(conn, &format!("SELECT {} AS text FROM {table} ORDER BY {}", parts.join(" || ' AND ' || "), key.join(", ")))
}

/// The values that a cell takes with each single bit flipped, with another length and with none, as SQL.
struct Values {
    bytes: Vec<u8>,
    number: Option<i64>,
    kind: String,
    others: Vec<String>,
}

impl Values {
    fn of(conn: &mut AnyConnection, table: &str, column: &str, row: &str) -> Self {
        let mut read = |value: &str| texts(conn, &format!("SELECT {value} AS text FROM {table} WHERE {row}")).remove(0);
        let kind = read(&format!("typeof({column})"));
        let (mut number, mut bytes) = (None, Vec::new());
        let others: Vec<String> = match kind.as_str() {
            "null" => vec!["'safeguarding'".into(), "''".into()],
            "integer" => {
                number = read(&format!("CAST({column} AS TEXT)")).parse().ok();
                // The same value of another type hides from every comparison with the right one. A row's own number has
                // no other type.
                let is_rowid =
                    matches!((table, column), ("audit_event" | "audit_payload", "idx") | ("audit_head", "id"));
                if is_rowid { Vec::new() } else { vec![format!("CAST({column} AS BLOB)"), "NULL".into()] }
            }
            kind => {
                bytes = hex::decode(read(&format!("hex({column})"))).unwrap();
                let other = if kind == "blob" { "TEXT" } else { "BLOB" };
                let otherwise = ["NULL".into(), format!("CAST(x'' AS {kind})"), format!("CAST({column} AS {other})")];
                otherwise.into_iter().chain([format!("CAST({column} || x'00' AS {kind})")]).collect()
            }
        };
        Self { bytes, number, kind, others }
    }

    fn bits(&self) -> usize {
        if self.number.is_some() { 64 } else { self.bytes.len() * 8 }
    }

    fn len(&self) -> usize {
        self.bits() + self.others.len()
    }

    fn get(&self, at: usize) -> String {
        if let Some(other) = at.checked_sub(self.bits()) {
            return self.others[other].clone();
        }
        if let Some(number) = self.number {
            // The lowest number has no literal of its own.
            return (number ^ (1 << at)).max(i64::MIN + 1).to_string();
        }
        let mut bytes = self.bytes.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        format!("CAST(x'{}' AS {})", hex::encode(bytes), self.kind)
    }
}

fn cell_set(table: &str, column: &str, row: &str, value: &str) -> Change {
    let sql = format!("UPDATE OR REPLACE {table} SET {column} = {value} WHERE {row}");
    let index = row.strip_prefix("idx = ").filter(|_| column != "idx").and_then(|index| index.parse().ok());
    Change { sql, index }
}

/// Every cell of a log changed in each bit, in length, and in type.
pub(super) fn changed_cells(conn: &mut AnyConnection) -> Vec<Change> {
    let mut changes = Vec::new();
    for (table, columns, key) in TABLES.into_iter().chain([CHECKPOINTS]) {
        for row in rows_of(conn, table, key) {
            for column in columns {
                let values = Values::of(conn, table, column, &row);
                changes.extend((0..values.len()).map(|at| cell_set(table, column, &row, &values.get(at))));
            }
        }
    }
    changes
}

/// So many cells of a log, drawn by lot from every table alike, each changed in one way.
pub(super) fn sampled_cells(conn: &mut AnyConnection, dice: &mut ChaCha8Rng, count: usize) -> Vec<Change> {
    let tables: Vec<_> = TABLES.into_iter().chain([CHECKPOINTS]).collect();
    let rows: Vec<_> = tables.iter().map(|(table, _, key)| rows_of(conn, table, key)).collect();
    let mut changes = Vec::new();
    for _ in 0..count {
        let at = dice.random_range(0..tables.len());
        let ((table, columns, _), rows) = (tables[at], &rows[at]);
        let (row, column) = (&rows[dice.random_range(0..rows.len())], columns[dice.random_range(0..columns.len())]);
        let values = Values::of(conn, table, column, row);
        changes.push(cell_set(table, column, row, &values.get(dice.random_range(0..values.len()))));
    }
    changes
}

/// Rows deleted, exchanged, invented and cut off.
pub(super) fn changed_rows(conn: &mut AnyConnection) -> Vec<Change> {
    let mut changes = Vec::new();
    for (table, _, key) in TABLES {
        changes.extend(rows_of(conn, table, key).iter().map(|row| format!("DELETE FROM {table} WHERE {row}")));
        changes.push(format!("DELETE FROM {table}"));
    }
    (0..SMALL).for_each(|index| changes.extend(moved(index)));
    changes.into_iter().chain(INVENTED.map(String::from)).map(Change::from).collect()
}

/// What can be done about one event: cut off there, taken out, exchanged with the next, copied.
fn moved(index: u64) -> Vec<String> {
    let (next, mut changes) = (index + 1, Vec::new());
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
    // Neighbours exchanged, with their payloads or without.
    let swapped = |table: &str| {
        format!(
            "UPDATE {table} SET idx = -1 WHERE idx = {index}; UPDATE {table} SET idx = {index} WHERE idx = {next};
             UPDATE {table} SET idx = {next} WHERE idx = -1;"
        )
    };
    changes.push(format!("{}{}", swapped("audit_event"), swapped("audit_payload")));
    for table in ["audit_event", "audit_payload"] {
        changes.push(swapped(table));
        // A copy put at the end, and beyond it.
        for place in [SMALL, SMALL + 5] {
            changes.push(format!(
                "CREATE TEMP TABLE copied AS SELECT * FROM {table} WHERE idx = {index};
                 UPDATE copied SET idx = {place}; INSERT INTO {table} SELECT * FROM copied; DROP TABLE copied;"
            ));
        }
    }
    // Payload and salt of one event given to another, together and one alone.
    for column in ["body", "salt"] {
        changes.push(format!(
            "UPDATE audit_payload SET {column} = (SELECT {column} FROM audit_payload WHERE idx = {next})
             WHERE idx = {index} AND EXISTS (SELECT 1 FROM audit_payload WHERE idx = {next});"
        ));
    }
    changes.push(format!(
        "UPDATE OR REPLACE audit_payload SET body = (SELECT body FROM audit_payload WHERE idx = {next}),
         salt = (SELECT salt FROM audit_payload WHERE idx = {next}) WHERE idx = {index} AND {next} < {SMALL};"
    ));
    changes
}

/// Rows that nobody wrote, and heads and checkpoints that were put in place of others.
const INVENTED: [&str; 18] = [
        "INSERT INTO audit_by_child VALUES (randomblob(16), 5)",
        "INSERT INTO audit_by_child VALUES (randomblob(16), 16)",
        "INSERT INTO audit_by_account SELECT key, 3000 FROM audit_by_account LIMIT 1",
        "INSERT INTO audit_by_account SELECT key, -1 FROM audit_by_account LIMIT 1",
        "INSERT INTO audit_by_organisation VALUES ('nobody', 15)",
        "INSERT INTO audit_by_token VALUES (randomblob(16), 5)",
        "INSERT INTO audit_by_kind VALUES ('child.read disclosed -', 16)",
        "INSERT INTO audit_by_area VALUES ('E06000054 child.read disclosed -', 5)",
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
    ];

/// The log cut off at a length, everything that says so put right: found by nobody but those who know of more.
pub(super) fn cut_to(conn: &mut AnyConnection, length: u64) -> Change {
    let mut frontier = Frontier::empty();
    (0..length).for_each(|index| frontier.push(find_event(conn, index).unwrap().unwrap().leaf_hash));
    let tables = ["event", "payload", "by_child", "by_account", "by_organisation", "by_token", "by_kind", "by_area"];
    let cut = tables.map(|table| format!("DELETE FROM audit_{table} WHERE idx >= {length};")).concat();
    let (root, peaks) = (frontier.root(), hex::encode(frontier.to_bytes()));
    Change::from(format!(
        "{cut} DELETE FROM audit_checkpoint WHERE size > {length};
         UPDATE audit_head SET size = {length}, derived_to = {length}, root = x'{root}', frontier = x'{peaks}';"
    ))
}
