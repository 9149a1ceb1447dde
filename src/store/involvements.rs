//! Involvements: one contiguous range of rows for each child.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::optional_code;
use super::compact::{StoredDay, StoredId};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::involvement;
use super::short_codes::{ShortCode, short_code};
use crate::domain::ids::{ChildId, PractitionerId};
use crate::domain::instants::Instant;
use crate::domain::involvements::{Ground, Involvement};
use crate::domain::policy::{Action, Permit};

/// A row of `involvement`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = involvement, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct InvolvementRow {
    child_id: i64,
    number: i32,
    service: String,
    organisation_id: StoredId,
    team_id: Option<StoredId>,
    practitioner_id: Option<StoredId>,
    started_on: StoredDay,
    ended_on: Option<StoredDay>,
    last_confirmed_at: i64,
    lead: Option<String>,
    ground: Option<String>,
    ground_given_by: Option<String>,
    ground_on: Option<StoredDay>,
    withdrawn_at: Option<i64>,
    entered_by: Option<StoredId>,
    entered_under_shield: bool,
    version: i64,
    created_at: i64,
    ground_judged: Option<String>,
    ground_until: Option<StoredDay>,
}

impl From<&Involvement> for InvolvementRow {
    fn from(entry: &Involvement) -> Self {
        Self {
            child_id: entry.child.0,
            number: entry.number,
            service: entry.service.short().into(),
            organisation_id: entry.organisation.into(),
            team_id: entry.team.map(Into::into),
            practitioner_id: entry.practitioner.map(Into::into),
            started_on: entry.started_on.into(),
            ended_on: entry.ended_on.map(Into::into),
            last_confirmed_at: entry.last_confirmed_at.0,
            lead: entry.lead.map(|lead| lead.code().into()),
            ground: entry.ground.map(|ground| ground.kind.code().into()),
            ground_given_by: entry.ground.and_then(|ground| ground.given_by).map(|giver| giver.code().into()),
            ground_on: entry.ground.and_then(|ground| ground.on).map(Into::into),
            withdrawn_at: entry.withdrawn_at.map(|at| at.0),
            entered_by: entry.entered_by.map(Into::into),
            entered_under_shield: entry.entered_under_shield,
            version: entry.version,
            created_at: entry.created_at.0,
            ground_judged: entry.ground.and_then(|ground| ground.judged).map(|judged| judged.code().into()),
            ground_until: entry.ground.and_then(|ground| ground.until).map(Into::into),
        }
    }
}

impl TryFrom<InvolvementRow> for Involvement {
    type Error = StoreError;

    fn try_from(row: InvolvementRow) -> StoreResult<Self> {
        let given_by = optional_code(row.ground_given_by.as_deref())?;
        let judged = optional_code(row.ground_judged.as_deref())?;
        let (on, until) = (row.ground_on.map(Into::into), row.ground_until.map(Into::into));
        let ground = optional_code(row.ground.as_deref())?.map(|kind| Ground { kind, given_by, judged, on, until });
        Ok(Self {
            child: ChildId(row.child_id),
            number: row.number,
            service: short_code(&row.service)?,
            organisation: row.organisation_id.into(),
            team: row.team_id.map(Into::into),
            practitioner: row.practitioner_id.map(Into::into),
            started_on: row.started_on.into(),
            ended_on: row.ended_on.map(Into::into),
            last_confirmed_at: Instant(row.last_confirmed_at),
            lead: optional_code(row.lead.as_deref())?,
            ground,
            withdrawn_at: row.withdrawn_at.map(Instant),
            entered_by: row.entered_by.map(Into::into),
            entered_under_shield: row.entered_under_shield,
            version: row.version,
            created_at: Instant(row.created_at),
        })
    }
}

/// Every involvement of a child. For [`super::files`], which keeps them closed until there is a permit.
pub(super) fn list_rows(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<Involvement>> {
    let rows: Vec<InvolvementRow> = on_each!(conn, |c| involvement::table
        .filter(involvement::child_id.eq(child.0))
        .order(involvement::number)
        .select(InvolvementRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Every involvement of several children, each child's in the order of their numbers. As [`list_rows`].
pub(super) fn list_rows_of(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<Vec<Involvement>> {
    let rows: Vec<InvolvementRow> = on_each!(conn, |c| involvement::table
        .filter(involvement::child_id.eq_any(children))
        .order((involvement::child_id, involvement::number))
        .select(InvolvementRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The running entries of a practitioner, as child and number in this order, from after `after` and at most `limit`:
/// where to look, each of them still to be decided.
///
/// # Errors
/// As the database's.
pub fn list_running_of(
    conn: &mut AnyConnection,
    person: PractitionerId,
    day: NaiveDate,
    after: Option<(ChildId, i32)>,
    limit: u16,
) -> StoreResult<Vec<(ChildId, i32)>> {
    let (child, number) = after.map_or((0, 0), |(child, number)| (child.0, number));
    let later = involvement::child_id.gt(child).or(involvement::child_id.eq(child).and(involvement::number.gt(number)));
    let rows: Vec<(i64, i32)> = on_each!(conn, |c| involvement::table
        .filter(involvement::practitioner_id.eq(StoredId::from(person)))
        .filter(involvement::ended_on.is_null())
        .filter(involvement::withdrawn_at.is_null())
        .filter(involvement::started_on.le(StoredDay::from(day)))
        .filter(later)
        .order((involvement::child_id, involvement::number))
        .limit(limit.into())
        .select((involvement::child_id, involvement::number))
        .load(c))?;
    Ok(rows.into_iter().map(|(child, number)| (ChildId(child), number)).collect())
}

/// Inserts an involvement of the child that `permit` was given for.
///
/// # Errors
/// `Conflict` of `involvement_lead` where the child has a current lead professional of the kind, and of
/// `involvement_pkey` where the number is taken.
pub fn insert<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, entry: &Involvement) -> StoreResult<()> {
    check(permit, entry)?;
    insert_row(conn, entry)
}

/// Inserts an involvement of a child that is being registered or loaded in the same transaction.
///
/// # Errors
/// As [`insert`].
pub(super) fn insert_row(conn: &mut AnyConnection, entry: &Involvement) -> StoreResult<()> {
    let row = InvolvementRow::from(entry);
    on_each!(conn, |c| diesel::insert_into(involvement::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces an involvement of the child that `permit` was given for.
///
/// # Errors
/// `NotFound`; `Conflict` of `involvement_lead`.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, entry: &Involvement) -> StoreResult<()> {
    check(permit, entry)?;
    let row = InvolvementRow::from(entry);
    let changed = on_each!(conn, |c| diesel::update(
        involvement::table.filter(involvement::child_id.eq(row.child_id)).filter(involvement::number.eq(row.number))
    )
    .set(&row)
    .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Inserts the entries of a child once more for another that is born with it, and that is being registered in the same
/// transaction; `permit` is the first one's.
///
/// # Errors
/// As [`insert`], or `Broken` where an entry is not the permitted child's.
pub fn insert_copies<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    entries: &[Involvement],
    other: ChildId,
) -> StoreResult<()> {
    for entry in entries {
        check(permit, entry)?;
        insert_row(conn, &Involvement { child: other, ..entry.clone() })?;
    }
    Ok(())
}

fn check<A: Action>(permit: &Permit<A>, entry: &Involvement) -> StoreResult<()> {
    if entry.child == permit.child() {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}
