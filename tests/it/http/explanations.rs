//! Explanations of a match: the weight of each field, for the management team, and of what it may see alone.

use child_index::app::Limits;
use child_index::domain::policy::CaseKind;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, TestApp};
use crate::suite::suite;

suite!(TestApp:
    the_weights_of_the_fields_add_up_to_the_odds,
    only_the_management_team_has_a_match_explained,
    what_is_hidden_of_a_shielded_child_is_not_explained,
    what_the_caller_may_not_read_is_not_compared,
    too_little_and_nothing_to_explain_are_refused,
    an_explanation_is_recorded_with_what_was_asked,
    explanations_have_a_budget_of_their_own,
);

fn path(child: &Known) -> String {
    format!("{}/match-explanation", child.path())
}

fn chidera() -> Value {
    json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"})
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut asked = chidera();
    asked[field] = value.into();
    asked
}

/// The fields explained, each with how it matched.
fn fields(explained: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let fields = explained["fields"].as_array().expect("fields");
    fields.iter().map(|each| (text(&each["field"]), text(&each["how"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(field, how)| ((*field).to_owned(), (*how).to_owned())).collect()
}

fn the_weights_of_the_fields_add_up_to_the_odds(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").formerly("Chidera", "Brightwater").add();
    let manager = app.manager();
    let asked = json!({"family_name": "Brightwater", "given_name": "Chidara", "date_of_birth": "2015-02-03",
                       "sex": "F", "postcode": "BA14 8JM"});
    let explained = manager.post(&path(&child), &asked).ok();
    let expected = [
        ("family_name", "former"),
        ("given_name", "similar"),
        ("date_of_birth", "swapped"),
        ("sex", "exact"),
        ("postcode", "similar"),
    ];
    assert_eq!(fields(&explained), pairs(&expected));
    let number = |value: &Value| value.as_f64().expect("a number");
    let weights: f64 = explained["fields"].as_array().expect("fields").iter().map(|each| number(&each["weight"])).sum();
    let sum = number(&explained["prior"]) + weights + number(&explained["household"]);
    assert!((sum - number(&explained["log_odds"])).abs() < 0.05, "{explained}");
    assert_eq!((&explained["found"], &explained["child_id"]), (&json!(true), &json!(child.number)));
    assert_eq!(explained["fields"][2]["levels"], json!(["birth swapped"]));
    // A stranger: every field speaks against, and a search would not find the child.
    let stranger = json!({"family_name": "Whitfield", "given_name": "Tom", "date_of_birth": "2011-08-19", "sex": "M"});
    let explained = manager.post(&path(&child), &stranger).ok();
    assert!(explained["fields"].as_array().expect("fields").iter().all(|each| number(&each["weight"]) < 0.0));
    assert_eq!((&explained["found"], &explained["grade"]), (&json!(false), &json!("possible")));
    assert_eq!(app.manager().search(&stranger).ok()["outcome"], "none");
}

fn only_the_management_team_has_a_match_explained(app: &TestApp) {
    let child = app.a_child().add();
    for person in [app.practitioner(), app.system(), app.auditor(), app.administrator()] {
        person.post(&path(&child), &chidera()).is_refused(403, "role-not-permitted");
    }
    app.manager().acting_through(&app.system()).post(&path(&child), &chidera()).is_refused(403, "role-not-permitted");
    app.manager().post(&path(&child), &chidera()).with_status(200);
    let sealed = app.a_child().sealed().add();
    app.manager().post(&path(&sealed), &chidera()).is_refused(404, "not-found");
}

fn what_is_hidden_of_a_shielded_child_is_not_explained(app: &TestApp) {
    let manager = app.manager();
    let child = app
        .a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .formerly("Chidera", "Brightwater")
        .with_identifier("nhs-number", "9000000009")
        .with_case(CaseKind::Shield, &manager)
        .shielded()
        .add();
    let visible = pairs(&[("family_name", "exact"), ("given_name", "exact"), ("date_of_birth", "exact")]);
    // Not even to the manager who works the case and may read all of it: a search does not find the child by it.
    for manager in [&manager, &app.manager(), &app.manager().in_area(ELSEWHERE)] {
        let plain = manager.post(&path(&child), &chidera()).ok();
        assert_eq!((fields(&plain), &plain["found"]), (visible.clone(), &json!(true)));
        let identifier = json!({"system": "nhs-number", "value": "9000000009"});
        for asked in [with("postcode", "BA14 8JN"), with("postcode", "M1 1AE"), with("identifier", identifier)] {
            let explained = manager.post(&path(&child), &asked).ok();
            assert_eq!((fields(&explained), &explained["found"]), (visible.clone(), &json!(false)), "{asked}");
            assert_eq!(explained["log_odds"], plain["log_odds"]);
        }
        let former = manager.post(&path(&child), &with("family_name", "Brightwater")).ok();
        assert_eq!((&former["fields"][0]["how"], &former["found"]), (&Value::Null, &json!(false)));
    }
}

fn what_the_caller_may_not_read_is_not_compared(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").formerly("Chidera", "Brightwater").add();
    let elsewhere = app.manager().in_area(ELSEWHERE);
    let explained = |postcode: &str| elsewhere.post(&path(&child), &with("postcode", postcode)).ok();
    assert_eq!(explained("BA14 8JN"), explained("M1 1AE"), "a guess is not confirmed");
    let former = elsewhere.post(&path(&child), &with("family_name", "Brightwater")).ok();
    assert_eq!(former["fields"][0]["how"], Value::Null);
}

fn too_little_and_nothing_to_explain_are_refused(app: &TestApp) {
    let child = app.a_child().add();
    let manager = app.manager();
    manager.post(&path(&child), &json!({"family_name": "Okafor"})).is_refused(422, "criteria-insufficient");
    let answer = manager.post(&path(&child), &json!({"index_number": child.number}));
    answer.is_refused(422, "invalid-body");
    assert_eq!(answer.pointers(), "/index_number");
}

fn an_explanation_is_recorded_with_what_was_asked(app: &TestApp) {
    let child = app.a_child().add();
    app.manager().post(&path(&child), &chidera()).ok();
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("child.explain", "disclosed"));
    let payload = event.payload.expect("a payload");
    let criteria = serde_json::to_value(&payload.criteria).expect("JSON").to_string();
    assert!(criteria.contains("Okafor") && criteria.contains("2015-03-02"), "{criteria}");
    let shown = serde_json::to_value(&payload.children).expect("JSON").to_string();
    assert!(shown.contains("identity") && shown.contains("identifiers"), "{shown}");
}

fn explanations_have_a_budget_of_their_own(app: &TestApp) {
    let child = app.a_child().add();
    let manager = app.manager();
    let first = manager.post(&path(&child), &chidera());
    let allowed = Limits::default().searches_per_hour;
    assert!(first.header("ratelimit").starts_with(&format!("\"explanations\";r={};", allowed - 1)));
    let searched = manager.search(&chidera());
    assert!(searched.header("ratelimit").starts_with(&format!("\"searches\";r={};", allowed - 1)));
    for _ in 1..allowed {
        manager.post(&path(&child), &chidera()).with_status(200);
    }
    manager.post(&path(&child), &chidera()).is_refused(429, "rate-limited");
    manager.search(&chidera()).ok();
}
