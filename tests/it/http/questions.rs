//! The auditors' questions, each one call: whose, through what, for whom, what was shown, what a breach touched, and from
//! a complainant's name to the accesses.

use child_index::domain::accounts::Capability;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    each_question_is_one_call,
    a_breach_lists_each_child_once,
    a_breach_shows_no_more_than_its_events,
    a_complainants_name_leads_to_the_accesses_and_not_to_the_record,
    a_complaint_finds_one_child_or_nobody,
);

const EVENTS: &str = "/v1/audit/events/search";
const BREACH: &str = "/v1/audit/breach-scope/search";
const COMPLAINTS: &str = "/v1/audit/complaints/search";
const ENGLAND: &str = "E92000001";

/// What an auditor finds, without what auditors did.
fn found(auditor: &Person<'_>, question: &Value) -> Vec<Value> {
    let answer = auditor.post(EVENTS, question).ok();
    let events = answer["events"].as_array().expect("events").clone();
    events.into_iter().filter(|event| !event["action"].as_str().expect("an action").starts_with("audit.")).collect()
}

fn each_question_is_one_call(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").with(entry(&school, Service::School)).add();
    let (teacher, nurse, system) = (app.practitioner().of(&school), app.practitioner(), app.system());
    teacher.read(&child).ok();
    nurse.clone().acting_through(&system).read(&child).ok();
    nurse.search(&json!({"family_name": "Nobody", "date_of_birth": "2011-01-01"})).ok();
    let auditor = app.auditor();
    let count = |question: Value| found(&auditor, &question).len();
    assert_eq!(count(json!({"child_id": child.number})), 2);
    assert_eq!(count(json!({"system": system.account.id.to_string()})), 1);
    assert_eq!(count(json!({"system": nurse.account.id.to_string()})), 0);
    assert_eq!(count(json!({"on_behalf_of": nurse.account.id.to_string()})), 0);
    assert_eq!(count(json!({"action": "child.search", "outcome": "none"})), 1);
    assert_eq!(count(json!({"shown": "address"})), 1);
    // Did organisation X receive Y before time T?
    let received = |to: &str| {
        count(json!({"organisation": school.id.to_string(), "child_id": child.number, "shown": "address", "to": to}))
    };
    assert_eq!((received("2026-11-20T10:00:01Z"), received("2026-11-20T10:00:00Z")), (1, 0));
    let event = found(&auditor, &json!({"account": teacher.account.id.to_string()})).remove(0);
    let rules = json!(["practitioner", "with-relationship", "own-entries"]);
    assert_eq!(event["children"][0]["rules"], rules, "{event}");
    let token = event["token"].as_str().expect("a token").to_owned();
    assert_eq!(count(json!({"token": token})), 1);
    assert_eq!(count(json!({"token": "0".repeat(32)})), 0);
}

fn a_breach_lists_each_child_once(app: &TestApp) {
    let nurse = app.practitioner();
    let children: Vec<_> = (0..5).map(|_| app.a_child().add()).collect();
    for child in [&children[0], &children[1], &children[0], &children[2], &children[3], &children[1]] {
        nurse.contacts(child).ok();
    }
    app.practitioner().contacts(&children[4]).ok();
    let auditor = app.auditor();
    let mut body = json!({"account": nurse.account.id.to_string(), "from": "2026-11-20T00:00:00Z",
                          "to": "2026-11-21T00:00:00Z", "limit": 2});
    let mut touched = Vec::new();
    loop {
        let page = auditor.post(BREACH, &body).ok();
        touched.extend(page["children"].as_array().expect("children").clone());
        if page["next"].is_null() {
            break;
        }
        body["cursor"] = page["next"].clone();
    }
    let told: Vec<_> =
        touched.iter().map(|child| (child["id"].as_str().expect("a number"), &child["events"])).collect();
    let expected =
        [(1, 2), (3, 1), (2, 1), (0, 2)].map(|(child, count)| (children[child].number.as_str(), json!(count)));
    assert_eq!(told, expected.each_ref().map(|(number, count)| (*number, count)));
    assert!(touched[0]["shown"].as_array().expect("blocks").contains(&json!("identity")));
    let later = json!({"account": nurse.account.id.to_string(), "from": "2026-11-21T00:00:00Z",
                       "to": "2026-11-22T00:00:00Z"});
    assert_eq!(auditor.post(BREACH, &later).ok()["children"], json!([]));
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("audit.breach-scope", "none"));
}

