//! What an adopted agreement takes away, on every path that tells of an involvement, and from whom it takes nothing.

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::partnerships::AgreementState;
use child_index::domain::partnerships::DefaultVisibility::{Brokered, Shown, Withheld};
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Line, Person, TestApp, asked, assessment, entry, settled};
use crate::suite::suite;

suite!(TestApp:
    members_see_as_it_says_and_others_no_more,
    it_binds_on_its_days_and_those_of_the_members,
    it_is_about_children_of_its_area,
    of_two_partnerships_the_narrower_holds,
    what_another_node_adopts_binds_at_once_and_is_gone_when_ended,
    a_withheld_lead_leads_nobody,
    whoever_is_withheld_is_in_no_team_and_no_meeting,
    an_assessment_tells_no_more_than_the_involvement,
    a_transfer_is_told_where_both_ends_are,
    an_enquiry_is_not_told_what_is_withheld,
    a_brokered_service_is_put_in_touch,
    no_work_list_counts_what_is_withheld,
    a_caller_and_a_partner_system_are_bound,
    sensitive_services_stay_as_they_are,
    of_a_shielded_child_it_tells_nothing,
    entries_that_are_not_seen_are_not_there,
);

/// A housing service that is a member, a school that is one too, and a child whom both work with.
struct Place {
    housing: Organisation,
    school: Organisation,
    child: Known,
}

fn place(app: &TestApp, lines: &[Line]) -> Place {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    app.agreed(&[&housing, &school], lines);
    let child = app.a_child().known_to(&school, Service::School).known_to(&housing, Service::Housing).add();
    Place { housing, school, child }
}

const HOUSING: Line = (Service::Housing, Shown, Withheld);

/// The services that somebody is told of, and what is said to be withheld.
fn contacts(person: &Person<'_>, child: &Known) -> (Vec<String>, Vec<String>) {
    let told = person.contacts(child).ok();
    let texts = |list: &str, field: &str| {
        let all = told[list].as_array().expect("a list").iter();
        let mut texts: Vec<String> = all.map(|each| each[field].as_str().expect("a code").to_owned()).collect();
        texts.sort();
        texts
    };
    (texts("involvements", "service"), texts("withheld", "what"))
}

fn services(person: &Person<'_>, child: &Known) -> Vec<String> {
    contacts(person, child).0
}

fn all() -> Vec<String> {
    vec!["housing".into(), "school".into()]
}

fn without() -> Vec<String> {
    vec!["school".into()]
}

/// That nothing in an answer names the organisation.
#[track_caller]
fn tells_nothing_of(answer: &Answer, organisation: &Organisation) {
    assert!(!answer.text.contains(&organisation.id.to_string()), "{}: {}", answer.asked, answer.text);
    assert!(!answer.text.contains(&organisation.name), "{}: {}", answer.asked, answer.text);
}

fn members_see_as_it_says_and_others_no_more(app: &TestApp) {
    let lines = [(Service::Housing, Brokered, Withheld), (Service::School, Shown, Brokered)];
    let Place { housing, school, child } = place(app, &lines);
    let member = app.practitioner().of(&school);
    let brokered = vec!["brokered-service".to_owned()];
    assert_eq!(contacts(&member, &child), (without(), brokered.clone()));
    assert_eq!(contacts(&app.practitioner(), &child), (vec![], brokered), "the school brokered, of housing nothing");
    assert_eq!(contacts(&app.practitioner().of(&housing), &child), (all(), vec![]), "its own is as before");
    assert_eq!(contacts(&app.manager(), &child), (all(), vec![]), "and so is what the management team sees");
    let listed = |person: &Person<'_>| {
        let list = person.get(&child.involvements()).ok();
        list["involvements"].as_array().expect("a list").len()
    };
    let seen = [&member, &app.practitioner(), &app.practitioner().of(&housing), &app.manager()].map(listed);
    assert_eq!(seen, [1, 0, 2, 2]);
    let withheld = &member.contacts(&child).ok()["withheld"][0];
    assert!(withheld["why"].as_str().expect("words").contains("agreement") && !withheld["broker"].is_null());
    tells_nothing_of(&app.practitioner().contacts(&child), &housing);
    tells_nothing_of(&app.practitioner().get(&child.involvements()), &housing);
}

