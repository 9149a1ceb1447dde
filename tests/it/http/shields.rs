//! Shielded and sealed children: found by what stays visible and by nothing else, and not told apart from nobody.

use child_index::domain::accounts::Capability;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_shielded_child_is_found_by_name_and_birth_alone,
    a_hidden_field_cannot_be_told_from_no_match,
    a_sealed_child_is_answered_as_an_unknown_number,
    a_sealed_child_is_not_found_by_anything,
    a_cleared_manager_of_the_area_knows_of_a_sealed_child,
    a_shielded_record_shows_who_the_child_is_and_no_more,
    a_manager_with_a_shield_case_sees_where_a_shielded_child_lives,
    the_advice_is_the_same_whatever_came_of_it,
    a_merged_number_is_answered_as_an_unknown_number,
);

/// A shielded child with everything that could lead to it.
fn hidden_child(app: &TestApp) -> Known {
    let school = app.organisation(OrganisationKind::School);
    app.a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .formerly("Chidera", "Brightwater")
        .with_carer("Ada Okafor", "01225 999111")
        .with_identifier("nhs-number", "9000000009")
        .known_to(&school, Service::School)
        .shielded()
        .add()
}

/// Questions that use a field which a shield hides.
fn hideable_questions() -> Vec<Value> {
    vec![
        json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "BA14 8JN"}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02", "postcode": "BA14"}),
        json!({"given_name": "Chidera", "date_of_birth": "2015-03-02", "postcode": "BA14 8JN"}),
        json!({"identifier": {"system": "nhs-number", "value": "9000000009"}, "date_of_birth": "2015-03-02"}),
        json!({"identifier": {"system": "nhs-number", "value": "9000000009"}, "date_of_birth": "2015-03-02",
               "family_name": "Okafor"}),
    ]
}

fn former_name() -> Value {
    json!({"family_name": "Brightwater", "given_name": "Chidera", "date_of_birth": "2015-03-02"})
}

fn a_shielded_child_is_found_by_name_and_birth_alone(app: &TestApp) {
    let child = hidden_child(app);
    let nurse = app.practitioner().in_sector(Sector::Health);
    let answer = nurse.search(&json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"})).ok();
    assert_eq!(answer["results"][0]["child_id"], child.number.as_str());
    assert_eq!(answer["results"][0]["shielded"], true);
    assert_eq!(nurse.finds(&json!({"family_name": "Okafor", "given_name": "Chidera", "age": 11})), [child.number]);
    for question in hideable_questions() {
        assert_eq!(nurse.search(&question).ok()["outcome"], "none", "{question}");
    }
    let by_former_name = nurse.search(&former_name()).ok();
    assert_eq!(by_former_name["results"], json!([]), "an old name must not lead to the new one");
}

fn a_hidden_field_cannot_be_told_from_no_match(app: &TestApp) {
    // Others who answer to the same questions, so that there is something to rank.
    app.a_child().named("Chidera", "Okafor").born("2013-08-30").living_at("9 Mill Street", "M1 1AE").add();
    let nurse = app.practitioner().in_sector(Sector::Health);
    let questions = [hideable_questions(), vec![former_name()]].concat();
    let ask = |nurse: &Person<'_>| -> Vec<_> {
        questions.iter().map(|question| without_handles(nurse.search(question).likeness())).collect()
    };
    let without = ask(&nurse);
    // The same questions by a colleague, whose budget stands as the first one's stood.
    hidden_child(app);
    let colleague = app.practitioner().in_sector(Sector::Health);
    for ((question, without), with) in questions.iter().zip(without).zip(ask(&colleague)) {
        assert_eq!(with, without, "{question}");
    }
}

/// Handles are random by nature.
fn without_handles((status, mut body, headers): (u16, Value, Vec<String>)) -> (u16, Value, Vec<String>) {
    for result in body["results"].as_array_mut().into_iter().flatten() {
        result.as_object_mut().expect("a child").remove("handle");
    }
    // A random handle compresses to nothing, and is as long as any other.
    (status, body, headers)
}

fn every_verb(person: &Person<'_>, number: &str) -> Vec<(u16, Value, Vec<String>)> {
    let path = format!("/v1/children/{number}");
    let involvement = json!({"service": "school", "started_on": "2024-09-02"});
    let answers = vec![
        person.get(&path),
        person.get(&format!("{path}/contacts")),
        person.get(&format!("{path}/involvements")),
        person.patch(&path, "\"0\"", &json!({"sex": "M"})),
        person.change_at(&path, &json!({"name": {"family": "Other", "given": "Name"}})),
        person.post(&format!("{path}/involvements"), &involvement),
        person.post_with_key("k1", &format!("{path}/involvements"), &involvement),
        person.patch(&format!("{path}/involvements/17"), "\"0\"", &json!({})),
        person.post(&format!("{path}/involvements/17/end"), &json!({})),
        person.post_nothing(&format!("{path}/involvements/17/confirm")),
        person.search(&json!({"index_number": number})),
    ];
    answers.iter().map(crate::apps::Answer::likeness).collect()
}

