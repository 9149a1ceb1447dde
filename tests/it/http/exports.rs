//! Exports of the audit log: all of it in three forms, recorded before the first byte, and no wider than a page shows.

use child_index::domain::accounts::Capability;
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    an_export_holds_every_event_once,
    an_export_is_recorded_before_its_first_byte,
    a_table_cannot_be_taken_for_formulas,
    a_bundle_has_one_event_for_each_patient,
    an_export_shows_no_more_than_a_page,
);

const EVENTS: &str = "/v1/audit/events/search";

fn export(who: &Person<'_>, form: &str, question: &Value) -> Answer {
    who.send("POST", EVENTS, &[("Accept", form)], Some(question.to_string().as_bytes()))
}

fn lines(answer: &Answer) -> Vec<Value> {
    answer.text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

fn an_export_holds_every_event_once(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    for _ in 0..450 {
        nurse.contacts(&child).ok();
    }
    let auditor = app.auditor();
    let answer = export(&auditor, "application/x-ndjson", &json!({})).with_status(200);
    assert!(answer.header("content-type").starts_with("application/x-ndjson"), "{answer:?}");
    let indexes: Vec<u64> = lines(&answer).iter().map(|event| event["index"].as_u64().expect("an index")).collect();
    assert_eq!(indexes, (0..450).rev().collect::<Vec<_>>());
    let some = export(&auditor, "application/x-ndjson", &json!({"limit": 3, "action": "child.contacts"}));
    assert_eq!(lines(&some).len(), 3);
    let page = auditor.post(EVENTS, &json!({"action": "child.contacts", "limit": 3})).ok();
    assert_eq!(page["events"][0], lines(&some)[0], "a line is what a page holds");
    let table = export(&auditor, "text/csv", &json!({"action": "child.contacts"})).text;
    assert_eq!(table.lines().count(), 451);
}

fn an_export_is_recorded_before_its_first_byte(app: &TestApp) {
    app.practitioner().contacts(&app.a_child().add()).ok();
    let auditor = app.auditor();
    let answer = export(&auditor, "text/csv", &json!({"action": "child.contacts"})).with_status(200);
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("audit.export", "disclosed"));
    assert!(answer.header("audit-receipt").starts_with(&format!("{}.", event.index)), "{answer:?}");
    let asked = serde_json::to_value(&event.payload.expect("a payload").criteria).expect("JSON");
    assert_eq!((&asked["form"], &asked["tree_size"]), (&json!("csv"), &json!(1)), "{asked}");
    let before = app.events().len();
    export(&app.practitioner(), "text/csv", &json!({})).is_refused(403, "role-not-permitted");
    assert_eq!(app.events()[before].outcome, "refused");
    export(&auditor, "text/csv", &json!({"limit": 0})).is_refused(422, "invalid-body");
}

fn a_table_cannot_be_taken_for_formulas(app: &TestApp) {
    let nurse = app.practitioner().change(|account| account.name = "=HYPERLINK(\"http://x\",\"y\")".into());
    nurse.search(&json!({"family_name": "@cmd", "date_of_birth": "2015-03-02"})).ok();
    let table = export(&app.auditor(), "text/csv", &json!({})).with_status(200).text;
    assert!(table.contains(",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\","), "{table}");
    assert!(!table.contains(",=") && !table.contains(",@") && !table.contains("\n="), "{table}");
    assert_eq!(table.lines().count(), 2, "{table}");
}

fn a_bundle_has_one_event_for_each_patient(app: &TestApp) {
    let nurse = app.practitioner();
    for given in ["Ada", "Ida"] {
        app.a_child().named(given, "Okonkwo").born("2015-03-02").add();
    }
    nurse.search(&json!({"family_name": "Okonkwo", "date_of_birth": "2015-03-02"})).ok();
    let answer = export(&app.auditor(), "application/fhir+json", &json!({})).with_status(200);
    assert!(answer.header("content-type").starts_with("application/fhir+json"), "{answer:?}");
    let bundle = answer.json();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("collection")));
    let entries = bundle["entry"].as_array().expect("entries");
    assert_eq!(entries.len(), 2, "{bundle}");
    for entry in entries {
        let event = &entry["resource"];
        let profile = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientQuery";
        assert_eq!(event["meta"]["profile"], json!([profile]));
        let entities = event["entity"].as_array().expect("entities");
        let of_role = |role: &str| entities.iter().filter(|it| it["role"]["code"] == role).collect::<Vec<_>>();
        assert_eq!((of_role("1").len(), of_role("24").len()), (1, 1), "{event}");
        assert!(of_role("24")[0]["query"].is_string());
    }
    let empty = export(&app.auditor(), "application/fhir+json", &json!({"to": "2000-01-01T00:00:00Z"})).json();
    assert_eq!(empty["entry"], json!([]));
}

fn an_export_shows_no_more_than_a_page(app: &TestApp) {
    let child = app.a_child().living_at("1 Safe Lane", "BA14 8JN").shielded().add();
    app.manager().read(&child).ok();
    app.practitioner().in_area(ELSEWHERE).read(&child).ok();
    let local = app.auditor();
    for form in ["application/x-ndjson", "text/csv", "application/fhir+json"] {
        let text = export(&local, form, &json!({})).with_status(200).text;
        assert!(!text.contains(&child.number) && !text.contains("address"), "{form}: {text}");
        assert!(!text.contains("practitioner management") && !text.contains("\"management\""), "{form}: {text}");
        assert!(!text.contains(ELSEWHERE), "{form}: {text}");
    }
    let cleared = app.auditor().with(Capability::SealedClearance);
    let event = lines(&export(&cleared, "application/x-ndjson", &json!({"action": "child.read"}))).remove(0);
    assert_eq!(event["children"][0]["rules"], json!(["practitioner", "management"]), "{event}");
    let sealed = app.a_child().sealed().add();
    let asked = json!({"child_id": sealed.number});
    let nobody = json!({"child_id": child_index::domain::index_numbers::IndexNumber::from_random_bits(7).to_string()});
    let likeness = |question| export(&local, "application/x-ndjson", question).with_status(200).text;
    assert_eq!(likeness(&asked), likeness(&nobody));
}
