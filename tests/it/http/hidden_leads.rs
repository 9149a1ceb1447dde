//! What is hidden of lead professionals: sensitive services, shields and what was entered under them. Whoever is not seen
//! leads nobody and was asked nothing, and no refusal tells otherwise.

use child_index::domain::accounts::Capability;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp, asked, entry};
use crate::suite::suite;

suite!(TestApp:
    a_sensitive_lead_leads_nobody_for_others,
    what_a_sensitive_service_was_asked_is_not_there_for_others,
    whoever_asked_is_named_only_where_they_may_be_seen,
    a_sensitive_team_that_led_is_hidden_when_the_entry_is_not,
    of_a_shielded_child_nobody_leads,
    under_a_shield_no_refusal_tells_the_area,
    an_organisation_goes_on_with_its_own_under_a_shield,
    a_lead_whose_consent_ended_is_out_of_the_way,
    a_record_that_is_closed_or_sealed_takes_no_lead,
);

fn told(person: &Person<'_>, child: &Known) -> Value {
    person.get(&child.led()).ok()
}

fn names(list: &Value) -> Vec<String> {
    let all = list.as_array().expect("a list");
    all.iter().map(|each| each["practitioner"]["name"].as_str().unwrap_or("nobody").to_owned()).collect()
}

fn nothing() -> Value {
    json!({"leads": [], "proposals": [], "history": []})
}

fn a_sensitive_lead_leads_nobody_for_others(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let school = app.organisation(OrganisationKind::School);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let counsellor = || entry(&clinic, Service::SexualHealth).by("Zoe Hidden", "Counsellor", Vec::new());
    let tutor = entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new());
    let hidden = app.a_child().with(tutor.clone()).with(counsellor().leading()).known_to(&council, Service::EarlyHelp);
    let hidden = hidden.add();
    let plain = app.a_child().with(tutor).with(counsellor()).known_to(&council, Service::EarlyHelp).add();
    let (teacher, worker) = (app.practitioner().of(&school), app.practitioner().of(&council));
    let of_clinic = app.practitioner().of(&clinic);
    for other in [app.practitioner(), teacher.clone(), worker.clone(), app.manager(), app.system()] {
        assert_eq!(told(&other, &hidden), nothing(), "{}", other.account.name);
        assert_eq!(other.contacts(&hidden).ok()["lead_professional"], Value::Null);
        let cover = json!({"kind": "early-help", "from": "2026-11-20", "until": "2026-11-21",
                           "practitioner": {"name": "Ida Obi", "job_title": "Nurse"}});
        let refused = [&hidden, &plain].map(|child| other.post(&format!("{}/cover", child.led()), &cover).likeness());
        assert_eq!(refused[0], refused[1], "{}", other.account.name);
    }
    assert_eq!(names(&told(&of_clinic, &hidden)["leads"]), ["Zoe Hidden"]);
    // Asking and accepting go as they would if nobody led.
    let steps = [&hidden, &plain].map(|child| {
        let body = json!({"kind": "early-help", "involvement": child.entries[0]});
        let own = teacher.post(&child.proposed(), &body).with_status(201);
        let path = own.header("location").to_owned();
        let accepted = teacher.post_nothing(&format!("{path}/accept"));
        let mut answer = accepted.ok();
        answer["number"] = Value::Null;
        answer["involvement"] = Value::Null;
        answer
    });
    assert_eq!(steps[0], steps[1]);
    assert_eq!(names(&told(&worker, &hidden)["leads"]), ["Ann Marsh"]);
    assert_eq!(told(&worker, &hidden)["history"], json!([]));
    let seen = told(&of_clinic, &hidden);
    assert_eq!((names(&seen["leads"]), names(&seen["history"])), (vec!["Ann Marsh".into()], vec!["Zoe Hidden".into()]));
}

