//! What accounts and organisations have used of their budgets, counted in the recording transaction: row by row, or in the
//! ledger of a batch where one is open.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Text};

use super::among::load_among;
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::StoreResult;
use super::ledgers;
use super::schema::{budget, budget_child};
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;

/// Adds `amount` to what `owner` used of a budget in the window that starts at `window`, and gives the new sum.
///
/// # Errors
/// As the database's.
pub fn add(conn: &mut AnyConnection, owner: &str, kind: &str, window: Instant, amount: i64) -> StoreResult<i64> {
    if let Some(used) = ledgers::add(conn, owner, kind, window, amount)? {
        return Ok(used);
    }
    let charge = AddToBudget { owner, kind, window: window.0, amount };
    Ok(on_each!(conn, |c| charge.get_result(c))?)
}

/// A charge that adds to what was used, as one statement that stays prepared: diesel would prepare its own upsert anew
/// for every look-up.
#[derive(Debug, Clone, Copy)]
struct AddToBudget<'a> {
    owner: &'a str,
    kind: &'a str,
    window: i64,
    amount: i64,
}

impl Query for AddToBudget<'_> {
    type SqlType = BigInt;
}

impl<Conn> RunQueryDsl<Conn> for AddToBudget<'_> {}

impl QueryId for AddToBudget<'_> {
    type QueryId = AddToBudget<'static>;

    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<DB> QueryFragment<DB> for AddToBudget<'_>
where
    DB: Backend,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("INSERT INTO budget (owner_id, kind, window_start, used) VALUES (");
        out.push_bind_param::<Text, _>(self.owner)?;
        out.push_sql(", ");
        out.push_bind_param::<Text, _>(self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.window)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.amount)?;
        out.push_sql(
            ") ON CONFLICT (owner_id, kind, window_start) DO UPDATE SET used = budget.used + excluded.used \
             RETURNING used",
        );
        Ok(())
    }
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
    if let Some(unseen) = ledgers::count_unseen(conn, account, day, children)? {
        return Ok(unseen);
    }
    if let [child] = children {
        // The look-up of one child: a statement that stays prepared, as a list of any length would not.
        let seen: Option<i64> = on_each!(conn, |c| budget_child::table
            .filter(budget_child::account_id.eq(account.to_string()))
            .filter(budget_child::day.eq(day))
            .filter(budget_child::child_id.eq(child.0))
            .select(budget_child::child_id)
            .get_result(c)
            .optional())?;
        return Ok(usize::from(seen.is_none()));
    }
    let ids: Vec<i64> = children.iter().map(|child| child.0).collect();
    let seen = budget_child::table
        .filter(budget_child::account_id.eq(account.to_string()))
        .filter(budget_child::day.eq(day))
        .select(budget_child::child_id);
    let seen = load_among!(conn, &ids, seen, budget_child::child_id, i64)?;
    Ok(ids.iter().filter(|id| !seen.contains(id)).count())
}

/// Marks children as shown to an account on a day.
///
/// # Errors
/// As the database's.
pub fn mark_children(conn: &mut AnyConnection, account: AccountId, day: i32, children: &[ChildId]) -> StoreResult<()> {
    if ledgers::mark(conn, account, day, children) {
        return Ok(());
    }
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
