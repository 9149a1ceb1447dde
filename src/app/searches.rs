//! Search: from what a searcher knows to the children it may be, best first, or to the word that there are too many.

mod criteria;
pub mod measuring;

pub(super) use criteria::criteria;

use chrono::NaiveDate;

use super::budgets::{self, Standing};
use super::index::Answer;
use super::{Failure, Index, IndexSettings, Session};
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::payloads::ChildShown;
use crate::domain::children::{ChildRecord, Name};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::Handle;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::matching::{
    CANDIDATES, Field, FieldMatch, Frequencies, Grade, KeyPlan, MORE_CANDIDATES, Outcome, PostcodeCriterion, Profile,
    Scorer, SearchQuery, Votes, query_plan, rank,
};
use crate::domain::policy::{self, Block, Forbidden, Refusal, SearchPermit, Subject};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::candidates::{self, Candidate};
use crate::store::connections::AnyConnection;
use crate::store::sketches::{self, Sketch};
use crate::store::{children, handles, keys, mothers};

type Shown = (ChildId, ChildShown, FoundChild);

/// What is searched for.
#[derive(Debug, Clone)]
pub enum Search {
    /// By what is known of the child.
    Facts {
        /// The facts.
        query: SearchQuery,
        /// The system of the identifier among them, which the caller must be allowed to read.
        identifier: Option<IdentifierSystem>,
    },
    /// By the mother of a child recorded before birth: who she is, compared as a child is.
    Mother(SearchQuery),
    /// By index number alone.
    Number(IndexNumber),
}

/// A child that may be the one meant, as far as the caller may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundChild {
    /// The number for life.
    pub index_number: IndexNumber,
    /// Names the child for twelve hours, to this account alone.
    pub handle: Handle,
    /// The probability that this is the child meant.
    pub probability: f64,
    /// Its grade.
    pub grade: Grade,
    /// The fields that matched, and how.
    pub matched: Vec<FieldMatch>,
    /// The current name.
    pub name: Name,
    /// Date of birth.
    pub date_of_birth: Option<NaiveDate>,
    /// Sex.
    pub sex: Sex,
    /// The postcode district, only where the caller's own postcode matched.
    pub postcode_district: Option<String>,
    /// Whether the record is shielded.
    pub shielded: bool,
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// There are children to show.
    Found,
    /// Nobody fits.
    None,
    /// Too many fit; nobody is shown.
    TooMany,
    /// A system gets one child or nobody; this is the answer for none and for many.
    NoSingleMatch,
}

/// The answer of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchAnswer {
    /// Best first.
    pub children: Vec<FoundChild>,
    /// How it ended.
    pub ending: Ending,
    /// Whether the search used a field that a shielded record hides; then the constant advice is given.
    pub used_hideable_field: bool,
    /// How the account stands with its searches.
    pub standing: Option<Standing>,
}

/// Children worth deciding about, found outside the recording transaction.
pub(super) struct Shortlist {
    pub(super) ids: Vec<i64>,
    pub(super) too_many: bool,
    work: Work,
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

/// Searches for children.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn search_children(index: &Index, visit: Visit, search: Search) -> Result<Answer<SearchAnswer>, Failure> {
    let day = index.now().day();
    let wanted = search.clone();
    let shortlist = index.prepare_search(move |conn, settings| shortlist(conn, settings, &wanted, day)).await?;
    index.disclose(visit, move |session| answer(session, &search, &shortlist)).await
}

pub(super) fn shortlist(
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
            let (first, more) = best.split_at(CANDIDATES.min(best.len()));
            let with_identifiers = query.identifier.is_some();
            let mut found = sketches::list(conn, first, day, with_identifiers)?;
            let mut compared = compare(query, &found, &frequencies);
            if compared.weak {
                found.extend(sketches::list(conn, more, day, with_identifiers)?);
                compared = compare(query, &found, &frequencies);
            }
            let work = Work { key_rows: votes.rows(), candidates: found.len() };
            Ok(Shortlist { work, ..compared.shortlist })
        }
    }
}

