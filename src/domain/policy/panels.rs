//! Who keeps a panel, who sits on it, and which children of its agenda exist for whom.

use super::access_points::{decide_access_point_change, works_area_list};
use super::actors::Actor;
use super::blocks::{Block, Visibility};
use super::leads::is_listed_by_area;
use super::refusals::{Forbidden, Refusal};
use super::rights::may_look_at_children;
use super::subjects::Subject;
use crate::domain::accounts::{Account, Role};
use crate::domain::ids::AccountId;
use crate::domain::panels::Panel;

/// Decides whether the actor may register a panel of `area`, or change one and who sits on it: administrators anywhere,
/// managers in their own.
///
/// # Errors
/// A refusal by role or area.
pub fn decide_panel_change(actor: &Actor, area: &str) -> Result<(), Refusal> {
    decide_access_point_change(actor, area)
}

/// Whether the actor sits on a panel with these members, and whoever is looked up for does too.
#[must_use]
pub fn sits_on(actor: &Actor, members: &[AccountId]) -> bool {
    members.contains(&actor.account) && members.contains(&actor.asks_for().account)
}

/// Whether a panel exists for the actor: for its members, those who look after its area, and administrators. That it is
/// there says nothing of a child.
#[must_use]
pub fn sees_panel(actor: &Actor, panel: &Panel, members: &[AccountId]) -> bool {
    let looks_after = works_area_list(actor) && actor.area == panel.area;
    let concerned = actor.role == Role::Administrator || looks_after || sits_on(actor, members);
    decide_panel_list(actor).is_ok() && concerned
}

/// Decides whether the actor has panels to list at all.
///
/// # Errors
/// A refusal by role.
pub fn decide_panel_list(actor: &Actor) -> Result<(), Refusal> {
    let alone = matches!(actor.role, Role::Practitioner | Role::Manager | Role::Administrator);
    let reads = alone && actor.others().all(|other| other.role != Role::Auditor);
    if reads { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::Role)) }
}

/// Whether an account may sit on a panel: people who look at children.
#[must_use]
pub fn may_sit(account: &Account) -> bool {
    matches!(account.role, Role::Practitioner | Role::Manager)
}

/// Decides whether the actor plans, holds and closes the meetings of a panel that it sees: the chair, and the management
/// team of its area.
///
/// # Errors
/// A refusal by role or area, or `not-a-panel-member`.
pub fn may_run_panel(actor: &Actor, panel: &Panel, members: &[AccountId]) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    let chairs = panel.chair == actor.account && sits_on(actor, members);
    if chairs || (actor.role == Role::Manager && decide_panel_change(actor, &panel.area).is_ok()) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::NotChair))
    }
}

/// Decides whether the actor has to do with the agenda of a panel that it sees: its members alone, for as long as they are.
///
/// # Errors
/// A refusal by role, or `not-a-panel-member`.
pub fn may_open_agenda(actor: &Actor, members: &[AccountId]) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    if sits_on(actor, members) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotMember)) }
}

/// Whether a child is on an agenda for somebody whom it exists for: what a shield or an archive hides is not, since a panel
/// of an area tells where a child lives.
#[must_use]
pub fn is_on_agenda(subject: &Subject, visibility: &Visibility) -> bool {
    is_listed_by_area(subject, visibility.all(Block::Involvements))
}
