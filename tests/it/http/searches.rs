//! Search: the right child, at once, by whatever somebody knows of it; and no more than that.

use child_index::domain::services::{OrganisationKind, Sector};
use serde_json::{Value, json};

use crate::apps::TestApp;
use crate::suite::suite;

suite!(TestApp:
    an_exact_name_and_date_find_the_child,
    a_misheard_or_mistyped_name_finds_the_child,
    a_former_name_and_a_nickname_find_the_child,
    too_little_is_refused_and_what_is_missing_named,
    too_many_discloses_nobody_whatever_the_limit,
    nobody_is_found_where_nobody_is,
    a_system_gets_the_one_child_or_nothing,
    a_district_is_shown_where_the_searched_postcode_matched,
    an_identifier_is_searched_by_whoever_may_read_it,
    an_index_number_finds_its_child_however_it_is_written,
    a_handle_is_its_accounts_own_and_ends_after_twelve_hours,
    who_is_not_in_the_index_is_not_found,
    an_adult_who_consents_to_stay_is_found,
);

fn chidera() -> Value {
    json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"})
}

fn an_exact_name_and_date_find_the_child(app: &TestApp) {
    let child = app.a_child().add();
    app.a_child().named("Tomasz", "Kowalczyk").born("2012-07-19").add();
    let answer = app.practitioner().search(&chidera()).ok();
    assert_eq!(answer["outcome"], "found");
    let results = answer["results"].as_array().expect("results");
    assert_eq!(results.len(), 1);
    let found = &results[0];
    assert_eq!(found["child_id"], child.number.as_str());
    assert_eq!(found["name"], json!({"family": "Okafor", "given": "Chidera"}));
    assert_eq!((&found["date_of_birth"], &found["sex"]), (&json!("2015-03-02"), &json!("F")));
    assert_eq!((&found["grade"], &found["shielded"]), (&json!("certain"), &json!(false)));
    assert!(found.get("postcode_district").is_none());
    assert!(answer.get("advice").is_none());
}

fn a_misheard_or_mistyped_name_finds_the_child(app: &TestApp) {
    let child = app.a_child().named("Mohammed Yusuf", "Al-Rashid").born("2014-11-08").add();
    app.a_child().named("Grace", "Whitfield").born("2014-11-08").add();
    let nurse = app.practitioner();
    for (family, given, born) in [
        ("Al Rashid", "Muhammad", "2014-11-08"),
        ("Alrashid", "Mohamed", "2014-11-08"),
        ("AL-RASHEED", "Mohammed", "2014-11-08"),
        ("Mohammed", "Al-Rashid", "2014-11-08"),
        ("Al-Rashid", "Yusuf", "2014-11-08"),
        ("Al-Rashid", "Mohammed", "2014-08-11"),
        ("Al-Rashid", "Mohammed", "2014-11-09"),
    ] {
        let criteria = json!({"family_name": family, "given_name": given, "date_of_birth": born});
        assert_eq!(nurse.finds(&criteria).first(), Some(&child.number), "{criteria}");
    }
}

