//! From a complainant's name to the accesses made: one recorded look-up that yields a name in the log and never a record,
//! so that no auditor browses children.

use chrono::NaiveDate;

use super::questions::EventsSought;
use super::{Answer, EventPage, Failure, Found, Index, IndexSettings, Session, catch_up, find, find_auditor, mention};
use crate::app::budgets;
use crate::app::searches::{self, Search, Shortlist};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, Pseudonym};
use crate::domain::audit::scope::Auditor;
use crate::domain::children::Publication;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::instants::Instant;
use crate::domain::matching::{BirthCriterion, QueriedDate, SearchQuery, rank};
use crate::domain::visits::Visit;
use crate::store::audit;
use crate::store::candidates::{self, Candidate};
use crate::store::connections::AnyConnection;

/// Who complains, as they are registered, and for which time they want to know.
#[derive(Debug, Clone)]
pub struct Complaint {
    /// The family name.
    pub family_name: String,
    /// The given names.
    pub given_name: String,
    /// The date of birth.
    pub born: QueriedDate,
    /// Accesses at or after this instant.
    pub from: Option<Instant>,
    /// Accesses before this instant.
    pub to: Option<Instant>,
    /// At most so many.
    pub limit: u16,
}

/// What comes of a look-up.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ComplaintPage {
    /// The child's name in the log, to ask further by; none where not exactly one child fits.
    pub subject: Option<Pseudonym>,
    /// The accesses, newest first.
    pub page: EventPage,
}

/// Looks the accesses to a complainant's record up. It counts as a search of the auditor's.
///
/// # Errors
/// As [`super::search_events`].
pub async fn search_complaint(
    index: &Index,
    visit: Visit,
    complaint: Complaint,
) -> Result<Answer<ComplaintPage>, Failure> {
    let day = index.now().day();
    let found = match find_auditor(index, &visit).await? {
        None => None,
        Some(auditor) => {
            catch_up(index).await?;
            let complaint = complaint.clone();
            Some(index.prepare(move |conn, settings| look_up(conn, settings, auditor, &complaint, day)).await?)
        }
    };
    index.disclose(visit, move |session| show(session, &complaint, found)).await
}

/// The one child that fits, and its events.
struct LookedUp {
    child: Option<i64>,
    found: Found,
}

fn look_up(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: Auditor,
    complaint: &Complaint,
    day: NaiveDate,
) -> Result<LookedUp, Failure> {
    let search = Search::Facts { query: complaint.query(), identifier: None };
    let Shortlist { ids, too_many, .. } = searches::shortlist(conn, settings, &search, day)?;
    let ids = if too_many { Vec::new() } else { ids };
    match single(conn, &auditor, complaint, &ids, day)? {
        None => Ok(LookedUp { child: None, found: Found { auditor, child: None, events: Vec::new(), next: None } }),
        Some((child, subject)) => {
            let found = find(conn, settings, auditor, &complaint.sought(subject))?;
            Ok(LookedUp { child: Some(child), found })
        }
    }
}

/// The one of some children that fits, unless the auditor may not know of it; none where several do.
fn single(
    conn: &mut AnyConnection,
    auditor: &Auditor,
    complaint: &Complaint,
    ids: &[i64],
    day: NaiveDate,
) -> Result<Option<(i64, Pseudonym)>, Failure> {
    let query = complaint.query();
    let frequencies = searches::frequencies(conn)?;
    let candidates = candidates::list(conn, ids, day)?;
    let known = candidates.iter().filter(|candidate| may_know(auditor, candidate));
    let findable = known.filter(|candidate| searches::is_findable(candidate, &query, &frequencies));
    let ranking = rank(&query, findable.map(|candidate| (candidate, candidate.visible_profile())), &frequencies);
    let subject = ranking.single().map(|hit| hit.candidate.subject());
    Ok(subject.map(|subject| (subject.child.0, subject.pseudonym)))
}

/// An archived child may complain like any other; a sealed one exists for the cleared alone.
fn may_know(auditor: &Auditor, candidate: &Candidate) -> bool {
    let subject = candidate.subject();
    let sealed = subject.sealed && !auditor.cleared;
    subject.publication == Publication::Published && !subject.merged && !subject.unborn && !sealed
}

fn show(
    session: &mut Session<'_>,
    complaint: &Complaint,
    found: Option<LookedUp>,
) -> Result<Sealed<ComplaintPage>, Failure> {
    let asked = complaint.criteria();
    let refuse = |session: &Session<'_>, refusal: crate::domain::policy::Refusal, asked| {
        let event = session.event(session.visit.action, refusal.outcome()).asking(asked);
        Ok(Disclosure::refused(refusal, event))
    };
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => return refuse(session, refusal, asked),
    };
    let Some(LookedUp { child, found }) = found.filter(|it| it.found.auditor == auditor) else {
        return Err(Failure::Busy);
    };
    let charge = match budgets::charge_search(session)? {
        Ok(charge) => charge,
        Err(refusal) => return refuse(session, refusal, asked),
    };
    // As the record stands now: a seal binds at once.
    let ids: Vec<i64> = child.into_iter().collect();
    let still = single(session.conn, &auditor, complaint, &ids, session.day)?;
    let event = |session: &Session<'_>, outcome| session.event(session.visit.action, outcome);
    let sealed = match still {
        None => Disclosure::with(event(session, Outcome::NoSingleMatch).asking(asked), ComplaintPage::default()),
        Some((_, subject)) => {
            let around =
                audit::read_surroundings(session.conn, &session.settings.sensitivity, &found.events, Some(subject))?;
            let views = found.events.iter().filter_map(|event| auditor.view(event, &around));
            let page = EventPage { events: views.collect(), next: found.next };
            let asked = asked.with("events_shown", page.events.len());
            let event =
                event(session, Outcome::Disclosed).asking(asked).about(mention(subject, &found.events, &around));
            Disclosure::with(event, ComplaintPage { subject: Some(subject), page })
        }
    };
    Ok(charge.alerts.into_iter().fold(sealed, Disclosure::also))
}

impl Complaint {
    fn query(&self) -> SearchQuery {
        SearchQuery {
            family_name: Some(self.family_name.clone()),
            given_name: Some(self.given_name.clone()),
            birth: Some(BirthCriterion::On(self.born)),
            ..SearchQuery::default()
        }
    }

    fn sought(&self, subject: Pseudonym) -> EventsSought {
        let (from, to, limit) = (self.from, self.to, self.limit);
        EventsSought { subject: Some(subject), from, to, limit, ..EventsSought::default() }
    }

    fn criteria(&self) -> Criteria {
        Criteria::new()
            .with("family_name", self.family_name.as_str())
            .with("given_name", self.given_name.as_str())
            .with("date_of_birth", self.born.to_string())
            .with_some("from", self.from.map(|at| at.to_string()))
            .with_some("to", self.to.map(|at| at.to_string()))
            .with("limit", self.limit)
    }
}
