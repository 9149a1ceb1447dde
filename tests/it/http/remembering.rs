//! What the recorder remembers or reads for many at once changes nothing about any answer.

use std::collections::BTreeMap;
use std::thread::scope;

use child_index::domain::accounts::AccountStatus;
use child_index::domain::routes::RouteKind;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::organisations;
use serde_json::{Value, json};

use crate::apps::{Person, TestApp, a_route, entry};
use crate::suite::suite;

suite!(TestApp:
    what_somebody_else_changed_is_seen_by_the_next_look_up,
    what_the_service_changed_is_seen_by_the_next_look_up,
    many_at_once_are_answered_as_each_alone,
);

fn phone_of(answer: &Value) -> &str {
    answer["involvements"][0]["routes"][0]["phone"].as_str().expect("a phone")
}

fn what_somebody_else_changed_is_seen_by_the_next_look_up(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let desk = app.organisation(OrganisationKind::ManagementTeam);
    let child = app.a_child().known_to(&school, Service::School).known_to(&clinic, Service::SexualHealth).add();
    let nurse = app.practitioner();
    for _ in 0..2 {
        let answer = nurse.contacts(&child).ok();
        assert_eq!(phone_of(&answer), "01225 713000");
        assert_eq!(answer["withheld"][0]["broker"]["name"], desk.name);
    }
    app.change_organisation(&school, |school| {
        school.routes = vec![a_route(RouteKind::DutyDesk, "01225 713999", "Mo-Fr 08:30-17:00; PH off")];
    });
    app.change_organisation(&desk, |desk| desk.name = "The other desk".into());
    let answer = nurse.contacts(&child).ok();
    assert_eq!(phone_of(&answer), "01225 713999");
    assert_eq!(answer["withheld"][0]["broker"]["name"], "The other desk");
    app.change_organisation(&school, |school| school.sensitive = true);
    assert_eq!(nurse.contacts(&child).ok()["involvements"], json!([]));
    let nurse = nurse.change(|account| account.status = AccountStatus::Suspended);
    nurse.contacts(&child).is_refused(403, "account-suspended");
    let nurse = nurse.change(|account| account.status = AccountStatus::Active);
    nurse.contacts(&child).ok();
    let employer = nurse.account.organisation;
    let conn = &mut app.connect();
    let mut closed = organisations::find(conn, employer).expect("a look-up").expect("the employer");
    closed.accredited_until = "2026-01-01".parse().ok();
    organisations::update(conn, &closed).expect("a change");
    nurse.contacts(&child).is_refused(403, "organisation-not-accredited");
}

fn what_the_service_changed_is_seen_by_the_next_look_up(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let nurse = app.practitioner();
    assert_eq!(nurse.contacts(&child).ok()["involvements"][0]["organisation"]["name"], school.name);
    let path = format!("/v1/organisations/{}", school.id);
    app.administrator().change_at(&path, &json!({"name": "A school renamed"})).ok();
    assert_eq!(nurse.contacts(&child).ok()["involvements"][0]["organisation"]["name"], "A school renamed");
}

fn many_at_once_are_answered_as_each_alone(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    app.organisation(OrganisationKind::ManagementTeam);
    let phone = a_route(RouteKind::Person, "07700 900123", "Mo-Fr 09:00-17:00; PH off");
    let teacher = entry(&school, Service::School).by("Ada Obi", "Teacher", vec![phone]).leading();
    let mut paths = vec![
        app.a_child().with(teacher).known_to(&clinic, Service::MentalHealth).add().path(),
        app.a_child().known_to(&school, Service::School).shielded().add().path(),
        app.a_child().known_to(&school, Service::School).sealed().add().path(),
        app.a_child().add().path(),
        "/v1/children/7K3M-9XQ2-4HT8".to_owned(),
    ];
    let known = app.a_child().named("Grace", "Obi").known_to(&school, Service::School).add();
    paths.push(known.path());
    let people: Vec<Person<'_>> = (0..4).map(|_| app.practitioner()).chain([app.nobody(), app.manager()]).collect();
    let ask = |person: &Person<'_>, path: &str| {
        let answer = person.get(&format!("{path}/contacts"));
        let mut body = answer.json();
        // Problems carry the id of their request.
        if let Some(problem) = body.as_object_mut() {
            problem.remove("request_id");
            problem.remove("instance");
        }
        (answer.status, body)
    };
    let mut alone = BTreeMap::new();
    for (who, person) in people.iter().enumerate() {
        for path in &paths {
            alone.insert((who, path), ask(person, path));
        }
    }
    let before = app.events().len();
    scope(|threads| {
        for (who, person) in people.iter().enumerate() {
            for path in &paths {
                let (alone, ask) = (&alone, &ask);
                threads.spawn(move || {
                    for _ in 0..4 {
                        assert_eq!(ask(person, path), alone[&(who, path)], "{path} asked by {who}");
                    }
                });
            }
        }
    });
    assert_eq!(app.events().len(), before + people.len() * paths.len() * 4, "each answer left one event");
    let statuses: Vec<u16> = paths.iter().map(|path| alone[&(0, path)].0).collect();
    assert_eq!(statuses, [200, 200, 404, 200, 404, 200]);
    assert_eq!(alone[&(0, &paths[2])], alone[&(0, &paths[4])], "sealed is as unknown");
}
