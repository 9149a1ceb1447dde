//! Nothing leaves unrecorded: as many events as requests, each found by its receipt. Row 16.3.2 of the security
//! requirements.

use child_index::domain::audit::receipts::Receipt;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::json;

use crate::apps::{Answer, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    every_operation_leaves_one_event_of_its_own,
    a_refusal_is_recorded_like_an_answer,
    what_was_shown_is_recorded_by_block,
    a_request_refused_before_a_decision_leaves_nothing,
);

fn everybody(app: &TestApp) -> Vec<Person<'_>> {
    vec![app.practitioner(), app.system(), app.manager(), app.auditor(), app.administrator(), app.nobody()]
}

/// Asserts that one event and no more was added, and that it is this answer's.
fn is_recorded(app: &TestApp, before: u64, answer: &Answer, action: &str) {
    let events = app.events_from(before);
    let new: Vec<_> = events.iter().filter(|event| event.action != "limit.alert").collect();
    assert_eq!(new.len(), 1, "{answer:?}");
    assert_eq!(new[0].action, action, "{answer:?}");
    let receipt = Receipt { index: new[0].index, leaf_hash: new[0].leaf_hash };
    assert_eq!(answer.header("audit-receipt"), receipt.to_string(), "{answer:?}");
    let payload = new[0].payload.as_ref().expect("a payload");
    let id = payload.request_id.expect("a request id").to_string();
    assert_eq!(answer.header("x-request-id"), id);
}

fn every_operation_leaves_one_event_of_its_own(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let people = [everybody(app), vec![app.practitioner().of(&school)]].concat();
    let place = app.scene(&child);
    for operation in app.operations() {
        for person in &people {
            let scene = app.same_scene(&place, &child);
            let version = operation.version(person, &scene);
            let before = app.log_size();
            let answer = operation.ask_for(person, &scene, &version);
            // Who is to lead is named in the body, and by then the child is shielded; so is who shares a team, and no carer is
            // shared.
            let unseen = ["propose_lead_professional", "join_child_team"].contains(&operation.id.as_str());
            assert!(answer.status < 500 && (answer.status != 422 || unseen), "{}: {}", answer.asked, answer.text);
            is_recorded(app, before, &answer, operation.action());
        }
    }
}

fn a_refusal_is_recorded_like_an_answer(app: &TestApp) {
    let child = app.a_child().add();
    let sealed = app.a_child().sealed().add();
    let nurse = app.practitioner();
    let lapsed = app.practitioner().change(|account| account.standing.trained_until = None);
    let check = |answer: &dyn Fn() -> Answer, status: u16, action: &str, outcome: &str| {
        let before = app.log_size();
        let answer = answer().with_status(status);
        is_recorded(app, before, &answer, action);
        assert_eq!(app.events_from(before)[0].outcome, outcome);
    };
    check(&|| nurse.get("/v1/children/000102030405060708090a0b0c0d0e0f00"), 404, "child.read", "not-found");
    check(&|| nurse.contacts(&sealed), 404, "child.contacts", "not-found");
    check(&|| lapsed.read(&child), 403, "child.read", "refused");
    check(&|| app.auditor().contacts(&child), 403, "child.contacts", "refused");
    check(&|| nurse.patch(&child.path(), "\"x\"", &json!({"sex": "M"})), 403, "child.change", "refused");
    check(&|| app.practitioner().with_one_factor().read(&child), 401, "child.read", "refused");
    check(&|| app.nobody().read(&child), 403, "child.read", "refused");
    let manager = app.manager();
    check(&|| manager.patch(&child.path(), "\"x\"", &json!({"sex": "M"})), 412, "child.change", "precondition-failed");
    let version = manager.version_of(&child.path());
    check(
        &|| manager.patch(&child.path(), &version, &json!({"died_on": "2027-01-01"})),
        422,
        "child.change",
        "invalid",
    );
}

fn what_was_shown_is_recorded_by_block(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let shown = |person: &Person<'_>| {
        person.read(&child).ok();
        let payload = app.events().pop().expect("an event").payload.expect("a payload");
        assert_eq!(payload.children.len(), 1);
        serde_json::to_value(&payload.children[0]).expect("JSON")
    };
    let to_teacher = shown(&app.practitioner().of(&school));
    let to_stranger = shown(&app.practitioner());
    assert!(to_teacher["shown"].as_array().expect("blocks").contains(&json!("address")), "{to_teacher}");
    assert!(to_stranger["withheld"].as_array().expect("blocks").contains(&json!("address")), "{to_stranger}");
    assert_eq!(to_teacher["id"], to_stranger["id"], "the child is one pseudonym");
    for told in [to_teacher, to_stranger] {
        assert!(!told.to_string().contains("High Street") && !told.to_string().contains(&child.number), "{told}");
    }
}

fn a_request_refused_before_a_decision_leaves_nothing(app: &TestApp) {
    let child = app.a_child().add();
    let before = app.log_size();
    let nurse = app.practitioner();
    nurse.search(&json!({"family_name": "Okafor"})).is_refused(422, "criteria-insufficient");
    nurse.clone().without_a_reason().read(&child).is_refused(400, "access-reason-missing");
    app.send("GET", &child.path(), &[], None).is_refused(401, "token-missing");
    assert_eq!(app.log_size(), before, "nothing was decided");
}
