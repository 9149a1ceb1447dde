//! Before birth: for maternity, health visiting and social care alone; found by the mother; and what a birth keeps.

use child_index::domain::accounts::Role;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use child_index::store::purges;
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    an_unborn_child_exists_for_those_who_work_before_birth,
    the_mother_is_seen_and_searched_by_those_alone,
    a_shield_hides_the_mother_too,
    a_birth_keeps_number_and_involvements,
    twins_are_two_records_with_one_history,
    a_birth_cannot_be_recorded_twice_nor_by_just_anybody,
    a_newborn_who_seems_to_be_here_is_told,
    a_newborn_of_a_hidden_household_waits_for_a_person,
    without_a_live_birth_the_record_closes_and_goes,
    days_that_cannot_be_are_refused,
    the_same_key_records_one_birth,
);

fn ada() -> Value {
    json!({"family": "Brightwater", "given": "Ada", "date_of_birth": "1996-03-02", "nhs_number": "9000000017"})
}

fn by_ada() -> Value {
    json!({"mother": {"family_name": "Brightwater", "given_name": "Ada", "date_of_birth": "1996-03-02"}})
}

fn expected() -> Value {
    json!({"name": {"family": "Brightwater", "given": "Baby"}, "expected_on": "2026-12-24", "mother": ada(),
           "carers": [{"name": "Ada Brightwater", "relationship": "mother", "phone": "01225 700711"}]})
}

fn live(children: &Value) -> Value {
    json!({"outcome": "live-birth", "date_of_birth": "2026-11-19", "children": children})
}

fn midwife(app: &TestApp) -> Person<'_> {
    app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust)
}

/// An unborn child that the midwife's trust registered.
fn an_unborn_child(midwife: &Person<'_>) -> String {
    let number = midwife.register(&expected()).with_status(201).json()["child_id"].as_str().expect("one").to_owned();
    format!("/v1/children/{number}")
}

