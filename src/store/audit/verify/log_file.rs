//! The log's rows straight from the file of an SQLite database, taken apart where they lie in its pages: a second library,
//! which writes nothing here and is asked for the head, for where tables begin, and for pages.

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::StoredHead;
use super::cells::Cell;
use super::findings::VerifyError;
use super::pages::{Pages, Tree, Walk, failed};
use super::records::columns;
use super::rows::{EventCells, Give, PayloadCells};
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::{dialect, transactions};

/// The columns that each kind of table has, in the order in which they are stored.
const EVENT: &str = "idx at action outcome reason strength children payload_hash leaf";
const PAYLOAD: &str = "idx salt body";
const LOOK_UP: &str = "key idx";

/// Takes a key and an index of a look-up table.
type GiveKey<'g> = dyn FnMut(&Cell<&[u8]>, &Cell<i64>) -> Result<(), VerifyError> + 'g;

/// The file of a database, read beside the connection that is open to it.
pub(super) struct LogFile {
    file: Connection,
    pages: Pages,
}

impl LogFile {
    /// Opens the file behind a connection, as it stands now and for this from then on. There is none behind PostgreSQL,
    /// none that shows what a transaction which is still open has changed, and none where the SQLite library that is
    /// linked shows no pages.
    pub(super) fn beside(conn: &mut AnyConnection) -> Result<Option<Self>, VerifyError> {
        if transactions::depth(conn)? > 0 {
            return Ok(None);
        }
        let Some(path) = dialect::sqlite_file(conn)? else { return Ok(None) };
        // Used by one thread at a time, so that nothing need be locked for each page.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let file = Connection::open_with_flags(path, flags)?;
        // Pages are seen where the kernel keeps them: 2^40 bytes of them at most.
        file.execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA mmap_size = 1099511627776; BEGIN",
        )?;
        Ok(Pages::of(&file)?.map(|pages| Self { file, pages }))
    }

    /// Whether it sees the log as it stands under `head`: each honest change to a log changes its head.
    pub(super) fn agrees_with(&self, head: &StoredHead) -> StoreResult<bool> {
        let (size, derived_to) = (column(head.size)?, column(head.derived_to)?);
        let mut statement =
            self.file.prepare("SELECT size, root, derived_to FROM audit_head").map_err(|error| failed(&error))?;
        let seen = statement.query_row([], |row| {
            let same = row.get_ref(0)? == ValueRef::Integer(size)
                && row.get_ref(1)? == ValueRef::Blob(&head.root)
                && row.get_ref(2)? == ValueRef::Integer(derived_to);
            Ok(same)
        });
        seen.map_err(|error| failed(&error))
    }

    /// Gives the events `from..to` in their order, each with its payload.
    pub(super) fn events(&self, from: i64, to: i64, give: &mut Give<'_>) -> Result<(), VerifyError> {
        let mut events = self.walk(Tree::Numbered, "audit_event", EVENT, from)?;
        let mut payloads = self.walk(Tree::Numbered, "audit_payload", PAYLOAD, from)?;
        while let Some((idx, record)) = events.row().filter(|(idx, _)| *idx < to) {
            let event = event(idx, record).ok_or_else(|| events.damaged())?;
            match payloads.row().filter(|(of, _)| *of == idx) {
                Some((_, record)) => {
                    let [_, salt, body] = columns(record).ok_or_else(|| payloads.damaged())?;
                    give(&event, Some(PayloadCells { salt: bytes(salt, Type::Blob), body: bytes(body, Type::Blob) }))?;
                    payloads.advance()?;
                }
                None => give(&event, None)?,
            }
            events.advance()?;
        }
        Ok(())
    }

    /// Gives every row of a look-up table, whose key is a text or bytes, in any order.
    pub(super) fn look_ups(&self, table: &str, key: Type, give: &mut GiveKey<'_>) -> Result<(), VerifyError> {
        let mut rows = self.walk(Tree::Keyed, table, LOOK_UP, 0)?;
        while let Some((_, record)) = rows.row() {
            let [found, idx] = columns(record).ok_or_else(|| rows.damaged())?;
            let found = match bytes(found, key) {
                Cell::Value(text) if key == Type::Text && !is_text(text) => Cell::Foreign,
                found => found,
            };
            give(&found, &number(idx))?;
            rows.advance()?;
        }
        Ok(())
    }

    /// Starts a walk through a table, which must have just these columns.
    fn walk(&self, tree: Tree, table: &str, wanted: &str, from: i64) -> Result<Walk<'_>, VerifyError> {
        const ROOT: &str = "SELECT rootpage, (SELECT group_concat(name, ' ') FROM pragma_table_info(?1))
            FROM sqlite_schema WHERE type = 'table' AND name = ?1";
        let mut statement = self.file.prepare_cached(ROOT)?;
        let found = statement.query_row([table], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).optional()?;
        let root = found.filter(|(_, columns)| columns == wanted).map(|(root, _)| root);
        let root = root.ok_or_else(|| StoreError::broken("a table of the audit log has other columns"))?;
        Walk::start(&self.file, self.pages, tree, root, from)
    }
}

fn event(idx: i64, record: &[u8]) -> Option<EventCells<'_>> {
    // The number of a row stands beside it, and nothing in its place.
    let [_, at, action, outcome, reason, strength, children, payload_hash, leaf] = columns(record)?;
    Some(EventCells {
        idx,
        at: number(at),
        action: bytes(action, Type::Text),
        outcome: bytes(outcome, Type::Text),
        reason: bytes(reason, Type::Text),
        strength: bytes(strength, Type::Text),
        children: number(children),
        payload_hash: bytes(payload_hash, Type::Blob),
        leaf: bytes(leaf, Type::Blob),
    })
}

/// Text that is not UTF-8 is no text; nearly all is ASCII, which is told faster.
fn is_text(bytes: &[u8]) -> bool {
    bytes.is_ascii() || std::str::from_utf8(bytes).is_ok()
}

const fn number(value: ValueRef<'_>) -> Cell<i64> {
    match value {
        ValueRef::Integer(number) => Cell::Value(number),
        ValueRef::Null => Cell::Null,
        ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Cell::Foreign,
    }
}

const fn bytes(value: ValueRef<'_>, wanted: Type) -> Cell<&[u8]> {
    match (value, wanted) {
        (ValueRef::Blob(bytes), Type::Blob) | (ValueRef::Text(bytes), Type::Text) => Cell::Value(bytes),
        (ValueRef::Null, _) => Cell::Null,
        _ => Cell::Foreign,
    }
}
