//! The auditor's desk as a whole: what is told of one child, what a team looked at, alerts worked through, and nothing that
//! leads a local auditor to where a hidden child is, whatever is asked.

use child_index::app::watching::watch;
use child_index::domain::accounts::Capability;
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::instants::DAY;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::{organisations, watching};
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::apps::{AREA, ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    who_saw_this_child_is_told_whole,
    what_a_team_looked_at_is_one_question,
    a_sensitive_team_is_not_asked_after,
    who_works_in_a_team_is_kept,
    an_alert_is_worked_through,
    nothing_leads_a_local_auditor_to_a_hidden_child,
    one_who_is_asked_answers,
);

const EVENTS: &str = "/v1/audit/events/search";
const ALERTS: &str = "/v1/audit/alerts";

fn looked_at(app: &TestApp) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(watch(&app.index)).expect("a round")
}

fn told(auditor: &Person<'_>, question: &Value) -> Vec<Value> {
    let answer = auditor.post(EVENTS, question).ok();
    answer["events"].as_array().expect("events").clone()
}

fn who_saw_this_child_is_told_whole(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .named("Ngozi", "Adeyemi")
        .born("2012-05-06")
        .living_at("12 High Street", "BA14 8JN")
        .with(entry(&school, Service::School))
        .add();
    let (teacher, system, manager) = (app.practitioner().of(&school), app.system(), app.manager());
    let path = child.path();
    let criteria = json!({"family_name": "Adeyemi", "given_name": "Ngozi", "date_of_birth": "2012-05-06"});
    teacher.search(&criteria).ok();
    teacher.clone().because_of("safeguarding").read(&child).ok();
    teacher.clone().acting_through(&system).contacts(&child).ok();
    teacher.get(&child.involvements()).ok();
    manager.change_at(&path, &json!({"sex": "M"})).ok();
    manager.post(&format!("{path}/match-explanation"), &criteria);
    teacher.post(&child.involvements(), &json!({"service": "fire-and-rescue", "started_on": "2026-09-02"}));
    teacher.post(&format!("{path}/brokered-contacts"), &json!({"need": "joint-work"}));
    let point = app.access_point(&app.organisation(OrganisationKind::LocalAuthority), &["BA14"]);
    app.manager().post(
        "/v1/enquiries",
        &json!({"access_point": point, "child_id": child.number, "caller": "practitioner", "need": "early-help"}),
    );
    let recorded: Vec<u64> = app
        .events()
        .iter()
        .filter(|event| event.payload.as_ref().is_some_and(|payload| !payload.children.is_empty()))
        .map(|event| event.index)
        .collect();
    assert!(recorded.len() >= 7, "{recorded:?}");
    let auditor = app.auditor().with(Capability::SealedClearance);
    let events = told(&auditor, &json!({"child_id": child.number}));
    let mut indexes: Vec<u64> = events.iter().map(|event| event["index"].as_u64().expect("an index")).collect();
    indexes.reverse();
    assert_eq!(indexes, recorded, "every event that names the child, and no other");
    for event in &events {
        assert!(event["at"].is_string() && event["actor"]["name"].is_string(), "{event}");
        assert!(event["organisation"]["name"].is_string() && event["reason"].is_string(), "{event}");
        let about = event["children"].as_array().expect("children");
        // What is told of a hidden service is about a pseudonym, to every auditor.
        let about = about.iter().find(|each| each["id"] == json!(child.number)).unwrap_or(&about[0]);
        if about["shown"].as_array().is_some_and(|shown| !shown.is_empty()) {
            // What did they know on that day: which blocks, of which version, by which rules of which policy.
            assert!(about["version"].is_number() && event["policy"].is_string(), "{event}");
            assert!(about["rules"].as_array().is_some_and(|rules| !rules.is_empty()), "{event}");
        }
    }
    let of = |action: &str| events.iter().rfind(|event| event["action"] == action).expect("an event");
    assert_eq!(of("child.read")["reason"], "safeguarding");
    assert_eq!(of("child.contacts")["system"]["id"], json!(system.account.id.to_string()));
    assert_eq!(of("child.contacts")["actor"]["id"], json!(teacher.account.id.to_string()));
    let (before, after) = (&of("child.read")["children"][0], &of("child.change")["children"][0]);
    assert!(before["version"].as_i64() <= after["version"].as_i64(), "{before} {after}");
}

