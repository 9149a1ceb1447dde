//! What is hidden of teams: sensitive services, shields, sealed and restricted brothers and sisters. Whoever is not seen is no
//! member, chairs nothing, fills no place and came to nothing; and no answer tells otherwise.

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, NewChild, Person, TestApp, assessment, entry, settled};
use crate::suite::suite;

suite!(TestApp:
    a_sensitive_member_is_absent_and_chairs_nothing_for_others,
    a_hidden_service_neither_fills_a_place_nor_opens_one,
    a_chair_whom_one_does_not_see_gives_way_as_nobody_would,
    of_those_who_came_nobody_hidden_is_shown_or_counted,
    of_a_shielded_child_there_is_no_team,
    under_a_shield_no_refusal_tells_the_area,
    a_hidden_brother_is_not_there,
    a_shield_takes_the_link_from_both_sides_at_once,
    a_hidden_brother_is_no_brother_to_take_in_or_out,
    a_shielded_carer_makes_no_family,
    what_a_sensitive_service_holds_is_not_shared,
    a_record_that_is_closed_or_sealed_has_no_team_to_settle,
    meetings_are_not_for_strangers,
    nothing_of_the_child_is_in_an_invitation,
);

const PHONE: &str = "01225 700700";

fn team(person: &Person<'_>, child: &Known) -> Value {
    person.get(&child.team()).ok()
}

fn relatives(team: &Value) -> Vec<&str> {
    team["family"].as_array().expect("a family").iter().map(|each| each["child_id"].as_str().expect("one")).collect()
}

fn attended(person: &Person<'_>, path: &str) -> Value {
    person.get(path).ok()["attendance"]["involvements"].clone()
}

fn a_sensitive_member_is_absent_and_chairs_nothing_for_others(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let new = || app.a_child().known_to(&school, Service::School);
    let hidden = new()
        .with(entry(&clinic, Service::SexualHealth).by("Zoe Hidden", "Counsellor", Vec::new()))
        .settled(settled().chaired_by(1));
    let (hidden, plain) = (hidden.add(), new().add());
    for other in [app.practitioner(), app.practitioner().of(&school), app.manager(), app.system()] {
        let seen = [&hidden, &plain].map(|child| {
            let answer = other.get(&child.team());
            let mut body = answer.clone().ok();
            assert!(!answer.text.contains("Zoe") && !answer.text.contains("sexual"), "{}", answer.text);
            for place in ["/child/child_id", "/members/0/number"] {
                *body.pointer_mut(place).expect("a place") = Value::Null;
            }
            body
        });
        assert_eq!(seen[0], seen[1], "{}", other.account.name);
    }
    let of_clinic = team(&app.practitioner().of(&clinic), &hidden);
    assert_eq!(of_clinic["chair"], hidden.entries[1]);
    assert_eq!(of_clinic["members"].as_array().map(Vec::len), Some(2));
}

fn a_hidden_service_neither_fills_a_place_nor_opens_one(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    // A practice within a sensitive organisation is as absent as if there were none.
    let child = app.a_child().known_to(&school, Service::School).known_to(&clinic, Service::GpPractice).add();
    assert_eq!(team(&app.practitioner(), &child)["missing_universal_services"], json!(["gp-practice"]));
    assert_eq!(team(&app.practitioner().of(&clinic), &child)["missing_universal_services"], json!([]));
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let secret = app.team(&council, "Crocus counselling", true);
    let more = app.a_child().known_to(&school, Service::School);
    let more = more.known_to(&council, Service::GpPractice).with(entry(&council, Service::GpPractice).in_team(&secret));
    assert_eq!(team(&app.practitioner(), &more.add())["missing_universal_services"], json!([]));
}

fn a_chair_whom_one_does_not_see_gives_way_as_nobody_would(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let child = app
        .a_child()
        .known_to(&school, Service::School)
        .known_to(&clinic, Service::SexualHealth)
        .settled(settled().chaired_by(1))
        .add();
    let (teacher, of_clinic) = (app.practitioner().of(&school), app.practitioner().of(&clinic));
    let seen = teacher.version_of(&child.team());
    // What the hidden one settles changes nothing of what others see, and the version they name neither.
    let etag = of_clinic.version_of(&child.team());
    of_clinic.patch(&child.team(), &etag, &json!({"chair": null})).ok();
    assert_eq!(teacher.version_of(&child.team()), seen);
    of_clinic.change_at(&child.team(), &json!({"chair": child.entries[1]})).ok();
    teacher.patch(&child.team(), &seen, &json!({"next_review_on": "2026-12-18"})).ok();
    assert_eq!(team(&of_clinic, &child)["chair"], child.entries[1], "what one does not name stays");
    teacher.change_at(&child.team(), &json!({"chair": child.entries[0]})).ok();
    assert_eq!(team(&of_clinic, &child)["chair"], child.entries[0]);
    // Of whom one does not see none can be made chair.
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let refused = [child.entries[1], free].map(|number| {
        let answer = teacher.change_at(&child.team(), &json!({"chair": number}));
        answer.is_refused(422, "invalid-body");
        answer.likeness()
    });
    assert_eq!(refused[0], refused[1]);
}

