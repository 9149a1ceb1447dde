//! Meetings of the team around a child: planned, moved, held, closed and called off, and what a calendar is told.

use std::collections::BTreeMap;

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    a_meeting_is_planned_moved_held_and_closed,
    a_meeting_is_called_off_with_a_code,
    each_step_follows_where_it_may,
    a_meeting_is_still_to_come_and_within_a_year,
    a_closed_meeting_says_when_the_team_looks_again,
    only_members_who_are_seen_came,
    members_and_those_who_coordinate_plan,
    the_same_key_plans_once,
    meetings_are_told_of_for_a_time,
    an_invitation_is_a_calendar_of_its_own,
    a_calendar_is_told_of_another_time_and_of_a_cancellation,
    each_step_is_recorded,
);

struct Family {
    school: Organisation,
    council: Organisation,
    child: Known,
}

/// A child with a meeting an hour ago.
fn a_family(app: &TestApp) -> Family {
    let school = app.organisation(OrganisationKind::School);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let child = app
        .a_child()
        .with(entry(&school, Service::School).by("Samuel Adeyemi", "Form tutor", Vec::new()))
        .with(entry(&council, Service::EarlyHelp))
        .with(entry(&council, Service::Housing).ended("2026-11-01"))
        .meeting_at("2026-11-20T09:00:00Z")
        .add();
    Family { school, council, child }
}

fn time(at: &str) -> Value {
    json!({"starts_at": at, "minutes": 90})
}

fn held(numbers: &[i32]) -> Value {
    json!({"involvements": numbers, "participants": {"parents_or_carers": true, "young_person": false}})
}

fn plan(person: &Person<'_>, child: &Known, at: &str) -> String {
    person.post(&child.meetings(), &time(at)).with_status(201).header("location").to_owned()
}

fn a_meeting_is_planned_moved_held_and_closed(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let path = plan(&teacher, &child, "2026-12-04T14:00:00Z");
    let planned = teacher.get(&path).ok();
    assert_eq!((&planned["state"], &planned["starts_at"]), (&json!("planned"), &json!("2026-12-04T14:00:00Z")));
    assert_eq!((&planned["minutes"], &planned["attendance"]), (&json!(90), &Value::Null));
    assert_eq!(path, format!("{}/{}", child.meetings(), planned["number"]));
    let moved = teacher.post(&format!("{path}/reschedule"), &time("2026-12-11T15:00:00+01:00")).ok();
    assert_eq!((&moved["state"], &moved["starts_at"]), (&json!("planned"), &json!("2026-12-11T14:00:00Z")));
    let list = teacher.get(&child.meetings()).ok();
    assert_eq!(
        (&list["meetings"][0], list["meetings"].as_array().map(Vec::len)),
        (&moved, Some(2)),
        "the latest first"
    );
    app.it_is("2026-12-11T15:30:00Z");
    let held = teacher.post(&format!("{path}/hold"), &held(&child.entries[..2])).ok();
    let mut came = child.entries[..2].to_vec();
    came.sort_unstable();
    assert_eq!((&held["state"], &held["attendance"]["involvements"]), (&json!("held"), &json!(came)));
    let family = json!({"parents_or_carers": true, "young_person": false});
    assert_eq!(held["attendance"]["participants"], family);
    let closing = json!({"outcome": "support-continues", "next_review_on": "2027-01-15"});
    let closed = teacher.post(&format!("{path}/close"), &closing).ok();
    assert_eq!((&closed["state"], &closed["outcome"]), (&json!("closed"), &json!("support-continues")));
    assert_eq!((&closed["next_review_on"], &closed["attendance"]), (&json!("2027-01-15"), &held["attendance"]));
    assert_eq!(teacher.get(&path).ok(), closed);
    assert_eq!(teacher.get(&child.team()).ok()["next_review_on"], "2027-01-15");
}

