//! Registering a child: compared first, told of whom it seems to be, and never a way to make a hidden child findable.

use child_index::domain::accounts::Role;
use child_index::domain::services::OrganisationKind;
use serde_json::{Value, json};

use crate::apps::{Answer, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_new_child_is_registered_and_found_by_others,
    what_seems_to_be_the_same_child_is_told_and_can_be_denied,
    the_same_key_registers_once,
    the_same_source_key_registers_once,
    a_newborn_at_a_hidden_address_stays_with_who_registered_it,
    who_shares_a_carer_with_a_hidden_child_is_not_published,
    an_old_name_of_a_hidden_child_does_not_become_findable,
    a_sealed_child_cannot_be_felt_by_registering_it,
    an_unborn_child_is_for_health_and_social_care,
    dates_that_cannot_be_are_refused,
    nothing_is_written_by_a_refusal,
);

fn tomasz() -> Value {
    json!({
        "source_key": "SIMS-1", "name": {"family": "Kowalczyk", "given": "Tomasz"}, "date_of_birth": "2012-07-19",
        "sex": "M", "address": {"state": "current", "lines": ["4 Mill Lane"], "postcode": "SN12 6AA"},
        "carers": [{"name": "Ewa Kowalczyk", "relationship": "mother", "phone": "01225 700700"}],
    })
}

fn born(child: &Value) -> Value {
    json!({"family_name": child["name"]["family"], "given_name": child["name"]["given"],
           "date_of_birth": child["date_of_birth"]})
}

fn with(mut child: Value, more: &Value) -> Value {
    child.as_object_mut().expect("a child").extend(more.as_object().expect("more").clone());
    child
}

fn number_of(answer: &Answer) -> String {
    answer.json()["child_id"].as_str().expect("a number").to_owned()
}

fn a_new_child_is_registered_and_found_by_others(app: &TestApp) {
    let teacher = app.practitioner();
    let answer = teacher.register(&tomasz()).with_status(201);
    assert_eq!(answer.json()["state"], "provisional");
    let number = number_of(&answer);
    assert_eq!(answer.header("location"), format!("/v1/children/{number}"));
    let by_handle = format!("/v1/children/{}", answer.json()["handle"].as_str().expect("a handle"));
    assert_eq!(teacher.get(&by_handle).ok()["child_id"], number.as_str());
    let own = teacher.get(&format!("/v1/children/{number}")).ok();
    assert_eq!(own["address"]["postcode"], "SN12 6AA", "who registered it sees what it supplied");
    let stranger = app.practitioner();
    assert_eq!(stranger.finds(&born(&tomasz())), std::slice::from_ref(&number));
    let seen = stranger.get(&format!("/v1/children/{number}")).ok();
    assert!(seen.get("address").is_none() && seen.get("carers").is_none(), "{seen}");
}

fn what_seems_to_be_the_same_child_is_told_and_can_be_denied(app: &TestApp) {
    let known = app.a_child().named("Tomasz", "Kowalczyk").born("2012-07-19").living_at("4 Mill Lane", "SN12 6AA");
    let known = known.add();
    let teacher = app.practitioner();
    let told = teacher.register(&tomasz());
    told.is_refused(409, "duplicate");
    let candidates = told.json()["candidates"].as_array().expect("candidates").clone();
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0]["child_id"], known.number.as_str());
    assert!(!told.text.contains("SN12") && !told.text.contains("Mill"), "no more than a search shows: {}", told.text);
    let handle = candidates[0]["handle"].as_str().expect("a handle");
    assert_eq!(teacher.get(&format!("/v1/children/{handle}")).ok()["child_id"], known.number.as_str());
    let denied = with(tomasz(), &json!({"not_same_as": [handle]}));
    let answer = teacher.register(&denied);
    assert!([201, 202].contains(&answer.status), "{}", answer.text);
    // By number as well; who is none of one may still be the other.
    let denied = with(tomasz(), &json!({"not_same_as": [known.number], "source_key": "SIMS-2"}));
    let told = app.practitioner().register(&denied);
    assert!(told.status == 202 || !told.text.contains(&known.number), "{}", told.text);
}

