//! Lines good and bad, as partners send them.

use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// The example of the interface description.
const CHILD: &str = r#"{"source_key":"SIMS-000123","name":{"family":"Okafor","given":"Chidera Grace"},"other_names":[{"family":"Obi","given":"Chidera","kind":"former"}],
 "date_of_birth":"2015-03-02","sex":"F","address":{"state":"current","lines":["12 High Street","Trowbridge"],"postcode":"BA14 8JN"},
 "identifiers":[{"system":"nhs-number","value":"9990000018"}],"carers":[{"name":"Ada Okafor","relationship":"mother","parental_responsibility":true,"phone":"01225 000000"}],
 "involvements":[{"service":"school","organisation":"URN-123456","started_on":"2019-09-01"}]}"#;

const FULL_ORGANISATION: &str = r#"{"organisation":{"code":"LA-E06000054","name":"Wiltshire Council","kind":"local-authority","area":"E06000054","sensitive":false,
 "routes":[{"kind":"duty-desk","phone":"01632 960100"}],
 "teams":[{"code":"early-help-1","name":"Early Help Trowbridge","sensitive":true,"area":"E06000054","routes":[{"kind":"team","email":"eh@council.example"}]}]}}"#;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn child() -> Value {
    serde_json::from_str(CHILD).unwrap()
}

fn parse(value: &Value) -> Result<BulkLine, BulkRefusal> {
    BulkLine::parse(&value.to_string(), today())
}

/// What is wrong with the example after setting the field at `pointer`'s parent.
fn refused_with(pointer: &str, value: Value) -> Vec<String> {
    let mut child = child();
    set(&mut child, pointer, value);
    let refusal = parse(&child).expect_err("should have been refused");
    refusal.problems.iter().map(ToString::to_string).collect()
}

fn set(target: &mut Value, pointer: &str, value: Value) {
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    match target.pointer_mut(parent).unwrap() {
        Value::Object(map) => drop(map.insert(field.to_owned(), value)),
        Value::Array(list) => match list.get_mut(field.parse::<usize>().unwrap()) {
            Some(entry) => *entry = value,
            None => list.push(value),
        },
        _ => panic!("{parent} holds nothing"),
    }
}

#[test]
fn the_documented_child_is_read() {
    let BulkLine::Child(child) = BulkLine::parse(CHILD, today()).unwrap() else { panic!() };
    assert_eq!(child.name.given, "Chidera Grace");
    assert_eq!(child.date_of_birth, NaiveDate::from_ymd_opt(2015, 3, 2));
    assert_eq!(child.identifiers[0].identifier().unwrap().value(), "9990000018");
    assert_eq!(child.address.as_ref().unwrap().postcode().unwrap().as_str(), "BA14 8JN");
    assert_eq!(child.involvements[0].organisation, "URN-123456");
}

#[test]
fn an_organisation_is_known_by_its_key() {
    let BulkLine::Organisation(organisation) = BulkLine::parse(FULL_ORGANISATION, today()).unwrap() else { panic!() };
    assert_eq!(organisation.code, "LA-E06000054");
    assert!(organisation.teams[0].sensitive);

    let mixed = r#"{"organisation":{"code":"A","name":"B","kind":"school","area":"E06000054"},"source_key":"1"}"#;
    assert_eq!(BulkLine::parse(mixed, today()).unwrap_err().to_string(), "an organisation stands on a line of its own");
}

#[test]
fn the_least_child_is_a_key_a_family_name_and_a_date() {
    for least in [
        json!({"source_key": "1", "name": {"family": "Okafor"}, "date_of_birth": "2015-03-02"}),
        json!({"source_key": "1", "name": {"family": "Okafor"}, "expected_on": "2027-01-10"}),
    ] {
        assert!(parse(&least).is_ok(), "{least}");
    }
    let neither = json!({"source_key": "1", "name": {"family": "Okafor"}});
    assert!(parse(&neither).unwrap_err().to_string().starts_with("/date_of_birth one of"));
}

#[test]
fn a_line_is_written_as_it_is_read() {
    for line in [CHILD, FULL_ORGANISATION] {
        let read = BulkLine::parse(line, today()).unwrap();
        let written = serde_json::to_string(&read).unwrap();
        assert_eq!(BulkLine::parse(&written, today()), Ok(read));
    }
}

