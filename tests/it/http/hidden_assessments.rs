//! Assessments that are hidden: by a shield, a sensitive holder, their kind, or time; from lists, contacts and refusals.

use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use super::assessments::{early_help, kinds, listed};
use crate::apps::{ELSEWHERE, Person, TestApp, assessment};
use crate::suite::suite;

suite!(TestApp:
    a_hidden_holder_is_named_to_nobody,
    the_desk_named_is_that_of_the_callers_own_area,
    whom_to_join_is_recorded_before_it_is_told,
    kinds_are_coarse_without_a_relationship,
    who_does_not_start_a_kind_is_not_told_that_one_is_open,
    a_sensitive_holder_is_absent_for_others,
    a_shield_hides_assessments,
    what_was_entered_under_a_shield_waits_for_its_holder,
    ended_ones_are_told_for_a_year,
    an_archived_record_takes_no_assessment,
);

fn a_hidden_holder_is_named_to_nobody(app: &TestApp) {
    let desk = app.manager();
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let crisis = app.team(&school, "Crisis", true);
    let held = || assessment(&school, "early-help");
    let hidden = [
        app.a_child().shielded().assessed(held()).add(),
        app.a_child().shielded().confirmed().assessed(held()).add(),
        app.a_child().shielded().assessed(assessment(&clinic, "early-help")).add(),
        app.a_child().assessed(assessment(&clinic, "early-help")).add(),
        app.a_child().assessed(held().in_team(&crisis)).add(),
        app.a_child().assessed(held().entered_under_shield()).add(),
        app.a_child().in_area(ELSEWHERE).shielded().assessed(held()).add(),
    ];
    let stranger = app.practitioner();
    let told: Vec<_> = hidden.iter().map(|child| stranger.post(&child.assessed(), &early_help())).collect();
    for answer in &told {
        answer.is_refused(409, "assessment-open");
        assert_eq!(answer.likeness(), told[0].likeness());
        assert_eq!(answer.json().get("holder"), None);
        assert!(!answer.text.contains(&school.name) && !answer.text.contains(&clinic.name), "{}", answer.text);
    }
    let broker = told[0].json()["broker"].clone();
    let contacts = stranger.contacts(&hidden[0]).ok();
    assert_eq!(broker, contacts["withheld"][0]["broker"], "as the contacts have it");
    assert_eq!(broker["routes"][0]["phone"], "01225 713000");
    // To whom the holder is shown it is named.
    let nurse = app.practitioner().of(&clinic);
    let named = nurse.post(&hidden[3].assessed(), &early_help()).with_status(409).json();
    assert_eq!(named["holder"]["organisation"]["name"], clinic.name.as_str());
    let open = app.a_child().shielded().assessed(held()).with_case(CaseKind::Shield, &desk).add();
    let named = desk.post(&open.assessed(), &early_help()).with_status(409).json();
    assert_eq!(named["holder"]["organisation"]["name"], school.name.as_str());
}

fn the_desk_named_is_that_of_the_callers_own_area(app: &TestApp) {
    let (here, there) = (app.manager(), app.organisation_in(ELSEWHERE, OrganisationKind::ManagementTeam));
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().shielded().assessed(assessment(&school, "early-help")).add();
    let name = |person: Person<'_>| {
        let told = person.post(&child.assessed(), &early_help()).with_status(409).json();
        told["broker"]["name"].as_str().expect("a name").to_owned()
    };
    assert_eq!(name(app.practitioner().in_area(ELSEWHERE)), there.name);
    assert_ne!(name(app.practitioner()), there.name);
    let nowhere = app.practitioner().in_area("E09000001").post(&child.assessed(), &early_help()).with_status(409);
    assert_eq!(nowhere.json().get("broker"), Some(&Value::Null), "no desk there");
    assert!(here.account.area != ELSEWHERE);
}

