//! The team around a child: one object, settled by those who work with the child, and shared by brothers and sisters.

use child_index::domain::accounts::{Capability, Role};
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, NewChild, Person, TestApp, assessment, entry, settled};
use crate::suite::suite;

suite!(TestApp:
    a_team_is_one_object,
    whoever_goes_leaves_the_team_and_the_chair,
    those_settle_who_work_with_the_child_and_those_who_coordinate,
    what_is_absent_stays_and_null_takes_away,
    a_change_names_what_was_seen,
    a_chair_is_a_member_and_a_review_lies_within_a_year,
    universal_services_that_are_missing_are_named,
    brothers_and_sisters_share_a_team_and_an_assessment,
    only_children_who_share_a_carer_share_a_team,
    a_brother_is_taken_in_by_number_or_handle_and_out_again,
    twins_have_what_was_settled_before_birth,
    each_step_is_recorded,
    a_purge_takes_everything_along,
);

/// A child with early help led by the council, known to a school and its general practice.
struct Family {
    council: Organisation,
    school: Organisation,
    child: Known,
}

fn a_family(app: &TestApp) -> Family {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let school = app.organisation(OrganisationKind::School);
    let practice = app.organisation(OrganisationKind::GpPractice);
    let child = app
        .a_child()
        .with_carer("Ada Okafor", "01225 700700")
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Family worker", Vec::new()).leading())
        .with(entry(&school, Service::School).by("Samuel Adeyemi", "Form tutor", Vec::new()))
        .with(entry(&practice, Service::GpPractice))
        .with(entry(&council, Service::Housing).ended("2026-11-01"))
        .add();
    Family { council, school, child }
}

/// A brother or sister of that child, whom the same school works with.
fn a_sister<'a>(app: &'a TestApp, family: &Family) -> NewChild<'a> {
    let sister = app.a_child().named("Una", "Okafor").born("2012-01-09").with_carer("Ada Okafor", "01225 700700");
    sister.known_to(&family.school, Service::School)
}

fn team(person: &Person<'_>, child: &Known) -> Value {
    person.get(&child.team()).ok()
}

fn services(team: &Value) -> Vec<&str> {
    team["members"].as_array().expect("members").iter().map(|each| each["service"].as_str().expect("one")).collect()
}

fn missing(team: &Value) -> Vec<&str> {
    let all = team["missing_universal_services"].as_array().expect("services");
    all.iter().map(|each| each.as_str().expect("a code")).collect()
}

fn relatives(team: &Value) -> Vec<&str> {
    team["family"].as_array().expect("a family").iter().map(|each| each["child_id"].as_str().expect("one")).collect()
}

fn a_team_is_one_object(app: &TestApp) {
    let family = a_family(app);
    let worker = app.practitioner().of(&family.council);
    let before = team(&worker, &family.child);
    assert_eq!(before["child"]["child_id"], family.child.number.as_str());
    assert_eq!(services(&before)[0], "early-help", "the lead first");
    assert_eq!(services(&before).len(), 3, "whoever has ended is no member: {before}");
    assert_eq!(before["lead_professionals"][0]["practitioner"]["name"], "Ada Obi");
    assert_eq!((&before["chair"], &before["next_review_on"]), (&Value::Null, &Value::Null));
    assert_eq!(before["participants"], json!({"parents_or_carers": false, "young_person": false}));
    assert_eq!((&before["missing_universal_services"], &before["family"]), (&json!([]), &json!([])));
    let participants = json!({"parents_or_carers": true, "young_person": true});
    let change = json!({"chair": family.child.entries[1], "next_review_on": "2026-12-18",
                        "participants": participants});
    let after = worker.change_at(&family.child.team(), &change).ok();
    assert_eq!(after, team(&worker, &family.child));
    assert_eq!((&after["chair"], &after["next_review_on"]), (&json!(family.child.entries[1]), &json!("2026-12-18")));
    assert_eq!((&after["participants"], &after["review_overdue"]), (&participants, &json!(false)));
    // Everybody who sees the involvements sees the team.
    assert_eq!(team(&app.practitioner(), &family.child)["next_review_on"], "2026-12-18");
    app.it_is("2026-12-19T10:00:00Z");
    assert_eq!(team(&worker, &family.child)["review_overdue"], true);
}

