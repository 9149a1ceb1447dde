//! Children on the agendas of panels: where to look, each of them still to be decided.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{optional_code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::panel_item;
use super::transactions::write_tx;
use crate::domain::ids::{ChildId, PanelMeetingId};
use crate::domain::panels::{PanelItem, PanelReceiver, SettledDecision};
use crate::domain::policy::{Action, Permit};

/// A row of `panel_item`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = panel_item, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ItemRow {
    meeting_id: String,
    number: i32,
    child_id: i64,
    added_by: String,
    decision: Option<String>,
    receiver_id: Option<StoredId>,
    service: Option<String>,
    decided_on: Option<NaiveDate>,
    version: i64,
}

impl From<&PanelItem> for ItemRow {
    fn from(item: &PanelItem) -> Self {
        let receiver = item.settled.and_then(|settled| settled.receiver);
        Self {
            meeting_id: item.meeting.to_string(),
            number: item.number,
            child_id: item.child.0,
            added_by: item.added_by.to_string(),
            decision: item.settled.map(|settled| settled.decision.code().into()),
            receiver_id: receiver.map(|receiver| receiver.organisation.into()),
            service: receiver.map(|receiver| receiver.service.code().into()),
            decided_on: item.settled.map(|settled| settled.on),
            version: item.version,
        }
    }
}

impl TryFrom<ItemRow> for PanelItem {
    type Error = StoreError;

    fn try_from(row: ItemRow) -> StoreResult<Self> {
        let receiver = match (row.receiver_id.map(Into::into), optional_code(row.service.as_deref())?) {
            (Some(organisation), Some(service)) => Some(PanelReceiver { organisation, service }),
            _ => None,
        };
        let settled = match (optional_code(row.decision.as_deref())?, row.decided_on) {
            (Some(decision), Some(on)) => Some(SettledDecision { decision, receiver, on }),
            _ => None,
        };
        Ok(Self {
            meeting: text(&row.meeting_id)?,
            number: row.number,
            child: ChildId(row.child_id),
            added_by: text(&row.added_by)?,
            settled,
            version: row.version,
        })
    }
}

/// The items of an agenda in the order of their numbers, from after `after` and at most `limit`, hidden ones among them:
/// each still to be decided.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    meeting: PanelMeetingId,
    after: Option<i32>,
    limit: u16,
) -> StoreResult<Vec<PanelItem>> {
    let (meeting, after) = (meeting.to_string(), after.unwrap_or_default());
    let rows: Vec<ItemRow> = on_each!(conn, |c| panel_item::table
        .filter(panel_item::meeting_id.eq(&meeting))
        .filter(panel_item::number.gt(after))
        .order(panel_item::number)
        .limit(limit.into())
        .select(ItemRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Finds an item: where to look, still to be decided.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, meeting: PanelMeetingId, number: i32) -> StoreResult<Option<PanelItem>> {
    let meeting = meeting.to_string();
    let row: Option<ItemRow> = on_each!(conn, |c| panel_item::table
        .filter(panel_item::meeting_id.eq(&meeting))
        .filter(panel_item::number.eq(number))
        .select(ItemRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Puts the child that `permit` was given for on an agenda.
///
/// # Errors
/// `Conflict` of `panel_item_child` where it is there already, and of `panel_item_pkey` where the number is taken.
pub fn insert<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, new: &PanelItem) -> StoreResult<()> {
    check(permit, new)?;
    write_tx(conn, |conn| insert_row(conn, new))
}

/// Puts a child on an agenda that is being made up in the same transaction.
///
/// # Errors
/// As [`insert`].
pub(super) fn insert_row(conn: &mut AnyConnection, new: &PanelItem) -> StoreResult<()> {
    let row = ItemRow::from(new);
    on_each!(conn, |c| diesel::insert_into(panel_item::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces an item of the child that `permit` was given for; `changed` carries the version that was read, and the row gets
/// the next.
///
/// # Errors
/// `NotFound` where that version is no longer there: somebody else settled it meanwhile.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, changed: &PanelItem) -> StoreResult<()> {
    check(permit, changed)?;
    let mut row = ItemRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = panel_item::table
        .filter(panel_item::meeting_id.eq(&row.meeting_id))
        .filter(panel_item::number.eq(row.number))
        .filter(panel_item::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Takes the child that `permit` was given for off an agenda.
///
/// # Errors
/// `NotFound` where it is not as it was read.
pub fn delete<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, item: &PanelItem) -> StoreResult<()> {
    check(permit, item)?;
    let place = panel_item::table
        .filter(panel_item::meeting_id.eq(item.meeting.to_string()))
        .filter(panel_item::number.eq(item.number))
        .filter(panel_item::version.eq(item.version));
    let deleted = on_each!(conn, |c| diesel::delete(place).execute(c))?;
    if deleted == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

fn check<A: Action>(permit: &Permit<A>, item: &PanelItem) -> StoreResult<()> {
    if item.child == permit.child() {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}