fn a_meeting_is_called_off_with_a_code(app: &TestApp) {
    let Family { council, child, .. } = a_family(app);
    let worker = app.practitioner().of(&council);
    let cancel = format!("{}/cancel", child.meeting(0));
    worker.post(&cancel, &json!({})).is_refused(422, "invalid-body");
    worker.post(&cancel, &json!({"reason": "the mother is ill"})).is_refused(422, "invalid-body");
    let off = worker.post(&cancel, &json!({"reason": "family-unavailable"})).ok();
    assert_eq!((&off["state"], &off["reason"]), (&json!("cancelled"), &json!("family-unavailable")));
}

fn each_step_follows_where_it_may(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let steps = [
        ("reschedule", time("2026-12-04T14:00:00Z")),
        ("hold", held(&[])),
        ("close", json!({"outcome": "support-ends"})),
        ("cancel", json!({"reason": "replaced"})),
    ];
    let refused = |path: &str, step: &str| {
        let (_, body) = steps.iter().find(|(name, _)| *name == step).expect("a step");
        teacher.post(&format!("{path}/{step}"), body).is_refused(409, "out-of-order");
    };
    let to_come = plan(&teacher, &child, "2026-12-04T14:00:00Z");
    refused(&to_come, "hold");
    refused(&to_come, "close");
    let path = child.meeting(0);
    teacher.post(&format!("{path}/hold"), &held(&[])).ok();
    ["reschedule", "hold", "cancel"].iter().for_each(|step| refused(&path, step));
    teacher.post(&format!("{path}/close"), &json!({"outcome": "support-ends"})).ok();
    ["reschedule", "hold", "close", "cancel"].iter().for_each(|step| refused(&path, step));
    teacher.post(&format!("{to_come}/cancel"), &json!({"reason": "replaced"})).ok();
    ["reschedule", "hold", "close", "cancel"].iter().for_each(|step| refused(&to_come, step));
    let free = (1..).find(|number| !child.planned.contains(number) && !to_come.ends_with(&format!("/{number}")));
    let unknown = format!("{}/{}", child.meetings(), free.expect("a number nobody has"));
    for (step, body) in &steps {
        teacher.post(&format!("{unknown}/{step}"), body).is_refused(404, "not-found");
    }
    teacher.get(&unknown).is_refused(404, "not-found");
    teacher.get(&format!("{unknown}/invitation")).is_refused(404, "not-found");
}

fn a_meeting_is_still_to_come_and_within_a_year(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    for at in ["2026-11-20T09:59:00Z", "2027-11-22T10:00:00Z", "2026-12-04T14:00:30Z"] {
        let move_it = format!("{}/reschedule", child.meeting(0));
        for path in [child.meetings(), move_it] {
            let refused = teacher.post(&path, &time(at));
            refused.is_refused(422, "invalid-body");
            assert_eq!(refused.pointers(), "/starts_at", "{at}");
        }
    }
    for at in ["2026-11-20T10:00:00Z", "2027-11-21T10:00:00Z"] {
        plan(&teacher, &child, at);
    }
}

fn a_closed_meeting_says_when_the_team_looks_again(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    teacher.change_at(&child.team(), &json!({"next_review_on": "2026-12-18"})).ok();
    teacher.post(&format!("{}/hold", child.meeting(0)), &held(&[])).ok();
    let close = format!("{}/close", child.meeting(0));
    for body in [
        json!({"outcome": "support-continues"}),
        json!({"outcome": "support-continues", "next_review_on": "2026-11-19"}),
        json!({"outcome": "support-continues", "next_review_on": "2027-11-22"}),
        json!({"outcome": "stepped-up", "next_review_on": "2027-01-15"}),
    ] {
        let refused = teacher.post(&close, &body);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), "/next_review_on", "{body}");
    }
    assert_eq!(teacher.get(&child.team()).ok()["next_review_on"], "2026-12-18", "nothing half done");
    teacher.post(&close, &json!({"outcome": "stepped-up"})).ok();
    assert_eq!(teacher.get(&child.team()).ok()["next_review_on"], Value::Null);
}

