//! Who sits on a panel: whoever leaves sees no agenda of it from then on.

use super::keeping::{NO_SEAT, seats};
use super::room::{Room, ShownPanel, about, refuse};
use crate::app::index::Answer;
use crate::app::{Failure, Index, Session};
use crate::domain::audit::actions::Outcome;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::ids::{AccountId, PanelId};
use crate::domain::panels::MOST_MEMBERS;
use crate::domain::policy::{Refusal, Violation, decide_panel_change};
use crate::domain::visits::Visit;
use crate::store::panels;

/// Has an account sit on a panel, or no longer.
///
/// # Errors
/// [`Failure`] where nothing could be changed or recorded.
pub async fn change_panel_member(
    index: &Index,
    visit: Visit,
    id: PanelId,
    account: AccountId,
    member: bool,
) -> Result<Answer<ShownPanel>, Failure> {
    index.change(visit, move |session| change(session, id, account, member)).await
}

fn change(
    session: &mut Session<'_>,
    id: PanelId,
    account: AccountId,
    member: bool,
) -> Result<Sealed<ShownPanel>, Failure> {
    let Some(room) = Room::find(session, id)? else { return Ok(refuse(session, id, Refusal::NotFound)) };
    if let Err(refusal) = decide_panel_change(&session.actor, &room.panel.area) {
        return Ok(refuse(session, id, refusal));
    }
    if let Some(violation) = wrong(session, &room, account, member)? {
        return Ok(refuse(session, id, Refusal::Invalid(violation)));
    }
    let changed = match member {
        true => panels::join(session.conn, id, account)?,
        false => panels::leave(session.conn, id, account)?,
    };
    let members = panels::list_members(session.conn, id)?;
    let shown = Room { members, ..room }.show(session)?;
    let outcome = if changed { Outcome::Changed } else { Outcome::Unchanged };
    let event =
        about(session, id, outcome).on(TargetKind::Account, account).asking(Criteria::new().with("member", member));
    Ok(Disclosure::with(event, shown))
}

fn wrong(
    session: &mut Session<'_>,
    room: &Room,
    account: AccountId,
    member: bool,
) -> Result<Option<Violation>, Failure> {
    let wrong = |pointer, message| Ok(Some(Violation { pointer, message }));
    let sits = room.members.contains(&account);
    if !member && account == room.panel.chair {
        return wrong("/account", "chairs: name another chair first");
    }
    // Whoever sits there may leave, whoever sees their account.
    if !sits && !seats(session, account)? {
        return wrong("/account", NO_SEAT);
    }
    if member && !sits && room.members.len() >= MOST_MEMBERS {
        return wrong("/member", "is not possible: fifty sit on this panel");
    }
    Ok(None)
}