fn it_binds_on_its_days_and_those_of_the_members(app: &TestApp) {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    let child = app.a_child().known_to(&school, Service::School).known_to(&housing, Service::Housing).add();
    let partnership = app.partnership(&[]);
    app.joins(partnership, &housing, "2026-11-22", Some("2026-11-24"));
    let number = app.draft(partnership, "2026-11-21", &[HOUSING]);
    let stranger = app.practitioner();
    let on = |day: &str| {
        app.it_is(&format!("{day}T10:00:00Z"));
        services(&stranger, &child)
    };
    assert_eq!(services(&stranger, &child), all(), "a draft binds nobody");
    app.bring_to(partnership, number, AgreementState::Adopted);
    for (day, seen) in [
        ("2026-11-20", all()),
        ("2026-11-21", all()),
        ("2026-11-22", without()),
        ("2026-11-24", without()),
        ("2026-11-25", all()),
    ] {
        assert_eq!(on(day), seen, "{day}");
    }
    app.joins(partnership, &housing, "2026-11-25", None);
    assert_eq!(services(&stranger, &child), without(), "a member again");
    let reader = app.practitioner().of(&school);
    assert_eq!(services(&reader, &child), without());
    app.joins(partnership, &school, "2026-11-25", None);
    assert_eq!(services(&reader, &child), all(), "a member among the readers too");
}

fn it_is_about_children_of_its_area(app: &TestApp) {
    let housing = app.organisation(OrganisationKind::Housing);
    let elsewhere = app.partnership_in(ELSEWHERE, &[&housing]);
    let number = app.draft(elsewhere, "2026-01-01", &[HOUSING]);
    app.bring_to(elsewhere, number, AgreementState::Adopted);
    let child = app.a_child().known_to(&housing, Service::Housing).add();
    assert_eq!(services(&app.practitioner(), &child), ["housing"], "no area decides for another's children");
}

fn of_two_partnerships_the_narrower_holds(app: &TestApp) {
    let Place { housing, school, child } = place(app, &[HOUSING]);
    let member = app.practitioner().of(&school);
    assert_eq!(contacts(&member, &child), (all(), vec![]));
    app.agreed(&[&housing, &school], &[(Service::Housing, Brokered, Brokered)]);
    assert_eq!(contacts(&member, &child), (without(), vec!["brokered-service".to_owned()]));
    assert_eq!(contacts(&app.practitioner(), &child), (without(), vec![]), "the first withholds it");
}

fn what_another_node_adopts_binds_at_once_and_is_gone_when_ended(app: &TestApp) {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    let child = app.a_child().known_to(&school, Service::School).known_to(&housing, Service::Housing).add();
    let partnership = app.partnership(&[&housing]);
    let stranger = app.practitioner();
    for round in 1..=3 {
        assert_eq!(services(&stranger, &child), all(), "remembered, {round}");
        let number = app.draft(partnership, "2026-01-01", &[HOUSING]);
        assert_eq!(services(&stranger, &child), all());
        app.bring_to(partnership, number, AgreementState::Adopted);
        for _ in 0..3 {
            assert_eq!(services(&stranger, &child), without(), "adopted elsewhere, {round}");
        }
        app.bring_to(partnership, number, AgreementState::Ended);
        assert_eq!(services(&stranger, &child), all(), "ended elsewhere, {round}");
    }
    // The same by this node's own hand.
    let manager = app.manager();
    let number = app.draft(partnership, "2026-01-01", &[HOUSING]);
    let at = format!("/v1/partnerships/{partnership}/agreements/{number}");
    for (state, seen) in [("adopted", without()), ("ended", all())] {
        manager.change_at(&at, &json!({ "state": state })).ok();
        assert_eq!(services(&stranger, &child), seen, "{state}");
    }
    // What was refused left nothing behind.
    let number = app.draft(partnership, "2026-01-01", &[HOUSING]);
    app.bring_to(partnership, number, AgreementState::Adopted);
    let clashing = app.draft(partnership, "2026-01-01", &[(Service::School, Withheld, Withheld)]);
    let at = format!("/v1/partnerships/{partnership}/agreements/{clashing}");
    manager.change_at(&at, &json!({"state": "adopted"})).is_refused(409, "agreement-overlap");
    assert_eq!(services(&stranger, &child), without());
}