fn whoever_goes_leaves_the_team_and_the_chair(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    teacher.change_at(&child.team(), &json!({"chair": child.entries[1]})).ok();
    teacher.post(&format!("{}/end", child.entry(1)), &json!({"ended_on": "2026-11-19"})).ok();
    let after = team(&app.practitioner(), &child);
    assert_eq!((&after["chair"], services(&after).contains(&"school")), (&Value::Null, false));
    assert_eq!(missing(&after), ["school"]);
}

fn those_settle_who_work_with_the_child_and_those_who_coordinate(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let change = json!({"next_review_on": "2026-12-18"});
    let settles = |person: &Person<'_>| person.change_at(&child.team(), &change);
    for person in [
        app.practitioner(),
        app.system(),
        app.manager().in_area(ELSEWHERE),
        app.practitioner().with(Capability::Coordinator).in_area(ELSEWHERE),
    ] {
        settles(&person).is_refused(403, "not-involved");
    }
    for person in [app.auditor(), app.administrator()] {
        person.patch(&child.team(), "\"x\"", &change).is_refused(403, "role-not-permitted");
        person.get(&child.team()).is_refused(403, "role-not-permitted");
    }
    for person in [
        app.practitioner().of(&school),
        app.system().of(&school),
        app.manager(),
        app.practitioner().with(Capability::Coordinator),
    ] {
        assert_eq!(settles(&person).ok()["next_review_on"], "2026-12-18", "{}", person.account.name);
    }
}

fn what_is_absent_stays_and_null_takes_away(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let settle = |change: Value| teacher.change_at(&child.team(), &change).ok();
    settle(json!({"chair": child.entries[0], "next_review_on": "2026-12-18"}));
    let with_family = settle(json!({"participants": {"parents_or_carers": true, "young_person": false}}));
    assert_eq!(
        (&with_family["chair"], &with_family["next_review_on"]),
        (&json!(child.entries[0]), &json!("2026-12-18"))
    );
    let without = settle(json!({"chair": null}));
    assert_eq!((&without["chair"], &without["participants"]["parents_or_carers"]), (&Value::Null, &json!(true)));
    assert_eq!(settle(json!({"next_review_on": null}))["next_review_on"], Value::Null);
}

fn a_change_names_what_was_seen(app: &TestApp) {
    let Family { council, school, child } = a_family(app);
    let (worker, teacher) = (app.practitioner().of(&council), app.practitioner().of(&school));
    let change = json!({"next_review_on": "2026-12-18"});
    teacher
        .send("PATCH", &child.team(), &[], Some(change.to_string().as_bytes()))
        .is_refused(428, "precondition-required");
    let seen = worker.version_of(&child.team());
    teacher.change_at(&child.team(), &change).ok();
    worker.patch(&child.team(), &seen, &json!({"next_review_on": "2027-01-15"})).is_refused(412, "precondition-failed");
    assert_eq!(team(&worker, &child)["next_review_on"], "2026-12-18");
    // Members come and go, and the clock runs on: neither makes another version.
    let seen = worker.version_of(&child.team());
    teacher.post_nothing(&format!("{}/confirm", child.entry(1))).ok();
    app.it_is("2026-11-21T23:00:00Z");
    worker.patch(&child.team(), &seen, &json!({"next_review_on": "2027-01-15"})).ok();
}

fn a_chair_is_a_member_and_a_review_lies_within_a_year(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    for (change, at) in [
        (json!({"chair": free}), "/chair"),
        (json!({"chair": child.entries[3]}), "/chair"),
        (json!({"next_review_on": "2026-11-19"}), "/next_review_on"),
        (json!({"next_review_on": "2027-11-22"}), "/next_review_on"),
    ] {
        let refused = teacher.change_at(&child.team(), &change);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), at, "{change}");
    }
    for day in ["2026-11-20", "2027-11-21"] {
        teacher.change_at(&child.team(), &json!({"next_review_on": day})).ok();
    }
}

fn universal_services_that_are_missing_are_named(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let reader = app.practitioner();
    let lacks = |born: &str, service: Service| {
        let child = app.a_child().born(born).known_to(&council, service).add();
        missing(&team(&reader, &child)).join(" ")
    };
    assert_eq!(lacks("2015-03-02", Service::ElectiveHomeEducation), "gp-practice");
    assert_eq!(lacks("2015-03-02", Service::FurtherEducation), "gp-practice school");
    assert_eq!(lacks("2010-03-02", Service::FurtherEducation), "gp-practice");
    assert_eq!(lacks("2024-03-02", Service::HealthVisiting), "gp-practice");
    assert_eq!(lacks("2024-03-02", Service::EarlyHelp), "gp-practice health-visiting");
    let unborn = app.a_child().expected("2026-12-24").known_to(&council, Service::Maternity).add();
    let midwife = app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust);
    assert_eq!(missing(&team(&midwife, &unborn)), ["health-visiting"]);
    reader.get(&unborn.team()).is_refused(404, "not-found");
}

