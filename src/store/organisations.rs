//! Organisations: their rows and lists, and the directory that a contact look-up takes names and routes from.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::Hash;
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::columns::{code, contains, lower, optional_code};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::routes::{self, RouteRow, Routes};
use super::schema::{organisation, partnership_member, route};
use super::{memories, practitioners, teams};
use crate::domain::ids::{OrganisationId, PartnershipId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::organisations::{Organisation, Practitioner, Team};
use crate::domain::pages::After;
use crate::domain::policy::Reach;
use crate::domain::routes::Route;
use crate::domain::services::OrganisationKind;

/// A row of `organisation`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = organisation, treat_none_as_null = true)]
struct OrganisationRow {
    id: StoredId,
    code: String,
    name: String,
    kind: String,
    area: String,
    sensitive: bool,
    accredited_until: Option<NaiveDate>,
    version: i64,
    created_at: i64,
    lawful_basis: Option<String>,
}

impl From<&Organisation> for OrganisationRow {
    fn from(organisation: &Organisation) -> Self {
        Self {
            id: organisation.id.into(),
            code: organisation.code.clone(),
            name: organisation.name.clone(),
            kind: organisation.kind.code().into(),
            area: organisation.area.clone(),
            sensitive: organisation.sensitive,
            accredited_until: organisation.accredited_until,
            version: organisation.version,
            created_at: organisation.created_at.0,
            lawful_basis: organisation.lawful_basis.map(|basis| basis.code().into()),
        }
    }
}

impl OrganisationRow {
    fn with_routes(self, routes: Vec<Route>) -> StoreResult<Organisation> {
        Ok(Organisation {
            id: self.id.into(),
            code: self.code,
            name: self.name,
            kind: code(&self.kind)?,
            area: self.area,
            sensitive: self.sensitive,
            accredited_until: self.accredited_until,
            lawful_basis: optional_code(self.lawful_basis.as_deref())?,
            routes,
            version: self.version,
            created_at: Instant(self.created_at),
        })
    }
}

/// Organisations, teams and practitioners by id, each with its routes.
#[derive(Debug, Clone, Default)]
pub struct Directory {
    /// Organisations.
    pub organisations: HashMap<OrganisationId, Arc<Organisation>>,
    /// Teams.
    pub teams: HashMap<TeamId, Arc<Team>>,
    /// Practitioners.
    pub practitioners: HashMap<PractitionerId, Arc<Practitioner>>,
}

/// Reads the organisations, teams and practitioners with these ids, and the routes of them all: on PostgreSQL four
/// statements, on SQLite one for every eight rows' owners of each table, all of them kept prepared; none for what the
/// connection remembers. Repeated ids do no harm; an unknown id is absent.
///
/// # Errors
/// As the database's.
pub fn directory(
    conn: &mut AnyConnection,
    organisations: &[OrganisationId],
    teams: &[TeamId],
    practitioners: &[PractitionerId],
) -> StoreResult<Directory> {
    let Some(memory) = memories::of(conn) else { return read_directory(conn, organisations, teams, practitioners) };
    let mut found = Directory::default();
    let organisations = recall(&memory.organisations, &mut found.organisations, organisations);
    let teams = recall(&memory.teams, &mut found.teams, teams);
    let practitioners = recall(&memory.practitioners, &mut found.practitioners, practitioners);
    if organisations.is_empty() && teams.is_empty() && practitioners.is_empty() {
        return Ok(found);
    }
    let read = read_directory(conn, &organisations, &teams, &practitioners)?;
    keep(conn, &read);
    found.organisations.extend(read.organisations);
    found.teams.extend(read.teams);
    found.practitioners.extend(read.practitioners);
    Ok(found)
}

/// Moves what is remembered into `found`, and gives the ids of the rest.
fn recall<Id: Copy + Eq + Hash, T>(
    remembered: &HashMap<Id, Arc<T>>,
    found: &mut HashMap<Id, Arc<T>>,
    ids: &[Id],
) -> Vec<Id> {
    let mut rest = Vec::new();
    for id in ids {
        match remembered.get(id) {
            Some(known) => drop(found.insert(*id, Arc::clone(known))),
            None => rest.push(*id),
        }
    }
    rest
}

/// Remembers what was read.
fn keep(conn: &mut AnyConnection, read: &Directory) {
    if let Some(memory) = memories::of(conn) {
        memory.organisations.extend(read.organisations.iter().map(|(id, each)| (*id, Arc::clone(each))));
        memory.teams.extend(read.teams.iter().map(|(id, each)| (*id, Arc::clone(each))));
        memory.practitioners.extend(read.practitioners.iter().map(|(id, each)| (*id, Arc::clone(each))));
    }
}

/// Reads a directory into the connection's memory, always by the same four statements, however little is asked for: how
/// many there are must not tell of a child that the caller may not know of.
pub(super) fn expect(
    conn: &mut AnyConnection,
    organisations: &[OrganisationId],
    teams: &[TeamId],
    practitioners: &[PractitionerId],
) -> StoreResult<()> {
    let read = read_directory(
        conn,
        &[organisations, &[OrganisationId(Uuid::nil())]].concat(),
        &[teams, &[TeamId(Uuid::nil())]].concat(),
        &[practitioners, &[PractitionerId(Uuid::nil())]].concat(),
    )?;
    keep(conn, &read);
    Ok(())
}

fn read_directory(
    conn: &mut AnyConnection,
    organisations: &[OrganisationId],
    teams: &[TeamId],
    practitioners: &[PractitionerId],
) -> StoreResult<Directory> {
    let (organisations, teams, practitioners) = (distinct(organisations), distinct(teams), distinct(practitioners));
    let owners = [organisations.as_slice(), &teams, &practitioners].concat();
    let mut routes = routes::list(conn, &owners)?;
    let rows = list_rows(conn, &organisations)?;
    Ok(Directory {
        organisations: by_id(rows, |row| {
            let routes = take(&mut routes, row.id);
            let organisation = row.with_routes(routes)?;
            Ok((organisation.id, Arc::new(organisation)))
        })?,
        teams: by_id(teams::list_rows(conn, &teams)?, |row| {
            let team = row.with_routes_from(&mut routes)?;
            Ok((team.id, Arc::new(team)))
        })?,
        practitioners: by_id(practitioners::list_rows(conn, &practitioners)?, |row| {
            let practitioner = row.with_routes_from(&mut routes)?;
            Ok((practitioner.id, Arc::new(practitioner)))
        })?,
    })
}

fn distinct<Id: Copy + Eq + Hash + Into<StoredId>>(ids: &[Id]) -> Vec<StoredId> {
    let mut seen = HashSet::with_capacity(ids.len());
    ids.iter().filter(|id| seen.insert(**id)).map(|id| (*id).into()).collect()
}

fn by_id<Id: Eq + Hash, Row, T>(
    rows: Vec<Row>,
    read: impl FnMut(Row) -> StoreResult<(Id, T)>,
) -> StoreResult<HashMap<Id, T>> {
    rows.into_iter().map(read).collect()
}

/// Takes one owner's routes out of those that were read for many.
pub(super) fn take(routes: &mut Routes, owner: StoredId) -> Vec<Route> {
    routes.remove(&owner).unwrap_or_default()
}

fn list_rows(conn: &mut AnyConnection, ids: &[StoredId]) -> StoreResult<Vec<OrganisationRow>> {
    Ok(load_any!(
        conn,
        organisation::table.select(OrganisationRow::as_select()),
        organisation::id,
        ids,
        OrganisationRow
    )?)
}

/// Finds an organisation with its routes.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: OrganisationId) -> StoreResult<Option<Organisation>> {
    let row = list_rows(conn, &[id.into()])?.pop();
    row.map(|row| read(conn, row)).transpose()
}