fn members(school: &child_index::domain::organisations::Organisation, team: impl std::fmt::Display) -> String {
    format!("/v1/organisations/{}/teams/{team}/members", school.id)
}

fn what_a_team_looked_at_is_one_question(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let team = app.team(&school, "Pastoral team", false);
    let (ada, bea, cam) =
        (app.practitioner().of(&school), app.practitioner().of(&school), app.practitioner().of(&school));
    let (child, manager, auditor) = (app.a_child().add(), app.manager(), app.auditor());
    let minute = |minute: u8| app.it_is(&format!("2026-11-20T10:{minute:02}:00Z"));
    ada.read(&child).ok();
    minute(1);
    let join = |who: &Person<'_>, member: bool| {
        let body = json!({"account": who.account.id.to_string(), "member": member});
        manager.post(&members(&school, team.id), &body).ok()
    };
    join(&ada, true);
    join(&bea, true);
    minute(2);
    for person in [&ada, &bea, &cam] {
        person.contacts(&child).ok();
    }
    minute(3);
    assert_eq!(join(&ada, false)["since"], Value::Null);
    minute(4);
    ada.read(&child).ok();
    bea.read(&child).ok();
    // Who has gone to another organisation does not work for the team there.
    let bea = bea.of(&app.organisation(OrganisationKind::School));
    minute(5);
    bea.read(&child).ok();
    let question = |more: Value| {
        let mut question = json!({"team": team.id.to_string()});
        question.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        question
    };
    let found = |more: Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let events = told(&auditor, &question(more));
        events.iter().map(|event| (text(&event["actor"]["name"]), text(&event["at"]))).collect()
    };
    let expected = [(&bea, "10:04"), (&bea, "10:02"), (&ada, "10:02")]
        .map(|(who, at)| (who.account.name.clone(), format!("2026-11-20T{at}:00Z")));
    assert_eq!(found(json!({})), expected);
    assert_eq!(found(json!({"action": "child.read"})).len(), 1);
    assert_eq!(found(json!({"child_id": child.number})).len(), 3);
    assert_eq!(found(json!({"account": ada.account.id.to_string()})).len(), 1);
    assert_eq!(found(json!({"limit": 1})).len(), 1);
    let lines = auditor.send(
        "POST",
        EVENTS,
        &[("Accept", "application/x-ndjson")],
        Some(question(json!({})).to_string().as_bytes()),
    );
    assert_eq!(lines.with_status(200).text.lines().count(), 3);
    assert_eq!(told(&auditor, &json!({"team": school.id.to_string()})).len(), 0, "no team");
}

fn a_sensitive_team_is_not_asked_after(app: &TestApp) {
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let team = app.team(&charity, "Crocus counselling", true);
    let counsellor = app.practitioner().of(&charity);
    let administrator = app.administrator();
    let body = json!({"account": counsellor.account.id.to_string(), "member": true});
    administrator.post(&members(&charity, team.id), &body).ok();
    counsellor.read(&app.a_child().add()).ok();
    let question = json!({"team": team.id.to_string()});
    assert_eq!(told(&app.auditor(), &question).len(), 0);
    assert_eq!(told(&app.auditor().with(Capability::SealedClearance), &question).len(), 1);
}

