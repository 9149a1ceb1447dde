//! Shortlists: the children worth deciding about, found by keys and compared in steps.

use chrono::NaiveDate;

use super::{Search, frequencies, is_findable_as, is_open};
use crate::app::{Failure, IndexSettings};
use crate::domain::ids::ChildId;
use crate::domain::matching::{
    CANDIDATES, FEW_CANDIDATES, Frequencies, KeyPlan, MORE_CANDIDATES, Outcome, Profile, SearchQuery, Votes,
    query_plan, rank,
};
use crate::store::candidates::{self, Candidate};
use crate::store::connections::AnyConnection;
use crate::store::sketches::{self, Sketch};
use crate::store::{children, keys, mothers};

/// Children worth deciding about, found outside the recording transaction.
#[derive(Default)]
pub(in crate::app) struct Shortlist {
    pub(in crate::app) ids: Vec<i64>,
    pub(in crate::app) too_many: bool,
    pub(in crate::app) work: Work,
}

/// What it took to find the candidates of a search. It must not depend on what is hidden.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Entries read under keys, in rows or lists; never above [`MAX_KEY_ROWS`](crate::domain::matching::MAX_KEY_ROWS).
    pub key_rows: usize,
    /// Records read and compared.
    pub candidates: usize,
}

/// Finds the candidates of a search, tells what that took, and drops them: for tests and measurements.
///
/// # Errors
/// As the database's.
pub fn measure(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    search: &Search,
    day: NaiveDate,
) -> Result<Work, Failure> {
    Ok(shortlist(conn, settings, search, day)?.work)
}

pub(in crate::app) fn shortlist(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    search: &Search,
    day: NaiveDate,
) -> Result<Shortlist, Failure> {
    match search {
        Search::Number(number) => {
            let id = children::find_id(conn, *number)?;
            Ok(Shortlist { ids: id.map(|id| id.0).into_iter().collect(), too_many: false, work: Work::default() })
        }
        Search::Mother(query) => {
            let plan = query_plan(query, &settings.keys.maternal());
            let votes = count_votes(conn, &plan)?;
            Ok(compare_mothers(conn, query, &votes.best(MORE_CANDIDATES), day)?)
        }
        Search::Facts { query, .. } => {
            let plan = query_plan(query, &settings.keys);
            let votes = count_votes(conn, &plan)?;
            let frequencies = frequencies(conn)?;
            let best = votes.best(MORE_CANDIDATES);
            let (compared, candidates) = compare_in_steps(conn, query, &best, &frequencies, day)?;
            Ok(Shortlist { work: Work { key_rows: votes.rows(), candidates }, ..compared.shortlist })
        }
    }
}

/// Looks under all keys of a plan, whoever is found under the first of them: the work would tell whether somebody hidden
/// stood out, and who shares more keys by chance than the right child with two slips would keep it from being seen.
pub(in crate::app) fn count_votes(conn: &mut AnyConnection, plan: &KeyPlan) -> Result<Votes, Failure> {
    let mut votes = Votes::new();
    for class in [&plan.selective, &plan.wide] {
        for (planned, ids) in class.iter().zip(keys::list_planned(conn, class)?) {
            votes.add(planned, &ids);
        }
    }
    Ok(votes)
}

/// How many candidates are compared at first, next and at last.
const STEPS: [usize; 3] = [FEW_CANDIDATES, CANDIDATES, MORE_CANDIDATES];
/// So many of those read in a step may be hidden before anybody else is left out for them: whether a step is the last is told
/// by the others alone, or the work would tell that there is somebody.
const SPARE: usize = 8;

/// Compares those with the most votes, and more of them only where that is worth while.
fn compare_in_steps(
    conn: &mut AnyConnection,
    query: &SearchQuery,
    best: &[i64],
    frequencies: &Frequencies,
    day: NaiveDate,
) -> Result<(Compared, usize), Failure> {
    let mut found = Vec::new();
    let mut compared = Compared::default();
    let mut read = 0;
    for upto in STEPS {
        let step = best.get(read..upto.min(best.len())).unwrap_or_default();
        found.extend(sketches::list(conn, step, day, query.identifier.is_some())?);
        compared = compare(query, &found, upto.saturating_sub(SPARE), frequencies);
        read = upto;
        let enough = if upto == FEW_CANDIDATES { compared.settled } else { !compared.weak };
        if enough {
            break;
        }
    }
    Ok((compared, found.len()))
}

#[derive(Default)]
struct Compared {
    shortlist: Shortlist,
    settled: bool,
    weak: bool,
}

/// Ranks candidates. Those that everybody may know of, the first `most` of them, decide whether there are too many, so that
/// the count is the same for every caller, and whether more are worth comparing; the others are only kept for the caller who
/// may see them, or the work would tell that there are some.
fn compare(query: &SearchQuery, found: &[Sketch], most: usize, frequencies: &Frequencies) -> Compared {
    let findable = found.iter().filter(|sketch| is_findable_as(sketch.shielded, &sketch.profile, query, frequencies));
    let (public, others): (Vec<&Sketch>, Vec<&Sketch>) = findable.partition(|sketch| sketch.public);
    let public = rank(query, public.into_iter().take(most).map(profile_of), frequencies);
    let others = rank(query, others.into_iter().map(profile_of), frequencies);
    let too_many = public.outcome == Outcome::TooMany;
    let (settled, weak) = (public.settled, public.weak);
    let ids = public.hits.iter().chain(&others.hits).map(|hit| hit.candidate.0).collect();
    Compared { shortlist: Shortlist { ids, too_many, work: Work::default() }, settled, weak }
}

/// Ranks children by their mothers. She is part of what a shield hides, so that a shielded child is not found by her;
/// those that are left count alike for every caller.
fn compare_mothers(
    conn: &mut AnyConnection,
    query: &SearchQuery,
    ids: &[i64],
    day: NaiveDate,
) -> Result<Shortlist, Failure> {
    let frequencies = frequencies(conn)?;
    let mut profiles = mothers::list_profiles(conn, ids)?;
    let found = candidates::list(conn, ids, day)?;
    let open = found.iter().map(Candidate::subject).filter(|subject| is_open(subject));
    let open: Vec<(ChildId, Profile)> =
        open.filter_map(|subject| Some((subject.child, profiles.remove(&subject.child)?))).collect();
    let ranking = rank(query, open, &frequencies);
    let too_many = ranking.outcome == Outcome::TooMany;
    let work = Work { key_rows: 0, candidates: found.len() };
    Ok(Shortlist { ids: ranking.hits.iter().map(|hit| hit.candidate.0).collect(), too_many, work })
}

fn profile_of(sketch: &Sketch) -> (ChildId, &Profile) {
    (sketch.child, &sketch.profile)
}
