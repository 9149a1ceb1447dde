//! Listing, reading, registering and changing panels.

use super::room::{Room, ShownPanel, about, refuse};
use crate::app::index::Answer;
use crate::app::replays::{self, IdempotencyKey};
use crate::app::{Failure, Index, Precondition, Session};
use crate::domain::accounts::Role;
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{AccountId, PanelId};
use crate::domain::pages::{After, Page};
use crate::domain::panels::{Panel, PanelKind};
use crate::domain::policy::{
    Refusal, Violation, decide_panel_change, decide_panel_list, extent_of_account, may_sit, works_area_list,
};
use crate::domain::visits::Visit;
use crate::store::errors::StoreError;
use crate::store::{accounts, panels};

/// A panel to be registered, of the caller's area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPanel {
    /// The area; the caller's own where none is given.
    pub area: Option<String>,
    /// What it is for.
    pub kind: PanelKind,
    /// Its name.
    pub name: String,
    /// Who chairs; the first member.
    pub chair: AccountId,
}

/// What is to be changed of a panel; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PanelChanges {
    /// Its name.
    pub name: Option<String>,
    /// Who chairs: a member.
    pub chair: Option<AccountId>,
}

/// Lists the panels that exist for the caller, by name.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded.
pub async fn list_panels(
    index: &Index,
    visit: Visit,
    after: Option<After>,
    limit: u16,
) -> Result<Answer<Page<Panel, After>>, Failure> {
    index.disclose(visit, move |session| list(session, after.as_ref(), limit)).await
}

/// Reads a panel, with who sits on it.
///
/// # Errors
/// As [`list_panels`].
pub async fn read_panel(index: &Index, visit: Visit, id: PanelId) -> Result<Answer<ShownPanel>, Failure> {
    index
        .disclose(visit, move |session| match Room::find(session, id)? {
            Some(room) => room.tell(session, Outcome::Disclosed),
            None => Ok(refuse(session, id, Refusal::NotFound)),
        })
        .await
}

/// Registers a panel; once for each idempotency key.
///
/// # Errors
/// As [`list_panels`].
pub async fn register_panel(
    index: &Index,
    visit: Visit,
    key: Option<IdempotencyKey>,
    new: NewPanel,
) -> Result<Answer<ShownPanel>, Failure> {
    index.change(visit, move |session| register(session, key.as_ref(), new)).await
}

/// Changes a panel, where the precondition holds of what the caller would be shown now.
///
/// # Errors
/// As [`list_panels`].
pub async fn change_panel(
    index: &Index,
    visit: Visit,
    id: PanelId,
    precondition: Precondition<ShownPanel>,
    changes: PanelChanges,
) -> Result<Answer<ShownPanel>, Failure> {
    index.change(visit, move |session| change(session, id, precondition, changes)).await
}

fn list(session: &mut Session<'_>, after: Option<&After>, limit: u16) -> Result<Sealed<Page<Panel, After>>, Failure> {
    let actor = &session.actor;
    if let Err(refusal) = decide_panel_list(actor) {
        return Ok(session.refuse(refusal));
    }
    let area = works_area_list(actor).then(|| actor.area.clone());
    let (member, all) = (actor.account, actor.role == Role::Administrator);
    let read = panels::list(session.conn, member, area.as_deref(), all, after, limit.saturating_add(1))?;
    let page = Page::of(read, limit, |last: &Panel| After { name: last.name.clone(), id: last.id.0 });
    let outcome = if page.items.is_empty() { Outcome::None } else { Outcome::Disclosed };
    let asked = Criteria::new().with_some("cursor", after.map(ToString::to_string)).with("limit", limit);
    Ok(Disclosure::with(session.event(session.visit.action, outcome).asking(asked), page))
}

fn register(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    new: NewPanel,
) -> Result<Sealed<ShownPanel>, Failure> {
    let area = new.area.unwrap_or_else(|| session.actor.area.clone());
    if let Err(refusal) = decide_panel_change(&session.actor, &area) {
        return Ok(session.refuse(refusal));
    }
    match replays::find(session, key)? {
        Err(refusal) => return Ok(session.refuse(refusal)),
        Ok(Some(replay)) => {
            let id = replay.reference.and_then(|reference| reference.parse().ok()).unwrap_or_default();
            return match Room::find(session, id)? {
                Some(room) => room.tell(session, Outcome::Unchanged),
                None => Ok(refuse(session, id, Refusal::NotFound)),
            };
        }
        Ok(None) => {}
    }
    if !seats(session, new.chair)? {
        return Ok(session.refuse(Refusal::Invalid(Violation { pointer: "/chair", message: NO_SEAT })));
    }
    let panel = Panel { id: PanelId::new(), area, kind: new.kind, name: new.name, chair: new.chair, version: 1 };
    panels::insert(session.conn, &panel)?;
    replays::remember(session, key, "registered", Some(panel.id.to_string()))?;
    let room = Room { members: vec![panel.chair], panel };
    let shown = room.show(session)?;
    let event = about(session, room.panel.id, Outcome::Changed).on(TargetKind::Account, room.panel.chair);
    Ok(Disclosure::with(event, shown))
}

fn change(
    session: &mut Session<'_>,
    id: PanelId,
    precondition: Precondition<ShownPanel>,
    changes: PanelChanges,
) -> Result<Sealed<ShownPanel>, Failure> {
    let Some(room) = Room::find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = decide_panel_change(&session.actor, &room.panel.area) {
        return Ok(refuse(session, id, refusal));
    }
    if !precondition.holds(&room.show(session)?) {
        return Ok(refuse(session, id, Refusal::Stale));
    }
    let before = room.panel.clone();
    let after = Panel {
        name: changes.name.unwrap_or_else(|| before.name.clone()),
        chair: changes.chair.unwrap_or(before.chair),
        ..before.clone()
    };
    if !room.members.contains(&after.chair) {
        let message = "must be one of its members";
        return Ok(refuse(session, id, Refusal::Invalid(Violation { pointer: "/chair", message })));
    }
    if after == before {
        return room.tell(session, Outcome::Unchanged);
    }
    match panels::update(session.conn, &after) {
        Ok(()) => {}
        Err(StoreError::NotFound) => return Ok(refuse(session, id, Refusal::Stale)),
        Err(error) => return Err(error.into()),
    }
    let panel = Panel { version: after.version.saturating_add(1), ..after };
    Room { panel, ..room }.tell(session, Outcome::Changed)
}

/// Whether an account may be given a seat by the caller.
pub(super) fn seats(session: &mut Session<'_>, id: AccountId) -> Result<bool, Failure> {
    let account = accounts::find(session.conn, id)?;
    Ok(account.is_some_and(|account| may_sit(&account) && extent_of_account(&session.actor, &account).is_some()))
}

/// What is wrong with an account that may not sit on a panel.
pub(super) const NO_SEAT: &str = "must be the account of a practitioner or a manager that you see";
