//! The auditor's side of the log: searching it and reading one event with its proof. Reading the log is recorded in it.

mod breaches;
mod complaints;
mod exports;
mod questions;

use uuid::Uuid;

use super::index::Answer;
use super::{Failure, Index, IndexSettings, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, TargetKind};
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::tree::Hash;
use crate::domain::audit::views::{AuditedEvent, Surroundings};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::TeamId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::policy::{Actor, Refusal};
use crate::domain::visits::Visit;
use crate::store::audit::{self, EventFilter, EventProof, Members, Overseer};
use crate::store::connections::AnyConnection;
use crate::store::{accounts, children, team_members, teams};

pub use self::breaches::{BreachPage, TouchedChild, list_touched};
pub use self::complaints::{Complaint, ComplaintPage, search_complaint};
pub use self::exports::{Export, export_events};
pub use self::questions::EventsSought;
pub use crate::store::audit::Cursor;

/// Turns taken at the look-up tables before an auditor is asked to come back; each turn gets further.
const MOST_TURNS: u16 = 1_024;

/// A page of events, newest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct EventPage {
    /// The events, as this auditor is shown them.
    pub events: Vec<AuditedEvent>,
    /// Where the next page begins; none at the end. A page may be short, or empty, and have more after it.
    pub next: Option<Cursor>,
}

/// An event and the proof that it is in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct ProvedEvent {
    /// The event, as this auditor is shown it.
    pub event: AuditedEvent,
    /// Hash of its leaf.
    pub leaf_hash: Hash,
    /// Size of the tree that the proof leads to.
    pub tree_size: u64,
    /// Siblings on the way to its root, nearest first.
    pub hashes: Vec<Hash>,
}

/// What comes of reading one event.
#[derive(Debug, Clone, PartialEq)]
pub enum EventRead {
    /// The event.
    Proved(Box<ProvedEvent>),
    /// The log is not yet as large as the tree that a proof was asked for.
    BeyondLog,
}

/// Searches the log.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded; [`Failure::Busy`] also where the look-up tables lag far behind,
/// or the auditor's own account was changed meanwhile.
pub async fn search_events(index: &Index, visit: Visit, sought: EventsSought) -> Result<Answer<EventPage>, Failure> {
    let found = match find_auditor(index, &visit).await? {
        None => None,
        Some(auditor) => {
            if looks_up(&sought, &auditor) {
                catch_up(index).await?;
            }
            let sought = sought.clone();
            Some(index.prepare(move |conn, settings| find(conn, settings, auditor, &sought)).await?)
        }
    };
    index.disclose(visit, move |session| show_page(session, &sought, found)).await
}

/// Reads one event with the proof that it is in the tree of the first `size` events, or of the newest
/// checkpoint where that holds it.
///
/// # Errors
/// As [`search_events`].
pub async fn read_event(
    index: &Index,
    visit: Visit,
    event: u64,
    size: Option<u64>,
) -> Result<Answer<EventRead>, Failure> {
    let found = match find_auditor(index, &visit).await? {
        None => None,
        Some(auditor) => {
            let origin = index.origin();
            Some((auditor, index.prepare(move |conn, _| prove(conn, origin, event, size)).await?))
        }
    };
    index.disclose(visit, move |session| show_event(session, event, size, found)).await
}

/// The auditor this visit seems to be of, so that nobody else sets the database to work. The decision is taken again
/// inside the recording transaction.
async fn find_auditor(index: &Index, visit: &Visit) -> Result<Option<Auditor>, Failure> {
    if visit.through.is_some() {
        return Ok(None);
    }
    let (identity, strength, reason) = (visit.identity.clone(), visit.strength, visit.reason);
    index
        .prepare(move |conn, _| {
            let account = accounts::find_by_identity(conn, &identity.issuer, &identity.subject)?;
            Ok(account.and_then(|(account, _)| Auditor::of(&Actor::from_account(&account, strength, reason)).ok()))
        })
        .await
}

/// Has the look-up tables filled up to the log as it stands now, in short turns between those who wait to record.
pub(super) async fn catch_up(index: &Index) -> Result<(), Failure> {
    let mut target = None;
    for _ in 0..MOST_TURNS {
        let head = index.prepare(|conn, _| Ok(audit::get_head(conn)?)).await?;
        // The size at the first turn: a busy log would keep the auditor waiting for ever.
        if head.derived_to() >= *target.get_or_insert(head.size()) {
            return Ok(());
        }
        index.recorder().maintain(|conn| audit::take_turn(conn, false).map(drop)).await?;
    }
    Err(Failure::Busy)
}