fn who_works_in_a_team_is_kept(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let team = app.team(&school, "Pastoral team", false);
    let (ada, stranger, manager) = (app.practitioner().of(&school), app.practitioner(), app.manager());
    let path = members(&school, team.id);
    let body = |who: &Person<'_>, member: bool| json!({"account": who.account.id.to_string(), "member": member});
    manager.post(&path, &body(&stranger, true)).is_refused(422, "invalid-body");
    ada.post(&path, &body(&ada, true)).is_refused(403, "role-not-permitted");
    app.manager().in_area(ELSEWHERE).post(&path, &body(&ada, true)).is_refused(403, "outside-your-area");
    assert_eq!(manager.post(&path, &body(&ada, true)).ok()["name"], json!(ada.account.name));
    assert_eq!(app.events().pop().expect("an event").outcome, "changed");
    manager.post(&path, &body(&ada, true)).ok();
    assert_eq!(app.events().pop().expect("an event").outcome, "unchanged");
    let listed = |who: &Person<'_>| who.get(&path).ok()["members"].as_array().expect("members").len();
    assert_eq!((listed(&manager), listed(&app.auditor())), (1, 1));
    ada.get(&path).is_refused(403, "role-not-permitted");
    manager.post(&path, &body(&ada, false)).ok();
    assert_eq!(listed(&manager), 0);
    manager.post(&path, &body(&ada, true)).ok();
    assert_eq!(listed(&manager), 1, "and back again");
}

/// A nurse who walked a surname.
fn walk(app: &TestApp, nurse: &Person<'_>) {
    for day in 1..=6 {
        nurse.search(&json!({"family_name": "Okafor", "date_of_birth": format!("2015-03-{day:02}")}));
    }
    assert_eq!(looked_at(app), 1);
}

fn an_alert_is_worked_through(app: &TestApp) {
    let (nurse, auditor) = (app.practitioner(), app.auditor());
    walk(app, &nurse);
    let listed = auditor.get(&format!("{ALERTS}?status=open&rule=surname-walk")).ok();
    let alert = &listed["alerts"][0];
    assert_eq!((&alert["measure"], &alert["threshold"]), (&json!(6), &json!(6)), "{alert}");
    assert_eq!(alert["account"]["id"], json!(nurse.account.id.to_string()));
    let path = format!("{ALERTS}/{}", alert["id"].as_str().expect("an id"));
    let whole = auditor.get(&path).ok();
    let first = whole["events"][0].as_u64().expect("an index");
    assert_eq!(auditor.get(&format!("/v1/audit/events/{first}")).ok()["event"]["action"], "child.search");
    let reviewed = json!({"status": "reviewed", "outcome": "advised"});
    auditor.patch(&path, "\"stale\"", &reviewed).is_refused(412, "precondition-failed");
    auditor.send("PATCH", &path, &[], Some(reviewed.to_string().as_bytes())).with_status(428);
    auditor.change_at(&path, &json!({"status": "reviewed"})).is_refused(422, "invalid-body");
    auditor.change_at(&path, &json!({"status": "closed"})).is_refused(422, "invalid-body");
    assert_eq!(auditor.change_at(&path, &reviewed).ok()["outcome"], "advised");
    let closed = auditor.change_at(&path, &json!({"status": "closed"})).ok();
    assert_eq!((&closed["status"], &closed["reviewed_by"]), (&json!("closed"), &json!(auditor.account.id.to_string())));
    assert_eq!(auditor.get(&format!("{ALERTS}?status=open")).ok()["alerts"], json!([]));
    for person in [&nurse, &app.manager(), &app.administrator(), &app.system()] {
        person.get(ALERTS).is_refused(403, "role-not-permitted");
        person.get(&path).is_refused(403, "role-not-permitted");
        person.patch(&path, "\"x\"", &reviewed).is_refused(403, "role-not-permitted");
    }
    app.auditor().in_area(ELSEWHERE).get(&path).is_refused(404, "not-found");
    app.auditor().acting_through(&app.system()).get(ALERTS).is_refused(403, "role-not-permitted");
    auditor.get(&format!("{ALERTS}?status=lost")).with_status(422);
    auditor.get(&format!("{ALERTS}?cursor=x")).with_status(422);
}

