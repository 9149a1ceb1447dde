//! Partnerships, their members and their agreements as data: who keeps them, and what is refused.

use child_index::domain::organisations::Organisation;
use child_index::domain::partnerships::AgreementState;
use child_index::domain::partnerships::DefaultVisibility::{Brokered, Shown};
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{AREA, Answer, ELSEWHERE, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_partnership_is_registered_read_listed_and_named,
    the_area_s_management_team_alone_keeps_one,
    members_come_and_go_by_days,
    a_sensitive_member_exists_for_few,
    an_agreement_is_drafted_changed_adopted_and_ended,
    what_an_agreement_says_is_checked,
    only_a_draft_is_changed,
    a_change_names_what_was_seen,
    the_same_key_creates_one,
    a_review_is_overdue_while_it_binds,
    each_write_is_recorded_with_what_it_is_about,
);

/// Registers a partnership, and says where it is.
pub(super) fn register(manager: &Person<'_>, name: &str) -> String {
    let answer = manager.post("/v1/partnerships", &json!({ "name": name })).with_status(201);
    let at = format!("/v1/partnerships/{}", answer.json()["id"].as_str().expect("an id"));
    assert_eq!(answer.header("location"), at);
    at
}

/// An agreement of next year, about housing.
pub(super) fn of_next_year() -> Value {
    json!({"lawful_basis": "public-task", "from": "2027-01-01", "until": "2027-12-31", "review_on": "2027-10-01",
           "default_visibility": [{"service": "housing", "visibility": "brokered", "outside": "withheld"},
                                  {"service": "attendance", "visibility": "shown"}]})
}

/// Drafts an agreement, and says where it is.
pub(super) fn draft(manager: &Person<'_>, partnership: &str, body: &Value) -> String {
    let answer = manager.post(&format!("{partnership}/agreements"), body).with_status(201);
    let at = format!("{partnership}/agreements/{}", answer.json()["number"]);
    assert_eq!(answer.header("location"), at);
    at
}

pub(super) fn bring_to(manager: &Person<'_>, agreement: &str, state: &str) -> Answer {
    manager.change_at(agreement, &json!({ "state": state }))
}

fn join(manager: &Person<'_>, partnership: &str, member: &Organisation, more: &Value) -> Answer {
    let mut body = json!({"organisation": member.id.to_string()});
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    manager.post(&format!("{partnership}/members"), &body)
}

fn members(person: &Person<'_>, partnership: &str) -> Vec<Value> {
    person.get(&format!("{partnership}/members")).ok()["members"].as_array().expect("members").clone()
}

fn a_partnership_is_registered_read_listed_and_named(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "Wiltshire children's trust");
    for person in [app.practitioner(), app.system(), app.auditor(), app.administrator(), manager.clone()] {
        let told = person.get(&at).ok();
        assert_eq!((&told["name"], &told["area"]), (&json!("Wiltshire children's trust"), &json!(AREA)));
    }
    app.nobody().get(&at).is_refused(403, "account-unknown");
    app.partnership_in(ELSEWHERE, &[]);
    let names = |query: &str| {
        let list = app.practitioner().get(&format!("/v1/partnerships{query}")).ok();
        (list["partnerships"].as_array().expect("a list").len(), list["next"].clone())
    };
    assert_eq!(names(""), (2, Value::Null));
    assert_eq!(names(&format!("?area={AREA}")), (1, Value::Null));
    let (one, next) = names("?limit=1");
    assert_eq!(one, 1);
    assert_eq!(names(&format!("?limit=1&cursor={}", next.as_str().expect("a cursor"))), (1, Value::Null));
    assert_eq!(manager.change_at(&at, &json!({"name": "  The trust "})).ok()["name"], "The trust");
    manager.get(&format!("/v1/partnerships/{}", uuid::Uuid::nil())).is_refused(404, "not-found");
}