fn what_a_sensitive_service_was_asked_is_not_there_for_others(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let school = app.organisation(OrganisationKind::School);
    let manager = app.manager();
    let child = app
        .a_child()
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .with(entry(&clinic, Service::SexualHealth).by("Zoe Hidden", "Counsellor", Vec::new()))
        .asked(asked(0, &manager))
        .asked(asked(1, &manager))
        .add();
    let (teacher, of_clinic) = (app.practitioner().of(&school), app.practitioner().of(&clinic));
    let free = (1..).find(|number| !child.proposals.contains(number)).expect("a number nobody has");
    let unknown = format!("{}/{free}", child.proposed());
    for other in [app.practitioner(), teacher.clone(), manager.clone(), app.system()] {
        assert_eq!(names(&told(&other, &child)["proposals"]), ["Ann Marsh"], "{}", other.account.name);
        let reads = [child.proposal(1), unknown.clone()].map(|path| other.get(&path));
        reads[0].is_refused(404, "not-found");
        assert_eq!(reads[0].likeness(), reads[1].likeness());
        for step in ["accept", "withdraw"] {
            let asks = [child.proposal(1), unknown.clone()].map(|path| other.post_nothing(&format!("{path}/{step}")));
            asks[0].is_refused(404, "not-found");
            assert_eq!(asks[0].likeness(), asks[1].likeness());
        }
        let body = json!({"kind": "early-help", "involvement": child.entries[1]});
        let asks = [child.entries[1], free].map(|number| {
            let body = json!({"kind": "early-help", "involvement": number});
            other.post(&child.proposed(), &body).likeness()
        });
        assert_eq!(asks[0], asks[1]);
        other.post(&child.proposed(), &body).is_refused(422, "invalid-body");
    }
    of_clinic.post_nothing(&format!("{}/accept", child.proposal(1))).ok();
    assert_eq!(names(&told(&of_clinic, &child)["leads"]), ["Zoe Hidden"]);
    // That somebody accepted is not told either: for the others the question still waits.
    let state = |person: &Person<'_>| person.get(&child.proposal(0)).ok()["state"].clone();
    assert_eq!((state(&teacher), state(&of_clinic)), (json!("open"), json!("superseded")));
    teacher.post_nothing(&format!("{}/accept", child.proposal(0))).ok();
    assert_eq!(names(&told(&of_clinic, &child)["leads"]), ["Ann Marsh"], "never two");
}

fn whoever_asked_is_named_only_where_they_may_be_seen(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let school = app.organisation(OrganisationKind::School);
    let of_clinic = app.practitioner().of(&clinic);
    let child = app
        .a_child()
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .with(entry(&clinic, Service::SexualHealth))
        .asked(asked(0, &of_clinic))
        .add();
    for other in [app.practitioner(), app.practitioner().of(&school), app.manager()] {
        let proposals = told(&other, &child)["proposals"].clone();
        assert_eq!((names(&proposals), proposals[0].get("proposed_by")), (vec!["Ann Marsh".into()], None));
    }
    assert_eq!(told(&of_clinic, &child)["proposals"][0]["proposed_by"]["name"], clinic.name.as_str());
}

fn a_sensitive_team_that_led_is_hidden_when_the_entry_is_not(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let crisis = app.team(&school, "Crisis", true);
    let child = app
        .a_child()
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()).in_team(&crisis).leading())
        .add();
    let (teacher, stranger) = (app.practitioner().of(&school), app.practitioner());
    assert_eq!(told(&stranger, &child), nothing());
    teacher.change_at(&child.entry(0), &json!({"lead_professional": null})).ok();
    teacher.change_at(&child.entry(0), &json!({"team": null})).ok();
    assert_eq!(names(&told(&teacher, &child)["history"]), ["Ann Marsh"]);
    assert_eq!(told(&stranger, &child)["history"], json!([]));
    assert_eq!(stranger.contacts(&child).ok()["involvements"].as_array().map(Vec::len), Some(1));
}

fn of_a_shielded_child_nobody_leads(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let manager = app.manager();
    let new = || {
        app.a_child()
            .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
            .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading())
            .asked(asked(0, &manager).while_led_by(1))
    };
    let child = new().shielded().with_case(CaseKind::Shield, &manager).add();
    for other in [
        app.practitioner(),
        app.practitioner().with(Capability::Coordinator),
        app.manager(),
        app.system(),
        app.practitioner().of(&app.organisation(OrganisationKind::GpPractice)),
    ] {
        assert_eq!(told(&other, &child), nothing(), "{}", other.account.name);
        other.get(&child.proposal(0)).is_refused(404, "not-found");
        other.post_nothing(&format!("{}/withdraw", child.proposal(0))).is_refused(404, "not-found");
    }
    let seen = told(&app.practitioner().of(&school), &child);
    assert_eq!((names(&seen["leads"]), names(&seen["proposals"])), (vec![], vec!["Ann Marsh".to_owned()]), "its own");
    assert_eq!(seen["proposals"][0].get("proposed_by"), None);
    let seen = told(&manager, &child);
    assert_eq!((names(&seen["leads"]), names(&seen["proposals"])), (vec!["Ada Obi".into()], vec!["Ann Marsh".into()]));
    let confirmed = new().shielded().confirmed().add();
    assert_eq!(told(&app.practitioner().of(&school), &confirmed), nothing());
    let under = app
        .a_child()
        .shielded()
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading())
        .add();
    // A shield that is lifted leaves what was entered under it hidden until its owner confirms it.
    diesel::RunQueryDsl::execute(
        diesel::sql_query(format!("UPDATE child SET shield = NULL, shielded_at = NULL WHERE id = {}", under.id.0)),
        &mut app.connect(),
    )
    .expect("a lifted shield");
    assert_eq!(told(&app.practitioner(), &under), nothing());
    app.practitioner().of(&council).post_nothing(&format!("{}/confirm", under.entry(0))).ok();
    assert_eq!(names(&told(&app.practitioner(), &under)["leads"]), ["Ada Obi"]);
}

