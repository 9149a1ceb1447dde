//! What a dry run says a draft would hide and show: counted, listed under the caller's own permit, and bound to nothing.

use child_index::domain::ids::PartnershipId;
use child_index::domain::organisations::Organisation;
use child_index::domain::partnerships::AgreementState;
use child_index::domain::partnerships::DefaultVisibility::{Brokered, Shown, Withheld};
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    it_says_what_would_vanish_become_brokered_and_appear,
    it_compares_with_the_agreement_in_force,
    members_of_the_day_count,
    children_whom_the_caller_does_not_see_are_not_counted,
    sensitive_and_ended_entries_are_no_part_of_it,
    a_long_list_comes_in_pages,
    only_a_draft_is_tried_and_on_its_days,
    it_changes_nothing_and_each_child_is_recorded,
);

fn tried(person: &Person<'_>, (partnership, number): (PartnershipId, i32), body: &Value) -> Value {
    person.post(&at(partnership, number), body).ok()
}

fn at(partnership: PartnershipId, number: i32) -> String {
    format!("/v1/partnerships/{partnership}/agreements/{number}/dry-run")
}

fn outside() -> Value {
    json!({"audience": "outside"})
}

/// The counts, each as a line.
fn counts(run: &Value) -> Vec<String> {
    let all = run["counts"].as_array().expect("counts");
    let line = |each: &Value| {
        let service = each["service"].as_str().expect("a service");
        format!("{service} -{} ~{} +{}", each["vanish"], each["become_brokered"], each["appear"])
    };
    let mut lines: Vec<String> = all.iter().map(line).collect();
    lines.sort();
    lines
}

