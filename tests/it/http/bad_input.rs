//! Bad input: every field of every body filled with what does not belong there, and everything around a body wrong. The
//! right refusal at the right place, never a failure, nothing half written. Rows 1.2.4, 2.2.1 and 4.1.4 of the security
//! requirements.

use child_index::app::Limits;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Map, Value, json};

use crate::apps::{Answer, Operation, Person, Scene, TestApp};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    sql_in_every_field_is_only_text,
    a_body_that_is_no_json_is_refused,
    a_path_or_parameter_that_names_nothing_is_refused,
    a_method_that_is_not_offered_is_refused;
    once: every_field_of_every_body_is_checked
);

#[expect(clippy::too_many_lines, reason = "a table, read row by row")]
fn everything_known(operation: &Operation, scene: &Scene) -> Option<Value> {
    let route = json!({"kind": "duty-desk", "phone": "01225 713000", "email": "desk@school.example",
                       "hours": "Mo-Fr 08:30-17:00"});
    let person = json!({"name": "Ada Obi", "job_title": "Nurse", "routes": [route]});
    let ground = json!({"kind": "consent", "given_by": "child", "judged": "competent-under-sixteen",
                        "on": "2026-09-02", "until": "2027-09-02"});
    let child = json!({
        "name": {"family": "Newcomer", "given": "Ida"},
        "other_names": [{"family": "Former", "given": "Ida", "kind": "former"}],
        "date_of_birth": "2016-05-06", "sex": "F",
        "address": {"state": "current", "lines": ["12 High Street"], "postcode": "BA14 8JN"},
        "carers": [{"name": "Ada Obi", "relationship": "mother", "parental_responsibility": true,
                    "phone": "01225 700700", "email": "ada@family.example"}],
        "identifiers": [{"system": "nhs-number", "value": "9000000009", "status": "verified"}],
    });
    Some(match operation.id.as_str() {
        "search_children" => json!({
            "family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02", "sex": "F",
            "postcode": "BA14 8JN", "identifier": {"system": "nhs-number", "value": "9000000009"}, "limit": 5,
        }),
        "record_birth" => json!({
            "outcome": "live-birth", "date_of_birth": "2026-11-18", "not_same_as": [scene.child],
            "children": [{"name": {"family": "Newcomer", "given": "Ida"}, "sex": "F",
                          "identifiers": [{"system": "nhs-number", "value": "9000000009", "status": "verified"}]}],
        }),
        "register_child" => with(child, &json!({"source_key": scene.unique, "not_same_as": [scene.child]})),
        "change_child" => with(child, &json!({"died_on": "2026-01-02", "stays_until": "2035-01-01"})),
        "register_involvement" => json!({
            "service": "school", "organisation": scene.organisation, "team": scene.team, "practitioner": person,
            "started_on": "2024-09-02", "lead_professional": "early-help", "ground": ground,
        }),
        "change_involvement" => json!({
            "team": scene.team, "practitioner": person, "started_on": "2024-09-02", "lead_professional": "early-help",
        }),
        "register_access_point" => json!({
            "organisation": scene.organisation, "kind": "front-door", "name": "A desk", "area": "E06000054",
            "needs": ["early-help"], "postcode_districts": ["BA14"], "routes": [route],
        }),
        "change_access_point" => json!({
            "name": "A desk", "needs": ["early-help"], "postcode_districts": ["BA14"], "routes": [route],
        }),
        "record_enquiry" => json!({
            "access_point": scene.access_point, "child_id": scene.child, "caller": "practitioner",
            "need": "early-help", "outcome": "allocated", "organisation": scene.organisation, "team": scene.team,
        }),
        "decide_enquiry" => json!({
            "outcome": "allocated", "organisation": scene.organisation, "team": scene.team,
        }),
        "move_brokered_contact" => json!({"step": "forward", "involvement": scene.entry}),
        "record_consent" => ground,
        "close_account" => json!({
            "caseload_of": {"name": "Ada Obi", "job_title": "Nurse"},
            "successor": {"name": "Ida Obi", "job_title": "Nurse"},
        }),
        "end_involvement" => json!({"ended_on": "2026-11-01"}),
        "register_partnership" => json!({"name": "A trust", "area": "E06000054"}),
        "add_partnership_member" => {
            json!({"organisation": scene.organisation, "from": "2026-12-01", "until": "2026-12-31"})
        }
        "end_partnership_member" => json!({"until": "2026-12-31"}),
        "draft_agreement" => json!({
            "lawful_basis": "public-task", "from": "2026-12-01", "until": "2027-11-30", "review_on": "2027-06-01",
            "default_visibility": [{"service": "housing", "visibility": "shown", "outside": "brokered"}],
        }),
        "change_agreement" => json!({
            "lawful_basis": "public-task", "from": "2026-12-01", "until": "2027-11-30", "review_on": "2027-06-01",
            "default_visibility": [{"service": "housing", "visibility": "shown", "outside": "brokered"}],
            "state": "draft",
        }),
        "dry_run_agreement" => json!({"audience": "outside", "on": "2026-12-01", "limit": 5}),
        _ => known_of_groups(operation, scene).or_else(|| operation.body(scene))?,
    })
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    body
}