fn the_same_key_registers_once(app: &TestApp) {
    let teacher = app.practitioner();
    let first = teacher.post_with_key("k-1", "/v1/children", &tomasz()).with_status(201);
    let again = teacher.post_with_key("k-1", "/v1/children", &tomasz()).with_status(201);
    assert_eq!(number_of(&first), number_of(&again));
    assert_ne!(first.header("audit-receipt"), again.header("audit-receipt"), "a replay leaves its own event");
    assert_eq!(app.practitioner().finds(&born(&tomasz())).len(), 1);
    let other = with(tomasz(), &json!({"sex": "F"}));
    teacher.post_with_key("k-1", "/v1/children", &other).is_refused(422, "idempotency-key-reused");
    // A key is its account's own.
    app.practitioner().post_with_key("k-1", "/v1/children", &other).is_refused(409, "duplicate");
    // A replay is decided anew.
    let teacher = teacher.change(|account| account.standing.trained_until = None);
    teacher.post_with_key("k-1", "/v1/children", &tomasz()).is_refused(403, "training-lapsed");
}

fn the_same_source_key_registers_once(app: &TestApp) {
    let teacher = app.practitioner();
    teacher.register(&tomasz()).with_status(201);
    let other = json!({"source_key": "SIMS-1", "name": {"family": "Adeyemi", "given": "Ruth"},
                       "date_of_birth": "2016-01-04"});
    teacher.register(&other).is_refused(409, "source-key-taken");
    app.practitioner().register(&other).with_status(201);
}

fn newborn() -> Value {
    json!({"name": {"family": "Brightwater", "given": "Noor"}, "date_of_birth": "2026-11-18", "sex": "F",
           "address": {"state": "current", "lines": ["3 Hideaway Lane"], "postcode": "BA14 8JN"}})
}

fn a_newborn_at_a_hidden_address_stays_with_who_registered_it(app: &TestApp) {
    app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").shielded().add();
    let trust = app.organisation(OrganisationKind::HospitalTrust);
    let midwife = app.practitioner().of(&trust);
    let answer = midwife.register(&newborn()).with_status(201);
    // Nothing tells it from a registration elsewhere.
    let elsewhere = json!({"name": {"family": "Warsame", "given": "Idil"}, "date_of_birth": "2026-11-18"});
    let other = midwife.register(&elsewhere).with_status(201);
    let shape = |answer: &Answer| {
        let body = answer.json();
        let mut keys: Vec<String> = body.as_object().expect("an object").keys().cloned().collect();
        keys.sort();
        (body["state"].clone(), keys)
    };
    assert_eq!(shape(&answer), shape(&other));
    let path = format!("/v1/children/{}", number_of(&answer));
    midwife.get(&path).ok();
    for stranger in [app.practitioner(), app.manager(), app.system()] {
        stranger.get(&path).is_refused(404, "not-found");
    }
    assert_eq!(app.practitioner().search(&born(&newborn())).ok()["outcome"], "none");
    assert_eq!(app.practitioner().finds(&born(&elsewhere)).len(), 1);
}

fn who_shares_a_carer_with_a_hidden_child_is_not_published(app: &TestApp) {
    app.a_child().with_carer("Ada Okafor", "07700 900111").shielded().add();
    let teacher = app.practitioner();
    for (given, carer) in [
        ("Ngozi", json!({"name": "Ada Okafor", "relationship": "mother", "phone": "07700 900111"})),
        ("Emeka", json!({"name": "Another Person", "relationship": "aunt", "phone": "+44 7700 900111"})),
    ] {
        let brother = json!({"name": {"family": "Okafor", "given": given}, "date_of_birth": "2018-06-01",
                             "carers": [carer]});
        teacher.register(&brother).with_status(201);
        assert_eq!(app.practitioner().search(&born(&brother)).ok()["outcome"], "none", "{given}");
    }
}

