//! Rows of the log read back as events: one by its index, or the newest of a range, along the log or along one of the
//! look-up tables.

use chrono::{DateTime, Utc};
use diesel::dsl::{max, min};
use diesel::prelude::*;

use super::candidates::{Keys, newest};
use super::filters::EventFilter;
use super::heads::{column, get_head};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Payload;
use crate::domain::audit::tree::leaf_hash;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_event, audit_payload};

/// Rows read in one statement: few enough that the largest payloads of a bulk load do not fill the memory.
const BATCH: i64 = 64;
/// How far a clock may have stepped back, or two nodes' clocks have differed, without an event being missed where a
/// time is asked for, in microseconds. Tokens would not be taken long before.
const CLOCK_STEP: i64 = 3_600_000_000;

/// One row of the log with its payload.
#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_event)]
struct EventRow {
    idx: i64,
    at: i64,
    action: String,
    outcome: String,
    reason: Option<String>,
    strength: String,
    children: i32,
    leaf: Vec<u8>,
}

type Found = (EventRow, Option<Vec<u8>>);

/// The event at `index`.
///
/// # Errors
///
/// [`StoreError::Broken`] where the row or its payload cannot be read, and for failures of the database.
pub fn find_event(conn: &mut AnyConnection, index: u64) -> StoreResult<Option<RecordedEvent>> {
    let Ok(idx) = i64::try_from(index) else { return Ok(None) };
    let found: Option<Found> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.eq(idx))
        .select((EventRow::as_select(), audit_payload::body.nullable()))
        .get_result(c)
        .optional())?;
    found.map(recorded).transpose()
}

/// The events from an index on, oldest first, at most so many.
///
/// # Errors
///
/// As for [`find_event`].
pub fn list_from(conn: &mut AnyConnection, from: u64, limit: i64) -> StoreResult<Vec<RecordedEvent>> {
    let from = column(from)?;
    let rows: Vec<Found> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.ge(from))
        .order(audit_event::idx)
        .limit(limit)
        .select((EventRow::as_select(), audit_payload::body.nullable()))
        .load(c))?;
    rows.into_iter().map(recorded).collect()
}

/// The index of an event at or after an instant, the one before it having none; the log's size where none was found.
///
/// # Errors
///
/// As for [`find_event`].
pub fn first_index_at(conn: &mut AnyConnection, at: DateTime<Utc>) -> StoreResult<u64> {
    let size = column(get_head(conn)?.size())?;
    u64::try_from(first_at(conn, size, at)?).map_err(|_| StoreError::broken("an index of the log is out of range"))
}

/// The indexes to look through, the end excluded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Range {
    pub(super) from: i64,
    pub(super) before: i64,
}

impl Range {
    /// What lies before the cursor and, as far as indexes can tell, within the times asked for.
    pub(super) fn of(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<Self> {
        let end = filter.below.map_or(Ok(i64::MAX), column)?;
        let mut range = Self { from: 0, before: filter.after.map_or(end, |cursor| cursor.0.min(end)) };
        if let Some(from) = filter.from {
            range.from = first_from(conn, from)?.unwrap_or(i64::MAX);
        }
        if let Some(to) = filter.to {
            range.before = range.before.min(last_before(conn, to)?.map_or(0, |last| last.saturating_add(1)));
        }
        Ok(range)
    }
}

/// The lowest index of the events at or after `from`. Indexes follow time but for clocks that step back or differ, so that
/// it is one of those soon after the earliest.
fn first_from(conn: &mut AnyConnection, from: DateTime<Utc>) -> StoreResult<Option<i64>> {
    let earliest: Option<i64> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::at.ge(from.timestamp_micros()))
        .order(audit_event::at)
        .select(audit_event::at)
        .first(c)
        .optional())?;
    let Some(earliest) = earliest else { return Ok(None) };
    // Nothing is added to the index: without that, a database may walk through the log in its order instead.
    Ok(on_each!(conn, |c| audit_event::table
        .filter(audit_event::at.ge(earliest).and(audit_event::at.lt(earliest.saturating_add(CLOCK_STEP))))
        .select(min(audit_event::idx + 0_i64))
        .get_result(c))?)
}

