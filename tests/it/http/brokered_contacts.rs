//! Brokered contact: asked, worked and answered, and neither side learning what it may not.

use child_index::domain::accounts::AccountStatus;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    a_contact_is_brokered_from_asking_to_closing,
    asking_tells_nothing_of_what_is_withheld,
    the_asker_is_told_nothing_of_the_service,
    a_manager_sees_the_service_only_inside_the_case,
    a_team_elsewhere_brokers_and_sees_nothing_else,
    a_request_exists_for_its_sides_alone,
    nobody_brokers_what_they_asked_themselves,
    only_what_is_withheld_is_forwarded,
    withdrawn_consent_takes_the_request_from_the_service,
    nobody_is_put_in_touch_with_a_suspended_account,
    the_same_key_asks_once_and_not_after_a_suspension,
    a_step_is_taken_once,
    an_urgent_request_is_overdue_by_the_clock,
    consent_is_withdrawn_once_and_hides_at_once,
    an_entry_that_does_not_stand_on_consent_stays,
);

fn requests(child: &Known) -> String {
    format!("{}/brokered-contacts", child.path())
}

fn joint_work() -> Value {
    json!({"need": "joint-work"})
}

fn ask(person: &Person<'_>, child: &Known) -> String {
    let asked = person.post(&requests(child), &joint_work()).with_status(201);
    let id = asked.json()["id"].as_str().expect("an id").to_owned();
    let at = format!("{}/{id}", requests(child));
    assert_eq!(asked.header("location"), at);
    at
}

fn step(person: &Person<'_>, at: &str, body: &Value) -> Answer {
    person.post(&format!("{at}/steps"), body)
}

fn forward(child: &Known) -> Value {
    json!({"step": "forward", "involvement": child.entries[0]})
}

fn take(manager: &Person<'_>, at: &str) {
    step(manager, at, &json!({"step": "take"})).ok();
}

fn at_a_clinic(app: &TestApp) -> (Organisation, Known) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().known_to(&clinic, Service::SexualHealth).add();
    (clinic, child)
}

fn listed(person: &Person<'_>) -> Vec<Value> {
    person.get("/v1/brokered-contacts").ok()["brokered_contacts"].as_array().expect("a list").clone()
}

fn a_contact_is_brokered_from_asking_to_closing(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let (teacher, manager, nurse) = (app.practitioner(), app.manager(), app.practitioner().of(&clinic));
    let at = ask(&teacher, &child);
    assert_eq!(listed(&manager)[0]["child_id"], child.number.as_str());
    assert!(listed(&nurse).is_empty(), "not forwarded yet");
    nurse.get(&at).is_refused(404, "not-found");

    take(&manager, &at);
    let forwarded = step(&manager, &at, &forward(&child)).ok();
    assert_eq!((&forwarded["state"], &forwarded["involvement"]), (&json!("forwarded"), &json!(child.entries[0])));
    let work = listed(&nurse);
    assert_eq!((work.len(), &work[0]["part"]), (1, &json!("provider")));
    assert_eq!(work[0]["asked_by"]["name"], teacher.account.name.as_str());
    assert_eq!(step(&nurse, &at, &json!({"step": "accept"})).ok()["state"], "accepted");

    let closed = step(&manager, &at, &json!({"step": "close", "outcome": "in-touch"})).ok();
    assert_eq!((&closed["state"], closed.get("involvement")), (&json!("closed"), None));
    let told = teacher.get(&at).ok();
    assert_eq!((&told["state"], &told["outcome"]), (&json!("closed"), &json!("in-touch")));
    assert!(listed(&manager).is_empty() && listed(&nurse).is_empty() && listed(&teacher).is_empty());
    nurse.get(&at).is_refused(404, "not-found");
    ask(&teacher, &child);
}

fn asking_tells_nothing_of_what_is_withheld(app: &TestApp) {
    let (_, sensitive) = at_a_clinic(app);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let withdrawn = app.a_child().with(entry(&clinic, Service::SexualHealth).withdrawn()).add();
    let (plain, shielded, elsewhere) =
        (app.a_child().add(), app.a_child().shielded().add(), app.a_child().in_area(ELSEWHERE).add());
    let teacher = app.practitioner();
    let told = |child: &Known| {
        let asked = teacher.post(&requests(child), &joint_work()).with_status(201);
        let mut body = asked.json();
        body.as_object_mut().expect("a body").remove("id");
        let names: Vec<_> = asked.headers.keys().map(ToString::to_string).collect();
        (body, names)
    };
    let expected = told(&plain);
    for child in [&sensitive, &withdrawn, &shielded, &elsewhere] {
        assert_eq!(told(child), expected);
    }
}