fn the_area_s_management_team_alone_keeps_one(app: &TestApp) {
    let (member, manager) = (app.organisation(OrganisationKind::Housing), app.manager());
    let at = register(&manager, "The trust");
    let agreement = draft(&manager, &at, &of_next_year());
    join(&manager, &at, &member, &json!({})).with_status(201);
    let elsewhere = app.manager().in_area(ELSEWHERE);
    let through = app.manager().acting_through(&app.system());
    let others = [
        (app.practitioner(), "role-not-permitted"),
        (app.system(), "role-not-permitted"),
        (app.auditor(), "role-not-permitted"),
        (app.administrator(), "role-not-permitted"),
        (through, "role-not-permitted"),
        (elsewhere.clone(), "outside-your-area"),
    ];
    for (person, code) in &others {
        let school = app.organisation(OrganisationKind::School);
        for answer in [
            person.change_at(&at, &json!({"name": "Mine"})),
            join(person, &at, &school, &json!({})),
            person.post(&format!("{at}/members/{}/end", member.id), &json!({})),
            person.post(&format!("{at}/agreements"), &of_next_year()),
            bring_to(person, &agreement, "adopted"),
            person.post(&format!("{agreement}/dry-run"), &json!({"audience": "outside"})),
        ] {
            answer.is_refused(403, code);
        }
    }
    for (person, code) in &others[..5] {
        person.post("/v1/partnerships", &json!({"name": "Mine"})).is_refused(403, code);
    }
    let here = json!({"name": "Mine", "area": AREA});
    elsewhere.post("/v1/partnerships", &here).is_refused(403, "outside-your-area");
    assert_eq!(manager.get(&agreement).ok()["state"], "draft");
    assert_eq!(members(&manager, &at).len(), 1);
}

fn members_come_and_go_by_days(app: &TestApp) {
    let (school, housing) = (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::Housing));
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let joined = join(&manager, &at, &school, &json!({})).with_status(201).json();
    assert_eq!(
        (&joined["from"], &joined["until"], &joined["today"]),
        (&json!("2026-11-20"), &Value::Null, &json!(true))
    );
    let later = json!({"from": "2026-12-01", "until": "2026-12-31"});
    assert_eq!(join(&manager, &at, &housing, &later).with_status(201).json()["today"], false);
    for again in [json!({}), json!({"from": "2026-12-01"}), json!({"from": "2026-01-01"})] {
        join(&manager, &at, &school, &again).is_refused(409, "member-already");
    }
    assert_eq!(members(&app.practitioner(), &at).len(), 2);
    let end = |member: &Organisation, body: &Value| manager.post(&format!("{at}/members/{}/end", member.id), body);
    assert_eq!(end(&school, &json!({"until": "2026-11-19"})).with_status(422).pointers(), "/until");
    assert_eq!(end(&housing, &json!({"until": "2026-11-30"})).with_status(422).pointers(), "/until");
    assert_eq!(end(&school, &json!({})).ok()["until"], "2026-11-20");
    assert_eq!(end(&school, &json!({"until": "2026-11-30"})).ok()["until"], "2026-11-30", "as long as it runs");
    join(&manager, &at, &school, &json!({"from": "2026-11-30"})).is_refused(409, "member-already");
    join(&manager, &at, &school, &json!({"from": "2026-12-01"})).with_status(201);
    assert_eq!(
        end(&school, &json!({"until": "2026-12-01"})).with_status(422).pointers(),
        "/until",
        "not into the next"
    );
    let terms: Vec<Value> = members(&manager, &at)
        .into_iter()
        .filter(|each| each["organisation"]["id"] == school.id.to_string())
        .map(|each| each["until"].clone())
        .collect();
    assert_eq!(terms, [json!("2026-11-30"), Value::Null]);
    let nobody = app.organisation(OrganisationKind::Cafcass);
    end(&nobody, &json!({})).is_refused(404, "not-found");
    let wrong = json!({"organisation": uuid::Uuid::nil().to_string()});
    assert_eq!(manager.post(&format!("{at}/members"), &wrong).with_status(422).pointers(), "/organisation");
    assert_eq!(join(&manager, &at, &nobody, &json!({"until": "2026-11-01"})).with_status(422).pointers(), "/until");
}

fn a_sensitive_member_exists_for_few(app: &TestApp) {
    let (clinic, school) =
        (app.organisation(OrganisationKind::SexualHealthClinic), app.organisation(OrganisationKind::School));
    let manager = app.manager();
    let at = format!("/v1/partnerships/{}", app.partnership(&[&clinic, &school]));
    let seen = |person: &Person<'_>| members(person, &at).len();
    assert_eq!((seen(&manager), seen(&app.administrator()), seen(&app.practitioner().of(&clinic))), (2, 2, 2));
    let elsewhere = app.manager().in_area(ELSEWHERE);
    assert_eq!((seen(&app.practitioner()), seen(&app.auditor()), seen(&elsewhere)), (1, 1, 1));
    // Nothing tells that there is another, the cursor included.
    let page = app.practitioner().get(&format!("{at}/members?limit=1")).ok();
    assert_eq!((page["members"].as_array().expect("one").len(), &page["next"]), (1, &Value::Null));
}

