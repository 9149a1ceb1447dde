//! Certification every four months, and leavers: in bulk, and never more than the same person could do one by one.

use child_index::domain::accounts::{AccountStatus, Capability, Role};
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    many_are_certified_by_one_call,
    bulk_certifies_nobody_whom_one_could_not,
    whose_certification_ends_is_listed,
    an_employer_certifies_its_own_people,
    a_leaver_is_closed_at_once_and_the_caseload_ends,
    a_caseload_is_handed_to_a_colleague,
    a_caseload_moves_no_further_than_one_could_move_it,
    only_whoever_answers_for_the_account_closes_it,
);

fn id(person: &Person<'_>) -> String {
    person.account.id.to_string()
}

fn certify(by: &Person<'_>, people: &[&Person<'_>]) -> Answer {
    let ids: Vec<String> = people.iter().map(|person| id(person)).collect();
    by.post("/v1/accounts/certify", &json!({"accounts": ids}))
}

fn outcomes(answer: &Value) -> Vec<(String, String)> {
    let all = answer["accounts"].as_array().expect("accounts");
    let mut told: Vec<_> = all
        .iter()
        .map(|each| {
            let refused = each["refused"].as_str().unwrap_or("certified");
            assert_eq!(each["certified"], json!(refused == "certified"));
            (each["account"].as_str().expect("an id").to_owned(), refused.to_owned())
        })
        .collect();
    told.sort();
    told
}

fn many_are_certified_by_one_call(app: &TestApp) {
    let manager = app.manager();
    let lapsed = |account: &mut child_index::domain::accounts::Account| {
        account.standing.certified_until = "2026-11-19".parse().ok();
    };
    let people = [app.practitioner().change(lapsed), app.practitioner().change(lapsed), app.practitioner()];
    let child = app.a_child().add();
    people[0].read(&child).is_refused(403, "certification-lapsed");
    let [first, second, third] = &people;
    let answer = certify(&manager, &[first, second, third, first]).ok();
    assert_eq!(answer["certified_until"], "2027-03-20");
    let expected: std::collections::BTreeSet<_> =
        people.iter().map(|person| (id(person), "certified".to_owned())).collect();
    assert_eq!(outcomes(&answer), Vec::from_iter(expected));
    people[0].read(&child).ok();
    app.it_is("2027-01-31T10:00:00Z");
    let account = app.administrator().get(&format!("/v1/accounts/{}", id(second))).ok();
    assert_eq!(account["certified_until"], "2027-03-20");
    let event = app.events().into_iter().find(|event| event.action == "account.certify").expect("an event");
    let payload = event.payload.expect("a payload");
    assert_eq!((event.outcome.as_str(), payload.targets.len()), ("changed", 3));
}

fn bulk_certifies_nobody_whom_one_could_not(app: &TestApp) {
    let manager = app.manager();
    let elsewhere = app.practitioner().in_area(ELSEWHERE);
    let others = [&manager, &app.manager(), &app.auditor(), &elsewhere, &app.system(), &app.practitioner()];
    let mut expected = vec![
        (id(&manager), "not-for-yourself".to_owned()),
        (id(others[1]), "not-found".to_owned()),
        (id(others[2]), "not-found".to_owned()),
        (id(&elsewhere), "not-found".to_owned()),
        (id(others[4]), "invalid".to_owned()),
        (id(others[5]), "certified".to_owned()),
    ];
    expected.sort();
    let before = app.administrator().get(&format!("/v1/accounts/{}", id(&elsewhere))).ok();
    assert_eq!(outcomes(&certify(&manager, &others).ok()), expected);
    assert_eq!(app.administrator().get(&format!("/v1/accounts/{}", id(&elsewhere))).ok(), before);
    for by in [app.practitioner(), app.system(), app.auditor(), app.manager().acting_through(&app.system())] {
        certify(&by, &[others[5]]).is_refused(403, "role-not-permitted");
    }
    certify(&manager, &[]).is_refused(422, "invalid-body");
    let many = vec![id(&elsewhere); 101];
    manager.post("/v1/accounts/certify", &json!({"accounts": many})).is_refused(422, "invalid-body");
}