fn a_breach_shows_no_more_than_its_events(app: &TestApp) {
    let manager = app.manager();
    let hidden = app.a_child().living_at("1 Safe Lane", "BA14 8JN").shielded().add();
    let stranger = app.practitioner().in_area(ELSEWHERE);
    manager.read(&hidden).ok();
    stranger.read(&hidden).ok();
    let times = |account: &Person<'_>| json!({"account": account.account.id.to_string(), "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"});
    let local = app.auditor();
    let touched = local.post(BREACH, &times(&manager)).ok();
    assert_ne!(touched["children"][0]["id"], json!(hidden.number), "{touched}");
    assert_eq!(touched["children"][0]["shown"], json!([]), "{touched}");
    assert_eq!(local.post(BREACH, &times(&stranger)).ok()["children"], json!([]), "of another area");
    let national = app.auditor().in_area(ENGLAND).with(Capability::SealedClearance);
    let touched = national.post(BREACH, &times(&stranger)).ok();
    assert_eq!(touched["children"][0]["shown"], json!(["identity"]), "{touched}");
}

fn complaint(name: (&str, &str), born: &str) -> Value {
    json!({"given_name": name.0, "family_name": name.1, "date_of_birth": born})
}

fn a_complainants_name_leads_to_the_accesses_and_not_to_the_record(app: &TestApp) {
    let child = app.a_child().named("Ngozi", "Adeyemi").born("2012-05-06").living_at("7 Mill Row", "BA14 8JN").add();
    let nurse = app.practitioner();
    nurse.contacts(&child).ok();
    let auditor = app.auditor();
    let answer = auditor.post(COMPLAINTS, &complaint(("Ngozi", "Adeyemi"), "2012-05-06")).with_status(200);
    assert!(!answer.text.contains("Mill Row") && !answer.text.contains("BA14"), "{}", answer.text);
    let told = answer.ok();
    assert_eq!(told["events"][0]["actor"]["id"], json!(nurse.account.id.to_string()));
    let subject = told["subject"].as_str().expect("a name in the log").to_owned();
    assert_eq!(found(&auditor, &json!({"subject": subject})).len(), 1);
    auditor.post(EVENTS, &json!({"subject": subject, "child_id": child.number})).is_refused(422, "invalid-body");
    let looked_up = app.events().into_iter().find(|event| event.action == "audit.look-up").expect("an event");
    assert_eq!((looked_up.outcome.as_str(), looked_up.children_disclosed), ("disclosed", 0));
}

fn a_complaint_finds_one_child_or_nobody(app: &TestApp) {
    app.a_child().named("Ada", "Twin").born("2013-01-02").add();
    app.a_child().named("Ada", "Twin").born("2013-01-02").add();
    app.a_child().named("Secret", "Sealed").born("2014-01-02").sealed().add();
    let shielded =
        app.a_child().named("Hidden", "Shielded").born("2014-03-04").formerly("Old", "Name").shielded().add();
    app.practitioner().read(&shielded).ok();
    let (auditor, cleared) = (app.auditor(), app.auditor().with(Capability::SealedClearance));
    let ask = |who: &Person<'_>, name, born| who.post(COMPLAINTS, &complaint(name, born)).ok();
    let nothing = json!({"subject": null, "events": [], "next": null});
    for (name, born) in
        [(("Ada", "Twin"), "2013-01-02"), (("Zed", "Nobody"), "2013-01-02"), (("Old", "Name"), "2014-03-04")]
    {
        assert_eq!(ask(&auditor, name, born), nothing, "{name:?}");
    }
    assert_eq!(ask(&auditor, ("Secret", "Sealed"), "2014-01-02"), nothing);
    assert_ne!(ask(&cleared, ("Secret", "Sealed"), "2014-01-02")["subject"], Value::Null);
    let told = ask(&auditor, ("Hidden", "Shielded"), "2014-03-04");
    assert_eq!(told["events"][0]["children"][0]["id"], told["subject"], "{told}");
    assert_eq!(told["events"][0]["organisation"], Value::Null, "{told}");
    app.practitioner()
        .post(COMPLAINTS, &complaint(("Ada", "Twin"), "2013-01-02"))
        .is_refused(403, "role-not-permitted");
}