/// Events found outside the recording transaction, and for whom.
struct Found {
    auditor: Auditor,
    child: Option<Pseudonym>,
    events: Vec<RecordedEvent>,
    next: Option<Cursor>,
}

fn find(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: Auditor,
    sought: &EventsSought,
) -> Result<Found, Failure> {
    let mut found = Found { auditor, child: sought.subject, events: Vec::new(), next: None };
    if let Some(number) = sought.child {
        found.child = find_child(conn, settings, &found.auditor, number)?;
        if found.child.is_none() {
            return Ok(found);
        }
    }
    let page = find_page(conn, settings, &found.auditor, sought, &sought.filter(found.child))?;
    (found.events, found.next) = (page.events, page.next);
    Ok(found)
}

/// Whether the look-up tables are needed: an auditor of an area finds all they oversee by them.
fn looks_up(sought: &EventsSought, auditor: &Auditor) -> bool {
    sought.looks_up() || auditor.area.is_some()
}

/// One page of events that the auditor may know to stand under what was asked for.
fn find_page(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: &Auditor,
    sought: &EventsSought,
    filter: &EventFilter,
) -> Result<audit::EventPage, Failure> {
    let by_view = !auditor.cleared && sought.asks_whose();
    if by_view && asks_for_hidden(conn, settings, auditor, sought)? {
        return Ok(audit::EventPage::default());
    }
    let mut filter = filter.clone();
    filter.overseer = auditor.area.clone().map(|area| Overseer { area, account: auditor.account.0 });
    if let Some(team) = sought.team {
        filter.members = Some(find_members(conn, settings, auditor, team)?);
    }
    audit::search_events(conn, &filter, |conn, events| -> Result<_, Failure> {
        if !by_view {
            return Ok(events.iter().map(|event| auditor.oversees(event.payload.as_ref())).collect());
        }
        let around = audit::read_surroundings(conn, &settings.sensitivity, events, None)?;
        Ok(events.iter().map(|event| sought.view(auditor, event, &around).is_some()).collect())
    })
}

/// Whether an account or an organisation is asked for that every event would mask, so that none need be read to find
/// that out: how long it takes must not tell how much there is.
fn asks_for_hidden(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: &Auditor,
    sought: &EventsSought,
) -> Result<bool, Failure> {
    let accounts = [sought.account, sought.system, sought.on_behalf_of].into_iter().flatten().map(|id| id.0);
    let others: Vec<Uuid> = accounts.filter(|id| !auditor.is(*id)).collect();
    let organisations: Vec<Uuid> = sought.organisation.iter().map(|id| id.0).collect();
    let around = audit::read_accounts_around(conn, &settings.sensitivity, &others, &organisations)?;
    Ok(others.iter().any(|id| around.hides_account(*id)) || {
        // Their own events are not masked, wherever they work.
        let own = audit::read_accounts_around(conn, &settings.sensitivity, &[auditor.account.0], &[])?;
        let hidden = |id: &Uuid| around.hides_organisation(*id) && !own.is_of(auditor.account.0, *id);
        organisations.iter().any(hidden)
    })
}

/// Who worked in a team; nobody where the auditor may not know that it exists.
fn find_members(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: &Auditor,
    team: TeamId,
) -> Result<Members, Failure> {
    let nobody = Members { organisation: Uuid::nil(), terms: Vec::new() };
    let Some(team) = teams::find(conn, team)? else { return Ok(nobody) };
    let organisation = team.organisation.0;
    let around = audit::read_accounts_around(conn, &settings.sensitivity, &[], &[organisation])?;
    if !auditor.cleared && (team.sensitive || around.hides_organisation(organisation)) {
        return Ok(nobody);
    }
    Ok(Members { organisation, terms: team_members::list(conn, team.id)? })
}

/// The name in the log of the child with a number; none where the auditor may not know that there is one.
fn find_child(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: &Auditor,
    number: IndexNumber,
) -> Result<Option<Pseudonym>, Failure> {
    let Some(id) = children::find_id(conn, number)? else { return Ok(None) };
    let Some(name) = audit::child_pseudonyms(conn, &[id.0])?.remove(&id.0) else { return Ok(None) };
    let around = audit::read_surroundings(conn, &settings.sensitivity, &[], Some(name))?;
    Ok(Some(name).filter(|name| may_ask_about(auditor, *name, &around)))
}

