//! Assessments: that one exists and who holds it, so that agencies join instead of repeating; never what it says.

use child_index::domain::services::{OrganisationKind, Sector, Service};
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp, assessment};
use crate::databases::Backend;
use crate::suite::suite;

suite!(TestApp:
    an_assessment_is_started_and_seen_by_others,
    what_an_assessment_says_has_no_place,
    early_help_stands_on_consent_and_no_statutory_kind_does,
    a_second_open_one_of_a_kind_names_who_holds_the_first,
    of_many_who_start_at_once_one_does,
    whoever_is_second_on_another_node_is_told_too,
    only_the_holder_and_the_management_team_change_one,
    a_change_names_the_version_it_was_made_on,
    an_assessment_ends_once_and_with_a_code,
    withdrawn_consent_takes_it_from_everybody,
    early_help_is_linked_to_a_single_assessment,
    the_same_key_starts_one,
);

/// Early help with consent, held by a named person.
pub(super) fn early_help() -> Value {
    json!({"kind": "early-help", "started_on": "2026-11-02", "consent": {"given_by": "child", "on": "2026-11-02"},
           "practitioner": {"name": "Joanna Whitfield", "job_title": "School nurse",
                            "routes": [{"kind": "person", "phone": "01225 713000", "hours": "Mo-Fr 09:00-17:00"}]}})
}

fn of_kind(kind: &str) -> Value {
    json!({"kind": kind, "started_on": "2026-11-02"})
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    body
}

/// A child's assessments, as somebody is told of them.
pub(super) fn listed(person: &Person<'_>, child: &Known) -> Vec<Value> {
    person.get(&child.assessed()).ok()["assessments"].as_array().expect("assessments").clone()
}

/// Their kinds, in order; contacts tell of as many.
pub(super) fn kinds(person: &Person<'_>, child: &Known) -> Vec<String> {
    let mut all: Vec<String> =
        listed(person, child).iter().map(|each| each["kind"].as_str().expect("a kind").to_owned()).collect();
    let contacts = person.contacts(child).ok();
    assert_eq!(contacts["assessments"].as_array().expect("assessments").len(), all.len(), "one and the same");
    all.sort();
    all
}

fn an_assessment_is_started_and_seen_by_others(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let answer = nurse.post(&child.assessed(), &early_help()).with_status(201);
    let started = answer.json();
    assert_eq!(answer.header("location"), format!("{}/{}", child.assessed(), started["number"]));
    assert_eq!(answer.header("etag"), started["etag"]);
    assert_eq!(started["consent"], json!({"given_by": "child", "on": "2026-11-02"}));
    let stranger = app.practitioner();
    let contacts = stranger.contacts(&child).ok();
    let shown = &contacts["assessments"][0];
    assert_eq!(
        (&shown["kind"], &shown["status"], &shown["started_on"]),
        (&json!("early-help"), &json!("open"), &json!("2026-11-02"))
    );
    let holder = &shown["holder"];
    assert_eq!(holder["organisation"]["id"], nurse.account.organisation.to_string());
    assert_eq!(holder["practitioner"], json!({"name": "Joanna Whitfield", "job_title": "School nurse"}));
    assert_eq!(holder["routes"][0]["phone"], "01225 713000");
    assert_eq!((shown.get("consent"), shown.get("outcome")), (None, None), "grounds are for those who may see them");
    assert_eq!(listed(&stranger, &child)[0]["number"], started["number"]);
}

fn what_an_assessment_says_has_no_place(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    for field in ["notes", "summary", "content", "findings", "organisation"] {
        let answer = nurse.post(&child.assessed(), &with(early_help(), &json!({field: "prose"})));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), format!("/{field}"));
    }
    for (more, pointer) in [
        (json!({"kind": "section-47"}), "/kind"),
        (json!({"started_on": "2026-11-21"}), "/started_on"),
        (json!({"started_on": "2013-03-01"}), "/started_on"),
        (json!({"team": "00000000-0000-0000-0000-000000000000"}), "/team"),
        (json!({"linked_to": 7}), "/linked_to"),
    ] {
        let answer = nurse.post(&child.assessed(), &with(early_help(), &more));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), pointer, "{more}");
    }
    assert!(listed(&nurse, &child).is_empty());
}

