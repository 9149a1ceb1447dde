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
/// unmade by a manager; the accreditation of a manager's own organisation and what it stands on, which is their own
/// standing.
pub fn decide_organisation_change(actor: &Actor, before: &Organisation, after: &Organisation) -> Result<(), Refusal> {
    let authority = authority_over(actor, before)?;
    let only_routes = Organisation { routes: before.routes.clone(), ..after.clone() } == *before;
    if authority < Authority::Everything && !only_routes {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    if actor.role != Role::Manager {
        return Ok(());
    }
    let desk = |organisation: &Organisation| matches!(organisation.kind, OrganisationKind::ManagementTeam);
    if after.area != before.area {
        return Err(Refusal::Forbidden(Forbidden::Area));
    }
    if desk(before) != desk(after) {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    if after.accreditation() != before.accreditation() && actor.organisation == before.id {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::actions::Strength;
    use crate::domain::ids::{AccountId, TeamId};
    use crate::domain::instants::Instant;
    use crate::domain::lawful_bases::LawfulBasis;
    use crate::domain::routes::{Route, RouteKind};
    use crate::domain::services::Sector;

    fn actor(role: Role, area: &str, organisation: OrganisationId) -> Actor {
        Actor {
            account: AccountId::new(),
            role,
            capabilities: [].into(),
            sector: Sector::Health,
            organisation,
            employer: None,
            area: area.into(),
            strength: Strength::TwoFactor,
            reason: None,
            purpose: None,
            through: None,
            on_behalf_of: None,
        }
    }

    fn organisation(kind: OrganisationKind, area: &str) -> Organisation {
        Organisation {
            id: OrganisationId::new(),
            code: "X-1".into(),
            name: "An organisation".into(),
            kind,
            area: area.into(),
            sensitive: kind.is_sensitive(),
            accredited_until: None,
            lawful_basis: None,
            routes: Vec::new(),
            version: 1,
            created_at: Instant(0),
        }
    }

    fn team(owner: &Organisation, area: &str, sensitive: bool) -> Team {
        Team {
            id: TeamId::new(),
            organisation: owner.id,
            code: "t".into(),
            name: "A team".into(),
            area: area.into(),
            sensitive,
            routes: Vec::new(),
            version: 1,
        }
    }

    fn told<T>(decided: Result<T, Refusal>) -> &'static str {
        decided.map_or_else(|refusal| refusal.code(), |_| "yes")
    }

    fn through(person: Actor, system: Actor) -> Actor {
        Actor { through: Some(Box::new(system)), ..person }
    }

    const PLAIN: SensitivityPolicy = SensitivityPolicy { police: false, probation: false, youth_justice: false };

    #[test]
    fn a_sensitive_organisation_exists_for_those_in_reach_alone() {
        let refuge = organisation(OrganisationKind::Refuge, "E1");
        let elsewhere = OrganisationId::new();
        for &role in Role::ALL {
            let sees = |area, own| sees_organisation(&actor(role, area, own), &refuge, &PLAIN);
            let expected = match role {
                Role::Administrator => (true, true, true),
                Role::Manager => (true, false, true),
                Role::Practitioner | Role::Auditor | Role::System => (false, false, true),
            };
            assert_eq!((sees("E1", elsewhere), sees("E2", elsewhere), sees("E2", refuge.id)), expected, "{role}");
        }
        let manager = actor(Role::Manager, "E1", elsewhere);
        let unrelated = actor(Role::System, "E1", OrganisationId::new());
        let own = actor(Role::System, "E1", refuge.id);
        assert!(!sees_organisation(&through(manager.clone(), unrelated), &refuge, &PLAIN), "both must see it");
        assert!(sees_organisation(&through(manager, own), &refuge, &PLAIN));
    }

    #[test]
    fn an_ordinary_organisation_exists_for_everybody_unless_a_setting_or_a_mark_hides_it() {
        let somebody = actor(Role::Practitioner, "E1", OrganisationId::new());
        let mut police = organisation(OrganisationKind::Police, "E1");
        assert!(sees_organisation(&somebody, &police, &PLAIN));
        assert!(!sees_organisation(&somebody, &police, &SensitivityPolicy { police: true, ..PLAIN }));
        police.sensitive = true;
        assert!(!sees_organisation(&somebody, &police, &PLAIN));
    }

    #[test]
    fn a_sensitive_team_is_seen_from_its_organisation_its_area_and_its_organisations_area() {
        let council = organisation(OrganisationKind::LocalAuthority, "E1");
        let crisis = team(&council, "E2", true);
        let sees = |role, area, own| sees_team(&actor(role, area, own), &council, &crisis);
        let elsewhere = OrganisationId::new();
        assert!(!sees(Role::Practitioner, "E1", elsewhere));
        assert!(sees(Role::Practitioner, "E3", council.id));
        assert!(sees(Role::Manager, "E1", elsewhere) && sees(Role::Manager, "E2", elsewhere));
        assert!(!sees(Role::Manager, "E3", elsewhere));
        assert!(sees(Role::Administrator, "E3", elsewhere));
        let ordinary = team(&council, "E2", false);
        assert!(sees_team(&actor(Role::Practitioner, "E3", elsewhere), &council, &ordinary));
    }

    #[test]
    fn the_list_of_teams_shows_what_a_look_at_each_shows() {
        let council = organisation(OrganisationKind::LocalAuthority, "E1");
        for &role in Role::ALL {
            for (area, own) in [("E1", council.id), ("E1", OrganisationId::new()), ("E2", OrganisationId::new())] {
                let reader = actor(role, area, own);
                let short = reaches_short_of(&reader, &council);
                for team in [team(&council, "E1", true), team(&council, "E2", true), team(&council, "E3", true)] {
                    let listed = short.iter().all(|reach| matches!(reach, Reach::Area(area, _) if *area == team.area));
                    assert_eq!(listed, sees_team(&reader, &council, &team), "{role} {area} {}", team.area);
                }
            }
        }
    }

    #[test]
    fn organisations_are_registered_by_administrators_and_by_managers_in_their_area() {
        let register = |role, kind, area| {
            told(decide_organisation_registration(&actor(role, "E1", OrganisationId::new()), kind, area))
        };
        let (school, desk) = (OrganisationKind::School, OrganisationKind::ManagementTeam);
        assert_eq!(register(Role::Administrator, school, "E2"), "yes");
        assert_eq!(register(Role::Administrator, desk, "E2"), "yes");
        assert_eq!(register(Role::Manager, school, "E1"), "yes");
        assert_eq!(register(Role::Manager, school, "E2"), "outside-your-area");
        assert_eq!(register(Role::Manager, desk, "E1"), "role-not-permitted");
        for role in [Role::Practitioner, Role::Auditor, Role::System] {
            assert_eq!(register(role, school, "E1"), "role-not-permitted");
        }
        let administrator = actor(Role::Administrator, "E1", OrganisationId::new());
        let by_system = through(administrator, actor(Role::System, "E1", OrganisationId::new()));
        assert_eq!(told(decide_organisation_registration(&by_system, school, "E1")), "role-not-permitted");
    }

    #[test]
    fn an_organisations_own_people_change_how_it_is_reached_and_nothing_else() {
        let mut before = organisation(OrganisationKind::School, "E1");
        let route = |phone| Route::parse(RouteKind::DutyDesk, Some(phone), None, None).unwrap();
        before.routes = vec![route("01225 713000")];
        let rerouted = Organisation { routes: vec![route("01225 713001")], ..before.clone() };
        let renamed = Organisation { name: "Another name".into(), ..before.clone() };
        let change = |role, area, own, after| told(decide_organisation_change(&actor(role, area, own), &before, after));
        let elsewhere = OrganisationId::new();
        for role in [Role::Practitioner, Role::System] {
            assert_eq!(change(role, "E2", before.id, &rerouted), "yes");
            assert_eq!(change(role, "E2", before.id, &renamed), "role-not-permitted");
            assert_eq!(change(role, "E1", elsewhere, &rerouted), "not-your-organisations-entry");
        }
        assert_eq!(change(Role::Auditor, "E1", before.id, &rerouted), "role-not-permitted");
        assert_eq!(change(Role::Manager, "E1", elsewhere, &renamed), "yes");
        assert_eq!(change(Role::Manager, "E2", elsewhere, &rerouted), "outside-your-area");
        assert_eq!(change(Role::Manager, "E2", before.id, &rerouted), "yes");
        assert_eq!(change(Role::Manager, "E2", before.id, &renamed), "role-not-permitted");
        assert_eq!(change(Role::Administrator, "E2", elsewhere, &renamed), "yes");
        let person = || actor(Role::Manager, "E1", elsewhere);
        let own_system = through(person(), actor(Role::System, "E1", before.id));
        assert_eq!(told(decide_organisation_change(&own_system, &before, &rerouted)), "yes");
        assert_eq!(told(decide_organisation_change(&own_system, &before, &renamed)), "role-not-permitted");
        let other_system = through(person(), actor(Role::System, "E1", OrganisationId::new()));
        let refused = told(decide_organisation_change(&other_system, &before, &rerouted));
        assert_eq!(refused, "not-your-organisations-entry");
    }

    #[test]
    fn a_manager_neither_moves_an_organisation_nor_accredits_their_own_nor_makes_a_desk() {
        let before = organisation(OrganisationKind::LocalAuthority, "E1");
        let moved = Organisation { area: "E2".into(), ..before.clone() };
        let desk = Organisation { kind: OrganisationKind::ManagementTeam, ..before.clone() };
        let accredited = Organisation { accredited_until: "2027-01-01".parse().ok(), ..before.clone() };
        let rebased = Organisation { lawful_basis: Some(LawfulBasis::PublicTask), ..before.clone() };
        let change = |role, own, after| told(decide_organisation_change(&actor(role, "E1", own), &before, after));
        let elsewhere = OrganisationId::new();
        assert_eq!(change(Role::Manager, elsewhere, &rebased), "yes");
        assert_eq!(change(Role::Manager, before.id, &rebased), "not-for-yourself");
        assert_eq!(change(Role::Manager, elsewhere, &moved), "outside-your-area");
        assert_eq!(change(Role::Manager, elsewhere, &desk), "role-not-permitted");
        assert_eq!(change(Role::Manager, elsewhere, &accredited), "yes");
        assert_eq!(change(Role::Manager, before.id, &accredited), "not-for-yourself");
        for after in [&moved, &desk, &accredited] {
            assert_eq!(change(Role::Administrator, before.id, after), "yes");
        }
    }

    #[test]
    fn teams_follow_their_organisation() {
        let council = organisation(OrganisationKind::LocalAuthority, "E1");
        let register =
            |role, area: &str, own, at: &str| told(decide_team_registration(&actor(role, area, own), &council, at));
        let elsewhere = OrganisationId::new();
        assert_eq!(register(Role::Administrator, "E9", elsewhere, "E2"), "yes");
        assert_eq!(register(Role::Manager, "E1", elsewhere, "E1"), "yes");
        assert_eq!(register(Role::Manager, "E1", elsewhere, "E2"), "outside-your-area");
        assert_eq!(register(Role::Practitioner, "E1", council.id, "E1"), "role-not-permitted");
        assert_eq!(register(Role::Practitioner, "E1", elsewhere, "E1"), "not-your-organisations-entry");

        let before = team(&council, "E1", false);
        let mut after = before.clone();
        after.routes.push(Route::parse(RouteKind::Team, Some("101"), None, None).unwrap());
        let change = |role, area: &str, own, after: &Team| {
            told(decide_team_change(&actor(role, area, own), &council, &before, after))
        };
        assert_eq!(change(Role::Practitioner, "E1", council.id, &after), "yes");
        after.sensitive = true;
        assert_eq!(change(Role::Practitioner, "E1", council.id, &after), "role-not-permitted");
        assert_eq!(change(Role::Manager, "E1", elsewhere, &after), "yes");
        after.area = "E2".into();
        assert_eq!(change(Role::Manager, "E1", elsewhere, &after), "outside-your-area");
        assert_eq!(change(Role::Administrator, "E1", elsewhere, &after), "yes");
    }
}
