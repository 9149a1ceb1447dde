//! Who sees and settles a team, whose its meetings are, and beside whom brothers and sisters are told of.

use super::doors::{elsewhere, through};
use super::*;
use crate::domain::children::{Address, AddressState};

fn told(decided: Result<(), Refusal>) -> &'static str {
    decided.map_or_else(|refusal| refusal.code(), |()| "yes")
}

fn coordinator() -> Actor {
    Actor { capabilities: [Capability::Coordinator].into(), ..an_actor(Role::Practitioner) }
}

fn home(held: bool) -> Address {
    Address {
        state: AddressState::NoneKnown,
        intent: None,
        lines: Vec::new(),
        postcode: None,
        supplied_by: OrganisationId::new(),
        held,
    }
}

fn settles(actor: &Actor, subject: &Subject) -> &'static str {
    told(may_settle_team(actor, subject, &visibility_of(actor, subject, today()).expect("a child that exists")))
}

fn meets(actor: &Actor, subject: &Subject) -> &'static str {
    let visibility = visibility_of(actor, subject, today()).expect("a child that exists");
    let reads = told(may_read_team_meetings(actor, subject, &visibility));
    let steps = told(may_take_meeting_step(actor, subject, &visibility));
    assert!(steps == reads || steps == "not-involved", "whoever takes steps reads: {steps} {reads}");
    reads
}

#[test]
fn those_settle_who_work_with_the_child_or_coordinate_in_its_area() {
    let nurse = an_actor(Role::Practitioner);
    for (live, expected) in [(true, "yes"), (false, "not-involved")] {
        let subject = Subject { ties: vec![tie_of(&nurse, Some(nurse.account), live)], ..a_subject() };
        assert_eq!(settles(&nurse, &subject), expected);
    }
    for (actor, expected) in [
        (nurse, "not-involved"),
        (an_actor(Role::System), "not-involved"),
        (coordinator(), "yes"),
        (an_actor(Role::Manager), "yes"),
    ] {
        assert_eq!(settles(&actor, &a_subject()), expected);
        assert_eq!(settles(&elsewhere(actor), &a_subject()), "not-involved");
    }
}

#[test]
fn meetings_are_of_those_with_a_relationship_and_of_those_who_coordinate() {
    let nurse = an_actor(Role::Practitioner);
    let tied = |entered_by| Subject { ties: vec![tie_of(&nurse, entered_by, true)], ..a_subject() };
    assert_eq!(meets(&nurse, &tied(None)), "yes");
    assert_eq!(meets(&nurse, &tied(Some(nurse.account))), "not-involved", "nobody opens them for themselves");
    assert_eq!(meets(&nurse, &a_subject()), "not-involved");
    for actor in [coordinator(), an_actor(Role::Manager)] {
        assert_eq!(meets(&actor, &a_subject()), "yes");
        assert_eq!(meets(&elsewhere(actor.clone()), &a_subject()), "not-involved");
        let caller = Some(Box::new(an_actor(Role::Practitioner)));
        assert_eq!(meets(&Actor { on_behalf_of: caller, ..actor }, &a_subject()), "not-involved", "for a stranger");
    }
    assert_eq!(meets(&through(coordinator()), &a_subject()), "yes");
}

#[test]
fn under_a_shield_no_refusal_tells_the_area_nor_who_is_involved() {
    let nurse = an_actor(Role::Practitioner);
    for reviewed in [false, true] {
        let shielded = Subject { shielded: true, shield_reviewed: reviewed, ..a_subject() };
        let tied = Subject { ties: vec![tie_of(&nurse, None, true)], ..shielded.clone() };
        assert_eq!((settles(&nurse, &tied), meets(&nurse, &tied)), ("block-not-visible", "block-not-visible"));
        for actor in [an_actor(Role::Practitioner), coordinator(), an_actor(Role::Manager), an_actor(Role::System)] {
            for actor in [elsewhere(actor.clone()), actor] {
                assert_eq!(settles(&actor, &shielded), "block-not-visible");
                assert_eq!(meets(&actor, &shielded), "block-not-visible");
            }
        }
        let mut worked = shielded;
        let manager = in_case(&mut worked, CaseKind::Shield);
        assert_eq!((settles(&manager, &worked), meets(&manager, &worked)), ("yes", "yes"));
    }
}

