//! Access points: desks with their postcode districts and routes.

use diesel::prelude::*;

use super::columns::{code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{insert_all, load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::organisations::take;
use super::routes;
use super::schema::{access_point, access_point_district};
use crate::domain::enquiries::AccessPoint;
use crate::domain::ids::AccessPointId;

/// A row of `access_point`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = access_point)]
struct PointRow {
    id: String,
    organisation_id: StoredId,
    kind: String,
    name: String,
    area: String,
    needs: String,
    version: i64,
}

/// A row of `access_point_district`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = access_point_district)]
struct DistrictRow {
    access_point_id: String,
    district: String,
}

impl From<&AccessPoint> for PointRow {
    fn from(point: &AccessPoint) -> Self {
        Self {
            id: point.id.to_string(),
            organisation_id: point.organisation.into(),
            kind: point.kind.code().into(),
            name: point.name.clone(),
            area: point.area.clone(),
            needs: point.needs.iter().map(|need| need.code()).collect::<Vec<_>>().join(" "),
            version: point.version,
        }
    }
}

/// The most desks of an area that are looked at.
const MOST: i64 = 500;

/// Lists the desks of an area, or of all, by name.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, area: Option<&str>) -> StoreResult<Vec<AccessPoint>> {
    let mut query = access_point::table
        .select(PointRow::as_select())
        .order((access_point::name, access_point::id))
        .limit(MOST)
        .into_boxed();
    if let Some(area) = area {
        query = query.filter(access_point::area.eq(area.to_owned()));
    }
    let rows: Vec<PointRow> = query.load(conn)?;
    complete(conn, rows)
}

/// Finds a desk.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: AccessPointId) -> StoreResult<Option<AccessPoint>> {
    let id = id.to_string();
    let row: Option<PointRow> = on_each!(conn, |c| access_point::table
        .filter(access_point::id.eq(&id))
        .select(PointRow::as_select())
        .get_result(c)
        .optional())?;
    Ok(complete(conn, row.into_iter().collect())?.pop())
}

fn complete(conn: &mut AnyConnection, rows: Vec<PointRow>) -> StoreResult<Vec<AccessPoint>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let owners: Vec<StoredId> =
        ids.iter().map(|id| Ok(text::<AccessPointId>(id)?.into())).collect::<StoreResult<_>>()?;
    let mut routes = routes::list(conn, &owners)?;
    let districts = load_any!(
        conn,
        access_point_district::table
            .select(DistrictRow::as_select())
            .order((access_point_district::access_point_id, access_point_district::district)),
        access_point_district::access_point_id,
        &ids,
        DistrictRow
    )?;
    rows.into_iter()
        .map(|row| {
            let served = districts.iter().filter(|district| district.access_point_id == row.id);
            let id: AccessPointId = text(&row.id)?;
            Ok(AccessPoint {
                id,
                organisation: row.organisation_id.into(),
                kind: code(&row.kind)?,
                needs: row.needs.split_ascii_whitespace().map(code).collect::<StoreResult<_>>()?,
                districts: served.map(|district| district.district.clone()).collect(),
                routes: take(&mut routes, id.into()),
                name: row.name,
                area: row.area,
                version: row.version,
            })
        })
        .collect()
}

/// Inserts a desk.
///
/// # Errors
/// `Conflict` of `foreign_key` where there is no such organisation.
pub fn insert(conn: &mut AnyConnection, new: &AccessPoint) -> StoreResult<()> {
    let row = PointRow::from(new);
    on_each!(conn, |c| diesel::insert_into(access_point::table).values(&row).execute(c))?;
    insert_districts(conn, new)?;
    routes::insert(conn, new.id.into(), &new.routes)
}

/// Replaces a desk; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there.
pub fn update(conn: &mut AnyConnection, changed: &AccessPoint) -> StoreResult<()> {
    let mut row = PointRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place =
        access_point::table.filter(access_point::id.eq(&row.id)).filter(access_point::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated != 1 {
        return Err(StoreError::NotFound);
    }
    let own = access_point_district::table.filter(access_point_district::access_point_id.eq(&row.id));
    on_each!(conn, |c| diesel::delete(own).execute(c))?;
    insert_districts(conn, changed)?;
    routes::replace(conn, changed.id.into(), &changed.routes)
}

fn insert_districts(conn: &mut AnyConnection, point: &AccessPoint) -> StoreResult<()> {
    let row = |district: &String| DistrictRow { access_point_id: point.id.to_string(), district: district.clone() };
    let rows: Vec<DistrictRow> = point.districts.iter().map(row).collect();
    insert_all!(conn, access_point_district::table, &rows)?;
    Ok(())
}
