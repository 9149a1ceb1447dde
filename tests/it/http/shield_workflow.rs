//! A shield's life: asked for by a practitioner, at once, for the household; confirmed, reviewed, and lifted by two.

use child_index::domain::accounts::{AccountStatus, Capability};
use child_index::domain::policy::CaseKind;
use child_index::domain::services::OrganisationKind;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_request_takes_effect_at_once,
    the_household_is_covered_and_not_told,
    asking_again_does_not_tell_who_lives_there,
    whoever_may_not_see_the_child_cannot_shield_it,
    a_shield_is_confirmed_in_time_or_stays_all_the_same,
    lifting_takes_two_people,
    a_proposal_to_lift_lapses_and_is_answered_by_confirming,
    a_proposal_counts_only_while_who_made_it_may_decide,
    only_the_areas_management_team_decides,
    entries_made_under_a_shield_stay_hidden_when_it_is_lifted,
    a_case_is_taken_once_and_opens_what_it_is_about,
    a_held_registration_is_told_to_whoever_took_its_case,
    cases_of_sealed_children_do_not_exist_for_others,
    the_list_of_cases_is_paged,
);

fn path(child: &Known) -> String {
    format!("{}/shield", child.path())
}

fn refuge() -> Value {
    json!({"ground": "refuge"})
}

fn a_hidden_family(app: &TestApp) -> (Known, Known, Known) {
    let child = |given: &str| app.a_child().named(given, "Okafor");
    let first =
        child("Chidera").living_at("3 Hideaway Lane", "BA14 8JN").with_carer("Ada Okafor", "01225 999111").add();
    let brother = child("Tobi").born("2018-01-30").with_carer("Ada Okafor", "01225 999111").add();
    let neighbour = child("Emeka").born("2017-06-07").living_at("5 Hideaway Lane", "BA14 8JN").add();
    (first, brother, neighbour)
}

fn by_postcode(given: &str) -> Value {
    json!({"family_name": "Okafor", "given_name": given, "postcode": "BA14 8JN"})
}

fn is_shielded(reader: &Person<'_>, child: &Known) -> bool {
    reader.read(child).ok()["shielded"] == true
}

fn a_request_takes_effect_at_once(app: &TestApp) {
    let (child, ..) = a_hidden_family(app);
    let nurse = app.practitioner();
    assert_eq!(nurse.finds(&by_postcode("Chidera"))[0], child.number);
    assert_eq!(nurse.post(&path(&child), &refuge()).ok(), json!({"shielded": true}));
    assert!(!nurse.finds(&by_postcode("Chidera")).contains(&child.number));
    let seen = nurse.read(&child);
    assert!(!seen.text.contains("Hideaway") && !seen.text.contains("Ada"), "{}", seen.text);
    // Asked for again it stands as it is.
    nurse.post(&path(&child), &json!({"ground": "court-order"})).ok();
    assert_eq!(app.manager().get(&path(&child)).ok()["ground"], "refuge");
    let events: Vec<_> = app.events().into_iter().filter(|event| event.action == "child.shield").collect();
    assert_eq!(events.last().expect("an event").outcome, "unchanged");
}

fn the_household_is_covered_and_not_told(app: &TestApp) {
    let (child, brother, neighbour) = a_hidden_family(app);
    let nurse = app.practitioner();
    let alone = app.a_child().named("Ruth", "Adeyemi").add();
    let answer = nurse.post(&path(&child), &refuge());
    assert!(is_shielded(&nurse, &brother));
    assert!(!is_shielded(&nurse, &neighbour));
    let other = nurse.post(&path(&alone), &refuge());
    assert_eq!(answer.ok(), other.ok(), "how many were covered is not told");
    let children: usize = app
        .events()
        .iter()
        .filter(|event| event.action == "child.shield")
        .map(|event| event.payload.as_ref().map_or(0, |payload| payload.children.len()))
        .sum();
    assert_eq!(children, 3, "each covered child has its event");
}

