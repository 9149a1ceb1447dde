//! Who may do what, beside what they see: the doors that a role, a capability or an area opens.

use super::actors::Actor;
use super::decisions::{has_relationship, in_case, is_management};
use super::refusals::{Forbidden, Refusal};
use super::settings::PolicySettings;
use super::subjects::{CaseKind, Subject};
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::Strength;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::OrganisationId;

/// Whether `actor` has to do with children at all: auditors and administrators have not.
///
/// # Errors
/// A refusal by role.
pub fn may_look_at_children(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Auditor | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Practitioner | Role::Manager | Role::System => actor.others().try_for_each(may_look_at_children),
    }
}

/// Whether `actor` may search by an identifier of `system`: only who may read it, or the search would be an oracle.
#[must_use]
pub fn may_search_by(actor: &Actor, system: &IdentifierSystem, settings: &PolicySettings) -> bool {
    let alone = actor.role == Role::Manager || settings.identifiers.allows(actor.sector, system);
    alone && actor.others().all(|other| may_search_by(other, system, settings))
}

/// Whether `actor` may search by the mother: those who work before birth, and management teams.
#[must_use]
pub fn may_search_by_mother(actor: &Actor) -> bool {
    let alone = actor.role == Role::Manager || actor.works_before_birth();
    alone && actor.others().all(may_search_by_mother)
}

/// Whether `actor` may have a match explained: the management team does, in person and not through a system.
///
/// # Errors
/// A refusal by role.
pub fn may_explain(actor: &Actor) -> Result<(), Refusal> {
    if actor.role == Role::Manager && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` may override shields at all: by capability, in person and after a recent login.
///
/// # Errors
/// A refusal by role, `capability-missing`, or a more recent login.
pub fn may_override(actor: &Actor) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    if !actor.can(Capability::Override) || actor.is_machine() || actor.others().next().is_some() {
        return Err(Refusal::Forbidden(Forbidden::Capability));
    }
    if actor.strength < Strength::RecentTwoFactor {
        return Err(Refusal::RecentLogin);
    }
    Ok(())
}

/// Whether `actor` may be given a code to prove themselves on the telephone: people who look at children, from their own
/// login.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_issue_code(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Practitioner | Role::Manager if actor.through.is_none() => Ok(()),
        _ => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Whether `actor` may look up for somebody on the telephone: people who may look at children.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_mediate(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Practitioner | Role::Manager => Ok(()),
        Role::Auditor | Role::System | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Whether `actor` may change what is known of the child: the management team of its area, an organisation that works
/// with the child, and the one that registered it.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_change_child(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    let involved = subject.supplied_by == actor.organisation || has_relationship(actor, subject);
    if involved || is_management(actor, subject) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Whether `actor` may change an entry of `owner` about the child: the owner or the management team of its area.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_change_entry(actor: &Actor, subject: &Subject, owner: OrganisationId) -> Result<(), Refusal> {
    if owner == actor.organisation || is_management(actor, subject) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::NotOwner))
    }
}

/// Whether `actor` may record what came of a pregnancy: who may change the record and works before birth, and the
/// management team of its area.
///
/// # Errors
/// A refusal by role, or `not-your-organisations-entry`.
pub fn may_record_birth(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if !is_management(actor, subject) && !actor.works_before_birth() {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    may_change_child(actor, subject)
}

/// Whether `actor` may ask for a shield on a child it may see: any person may, a system alone may not.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_request_shield(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_machine() { Err(Refusal::Forbidden(Forbidden::Role)) } else { Ok(()) }
}

/// Whether `actor` may confirm, review and lift the child's shield: the management team of its area, in person.
/// Everybody else is told the same, so that nobody learns whose area the child is of.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_manage_shield(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if is_management(actor, subject) && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` decides what is done with a record that was held: the management team of its area, in person, inside
/// the case that it has taken.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_decide_held(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if is_management(actor, subject) && actor.through.is_none() && in_case(actor, subject, CaseKind::Review) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` may keep others from the child's record: the management team of its area, in person. Everybody else is
/// told the same.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_restrict(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    may_manage_shield(actor, subject)
}

/// Whether `actor` works the cases of its area: the management team, in person.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_work_cases(actor: &Actor) -> Result<(), Refusal> {
    if actor.role == Role::Manager && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}
