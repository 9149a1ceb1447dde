//! Who asks, answers and takes back, and who looks after the leads of an area.

use super::doors::{elsewhere, through};
use super::*;

fn told(decided: Result<(), Refusal>) -> &'static str {
    decided.map_or_else(|refusal| refusal.code(), |()| "yes")
}

fn coordinator() -> Actor {
    Actor { capabilities: [Capability::Coordinator].into(), ..an_actor(Role::Practitioner) }
}

fn involved(actor: &Actor, live: bool) -> Subject {
    let tie = Tie { organisation: actor.organisation, entered_by: Some(actor.account), live };
    Subject { ties: vec![tie], ..a_subject() }
}

#[test]
fn those_ask_who_work_with_the_child_or_coordinate_in_its_area() {
    let nurse = an_actor(Role::Practitioner);
    assert_eq!(told(may_propose_lead(&nurse, &involved(&nurse, true))), "yes", "by an entry of their own too");
    assert_eq!(told(may_propose_lead(&nurse, &involved(&nurse, false))), "not-involved");
    for (actor, expected) in [
        (nurse.clone(), "not-involved"),
        (an_actor(Role::System), "not-involved"),
        (coordinator(), "yes"),
        (an_actor(Role::Manager), "yes"),
    ] {
        assert_eq!(told(may_propose_lead(&actor, &a_subject())), expected);
        assert_eq!(told(may_propose_lead(&elsewhere(actor), &a_subject())), "not-involved");
    }
}

#[test]
fn whoever_was_asked_answers_and_nobody_for_them() {
    let nurse = an_actor(Role::Practitioner);
    assert_eq!(told(may_answer_lead_proposal(&nurse, nurse.organisation)), "yes");
    for other in [coordinator(), an_actor(Role::Manager)] {
        assert_eq!(told(may_answer_lead_proposal(&other, nurse.organisation)), "not-your-organisations-entry");
    }
}

#[test]
fn nobody_takes_the_lead_from_others_on_their_own_word() {
    let nurse = an_actor(Role::Practitioner);
    let (own, other) = (nurse.organisation, OrganisationId::new());
    for (proposer, leads, expected) in [
        (own, Some(other), "second-person-required"),
        (own, Some(own), "yes"),
        (own, None, "yes"),
        (other, Some(other), "yes"),
        (other, Some(OrganisationId::new()), "yes"),
        (other, None, "yes"),
    ] {
        assert_eq!(told(may_take_lead(&nurse, proposer, leads)), expected);
    }
}

#[test]
fn a_question_is_taken_back_by_who_asked_who_leads_and_who_coordinates() {
    let nurse = an_actor(Role::Practitioner);
    let other = OrganisationId::new();
    let back = |actor: &Actor, proposer, leads| told(may_withdraw_lead_proposal(actor, &a_subject(), proposer, leads));
    assert_eq!(back(&nurse, nurse.organisation, None), "yes");
    assert_eq!(back(&nurse, other, Some(nurse.organisation)), "yes");
    assert_eq!(back(&nurse, other, Some(other)), "not-your-organisations-entry");
    assert_eq!(back(&nurse, other, None), "not-your-organisations-entry");
    for actor in [coordinator(), an_actor(Role::Manager)] {
        assert_eq!(back(&actor, other, None), "yes");
        assert_eq!(back(&elsewhere(actor), other, None), "not-your-organisations-entry");
    }
}

#[test]
fn coordinators_and_the_management_team_look_after_their_area() {
    for (actor, expected) in [
        (an_actor(Role::Practitioner), "capability-missing"),
        (an_actor(Role::System), "capability-missing"),
        (an_actor(Role::Auditor), "role-not-permitted"),
        (an_actor(Role::Administrator), "role-not-permitted"),
        (coordinator(), "yes"),
        (an_actor(Role::Manager), "yes"),
    ] {
        assert_eq!(told(decide_lead_work(&actor)), expected);
        assert_eq!(told(decide_lead_work(&through(actor))), expected, "what is seen is decided child by child");
    }
}

#[test]
fn a_shield_and_an_archive_keep_a_child_off_lists_of_an_area() {
    let plain = a_subject();
    assert!(is_listed_by_area(&plain, true) && is_listed_by_area(&plain, false));
    let shielded = Subject { shielded: true, ..a_subject() };
    assert!(is_listed_by_area(&shielded, true) && !is_listed_by_area(&shielded, false));
    let archived = Subject { archived_on: Some(today()), ..a_subject() };
    assert!(!is_listed_by_area(&archived, true) && !is_listed_by_area(&archived, false));
}
