//! Who asks whom to lead, who answers, who takes it back, and who looks after the leads of an area.

use super::access_points::works_area_list;
use super::actors::Actor;
use super::decisions::is_management;
use super::refusals::{Forbidden, Refusal};
use super::rights::may_look_at_children;
use super::subjects::Subject;
use crate::domain::accounts::Capability;
use crate::domain::ids::OrganisationId;

/// Whether `actor` co-ordinates for the child: its area's management team, and co-ordinators there.
pub(super) fn coordinates(actor: &Actor, subject: &Subject) -> bool {
    is_management(actor, subject) || (actor.can(Capability::Coordinator) && actor.area == subject.area)
}

/// Whether `actor` may ask somebody to lead: those who work with the child, whoever leads among them, and those who
/// co-ordinate.
///
/// # Errors
/// `not-involved`.
pub fn may_propose_lead(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    let involved = subject.ties.iter().any(|tie| tie.live && tie.organisation == actor.organisation);
    if involved || coordinates(actor, subject) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotInvolved)) }
}

/// Whether `actor` may accept or decline what an entry of `owner` was asked: its own organisation alone, since nobody is
/// made to lead.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_answer_lead_proposal(actor: &Actor, owner: OrganisationId) -> Result<(), Refusal> {
    if actor.organisation == owner { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Whether `actor` may accept what `proposer` asked, where the organisation `leads` has the lead: nobody takes the lead
/// from another organisation on a proposal of their own.
///
/// # Errors
/// `second-person-required`.
pub fn may_take_lead(actor: &Actor, proposer: OrganisationId, leads: Option<OrganisationId>) -> Result<(), Refusal> {
    let from_others = leads.is_some_and(|leads| leads != actor.organisation);
    if from_others && proposer == actor.organisation {
        return Err(Refusal::Forbidden(Forbidden::SecondPerson));
    }
    Ok(())
}

/// Whether `actor` may take a proposal of `proposer` back: its organisation, the one that leads, and those who co-ordinate.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_withdraw_lead_proposal(
    actor: &Actor,
    subject: &Subject,
    proposer: OrganisationId,
    leads: Option<OrganisationId>,
) -> Result<(), Refusal> {
    let own = proposer == actor.organisation || leads == Some(actor.organisation);
    if own || coordinates(actor, subject) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Decides whether `actor` looks after the leads of its area: co-ordinators, and the management team.
///
/// # Errors
/// A refusal by role, or `capability-missing`.
pub fn decide_lead_work(actor: &Actor) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    if works_area_list(actor) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::Capability)) }
}

/// Whether a child belongs on a list of its area as this one sees it: what a shield or an archive hides stays off, since
/// a list of an area tells where a child lives.
#[must_use]
pub fn is_listed_by_area(subject: &Subject, sees_all_involvements: bool) -> bool {
    subject.archived_on.is_none() && (!subject.shielded || sees_all_involvements)
}
