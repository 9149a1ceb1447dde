//! How the people of organisations are trained: recorded by whoever answers for the account, and counted by agency.

use child_index::domain::accounts::{AccountStatus, Capability};
use child_index::domain::services::{OrganisationKind, Sector};
use serde_json::{Value, json};

use crate::apps::{AREA, ELSEWHERE, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    training_of_each_kind_is_recorded_by_whoever_answers_for_the_account,
    further_training_closes_no_door,
    an_organisations_people_are_counted_as_they_are_trained,
    who_counts_whom,
    hidden_organisations_are_counted_for_those_alone_who_may_know_of_them,
    workforces_are_listed_a_page_at_a_time,
    people_are_counted_by_the_sector_they_work_in,
    what_was_counted_is_recorded,
);

const AT: &str = "/v1/workforces";

fn path(person: &Person<'_>) -> String {
    format!("/v1/accounts/{}", person.account.id)
}

fn workforces(by: &Person<'_>, query: &str) -> Vec<Value> {
    by.get(&format!("{AT}{query}")).ok()["workforces"].as_array().expect("workforces").clone()
}

fn names(all: &[Value]) -> Vec<&str> {
    all.iter().map(|each| each["organisation"]["name"].as_str().expect("a name")).collect()
}

fn training_of_each_kind_is_recorded_by_whoever_answers_for_the_account(app: &TestApp) {
    let nurse = app.practitioner();
    let body =
        json!({"information_sharing_trained_until": "2027-06-30", "lead_professional_trained_until": "2027-09-30"});
    let manager = app.manager();
    let changed = manager.change_at(&path(&nurse), &body).ok();
    for (field, until) in body.as_object().expect("fields") {
        assert_eq!(&changed[field], until);
    }
    assert_eq!(changed["trained_until"], "2027-01-31", "training in the use of the index stays as it was");
    let event = app.events().into_iter().rfind(|event| event.action == "account.change").expect("an event");
    let criteria = serde_json::to_value(event.payload.expect("a payload").criteria).expect("JSON");
    let training = json!(["information-sharing 2027-06-30", "lead-professional 2027-09-30"]);
    assert_eq!(criteria["training"], training, "its history is in the log");
    let cleared = manager.change_at(&path(&nurse), &json!({"lead_professional_trained_until": null})).ok();
    assert_eq!(cleared.get("lead_professional_trained_until"), None);

    manager.change_at(&path(&manager), &body).is_refused(403, "not-for-yourself");
    nurse.change_at(&path(&nurse), &body).is_refused(403, "not-for-yourself");
    app.manager().in_area(ELSEWHERE).change_at(&path(&nurse), &body).is_refused(404, "not-found");
    app.practitioner().change_at(&path(&nurse), &body).is_refused(404, "not-found");
    app.auditor().change_at(&path(&nurse), &body).is_refused(403, "role-not-permitted");
    let certifier = app.practitioner().with(Capability::Certifier).change(|account| {
        account.organisation = nurse.account.organisation;
    });
    certifier.change_at(&path(&nurse), &body).is_refused(403, "role-not-permitted");
    let seen = certifier.get(&path(&nurse)).ok();
    assert_eq!(seen.get("information_sharing_trained_until"), None, "what certifying asks for and nothing else");
    app.administrator().change_at(&path(&nurse), &body).ok();
    let wrong = json!({"information_sharing_trained_until": "soon"});
    assert_eq!(
        manager.change_at(&path(&nurse), &wrong).with_status(422).pointers(),
        "/information_sharing_trained_until"
    );
}

fn further_training_closes_no_door(app: &TestApp) {
    let child = app.a_child().add();
    let lapsed = app.practitioner().change(|account| {
        account.standing.information_sharing_trained_until = "2026-11-19".parse().ok();
        account.standing.lead_professional_trained_until = None;
    });
    lapsed.read(&child).ok();
    let untrained = lapsed.change(|account| account.standing.trained_until = "2026-11-19".parse().ok());
    untrained.read(&child).is_refused(403, "training-lapsed");
}

fn an_organisations_people_are_counted_as_they_are_trained(app: &TestApp) {
    let service = app.organisation(OrganisationKind::CommunityHealth);
    let until = |sharing: &'static str, lead: Option<&'static str>| {
        move |account: &mut child_index::domain::accounts::Account| {
            account.standing.information_sharing_trained_until = sharing.parse().ok();
            account.standing.lead_professional_trained_until = lead.and_then(|day| day.parse().ok());
        }
    };
    app.practitioner().of(&service).change(until("2027-06-30", Some("2026-12-01")));
    app.practitioner().of(&service).change(until("2026-11-20", None));
    app.practitioner().of(&service).change(until("2026-11-19", None));
    app.system().of(&service).change(until("2027-06-30", None));
    app.practitioner().of(&service).change(|account| account.status = AccountStatus::Suspended);
    let all = workforces(&app.manager(), "");
    let counted = all.iter().find(|each| each["organisation"]["id"] == service.id.to_string()).expect("the service");
    assert_eq!(
        *counted,
        json!({
            "organisation": {"id": service.id.to_string(), "name": service.name},
            "sector": "health",
            "accounts": 3,
            "training": [
                {"kind": "index-use", "in_date": 3, "expiring": 0},
                {"kind": "information-sharing", "in_date": 2, "expiring": 1},
                {"kind": "lead-professional", "in_date": 1, "expiring": 1},
            ],
        })
    );
}