fn brothers_and_sisters_share_a_team_and_an_assessment(app: &TestApp) {
    let family = a_family(app);
    let held = assessment(&family.council, "early-help");
    let sister = a_sister(app, &family).assessed(held).add();
    let teacher = app.practitioner().of(&family.school);
    let joined = teacher.post(&family.child.relatives(), &json!({"child_id": sister.number})).ok();
    assert_eq!(joined, team(&teacher, &family.child));
    assert_eq!(relatives(&joined), [sister.number.as_str()]);
    let shared = &joined["family"][0]["assessments"];
    assert_eq!(shared.as_array().map(Vec::len), Some(1));
    assert_eq!((&shared[0]["kind"], &shared[0]["number"]), (&json!("early-help"), &json!(sister.assessments[0])));
    assert_eq!(shared[0]["holder"]["organisation"]["name"], family.council.name.as_str());
    assert_eq!(relatives(&team(&teacher, &sister)), [family.child.number.as_str()], "both ways round");
    // Whoever works with one of them alone is told of the other; whoever works with neither is not.
    let worker = app.practitioner().of(&family.council);
    assert_eq!(relatives(&team(&worker, &family.child)), [sister.number.as_str()]);
    for other in [app.practitioner(), app.practitioner().with(Capability::Coordinator), app.system()] {
        assert_eq!(relatives(&team(&other, &family.child)), Vec::<&str>::new(), "{}", other.account.name);
    }
    // An assessment that has ended serves nobody any more.
    let path = format!("{}/assessments/{}/complete", sister.path(), sister.assessments[0]);
    app.practitioner().of(&family.council).post(&path, &json!({"outcome": "support-agreed"})).ok();
    assert_eq!(team(&teacher, &family.child)["family"][0]["assessments"], json!([]));
}

fn only_children_who_share_a_carer_share_a_team(app: &TestApp) {
    let family = a_family(app);
    let teacher = app.practitioner().of(&family.school);
    let new = |name: &str, phone: &str| {
        let child = app.a_child().named("Una", "Other").born("2012-01-09").with_carer(name, phone);
        child.known_to(&family.school, Service::School).add()
    };
    // Another carer on the same telephone, and another of the same name, are no shared carer.
    let (lodger, namesake) = (new("Grace Obi", "01225 700700"), new("Ada Okafor", "01225 999999"));
    let unseen = app.a_child().named("Una", "Unseen").born("2012-01-09").with_carer("Ada Okafor", "01225 700700").add();
    let join = |person: &Person<'_>, number: &str| person.post(&family.child.relatives(), &json!({"child_id": number}));
    let unknown = "000102030405060708090a0b0c0d0e0f00";
    let mut refused = Vec::new();
    for number in [&lodger.number, &namesake.number, &unseen.number, &family.child.number, &unknown.to_owned()] {
        let answer = join(&teacher, number);
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), "/child_id");
        refused.push(answer.likeness());
    }
    assert!(refused.iter().all(|likeness| *likeness == refused[0]), "one answer whatever is wrong");
    join(&teacher, "7K3M-9XQ2-4HT9").is_refused(422, "invalid-body");
    join(&app.practitioner(), &unseen.number).is_refused(403, "not-involved");
    // Whoever co-ordinates sees no carers; the management team does.
    join(&app.practitioner().with(Capability::Coordinator), &unseen.number).is_refused(422, "invalid-body");
    assert_eq!(relatives(&join(&app.manager(), &unseen.number).ok()), [unseen.number.as_str()]);
}

fn a_brother_is_taken_in_by_number_or_handle_and_out_again(app: &TestApp) {
    let family = a_family(app);
    let sister = a_sister(app, &family).add();
    let teacher = app.practitioner().of(&family.school);
    let sought = json!({"family_name": "Okafor", "date_of_birth": "2012-01-09"});
    let handle = teacher.search(&sought).ok()["results"][0]["handle"].clone();
    let by_handle = json!({"child_id": handle});
    for _ in 0..2 {
        let joined = teacher.post(&family.child.relatives(), &by_handle).ok();
        assert_eq!(relatives(&joined), [sister.number.as_str()], "twice is once");
    }
    let end = format!("{}/end", family.child.relatives());
    app.practitioner().post(&end, &by_handle).is_refused(403, "not-involved");
    let left = teacher.post(&end, &json!({"child_id": sister.number})).ok();
    assert_eq!((relatives(&left), relatives(&team(&teacher, &sister))), (Vec::new(), Vec::new()));
    teacher.post(&end, &json!({"child_id": sister.number})).is_refused(404, "not-found");
}