fn whose_certification_ends_is_listed(app: &TestApp) {
    let manager = app.manager();
    let until = |day: &'static str| {
        move |account: &mut child_index::domain::accounts::Account| account.standing.certified_until = day.parse().ok()
    };
    let soon = app.practitioner().change(until("2026-12-01"));
    let later = app.practitioner().change(until("2026-12-02"));
    let never = app.practitioner().change(|account| account.standing.certified_until = None);
    let _closed = app.practitioner().change(|account| {
        account.standing.certified_until = None;
        account.status = AccountStatus::Suspended;
    });
    let _system = app.system().change(|account| account.standing.certified_until = None);
    let due = |day: &str| -> Vec<String> {
        let listed = manager.get(&format!("/v1/accounts?certification_due_by={day}")).ok();
        let all = listed["accounts"].as_array().expect("accounts").clone();
        all.iter().map(|each| each["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(due("2026-12-01"), [id(&soon), id(&never)]);
    assert_eq!(due("2026-12-02"), [id(&soon), id(&later), id(&never)]);
    manager.get("/v1/accounts?certification_due_by=soon").is_refused(422, "invalid-parameter");
    certify(&manager, &[&soon, &later, &never]).ok();
    assert!(due("2026-12-31").is_empty());
}

fn an_employer_certifies_its_own_people(app: &TestApp) {
    let service = app.organisation(OrganisationKind::CommunityHealth);
    let lapses = |account: &mut child_index::domain::accounts::Account| {
        account.standing.certified_until = "2026-11-19".parse().ok();
    };
    let nurse = app.practitioner().of(&service).in_area(ELSEWHERE).change(lapses);
    let stranger = app.practitioner().change(lapses);
    let machine = app.system().of(&service);
    let lead = app.practitioner().of(&service);
    let list = "/v1/accounts?certification_due_by=2026-12-31";
    lead.get(list).is_refused(403, "role-not-permitted");
    certify(&lead, &[&nurse]).is_refused(403, "role-not-permitted");

    let lead = lead.with(Capability::Certifier);
    let listed = lead.get(list).ok();
    let account = json!({"id": id(&nurse), "name": nurse.account.name, "role": "practitioner", "area": ELSEWHERE,
                         "organisation": {"id": service.id.to_string(), "name": service.name},
                         "status": "active", "certified_until": "2026-11-19"});
    assert_eq!(listed["accounts"], json!([account]), "what certifying asks for and nothing else");
    let elsewhere = format!("{list}&organisation={}", stranger.account.organisation);
    assert_eq!(lead.get(&elsewhere).ok()["accounts"], json!([]));

    let child = app.a_child().add();
    nurse.read(&child).is_refused(403, "certification-lapsed");
    let mut expected = vec![
        (id(&lead), "not-for-yourself".to_owned()),
        (id(&nurse), "certified".to_owned()),
        (id(&stranger), "not-found".to_owned()),
        (id(&machine), "not-found".to_owned()),
    ];
    expected.sort();
    assert_eq!(outcomes(&certify(&lead, &[&lead, &nurse, &stranger, &machine]).ok()), expected);
    nurse.read(&child).ok();
    stranger.read(&child).is_refused(403, "certification-lapsed");
    let longer = json!({"certified_until": "2030-01-01"});
    lead.change_at(&format!("/v1/accounts/{}", id(&nurse)), &longer).is_refused(403, "role-not-permitted");
    certify(&lead.acting_through(&machine), &[&nurse]).is_refused(403, "role-not-permitted");
}

/// A nurse of a service of this area who leaves, and children on the caseload.
fn a_leaver<'a>(app: &'a TestApp) -> (Organisation, Person<'a>, Vec<Known>) {
    let service = app.organisation(OrganisationKind::CommunityHealth);
    let nurse = app.practitioner().of(&service);
    let by_nurse = || entry(&service, Service::SchoolNursing).by("Joanna Whitfield", "School nurse", Vec::new());
    let children = (0..3).map(|_| app.a_child().with(by_nurse()).add()).collect();
    (service, nurse, children)
}

fn joanna() -> Value {
    json!({"name": "Joanna Whitfield", "job_title": "School nurse"})
}

fn leave(by: &Person<'_>, leaver: &Person<'_>, body: &Value) -> Answer {
    by.post(&format!("/v1/accounts/{}/leave", id(leaver)), body)
}

fn first_entry(app: &TestApp, child: &Known) -> Value {
    app.practitioner().contacts(child).ok()["involvements"][0].clone()
}

fn a_leaver_is_closed_at_once_and_the_caseload_ends(app: &TestApp) {
    let (service, nurse, children) = a_leaver(app);
    let colleague = entry(&service, Service::SchoolNursing).by("Samuel Adeyemi", "School nurse", Vec::new());
    let other = app.a_child().with(colleague).add();
    let manager = app.manager();
    let answer = leave(&manager, &nurse, &json!({"caseload_of": joanna()})).ok();
    assert_eq!((&answer["account"]["status"], &answer["entries"]), (&json!("suspended"), &json!(3)));
    nurse.read(&children[0]).is_refused(403, "account-suspended");
    for child in &children {
        assert_eq!(first_entry(app, child)["ended_on"], "2026-11-20");
    }
    assert_eq!(first_entry(app, &other)["ended_on"], Value::Null);
    let events = app.events();
    let count = |action: &str| events.iter().filter(|event| event.action == action).count();
    assert_eq!((count("account.leave"), count("involvement.end")), (1, 3), "an event for each child");
    assert_eq!(leave(&manager, &nurse, &json!({"caseload_of": joanna()})).ok()["entries"], 0, "nothing is left");
    assert_eq!(leave(&manager, &nurse, &json!({})).ok()["entries"], 0);
}

fn a_caseload_is_handed_to_a_colleague(app: &TestApp) {
    let (_, nurse, children) = a_leaver(app);
    let successor = json!({"name": "Samuel Adeyemi", "job_title": "School nurse"});
    let body = json!({"caseload_of": joanna(), "successor": successor});
    assert_eq!(leave(&app.manager(), &nurse, &body).ok()["entries"], 3);
    for child in &children {
        let entry = first_entry(app, child);
        assert_eq!((&entry["practitioner"]["name"], &entry["ended_on"]), (&json!("Samuel Adeyemi"), &Value::Null));
    }
    leave(&app.manager(), &nurse, &json!({"successor": successor})).is_refused(422, "invalid-body");
}

fn a_caseload_moves_no_further_than_one_could_move_it(app: &TestApp) {
    let (service, nurse, children) = a_leaver(app);
    let by_nurse = || entry(&service, Service::SchoolNursing).by("Joanna Whitfield", "School nurse", Vec::new());
    let elsewhere = app.a_child().in_area(ELSEWHERE).with(by_nurse()).add();
    let sealed = app.a_child().with(by_nurse()).sealed().add();
    let manager = app.manager();
    let own = app.a_child().with(by_nurse()).add();
    let restriction = json!({"account": id(&manager), "ground": "relative"});
    app.manager().post(&format!("{}/restrictions", own.path()), &restriction).ok();
    let answer = leave(&manager, &nurse, &json!({"caseload_of": joanna()})).ok();
    assert_eq!(answer["entries"], 3, "what could not be ended one by one is neither ended nor counted");
    assert_eq!(first_entry(app, &children[0])["ended_on"], "2026-11-20");
    for child in [&elsewhere, &own] {
        assert_eq!(first_entry(app, child)["ended_on"], Value::Null);
    }
    let cleared = app.manager().with(child_index::domain::accounts::Capability::SealedClearance);
    let entries = cleared.get(&sealed.involvements());
    assert!(!entries.text.contains("\"ended_on\":\"2026"), "{}", entries.text);
    // An administrator closes accounts and changes no child's entry.
    let (_, nurse, children) = a_leaver(app);
    let answer = leave(&app.administrator(), &nurse, &json!({"caseload_of": joanna()})).ok();
    assert_eq!((&answer["account"]["status"], &answer["entries"]), (&json!("suspended"), &json!(0)));
    assert_eq!(first_entry(app, &children[0])["ended_on"], Value::Null);
}

fn only_whoever_answers_for_the_account_closes_it(app: &TestApp) {
    let (_, nurse, _) = a_leaver(app);
    let manager = app.manager();
    leave(&app.manager().in_area(ELSEWHERE), &nurse, &json!({})).is_refused(404, "not-found");
    leave(&app.practitioner(), &nurse, &json!({})).is_refused(404, "not-found");
    leave(&app.somebody(Role::Auditor, OrganisationKind::ManagementTeam), &nurse, &json!({}))
        .is_refused(403, "role-not-permitted");
    leave(&manager, &manager, &json!({})).is_refused(403, "not-for-yourself");
    leave(&manager, &nurse, &json!({"why": "retired"})).is_refused(422, "invalid-body");
}
