//! What bodies of a search are taken, and what is said of the others.

use serde_json::{Value, json};

use super::*;
use crate::api::extract::parse_body;
use crate::api::openapi::tests::example;
use crate::domain::handles::Handle;

fn search(body: &Value) -> Result<Search, Problem> {
    let body: SearchBody = parse_body(body.to_string().as_bytes())?;
    body.into_search("2026-11-22".parse().unwrap())
}

fn query(body: &Value) -> SearchQuery {
    match search(body).unwrap() {
        Search::Facts { query, .. } => query,
        Search::Number(_) | Search::Mother(_) => panic!("no facts"),
    }
}

fn refused(body: &Value) -> (String, String) {
    let problem = search(body).unwrap_err();
    assert_eq!(problem.code().status(), 422, "{body}");
    let pointers: Vec<_> = problem.body().errors.iter().map(|item| item.pointer.clone().unwrap()).collect();
    (problem.code().code().to_owned(), pointers.join(" "))
}

#[test]
fn each_sufficient_combination_is_taken() {
    for body in [
        json!({"family_name": "Okafor", "date_of_birth": "2015-03-02", "given_name": null}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "born_from": "2015-01-01", "born_to": "2015-12-31"}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "age": 11, "sex": "F", "limit": 25}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "ba14 8jn"}),
        json!({"given_name": "Chidera", "date_of_birth": "2015-03-02", "postcode": "BA14"}),
        json!({"identifier": {"system": "nhs-number", "value": "900 000 0009"}, "date_of_birth": "2015-03-02"}),
    ] {
        search(&body).unwrap();
    }
}

#[test]
fn the_example_of_the_document_is_taken() {
    example::<SearchBody>().into_search("2026-11-22".parse().unwrap()).unwrap();
}

#[test]
fn a_date_that_does_not_exist_is_still_searched_by() {
    let query = query(&json!({"family_name": "Okafor", "date_of_birth": "2015-02-31"}));
    assert_eq!(query.birth, Some(BirthCriterion::On(QueriedDate::new(2015, 2, 31).unwrap())));
    assert_eq!(query.limit, SearchQuery::DEFAULT_LIMIT);
}

#[test]
fn an_index_number_stands_alone() {
    let number = IndexNumber::parse("7K3M-9XQ2-4HT8").unwrap();
    let found = search(&json!({"index_number": "7k3m 9xq2 4ht8", "limit": 3})).unwrap();
    assert!(matches!(found, Search::Number(found) if found == number));
    let beside = json!({"index_number": "7K3M-9XQ2-4HT8", "family_name": "Okafor"});
    assert_eq!(refused(&beside), ("invalid-body".to_owned(), "/index_number".to_owned()));
    let mistyped = json!({"index_number": "7K3M-9XQ2-4HT9"});
    assert_eq!(refused(&mistyped), ("invalid-body".to_owned(), "/index_number".to_owned()));
}

#[test]
fn too_little_names_what_is_missing() {
    for (body, missing) in [
        (json!({}), "/family_name /date_of_birth"),
        (json!({"family_name": "Okafor"}), "/date_of_birth"),
        (json!({"date_of_birth": "2015-03-02"}), "/family_name"),
        (json!({"given_name": "Chidera", "postcode": "BA14 8JN"}), "/family_name"),
        (json!({"identifier": {"system": "nhs-number", "value": "9000000009"}}), "/date_of_birth"),
    ] {
        assert_eq!(refused(&body), ("criteria-insufficient".to_owned(), missing.to_owned()), "{body}");
    }
}

#[test]
fn what_contradicts_or_cannot_be_read_is_named() {
    let named = |more: Value| {
        let mut body = json!({"family_name": "Okafor", "given_name": "Chidera"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        refused(&body).1
    };
    for (more, pointer) in [
        (json!({"date_of_birth": "2015-03-02", "age": 11}), "/age"),
        (json!({"date_of_birth": "2015-03-02", "born_from": "2015-01-01"}), "/born_from"),
        (json!({"age": 11, "born_to": "2015-01-01"}), "/age"),
        (json!({"born_from": "2015-01-01"}), "/born_to"),
        (json!({"born_to": "2015-01-01"}), "/born_from"),
        (json!({"born_from": "2015-01-02", "born_to": "2015-01-01"}), "/born_to"),
        (json!({"date_of_birth": "2015-3-2"}), "/date_of_birth"),
        (json!({"date_of_birth": "2015-13-13"}), "/date_of_birth"),
        (json!({"born_from": "2015-02-31"}), "/born_from"),
        (json!({"age": 26}), "/age"),
        (json!({"limit": 0}), "/limit"),
        (json!({"limit": 26}), "/limit"),
        (json!({"sex": "f"}), "/sex"),
        (json!({"postcode": "ZZ99 3VZ"}), "/postcode"),
        (json!({"postcode": "--"}), "/postcode"),
        (json!({"identifier": {"system": "NHS", "value": "9000000009"}}), "/identifier/system"),
        (json!({"identifier": {"system": "nhs-number", "value": "9000000008"}}), "/identifier/value"),
        (json!({"name": "Okafor"}), "/name"),
    ] {
        assert_eq!(named(more.clone()), pointer, "{more}");
    }
}

fn answer(ending: Ending, used_hideable_field: bool) -> Value {
    let answer = SearchAnswer { children: Vec::new(), ending, used_hideable_field, standing: None };
    serde_json::to_value(SearchView::from(answer)).unwrap()
}

#[test]
fn the_advice_depends_on_the_question_and_never_on_what_is_hidden() {
    for ending in [Ending::Found, Ending::None, Ending::TooMany, Ending::NoSingleMatch] {
        assert_eq!(answer(ending, true)["advice"], SEARCH_AGAIN);
    }
    assert_eq!(answer(Ending::TooMany, false)["advice"], SAY_MORE);
    assert_eq!(answer(Ending::None, false), json!({"results": [], "outcome": "none"}));
}

#[test]
fn a_child_is_shown_in_the_names_of_the_interface() {
    let found = FoundChild {
        index_number: IndexNumber::parse("7K3M-9XQ2-4HT8").unwrap(),
        handle: Handle { answer: [1; 16], position: 2 },
        probability: 0.998_764_3,
        grade: Grade::Certain,
        matched: vec![FieldMatch { field: Field::FamilyName, how: How::Exact }],
        name: crate::domain::children::Name { family: "Okafor".into(), given: "Chidera".into() },
        date_of_birth: "2015-03-02".parse().ok(),
        sex: Sex::F,
        postcode_district: None,
        shielded: false,
    };
    assert_eq!(
        serde_json::to_value(FoundChildView::from(found)).unwrap(),
        json!({
            "child_id": "7K3M-9XQ2-4HT8", "score": 0.9988, "grade": "certain",
            "matched_on": [{"field": "family_name", "how": "exact"}],
            "name": {"family": "Okafor", "given": "Chidera"}, "date_of_birth": "2015-03-02", "sex": "F",
            "handle": "0101010101010101010101010101010102", "shielded": false,
        })
    );
}
