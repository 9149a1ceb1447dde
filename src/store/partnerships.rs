//! Partnerships and their members.

use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::text;
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{child, involvement, partnership, partnership_member};
use super::short_codes::ShortCode;
use crate::domain::ids::{ChildId, OrganisationId, PartnershipId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::pages::After;
use crate::domain::partnerships::{Membership, Partnership};
use crate::domain::services::Service;

/// A row of `partnership`, without its stamp.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = partnership)]
struct PartnershipRow {
    id: String,
    area: String,
    name: String,
    version: i64,
    created_at: i64,
}

impl TryFrom<PartnershipRow> for Partnership {
    type Error = StoreError;

    fn try_from(row: PartnershipRow) -> StoreResult<Self> {
        let PartnershipRow { id, area, name, version, created_at } = row;
        Ok(Self { id: text(&id)?, area, name, version, created_at: Instant(created_at) })
    }
}

/// Lists partnerships by name, of an area or of all, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    area: Option<&str>,
    after: Option<&After>,
    limit: u16,
) -> StoreResult<Vec<Partnership>> {
    let mut query = partnership::table
        .select(PartnershipRow::as_select())
        .order((partnership::name, partnership::id))
        .limit(limit.into())
        .into_boxed();
    if let Some(area) = area {
        query = query.filter(partnership::area.eq(area.to_owned()));
    }
    if let Some(After { name, id }) = after {
        query = query
            .filter(partnership::name.ge(name))
            .filter(partnership::name.gt(name).or(partnership::id.gt(id.to_string())));
    }
    let rows: Vec<PartnershipRow> = query.load(conn)?;
    rows.into_iter().map(Partnership::try_from).collect()
}