#[test]
fn coordinators_and_the_management_team_look_after_reviews() {
    for (actor, expected) in [
        (an_actor(Role::Practitioner), "capability-missing"),
        (an_actor(Role::System), "capability-missing"),
        (an_actor(Role::Auditor), "role-not-permitted"),
        (an_actor(Role::Administrator), "role-not-permitted"),
        (coordinator(), "yes"),
        (an_actor(Role::Manager), "yes"),
    ] {
        assert_eq!(told(decide_team_reviews(&actor)), expected);
    }
}

#[test]
fn brothers_and_sisters_are_told_to_who_sees_the_carers() {
    let nurse = an_actor(Role::Practitioner);
    let family = |actor: &Actor, subject: &Subject| {
        visibility_of(actor, subject, today()).is_some_and(|visibility| shows_family(&visibility, &home(false)))
    };
    let tied = |entered_by| Subject { ties: vec![tie_of(&nurse, entered_by, true)], ..a_subject() };
    assert!(family(&nurse, &tied(None)));
    assert!(!family(&nurse, &tied(Some(nurse.account))));
    assert!(!family(&nurse, &a_subject()) && !family(&coordinator(), &a_subject()));
    assert!(family(&an_actor(Role::Manager), &a_subject()));
    assert!(!family(&elsewhere(an_actor(Role::Manager)), &a_subject()));
}

#[test]
fn a_home_that_is_held_leads_to_no_family() {
    let mut subject = a_subject();
    let decides = in_case(&mut subject, CaseKind::Review);
    let nurse = an_actor(Role::Practitioner);
    subject.ties.push(tie_of(&nurse, None, true));
    let told = |actor: &Actor, held| {
        let visibility = visibility_of(actor, &subject, today()).expect("a child that exists");
        (shows_family(&visibility, &home(held)), shows_relative(&subject, &visibility, &home(held)))
    };
    for actor in [nurse, an_actor(Role::Manager)] {
        assert_eq!((told(&actor, false), told(&actor, true)), ((true, true), (false, false)));
    }
    assert_eq!(told(&decides, true), (true, true), "whoever decides about it sees why");
}

proptest! {
    #[test]
    fn a_shield_an_archive_and_a_restriction_take_a_child_from_beside_another(
        (mut subject, actor) in any_subject_and_actor(), what in 0..3_usize,
    ) {
        subject.cases.clear();
        match what {
            0 => subject.shielded = true,
            1 => subject.archived_on = "2026-06-01".parse().ok(),
            _ => subject.restricted_from = vec![actor.account],
        }
        let visibility = visibility_of(&actor, &subject, today());
        prop_assert!(visibility.is_none_or(|visibility| !shows_relative(&subject, &visibility, &home(false))));
    }

    #[test]
    fn nobody_sees_of_a_team_under_a_shield_what_they_would_not_see_without(
        (mut subject, actor) in any_subject_and_actor(), reviewed: bool,
    ) {
        let sees = |subject: &Subject| {
            let visibility = visibility_of(&actor, subject, today())?;
            let meets = may_read_team_meetings(&actor, subject, &visibility).is_ok();
            let settles = may_settle_team(&actor, subject, &visibility).is_ok();
            let beside = shows_relative(subject, &visibility, &home(false));
            Some([shows_team(&visibility), shows_family(&visibility, &home(false)), beside, meets, settles])
        };
        (subject.shielded, subject.shield_reviewed) = (true, reviewed);
        let shielded = sees(&subject);
        (subject.shielded, subject.sealed, subject.shield_reviewed) = (false, false, false);
        let open = sees(&subject);
        if let Some(shielded) = shielded {
            let open = open.expect("whoever knows of it under a shield knows of it without");
            prop_assert!(shielded.iter().zip(open).all(|(under, without)| *under <= without));
        }
    }
}
