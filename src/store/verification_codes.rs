//! Verification codes that can be used still: what is kept of each is a keyed hash.

use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::verification_code;
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::domain::verification_codes::WRONG_GUESSES;

/// Keeps a code of an account, and lets go of its oldest where it would have more than `at_once`.
///
/// # Errors
/// As the database's.
pub fn insert(
    conn: &mut AnyConnection,
    account: AccountId,
    hash: [u8; 32],
    expires_at: Instant,
    at_once: usize,
) -> StoreResult<()> {
    let account = account.to_string();
    let held: Vec<Vec<u8>> = on_each!(conn, |c| verification_code::table
        .filter(verification_code::account_id.eq(&account))
        .order((verification_code::expires_at.desc(), verification_code::hash))
        .select(verification_code::hash)
        .load(c))?;
    for old in held.into_iter().skip(at_once.saturating_sub(1)) {
        delete(conn, &account, &old)?;
    }
    // The same code once more, by chance, is that code anew.
    delete(conn, &account, &hash)?;
    let row = (
        verification_code::account_id.eq(&account),
        verification_code::hash.eq(hash.to_vec()),
        verification_code::expires_at.eq(expires_at.0),
        verification_code::wrong_guesses.eq(0),
    );
    on_each!(conn, |c| diesel::insert_into(verification_code::table).values(&row).execute(c))?;
    Ok(())
}

fn delete(conn: &mut AnyConnection, account: &str, hash: &[u8]) -> StoreResult<()> {
    let place = verification_code::table
        .filter(verification_code::account_id.eq(account))
        .filter(verification_code::hash.eq(hash));
    on_each!(conn, |c| diesel::delete(place).execute(c))?;
    Ok(())
}

/// Uses up a code of an account; whether there was one that could be used. A wrong one counts against every code that
/// the account has.
///
/// # Errors
/// As the database's.
pub fn consume(conn: &mut AnyConnection, account: AccountId, hash: [u8; 32], now: Instant) -> StoreResult<bool> {
    let account = account.to_string();
    let usable = verification_code::table
        .filter(verification_code::account_id.eq(&account))
        .filter(verification_code::hash.eq(hash.to_vec()))
        .filter(verification_code::expires_at.gt(now.0))
        .filter(verification_code::wrong_guesses.lt(WRONG_GUESSES));
    // Deleted and counted in one statement: of two who send it at once the second finds nothing, on any node.
    let used = on_each!(conn, |c| diesel::delete(usable).execute(c))?;
    if used == 0 {
        let all = verification_code::table.filter(verification_code::account_id.eq(&account));
        on_each!(conn, |c| diesel::update(all)
            .set(verification_code::wrong_guesses.eq(verification_code::wrong_guesses + 1))
            .execute(c))?;
    }
    Ok(used == 1)
}

/// Forgets codes that have expired.
///
/// # Errors
/// As the database's.
pub fn delete_expired(conn: &mut AnyConnection, now: Instant) -> StoreResult<()> {
    let expired = verification_code::table.filter(verification_code::expires_at.le(now.0));
    on_each!(conn, |c| diesel::delete(expired).execute(c))?;
    Ok(())
}
