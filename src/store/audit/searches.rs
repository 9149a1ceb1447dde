//! Looking events up: by child, account or organisation through the derived tables, otherwise by time, newest first,
//! in pages that read a bounded number of rows.

use chrono::DateTime;
use diesel::prelude::*;

use super::filters::{Cursor, EventFilter};
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Payload;
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::tree::leaf_hash;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{audit_by_account, audit_by_child, audit_by_organisation, audit_event, audit_payload};

/// Rows read in one statement.
const BATCH: i64 = 256;
/// Rows read for one page at most; a page may then be short, or empty, and still have a next one.
const MOST_READ: usize = 20_480;

/// One page of events, newest first.
#[derive(Debug, Clone, Default)]
pub struct EventPage {
    /// The events.
    pub events: Vec<RecordedEvent>,
    /// Where to go on; absent at the end. A page may be short of its limit and have more after it.
    pub next: Option<Cursor>,
}

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

/// Whether the log holds the event of this receipt: what tells, after a COMMIT whose outcome is unknown, whether it
/// took place.
///
/// # Errors
///
/// As for [`find_event`].
pub fn is_recorded(conn: &mut AnyConnection, receipt: &Receipt) -> StoreResult<bool> {
    Ok(find_event(conn, receipt.index)?.is_some_and(|event| event.leaf_hash == receipt.leaf_hash))
}

/// One page of the events that fit the filter. Where child, account or organisation is given, events that the
/// look-up tables do not hold yet are not found: catch up first.
///
/// # Errors
///
/// As for [`find_event`].
pub fn search_events(conn: &mut AnyConnection, filter: &EventFilter) -> StoreResult<EventPage> {
    if let Some(receipt) = filter.receipt {
        return by_receipt(conn, filter, receipt);
    }
    let limit = filter.limit.max(1);
    let mut page = EventPage::default();
    let mut cursor = filter.after;
    let mut read = 0_usize;
    while read < MOST_READ {
        let batch = next_rows(conn, filter, cursor)?;
        let last_batch = i64::try_from(batch.len()).is_ok_and(|length| length < BATCH);
        read = read.saturating_add(batch.len());
        for found in batch {
            cursor = Some(Cursor { at: found.0.at, idx: found.0.idx });
            let event = recorded(found)?;
            if filter.fits(&event) {
                page.events.push(event);
            }
            if page.events.len() == limit {
                page.next = cursor;
                return Ok(page);
            }
        }
        if last_batch {
            return Ok(page);
        }
    }
    page.next = cursor;
    Ok(page)
}

fn by_receipt(conn: &mut AnyConnection, filter: &EventFilter, receipt: Receipt) -> StoreResult<EventPage> {
    // A cursor comes from a page before, and there is only one page.
    if filter.after.is_some() {
        return Ok(EventPage::default());
    }
    let event = find_event(conn, receipt.index)?;
    let events = event.filter(|event| event.leaf_hash == receipt.leaf_hash && filter.fits(event)).into_iter().collect();
    Ok(EventPage { events, next: None })
}

/// Reads rows newest first from a look-up table: the newest have the highest indexes.
macro_rules! rows_by {
    ($conn:expr, $filter:expr, $before:expr, $table:ident, $column:ident, $key:expr) => {{
        let (from, to) = $filter.times();
        let before = $before.map_or(i64::MAX, |cursor: Cursor| cursor.idx);
        on_each!($conn, |c| $table::table
            .inner_join(audit_event::table.on(audit_event::idx.eq($table::idx)))
            .left_join(audit_payload::table.on(audit_payload::idx.eq($table::idx)))
            .filter($table::$column.eq($key).and($table::idx.lt(before)))
            .filter(audit_event::at.ge(from).and(audit_event::at.lt(to)))
            .order($table::idx.desc())
            .limit(BATCH)
            .select((EventRow::as_select(), audit_payload::body.nullable()))
            .load::<Found>(c))
    }};
}