fn of_those_who_came_nobody_hidden_is_shown_or_counted(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let child = app
        .a_child()
        .known_to(&school, Service::School)
        .known_to(&clinic, Service::SexualHealth)
        .meeting_at("2026-11-20T09:00:00Z")
        .meeting_at("2026-11-20T09:30:00Z")
        .add();
    let (teacher, of_clinic) = (app.practitioner().of(&school), app.practitioner().of(&clinic));
    let held = |numbers: &[i32]| json!({"involvements": numbers, "participants": {"parents_or_carers": true, "young_person": false}});
    of_clinic.post(&format!("{}/hold", child.meeting(0)), &held(&child.entries)).ok();
    let mut both = child.entries.clone();
    both.sort_unstable();
    assert_eq!(attended(&of_clinic, &child.meeting(0)), json!(both));
    for other in [teacher.clone(), app.manager(), app.practitioner().with(Capability::Coordinator)] {
        assert_eq!(attended(&other, &child.meeting(0)), json!([child.entries[0]]), "{}", other.account.name);
    }
    // Nor does anybody else say of a hidden service that it came, or learn by trying that it is there.
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let refused = [child.entries[1], free].map(|number| {
        let answer = teacher.post(&format!("{}/hold", child.meeting(1)), &held(&[number]));
        answer.is_refused(422, "invalid-body");
        answer.likeness()
    });
    assert_eq!(refused[0], refused[1]);
}

