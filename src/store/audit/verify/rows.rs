//! Where verification takes raw rows from: through the connection, or straight from the database's file where that is
//! possible, which is many times faster and shares no mapping of columns with what wrote them.

use diesel::prelude::*;

use super::cells::{Brief, Cell};
use super::findings::VerifyError;
use super::log_file::LogFile;
use crate::store::audit::heads::column;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::StoreError;
use crate::store::schema::{audit_event, audit_payload};

/// The columns of one event, as they stand.
pub(super) struct EventCells<'r> {
    pub(super) idx: i64,
    pub(super) at: Cell<i64>,
    pub(super) action: Cell<&'r [u8]>,
    pub(super) outcome: Cell<&'r [u8]>,
    pub(super) reason: Cell<&'r [u8]>,
    pub(super) strength: Cell<&'r [u8]>,
    pub(super) children: Cell<i64>,
    pub(super) payload_hash: Cell<&'r [u8]>,
    pub(super) leaf: Cell<&'r [u8]>,
}

/// The columns of one payload, as they stand.
pub(super) struct PayloadCells<'r> {
    pub(super) salt: Cell<&'r [u8]>,
    pub(super) body: Cell<&'r [u8]>,
}

/// Takes an event, and its payload where that is there.
pub(super) type Give<'g> = dyn FnMut(&EventCells<'_>, Option<PayloadCells<'_>>) -> Result<(), VerifyError> + 'g;

/// Where rows are taken from.
#[derive(Clone, Copy)]
pub(super) enum Rows<'f> {
    /// Through the connection.
    Shared,
    /// From the file, in the same state as the connection sees.
    File(&'f LogFile),
}

impl Rows<'_> {
    /// Gives the events `from..to` in their order, each with its payload.
    pub(super) fn events(
        self,
        conn: &mut AnyConnection,
        from: u64,
        to: u64,
        give: &mut Give<'_>,
    ) -> Result<(), VerifyError> {
        let (from, to) = (column(from)?, column(to)?);
        match self {
            Self::Shared => shared(conn, from, to, give),
            Self::File(file) => file.events(from, to, give),
        }
    }
}

#[derive(Queryable)]
struct EventRow {
    idx: i64,
    at: Cell<i64>,
    action: Cell<Brief>,
    outcome: Cell<Brief>,
    reason: Cell<Brief>,
    strength: Cell<Brief>,
    children: Cell<i64>,
    payload_hash: Cell<Brief>,
    leaf: Cell<Vec<u8>>,
}

#[derive(Queryable)]
struct PayloadRow {
    idx: i64,
    salt: Cell<Brief>,
    body: Cell<Vec<u8>>,
}

fn shared(conn: &mut AnyConnection, from: i64, to: i64, give: &mut Give<'_>) -> Result<(), VerifyError> {
    let events = event_rows(conn, from, to)?;
    let payloads = payload_rows(conn, from, to)?;
    let mut payloads = payloads.iter().peekable();
    for row in &events {
        let event = EventCells {
            idx: row.idx,
            at: row.at,
            action: row.action.map(Brief::as_bytes),
            outcome: row.outcome.map(Brief::as_bytes),
            reason: row.reason.map(Brief::as_bytes),
            strength: row.strength.map(Brief::as_bytes),
            children: row.children,
            payload_hash: row.payload_hash.map(Brief::as_bytes),
            leaf: row.leaf.map(Vec::as_slice),
        };
        let payload = payloads.next_if(|payload| payload.idx == row.idx);
        give(
            &event,
            payload.map(|row| PayloadCells { salt: row.salt.map(Brief::as_bytes), body: row.body.map(Vec::as_slice) }),
        )?;
    }
    Ok(())
}

fn event_rows(conn: &mut AnyConnection, from: i64, to: i64) -> Result<Vec<EventRow>, StoreError> {
    Ok(on_each!(conn, |c| audit_event::table
        .filter(audit_event::idx.ge(from).and(audit_event::idx.lt(to)))
        .order(audit_event::idx)
        .select((
            audit_event::idx,
            audit_event::at,
            audit_event::action,
            audit_event::outcome,
            audit_event::reason.assume_not_null(),
            audit_event::strength,
            audit_event::children,
            audit_event::payload_hash,
            audit_event::leaf,
        ))
        .load(c))?)
}

fn payload_rows(conn: &mut AnyConnection, from: i64, to: i64) -> Result<Vec<PayloadRow>, StoreError> {
    Ok(on_each!(conn, |c| audit_payload::table
        .filter(audit_payload::idx.ge(from).and(audit_payload::idx.lt(to)))
        .order(audit_payload::idx)
        .select((audit_payload::idx, audit_payload::salt, audit_payload::body))
        .load(c))?)
}
