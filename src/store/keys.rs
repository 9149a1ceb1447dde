//! Search keys and household keys: which children share one.

use diesel::connection::DefaultLoadingMode;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer};

use super::connections::AnyConnection;
use super::dialect::{copy_all, insert_all, on_each};
use super::errors::StoreResult;
use super::key_lists;
use super::schema::{child_key, household_key};
use crate::domain::ids::ChildId;
use crate::domain::matching::{Key, PlannedKey};

#[derive(Insertable)]
#[diesel(table_name = child_key, treat_none_as_default_value = false)]
struct KeyRow {
    key: i64,
    child_id: i64,
}

#[derive(Insertable)]
#[diesel(table_name = household_key, treat_none_as_default_value = false)]
struct HouseholdRow {
    key: i64,
    child_id: i64,
}

/// Replaces the search keys of a child: `old` are those derived from the record before the change.
///
/// # Errors
/// As the database's.
pub fn replace(conn: &mut AnyConnection, child: ChildId, old: &[Key], new: &[Key]) -> StoreResult<()> {
    for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
        let row = child_key::table.filter(child_key::key.eq(key.0)).filter(child_key::child_id.eq(child.0));
        on_each!(conn, |c| diesel::delete(row).execute(c))?;
        key_lists::search::remove(conn, *key, child)?;
    }
    let added = new.iter().filter(|key| old.binary_search(key).is_err());
    let rows: Vec<KeyRow> = added.map(|key| KeyRow { key: key.0, child_id: child.0 }).collect();
    insert_all!(conn, child_key::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Replaces the household keys of a child, as [`replace`] does.
///
/// # Errors
/// As the database's.
pub fn replace_household(conn: &mut AnyConnection, child: ChildId, old: &[Key], new: &[Key]) -> StoreResult<()> {
    for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
        let row = household_key::table.filter(household_key::key.eq(key.0)).filter(household_key::child_id.eq(child.0));
        on_each!(conn, |c| diesel::delete(row).execute(c))?;
        key_lists::household::remove(conn, *key, child)?;
    }
    let added = new.iter().filter(|key| old.binary_search(key).is_err());
    let rows: Vec<HouseholdRow> = added.map(|key| HouseholdRow { key: key.0, child_id: child.0 }).collect();
    insert_all!(conn, household_key::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Inserts the search keys of many new children in the order of the table, each pair once.
pub(super) fn insert_many(conn: &mut AnyConnection, pairs: &mut [(Key, ChildId)]) -> StoreResult<()> {
    pairs.sort_unstable();
    let rows: Vec<KeyRow> = pairs.iter().map(|(key, child)| KeyRow { key: key.0, child_id: child.0 }).collect();
    copy_all!(conn, child_key::table, rows)?;
    Ok(())
}

/// Inserts the household keys of many new children, as [`insert_many`] does.
pub(super) fn insert_many_household(conn: &mut AnyConnection, pairs: &mut [(Key, ChildId)]) -> StoreResult<()> {
    pairs.sort_unstable();
    let rows: Vec<HouseholdRow> =
        pairs.iter().map(|(key, child)| HouseholdRow { key: key.0, child_id: child.0 }).collect();
    copy_all!(conn, household_key::table, rows)?;
    Ok(())
}

/// The children under a key, in order of id and no more than `cap`, be they in lists or in rows of their own.
fn under(conn: &mut AnyConnection, key: Key, cap: usize) -> StoreResult<Vec<i64>> {
    let mut ids = Vec::new();
    key_lists::search::read_under(conn, key, cap, &mut ids)?;
    // Rows are fetched one by one, so that stopping at the cap reads no more than the cap.
    let rows: Vec<i64> = on_each!(conn, |c| child_key::table
        .filter(child_key::key.eq(key.0))
        .order(child_key::child_id)
        .select(child_key::child_id)
        .load_iter::<i64, DefaultLoadingMode>(c)?
        .take(cap)
        .collect::<QueryResult<_>>())?;
    ids.extend(rows);
    Ok(first_of(ids, cap))
}

/// The members of a household key, as [`under`] for a search key.
fn household_under(conn: &mut AnyConnection, key: Key, cap: usize) -> StoreResult<Vec<i64>> {
    let mut ids = Vec::new();
    key_lists::household::read_under(conn, key, cap, &mut ids)?;
    let rows: Vec<i64> = on_each!(conn, |c| household_key::table
        .filter(household_key::key.eq(key.0))
        .order(household_key::child_id)
        .select(household_key::child_id)
        .load_iter::<i64, DefaultLoadingMode>(c)?
        .take(cap)
        .collect::<QueryResult<_>>())?;
    ids.extend(rows);
    Ok(first_of(ids, cap))
}

/// The first of some children in order of id, each once.
fn first_of(mut ids: Vec<i64>, cap: usize) -> Vec<i64> {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(cap);
    ids
}

/// Every pair of search key and child in the index, sorted: for comparing it with what should be in it.
///
/// # Errors
/// As the database's.
pub fn list_all(conn: &mut AnyConnection) -> StoreResult<Vec<(Key, ChildId)>> {
    let mut pairs: Vec<(i64, i64)> = on_each!(conn, |c| child_key::table.load(c))?;
    pairs.append(&mut key_lists::search::list_all(conn)?);
    // Who was shielded while a load was settled has keys in both.
    Ok(each_once(pairs))
}

/// Every pair of household key and child in the index, as [`list_all`].
///
/// # Errors
/// As the database's.
pub fn list_all_household(conn: &mut AnyConnection) -> StoreResult<Vec<(Key, ChildId)>> {
    let mut pairs: Vec<(i64, i64)> = on_each!(conn, |c| household_key::table.load(c))?;
    pairs.append(&mut key_lists::household::list_all(conn)?);
    Ok(each_once(pairs))
}

fn each_once(mut pairs: Vec<(i64, i64)>) -> Vec<(Key, ChildId)> {
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().map(|(key, child)| (Key(key), ChildId(child))).collect()
}

/// The children under keys that few share, such as those of identifiers: at most `MOST_UNDER_A_KEY` for each.
///
/// # Errors
/// As the database's.
pub fn list_under(conn: &mut AnyConnection, keys: &[Key]) -> StoreResult<Vec<(Key, ChildId)>> {
    let found: Vec<(i64, i64)> = match conn {
        AnyConnection::Sqlite(_) => {
            let mut found = Vec::new();
            for key in keys {
                found.extend(under(conn, *key, MOST_UNDER_A_KEY)?.into_iter().map(|id| (key.0, id)));
            }
            found
        }
        AnyConnection::Postgres(inner) => {
            let keys: Vec<i64> = keys.iter().map(|key| key.0).collect();
            child_key::table.filter(child_key::key.eq_any(&keys)).load(inner)?
        }
    };
    Ok(found.into_iter().map(|(key, child)| (Key(key), ChildId(child))).collect())
}

/// The most children looked at under one key by [`list_under`] on SQLite, which asks key by key.
pub const MOST_UNDER_A_KEY: usize = 20;

/// The most members of a household that are looked at: a hostel's telephone number is not a family.
const LARGEST_HOUSEHOLD: usize = 200;

/// The children who share a household key with these, `child` itself left out, in order of id.
///
/// # Errors
/// As the database's.
pub fn list_household(conn: &mut AnyConnection, child: ChildId, keys: &[Key]) -> StoreResult<Vec<ChildId>> {
    let mut members = Vec::new();
    for key in keys {
        let ids = household_under(conn, *key, LARGEST_HOUSEHOLD)?;
        members.extend(ids.into_iter().filter(|id| *id != child.0).map(ChildId));
    }
    members.sort_unstable();
    members.dedup();
    Ok(members)
}

/// The children under each of some keys as one statement on PostgreSQL that stays prepared, and is not planned anew for each
/// search. A row for each key: its place in the plan, from one on, and the children.
#[derive(Debug, Clone, QueryId)]
struct UnderEach {
    keys: Vec<i64>,
    caps: Vec<i32>,
}

impl Query for UnderEach {
    type SqlType = (BigInt, Array<BigInt>);
}

impl<Conn> RunQueryDsl<Conn> for UnderEach {}

impl QueryFragment<Pg> for UnderEach {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "SELECT plan.place, ARRAY(SELECT child_id FROM child_key WHERE child_key.key = plan.key \
             ORDER BY child_id LIMIT plan.cap) FROM unnest(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.caps)?;
        out.push_sql(") WITH ORDINALITY AS plan (key, cap, place) ORDER BY plan.place");
        Ok(())
    }
}

/// The children under each planned key, in order of id and no more than its cap: one list for each key, in the
/// order of `plan`. The rows read are bounded by the plan.
///
/// # Errors
/// As the database's.
pub fn list_planned(conn: &mut AnyConnection, plan: &[PlannedKey]) -> StoreResult<Vec<Vec<i64>>> {
    match conn {
        AnyConnection::Sqlite(_) => {
            let mut lists = Vec::with_capacity(plan.len());
            for planned in plan {
                lists.push(under(conn, planned.key, usize::try_from(planned.cap).unwrap_or(usize::MAX))?);
            }
            Ok(lists)
        }
        AnyConnection::Postgres(inner) => {
            let keys = plan.iter().map(|planned| planned.key.0).collect();
            let caps = plan.iter().map(|planned| i32::try_from(planned.cap).unwrap_or(i32::MAX)).collect();
            let found: Vec<(i64, Vec<i64>)> = UnderEach { keys, caps }.load(inner)?;
            Ok(found.into_iter().map(|(_, children)| children).collect())
        }
    }
}