/// The highest index of the events before `to`: one of those shortly before the latest.
fn last_before(conn: &mut AnyConnection, to: DateTime<Utc>) -> StoreResult<Option<i64>> {
    let latest: Option<i64> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::at.lt(to.timestamp_micros()))
        .order(audit_event::at.desc())
        .select(audit_event::at)
        .first(c)
        .optional())?;
    let Some(latest) = latest else { return Ok(None) };
    Ok(on_each!(conn, |c| audit_event::table
        .filter(audit_event::at.gt(latest.saturating_sub(CLOCK_STEP)).and(audit_event::at.le(latest)))
        .select(max(audit_event::idx + 0_i64))
        .get_result(c))?)
}

/// An index with an event at or after `at`, the one before it having none, by halves; `size` where none was found.
fn first_at(conn: &mut AnyConnection, size: i64, at: DateTime<Utc>) -> StoreResult<i64> {
    let at = at.timestamp_micros();
    let (mut low, mut high) = (0, size);
    while low < high {
        let middle = low.midpoint(high);
        let found: i64 = on_each!(conn, |c| audit_event::table
            .filter(audit_event::idx.eq(middle))
            .select(audit_event::at)
            .get_result(c))?;
        if found < at {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// Some events of a range, newest first, and how far they reach.
pub(super) struct Batch {
    pub(super) events: Vec<RecordedEvent>,
    /// Bytes of their payloads.
    pub(super) bytes: usize,
    /// How many were considered.
    pub(super) considered: usize,
    /// Before which index the next ones are.
    pub(super) before: i64,
    /// Whether there are no next ones.
    pub(super) is_last: bool,
}

/// The newest events of the range: of those listed as the keys say where there are keys.
pub(super) fn next_events(conn: &mut AnyConnection, keys: Option<&Keys>, range: Range) -> StoreResult<Batch> {
    let most = usize::try_from(BATCH).unwrap_or(usize::MAX);
    let Some(keys) = keys else {
        let rows: Vec<Found> = on_each!(conn, |c| audit_event::table
            .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
            .filter(audit_event::idx.ge(range.from).and(audit_event::idx.lt(range.before)))
            .order(audit_event::idx.desc())
            .limit(BATCH)
            .select((EventRow::as_select(), audit_payload::body.nullable()))
            .load(c))?;
        let before = rows.last().map_or(range.before, |(row, _)| row.idx);
        return batch(rows, before, most);
    };
    let (candidates, considered) = newest(conn, keys, range, most)?;
    let before = candidates.before.unwrap_or(range.before);
    let rows: Vec<Found> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.eq_any(&candidates.indexes))
        .order(audit_event::idx.desc())
        .select((EventRow::as_select(), audit_payload::body.nullable()))
        .load(c))?;
    Ok(Batch { considered, is_last: candidates.are_all, ..batch(rows, before, most)? })
}

fn batch(rows: Vec<Found>, before: i64, most: usize) -> StoreResult<Batch> {
    let bytes = rows.iter().map(|(_, body)| body.as_ref().map_or(0, Vec::len)).sum();
    let (considered, is_last) = (rows.len(), rows.len() < most);
    let events = rows.into_iter().map(recorded).collect::<StoreResult<_>>()?;
    Ok(Batch { events, bytes, considered, before, is_last })
}

fn recorded((row, body): Found) -> StoreResult<RecordedEvent> {
    let out_of_range = || StoreError::broken("a number of the audit log is out of range");
    let payload = body
        .map(|body| Payload::from_bytes(&body))
        .transpose()
        .map_err(|_| StoreError::broken("a payload of the audit log is damaged"))?;
    Ok(RecordedEvent {
        index: u64::try_from(row.idx).map_err(|_| out_of_range())?,
        leaf_hash: leaf_hash(&row.leaf),
        at: DateTime::from_timestamp_micros(row.at).ok_or_else(out_of_range)?,
        action: row.action,
        outcome: row.outcome,
        reason: row.reason,
        strength: row.strength,
        children_disclosed: row.children.unsigned_abs(),
        payload,
    })
}