fn asking_again_does_not_tell_who_lives_there(app: &TestApp) {
    let (child, ..) = a_hidden_family(app);
    let nurse = app.practitioner();
    nurse.post(&path(&child), &refuge()).ok();
    let guess = app.a_child().named("Zinnia", "Adeyemi").living_at("3 Hideaway Lane", "BA14 8JN").add();
    nurse.post(&path(&child), &refuge()).ok();
    assert!(!is_shielded(&nurse, &guess), "a shield that spreads tells a guessed address from a wrong one");
}

fn whoever_may_not_see_the_child_cannot_shield_it(app: &TestApp) {
    let sealed = app.a_child().sealed().add();
    app.practitioner().post(&path(&sealed), &refuge()).is_refused(404, "not-found");
    let child = app.a_child().add();
    app.system().post(&path(&child), &refuge()).is_refused(403, "role-not-permitted");
    app.auditor().post(&path(&child), &refuge()).is_refused(403, "role-not-permitted");
    app.practitioner().post(&path(&child), &json!({"ground": "because"})).is_refused(422, "invalid-body");
    app.practitioner().post(&path(&child), &json!({"ground": "other", "why": "x"})).is_refused(422, "invalid-body");
    assert!(!is_shielded(&app.practitioner(), &child));
}

fn a_shield_is_confirmed_in_time_or_stays_all_the_same(app: &TestApp) {
    let child = app.a_child().add();
    let manager = app.manager();
    manager.get(&path(&child)).is_refused(409, "not-shielded");
    app.practitioner().post(&path(&child), &refuge()).ok();
    let shield = manager.get(&path(&child)).ok();
    assert_eq!((&shield["confirm_by"], &shield["overdue"]), (&json!("2026-11-27"), &json!(false)));
    assert!(shield.get("confirmed_at").is_none());
    app.it_is("2026-11-28T09:00:00Z");
    assert_eq!(manager.get(&path(&child)).ok()["overdue"], true);
    let listed = manager.get("/v1/cases?kind=shield").ok();
    assert_eq!((&listed["cases"][0]["child_id"], &listed["cases"][0]["overdue"]), (&json!(child.number), &json!(true)));
    assert!(is_shielded(&app.practitioner(), &child), "silence keeps it");
    let confirm = format!("{}/confirm", path(&child));
    manager.post(&confirm, &json!({"review_on": "2026-11-28"})).is_refused(422, "invalid-body");
    manager.post(&confirm, &json!({"review_on": "2027-11-30"})).is_refused(422, "invalid-body");
    let confirmed = manager.post(&confirm, &json!({"review_on": "2027-05-20"})).ok();
    assert_eq!((&confirmed["review_on"], &confirmed["overdue"]), (&json!("2027-05-20"), &json!(false)));
    assert_eq!(confirmed["confirmed_at"], "2026-11-28T09:00:00Z");
    assert_eq!(manager.get(&path(&child)).ok(), confirmed);
    let listed = manager.get("/v1/cases?kind=shield").ok();
    let due = |listed: &Value| (listed["cases"][0]["overdue"].clone(), listed["cases"][0]["due_on"].clone());
    assert_eq!(due(&listed), (json!(false), json!("2027-05-20")), "what is due now is to look again");
    manager.post(&confirm, &json!({"review_on": "2026-12-10"})).ok();
    app.it_is("2026-12-11T09:00:00Z");
    assert_eq!(due(&manager.get("/v1/cases?kind=shield").ok()), (json!(true), json!("2026-12-10")));
}

