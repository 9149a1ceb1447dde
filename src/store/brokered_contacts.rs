//! Requests to be put in touch with a service; area and manager are those of the management team's case.

use diesel::prelude::*;

use super::columns::{code, optional_code, optional_text, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{brokered_contact, child_case, involvement};
use crate::domain::brokered_contacts::BrokeredContact;
use crate::domain::ids::{AccountId, ChildId, ContactId, OrganisationId};
use crate::domain::instants::Instant;

/// A row of `brokered_contact`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = brokered_contact, treat_none_as_default_value = false)]
struct ContactRow {
    id: String,
    child_id: i64,
    case_id: String,
    need: String,
    asked_by: String,
    state: String,
    entry: Option<i32>,
    decline_reason: Option<String>,
    outcome: Option<String>,
    asked_at: i64,
    due_at: i64,
    closed_at: Option<i64>,
}

type Joined = (ContactRow, String, Option<String>);

fn read((row, area, manager): Joined) -> StoreResult<BrokeredContact> {
    Ok(BrokeredContact {
        id: text(&row.id)?,
        child: ChildId(row.child_id),
        case: text(&row.case_id)?,
        area,
        manager: optional_text(manager.as_deref())?,
        need: code(&row.need)?,
        asked_by: text(&row.asked_by)?,
        state: code(&row.state)?,
        entry: row.entry,
        decline_reason: optional_code(row.decline_reason.as_deref())?,
        outcome: optional_code(row.outcome.as_deref())?,
        asked_at: Instant(row.asked_at),
        due_at: Instant(row.due_at),
        closed_at: row.closed_at.map(Instant),
    })
}

fn row_of(contact: &BrokeredContact) -> ContactRow {
    ContactRow {
        id: contact.id.to_string(),
        child_id: contact.child.0,
        case_id: contact.case.to_string(),
        need: contact.need.code().into(),
        asked_by: contact.asked_by.to_string(),
        state: contact.state.code().into(),
        entry: contact.entry,
        decline_reason: contact.decline_reason.map(|reason| reason.code().into()),
        outcome: contact.outcome.map(|outcome| outcome.code().into()),
        asked_at: contact.asked_at.0,
        due_at: contact.due_at.0,
        closed_at: contact.closed_at.map(|at| at.0),
    }
}

/// Every request about a child, the oldest first. Who may see which is still to be decided.
///
/// # Errors
/// As the database's.
pub fn list_of(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<BrokeredContact>> {
    let rows: Vec<Joined> = on_each!(conn, |c| brokered_contact::table
        .inner_join(child_case::table.on(child_case::id.eq(brokered_contact::case_id)))
        .filter(brokered_contact::child_id.eq(child.0))
        .order((brokered_contact::asked_at, brokered_contact::id))
        .select((ContactRow::as_select(), child_case::area, child_case::manager_id))
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// The open requests of an area, those due first; at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_of_area(conn: &mut AnyConnection, area: &str, limit: i64) -> StoreResult<Vec<BrokeredContact>> {
    let rows: Vec<Joined> = on_each!(conn, |c| brokered_contact::table
        .inner_join(child_case::table.on(child_case::id.eq(brokered_contact::case_id)))
        .filter(child_case::area.eq(area))
        .filter(brokered_contact::closed_at.is_null())
        .order((brokered_contact::due_at, brokered_contact::id))
        .limit(limit)
        .select((ContactRow::as_select(), child_case::area, child_case::manager_id))
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// The open requests that an account asked, those due first; at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_asked_by(conn: &mut AnyConnection, account: AccountId, limit: i64) -> StoreResult<Vec<BrokeredContact>> {
    let account = account.to_string();
    let rows: Vec<Joined> = on_each!(conn, |c| brokered_contact::table
        .inner_join(child_case::table.on(child_case::id.eq(brokered_contact::case_id)))
        .filter(brokered_contact::asked_by.eq(&account))
        .filter(brokered_contact::closed_at.is_null())
        .order((brokered_contact::due_at, brokered_contact::id))
        .limit(limit)
        .select((ContactRow::as_select(), child_case::area, child_case::manager_id))
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// The open requests that were forwarded to an organisation, those due first; at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_forwarded_to(
    conn: &mut AnyConnection,
    organisation: OrganisationId,
    limit: i64,
) -> StoreResult<Vec<BrokeredContact>> {
    let organisation = StoredId::from(organisation);
    let rows: Vec<Joined> = on_each!(conn, |c| brokered_contact::table
        .inner_join(child_case::table.on(child_case::id.eq(brokered_contact::case_id)))
        .inner_join(
            involvement::table.on(involvement::child_id
                .eq(brokered_contact::child_id)
                .and(involvement::number.nullable().eq(brokered_contact::entry)))
        )
        .filter(involvement::organisation_id.eq(organisation))
        .filter(brokered_contact::closed_at.is_null())
        .order((brokered_contact::due_at, brokered_contact::id))
        .limit(limit)
        .select((ContactRow::as_select(), child_case::area, child_case::manager_id))
        .load(c))?;
    rows.into_iter().map(read).collect()
}

/// The open request of an account about a child.
///
/// # Errors
/// As the database's.
pub fn find_open(conn: &mut AnyConnection, child: ChildId, account: AccountId) -> StoreResult<Option<ContactId>> {
    let account = account.to_string();
    let found: Option<String> = on_each!(conn, |c| brokered_contact::table
        .filter(brokered_contact::child_id.eq(child.0))
        .filter(brokered_contact::asked_by.eq(&account))
        .filter(brokered_contact::closed_at.is_null())
        .select(brokered_contact::id)
        .first(c)
        .optional())?;
    optional_text(found.as_deref())
}

/// Inserts a request; its case must be there.
///
/// # Errors
/// `Conflict` of `brokered_contact_open` where the account has an open one about the child.
pub fn insert(conn: &mut AnyConnection, contact: &BrokeredContact) -> StoreResult<()> {
    let row = row_of(contact);
    on_each!(conn, |c| diesel::insert_into(brokered_contact::table).values(&row).execute(c))?;
    Ok(())
}

/// Moves a request on from the state it was read in; of two at once one finds it gone.
///
/// # Errors
/// `NotFound` where it is in that state no more.
pub fn update(conn: &mut AnyConnection, before: &BrokeredContact, after: &BrokeredContact) -> StoreResult<()> {
    let row = row_of(after);
    let was = before.state.code();
    let changed = on_each!(conn, |c| diesel::update(
        brokered_contact::table.filter(brokered_contact::id.eq(&row.id)).filter(brokered_contact::state.eq(was))
    )
    .set((
        brokered_contact::state.eq(&row.state),
        brokered_contact::entry.eq(row.entry),
        brokered_contact::decline_reason.eq(&row.decline_reason),
        brokered_contact::outcome.eq(&row.outcome),
        brokered_contact::closed_at.eq(row.closed_at),
    ))
    .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