fn only_members_who_are_seen_came(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let hold = format!("{}/hold", child.meeting(0));
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let refused = teacher.post(&hold, &held(&[child.entries[0], free]));
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/involvements");
    // Whoever has gone since may have come.
    let told = teacher.post(&hold, &held(&[child.entries[2], child.entries[2]])).ok();
    assert_eq!(told["attendance"]["involvements"], json!([child.entries[2]]));
}

fn members_and_those_who_coordinate_plan(app: &TestApp) {
    let Family { school, council, child } = a_family(app);
    for person in [
        app.practitioner().of(&school),
        app.practitioner().of(&council),
        app.practitioner().with(Capability::Coordinator),
        app.manager(),
        app.system().of(&council),
    ] {
        let path = plan(&person, &child, "2026-12-04T14:00:00Z");
        assert_eq!(person.get(&path).ok()["state"], "planned");
    }
    for person in [app.auditor(), app.administrator()] {
        person.get(&child.meetings()).is_refused(403, "role-not-permitted");
    }
}

fn the_same_key_plans_once(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let ask = |at: &str| teacher.post_with_key("k-1", &child.meetings(), &time(at));
    let first = ask("2026-12-04T14:00:00Z").with_status(201);
    let again = ask("2026-12-04T14:00:00Z").with_status(201);
    assert_eq!((again.header("location"), again.json()), (first.header("location"), first.json()));
    assert_eq!(teacher.get(&child.meetings()).ok()["meetings"].as_array().map(Vec::len), Some(2));
    ask("2026-12-05T14:00:00Z").is_refused(422, "idempotency-key-reused");
}

fn meetings_are_told_of_for_a_time(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school).change(|account| {
        let later = "2029-01-31".parse().ok();
        account.standing.checked_until = later;
        account.standing.trained_until = later;
        account.standing.certified_until = later;
    });
    app.change_organisation(&school, |school| school.accredited_until = "2029-01-31".parse().ok());
    app.it_is("2027-11-20T09:59:00Z");
    let teacher = teacher.with_a_new_token();
    assert_eq!(teacher.get(&child.meeting(0)).ok()["state"], "planned");
    app.it_is("2027-11-20T10:01:00Z");
    teacher.get(&child.meeting(0)).is_refused(404, "not-found");
    assert_eq!(teacher.get(&child.meetings()).ok()["meetings"], json!([]));
}

/// A calendar as a program reads it: lines unfolded, each a name and a value; each name once.
fn read_calendar(text: &str) -> BTreeMap<String, String> {
    assert!(text.ends_with("\r\n") && !text.replace("\r\n", "").contains(['\r', '\n']), "lines end by CRLF: {text:?}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "lines are folded at 75 octets: {text:?}");
    let unfolded = text.replace("\r\n ", "").replace("\r\n\t", "");
    let mut lines: Vec<(&str, &str)> =
        unfolded.trim_end().split("\r\n").map(|line| line.split_once(':').expect("a name and a value")).collect();
    assert_eq!((lines.remove(0), lines.pop()), (("BEGIN", "VCALENDAR"), Some(("END", "VCALENDAR"))));
    let begin = lines.iter().position(|line| *line == ("BEGIN", "VEVENT")).expect("an event");
    let end = lines.iter().position(|line| *line == ("END", "VEVENT")).expect("its end");
    assert!(begin < end && end == lines.len() - 1);
    lines.retain(|(name, _)| !["BEGIN", "END"].contains(name));
    let read: BTreeMap<String, String> = lines.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    assert_eq!(read.len(), lines.len(), "each once: {text:?}");
    read
}

fn invitation(person: &Person<'_>, path: &str) -> BTreeMap<String, String> {
    let answer = person.get(&format!("{path}/invitation")).with_status(200);
    assert_eq!(answer.header("content-type"), "text/calendar; charset=utf-8; method=PUBLISH");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"meeting.ics\"");
    assert!(!answer.header("audit-receipt").is_empty());
    read_calendar(&answer.text)
}

