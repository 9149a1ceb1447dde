//! The partnerships themselves: listing, reading, registering and naming them.

use crate::app::index::Answer;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::PartnershipId;
use crate::domain::pages::{After, Page};
use crate::domain::partnerships::Partnership;
use crate::domain::policy::{Refusal, decide_partnership_change};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::partnerships;

/// Which partnerships are sought.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartnershipsSought {
    /// Of this area.
    pub area: Option<String>,
    /// From after this one.
    pub after: Option<After>,
    /// At most so many.
    pub limit: u16,
}

/// A partnership to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartnership {
    /// Its name.
    pub name: String,
    /// The area; the caller's own where none is given.
    pub area: Option<String>,
}

/// Lists partnerships by name, for every account.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_partnerships(
    index: &Index,
    visit: Visit,
    sought: PartnershipsSought,
) -> Result<Answer<Page<Partnership, After>>, Failure> {
    index.disclose(visit, move |session| list(session, &sought)).await
}

/// Reads a partnership, for every account.
///
/// # Errors
/// As [`list_partnerships`].
pub async fn read_partnership(index: &Index, visit: Visit, id: PartnershipId) -> Result<Answer<Partnership>, Failure> {
    index
        .disclose(visit, move |session| match partnerships::find(session.conn, id)? {
            None => Ok(refuse(session, id, Refusal::NotFound)),
            Some(found) => Ok(Disclosure::with(about(session, id, Outcome::Disclosed), found)),
        })
        .await
}

/// Registers a partnership; once for each idempotency key.
///
/// # Errors
/// As [`list_partnerships`].
pub async fn register_partnership(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewPartnership,
) -> Result<Answer<Partnership>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), new)).await
}

/// Gives a partnership another name, where the precondition holds.
///
/// # Errors
/// As [`list_partnerships`].
pub async fn change_partnership(
    index: &Index,
    visit: Visit,
    id: PartnershipId,
    precondition: Precondition<Partnership>,
    name: String,
) -> Result<Answer<Partnership>, Failure> {
    index.change(visit, move |session| change(session, id, precondition, name)).await
}

fn list(session: &mut Session<'_>, sought: &PartnershipsSought) -> Result<Sealed<Page<Partnership, After>>, Failure> {
    let limit = sought.limit.saturating_add(1);
    let read = partnerships::list(session.conn, sought.area.as_deref(), sought.after.as_ref(), limit)?;
    let page = Page::of(read, sought.limit, |last| After { name: last.name.clone(), id: last.id.0 });
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new()
        .with_some("area", sought.area.clone())
        .with_some("cursor", sought.after.as_ref().map(ToString::to_string))
        .with("limit", sought.limit);
    Ok(Disclosure::with(session.event(session.visit.action, outcome).asking(asked), page))
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: NewPartnership,
) -> Result<Sealed<Partnership>, Failure> {
    let area = new.area.unwrap_or_else(|| session.actor.area.clone());
    if let Err(refusal) = decide_partnership_change(&session.actor, &area) {
        return Ok(session.refuse(refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(replay)) => {
            let id = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            return match partnerships::find(session.conn, id)? {
                None => Ok(refuse(session, id, Refusal::NotFound)),
                Some(found) => Ok(Disclosure::with(about(session, id, Outcome::Unchanged), found)),
            };
        }
        Ok(None) => {}
    }
    let id = PartnershipId::new();
    let partnership = Partnership { id, area, name: new.name, version: 1, created_at: session.now };
    partnerships::insert(session.conn, &partnership)?;
    replays::remember(session, key, "registered", Some(id.to_string()))?;
    Ok(Disclosure::with(about(session, id, Outcome::Changed), partnership))
}

fn change(
    session: &mut Session<'_>,
    id: PartnershipId,
    precondition: Precondition<Partnership>,
    name: String,
) -> Result<Sealed<Partnership>, Failure> {
    let before = match managed(session, id)? {
        Ok(found) => found,
        Err(refusal) => return Ok(refuse(session, id, refusal)),
    };
    if !precondition.holds(&before) {
        return Ok(refuse(session, id, Refusal::Stale));
    }
    if name == before.name {
        return Ok(Disclosure::with(about(session, id, Outcome::Unchanged), before));
    }
    let after = Partnership { name, ..before };
    match partnerships::update(session.conn, &after) {
        Ok(()) => {
            let after = Partnership { version: after.version.saturating_add(1), ..after };
            Ok(Disclosure::with(about(session, id, Outcome::Changed), after))
        }
        Err(StoreError::NotFound) => Ok(refuse(session, id, Refusal::Stale)),
        Err(error) => Err(error.into()),
    }
}

/// A partnership that the caller may change.
pub(super) fn managed(session: &mut Session<'_>, id: PartnershipId) -> Result<Result<Partnership, Refusal>, Failure> {
    let Some(found) = partnerships::find(session.conn, id)? else { return Ok(Err(Refusal::NotFound)) };
    Ok(decide_partnership_change(&session.actor, &found.area).map(|()| found))
}

pub(super) fn about(session: &Session<'_>, id: PartnershipId, outcome: Outcome) -> Event {
    session.event(session.visit.action, outcome).on(TargetKind::Partnership, id)
}

pub(super) fn refuse<T>(session: &Session<'_>, id: PartnershipId, refusal: Refusal) -> Sealed<T> {
    Disclosure::refused(refusal, about(session, id, refusal.outcome()))
}