/// Finds a partnership.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: PartnershipId) -> StoreResult<Option<Partnership>> {
    let row: Option<PartnershipRow> = on_each!(conn, |c| partnership::table
        .filter(partnership::id.eq(id.to_string()))
        .select(PartnershipRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(Partnership::try_from).transpose()
}

/// Inserts a partnership.
///
/// # Errors
/// As the database's.
pub fn insert(conn: &mut AnyConnection, new: &Partnership) -> StoreResult<()> {
    let row = (
        partnership::id.eq(new.id.to_string()),
        partnership::area.eq(&new.area),
        partnership::name.eq(&new.name),
        partnership::stamp.eq(new_stamp()),
        partnership::version.eq(new.version),
        partnership::created_at.eq(new.created_at.0),
    );
    on_each!(conn, |c| diesel::insert_into(partnership::table).values(&row).execute(c))?;
    Ok(())
}

/// Gives a partnership another name; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there.
pub fn update(conn: &mut AnyConnection, changed: &Partnership) -> StoreResult<()> {
    let place = partnership::table
        .filter(partnership::id.eq(changed.id.to_string()))
        .filter(partnership::version.eq(changed.version));
    let now = (partnership::name.eq(&changed.name), partnership::version.eq(changed.version.saturating_add(1)));
    let updated = on_each!(conn, |c| diesel::update(place).set(now).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Stamps a partnership anew, before anything of it is changed that binds: every node then reads it again, and whoever
/// else changes it waits until this transaction has ended.
///
/// # Errors
/// `NotFound` where there is none.
pub(super) fn stamp(conn: &mut AnyConnection, id: PartnershipId) -> StoreResult<()> {
    let place = partnership::table.filter(partnership::id.eq(id.to_string()));
    let updated = on_each!(conn, |c| diesel::update(place).set(partnership::stamp.eq(new_stamp())).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Random, and never a count: what was rolled back must not come again with another meaning.
fn new_stamp() -> String {
    Uuid::new_v4().to_string()
}

/// Lists the memberships of these organisations in a partnership, past and future ones among them.
///
/// # Errors
/// As the database's.
pub fn list_memberships(
    conn: &mut AnyConnection,
    id: PartnershipId,
    organisations: &[OrganisationId],
) -> StoreResult<Vec<Membership>> {
    let keys: Vec<StoredId> = organisations.iter().map(|id| StoredId::from(*id)).collect();
    let rows = load_any!(
        conn,
        partnership_member::table.filter(partnership_member::partnership_id.eq(id.to_string())).select((
            partnership_member::organisation_id,
            partnership_member::from_on,
            partnership_member::until_on
        )),
        partnership_member::organisation_id,
        &keys,
        (StoredId, NaiveDate, Option<NaiveDate>)
    )?;
    let mut memberships: Vec<_> = rows
        .into_iter()
        .map(|(organisation, from, until)| Membership { organisation: organisation.into(), from, until })
        .collect();
    memberships.sort_by_key(|each| (each.organisation, each.from));
    Ok(memberships)
}

/// Begins a membership.
///
/// # Errors
/// `NotFound` where there is no such partnership; `Conflict` of `partnership_member_open` where the organisation is a
/// member on one of these days; `Conflict` of `foreign_key` where there is no such organisation.
pub fn join(conn: &mut AnyConnection, id: PartnershipId, new: &Membership) -> StoreResult<()> {
    stamp(conn, id)?;
    let overlaps = |other: &Membership| {
        other.until.is_none_or(|until| new.from <= until) && new.until.is_none_or(|until| other.from <= until)
    };
    if list_memberships(conn, id, &[new.organisation])?.iter().any(overlaps) {
        return Err(StoreError::Conflict("partnership_member_open"));
    }
    let row = (
        partnership_member::partnership_id.eq(id.to_string()),
        partnership_member::organisation_id.eq(StoredId::from(new.organisation)),
        partnership_member::from_on.eq(new.from),
        partnership_member::until_on.eq(new.until),
    );
    on_each!(conn, |c| diesel::insert_into(partnership_member::table).values(&row).execute(c))?;
    Ok(())
}

/// Gives a membership a last day; says whether there was one that began on `from`.
///
/// # Errors
/// `NotFound` where there is no such partnership.
pub fn leave(conn: &mut AnyConnection, id: PartnershipId, ended: &Membership) -> StoreResult<bool> {
    stamp(conn, id)?;
    let place = partnership_member::table
        .filter(partnership_member::partnership_id.eq(id.to_string()))
        .filter(partnership_member::organisation_id.eq(StoredId::from(ended.organisation)))
        .filter(partnership_member::from_on.eq(ended.from));
    let until = partnership_member::until_on.eq(ended.until);
    Ok(on_each!(conn, |c| diesel::update(place).set(until).execute(c))? == 1)
}

/// Children of an area of whom a member, past or future ones among them, has a running entry of one of these services, in
/// the order of their numbers, from after `after` and at most `limit`: what of each may be seen is decided child by child.
///
/// # Errors
/// As the database's.
pub fn list_touched(
    conn: &mut AnyConnection,
    of: &Partnership,
    services: &[Service],
    after: Option<IndexNumber>,
    limit: u16,
) -> StoreResult<Vec<(ChildId, IndexNumber)>> {
    let codes: Vec<&str> = services.iter().map(|service| service.short()).collect();
    let members = partnership_member::table
        .filter(partnership_member::partnership_id.eq(of.id.to_string()))
        .select(partnership_member::organisation_id);
    let running = involvement::table
        .filter(involvement::child_id.eq(child::id))
        .filter(involvement::service.eq_any(codes))
        .filter(involvement::withdrawn_at.is_null())
        .filter(involvement::organisation_id.eq_any(members));
    let rows: Vec<(i64, String)> = on_each!(conn, |c| child::table
        .filter(child::area.eq(&of.area))
        .filter(child::index_number.gt(after.map(|number| number.compact()).unwrap_or_default()))
        .filter(exists(running))
        .order(child::index_number)
        .limit(limit.into())
        .select((child::id, child::index_number))
        .load(c))?;
    rows.into_iter().map(|(id, number)| Ok((ChildId(id), text(&number)?))).collect()
}