fn a_withheld_lead_leads_nobody(app: &TestApp) {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    app.agreed(&[&housing], &[HOUSING]);
    let manager = app.manager();
    let officer = entry(&housing, Service::Housing).by("Ida Hidden", "Officer", Vec::new());
    let child = app
        .a_child()
        .with(officer.leading())
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .asked(asked(1, &app.practitioner().of(&housing)))
        .add();
    let teacher = app.practitioner().of(&school);
    for person in [&teacher, &app.practitioner(), &app.system(), &app.manager().in_area(ELSEWHERE)] {
        let told = person.get(&child.led());
        tells_nothing_of(&told, &housing);
        let told = told.ok();
        assert_eq!(told["leads"], json!([]), "{}", person.account.name);
        assert_eq!(told["proposals"][0]["proposed_by"], Value::Null, "nor whoever asked");
        assert_eq!(person.contacts(&child).ok()["lead_professional"], Value::Null);
    }
    for person in [app.practitioner().of(&housing), manager] {
        assert_eq!(person.get(&child.led()).ok()["leads"][0]["practitioner"]["name"], "Ida Hidden");
        assert_eq!(person.contacts(&child).ok()["lead_professional"]["name"], "Ida Hidden");
    }
    let body = json!({"kind": "early-help", "involvement": child.entries[0]});
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let unknown = json!({"kind": "early-help", "involvement": free});
    let both = [body, unknown].map(|body| teacher.post(&child.proposed(), &body).likeness());
    assert_eq!(both[0], both[1], "to be asked it would have to be there");
}

fn whoever_is_withheld_is_in_no_team_and_no_meeting(app: &TestApp) {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    app.agreed(&[&housing], &[HOUSING]);
    let child = app
        .a_child()
        .known_to(&school, Service::School)
        .with(entry(&housing, Service::Housing))
        .settled(settled().chaired_by(1))
        .meeting_at("2026-11-20T09:00:00Z")
        .add();
    let teacher = app.practitioner().of(&school);
    let held =
        json!({"involvements": child.entries, "participants": {"parents_or_carers": true, "young_person": false}});
    let of_housing = app.practitioner().of(&housing);
    let meeting = format!("{}/team/meetings/{}", child.path(), child.planned[0]);
    teacher.post(&format!("{meeting}/hold"), &held).with_status(422);
    of_housing.post(&format!("{meeting}/hold"), &held).ok();
    let told = teacher.get(&child.team());
    tells_nothing_of(&told, &housing);
    let told = told.ok();
    assert_eq!((told["members"].as_array().expect("members").len(), &told["chair"]), (1, &Value::Null));
    let came = |person: &Person<'_>| person.get(&meeting).ok()["attendance"]["involvements"].clone();
    assert_eq!(came(&teacher), json!([child.entries[0]]));
    let of_housing = of_housing.get(&child.team()).ok();
    assert_eq!(of_housing["chair"], child.entries[1]);
}

fn an_assessment_tells_no_more_than_the_involvement(app: &TestApp) {
    let (housing, school) = (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School));
    app.agreed(&[&housing], &[(Service::Housing, Shown, Brokered)]);
    let child = app.a_child().known_to(&school, Service::School).known_to(&housing, Service::Housing);
    let child = child.assessed(assessment(&housing, "early-help")).add();
    let stranger = app.practitioner();
    let at = format!("{}/assessments", child.path());
    for answer in [stranger.get(&at), stranger.contacts(&child)] {
        tells_nothing_of(&answer, &housing);
        assert_eq!(answer.ok()["assessments"], json!([]));
    }
    let new = json!({"kind": "early-help", "started_on": "2026-11-02",
                     "consent": {"given_by": "parental-responsibility", "on": "2026-11-02"}});
    let refused = stranger.post(&at, &new);
    refused.is_refused(409, "assessment-open");
    tells_nothing_of(&refused, &housing);
    for person in [app.practitioner().of(&housing), app.manager()] {
        assert_eq!(person.get(&at).ok()["assessments"][0]["holder"]["organisation"]["id"], housing.id.to_string());
    }
    // Where the child has no entry that is withheld there is none that it would tell of.
    let other = app.a_child().assessed(assessment(&housing, "early-help")).add();
    let told = stranger.get(&format!("{}/assessments", other.path())).ok();
    assert_eq!(told["assessments"].as_array().expect("a list").len(), 1);
}

