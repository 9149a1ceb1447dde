//! Teams of organisations: their rows and lists.

use diesel::prelude::*;

use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::organisations::take;
use super::routes::{self, Routes};
use super::schema::team;
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::organisations::Team;
use crate::domain::pages::After;
use crate::domain::policy::Reach;

/// A row of `team`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = team)]
pub(super) struct TeamRow {
    id: StoredId,
    organisation_id: StoredId,
    code: String,
    name: String,
    area: String,
    sensitive: bool,
    version: i64,
}

impl From<&Team> for TeamRow {
    fn from(team: &Team) -> Self {
        Self {
            id: team.id.into(),
            organisation_id: team.organisation.into(),
            code: team.code.clone(),
            name: team.name.clone(),
            area: team.area.clone(),
            sensitive: team.sensitive,
            version: team.version,
        }
    }
}

impl TeamRow {
    /// The team, with its own among the routes that were read for many.
    pub(super) fn with_routes_from(self, routes: &mut Routes) -> StoreResult<Team> {
        Ok(Team {
            id: self.id.into(),
            organisation: self.organisation_id.into(),
            code: self.code,
            name: self.name,
            area: self.area,
            sensitive: self.sensitive,
            routes: take(routes, self.id),
            version: self.version,
        })
    }
}

/// The rows of teams by id, without repeats.
pub(super) fn list_rows(conn: &mut AnyConnection, ids: &[StoredId]) -> StoreResult<Vec<TeamRow>> {
    Ok(load_any!(conn, team::table.select(TeamRow::as_select()), team::id, ids, TeamRow)?)
}

/// Finds a team with its routes.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: TeamId) -> StoreResult<Option<Team>> {
    let Some(row) = list_rows(conn, &[id.into()])?.pop() else { return Ok(None) };
    let mut routes = routes::list(conn, std::slice::from_ref(&row.id))?;
    row.with_routes_from(&mut routes).map(Some)
}

/// Finds the team of an organisation with a code, with its routes.
///
/// # Errors
/// As the database's.
pub fn find_by_code(conn: &mut AnyConnection, owner: OrganisationId, code: &str) -> StoreResult<Option<Team>> {
    let owner = StoredId::from(owner);
    let row: Option<TeamRow> = on_each!(conn, |c| team::table
        .filter(team::organisation_id.eq(owner))
        .filter(team::code.eq(code))
        .select(TeamRow::as_select())
        .get_result(c)
        .optional())?;
    let Some(row) = row else { return Ok(None) };
    let mut routes = routes::list(conn, std::slice::from_ref(&row.id))?;
    row.with_routes_from(&mut routes).map(Some)
}

/// Lists the teams of an organisation by name, with their routes, from after `after` and at most `limit`. Of its
/// sensitive teams only those that every reach allows.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    owner: OrganisationId,
    reaches: &[Reach],
    after: Option<&After>,
    limit: u16,
) -> StoreResult<Vec<Team>> {
    let mut query = team::table
        .filter(team::organisation_id.eq(StoredId::from(owner)))
        .select(TeamRow::as_select())
        .order((team::name, team::id))
        .limit(limit.into())
        .into_boxed();
    if let Some(After { name, id }) = after {
        query = query.filter(team::name.ge(name)).filter(team::name.gt(name).or(team::id.gt(StoredId::from(*id))));
    }
    for reach in reaches {
        query = match reach {
            Reach::Everything => query,
            Reach::Area(_, own) | Reach::Own(own) if *own == owner => query,
            Reach::Area(area, _) => query.filter(team::sensitive.eq(false).or(team::area.eq(area.clone()))),
            Reach::Own(_) => query.filter(team::sensitive.eq(false)),
        };
    }
    let rows: Vec<TeamRow> = query.load(conn)?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut routes = routes::list(conn, &ids)?;
    rows.into_iter().map(|row| row.with_routes_from(&mut routes)).collect()
}

/// Inserts a team with its routes.
///
/// # Errors
/// `Conflict` of `team_code`; of `foreign_key` where there is no such organisation.
pub fn insert(conn: &mut AnyConnection, new: &Team) -> StoreResult<()> {
    let row = TeamRow::from(new);
    on_each!(conn, |c| diesel::insert_into(team::table).values(&row).execute(c))?;
    routes::insert(conn, row.id, &new.routes)
}

/// Replaces a team and its routes; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there; `Conflict` of `team_code`.
pub fn update(conn: &mut AnyConnection, changed: &Team) -> StoreResult<()> {
    let mut row = TeamRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = team::table.filter(team::id.eq(row.id)).filter(team::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated != 1 {
        return Err(StoreError::NotFound);
    }
    routes::replace(conn, row.id, &changed.routes)
}
