//! The log's rows straight from the file of an SQLite database, borrowed where they lie and never mapped: a second
//! library, which writes nothing here.

use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OpenFlags, Row};

use super::StoredHead;
use super::cells::Cell;
use super::findings::VerifyError;
use super::rows::{EventCells, Give, PayloadCells};
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::{dialect, transactions};

const EVENTS: &str = "SELECT idx, at, action, outcome, reason, strength, children, payload_hash, leaf
    FROM audit_event WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";
const PAYLOADS: &str = "SELECT idx, salt, body FROM audit_payload WHERE idx >= ?1 AND idx < ?2 ORDER BY idx";

/// Takes a key and an index of a look-up table.
type GiveKey<'g> = dyn FnMut(&Cell<&[u8]>, &Cell<i64>) -> Result<(), VerifyError> + 'g;

/// The file of a database, read beside the connection that is open to it.
pub(super) struct LogFile(Connection);

impl From<rusqlite::Error> for VerifyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(failed(&error))
    }
}

/// No statement here has a value in it, so no error repeats one.
fn failed(error: &rusqlite::Error) -> StoreError {
    StoreError::broken_by("the file of the audit log could not be read", error)
}

impl LogFile {
    /// Opens the file behind a connection. There is none behind PostgreSQL, and none that shows what a transaction
    /// which is still open has changed.
    pub(super) fn beside(conn: &mut AnyConnection) -> StoreResult<Option<Self>> {
        if transactions::depth(conn)? > 0 {
            return Ok(None);
        }
        let Some(path) = dialect::sqlite_file(conn)? else { return Ok(None) };
        // Used by one thread at a time, so that each cell need not be locked for.
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags).and_then(|file| {
            file.execute_batch(
                "PRAGMA busy_timeout = 5000; PRAGMA query_only = ON; PRAGMA cell_size_check = ON; BEGIN",
            )?;
            Ok(Self(file))
        });
        opened.map(Some).map_err(|error| failed(&error))
    }

    /// Whether it sees the log as it stands under `head`: each honest change to a log changes its head. From the first
    /// call on it goes on seeing the same.
    pub(super) fn agrees_with(&self, head: &StoredHead) -> StoreResult<bool> {
        let (size, derived_to) = (column(head.size)?, column(head.derived_to)?);
        let mut statement =
            self.0.prepare("SELECT size, root, derived_to FROM audit_head").map_err(|error| failed(&error))?;
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
        let (mut events, mut payloads) = (self.0.prepare_cached(EVENTS)?, self.0.prepare_cached(PAYLOADS)?);
        let (mut events, mut payloads) = (events.query([from, to])?, payloads.query([from, to])?);
        let mut next = payloads.next()?;
        while let Some(row) = events.next()? {
            let event = event(row)?;
            let fits = match next {
                Some(payload) => payload.get_ref(0)? == ValueRef::Integer(event.idx),
                None => false,
            };
            match next.filter(|_| fits) {
                Some(payload) => {
                    let cells = PayloadCells {
                        salt: bytes(payload.get_ref(1)?, Type::Blob),
                        body: bytes(payload.get_ref(2)?, Type::Blob),
                    };
                    give(&event, Some(cells))?;
                    next = payloads.next()?;
                }
                None => give(&event, None)?,
            }
        }
        Ok(())
    }

    /// Gives every row of a look-up table, in the order of its key, which is a text or bytes.
    pub(super) fn look_ups(&self, statement: &str, key: Type, give: &mut GiveKey<'_>) -> Result<(), VerifyError> {
        let mut statement = self.0.prepare(statement)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            give(&bytes(row.get_ref(0)?, key), &number(row.get_ref(1)?))?;
        }
        Ok(())
    }
}

fn event<'r>(row: &'r Row<'_>) -> rusqlite::Result<EventCells<'r>> {
    Ok(EventCells {
        // The key of the table: nothing else than a number can stand there.
        idx: row.get(0)?,
        at: number(row.get_ref(1)?),
        action: bytes(row.get_ref(2)?, Type::Text),
        outcome: bytes(row.get_ref(3)?, Type::Text),
        reason: bytes(row.get_ref(4)?, Type::Text),
        strength: bytes(row.get_ref(5)?, Type::Text),
        children: number(row.get_ref(6)?),
        payload_hash: bytes(row.get_ref(7)?, Type::Blob),
        leaf: bytes(row.get_ref(8)?, Type::Blob),
    })
}

fn number(value: ValueRef<'_>) -> Cell<i64> {
    match value {
        ValueRef::Integer(number) => Cell::Value(number),
        ValueRef::Null => Cell::Null,
        ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Cell::Foreign,
    }
}

fn bytes(value: ValueRef<'_>, wanted: Type) -> Cell<&[u8]> {
    match (value, wanted) {
        (ValueRef::Blob(bytes), Type::Blob) => Cell::Value(bytes),
        // Text that is not UTF-8 is no text.
        (ValueRef::Text(bytes), Type::Text) if std::str::from_utf8(bytes).is_ok() => Cell::Value(bytes),
        (ValueRef::Null, _) => Cell::Null,
        _ => Cell::Foreign,
    }
}
