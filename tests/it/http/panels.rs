//! Panels of an area: who keeps them, who sits on them, and their meetings.

use child_index::domain::accounts::Capability;
use child_index::domain::panels::PanelMeetingState;
use child_index::domain::services::OrganisationKind;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_panel_is_registered_once_with_its_chair,
    panels_are_kept_by_the_area,
    a_panel_exists_for_who_sits_on_it_and_who_looks_after_the_area,
    panels_are_listed_by_name_in_pages,
    a_panel_is_changed_as_it_was_read,
    whoever_sits_on_it_is_a_person_who_looks_at_children,
    the_chair_is_a_member_and_stays_until_another_chairs,
    a_sensitive_organisation_of_a_member_is_told_to_nobody_else,
    a_meeting_is_planned_held_and_closed,
    meetings_are_run_by_the_chair_and_the_management_team,
    a_meeting_is_planned_once_for_each_key,
    what_is_not_there_is_not_found,
);

fn new_panel(chair: &Person<'_>) -> Value {
    json!({"kind": "early-help", "name": "West", "chair": chair.account.id.to_string()})
}

fn members(panel: &Value) -> Vec<String> {
    let all = panel["members"].as_array().expect("members");
    all.iter().map(|each| each["account"].as_str().expect("an account").to_owned()).collect()
}

fn a_panel_is_registered_once_with_its_chair(app: &TestApp) {
    let (manager, chair) = (app.manager(), app.practitioner());
    let made = manager.post_with_key("k", "/v1/panels", &new_panel(&chair)).with_status(201);
    let panel = made.json();
    assert_eq!((&panel["kind"], &panel["name"]), (&json!("early-help"), &json!("West")));
    assert_eq!(panel["members"][0]["account"], chair.account.id.to_string());
    assert_eq!(panel["members"][0]["chairs"], true);
    assert_eq!(manager.post_with_key("k", "/v1/panels", &new_panel(&chair)).with_status(201).json(), panel);
    let other = json!({"kind": "resources", "name": "West", "chair": chair.account.id.to_string()});
    manager.post_with_key("k", "/v1/panels", &other).is_refused(422, "idempotency-key-reused");
    assert_eq!(chair.get(made.header("location")).ok(), panel);
}

fn panels_are_kept_by_the_area(app: &TestApp) {
    let chair = app.practitioner();
    for (person, code) in [
        (app.practitioner().with(Capability::Coordinator), "role-not-permitted"),
        (app.system(), "role-not-permitted"),
        (app.auditor(), "role-not-permitted"),
        (app.manager().acting_through(&app.system()), "role-not-permitted"),
    ] {
        person.post("/v1/panels", &new_panel(&chair)).is_refused(403, code);
    }
    let mut body = new_panel(&chair);
    body["area"] = json!(ELSEWHERE);
    app.manager().post("/v1/panels", &body).is_refused(403, "outside-your-area");
    app.administrator().post("/v1/panels", &body).with_status(201);
    let path = format!("/v1/panels/{}", app.panel(&chair, &[]));
    chair.change_at(&path, &json!({"name": "East"})).is_refused(403, "role-not-permitted");
    let seat = json!({"account": app.practitioner().account.id.to_string(), "member": true});
    chair.post(&format!("{path}/members"), &seat).is_refused(403, "role-not-permitted");
    app.manager().post(&format!("{path}/members"), &seat).ok();
}

fn a_panel_exists_for_who_sits_on_it_and_who_looks_after_the_area(app: &TestApp) {
    let (chair, member) = (app.practitioner(), app.practitioner());
    let id = app.panel(&chair, &[&member]);
    let path = format!("/v1/panels/{id}");
    let lists = |person: &Person<'_>| {
        let told = person.get("/v1/panels").ok();
        told["panels"].as_array().expect("panels").iter().any(|panel| panel["id"] == id.to_string())
    };
    for person in [
        chair.clone(),
        member.clone(),
        app.manager(),
        app.practitioner().with(Capability::Coordinator),
        app.administrator(),
        member.acting_through(&app.system()),
    ] {
        assert!(lists(&person), "{}", person.account.name);
        assert_eq!(members(&person.get(&path).ok()).len(), 2);
    }
    for person in [app.practitioner(), app.manager().in_area(ELSEWHERE)] {
        assert!(!lists(&person), "{}", person.account.name);
        for path in [path.clone(), format!("{path}/meetings")] {
            person.get(&path).is_refused(404, "not-found");
        }
    }
    for person in [app.system(), app.auditor()] {
        person.get("/v1/panels").is_refused(403, "role-not-permitted");
        person.get(&path).is_refused(404, "not-found");
    }
}

