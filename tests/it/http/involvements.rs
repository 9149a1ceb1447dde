//! Involvements: registered, changed, ended and confirmed by the organisation whose they are.

use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    an_involvement_is_registered_and_seen_by_others,
    the_same_involvement_is_registered_once,
    a_child_has_one_lead_professional_of_a_kind,
    a_sensitive_service_needs_a_ground,
    an_entry_is_changed_by_its_own_organisation,
    an_entry_is_ended_once,
    a_confirmation_makes_an_entry_fresh,
    a_hidden_entry_is_answered_as_an_unknown_one,
    another_organisation_cannot_be_spoken_for,
    numbers_do_not_count_the_hidden_ones,
    wrong_dates_are_refused,
);

fn nursing() -> Value {
    json!({"service": "school-nursing", "started_on": "2024-09-02",
           "practitioner": {"name": "Joanna Whitfield", "job_title": "School nurse",
                            "routes": [{"kind": "person", "phone": "01225 713000", "hours": "Mo-Fr 09:00-17:00"}]}})
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    body
}

fn an_involvement_is_registered_and_seen_by_others(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let answer = nurse.post(&child.involvements(), &nursing()).with_status(201);
    let entry = answer.json();
    assert_eq!(answer.header("location"), format!("{}/{}", child.involvements(), entry["number"]));
    assert!(!answer.header("etag").is_empty());
    assert_eq!((&entry["group"], &entry["freshness"]), (&json!("universal"), &json!("fresh")));
    let seen = app.practitioner().contacts(&child).ok();
    let shown = &seen["involvements"][0];
    assert_eq!(shown["number"], entry["number"]);
    assert_eq!(shown["practitioner"]["name"], "Joanna Whitfield");
    assert_eq!(shown["routes"][0]["phone"], "01225 713000");
    assert_eq!(shown["started_on"], "2024-09-02");
    let listed = app.practitioner().get(&child.involvements()).ok();
    assert_eq!(listed["involvements"].as_array().expect("involvements").len(), 1);
}

fn the_same_involvement_is_registered_once(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let path = child.involvements();
    let first = nurse.post_with_key("k", &path, &nursing()).with_status(201);
    let again = nurse.post_with_key("k", &path, &nursing()).with_status(201);
    assert_eq!(first.json()["number"], again.json()["number"]);
    let other = with(nursing(), &json!({"service": "attendance"}));
    nurse.post_with_key("k", &path, &other).is_refused(422, "idempotency-key-reused");
    nurse.post(&path, &nursing()).is_refused(409, "already-registered");
    let listed = nurse.get(&path).ok();
    assert_eq!(listed["involvements"].as_array().expect("involvements").len(), 1);
}

fn a_child_has_one_lead_professional_of_a_kind(app: &TestApp) {
    let child = app.a_child().add();
    let leading = with(nursing(), &json!({"lead_professional": "early-help"}));
    app.practitioner().post(&child.involvements(), &leading).with_status(201);
    let second = app.practitioner();
    second.post(&child.involvements(), &leading).is_refused(409, "lead-professional-exists");
    let protecting = with(nursing(), &json!({"lead_professional": "child-protection"}));
    let protecting = second.post(&child.involvements(), &protecting).with_status(201).json();
    let path = format!("{}/{}", child.involvements(), protecting["number"]);
    let both = json!({"lead_professional": "early-help"});
    second.change_at(&path, &both).is_refused(409, "lead-professional-exists");
    assert_eq!(second.contacts(&child).ok()["lead_professional"]["kind"], "child-protection");
}

fn a_sensitive_service_needs_a_ground(app: &TestApp) {
    let child = app.a_child().add();
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let nurse = app.practitioner().of(&clinic);
    let path = child.involvements();
    let bare = json!({"service": "sexual-health", "started_on": "2026-09-02"});
    let refused = nurse.post(&path, &bare);
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/ground");
    // Sensitive by whose it is, too.
    let ordinary = nurse.post(&path, &json!({"service": "therapies", "started_on": "2026-09-02"}));
    ordinary.is_refused(422, "invalid-body");
    let consent = with(bare, &json!({"ground": {"kind": "consent", "given_by": "child", "on": "2026-09-02"}}));
    let entry = nurse.post(&path, &consent).with_status(201).json();
    assert_eq!((&entry["group"], &entry["ground"]["given_by"]), (&json!("sensitive"), &json!("child")));
    let seen = app.practitioner().contacts(&child).ok();
    assert_eq!((&seen["involvements"], &seen["withheld"][0]["what"]), (&json!([]), &json!("sensitive-service")));
    let needless = with(nursing(), &json!({"ground": {"kind": "consent"}}));
    app.practitioner().post(&path, &needless).is_refused(422, "invalid-body");
}

