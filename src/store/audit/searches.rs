//! Looking events up: by child, account, token, organisation or kind through the derived tables, otherwise along the
//! log, newest first, in pages that read a bounded number of rows.

use super::candidates::keys_of;
use super::filters::{Cursor, EventFilter};
use super::heads::column;
use super::rows::{Range, find_event, next_events};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::receipts::Receipt;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};

/// Rows, and bytes of payloads, read for one page; a page may then be short, or empty, and still have a next one.
const MOST_READ: usize = 1_024;
/// Rows of the look-up tables considered for one page.
const MOST_CONSIDERED: usize = 4_096;
const MOST_BYTES: usize = 8 << 20;
/// From this number of children on a page is full, whatever its limit: one event of a bulk load names thousands.
const MOST_CHILDREN: usize = 2_000;

/// One page of events, newest first.
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// Where to go on; absent at the end. A page may be short of its limit and have more after it.
    pub next: Option<Cursor>,
}

/// Whether the log holds the event of this receipt: what tells, after a COMMIT whose outcome is unknown, whether it
/// took place.
///
/// # Errors
///
/// As for [`find_event`].
pub fn is_recorded(conn: &mut AnyConnection, receipt: &Receipt) -> StoreResult<bool> {
    Ok(find_event(conn, receipt.index)?.is_some_and(|event| event.leaf_hash == receipt.leaf_hash))
}

/// One page of the events that fit the filter and that `admit` lets pass: it is given some rows as they were recorded
/// and says of each whether the reader may know that it stands under what was asked for. Where the filter looks
/// up ([`EventFilter::looks_up`]), events that the look-up tables do not hold yet are not found: catch up first.
///
/// A page that ends because enough was read ends at a row that was let pass, if there was one: where the next begins
/// must not tell of a row that the reader may not know of.
///
/// # Errors
///
/// As for [`find_event`], and those of `admit`.
pub fn search_events<E: From<StoreError>>(
    conn: &mut AnyConnection,
    filter: &EventFilter,
    mut admit: impl FnMut(&mut AnyConnection, &[RecordedEvent]) -> Result<Vec<bool>, E>,
) -> Result<EventPage, E> {
    if let Some(receipt) = filter.receipt {
        return by_receipt(conn, filter, receipt, admit);
    }
    let range = Range::of(conn, filter)?;
    let limit = filter.limit.max(1);
    let mut page = EventPage::default();
    let mut before = range.before;
    let keys = keys_of(conn, filter)?;
    let (mut read, mut considered, mut bytes, mut children) = (0_usize, 0_usize, 0_usize, 0_usize);
    let mut last_admitted = None;
    while read < MOST_READ && considered < MOST_CONSIDERED && bytes < MOST_BYTES {
        let batch = next_events(conn, keys.as_ref(), Range { before, ..range })?;
        let admitted = admit(conn, &batch.events)?;
        read = read.saturating_add(batch.events.len());
        considered = considered.saturating_add(batch.considered);
        bytes = bytes.saturating_add(batch.bytes);
        before = batch.before;
        for (event, admitted) in batch.events.into_iter().zip(admitted) {
            if !admitted {
                continue;
            }
            last_admitted = Some(Cursor(column(event.index)?));
            if filter.fits(&event) {
                children = children.saturating_add(event.payload.as_ref().map_or(0, |payload| payload.children.len()));
                page.events.push(event);
            }
            if page.events.len() == limit || children >= MOST_CHILDREN {
                page.next = last_admitted;
                return Ok(page);
            }
        }
        if batch.is_last {
            return Ok(page);
        }
    }
    page.next = last_admitted.or(Some(Cursor(before)));
    Ok(page)
}

fn by_receipt<E: From<StoreError>>(
    conn: &mut AnyConnection,
    filter: &EventFilter,
    receipt: Receipt,
    mut admit: impl FnMut(&mut AnyConnection, &[RecordedEvent]) -> Result<Vec<bool>, E>,
) -> Result<EventPage, E> {
    // A cursor comes from a page before, and there is only one page.
    if filter.after.is_some() {
        return Ok(EventPage::default());
    }
    let event = find_event(conn, receipt.index)?;
    let event = event.filter(|event| event.leaf_hash == receipt.leaf_hash && filter.fits(event));
    let mut events: Vec<_> = event.into_iter().collect();
    if !admit(conn, &events)?.iter().all(|admitted| *admitted) {
        events.clear();
    }
    Ok(EventPage { events, next: None })
}

#[cfg(test)]
mod tests;
