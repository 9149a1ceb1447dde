//! Who sees the team around a child and who settles it, whose brothers and sisters are told beside it, and whose its
//! meetings are.

use super::actors::Actor;
use super::blocks::{Block, Visibility};
use super::leads::{coordinates, decide_lead_work};
use super::refusals::{Forbidden, Refusal};
use super::subjects::Subject;
use crate::domain::children::Address;

/// Whether what was settled of a team is shown: to whoever sees everybody who is involved. Under a shield a team tells
/// of what the shield hides, and those who see their own entries alone see of the team nothing.
#[must_use]
pub fn shows_team(visibility: &Visibility) -> bool {
    visibility.all(Block::Involvements)
}

/// Whether it is told at all which brothers and sisters share the team of a child: to whoever sees its carers, since that
/// is what makes them a family. A `home` that is held leads to somebody hidden, and so may a family.
#[must_use]
pub fn shows_family(visibility: &Visibility, home: &Address) -> bool {
    shows_team(visibility) && visibility.all(Block::Carers) && opens_home(visibility, home)
}

/// Whether a brother or sister with this `home` is told of beside a child: each as its own permit shows it. A shield on
/// either, a home that is held, and an archive take the one from beside the other.
#[must_use]
pub fn shows_relative(subject: &Subject, visibility: &Visibility, home: &Address) -> bool {
    subject.archived_on.is_none() && shows_team(visibility) && opens_home(visibility, home)
}

fn opens_home(visibility: &Visibility, home: &Address) -> bool {
    !home.held || visibility.shows_held(Block::Address, home.supplied_by)
}

/// Whether `actor` may settle a child's team: those who work with the child, whoever leads among them, and those who
/// co-ordinate. Under a shield everybody who does not see the whole team is told the same, so that nobody learns whose
/// area the child is of.
///
/// # Errors
/// `block-not-visible`, or `not-involved`.
pub fn may_settle_team(actor: &Actor, subject: &Subject, visibility: &Visibility) -> Result<(), Refusal> {
    if !shows_team(visibility) {
        return Err(Refusal::Forbidden(Forbidden::Hidden));
    }
    let involved = subject.ties.iter().any(|tie| tie.live && tie.organisation == actor.organisation);
    if involved || coordinates(actor, subject) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotInvolved)) }
}

/// Whether `actor` may read of a child's meetings: those who have a relationship with it and those who co-ordinate,
/// since when a family meets is of use to nobody else. Registering an involvement opens none for the one who registers
/// it.
///
/// # Errors
/// As [`may_settle_team`].
pub fn may_read_team_meetings(actor: &Actor, subject: &Subject, visibility: &Visibility) -> Result<(), Refusal> {
    if !shows_team(visibility) {
        return Err(Refusal::Forbidden(Forbidden::Hidden));
    }
    let for_both = coordinates(actor, subject) && coordinates(actor.asks_for(), subject);
    if visibility.all(Block::Carers) || for_both { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotInvolved)) }
}

/// Whether `actor` may plan, move, hold, close or call off a child's meetings: those who settle the team and may read of
/// them.
///
/// # Errors
/// As [`may_settle_team`].
pub fn may_take_meeting_step(actor: &Actor, subject: &Subject, visibility: &Visibility) -> Result<(), Refusal> {
    may_settle_team(actor, subject, visibility)?;
    may_read_team_meetings(actor, subject, visibility)
}

/// Decides whether `actor` looks after the reviews of its area: co-ordinators, and the management team.
///
/// # Errors
/// A refusal by role, or `capability-missing`.
pub fn decide_team_reviews(actor: &Actor) -> Result<(), Refusal> {
    decide_lead_work(actor)
}