fn early_help_stands_on_consent_and_no_statutory_kind_does(app: &TestApp) {
    let child = app.a_child().add();
    let worker = app.practitioner().of(&app.organisation(OrganisationKind::LocalAuthority));
    let refused = worker.post(&child.assessed(), &of_kind("early-help"));
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/consent");
    let consent = json!({"consent": {"given_by": "child", "on": "2026-11-02"}});
    let statutory = ["social-care-single-assessment", "education-health-and-care", "child-in-need", "child-protection"];
    for kind in statutory {
        let refused = worker.post(&child.assessed(), &with(of_kind(kind), &consent));
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), "/consent", "{kind}");
        worker.post(&child.assessed(), &of_kind(kind)).with_status(201);
    }
    let tomorrow = json!({"consent": {"given_by": "child", "on": "2026-11-21"}});
    let refused = worker.post(&child.assessed(), &with(early_help(), &tomorrow));
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/consent/on");
}

fn a_second_open_one_of_a_kind_names_who_holds_the_first(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().assessed(assessment(&school, "early-help")).add();
    let nurse = app.practitioner();
    let refused = nurse.post(&child.assessed(), &early_help());
    refused.is_refused(409, "assessment-open");
    let told = refused.json();
    assert_eq!(told["holder"]["organisation"], json!({"id": school.id.to_string(), "name": school.name}));
    assert_eq!(told["holder"]["routes"][0]["phone"], "01225 713000");
    assert_eq!((told["holder"].get("practitioner"), told.get("broker")), (Some(&Value::Null), None));
    let worker = app.practitioner().in_sector(Sector::SocialCare);
    worker.post(&child.assessed(), &of_kind("child-in-need")).with_status(201);
    let teacher = app.practitioner().of(&school);
    teacher.post(&child.assessed(), &early_help()).is_refused(409, "assessment-open");
    teacher.post(&format!("{}/complete", child.assessment(0)), &json!({"outcome": "support-agreed"})).ok();
    nurse.post(&child.assessed(), &early_help()).with_status(201);
}

fn of_many_who_start_at_once_one_does(app: &TestApp) {
    let child = app.a_child().add();
    let people: Vec<Person<'_>> = (0..6).map(|_| app.practitioner()).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> =
            people.iter().map(|each| scope.spawn(|| each.post(&child.assessed(), &early_help()).status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
    // Whatever a use-case does, the database keeps it.
    let school = app.organisation(OrganisationKind::School);
    let twice = app.a_child().assessed(assessment(&school, "early-help")).assessed(assessment(&school, "early-help"));
    assert!(matches!(twice.try_add(), Err(StoreError::Conflict("assessment_open"))));
    let over = assessment(&school, "early-help").ended("2026-11-03", "joined");
    app.a_child().assessed(over.clone()).assessed(over).assessed(assessment(&school, "early-help")).add();
}

fn whoever_is_second_on_another_node_is_told_too(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let statement = format!(
        "INSERT INTO assessment (child_id, number, kind, organisation_id, started_on, last_confirmed_at,
           entered_under_shield, version, created_at)
         VALUES ({}, 7, 'early-help', {}, '2026-11-02', 0, FALSE, 1, 0)",
        child.id.0,
        Backend::of(&app.connect()).id(school.id)
    );
    let (begun, waits) = std::sync::mpsc::channel();
    let refused = std::thread::scope(|scope| {
        // The other node has written and not committed yet, so that this one cannot have seen it.
        let statement = &statement;
        scope.spawn(move || {
            let other = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
                diesel::sql_query(statement).execute(conn)?;
                begun.send(()).expect("somebody waits");
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(())
            });
            other.expect("a commit");
        });
        waits.recv().expect("a beginning");
        nurse.post(&child.assessed(), &early_help())
    });
    refused.is_refused(409, "assessment-open");
    assert_eq!(refused.json()["holder"]["organisation"]["name"], school.name.as_str());
    assert_eq!(listed(&nurse, &child).len(), 1);
}

