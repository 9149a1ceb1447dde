//! Who is kept from which record.

use diesel::prelude::*;

use super::among::load_among;
use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::child_restriction;
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;
use crate::domain::policy::{Action, Permit};
use crate::domain::restrictions::Restriction;

/// The accounts that may not know of a child; facts of a decision, which need no permit.
///
/// # Errors
/// As the database's.
pub fn list_accounts(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<AccountId>> {
    let rows: Vec<String> = on_each!(conn, |c| child_restriction::table
        .filter(child_restriction::child_id.eq(child.0))
        .select(child_restriction::account_id)
        .load(c))?;
    rows.iter().map(|id| text(id)).collect()
}

/// The same of several children: each with one account.
///
/// # Errors
/// As the database's.
pub(super) fn list_pairs(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<Vec<(ChildId, AccountId)>> {
    let rows = child_restriction::table.select((child_restriction::child_id, child_restriction::account_id));
    let rows = load_among!(conn, children, rows, child_restriction::child_id, (i64, String))?;
    rows.iter().map(|(child, account)| Ok((ChildId(*child), text(account)?))).collect()
}

/// The restrictions on the child that `permit` was given for, oldest first.
///
/// # Errors
/// As the database's.
pub fn list<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<Restriction>> {
    let rows: Vec<(String, String, i64)> = on_each!(conn, |c| child_restriction::table
        .filter(child_restriction::child_id.eq(permit.child().0))
        .order((child_restriction::since, child_restriction::account_id))
        .select((child_restriction::account_id, child_restriction::ground, child_restriction::since))
        .load(c))?;
    rows.iter()
        .map(|(account, ground, since)| {
            Ok(Restriction { account: text(account)?, ground: code(ground)?, since: Instant(*since) })
        })
        .collect()
}

/// Keeps an account from the child that `permit` was given for.
///
/// # Errors
/// `Conflict` of `child_restriction_pkey` where it is kept from it already; of `foreign_key` where there is no such
/// account.
pub fn insert<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    new: &Restriction,
    by: AccountId,
) -> StoreResult<()> {
    let row = (
        child_restriction::child_id.eq(permit.child().0),
        child_restriction::account_id.eq(new.account.to_string()),
        child_restriction::ground.eq(new.ground.code()),
        child_restriction::since.eq(new.since.0),
        child_restriction::decided_by.eq(by.to_string()),
    );
    on_each!(conn, |c| diesel::insert_into(child_restriction::table).values(&row).execute(c))?;
    Ok(())
}

/// Keeps an account from the child no longer; whether it was.
///
/// # Errors
/// As the database's.
pub fn delete<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, account: AccountId) -> StoreResult<bool> {
    let place = child_restriction::table
        .filter(child_restriction::child_id.eq(permit.child().0))
        .filter(child_restriction::account_id.eq(account.to_string()));
    Ok(on_each!(conn, |c| diesel::delete(place).execute(c))? == 1)
}
