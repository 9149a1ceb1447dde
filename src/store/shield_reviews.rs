//! What the management team notes about shields, and the confirming and lifting of them.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::optional_text;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{child_case, shield_review};
use super::{children, keys};
use crate::domain::children::{Child, ChildRecord};
use crate::domain::findability::search_keys;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::matching::KeySecret;
use crate::domain::policy::{CaseKind, Permit, ReadShield, ShieldChild};
use crate::domain::shields::{Proposal, ShieldReview};

/// A row of `shield_review`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = shield_review, treat_none_as_default_value = false)]
struct ReviewRow {
    child_id: i64,
    review_on: Option<NaiveDate>,
    lift_proposed_by: Option<String>,
    lift_proposed_at: Option<i64>,
    seal_proposed_by: Option<String>,
    seal_proposed_at: Option<i64>,
}

fn proposal(by: Option<&str>, at: Option<i64>) -> StoreResult<Option<Proposal>> {
    let by = optional_text(by)?;
    Ok(by.zip(at).map(|(by, at)| Proposal { by, at: Instant(at) }))
}

/// What is noted about the shield of the child that the permit is for; nothing where nobody has noted anything.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, permit: &Permit<ReadShield>) -> StoreResult<ShieldReview> {
    read(conn, permit.child())
}

/// The same, for a change.
///
/// # Errors
/// As the database's.
pub fn find_for_change(conn: &mut AnyConnection, permit: &Permit<ShieldChild>) -> StoreResult<ShieldReview> {
    read(conn, permit.child())
}

fn read(conn: &mut AnyConnection, child: ChildId) -> StoreResult<ShieldReview> {
    let row: Option<ReviewRow> = on_each!(conn, |c| shield_review::table
        .filter(shield_review::child_id.eq(child.0))
        .select(ReviewRow::as_select())
        .get_result(c)
        .optional())?;
    let Some(row) = row else { return Ok(ShieldReview::default()) };
    Ok(ShieldReview {
        review_on: row.review_on,
        lift: proposal(row.lift_proposed_by.as_deref(), row.lift_proposed_at)?,
        seal: proposal(row.seal_proposed_by.as_deref(), row.seal_proposed_at)?,
    })
}

/// The days on which the team looks again at the shields of some children.
///
/// # Errors
/// As the database's.
pub fn list_days(conn: &mut AnyConnection, children: &[ChildId]) -> StoreResult<BTreeMap<ChildId, NaiveDate>> {
    let ids: Vec<i64> = children.iter().map(|child| child.0).collect();
    let rows: Vec<(i64, Option<NaiveDate>)> = on_each!(conn, |c| shield_review::table
        .filter(shield_review::child_id.eq_any(&ids))
        .select((shield_review::child_id, shield_review::review_on))
        .load(c))?;
    Ok(rows.into_iter().filter_map(|(child, day)| day.map(|day| (ChildId(child), day))).collect())
}

/// Notes something about a shield, in place of what was noted before.
///
/// # Errors
/// As the database's.
pub fn save(conn: &mut AnyConnection, permit: &Permit<ShieldChild>, review: &ShieldReview) -> StoreResult<()> {
    forget(conn, permit.child())?;
    let row = ReviewRow {
        child_id: permit.child().0,
        review_on: review.review_on,
        lift_proposed_by: review.lift.map(|proposal| proposal.by.to_string()),
        lift_proposed_at: review.lift.map(|proposal| proposal.at.0),
        seal_proposed_by: review.seal.map(|proposal| proposal.by.to_string()),
        seal_proposed_at: review.seal.map(|proposal| proposal.at.0),
    };
    on_each!(conn, |c| diesel::insert_into(shield_review::table).values(&row).execute(c))?;
    Ok(())
}

fn forget(conn: &mut AnyConnection, child: ChildId) -> StoreResult<()> {
    let noted = shield_review::table.filter(shield_review::child_id.eq(child.0));
    on_each!(conn, |c| diesel::delete(noted).execute(c))?;
    Ok(())
}

/// Confirms the shield on a record; gives the record's new version.
///
/// # Errors
/// As the database's; `Broken` where the permit is for another child.
pub fn confirm(
    conn: &mut AnyConnection,
    permit: &Permit<ShieldChild>,
    mut record: ChildRecord,
    now: Instant,
) -> StoreResult<i64> {
    check(permit, &record)?;
    if let Some(shield) = &mut record.shield {
        shield.reviewed_at = Some(now);
    }
    step(&mut record, now);
    children::update_record(conn, &record)?;
    Ok(record.version)
}

/// Takes the shield off a record: search keys follow, what was noted is forgotten, and its shield cases are closed.
/// `hold` keeps where the child lives from everybody but who supplied it. Gives the record's new version.
///
/// # Errors
/// As [`confirm`].
pub fn lift(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    permit: &Permit<ShieldChild>,
    before: &Child,
    hold: bool,
    now: Instant,
) -> StoreResult<i64> {
    check(permit, &before.record)?;
    let mut after = before.clone();
    after.record.shield = None;
    after.record.address.held |= hold;
    after.carers.iter_mut().for_each(|carer| carer.held |= hold);
    step(&mut after.record, now);
    children::update(conn, permit, &after)?;
    keys::replace(conn, permit.child(), &search_keys(before, secret), &search_keys(&after, secret))?;
    close_cases(conn, permit, now)?;
    Ok(after.record.version)
}

/// Closes the shield cases of the child that the permit is for, and forgets what was noted.
///
/// # Errors
/// As the database's.
pub fn close_cases(conn: &mut AnyConnection, permit: &Permit<ShieldChild>, now: Instant) -> StoreResult<()> {
    forget(conn, permit.child())?;
    let open = child_case::table
        .filter(child_case::child_id.eq(permit.child().0))
        .filter(child_case::kind.eq(CaseKind::Shield.code()))
        .filter(child_case::closed_at.is_null());
    on_each!(conn, |c| diesel::update(open).set(child_case::closed_at.eq(now.0)).execute(c))?;
    Ok(())
}

fn check(permit: &Permit<ShieldChild>, record: &ChildRecord) -> StoreResult<()> {
    if permit.child() == record.id {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}

fn step(record: &mut ChildRecord, now: Instant) {
    record.version = record.version.saturating_add(1);
    record.updated_at = now;
}
