//! Appending events: indexes, salts and hashes, rows, tiles and the new head, in the caller's transaction.

use diesel::prelude::*;

use super::heads::{Head, column, update_head};
use super::tiles::write_completed_tiles;
use crate::domain::audit::events::Event;
use crate::domain::audit::leaves::{Leaf, SALT_BYTES, payload_hash};
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::tree::leaf_hash;
use crate::store::connections::AnyConnection;
use crate::store::dialect::{copy_all, insert_all};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_event, audit_payload};

/// The largest payload the log takes, in bytes; whoever discloses more than fits must split it into several events.
pub const MAX_PAYLOAD_BYTES: usize = 1 << 20;
/// From so many events on, PostgreSQL is sent one COPY a table; fewer do not make up for its round trips.
const COPIED: usize = 32;

#[derive(Insertable)]
#[diesel(table_name = audit_event, treat_none_as_default_value = false)]
struct EventRow {
    idx: i64,
    at: i64,
    action: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    strength: &'static str,
    children: i32,
    payload_hash: [u8; 32],
    leaf: Vec<u8>,
}

#[derive(Insertable)]
#[diesel(table_name = audit_payload, treat_none_as_default_value = false)]
struct PayloadRow {
    idx: i64,
    salt: [u8; SALT_BYTES],
    body: Vec<u8>,
}

/// Appends events in their order and moves `head` on, which must have been locked in this transaction. The receipts
/// are good once the transaction has committed.
///
/// # Errors
///
/// [`StoreError::Conflict`] where rows stand beyond the head, [`StoreError::Broken`] for an event too large to be
/// recorded and for failures of the database. The transaction must then be rolled back and `head` discarded.
pub fn append(conn: &mut AnyConnection, head: &mut Head, events: &[Event]) -> StoreResult<Vec<Receipt>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let first = head.size();
    let mut event_rows = Vec::with_capacity(events.len());
    let mut payload_rows = Vec::with_capacity(events.len());
    let mut receipts = Vec::with_capacity(events.len());
    for event in events {
        let index = head.size();
        let (event_row, payload_row) = rows(index, event)?;
        let leaf_hash = leaf_hash(&event_row.leaf);
        head.frontier.push(leaf_hash);
        event_rows.push(event_row);
        payload_rows.push(payload_row);
        receipts.push(Receipt { index, leaf_hash });
    }
    if events.len() >= COPIED {
        copy_all!(conn, audit_event::table, event_rows)?;
        copy_all!(conn, audit_payload::table, payload_rows)?;
    } else {
        insert_all!(conn, audit_event::table, &event_rows)?;
        insert_all!(conn, audit_payload::table, &payload_rows)?;
    }
    write_completed_tiles(conn, first, &receipts)?;
    update_head(conn, head)?;
    Ok(receipts)
}