fn a_former_name_and_a_nickname_find_the_child(app: &TestApp) {
    let child = app.a_child().named("Elizabeth", "Okafor").formerly("Elizabeth", "Brightwater").add();
    let nurse = app.practitioner();
    let former = json!({"family_name": "Brightwater", "given_name": "Elizabeth", "date_of_birth": "2015-03-02"});
    let answer = nurse.search(&former).ok();
    assert_eq!(answer["results"][0]["child_id"], child.number.as_str());
    // A match by a former name is found, and the name itself is not said again.
    assert!(!answer.to_string().contains("Brightwater"), "{answer}");
    let nickname = json!({"family_name": "Okafor", "given_name": "Lizzie", "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.finds(&nickname), [child.number]);
}

fn too_little_is_refused_and_what_is_missing_named(app: &TestApp) {
    app.a_child().add();
    let nurse = app.practitioner();
    for (criteria, missing) in [
        (json!({}), "/family_name /date_of_birth"),
        (json!({"family_name": "Okafor"}), "/date_of_birth"),
        (json!({"date_of_birth": "2015-03-02"}), "/family_name"),
        (json!({"given_name": "Chidera", "postcode": "BA14 8JN"}), "/family_name"),
        (json!({"identifier": {"system": "nhs-number", "value": "9000000009"}}), "/date_of_birth"),
    ] {
        let answer = nurse.search(&criteria);
        answer.is_refused(422, "criteria-insufficient");
        assert_eq!(answer.pointers(), missing, "{criteria}");
    }
}

fn too_many_discloses_nobody_whatever_the_limit(app: &TestApp) {
    for day in 1..=28 {
        app.a_child().named("Olivia", "Smith").born(&format!("2015-03-{day:02}")).add();
    }
    let nurse = app.practitioner();
    let smiths = |limit: u32| {
        json!({"family_name": "Smith", "given_name": "Olivia", "born_from": "2015-03-01", "born_to": "2015-03-31",
               "limit": limit})
    };
    for limit in [1, 10, 25] {
        let answer = nurse.search(&smiths(limit)).ok();
        assert_eq!((&answer["outcome"], &answer["results"]), (&json!("too-many"), &json!([])));
        assert!(answer["advice"].is_string());
    }
    let fewer = json!({"family_name": "Smith", "given_name": "Olivia", "born_from": "2015-03-01",
                       "born_to": "2015-03-05", "limit": 3});
    assert_eq!(nurse.finds(&fewer).len(), 3);
    // Nobody was disclosed: the log names no child.
    let too_many: Vec<_> = app.events().into_iter().filter(|event| event.outcome == "too-many").collect();
    assert_eq!(too_many.len(), 3);
    assert!(too_many.iter().all(|event| event.payload.as_ref().expect("a payload").children.is_empty()));
}

fn nobody_is_found_where_nobody_is(app: &TestApp) {
    let answer = app.practitioner().search(&chidera()).ok();
    assert_eq!(answer, json!({"results": [], "outcome": "none"}));
}

fn a_system_gets_the_one_child_or_nothing(app: &TestApp) {
    let child = app.a_child().add();
    let system = app.system();
    assert_eq!(system.finds(&chidera()), std::slice::from_ref(&child.number));
    let stranger = json!({"family_name": "Whitfield", "given_name": "Grace", "date_of_birth": "2011-01-30"});
    let nothing = json!({"results": [], "outcome": "no-single-match"});
    assert_eq!(system.search(&stranger).ok(), nothing);
    let twin = app.a_child().add();
    assert_eq!(system.search(&chidera()).ok(), nothing, "one answer for none and for many");
    let mut both = app.practitioner().finds(&chidera());
    both.sort();
    let mut expected = [child.number, twin.number];
    expected.sort();
    assert_eq!(both, expected, "a person gets a short list");
}

fn a_district_is_shown_where_the_searched_postcode_matched(app: &TestApp) {
    app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let asked = |postcode: &str| {
        let criteria = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02",
                              "postcode": postcode});
        let answer = nurse.search(&criteria).ok();
        assert!(answer["advice"].is_string(), "the same advice whatever came of it");
        assert!(!answer.to_string().contains("8JN"), "{answer}");
        answer["results"][0]["postcode_district"].clone()
    };
    assert_eq!(asked("BA14 8JN"), "BA14");
    assert_eq!(asked("BA14"), "BA14");
    assert_eq!(asked("M1 1AE"), Value::Null);
    let without = nurse.search(&chidera()).ok();
    assert_eq!(without["results"][0]["postcode_district"], Value::Null);
}