fn the_asker_is_told_nothing_of_the_service(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let (teacher, manager, nurse) = (app.practitioner(), app.manager(), app.practitioner().of(&clinic));
    let at = ask(&teacher, &child);
    let before = teacher.get(&at).likeness();
    take(&manager, &at);
    step(&manager, &at, &forward(&child)).ok();
    assert_eq!(teacher.get(&at).likeness(), before);
    step(&nurse, &at, &json!({"step": "decline", "reason": "risk-of-harm"})).ok();
    assert_eq!(teacher.get(&at).likeness(), before);
    assert_eq!(manager.get(&at).ok()["decline_reason"], "risk-of-harm");
    step(&manager, &at, &json!({"step": "close", "outcome": "not-in-touch"})).ok();
    let all = format!("{}{}", teacher.get(&at).text, teacher.get(&requests(&child)).text);
    for hidden in ["risk-of-harm", "involvement", "declined", clinic.name.as_str(), nurse.account.name.as_str()] {
        assert!(!all.contains(hidden), "{hidden}: {all}");
    }
}

fn services(answer: &Value) -> Vec<&str> {
    let all = answer["involvements"].as_array().expect("involvements");
    all.iter().map(|each| each["service"].as_str().expect("a service")).collect()
}

fn a_manager_sees_the_service_only_inside_the_case(app: &TestApp) {
    let (_, child) = at_a_clinic(app);
    let (manager, colleague) = (app.manager(), app.manager());
    let at = ask(&app.practitioner(), &child);
    assert!(services(&manager.contacts(&child).ok()).is_empty());
    step(&manager, &at, &forward(&child)).is_refused(409, "contact-not-taken");
    take(&manager, &at);
    assert_eq!(services(&manager.contacts(&child).ok()), ["sexual-health"]);
    assert!(services(&colleague.contacts(&child).ok()).is_empty());
    step(&colleague, &at, &forward(&child)).is_refused(409, "contact-not-taken");
    take(&colleague, &at);
    assert!(services(&manager.contacts(&child).ok()).is_empty(), "it is the colleague's now");
    step(&colleague, &at, &json!({"step": "close", "outcome": "not-in-touch"})).ok();
    assert!(services(&colleague.contacts(&child).ok()).is_empty());
}

fn a_team_elsewhere_brokers_and_sees_nothing_else(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").known_to(&clinic, Service::SexualHealth).add();
    let teacher = app.practitioner().in_area(ELSEWHERE);
    let (here, there) = (app.manager(), app.manager().in_area(ELSEWHERE));
    let at = ask(&teacher, &child);
    here.get(&at).is_refused(404, "not-found");
    take(&there, &at);
    assert_eq!(services(&there.contacts(&child).ok()), ["sexual-health"]);
    assert!(!there.read(&child).text.contains("High Street"));
    step(&there, &at, &forward(&child)).ok();

    let hidden = app.a_child().shielded().known_to(&clinic, Service::SexualHealth).add();
    let at = ask(&teacher, &hidden);
    take(&there, &at);
    assert!(services(&there.contacts(&hidden).ok()).is_empty());
    step(&there, &at, &forward(&hidden)).is_refused(422, "invalid-body");
}

fn a_request_exists_for_its_sides_alone(app: &TestApp) {
    let (_, child) = at_a_clinic(app);
    let other = app.a_child().add();
    let teacher = app.practitioner();
    let at = ask(&teacher, &child);
    let stranger = app.practitioner();
    let unknown = format!("{}/0191d3a0-5f5e-7cc0-8000-0123456789ae", requests(&child));
    assert_eq!(stranger.get(&at).likeness(), stranger.get(&unknown).likeness());
    assert_eq!(stranger.get(&requests(&child)).ok(), json!({"brokered_contacts": []}));
    step(&stranger, &at, &json!({"step": "accept"})).is_refused(404, "not-found");
    teacher.get(&at.replace(&child.number, &other.number)).is_refused(404, "not-found");
    step(&teacher, &at, &json!({"step": "take"})).is_refused(403, "role-not-permitted");
    app.system().post(&requests(&child), &joint_work()).is_refused(403, "role-not-permitted");
    let sealed = app.a_child().sealed().add();
    teacher.post(&requests(&sealed), &joint_work()).is_refused(404, "not-found");
}

fn nobody_brokers_what_they_asked_themselves(app: &TestApp) {
    let (_, child) = at_a_clinic(app);
    let manager = app.manager();
    let at = ask(&manager, &child);
    step(&manager, &at, &json!({"step": "take"})).is_refused(403, "role-not-permitted");
    assert!(services(&manager.contacts(&child).ok()).is_empty());
}

fn only_what_is_withheld_is_forwarded(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let manager = app.manager();
    let at = ask(&app.practitioner(), &child);
    take(&manager, &at);
    step(&manager, &at, &forward(&child)).is_refused(422, "invalid-body");
    let nothing = json!({"step": "forward", "involvement": child.entries[0] % 999_999 + 1});
    let answer = step(&manager, &at, &nothing);
    answer.is_refused(422, "invalid-body");
    assert_eq!(answer.pointers(), "/involvement");
}

