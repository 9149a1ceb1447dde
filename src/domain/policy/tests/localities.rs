//! In which district a child is seen to live, and who moves boundaries.

use super::doors::elsewhere;
use super::*;
use crate::domain::children::{Address, AddressState};
use crate::domain::instants::Instant;
use crate::domain::organisations::Organisation;

fn home(subject: &Subject, state: AddressState, held: bool) -> Address {
    Address {
        state,
        intent: None,
        lines: Vec::new(),
        postcode: "BA14 8JN".parse().ok(),
        supplied_by: subject.supplied_by,
        held,
    }
}

fn council() -> Organisation {
    Organisation {
        id: OrganisationId::new(),
        code: "C-1".into(),
        name: "A council".into(),
        kind: OrganisationKind::LocalAuthority,
        area: AREA.into(),
        sensitive: false,
        accredited_until: None,
        lawful_basis: None,
        routes: Vec::new(),
        version: 1,
        created_at: Instant(0),
    }
}

#[test]
fn the_district_is_seen_by_exactly_those_who_see_the_home() {
    for (state, change) in states() {
        for (caller, of) in callers() {
            let mut subject = a_subject();
            change(&mut subject);
            let actor = of(&mut subject);
            let Some(visibility) = visibility_of(&actor, &subject, today()) else { continue };
            for held in [false, true] {
                let lives = home(&subject, AddressState::Current, held);
                let sees = shows_home(&visibility, &lives);
                let district = district_seen(&visibility, &lives);
                assert_eq!(district.is_some(), sees, "{state} {caller} {held}");
                assert!(!sees || visibility.shows(Block::Address, lives.supplied_by), "{state} {caller} {held}");
            }
        }
    }
}

#[test]
fn a_home_that_was_left_is_in_no_district() {
    let (subject, manager) = (a_subject(), an_actor(Role::Manager));
    let visibility = visibility_of(&manager, &subject, today()).expect("a child that exists");
    let seen = |state| district_seen(&visibility, &home(&subject, state, false)).is_some();
    assert!(seen(AddressState::Current) && seen(AddressState::LastKnown));
    assert!(!seen(AddressState::LeftArea) && !seen(AddressState::NoneKnown));
}

#[test]
fn boundaries_are_moved_by_managers_in_person() {
    let council = council();
    let told = |actor: &Actor| decide_reassignment(actor, &council).map_or_else(|refusal| refusal.code(), |()| "yes");
    let manager = || an_actor(Role::Manager);
    assert_eq!(told(&manager()), "yes");
    assert_eq!(told(&elsewhere(manager())), "outside-your-area");
    assert_eq!(told(&elsewhere(Actor { organisation: council.id, ..manager() })), "yes");
    let system = Some(Box::new(an_actor(Role::System)));
    assert_eq!(told(&Actor { through: system, ..manager() }), "role-not-permitted");
    for role in [Role::Practitioner, Role::System, Role::Auditor, Role::Administrator] {
        assert_eq!(told(&Actor { organisation: council.id, ..an_actor(role) }), "role-not-permitted", "{role}");
    }
}

#[test]
fn districts_are_told_to_those_who_keep_the_team_and_work_there() {
    let council = council();
    for (role, told) in [
        (Role::Practitioner, false),
        (Role::System, false),
        (Role::Auditor, false),
        (Role::Manager, true),
        (Role::Administrator, true),
    ] {
        assert_eq!(shows_districts(&an_actor(role), &council), told, "{role}");
    }
    assert!(!shows_districts(&elsewhere(an_actor(Role::Manager)), &council));
    assert!(shows_districts(&Actor { organisation: council.id, ..an_actor(Role::Practitioner) }, &council));
}