fn panels_are_listed_by_name_in_pages(app: &TestApp) {
    let chair = app.practitioner();
    let mut expected: Vec<String> = (0..5).map(|_| app.panel(&chair, &[]).to_string()).collect();
    expected.sort();
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = chair.get(&format!("/v1/panels{query}")).ok();
        let ids = page["panels"].as_array().expect("panels").iter().map(|each| each["id"].as_str().expect("an id"));
        seen.extend(ids.map(str::to_owned));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, expected);
    chair.get("/v1/panels?cursor=nonsense").is_refused(422, "invalid-parameter");
}

fn a_panel_is_changed_as_it_was_read(app: &TestApp) {
    let (chair, member) = (app.practitioner(), app.practitioner());
    let path = format!("/v1/panels/{}", app.panel(&chair, &[&member]));
    let (one, other) = (app.manager(), app.manager());
    let seen = one.version_of(&path);
    other.change_at(&path, &json!({"name": "East"})).ok();
    one.patch(&path, &seen, &json!({"name": "South"})).is_refused(412, "precondition-failed");
    let changed = one.change_at(&path, &json!({"chair": member.account.id.to_string()})).ok();
    let chairs: Vec<&Value> = changed["members"].as_array().expect("members").iter().collect();
    let of = |person: &Person<'_>| {
        chairs.iter().find(|each| each["account"] == person.account.id.to_string()).expect("a member")["chairs"].clone()
    };
    assert_eq!((changed["name"].clone(), of(&chair), of(&member)), (json!("East"), json!(false), json!(true)));
    let seen = one.version_of(&path);
    other.post(&format!("{path}/members"), &json!({"account": chair.account.id.to_string(), "member": false})).ok();
    one.patch(&path, &seen, &json!({"name": "South"})).is_refused(412, "precondition-failed");
}

fn whoever_sits_on_it_is_a_person_who_looks_at_children(app: &TestApp) {
    let manager = app.manager();
    let path = format!("/v1/panels/{}/members", app.panel(&app.practitioner(), &[]));
    let seat = |account: String| manager.post(&path, &json!({"account": account, "member": true}));
    for person in [app.system(), app.auditor(), app.administrator(), app.practitioner().in_area(ELSEWHERE)] {
        let refused = seat(person.account.id.to_string());
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), "/account", "{}", person.account.role);
    }
    seat(child_index::domain::ids::AccountId::new().to_string()).is_refused(422, "invalid-body");
    let somebody = app.practitioner();
    let sits = seat(somebody.account.id.to_string()).ok();
    assert_eq!(seat(somebody.account.id.to_string()).ok(), sits, "twice is once");
    assert!(members(&sits).contains(&somebody.account.id.to_string()));
    manager.post("/v1/panels", &new_panel(&app.system())).is_refused(422, "invalid-body");
}

fn the_chair_is_a_member_and_stays_until_another_chairs(app: &TestApp) {
    let (manager, chair, stranger) = (app.manager(), app.practitioner(), app.practitioner());
    let path = format!("/v1/panels/{}", app.panel(&chair, &[]));
    let leaves = json!({"account": chair.account.id.to_string(), "member": false});
    manager.post(&format!("{path}/members"), &leaves).is_refused(422, "invalid-body");
    let refused = manager.change_at(&path, &json!({"chair": stranger.account.id.to_string()}));
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/chair");
}