/// Looks under all keys of a plan, whoever is found under the first of them: the work would tell whether somebody hidden
/// stood out, and who shares more keys by chance than the right child with two slips would keep it from being seen.
pub(super) fn count_votes(conn: &mut AnyConnection, plan: &KeyPlan) -> Result<Votes, Failure> {
    let mut votes = Votes::new();
    for class in [&plan.selective, &plan.wide] {
        for (planned, ids) in class.iter().zip(keys::list_planned(conn, class)?) {
            votes.add(planned, &ids);
        }
    }
    Ok(votes)
}

struct Compared {
    shortlist: Shortlist,
    weak: bool,
}

/// Ranks candidates. Those that everybody may know of decide whether there are too many, so that the count is the same
/// for every caller, and whether more are worth comparing; the others are only kept for the caller who may see them, or the
/// work would tell that there are some.
fn compare(query: &SearchQuery, found: &[Sketch], frequencies: &Frequencies) -> Compared {
    let findable = found.iter().filter(|sketch| is_findable_as(sketch.shielded, &sketch.profile, query, frequencies));
    let (public, others): (Vec<&Sketch>, Vec<&Sketch>) = findable.partition(|sketch| sketch.public);
    let public = rank(query, public.into_iter().map(profile_of), frequencies);
    let others = rank(query, others.into_iter().map(profile_of), frequencies);
    let too_many = public.outcome == Outcome::TooMany;
    let weak = public.weak;
    let ids = public.hits.iter().chain(&others.hits).map(|hit| hit.candidate.0).collect();
    Compared { shortlist: Shortlist { ids, too_many, work: Work::default() }, weak }
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

/// Whether nothing of a record is hidden: born or not, it may be found by the mother.
fn is_open(subject: &Subject) -> bool {
    !subject.shielded && Subject { unborn: false, ..subject.clone() }.is_public()
}

/// How common names are, in an index of about this size. The size is rounded to a power of two, so that one child
/// more or less, shielded perhaps, changes no probability.
pub(super) fn frequencies(conn: &mut AnyConnection) -> Result<Frequencies, Failure> {
    let last = children::next_id(conn)?;
    let size = u32::try_from(last.0).unwrap_or(u32::MAX);
    Ok(Frequencies::shipped(size.checked_next_power_of_two().unwrap_or(u32::MAX)))
}

fn profile_of(sketch: &Sketch) -> (ChildId, &Profile) {
    (sketch.child, &sketch.profile)
}

/// A shielded child is found only by the fields that stay visible: a query that uses any other finds nothing of it,
/// even where it would match. Nor is it found under another family name, however well given name and birth agree: an
/// old name must not lead to the new one.
pub(super) fn is_findable(candidate: &Candidate, query: &SearchQuery, frequencies: &Frequencies) -> bool {
    let shielded = candidate.subject().shielded;
    !shielded || is_findable_as(shielded, &candidate.visible_profile(), query, frequencies)
}

/// The same of a profile.
pub(super) fn is_findable_as(
    shielded: bool,
    profile: &Profile,
    query: &SearchQuery,
    frequencies: &Frequencies,
) -> bool {
    if !shielded {
        return true;
    }
    let score = || Scorer::for_query(query, frequencies).score(profile);
    !query.uses_hideable_field() && score().how(Field::FamilyName).is_some()
}

fn answer(session: &mut Session<'_>, search: &Search, shortlist: &Shortlist) -> Result<Sealed<SearchAnswer>, Failure> {
    let permit = match policy::decide_search(&session.actor) {
        Ok(permit) => permit,
        Err(refusal) => return Ok(refuse(session, search, refusal)),
    };
    if let Search::Facts { identifier: Some(system), .. } = search
        && !policy::may_search_by(&session.actor, system, &session.settings.policy)
    {
        return Ok(refuse(session, search, Refusal::Forbidden(Forbidden::Identifier)));
    }
    if matches!(search, Search::Mother(_)) && !policy::may_search_by_mother(&session.actor) {
        return Ok(refuse(session, search, Refusal::Forbidden(Forbidden::Mother)));
    }
    let charge = match budgets::charge_search(session)? {
        Ok(charge) => charge,
        Err(refusal) => return Ok(refuse(session, search, refusal)),
    };
    let (ending, shown) = decide_hits(session, &permit, search, shortlist)?;
    let ids: Vec<ChildId> = shown.iter().map(|(child, ..)| *child).collect();
    let more = match budgets::charge_children(session, &ids)? {
        Ok(charge) => charge,
        Err(refusal) => return Ok(refuse(session, search, refusal)),
    };
    let name: [u8; 16] = rand::random();
    if !ids.is_empty() {
        handles::insert(session.conn, name, session.actor.account, &ids, session.now)?;
    }
    let mut event = session.event(AuditAction::ChildSearch, criteria::audited(ending)).asking(criteria(search));
    let mut children = Vec::with_capacity(shown.len());
    for (position, (_, told, mut child)) in (0_u8..).zip(shown) {
        child.handle = Handle { answer: name, position };
        event = event.about(told);
        children.push(child);
    }
    let used_hideable_field = match search {
        Search::Facts { query, .. } => query.uses_hideable_field(),
        Search::Mother(_) => true,
        Search::Number(_) => false,
    };
    let answer = SearchAnswer { children, ending, used_hideable_field, standing: charge.standing };
    let sealed = Disclosure::with(event, answer);
    Ok(charge.alerts.into_iter().chain(more.alerts).fold(sealed, Disclosure::also))
}

fn refuse(session: &Session<'_>, search: &Search, refusal: Refusal) -> Sealed<SearchAnswer> {
    let event = session.event(AuditAction::ChildSearch, refusal.outcome()).asking(criteria(search));
    Disclosure::refused(refusal, event)
}

/// Reads the shortlist again, as it is now, and decides for each child whether this caller is shown it.
fn decide_hits(
    session: &mut Session<'_>,
    permit: &SearchPermit,
    search: &Search,
    shortlist: &Shortlist,
) -> Result<(Ending, Vec<Shown>), Failure> {
    let alone = session.actor.is_machine();
    if shortlist.too_many {
        return Ok((if alone { Ending::NoSingleMatch } else { Ending::TooMany }, Vec::new()));
    }
    let found = candidates::list(session.conn, &shortlist.ids, session.day)?;
    let visible: Vec<&Candidate> =
        found.iter().filter(|candidate| candidate.open(permit, session.day).is_some()).collect();
    let (hits, none) = match search {
        Search::Number(_) => (visible.into_iter().map(Weighed::certain).collect(), Ending::None),
        Search::Facts { query, .. } => weigh(session.conn, query, visible, alone)?,
        Search::Mother(query) => weigh_mothers(session.conn, query, visible, alone)?,
    };
    let shown: Vec<Shown> = hits.iter().filter_map(|hit| show(session, permit, search, hit)).collect();
    let ending = match (shown.is_empty(), alone) {
        (false, _) => Ending::Found,
        (true, true) => Ending::NoSingleMatch,
        (true, false) => none,
    };
    Ok((ending, shown))
}

/// A candidate and what speaks for it.
struct Weighed<'a> {
    candidate: &'a Candidate,
    probability: f64,
    matched: Vec<FieldMatch>,
}