fn only_the_holder_and_the_management_team_change_one(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).assessed(assessment(&school, "early-help")).add();
    let path = child.assessment(0);
    let strangers = [
        app.practitioner(),
        app.system(),
        app.manager().in_area(ELSEWHERE),
        app.practitioner().of(&app.organisation(OrganisationKind::LocalAuthority)),
    ];
    for stranger in strangers {
        let not_theirs = |answer: crate::apps::Answer| answer.is_refused(403, "not-your-organisations-entry");
        not_theirs(stranger.change_at(&path, &json!({"practitioner": null})));
        not_theirs(stranger.post_nothing(&format!("{path}/confirm")));
        not_theirs(stranger.post(&format!("{path}/complete"), &json!({"outcome": "joined"})));
        not_theirs(stranger.post(&format!("{path}/link"), &json!({"linked_to": 7})));
    }
    app.auditor().get(&child.assessed()).is_refused(403, "role-not-permitted");
    app.manager().change_at(&path, &json!({"started_on": "2026-11-03"})).ok();
    let teacher = app.practitioner().of(&school);
    assert_eq!(teacher.post(&format!("{path}/complete"), &json!({"outcome": "joined"})).ok()["status"], "stopped");
}

fn a_change_names_the_version_it_was_made_on(app: &TestApp) {
    let (school, other) = (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::School));
    let child = app.a_child().assessed(assessment(&school, "early-help")).add();
    let teacher = app.practitioner().of(&school);
    let path = child.assessment(0);
    let team = app.team(&school, "Pastoral", false);
    let change = json!({"team": team.id.to_string(),
                        "practitioner": {"name": "Samuel Adeyemi", "job_title": "Form tutor"}});
    teacher.send("PATCH", &path, &[], Some(change.to_string().as_bytes())).is_refused(428, "precondition-required");
    teacher.patch(&path, "\"stale\"", &change).is_refused(412, "precondition-failed");
    let etag = listed(&teacher, &child)[0]["etag"].as_str().expect("an entity tag").to_owned();
    let changed = teacher.patch(&path, &etag, &change);
    assert_ne!(changed.header("etag"), etag);
    let holder = changed.ok()["holder"].clone();
    assert_eq!((&holder["team"], &holder["practitioner"]["name"]), (&json!("Pastoral"), &json!("Samuel Adeyemi")));
    teacher.patch(&path, &etag, &change).is_refused(412, "precondition-failed");
    let cleared = teacher.change_at(&path, &json!({"team": null, "practitioner": null})).ok();
    assert_eq!((cleared["holder"].get("team"), &cleared["holder"]["practitioner"]), (None, &Value::Null));
    let theirs = app.team(&other, "Theirs", false);
    for (wrong, pointer) in
        [(json!({"team": theirs.id.to_string()}), "/team"), (json!({"started_on": "2026-11-21"}), "/started_on")]
    {
        let refused = teacher.change_at(&path, &wrong);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer);
    }
    teacher.change_at(&path, &json!({"kind": "child-in-need"})).is_refused(422, "invalid-body");
}

fn an_assessment_ends_once_and_with_a_code(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().assessed(assessment(&school, "child-in-need")).add();
    let teacher = app.practitioner().of(&school);
    let end = format!("{}/complete", child.assessment(0));
    for (wrong, pointer) in [
        (json!({}), "/outcome"),
        (json!({"outcome": "prose"}), "/outcome"),
        (json!({"outcome": "joined", "ended_on": "2026-11-21"}), "/ended_on"),
        (json!({"outcome": "joined", "ended_on": "2026-11-01"}), "/ended_on"),
        (json!({"outcome": "consent-withdrawn"}), "/outcome"),
    ] {
        let refused = teacher.post(&end, &wrong);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer, "{wrong}");
    }
    let ended = teacher.post(&end, &json!({"outcome": "no-further-action"})).ok();
    assert_eq!(
        (&ended["status"], &ended["ended_on"], &ended["outcome"]),
        (&json!("completed"), &json!("2026-11-20"), &json!("no-further-action"))
    );
    teacher.post(&end, &json!({"outcome": "joined"})).is_refused(409, "assessment-ended");
    teacher.post_nothing(&format!("{}/confirm", child.assessment(0))).is_refused(409, "assessment-ended");
    teacher.change_at(&child.assessment(0), &json!({"team": null})).is_refused(409, "assessment-ended");
    let told = &listed(&app.practitioner(), &child)[0];
    assert_eq!((&told["status"], told.get("outcome")), (&json!("completed"), None), "what came of it is not told");
}

