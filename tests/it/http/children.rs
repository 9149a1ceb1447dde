//! A child's record: each block for whom it is, changed by those who work with the child, one version at a time.

use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    a_relationship_shows_where_the_child_lives,
    an_entry_of_ones_own_widens_nothing,
    an_ended_relationship_shows_nothing_more,
    identifiers_are_shown_by_sector,
    former_names_are_for_those_who_work_with_the_child,
    the_management_team_of_the_area_sees_the_record,
    a_change_needs_the_version_that_was_read,
    a_hidden_change_does_not_move_another_callers_version,
    a_stranger_changes_nothing,
    what_may_not_be_seen_is_not_replaced,
    a_name_that_changes_is_still_found,
    moving_to_a_hidden_address_hides_it_from_others,
    a_change_that_says_nothing_changes_nothing,
    a_wrong_change_is_refused_whole,
);

fn settled(app: &TestApp) -> (Known, Person<'_>) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 999111")
        .formerly("Chidera", "Brightwater")
        .with_identifier("nhs-number", "9000000009")
        .with_identifier("upn", "H801200001001")
        .known_to(&school, Service::School)
        .add();
    let teacher = app.practitioner().of(&school);
    (child, teacher)
}

fn has(record: &Value, block: &str) -> bool {
    record.get(block).is_some_and(|block| !block.is_null())
}

fn a_relationship_shows_where_the_child_lives(app: &TestApp) {
    let (child, teacher) = settled(app);
    let record = teacher.read(&child).ok();
    assert_eq!(record["address"], json!({"state": "current", "lines": ["12 High Street"], "postcode": "BA14 8JN"}));
    assert_eq!(record["carers"][0]["name"], "Ada Okafor");
    assert!(record["carers"][0]["phone"].as_str().expect("a phone").contains("999111"));
    assert_eq!((&record["status"], &record["shielded"]), (&json!("active"), &json!(false)));
    let stranger = app.practitioner().read(&child);
    for secret in ["High Street", "BA14", "8JN", "Ada", "999111", "Brightwater"] {
        assert!(!stranger.text.contains(secret), "{}", stranger.text);
    }
    let withheld: Vec<Value> = stranger.ok()["withheld"].as_array().expect("what is withheld").clone();
    for block in ["other-names", "address", "carers"] {
        assert!(withheld.contains(&json!(block)), "{withheld:?}");
    }
}

fn an_entry_of_ones_own_widens_nothing(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let teacher = app.practitioner().of(&school);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with(entry(&school, Service::Attendance).entered_by(&teacher))
        .add();
    assert!(!has(&teacher.read(&child).ok(), "address"));
    // For a colleague in the same organisation it is a relationship: somebody else entered it.
    assert!(has(&app.practitioner().of(&school).read(&child).ok(), "address"));
    // And over HTTP, by registering it.
    let stranger = app.practitioner();
    let involvement = json!({"service": "school", "started_on": "2024-09-02"});
    stranger.post(&child.involvements(), &involvement).with_status(201);
    assert!(!has(&stranger.read(&child).ok(), "address"));
}

fn an_ended_relationship_shows_nothing_more(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with(entry(&school, Service::School).ended("2026-11-20"))
        .add();
    let teacher = app.practitioner().of(&school);
    assert!(has(&teacher.read(&child).ok(), "address"), "through its last day");
    app.it_is("2026-11-21T00:00:01Z");
    assert!(!has(&teacher.read(&child).ok(), "address"));
}