fn an_agreement_is_drafted_changed_adopted_and_ended(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let agreement = draft(&manager, &at, &of_next_year());
    let told = app.practitioner().get(&agreement).ok();
    assert_eq!((&told["state"], &told["number"], &told["in_force"]), (&json!("draft"), &json!(1), &json!(false)));
    assert_eq!(
        told["default_visibility"],
        json!([{"service": "attendance", "visibility": "shown", "outside": "shown"},
               {"service": "housing", "visibility": "brokered", "outside": "withheld"}])
    );
    let change = json!({"from": "2026-11-01", "until": null, "lawful_basis": "legal-obligation",
                        "review_on": "2027-11-01", "default_visibility": []});
    let changed = manager.change_at(&agreement, &change).ok();
    assert_eq!((&changed["until"], &changed["default_visibility"]), (&Value::Null, &json!([])));
    let adopted = bring_to(&manager, &agreement, "adopted").ok();
    assert_eq!((&adopted["state"], &adopted["in_force"]), (&json!("adopted"), &json!(true)));
    let again = bring_to(&manager, &agreement, "adopted");
    assert_eq!(again.ok()["state"], "adopted", "what is so already stays so");
    let ended = bring_to(&manager, &agreement, "ended").ok();
    assert_eq!((&ended["ended_on"], &ended["in_force"]), (&json!("2026-11-20"), &json!(false)));
    draft(&manager, &at, &of_next_year());
    let list = app.auditor().get(&format!("{at}/agreements")).ok();
    let states: Vec<&Value> =
        list["agreements"].as_array().expect("a list").iter().map(|each| &each["state"]).collect();
    assert_eq!(states, ["draft", "ended"], "the newest first");
    manager.get(&format!("{at}/agreements/3")).is_refused(404, "not-found");
    manager.get(&format!("/v1/partnerships/{}/agreements", uuid::Uuid::nil())).is_refused(404, "not-found");
}

fn what_an_agreement_says_is_checked(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let existing = draft(&manager, &at, &of_next_year());
    let of = |service: &str, visibility: &str, outside: &str| json!([{"service": service, "visibility": visibility, "outside": outside}]);
    let twice =
        json!([{"service": "housing", "visibility": "shown"}, {"service": "housing", "visibility": "brokered"}]);
    for (field, value, pointer) in [
        ("until", json!("2026-12-31"), "/until"),
        ("review_on", json!("2028-01-01"), "/review_on"),
        ("review_on", json!("2026-12-31"), "/review_on"),
        ("default_visibility", of("sexual-health", "brokered", "withheld"), "/default_visibility"),
        ("default_visibility", of("housing", "brokered", "shown"), "/default_visibility"),
        ("default_visibility", twice, "/default_visibility"),
        ("default_visibility", of("housing", "hidden", "hidden"), "/default_visibility/0/visibility"),
        ("lawful_basis", json!("custom"), "/lawful_basis"),
        ("reason", json!("they asked for it"), "/reason"),
    ] {
        let mut body = of_next_year();
        body[field] = value.clone();
        let refused = manager.post(&format!("{at}/agreements"), &body).with_status(422);
        assert_eq!(refused.pointers(), pointer, "{field}");
        let refused = manager.change_at(&existing, &json!({ field: value })).with_status(422);
        assert_eq!(refused.pointers(), pointer, "{field}");
    }
    let over = json!({"lawful_basis": "public-task", "from": "2026-01-01", "until": "2026-11-19",
                      "review_on": "2026-06-01", "default_visibility": []});
    let over = draft(&manager, &at, &over);
    assert_eq!(bring_to(&manager, &over, "adopted").with_status(422).pointers(), "/until", "no day is left");
}

