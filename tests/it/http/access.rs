//! Who may ask at all: tokens, accounts, their standing, their reasons, their budgets.

use child_index::app::Limits;
use child_index::domain::accounts::{Account, AccountStatus};
use child_index::domain::services::{OrganisationKind, Sector, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{TestApp, entry};
use crate::databases::{Backend, TestDatabase, Unavailable};
use crate::suite::suite;

suite!(TestApp:
    any_lapse_closes_the_door_at_the_very_next_request,
    an_organisation_without_accreditation_is_shut_out,
    one_factor_is_not_enough_for_a_person,
    an_identity_without_an_account_learns_nothing,
    a_reason_is_needed_for_a_child,
    what_a_caller_says_of_itself_changes_nothing,
    through_a_system_only_what_both_may_see_is_shown,
    a_system_that_is_suspended_acts_for_nobody,
    without_a_good_token_there_is_nothing,
    auditors_and_administrators_see_no_child;
    once: a_walker_is_stopped_by_the_budget, a_child_found_again_is_counted_once,
        an_organisation_over_its_budget_is_alerted_and_not_shut_out
);

fn question() -> Value {
    json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"})
}

fn any_lapse_closes_the_door_at_the_very_next_request(app: &TestApp) {
    let child = app.a_child().add();
    let yesterday = "2026-11-19".parse().ok();
    let today = "2026-11-20".parse().ok();
    let lapses: [(&str, &dyn Fn(&mut Account)); 8] = [
        ("account-suspended", &|account| account.status = AccountStatus::Suspended),
        ("check-lapsed", &|account| account.standing.checked_until = yesterday),
        ("check-lapsed", &|account| account.standing.checked_until = None),
        ("training-lapsed", &|account| account.standing.trained_until = yesterday),
        ("certification-lapsed", &|account| account.standing.certified_until = yesterday),
        ("terms-not-accepted", &|account| account.standing.terms_accepted_on = None),
        ("terms-not-accepted", &|account| account.standing.terms_accepted_on = "2026-11-21".parse().ok()),
        ("", &|account| {
            account.standing.checked_until = today;
            account.standing.trained_until = today;
            account.standing.certified_until = today;
            account.standing.terms_accepted_on = today;
        }),
    ];
    for (code, lapse) in lapses {
        let nurse = app.practitioner();
        nurse.read(&child).ok();
        let nurse = nurse.change(lapse);
        for answer in [nurse.read(&child), nurse.contacts(&child), nurse.search(&question())] {
            match code {
                "" => assert_eq!(answer.status, 200, "the last day counts: {}", answer.text),
                code => answer.is_refused(403, code),
            }
        }
    }
}

fn an_organisation_without_accreditation_is_shut_out(app: &TestApp) {
    let child = app.a_child().add();
    let school = app.organisation(OrganisationKind::School);
    let teacher = app.practitioner().of(&school);
    teacher.read(&child).ok();
    for lapsed in [None, "2026-11-19".parse().ok()] {
        app.change_organisation(&school, |school| school.accredited_until = lapsed);
        teacher.read(&child).is_refused(403, "organisation-not-accredited");
    }
    app.change_organisation(&school, |school| school.accredited_until = "2026-11-20".parse().ok());
    teacher.read(&child).ok();
    app.change_organisation(&school, |school| school.lawful_basis = None);
    teacher.read(&child).is_refused(403, "lawful-basis-missing");
    let path = format!("/v1/organisations/{}", school.id);
    let manager = app.manager();
    manager.change_at(&path, &json!({"name": "The old school"})).is_refused(422, "invalid-body");
    assert_eq!(manager.change_at(&path, &json!({"accredited_until": "2027-08-31"})).pointers(), "/lawful_basis");
    let changed = manager.change_at(&path, &json!({"lawful_basis": "public-task"})).ok();
    assert_eq!(changed["lawful_basis"], "public-task");
    teacher.read(&child).ok();
    let baseless = json!({"code": "U-1", "name": "A school", "kind": "school", "area": crate::apps::AREA,
                          "accredited_until": "2027-08-31"});
    let refused = manager.post("/v1/organisations", &baseless);
    assert_eq!((refused.status, refused.pointers().as_str()), (422, "/lawful_basis"));
}

fn one_factor_is_not_enough_for_a_person(app: &TestApp) {
    let child = app.a_child().add();
    let answer = app.practitioner().with_one_factor().read(&child);
    answer.is_refused(401, "insufficient-user-authentication");
    assert!(answer.header("www-authenticate").contains("insufficient_user_authentication"), "{answer:?}");
    app.system().read(&child).ok();
}

fn an_identity_without_an_account_learns_nothing(app: &TestApp) {
    let child = app.a_child().add();
    let nobody = app.nobody();
    nobody.read(&child).is_refused(403, "account-unknown");
    nobody.get("/v1/children/7K3M-9XQ2-4HT8").is_refused(403, "account-unknown");
    nobody.search(&question()).is_refused(403, "account-unknown");
}

fn a_reason_is_needed_for_a_child(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let silent = nurse.clone().without_a_reason();
    for answer in [silent.read(&child), silent.contacts(&child), silent.search(&question())] {
        answer.is_refused(400, "access-reason-missing");
    }
    nurse.clone().because_of("curiosity").read(&child).is_refused(400, "access-reason-unknown");
    for reason in ["safeguarding", "assessment", "team-around-child", "service-delivery", "record-management"] {
        nurse.clone().because_of(reason).read(&child).ok();
        let event = app.events().pop().expect("an event");
        assert_eq!(event.reason.as_deref(), Some(reason));
    }
}

fn what_a_caller_says_of_itself_changes_nothing(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").shielded().add();
    let claims = [
        ("X-Role", "manager"),
        ("X-Capabilities", "override,sealed-clearance"),
        ("Role", "administrator"),
        ("X-Forwarded-For", "127.0.0.1"),
        ("X-Forwarded-User", "manager-1"),
    ];
    let nurse = app.practitioner();
    let bold = nurse.send("GET", &child.path(), &claims, None).ok();
    assert_eq!(bold, nurse.read(&child).ok());
    let role = json!({"family_name": "Okafor", "date_of_birth": "2015-03-02", "role": "manager"});
    nurse.search(&role).is_refused(422, "invalid-body");
}

fn through_a_system_only_what_both_may_see_is_shown(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let worker = entry(&school, Service::School);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with_identifier("nhs-number", "9000000009")
        .with(worker)
        .add();
    let teacher = app.practitioner().of(&school).in_sector(Sector::Health);
    let alone = teacher.read(&child).ok();
    assert_eq!(alone["address"]["postcode"], "BA14 8JN");
    assert_eq!(alone["identifiers"][0]["value"], "9000000009");
    let strange = app.system();
    let through = teacher.clone().acting_through(&strange).read(&child).ok();
    assert!(through.get("address").is_none() && through.get("identifiers").is_none(), "{through}");
    let own = app.system().of(&school);
    let through = teacher.clone().acting_through(&own).read(&child).ok();
    assert_eq!(through["address"]["postcode"], "BA14 8JN");
    let payload = app.events().pop().expect("an event").payload.expect("a payload");
    assert_eq!((payload.account, payload.system), (Some(teacher.account.id.0), Some(own.account.id.0)));
    // A person is no system, and may not be acted through.
    teacher.clone().acting_through(&app.practitioner()).read(&child).is_refused(403, "account-unknown");
}

fn a_system_that_is_suspended_acts_for_nobody(app: &TestApp) {
    let child = app.a_child().add();
    let system = app.system();
    let nurse = app.practitioner().acting_through(&system);
    nurse.read(&child).ok();
    let system = system.change(|account| account.status = AccountStatus::Suspended);
    nurse.read(&child).is_refused(403, "account-suspended");
    system.read(&child).is_refused(403, "account-suspended");
}

fn without_a_good_token_there_is_nothing(app: &TestApp) {
    let child = app.a_child().add();
    let reason = ("Access-Reason", "early-help");
    app.send("GET", &child.path(), &[reason], None).is_refused(401, "token-missing");
    for bad in ["Bearer", "Bearer x", "Bearer a.b.c", "Basic bnVyc2U6cGFzcw==", "bearer  "] {
        let answer = app.send("GET", &child.path(), &[reason, ("Authorization", bad)], None);
        assert_eq!(answer.status, 401, "{bad}: {}", answer.text);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{answer:?}");
    }
    let before = app.events().len();
    app.send("GET", "/v1/children/none", &[reason], None).is_refused(401, "token-missing");
    assert_eq!(app.events().len(), before, "who shows no token decides nothing");
}

fn auditors_and_administrators_see_no_child(app: &TestApp) {
    let child = app.a_child().add();
    for outsider in [app.auditor(), app.administrator()] {
        for answer in [
            outsider.read(&child),
            outsider.contacts(&child),
            outsider.get(&child.involvements()),
            outsider.search(&question()),
            outsider.search(&json!({"index_number": child.number})),
            outsider.register(&json!({"name": {"family": "Obi"}, "date_of_birth": "2015-03-02"})),
            outsider.patch(&child.path(), "\"x\"", &json!({"sex": "M"})),
        ] {
            answer.is_refused(403, "role-not-permitted");
            assert!(!answer.text.contains("Okafor"));
        }
    }
}

/// Runs a case on each database under its own limits.
fn on_each(limits: &Limits, case: fn(&TestApp)) -> Completion {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        match TestDatabase::fresh(backend) {
            Ok(database) => case(&TestApp::with_limits(database, limits.clone())),
            Err(Unavailable::NotInstalled) => {}
            Err(Unavailable::Failed(why)) => panic!("{why}"),
        }
    }
    Completion::Completed
}