fn twins_have_what_was_settled_before_birth(app: &TestApp) {
    let midwife = app.somebody(Role::Practitioner, OrganisationKind::HospitalTrust);
    let expected = json!({"name": {"family": "Brightwater", "given": "Baby"}, "expected_on": "2026-12-24",
                          "mother": {"family": "Brightwater", "given": "Ada", "date_of_birth": "1996-03-02"}});
    let number = midwife.register(&expected).with_status(201).json()["child_id"].as_str().expect("one").to_owned();
    let path = format!("/v1/children/{number}");
    let entry = json!({"service": "maternity", "started_on": "2026-09-02"});
    let entry = midwife.post(&format!("{path}/involvements"), &entry).with_status(201).json()["number"].clone();
    let change = json!({"chair": entry, "next_review_on": "2026-12-18",
                        "participants": {"parents_or_carers": true, "young_person": false}});
    midwife.change_at(&format!("{path}/team"), &change).ok();
    let birth = json!({"outcome": "live-birth", "date_of_birth": "2026-11-19",
                       "children": [{"name": {"family": "Brightwater", "given": "Ida"}},
                                    {"name": {"family": "Brightwater", "given": "Noor"}}]});
    let born = midwife.post(&format!("{path}/birth"), &birth).ok();
    let numbers: Vec<&str> = born["children"]
        .as_array()
        .expect("twins")
        .iter()
        .map(|each| each["child_id"].as_str().expect("one"))
        .collect();
    assert_eq!((numbers.len(), numbers[0]), (2, number.as_str()));
    for number in numbers {
        let team = midwife.get(&format!("/v1/children/{number}/team")).ok();
        assert_eq!((&team["chair"], &team["next_review_on"]), (&entry, &json!("2026-12-18")), "{team}");
        assert_eq!(team["participants"]["parents_or_carers"], true);
    }
}

fn each_step_is_recorded(app: &TestApp) {
    let family = a_family(app);
    let sister = a_sister(app, &family).add();
    let teacher = app.practitioner().of(&family.school);
    let told = |action: &str, outcome: &str, children: usize| {
        let event = app.events().pop().expect("an event");
        assert_eq!((event.action.as_str(), event.outcome.as_str()), (action, outcome));
        assert_eq!(event.payload.expect("a payload").children.len(), children, "{action}");
    };
    let change = json!({"next_review_on": "2026-12-18"});
    teacher.change_at(&family.child.team(), &change).ok();
    told("child-team.settle", "changed", 1);
    teacher.change_at(&family.child.team(), &change).ok();
    told("child-team.settle", "unchanged", 1);
    let body = json!({"child_id": sister.number});
    teacher.post(&family.child.relatives(), &body).ok();
    told("child-team.join", "changed", 2);
    teacher.post(&family.child.relatives(), &body).ok();
    told("child-team.join", "unchanged", 2);
    team(&teacher, &family.child);
    told("child-team.read", "disclosed", 2);
    team(&app.practitioner(), &family.child);
    told("child-team.read", "disclosed", 1);
    teacher.post(&format!("{}/end", family.child.relatives()), &body).ok();
    told("child-team.leave", "changed", 1);
}

fn a_purge_takes_everything_along(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let new = || app.a_child().known_to(&school, Service::School);
    let gone = new().settled(settled().reviewing_on("2026-12-18")).meeting_at("2026-11-20T09:00:00Z").add();
    let left = new().named("Una", "Okafor").add();
    app.share_a_team(&gone, &left);
    let held = json!({"involvements": [gone.entries[0]],
                      "participants": {"parents_or_carers": true, "young_person": false}});
    let teacher = app.practitioner().of(&school);
    teacher.post(&format!("{}/hold", gone.meeting(0)), &held).ok();
    child_index::store::purges::purge(&mut app.connect(), gone.id).expect("a purge");
    teacher.get(&gone.team()).is_refused(404, "not-found");
    assert_eq!(relatives(&team(&teacher, &left)), Vec::<&str>::new());
}
