//! Bad input: fields filled with what does not belong there, and everything around a body wrong. The
//! right refusal at the right place, never a failure, nothing half written. Rows 1.2.4, 2.2.1 and 4.1.4 of the security
//! requirements.

use child_index::domain::services::{OrganisationKind, Service};
use serde_json::json;

use crate::apps::{Answer, Operation, Person, Scene, TestApp};
use crate::suite::suite;

suite!(TestApp:
    sql_in_every_field_is_only_text,
    a_body_that_is_no_json_is_refused,
    a_path_or_parameter_that_names_nothing_is_refused,
    a_method_that_is_not_offered_is_refused,
);

/// Who may ask an operation, so that what is refused is the body.
fn asker<'a>(app: &'a TestApp, operation: &Operation, teacher: &Person<'a>) -> Person<'a> {
    match operation.action().split('.').next() {
        Some("child" | "involvement") => teacher.clone(),
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
