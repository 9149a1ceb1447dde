//! Practitioners of organisations: named people with their routes.

use diesel::prelude::*;

use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::organisations::take;
use super::routes::{self, Routes};
use super::schema::practitioner;
use crate::domain::ids::{OrganisationId, PractitionerId};
use crate::domain::organisations::Practitioner;
use crate::domain::routes::Route;

/// A row of `practitioner`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = practitioner)]
pub(super) struct PractitionerRow {
    id: StoredId,
    organisation_id: StoredId,
    name: String,
    job_title: String,
}

impl PractitionerRow {
    /// The practitioner, with their own among the routes that were read for many.
    pub(super) fn with_routes_from(self, routes: &mut Routes) -> StoreResult<Practitioner> {
        Ok(Practitioner {
            id: self.id.into(),
            organisation: self.organisation_id.into(),
            routes: take(routes, self.id),
            name: self.name,
            job_title: self.job_title,
        })
    }
}

/// The rows of practitioners by id, without repeats.
pub(super) fn list_rows(conn: &mut AnyConnection, ids: &[StoredId]) -> StoreResult<Vec<PractitionerRow>> {
    Ok(load_any!(
        conn,
        practitioner::table.select(PractitionerRow::as_select()),
        practitioner::id,
        ids,
        PractitionerRow
    )?)
}

/// Finds a practitioner with their routes.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: PractitionerId) -> StoreResult<Option<Practitioner>> {
    let Some(row) = list_rows(conn, &[id.into()])?.pop() else { return Ok(None) };
    let mut routes = routes::list(conn, std::slice::from_ref(&row.id))?;
    row.with_routes_from(&mut routes).map(Some)
}

/// Finds the practitioner of an organisation with this name and job title.
///
/// # Errors
/// As the database's.
pub fn find_id(
    conn: &mut AnyConnection,
    organisation: OrganisationId,
    name: &str,
    job_title: &str,
) -> StoreResult<Option<PractitionerId>> {
    let sought = PractitionerRow {
        id: StoredId::NONE,
        organisation_id: organisation.into(),
        name: name.to_owned(),
        job_title: job_title.to_owned(),
    };
    Ok(find_named(conn, &sought)?.map(|row| row.id.into()))
}

/// The practitioner of an organisation with this name and job title: found with their routes, or inserted without any.
///
/// # Errors
/// `Conflict` of `foreign_key` where there is no such organisation.
pub fn find_or_insert(
    conn: &mut AnyConnection,
    organisation: OrganisationId,
    name: &str,
    job_title: &str,
) -> StoreResult<Practitioner> {
    let new = PractitionerRow {
        id: PractitionerId::new().into(),
        organisation_id: organisation.into(),
        name: name.to_owned(),
        job_title: job_title.to_owned(),
    };
    let found = match find_named(conn, &new)? {
        Some(found) => Some(found),
        None => {
            // Another node may insert the same one meanwhile: then it is the one to take.
            let inserted = on_each!(conn, |c| diesel::insert_into(practitioner::table)
                .values(&new)
                .on_conflict_do_nothing()
                .execute(c))?;
            if inserted == 1 { None } else { find_named(conn, &new)? }
        }
    };
    let Some(row) = found else { return new.with_routes_from(&mut Routes::new()) };
    let mut routes = routes::list(conn, std::slice::from_ref(&row.id))?;
    row.with_routes_from(&mut routes)
}

fn find_named(conn: &mut AnyConnection, sought: &PractitionerRow) -> StoreResult<Option<PractitionerRow>> {
    Ok(on_each!(conn, |c| practitioner::table
        .filter(practitioner::organisation_id.eq(&sought.organisation_id))
        .filter(practitioner::name.eq(&sought.name))
        .filter(practitioner::job_title.eq(&sought.job_title))
        .select(PractitionerRow::as_select())
        .get_result(c)
        .optional())?)
}

/// Replaces a practitioner's routes.
///
/// # Errors
/// `NotFound` where there is no such practitioner.
pub fn replace_routes(conn: &mut AnyConnection, id: PractitionerId, routes: &[Route]) -> StoreResult<()> {
    let id = StoredId::from(id);
    if list_rows(conn, std::slice::from_ref(&id))?.is_empty() {
        return Err(StoreError::NotFound);
    }
    routes::replace(conn, id, routes)
}