fn a_transfer_is_told_where_both_ends_are(app: &TestApp) {
    let (council, charity) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::VoluntaryOrganisation));
    let desk = app.access_point(&council, &[]);
    app.agreed(&[&charity], &[(Service::EarlyHelp, Shown, Withheld)]);
    let child = app.a_child().known_to(&charity, Service::EarlyHelp).add();
    let other = app.a_child().known_to(&council, Service::ChildrensSocialCare).add();
    let up = json!({"kind": "step-up", "involvement": child.entries[0], "basis": {"kind": "significant-harm"},
                    "access_point": desk.to_string(),
                    "to": {"service": "childrens-social-care", "organisation": council.id.to_string()}});
    let down = json!({"kind": "step-down", "involvement": other.entries[0], "access_point": desk.to_string(),
                      "basis": {"kind": "consent", "given_by": "parental-responsibility", "on": "2026-11-20"},
                      "to": {"service": "early-help", "organisation": charity.id.to_string()}});
    let (helper, worker) = (app.practitioner().of(&charity), app.practitioner().of(&council));
    helper.post(&child.transfers(), &up).with_status(201);
    worker.post(&other.transfers(), &down).with_status(201);
    for child in [&child, &other] {
        let told = app.practitioner().get(&child.transfers());
        tells_nothing_of(&told, &charity);
        assert_eq!(told.ok()["transfers"], json!([]));
        for side in [&helper, &worker, &app.manager()] {
            let told = side.get(&child.transfers()).ok();
            assert_eq!(told["transfers"].as_array().expect("a list").len(), 1, "{}", side.account.name);
        }
    }
}

fn an_enquiry_is_not_told_what_is_withheld(app: &TestApp) {
    let housing = app.organisation(OrganisationKind::Housing);
    app.agreed(&[&housing], &[HOUSING]);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let desk = app.access_point(&council, &["BA14"]);
    let child = app.a_child().known_to(&housing, Service::Housing).add();
    let enquiry = json!({"access_point": desk.to_string(), "child_id": child.number, "caller": "practitioner",
                         "need": "early-help"});
    let answer = app.practitioner().of(&council).post("/v1/enquiries", &enquiry).with_status(201);
    tells_nothing_of(&answer, &housing);
    assert_eq!(answer.json()["already_known"], false);
}

fn a_brokered_service_is_put_in_touch(app: &TestApp) {
    let Place { housing, school, child } = place(app, &[(Service::Housing, Brokered, Withheld)]);
    let (teacher, manager) = (app.practitioner().of(&school), app.manager());
    let requests = format!("{}/brokered-contacts", child.path());
    let asked = teacher.post(&requests, &json!({"need": "joint-work"})).with_status(201).json();
    let at = format!("{requests}/{}", asked["id"].as_str().expect("an id"));
    let step = |person: &Person<'_>, body: &Value| person.post(&format!("{at}/steps"), body);
    step(&manager, &json!({"step": "take"})).ok();
    let shown = step(&manager, &json!({"step": "forward", "involvement": child.entries[0]})).with_status(422);
    assert_eq!(shown.pointers(), "/involvement", "the school is withheld from nobody");
    step(&manager, &json!({"step": "forward", "involvement": child.entries[1]})).ok();
    step(&app.practitioner().of(&housing), &json!({"step": "accept"})).ok();
    let told = teacher.get(&at);
    tells_nothing_of(&told, &housing);
    step(&manager, &json!({"step": "close", "outcome": "in-touch"})).ok();
}