fn under_a_shield_no_refusal_tells_the_area(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child =
        app.a_child().shielded().with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new())).add();
    let coordinators =
        [app.practitioner(), app.practitioner().in_area(ELSEWHERE)].map(|each| each.with(Capability::Coordinator));
    let managers = [app.manager(), app.manager().in_area(ELSEWHERE)];
    for [here, there] in [coordinators, managers] {
        let body = json!({"kind": "early-help", "involvement": child.entries[0]});
        assert_eq!(
            here.post(&child.proposed(), &body).likeness(),
            there.post(&child.proposed(), &body).likeness(),
            "{}",
            here.account.role
        );
        let cover = json!({"kind": "early-help"});
        let end = format!("{}/cover/end", child.led());
        assert_eq!(here.post(&end, &cover).likeness(), there.post(&end, &cover).likeness());
        assert_eq!(told(&here, &child), told(&there, &child));
    }
}

fn an_organisation_goes_on_with_its_own_under_a_shield(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let manager = app.manager();
    let child = app
        .a_child()
        .shielded()
        .confirmed()
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading())
        .asked(asked(0, &manager).while_led_by(1))
        .add();
    let teacher = app.practitioner().of(&school);
    let accepted = teacher.post_nothing(&format!("{}/accept", child.proposal(0))).ok();
    assert_eq!(accepted["state"], "accepted");
    assert!(!accepted.to_string().contains("Ada Obi"));
    let worker = app.practitioner().of(&council);
    assert!(!told(&worker, &child).to_string().contains("Marsh"), "nor is the council told who leads now");
}

fn a_lead_whose_consent_ended_is_out_of_the_way(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let manager = app.manager();
    let child = app
        .a_child()
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .with(
            entry(&clinic, Service::SexualHealth)
                .by("Zoe Hidden", "Counsellor", Vec::new())
                .leading()
                .consented_until("2026-11-19"),
        )
        .asked(asked(0, &manager))
        .add();
    let (teacher, of_clinic) = (app.practitioner().of(&school), app.practitioner().of(&clinic));
    assert_eq!(names(&told(&of_clinic, &child)["leads"]), Vec::<String>::new());
    teacher.post_nothing(&format!("{}/accept", child.proposal(0))).ok();
    for person in [&teacher, &of_clinic, &manager] {
        let told = told(person, &child);
        assert_eq!(names(&told["leads"]), ["Ann Marsh"]);
        assert_eq!(told["history"], json!([]), "what stood on consent is gone with it");
    }
}

fn a_record_that_is_closed_or_sealed_takes_no_lead(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let tutor = || entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new());
    let manager = app.manager();
    let archived = app.a_child().born("2008-11-19").with(tutor().leading()).asked(asked(0, &manager)).add();
    let teacher = app.practitioner().of(&school);
    teacher.get(&archived.led()).is_refused(404, "not-found");
    assert_eq!(names(&told(&manager, &archived)["leads"]), ["Ann Marsh"], "for a year the management team reads it");
    for step in ["accept", "withdraw"] {
        let path = format!("{}/{step}", archived.proposal(0));
        teacher.post_nothing(&path).is_refused(404, "not-found");
        manager.post_nothing(&path).is_refused(403, "role-not-permitted");
    }
    let sealed = app.a_child().sealed().with(tutor().leading()).asked(asked(0, &manager)).add();
    let unknown = teacher.get("/v1/children/000102030405060708090a0b0c0d0e0f00/lead-professional");
    for person in [&teacher, &manager] {
        let refused = person.get(&sealed.led());
        refused.is_refused(404, "not-found");
        assert_eq!(refused.likeness(), unknown.likeness());
        person.post_nothing(&format!("{}/accept", sealed.proposal(0))).is_refused(404, "not-found");
    }
}
