//! Enquiries and the links of their chains.

use diesel::prelude::*;

use super::columns::{code, optional_code, position, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{enquiry, enquiry_step};
use crate::domain::enquiries::{Enquiry, EnquiryFilter, EnquiryStep};
use crate::domain::ids::{ChildId, EnquiryId, OrganisationId};
use crate::domain::instants::Instant;
use crate::domain::policy::Tie;

/// A row of `enquiry`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = enquiry, treat_none_as_null = true, treat_none_as_default_value = false)]
struct EnquiryRow {
    id: String,
    access_point_id: String,
    organisation_id: StoredId,
    area: String,
    child_id: Option<i64>,
    caller: String,
    need: String,
    known: bool,
    state: String,
    receiver_id: Option<StoredId>,
    recorded_by: String,
    recorded_at: i64,
    due_at: Option<i64>,
    closed_at: Option<i64>,
    quality: Option<String>,
    quality_at: Option<i64>,
    version: i64,
}

impl From<&Enquiry> for EnquiryRow {
    fn from(enquiry: &Enquiry) -> Self {
        Self {
            id: enquiry.id.to_string(),
            access_point_id: enquiry.access_point.to_string(),
            organisation_id: enquiry.organisation.into(),
            area: enquiry.area.clone(),
            child_id: enquiry.child.map(|child| child.0),
            caller: enquiry.caller.code().into(),
            need: enquiry.need.code().into(),
            known: enquiry.known,
            state: enquiry.state.code().into(),
            receiver_id: enquiry.receiver.map(Into::into),
            recorded_by: enquiry.recorded_by.to_string(),
            recorded_at: enquiry.recorded_at.0,
            due_at: enquiry.due_at.map(|at| at.0),
            closed_at: enquiry.closed_at.map(|at| at.0),
            quality: enquiry.quality.map(|(quality, _)| quality.code().into()),
            quality_at: enquiry.quality.map(|(_, at)| at.0),
            version: enquiry.version,
        }
    }
}

impl TryFrom<EnquiryRow> for Enquiry {
    type Error = StoreError;

    fn try_from(row: EnquiryRow) -> StoreResult<Self> {
        let quality = optional_code(row.quality.as_deref())?;
        Ok(Self {
            id: text(&row.id)?,
            access_point: text(&row.access_point_id)?,
            organisation: row.organisation_id.into(),
            area: row.area,
            child: row.child_id.map(ChildId),
            caller: code(&row.caller)?,
            need: code(&row.need)?,
            known: row.known,
            state: code(&row.state)?,
            receiver: row.receiver_id.map(Into::into),
            recorded_by: text(&row.recorded_by)?,
            recorded_at: Instant(row.recorded_at),
            due_at: row.due_at.map(Instant),
            closed_at: row.closed_at.map(Instant),
            quality: quality.map(|quality| (quality, Instant(row.quality_at.unwrap_or_default()))),
            version: row.version,
        })
    }
}

/// A row of `enquiry_step`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = enquiry_step, treat_none_as_default_value = false)]
struct StepRow {
    enquiry_id: String,
    position: i32,
    outcome: String,
    reason: Option<String>,
    organisation_id: Option<StoredId>,
    team_id: Option<StoredId>,
    account_id: String,
    at: i64,
}

impl TryFrom<StepRow> for EnquiryStep {
    type Error = StoreError;

    fn try_from(row: StepRow) -> StoreResult<Self> {
        Ok(Self {
            outcome: code(&row.outcome)?,
            reason: optional_code(row.reason.as_deref())?,
            organisation: row.organisation_id.map(Into::into),
            team: row.team_id.map(Into::into),
            account: text(&row.account_id)?,
            at: Instant(row.at),
        })
    }
}

/// The relationships that open enquiries about a child make; facts of a decision, which need no permit.
///
/// # Errors
/// As the database's.
pub fn list_ties(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<Tie>> {
    let rows: Vec<(StoredId, String)> = on_each!(conn, |c| enquiry::table
        .filter(enquiry::child_id.eq(child.0))
        .filter(enquiry::closed_at.is_null())
        .select((enquiry::organisation_id, enquiry::recorded_by))
        .load(c))?;
    rows.iter().map(|(owner, account)| tie(*owner, account)).collect()
}

/// The same of several children: each with one tie.
///
/// # Errors
/// As the database's.
pub(super) fn list_ties_of(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<Vec<(ChildId, Tie)>> {
    let rows: Vec<(Option<i64>, StoredId, String)> = on_each!(conn, |c| enquiry::table
        .filter(enquiry::child_id.eq_any(children))
        .filter(enquiry::closed_at.is_null())
        .select((enquiry::child_id, enquiry::organisation_id, enquiry::recorded_by))
        .load(c))?;
    rows.iter()
        .filter_map(|(child, owner, account)| Some(((*child)?, *owner, account)))
        .map(|(child, owner, account)| Ok((ChildId(child), tie(owner, account)?)))
        .collect()
}

fn tie(owner: StoredId, account: &str) -> StoreResult<Tie> {
    Ok(Tie { organisation: owner.into(), entered_by: Some(text(account)?), live: true })
}

/// Whose enquiries a list is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnquiryScope {
    /// Of desks of this organisation, or allocated to it.
    pub organisation: OrganisationId,
    /// Of this area besides, where the reader works its list.
    pub area: Option<String>,
}

/// Lists enquiries in the order they were recorded, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    scope: &EnquiryScope,
    filter: EnquiryFilter,
    now: Instant,
    after: Option<EnquiryId>,
    limit: u16,
) -> StoreResult<Vec<Enquiry>> {
    let own = StoredId::from(scope.organisation);
    let mut query = enquiry::table.select(EnquiryRow::as_select()).order(enquiry::id).limit(limit.into()).into_boxed();
    query = match &scope.area {
        Some(area) => query.filter(
            enquiry::organisation_id.eq(own).or(enquiry::receiver_id.eq(own)).or(enquiry::area.eq(area.clone())),
        ),
        None => query.filter(enquiry::organisation_id.eq(own).or(enquiry::receiver_id.eq(own))),
    };
    if let Some(after) = after {
        query = query.filter(enquiry::id.gt(after.to_string()));
    }
    query = match filter {
        EnquiryFilter::Open => query.filter(enquiry::closed_at.is_null()),
        EnquiryFilter::Overdue => query.filter(enquiry::due_at.lt(now.0)),
        EnquiryFilter::AwaitingReview => {
            query.filter(enquiry::closed_at.is_not_null()).filter(enquiry::quality.is_null())
        }
        EnquiryFilter::Closed => query.filter(enquiry::closed_at.is_not_null()),
        EnquiryFilter::All => query,
    };
    let rows: Vec<EnquiryRow> = query.load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Finds an enquiry.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: EnquiryId) -> StoreResult<Option<Enquiry>> {
    let id = id.to_string();
    let row: Option<EnquiryRow> = on_each!(conn, |c| enquiry::table
        .filter(enquiry::id.eq(&id))
        .select(EnquiryRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// The chains of several enquiries, each in its order.
///
/// # Errors
/// As the database's.
pub fn list_steps(conn: &mut AnyConnection, ids: &[EnquiryId]) -> StoreResult<Vec<(EnquiryId, EnquiryStep)>> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows = load_any!(
        conn,
        enquiry_step::table.select(StepRow::as_select()).order((enquiry_step::enquiry_id, enquiry_step::position)),
        enquiry_step::enquiry_id,
        &ids,
        StepRow
    )?;
    rows.into_iter().map(|row| Ok((text(&row.enquiry_id)?, row.try_into()?))).collect()
}

/// Inserts an enquiry.
///
/// # Errors
/// As the database's.
pub fn insert(conn: &mut AnyConnection, new: &Enquiry) -> StoreResult<()> {
    let row = EnquiryRow::from(new);
    on_each!(conn, |c| diesel::insert_into(enquiry::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces an enquiry; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there: somebody else decided meanwhile.
pub fn update(conn: &mut AnyConnection, changed: &Enquiry) -> StoreResult<()> {
    let mut row = EnquiryRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = enquiry::table.filter(enquiry::id.eq(&row.id)).filter(enquiry::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Adds a link to a chain, which has so many.
///
/// # Errors
/// `Conflict` of `enquiry_step_pkey` where another was added meanwhile.
pub fn append_step(conn: &mut AnyConnection, id: EnquiryId, so_many: usize, step: &EnquiryStep) -> StoreResult<()> {
    let row = StepRow {
        enquiry_id: id.to_string(),
        position: position(so_many)?,
        outcome: step.outcome.code().into(),
        reason: step.reason.map(|reason| reason.code().into()),
        organisation_id: step.organisation.map(Into::into),
        team_id: step.team.map(Into::into),
        account_id: step.account.to_string(),
        at: step.at.0,
    };
    on_each!(conn, |c| diesel::insert_into(enquiry_step::table).values(&row).execute(c))?;
    Ok(())
}
