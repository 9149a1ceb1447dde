//! Grounds that others replaced: with the one on the entry itself they are the ledger of a sensitive involvement.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::past_ground;
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;
use crate::domain::involvements::{Ground, PastGround};
use crate::domain::policy::{Action, Permit};

/// A row of `past_ground`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = past_ground, treat_none_as_default_value = false)]
struct PastRow {
    child_id: i64,
    number: i32,
    position: i32,
    ground: String,
    given_by: Option<String>,
    judged: Option<String>,
    given_on: Option<NaiveDate>,
    until: Option<NaiveDate>,
    ended_at: i64,
    ended_by: String,
}

impl TryFrom<PastRow> for PastGround {
    type Error = StoreError;

    fn try_from(row: PastRow) -> StoreResult<Self> {
        let ground = Ground {
            kind: code(&row.ground)?,
            given_by: optional_code(row.given_by.as_deref())?,
            judged: optional_code(row.judged.as_deref())?,
            on: row.given_on,
            until: row.until,
        };
        Ok(Self { number: row.number, ground, ended_at: Instant(row.ended_at) })
    }
}

/// The replaced grounds of the child that `permit` was given for, newest first; the permit's visibility says which may be
/// shown.
///
/// # Errors
/// As the database's.
pub fn list<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<PastGround>> {
    let rows: Vec<PastRow> = on_each!(conn, |c| past_ground::table
        .filter(past_ground::child_id.eq(permit.child().0))
        .order((past_ground::number, past_ground::position.desc()))
        .select(PastRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a ground that `by` replaced.
///
/// # Errors
/// As the database's.
pub fn insert<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    past: &PastGround,
    by: AccountId,
) -> StoreResult<()> {
    let child = permit.child().0;
    let last: Option<i32> = on_each!(conn, |c| past_ground::table
        .filter(past_ground::child_id.eq(child))
        .filter(past_ground::number.eq(past.number))
        .select(diesel::dsl::max(past_ground::position))
        .get_result(c))?;
    let row = PastRow {
        child_id: child,
        number: past.number,
        position: last.unwrap_or_default().saturating_add(1),
        ground: past.ground.kind.code().into(),
        given_by: past.ground.given_by.map(|giver| giver.code().into()),
        judged: past.ground.judged.map(|judged| judged.code().into()),
        given_on: past.ground.on,
        until: past.ground.until,
        ended_at: past.ended_at.0,
        ended_by: by.to_string(),
    };
    on_each!(conn, |c| diesel::insert_into(past_ground::table).values(&row).execute(c))?;
    Ok(())
}