fn an_old_name_of_a_hidden_child_does_not_become_findable(app: &TestApp) {
    let hidden = app.a_child().formerly("Chidera", "Brightwater").living_at("3 Hideaway Lane", "BA14 8JN").shielded();
    let hidden = hidden.add();
    let old = json!({"name": {"family": "Brightwater", "given": "Chidera"}, "date_of_birth": "2015-03-02", "sex": "F"});
    let answer = app.practitioner().register(&old);
    assert_eq!(answer.status, 201, "{}", answer.text);
    assert!(!answer.text.contains("Okafor") && !answer.text.contains(&hidden.number));
    for reader in [app.practitioner(), app.manager(), app.system()] {
        assert_eq!(reader.search(&born(&old)).ok()["results"], json!([]), "{}", reader.account.name);
    }
    // Nor by saying that it is somebody else.
    let denied = with(old.clone(), &json!({"not_same_as": [hidden.number]}));
    let answer = app.practitioner().register(&denied);
    assert!([201, 202].contains(&answer.status), "{}", answer.text);
    assert_eq!(app.practitioner().search(&born(&old)).ok()["results"], json!([]));
    // The hidden child's present name is found as ever.
    let present = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"});
    assert_eq!(app.practitioner().finds(&present), [hidden.number]);
}

fn a_sealed_child_cannot_be_felt_by_registering_it(app: &TestApp) {
    app.a_child().sealed().add();
    let same = json!({"name": {"family": "Okafor", "given": "Chidera"}, "date_of_birth": "2015-03-02", "sex": "F"});
    let stranger = json!({"name": {"family": "Warsame", "given": "Idil"}, "date_of_birth": "2015-03-02", "sex": "F"});
    let teacher = app.practitioner();
    let [one, other] = [&same, &stranger].map(|child| teacher.register(child));
    assert_eq!((one.status, other.status), (201, 201), "{}", one.text);
    assert_eq!(one.json()["state"], other.json()["state"]);
    assert_eq!(app.practitioner().search(&born(&same)).ok()["outcome"], "none", "it is not published");
}

fn an_unborn_child_is_for_health_and_social_care(app: &TestApp) {
    let unborn = json!({"name": {"family": "Obi"}, "expected_on": "2026-12-24"});
    app.practitioner().register(&unborn).is_refused(403, "role-not-permitted");
    let midwife = app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust);
    let number = number_of(&midwife.register(&unborn).with_status(201));
    let record = midwife.get(&format!("/v1/children/{number}")).ok();
    assert_eq!((&record["status"], &record["date_of_birth"]), (&json!("unborn"), &Value::Null));
    app.practitioner().get(&format!("/v1/children/{number}")).is_refused(404, "not-found");
}

fn dates_that_cannot_be_are_refused(app: &TestApp) {
    let midwife = app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust);
    for (dates, pointer) in [
        (json!({}), "/date_of_birth"),
        (json!({"date_of_birth": "2026-11-21"}), "/date_of_birth"),
        (json!({"date_of_birth": "2001-11-20"}), "/date_of_birth"),
        (json!({"date_of_birth": "2026-02-30"}), "/date_of_birth"),
        (json!({"date_of_birth": "2015-03-02", "expected_on": "2026-12-24"}), "/expected_on"),
        (json!({"expected_on": "2026-01-01"}), "/expected_on"),
        (json!({"expected_on": "2027-11-20"}), "/expected_on"),
    ] {
        let answer = midwife.register(&with(json!({"name": {"family": "Obi"}}), &dates));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), pointer, "{dates}");
    }
}

fn nothing_is_written_by_a_refusal(app: &TestApp) {
    let teacher = app.practitioner();
    for wrong in [
        json!({"address": {"state": "none_known", "lines": ["4 Mill Lane"]}}),
        json!({"identifiers": [{"system": "nhs-number", "value": "9000000000"}]}),
        json!({"carers": [{"name": "Ewa", "relationship": "mother", "phone": "no number"}]}),
        json!({"address": {"state": "current", "lines": ["4 Mill Lane"], "postcode": "QA1 1AA"}}),
        json!({"notes": "seen at home"}),
        json!({"not_same_as": ["7K3M"]}),
    ] {
        teacher.register(&with(tomasz(), &wrong)).is_refused(422, "invalid-body");
    }
    assert_eq!(teacher.search(&born(&tomasz())).ok()["outcome"], "none");
    teacher.register(&tomasz()).with_status(201);
}
