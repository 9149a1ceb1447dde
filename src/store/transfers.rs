//! Transfers of children from one service to another.

use chrono::NaiveDate;
use diesel::prelude::*;

use super::columns::{code, optional_code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::transfer;
use super::transactions::write_tx;
use crate::domain::ids::{ChildId, OrganisationId, TransferId};
use crate::domain::instants::Instant;
use crate::domain::policy::{Action, Permit};
use crate::domain::transfers::{
    Receiver, Transfer, TransferBasis, TransferDesk, TransferGap, TransferList, TransferState,
};

/// A row of `transfer`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = transfer, treat_none_as_null = true, treat_none_as_default_value = false)]
struct TransferRow {
    id: String,
    child_id: i64,
    pathway: String,
    kind: String,
    state: String,
    from_number: i32,
    sender_id: StoredId,
    receiver_id: StoredId,
    receiver_team_id: Option<StoredId>,
    service: String,
    to_number: Option<i32>,
    access_point_id: String,
    desk_id: StoredId,
    area: String,
    basis: Option<String>,
    basis_given_by: Option<String>,
    basis_on: Option<NaiveDate>,
    gaps: String,
    declined: Option<String>,
    withdrawn: Option<String>,
    proposed_by: String,
    proposed_at: i64,
    due_at: Option<i64>,
    closed_at: Option<i64>,
    under_shield: bool,
    version: i64,
}

impl From<&Transfer> for TransferRow {
    fn from(transfer: &Transfer) -> Self {
        let gaps: Vec<&str> = transfer.gaps.iter().map(|gap| gap.code()).collect();
        Self {
            id: transfer.id.to_string(),
            child_id: transfer.child.0,
            pathway: transfer.pathway.to_string(),
            kind: transfer.kind.code().into(),
            state: transfer.state.code().into(),
            from_number: transfer.from,
            sender_id: transfer.sender.into(),
            receiver_id: transfer.receiver.organisation.into(),
            receiver_team_id: transfer.receiver.team.map(Into::into),
            service: transfer.receiver.service.code().into(),
            to_number: transfer.to,
            access_point_id: transfer.desk.access_point.to_string(),
            desk_id: transfer.desk.organisation.into(),
            area: transfer.desk.area.clone(),
            basis: transfer.basis.map(|basis| basis.kind.code().into()),
            basis_given_by: transfer.basis.and_then(|basis| basis.given_by).map(|giver| giver.code().into()),
            basis_on: transfer.basis.and_then(|basis| basis.on),
            gaps: gaps.join(" "),
            declined: transfer.declined.map(|reason| reason.code().into()),
            withdrawn: transfer.withdrawn.map(|reason| reason.code().into()),
            proposed_by: transfer.proposed_by.to_string(),
            proposed_at: transfer.proposed_at.0,
            due_at: transfer.due_at.map(|at| at.0),
            closed_at: transfer.closed_at.map(|at| at.0),
            under_shield: transfer.under_shield,
            version: transfer.version,
        }
    }
}

impl TryFrom<TransferRow> for Transfer {
    type Error = StoreError;

    fn try_from(row: TransferRow) -> StoreResult<Self> {
        let given_by = optional_code(row.basis_given_by.as_deref())?;
        let on = row.basis_on;
        let basis = optional_code(row.basis.as_deref())?.map(|kind| TransferBasis { kind, given_by, on });
        Ok(Self {
            id: text(&row.id)?,
            child: ChildId(row.child_id),
            pathway: text(&row.pathway)?,
            kind: code(&row.kind)?,
            state: code(&row.state)?,
            from: row.from_number,
            sender: row.sender_id.into(),
            receiver: Receiver {
                organisation: row.receiver_id.into(),
                team: row.receiver_team_id.map(Into::into),
                service: code(&row.service)?,
            },
            to: row.to_number,
            desk: TransferDesk {
                access_point: text(&row.access_point_id)?,
                organisation: row.desk_id.into(),
                area: row.area,
            },
            basis,
            gaps: row.gaps.split_ascii_whitespace().map(code).collect::<StoreResult<Vec<TransferGap>>>()?,
            declined: optional_code(row.declined.as_deref())?,
            withdrawn: optional_code(row.withdrawn.as_deref())?,
            proposed_by: text(&row.proposed_by)?,
            proposed_at: Instant(row.proposed_at),
            due_at: row.due_at.map(Instant),
            closed_at: row.closed_at.map(Instant),
            under_shield: row.under_shield,
            version: row.version,
        })
    }
}

/// Whose transfers a work-list is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferScope {
    /// Those that this organisation sends, receives or places.
    pub organisation: OrganisationId,
    /// Those to be placed in this area besides, where the reader works its list.
    pub area: Option<String>,
}

