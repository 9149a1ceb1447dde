//! Who runs access points, and who records, sees, decides and judges enquiries.

use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::{Capability, Role};
use crate::domain::enquiries::{AccessPoint, Enquiry, EnquiryOutcome};

/// Decides whether the actor may register or change a desk of `area`: administrators anywhere, managers in their own.
///
/// # Errors
/// A refusal by role or area.
pub fn decide_access_point_change(actor: &Actor, area: &str) -> Result<(), Refusal> {
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(()),
        Role::Manager if actor.area == area => Ok(()),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner | Role::Auditor | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Decides whether the actor may record an enquiry at a desk: the people and systems of the organisation that runs it.
///
/// # Errors
/// A refusal by role or ownership.
pub fn may_record_enquiry(actor: &Actor, point: &AccessPoint) -> Result<(), Refusal> {
    let alone = match actor.role {
        Role::Auditor | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
        _ if actor.organisation == point.organisation => Ok(()),
        _ => Err(Refusal::Forbidden(Forbidden::NotOwner)),
    };
    alone.and_then(|()| actor.through.as_deref().map_or(Ok(()), may_look_at_enquiries))
}

fn may_look_at_enquiries(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Auditor | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Practitioner | Role::Manager | Role::System => Ok(()),
    }
}

/// Decides whether the actor has enquiries to list at all.
///
/// # Errors
/// A refusal by role.
pub fn decide_enquiry_list(actor: &Actor) -> Result<(), Refusal> {
    may_look_at_enquiries(actor)?;
    actor.through.as_deref().map_or(Ok(()), may_look_at_enquiries)
}

/// Whether the actor works the whole list of its area: co-ordinators, and the management team.
#[must_use]
pub fn works_area_list(actor: &Actor) -> bool {
    actor.role == Role::Manager || actor.can(Capability::Coordinator)
}

/// Whether an enquiry exists for the actor: for the organisation of the desk, the organisation it was allocated to, and
/// who works the list of the area.
#[must_use]
pub fn sees_enquiry(actor: &Actor, enquiry: &Enquiry) -> bool {
    let own = Some(actor.organisation);
    let concerned = own == Some(enquiry.organisation) || own == enquiry.receiver;
    let alone = concerned || (works_area_list(actor) && actor.area == enquiry.area);
    decide_enquiry_list(actor).is_ok() && alone
}

/// Decides whether the actor may add this outcome to an enquiry that it sees: of the desk its own people, of what was
/// allocated the receiver's.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_decide_enquiry(actor: &Actor, enquiry: &Enquiry, outcome: EnquiryOutcome) -> Result<(), Refusal> {
    let owner = match outcome {
        EnquiryOutcome::Accepted | EnquiryOutcome::Declined => enquiry.receiver,
        EnquiryOutcome::AdviceOnly | EnquiryOutcome::Allocated | EnquiryOutcome::NoTrace => Some(enquiry.organisation),
    };
    if owner == Some(actor.organisation) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Decides whether the actor may say of an enquiry that it sees how well it was handled: co-ordinators of the area, and
/// not of their own.
///
/// # Errors
/// A refusal: no co-ordinator, of another area, or one's own.
pub fn may_judge_enquiry(actor: &Actor, enquiry: &Enquiry) -> Result<(), Refusal> {
    if !actor.can(Capability::Coordinator) {
        return Err(Refusal::Forbidden(Forbidden::Capability));
    }
    if actor.area != enquiry.area {
        return Err(Refusal::Forbidden(Forbidden::Area));
    }
    if actor.account == enquiry.recorded_by {
        return Err(Refusal::Forbidden(Forbidden::Oneself));
    }
    Ok(())
}