fn a_walker_is_stopped_by_the_budget() -> Completion {
    on_each(&Limits { searches_per_hour: 10, children_per_day: 4, ..Limits::default() }, walk)
}

fn walk(app: &TestApp) {
    let children: Vec<_> = (1..=6)
        .map(|day| app.a_child().named(&format!("Child{day}"), "Walker").born(&format!("2014-0{day}-11")).add())
        .collect();
    let nurse = app.practitioner();
    for n in 0..10 {
        let answer = nurse.search(&question());
        assert_eq!(answer.header("ratelimit-policy"), "\"searches\";q=10;w=3600");
        assert!(answer.header("ratelimit").starts_with(&format!("\"searches\";r={};", 9 - n)), "{answer:?}");
        answer.ok();
    }
    let over = nurse.search(&question());
    over.is_refused(429, "rate-limited");
    let wait: i64 = over.header("retry-after").parse().expect("seconds");
    assert!((1..=3_600).contains(&wait));
    // Safeguarding overdraws by a fifth, and each overdraft alerts.
    let urgent = nurse.clone().because_of("safeguarding");
    let alerts = |app: &TestApp| app.events().iter().filter(|event| event.action == "limit.alert").count();
    assert_eq!(alerts(app), 0);
    urgent.search(&question()).ok();
    assert_eq!(alerts(app), 1);
    urgent.search(&question()).is_refused(429, "rate-limited");
    // Children a day, each counted once.
    for child in children.iter().take(4).chain(children.iter().take(4)) {
        nurse.read(child).ok();
    }
    nurse.read(&children[4]).is_refused(429, "rate-limited");
    nurse.contacts(&children[5]).is_refused(429, "rate-limited");
    nurse.contacts(&children[0]).ok();
    app.practitioner().read(&children[4]).ok();
    // An hour later there are searches again, and a day later children.
    app.it_is("2026-11-20T11:00:01Z");
    nurse.search(&question()).ok();
    nurse.read(&children[4]).is_refused(429, "rate-limited");
    app.it_is("2026-11-21T00:00:01Z");
    nurse.read(&children[4]).ok();
}

