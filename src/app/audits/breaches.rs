//! The scope of a breach: every child that a compromised account, token or system touched between two times, each once.

use std::collections::{BTreeMap, BTreeSet};

use super::questions::EventsSought;
use super::{Answer, Failure, Found, Index, IndexSettings, Session, catch_up, find, find_auditor, find_page};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::{CodeText, Pseudonym};
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::views::ChildName;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::instants::Instant;
use crate::domain::visits::Visit;
use crate::store::audit::{self, Cursor};
use crate::store::connections::AnyConnection;

/// Events of one child that are told of at most; more are told as so many at least.
const MOST_EVENTS: usize = 100;

/// A child that was touched, and what may have been learnt of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchedChild {
    /// Which child.
    pub name: ChildName,
    /// How many events named it, at most a hundred.
    pub events: usize,
    /// The first of these.
    pub first_at: Instant,
    /// The last of them.
    pub last_at: Instant,
    /// Its index.
    pub last_event: u64,
    /// Every block that any of them showed; empty where it was found or asked for and nothing shown.
    pub shown: BTreeSet<CodeText>,
}

/// A page of children, the last touched first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BreachPage {
    /// The children, each on one page only.
    pub children: Vec<TouchedChild>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// A child as it was found: the event that touched it last, and what all of them showed.
struct Touch {
    child: Pseudonym,
    last: RecordedEvent,
    first_at: Instant,
    events: usize,
    shown: BTreeSet<CodeText>,
}

/// Lists the children that the events asked for touched; `sought` names an account, a token or a system, and times.
///
/// # Errors
/// As [`super::search_events`].
pub async fn list_touched(index: &Index, visit: Visit, sought: EventsSought) -> Result<Answer<BreachPage>, Failure> {
    let found = match find_auditor(index, &visit).await? {
        None => None,
        Some(auditor) => {
            catch_up(index).await?;
            let sought = sought.clone();
            Some(index.prepare(move |conn, settings| find_touched(conn, settings, auditor, &sought)).await?)
        }
    };
    index.disclose(visit, move |session| show(session, &sought, found)).await
}

type FoundTouched = (Auditor, Vec<Touch>, Option<Cursor>);

fn find_touched(
    conn: &mut AnyConnection,
    settings: &IndexSettings,
    auditor: Auditor,
    sought: &EventsSought,
) -> Result<FoundTouched, Failure> {
    let newest = EventsSought { after: None, limit: 1, ..sought.clone() };
    let newest = find_page(conn, settings, &auditor, &newest, &newest.filter(None))?.events;
    let below = newest.first().map(|event| event.index.saturating_add(1));
    let Found { auditor, events, next, .. } = find(conn, settings, auditor, sought)?;
    let mut touches = Vec::new();
    for event in events {
        let children: BTreeSet<Pseudonym> =
            event.payload.iter().flat_map(|payload| &payload.children).map(|child| child.pseudonym).collect();
        for child in children {
            // Times are compared here: finding their ends anew for each child would cost more than all else.
            let mut filter = EventsSought { after: None, from: None, to: None, ..sought.clone() }.filter(Some(child));
            (filter.below, filter.limit) = (below, MOST_EVENTS);
            let all = find_page(conn, settings, &auditor, sought, &filter)?.events;
            let fits = |event: &&RecordedEvent| {
                sought.from.is_none_or(|from| event.at >= from.to_utc())
                    && sought.to.is_none_or(|to| event.at < to.to_utc())
            };
            let all: Vec<_> = all.iter().filter(fits).collect();
            // A child stands where it was touched last, so that it comes once on all pages together.
            if all.first().is_none_or(|last| last.index == event.index) {
                touches.push(touch(child, &event, &all));
            }
        }
    }
    Ok((auditor, touches, next))
}

fn touch(child: Pseudonym, last: &RecordedEvent, all: &[&RecordedEvent]) -> Touch {
    let payloads = all.iter().filter_map(|event| event.payload.as_ref());
    let about = payloads.flat_map(|payload| &payload.children).filter(|each| each.pseudonym == child);
    Touch {
        child,
        last: last.clone(),
        first_at: all.last().map_or(last.at, |first| first.at).into(),
        events: all.len().max(1),
        shown: about.flat_map(|each| each.shown.iter().cloned()).collect(),
    }
}

fn show(
    session: &mut Session<'_>,
    sought: &EventsSought,
    found: Option<FoundTouched>,
) -> Result<Sealed<BreachPage>, Failure> {
    let auditor = match Auditor::of(&session.actor) {
        Ok(auditor) => auditor,
        Err(refusal) => {
            let event = session.event(session.visit.action, refusal.outcome()).asking(sought.criteria());
            return Ok(Disclosure::refused(refusal, event));
        }
    };
    let Some((_, touches, next)) = found.filter(|(found_for, ..)| *found_for == auditor) else {
        return Err(Failure::Busy);
    };
    let events: Vec<RecordedEvent> = touches.iter().map(|touch| touch.last.clone()).collect();
    let around = audit::read_surroundings(session.conn, &session.settings.sensitivity, &events, None)?;
    let children: Vec<TouchedChild> = touches
        .into_iter()
        .filter_map(|touch| {
            let view = sought.view(&auditor, &touch.last, &around)?;
            let told = touch.last.payload.iter().flat_map(|payload| &payload.children).map(|each| each.pseudonym);
            let names: BTreeMap<Pseudonym, ChildName> = told.zip(view.children.iter().map(|each| each.name)).collect();
            let name = *names.get(&touch.child)?;
            // As masked as in any of the events.
            let told = auditor.cleared || matches!(name, ChildName::Number(_));
            Some(TouchedChild {
                name,
                events: touch.events,
                first_at: touch.first_at,
                last_at: touch.last.at.into(),
                last_event: touch.last.index,
                shown: if told { touch.shown } else { BTreeSet::new() },
            })
        })
        .collect();
    let outcome = if children.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = sought.criteria().with("children_shown", children.len());
    let event = session.event(session.visit.action, outcome).asking(asked);
    Ok(Disclosure::with(event, BreachPage { children, next }))
}
