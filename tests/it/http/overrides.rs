//! The override of a shield: a warning, one viewing for this very caller, and an investigation by somebody else.

use child_index::domain::accounts::{AccountStatus, Capability};
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    a_warning_comes_first_and_shows_nothing,
    an_acknowledged_warning_shows_the_record_once,
    an_acknowledgement_is_for_this_caller_child_and_ground_alone,
    an_acknowledgement_ends_after_five_minutes,
    of_two_who_use_it_at_once_one_sees_the_record,
    what_is_decided_meanwhile_binds,
    who_may_not_override_learns_nothing,
    only_shielded_records_are_overridden,
    overrides_are_counted,
    an_override_is_looked_into_by_somebody_else,
    everybody_else_still_sees_the_shield,
);

const AT: &str = "/override";

fn hidden(app: &TestApp) -> Known {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    app.a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 999111")
        .formerly("Chidera", "Obi")
        .with_identifier("nhs-number", "9000000009")
        .with(entry(&school, Service::School))
        .with(entry(&clinic, Service::SexualHealth))
        .shielded()
        .add()
}

fn because(ground: &str) -> Value {
    json!({ "ground": ground })
}

fn ask(person: &Person<'_>, child: &Known) -> Answer {
    person.post(&format!("{}{AT}", child.path()), &because("missing-child"))
}

/// The acknowledgement of a warning that this person is given.
fn warned(person: &Person<'_>, child: &Known) -> String {
    let warning = ask(person, child).with_status(409).json();
    assert_eq!(warning["code"], "override-warning");
    warning["acknowledgement"].as_str().expect("an acknowledgement").to_owned()
}

fn acknowledge(person: &Person<'_>, child: &Known, acknowledgement: &str) -> Answer {
    let body = json!({"ground": "missing-child", "acknowledgement": acknowledgement});
    person.post(&format!("{}{AT}", child.path()), &body)
}

fn may_override(app: &TestApp) -> Person<'_> {
    app.practitioner().with(Capability::Override)
}

fn a_warning_comes_first_and_shows_nothing(app: &TestApp) {
    let child = hidden(app);
    let answer = ask(&may_override(app), &child);
    let warning = answer.json();
    assert_eq!((answer.status, &warning["code"]), (409, &json!("override-warning")));
    assert_eq!(warning["expires_at"], "2026-11-20T10:05:00Z");
    assert!(warning["detail"].as_str().is_some_and(|detail| detail.contains("investigated")), "{warning}");
    for value in ["Hideaway", "BA14", "Ada", "Obi", "Okafor", "9000000009"] {
        assert!(!answer.text.contains(value), "{value} in {}", answer.text);
    }
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("override.warned", "held"));
    let told = event.payload.expect("a payload").children;
    assert!(told.len() == 1 && told[0].shown.is_empty(), "{told:?}");
}

fn an_acknowledged_warning_shows_the_record_once(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app);
    let acknowledgement = warned(&nurse, &child);
    let seen = acknowledge(&nurse, &child, &acknowledgement).ok();
    assert_eq!(seen["record"]["address"]["postcode"], "BA14 8JN");
    assert_eq!(seen["record"]["carers"][0]["phone"], "01225 999111");
    assert_eq!(seen["record"]["other_names"][0]["family"], "Obi");
    assert!(seen["record"].get("identifiers").is_none(), "identifiers stay hidden: {seen}");
    assert_eq!(seen["contacts"]["involvements"][0]["service"], "school");
    assert_eq!(seen["contacts"]["involvements"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["contacts"]["withheld"][0]["what"], "sensitive-service", "their existence, and no more");
    acknowledge(&nurse, &child, &acknowledgement).is_refused(409, "warning-over");
    assert!(nurse.read(&child).ok().get("address").is_none());
    let events = app.events();
    let event = events.iter().find(|event| event.action == "override.viewed").expect("an event");
    let told = &event.payload.as_ref().expect("a payload").children[0];
    for block in ["address", "carers", "other-names", "involvements"] {
        assert!(told.shown.iter().any(|shown| shown.as_ref() == block), "{block} in {told:?}");
    }
    assert!(told.withheld.iter().any(|withheld| withheld.as_ref() == "identifiers"), "{told:?}");
}

fn an_acknowledgement_is_for_this_caller_child_and_ground_alone(app: &TestApp) {
    let (child, other) = (hidden(app), app.a_child().named("Ruth", "Adeyemi").shielded().add());
    let (nurse, teacher) = (may_override(app), may_override(app));
    let acknowledgement = warned(&nurse, &child);
    acknowledge(&teacher, &child, &acknowledgement).is_refused(409, "warning-over");
    acknowledge(&nurse, &other, &acknowledgement).is_refused(409, "warning-over");
    acknowledge(&nurse.clone().with_a_new_token(), &child, &acknowledgement).is_refused(409, "warning-over");
    let body = json!({"ground": "court-order", "acknowledgement": acknowledgement});
    nurse.post(&format!("{}{AT}", child.path()), &body).is_refused(409, "warning-over");
    acknowledge(&nurse, &child, "0191d3a0-5f5e-7cc0-8000-0123456789ae").is_refused(409, "warning-over");
    acknowledge(&nurse, &child, &acknowledgement).ok();
}

fn an_acknowledgement_ends_after_five_minutes(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app);
    let (first, second) = (warned(&nurse, &child), warned(&nurse, &child));
    app.it_is("2026-11-20T10:04:59Z");
    acknowledge(&nurse, &child, &first).ok();
    app.it_is("2026-11-20T10:05:00Z");
    acknowledge(&nurse, &child, &second).is_refused(409, "warning-over");
}