fn an_invitation_is_a_calendar_of_its_own(app: &TestApp) {
    let Family { school, council, child } = a_family(app);
    let (teacher, worker) = (app.practitioner().of(&school), app.practitioner().of(&council));
    let path = plan(&teacher, &child, "2026-12-04T14:00:00Z");
    let read = invitation(&teacher, &path);
    let names: Vec<&str> = read.keys().map(String::as_str).collect();
    let known = [
        "CALSCALE", "CLASS", "DTEND", "DTSTAMP", "DTSTART", "METHOD", "PRODID", "SEQUENCE", "STATUS", "SUMMARY", "UID",
        "VERSION",
    ];
    assert_eq!(names, known, "there is a place for nothing else");
    let value = |name: &str| read[name].as_str();
    assert_eq!((value("VERSION"), value("METHOD"), value("STATUS")), ("2.0", "PUBLISH", "CONFIRMED"));
    assert_eq!((value("DTSTART"), value("DTEND")), ("20261204T140000Z", "20261204T153000Z"));
    assert_eq!((value("DTSTAMP"), value("SEQUENCE")), ("20261120T100000Z", "0"));
    assert_eq!((value("SUMMARY"), value("CLASS")), ("Team around the child meeting", "CONFIDENTIAL"));
    assert_eq!(value("UID").parse::<uuid::Uuid>().expect("a UUID").get_version_num(), 4, "random, and tells no time");
    assert_eq!(invitation(&worker, &path), read, "the same for everybody");
    let other = invitation(&teacher, &child.meeting(0));
    assert_ne!(other["UID"], read["UID"]);
}

fn a_calendar_is_told_of_another_time_and_of_a_cancellation(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let path = plan(&teacher, &child, "2026-12-04T14:00:00Z");
    let first = invitation(&teacher, &path);
    app.it_is("2026-11-23T09:00:00Z");
    teacher.post(&format!("{path}/reschedule"), &time("2026-12-11T14:00:00Z")).ok();
    let moved = invitation(&teacher, &path);
    assert_eq!((&moved["UID"], moved["SEQUENCE"].as_str()), (&first["UID"], "1"));
    assert_eq!((moved["DTSTART"].as_str(), moved["DTSTAMP"].as_str()), ("20261211T140000Z", "20261123T090000Z"));
    teacher.post(&format!("{path}/cancel"), &json!({"reason": "not-needed"})).ok();
    let off = invitation(&teacher, &path);
    assert_eq!((off["STATUS"].as_str(), off["SEQUENCE"].as_str(), &off["UID"]), ("CANCELLED", "2", &first["UID"]));
}

fn each_step_is_recorded(app: &TestApp) {
    let Family { school, child, .. } = a_family(app);
    let teacher = app.practitioner().of(&school);
    let told = |action: &str, outcome: &str, path: &str| {
        let event = app.events().pop().expect("an event");
        assert_eq!((event.action.as_str(), event.outcome.as_str()), (action, outcome));
        let payload = event.payload.expect("a payload");
        assert_eq!(payload.children.len(), 1);
        let target =
            payload.targets.first().map(|target| format!("{}/{}", child.meetings(), target.id)).unwrap_or_default();
        assert_eq!(target, path, "{action}");
    };
    let path = plan(&teacher, &child, "2026-12-04T14:00:00Z");
    told("team-meeting.plan", "changed", &path);
    teacher.get(&child.meetings()).ok();
    told("team-meeting.read", "disclosed", "");
    teacher.get(&path).ok();
    told("team-meeting.read", "disclosed", &path);
    teacher.get(&format!("{path}/invitation")).with_status(200);
    told("team-meeting.invite", "disclosed", &path);
    teacher.post(&format!("{path}/reschedule"), &time("2026-12-11T14:00:00Z")).ok();
    told("team-meeting.reschedule", "changed", &path);
    teacher.post(&format!("{path}/cancel"), &json!({"reason": "replaced"})).ok();
    told("team-meeting.cancel", "changed", &path);
    let path = child.meeting(0);
    teacher.post(&format!("{path}/hold"), &held(&[])).ok();
    told("team-meeting.hold", "changed", &path);
    teacher.post(&format!("{path}/close"), &json!({"outcome": "support-ends"})).ok();
    told("team-meeting.close", "changed", &path);
}
