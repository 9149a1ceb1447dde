//! Sealing: two cleared managers, and then the record does not exist for anybody else.

use child_index::domain::accounts::{AccountStatus, Capability};
use serde_json::json;

use crate::apps::{ELSEWHERE, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    sealing_takes_two_cleared_managers,
    a_sealed_record_does_not_exist_for_anybody_else,
    a_proposal_to_seal_counts_only_while_who_made_it_may_decide,
    who_may_not_seal_changes_nothing,
);

fn cleared(app: &TestApp) -> Person<'_> {
    app.manager().with(Capability::SealedClearance)
}

fn seal(child: &Known) -> String {
    format!("{}/shield/seal", child.path())
}

fn sealing_takes_two_cleared_managers(app: &TestApp) {
    let child = app.a_child().shielded().add();
    let (first, second) = (cleared(app), cleared(app));
    assert_eq!(first.post_nothing(&seal(&child)).with_status(202).json(), json!({"state": "proposed"}));
    first.post_nothing(&seal(&child)).is_refused(403, "second-person-required");
    let shield = second.get(&format!("{}/shield", child.path())).ok();
    assert_eq!((&shield["seal_proposed"], &shield["seal_proposed_by_you"]), (&json!(true), &json!(false)));
    app.practitioner().read(&child).ok();
    assert_eq!(second.post_nothing(&seal(&child)).ok(), json!({"state": "sealed"}));
    assert_eq!(second.get(&format!("{}/shield", child.path())).ok()["sealed"], true);
    // Again it stands as it is, and nothing is proposed any more.
    assert_eq!(first.post_nothing(&seal(&child)).ok(), json!({"state": "sealed"}));
    let outcomes: Vec<String> =
        app.events().into_iter().filter(|event| event.action == "child.seal").map(|event| event.outcome).collect();
    assert_eq!(outcomes, ["held", "refused", "changed", "unchanged"]);
}

fn a_sealed_record_does_not_exist_for_anybody_else(app: &TestApp) {
    let child = app.a_child().shielded().add();
    let by_name = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"});
    let nurse = app.practitioner();
    assert_eq!(nurse.finds(&by_name)[0], child.number);
    for manager in [cleared(app), cleared(app)] {
        manager.post_nothing(&seal(&child));
    }
    assert!(nurse.finds(&by_name).is_empty());
    for person in [nurse, app.manager(), app.system(), app.practitioner().with(Capability::Override)] {
        person.read(&child).is_refused(404, "not-found");
        person.contacts(&child).is_refused(404, "not-found");
    }
    cleared(app).read(&child).ok();
    // Unsealing is lifting, by two who are cleared.
    let lift = format!("{}/shield/lift", child.path());
    app.manager().post_nothing(&lift).is_refused(404, "not-found");
    cleared(app).post_nothing(&lift).with_status(202);
    cleared(app).post_nothing(&lift).ok();
    app.practitioner().read(&child).ok();
}

fn a_proposal_to_seal_counts_only_while_who_made_it_may_decide(app: &TestApp) {
    let child = app.a_child().shielded().add();
    let first = cleared(app);
    first.post_nothing(&seal(&child)).with_status(202);
    let first = first.change(|account| account.capabilities.clear());
    let second = cleared(app);
    second.post_nothing(&seal(&child)).with_status(202);
    second.change(|account| account.status = AccountStatus::Suspended);
    cleared(app).post_nothing(&seal(&child)).with_status(202);
    app.it_is("2026-12-23T10:00:00Z");
    cleared(app).post_nothing(&seal(&child)).with_status(202);
    first.post_nothing(&seal(&child)).is_refused(403, "capability-missing");
    app.practitioner().read(&child).ok();
}

fn who_may_not_seal_changes_nothing(app: &TestApp) {
    let (child, plain) = (app.a_child().shielded().add(), app.a_child().named("Ruth", "Adeyemi").add());
    let through = cleared(app).acting_through(&app.system());
    for person in [app.practitioner(), app.system(), cleared(app).in_area(ELSEWHERE), through, app.auditor()] {
        person.post_nothing(&seal(&child)).is_refused(403, "role-not-permitted");
    }
    app.manager().post_nothing(&seal(&child)).is_refused(403, "capability-missing");
    cleared(app).logged_in_long_ago().post_nothing(&seal(&child)).is_refused(401, "insufficient-user-authentication");
    cleared(app).post_nothing(&seal(&plain)).is_refused(409, "not-shielded");
}
