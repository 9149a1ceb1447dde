//! The directory: who may see what is sensitive, who may keep it, and what the log says of it.

use child_index::app::Precondition;
use child_index::app::organisations::{
    NewOrganisation, OrganisationChanges, OrganisationsSought, ShownOrganisation, change_organisation,
    list_organisations, read_organisation, register_organisation,
};
use child_index::app::replays::IdempotencyKey;
use child_index::domain::accounts::{Account, Role};
use child_index::domain::audit::actions::AuditAction;
use child_index::domain::organisations::Organisation;
use child_index::domain::pages::After;
use child_index::domain::routes::{Route, RouteKind};
use child_index::domain::services::OrganisationKind;
use child_index::store::{accounts, organisations};
use serde_json::json;

use crate::indexes::{AREA, ELSEWHERE, TestIndex, criteria, targets, visit};
use crate::suite::suite;

suite!(TestIndex:
    an_ordinary_organisation_is_read_by_everybody,
    a_sensitive_organisation_is_unknown_to_ordinary_readers,
    lists_leave_out_what_is_sensitive_and_page_by_name,
    an_organisation_is_registered_once,
    a_key_registers_once_and_is_decided_anew,
    a_change_needs_authority_and_the_present_version,
    an_organisations_own_people_change_its_routes,
    a_refusal_changes_nothing_and_is_recorded,
    a_lapsed_account_reads_nothing,
);

fn read(test: &TestIndex, by: &Account, organisation: &Organisation) -> Result<ShownOrganisation, &'static str> {
    let asked = read_organisation(&test.index, visit(by, AuditAction::OrganisationRead), organisation.id);
    let (answer, event) = test.ask(asked);
    assert_eq!(event.action, "organisation.read");
    assert_eq!(event.outcome, if answer.is_ok() { "disclosed" } else { "not-found" });
    assert_eq!(targets(&event), [format!("organisation:{}", organisation.id)]);
    answer
}

fn an_ordinary_organisation_is_read_by_everybody(test: &TestIndex) {
    let practice = test.organisation(OrganisationKind::GpPractice, ELSEWHERE);
    for &role in Role::ALL {
        let shown = read(test, &test.somebody(role), &practice).expect("an answer");
        assert_eq!((shown.organisation, shown.at), (practice.clone(), test.clock.now()), "{role}");
    }
}

fn a_sensitive_organisation_is_unknown_to_ordinary_readers(test: &TestIndex) {
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let school = test.organisation(OrganisationKind::School, ELSEWHERE);
    let seen = |account: &Account| read(test, account, &refuge).is_ok();
    for &role in Role::ALL {
        let in_area = matches!(role, Role::Manager | Role::Administrator);
        assert_eq!(seen(&test.somebody(role)), in_area, "{role}");
        assert_eq!(seen(&test.account(role, &school)), role == Role::Administrator, "{role} elsewhere");
        assert!(seen(&test.account(role, &refuge)), "{role} of its own");
    }
}

fn sought(limit: u16, after: Option<After>) -> OrganisationsSought {
    OrganisationsSought { limit, after, ..OrganisationsSought::default() }
}

fn lists_leave_out_what_is_sensitive_and_page_by_name(test: &TestIndex) {
    let school = test.organisation(OrganisationKind::School, AREA);
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let practice = test.organisation(OrganisationKind::GpPractice, AREA);
    let list = |by: &Account, asked| {
        test.ask(list_organisations(&test.index, visit(by, AuditAction::OrganisationList), asked))
    };
    let practitioner = test.account(Role::Practitioner, &school);
    let (page, event) = list(&practitioner, sought(50, None));
    let page = page.expect("a page");
    let names: Vec<_> = page.items.iter().map(|shown| shown.organisation.id).collect();
    assert_eq!((names, page.next), (vec![practice.id, school.id], None));
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("organisation.list", "disclosed"));
    assert!(targets(&event).is_empty());
    assert_eq!(criteria(&event), json!({"limit": 50}));

    let manager = test.account(Role::Manager, &school);
    let first = list(&manager, sought(2, None)).0.expect("a page");
    let (rest, event) = list(&manager, sought(2, first.next.clone()));
    let rest = rest.expect("a page");
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
    assert_eq!(criteria(&event), json!({"cursor": first.next.map(|next| next.to_string()), "limit": 2}));
    let refuges = OrganisationsSought { kind: Some(OrganisationKind::Refuge), ..sought(50, None) };
    let (shown, event) = list(&manager, refuges.clone());
    assert_eq!(shown.expect("a page").items[0].organisation.id, refuge.id);
    assert_eq!(targets(&event), [format!("organisation:{}", refuge.id)], "what is sensitive is named in the log");
    let (none, event) = list(&practitioner, refuges);
    assert!(none.expect("a page").items.is_empty());
    assert_eq!(event.outcome, "none");
}

