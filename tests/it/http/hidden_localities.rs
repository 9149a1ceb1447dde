//! What is hidden of where a child lives: whoever may not see it learns it from no team, and no answer differs by it.

use child_index::domain::organisations::Organisation;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, NewChild, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    whoever_may_not_see_the_home_is_sent_to_the_same_desk_wherever_it_is,
    registering_an_involvement_opens_no_locality_for_the_one_who_does,
    a_shielded_child_is_served_by_the_desk_of_the_callers_own_area,
    inside_a_shield_case_the_team_is_told,
    a_home_that_is_held_is_no_locality,
    a_sensitive_team_serves_nobody_for_those_who_do_not_know_of_it,
    a_child_who_is_not_there_has_no_locality,
    on_the_telephone_it_is_what_both_may_see,
    a_shield_takes_the_team_away_at_once,
);

/// A council each of whose teams serves one district.
fn council(app: &TestApp) -> Organisation {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    app.serves(&app.team(&council, "West", false), &["BA14"]);
    app.serves(&app.team(&council, "East", false), &["SN12"]);
    council
}

fn ask(person: &Person<'_>, child: &Known, owner: &Organisation) -> Answer {
    person.get(&format!("{}/locality?organisation={}", child.path(), owner.id))
}

fn told(person: &Person<'_>, child: &Known, owner: &Organisation) -> Value {
    ask(person, child, owner).ok()
}

/// Children alike but for where they live: in one district, in another, outside all, nowhere known.
fn everywhere<'a>(new: impl Fn() -> NewChild<'a>) -> Vec<Known> {
    let somewhere = ["BA14 8JN", "SN12 6AA", "M1 1AE"].map(|postcode| new().living_at("1 High Street", postcode).add());
    somewhere.into_iter().chain([new().add()]).collect()
}

fn whoever_may_not_see_the_home_is_sent_to_the_same_desk_wherever_it_is(app: &TestApp) {
    let (council, school) = (council(app), app.organisation(OrganisationKind::School));
    let children = everywhere(|| app.a_child().known_to(&school, Service::School));
    for stranger in [
        app.practitioner(),
        app.system(),
        app.practitioner().of(&council),
        app.manager().in_area(ELSEWHERE),
        app.practitioner().of(&app.organisation(OrganisationKind::GpPractice)),
    ] {
        let answers: Vec<_> = children.iter().map(|child| ask(&stranger, child, &council).likeness()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{} {answers:?}", stranger.account.name);
        let shown = told(&stranger, &children[0], &council);
        assert_eq!((&shown["served_by"], &shown["name"]), (&json!("desk"), &json!(council.name)));
    }
}

fn registering_an_involvement_opens_no_locality_for_the_one_who_does(app: &TestApp) {
    let council = council(app);
    let child = app.a_child().living_at("1 High Street", "BA14 8JN").add();
    let (one, colleague) = (app.practitioner().of(&council), app.practitioner().of(&council));
    one.post(&child.involvements(), &json!({"service": "early-help", "started_on": "2026-11-02"})).with_status(201);
    assert_eq!(told(&one, &child, &council)["served_by"], "desk");
    assert_eq!(told(&colleague, &child, &council)["served_by"], "locality-team");
}

fn a_shielded_child_is_served_by_the_desk_of_the_callers_own_area(app: &TestApp) {
    let (council, school) = (council(app), app.organisation(OrganisationKind::School));
    let here = app.organisation(OrganisationKind::ManagementTeam);
    let new = || app.a_child().known_to(&school, Service::School).shielded().confirmed();
    let children: Vec<Known> = everywhere(new).into_iter().chain(everywhere(|| new().in_area(ELSEWHERE))).collect();
    for person in [app.practitioner(), app.practitioner().of(&school), app.system(), app.manager()] {
        let answers: Vec<_> = children.iter().map(|child| ask(&person, child, &council).likeness()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{} {answers:?}", person.account.name);
        let shown = told(&person, &children[0], &council);
        assert_eq!(shown["served_by"], "management-team", "{}", person.account.role);
        assert_eq!(shown["team"], Value::Null);
        assert_ne!(shown["name"], council.name.as_str());
    }
    assert!(!here.name.is_empty());
}

fn inside_a_shield_case_the_team_is_told(app: &TestApp) {
    let council = council(app);
    let (manager, other) = (app.manager(), app.manager());
    let child = app.a_child().living_at("1 High Street", "BA14 8JN").shielded().confirmed();
    let child = child.with_case(CaseKind::Shield, &manager).add();
    assert_eq!(told(&manager, &child, &council)["name"], "West");
    assert_eq!(told(&other, &child, &council)["served_by"], "management-team");
}

fn a_home_that_is_held_is_no_locality(app: &TestApp) {
    let (council, school) = (council(app), app.organisation(OrganisationKind::School));
    let children = everywhere(|| app.a_child().known_to(&school, Service::School).with_its_home_held());
    for person in [app.practitioner().of(&school), app.manager(), app.practitioner()] {
        let answers: Vec<_> = children.iter().map(|child| ask(&person, child, &council).likeness()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(told(&person, &children[0], &council)["served_by"], "desk");
    }
}

fn a_sensitive_team_serves_nobody_for_those_who_do_not_know_of_it(app: &TestApp) {
    let (council, school) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::School));
    app.serves(&app.team(&council, "Crisis", true), &["BA14"]);
    let live = |postcode| app.a_child().living_at("1 High Street", postcode).known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let answers = [live("BA14 8JN"), live("SN12 6AA")].map(|child| ask(&teacher, &child, &council).likeness());
    assert_eq!(answers[0], answers[1]);
    assert_eq!(told(&app.manager(), &live("BA14 8JN"), &council)["name"], "Crisis");
}

fn a_child_who_is_not_there_has_no_locality(app: &TestApp) {
    let council = council(app);
    let new = || app.a_child().living_at("1 High Street", "BA14 8JN");
    let stranger = app.practitioner();
    let absent = new().held().add();
    let expected = ask(&stranger, &absent, &council);
    expected.is_refused(404, "not-found");
    for child in [new().sealed().add(), new().provisional().add(), new().born("2008-11-19").add()] {
        assert_eq!(ask(&stranger, &child, &council).likeness(), expected.likeness());
    }
    for nobody in [app.auditor(), app.administrator()] {
        ask(&nobody, &new().add(), &council).is_refused(403, "role-not-permitted");
    }
}

fn on_the_telephone_it_is_what_both_may_see(app: &TestApp) {
    let (council, school) = (council(app), app.organisation(OrganisationKind::School));
    let child = app.a_child().living_at("1 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let (teacher, stranger) = (app.practitioner().of(&school), app.practitioner());
    assert_eq!(told(&teacher.clone().acting_through(&app.system()), &child, &council)["served_by"], "desk");
    let system = app.system().of(&school);
    assert_eq!(told(&teacher.acting_through(&system), &child, &council)["served_by"], "locality-team");
    assert_eq!(told(&stranger.acting_through(&system), &child, &council)["served_by"], "desk");
}

fn a_shield_takes_the_team_away_at_once(app: &TestApp) {
    let (council, school) = (council(app), app.organisation(OrganisationKind::School));
    app.organisation(OrganisationKind::ManagementTeam);
    let child = app.a_child().living_at("1 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    assert_eq!(told(&teacher, &child, &council)["name"], "West");
    app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"})).with_status(200);
    assert_eq!(told(&teacher, &child, &council)["served_by"], "management-team");
}
