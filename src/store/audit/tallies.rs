//! How many searches an area made and how many named nobody: counted in the look-up table by area and kind, which holds no
//! personal data, and never from payloads.

use diesel::prelude::*;

use super::derived::{kind_of, text_in};
use super::filters::EventFilter;
use super::rows::Range;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::instants::Instant;
use crate::domain::reasons::AccessReason;
use crate::store::connections::AnyConnection;
use crate::store::dialect::on_each;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::audit_by_area;

/// How many searches were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCounts {
    /// That ended in any way but a refusal.
    pub all: u64,
    /// Of these, that named nobody: none fitted or, where a system asks, none or not one alone.
    pub without_match: u64,
}

/// Counts the searches that accounts of an area made from one moment to before another. Searches that the look-up tables
/// do not hold yet are not counted: catch up first.
///
/// # Errors
///
/// As the database's.
pub fn count_searches(conn: &mut AnyConnection, area: &str, from: Instant, to: Instant) -> StoreResult<SearchCounts> {
    let filter = EventFilter { from: Some(from.to_utc()), to: Some(to.to_utc()), ..EventFilter::default() };
    let range = Range::of(conn, &filter)?;
    let without = count(conn, area, range, &[Outcome::None, Outcome::NoSingleMatch])?;
    let others = count(conn, area, range, &[Outcome::Disclosed, Outcome::TooMany])?;
    Ok(SearchCounts { all: without.saturating_add(others), without_match: without })
}

fn count(conn: &mut AnyConnection, area: &str, range: Range, outcomes: &[Outcome]) -> StoreResult<u64> {
    let reasons = || AccessReason::CODES.iter().map(|reason| Some(*reason)).chain([None]);
    let kinds = outcomes.iter().flat_map(|outcome| {
        reasons().map(move |reason| kind_of(AuditAction::ChildSearch.code(), outcome.code(), reason))
    });
    let keys: Vec<String> = kinds.map(|kind| text_in(area, &kind)).collect();
    let found: i64 = on_each!(conn, |c| audit_by_area::table
        .filter(audit_by_area::key.eq_any(&keys))
        .filter(audit_by_area::idx.ge(range.from).and(audit_by_area::idx.lt(range.before)))
        .count()
        .get_result(c))?;
    u64::try_from(found).map_err(|_| StoreError::broken("a number of searches is out of range"))
}