fn one_who_is_asked_answers(app: &TestApp) {
    use child_index::store::justifications::{self, Asked};
    let nurse = app.practitioner();
    nurse.read(&app.a_child().add()).ok();
    let event = app.events().pop().expect("an event").index;
    let asked = Asked {
        id: uuid::Uuid::now_v7(),
        account: nurse.account.id.0,
        event,
        asked_at: app.clock.now(),
        due_at: app.clock.now().plus(7 * DAY),
        answer: None,
        answered_at: None,
    };
    justifications::ask(&mut app.connect(), std::slice::from_ref(&asked)).expect("a question");
    let listed = nurse.get("/v1/justifications").ok();
    assert_eq!(
        (&listed["questions"][0]["event"], &listed["questions"][0]["reason"]),
        (&json!(event), &json!("early-help"))
    );
    let path = format!("/v1/justifications/{}/answer", asked.id);
    app.practitioner().post(&path, &json!({"answer": "asked"})).is_refused(404, "not-found");
    nurse.post(&path, &json!({"answer": "because"})).with_status(422);
    assert_eq!(nurse.post(&path, &json!({"answer": "not-me"})).ok(), json!({"answer": "not-me"}));
    nurse.post(&path, &json!({"answer": "asked"})).is_refused(404, "not-found");
    let alerts = app.auditor().get(ALERTS).ok();
    assert_eq!(alerts["alerts"][0]["rule"], "no-justification");
    let raised = app.events().into_iter().find(|event| event.action == "alert.raise");
    assert!(raised.is_some(), "an alert that an answer raises is recorded like any other");
}

/// A child hidden in another area, with whom a refuge works; and everybody who touched it.
struct Hiding<'a> {
    child: Known,
    touched_by: Vec<Person<'a>>,
    secrets: Vec<String>,
}

fn hiding(app: &TestApp) -> Hiding<'_> {
    let refuge = app.organisation(OrganisationKind::Refuge);
    let far_school = app.organisation_in(ELSEWHERE, OrganisationKind::School);
    let child = app
        .a_child()
        .named("Zuri", "Hidden")
        .born("2014-07-08")
        .living_at("1 Safe Lane", "B1 1BB")
        .with(entry(&refuge, Service::RefugeAndDomesticAbuse))
        .with(entry(&far_school, Service::School))
        .shielded()
        .add();
    let sql = format!("UPDATE child SET area = '{ELSEWHERE}' WHERE id = {}", child.id.0);
    app.connect().batch_execute(&sql).expect("a change");
    watching::mark_decoy(&mut app.connect(), child.id, app.clock.now()).expect("a decoy");
    let worker = app.practitioner().of(&refuge);
    let far_teacher = app.practitioner().of(&far_school);
    let (nurse, manager) = (app.practitioner(), app.manager());
    let far_manager = app.manager().in_area(ELSEWHERE);
    let people = vec![worker.clone(), far_teacher.clone(), nurse, manager, far_manager];
    let name = |id| organisations::find(&mut app.connect(), id).expect("a look-up").expect("an organisation").name;
    let secrets = vec![
        ELSEWHERE.to_owned(),
        "Safe Lane".into(),
        "B1 1BB".into(),
        refuge.id.to_string(),
        name(refuge.id),
        worker.account.id.to_string(),
        far_school.id.to_string(),
        name(far_school.id),
        far_teacher.account.id.to_string(),
    ];
    Hiding { child, touched_by: people, secrets }
}