fn children(run: &Value) -> Vec<String> {
    let all = run["children"].as_array().expect("children");
    all.iter().map(|each| each["child"]["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn sorted(children: &[&Known]) -> Vec<String> {
    let mut numbers: Vec<String> = children.iter().map(|child| child.number.clone()).collect();
    numbers.sort();
    numbers
}

fn housing_and_school(app: &TestApp) -> (Organisation, Organisation) {
    (app.organisation(OrganisationKind::Housing), app.organisation(OrganisationKind::School))
}

fn it_says_what_would_vanish_become_brokered_and_appear(app: &TestApp) {
    let (housing, school) = housing_and_school(app);
    let both = app.a_child().known_to(&housing, Service::Housing).known_to(&school, Service::School).add();
    let one = app.a_child().known_to(&housing, Service::Housing).add();
    app.a_child().known_to(&app.organisation(OrganisationKind::Housing), Service::Housing).add();
    let partnership = app.partnership(&[&housing, &school]);
    let lines = [(Service::Housing, Shown, Withheld), (Service::School, Brokered, Brokered)];
    let draft = (partnership, app.draft(partnership, "2026-01-01", &lines));
    let manager = app.manager();
    let run = tried(&manager, draft, &outside());
    assert_eq!(counts(&run), ["housing -2 ~0 +0", "school -0 ~1 +0"]);
    assert_eq!((children(&run), &run["complete"], &run["next"]), (sorted(&[&both, &one]), &json!(true), &Value::Null));
    let of_both = run["children"].as_array().expect("children").iter();
    let of_both = of_both.clone().find(|each| each["child"]["child_id"] == both.number.as_str()).expect("the child");
    let effects: Vec<&Value> =
        of_both["entries"].as_array().expect("entries").iter().map(|each| &each["effect"]).collect();
    assert!(effects.contains(&&json!("vanishes")) && effects.contains(&&json!("becomes-brokered")), "{of_both}");
    let members = tried(&manager, draft, &json!({"audience": "members"}));
    assert_eq!(counts(&members), ["school -0 ~1 +0"]);
    // Whatever is tried comes true.
    app.bring_to(partnership, draft.1, AgreementState::Adopted);
    let seen = app.practitioner().contacts(&both).ok();
    assert_eq!((&seen["involvements"], &seen["withheld"][0]["what"]), (&json!([]), &json!("brokered-service")));
}

fn it_compares_with_the_agreement_in_force(app: &TestApp) {
    let (housing, school) = housing_and_school(app);
    app.a_child().known_to(&housing, Service::Housing).known_to(&school, Service::School).add();
    let lines = [(Service::Housing, Shown, Withheld), (Service::School, Shown, Brokered)];
    let (partnership, _) = app.agreed(&[&housing, &school], &lines);
    let lines = [(Service::Housing, Shown, Brokered), (Service::School, Shown, Brokered)];
    let draft = (partnership, app.draft(partnership, "2027-01-01", &lines));
    let run = tried(&app.manager(), draft, &outside());
    assert_eq!((counts(&run), &run["on"]), (vec!["housing -0 ~0 +1".to_owned()], &json!("2027-01-01")));
    let same = (partnership, app.draft(partnership, "2027-01-01", &[]));
    assert_eq!(counts(&tried(&app.manager(), same, &outside())), ["housing -0 ~0 +1", "school -0 ~0 +1"]);
}

fn members_of_the_day_count(app: &TestApp) {
    let (housing, school) = housing_and_school(app);
    app.a_child().known_to(&housing, Service::Housing).known_to(&school, Service::School).add();
    let partnership = app.partnership(&[]);
    app.joins(partnership, &housing, "2026-12-01", Some("2026-12-31"));
    app.joins(partnership, &school, "2026-01-01", Some("2026-11-30"));
    let lines = [(Service::Housing, Withheld, Withheld), (Service::School, Withheld, Withheld)];
    let draft = (partnership, app.draft(partnership, "2026-01-01", &lines));
    let on = |day: &str| counts(&tried(&app.manager(), draft, &json!({"audience": "outside", "on": day})));
    assert_eq!(on("2026-11-30"), ["school -1 ~0 +0"]);
    assert_eq!(on("2026-12-01"), ["housing -1 ~0 +0"]);
    assert_eq!(on("2027-01-01"), [""; 0]);
}

fn children_whom_the_caller_does_not_see_are_not_counted(app: &TestApp) {
    let (housing, _) = housing_and_school(app);
    let partnership = app.partnership(&[&housing]);
    let draft = (partnership, app.draft(partnership, "2026-01-01", &[(Service::Housing, Withheld, Withheld)]));
    let with_case = app.manager();
    let child = || app.a_child().known_to(&housing, Service::Housing);
    let plain = child().add();
    let shielded = child().shielded().with_case(CaseKind::Shield, &with_case).add();
    child().sealed().add();
    child().held().add();
    child().provisional().add();
    child().born("2008-01-01").add();
    child().merged_into(&plain).add();
    let run = tried(&app.manager(), draft, &outside());
    assert_eq!((counts(&run), children(&run)), (vec!["housing -1 ~0 +0".to_owned()], sorted(&[&plain])));
    let run = tried(&with_case, draft, &outside());
    assert_eq!(children(&run), sorted(&[&plain, &shielded]), "whoever has the case sees the child");
    let manager = app.manager();
    let restriction = json!({"account": manager.account.id.to_string(), "ground": "relative"});
    assert!(with_case.post(&format!("{}/restrictions", plain.path()), &restriction).status < 300);
    let run = tried(&manager, draft, &outside());
    assert_eq!((counts(&run), children(&run)), (vec![], vec![]), "nor one that is kept from them");
    app.manager().in_area(ELSEWHERE).post(&at(draft.0, draft.1), &outside()).is_refused(403, "outside-your-area");
}

fn sensitive_and_ended_entries_are_no_part_of_it(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let housing = app.organisation(OrganisationKind::Housing);
    let partnership = app.partnership(&[&clinic, &housing]);
    let lines = [(Service::Housing, Withheld, Withheld), (Service::SchoolNursing, Withheld, Withheld)];
    let draft = (partnership, app.draft(partnership, "2026-01-01", &lines));
    app.a_child().known_to(&clinic, Service::SchoolNursing).add();
    app.a_child().with(entry(&housing, Service::Housing).ended("2026-11-01")).add();
    app.a_child().with(entry(&housing, Service::Housing).withdrawn()).add();
    let run = tried(&app.manager(), draft, &outside());
    assert_eq!((counts(&run), children(&run)), (vec![], vec![]));
}

fn a_long_list_comes_in_pages(app: &TestApp) {
    let (housing, _) = housing_and_school(app);
    let known: Vec<Known> = (0..5).map(|_| app.a_child().known_to(&housing, Service::Housing).add()).collect();
    let partnership = app.partnership(&[&housing]);
    let draft = (partnership, app.draft(partnership, "2026-01-01", &[(Service::Housing, Shown, Brokered)]));
    let manager = app.manager();
    let (mut seen, mut cursor, mut counted) = (Vec::new(), Value::Null, Vec::new());
    loop {
        let mut body = json!({"audience": "outside", "limit": 2});
        if !cursor.is_null() {
            body["cursor"] = cursor.clone();
        }
        let run = tried(&manager, draft, &body);
        seen.extend(children(&run));
        counted.push(counts(&run).concat());
        cursor = run["next"].clone();
        if cursor.is_null() {
            break;
        }
    }
    assert_eq!(seen, sorted(&known.iter().collect::<Vec<_>>()));
    assert_eq!(counted, ["housing -0 ~5 +0", "housing -0 ~3 +0", "housing -0 ~1 +0"], "of those after the cursor");
    let wrong = json!({"audience": "outside", "cursor": "nonsense"});
    assert_eq!(manager.post(&at(draft.0, draft.1), &wrong).with_status(422).pointers(), "/cursor");
}

fn only_a_draft_is_tried_and_on_its_days(app: &TestApp) {
    let (housing, _) = housing_and_school(app);
    let (partnership, number) = app.agreed(&[&housing], &[(Service::Housing, Shown, Withheld)]);
    let manager = app.manager();
    manager.post(&at(partnership, number), &outside()).is_refused(409, "out-of-order");
    manager.post(&at(partnership, 99), &outside()).is_refused(404, "not-found");
    manager.post(&at(PartnershipId::new(), 1), &outside()).is_refused(404, "not-found");
    let draft = app.draft(partnership, "2027-01-01", &[]);
    let early = manager.post(&at(partnership, draft), &json!({"audience": "members", "on": "2026-12-31"}));
    assert_eq!(early.with_status(422).pointers(), "/on");
}

fn it_changes_nothing_and_each_child_is_recorded(app: &TestApp) {
    let (housing, _) = housing_and_school(app);
    let child = app.a_child().known_to(&housing, Service::Housing).add();
    let partnership = app.partnership(&[&housing]);
    let draft = (partnership, app.draft(partnership, "2026-01-01", &[(Service::Housing, Shown, Withheld)]));
    let before = app.log_size();
    tried(&app.manager(), draft, &outside());
    let events = app.events_from(before);
    assert_eq!((events.len(), events[0].action.as_str()), (1, "agreement.dry-run"));
    let payload = events[0].payload.as_ref().expect("a payload");
    assert_eq!(payload.children.len(), 1);
    assert!(!payload.children[0].shown.is_empty());
    let told = app.practitioner().contacts(&child).ok();
    assert_eq!(told["involvements"].as_array().expect("a list").len(), 1);
    let state = app.manager().get(&format!("/v1/partnerships/{partnership}/agreements/{}", draft.1)).ok();
    assert_eq!(state["state"], "draft");
}