impl<'a> Weighed<'a> {
    /// A number names one child or nobody: there is nothing to weigh.
    fn certain(candidate: &'a Candidate) -> Self {
        Self { candidate, probability: 1.0, matched: Vec::new() }
    }
}

/// Ranks what the caller may see, as it is now. Alone, a system gets the one child that fits or nobody.
fn weigh<'a>(
    conn: &mut AnyConnection,
    query: &SearchQuery,
    visible: Vec<&'a Candidate>,
    alone: bool,
) -> Result<(Vec<Weighed<'a>>, Ending), Failure> {
    let frequencies = frequencies(conn)?;
    let findable = visible.into_iter().filter(|candidate| is_findable(candidate, query, &frequencies));
    let profiles = findable.map(|candidate| (candidate, candidate.visible_profile()));
    Ok(take_hits(query, rank(query, profiles, &frequencies), alone))
}

/// Ranks by their mothers what the caller may see, as it is now.
fn weigh_mothers<'a>(
    conn: &mut AnyConnection,
    query: &SearchQuery,
    visible: Vec<&'a Candidate>,
    alone: bool,
) -> Result<(Vec<Weighed<'a>>, Ending), Failure> {
    let frequencies = frequencies(conn)?;
    let ids: Vec<i64> = visible.iter().map(|candidate| candidate.subject().child.0).collect();
    let mut profiles = mothers::list_profiles(conn, &ids)?;
    let open = visible.into_iter().filter(|candidate| is_open(candidate.subject()));
    let open: Vec<(&Candidate, Profile)> =
        open.filter_map(|candidate| Some((candidate, profiles.remove(&candidate.subject().child)?))).collect();
    Ok(take_hits(query, rank(query, open, &frequencies), alone))
}

