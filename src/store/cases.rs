//! Cases the management team has open on a child.

use diesel::prelude::*;

use super::columns::{code, optional_text};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::schema::child_case;
use crate::domain::ids::{AccountId, CaseId, ChildId};
use crate::domain::instants::Instant;
use crate::domain::policy::{CaseKind, OpenCase};

/// The open cases of a child; facts of a decision, which need no permit.
///
/// # Errors
/// As the database's.
pub fn list_open(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Vec<OpenCase>> {
    let rows: Vec<(String, Option<String>)> = on_each!(conn, |c| child_case::table
        .filter(child_case::child_id.eq(child.0))
        .filter(child_case::closed_at.is_null())
        .select((child_case::kind, child_case::manager_id))
        .load(c))?;
    rows.iter()
        .map(|(kind, manager)| Ok(OpenCase { kind: code(kind)?, manager: optional_text(manager.as_deref())? }))
        .collect()
}

/// Opens a case on a child for the management team of `area`, worked by `manager` where one is named.
///
/// # Errors
/// As the database's.
pub fn open(
    conn: &mut AnyConnection,
    child: ChildId,
    kind: CaseKind,
    area: &str,
    manager: Option<AccountId>,
    at: Instant,
) -> StoreResult<CaseId> {
    let id = CaseId::new();
    let row = (
        child_case::id.eq(id.to_string()),
        child_case::child_id.eq(child.0),
        child_case::kind.eq(kind.code()),
        child_case::area.eq(area),
        child_case::manager_id.eq(manager.map(|manager| manager.to_string())),
        child_case::opened_at.eq(at.0),
    );
    on_each!(conn, |c| diesel::insert_into(child_case::table).values(&row).execute(c))?;
    Ok(id)
}
