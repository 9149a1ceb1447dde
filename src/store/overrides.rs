//! Overrides of a shield: the warning that was given, and its one use.

use diesel::prelude::*;

use super::columns::optional_text;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::child_override;
use crate::domain::audit::payloads::TokenFingerprint;
use crate::domain::ids::{AccountId, CaseId, OverrideId};
use crate::domain::instants::Instant;
use crate::domain::overrides::{ACKNOWLEDGED_WITHIN, OverrideGround};
use crate::domain::policy::{OverrideShield, Permit};

/// Whom a warning was given to: it is worth nothing to anybody else, nor to the same person under another token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Warned {
    /// The account.
    pub account: AccountId,
    /// The token it asked with.
    pub token: TokenFingerprint,
    /// Why.
    pub ground: OverrideGround,
}

/// Notes that somebody was warned before an override; gives what acknowledges the warning.
///
/// # Errors
/// As the database's.
pub fn warn(
    conn: &mut AnyConnection,
    permit: &Permit<OverrideShield>,
    warned: Warned,
    now: Instant,
) -> StoreResult<OverrideId> {
    // Random throughout: nobody may guess an id from another one's.
    let id = OverrideId(uuid::Uuid::new_v4());
    let row = (
        child_override::id.eq(id.to_string()),
        child_override::child_id.eq(permit.child().0),
        child_override::account_id.eq(warned.account.to_string()),
        child_override::token.eq(warned.token.0.to_vec()),
        child_override::ground.eq(warned.ground.code()),
        child_override::warned_at.eq(now.0),
    );
    on_each!(conn, |c| diesel::insert_into(child_override::table).values(&row).execute(c))?;
    Ok(id)
}

/// Uses an acknowledged warning up, for the viewing that `case` looks into. Whether it could be: it was given to this
/// very caller for this child and ground, within the last minutes, and has not been used; of two at once one finds it
/// used.
///
/// # Errors
/// As the database's.
pub fn take(
    conn: &mut AnyConnection,
    permit: &Permit<OverrideShield>,
    id: OverrideId,
    warned: Warned,
    case: CaseId,
    now: Instant,
) -> StoreResult<bool> {
    let usable = child_override::table
        .filter(child_override::id.eq(id.to_string()))
        .filter(child_override::child_id.eq(permit.child().0))
        .filter(child_override::account_id.eq(warned.account.to_string()))
        .filter(child_override::token.eq(warned.token.0.to_vec()))
        .filter(child_override::ground.eq(warned.ground.code()))
        .filter(child_override::warned_at.gt(now.plus(-ACKNOWLEDGED_WITHIN).0))
        .filter(child_override::viewed_at.is_null());
    let changes = (child_override::viewed_at.eq(Some(now.0)), child_override::case_id.eq(Some(case.to_string())));
    let taken = on_each!(conn, |c| diesel::update(usable).set(changes).execute(c))?;
    Ok(taken == 1)
}

/// Who saw what an investigation looks into; none where the case is of another kind.
///
/// # Errors
/// As the database's.
pub fn find_viewer(conn: &mut AnyConnection, case: CaseId) -> StoreResult<Option<AccountId>> {
    let found: Option<String> = on_each!(conn, |c| child_override::table
        .filter(child_override::case_id.eq(case.to_string()))
        .select(child_override::account_id)
        .get_result(c)
        .optional())?;
    optional_text(found.as_deref())
}

/// Forgets warnings that nobody acknowledged in time.
///
/// # Errors
/// As the database's.
pub fn delete_unused(conn: &mut AnyConnection, now: Instant) -> StoreResult<usize> {
    let over = child_override::table
        .filter(child_override::viewed_at.is_null())
        .filter(child_override::warned_at.le(now.plus(-ACKNOWLEDGED_WITHIN).0));
    Ok(on_each!(conn, |c| diesel::delete(over).execute(c))?)
}
