//! The main job: who else is working with this child, and how to reach them now.

use child_index::domain::policy::CaseKind;
use child_index::domain::routes::RouteKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{AREA, ELSEWHERE, TestApp, a_route, entry};
use crate::suite::suite;

suite!(TestApp:
    the_lead_professional_comes_first_and_then_everybody,
    the_number_that_works_now_comes_first,
    an_entry_says_how_fresh_it_is,
    a_sensitive_service_is_only_said_to_exist,
    the_broker_is_the_desk_of_the_callers_own_area,
    a_sensitive_team_of_an_ordinary_body_is_sensitive,
    its_own_people_see_a_sensitive_entry,
    a_manager_with_a_broker_case_sees_the_sensitive_service,
    withdrawn_consent_removes_the_entry_for_everybody,
    an_ended_involvement_is_shown_for_a_year,
    of_a_shielded_child_nobody_is_named,
);

fn services(contacts: &Value) -> Vec<String> {
    let all = contacts["involvements"].as_array().expect("involvements");
    all.iter().map(|each| each["service"].as_str().expect("a service").to_owned()).collect()
}

fn the_lead_professional_comes_first_and_then_everybody(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let phone = a_route(RouteKind::Person, "07700 900123", "Mo-Fr 09:00-17:00; PH off");
    let child = app
        .a_child()
        .known_to(&school, Service::School)
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Family worker", vec![phone]).leading())
        .add();
    let answer = app.practitioner().contacts(&child).ok();
    assert_eq!(
        answer["child"],
        json!({"child_id": child.number, "name": {"family": "Okafor", "given": "Chidera"},
               "date_of_birth": "2015-03-02", "sex": "F", "shielded": false})
    );
    let lead = &answer["lead_professional"];
    assert_eq!((&lead["name"], &lead["job_title"]), (&json!("Ada Obi"), &json!("Family worker")));
    assert_eq!(lead["organisation"], json!({"id": council.id.to_string(), "name": council.name}));
    assert_eq!(lead["routes"][0]["phone"], "07700 900123");
    assert_eq!(services(&answer), ["early-help", "school"]);
    let first = &answer["involvements"][0];
    assert_eq!(first["practitioner"], json!({"name": "Ada Obi", "job_title": "Family worker"}));
    assert_eq!((&first["group"], &first["lead_professional"]), (&json!("additional"), &json!("early-help")));
    assert_eq!(answer["involvements"][1]["practitioner"], Value::Null, "a school without a named person is normal");
    assert_eq!((&answer["assessments"], &answer["withheld"]), (&json!([]), &json!([])));
}

fn the_number_that_works_now_comes_first(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    app.change_organisation(&council, |council| {
        council.routes = vec![
            a_route(RouteKind::DutyDesk, "01225 713000", "Mo-Fr 08:30-17:00; PH off"),
            a_route(RouteKind::OutOfHours, "0300 456 0108", "Mo-Fr 17:00-08:30; Sa-Su 00:00-24:00; PH 00:00-24:00"),
        ];
    });
    let phone = a_route(RouteKind::Person, "07700 900123", "Mo-Fr 09:00-17:00; PH off");
    let worker = entry(&council, Service::ChildrensSocialCare).by("Ada Obi", "Social worker", vec![phone]);
    let child = app.a_child().with(worker).add();
    let nurse = app.practitioner();
    let first = |at: &str| {
        app.it_is(at);
        let answer = nurse.contacts(&child).ok();
        let route = answer["involvements"][0]["routes"][0].clone();
        assert_eq!(route["open_now"], true, "{at}: {answer}");
        route["phone"].as_str().expect("a phone").to_owned()
    };
    assert_eq!(first("2026-11-20T10:00:00Z"), "07700 900123", "Friday morning: the person");
    assert_eq!(first("2026-11-20T08:45:00Z"), "01225 713000", "before the person: the duty desk");
    assert_eq!(first("2026-11-21T02:00:00Z"), "0300 456 0108", "at two in the night: out of hours");
    assert_eq!(first("2026-12-25T11:00:00Z"), "0300 456 0108", "Christmas is a Friday without a desk");
    let answer = nurse.contacts(&child).ok();
    let closed = &answer["involvements"][0]["routes"][1];
    assert_eq!((&closed["open_now"], closed["next_open_at"].is_string()), (&json!(false), true), "{closed}");
}

fn an_entry_says_how_fresh_it_is(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .with(entry(&school, Service::School).confirmed("2026-11-01T09:00:00Z"))
        .with(entry(&school, Service::Attendance).confirmed("2026-08-01T09:00:00Z"))
        .with(entry(&school, Service::SpecialEducationalNeeds).confirmed("2026-01-01T09:00:00Z"))
        .add();
    let answer = app.practitioner().contacts(&child).ok();
    let mut freshness: Vec<String> = answer["involvements"]
        .as_array()
        .expect("involvements")
        .iter()
        .map(|each| format!("{} {} {}", each["service"], each["freshness"], each["last_confirmed_at"]))
        .collect();
    freshness.sort();
    assert_eq!(
        freshness,
        [
            r#""attendance" "ageing" "2026-08-01T09:00:00Z""#,
            r#""school" "fresh" "2026-11-01T09:00:00Z""#,
            r#""special-educational-needs" "stale" "2026-01-01T09:00:00Z""#,
        ]
    );
}