/// The same, of what is settled by several: teams around children and panels.
fn known_of_groups(operation: &Operation, scene: &Scene) -> Option<Value> {
    Some(match operation.id.as_str() {
        "settle_child_team" => json!({
            "chair": scene.entry, "next_review_on": "2026-12-18",
            "participants": {"parents_or_carers": true, "young_person": true},
        }),
        "decide_panel_item" => json!({
            "decision": "allocate", "receiver": {"organisation": scene.organisation, "service": "early-help"},
        }),
        _ => return None,
    })
}

/// JSON pointers to every value in a body.
fn places(body: &Value, at: &str, into: &mut Vec<String>) {
    match body {
        Value::Object(fields) => {
            for (name, value) in fields {
                into.push(format!("{at}/{name}"));
                places(value, &format!("{at}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                into.push(format!("{at}/{index}"));
                places(value, &format!("{at}/{index}"), into);
            }
        }
        _ => {}
    }
}

fn replaced(body: &Value, at: &str, value: Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(at).expect("a place") = value;
    body
}

/// Who may ask an operation, so that what is refused is the body.
fn asker<'a>(app: &'a TestApp, operation: &Operation, teacher: &Person<'a>) -> Person<'a> {
    match operation.action().split('.').next() {
        Some("case" | "partnership" | "agreement") => app.manager(),
        _ if operation.id == "reassign_team" => app.manager(),
        Some(
            "child" | "involvement" | "shield" | "lead-professional" | "child-team" | "team-meeting" | "panel-agenda",
        ) => teacher.clone(),
        Some("audit") => app.auditor(),
        _ => app.administrator(),
    }
}

fn send(operation: &Operation, person: &Person<'_>, scene: &Scene, body: &[u8]) -> Answer {
    // What is wrong with a body is said before the version is looked at.
    let version = if operation.method == "PATCH" { "\"x\"" } else { "" };
    let if_match = [("If-Match", version)];
    let headers: &[(&str, &str)] = if version.is_empty() { &[] } else { &if_match };
    person.send(&operation.method, &operation.path_of(scene), headers, Some(body))
}

fn every_field_of_every_body_is_checked() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let app = TestApp::with_limits(database, Limits { enforced: false, ..Limits::default() });
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let before = teacher.read(&child).ok();
    let (long, nul) = ("x".repeat(10_240), "a\u{0}b");
    let wrong = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e308),
        json!(""),
        json!(" "),
        json!(long),
        json!(nul),
        json!([]),
        json!({}),
        json!([[[[]]]]),
        json!({"unknown": {"deep": [1]}}),
        json!("\u{202e}\u{feff}"),
        json!("'; DROP TABLE child; --"),
        json!("%00"),
        json!("\r\nSet-Cookie: a=b"),
        json!("\u{1b}[31m"),
    ];
    for operation in app.operations() {
        let scene = app.scene(&child);
        let Some(body) = everything_known(&operation, &scene) else { continue };
        let person = asker(&app, &operation, &teacher);
        app.seat(scene.panel, &teacher);
        let mut at = Vec::new();
        places(&body, "", &mut at);
        for place in &at {
            for value in &wrong {
                let sent = replaced(&body, place, value.clone());
                let answer = send(&operation, &person, &scene, sent.to_string().as_bytes());
                check(&answer, &sent, place, value);
            }
        }
        // Fields that nobody knows, at every depth.
        for place in at.iter().filter(|place| body.pointer(place).is_some_and(Value::is_object)).chain([&String::new()])
        {
            let mut sent = body.clone();
            let fields: &mut Map<String, Value> =
                sent.pointer_mut(place).and_then(Value::as_object_mut).expect("an object");
            fields.insert("notes".into(), json!("seen at home"));
            let answer = send(&operation, &person, &scene, sent.to_string().as_bytes());
            answer.is_refused(422, "invalid-body");
            assert_eq!(answer.pointers(), format!("{place}/notes"), "{sent}");
        }
    }
    // Whatever was taken was taken whole, and the child is as it was but for what it was told.
    let after = teacher.read(&child).ok();
    assert_eq!(after["child_id"], before["child_id"]);
    Completion::Completed
}

