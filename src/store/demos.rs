//! What a demo remembers of how it was made, and its children by their source's key.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::text;
use super::compact::{StoredDay, StoredId};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::{carer, child, organisation, setting};
use super::short_codes::relationship_of;
use super::{assessments, child_teams, involvements, leads, panel_items, team_meetings, transfers};
use crate::domain::assessments::Assessment;
use crate::domain::child_teams::ChildTeam;
use crate::domain::children::{ChildStatus, Publication};
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::involvements::Involvement;
use crate::domain::leads::{LeadProposal, LeadTerm};
use crate::domain::panels::PanelItem;
use crate::domain::team_meetings::TeamMeeting;
use crate::domain::transfers::Transfer;

const RECIPE: &str = "demo-recipe";

/// How the population was made; none where the index is no demo.
///
/// # Errors
/// As the database's.
pub fn find_recipe(conn: &mut AnyConnection) -> StoreResult<Option<String>> {
    let found = on_each!(conn, |c| setting::table
        .filter(setting::name.eq(RECIPE))
        .select(setting::value)
        .get_result(c)
        .optional())?;
    Ok(found)
}

/// Remembers how the population was made.
///
/// # Errors
/// `Conflict` where that is remembered already.
pub fn insert_recipe(conn: &mut AnyConnection, recipe: &str) -> StoreResult<()> {
    let row = (setting::name.eq(RECIPE), setting::value.eq(recipe));
    on_each!(conn, |c| diesel::insert_into(setting::table).values(&row).execute(c))?;
    Ok(())
}

/// An expected child, as far as its mother is made up from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// The child.
    pub child: ChildId,
    /// The organisation that supplied it.
    pub supplied_by: OrganisationId,
    /// The expected date of delivery.
    pub expected_on: NaiveDate,
    /// Names and relationships of the carers.
    pub carers: Vec<(String, String)>,
}

/// The synthetic children not yet born, shielded ones aside.
///
/// # Errors
/// As the database's.
pub fn list_expected(conn: &mut AnyConnection) -> StoreResult<Vec<Expected>> {
    let rows: Vec<(i64, StoredId, Option<StoredDay>)> = on_each!(conn, |c| child::table
        .filter(child::status.eq(ChildStatus::Unborn.code()))
        .filter(child::shield.is_null())
        .order(child::id)
        .select((child::id, child::supplied_by, child::expected_on))
        .load(c))?;
    let mut expected = Vec::with_capacity(rows.len());
    for (id, supplied_by, expected_on) in rows {
        let Some(expected_on) = expected_on.map(NaiveDate::from) else { continue };
        let carers: Vec<(String, String)> = on_each!(conn, |c| carer::table
            .filter(carer::child_id.eq(id))
            .order(carer::position)
            .select((carer::name, carer::relationship))
            .load(c))?;
        let carers = carers.into_iter().map(|(name, stored)| (name, relationship_of(&stored).to_owned())).collect();
        expected.push(Expected { child: ChildId(id), supplied_by: supplied_by.into(), expected_on, carers });
    }
    Ok(expected)
}

/// Children of an area of whom nothing is hidden, born by a day, at most `limit`, in the order they were loaded.
///
/// # Errors
/// As the database's.
pub fn list_ordinary(
    conn: &mut AnyConnection,
    area: &str,
    born_by: NaiveDate,
    limit: u16,
) -> StoreResult<Vec<ChildId>> {
    let ids: Vec<i64> = on_each!(conn, |c| child::table
        .filter(child::area.eq(area))
        .filter(child::date_of_birth.le(StoredDay::from(born_by)))
        .filter(child::status.eq(ChildStatus::Active.code()))
        .filter(child::publication.eq(Publication::Published.code()))
        .filter(child::shield.is_null())
        .order(child::id)
        .limit(limit.into())
        .select(child::id)
        .load(c))?;
    Ok(ids.into_iter().map(ChildId).collect())
}

/// Inserts an assessment that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_assessment(conn: &mut AnyConnection, assessment: &Assessment) -> StoreResult<()> {
    assessments::insert_row(conn, assessment)
}

/// Inserts an involvement that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_involvement(conn: &mut AnyConnection, involvement: &Involvement) -> StoreResult<()> {
    involvements::insert_row(conn, involvement)
}

/// Inserts a transfer that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_transfer(conn: &mut AnyConnection, transfer: &Transfer) -> StoreResult<()> {
    transfers::insert_row(conn, transfer)
}

/// The involvements of a child that was made up.
///
/// # Errors
/// As the database's.
pub fn list_involvements(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<Involvement>> {
    involvements::list_rows(conn, child)
}

/// Inserts a proposal that somebody lead, which was made up.
///
/// # Errors
/// As the database's.
pub fn insert_lead_proposal(conn: &mut AnyConnection, proposal: &LeadProposal) -> StoreResult<()> {
    leads::insert_proposal_row(conn, proposal)
}

/// Writes what is known of a lead that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_lead_term(conn: &mut AnyConnection, child: ChildId, term: &LeadTerm) -> StoreResult<()> {
    leads::replace_term_row(conn, child, term)
}

/// Inserts what was settled of a team that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_child_team(conn: &mut AnyConnection, team: &ChildTeam) -> StoreResult<()> {
    child_teams::insert_row(conn, team)
}

/// Inserts a meeting that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_team_meeting(conn: &mut AnyConnection, meeting: &TeamMeeting) -> StoreResult<()> {
    team_meetings::insert_row(conn, meeting)
}

/// Puts a child on an agenda that was made up.
///
/// # Errors
/// As the database's.
pub fn insert_panel_item(conn: &mut AnyConnection, item: &PanelItem) -> StoreResult<()> {
    panel_items::insert_row(conn, item)
}

/// The postcode districts in which children of an area live, in order, of so many of its children as a demo usually has.
///
/// # Errors
/// As the database's.
pub fn list_districts(conn: &mut AnyConnection, area: &str) -> StoreResult<Vec<String>> {
    let postcodes: Vec<Option<String>> = on_each!(conn, |c| child::table
        .filter(child::area.eq(area))
        .filter(child::postcode.is_not_null())
        .order(child::id)
        .limit(5_000)
        .select(child::postcode)
        .load(c))?;
    let outward = |postcode: String| postcode.split(' ').next().map(str::to_owned);
    let mut districts: Vec<String> = postcodes.into_iter().flatten().filter_map(outward).collect();
    districts.sort_unstable();
    districts.dedup();
    Ok(districts)
}

/// The number of the synthetic child with a source's key.
///
/// # Errors
/// As the database's.
pub fn find_number(
    conn: &mut AnyConnection,
    source_key: &str,
    supplied_by: Option<&str>,
) -> StoreResult<Option<IndexNumber>> {
    let mut query = child::table
        .inner_join(organisation::table.on(organisation::id.eq(child::supplied_by)))
        .filter(child::source_key.eq(source_key))
        .select(child::index_number)
        .into_boxed();
    if let Some(code) = supplied_by {
        query = query.filter(organisation::code.eq(code));
    }
    let number: Option<String> = query.first(conn).optional()?;
    number.as_deref().map(text).transpose()
}
