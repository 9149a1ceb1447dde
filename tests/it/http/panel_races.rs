//! Several who decide, close and add at once, on one node and on two: the database lets one, and nothing is written after a
//! meeting is closed. Row 15.4 of the security requirements.

use std::sync::mpsc::channel;
use std::time::Duration;

use child_index::domain::ids::{PanelId, PanelMeetingId};
use child_index::domain::panels::PanelMeetingState;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::apps::{Answer, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    of_two_who_decide_at_once_one_does,
    whoever_decides_after_another_node_did_is_told,
    of_deciding_and_closing_at_once_the_one_waits_for_the_other,
    whoever_decides_after_another_node_closed_is_told,
    whoever_adds_after_another_node_held_is_told,
    of_two_who_add_the_same_child_one_does,
    of_many_who_hold_at_once_one_does,
    whoever_left_on_another_node_decides_nothing,
);

struct Sitting<'a> {
    worker: Person<'a>,
    chair: Person<'a>,
    panel: PanelId,
    meeting: PanelMeetingId,
    child: Known,
}

fn a_sitting(app: &TestApp, state: PanelMeetingState) -> Sitting<'_> {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let (worker, chair) = (app.practitioner().of(&council), app.practitioner());
    let panel = app.panel(&chair, &[&worker]);
    let meeting = app.panel_meeting(panel, state);
    let child = app.a_child().known_to(&council, Service::EarlyHelp).add();
    Sitting { worker, chair, panel, meeting, child }
}

impl Sitting<'_> {
    fn path(&self) -> String {
        format!("/v1/panels/{}/meetings/{}", self.panel, self.meeting)
    }

    fn item(&self, app: &TestApp) -> String {
        format!("{}/items/{}", self.path(), app.on_agenda(self.meeting, &self.child))
    }
}

fn at_once(asks: &[&(dyn Fn() -> Answer + Sync)]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = asks.iter().map(|ask| scope.spawn(move || ask().status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    })
}

/// Runs statements on another node that has written and not committed yet while `ask` is asked, so that it cannot have
/// seen them.
fn while_another_node(app: &TestApp, statements: &[String], ask: impl FnOnce() -> Answer) -> Answer {
    let (begun, waits) = channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let other = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
                for statement in statements {
                    diesel::sql_query(statement).execute(conn)?;
                }
                begun.send(()).expect("somebody waits");
                std::thread::sleep(Duration::from_millis(500));
                Ok(())
            });
            other.expect("a commit");
        });
        waits.recv().expect("a beginning");
        ask()
    })
}

fn decide(person: &Person<'_>, path: &str, seen: &str, decision: &str) -> Answer {
    person.patch(path, seen, &json!({"decision": decision}))
}

fn of_two_who_decide_at_once_one_does(app: &TestApp) {
    for _ in 0..4 {
        let sitting = a_sitting(app, PanelMeetingState::Held);
        let path = sitting.item(app);
        let seen = sitting.chair.version_of(&path);
        assert_eq!(seen, sitting.worker.version_of(&path));
        let statuses = at_once(&[&|| decide(&sitting.chair, &path, &seen, "deferred"), &|| {
            decide(&sitting.worker, &path, &seen, "no-further-action")
        }]);
        let expected = match statuses[..] {
            [200, 412] => "deferred",
            [412, 200] => "no-further-action",
            _ => panic!("{statuses:?}"),
        };
        assert_eq!(sitting.chair.get(&path).ok()["decision"], expected);
    }
}

fn whoever_decides_after_another_node_did_is_told(app: &TestApp) {
    let sitting = a_sitting(app, PanelMeetingState::Held);
    let path = sitting.item(app);
    let seen = sitting.chair.version_of(&path);
    let other = [format!(
        "UPDATE panel_item SET decision = 'deferred', decided_on = '2026-11-20', version = version + 1
         WHERE meeting_id = '{}'",
        sitting.meeting
    )];
    let answer = while_another_node(app, &other, || decide(&sitting.chair, &path, &seen, "no-further-action"));
    answer.is_refused(412, "precondition-failed");
    assert_eq!(sitting.chair.get(&path).ok()["decision"], "deferred");
}

fn of_deciding_and_closing_at_once_the_one_waits_for_the_other(app: &TestApp) {
    for _ in 0..4 {
        let sitting = a_sitting(app, PanelMeetingState::Held);
        let path = sitting.item(app);
        let seen = sitting.worker.version_of(&path);
        let close = || sitting.chair.post_nothing(&format!("{}/close", sitting.path()));
        let statuses = at_once(&[&|| decide(&sitting.worker, &path, &seen, "deferred"), &close]);
        assert_eq!(statuses[1], 200);
        let told = sitting.chair.get(&path).ok()["decision"].clone();
        match statuses[0] {
            200 => assert_eq!(told, "deferred"),
            409 => assert_eq!(told, Value::Null, "nothing half done"),
            other => panic!("{other}"),
        }
    }
}

fn whoever_decides_after_another_node_closed_is_told(app: &TestApp) {
    let sitting = a_sitting(app, PanelMeetingState::Held);
    let path = sitting.item(app);
    let seen = sitting.worker.version_of(&path);
    let id = sitting.meeting;
    let other = [format!("UPDATE panel_meeting SET state = 'closed', version = version + 1 WHERE id = '{id}'")];
    let answer = while_another_node(app, &other, || decide(&sitting.worker, &path, &seen, "deferred"));
    answer.is_refused(409, "out-of-order");
    assert_eq!(sitting.chair.get(&path).ok()["decision"], Value::Null);
}

fn whoever_adds_after_another_node_held_is_told(app: &TestApp) {
    let sitting = a_sitting(app, PanelMeetingState::Planned);
    let id = sitting.meeting;
    let other = [format!("UPDATE panel_meeting SET state = 'held', version = version + 1 WHERE id = '{id}'")];
    let items = format!("{}/items", sitting.path());
    let body = json!({"child_id": sitting.child.number});
    while_another_node(app, &other, || sitting.worker.post(&items, &body)).is_refused(409, "out-of-order");
    assert_eq!(sitting.chair.get(&items).ok()["items"], json!([]));
}

fn of_two_who_add_the_same_child_one_does(app: &TestApp) {
    for _ in 0..4 {
        let sitting = a_sitting(app, PanelMeetingState::Planned);
        let items = format!("{}/items", sitting.path());
        let body = json!({"child_id": sitting.child.number});
        let add = || sitting.worker.post(&items, &body);
        let mut statuses = at_once(&[&add, &add]);
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        assert_eq!(sitting.chair.get(&items).ok()["items"].as_array().map(Vec::len), Some(1));
    }
}

fn of_many_who_hold_at_once_one_does(app: &TestApp) {
    let sitting = a_sitting(app, PanelMeetingState::Planned);
    let hold = || sitting.chair.post_nothing(&format!("{}/hold", sitting.path()));
    let mut statuses = at_once(&[&hold, &hold, &hold]);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409]);
}

fn whoever_left_on_another_node_decides_nothing(app: &TestApp) {
    let sitting = a_sitting(app, PanelMeetingState::Held);
    let path = sitting.item(app);
    let seen = sitting.worker.version_of(&path);
    let gone = sitting.worker.account.id;
    diesel::sql_query(format!("DELETE FROM panel_member WHERE account_id = '{gone}'"))
        .execute(&mut app.connect())
        .expect("a change");
    decide(&sitting.worker, &path, &seen, "deferred").is_refused(404, "not-found");
    assert_eq!(sitting.chair.get(&path).ok()["decision"], Value::Null);
}
