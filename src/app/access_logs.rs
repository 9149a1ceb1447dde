//! The list of who has seen where a child lives, for the management team that decides about its shield.

use uuid::Uuid;

use super::children::open;
use super::index::Answer;
use super::{Failure, Index, IndexSettings, Session, audits};
use crate::domain::accounts::{Account, Role};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::audit::views::Surroundings;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::instants::{DAY, Instant};
use crate::domain::policy::{Block, CaseKind, ReadAccessLog, may_manage_shield};
use crate::domain::visits::Visit;
use crate::store::audit::{self, Cursor, EventFilter, EventPage};
use crate::store::connections::AnyConnection;
use crate::store::{accounts, children, files, handles};

/// How far back the list goes, in days.
const GOES_BACK_DAYS: i64 = 90;

/// Which page of the list is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessesSought {
    /// Where the page before ended.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u16,
}

/// Somebody who saw where the child lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onlooker {
    /// The account.
    pub account: Uuid,
    /// Its name; none where it is not registered any more.
    pub name: Option<String>,
    /// Its organisation at the time.
    pub organisation: Uuid,
    /// That organisation's name.
    pub organisation_name: Option<String>,
}

/// One time that somebody saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationSeen {
    /// When.
    pub at: Instant,
    /// What they did, as the log names it.
    pub action: String,
    /// The reason they stated.
    pub reason: Option<String>,
    /// Who; none where it was somebody of a sensitive service, whose involvement this must not tell.
    pub who: Option<Onlooker>,
}

/// A page of the list, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPage {
    /// The times.
    pub seen: Vec<LocationSeen>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// Lists who has seen where a child lives in the last 90 days.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded; [`Failure::Busy`] also where the look-up tables lag far behind.
pub async fn read_access_log(
    index: &Index,
    visit: Visit,
    child: ChildRef,
    sought: AccessesSought,
) -> Result<Answer<AccessPage>, Failure> {
    let from = index.now().plus(-GOES_BACK_DAYS * DAY);
    let found = match find_subject(index, &visit, child).await? {
        None => None,
        Some(subject) => {
            audits::catch_up(index).await?;
            Some((subject, index.prepare(move |conn, _| find(conn, subject, from, sought)).await?))
        }
    };
    index.disclose(visit, move |session| show(session, child, found)).await
}

/// The child's name in the log where the caller seems to be of its management team, so that nobody else sets the
/// database to work. The decision is taken again inside the recording transaction.
async fn find_subject(index: &Index, visit: &Visit, child: ChildRef) -> Result<Option<Pseudonym>, Failure> {
    if visit.through.is_some() {
        return Ok(None);
    }
    let (identity, now) = (visit.identity.clone(), index.now());
    index
        .prepare(move |conn, _: &IndexSettings| {
            let account = accounts::find_by_identity(conn, &identity.issuer, &identity.subject)?;
            let Some((account, _)) = account.filter(|(account, _)| account.role == Role::Manager) else {
                return Ok(None);
            };
            let id = resolve(conn, &account, child, now)?;
            let file = files::find(conn, id, now.day())?;
            let own = file.as_ref().map(files::ChildFile::subject).filter(|subject| subject.area == account.area);
            Ok(own.map(|subject| subject.pseudonym))
        })
        .await
}

fn resolve(
    conn: &mut AnyConnection,
    account: &Account,
    child: ChildRef,
    now: Instant,
) -> Result<Option<crate::domain::ids::ChildId>, Failure> {
    Ok(match child {
        ChildRef::Number(number) => children::find_id(conn, number)?,
        ChildRef::Handle(handle) => handles::find_id(conn, handle, account.id, now)?,
    })
}

fn find(
    conn: &mut AnyConnection,
    subject: Pseudonym,
    from: Instant,
    sought: AccessesSought,
) -> Result<EventPage, Failure> {
    let filter = EventFilter {
        child: Some(subject),
        shown: Some(Block::Address),
        from: Some(from.to_utc()),
        after: sought.after,
        limit: sought.limit.into(),
        ..EventFilter::default()
    };
    audit::search_events(conn, &filter, |_, events| Ok(vec![true; events.len()]))
}

fn show(
    session: &mut Session<'_>,
    child: ChildRef,
    found: Option<(Pseudonym, EventPage)>,
) -> Result<Sealed<AccessPage>, Failure> {
    let (file, permit) = match open::<ReadAccessLog>(session, child)? {
        Ok(opened) => opened,
        Err(refusal) => return Ok(session.refuse(refusal)),
    };
    if let Err(refusal) = may_manage_shield(&session.actor, file.subject()) {
        return Ok(session.refuse(refusal));
    }
    let Some((_, page)) = found.filter(|(subject, _)| *subject == permit.pseudonym()) else {
        // Found for what the account or the record was a moment ago.
        return Err(Failure::Busy);
    };
    let around = audit::read_surroundings(session.conn, &session.settings.sensitivity, &page.events, None)?;
    let brokers = file
        .subject()
        .cases
        .iter()
        .any(|case| case.kind == CaseKind::Broker && case.manager == Some(session.actor.account));
    let seen = page.events.iter().map(|event| seen(event, &around, brokers)).collect();
    let event = session.event(session.visit.action, Outcome::Disclosed);
    Ok(Disclosure::under(permit, &[Block::Identity], event, AccessPage { seen, next: page.next }))
}

fn seen(event: &RecordedEvent, around: &Surroundings, brokers: bool) -> LocationSeen {
    let who = event.payload.as_ref().and_then(|payload| payload.account.zip(payload.organisation));
    let sensitive = |organisation: &Uuid| around.organisations.get(organisation).is_none_or(|now| now.sensitive);
    let who = who.filter(|(_, organisation)| brokers || !sensitive(organisation));
    LocationSeen {
        at: Instant(event.at.timestamp_micros()),
        action: event.action.clone(),
        reason: event.reason.clone(),
        who: who.map(|(account, organisation)| Onlooker {
            account,
            name: around.accounts.get(&account).map(|now| now.name.clone()),
            organisation,
            organisation_name: around.organisations.get(&organisation).map(|now| now.name.clone()),
        }),
    }
}