/// Every transfer of the child that `permit` was given for, oldest first, hidden ones among them.
///
/// # Errors
/// As the database's.
pub fn list_of<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Vec<Transfer>> {
    let child = permit.child().0;
    let rows: Vec<TransferRow> = on_each!(conn, |c| transfer::table
        .filter(transfer::child_id.eq(child))
        .order(transfer::id)
        .select(TransferRow::as_select())
        .load(c))?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Whose a transfer is: where to look, still to be decided.
///
/// # Errors
/// As the database's.
pub fn find_child(conn: &mut AnyConnection, id: TransferId) -> StoreResult<Option<ChildId>> {
    let id = id.to_string();
    let child: Option<i64> = on_each!(conn, |c| transfer::table
        .filter(transfer::id.eq(&id))
        .select(transfer::child_id)
        .get_result(c)
        .optional())?;
    Ok(child.map(ChildId))
}

/// Whether an involvement of the child that `permit` was given for is on its way somewhere.
///
/// # Errors
/// As the database's.
pub fn has_open_from<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, from: i32) -> StoreResult<bool> {
    let child = permit.child().0;
    let open: i64 = on_each!(conn, |c| transfer::table
        .filter(transfer::child_id.eq(child))
        .filter(transfer::from_number.eq(from))
        .filter(transfer::closed_at.is_null())
        .count()
        .get_result(c))?;
    Ok(open > 0)
}

/// Lists open transfers in the order they were proposed, from after `after` and at most `limit`: where to look, each of
/// them still to be decided.
///
/// # Errors
/// As the database's.
pub fn list_open(
    conn: &mut AnyConnection,
    scope: &TransferScope,
    list: TransferList,
    after: Option<TransferId>,
    limit: u16,
) -> StoreResult<Vec<Transfer>> {
    let own = StoredId::from(scope.organisation);
    let mut query = transfer::table
        .select(TransferRow::as_select())
        .filter(transfer::closed_at.is_null())
        .order(transfer::id)
        .limit(limit.into())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(transfer::id.gt(after.to_string()));
    }
    let state = |state: TransferState| transfer::state.eq(state.code());
    query = match (list, &scope.area) {
        (TransferList::Waiting, _) => {
            query.filter(transfer::receiver_id.eq(own)).filter(state(TransferState::Proposed))
        }
        (TransferList::Unanswered, _) => {
            query.filter(transfer::sender_id.eq(own)).filter(state(TransferState::Proposed))
        }
        (TransferList::Unaccepted, _) => query.filter(transfer::sender_id.eq(own)),
        (TransferList::Escalated, Some(area)) => query
            .filter(transfer::desk_id.eq(own).or(transfer::area.eq(area.clone())))
            .filter(state(TransferState::Escalated)),
        (TransferList::Escalated, None) => {
            query.filter(transfer::desk_id.eq(own)).filter(state(TransferState::Escalated))
        }
    };
    let rows: Vec<TransferRow> = query.load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Inserts a transfer of the child that `permit` was given for. What it collides with leaves the rest of what is being done
/// as it is.
///
/// # Errors
/// `Conflict` of `transfer_open` where the involvement is on its way somewhere already.
pub fn insert<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, new: &Transfer) -> StoreResult<()> {
    check(permit, new)?;
    write_tx(conn, |conn| insert_row(conn, new))
}

/// Inserts a transfer of a child that is being made up in the same transaction.
///
/// # Errors
/// As [`insert`].
pub(super) fn insert_row(conn: &mut AnyConnection, new: &Transfer) -> StoreResult<()> {
    let row = TransferRow::from(new);
    on_each!(conn, |c| diesel::insert_into(transfer::table).values(&row).execute(c))?;
    Ok(())
}

/// Replaces a transfer of the child that `permit` was given for; `changed` carries the version that was read, and the
/// row gets the next. Of two who answer at once the database lets one.
///
/// # Errors
/// `NotFound` where that version is no longer there: somebody else decided meanwhile.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, changed: &Transfer) -> StoreResult<()> {
    check(permit, changed)?;
    let mut row = TransferRow::from(changed);
    row.version = row.version.saturating_add(1);
    let place = transfer::table.filter(transfer::id.eq(&row.id)).filter(transfer::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

fn check<A: Action>(permit: &Permit<A>, transfer: &Transfer) -> StoreResult<()> {
    if transfer.child == permit.child() {
        Ok(())
    } else {
        Err(StoreError::broken("a permit for one child was used on another"))
    }
}
