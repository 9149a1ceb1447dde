//! Lead professionals: proposals, the lead that runs with whoever stands in, leads that ended, and the hand-over itself.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{involvement, lead_proposal, lead_term, past_lead};
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::involvements::LeadKind;
use crate::domain::leads::{LeadAnswer, LeadCover, LeadProposal, LeadProposalState, LeadTerm, PastLead};
use crate::domain::policy::{Action, Permit};

/// A row of `lead_proposal`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lead_proposal, treat_none_as_default_value = false)]
struct ProposalRow {
    child_id: i64,
    number: i32,
    kind: String,
    involvement: i32,
    led_by: Option<i32>,
    organisation_id: StoredId,
    proposed_by: String,
    proposed_at: i64,
    expires_at: i64,
    state: String,
    reason: Option<String>,
    closed_at: Option<i64>,
}

impl From<&LeadProposal> for ProposalRow {
    fn from(proposal: &LeadProposal) -> Self {
        Self {
            child_id: proposal.child.0,
            number: proposal.number,
            kind: proposal.kind.code().into(),
            involvement: proposal.involvement,
            led_by: proposal.led_by,
            organisation_id: proposal.organisation.into(),
            proposed_by: proposal.proposed_by.to_string(),
            proposed_at: proposal.proposed_at.0,
            expires_at: proposal.expires_at.0,
            state: proposal.answer.state().code().into(),
            reason: proposal.answer.reason().map(|reason| reason.code().into()),
            closed_at: proposal.answer.at().map(|at| at.0),
        }
    }
}

impl TryFrom<ProposalRow> for LeadProposal {
    type Error = StoreError;

    fn try_from(row: ProposalRow) -> StoreResult<Self> {
        let reason = optional_code(row.reason.as_deref())?;
        let answer = match (code(&row.state)?, row.closed_at.map(Instant), reason) {
            (LeadProposalState::Open, None, None) => LeadAnswer::Waiting,
            (LeadProposalState::Accepted, Some(at), None) => LeadAnswer::Accepted(at),
            (LeadProposalState::Declined, Some(at), Some(reason)) => LeadAnswer::Declined(at, reason),
            (LeadProposalState::Withdrawn, Some(at), None) => LeadAnswer::Withdrawn(at),
            (LeadProposalState::Expired, Some(at), None) => LeadAnswer::Expired(at),
            (LeadProposalState::Superseded, Some(at), None) => LeadAnswer::Superseded(at),
            _ => return Err(StoreError::broken("a proposal contradicts itself")),
        };
        Ok(Self {
            child: ChildId(row.child_id),
            number: row.number,
            kind: code(&row.kind)?,
            involvement: row.involvement,
            led_by: row.led_by,
            organisation: row.organisation_id.into(),
            proposed_by: text(&row.proposed_by)?,
            proposed_at: Instant(row.proposed_at),
            expires_at: Instant(row.expires_at),
            answer,
        })
    }
}

/// A row of `lead_term`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = lead_term, treat_none_as_default_value = false)]
struct TermRow {
    child_id: i64,
    kind: String,
    involvement: i32,
    practitioner_id: Option<StoredId>,
    since: i64,
    cover_id: Option<StoredId>,
    cover_from: Option<NaiveDate>,
    cover_until: Option<NaiveDate>,
}

impl TermRow {
    fn of(child: ChildId, term: &LeadTerm) -> Self {
        Self {
            child_id: child.0,
            kind: term.kind.code().into(),
            involvement: term.involvement,
            practitioner_id: term.practitioner.map(Into::into),
            since: term.since.0,
            cover_id: term.cover.map(|cover| cover.practitioner.into()),
            cover_from: term.cover.map(|cover| cover.from),
            cover_until: term.cover.map(|cover| cover.until),
        }
    }
}

impl TryFrom<TermRow> for LeadTerm {
    type Error = StoreError;