fn a_child_found_again_is_counted_once() -> Completion {
    on_each(&Limits { children_per_day: 2, ..Limits::default() }, find_again)
}

fn find_again(app: &TestApp) {
    let asked = |born: &str| json!({"family_name": "Walker", "given_name": "Wilhelmina", "date_of_birth": born});
    let [one, two, three] = ["2010-03-02", "2013-07-19", "2016-11-28"];
    for born in [one, two, three] {
        app.a_child().named("Wilhelmina", "Walker").born(born).add();
    }
    let nurse = app.practitioner();
    for born in [one, one, one, two, two, one] {
        assert_eq!(nurse.finds(&asked(born)).len(), 1);
    }
    nurse.search(&asked(three)).is_refused(429, "rate-limited");
    assert_eq!(nurse.finds(&asked(one)).len(), 1, "who was shown may be shown again");
    // A search that shows nobody costs no child.
    nurse.search(&question()).ok();
    // Another's children are another's.
    assert_eq!(app.practitioner().finds(&asked(three)).len(), 1);
}

fn an_organisation_over_its_budget_is_alerted_and_not_shut_out() -> Completion {
    on_each(&Limits { organisation_searches_per_hour: 3, ..Limits::default() }, pass_the_measure)
}

fn pass_the_measure(app: &TestApp) {
    let hospital = app.organisation(OrganisationKind::HospitalTrust);
    let nurses = [app.practitioner().of(&hospital), app.practitioner().of(&hospital)];
    for _ in 0..4 {
        for nurse in &nurses {
            nurse.search(&question()).ok();
        }
    }
    let alerts: Vec<_> = app.events().into_iter().filter(|event| event.action == "limit.alert").collect();
    assert_eq!(alerts.len(), 1, "once, when it is passed");
    let targets = &alerts[0].payload.as_ref().expect("a payload").targets;
    assert_eq!(targets.iter().map(|target| target.id.clone()).collect::<Vec<_>>(), [hospital.id.to_string()]);
}