fn check(answer: &Answer, sent: &Value, place: &str, value: &Value) {
    let allowed = [200, 201, 202, 400, 403, 404, 409, 412, 413, 422];
    assert!(allowed.contains(&answer.status), "{} with {value} at {place}: {}", answer.asked, answer.text);
    if answer.status == 422 {
        assert!(answer.json()["errors"][0].is_object(), "{} with {sent}: {}", answer.asked, answer.text);
        // What was sent is never repeated.
        if let Some(text) = value.as_str().filter(|text| text.trim().len() > 6) {
            assert!(!answer.text.contains(text), "{}", answer.text);
        }
    }
    // A value of the wrong type is never taken.
    let is_wrong_type = value.is_boolean() || value == &json!(1e308) || value == &json!([[[[]]]]);
    let flags = ["parental_responsibility", "sensitive", "/member", "/parents_or_carers", "/young_person", "/dry_run"];
    let takes_flag = flags.iter().any(|flag| place.ends_with(flag));
    if is_wrong_type && !(takes_flag && value.is_boolean()) {
        assert_eq!(answer.status, 422, "{} with {value} at {place}: {}", answer.asked, answer.text);
        let pointers = answer.pointers();
        assert!(
            pointers.split(' ').any(|pointer| place.starts_with(pointer) || pointer.starts_with(place)),
            "{} with {value} at {place} is pointed to {pointers}",
            answer.asked
        );
    }
}

fn sql_in_every_field_is_only_text(app: &TestApp) {
    let nurse = app.practitioner();
    let texts = ["O'Brien", "x\" OR \"1\"=\"1", "'); DROP TABLE child;--", "Smith%_\\", "Robert`); --"];
    for (index, text) in texts.iter().enumerate() {
        let given = ["Ida", "Tomasz", "Noor", "Grace", "Ewan"][index];
        let born = format!("201{index}-0{}-1{index}", index + 2);
        let child = json!({"name": {"family": text, "given": given}, "date_of_birth": born,
                           "address": {"state": "current", "lines": [text]},
                           "carers": [{"name": text, "relationship": "mother"}]});
        let answer = nurse.register(&child);
        if answer.status == 422 {
            // Refused as no name is as good as taken as a text.
            continue;
        }
        let number = answer.with_status(201).json()["child_id"].as_str().expect("a number").to_owned();
        let record = nurse.get(&format!("/v1/children/{number}")).ok();
        assert_eq!((&record["name"]["family"], &record["address"]["lines"][0]), (&json!(text), &json!(text)));
        let found = nurse.finds(&json!({"family_name": text, "date_of_birth": born}));
        assert!(found.contains(&number), "{text}");
    }
    let apostrophe = json!({"family_name": "OBrien", "given_name": "Ida", "date_of_birth": "2010-02-10"});
    assert_eq!(nurse.finds(&apostrophe).len(), 1);
}