fn of_two_who_use_it_at_once_one_sees_the_record(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app);
    let acknowledgement = warned(&nurse, &child);
    let statuses = std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| acknowledge(&nurse, &child, &acknowledgement).status));
        let mut statuses = both.map(|each| each.join().expect("an answer"));
        statuses.sort_unstable();
        statuses
    });
    assert_eq!(statuses, [200, 409]);
}

fn what_is_decided_meanwhile_binds(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app);
    let acknowledgement = warned(&nurse, &child);
    let without = nurse.clone().change(|account| account.capabilities.clear());
    acknowledge(&without, &child, &acknowledgement).is_refused(403, "capability-missing");
    let suspended = without.with(Capability::Override).change(|account| account.status = AccountStatus::Suspended);
    acknowledge(&suspended, &child, &acknowledgement).is_refused(403, "account-suspended");
    let back = suspended.change(|account| account.status = AccountStatus::Active);
    acknowledge(&back, &child, &acknowledgement).ok();
}

fn who_may_not_override_learns_nothing(app: &TestApp) {
    let (child, plain) = (hidden(app), app.a_child().named("Ruth", "Adeyemi").add());
    let sealed = app.a_child().named("Sal", "Adeyemi").sealed().add();
    let through = may_override(app).acting_through(&app.system());
    for person in [app.practitioner(), app.manager(), app.system(), through] {
        for known in [&child, &plain, &sealed] {
            ask(&person, known).is_refused(403, "capability-missing");
        }
    }
    for person in [app.auditor(), app.administrator()] {
        ask(&person.with(Capability::Override), &child).is_refused(403, "role-not-permitted");
    }
    ask(&may_override(app), &sealed).is_refused(404, "not-found");
    let old = may_override(app).logged_in_long_ago();
    let answer = ask(&old, &child);
    answer.is_refused(401, "insufficient-user-authentication");
    assert!(answer.header("www-authenticate").contains("max_age=\"900\""), "{}", answer.header("www-authenticate"));
}

fn only_shielded_records_are_overridden(app: &TestApp) {
    let plain = app.a_child().add();
    ask(&may_override(app), &plain).is_refused(409, "not-shielded");
    let archived = app.a_child().named("Old", "Adeyemi").born("2008-11-19").shielded().add();
    ask(&may_override(app), &archived).is_refused(404, "not-found");
    let path = format!("{}{AT}", plain.path());
    may_override(app).post(&path, &because("curiosity")).is_refused(422, "invalid-body");
    may_override(app).post(&path, &json!({"ground": "court-order", "note": "x"})).is_refused(422, "invalid-body");
}

fn overrides_are_counted(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app).because_of("safeguarding");
    for _ in 0..5 {
        let acknowledgement = warned(&nurse, &child);
        acknowledge(&nurse, &child, &acknowledgement).ok();
    }
    let acknowledgement = warned(&nurse, &child);
    acknowledge(&nurse, &child, &acknowledgement).is_refused(429, "rate-limited");
    // A refusal uses nothing up and opens no investigation.
    let open = app.manager().get("/v1/cases?kind=investigation").ok();
    assert_eq!(open["cases"].as_array().map(Vec::len), Some(5));
    app.it_is("2026-11-21T00:00:00Z");
    let acknowledgement = warned(&nurse, &child);
    acknowledge(&nurse, &child, &acknowledgement).ok();
}

fn an_override_is_looked_into_by_somebody_else(app: &TestApp) {
    let child = hidden(app);
    let viewer = app.manager().with(Capability::Override);
    let acknowledgement = warned(&viewer, &child);
    acknowledge(&viewer, &child, &acknowledgement).ok();
    let listed = viewer.get("/v1/cases?kind=investigation").ok();
    let case = format!("/v1/cases/{}", listed["cases"][0]["id"].as_str().expect("an id"));
    let outcome = json!({"outcome": "justified"});
    viewer.post_nothing(&format!("{case}/take")).is_refused(403, "not-for-yourself");
    viewer.post(&format!("{case}/close"), &outcome).is_refused(403, "not-for-yourself");
    let other = app.manager();
    other.post(&format!("{case}/close"), &outcome).is_refused(409, "case-not-taken");
    other.post_nothing(&format!("{case}/take")).ok();
    other.post(&format!("{case}/close"), &json!({"outcome": "released"})).is_refused(422, "invalid-body");
    app.manager().in_area(ELSEWHERE).post(&format!("{case}/close"), &outcome).is_refused(404, "not-found");
    let closed = other.post(&format!("{case}/close"), &outcome).ok();
    assert_eq!((&closed["kind"], &closed["outcome"]), (&json!("investigation"), &json!("justified")));
    other.post(&format!("{case}/close"), &outcome).is_refused(404, "not-found");
    // Looking into it opened nothing of the record.
    assert!(other.read(&child).ok().get("address").is_none());
    let event = app.events().into_iter().rev().find(|event| event.action == "override.closed").expect("an event");
    assert_eq!(event.outcome, "changed");
}

fn everybody_else_still_sees_the_shield(app: &TestApp) {
    let child = hidden(app);
    let nurse = may_override(app);
    let other = app.practitioner();
    let before = other.read(&child);
    let acknowledgement = warned(&nurse, &child);
    acknowledge(&nurse, &child, &acknowledgement).ok();
    let after = other.read(&child);
    assert_eq!((before.text.as_str(), before.header("etag")), (after.text.as_str(), after.header("etag")));
}