    fn try_from(row: TermRow) -> StoreResult<Self> {
        let cover = match (row.cover_id.map(Into::into), row.cover_from, row.cover_until) {
            (Some(practitioner), Some(from), Some(until)) => Some(LeadCover { practitioner, from, until }),
            (None, None, None) => None,
            _ => return Err(StoreError::broken("a cover has a person and both its days, or none of these")),
        };
        Ok(Self {
            kind: code(&row.kind)?,
            involvement: row.involvement,
            practitioner: row.practitioner_id.map(Into::into),
            since: Instant(row.since),
            cover,
        })
    }
}

/// A row of `past_lead`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = past_lead, treat_none_as_default_value = false)]
struct PastRow {
    child_id: i64,
    position: i32,
    kind: String,
    involvement: i32,
    team_id: Option<StoredId>,
    practitioner_id: Option<StoredId>,
    since: i64,
    until: i64,
    ended_as: String,
}

impl TryFrom<PastRow> for PastLead {
    type Error = StoreError;

    fn try_from(row: PastRow) -> StoreResult<Self> {
        Ok(Self {
            kind: code(&row.kind)?,
            involvement: row.involvement,
            team: row.team_id.map(Into::into),
            practitioner: row.practitioner_id.map(Into::into),
            since: Instant(row.since),
            until: Instant(row.until),
            ended_as: code(&row.ended_as)?,
        })
    }
}