fn whom_to_join_is_recorded_before_it_is_told(app: &TestApp) {
    let (school, clinic) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::SexualHealthClinic));
    let open = app.a_child().assessed(assessment(&school, "early-help")).add();
    let shielded = app.a_child().shielded().assessed(assessment(&school, "early-help")).add();
    let sensitive = app.a_child().assessed(assessment(&clinic, "early-help")).add();
    let stranger = app.practitioner();
    for (child, shown, withheld, protected) in [
        (&open, json!(["assessments"]), json!([]), false),
        (&shielded, json!([]), json!(["assessments"]), true),
        (&sensitive, json!([]), json!(["sensitive"]), true),
    ] {
        let before = app.log_size();
        let answer = stranger.post(&child.assessed(), &early_help()).with_status(409);
        let events = app.events_from(before);
        assert_eq!(events.len(), 1);
        assert_eq!((events[0].action.as_str(), events[0].outcome.as_str()), ("assessment.start", "conflict"));
        assert!(answer.header("audit-receipt").starts_with(&format!("{}.", events[0].index)));
        let payload = serde_json::to_value(events[0].payload.as_ref().expect("a payload")).expect("JSON");
        let about = &payload["children"][0];
        let list = |name: &str| about.get(name).cloned().unwrap_or_else(|| json!([]));
        assert_eq!((list("shown"), list("withheld")), (shown, withheld), "{payload}");
        assert_eq!(about["protected"].as_bool().unwrap_or_default(), protected, "{payload}");
    }
}

fn who_does_not_start_a_kind_is_not_told_that_one_is_open(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let teacher = app.practitioner().of(&app.organisation(OrganisationKind::School));
    let worker = app.practitioner().of(&council);
    for kind in ["social-care-single-assessment", "child-in-need", "child-protection"] {
        let body = json!({"kind": kind, "started_on": "2026-11-02"});
        let [open, none] = [app.a_child().assessed(assessment(&council, kind)).add(), app.a_child().add()];
        let told = [&open, &none].map(|child| teacher.post(&child.assessed(), &body));
        told[0].is_refused(403, "sector-not-permitted");
        assert_eq!(told[0].likeness(), told[1].likeness(), "{kind}");
        worker.post(&open.assessed(), &body).is_refused(409, "assessment-open");
        worker.post(&none.assessed(), &body).with_status(201);
    }
}

fn kinds_are_coarse_without_a_relationship(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let all = [
        "early-help",
        "social-care-single-assessment",
        "education-health-and-care",
        "child-in-need",
        "child-protection",
    ];
    let mut child = app.a_child().known_to(&school, Service::School);
    for kind in all {
        child = child.assessed(assessment(&council, kind));
    }
    let child = child.add();
    let coarse = ["early-help", "education", "social-care", "social-care", "social-care-single-assessment"];
    let mut exact = all;
    exact.sort_unstable();
    for stranger in [app.practitioner(), app.system(), app.manager().in_area(ELSEWHERE)] {
        assert_eq!(kinds(&stranger, &child), coarse, "{}", stranger.account.name);
    }
    let involved = app.practitioner().of(&school);
    for knows in [involved.clone(), app.practitioner().of(&council), app.manager()] {
        assert_eq!(kinds(&knows, &child), exact, "{}", knows.account.name);
    }
    assert_eq!(kinds(&involved.acting_through(&app.system()), &child), coarse, "what both may see");
    let stranger = listed(&app.practitioner(), &child);
    let days: Vec<_> = stranger.iter().map(|each| (each["started_on"].clone(), each["number"].as_i64())).collect();
    assert!(days.is_sorted_by_key(|(_, number)| *number), "the order tells nothing of the kind");
}

