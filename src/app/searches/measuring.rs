//! Measuring: searches that nobody makes, for tests and measurements. What they find is counted and never shown.

use chrono::NaiveDate;

use super::{Search, Work, frequencies, shortlist, weigh};
use crate::app::{Failure, IndexSettings};
use crate::domain::ids::ChildId;
use crate::domain::matching::{Profile, SearchQuery, score};
use crate::store::candidates::{self, Candidate};
use crate::store::children;
use crate::store::connections::AnyConnection;
use crate::store::transactions::read_cheaply;

/// What a search came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// The children whom anybody would be shown, best first, each with its probability.
    pub hits: Vec<(ChildId, f64)>,
    /// Whether too many fit, so that nobody would be shown.
    pub too_many: bool,
    /// What it took.
    pub work: Work,
}

/// Does all that a search does but ask who searches and record it: candidates, then those that are left as they are
/// now, read again and ranked.
///
/// # Errors
/// As the database's.
pub fn rehearse(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    query: &SearchQuery,
    day: NaiveDate,
) -> Result<Rehearsed, Failure> {
    read_cheaply(conn, |conn| search_once(conn, settings, query, day))
}

fn search_once(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    query: &SearchQuery,
    day: NaiveDate,
) -> Result<Rehearsed, Failure> {
    let search = Search::Facts { query: query.clone(), identifier: None };
    let found = shortlist(conn, settings, &search, day)?;
    if found.too_many {
        return Ok(Rehearsed { hits: Vec::new(), too_many: true, work: found.work });
    }
    let candidates = candidates::list(conn, &found.ids, day)?;
    let public: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.subject().is_public()).collect();
    let (hits, _) = weigh(conn, query, public, false)?;
    let hits = hits.iter().map(|hit| (hit.candidate.subject().child, hit.probability)).collect();
    Ok(Rehearsed { hits, too_many: false, work: found.work })
}

/// How likely a question means the child of a profile, as a logarithm to base 2 of the odds.
///
/// # Errors
/// As the database's.
pub fn log_odds(conn: &mut AnyConnection, query: &SearchQuery, profile: &Profile) -> Result<f64, Failure> {
    Ok(score(query, profile, &frequencies(conn)?).log_odds)
}

/// How many children there are, or have been.
///
/// # Errors
/// As the database's.
pub fn population(conn: &mut AnyConnection) -> Result<i64, Failure> {
    Ok(children::next_id(conn)?.0.saturating_sub(1))
}

/// What anybody may find these children by, those left out of whom something is hidden. For making up questions.
///
/// # Errors
/// As the database's.
pub fn draw(conn: &mut AnyConnection, ids: &[i64], day: NaiveDate) -> Result<Vec<(ChildId, Profile)>, Failure> {
    let candidates = candidates::list(conn, ids, day)?;
    let open = |candidate: &&Candidate| candidate.subject().is_public() && !candidate.subject().shielded;
    Ok(candidates
        .iter()
        .filter(open)
        .map(|candidate| (candidate.subject().child, candidate.visible_profile()))
        .collect())
}
