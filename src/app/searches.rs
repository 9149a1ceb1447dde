//! Search: from what a searcher knows to the children it may be, best first, or to the word that there are too many.

mod criteria;
pub mod measuring;
mod shortlists;

pub(super) use criteria::criteria;
pub(in crate::app) use shortlists::{Shortlist, count_votes, shortlist};
pub use shortlists::{Work, measure};

use chrono::NaiveDate;

use super::budgets::{self, Standing};
use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::audit::actions::AuditAction;
use crate::domain::audit::payloads::ChildShown;
use crate::domain::children::{ChildRecord, Name};
use crate::domain::disclosures::{Disclosure, Sealed, describe};
use crate::domain::handles::Handle;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::matching::{
    Field, FieldMatch, Frequencies, Grade, Outcome, PostcodeCriterion, Profile, Scorer, SearchQuery, rank,
};
use crate::domain::policy::{self, Block, Forbidden, Refusal, SearchPermit, Subject};
use crate::domain::sex::Sex;
use crate::domain::visits::Visit;
use crate::store::candidates::{self, Candidate};
use crate::store::connections::AnyConnection;
use crate::store::{children, handles, mothers};

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

/// Searches for children.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn search_children(index: &Index, visit: Visit, search: Search) -> Result<Answer<SearchAnswer>, Failure> {
    let day = index.now().day();
    let wanted = search.clone();
    let shortlist = index.prepare_search(move |conn, settings| shortlist(conn, settings, &wanted, day)).await?;
    let found = if shortlist.too_many { Vec::new() } else { shortlist.ids.clone() };
    index.disclose_found(visit, found, move |session| answer(session, &search, &shortlist)).await
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
