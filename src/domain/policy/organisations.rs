//! Who may see, register and change organisations and their teams.

use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::Role;
use crate::domain::ids::OrganisationId;
use crate::domain::organisations::{Organisation, Team};
use crate::domain::services::{OrganisationKind, Sensitivity, SensitivityPolicy};

/// Which of the sensitive organisations and teams a reader may see; the others do not exist for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All.
    Everything,
    /// Those of one area, and one organisation.
    Area(String, OrganisationId),
    /// One organisation.
    Own(OrganisationId),
}

impl Reach {
    /// Whether an organisation lies within it, sensitive or not.
    #[must_use]
    pub fn covers(&self, id: OrganisationId, area: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Area(own_area, own) => own_area == area || *own == id,
            Self::Own(own) => *own == id,
        }
    }
}

/// What somebody may change of an organisation and its teams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Authority {
    /// How to reach it: numbers and hours, which its own people know best.
    Routes,
    /// All of it.
    Everything,
}

/// What the actor may see of what is sensitive: what each of these allows, that of the person and, where they act
/// through a system, that of the system.
#[must_use]
pub fn reaches(actor: &Actor) -> Vec<Reach> {
    let own = match actor.role {
        Role::Administrator => Reach::Everything,
        Role::Manager => Reach::Area(actor.area.clone(), actor.organisation),
        Role::Practitioner | Role::Auditor | Role::System => Reach::Own(actor.organisation),
    };
    let mut all = vec![own];
    if let Some(system) = &actor.through {
        all.extend(reaches(system));
    }
    all
}

/// Whether an organisation exists for the actor: every ordinary one does.
#[must_use]
pub fn sees_organisation(actor: &Actor, organisation: &Organisation, settings: &SensitivityPolicy) -> bool {
    let sensitivity = settings.of_organisation(organisation.kind, Sensitivity::marked(organisation.sensitive));
    !sensitivity.is_sensitive() || reaches(actor).iter().all(|reach| reach.covers(organisation.id, &organisation.area))
}

/// Whether a team exists for an actor who sees its organisation.
#[must_use]
pub fn sees_team(actor: &Actor, organisation: &Organisation, team: &Team) -> bool {
    let within =
        |reach: &Reach| reach.covers(organisation.id, &organisation.area) || reach.covers(organisation.id, &team.area);
    !team.sensitive || reaches(actor).iter().all(within)
}

/// The reaches that do not cover a whole organisation: its sensitive teams are seen only where these allow it.
#[must_use]
pub fn reaches_short_of(actor: &Actor, organisation: &Organisation) -> Vec<Reach> {
    let mut short = reaches(actor);
    short.retain(|reach| !reach.covers(organisation.id, &organisation.area));
    short
}

/// Decides whether the actor may register an organisation of `kind` in `area`: administrators anywhere, managers in
/// their own area. A management team brokers for a whole area, so that managers do not register one.
///
/// # Errors
/// A refusal by role or area.
pub fn decide_organisation_registration(actor: &Actor, kind: OrganisationKind, area: &str) -> Result<(), Refusal> {
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(()),
        Role::Manager if kind == OrganisationKind::ManagementTeam => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Manager if actor.area == area => Ok(()),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner | Role::Auditor | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// What the actor may change of an organisation they see, and of its teams: administrators and the area's managers
/// everything; its own practitioners and systems its routes. Through a system it is what both may.
///
/// # Errors
/// A refusal: whose it is, or by area or role.
pub fn authority_over(actor: &Actor, organisation: &Organisation) -> Result<Authority, Refusal> {
    let own = actor.organisation == organisation.id;
    let alone = match actor.role {
        Role::Administrator => Ok(Authority::Everything),
        Role::Manager if actor.area == organisation.area => Ok(Authority::Everything),
        Role::Manager | Role::Practitioner | Role::System if own => Ok(Authority::Routes),
        Role::Manager => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Practitioner | Role::System => Err(Refusal::Forbidden(Forbidden::NotOwner)),
        Role::Auditor => Err(Refusal::Forbidden(Forbidden::Role)),
    }?;
    match &actor.through {
        Some(system) => Ok(alone.min(authority_over(system, organisation)?)),
        None => Ok(alone),
    }
}

/// Decides whether the actor may make `after` of `before`.
///
/// # Errors
/// A refusal: beyond routes where that is all they may change; out of a manager's area; a management team made or
/// unmade by a manager; the accreditation of a manager's own organisation, which is their own standing.
pub fn decide_organisation_change(actor: &Actor, before: &Organisation, after: &Organisation) -> Result<(), Refusal> {
    let authority = authority_over(actor, before)?;
    let only_routes = Organisation { routes: before.routes.clone(), ..after.clone() } == *before;
    if authority < Authority::Everything && !only_routes {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    if actor.role != Role::Manager {
        return Ok(());
    }
    let desk = |organisation: &Organisation| organisation.kind == OrganisationKind::ManagementTeam;
    if after.area != before.area {
        return Err(Refusal::Forbidden(Forbidden::Area));
    }
    if desk(before) != desk(after) {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    if after.accredited_until != before.accredited_until && actor.organisation == before.id {
        return Err(Refusal::Forbidden(Forbidden::Oneself));
    }
    Ok(())
}

/// Decides whether the actor may register a team in an organisation, for an area.
///
/// # Errors
/// A refusal by ownership, area or role.
pub fn decide_team_registration(actor: &Actor, organisation: &Organisation, area: &str) -> Result<(), Refusal> {
    match authority_over(actor, organisation)? {
        Authority::Routes => Err(Refusal::Forbidden(Forbidden::Role)),
        Authority::Everything if actor.role == Role::Manager && actor.area != area => {
            Err(Refusal::Forbidden(Forbidden::Area))
        }
        Authority::Everything => Ok(()),
    }
}

/// Decides whether the actor may make `after` of `before`, a team of `organisation`.
///
/// # Errors
/// As for [`decide_organisation_change`].
pub fn decide_team_change(
    actor: &Actor,
    organisation: &Organisation,
    before: &Team,
    after: &Team,
) -> Result<(), Refusal> {
    let authority = authority_over(actor, organisation)?;
    let only_routes = Team { routes: before.routes.clone(), ..after.clone() } == *before;
    if authority < Authority::Everything && !only_routes {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    if actor.role == Role::Manager && after.area != before.area && after.area != actor.area {
        return Err(Refusal::Forbidden(Forbidden::Area));
    }
    Ok(())
}