/// Every proposal about the child that `permit` was given for, newest first.
///
/// # Errors
/// As the database's.
pub fn list_proposals<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<LeadProposal>> {
    let rows: Vec<ProposalRow> = on_each!(conn, |c| lead_proposal::table
        .filter(lead_proposal::child_id.eq(permit.child().0))
        .order((lead_proposal::proposed_at.desc(), lead_proposal::number))
        .select(ProposalRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Inserts a proposal about the child that `permit` was given for.
///
/// # Errors
/// `Conflict` of `lead_proposal_open` where the same entry is asked already, and of `lead_proposal_pkey` where the number
/// is taken.
pub fn insert_proposal<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    proposal: &LeadProposal,
) -> StoreResult<()> {
    check(permit, proposal.child)?;
    insert_proposal_row(conn, proposal)
}

/// Inserts a proposal that was made up.
///
/// # Errors
/// As [`insert_proposal`].
pub(super) fn insert_proposal_row(conn: &mut AnyConnection, proposal: &LeadProposal) -> StoreResult<()> {
    let row = ProposalRow::from(proposal);
    on_each!(conn, |c| diesel::insert_into(lead_proposal::table).values(&row).execute(c))?;
    Ok(())
}

/// Answers a proposal that waits. Of several who answer at once the database lets one.
///
/// # Errors
/// `NotFound` where it waits no more.
pub fn answer<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    number: i32,
    answer: LeadAnswer,
) -> StoreResult<()> {
    let place = lead_proposal::table
        .filter(lead_proposal::child_id.eq(permit.child().0))
        .filter(lead_proposal::number.eq(number))
        .filter(lead_proposal::closed_at.is_null());
    let set = (
        lead_proposal::state.eq(answer.state().code()),
        lead_proposal::reason.eq(answer.reason().map(|reason| reason.code())),
        lead_proposal::closed_at.eq(answer.at().map(|at| at.0)),
    );
    let answered = on_each!(conn, |c| diesel::update(place).set(set).execute(c))?;
    if answered == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Moves the lead of a kind from the entry `from`, where one leads, to the entry `to`, which leads nothing: both in this
/// transaction, so that nobody ever sees none or two.
///
/// # Errors
/// `NotFound` where it is no longer so: the lead was moved or taken off meanwhile, or the entry ended. `Conflict` of
/// `involvement_lead` where somebody else was marked meanwhile.
pub fn move_lead<A: Action>(
    conn: &mut AnyConnection,
    permit: &Permit<A>,
    kind: LeadKind,
    (from, to): (Option<i32>, i32),
    now: Instant,
) -> StoreResult<()> {
    let child = permit.child().0;
    let next = involvement::version.eq(involvement::version + 1);
    let old = involvement::table
        .filter(involvement::child_id.eq(child))
        .filter(involvement::lead.eq(kind.code()))
        .filter(involvement::ended_on.is_null());
    let taken_off =
        on_each!(conn, |c| diesel::update(old).set((involvement::lead.eq(None::<String>), next)).execute(c))?;
    let new = involvement::table
        .filter(involvement::child_id.eq(child))
        .filter(involvement::number.eq(to))
        .filter(involvement::lead.is_null())
        .filter(involvement::ended_on.is_null())
        .filter(involvement::withdrawn_at.is_null());
    let marked = on_each!(conn, |c| diesel::update(new)
        .set((involvement::lead.eq(kind.code()), involvement::last_confirmed_at.eq(now.0), next))
        .execute(c))?;
    if taken_off == usize::from(from.is_some()) && marked == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// The leads of the child that `permit` was given for, as far as the index saw them begin.
///
/// # Errors
/// As the database's.
pub fn list_terms<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<LeadTerm>> {
    let rows: Vec<TermRow> = on_each!(conn, |c| lead_term::table
        .filter(lead_term::child_id.eq(permit.child().0))
        .order(lead_term::kind)
        .select(TermRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Writes what is known of a lead, in place of what was known of the one before.
///
/// # Errors
/// As the database's.
pub fn replace_term<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, term: &LeadTerm) -> StoreResult<()> {
    replace_term_row(conn, permit.child(), term)
}

/// The same, of a lead that was made up.
///
/// # Errors
/// As the database's.
pub(super) fn replace_term_row(conn: &mut AnyConnection, child: ChildId, term: &LeadTerm) -> StoreResult<()> {
    delete_term_row(conn, child, term.kind)?;
    let row = TermRow::of(child, term);
    on_each!(conn, |c| diesel::insert_into(lead_term::table).values(&row).execute(c))?;
    Ok(())
}

/// Forgets what is known of a lead, which has ended.
///
/// # Errors
/// As the database's.
pub fn delete_term<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, kind: LeadKind) -> StoreResult<()> {
    delete_term_row(conn, permit.child(), kind)
}

fn delete_term_row(conn: &mut AnyConnection, child: ChildId, kind: LeadKind) -> StoreResult<()> {
    let place = lead_term::table.filter(lead_term::child_id.eq(child.0)).filter(lead_term::kind.eq(kind.code()));
    on_each!(conn, |c| diesel::delete(place).execute(c))?;
    Ok(())
}

/// The leads that ended of the child that `permit` was given for, the latest first.
///
/// # Errors
/// As the database's.
pub fn list_past<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<PastLead>> {
    let rows: Vec<PastRow> = on_each!(conn, |c| past_lead::table
        .filter(past_lead::child_id.eq(permit.child().0))
        .order(past_lead::position.desc())
        .select(PastRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Keeps a lead that ended.
///
/// # Errors
/// As the database's.
pub fn insert_past<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, past: &PastLead) -> StoreResult<()> {
    let child = permit.child().0;
    let last: Option<i32> = on_each!(conn, |c| past_lead::table
        .filter(past_lead::child_id.eq(child))
        .select(diesel::dsl::max(past_lead::position))
        .get_result(c))?;
    let row = PastRow {
        child_id: child,
        position: last.unwrap_or_default().saturating_add(1),
        kind: past.kind.code().into(),
        involvement: past.involvement,
        team_id: past.team.map(Into::into),
        practitioner_id: past.practitioner.map(Into::into),
        since: past.since.0,
        until: past.until.0,
        ended_as: past.ended_as.code().into(),
    };
    on_each!(conn, |c| diesel::insert_into(past_lead::table).values(&row).execute(c))?;
    Ok(())
}

fn check<A: Action>(permit: &Permit<A>, child: ChildId) -> StoreResult<()> {
    if child == permit.child() { Ok(()) } else { Err(StoreError::broken("a permit for one child was used on another")) }
}