fn only_a_draft_is_changed(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let agreement = draft(&manager, &at, &of_next_year());
    bring_to(&manager, &agreement, "ended").is_refused(409, "out-of-order");
    bring_to(&manager, &agreement, "adopted").ok();
    let change = |body: &Value| manager.change_at(&agreement, body);
    for body in [
        json!({"review_on": "2027-05-01"}),
        json!({"default_visibility": []}),
        json!({"until": null}),
        json!({"state": "ended", "review_on": "2027-05-01"}),
        json!({"state": "draft"}),
    ] {
        change(&body).is_refused(409, "out-of-order");
    }
    bring_to(&manager, &agreement, "ended").ok();
    for state in ["draft", "adopted"] {
        bring_to(&manager, &agreement, state).is_refused(409, "out-of-order");
    }
}

fn a_change_names_what_was_seen(app: &TestApp) {
    let manager = app.manager();
    let at = register(&manager, "The trust");
    let agreement = draft(&manager, &at, &of_next_year());
    for (path, body) in [(&at, json!({"name": "Another"})), (&agreement, json!({"review_on": "2027-05-01"}))] {
        let seen = manager.version_of(path);
        manager.send("PATCH", path, &[], Some(body.to_string().as_bytes())).is_refused(428, "precondition-required");
        manager.patch(path, &seen, &body).ok();
        manager.patch(path, &seen, &body).is_refused(412, "precondition-failed");
    }
    bring_to(&manager, &agreement, "adopted").ok();
}

fn the_same_key_creates_one(app: &TestApp) {
    let (manager, school) = (app.manager(), app.organisation(OrganisationKind::School));
    let at = register(&manager, "The trust");
    let agreements = format!("{at}/agreements");
    let members = format!("{at}/members");
    let member = json!({"organisation": school.id.to_string()});
    for (path, body) in
        [("/v1/partnerships", json!({"name": "Another"})), (&*agreements, of_next_year()), (&*members, member)]
    {
        let both = [0, 1].map(|_| manager.post_with_key("once", path, &body).with_status(201).json());
        assert_eq!(both[0], both[1], "{path}");
        let mut other = body.clone();
        other["from"] = json!("2026-12-01");
        other["name"] = json!("Yet another");
        let field = if path == "/v1/partnerships" { "from" } else { "name" };
        other.as_object_mut().expect("a body").remove(field);
        manager.post_with_key("once", path, &other).is_refused(422, "idempotency-key-reused");
    }
    let list = manager.get(&agreements).ok();
    assert_eq!(list["agreements"].as_array().expect("a list").len(), 1);
}

fn a_review_is_overdue_while_it_binds(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let (partnership, number) = app.agreed(&[&school], &[(Service::School, Shown, Brokered)]);
    let at = format!("/v1/partnerships/{partnership}/agreements/{number}");
    assert_eq!(app.practitioner().get(&at).ok()["review_overdue"], true, "its review was due on its first day");
    app.bring_to(partnership, number, AgreementState::Ended);
    assert_eq!(app.practitioner().get(&at).ok()["review_overdue"], false);
}

fn each_write_is_recorded_with_what_it_is_about(app: &TestApp) {
    let (manager, school) = (app.manager(), app.organisation(OrganisationKind::School));
    let recorded = || {
        let event = app.events().pop().expect("an event");
        let targets = event.payload.expect("a payload").targets;
        let named = targets.iter().map(|target| format!("{} {}", target.kind, target.id)).collect::<Vec<_>>();
        (event.action, event.outcome, named)
    };
    let at = register(&manager, "The trust");
    let id = at.rsplit('/').next().expect("an id").to_owned();
    let partnership = format!("partnership {id}");
    assert_eq!(recorded(), ("partnership.register".into(), "changed".into(), vec![partnership.clone()]));
    join(&manager, &at, &school, &json!({})).with_status(201);
    let member = format!("organisation {}", school.id);
    assert_eq!(recorded(), ("partnership.join".into(), "changed".into(), vec![partnership.clone(), member.clone()]));
    manager.post(&format!("{at}/members/{}/end", school.id), &json!({})).ok();
    assert_eq!(recorded(), ("partnership.leave".into(), "changed".into(), vec![partnership, member]));
    let agreement = draft(&manager, &at, &of_next_year());
    let named = vec![format!("agreement {id}/1")];
    assert_eq!(recorded(), ("agreement.draft".into(), "changed".into(), named.clone()));
    bring_to(&manager, &agreement, "adopted").ok();
    assert_eq!(recorded(), ("agreement.change".into(), "changed".into(), named.clone()));
    bring_to(&manager, &agreement, "draft").with_status(409);
    assert_eq!(recorded(), ("agreement.change".into(), "conflict".into(), named));
}
