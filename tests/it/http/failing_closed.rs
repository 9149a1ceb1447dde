//! What cannot be recorded is not disclosed, and what has come back is answered again.

use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::apps::TestApp;
use crate::suite::suite;

suite!(TestApp: nothing_is_told_while_nothing_can_be_recorded, a_change_that_cannot_be_recorded_is_not_made);

fn nothing_is_told_while_nothing_can_be_recorded(app: &TestApp) {
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let nurse = app.practitioner();
    let criteria = json!({"family_name": "Okafor", "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.search(&criteria).ok()["outcome"], "found");
    let before = app.events().len();
    break_the_log(app);
    for answer in [
        nurse.search(&criteria),
        nurse.read(&child),
        nurse.contacts(&child),
        nurse.get(&child.involvements()),
        nurse.get("/v1/children/7K3M-9XQ2-4HT8"),
        app.manager().get("/v1/organisations"),
    ] {
        answer.is_refused(503, "audit-unavailable");
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
        assert!(answer.header("audit-receipt").is_empty(), "{answer:?}");
        for personal in ["Okafor", "Chidera", "2015-03-02", "High Street", child.number.as_str()] {
            assert!(!answer.text.contains(personal), "{answer:?}");
        }
    }
    mend_the_log(app);
    // The service recovers by itself, and has recorded nothing of what it did not tell.
    nurse.read(&child).ok();
    assert_eq!(app.events().len(), before + 1);
}

fn a_change_that_cannot_be_recorded_is_not_made(app: &TestApp) {
    let nurse = app.practitioner();
    let new = json!({"name": {"family": "Kowalczyk", "given": "Tomasz"}, "date_of_birth": "2012-07-19"});
    break_the_log(app);
    nurse.register(&new).is_refused(503, "audit-unavailable");
    mend_the_log(app);
    let criteria = json!({"family_name": "Kowalczyk", "date_of_birth": "2012-07-19"});
    assert_eq!(nurse.search(&criteria).ok()["outcome"], "none", "nothing is half written");
    nurse.register(&new).with_status(201);
}

fn break_the_log(app: &TestApp) {
    app.connect().batch_execute("ALTER TABLE audit_event RENAME TO audit_event_away").expect("the log goes");
}

fn mend_the_log(app: &TestApp) {
    app.connect().batch_execute("ALTER TABLE audit_event_away RENAME TO audit_event").expect("the log comes back");
}