/// The hits that an answer shows.
fn take_hits<'a>(
    query: &SearchQuery,
    ranking: crate::domain::matching::Ranking<&'a Candidate>,
    alone: bool,
) -> (Vec<Weighed<'a>>, Ending) {
    let none = if ranking.outcome == Outcome::TooMany { Ending::TooMany } else { Ending::None };
    if alone && ranking.single().is_none() {
        return (Vec::new(), Ending::NoSingleMatch);
    }
    let most = if alone { 1 } else { query.limit };
    let hits = ranking.hits.into_iter().take(most).map(|hit| Weighed {
        candidate: hit.candidate,
        probability: hit.probability,
        matched: hit.score.matched,
    });
    (hits.collect(), none)
}

fn show(session: &Session<'_>, permit: &SearchPermit, search: &Search, hit: &Weighed<'_>) -> Option<Shown> {
    let subject = hit.candidate.subject();
    let (record, visibility) = hit.candidate.open(permit, session.day)?;
    let told = describe(subject.pseudonym, subject.version, subject.shielded, &visibility, &[Block::Identity]);
    let found = FoundChild {
        matched: hit.matched.clone(),
        postcode_district: matched_district(search, hit),
        ..found_child(record, subject, hit.probability)
    };
    Some((subject.child, told, found))
}

/// What an answer tells of a child that it found; its handle is given with the answer.
pub(super) fn found_child(record: &ChildRecord, subject: &Subject, probability: f64) -> FoundChild {
    FoundChild {
        index_number: record.index_number,
        handle: Handle { answer: [0; 16], position: 0 },
        probability,
        grade: Grade::of(probability),
        matched: Vec::new(),
        name: record.name.clone(),
        date_of_birth: record.date_of_birth,
        sex: record.sex,
        postcode_district: None,
        shielded: subject.shielded,
    }
}

/// The district of the caller's own postcode, where it is the child's too: nothing the caller did not bring.
fn matched_district(search: &Search, hit: &Weighed<'_>) -> Option<String> {
    let Search::Facts { query, .. } = search else { return None };
    let asked = match query.postcode.as_ref()? {
        PostcodeCriterion::Full(postcode) => postcode.split(' ').next()?,
        PostcodeCriterion::Outward(outward) => outward.as_str(),
        PostcodeCriterion::Partial(_) => return None,
    };
    let profile = hit.candidate.visible_profile();
    let district = profile.postcode.as_deref()?.split(' ').next()?;
    (district == asked).then(|| district.to_owned())
}