/// A number that nobody has.
fn unknown_number() -> String {
    child_index::domain::index_numbers::IndexNumber::from_random_bits(rand::random()).to_string()
}

fn a_sealed_child_is_answered_as_an_unknown_number(app: &TestApp) {
    let own = app.organisation(OrganisationKind::School);
    let sealed = app.a_child().known_to(&own, Service::School).sealed().add();
    for reader in [
        app.practitioner(),
        app.practitioner().of(&own),
        app.manager(),
        app.system(),
        app.manager().with(Capability::SealedClearance).in_area(crate::apps::ELSEWHERE),
        app.practitioner().with(Capability::SealedClearance),
        app.practitioner().with(Capability::Override),
    ] {
        // Two of a kind, so that the budgets of both stand alike.
        let one = every_verb(&reader, &sealed.number);
        let twin = app.somebody(reader.account.role, OrganisationKind::School).change(|account| {
            account.capabilities.clone_from(&reader.account.capabilities);
            account.area.clone_from(&reader.account.area);
            account.sector = reader.account.sector;
        });
        let other = every_verb(&twin, &unknown_number());
        assert_eq!(one, other, "{}", reader.account.name);
    }
}

fn a_sealed_child_is_not_found_by_anything(app: &TestApp) {
    app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").with_identifier("nhs-number", "9000000009").sealed().add();
    let nurse = app.practitioner().in_sector(Sector::Health);
    for question in hideable_questions() {
        assert_eq!(nurse.search(&question).ok()["outcome"], "none", "{question}");
    }
    let by_name = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.search(&by_name).ok(), json!({"results": [], "outcome": "none"}));
    assert_eq!(app.system().search(&by_name).ok(), json!({"results": [], "outcome": "no-single-match"}));
}

fn a_cleared_manager_of_the_area_knows_of_a_sealed_child(app: &TestApp) {
    let child = app.a_child().sealed().add();
    let manager = app.manager().with(Capability::SealedClearance);
    assert_eq!(manager.read(&child).ok()["child_id"], child.number.as_str());
    let by_name = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"});
    assert_eq!(manager.finds(&by_name), [child.number]);
}

fn a_shielded_record_shows_who_the_child_is_and_no_more(app: &TestApp) {
    let child = hidden_child(app);
    for reader in [app.practitioner(), app.practitioner().in_sector(Sector::Health), app.manager(), app.system()] {
        let answer = reader.read(&child);
        for secret in ["Hideaway", "8JN", "BA14", "Brightwater", "Ada", "999111", "9000000009"] {
            assert!(!answer.text.contains(secret), "{} sees {secret}: {}", reader.account.name, answer.text);
        }
        let record = answer.ok();
        assert_eq!(record["shielded"], true);
        for block in ["address", "carers", "other_names", "identifiers"] {
            assert!(record.get(block).is_none(), "{block} is shown to {}", reader.account.name);
        }
    }
}

fn a_manager_with_a_shield_case_sees_where_a_shielded_child_lives(app: &TestApp) {
    let manager = app.manager();
    let child = app
        .a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 999111")
        .with_case(CaseKind::Shield, &manager)
        .shielded()
        .add();
    let record = manager.read(&child).ok();
    assert_eq!(record["address"]["postcode"], "BA14 8JN");
    assert_eq!(record["carers"][0]["name"], "Ada Okafor");
    assert!(app.manager().read(&child).ok().get("address").is_none(), "a colleague without the case does not");
}

fn the_advice_is_the_same_whatever_came_of_it(app: &TestApp) {
    app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let advice = |family: &str, given: &str| {
        let criteria = json!({"family_name": family, "given_name": given, "postcode": "BA14 8JN"});
        let answer = nurse.search(&criteria).ok();
        (answer["outcome"].clone(), answer["advice"].as_str().expect("an advice").to_owned())
    };
    let (found, one) = advice("Okafor", "Chidera");
    let (none, other) = advice("Whitfield", "Grace");
    assert_eq!((found, none), (json!("found"), json!("none")));
    assert_eq!(one, other);
    let plain = nurse.search(&json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"})).ok();
    assert!(plain.get("advice").is_none());
}

fn a_merged_number_is_answered_as_an_unknown_number(app: &TestApp) {
    let survivor = app.a_child().shielded().add();
    let merged = app.a_child().named("Old", "Name").merged_into(&survivor).add();
    let one = every_verb(&app.practitioner(), &merged.number);
    assert_eq!(one, every_verb(&app.practitioner(), &unknown_number()));
}