#[test]
fn problems_name_the_field_and_what_was_expected() {
    for (pointer, value, problem) in [
        ("/notes", json!("was seen"), "/notes is not a field of this format"),
        ("/name/nick", json!("C"), "/name/nick is not a field of this format"),
        ("/involvements/0/note", json!("x"), "/involvements/0/note is not a field of this format"),
        ("/date_of_birth", json!("02/03/2015"), "/date_of_birth must be a date, YYYY-MM-DD"),
        ("/date_of_birth", json!(20150302), "/date_of_birth must be a date, YYYY-MM-DD"),
        ("/sex", json!("female"), "/sex must be one of: F, M, U, not_specified"),
        ("/carers/0/phone", json!("ask the office"), "/carers/0/phone may contain only digits"),
        ("/address/postcode", json!("QA1 1AA"), "/address/postcode must be a UK postcode"),
        ("/identifiers/0/value", json!("9990000019"), "/identifiers/0/value the check digit"),
        ("/name/family", json!("   "), "/name/family must not be empty"),
        ("/name/family", json!("a\u{202e}b"), "/name/family must be printable text on one line"),
        ("/name/given", json!("x".repeat(201)), "/name/given must be at most 200 characters"),
        ("/carers/0/name", json!(null), "/carers/0/name must be text"),
        ("/involvements/0/organisation", json!("two words"), "/involvements/0/organisation may contain only"),
        (
            "/involvements/0/practitioner",
            json!({"name": "A", "job_title": "B", "routes": [{"kind": "person"}]}),
            "/involvements/0/practitioner/routes/0 a route has a phone number",
        ),
        (
            "/involvements/0/practitioner",
            json!({"name": "A", "job_title": "B", "routes": [{"kind": "person", "phone": "101", "hours": "when in"}]}),
            "/involvements/0/practitioner/routes/0/hours rule 1",
        ),
        ("/source_key", json!("a\nb"), "/source_key must be printable text on one line"),
    ] {
        let problems = refused_with(pointer, value);
        assert!(problems[0].starts_with(problem), "{problems:?} instead of {problem}");
    }
}

#[test]
fn a_required_field_is_named_where_it_is_missing() {
    let mut child = child();
    child["name"].as_object_mut().unwrap().remove("family");
    assert_eq!(parse(&child).unwrap_err().to_string(), "/name/family is required");
}

#[test]
fn what_is_not_json_is_refused_without_being_repeated() {
    for line in ["", "Chidera", "{\"source_key\":\"Chidera\"", "[1]", "{\"source_key\":\"Chidera\"} Chidera", "7"] {
        let refusal = BulkLine::parse(line, today()).unwrap_err().to_string();
        assert!(!refusal.contains("Chidera") && !refusal.is_empty(), "{refusal}");
    }
    let long = format!("{{\"source_key\":\"{}\"}}", "x".repeat(LONGEST_LINE));
    assert!(BulkLine::parse(&long, today()).unwrap_err().to_string().contains("longer"));
    let twice = CHILD.replacen("\"sex\":\"F\"", "\"sex\":\"F\",\"sex\":\"M\"", 1);
    assert_eq!(BulkLine::parse(&twice, today()).unwrap_err().to_string(), "/sex is given twice");
}

#[test]
fn dates_must_agree() {
    let day = |text: &str| json!(text);
    for (changes, problem) in [
        (vec![("/date_of_birth", day("2026-11-23"))], "/date_of_birth must be the birthday of a child"),
        (vec![("/date_of_birth", day("1990-01-01"))], "/date_of_birth must be the birthday of a child"),
        (vec![("/expected_on", day("2027-01-01"))], "/date_of_birth one of date_of_birth and expected_on"),
        (vec![("/status", json!("unborn"))], "/status must not be unborn"),
        (vec![("/status", json!("merged"))], "/status must not be merged"),
        (vec![("/status", json!("deceased"))], "/died_on is required"),
        (vec![("/died_on", day("2015-03-01"))], "/died_on must lie between"),
        (vec![("/died_on", day("2020-03-01")), ("/status", json!("active"))], "/status must be deceased"),
        (vec![("/stays_until", day("2040-03-03"))], "/stays_until must not be later"),
        (vec![("/involvements/0/ended_on", day("2019-08-31"))], "/involvements/0/ended_on must not be before"),
        (vec![("/involvements/0/started_on", day("2014-01-01"))], "/involvements/0/started_on must lie"),
        (vec![("/involvements/0/last_confirmed_on", day("2026-11-23"))], "/involvements/0/last_confirmed_on must"),
    ] {
        let mut child = child();
        for (pointer, value) in changes {
            set(&mut child, pointer, value);
        }
        let refusal = parse(&child).unwrap_err().to_string();
        assert!(refusal.starts_with(problem), "{refusal} instead of {problem}");
    }
}

#[test]
fn before_birth_only_three_services_are_involved() {
    let unborn = |service: &str| {
        json!({"source_key": "1", "name": {"family": "Okafor"}, "expected_on": "2027-01-10",
            "involvements": [{"service": service, "organisation": "A", "started_on": "2026-08-01"}]})
    };
    for allowed in ["maternity", "health-visiting", "childrens-social-care"] {
        assert!(parse(&unborn(allowed)).is_ok(), "{allowed}");
    }
    assert!(parse(&unborn("school")).unwrap_err().to_string().starts_with("/involvements/0/service must be"));
    let mut with_sex = unborn("maternity");
    with_sex["sex"] = json!("F");
    assert!(parse(&with_sex).unwrap_err().to_string().starts_with("/sex must be U"));
}

