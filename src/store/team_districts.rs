//! The postcode districts that teams serve, and where to look when a boundary moves.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::text;
use super::compact::{StoredDay, StoredId};
use super::connections::AnyConnection;
use super::dialect::{insert_all, load_any, on_each};
use super::errors::StoreResult;
use super::schema::{child, involvement, team_district};
use crate::domain::ids::{ChildId, OrganisationId, TeamId};
use crate::domain::index_numbers::IndexNumber;

/// A row of `team_district`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = team_district)]
struct DistrictRow {
    organisation_id: StoredId,
    district: String,
    team_id: StoredId,
}

/// The districts of each of these teams, in the order of their codes.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, teams: &[TeamId]) -> StoreResult<Vec<(TeamId, String)>> {
    let ids: Vec<StoredId> = teams.iter().map(|team| StoredId::from(*team)).collect();
    let rows = load_any!(
        conn,
        team_district::table.select(DistrictRow::as_select()).order(team_district::district),
        team_district::team_id,
        &ids,
        DistrictRow
    )?;
    Ok(rows.into_iter().map(|row| (row.team_id.into(), row.district)).collect())
}

/// The team of an organisation that serves a district; the same statement whatever is asked.
///
/// # Errors
/// As the database's.
pub fn find_team(conn: &mut AnyConnection, owner: OrganisationId, district: &str) -> StoreResult<Option<TeamId>> {
    let owner = StoredId::from(owner);
    let team: Option<StoredId> = on_each!(conn, |c| team_district::table
        .filter(team_district::organisation_id.eq(owner))
        .filter(team_district::district.eq(district))
        .select(team_district::team_id)
        .get_result(c)
        .optional())?;
    Ok(team.map(Into::into))
}

/// Replaces the districts of a team of `owner`.
///
/// # Errors
/// `Conflict` of `team_district_pkey` where another team of the organisation serves one of them.
pub fn replace(conn: &mut AnyConnection, owner: OrganisationId, team: TeamId, districts: &[String]) -> StoreResult<()> {
    let own = team_district::table.filter(team_district::team_id.eq(StoredId::from(team)));
    on_each!(conn, |c| diesel::delete(own).execute(c))?;
    let row = |district: &String| DistrictRow {
        organisation_id: owner.into(),
        district: district.clone(),
        team_id: team.into(),
    };
    let rows: Vec<DistrictRow> = districts.iter().map(row).collect();
    insert_all!(conn, team_district::table, &rows)?;
    Ok(())
}

/// A child with a running entry of a team, and whether its record names one of some districts: where to look, still to be
/// decided.
pub type Placed = (ChildId, IndexNumber, bool);

/// Children with a running entry of a team, in the order of their numbers, from after `after` and at most `limit`, and of
/// each whether its postcode lies in one of `districts`. Among them are some whose home or entry is hidden from the reader:
/// what of each may be seen is decided child by child.
///
/// # Errors
/// As the database's.
pub fn list_children(
    conn: &mut AnyConnection,
    team: TeamId,
    districts: &[String],
    day: NaiveDate,
    after: Option<IndexNumber>,
    limit: u16,
) -> StoreResult<Vec<Placed>> {
    let after = after.map(|number| number.compact()).unwrap_or_default();
    let running = involvement::table
        .filter(involvement::team_id.eq(StoredId::from(team)))
        .filter(involvement::ended_on.is_null())
        .filter(involvement::withdrawn_at.is_null())
        .filter(involvement::started_on.le(StoredDay::from(day)))
        .select(involvement::child_id);
    let rows: Vec<(i64, String, Option<String>)> = on_each!(conn, |c| child::table
        .filter(child::id.eq_any(running))
        .filter(child::index_number.gt(&after))
        .order(child::index_number)
        .limit(limit.into())
        .select((child::id, child::index_number, child::postcode))
        .load(c))?;
    let placed = |(id, number, postcode): (i64, String, Option<String>)| {
        let outward = postcode.as_deref().and_then(|postcode| postcode.split(' ').next());
        let lives_there = outward.is_some_and(|outward| districts.iter().any(|district| district == outward));
        Ok((ChildId(id), text(&number)?, lives_there))
    };
    rows.into_iter().map(placed).collect()
}