fn identifiers_are_shown_by_sector(app: &TestApp) {
    let (child, _) = settled(app);
    let seen = |sector| {
        let record = app.practitioner().in_sector(sector).read(&child).ok();
        let all = record["identifiers"].as_array().cloned().unwrap_or_default();
        all.iter().map(|each| each["system"].as_str().expect("a system").to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(seen(Sector::Health), "nhs-number");
    assert_eq!(seen(Sector::Education), "upn");
    assert_eq!(seen(Sector::Housing), "");
    assert_eq!(seen(Sector::Voluntary), "");
    let manager = app.manager().read(&child).ok();
    assert_eq!(manager["identifiers"].as_array().expect("identifiers").len(), 2);
}

fn former_names_are_for_those_who_work_with_the_child(app: &TestApp) {
    let (child, teacher) = settled(app);
    let names = &teacher.read(&child).ok()["other_names"];
    assert_eq!(names[0]["family"], "Brightwater");
    assert!(!has(&app.practitioner().read(&child).ok(), "other_names"));
}

fn the_management_team_of_the_area_sees_the_record(app: &TestApp) {
    let (child, _) = settled(app);
    let manager = app.manager();
    for block in ["address", "carers", "other_names", "identifiers"] {
        assert!(has(&manager.read(&child).ok(), block), "{block}");
    }
    let elsewhere = app.manager().in_area(crate::apps::ELSEWHERE).read(&child).ok();
    assert!(!has(&elsewhere, "address") && !has(&elsewhere, "carers"));
}

fn a_change_needs_the_version_that_was_read(app: &TestApp) {
    let (child, teacher) = settled(app);
    let moved = json!({"address": {"state": "current", "lines": ["3 Mill Lane"], "postcode": "SN12 6AA"}});
    let body = moved.to_string();
    let without = teacher.send("PATCH", &child.path(), &[], Some(body.as_bytes()));
    without.is_refused(428, "precondition-required");
    teacher.patch(&child.path(), "\"stale\"", &moved).is_refused(412, "precondition-failed");
    let etag = teacher.read(&child).header("etag").to_owned();
    assert!(!etag.is_empty());
    assert_eq!(teacher.read(&child).header("etag"), etag, "reading moves nothing");
    let changed = teacher.patch(&child.path(), &etag, &moved);
    let new = changed.header("etag").to_owned();
    assert_ne!(new, etag);
    assert_eq!(changed.ok()["address"]["postcode"], "SN12 6AA");
    assert_eq!(teacher.read(&child).header("etag"), new);
    teacher.patch(&child.path(), &etag, &moved).is_refused(412, "precondition-failed");
    // The search follows the change.
    let there = json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "SN12 6AA"});
    let answer = app.practitioner().search(&there).ok();
    assert_eq!(answer["results"][0]["postcode_district"], "SN12");
}

fn a_hidden_change_does_not_move_another_callers_version(app: &TestApp) {
    let (child, teacher) = settled(app);
    let stranger = app.practitioner().in_sector(Sector::Housing);
    let before = (stranger.read(&child), stranger.contacts(&child));
    let moved = json!({"address": {"state": "current", "lines": ["3 Mill Lane"], "postcode": "SN12 6AA"},
                       "carers": [{"name": "Obi Okafor", "relationship": "father"}], "other_names": []});
    teacher.change_at(&child.path(), &moved).ok();
    let after = (stranger.read(&child), stranger.contacts(&child));
    assert_eq!(before.0.header("etag"), after.0.header("etag"));
    assert_eq!(before.0.likeness(), after.0.likeness());
    assert_eq!(before.1.likeness(), after.1.likeness());
}

fn a_stranger_changes_nothing(app: &TestApp) {
    let (child, teacher) = settled(app);
    let before = teacher.read(&child).ok();
    for stranger in [app.practitioner(), app.system(), app.manager().in_area(crate::apps::ELSEWHERE)] {
        stranger.change_at(&child.path(), &json!({"sex": "M"})).is_refused(403, "not-your-organisations-entry");
    }
    assert_eq!(teacher.read(&child).ok(), before);
}