fn a_sensitive_organisation_of_a_member_is_told_to_nobody_else(app: &TestApp) {
    let refuge = app.organisation(OrganisationKind::Refuge);
    let (chair, worker) = (app.practitioner(), app.practitioner().of(&refuge));
    let path = format!("/v1/panels/{}", app.panel(&chair, &[&worker]));
    let organisation = |reader: &Person<'_>| {
        let told = reader.get(&path).ok();
        let all = told["members"].as_array().expect("members").clone();
        let member = all.iter().find(|each| each["account"] == worker.account.id.to_string()).expect("a member");
        member["organisation"].clone()
    };
    assert_eq!(organisation(&chair), Value::Null);
    assert_eq!(organisation(&worker)["name"], refuge.name.as_str());
    assert_eq!(organisation(&app.manager())["name"], refuge.name.as_str());
}

fn a_meeting_is_planned_held_and_closed(app: &TestApp) {
    let chair = app.practitioner();
    let path = format!("/v1/panels/{}/meetings", app.panel(&chair, &[]));
    let planned = chair.post(&path, &json!({"meets_on": "2026-11-21"})).with_status(201).json();
    assert_eq!((&planned["state"], &planned["meets_on"]), (&json!("planned"), &json!("2026-11-21")));
    let meeting = format!("{path}/{}", planned["id"].as_str().expect("an id"));
    let step = |step: &str| chair.post_nothing(&format!("{meeting}/{step}"));
    step("close").is_refused(409, "out-of-order");
    step("hold").is_refused(409, "out-of-order");
    app.it_is("2026-11-21T10:00:00Z");
    assert_eq!(step("hold").ok()["state"], "held");
    step("hold").is_refused(409, "out-of-order");
    assert_eq!(step("close").ok()["state"], "closed");
    step("close").is_refused(409, "out-of-order");
    let listed = chair.get(&path).ok();
    assert_eq!(listed["panel_meetings"][0]["state"], "closed");
    for wrong in ["2026-11-20", "2027-12-25", "soon"] {
        chair.post(&path, &json!({"meets_on": wrong})).is_refused(422, "invalid-body");
    }
}

fn meetings_are_run_by_the_chair_and_the_management_team(app: &TestApp) {
    let (chair, member) = (app.practitioner(), app.practitioner());
    let id = app.panel(&chair, &[&member]);
    let meeting = app.panel_meeting(id, PanelMeetingState::Planned);
    let path = format!("/v1/panels/{id}/meetings");
    let body = json!({"meets_on": "2026-12-04"});
    for other in [member, app.practitioner().with(Capability::Coordinator)] {
        other.post(&path, &body).is_refused(403, "not-the-chair");
        other.post_nothing(&format!("{path}/{meeting}/hold")).is_refused(403, "not-the-chair");
    }
    app.administrator().post(&path, &body).is_refused(403, "role-not-permitted");
    chair.post(&path, &body).with_status(201);
    app.manager().post(&path, &body).with_status(201);
    app.manager().post_nothing(&format!("{path}/{meeting}/hold")).ok();
}

fn a_meeting_is_planned_once_for_each_key(app: &TestApp) {
    let chair = app.practitioner();
    let path = format!("/v1/panels/{}/meetings", app.panel(&chair, &[]));
    let body = json!({"meets_on": "2026-12-04"});
    let planned = chair.post_with_key("k", &path, &body).with_status(201).json();
    assert_eq!(chair.post_with_key("k", &path, &body).with_status(201).json(), planned);
    assert_eq!(chair.get(&path).ok()["panel_meetings"].as_array().map(Vec::len), Some(1));
    let other = format!("/v1/panels/{}/meetings", app.panel(&chair, &[]));
    chair.post_with_key("k", &other, &body).is_refused(422, "idempotency-key-reused");
}

fn what_is_not_there_is_not_found(app: &TestApp) {
    let chair = app.practitioner();
    let (one, other) = (app.panel(&chair, &[]), app.panel(&chair, &[]));
    let meeting = app.panel_meeting(one, PanelMeetingState::Planned);
    chair.get(&format!("/v1/panels/{}", child_index::domain::ids::PanelId::new())).is_refused(404, "not-found");
    for path in [format!("{other}/meetings/{meeting}"), format!("{one}/meetings/{one}")] {
        chair.post_nothing(&format!("/v1/panels/{path}/hold")).is_refused(404, "not-found");
        chair.get(&format!("/v1/panels/{path}/items")).is_refused(404, "not-found");
    }
}