fn a_school(code: &str) -> NewOrganisation {
    NewOrganisation {
        code: code.into(),
        name: "St Mary's School".into(),
        kind: OrganisationKind::School,
        area: AREA.into(),
        sensitive: false,
        accredited_until: None,
        lawful_basis: None,
        routes: vec![Route::parse(RouteKind::DutyDesk, Some("01225 713000"), None, None).expect("a route")],
    }
}

fn register(
    test: &TestIndex,
    by: &Account,
    key: Option<(&str, u8)>,
    new: NewOrganisation,
) -> (Result<Organisation, &'static str>, String, Vec<String>) {
    let key = key.map(|(key, body)| IdempotencyKey { key: key.into(), body_hash: [body; 32] });
    let asked = register_organisation(&test.index, visit(by, AuditAction::OrganisationRegister), key, new);
    let (answer, event) = test.ask(asked);
    assert_eq!(event.action, "organisation.register");
    (answer.map(|shown| shown.organisation), event.outcome.clone(), targets(&event))
}

fn an_organisation_is_registered_once(test: &TestIndex) {
    let manager = test.somebody(Role::Manager);
    let (new, outcome, targets) = register(test, &manager, None, a_school("URN-1"));
    let new = new.expect("a school");
    assert_eq!((outcome.as_str(), targets), ("changed", vec![format!("organisation:{}", new.id)]));
    assert_eq!(organisations::find(&mut test.connect(), new.id).expect("a look-up"), Some(new));
    let (again, outcome, _) = register(test, &manager, None, a_school("URN-1"));
    assert_eq!((again, outcome.as_str()), (Err("code-taken"), "conflict"));
    let refuge = NewOrganisation { kind: OrganisationKind::Refuge, ..a_school("R-1") };
    assert!(register(test, &manager, None, refuge).0.expect("a refuge").sensitive, "marked by what it is");
    let elsewhere = NewOrganisation { area: ELSEWHERE.into(), ..a_school("URN-2") };
    assert_eq!(register(test, &manager, None, elsewhere.clone()).0, Err("outside-your-area"));
    assert!(register(test, &test.somebody(Role::Administrator), None, elsewhere).0.is_ok());
    for role in [Role::Practitioner, Role::Auditor, Role::System] {
        let (answer, outcome, _) = register(test, &test.somebody(role), None, a_school("URN-3"));
        assert_eq!((answer, outcome.as_str()), (Err("role-not-permitted"), "refused"), "{role}");
    }
}

fn a_key_registers_once_and_is_decided_anew(test: &TestIndex) {
    let mut manager = test.somebody(Role::Manager);
    let (first, ..) = register(test, &manager, Some(("k", 1)), a_school("URN-1"));
    let first = first.expect("a school");
    let (again, outcome, named) = register(test, &manager, Some(("k", 1)), a_school("URN-1"));
    assert_eq!((again, outcome.as_str()), (Ok(first.clone()), "unchanged"));
    assert_eq!(named, [format!("organisation:{}", first.id)]);
    assert_eq!(register(test, &manager, Some(("k", 2)), a_school("URN-2")).0, Err("idempotency-key-reused"));
    let other = test.somebody(Role::Manager);
    assert_eq!(register(test, &other, Some(("k", 1)), a_school("URN-1")).0, Err("code-taken"), "a key is one's own");
    manager.area = ELSEWHERE.into();
    accounts::update(&mut test.connect(), &manager).expect("a change");
    assert_eq!(register(test, &manager, Some(("k", 1)), a_school("URN-1")).0, Err("outside-your-area"));
}

fn change(
    test: &TestIndex,
    by: &Account,
    organisation: &Organisation,
    seen: Organisation,
    changes: OrganisationChanges,
) -> (Result<Organisation, &'static str>, String, serde_json::Value) {
    let same = Precondition::that(move |shown: &ShownOrganisation| shown.organisation == seen);
    let visit = visit(by, AuditAction::OrganisationChange);
    let (answer, event) = test.ask(change_organisation(&test.index, visit, organisation.id, same, changes));
    assert_eq!(event.action, "organisation.change");
    assert_eq!(targets(&event), [format!("organisation:{}", organisation.id)]);
    (answer.map(|shown| shown.organisation), event.outcome.clone(), criteria(&event))
}

