//! Handles: one row a search answer, naming the children in it by position.

use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::ledgers;
use super::schema::handle;
use crate::domain::handles::{HANDLE_LASTS, Handle};
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;

/// Keeps which children an answer named, for the account that got it.
///
/// # Errors
/// As the database's.
pub fn insert(
    conn: &mut AnyConnection,
    answer: [u8; 16],
    account: AccountId,
    children: &[ChildId],
    now: Instant,
) -> StoreResult<()> {
    let bytes: Vec<u8> = children.iter().flat_map(|child| child.0.to_be_bytes()).collect();
    let (account, expires) = (account.to_string(), now.plus(HANDLE_LASTS).0);
    if ledgers::keep_handle(conn, &answer, &account, expires, &bytes) {
        return Ok(());
    }
    let row = (
        handle::id.eq(answer.to_vec()),
        handle::account_id.eq(account),
        handle::expires_at.eq(expires),
        handle::children.eq(bytes),
    );
    on_each!(conn, |c| diesel::insert_into(handle::table).values(&row).execute(c))?;
    Ok(())
}

/// Finds the child a handle names for `account`; none where it expired or was given to another.
///
/// # Errors
/// As the database's.
pub fn find_id(
    conn: &mut AnyConnection,
    wanted: Handle,
    account: AccountId,
    now: Instant,
) -> StoreResult<Option<ChildId>> {
    let children: Option<Vec<u8>> = on_each!(conn, |c| handle::table
        .filter(handle::id.eq(wanted.answer.to_vec()))
        .filter(handle::account_id.eq(account.to_string()))
        .filter(handle::expires_at.gt(now.0))
        .select(handle::children)
        .get_result(c)
        .optional())?;
    let Some(children) = children else { return Ok(None) };
    let (ids, rest) = children.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(StoreError::broken("a stored handle could not be read"));
    }
    Ok(ids.get(usize::from(wanted.position)).map(|id| ChildId(i64::from_be_bytes(*id))))
}

/// Forgets handles that have expired.
///
/// # Errors
/// As the database's.
pub fn delete_expired(conn: &mut AnyConnection, now: Instant) -> StoreResult<usize> {
    Ok(on_each!(conn, |c| diesel::delete(handle::table.filter(handle::expires_at.le(now.0))).execute(c))?)
}