fn withdrawn_consent_takes_the_request_from_the_service(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let (manager, nurse) = (app.manager(), app.practitioner().of(&clinic));
    let at = ask(&app.practitioner(), &child);
    take(&manager, &at);
    step(&manager, &at, &forward(&child)).ok();
    nurse.post_nothing(&format!("{}/withdraw-consent", child.entry(0))).ok();
    nurse.get(&at).is_refused(404, "not-found");
    step(&nurse, &at, &json!({"step": "accept"})).is_refused(404, "not-found");
    assert!(listed(&nurse).is_empty());
    assert_eq!(manager.get(&at).ok().get("involvement"), None);
}

fn nobody_is_put_in_touch_with_a_suspended_account(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let (manager, nurse) = (app.manager(), app.practitioner().of(&clinic));
    let teacher = app.practitioner();
    let at = ask(&teacher, &child);
    take(&manager, &at);
    step(&manager, &at, &forward(&child)).ok();
    teacher.change(|account| account.status = AccountStatus::Suspended);
    step(&nurse, &at, &json!({"step": "accept"})).is_refused(409, "contact-out-of-step");
    step(&nurse, &at, &json!({"step": "decline", "reason": "risk-of-harm"})).ok();
    step(&manager, &at, &forward(&child)).is_refused(409, "contact-out-of-step");
}

fn the_same_key_asks_once_and_not_after_a_suspension(app: &TestApp) {
    let (_, child) = at_a_clinic(app);
    let teacher = app.practitioner();
    let first = teacher.post_with_key("k-1", &requests(&child), &joint_work()).with_status(201);
    let again = teacher.post_with_key("k-1", &requests(&child), &joint_work()).with_status(201);
    assert_eq!(first.json(), again.json());
    teacher.post(&requests(&child), &joint_work()).is_refused(409, "contact-already-asked");
    teacher
        .post_with_key("k-1", &requests(&child), &json!({"need": "referral"}))
        .is_refused(422, "idempotency-key-reused");
    let other = app.a_child().add();
    teacher.post_with_key("k-1", &requests(&other), &joint_work()).is_refused(422, "idempotency-key-reused");
    let teacher = teacher.change(|account| account.status = AccountStatus::Suspended);
    teacher.post_with_key("k-1", &requests(&child), &joint_work()).is_refused(403, "account-suspended");
}

fn a_step_is_taken_once(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let (manager, nurse) = (app.manager(), app.practitioner().of(&clinic));
    let at = ask(&app.practitioner(), &child);
    take(&manager, &at);
    step(&manager, &at, &forward(&child)).ok();
    step(&manager, &at, &forward(&child)).is_refused(409, "contact-out-of-step");
    step(&nurse, &at, &json!({"step": "accept"})).ok();
    step(&nurse, &at, &json!({"step": "decline", "reason": "no-consent"})).is_refused(409, "contact-out-of-step");
    step(&manager, &at, &json!({"step": "close", "outcome": "in-touch"})).ok();
    step(&manager, &at, &json!({"step": "take"})).is_refused(409, "contact-out-of-step");
}

fn an_urgent_request_is_overdue_by_the_clock(app: &TestApp) {
    let child = app.a_child().add();
    let teacher = app.practitioner();
    let asked = teacher.post(&requests(&child), &json!({"need": "urgent-safety"})).with_status(201).json();
    assert_eq!(asked["overdue"], false);
    app.clock.advance(2 * child_index::domain::instants::HOUR);
    assert_eq!(listed(&teacher)[0]["overdue"], true);
}

fn consent_is_withdrawn_once_and_hides_at_once(app: &TestApp) {
    let (clinic, child) = at_a_clinic(app);
    let nurse = app.practitioner().of(&clinic);
    let withdrawal = format!("{}/withdraw-consent", child.entry(0));
    app.practitioner().post_nothing(&withdrawal).is_refused(404, "not-found");
    nurse.post_nothing(&withdrawal).ok();
    nurse.post_nothing(&withdrawal).is_refused(404, "not-found");
    for reader in [app.practitioner(), nurse, app.manager()] {
        let answer = reader.contacts(&child).ok();
        assert_eq!((&answer["involvements"], &answer["withheld"]), (&json!([]), &json!([])));
    }
}

fn an_entry_that_does_not_stand_on_consent_stays(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let withdrawal = format!("{}/withdraw-consent", child.entry(0));
    app.practitioner().of(&school).post_nothing(&withdrawal).is_refused(409, "no-consent-recorded");
    app.practitioner().post_nothing(&withdrawal).is_refused(403, "not-your-organisations-entry");
}