fn who_counts_whom(app: &TestApp) {
    let [here, there] = [AREA, ELSEWHERE].map(|area| app.organisation_in(area, OrganisationKind::School));
    app.practitioner().of(&here);
    app.practitioner().of(&there);
    let manager = app.manager();
    let own = workforces(&manager, "");
    assert!(names(&own).contains(&here.name.as_str()) && !names(&own).contains(&there.name.as_str()), "{own:?}");
    assert!(workforces(&manager, &format!("?area={ELSEWHERE}")).is_empty(), "no area but their own");
    let desk = manager.account.organisation.to_string();
    assert!(own.iter().all(|each| each["organisation"]["id"] != desk), "nor whom they do not answer for");
    let administrator = app.administrator();
    let every = workforces(&administrator, "");
    assert!([&here, &there].iter().all(|each| names(&every).contains(&each.name.as_str())), "{every:?}");
    assert_eq!(names(&workforces(&administrator, &format!("?area={ELSEWHERE}"))), [there.name.as_str()]);
    let certifier = app.practitioner().of(&there).with(Capability::Certifier);
    let employed = workforces(&certifier, "");
    assert_eq!((names(&employed), &employed[0]["accounts"]), (vec![there.name.as_str()], &json!(2)));
    for by in [app.practitioner(), app.auditor(), app.system(), app.manager().acting_through(&app.system())] {
        by.get(AT).is_refused(403, "role-not-permitted");
    }
    for wrong in ["?by=child", "?limit=0", "?cursor=x", "?sector=unknown", "?organisation=x"] {
        manager.get(&format!("{AT}{wrong}")).is_refused(422, "invalid-parameter");
    }
}

fn hidden_organisations_are_counted_for_those_alone_who_may_know_of_them(app: &TestApp) {
    let [near, far] = [AREA, ELSEWHERE].map(|area| app.organisation_in(area, OrganisationKind::Refuge));
    app.practitioner().of(&near);
    // Works in this area for a refuge of another.
    let away = app.practitioner().of(&far).in_area(AREA).in_sector(Sector::Voluntary);
    let seen = |by: &Person<'_>| names(&workforces(by, "")).into_iter().map(str::to_owned).collect::<Vec<String>>();
    let manager = app.manager();
    assert!(seen(&manager).contains(&near.name), "the refuge of their own area");
    assert!(!seen(&manager).contains(&far.name), "and none of another, though somebody of it works here");
    let by_sector = |by: &Person<'_>, query: &str| -> u64 {
        workforces(by, query).iter().map(|each| each["accounts"].as_u64().expect("a number")).sum()
    };
    let query = "?by=sector&sector=voluntary";
    let known = by_sector(&manager, query);
    away.change(|account| account.status = AccountStatus::Suspended);
    assert_eq!(by_sector(&manager, query), known, "nor in a sum");
    assert!(seen(&app.administrator()).contains(&near.name));
}

fn workforces_are_listed_a_page_at_a_time(app: &TestApp) {
    for _ in 0..5 {
        app.practitioner();
    }
    let administrator = app.administrator();
    let whole = workforces(&administrator, "?limit=100");
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = administrator.get(&format!("{AT}?limit=2{cursor}")).ok();
        let items = page["workforces"].as_array().expect("workforces").clone();
        assert!(items.len() <= 2);
        paged.extend(items);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
    let mut sorted = names(&whole);
    sorted.sort_unstable();
    assert_eq!(sorted, names(&whole), "by name");
}

fn people_are_counted_by_the_sector_they_work_in(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    app.practitioner().of(&school);
    app.practitioner().of(&school).in_sector(Sector::Health);
    let manager = app.manager();
    let sectors = workforces(&manager, "?by=sector");
    let so_many = |sector: &str| -> Vec<&Value> { sectors.iter().filter(|each| each["sector"] == sector).collect() };
    assert_eq!((&so_many("health")[0]["accounts"], &so_many("education")[0]["accounts"]), (&json!(1), &json!(1)));
    assert_eq!(so_many("health")[0].get("organisation"), None);
    let nurses = workforces(&manager, "?sector=health");
    assert_eq!((names(&nurses), &nurses[0]["accounts"]), (vec![school.name.as_str()], &json!(1)));
    let first = manager.get(&format!("{AT}?limit=1")).ok();
    if let Some(next) = first["next"].as_str() {
        assert!(workforces(&manager, &format!("?by=sector&cursor={next}")).is_empty(), "there is one page");
    }
}

fn what_was_counted_is_recorded(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    app.practitioner().of(&school);
    app.manager().get(&format!("{AT}?area={AREA}")).ok();
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("workforce.list", "disclosed"));
    let payload = event.payload.expect("a payload");
    assert!(payload.targets.iter().any(|target| target.id == school.id.to_string()), "{:?}", payload.targets);
    let criteria = serde_json::to_value(payload.criteria).expect("JSON");
    assert_eq!(criteria, json!({"by": "organisation", "area": AREA, "limit": 50}));
}