fn no_work_list_counts_what_is_withheld(app: &TestApp) {
    let (housing, council) =
        (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::LocalAuthority));
    app.agreed(&[&housing], &[HOUSING]);
    app.a_child().known_to(&council, Service::Attendance).known_to(&housing, Service::Housing).add();
    let listed = |person: &Person<'_>| {
        let page = person.get("/v1/lead-professionals?list=without-lead").ok();
        page["children"].as_array().expect("children").len()
    };
    assert_eq!(listed(&app.practitioner().with(Capability::Coordinator)), 0);
    assert_eq!(listed(&app.manager()), 1);
    let of_housing = app.practitioner().of(&housing).with(Capability::Coordinator);
    assert_eq!(listed(&of_housing), 1);
}

fn a_caller_and_a_partner_system_are_bound(app: &TestApp) {
    let Place { housing, child, .. } = place(app, &[HOUSING]);
    let of_housing = app.practitioner().of(&housing);
    assert_eq!(services(&of_housing.clone().acting_through(&app.system()), &child), without());
    assert_eq!(services(&of_housing.clone().acting_through(&app.system().of(&housing)), &child), all());
    assert_eq!(services(&app.manager().for_caller(&app.practitioner()), &child), without());
    assert_eq!(services(&app.manager().for_caller(&of_housing), &child), all());
}

fn sensitive_services_stay_as_they_are(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let member = app.organisation(OrganisationKind::School);
    // The clinic is a member, and of what it does in a school the agreement would say more than the policy.
    app.agreed(&[&clinic, &member], &[(Service::SchoolNursing, Shown, Shown)]);
    let child = app.a_child().known_to(&clinic, Service::SchoolNursing).add();
    let sensitive = vec!["sensitive-service".to_owned()];
    for person in [app.practitioner().of(&member), app.practitioner(), app.manager()] {
        assert_eq!(contacts(&person, &child), (vec![], sensitive.clone()), "{}", person.account.name);
    }
    let withheld = app.partnership(&[&clinic]);
    let number = app.draft(withheld, "2026-01-01", &[(Service::SchoolNursing, Withheld, Withheld)]);
    app.bring_to(withheld, number, AgreementState::Adopted);
    assert_eq!(contacts(&app.practitioner(), &child), (vec![], sensitive), "that it exists is told as before");
}

fn of_a_shielded_child_it_tells_nothing(app: &TestApp) {
    let housing = app.organisation(OrganisationKind::Housing);
    app.agreed(&[&housing], &[(Service::Housing, Brokered, Brokered)]);
    let manager = app.manager();
    let child = || app.a_child().known_to(&housing, Service::Housing);
    let shielded = child().shielded().confirmed().with_case(CaseKind::Shield, &manager).add();
    let stranger = app.practitioner();
    assert_eq!(contacts(&stranger, &shielded), (vec![], vec!["shielded".to_owned()]), "the shield, and no more");
    assert_eq!(contacts(&manager, &shielded).0, ["housing"]);
    let sealed = child().sealed().add();
    let unknown = format!("/v1/children/{}/contacts", child_index_number());
    assert_eq!(stranger.contacts(&sealed).likeness(), stranger.get(&unknown).likeness());
}

/// A number that no child has.
fn child_index_number() -> String {
    child_index::domain::index_numbers::IndexNumber::from_random_bits(rand::random()).to_string()
}

fn entries_that_are_not_seen_are_not_there(app: &TestApp) {
    let Place { housing, school, child } = place(app, &[(Service::Housing, Brokered, Withheld)]);
    let teacher = app.practitioner().of(&school);
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let unknown = format!("{}/{free}", child.involvements());
    for person in [&teacher, &app.practitioner()] {
        for step in ["end", "confirm"] {
            let body = if step == "end" { Some(&b"{}"[..]) } else { Some(&b""[..]) };
            let both = [child.entry(1), unknown.clone()]
                .map(|path| person.send("POST", &format!("{path}/{step}"), &[], body).likeness());
            assert_eq!((&both[0], both[0].0), (&both[1], 404), "{step}");
        }
    }
    // Of an ended entry that is brokered nothing is said: nobody could be put in touch.
    let ended = app.a_child().with(entry(&housing, Service::Housing).ended("2026-11-01")).add();
    assert_eq!(contacts(&teacher, &ended), (vec![], vec![]));
}