#[test]
fn a_sensitive_service_needs_its_ground() {
    let with = |ground: Value| {
        let mut child = child();
        set(
            &mut child,
            "/involvements/1",
            json!({"service": "mental-health", "organisation": "MH-1", "started_on": "2026-01-01", "ground": ground}),
        );
        parse(&child)
    };
    assert!(with(Value::Null).unwrap_err().to_string().starts_with("/involvements/1/ground is required"));
    assert!(with(json!({"kind": "consent", "given_by": "child", "on": "2026-01-01"})).is_ok());
    assert!(with(json!({"kind": "significant-harm"})).is_ok());
    let refusal = with(json!({"kind": "significant-harm", "given_by": "child"})).unwrap_err().to_string();
    assert!(refusal.starts_with("/involvements/1/ground/given_by"), "{refusal}");
}

#[test]
fn a_child_has_one_current_lead_professional_of_a_kind() {
    let lead = |ended_on: Value| {
        json!({"service": "early-help", "organisation": "LA-1", "started_on": "2026-01-01", "ended_on": ended_on,
            "practitioner": {"name": "Ana Ruiz", "job_title": "Family worker"}, "lead_professional": "early-help"})
    };
    let with = |first: Value, second: Value| {
        let mut child = child();
        set(&mut child, "/involvements/1", first);
        set(&mut child, "/involvements/2", second);
        parse(&child)
    };
    assert!(with(lead(json!("2026-05-01")), lead(Value::Null)).is_ok());
    assert!(with(lead(Value::Null), lead(Value::Null)).unwrap_err().to_string().contains("lead professional"));
    let mut nameless = lead(Value::Null);
    nameless["practitioner"] = Value::Null;
    assert!(with(json!({"service": "police", "organisation": "P", "started_on": "2026-01-01"}), nameless).is_err());
}

#[test]
fn an_address_and_its_state_agree() {
    for (address, problem) in [
        (json!({"state": "none_known", "lines": ["1 High Street"]}), "/address/state must not be none_known"),
        (json!({"state": "current"}), "/address must have lines"),
        (json!({"state": "current", "lines": ["x"], "intent": "not_known"}), "/address/intent has a place only"),
        (json!({"state": "current", "lines": [""]}), "/address/lines/0 must not be empty"),
    ] {
        let problems = refused_with("/address", address);
        assert!(problems[0].starts_with(problem), "{problems:?}");
    }
    let mut child = child();
    for fine in [
        json!({"state": "none_known"}),
        json!({"state": "left_area", "intent": "does_not_return"}),
        json!({"state": "last_known", "postcode": "ba148jn"}),
        json!({"state": "current", "postcode": "ZZ99 3VZ"}),
    ] {
        set(&mut child, "/address", fine.clone());
        assert!(parse(&child).is_ok(), "{fine}");
    }
}

#[test]
fn lists_are_bounded_and_hold_no_identifier_twice() {
    let carer = json!({"name": "A B", "relationship": "mother"});
    assert_eq!(refused_with("/carers", Value::Array(vec![carer; 21])), ["/carers must have at most 20 entries"]);
    let twice =
        json!([{"system": "nhs-number", "value": "999 000 0018"}, {"system": "nhs-number", "value": "9990000018"}]);
    assert_eq!(refused_with("/identifiers", twice), ["/identifiers/1 is given twice"]);
}

#[test]
fn all_problems_are_told_at_once() {
    let mut child = child();
    set(&mut child, "/name/family", json!(""));
    set(&mut child, "/involvements/0/ended_on", json!("2001-01-01"));
    assert_eq!(parse(&child).unwrap_err().problems.len(), 2);
}

proptest! {
    #[test]
    fn no_line_makes_it_panic(line in "\\PC{0,200}") {
        prop_assert!(BulkLine::parse(&line, today()).is_err());
    }

    #[test]
    fn a_refusal_never_repeats_a_value(
        pointer in prop::sample::select(vec![
            "/source_key", "/status", "/date_of_birth", "/sex", "/address", "/address/state", "/address/postcode",
            "/identifiers/0/system", "/identifiers/0/value", "/carers/0/phone", "/carers/0/email", "/other_names/0/kind",
            "/carers/0/parental_responsibility", "/involvements/0/service", "/involvements/0/started_on", "/name",
        ]),
        secret in "QZX[a-z]{5} \\PC{0,20}",
    ) {
        let mut child = child();
        set(&mut child, pointer, json!(secret));
        if let Err(refusal) = parse(&child) {
            prop_assert!(!refusal.to_string().contains(secret.get(..8).unwrap()), "{}", refusal);
        }
    }
}