fn a_body_that_is_no_json_is_refused(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let large = format!(r#"{{"family_name": "{}"}}"#, "x".repeat(70_000));
    for operation in app.operations() {
        let scene = app.scene(&child);
        if operation.body(&scene).is_none() {
            continue;
        }
        let person = asker(app, &operation, &teacher);
        for (body, status, code) in [
            (&b""[..], 400, "malformed-json"),
            (b"{", 400, "malformed-json"),
            (b"{}}", 400, "malformed-json"),
            (b"\xff\xfe", 400, "malformed-json"),
            (b"nonsense", 400, "malformed-json"),
            (b"[]", 422, "invalid-body"),
            (b"3", 422, "invalid-body"),
            (b"null", 422, "invalid-body"),
            (br#"{"family_name": "A", "family_name": "B"}"#, 400, "malformed-json"),
            (large.as_bytes(), 413, "body-too-large"),
        ] {
            let answer = send(&operation, &person, &scene, body);
            let sent = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (status, code),
                "{} {sent}: {}",
                answer.asked,
                answer.text
            );
        }
        let body = operation.body(&scene).expect("a body").to_string();
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x"] {
            let headers = [("If-Match", "\"x\""), ("Content-Type", media)];
            let path = operation.path_of(&scene);
            let answer = person.send(&operation.method, &path, &headers, Some(body.as_bytes()));
            answer.is_refused(415, "media-type-unsupported");
        }
    }
}

fn a_path_or_parameter_that_names_nothing_is_refused(app: &TestApp) {
    let nurse = app.practitioner();
    for (path, status) in [
        ("/v1/children/x", 422),
        ("/v1/children/7K3M-9XQ2-4HT9", 422),
        ("/v1/children/%00", 422),
        ("/v1/children/%27%20OR%201=1", 422),
        ("/v1/children/7K3M-9XQ2-4HT8/contacts?x=1", 422),
        ("/v1/children/7K3M-9XQ2-4HT8?fields=all", 422),
        ("/v1/children/7K3M-9XQ2-4HT8/secrets", 404),
        ("/v1/unknown", 404),
        ("/v1", 404),
        ("/", 404),
        ("/v1/organisations?cursor=nonsense", 422),
        ("/v1/organisations?limit=0", 422),
        ("/v1/organisations?limit=100000", 422),
        ("/v1/organisations?limit=x", 422),
        ("/v1/organisations?unknown=1", 422),
        ("/v1/organisations/x", 422),
        ("/v1/organisations/00000000-0000-0000-0000-000000000000", 404),
        ("/v1/accounts?cursor=%ff", 422),
        ("/v1/accounts/x", 422),
    ] {
        let answer = nurse.get(path);
        let refused = [status, 403].contains(&answer.status) && answer.status != 200;
        assert!(refused, "{path}: {} {}", answer.status, answer.text);
        if answer.status == 422 {
            assert!(!answer.json()["errors"][0].is_null(), "{}", answer.text);
        }
    }
    let long = format!("/v1/children/{}", "x".repeat(9_000));
    assert!((400..500).contains(&nurse.get(&long).status));
}

fn a_method_that_is_not_offered_is_refused(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let mut paths: Vec<String> = app.operations().iter().map(|operation| operation.path.clone()).collect();
    paths.sort();
    paths.dedup();
    let scene = app.scene(&child);
    for path in paths {
        let offered: Vec<Operation> = app.operations().into_iter().filter(|each| each.path == path).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if offered.iter().any(|each| each.method == method) {
                continue;
            }
            let answer = nurse.send(method, &offered[0].path_of(&scene), &[], None);
            answer.is_refused(405, "method-not-allowed");
            for each in &offered {
                assert!(answer.header("allow").contains(&each.method), "{answer:?}");
            }
        }
    }
}
