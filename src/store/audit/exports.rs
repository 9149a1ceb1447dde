//! The raw rows of the log as lines of JSON, for a verifier that has neither this program nor its database.
//!
//! The first line names the format; each other one is `{"t": table, "r": [cells]}`. Bytes are `{"b": hexadecimal}`, and
//! a cell of another type than its column's is `{"foreign": true}`, so that it is found and not mended on the way.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::heads::{column, get_head};
use super::verify::cells::Cell;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{
    audit_by_account, audit_by_area, audit_by_child, audit_by_kind, audit_by_organisation, audit_by_token,
    audit_checkpoint, audit_event, audit_head, audit_payload, audit_tile,
};
use crate::store::transactions::read_tx;

/// What the first line says.
pub const EXPORT_FORMAT: &str = "child-index-audit-export/1";
/// Rows of events and payloads read at a time.
const PAGE: u64 = 1024;

/// Why an export broke off.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Whoever takes the lines does not take any more.
    #[error("the export could not be written: {0}")]
    Sink(#[from] std::io::Error),
}

impl From<diesel::result::Error> for ExportError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Gives every row of the log to `sink`, in one consistent view of the database; the number of lines comes back.
///
/// # Errors
/// [`ExportError`].
pub fn export(
    conn: &mut AnyConnection,
    mut sink: impl FnMut(&Value) -> std::io::Result<()>,
) -> Result<u64, ExportError> {
    read_tx(conn, |conn| {
        let mut lines = 1_u64;
        sink(&json!({ "export": EXPORT_FORMAT }))?;
        let mut put = |table: &str, cells: Vec<Value>| -> Result<(), ExportError> {
            lines = lines.saturating_add(1);
            Ok(sink(&json!({ "t": table, "r": cells }))?)
        };
        small_tables(conn, &mut put)?;
        look_ups(conn, &mut put)?;
        for (from, to) in pages(conn)? {
            events(conn, from, to, &mut put)?;
        }
        Ok(lines)
    })
}

type PayloadRow = (i64, Cell<Vec<u8>>, Cell<Vec<u8>>);
type TileRow = (Cell<i64>, Cell<i64>, Cell<Vec<u8>>);
type HeadRow = (Cell<i64>, Cell<i64>, Cell<Vec<u8>>, Cell<Vec<u8>>, Cell<i64>);
type Put<'p> = dyn FnMut(&str, Vec<Value>) -> Result<(), ExportError> + 'p;

/// Ranges of indexes that hold every row, those that should not be there among them.
fn pages(conn: &mut AnyConnection) -> StoreResult<Vec<(i64, i64)>> {
    let size = get_head(conn).map_or(0, |head| head.size());
    let mut ranges = vec![(i64::MIN, 0)];
    let mut from = 0;
    while from < size {
        let to = size.min(from.saturating_add(PAGE));
        ranges.push((column(from)?, column(to)?));
        from = to;
    }
    ranges.push((column(size)?, i64::MAX));
    Ok(ranges)
}

fn events(conn: &mut AnyConnection, from: i64, to: i64, put: &mut Put<'_>) -> Result<(), ExportError> {
    type Row = (
        (i64, Cell<i64>, Cell<String>, Cell<String>, Cell<String>),
        (Cell<String>, Cell<i64>, Cell<Vec<u8>>, Cell<Vec<u8>>),
    );
    let rows: Vec<Row> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::idx.ge(from).and(audit_event::idx.lt(to)))
        .order(audit_event::idx)
        .select((
            (
                audit_event::idx,
                audit_event::at,
                audit_event::action,
                audit_event::outcome,
                audit_event::reason.assume_not_null(),
            ),
            (audit_event::strength, audit_event::children, audit_event::payload_hash, audit_event::leaf),
        ))
        .load(c))?;
    for ((idx, at, action, outcome, reason), (strength, children, payload_hash, leaf)) in rows {
        let coded = [text(action), text(outcome), text(reason), text(strength)];
        let cells =
            [vec![json!(idx), number(at)], coded.to_vec(), vec![number(children), bytes(payload_hash), bytes(leaf)]];
        put("audit_event", cells.concat())?;
    }
    let rows: Vec<PayloadRow> = on_each!(conn, |c| audit_payload::table
        .filter(audit_payload::idx.ge(from).and(audit_payload::idx.lt(to)))
        .order(audit_payload::idx)
        .select((audit_payload::idx, audit_payload::salt, audit_payload::body))
        .load(c))?;
    rows.into_iter().try_for_each(|(idx, salt, body)| put("audit_payload", vec![json!(idx), bytes(salt), bytes(body)]))
}

fn small_tables(conn: &mut AnyConnection, put: &mut Put<'_>) -> Result<(), ExportError> {
    let heads: Vec<HeadRow> = on_each!(conn, |c| audit_head::table
        .select((audit_head::id, audit_head::size, audit_head::root, audit_head::frontier, audit_head::derived_to))
        .load(c))?;
    for (id, size, root, frontier, derived) in heads {
        put("audit_head", vec![number(id), number(size), bytes(root), bytes(frontier), number(derived)])?;
    }
    let tiles: Vec<TileRow> = on_each!(conn, |c| audit_tile::table
        .select((audit_tile::level, audit_tile::number, audit_tile::hashes))
        .load(c))?;
    for (level, tile, hashes) in tiles {
        put("audit_tile", vec![number(level), number(tile), bytes(hashes)])?;
    }
    let checkpoints: Vec<(Cell<String>, Cell<i64>, Cell<String>)> = on_each!(conn, |c| audit_checkpoint::table
        .select((audit_checkpoint::origin, audit_checkpoint::size, audit_checkpoint::note))
        .load(c))?;
    for (origin, size, note) in checkpoints {
        put("audit_checkpoint", vec![text(origin), number(size), text(note)])?;
    }
    Ok(())
}

fn look_ups(conn: &mut AnyConnection, put: &mut Put<'_>) -> Result<(), ExportError> {
    macro_rules! put_all {
        ($($table:ident, $key:ty, $shown:ident);+) => {
            $(let rows: Vec<(Cell<$key>, Cell<i64>)> =
                on_each!(conn, |c| $table::table.select(($table::key, $table::idx)).load(c))?;
            rows.into_iter().try_for_each(|(key, idx)| put(stringify!($table), vec![$shown(key), number(idx)]))?;)+
        };
    }
    put_all!(
        audit_by_child, Vec<u8>, bytes;
        audit_by_account, String, text;
        audit_by_organisation, String, text;
        audit_by_token, Vec<u8>, bytes;
        audit_by_kind, String, text;
        audit_by_area, String, text
    );
    Ok(())
}

fn cell<T>(cell: Cell<T>, shown: impl FnOnce(T) -> Value) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Value(value) => shown(value),
        Cell::Foreign => json!({ "foreign": true }),
    }
}

fn number(value: Cell<i64>) -> Value {
    cell(value, |number| json!(number))
}

fn text(value: Cell<String>) -> Value {
    cell(value, Value::String)
}

fn bytes(value: Cell<Vec<u8>>) -> Value {
    cell(value, |bytes| json!({ "b": hex::encode(bytes) }))
}