fn withdrawn_consent_takes_it_from_everybody(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().assessed(assessment(&school, "early-help")).add();
    let teacher = app.practitioner().of(&school);
    let end = format!("{}/complete", child.assessment(0));
    teacher.post(&end, &json!({"outcome": "consent-withdrawn"})).ok();
    for reader in [app.practitioner(), teacher.clone(), app.manager()] {
        assert!(kinds(&reader, &child).is_empty());
    }
    teacher.post(&end, &json!({"outcome": "joined"})).is_refused(404, "not-found");
    app.practitioner().post(&child.assessed(), &early_help()).with_status(201);
}

fn early_help_is_linked_to_a_single_assessment(app: &TestApp) {
    let (school, council, clinic) = (
        app.organisation(OrganisationKind::School),
        app.organisation(OrganisationKind::LocalAuthority),
        app.organisation(OrganisationKind::SexualHealthClinic),
    );
    let child = app
        .a_child()
        .assessed(assessment(&school, "early-help"))
        .assessed(assessment(&council, "social-care-single-assessment"))
        .assessed(assessment(&council, "child-in-need"))
        .add();
    let (teacher, worker) = (app.practitioner().of(&school), app.practitioner().of(&council));
    let link = |number: i32| teacher.post(&format!("{}/link", child.assessment(0)), &json!({"linked_to": number}));
    let [early, single, in_need] = [0, 1, 2].map(|at| child.assessments[at]);
    for wrong in [early, in_need, single % 999_999 + 1] {
        let refused = link(wrong);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), "/linked_to");
    }
    assert_eq!(link(single).ok()["linked_to"], single);
    let told = listed(&app.practitioner(), &child);
    let early_help = told.iter().find(|each| each["kind"] == "early-help").expect("early help");
    assert_eq!(early_help["linked_to"], single);
    // The other way round there is nothing to link.
    let backwards = worker.post(&format!("{}/link", child.assessment(1)), &json!({"linked_to": early}));
    backwards.is_refused(422, "invalid-body");

    let hidden = app
        .a_child()
        .assessed(assessment(&school, "early-help"))
        .assessed(assessment(&clinic, "social-care-single-assessment"))
        .add();
    let free = (1..).find(|number| !hidden.assessments.contains(number)).expect("a number nobody has");
    let link = |number: i32| teacher.post(&format!("{}/link", hidden.assessment(0)), &json!({"linked_to": number}));
    let refused = link(hidden.assessments[1]);
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.likeness(), link(free).likeness(), "a hidden one is no other than none");
    let started = worker.post(&child.assessed(), &with(of_kind("child-protection"), &json!({"linked_to": single})));
    started.is_refused(422, "invalid-body");
}

fn the_same_key_starts_one(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let path = child.assessed();
    let first = nurse.post_with_key("k", &path, &early_help()).with_status(201);
    let again = nurse.post_with_key("k", &path, &early_help()).with_status(201);
    assert_eq!(first.json(), again.json());
    let other = of_kind("child-in-need");
    nurse.post_with_key("k", &path, &other).is_refused(422, "idempotency-key-reused");
    nurse.post_with_key("k-2", &path, &early_help()).is_refused(409, "assessment-open");
    assert_eq!(listed(&nurse, &child).len(), 1);
}