#[expect(clippy::too_many_lines, reason = "one interrogation, read question by question")]
fn nothing_leads_a_local_auditor_to_a_hidden_child(app: &TestApp) {
    let Hiding { child, touched_by, secrets } = hiding(app);
    let criteria = json!({"family_name": "Hidden", "given_name": "Zuri", "date_of_birth": "2014-07-08"});
    for person in &touched_by {
        person.search(&criteria);
        person.read(&child);
        person.contacts(&child);
        person.get(&child.involvements());
    }
    // Four strangers of the other area and the hidden one: out of area, only if the hidden one counts.
    let walker = app.practitioner();
    for _ in 0..4 {
        let stranger = app.a_child().add();
        let sql = format!("UPDATE child SET area = '{ELSEWHERE}' WHERE id = {}", stranger.id.0);
        app.connect().batch_execute(&sql).expect("a change");
        walker.contacts(&stranger).ok();
    }
    walker.contacts(&child).ok();
    assert!(looked_at(app) >= 3, "decoys touched, and a walk out of the area");
    let events = app.events();
    let cleared = app.auditor().with(Capability::SealedClearance);
    let protected: Vec<String> = ids(&cleared.get(ALERTS).ok()["alerts"]);

    let local = app.auditor();
    let mut heard: Vec<(String, String)> = Vec::new();
    let mut ask = |what: String, answer: crate::apps::Answer| {
        heard.push((what, format!("{answer:?}")));
        answer
    };
    let mut questions = vec![json!({}), json!({"child_id": child.number}), json!({"action": "child.contacts"})];
    let subject = events.iter().filter_map(|event| event.payload.as_ref()).flat_map(|payload| &payload.children);
    let subjects: std::collections::BTreeSet<_> = subject.map(|child| child.pseudonym.to_string()).collect();
    questions.extend(subjects.iter().map(|subject| json!({"subject": subject})));
    questions.extend(
        events
            .iter()
            .map(|event| json!({"receipt": Receipt { index: event.index, leaf_hash: event.leaf_hash }.to_string()})),
    );
    questions.push(json!({"shown": "address"}));
    questions.push(json!({"outcome": "disclosed", "reason": "early-help"}));
    for question in &questions {
        ask(question.to_string(), local.post(EVENTS, question));
        for form in ["application/x-ndjson", "text/csv", "application/fhir+json"] {
            let body = question.to_string();
            ask(format!("{form} {body}"), local.send("POST", EVENTS, &[("Accept", form)], Some(body.as_bytes())));
        }
    }
    for index in 0..u64::try_from(events.len()).expect("few") {
        ask(format!("event {index}"), local.get(&format!("/v1/audit/events/{index}")));
    }
    ask("complaint".into(), local.post("/v1/audit/complaints/search", &criteria));
    let times =
        |account: &str| json!({"account": account, "from": "2026-11-20T00:00:00Z", "to": "2026-11-21T00:00:00Z"});
    // Their own area's people, whom they may ask about by name.
    for person in touched_by.iter().filter(|person| person.account.area == AREA).skip(1) {
        ask("breach".into(), local.post("/v1/audit/breach-scope/search", &times(&person.account.id.to_string())));
    }
    let listed = ask("alerts".into(), local.get(ALERTS)).ok();
    for id in protected.iter().chain(&ids(&listed["alerts"])) {
        ask(format!("alert {id}"), local.get(&format!("{ALERTS}/{id}")));
        ask(format!("change {id}"), local.change_at(&format!("{ALERTS}/{id}"), &json!({"status": "closed"})));
    }
    // What the cleared one did meanwhile.
    for id in &protected {
        cleared.get(&format!("{ALERTS}/{id}")).ok();
    }
    cleared.post(EVENTS, &json!({"child_id": child.number})).ok();
    ask("colleagues".into(), local.post(EVENTS, &json!({"account": cleared.account.id.to_string()})));
    for (question, answer) in &heard {
        for secret in &secrets {
            assert!(!answer.contains(secret), "{question} tells {secret}: {answer}");
        }
    }
    // Whom they ask for and may not know of is answered like somebody who is not there.
    let nobody = uuid::Uuid::now_v7().to_string();
    let empty =
        |question: &Value| told(&local, question).iter().filter(|event| event["action"] != "audit.search").count();
    for person in [&touched_by[0], &touched_by[1]] {
        let (account, organisation) = (person.account.id.to_string(), person.account.organisation.to_string());
        assert_eq!(empty(&json!({"account": account})), 0);
        assert_eq!(empty(&json!({"organisation": organisation})), 0);
        let breach = |account: &str| local.post("/v1/audit/breach-scope/search", &times(account)).ok();
        assert_eq!(breach(&account), breach(&nobody));
        let alerts = |account: &str| local.get(&format!("{ALERTS}?account={account}&limit=1")).ok();
        assert_eq!(alerts(&account), alerts(&nobody));
    }
    let plain = ids(&local.get(ALERTS).ok()["alerts"]);
    assert!(plain.len() < protected.len(), "a protected alert is not on the list");
    for id in protected.iter().filter(|id| !plain.contains(id)) {
        local.get(&format!("{ALERTS}/{id}")).is_refused(404, "not-found");
    }
}

fn ids(alerts: &Value) -> Vec<String> {
    let alerts = alerts.as_array().expect("alerts");
    alerts.iter().map(|alert| alert["id"].as_str().expect("an id").to_owned()).collect()
}
