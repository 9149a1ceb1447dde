//! Capabilities that were proposed for an account and wait for a second person.

use diesel::prelude::*;

use super::columns::{code, text};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{account, capability_proposal};
use crate::domain::accounts::{Capability, Role};
use crate::domain::capability_proposals::CapabilityProposal;
use crate::domain::ids::{AccountId, ProposalId};
use crate::domain::instants::Instant;

/// A row of `capability_proposal`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = capability_proposal)]
struct ProposalRow {
    id: String,
    account_id: String,
    capability: String,
    proposed_by: String,
    proposed_at: i64,
}

impl TryFrom<ProposalRow> for CapabilityProposal {
    type Error = StoreError;

    fn try_from(row: ProposalRow) -> StoreResult<Self> {
        Ok(Self {
            id: text(&row.id)?,
            account: text(&row.account_id)?,
            capability: code(&row.capability)?,
            by: text(&row.proposed_by)?,
            at: Instant(row.proposed_at),
        })
    }
}

/// Finds a proposal, whether or not it counts still.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, id: ProposalId) -> StoreResult<Option<CapabilityProposal>> {
    let row: Option<ProposalRow> = on_each!(conn, |c| capability_proposal::table
        .filter(capability_proposal::id.eq(id.to_string()))
        .select(ProposalRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Finds what is proposed of a capability for an account, whether or not it counts still.
///
/// # Errors
/// As the database's.
pub fn find_of(
    conn: &mut AnyConnection,
    account: AccountId,
    capability: Capability,
) -> StoreResult<Option<CapabilityProposal>> {
    let row: Option<ProposalRow> = on_each!(conn, |c| capability_proposal::table
        .filter(capability_proposal::account_id.eq(account.to_string()))
        .filter(capability_proposal::capability.eq(capability.code()))
        .select(ProposalRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// Whose proposals a list is made of.
#[derive(Debug, Clone)]
pub struct ProposalFilter<'a> {
    /// For accounts of this area; of every area where there is none.
    pub area: Option<&'a str>,
    /// For accounts with one of these roles.
    pub roles: &'a [Role],
    /// For any account but this one.
    pub but: AccountId,
    /// Made after this instant.
    pub since: Instant,
}

/// Lists proposals in the order they were made, from after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list(
    conn: &mut AnyConnection,
    filter: &ProposalFilter<'_>,
    after: Option<ProposalId>,
    limit: u16,
) -> StoreResult<Vec<CapabilityProposal>> {
    let roles: Vec<_> = filter.roles.iter().map(|role| role.code()).collect();
    let mut query = capability_proposal::table
        .inner_join(account::table.on(account::id.eq(capability_proposal::account_id)))
        .filter(account::role.eq_any(roles))
        .filter(account::id.ne(filter.but.to_string()))
        .filter(capability_proposal::proposed_at.gt(filter.since.0))
        .select(ProposalRow::as_select())
        .order(capability_proposal::id)
        .limit(limit.into())
        .into_boxed();
    if let Some(area) = filter.area {
        query = query.filter(account::area.eq(area.to_owned()));
    }
    if let Some(after) = after {
        query = query.filter(capability_proposal::id.gt(after.to_string()));
    }
    let rows: Vec<ProposalRow> = query.load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Inserts a proposal.
///
/// # Errors
/// `Conflict` of `capability_proposal_open` where the same is proposed already.
pub fn insert(conn: &mut AnyConnection, new: &CapabilityProposal) -> StoreResult<()> {
    let row = ProposalRow {
        id: new.id.to_string(),
        account_id: new.account.to_string(),
        capability: new.capability.code().into(),
        proposed_by: new.by.to_string(),
        proposed_at: new.at.0,
    };
    on_each!(conn, |c| diesel::insert_into(capability_proposal::table).values(&row).execute(c))?;
    Ok(())
}

/// Deletes a proposal, which has been answered or counts no more; whether it was there.
///
/// # Errors
/// As the database's.
pub fn delete(conn: &mut AnyConnection, id: ProposalId) -> StoreResult<bool> {
    let place = capability_proposal::table.filter(capability_proposal::id.eq(id.to_string()));
    Ok(on_each!(conn, |c| diesel::delete(place).execute(c))? == 1)
}