/// The two rows of an event, salted and hashed.
fn rows(index: u64, event: &Event) -> StoreResult<(EventRow, PayloadRow)> {
    let body = event.payload.to_bytes().map_err(|_| StoreError::broken("an event could not be written as JSON"))?;
    if body.len() > MAX_PAYLOAD_BYTES {
        return Err(StoreError::broken("an event is too large to be recorded"));
    }
    let salt: [u8; SALT_BYTES] = rand::random();
    let payload_hash = payload_hash(&salt, &body);
    let at = event.at.timestamp_micros();
    let children = i32::try_from(event.children_disclosed()).unwrap_or(i32::MAX);
    let (action, outcome) = (event.action.code(), event.outcome.code());
    let (reason, strength) = (event.reason.map(|reason| reason.code()), event.strength.code());
    let leaf = Leaf { index, at, action, outcome, reason, strength, children: children.unsigned_abs(), payload_hash }
        .encode()
        .map_err(|error| StoreError::broken_by("an event could not be encoded", &error))?;
    let idx = column(index)?;
    let payload_hash = payload_hash.0;
    let event_row = EventRow { idx, at, action, outcome, reason, strength, children, payload_hash, leaf };
    Ok((event_row, PayloadRow { idx, salt, body }))
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::domain::audit::tree::{EMPTY_ROOT, root_of};
    use crate::store::audit::examples::{Fresh, example};
    use crate::store::audit::{catch_up, find_event, get_head, is_recorded, lock_head};
    use crate::store::dialect::on_each;
    use crate::store::schema::audit_tile;
    use crate::store::transactions::write_tx;

    #[test]
    fn events_read_back_as_they_were_appended() {
        let mut log = Fresh::new();
        let events: Vec<_> = (0..8).map(example).collect();
        let receipts = log.append(&events);
        for (index, (event, receipt)) in (0..8).zip(events.iter().zip(&receipts)) {
            let read = find_event(&mut log.conn, index).unwrap().unwrap();
            assert_eq!((read.index, read.leaf_hash), (receipt.index, receipt.leaf_hash));
            assert_eq!((read.at, read.action.as_str()), (event.at, event.action.code()));
            assert_eq!(read.reason.as_deref(), event.reason.map(|reason| reason.code()));
            assert_eq!(read.children_disclosed, event.children_disclosed());
            assert_eq!(read.payload.as_ref(), Some(&event.payload));
            assert!(is_recorded(&mut log.conn, receipt).unwrap());
            assert!(!is_recorded(&mut log.conn, &Receipt { leaf_hash: EMPTY_ROOT, ..*receipt }).unwrap());
        }
        assert_eq!(find_event(&mut log.conn, 8).unwrap(), None);
        assert_eq!(find_event(&mut log.conn, u64::MAX).unwrap(), None);
    }

    #[test]
    fn batches_of_any_size_make_one_tree_and_its_tiles() {
        let mut log = Fresh::new();
        let mut hashes = Vec::new();
        let mut number = 0;
        for size in [0, 1, 5, 249, 1, 1, 700, 66, 1] {
            let events: Vec<_> = (number..number + size).map(example).collect();
            number += size;
            hashes.extend(log.append(&events).into_iter().map(|receipt| receipt.leaf_hash));
            let head = get_head(&mut log.conn).unwrap();
            assert_eq!((head.size(), head.root()), (number, root_of(hashes.iter().copied())));
        }
        let tiles: Vec<(i32, i64, Vec<u8>)> =
            on_each!(&mut log.conn, |c| audit_tile::table.order(audit_tile::number).load(c)).unwrap();
        assert_eq!(tiles.len(), 4);
        for (tile, expected) in tiles.iter().zip(hashes.chunks(256)) {
            assert_eq!((tile.0, &tile.2), (0, &crate::domain::audit::tree::Hash::list_to_bytes(expected)));
        }
    }

    #[test]
    fn the_same_event_twice_has_two_payload_hashes() {
        let mut log = Fresh::new();
        log.append(&[example(0), example(0)]);
        let hashes: Vec<Vec<u8>> =
            on_each!(&mut log.conn, |c| audit_event::table.select(audit_event::payload_hash).load(c)).unwrap();
        assert_ne!(hashes[0], hashes[1], "the salt must differ");
    }

    #[test]
    fn what_is_rolled_back_was_never_there() {
        let mut log = Fresh::with_events(3);
        let before = get_head(&mut log.conn).unwrap();
        let failed = write_tx(&mut log.conn, |conn| -> StoreResult<()> {
            let mut head = lock_head(conn)?;
            append(conn, &mut head, &[example(3)])?;
            Err(StoreError::Busy)
        });
        assert!(matches!(failed, Err(StoreError::Busy)));
        assert_eq!(get_head(&mut log.conn).unwrap(), before);
        assert_eq!(find_event(&mut log.conn, 3).unwrap(), None);
    }

    #[test]
    fn an_event_too_large_is_refused() {
        let mut log = Fresh::new();
        let mut event = example(2);
        event.payload.operator = Some("x".repeat(MAX_PAYLOAD_BYTES));
        let refused = write_tx(&mut log.conn, |conn| -> StoreResult<_> {
            let mut head = lock_head(conn)?;
            append(conn, &mut head, &[event])
        });
        assert!(matches!(refused, Err(StoreError::Broken(_))));
        assert_eq!(get_head(&mut log.conn).unwrap().size(), 0);
    }

    #[test]
    fn a_head_that_contradicts_itself_takes_no_more_events() {
        let mut log = Fresh::with_events(3);
        on_each!(&mut log.conn, |c| diesel::sql_query("UPDATE audit_head SET size = 2").execute(c)).unwrap();
        assert!(matches!(lock_head(&mut log.conn), Err(StoreError::Broken(_))));
        assert!(catch_up(&mut log.conn).is_err());
    }
}