fn an_identifier_is_searched_by_whoever_may_read_it(app: &TestApp) {
    let child = app.a_child().with_identifier("nhs-number", "9000000009").add();
    let criteria = json!({"identifier": {"system": "nhs-number", "value": "900 000 0009"},
                          "date_of_birth": "2015-03-02"});
    let nurse = app.practitioner().in_sector(Sector::Health);
    assert_eq!(nurse.finds(&criteria), [child.number]);
    app.practitioner().in_sector(Sector::Housing).search(&criteria).is_refused(403, "identifier-not-readable");
    let other = json!({"identifier": {"system": "nhs-number", "value": "9000000017"}, "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.search(&other).ok()["outcome"], "none", "an identifier matches exactly or not at all");
}

fn an_index_number_finds_its_child_however_it_is_written(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let bare = child.number.replace('-', "").to_lowercase();
    for written in [child.number.clone(), bare.clone(), child.number.replace('-', " ")] {
        assert_eq!(nurse.finds(&json!({"index_number": written})), std::slice::from_ref(&child.number));
    }
    assert_eq!(nurse.get(&format!("/v1/children/{bare}")).ok()["child_id"], child.number.as_str());
    let mut wrong: Vec<char> = child.number.chars().collect();
    let last = wrong.last_mut().expect("a check character");
    *last = if *last == '0' { '1' } else { '0' };
    let wrong: String = wrong.into_iter().collect();
    nurse.search(&json!({"index_number": wrong})).is_refused(422, "invalid-body");
    nurse.get(&format!("/v1/children/{wrong}")).is_refused(422, "invalid-parameter");
}

fn a_handle_is_its_accounts_own_and_ends_after_twelve_hours(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let handle = nurse.search(&chidera()).ok()["results"][0]["handle"].as_str().expect("a handle").to_owned();
    let by_handle = format!("/v1/children/{handle}");
    assert_eq!(nurse.get(&by_handle).ok()["child_id"], child.number.as_str());
    assert_eq!(nurse.get(&format!("{by_handle}/contacts")).ok()["child"]["child_id"], child.number.as_str());
    app.practitioner().get(&by_handle).is_refused(404, "not-found");
    app.it_is("2026-11-20T21:59:59Z");
    nurse.get(&by_handle).ok();
    app.it_is("2026-11-20T22:00:01Z");
    nurse.get(&by_handle).is_refused(404, "not-found");
    nurse.get("/v1/children/000102030405060708090a0b0c0d0e0f00").is_refused(404, "not-found");
}

fn who_is_not_in_the_index_is_not_found(app: &TestApp) {
    let survivor = app.a_child().named("Amina", "Warsame").born("2013-05-05").add();
    let gone = [
        app.a_child().born("2008-11-19").add(),
        app.a_child().held().add(),
        app.a_child().provisional().add(),
        app.a_child().merged_into(&survivor).add(),
        app.a_child().sealed().add(),
    ];
    let nurse = app.practitioner();
    assert_eq!(nurse.search(&chidera()).ok()["outcome"], "none");
    for child in gone {
        nurse.read(&child).is_refused(404, "not-found");
        nurse.contacts(&child).is_refused(404, "not-found");
        assert_eq!(nurse.search(&json!({"index_number": child.number})).ok()["outcome"], "none");
    }
    // The last day before the eighteenth birthday.
    let nearly = app.a_child().named("Last", "Daytoday").born("2008-11-21").add();
    nurse.read(&nearly).ok();
    app.it_is("2026-11-21T00:00:00Z");
    nurse.read(&nearly).is_refused(404, "not-found");
    let unborn = app.a_child().named("", "Obi").expected("2026-12-24").add();
    app.practitioner().in_sector(Sector::Housing).read(&unborn).is_refused(404, "not-found");
    app.somebody(child_index::domain::accounts::Role::Practitioner, OrganisationKind::HospitalTrust).read(&unborn).ok();
}

fn an_adult_who_consents_to_stay_is_found(app: &TestApp) {
    let child = app.a_child().born("2006-03-02").staying_until("2028-03-01").add();
    let criteria = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2006-03-02"});
    let nurse = app.practitioner();
    assert_eq!(nurse.finds(&criteria), std::slice::from_ref(&child.number));
    app.it_is("2028-03-01T12:00:00Z");
    app.practitioner()
        .change(|account| {
            let later = "2029-01-01".parse().ok();
            account.standing.checked_until = later;
            account.standing.trained_until = later;
            account.standing.certified_until = later;
        })
        .read(&child)
        .is_refused(403, "organisation-not-accredited");
}