fn lifting_takes_two_people(app: &TestApp) {
    let (child, ..) = a_hidden_family(app);
    let (nurse, first, second) = (app.practitioner(), app.manager(), app.manager());
    let lift = format!("{}/lift", path(&child));
    first.post_nothing(&lift).is_refused(409, "not-shielded");
    nurse.post(&path(&child), &refuge()).ok();
    assert_eq!(first.post_nothing(&lift).with_status(202).json(), json!({"state": "proposed"}));
    assert_eq!(first.get(&path(&child)).ok()["lift_proposed_by_you"], true);
    first.post_nothing(&lift).is_refused(403, "second-person-required");
    let old = second.clone().logged_in_long_ago();
    old.post_nothing(&lift).is_refused(401, "insufficient-user-authentication");
    assert!(is_shielded(&nurse, &child));
    assert_eq!(second.get(&path(&child)).ok()["lift_proposed_by_you"], false);
    assert_eq!(second.post_nothing(&lift).ok(), json!({"state": "lifted"}));
    assert!(!is_shielded(&nurse, &child));
    // The brother's shield stands: what both share leads to neither.
    let answer = nurse.search(&by_postcode("Chidera")).ok();
    for found in answer["results"].as_array().expect("results") {
        let by_place = found["matched_on"].as_array().expect("fields").iter().any(|each| each["field"] == "postcode");
        assert!(found["child_id"] != child.number.as_str() || !by_place, "{found}");
    }
    let by_name = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.finds(&by_name)[0], child.number);
    let open = first.get("/v1/cases").ok();
    let about = |case: &&Value| case["child_id"] == child.number.as_str();
    let still: Vec<_> = open["cases"].as_array().expect("cases").iter().filter(about).collect();
    assert!(still.iter().all(|case| case["kind"] == "review"), "its shield case is closed: {still:?}");
    // A new shield starts from nothing.
    nurse.post(&path(&child), &refuge()).ok();
    second.post_nothing(&lift).with_status(202);
}

fn a_proposal_to_lift_lapses_and_is_answered_by_confirming(app: &TestApp) {
    let child = app.a_child().add();
    app.practitioner().post(&path(&child), &refuge()).ok();
    let (first, second) = (app.manager(), app.manager());
    let lift = format!("{}/lift", path(&child));
    first.post_nothing(&lift).with_status(202);
    second.post(&format!("{}/confirm", path(&child)), &json!({"review_on": "2027-05-20"})).ok();
    second.post_nothing(&lift).with_status(202);
    app.it_is("2026-12-21T10:00:00Z");
    assert_eq!(first.get(&path(&child)).ok()["lift_proposed"], false);
    first.post_nothing(&lift).with_status(202);
    assert!(is_shielded(&app.practitioner(), &child));
}

fn a_proposal_counts_only_while_who_made_it_may_decide(app: &TestApp) {
    let child = app.a_child().add();
    app.practitioner().post(&path(&child), &refuge()).ok();
    let lift = format!("{}/lift", path(&child));
    let first = app.manager();
    first.post_nothing(&lift).with_status(202);
    first.change(|account| account.status = AccountStatus::Suspended);
    let second = app.manager();
    second.post_nothing(&lift).with_status(202);
    assert!(is_shielded(&app.practitioner(), &child));
    app.manager().post_nothing(&lift).ok();
    assert!(!is_shielded(&app.practitioner(), &child));
}

fn only_the_areas_management_team_decides(app: &TestApp) {
    let child = app.a_child().shielded().add();
    let (confirm, lift) = (format!("{}/confirm", path(&child)), format!("{}/lift", path(&child)));
    let through = app.manager().acting_through(&app.system());
    for other in [app.practitioner(), app.system(), app.manager().in_area(ELSEWHERE), through] {
        other.get(&path(&child)).is_refused(403, "role-not-permitted");
        other.post(&confirm, &json!({"review_on": "2027-05-20"})).is_refused(403, "role-not-permitted");
        other.post_nothing(&lift).is_refused(403, "role-not-permitted");
    }
    // Whose area it is cannot be learnt from whether there is a shield.
    let plain = app.a_child().named("Ruth", "Adeyemi").add();
    app.manager()
        .in_area(ELSEWHERE)
        .post_nothing(&format!("{}/lift", path(&plain)))
        .is_refused(403, "role-not-permitted");
}

fn entries_made_under_a_shield_stay_hidden_when_it_is_lifted(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().add();
    app.practitioner().post(&path(&child), &refuge()).ok();
    let teacher = app.practitioner().of(&school);
    let entry = json!({"service": "school", "started_on": "2026-11-02"});
    let made = teacher.post(&format!("{}/involvements", child.path()), &entry).with_status(201).json();
    for manager in [app.manager(), app.manager()] {
        manager.post_nothing(&format!("{}/lift", path(&child)));
    }
    let nurse = app.practitioner();
    assert!(!is_shielded(&nurse, &child));
    assert_eq!(nurse.contacts(&child).ok()["involvements"], json!([]));
    let number = made["number"].as_i64().expect("a number");
    teacher.post_nothing(&format!("{}/involvements/{number}/confirm", child.path())).ok();
    assert_eq!(nurse.contacts(&child).ok()["involvements"][0]["service"], "school");
}