fn a_change_needs_authority_and_the_present_version(test: &TestIndex) {
    let council = test.organisation(OrganisationKind::LocalAuthority, AREA);
    let manager = test.somebody(Role::Manager);
    let renamed = || OrganisationChanges { name: Some("The council".into()), ..OrganisationChanges::default() };
    let (changed, outcome, said) = change(test, &manager, &council, council.clone(), renamed());
    let changed = changed.expect("a change");
    assert_eq!((changed.name.as_str(), changed.version, outcome.as_str()), ("The council", 2, "changed"));
    assert_eq!(said, json!({"changed": ["name"]}));
    assert_eq!(organisations::find(&mut test.connect(), council.id).expect("a look-up"), Some(changed.clone()));

    let (stale, outcome, _) = change(test, &manager, &council, council.clone(), renamed());
    assert_eq!((stale, outcome.as_str()), (Err("stale"), "precondition-failed"));
    let (same, outcome, _) = change(test, &manager, &council, changed.clone(), renamed());
    assert_eq!((same, outcome.as_str()), (Ok(changed.clone()), "unchanged"));

    let stranger = test.account(Role::Manager, &test.organisation(OrganisationKind::School, ELSEWHERE));
    assert_eq!(change(test, &stranger, &council, changed, renamed()).0, Err("outside-your-area"));
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    assert_eq!(change(test, &stranger, &refuge, refuge.clone(), renamed()).0, Err("not-found"));
    let unmarked = OrganisationChanges { sensitive: Some(false), ..OrganisationChanges::default() };
    assert_eq!(change(test, &manager, &refuge, refuge.clone(), unmarked).0, Err("invalid"));
}

fn an_organisations_own_people_change_its_routes(test: &TestIndex) {
    let school = test.organisation(OrganisationKind::School, AREA);
    let nurse = test.account(Role::Practitioner, &school);
    let by_phone = |kind, phone, hours| Route::parse(kind, Some(phone), None, Some(hours)).expect("a route");
    let closed_now = by_phone(RouteKind::DutyDesk, "01225 713000", "Sa-Su 09:00-17:00");
    let open_now = by_phone(RouteKind::OutOfHours, "0300 456 0108", "24/7");
    let routes = OrganisationChanges {
        routes: Some(vec![closed_now.clone(), open_now.clone()]),
        ..OrganisationChanges::default()
    };
    let (changed, outcome, said) = change(test, &nurse, &school, school.clone(), routes.clone());
    assert_eq!((outcome.as_str(), said), ("changed", json!({"changed": ["routes"]})));
    assert_eq!(changed.expect("a change").routes, [open_now, closed_now], "first what works now");
    let renamed = OrganisationChanges { name: Some("Mine".into()), ..routes.clone() };
    assert_eq!(change(test, &nurse, &school, school.clone(), renamed).0, Err("role-not-permitted"));
    let stranger = test.somebody(Role::Practitioner);
    let stranger = change(test, &stranger, &school, school.clone(), routes).0;
    assert_eq!(stranger, Err("not-your-organisations-entry"));
}

fn a_refusal_changes_nothing_and_is_recorded(test: &TestIndex) {
    let school = test.organisation(OrganisationKind::School, AREA);
    let auditor = test.somebody(Role::Auditor);
    let taken_away = OrganisationChanges { routes: Some(Vec::new()), ..OrganisationChanges::default() };
    let (refused, outcome, _) = change(test, &auditor, &school, school.clone(), taken_away);
    assert_eq!((refused, outcome.as_str()), (Err("role-not-permitted"), "refused"));
    assert_eq!(organisations::find(&mut test.connect(), school.id).expect("a look-up"), Some(school));
}

fn a_lapsed_account_reads_nothing(test: &TestIndex) {
    let school = test.organisation(OrganisationKind::School, AREA);
    let mut nurse = test.account(Role::Practitioner, &school);
    nurse.standing.trained_until = "2026-11-19".parse().ok();
    accounts::update(&mut test.connect(), &nurse).expect("a change");
    let asked = read_organisation(&test.index, visit(&nurse, AuditAction::OrganisationRead), school.id);
    let (answer, event) = test.ask(asked);
    assert_eq!(answer, Err("training-lapsed"));
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("organisation.read", "refused"));
}
