//! Teams around children: what was settled of each, and the brothers and sisters who share one.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::text;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{child, child_team, child_team_link};
use super::transactions::write_tx;
use crate::domain::child_teams::{ChildTeam, Participants};
use crate::domain::children::{ChildStatus, Publication};
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::policy::{Action, Permit};

/// A row of `child_team`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = child_team, treat_none_as_null = true, treat_none_as_default_value = false)]
struct TeamRow {
    child_id: i64,
    chair: Option<i32>,
    next_review_on: Option<NaiveDate>,
    parents_or_carers: bool,
    young_person: bool,
    version: i64,
}

impl From<&ChildTeam> for TeamRow {
    fn from(team: &ChildTeam) -> Self {
        Self {
            child_id: team.child.0,
            chair: team.chair,
            next_review_on: team.next_review_on,
            parents_or_carers: team.participants.parents_or_carers,
            young_person: team.participants.young_person,
            version: team.version,
        }
    }
}

impl From<TeamRow> for ChildTeam {
    fn from(row: TeamRow) -> Self {
        let TeamRow { child_id, chair, next_review_on, parents_or_carers, young_person, version } = row;
        let participants = Participants { parents_or_carers, young_person };
        Self { child: ChildId(child_id), chair, next_review_on, participants, version }
    }
}

/// One way round of a pair.
#[derive(Debug, Clone, Copy, Insertable)]
#[diesel(table_name = child_team_link, treat_none_as_default_value = false)]
struct LinkRow {
    child_id: i64,
    other_id: i64,
}

/// What was settled of the team around the child that `permit` was given for, hidden parts among it.
///
/// # Errors
/// As the database's.
pub fn get<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<ChildTeam> {
    let row: Option<TeamRow> = on_each!(conn, |c| child_team::table
        .filter(child_team::child_id.eq(permit.child().0))
        .select(TeamRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(row.map_or_else(|| ChildTeam::of(permit.child()), ChildTeam::from))
}

/// Keeps what is settled of a team; `settled` carries the version that was read, and the row gets the next. Of two who
/// settle at once the database lets one.
///
/// # Errors
/// `NotFound` where that version is no longer there: somebody else settled meanwhile.
pub fn save<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, settled: &ChildTeam) -> StoreResult<()> {
    if settled.child != permit.child() {
        return Err(StoreError::broken("a permit for one child was used on another"));
    }
    let next = ChildTeam { version: settled.version.saturating_add(1), ..*settled };
    if settled.version == 0 {
        return match write_tx(conn, |conn| insert_row(conn, &next)) {
            Err(StoreError::Conflict("child_team_pkey")) => Err(StoreError::NotFound),
            other => other,
        };
    }
    let row = TeamRow::from(&next);
    let place =
        child_team::table.filter(child_team::child_id.eq(row.child_id)).filter(child_team::version.eq(settled.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Inserts a team of which nothing was settled before.
///
/// # Errors
/// `Conflict` of `child_team_pkey` where something was.
pub(super) fn insert_row(conn: &mut AnyConnection, team: &ChildTeam) -> StoreResult<()> {
    let row = TeamRow::from(team);
    on_each!(conn, |c| diesel::insert_into(child_team::table).values(&row).execute(c))?;
    Ok(())
}

/// Gives a child that is being made in the same transaction what was settled for the one that `permit` was given for: a
/// twin.
///
/// # Errors
/// As the database's.
pub fn insert_copy<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, other: ChildId) -> StoreResult<()> {
    let team = get(conn, permit)?;
    if team.version == 0 { Ok(()) } else { insert_row(conn, &ChildTeam { child: other, ..team }) }
}

/// The brothers and sisters who share the team around the child that `permit` was given for: each still to be decided.
///
/// # Errors
/// As the database's.
pub fn list_relatives<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<ChildId>> {
    let ids: Vec<i64> = on_each!(conn, |c| child_team_link::table
        .filter(child_team_link::child_id.eq(permit.child().0))
        .order(child_team_link::other_id)
        .select(child_team_link::other_id)
        .load(c))?;
    Ok(ids.into_iter().map(ChildId).collect())
}

/// Has two children share a team, each under a permit of its own; whether they did not before.
///
/// # Errors
/// As the database's.
pub fn link<A: Action, B: Action>(conn: &mut AnyConnection, one: &Permit<A>, other: &Permit<B>) -> StoreResult<bool> {
    match write_tx(conn, |conn| link_rows(conn, one.child(), other.child())) {
        Ok(()) => Ok(true),
        Err(StoreError::Conflict("child_team_link_pkey")) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Has two children share a team.
///
/// # Errors
/// `Conflict` of `child_team_link_pkey` where they do already.
pub(super) fn link_rows(conn: &mut AnyConnection, one: ChildId, other: ChildId) -> StoreResult<()> {
    for (child, other) in [(one, other), (other, one)] {
        let row = LinkRow { child_id: child.0, other_id: other.0 };
        on_each!(conn, |c| diesel::insert_into(child_team_link::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Has two children share a team no more, each under a permit of its own; whether they did before.
///
/// # Errors
/// As the database's.
pub fn unlink<A: Action, B: Action>(conn: &mut AnyConnection, one: &Permit<A>, other: &Permit<B>) -> StoreResult<bool> {
    let mut deleted: usize = 0;
    for (child, other) in [(one.child(), other.child()), (other.child(), one.child())] {
        let place = child_team_link::table
            .filter(child_team_link::child_id.eq(child.0))
            .filter(child_team_link::other_id.eq(other.0));
        deleted = deleted.saturating_add(on_each!(conn, |c| diesel::delete(place).execute(c))?);
    }
    Ok(deleted > 0)
}

/// Children of an area whose team should have looked again before `day`, in the order of their numbers, from after `after`
/// and at most `limit`. Among them are some who are shown to nobody: what of each may be seen is decided child by child.
///
/// # Errors
/// As the database's.
pub fn list_overdue(
    conn: &mut AnyConnection,
    area: &str,
    day: NaiveDate,
    after: Option<IndexNumber>,
    limit: u16,
) -> StoreResult<Vec<(ChildId, IndexNumber)>> {
    let after = after.map(|number| number.compact()).unwrap_or_default();
    let rows: Vec<(i64, String)> = on_each!(conn, |c| child::table
        .inner_join(child_team::table.on(child_team::child_id.eq(child::id)))
        .filter(child_team::next_review_on.lt(day))
        .filter(child::area.eq(area))
        .filter(child::index_number.gt(&after))
        .filter(child::publication.eq(Publication::Published.code()))
        .filter(child::status.eq_any([ChildStatus::Active.code(), ChildStatus::Unborn.code()]))
        .order(child::index_number)
        .limit(limit.into())
        .select((child::id, child::index_number))
        .load(c))?;
    rows.into_iter().map(|(id, number)| Ok((ChildId(id), text(&number)?))).collect()
}
