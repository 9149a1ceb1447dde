//! Routes of organisations, teams and practitioners: one table for all, so that one statement reads them for many.

use std::collections::HashMap;

use diesel::prelude::*;

use super::columns::{code, position};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{insert_all, load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::route;
use crate::domain::routes::Route;

/// A row of `route`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = route)]
pub(super) struct RouteRow {
    owner_id: StoredId,
    position: i32,
    kind: String,
    phone: Option<String>,
    email: Option<String>,
    hours: String,
}

impl TryFrom<&RouteRow> for Route {
    type Error = StoreError;

    fn try_from(row: &RouteRow) -> StoreResult<Self> {
        Self::parse(code(&row.kind)?, row.phone.as_deref(), row.email.as_deref(), Some(&row.hours))
            .map_err(|_| StoreError::broken("a stored route could not be read"))
    }
}

/// The routes of several owners, each owner's in the order they were given.
pub(super) type Routes = HashMap<StoredId, Vec<Route>>;

/// Reads the routes of every owner in `owners`; who has none is absent.
pub(super) fn list(conn: &mut AnyConnection, owners: &[StoredId]) -> StoreResult<Routes> {
    let rows = load_any!(
        conn,
        route::table.select(RouteRow::as_select()).order((route::owner_id, route::position)),
        route::owner_id,
        owners,
        RouteRow
    )?;
    let mut routes = Routes::with_capacity(owners.len());
    for row in rows {
        let read = Route::try_from(&row)?;
        routes.entry(row.owner_id).or_default().push(read);
    }
    Ok(routes)
}

/// The routes of one owner.
pub(super) fn list_of(conn: &mut AnyConnection, owner: StoredId) -> StoreResult<Vec<Route>> {
    Ok(list(conn, &[owner])?.into_values().next().unwrap_or_default())
}

/// Inserts the routes of an owner that has none yet.
pub(super) fn insert(conn: &mut AnyConnection, owner: StoredId, routes: &[Route]) -> StoreResult<()> {
    let rows: Vec<RouteRow> = routes
        .iter()
        .enumerate()
        .map(|(index, route)| {
            Ok(RouteRow {
                owner_id: owner,
                position: position(index)?,
                kind: route.kind().code().into(),
                phone: route.phone().map(|phone| phone.as_str().to_owned()),
                email: route.email().map(|email| email.as_str().to_owned()),
                hours: route.hours().to_string(),
            })
        })
        .collect::<StoreResult<_>>()?;
    insert_all!(conn, route::table, &rows)?;
    Ok(())
}

/// Replaces the routes of an owner.
pub(super) fn replace(conn: &mut AnyConnection, owner: StoredId, routes: &[Route]) -> StoreResult<()> {
    on_each!(conn, |c| diesel::delete(route::table.filter(route::owner_id.eq(owner))).execute(c))?;
    insert(conn, owner, routes)
}