fn an_entry_is_changed_by_its_own_organisation(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let path = child.entry(0);
    let change = json!({"practitioner": {"name": "Samuel Adeyemi", "job_title": "Form tutor"}});
    teacher.send("PATCH", &path, &[], Some(change.to_string().as_bytes())).is_refused(428, "precondition-required");
    teacher.patch(&path, "\"stale\"", &change).is_refused(412, "precondition-failed");
    let listed = teacher.get(&child.involvements()).ok();
    let etag = listed["involvements"][0]["etag"].as_str().expect("an entity tag").to_owned();
    let changed = teacher.patch(&path, &etag, &change);
    assert_ne!(changed.header("etag"), etag);
    assert_eq!(changed.ok()["practitioner"]["name"], "Samuel Adeyemi");
    teacher.patch(&path, &etag, &change).is_refused(412, "precondition-failed");
    for stranger in [app.practitioner(), app.system(), app.manager().in_area(crate::apps::ELSEWHERE)] {
        stranger.change_at(&path, &change).is_refused(403, "not-your-organisations-entry");
        stranger.post(&format!("{path}/end"), &json!({})).is_refused(403, "not-your-organisations-entry");
        stranger.post_nothing(&format!("{path}/confirm")).is_refused(403, "not-your-organisations-entry");
    }
    app.manager().change_at(&path, &json!({"practitioner": null})).ok();
    assert_eq!(teacher.contacts(&child).ok()["involvements"][0]["practitioner"], Value::Null);
    teacher.change_at(&format!("{}/999999", child.involvements()), &change).is_refused(404, "not-found");
}

fn an_entry_is_ended_once(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let end = format!("{}/end", child.entry(0));
    for (wrong, pointer) in [("2026-11-21", "/ended_on"), ("2024-09-01", "/ended_on"), ("soon", "/ended_on")] {
        let answer = teacher.post(&end, &json!({"ended_on": wrong}));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), pointer, "{wrong}");
    }
    assert_eq!(teacher.post(&end, &json!({})).ok()["ended_on"], "2026-11-20");
    teacher.post(&end, &json!({})).is_refused(409, "involvement-ended");
    teacher.post_nothing(&format!("{}/confirm", child.entry(0))).is_refused(409, "involvement-ended");
    teacher.change_at(&child.entry(0), &json!({"practitioner": null})).is_refused(409, "involvement-ended");
    let again = json!({"service": "school", "started_on": "2026-11-20"});
    teacher.post(&child.involvements(), &again).with_status(201);
}

fn a_confirmation_makes_an_entry_fresh(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().with(entry(&school, Service::School).confirmed("2026-01-01T09:00:00Z")).add();
    let teacher = app.practitioner().of(&school);
    assert_eq!(teacher.contacts(&child).ok()["involvements"][0]["freshness"], "stale");
    let confirmed = teacher.post_nothing(&format!("{}/confirm", child.entry(0))).ok();
    assert_eq!(
        (&confirmed["freshness"], &confirmed["last_confirmed_at"]),
        (&json!("fresh"), &json!("2026-11-20T10:00:00Z"))
    );
}

fn a_hidden_entry_is_answered_as_an_unknown_one(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().known_to(&clinic, Service::SexualHealth).add();
    let stranger = app.practitioner();
    let free = (1..).find(|number| *number != child.entries[0]).expect("a number nobody has");
    let unknown = format!("{}/{free}", child.involvements());
    for (verb, tail) in [("PATCH", ""), ("POST", "/end"), ("POST", "/confirm")] {
        let ask = |path: &str| {
            let body: &[u8] = if tail == "/confirm" { b"" } else { b"{}" };
            stranger.send(verb, &format!("{path}{tail}"), &[("If-Match", "\"x\"")], Some(body))
        };
        let hidden = ask(&child.entry(0));
        hidden.is_refused(404, "not-found");
        assert_eq!(hidden.likeness(), ask(&unknown).likeness(), "{verb}{tail}");
    }
}

fn another_organisation_cannot_be_spoken_for(app: &TestApp) {
    let child = app.a_child().add();
    let school = app.organisation(OrganisationKind::School);
    let practice = app.organisation(OrganisationKind::GpPractice);
    let crisis = app.team(&practice, "Crisis", false);
    let body = json!({"service": "school", "organisation": school.id.to_string(), "started_on": "2024-09-02"});
    app.practitioner().post(&child.involvements(), &body).is_refused(403, "not-your-organisations-entry");
    app.manager().post(&child.involvements(), &body).with_status(201);
    let teacher = app.practitioner().of(&school);
    let team = with(nursing(), &json!({"team": crisis.id.to_string()}));
    let refused = teacher.post(&child.involvements(), &team);
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/team");
    let nobodys = with(nursing(), &json!({"organisation": "00000000-0000-0000-0000-000000000000"}));
    let refused = app.manager().post(&child.involvements(), &nobodys);
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/organisation");
}

fn numbers_do_not_count_the_hidden_ones(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let services = ["school", "attendance", "extended-school", "special-educational-needs"];
    let numbers: Vec<i64> = services
        .iter()
        .map(|service| {
            let body = json!({"service": service, "started_on": "2024-09-02"});
            let entry = nurse.post(&child.involvements(), &body).with_status(201).json();
            entry["number"].as_i64().expect("a number")
        })
        .collect();
    let gaps: Vec<i64> = numbers.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    assert!(gaps.iter().any(|gap| *gap > 100), "random within the child: {numbers:?}");
}

fn wrong_dates_are_refused(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    for wrong in ["2027-11-30", "2013-03-01", "2024-02-30", "2024-9-2", ""] {
        let answer = nurse.post(&child.involvements(), &with(nursing(), &json!({"started_on": wrong})));
        answer.is_refused(422, "invalid-body");
        assert_eq!(answer.pointers(), "/started_on", "{wrong}");
    }
    assert_eq!(nurse.get(&child.involvements()).ok(), json!({"involvements": []}));
}