/// Finds the organisation with a code, with its routes.
///
/// # Errors
/// As the database's.
pub fn find_by_code(conn: &mut AnyConnection, code: &str) -> StoreResult<Option<Organisation>> {
    let row: Option<OrganisationRow> = on_each!(conn, |c| organisation::table
        .filter(organisation::code.eq(code))
        .select(OrganisationRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(|row| read(conn, row)).transpose()
}

/// The code of the management team that was registered first, whatever its area.
///
/// # Errors
/// As the database's.
pub fn first_management_team(conn: &mut AnyConnection) -> StoreResult<Option<String>> {
    Ok(on_each!(conn, |c| organisation::table
        .filter(organisation::kind.eq(OrganisationKind::ManagementTeam.code()))
        .order(organisation::id)
        .select(organisation::code)
        .first(c)
        .optional())?)
}

/// The management team of an area, with its routes: the desk that brokers contact. The first registered, where an
/// area has several.
///
/// # Errors
/// As the database's.
pub fn management_desk(conn: &mut AnyConnection, area: &str) -> StoreResult<Option<Organisation>> {
    if let Some(desk) = memories::of(conn).and_then(|memory| memory.desks.get(area)) {
        return Ok(desk.clone());
    }
    let desk = read_desk(conn, area)?;
    if let Some(memory) = memories::of(conn) {
        memory.desks.insert(area.to_owned(), desk.clone());
    }
    Ok(desk)
}

/// Reads the desks of areas into the connection's memory.
pub(super) fn expect_desks(conn: &mut AnyConnection, areas: &BTreeSet<String>) -> StoreResult<()> {
    let kind = OrganisationKind::ManagementTeam.code();
    let mut rows: Vec<(OrganisationRow, Option<RouteRow>)> = on_each!(conn, |c| organisation::table
        .left_join(route::table.on(route::owner_id.eq(organisation::id)))
        .filter(organisation::area.eq_any(areas))
        .filter(organisation::kind.eq(kind))
        .order((organisation::area, organisation::id, route::position))
        .select((OrganisationRow::as_select(), Option::<RouteRow>::as_select()))
        .load(c))?;
    let mut desks: HashMap<String, Option<Organisation>> = areas.iter().map(|area| (area.clone(), None)).collect();
    while let Some((first, _)) = rows.first() {
        let area = first.area.clone();
        let rest = rows.iter().position(|(row, _)| row.area != area).unwrap_or(rows.len());
        let others = rows.split_off(rest);
        desks.insert(area, desk_of(std::mem::replace(&mut rows, others))?);
    }
    if let Some(memory) = memories::of(conn) {
        memory.desks.extend(desks);
    }
    Ok(())
}

fn read_desk(conn: &mut AnyConnection, area: &str) -> StoreResult<Option<Organisation>> {
    let kind = OrganisationKind::ManagementTeam.code();
    // One statement: every look-up of contacts asks for the desk, so that the time it takes tells nothing.
    let rows: Vec<(OrganisationRow, Option<RouteRow>)> = on_each!(conn, |c| organisation::table
        .left_join(route::table.on(route::owner_id.eq(organisation::id)))
        .filter(organisation::area.eq(area))
        .filter(organisation::kind.eq(kind))
        .order((organisation::id, route::position))
        .select((OrganisationRow::as_select(), Option::<RouteRow>::as_select()))
        .load(c))?;
    desk_of(rows)
}

/// The first of an area's desks, from rows in the order of desks and routes.
fn desk_of(rows: Vec<(OrganisationRow, Option<RouteRow>)>) -> StoreResult<Option<Organisation>> {
    let mut rows = rows.into_iter();
    let Some((desk, first)) = rows.next() else { return Ok(None) };
    let others = rows.take_while(|(other, _)| other.id == desk.id).filter_map(|(_, route)| route);
    let routes = first.into_iter().chain(others).map(|row| Route::try_from(&row)).collect::<StoreResult<_>>()?;
    desk.with_routes(routes).map(Some)
}

fn read(conn: &mut AnyConnection, row: OrganisationRow) -> StoreResult<Organisation> {
    let routes = routes::list_of(conn, row.id)?;
    row.with_routes(routes)
}

/// Which organisations a list is made of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OrganisationFilter {
    /// Part of the name, in either case.
    pub name: Option<String>,
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
    /// Of this area.
    pub area: Option<String>,
    /// That are or were members of this partnership, or are to be.
    pub member_of: Option<PartnershipId>,
    /// The kinds that are sensitive whatever their mark.
    pub sensitive_kinds: Vec<OrganisationKind>,
    /// What the reader may see of what is sensitive; everything where empty, what each allows where there are several.
    pub reaches: Vec<Reach>,
}

/// Lists organisations by name, with their routes, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    filter: &OrganisationFilter,
    after: Option<&After>,
    limit: u16,
) -> StoreResult<Vec<Organisation>> {
    let mut query = organisation::table
        .select(OrganisationRow::as_select())
        .order((organisation::name, organisation::id))
        .limit(limit.into())
        .into_boxed();
    if let Some(After { name, id }) = after {
        // The first condition alone lets an index find the place.
        query = query
            .filter(organisation::name.ge(name))
            .filter(organisation::name.gt(name).or(organisation::id.gt(StoredId::from(*id))));
    }
    if let Some(name) = &filter.name {
        query = query.filter(lower(organisation::name).like(lower(contains(name))).escape('\\'));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(organisation::kind.eq(kind.code()));
    }
    if let Some(area) = &filter.area {
        query = query.filter(organisation::area.eq(area));
    }
    if let Some(partnership) = filter.member_of {
        let members = partnership_member::table
            .filter(partnership_member::partnership_id.eq(partnership.to_string()))
            .select(partnership_member::organisation_id);
        query = query.filter(organisation::id.eq_any(members));
    }
    let ordinary = || {
        let kinds: Vec<_> = filter.sensitive_kinds.iter().map(|kind| kind.code()).collect();
        organisation::sensitive.eq(false).and(organisation::kind.ne_all(kinds))
    };
    for reach in &filter.reaches {
        query = match reach {
            Reach::Everything => query,
            Reach::Area(area, own) => query.filter(
                ordinary().or(organisation::area.eq(area.clone())).or(organisation::id.eq(StoredId::from(*own))),
            ),
            Reach::Own(own) => query.filter(ordinary().or(organisation::id.eq(StoredId::from(*own)))),
        };
    }
    let rows: Vec<OrganisationRow> = query.load(conn)?;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut routes = routes::list(conn, &ids)?;
    rows.into_iter()
        .map(|row| {
            let routes = take(&mut routes, row.id);
            row.with_routes(routes)
        })
        .collect()
}

/// Inserts an organisation with its routes.
///
/// # Errors
/// `Conflict` of `organisation_code`.
pub fn insert(conn: &mut AnyConnection, new: &Organisation) -> StoreResult<()> {
    let row = OrganisationRow::from(new);
    on_each!(conn, |c| diesel::insert_into(organisation::table).values(&row).execute(c))?;
    routes::insert(conn, row.id, &new.routes)
}

/// Replaces an organisation and its routes; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there; `Conflict` of `organisation_code`.
pub fn update(conn: &mut AnyConnection, changed: &Organisation) -> StoreResult<()> {
    let mut row = OrganisationRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place =
        organisation::table.filter(organisation::id.eq(row.id)).filter(organisation::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated != 1 {
        return Err(StoreError::NotFound);
    }
    routes::replace(conn, row.id, &changed.routes)
}
