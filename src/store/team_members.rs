//! Who worked in which team, and when: kept when they leave, so that what a team looked at can be told for any time.

use diesel::prelude::*;

use super::columns::text;
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::team_member;
use crate::domain::ids::{AccountId, TeamId};
use crate::domain::instants::Instant;

/// The most terms of one team that are read: the newest.
const MOST_TERMS: i64 = 1_000;

/// The time that somebody worked in a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Whose.
    pub account: AccountId,
    /// From this instant on.
    pub from: Instant,
    /// Before this instant; still, where there is none.
    pub until: Option<Instant>,
}

/// Lists the terms of a team, the newest first.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, team: TeamId) -> StoreResult<Vec<Term>> {
    let team = StoredId::from(team);
    let rows: Vec<(String, i64, Option<i64>)> = on_each!(conn, |c| team_member::table
        .filter(team_member::team_id.eq(team))
        .order((team_member::from_at.desc(), team_member::account_id))
        .limit(MOST_TERMS)
        .select((team_member::account_id, team_member::from_at, team_member::until_at))
        .load(c))?;
    let term = |(account, from, until): (String, i64, Option<i64>)| {
        Ok(Term { account: text(&account)?, from: Instant(from), until: until.map(Instant) })
    };
    rows.into_iter().map(term).collect()
}

/// Begins a term, unless one has begun and not ended; says whether it did.
///
/// # Errors
/// As the database's.
pub fn join(conn: &mut AnyConnection, team: TeamId, account: AccountId, at: Instant) -> StoreResult<bool> {
    let (team, account) = (StoredId::from(team), account.to_string());
    let open: i64 = on_each!(conn, |c| team_member::table
        .filter(team_member::team_id.eq(team).and(team_member::account_id.eq(&account)))
        .filter(team_member::until_at.is_null())
        .count()
        .get_result(c))?;
    if open > 0 {
        return Ok(false);
    }
    let row = (
        team_member::team_id.eq(team),
        team_member::account_id.eq(&account),
        team_member::from_at.eq(at.0),
        team_member::until_at.eq(None::<i64>),
    );
    // One that ended at this very instant goes on.
    on_each!(conn, |c| diesel::insert_into(team_member::table)
        .values(&row)
        .on_conflict((team_member::team_id, team_member::account_id, team_member::from_at))
        .do_update()
        .set(team_member::until_at.eq(None::<i64>))
        .execute(c))?;
    Ok(true)
}

/// Ends the term that has begun and not ended; says whether there was one.
///
/// # Errors
/// As the database's.
pub fn leave(conn: &mut AnyConnection, team: TeamId, account: AccountId, at: Instant) -> StoreResult<bool> {
    let place = team_member::table
        .filter(team_member::team_id.eq(StoredId::from(team)))
        .filter(team_member::account_id.eq(account.to_string()))
        .filter(team_member::until_at.is_null());
    let left = on_each!(conn, |c| diesel::update(place).set(team_member::until_at.eq(at.0)).execute(c))?;
    Ok(left > 0)
}