fn may_ask_about(auditor: &Auditor, child: Pseudonym, around: &Surroundings) -> bool {
    around.children.get(&child).is_some_and(|now| auditor.may_ask_about(now))
}

fn show_page(
    session: &mut Session<'_>,
    sought: &EventsSought,
    found: Option<Found>,
) -> Result<Sealed<EventPage>, Failure> {
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(sought.criteria());
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    let Some(Found { child, events, next, .. }) = found.filter(|found| found.auditor == auditor) else {
        // Found for what the account was a moment ago.
        return Err(Failure::Busy);
    };
    let around = audit::read_surroundings(session.conn, &session.settings.sensitivity, &events, child)?;
    let page = match child {
        Some(child) if sought.child.is_some() && !may_ask_about(&auditor, child, &around) => EventPage::default(),
        _ => {
            let views = events.iter().filter_map(|event| sought.view(&auditor, event, &around));
            EventPage { events: views.collect(), next }
        }
    };
    let outcome = if page.events.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = sought.criteria().with("events_shown", page.events.len());
    let event = session.event(session.visit.action, outcome).asking(asked);
    // Named only where something was shown: this event too is shown to auditors, and must not tell them more.
    let about = child.filter(|_| !page.events.is_empty()).map(|child| mention(child, &events, &around));
    Ok(Disclosure::with(event.about_all(about), page))
}

/// The child whose events were asked for, of whose record nothing was shown.
fn mention(child: Pseudonym, events: &[RecordedEvent], around: &Surroundings) -> ChildShown {
    let told = events.iter().filter_map(|event| event.payload.as_ref()).flat_map(|payload| &payload.children);
    let protected = told.filter(|each| each.pseudonym == child).any(|each| each.protected);
    let hidden = around.children.get(&child).is_none_or(|now| now.hidden);
    ChildShown::new(child).protected(protected || hidden)
}

/// What the log holds at an index.
enum Held {
    Proved(Box<EventProof>),
    Nothing,
    BeyondLog,
}

fn prove(conn: &mut AnyConnection, origin: Option<String>, event: u64, size: Option<u64>) -> Result<Held, Failure> {
    let present = audit::get_head(conn)?.size();
    if size.is_some_and(|size| size > present) {
        return Ok(Held::BeyondLog);
    }
    // A checkpoint's size, so that the proof leads to a root that was signed; the size just read for an event that no
    // checkpoint reaches yet, since others may record while the proof is put together.
    let signed = origin.map(|origin| audit::find_checkpointed_size(conn, &origin)).transpose()?.flatten();
    let latest = signed.filter(|signed| *signed > event && *signed <= present).unwrap_or(present);
    let proof = audit::find_event_proof(conn, event, Some(size.unwrap_or(latest)))?;
    Ok(proof.map_or(Held::Nothing, |proof| Held::Proved(Box::new(proof))))
}

fn show_event(
    session: &mut Session<'_>,
    event: u64,
    size: Option<u64>,
    found: Option<(Auditor, Held)>,
) -> Result<Sealed<EventRead>, Failure> {
    let told = |session: &Session<'_>, outcome| {
        let asked = Criteria::new().with_some("size", size);
        session.event(session.visit.action, outcome).on(TargetKind::AuditEvent, event).asking(asked)
    };
    let refuse =
        |session: &Session<'_>, refusal: Refusal| Ok(Disclosure::refused(refusal, told(session, refusal.outcome())));
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => return refuse(session, refusal),
    };
    let Some((_, held)) = found.filter(|(found_for, _)| *found_for == auditor) else { return Err(Failure::Busy) };
    let EventProof { event: recorded, size, hashes } = match held {
        Held::Proved(proof) => *proof,
        Held::Nothing => return refuse(session, Refusal::NotFound),
        Held::BeyondLog => return Ok(Disclosure::with(told(session, Outcome::Invalid), EventRead::BeyondLog)),
    };
    let recorded = [recorded];
    let around = audit::read_surroundings(session.conn, &session.settings.sensitivity, &recorded, None)?;
    let [recorded] = recorded;
    let Some(view) = auditor.view(&recorded, &around) else { return refuse(session, Refusal::NotFound) };
    let proved = ProvedEvent { event: view, leaf_hash: recorded.leaf_hash, tree_size: size, hashes };
    Ok(Disclosure::with(told(session, Outcome::Disclosed), EventRead::Proved(Box::new(proved))))
}