fn a_case_is_taken_once_and_opens_what_it_is_about(app: &TestApp) {
    let (child, ..) = a_hidden_family(app);
    app.practitioner().post(&path(&child), &refuge()).ok();
    let (first, second) = (app.manager(), app.manager());
    assert!(first.read(&child).ok().get("address").is_none());
    let listed = first.get("/v1/cases?kind=shield").ok();
    let cases = listed["cases"].as_array().expect("cases");
    let case = cases.iter().find(|case| case["child_id"] == child.number.as_str()).expect("the case");
    assert_eq!((&case["taken"], &case["yours"]), (&json!(false), &json!(false)));
    let take = format!("/v1/cases/{}/take", case["id"].as_str().expect("an id"));
    assert_eq!(first.post_nothing(&take).ok()["yours"], true);
    assert_eq!(first.post_nothing(&take).ok()["yours"], true, "again it is still theirs");
    second.post_nothing(&take).is_refused(409, "case-taken");
    assert_eq!(first.read(&child).ok()["address"]["postcode"], "BA14 8JN");
    assert!(second.read(&child).ok().get("address").is_none());
    app.manager().in_area(ELSEWHERE).post_nothing(&take).is_refused(404, "not-found");
    app.practitioner().post_nothing(&take).is_refused(403, "role-not-permitted");
    app.practitioner().get("/v1/cases").is_refused(403, "role-not-permitted");
}

fn a_held_registration_is_told_to_whoever_took_its_case(app: &TestApp) {
    let child = app.a_child().held().with_open_case(CaseKind::Review).add();
    let manager = app.manager();
    let listed = manager.get("/v1/cases?kind=review").ok();
    assert!(listed["cases"][0].get("child_id").is_none(), "{listed}");
    manager.read(&child).is_refused(404, "not-found");
    let id = listed["cases"][0]["id"].as_str().expect("an id");
    assert_eq!(manager.post_nothing(&format!("/v1/cases/{id}/take")).ok()["child_id"], child.number.as_str());
    manager.read(&child).ok();
    app.manager().read(&child).is_refused(404, "not-found");
}

fn cases_of_sealed_children_do_not_exist_for_others(app: &TestApp) {
    let sealed = app.a_child().sealed().with_open_case(CaseKind::Shield).add();
    let cleared = app.manager().with(Capability::SealedClearance);
    let listed = cleared.get("/v1/cases").ok();
    assert_eq!(listed["cases"][0]["child_id"], sealed.number.as_str());
    let take = format!("/v1/cases/{}/take", listed["cases"][0]["id"].as_str().expect("an id"));
    assert_eq!(app.manager().get("/v1/cases").ok()["cases"], json!([]));
    // Neither does a page of one, or where it ends, tell of the sealed child's older case.
    let plain = app.a_child().named("Ruth", "Adeyemi").shielded().with_open_case(CaseKind::Shield).add();
    let page = app.manager().get("/v1/cases?limit=1").ok();
    assert_eq!((&page["cases"][0]["child_id"], page.get("next")), (&json!(plain.number), None));
    app.manager().post_nothing(&take).is_refused(404, "not-found");
    cleared.post_nothing(&take).ok();
}

fn the_list_of_cases_is_paged(app: &TestApp) {
    for given in ["Ada", "Ben", "Chi", "Dee", "Eve"] {
        app.a_child().named(given, "Obi").shielded().with_open_case(CaseKind::Shield).add();
    }
    let manager = app.manager();
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = manager.get(&format!("/v1/cases?limit=2{next}")).ok();
        let cases = page["cases"].as_array().expect("cases");
        assert!(cases.len() <= 2);
        seen.extend(cases.iter().map(|case| case["id"].as_str().expect("an id").to_owned()));
        let Some(more) = page["next"].as_str() else { break };
        next = format!("&cursor={more}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 5);
    for wrong in ["limit=0", "limit=101", "kind=wish", "cursor=x", "colour=red"] {
        assert_eq!(manager.get(&format!("/v1/cases?{wrong}")).status, 422, "{wrong}");
    }
}
