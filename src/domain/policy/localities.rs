//! Who is told which districts a team serves and in which one a child lives, and who moves a team's children when a
//! boundary does.

use super::actors::Actor;
use super::blocks::{Block, Visibility};
use super::organisations::authority_over;
use super::refusals::{Forbidden, Refusal};
use super::rights::may_look_at_children;
use crate::domain::accounts::Role;
use crate::domain::children::{Address, AddressState};
use crate::domain::organisations::Organisation;
use crate::domain::postcodes::OutwardCode;

/// Whether a home is seen under a visibility. What is held has not been compared with hidden households yet: it is seen by
/// who supplied it, by the manager who decides about it, and by nobody else.
#[must_use]
pub fn shows_home(visibility: &Visibility, home: &Address) -> bool {
    if home.held {
        visibility.shows_held(Block::Address, home.supplied_by)
    } else {
        visibility.shows(Block::Address, home.supplied_by)
    }
}

/// The district a child lives in, for whoever sees its home. A team may serve one district alone, so that naming the team
/// would tell everybody else.
#[must_use]
pub fn district_seen(visibility: &Visibility, home: &Address) -> Option<OutwardCode> {
    let lives_there = matches!(home.state, AddressState::Current | AddressState::LastKnown);
    let seen = lives_there && shows_home(visibility, home);
    home.postcode.as_ref().filter(|_| seen).map(crate::domain::postcodes::Postcode::district)
}

/// Whether the actor is told which districts a team of an organisation serves: its own people and those who keep it. A
/// contact names the team of a child to everybody, and its districts beside it would name where the child lives.
#[must_use]
pub fn shows_districts(actor: &Actor, organisation: &Organisation) -> bool {
    authority_over(actor, organisation).is_ok()
}

/// Decides whether the actor moves children between the teams of an organisation when a boundary does: in person, the
/// management team of its area and the organisation's own managers.
///
/// # Errors
/// A refusal by role or area.
pub fn decide_reassignment(actor: &Actor, organisation: &Organisation) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    match actor.role {
        Role::Manager if actor.others().next().is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Manager if actor.organisation == organisation.id || actor.area == organisation.area => Ok(()),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        _ => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}