fn numbers(born: &Value) -> Vec<String> {
    let children = born["children"].as_array().expect("children");
    children.iter().map(|child| child["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn an_unborn_child_exists_for_those_who_work_before_birth(app: &TestApp) {
    let midwife = midwife(app);
    let path = an_unborn_child(&midwife);
    let of = |kind| app.somebody(Role::Practitioner, kind);
    for kind in [OrganisationKind::HospitalTrust, OrganisationKind::CommunityHealth, OrganisationKind::LocalAuthority] {
        assert_eq!(of(kind).get(&path).ok()["status"], "unborn", "{kind}");
    }
    for kind in [OrganisationKind::School, OrganisationKind::GpPractice, OrganisationKind::Police] {
        of(kind).get(&path).is_refused(404, "not-found");
        of(kind).get(&format!("{path}/contacts")).is_refused(404, "not-found");
        of(kind).register(&expected()).is_refused(403, "role-not-permitted");
        of(kind).post(&format!("{path}/birth"), &live(&json!([]))).is_refused(404, "not-found");
    }
    // The council's teachers are not its social workers.
    of(OrganisationKind::LocalAuthority).in_sector(Sector::Education).get(&path).is_refused(404, "not-found");
}

fn the_mother_is_seen_and_searched_by_those_alone(app: &TestApp) {
    let midwife = midwife(app);
    let path = an_unborn_child(&midwife);
    let number = path.rsplit('/').next().expect("a number").to_owned();
    assert_eq!(midwife.get(&path).ok()["mother"]["nhs_number"], "9000000017");
    let visitor = app.somebody(Role::Practitioner, OrganisationKind::CommunityHealth);
    let seen = visitor.get(&path).ok();
    assert!(seen.get("mother").is_none(), "without a relationship she is not shown: {seen}");
    for (criteria, finds) in [
        (by_ada(), true),
        (json!({"mother": {"family_name": "Brightwatr", "date_of_birth": "1996-03-02", "given_name": "Ada"}}), true),
        (json!({"mother": {"nhs_number": "900 000 0017", "date_of_birth": "1996-03-02"}}), true),
        (json!({"mother": {"family_name": "Brightwater", "date_of_birth": "1971-08-29"}}), false),
        // A child of that name and day is no mother, and a mother is no child.
        (json!({"family_name": "Brightwater", "given_name": "Ada", "date_of_birth": "1996-03-02"}), false),
    ] {
        assert_eq!(visitor.finds(&criteria).contains(&number), finds, "{criteria}");
    }
    let answer = visitor.search(&by_ada()).ok();
    assert!(answer["advice"].as_str().expect("advice").starts_with("Search again"), "{answer}");
    assert!(!answer.to_string().contains("9000000017"), "{answer}");
    for kind in [OrganisationKind::School, OrganisationKind::GpPractice, OrganisationKind::Housing] {
        app.somebody(Role::Practitioner, kind).search(&by_ada()).is_refused(403, "mother-not-searchable");
    }
    visitor
        .clone()
        .acting_through(&app.system().of(&app.organisation(OrganisationKind::School)))
        .search(&by_ada())
        .is_refused(403, "mother-not-searchable");
    for (criteria, pointers) in [
        (json!({"mother": {"family_name": "Brightwater"}}), "/mother/date_of_birth"),
        (json!({"mother": {"nhs_number": "9000000018", "date_of_birth": "1996-03-02"}}), "/mother/nhs_number"),
        (json!({"mother": {"family_name": "Obi", "date_of_birth": "1996-03-02"}, "sex": "F"}), "/mother"),
        (json!({"mother": {}, "index_number": "7K3M-9XQ2-4HT8"}), "/index_number"),
    ] {
        assert_eq!(visitor.search(&criteria).with_status(422).pointers(), pointers, "{criteria}");
    }
    // Recording the birth keeps her, for the same people and nobody else.
    midwife.post(&format!("{path}/birth"), &live(&json!([]))).ok();
    assert_eq!(midwife.get(&path).ok()["mother"]["given"], "Ada");
    let school = app.practitioner().get(&path).ok();
    assert!(!school.to_string().contains("mother"), "nobody else learns that there is a block: {school}");
    assert_eq!(visitor.finds(&by_ada()), [number]);
}

fn a_shield_hides_the_mother_too(app: &TestApp) {
    let midwife = midwife(app);
    let path = an_unborn_child(&midwife);
    let conn = &mut app.connect();
    let number = path.rsplit('/').next().expect("a number").parse().expect("a number");
    let id = child_index::store::children::find_id(conn, number).expect("a look-up").expect("the child");
    let shield = child_index::domain::children::Shield {
        ground: child_index::domain::children::ShieldGround::Refuge,
        since: app.clock.now(),
        reviewed_at: Some(app.clock.now()),
        sealed: false,
    };
    let secret = child_index::domain::matching::KeySecret::new([7; 16]);
    child_index::store::shields::put_on(conn, &secret, id, shield, app.clock.now()).expect("a shield").expect("new");
    let none = json!({"mother": {"family_name": "Nobody", "given_name": "Ada", "date_of_birth": "1996-03-02"}});
    for person in [midwife.clone(), app.manager()] {
        let (hidden, absent) = (person.search(&by_ada()), person.search(&none));
        assert_eq!((&hidden.json()["results"], &hidden.json()["outcome"]), (&json!([]), &absent.json()["outcome"]));
        let seen = person.get(&path).ok();
        assert!(seen.get("mother").is_none(), "{seen}");
    }
}

fn a_birth_keeps_number_and_involvements(app: &TestApp) {
    let trust = app.organisation(OrganisationKind::HospitalTrust);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let child = app
        .a_child()
        .named("Baby", "Brightwater")
        .expected("2026-12-24")
        .with(entry(&trust, Service::Maternity))
        .with(entry(&council, Service::ChildrensSocialCare).leading())
        .add();
    let before = app.practitioner().of(&council).contacts(&child).ok();
    let named = json!([{"name": {"family": "Obi", "given": "Noor"}, "sex": "F",
                        "identifiers": [{"system": "nhs-number", "value": "9000000025"}]}]);
    let answer = app.practitioner().of(&trust).post(&format!("{}/birth", child.path()), &live(&named));
    assert_eq!(numbers(&answer.clone().ok()), std::slice::from_ref(&child.number));
    let teacher = app.practitioner();
    let record = teacher.read(&child).ok();
    assert_eq!(
        (&record["status"], &record["date_of_birth"], &record["sex"], &record["name"]["given"]),
        (&json!("active"), &json!("2026-11-19"), &json!("F"), &json!("Noor"))
    );
    assert!(record.get("expected_on").is_none());
    let after = app.practitioner().of(&council).contacts(&child).ok();
    assert_eq!(after["involvements"], before["involvements"], "nothing of who is involved is lost");
    assert_eq!(after["lead_professional"], before["lead_professional"]);
    // It is found as every child is, and by its provisional name as by a former one.
    let criteria = json!({"family_name": "Obi", "given_name": "Noor", "date_of_birth": "2026-11-19"});
    assert_eq!(teacher.finds(&criteria), [child.number]);
    let event = app.events().into_iter().find(|event| event.action == "child.birth").expect("an event");
    assert_eq!(event.outcome, "changed");
}

fn twins_are_two_records_with_one_history(app: &TestApp) {
    let midwife = midwife(app);
    let trust_entry = json!({"service": "maternity", "started_on": "2026-09-02"});
    let path = an_unborn_child(&midwife);
    midwife.post(&format!("{path}/involvements"), &trust_entry).with_status(201);
    let consent = json!({"given_by": "parental-responsibility", "on": "2026-11-02"});
    let assessed = json!({"kind": "early-help", "started_on": "2026-11-02", "consent": consent});
    midwife.post(&format!("{path}/assessments"), &assessed).with_status(201);
    let twins = json!([{"name": {"family": "Brightwater", "given": "Noor"}, "sex": "F"},
                       {"name": {"family": "Brightwater", "given": "Idris"}, "sex": "M"}]);
    let born = numbers(&midwife.post(&format!("{path}/birth"), &live(&twins)).ok());
    assert_eq!(born.len(), 2);
    assert_eq!(format!("/v1/children/{}", born[0]), path, "the first keeps the number");
    assert_ne!(born[0], born[1]);
    let records: Vec<Value> = born.iter().map(|number| midwife.get(&format!("/v1/children/{number}")).ok()).collect();
    for (record, name) in records.iter().zip(["Noor", "Idris"]) {
        assert_eq!(record["name"]["given"], name);
        assert_eq!(record["mother"]["nhs_number"], "9000000017");
        assert_eq!(record["carers"][0]["name"], "Ada Brightwater");
        let number = record["child_id"].as_str().expect("a number");
        let list = midwife.get(&format!("/v1/children/{number}/involvements")).ok();
        assert_eq!(list["involvements"][0]["service"], "maternity");
        let list = midwife.get(&format!("/v1/children/{number}/assessments")).ok();
        assert_eq!(list["assessments"][0]["kind"], "early-help");
        let criteria = json!({"family_name": "Brightwater", "given_name": name, "date_of_birth": "2026-11-19"});
        assert_eq!(app.practitioner().finds(&criteria)[0], number);
    }
    let mut by_mother = midwife.finds(&by_ada());
    by_mother.sort();
    let mut both = born;
    both.sort();
    assert_eq!(by_mother, both);
    let event = app.events().into_iter().find(|event| event.action == "child.birth").expect("an event");
    assert_eq!(event.payload.expect("a payload").children.len(), 2);
}

fn a_birth_cannot_be_recorded_twice_nor_by_just_anybody(app: &TestApp) {
    let midwife = midwife(app);
    let path = format!("{}/birth", an_unborn_child(&midwife));
    let stranger = app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust);
    stranger.post(&path, &live(&json!([]))).is_refused(403, "not-your-organisations-entry");
    midwife.post(&path, &live(&json!([]))).ok();
    midwife.post(&path, &live(&json!([]))).is_refused(409, "not-unborn");
    app.manager().post(&path, &json!({"outcome": "no-live-birth"})).is_refused(409, "not-unborn");
    let school = app.organisation(OrganisationKind::School);
    let pupil = app.a_child().known_to(&school, Service::School).add();
    let answer = app.practitioner().of(&school).post(&format!("{}/birth", pupil.path()), &live(&json!([])));
    answer.is_refused(403, "role-not-permitted");
}

fn a_newborn_who_seems_to_be_here_is_told(app: &TestApp) {
    let known = app.a_child().named("Noor", "Brightwater").born("2026-11-19").add();
    let midwife = midwife(app);
    let path = format!("{}/birth", an_unborn_child(&midwife));
    let noor = json!([{"name": {"family": "Brightwater", "given": "Noor"}, "sex": "F"}]);
    let told = midwife.post(&path, &live(&noor));
    told.is_refused(409, "duplicate");
    assert_eq!(told.json()["candidates"][0]["child_id"], known.number.as_str());
    let mut again = live(&noor);
    again["not_same_as"] = json!([known.number]);
    midwife.post(&path, &again).ok();
}

fn a_newborn_of_a_hidden_household_waits_for_a_person(app: &TestApp) {
    let midwife = midwife(app);
    let unborn = |app: &TestApp, family: &str| -> Known {
        let trust = app.organisation(OrganisationKind::HospitalTrust);
        app.a_child()
            .named("", family)
            .expected("2026-12-24")
            .living_at("3 Hideaway Lane", "BA14 8JN")
            .known_to(&trust, Service::Maternity)
            .add()
    };
    let (open, hidden) = (unborn(app, "Warsame"), unborn(app, "Brightwater"));
    let manager = app.manager();
    manager.post(&format!("{}/birth", open.path()), &live(&json!([]))).ok();
    app.practitioner().read(&open).ok();
    app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").shielded().add();
    let answer = manager.post(&format!("{}/birth", hidden.path()), &live(&json!([]))).ok();
    assert_eq!(numbers(&answer), std::slice::from_ref(&hidden.number), "the answer is as ever");
    app.practitioner().read(&hidden).is_refused(404, "not-found");
    midwife.read(&hidden).is_refused(404, "not-found");
    let cases = child_index::store::cases::list_open(&mut app.connect(), hidden.id).expect("cases");
    assert!(cases.iter().any(|case| case.kind == CaseKind::Review), "{cases:?}");
}

fn without_a_live_birth_the_record_closes_and_goes(app: &TestApp) {
    let midwife = midwife(app);
    let path = an_unborn_child(&midwife);
    let answer = midwife.post(&format!("{path}/birth"), &json!({"outcome": "no-live-birth"})).ok();
    assert_eq!((&answer["closed_on"], &answer["removed_on"]), (&json!("2026-11-20"), &json!("2026-12-18")));
    assert!(answer["message"].as_str().expect("words").starts_with("We are sorry."), "{answer}");
    midwife.get(&path).is_refused(404, "not-found");
    midwife.get(&format!("{path}/contacts")).is_refused(404, "not-found");
    assert_eq!(midwife.finds(&by_ada()), Vec::<String>::new());
    // The management team can still be asked; what the family could be reached by is gone already.
    let left = app.manager().get(&path).ok();
    assert_eq!((&left["status"], &left["carers"]), (&json!("archived"), &json!([])), "{left}");
    assert!(left.get("mother").is_none());
    app.it_is("2026-12-17T10:00:00Z");
    assert_eq!(purge(app), 0);
    app.it_is("2026-12-18T10:00:00Z");
    assert_eq!(purge(app), 1);
    app.manager().get(&path).is_refused(404, "not-found");
    let conn = &mut app.connect();
    let number = path.rsplit('/').next().expect("a number").parse().expect("a number");
    assert_eq!(child_index::store::children::find_id(conn, number).expect("a look-up"), None);
    assert_eq!(app.events().iter().filter(|event| event.action == "child.purge").count(), 1);
    assert_eq!(purge(app), 0);
}

fn purge(app: &TestApp) -> usize {
    let due = purges::list_due(&mut app.connect(), app.clock.now().day(), 10).expect("a look-up").len();
    let purged = actix_web::rt::System::new().block_on(app.index.purge_due()).expect("a purge");
    assert_eq!(purged, due);
    purged
}

fn days_that_cannot_be_are_refused(app: &TestApp) {
    let midwife = midwife(app);
    let path = format!("{}/birth", an_unborn_child(&midwife));
    for day in ["2026-11-21", "2026-08-19"] {
        let answer = midwife.post(&path, &json!({"outcome": "live-birth", "date_of_birth": day}));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), "/date_of_birth");
    }
    let child = path.trim_end_matches("/birth");
    midwife
        .change_at(child, &json!({"expected_on": "2026-12-01", "mother": {"family": "Warsame", "given": "Idil", "date_of_birth": "1988-07-01"}}))
        .ok();
    let record = midwife.get(child).ok();
    assert_eq!((&record["expected_on"], &record["mother"]["given"]), (&json!("2026-12-01"), &json!("Idil")));
    assert_eq!(midwife.finds(&by_ada()), Vec::<String>::new(), "what she was taken for finds her no more");
    midwife.change_at(child, &json!({"expected_on": "2028-12-01"})).is_refused(422, "invalid-body");
    let visitor = app.somebody(Role::Practitioner, OrganisationKind::CommunityHealth);
    visitor.change_at(child, &json!({"mother": null})).is_refused(403, "not-your-organisations-entry");
    let born = app.a_child().named("Ida", "Warsame").add();
    app.manager().change_at(&born.path(), &json!({"mother": ada()})).is_refused(422, "invalid-body");
    app.manager().change_at(&born.path(), &json!({"expected_on": "2026-12-24"})).is_refused(422, "invalid-body");
}

fn the_same_key_records_one_birth(app: &TestApp) {
    let midwife = midwife(app);
    let path = format!("{}/birth", an_unborn_child(&midwife));
    let twins = live(&json!([{"sex": "F"}, {"sex": "F"}]));
    let first = numbers(&midwife.post_with_key("b-1", &path, &twins).ok());
    let again = numbers(&midwife.post_with_key("b-1", &path, &twins).ok());
    assert_eq!(first, again);
    midwife.post_with_key("b-1", &path, &live(&json!([]))).is_refused(422, "idempotency-key-reused");
    let other = format!("{}/birth", app.a_child().expected("2026-12-24").add().path());
    midwife.post_with_key("b-1", &other, &twins).is_refused(422, "idempotency-key-reused");
}
