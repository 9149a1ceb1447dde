//! Idempotency keys: what a request that creates something did the first time.

use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::idempotency;
use crate::domain::ids::AccountId;
use crate::domain::instants::{DAY, Instant};

/// What was kept of the first request with a key.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Earlier {
    /// SHA-256 of its body.
    pub body_hash: Vec<u8>,
    /// How it ended, in the use-case's own words.
    pub outcome: String,
    /// What it created.
    pub reference: Option<String>,
}

/// Finds what an account did with this key for this operation within the last day.
///
/// # Errors
/// As the database's.
pub fn find(
    conn: &mut AnyConnection,
    account: AccountId,
    operation: &str,
    key: &str,
    now: Instant,
) -> StoreResult<Option<Earlier>> {
    let found = on_each!(conn, |c| idempotency::table
        .filter(idempotency::account_id.eq(account.to_string()))
        .filter(idempotency::operation.eq(operation))
        .filter(idempotency::key.eq(key))
        .filter(idempotency::created_at.gt(now.plus(-DAY).0))
        .select((idempotency::body_hash, idempotency::outcome, idempotency::reference))
        .get_result(c)
        .optional())?;
    Ok(found)
}

/// Keeps what a request with a key did; an older use of the key is forgotten.
///
/// # Errors
/// As the database's.
pub fn insert(
    conn: &mut AnyConnection,
    account: AccountId,
    operation: &str,
    key: &str,
    earlier: &Earlier,
    now: Instant,
) -> StoreResult<()> {
    let row = (
        idempotency::account_id.eq(account.to_string()),
        idempotency::operation.eq(operation),
        idempotency::key.eq(key),
        idempotency::body_hash.eq(&earlier.body_hash),
        idempotency::outcome.eq(&earlier.outcome),
        idempotency::reference.eq(&earlier.reference),
        idempotency::created_at.eq(now.0),
    );
    let older = idempotency::table
        .filter(idempotency::account_id.eq(account.to_string()))
        .filter(idempotency::operation.eq(operation))
        .filter(idempotency::key.eq(key));
    on_each!(conn, |c| diesel::delete(older).execute(c))?;
    on_each!(conn, |c| diesel::insert_into(idempotency::table).values(&row).execute(c))?;
    Ok(())
}

/// Forgets keys older than a day.
///
/// # Errors
/// As the database's.
pub fn delete_expired(conn: &mut AnyConnection, now: Instant) -> StoreResult<usize> {
    let expired = idempotency::table.filter(idempotency::created_at.le(now.plus(-DAY).0));
    Ok(on_each!(conn, |c| diesel::delete(expired).execute(c))?)
}
