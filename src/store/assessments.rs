//! Assessments: one contiguous range of rows for each child.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::assessment;
use super::transactions::write_tx;
use crate::domain::assessments::{Assessment, AssessmentConsent, AssessmentEnd};
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::policy::{Action, Permit};

/// A row of `assessment`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = assessment, treat_none_as_null = true, treat_none_as_default_value = false)]
struct AssessmentRow {
    child_id: i64,
    number: i32,
    kind: String,
    organisation_id: StoredId,
    team_id: Option<StoredId>,
    practitioner_id: Option<StoredId>,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    outcome: Option<String>,
    consent_given_by: Option<String>,
    consent_on: Option<NaiveDate>,
    linked_to: Option<i32>,
    last_confirmed_at: i64,
    entered_under_shield: bool,
    version: i64,
    created_at: i64,
}

impl From<&Assessment> for AssessmentRow {
    fn from(entry: &Assessment) -> Self {
        Self {
            child_id: entry.child.0,
            number: entry.number,
            kind: entry.kind.code().into(),
            organisation_id: entry.organisation.into(),
            team_id: entry.team.map(Into::into),
            practitioner_id: entry.practitioner.map(Into::into),
            started_on: entry.started_on,
            ended_on: entry.end.map(|end| end.on),
            outcome: entry.end.map(|end| end.outcome.code().into()),
            consent_given_by: entry.consent.map(|consent| consent.given_by.code().into()),
            consent_on: entry.consent.map(|consent| consent.on),
            linked_to: entry.linked_to,
            last_confirmed_at: entry.last_confirmed_at.0,
            entered_under_shield: entry.entered_under_shield,
            version: entry.version,
            created_at: entry.created_at.0,
        }
    }
}

impl TryFrom<AssessmentRow> for Assessment {
    type Error = StoreError;

    fn try_from(row: AssessmentRow) -> StoreResult<Self> {
        let given_by = optional_code(row.consent_given_by.as_deref())?;
        let consent = given_by.zip(row.consent_on).map(|(given_by, on)| AssessmentConsent { given_by, on });
        let end = match (row.ended_on, row.outcome.as_deref()) {
            (Some(on), Some(outcome)) => Some(AssessmentEnd { on, outcome: code(outcome)? }),
            (None, None) => None,
            _ => return Err(StoreError::broken("an assessment has a last day or an outcome, and not both")),
        };
        Ok(Self {
            child: ChildId(row.child_id),
            number: row.number,
            kind: text(&row.kind)?,
            organisation: row.organisation_id.into(),
            team: row.team_id.map(Into::into),
            practitioner: row.practitioner_id.map(Into::into),
            started_on: row.started_on,
            end,
            consent,
            linked_to: row.linked_to,
            last_confirmed_at: Instant(row.last_confirmed_at),
            entered_under_shield: row.entered_under_shield,
            version: row.version,
            created_at: Instant(row.created_at),
        })
    }
}

/// Every assessment of a child. For [`super::files`], which keeps them closed until there is a permit.
pub(super) fn list_rows(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<Assessment>> {
    let rows: Vec<AssessmentRow> = on_each!(conn, |c| assessment::table
        .filter(assessment::child_id.eq(child.0))
        .order(assessment::number)
        .select(AssessmentRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Every assessment of several children, each child's in the order of their numbers. As [`list_rows`].
pub(super) fn list_rows_of(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<Vec<Assessment>> {
    let rows: Vec<AssessmentRow> = on_each!(conn, |c| assessment::table
        .filter(assessment::child_id.eq_any(children))
        .order((assessment::child_id, assessment::number))
        .select(AssessmentRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Every assessment of the child that `permit` was given for, as they are now.
///
/// # Errors
/// As the database's.
pub fn list<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<Assessment>> {
    list_rows(conn, permit.child())
}

/// Inserts an assessment of the child that `permit` was given for. What it collides with can be read afterwards.
///
/// # Errors
/// `Conflict` of `assessment_open` where the child has an open assessment of the kind, and of `assessment_pkey` where
/// the number is taken.
pub fn insert<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, entry: &Assessment) -> StoreResult<()> {
    check(permit, entry)?;
    write_tx(conn, |conn| insert_row(conn, entry))
}

/// Inserts an assessment of a child that is being registered or made up in the same transaction.
///
/// # Errors
/// As [`insert`].
pub(super) fn insert_row(conn: &mut AnyConnection, entry: &Assessment) -> StoreResult<()> {
    let row = AssessmentRow::from(entry);
    on_each!(conn, |c| diesel::insert_into(assessment::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces an assessment of the child that `permit` was given for.
///
/// # Errors
/// `NotFound`.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, entry: &Assessment) -> StoreResult<()> {
    check(permit, entry)?;
    let row = AssessmentRow::from(entry);
    let changed = on_each!(conn, |c| diesel::update(
        assessment::table.filter(assessment::child_id.eq(row.child_id)).filter(assessment::number.eq(row.number))
    )
    .set(&row)
    .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Inserts the assessments of a child once more for another that is born with it, and that is being registered in the
/// same transaction; `permit` is the first one's.
///
/// # Errors
/// As [`insert`], or `Broken` where an assessment is not the permitted child's.
pub fn insert_copies<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    entries: &[Assessment],
    other: ChildId,
) -> StoreResult<()> {
    for entry in entries {
        check(permit, entry)?;
        insert_row(conn, &Assessment { child: other, ..entry.clone() })?;
    }
    Ok(())
}

fn check<A: Action>(permit: &Permit<A>, entry: &Assessment) -> StoreResult<()> {
    if entry.child == permit.child() {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}
