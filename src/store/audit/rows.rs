//! Rows of the log read back as events: one by its index, or the newest of a range, along the log or along one of the
//! look-up tables.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::filters::EventFilter;
use super::heads::{column, get_head};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Payload;
use crate::domain::audit::tree::leaf_hash;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{
    audit_by_account, audit_by_child, audit_by_kind, audit_by_organisation, audit_by_token, audit_event, audit_payload,
};

/// Rows read in one statement: few enough that the largest payloads of a bulk load do not fill the memory.
const BATCH: i64 = 64;
/// How far a clock may have stepped back, or two nodes' clocks have differed, without an event being missed where a
/// time is asked for. Tokens would not be taken long before.
const CLOCK_STEP: TimeDelta = TimeDelta::hours(1);

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
    /// What lies before the cursor and, as far as indexes can tell, within the times asked for. Indexes follow time but
    /// for clocks that step back, so that two searches by halves find the ends.
    pub(super) fn of(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<Self> {
        let end = filter.below.map_or(Ok(i64::MAX), column)?;
        let mut range = Self { from: 0, before: filter.after.map_or(end, |cursor| cursor.0.min(end)) };
        if filter.from.is_none() && filter.to.is_none() {
            return Ok(range);
        }
        let size = column(get_head(conn)?.size())?;
        if let Some(from) = filter.from.and_then(|from| from.checked_sub_signed(CLOCK_STEP)) {
            range.from = first_at(conn, size, from)?;
        }
        if let Some(to) = filter.to.and_then(|to| to.checked_add_signed(CLOCK_STEP)) {
            range.before = range.before.min(first_at(conn, size, to)?);
        }
        Ok(range)
    }
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

/// Reads rows newest first from a look-up table: the newest have the highest indexes.
macro_rules! rows_by {
    ($conn:expr, $range:expr, $table:ident, $column:ident, $key:expr) => {
        on_each!($conn, |c| $table::table
            .inner_join(audit_event::table.on(audit_event::idx.eq($table::idx)))
            .left_join(audit_payload::table.on(audit_payload::idx.eq($table::idx)))
            .filter($table::$column.eq($key))
            .filter($table::idx.ge($range.from).and($table::idx.lt($range.before)))
            .order($table::idx.desc())
            .limit(BATCH)
            .select((EventRow::as_select(), audit_payload::body.nullable()))
            .load::<Found>(c))
    };
}

/// Some events, how much was read for them, and whether there are no more.
pub(super) struct Batch {
    pub(super) events: Vec<RecordedEvent>,
    pub(super) bytes: usize,
    pub(super) is_last: bool,
}

/// The newest events of the range, of those that the filter's look-up table lists.
pub(super) fn next_events(conn: &mut AnyConnection, filter: &EventFilter, range: Range) -> StoreResult<Batch> {
    let rows = if let Some(child) = filter.child {
        rows_by!(conn, range, audit_by_child, pseudonym, child.0.as_slice())
    } else if let Some(token) = filter.token {
        rows_by!(conn, range, audit_by_token, token, token.0.as_slice())
    } else if let Some(account) = filter.listed_account() {
        rows_by!(conn, range, audit_by_account, account_id, account.to_string())
    } else if let Some(members) = &filter.members {
        return next_of_accounts(conn, &members.accounts(), range);
    } else if let Some(organisation) = filter.organisation {
        rows_by!(conn, range, audit_by_organisation, organisation_id, organisation.to_string())
    } else if filter.wants_kinds() {
        return next_of_kinds(conn, filter, range);
    } else {
        on_each!(conn, |c| audit_event::table
            .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
            .filter(audit_event::idx.ge(range.from).and(audit_event::idx.lt(range.before)))
            .order(audit_event::idx.desc())
            .limit(BATCH)
            .select((EventRow::as_select(), audit_payload::body.nullable()))
            .load::<Found>(c))
    };
    let rows = rows?;
    let bytes = rows.iter().map(|(_, body)| body.as_ref().map_or(0, Vec::len)).sum();
    let is_last = i64::try_from(rows.len()).is_ok_and(|length| length < BATCH);
    Ok(Batch { events: rows.into_iter().map(recorded).collect::<StoreResult<_>>()?, bytes, is_last })
}

/// The newest events of the range whose kind fits: of each such kind the newest, merged. There are few kinds, so that
/// any question by action, outcome and reason is answered from the table's key alone.
fn next_of_kinds(conn: &mut AnyConnection, filter: &EventFilter, range: Range) -> StoreResult<Batch> {
    let mut newest: Vec<i64> = Vec::new();
    for kind in kinds(conn)?.iter().filter(|kind| fits_kind(filter, kind)) {
        let indexes: Vec<i64> = on_each!(conn, |c| audit_by_kind::table
            .filter(audit_by_kind::kind.eq(kind))
            .filter(audit_by_kind::idx.ge(range.from).and(audit_by_kind::idx.lt(range.before)))
            .order(audit_by_kind::idx.desc())
            .limit(BATCH)
            .select(audit_by_kind::idx)
            .load(c))?;
        newest.extend(indexes);
    }
    newest_of(conn, newest)
}

/// The newest events of the range of some accounts: of each the newest, merged.
fn next_of_accounts(conn: &mut AnyConnection, accounts: &BTreeSet<Uuid>, range: Range) -> StoreResult<Batch> {
    let mut newest: Vec<i64> = Vec::new();
    for account in accounts {
        let indexes: Vec<i64> = on_each!(conn, |c| audit_by_account::table
            .filter(audit_by_account::account_id.eq(account.to_string()))
            .filter(audit_by_account::idx.ge(range.from).and(audit_by_account::idx.lt(range.before)))
            .order(audit_by_account::idx.desc())
            .limit(BATCH)
            .select(audit_by_account::idx)
            .load(c))?;
        newest.extend(indexes);
    }
    newest_of(conn, newest)
}

/// The newest of some events, each once.
fn newest_of(conn: &mut AnyConnection, mut newest: Vec<i64>) -> StoreResult<Batch> {
    newest.sort_unstable_by(|a, b| b.cmp(a));
    newest.dedup();
    let is_last = i64::try_from(newest.len()).is_ok_and(|length| length < BATCH);
    newest.truncate(usize::try_from(BATCH).unwrap_or(usize::MAX));
    let rows: Vec<Found> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.eq_any(&newest))
        .order(audit_event::idx.desc())
        .select((EventRow::as_select(), audit_payload::body.nullable()))
        .load(c))?;
    let bytes = rows.iter().map(|(_, body)| body.as_ref().map_or(0, Vec::len)).sum();
    Ok(Batch { events: rows.into_iter().map(recorded).collect::<StoreResult<_>>()?, bytes, is_last })
}

/// Every kind that there is, by skipping from one to the next along the key.
fn kinds(conn: &mut AnyConnection) -> StoreResult<Vec<String>> {
    let mut kinds: Vec<String> = Vec::new();
    loop {
        let last = kinds.last().map_or("", String::as_str);
        let next: Option<String> = on_each!(conn, |c| audit_by_kind::table
            .filter(audit_by_kind::kind.gt(last))
            .order((audit_by_kind::kind, audit_by_kind::idx))
            .select(audit_by_kind::kind)
            .first(c)
            .optional())?;
        let Some(next) = next else { return Ok(kinds) };
        kinds.push(next);
    }
}

fn fits_kind(filter: &EventFilter, kind: &str) -> bool {
    let mut parts = kind.split(' ');
    let mut fits = |wanted: Option<&str>| parts.next().is_some_and(|part| wanted.is_none_or(|wanted| wanted == part));
    fits(filter.action.map(|action| action.code()))
        && fits(filter.outcome.map(|outcome| outcome.code()))
        && fits(filter.reason.map(|reason| reason.code()))
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