fn a_sensitive_holder_is_absent_for_others(app: &TestApp) {
    let (school, clinic) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::SexualHealthClinic));
    let crisis = app.team(&school, "Crisis", true);
    let child = app
        .a_child()
        .known_to(&school, Service::School)
        .assessed(assessment(&clinic, "early-help"))
        .assessed(assessment(&school, "child-in-need").in_team(&crisis))
        .add();
    for other in [app.practitioner(), app.practitioner().of(&app.organisation(OrganisationKind::GpPractice))] {
        assert!(kinds(&other, &child).is_empty());
        assert_eq!(other.contacts(&child).ok()["withheld"], json!([]), "nor is it told that there is one");
    }
    assert_eq!(kinds(&app.practitioner().of(&clinic), &child), ["early-help"]);
    assert_eq!(kinds(&app.practitioner().of(&school), &child), ["child-in-need"]);
    let manager = app.manager();
    assert!(kinds(&manager, &child).is_empty(), "outside a case");
    let stranger = app.practitioner();
    let free = (1..).find(|number| !child.assessments.contains(number)).expect("a number nobody has");
    for (tail, body) in [("confirm", json!(null)), ("complete", json!({"outcome": "joined"}))] {
        let ask = |path: &str| {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            stranger.send("POST", &format!("{path}/{tail}"), &[], Some(body.as_bytes()))
        };
        let hidden = ask(&child.assessment(0));
        hidden.is_refused(404, "not-found");
        assert_eq!(hidden.likeness(), ask(&format!("{}/{free}", child.assessed())).likeness(), "{tail}");
    }
}

fn a_shield_hides_assessments(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let manager = app.manager();
    let shielded = app
        .a_child()
        .shielded()
        .known_to(&school, Service::School)
        .assessed(assessment(&council, "child-in-need"))
        .with_case(CaseKind::Shield, &manager)
        .add();
    let worker = app.practitioner().of(&council);
    assert!(kinds(&app.practitioner(), &shielded).is_empty());
    assert!(kinds(&app.practitioner().of(&school), &shielded).is_empty(), "a relationship opens no shield");
    assert_eq!(kinds(&worker, &shielded), ["child-in-need"], "what it supplied, until the shield is confirmed");
    assert_eq!(kinds(&manager, &shielded), ["child-in-need"], "inside the case");
    assert!(kinds(&app.manager(), &shielded).is_empty());
    let confirmed = app.a_child().shielded().confirmed().assessed(assessment(&council, "child-in-need")).add();
    assert!(kinds(&worker, &confirmed).is_empty());
    // It may go on keeping its own entry right, of which it knows.
    let kept = worker.post_nothing(&format!("{}/confirm", confirmed.assessment(0))).ok();
    assert_eq!(kept["kind"], "child-in-need");
    app.practitioner().get(&app.a_child().sealed().add().assessed()).is_refused(404, "not-found");
}

fn what_was_entered_under_a_shield_waits_for_its_holder(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().assessed(assessment(&school, "early-help").entered_under_shield()).add();
    let (stranger, teacher) = (app.practitioner(), app.practitioner().of(&school));
    assert!(kinds(&stranger, &child).is_empty());
    assert_eq!(kinds(&teacher, &child), ["early-help"]);
    teacher.post_nothing(&format!("{}/confirm", child.assessment(0))).ok();
    assert_eq!(kinds(&stranger, &child), ["early-help"]);
}

fn ended_ones_are_told_for_a_year(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app
        .a_child()
        .assessed(assessment(&school, "early-help").ended("2025-11-20", "support-agreed"))
        .assessed(assessment(&school, "child-in-need").ended("2025-11-19", "no-further-action"))
        .add();
    assert_eq!(kinds(&app.practitioner(), &child), ["early-help"]);
    assert_eq!(kinds(&app.practitioner().of(&school), &child), ["child-in-need", "early-help"]);
}

fn an_archived_record_takes_no_assessment(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().born("2008-11-19").assessed(assessment(&school, "early-help")).add();
    let teacher = app.practitioner().of(&school);
    teacher.get(&child.assessed()).is_refused(404, "not-found");
    teacher.post(&child.assessed(), &early_help()).is_refused(404, "not-found");
    let manager = app.manager();
    assert_eq!(kinds(&manager, &child), ["early-help"], "for a year the management team reads it");
    manager.post(&child.assessed(), &early_help()).is_refused(403, "role-not-permitted");
    manager.post_nothing(&format!("{}/confirm", child.assessment(0))).is_refused(403, "role-not-permitted");
}
