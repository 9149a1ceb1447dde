//! Cases the management team has open on a child.

use diesel::prelude::*;

use super::columns::{code, optional_text, text};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{child, child_case};
use crate::domain::ids::{AccountId, CaseId, ChildId};
use crate::domain::instants::Instant;
use crate::domain::overrides::CaseOutcome;
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

/// The open cases of several children. As [`list_open`].
pub(super) fn list_open_of(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<Vec<(ChildId, OpenCase)>> {
    let rows: Vec<(i64, String, Option<String>)> = on_each!(conn, |c| child_case::table
        .filter(child_case::child_id.eq_any(children))
        .filter(child_case::closed_at.is_null())
        .select((child_case::child_id, child_case::kind, child_case::manager_id))
        .load(c))?;
    rows.iter()
        .map(|(child, kind, manager)| {
            Ok((ChildId(*child), OpenCase { kind: code(kind)?, manager: optional_text(manager.as_deref())? }))
        })
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

/// An open case as a work-list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedCase {
    /// Its id.
    pub id: CaseId,
    /// What it is about.
    pub kind: CaseKind,
    /// The child it is about.
    pub child: ChildId,
    /// The manager who works it; none while nobody took it.
    pub manager: Option<AccountId>,
    /// When it was opened.
    pub opened_at: Instant,
}

type CaseColumns = (String, String, i64, Option<String>, i64);

fn listed((id, kind, child, manager, opened_at): CaseColumns) -> StoreResult<ListedCase> {
    Ok(ListedCase {
        id: text(&id)?,
        kind: code(&kind)?,
        child: ChildId(child),
        manager: optional_text(manager.as_deref())?,
        opened_at: Instant(opened_at),
    })
}

/// A place in the list of open cases: the next page comes after it.
pub type CasePlace = (Instant, CaseId);

/// The open cases of an area, oldest first, from after `after` and one more than `limit` where there are more. Those of
/// sealed children are left out here unless `cleared`, so that neither a short page nor its cursor tells of them.
///
/// # Errors
/// As the database's.
pub fn list_of_area(
    conn: &mut AnyConnection,
    area: &str,
    cleared: bool,
    kind: Option<CaseKind>,
    after: Option<CasePlace>,
    limit: u16,
) -> StoreResult<Vec<ListedCase>> {
    let (at, id) = after.map_or((i64::MIN, String::new()), |(at, id)| (at.0, id.to_string()));
    let kinds: Vec<&str> = kind.map_or_else(|| CaseKind::CODES.to_vec(), |kind| vec![kind.code()]);
    let sealed: &[bool] = if cleared { &[false, true] } else { &[false] };
    let later = child_case::opened_at.gt(at).or(child_case::opened_at.eq(at).and(child_case::id.gt(id)));
    let rows: Vec<CaseColumns> = on_each!(conn, |c| child_case::table
        .inner_join(child::table.on(child::id.eq(child_case::child_id)))
        .filter(child::sealed.eq_any(sealed))
        .filter(child_case::area.eq(area))
        .filter(child_case::closed_at.is_null())
        .filter(child_case::kind.eq_any(&kinds))
        .filter(later)
        .order((child_case::opened_at, child_case::id))
        .limit(i64::from(limit).saturating_add(1))
        .select((child_case::id, child_case::kind, child_case::child_id, child_case::manager_id, child_case::opened_at))
        .load(c))?;
    rows.into_iter().map(listed).collect()
}

/// Finds an open case of an area.
///
/// # Errors
/// As the database's.
pub fn find_open(conn: &mut AnyConnection, area: &str, id: CaseId) -> StoreResult<Option<ListedCase>> {
    let row: Option<CaseColumns> = on_each!(conn, |c| child_case::table
        .filter(child_case::id.eq(id.to_string()))
        .filter(child_case::area.eq(area))
        .filter(child_case::closed_at.is_null())
        .select((child_case::id, child_case::kind, child_case::child_id, child_case::manager_id, child_case::opened_at))
        .get_result(c)
        .optional())?;
    row.map(listed).transpose()
}

/// Gives an open case to a manager if nobody works it; whether it is that manager's now.
///
/// # Errors
/// As the database's.
pub fn take(conn: &mut AnyConnection, id: CaseId, manager: AccountId) -> StoreResult<bool> {
    let manager = manager.to_string();
    let free = child_case::table
        .filter(child_case::id.eq(id.to_string()))
        .filter(child_case::closed_at.is_null())
        .filter(child_case::manager_id.is_null().or(child_case::manager_id.eq(&manager)));
    let taken = on_each!(conn, |c| diesel::update(free).set(child_case::manager_id.eq(&manager)).execute(c))?;
    Ok(taken == 1)
}

/// Gives an open case to a manager.
///
/// # Errors
/// `NotFound` where it is closed.
pub fn assign(conn: &mut AnyConnection, case: CaseId, manager: AccountId) -> StoreResult<()> {
    let (id, manager) = (case.to_string(), manager.to_string());
    let changed = on_each!(conn, |c| diesel::update(
        child_case::table.filter(child_case::id.eq(&id)).filter(child_case::closed_at.is_null())
    )
    .set(child_case::manager_id.eq(&manager))
    .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

/// Closes an open case as the manager who works it decided. Whether it was that manager's and open.
///
/// # Errors
/// As the database's.
pub fn decide(
    conn: &mut AnyConnection,
    case: CaseId,
    manager: AccountId,
    outcome: CaseOutcome,
    at: Instant,
) -> StoreResult<bool> {
    let (id, manager) = (case.to_string(), manager.to_string());
    let open = child_case::table
        .filter(child_case::id.eq(&id))
        .filter(child_case::manager_id.eq(&manager))
        .filter(child_case::closed_at.is_null());
    let closed = (
        child_case::closed_at.eq(Some(at.0)),
        child_case::outcome.eq(Some(outcome.code())),
        child_case::closed_by.eq(Some(&manager)),
    );
    Ok(on_each!(conn, |c| diesel::update(open).set(closed).execute(c))? == 1)
}

/// Closes an open case.
///
/// # Errors
/// `NotFound` where it is closed.
pub fn close(conn: &mut AnyConnection, case: CaseId, at: Instant) -> StoreResult<()> {
    let id = case.to_string();
    let changed = on_each!(conn, |c| diesel::update(
        child_case::table.filter(child_case::id.eq(&id)).filter(child_case::closed_at.is_null())
    )
    .set(child_case::closed_at.eq(at.0))
    .execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}