fn a_sensitive_service_is_only_said_to_exist(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let trust = app.organisation(OrganisationKind::MentalHealthTrust);
    let one = app.a_child().known_to(&school, Service::School).known_to(&clinic, Service::SexualHealth);
    let one = one.add();
    let two = app
        .a_child()
        .known_to(&school, Service::School)
        .known_to(&clinic, Service::SexualHealth)
        .known_to(&trust, Service::MentalHealth)
        .add();
    let teacher = app.practitioner().of(&school);
    let [one, two] = [one, two].map(|child| teacher.contacts(&child).ok());
    for answer in [&one, &two] {
        assert_eq!(services(answer), ["school"]);
        let withheld = answer["withheld"].as_array().expect("what is withheld");
        assert_eq!(withheld.len(), 1, "never how many");
        assert_eq!(withheld[0]["what"], "sensitive-service");
        for hidden in [&clinic.name, &trust.name, &clinic.id.to_string(), &trust.id.to_string()] {
            assert!(!answer.to_string().contains(hidden.as_str()), "{answer}");
        }
    }
    assert_eq!(one["withheld"], two["withheld"]);
}

fn the_broker_is_the_desk_of_the_callers_own_area(app: &TestApp) {
    let here = app.organisation_in(AREA, OrganisationKind::ManagementTeam);
    let there = app.organisation_in(ELSEWHERE, OrganisationKind::ManagementTeam);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().in_area(ELSEWHERE).known_to(&clinic, Service::SexualHealth).add();
    let hidden = app.a_child().in_area(ELSEWHERE).shielded().add();
    for (area, desk) in [(AREA, &here), (ELSEWHERE, &there)] {
        let nurse = app.practitioner().in_area(area);
        for child in [&child, &hidden] {
            let answer = nurse.contacts(child).ok();
            let broker = &answer["withheld"][0]["broker"];
            assert_eq!(broker["name"], desk.name.as_str(), "{answer}");
            assert_eq!(broker["routes"][0]["phone"], "01225 713000");
        }
    }
}

fn a_sensitive_team_of_an_ordinary_body_is_sensitive(app: &TestApp) {
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let counselling = app.team(&charity, "Counselling for survivors", true);
    let child = app.a_child().with(entry(&charity, Service::VoluntaryOrganisation).in_team(&counselling)).add();
    let answer = app.practitioner().contacts(&child).ok();
    assert_eq!(answer["involvements"], json!([]));
    assert_eq!(answer["withheld"][0]["what"], "sensitive-service");
    assert!(!answer.to_string().contains(&charity.name) && !answer.to_string().contains("survivors"), "{answer}");
    let list = app.practitioner().get(&child.involvements()).ok();
    assert_eq!(list, json!({"involvements": []}));
}

fn its_own_people_see_a_sensitive_entry(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().known_to(&clinic, Service::SexualHealth).add();
    let nurse = app.practitioner().of(&clinic);
    let answer = nurse.contacts(&child).ok();
    assert_eq!(services(&answer), ["sexual-health"]);
    let own = &answer["involvements"][0];
    assert_eq!((&own["group"], &own["ground"]["kind"]), (&json!("sensitive"), &json!("consent")), "{own}");
    assert_eq!(answer["withheld"], json!([]));
}

fn a_manager_with_a_broker_case_sees_the_sensitive_service(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let broker = app.manager();
    let child = app.a_child().known_to(&clinic, Service::SexualHealth).with_case(CaseKind::Broker, &broker).add();
    assert_eq!(services(&broker.contacts(&child).ok()), ["sexual-health"]);
    let colleague = app.manager().contacts(&child).ok();
    assert_eq!((services(&colleague).len(), &colleague["withheld"][0]["what"]), (0, &json!("sensitive-service")));
}

fn withdrawn_consent_removes_the_entry_for_everybody(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().with(entry(&clinic, Service::SexualHealth).withdrawn()).add();
    for reader in [app.practitioner(), app.practitioner().of(&clinic), app.manager()] {
        let answer = reader.contacts(&child).ok();
        assert_eq!((&answer["involvements"], &answer["withheld"]), (&json!([]), &json!([])));
    }
}

fn an_ended_involvement_is_shown_for_a_year(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let nursery = app.organisation(OrganisationKind::EarlyYearsSetting);
    let child = app
        .a_child()
        .with(entry(&school, Service::School))
        .with(entry(&school, Service::Attendance).ended("2026-01-10"))
        .with(entry(&nursery, Service::EarlyYearsSetting).ended("2025-11-01"))
        .add();
    let answer = app.practitioner().contacts(&child).ok();
    assert_eq!(services(&answer), ["school", "attendance"], "what has ended comes last, and after a year not at all");
    assert_eq!(answer["involvements"][1]["ended_on"], "2026-01-10");
    let own = app.practitioner().of(&nursery).contacts(&child).ok();
    assert!(services(&own).contains(&"early-years-setting".to_owned()), "its owner keeps seeing it");
}

fn of_a_shielded_child_nobody_is_named(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let worker = entry(&school, Service::EarlyHelp).by("Ada Obi", "Family worker", Vec::new()).leading();
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().with(worker).known_to(&clinic, Service::SexualHealth).shielded().add();
    let nurse = app.practitioner();
    let answer = nurse.contacts(&child).ok();
    assert_eq!(answer["child"]["shielded"], true);
    assert_eq!((&answer["lead_professional"], &answer["involvements"]), (&Value::Null, &json!([])));
    let withheld = answer["withheld"].as_array().expect("what is withheld");
    let kinds: Vec<&Value> = withheld.iter().map(|each| &each["what"]).collect();
    assert_eq!(kinds, [&json!("shielded")], "and nothing of a sensitive service");
    assert_eq!(nurse.get(&child.involvements()).ok(), json!({"involvements": []}));
    // Its own entry tells the school nothing of anybody else's.
    let own = app.practitioner().of(&school).contacts(&child).ok();
    assert_eq!(services(&own), ["early-help"]);
    assert_eq!(own["withheld"].as_array().expect("what is withheld").len(), 1, "{own}");
}
