//! The auditors' look-up tables, by child, account, organisation, token, kind and area: derived from the log behind a
//! cursor, in sorted batches, so that recording never waits for them.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::heads::{Head, column, lock_head, update_derived_to};
use super::lookups::LookUp;
use crate::store::connections::AnyConnection;
use crate::store::dialect::{insert_all, on_each};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{
    audit_by_account, audit_by_area, audit_by_child, audit_by_kind, audit_by_organisation, audit_by_token, audit_event,
    audit_payload,
};
use crate::store::transactions::write_tx;

/// Events taken in one transaction while it is quiet.
const IN_QUIET: u64 = 256;
/// Events taken in one transaction while others wait to record: each of them dirties pages of six tables that the commit writes.
const BETWEEN: u64 = 32;

/// Fills the look-up tables up to the end of the log as it stands now, in transactions of their own that each take
/// the head's lock for a few milliseconds. Call it before an auditor's query, and now and then in quiet moments.
///
/// # Errors
///
/// [`StoreError::Broken`] where a payload cannot be read, and for failures of the database.
pub fn catch_up(conn: &mut AnyConnection) -> StoreResult<()> {
    let mut target = None;
    loop {
        let (derived_to, size) = write_tx(conn, |conn| -> StoreResult<_> {
            let mut head = lock_head(conn)?;
            derive_next(conn, &mut head, IN_QUIET)?;
            Ok((head.derived_to(), head.size()))
        })?;
        // Not the size of each round: a busy log would keep the auditor waiting for ever.
        if derived_to >= *target.get_or_insert(size) {
            return Ok(());
        }
    }
}

/// Takes one such turn, for whoever owns the one connection that writes: a short one unless it `is_quiet`. True once the tables
/// reach the end of the log.
///
/// # Errors
///
/// As for [`catch_up`]; then nothing was filled.
pub fn take_turn(conn: &mut AnyConnection, is_quiet: bool) -> StoreResult<bool> {
    write_tx(conn, |conn| {
        let mut head = lock_head(conn)?;
        derive_next(conn, &mut head, if is_quiet { IN_QUIET } else { BETWEEN })?;
        Ok(head.derived_to == head.size())
    })
}

/// Fills the look-up tables for the next events, `most` of them, in the caller's transaction and under the lock of `head`.
///
/// # Errors
///
/// As for [`catch_up`].
fn derive_next(conn: &mut AnyConnection, head: &mut Head, most: u64) -> StoreResult<()> {
    let from = head.derived_to();
    let to = head.size().min(from.saturating_add(most));
    if from == to {
        return Ok(());
    }
    let (first, end) = (column(from)?, column(to)?);
    let events: Vec<EventRow> = on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::idx.ge(first).and(audit_event::idx.lt(end)))
        .order(audit_event::idx)
        .select((
            audit_event::idx,
            audit_event::action,
            audit_event::outcome,
            audit_event::reason,
            audit_payload::body.nullable(),
        ))
        .load(c))?;
    let mut keys = Keys::default();
    for EventRow { idx, action, outcome, reason, body } in &events {
        let kind = kind_of(action, outcome, reason.as_deref());
        keys.kinds.insert((kind.clone(), *idx));
        // A redacted event is still found by its kind.
        let Some(body) = body else { continue };
        let lookup = LookUp::read(body).ok_or_else(|| StoreError::broken("a payload of the audit log is damaged"))?;
        let area = lookup.area().unwrap_or_default();
        keys.children.extend(lookup.children().map(|child| (bytes_in(&child.0, area), *idx)));
        keys.accounts.extend(lookup.accounts().map(|account| (text_in(account, area), *idx)));
        keys.tokens.extend(lookup.token().map(|token| (bytes_in(&token.0, area), *idx)));
        keys.organisations.extend(lookup.organisation().map(|organisation| (text_in(organisation, area), *idx)));
        keys.areas.extend(lookup.area().map(|area| (text_in(area, &kind), *idx)));
    }
    keys.insert(conn)?;
    update_derived_to(conn, to)?;
    head.derived_to = to;
    Ok(())
}

#[derive(Queryable)]
struct EventRow {
    idx: i64,
    action: String,
    outcome: String,
    reason: Option<String>,
    body: Option<Vec<u8>>,
}

/// The kind of an event, as it is looked up by: action, outcome and reason, which no redaction removes.
pub(super) fn kind_of(action: &str, outcome: &str, reason: Option<&str>) -> String {
    format!("{action} {outcome} {}", reason.unwrap_or("-"))
}

/// A key that is a text, with the area of the caller behind it: nothing where there is none.
pub(super) fn text_in(key: &str, area: &str) -> String {
    format!("{key} {area}")
}

/// A key of 16 bytes, with the area of the caller behind it.
pub(super) fn bytes_in(key: &[u8; 16], area: &str) -> Vec<u8> {
    [key.as_slice(), area.as_bytes()].concat()
}

/// New rows of the tables, each in the order of its key, which is the order the database likes best.
#[derive(Default)]
struct Keys {
    children: BTreeSet<(Vec<u8>, i64)>,
    accounts: BTreeSet<(String, i64)>,
    organisations: BTreeSet<(String, i64)>,
    tokens: BTreeSet<(Vec<u8>, i64)>,
    kinds: BTreeSet<(String, i64)>,
    areas: BTreeSet<(String, i64)>,
}

impl Keys {
    fn insert(self, conn: &mut AnyConnection) -> StoreResult<()> {
        macro_rules! insert {
            ($($table:ident, $rows:ident);+) => {
                $(let rows: Vec<_> =
                    self.$rows.into_iter().map(|(key, idx)| ($table::key.eq(key), $table::idx.eq(idx))).collect();
                insert_all!(conn, $table::table, &rows)?;)+
            };
        }
        insert!(
            audit_by_child, children;
            audit_by_account, accounts;
            audit_by_organisation, organisations;
            audit_by_token, tokens;
            audit_by_kind, kinds;
            audit_by_area, areas
        );
        Ok(())
    }
}
