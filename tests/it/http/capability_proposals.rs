//! Capabilities that take two people: proposed by one, agreed to by another, for neither of them. Row 2.3.3 of the
//! security requirements.

use child_index::domain::accounts::{AccountStatus, Capability, Role};
use child_index::domain::services::OrganisationKind;
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    one_proposes_and_another_agrees,
    nobody_decides_about_themselves,
    only_whoever_answers_for_the_account_decides,
    a_proposal_lapses_after_thirty_days,
    a_proposal_counts_only_while_who_made_it_may_decide,
    a_proposal_is_declined_or_taken_back,
    what_may_be_proposed_is_what_takes_two_people,
    the_list_is_of_those_one_may_decide,
    two_who_agree_at_once_grant_it_once,
);

const LIST: &str = "/v1/capability-proposals";

fn propose(by: &Person<'_>, to: &Person<'_>, capability: &str) -> Answer {
    by.post(&format!("/v1/accounts/{}/capability-proposals", to.account.id), &json!({"capability": capability}))
}

fn id_of(proposed: Answer) -> String {
    proposed.with_status(202).json()["id"].as_str().expect("an id").to_owned()
}

fn agree(by: &Person<'_>, proposal: &str) -> Answer {
    by.post_nothing(&format!("{LIST}/{proposal}/agree"))
}

fn decline(by: &Person<'_>, proposal: &str) -> Answer {
    by.post_nothing(&format!("{LIST}/{proposal}/decline"))
}

fn held(app: &TestApp, person: &Person<'_>) -> Value {
    let account = app.administrator().get(&format!("/v1/accounts/{}", person.account.id)).ok();
    account["capabilities"].clone()
}

fn one_proposes_and_another_agrees(app: &TestApp) {
    let (first, second) = (app.administrator(), app.manager());
    let nurse = app.practitioner();
    let proposed = propose(&first, &nurse, "override").with_status(202).json();
    assert_eq!((&proposed["state"], &proposed["yours"]), (&json!("proposed"), &json!(true)));
    assert_eq!(proposed["proposed_by"]["id"], first.account.id.to_string());
    assert_eq!(proposed["lapses_at"], "2026-12-20T10:00:00Z");
    assert_eq!(held(app, &nurse), json!([]), "a proposal grants nothing");
    // Proposed again by the same person it is the same proposal.
    let again = propose(&first, &nurse, "override").with_status(202).json();
    assert_eq!(again, proposed);
    let id = proposed["id"].as_str().expect("an id");
    agree(&first, id).is_refused(403, "second-person-required");
    propose(&second, &nurse, "override").is_refused(409, "capability-proposed");
    let granted = agree(&second, id);
    assert!(!granted.header("etag").is_empty());
    assert_eq!(granted.ok()["capabilities"], json!(["override"]));
    assert_eq!(held(app, &nurse), json!(["override"]));
    agree(&second, id).is_refused(404, "not-found");
    propose(&second, &nurse, "override").is_refused(409, "capability-held");
    let events = app.events();
    let told: Vec<_> = events
        .iter()
        .filter(|event| event.action.starts_with("capability."))
        .map(|event| (event.action.as_str(), event.outcome.as_str()))
        .collect();
    let (proposals, grants) = ("capability.propose", "capability.grant");
    let expected = [
        (proposals, "held"),
        (proposals, "unchanged"),
        (grants, "refused"),
        (proposals, "conflict"),
        (grants, "changed"),
        (grants, "not-found"),
        (proposals, "conflict"),
    ];
    assert_eq!(told, expected);
    let grant = events.iter().find(|event| (event.action.as_str(), event.outcome.as_str()) == (grants, "changed"));
    let payload = grant.and_then(|event| event.payload.as_ref()).expect("a payload");
    let said = serde_json::to_value(&payload.criteria).expect("JSON");
    assert_eq!((&said["capability"], &said["proposed_by"]), (&json!("override"), &json!(first.account.id.to_string())));
    assert_eq!(payload.targets[0].id, nurse.account.id.to_string());
}

fn nobody_decides_about_themselves(app: &TestApp) {
    let (first, second) = (app.administrator(), app.administrator());
    for capability in ["override", "sealed-clearance"] {
        propose(&first, &first, capability).is_refused(403, "not-for-yourself");
        let id = id_of(propose(&second, &first, capability));
        agree(&first, &id).is_refused(403, "not-for-yourself");
        decline(&first, &id).is_refused(403, "not-for-yourself");
    }
    assert_eq!(held(app, &first), json!([]));
    // One person may still not do it by changing the account.
    let path = format!("/v1/accounts/{}", first.account.id);
    second.change_at(&path, &json!({"capabilities": ["override"]})).is_refused(403, "second-person-required");
}

fn only_whoever_answers_for_the_account_decides(app: &TestApp) {
    let nurse = app.practitioner();
    let manager = app.manager();
    let id = id_of(propose(&app.manager(), &nurse, "override"));
    let elsewhere = app.manager().in_area(ELSEWHERE);
    propose(&elsewhere, &nurse, "sealed-clearance").is_refused(404, "not-found");
    agree(&elsewhere, &id).is_refused(404, "not-found");
    for by in [app.practitioner(), app.system(), manager.clone().acting_through(&app.system())] {
        propose(&by, &nurse, "override").is_refused(404, "not-found");
        agree(&by, &id).is_refused(404, "not-found");
        decline(&by, &id).is_refused(404, "not-found");
        by.get(LIST).is_refused(403, "role-not-permitted");
    }
    let auditor = app.auditor();
    propose(&auditor, &nurse, "override").is_refused(403, "role-not-permitted");
    agree(&auditor, &id).is_refused(403, "role-not-permitted");
    auditor.get(LIST).is_refused(403, "role-not-permitted");
    // A manager answers for no manager.
    propose(&manager, &app.manager(), "override").is_refused(404, "not-found");
    agree(&manager, &id).ok();
}

