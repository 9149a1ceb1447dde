//! The head of the log: its size, root and frontier, in the one row that everyone who appends must lock.

use diesel::backend::Backend;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary};

use crate::domain::audit::tree::{Frontier, Hash};
use crate::store::connections::AnyConnection;
use crate::store::dialect::{get_locked, on_each};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::audit_head;

/// Where the log stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub(super) frontier: Frontier,
    pub(super) derived_to: u64,
}

impl Head {
    /// Number of events, which is the index of the next one.
    pub const fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root that binds all of them.
    pub fn root(&self) -> Hash {
        self.frontier.root()
    }

    /// Up to which index the look-up tables are filled.
    pub const fn derived_to(&self) -> u64 {
        self.derived_to
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit_head)]
struct HeadRow {
    size: i64,
    root: Vec<u8>,
    frontier: Vec<u8>,
    derived_to: i64,
}

/// Reads the head and keeps everyone else from appending until the transaction ends. It is the first lock that a
/// transaction takes which appends: whoever held another one before it could wait for somebody who waits for that.
///
/// # Errors
///
/// [`StoreError::Broken`] where the head contradicts itself; then nothing may be appended.
pub fn lock_head(conn: &mut AnyConnection) -> StoreResult<Head> {
    get_locked!(conn, audit_head::table.select(HeadRow::as_select()), HeadRow)?.try_into()
}

/// Reads the head without keeping anyone from appending.
///
/// # Errors
///
/// As for [`lock_head`].
pub fn get_head(conn: &mut AnyConnection) -> StoreResult<Head> {
    on_each!(conn, |c| audit_head::table.select(HeadRow::as_select()).get_result(c))?.try_into()
}

/// The head as it is written back, as one statement that stays prepared: diesel would have its own prepared anew for each
/// batch.
#[derive(Debug, Clone, QueryId)]
struct WriteHead {
    size: i64,
    root: Vec<u8>,
    frontier: Vec<u8>,
}

impl<Conn> RunQueryDsl<Conn> for WriteHead {}

impl<DB> QueryFragment<DB> for WriteHead
where
    DB: Backend,
    i64: ToSql<BigInt, DB>,
    Vec<u8>: ToSql<Binary, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("UPDATE audit_head SET size = ");
        out.push_bind_param::<BigInt, _>(&self.size)?;
        out.push_sql(", root = ");
        out.push_bind_param::<Binary, _>(&self.root)?;
        out.push_sql(", frontier = ");
        out.push_bind_param::<Binary, _>(&self.frontier)?;
        out.push_sql(" WHERE id = 1");
        Ok(())
    }
}

/// Writes the head back after events were appended.
pub(super) fn update_head(conn: &mut AnyConnection, head: &Head) -> StoreResult<()> {
    let (root, frontier) = (head.root().as_bytes().to_vec(), head.frontier.to_bytes());
    let written = WriteHead { size: column(head.size())?, root, frontier };
    let changed = on_each!(conn, |c| written.execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::broken("the audit log has no head")) }
}

/// Moves the cursor behind which the look-up tables are filled.
pub(super) fn update_derived_to(conn: &mut AnyConnection, derived_to: u64) -> StoreResult<()> {
    let derived_to = column(derived_to)?;
    on_each!(conn, |c| diesel::update(audit_head::table.find(1))
        .set(audit_head::derived_to.eq(derived_to))
        .execute(c))?;
    Ok(())
}

impl TryFrom<HeadRow> for Head {
    type Error = StoreError;

    fn try_from(row: HeadRow) -> StoreResult<Self> {
        let contradiction = || StoreError::broken("the head of the audit log contradicts itself; run audit verify");
        let size = u64::try_from(row.size).map_err(|_| contradiction())?;
        let derived_to = u64::try_from(row.derived_to).map_err(|_| contradiction())?;
        let frontier = Frontier::from_bytes(size, &row.frontier).ok_or_else(contradiction)?;
        if frontier.root().as_bytes().as_slice() != row.root || derived_to > size {
            return Err(contradiction());
        }
        Ok(Self { frontier, derived_to })
    }
}

/// An index or a size as its column holds it.
pub(in crate::store) fn column(number: u64) -> StoreResult<i64> {
    i64::try_from(number).map_err(|_| StoreError::broken("the audit log is full"))
}