/// A child whom the school works with, of a household of its own unless shared.
fn of_school<'a>(app: &'a TestApp, school: &Organisation, given: &str) -> NewChild<'a> {
    let child = app.a_child().named(given, "Okafor").with_carer("Ada Okafor", PHONE);
    child.with(entry(school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
}

fn of_a_shielded_child_there_is_no_team(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let manager = app.manager();
    let settled = settled().chaired_by(0).reviewing_on("2026-11-01").with_parents();
    let new = |given| of_school(app, &school, given).shielded().confirmed();
    let full = new("Ida").settled(settled).meeting_at("2026-12-04T14:00:00Z").with_case(CaseKind::Shield, &manager);
    let (full, bare) = (full.add(), app.a_child().named("Ida", "Okafor").shielded().confirmed().add());
    let other = of_school(app, &school, "Una").add();
    app.share_a_team(&full, &other);
    for person in [
        app.practitioner(),
        app.practitioner().of(&school),
        app.practitioner().with(Capability::Coordinator),
        app.manager(),
        app.manager().in_area(ELSEWHERE),
        app.system(),
    ] {
        let seen = [&full, &bare].map(|child| {
            let mut likeness = person.get(&child.team()).likeness();
            likeness.1["child"]["child_id"] = Value::Null;
            // The tag names the child, of whom both are another.
            likeness.2.retain(|header| !header.starts_with("etag") && !header.starts_with("content-length"));
            likeness
        });
        assert_eq!(seen[0], seen[1], "{}", person.account.name);
        assert_eq!((&seen[0].1["members"], &seen[0].1["missing_universal_services"]), (&json!([]), &json!([])));
        let meetings = [&full, &bare].map(|child| {
            let list = person.get(&child.meetings());
            list.is_refused(403, "block-not-visible");
            list.likeness()
        });
        assert_eq!(meetings[0], meetings[1]);
    }
    // Inside the case that was taken, the management team sees it whole.
    let seen = team(&manager, &full);
    assert_eq!((&seen["chair"], &seen["review_overdue"]), (&json!(full.entries[0]), &json!(true)));
    assert_eq!(relatives(&seen), [other.number.as_str()]);
    assert_eq!(manager.get(&full.meeting(0)).ok()["state"], "planned");
}

fn under_a_shield_no_refusal_tells_the_area(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = of_school(app, &school, "Ida").shielded().meeting_at("2026-11-20T09:00:00Z").add();
    let settle = json!({"next_review_on": "2026-12-18"});
    let time = json!({"starts_at": "2026-12-04T14:00:00Z", "minutes": 60});
    for person in [
        app.practitioner(),
        app.practitioner().of(&school),
        app.practitioner().with(Capability::Coordinator),
        app.practitioner().with(Capability::Coordinator).in_area(ELSEWHERE),
        app.manager(),
        app.manager().in_area(ELSEWHERE),
    ] {
        person.change_at(&child.team(), &settle).is_refused(403, "block-not-visible");
        person.post(&child.meetings(), &time).is_refused(403, "block-not-visible");
        person.post(&child.relatives(), &json!({"child_id": child.number})).is_refused(403, "block-not-visible");
        person.get(&child.meeting(0)).is_refused(403, "block-not-visible");
        person.get(&format!("{}/invitation", child.meeting(0))).is_refused(403, "block-not-visible");
        let cancel = json!({"reason": "not-needed"});
        person.post(&format!("{}/cancel", child.meeting(0)), &cancel).is_refused(403, "block-not-visible");
    }
}

fn a_hidden_brother_is_not_there(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let new = |given| of_school(app, &school, given);
    let teacher = app.practitioner().of(&school);
    let restricted = new("Noor").add();
    let manager = app.manager();
    let ground = json!({"account": teacher.account.id.to_string(), "ground": "relative"});
    manager.post(&format!("{}/restrictions", restricted.path()), &ground);
    teacher.read(&restricted).is_refused(404, "not-found");
    let brothers = [
        new("Tomasz").shielded().add(),
        new("Ewan").shielded().confirmed().add(),
        new("Grace").sealed().add(),
        new("Zofia").held().add(),
        new("Peter").born("2008-11-19").add(),
        new("Anna").provisional().add(),
        restricted,
    ];
    let alone = new("Ida").add();
    for brother in &brothers {
        let child = new("Ida").add();
        app.share_a_team(&child, brother);
        let seen = [&child, &alone].map(|child| {
            let mut likeness = teacher.get(&child.team()).likeness();
            for place in ["/child/child_id", "/members/0/number"] {
                *likeness.1.pointer_mut(place).expect("a place") = Value::Null;
            }
            likeness.2.retain(|header| !header.starts_with("etag") && !header.starts_with("content-length"));
            likeness
        });
        assert_eq!(seen[0], seen[1], "{}", brother.number);
        assert_eq!(seen[0].1["family"], json!([]));
        let event = app.events().pop().expect("an event");
        assert_eq!(event.payload.expect("a payload").children.len(), 1, "nor does the log say that they were shown");
    }
}

fn a_shield_takes_the_link_from_both_sides_at_once(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let [child, sister] = ["Ida", "Una"].map(|given| of_school(app, &school, given).add());
    let teacher = app.practitioner().of(&school);
    teacher.post(&child.relatives(), &json!({"child_id": sister.number})).ok();
    assert_eq!(relatives(&team(&teacher, &child)), [sister.number.as_str()]);
    teacher.post(&format!("{}/shield", sister.path()), &json!({"ground": "refuge"})).ok();
    for each in [&child, &sister] {
        assert_eq!(relatives(&team(&teacher, each)), Vec::<&str>::new());
        assert_eq!(relatives(&team(&app.manager(), each)), Vec::<&str>::new(), "nor to a manager without the case");
    }
}

fn a_hidden_brother_is_no_brother_to_take_in_or_out(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let new = |given| of_school(app, &school, given);
    let child = new("Ida").add();
    let teacher = app.practitioner().of(&school);
    let unknown = json!({"child_id": "000102030405060708090a0b0c0d0e0f00"});
    let end = format!("{}/end", child.relatives());
    let (to_join, to_leave) = (teacher.post(&child.relatives(), &unknown), teacher.post(&end, &unknown));
    to_join.is_refused(422, "invalid-body");
    to_leave.is_refused(404, "not-found");
    for brother in [
        new("Tomasz").shielded().add(),
        new("Ewan").shielded().confirmed().add(),
        new("Grace").sealed().add(),
        new("Zofia").held().add(),
        new("Peter").born("2008-11-19").add(),
    ] {
        let body = json!({"child_id": brother.number});
        assert_eq!(teacher.post(&child.relatives(), &body).likeness(), to_join.likeness());
        app.share_a_team(&child, &brother);
        assert_eq!(teacher.post(&child.relatives(), &body).likeness(), to_join.likeness());
        assert_eq!(teacher.post(&end, &body).likeness(), to_leave.likeness());
    }
}

fn a_shielded_carer_makes_no_family(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let [child, sister] = ["Ida", "Una"].map(|given| of_school(app, &school, given).add());
    let teacher = app.practitioner().of(&school);
    let asked = json!({"carer": "Ada Okafor", "ground": "refuge"});
    teacher.post(&format!("{}/carer-shields", sister.path()), &asked).ok();
    let refused = teacher.post(&child.relatives(), &json!({"child_id": sister.number}));
    refused.is_refused(422, "invalid-body");
    // Nor is a family told of that was one before.
    app.share_a_team(&child, &sister);
    for (person, each) in [(&teacher, &child), (&teacher, &sister), (&app.manager(), &child)] {
        assert_eq!(relatives(&team(person, each)), Vec::<&str>::new());
    }
}

fn what_a_sensitive_service_holds_is_not_shared(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let child = of_school(app, &school, "Ida").add();
    let sister = of_school(app, &school, "Una").assessed(assessment(&clinic, "early-help")).add();
    app.share_a_team(&child, &sister);
    let seen = team(&app.practitioner().of(&school), &child);
    assert_eq!((relatives(&seen), &seen["family"][0]["assessments"]), (vec![sister.number.as_str()], &json!([])));
}

fn a_record_that_is_closed_or_sealed_has_no_team_to_settle(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let new = || {
        of_school(app, &school, "Ida").settled(settled().reviewing_on("2026-12-18")).meeting_at("2026-11-20T09:00:00Z")
    };
    let (archived, sealed) = (new().born("2008-11-19").add(), new().sealed().add());
    let (teacher, manager) = (app.practitioner().of(&school), app.manager());
    let change = json!({"next_review_on": "2026-12-18"});
    teacher.get(&archived.team()).is_refused(404, "not-found");
    assert_eq!(team(&manager, &archived)["next_review_on"], "2026-12-18", "for a year the management team reads it");
    manager.change_at(&archived.team(), &change).is_refused(403, "role-not-permitted");
    let cancel = json!({"reason": "not-needed"});
    manager.post(&format!("{}/cancel", archived.meeting(0)), &cancel).is_refused(403, "role-not-permitted");
    let unknown = teacher.get("/v1/children/000102030405060708090a0b0c0d0e0f00/team");
    for person in [&teacher, &manager] {
        let refused = person.get(&sealed.team());
        refused.is_refused(404, "not-found");
        assert_eq!(refused.likeness(), unknown.likeness());
        person.patch(&sealed.team(), "\"x\"", &change).is_refused(404, "not-found");
        person.get(&sealed.meetings()).is_refused(404, "not-found");
        person.get(&format!("{}/invitation", sealed.meeting(0))).is_refused(404, "not-found");
    }
}

fn meetings_are_not_for_strangers(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = of_school(app, &school, "Ida").meeting_at("2026-12-04T14:00:00Z").add();
    let lone = app.practitioner();
    let own = json!({"service": "fire-and-rescue", "started_on": "2026-09-02"});
    lone.post(&child.involvements(), &own).with_status(201);
    for person in [app.practitioner(), lone, app.system(), app.manager().in_area(ELSEWHERE)] {
        for path in [child.meetings(), child.meeting(0), format!("{}/invitation", child.meeting(0))] {
            person.get(&path).is_refused(403, "not-involved");
        }
        // Whether there is a meeting of that number is told no more than when it is.
        let free = format!("{}/{}", child.meetings(), if child.planned[0] == 1 { 2 } else { 1 });
        assert_eq!(person.get(&free).likeness(), person.get(&child.meeting(0)).likeness());
        let time = json!({"starts_at": "2026-12-04T14:00:00Z", "minutes": 60});
        person.post(&child.meetings(), &time).is_refused(403, "not-involved");
    }
    let caller = app.practitioner();
    let for_stranger = app.practitioner().of(&school).for_caller(&caller);
    for_stranger.get(&child.meetings()).is_refused(403, "mediated-access-closed");
}

fn nothing_of_the_child_is_in_an_invitation(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = of_school(app, &school, "Chidera").living_at("7 Zanzibar Lane", "SN12 6AA");
    let child = child.settled(settled().chaired_by(0)).meeting_at("2026-12-04T14:00:00Z").add();
    let teacher = app.practitioner().of(&school);
    let answer = teacher.get(&format!("{}/invitation", child.meeting(0))).with_status(200);
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
    let whole = format!("{headers}\n{}", answer.text).to_lowercase();
    let (number, plain) = (child.number.to_lowercase(), child.number.replace('-', "").to_lowercase());
    for value in [
        "chidera",
        "okafor",
        "zanzibar",
        "sn12",
        "marsh",
        "2015",
        "700700",
        &school.name.to_lowercase(),
        &number,
        &plain,
        &child.planned[0].to_string(),
        &child.entries[0].to_string(),
        &teacher.account.id.to_string(),
    ] {
        assert!(!whole.contains(value), "{value} is told: {whole}");
    }
}