fn a_proposal_lapses_after_thirty_days(app: &TestApp) {
    let (first, second, nurse) = (app.administrator(), app.administrator(), app.practitioner());
    let id = id_of(propose(&first, &nurse, "override"));
    app.it_is("2026-12-20T09:59:59Z");
    assert_eq!(second.get(LIST).ok()["proposals"].as_array().map(Vec::len), Some(1));
    app.it_is("2026-12-20T10:00:00Z");
    assert_eq!(second.get(LIST).ok()["proposals"], json!([]));
    agree(&second, &id).is_refused(404, "not-found");
    decline(&second, &id).is_refused(404, "not-found");
    assert_eq!(held(app, &nurse), json!([]));
    let anew = id_of(propose(&first, &nurse, "override"));
    assert_ne!(anew, id);
    agree(&second, &anew).ok();
}

fn a_proposal_counts_only_while_who_made_it_may_decide(app: &TestApp) {
    let (second, nurse) = (app.administrator(), app.practitioner());
    let ways: [fn(Person<'_>) -> Person<'_>; 3] = [
        |first| first.change(|account| account.status = AccountStatus::Suspended),
        |first| first.change(|account| account.standing.trained_until = "2026-11-19".parse().ok()),
        |first| first.in_area(ELSEWHERE),
    ];
    for way in ways {
        let first = app.manager();
        let id = id_of(propose(&first, &nurse, "override"));
        way(first);
        agree(&second, &id).is_refused(409, "proposal-void");
        assert_eq!(held(app, &nurse), json!([]));
        // What counts for nothing is in nobody's way.
        let third = app.manager();
        let anew = id_of(propose(&third, &nurse, "override"));
        decline(&third, &anew).ok();
    }
    let first = app.manager();
    let id = id_of(propose(&first, &nurse, "override"));
    app.change_organisation_of(&first, |organisation| organisation.accredited_until = None);
    agree(&second, &id).is_refused(409, "proposal-void");
}

fn a_proposal_is_declined_or_taken_back(app: &TestApp) {
    let (first, second, nurse) = (app.administrator(), app.manager(), app.practitioner());
    for by in [&first, &second] {
        let id = id_of(propose(&first, &nurse, "override"));
        assert_eq!(decline(by, &id).ok()["state"], "declined");
        agree(&second, &id).is_refused(404, "not-found");
    }
    assert_eq!(held(app, &nurse), json!([]));
}

fn what_may_be_proposed_is_what_takes_two_people(app: &TestApp) {
    let by = app.administrator();
    for capability in Capability::ALL {
        let answer = propose(&by, &app.practitioner(), capability.code());
        if capability.takes_two_people() {
            answer.with_status(202);
        } else {
            answer.is_refused(422, "invalid-body");
        }
    }
    propose(&by, &app.system(), "override").is_refused(422, "invalid-body");
    propose(&by, &app.practitioner(), "fly").is_refused(422, "invalid-body");
    for role in [Role::Auditor, Role::Manager] {
        let person = app.somebody(role, OrganisationKind::ManagementTeam);
        let id = id_of(propose(&by, &person, "sealed-clearance"));
        assert_eq!(agree(&app.administrator(), &id).ok()["capabilities"], json!(["sealed-clearance"]));
    }
}

fn the_list_is_of_those_one_may_decide(app: &TestApp) {
    let (administrator, manager) = (app.administrator(), app.manager());
    let here = id_of(propose(&administrator, &app.practitioner(), "override"));
    let there = id_of(propose(&administrator, &app.practitioner().in_area(ELSEWHERE), "override"));
    let theirs = id_of(propose(&administrator, &manager, "sealed-clearance"));
    let ids = |answer: &Value| -> Vec<String> {
        let all = answer["proposals"].as_array().expect("a list");
        all.iter().map(|each| each["id"].as_str().expect("an id").to_owned()).collect()
    };
    assert_eq!(ids(&manager.get(LIST).ok()), std::slice::from_ref(&here));
    assert_eq!(ids(&app.administrator().get(LIST).ok()), [here.clone(), there.clone(), theirs.clone()]);
    let first = app.administrator().get(&format!("{LIST}?limit=2")).ok();
    assert_eq!(ids(&first), [here, there]);
    let next = first["next"].as_str().expect("another page");
    let second = app.administrator().get(&format!("{LIST}?limit=2&cursor={next}")).ok();
    assert_eq!((ids(&second), &second["next"]), (vec![theirs], &Value::Null));
}

fn two_who_agree_at_once_grant_it_once(app: &TestApp) {
    let nurse = app.practitioner();
    let id = id_of(propose(&app.administrator(), &nurse, "override"));
    let others = [app.manager(), app.manager(), app.administrator()];
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = others.iter().map(|by| scope.spawn(|| agree(by, &id).status)).collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404]);
    assert_eq!(held(app, &nurse), json!(["override"]));
}