/// The next rows after the cursor that may fit the filter.
fn next_rows(conn: &mut AnyConnection, filter: &EventFilter, cursor: Option<Cursor>) -> StoreResult<Vec<Found>> {
    let rows = if let Some(child) = filter.child {
        rows_by!(conn, filter, cursor, audit_by_child, pseudonym, child.0.as_slice())
    } else if let Some(account) = filter.account {
        rows_by!(conn, filter, cursor, audit_by_account, account_id, account.to_string())
    } else if let Some(organisation) = filter.organisation {
        rows_by!(conn, filter, cursor, audit_by_organisation, organisation_id, organisation.to_string())
    } else {
        rows_by_time(conn, filter, cursor)
    };
    Ok(rows?)
}

/// Reads rows newest first by time. Clocks step back now and then, so time and index both make the order.
fn rows_by_time(conn: &mut AnyConnection, filter: &EventFilter, cursor: Option<Cursor>) -> QueryResult<Vec<Found>> {
    let (from, to) = filter.times();
    // At most the cursor's instant, and of that only what lies before it.
    let (until, at, idx) = cursor.map_or((i64::MAX, i64::MAX, i64::MAX), |cursor| (cursor.at, cursor.at, cursor.idx));
    on_each!(conn, |c| audit_event::table
        .left_join(audit_payload::table.on(audit_payload::idx.eq(audit_event::idx)))
        .filter(audit_event::at.ge(from).and(audit_event::at.lt(to)).and(audit_event::at.le(until)))
        .filter(audit_event::at.lt(at).or(audit_event::idx.lt(idx)))
        .order((audit_event::at.desc(), audit_event::idx.desc()))
        .limit(BATCH)
        .select((EventRow::as_select(), audit_payload::body.nullable()))
        .load(c))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::actions::{AuditAction, Outcome};
    use crate::domain::audit::events::Event;
    use crate::domain::reasons::AccessReason;
    use crate::store::audit::catch_up;
    use crate::store::audit::examples::{Fresh, account, child, example, instant, organisation};

    const SIZE: u64 = 700;

    /// The indexes of all events that fit, page by page; every page within its limit.
    fn indexes(conn: &mut AnyConnection, filter: &EventFilter) -> Vec<u64> {
        let mut filter = EventFilter { limit: 50, ..filter.clone() };
        let mut indexes = Vec::new();
        loop {
            let page = search_events(conn, &filter).unwrap();
            assert!(page.events.len() <= 50);
            indexes.extend(page.events.iter().map(|event| event.index));
            let Some(next) = page.next else { return indexes };
            filter.after = Some(next.to_string().parse().unwrap());
        }
    }

    /// What the filter should find, by looking at every example.
    fn expected(fits: impl Fn(u64, &Event) -> bool) -> Vec<u64> {
        (0..SIZE).rev().filter(|number| fits(*number, &example(*number))).collect()
    }

    #[test]
    fn each_filter_finds_exactly_its_events_newest_first() {
        let mut log = Fresh::with_events(SIZE);
        let conn = &mut log.conn;
        let all = EventFilter::default();
        assert_eq!(indexes(conn, &all), expected(|_, _| true));

        let by_child = EventFilter { child: Some(child(2)), ..all.clone() };
        let about = |event: &Event, wanted| event.payload.children.iter().any(|each| each.pseudonym == wanted);
        assert_eq!(indexes(conn, &by_child), expected(|_, event| about(event, child(2))));

        let by_account = EventFilter { account: Some(account(1)), ..all.clone() };
        assert_eq!(indexes(conn, &by_account), expected(|number, _| number % 3 == 1));
        let by_system = EventFilter { account: Some(account(9)), ..all.clone() };
        assert_eq!(indexes(conn, &by_system), expected(|number, _| number % 5 == 0));
        let by_organisation = EventFilter { organisation: Some(organisation(1)), ..all.clone() };
        assert_eq!(indexes(conn, &by_organisation), expected(|number, _| number % 2 == 1));

        let mixed = EventFilter {
            account: Some(account(1)),
            child: Some(child(4)),
            organisation: Some(organisation(0)),
            action: Some(AuditAction::ChildSearch),
            outcome: Some(Outcome::Disclosed),
            reason: Some(AccessReason::Safeguarding),
            area: Some("E06000054".into()),
            ..all.clone()
        };
        assert_eq!(indexes(conn, &mixed), expected(|number, _| number % 3 == 1 && number % 4 == 0));
        assert!(indexes(conn, &EventFilter { area: Some("E09000001".into()), ..all }).is_empty());
    }

    #[test]
    fn times_include_their_start_and_not_their_end() {
        let mut log = Fresh::with_events(SIZE);
        let conn = &mut log.conn;
        let times = EventFilter { from: Some(instant(100)), to: Some(instant(300)), ..EventFilter::default() };
        assert_eq!(indexes(conn, &times), (100..300).rev().collect::<Vec<_>>());
        let with_child = EventFilter { child: Some(child(4)), action: Some(AuditAction::ChildContacts), ..times };
        let wanted = expected(|number, _| (100..300).contains(&number) && number % 4 == 1 && number % 5 == 4);
        assert_eq!(indexes(conn, &with_child), wanted);
    }

    #[test]
    fn a_clock_that_steps_back_loses_nobody() {
        let mut log = Fresh::new();
        let conn_events: Vec<_> =
            [5, 9, 9, 9, 2, 2, 7].into_iter().map(|second| Event { at: instant(second), ..example(2) }).collect();
        log.append(&conn_events);
        let mut filter = EventFilter { limit: 1, ..EventFilter::default() };
        let mut seen = Vec::new();
        while let Some(event) = {
            let page = search_events(&mut log.conn, &filter).unwrap();
            filter.after = page.next.or(filter.after);
            page.events.into_iter().next()
        } {
            seen.push(event.index);
        }
        assert_eq!(seen, [3, 2, 1, 6, 0, 5, 4]);
    }

    #[test]
    fn a_receipt_finds_its_event_only() {
        let mut log = Fresh::new();
        let receipts = log.append(&[example(0), example(1)]);
        let filter = EventFilter { receipt: Some(receipts[1]), ..EventFilter::default() };
        let page = search_events(&mut log.conn, &filter).unwrap();
        assert_eq!(page.events.iter().map(|event| event.index).collect::<Vec<_>>(), [1]);
        assert_eq!(page.next, None);
        let forged = Receipt { index: 0, ..receipts[1] };
        let filter = EventFilter { receipt: Some(forged), ..filter };
        assert!(search_events(&mut log.conn, &filter).unwrap().events.is_empty());
    }

    #[test]
    fn tables_that_lag_are_caught_up_in_batches() {
        let mut log = Fresh::new();
        let events: Vec<_> = (0..2500).map(example).collect();
        log.append(&events);
        let filter = EventFilter { account: Some(account(1)), ..EventFilter::default() };
        assert!(indexes(&mut log.conn, &filter).is_empty());
        catch_up(&mut log.conn).unwrap();
        assert_eq!(crate::store::audit::get_head(&mut log.conn).unwrap().derived_to(), 2500);
        assert_eq!(indexes(&mut log.conn, &filter).len(), 833);
        catch_up(&mut log.conn).unwrap();
    }

    #[test]
    fn a_page_reads_a_bounded_number_of_rows() {
        let mut log = Fresh::new();
        let quiet: Vec<_> = (0..21_000).map(|_| example(2)).collect();
        log.append(&[Event { at: instant(1), ..example(3) }]);
        log.append(&quiet);
        let filter = EventFilter { action: Some(AuditAction::AccountSuspend), limit: 5, ..EventFilter::default() };
        let page = search_events(&mut log.conn, &filter).unwrap();
        assert!(page.events.is_empty() && page.next.is_some());
        let page = search_events(&mut log.conn, &EventFilter { after: page.next, ..filter }).unwrap();
        assert_eq!(page.events.len(), 1);
    }
}
