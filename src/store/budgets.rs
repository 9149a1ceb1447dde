//! What accounts and organisations have used of their budgets, counted in the recording transaction.

use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::StoreResult;
use super::schema::{budget, budget_child};
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;

/// Adds `amount` to what `owner` used of a budget in the window that starts at `window`, and gives the new sum.
///
/// # Errors
/// As the database's.
pub fn add(conn: &mut AnyConnection, owner: &str, kind: &str, window: Instant, amount: i64) -> StoreResult<i64> {
    let row =
        (budget::owner_id.eq(owner), budget::kind.eq(kind), budget::window_start.eq(window.0), budget::used.eq(amount));
    let used = on_each!(conn, |c| diesel::insert_into(budget::table)
        .values(&row)
        .on_conflict((budget::owner_id, budget::kind, budget::window_start))
        .do_update()
        .set(budget::used.eq(budget::used + amount))
        .returning(budget::used)
        .get_result(c))?;
    Ok(used)
}

#[derive(Insertable)]
#[diesel(table_name = budget_child)]
struct SeenRow {
    account_id: String,
    day: i32,
    child_id: i64,
}

/// How many of these children have not been shown to an account on a day.
///
/// # Errors
/// As the database's.
pub fn count_unseen(
    conn: &mut AnyConnection,
    account: AccountId,
    day: i32,
    children: &[ChildId],
) -> StoreResult<usize> {
    let ids: Vec<i64> = children.iter().map(|child| child.0).collect();
    let seen: Vec<i64> = on_each!(conn, |c| budget_child::table
        .filter(budget_child::account_id.eq(account.to_string()))
        .filter(budget_child::day.eq(day))
        .filter(budget_child::child_id.eq_any(&ids))
        .select(budget_child::child_id)
        .load(c))?;
    Ok(ids.iter().filter(|id| !seen.contains(id)).count())
}

/// Marks children as shown to an account on a day.
///
/// # Errors
/// As the database's.
pub fn mark_children(conn: &mut AnyConnection, account: AccountId, day: i32, children: &[ChildId]) -> StoreResult<()> {
    let rows: Vec<SeenRow> =
        children.iter().map(|child| SeenRow { account_id: account.to_string(), day, child_id: child.0 }).collect();
    insert_all!(conn, budget_child::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Forgets windows before `window` and days before `day`.
///
/// # Errors
/// As the database's.
pub fn delete_before(conn: &mut AnyConnection, window: Instant, day: i32) -> StoreResult<()> {
    on_each!(conn, |c| diesel::delete(budget::table.filter(budget::window_start.lt(window.0))).execute(c))?;
    on_each!(conn, |c| diesel::delete(budget_child::table.filter(budget_child::day.lt(day))).execute(c))?;
    Ok(())
}