fn what_may_not_be_seen_is_not_replaced(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let manager = app.manager();
    let child = app
        .a_child()
        .living_at("3 Hideaway Lane", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 999111")
        .known_to(&school, Service::School)
        .with_case(CaseKind::Shield, &manager)
        .shielded()
        .add();
    let teacher = app.practitioner().of(&school);
    let moved = json!({"address": {"state": "current", "lines": ["1 Elsewhere"], "postcode": "SN12 6AA"}});
    teacher.change_at(&child.path(), &moved).is_refused(403, "block-not-visible");
    // Of a list, what one does not see stays.
    let carers = json!({"carers": [{"name": "Obi Okafor", "relationship": "father"}]});
    assert!(!teacher.change_at(&child.path(), &carers).ok().to_string().contains("Ada"));
    let whole = manager.read(&child).ok();
    assert_eq!(whole["address"]["lines"], json!(["3 Hideaway Lane"]));
    assert_eq!(whole["carers"].as_array().expect("carers").len(), 2);
}

fn a_name_that_changes_is_still_found(app: &TestApp) {
    let (child, teacher) = settled(app);
    let renamed = json!({"name": {"family": "Marchetti", "given": "Chidera"}});
    assert_eq!(teacher.change_at(&child.path(), &renamed).ok()["name"]["family"], "Marchetti");
    let nurse = app.practitioner();
    for family in ["Marchetti", "Okafor", "Brightwater"] {
        let criteria = json!({"family_name": family, "given_name": "Chidera", "date_of_birth": "2015-03-02"});
        assert_eq!(nurse.finds(&criteria), std::slice::from_ref(&child.number), "{family}");
    }
    let changed_sex = teacher.change_at(&child.path(), &json!({"sex": "M"})).ok();
    assert_eq!(changed_sex["child_id"], child.number.as_str(), "changing sex never makes a new record");
}

fn moving_to_a_hidden_address_hides_it_from_others(app: &TestApp) {
    app.a_child().named("Hidden", "Child").born("2013-01-01").living_at("3 Hideaway Lane", "BA14 8JN").shielded().add();
    let (child, teacher) = settled(app);
    let school = teacher.account.organisation;
    let colleague_elsewhere = app.organisation(OrganisationKind::GpPractice);
    let doctor = app.practitioner().of(&colleague_elsewhere);
    let feed = app.system().of(&colleague_elsewhere);
    let involvement = json!({"service": "gp-practice", "started_on": "2024-09-02"});
    feed.post(&child.involvements(), &involvement).with_status(201);
    assert!(has(&doctor.read(&child).ok(), "address"), "the practice works with the child");
    let hideaway = json!({"address": {"state": "current", "lines": ["3 Hideaway Lane"], "postcode": "BA14 8JN"}});
    let elsewhere = json!({"address": {"state": "current", "lines": ["3 Mill Lane"], "postcode": "SN12 6AA"}});
    let plain = teacher.change_at(&child.path(), &elsewhere).ok();
    let moved = teacher.change_at(&child.path(), &hideaway).ok();
    // The one who says so is answered as ever.
    let shape = |record: &Value| record.as_object().expect("a record").keys().cloned().collect::<Vec<_>>();
    assert_eq!(shape(&moved), shape(&plain));
    assert_eq!(moved["address"]["lines"], json!(["3 Hideaway Lane"]));
    assert!(has(&app.practitioner().change(|account| account.organisation = school).read(&child).ok(), "address"));
    let others = doctor.read(&child);
    assert!(!others.text.contains("Hideaway") && !others.text.contains("8JN"), "{}", others.text);
    let by_address = json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "BA14 8JN"});
    let found = app.practitioner().search(&by_address).ok();
    assert!(!found.to_string().contains("BA14\""), "{found}");
}

fn a_change_that_says_nothing_changes_nothing(app: &TestApp) {
    let (child, teacher) = settled(app);
    let before = teacher.read(&child);
    let same = teacher.patch(&child.path(), before.header("etag"), &json!({}));
    assert_eq!(same.header("etag"), before.header("etag"));
    assert_eq!(same.ok(), before.ok());
    assert_eq!(app.events().pop().expect("an event").outcome, "unchanged");
}

fn a_wrong_change_is_refused_whole(app: &TestApp) {
    let (child, teacher) = settled(app);
    let before = teacher.read(&child).ok();
    for (wrong, pointer) in [
        (json!({"sex": "M", "date_of_birth": "2026-11-21"}), "/date_of_birth"),
        (json!({"sex": "M", "died_on": "2026-11-21"}), "/died_on"),
        (json!({"sex": "M", "died_on": "2014-01-01"}), "/died_on"),
        (json!({"sex": "M", "status": "archived"}), "/status"),
        (json!({"sex": "M", "shielded": false}), "/shielded"),
        (json!({"sex": "M", "name": null}), "/name"),
        (json!({"sex": "X"}), "/sex"),
    ] {
        let answer = teacher.change_at(&child.path(), &wrong);
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), pointer, "{wrong}");
    }
    assert_eq!(teacher.read(&child).ok(), before);
}
