//! Several who settle, join or take a step at once, on one node and on two: the database lets one, and nothing is half done.
//! Row 15.4 of the security requirements.

use std::sync::mpsc::channel;
use std::time::Duration;

use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::apps::{Answer, Known, Person, TestApp, settled};
use crate::suite::suite;

suite!(TestApp:
    of_two_who_settle_at_once_one_does,
    of_two_who_settle_first_one_does,
    whoever_settles_after_another_node_did_is_told,
    of_many_who_take_a_step_at_once_one_does,
    whoever_closes_after_another_node_settled_is_told,
    whoever_holds_after_another_node_called_off_is_told,
    two_who_join_the_same_make_one_pair,
);

struct Family<'a> {
    child: Known,
    tutor: Person<'a>,
    worker: Person<'a>,
}

fn a_family(app: &TestApp, is_settled: bool) -> Family<'_> {
    let school = app.organisation(OrganisationKind::School);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let child = app
        .a_child()
        .with_carer("Ada Okafor", "01225 700700")
        .known_to(&school, Service::School)
        .known_to(&council, Service::EarlyHelp)
        .meeting_at("2026-11-20T09:00:00Z");
    let child = if is_settled { child.settled(settled().reviewing_on("2026-12-01")) } else { child };
    let (tutor, worker) = (app.practitioner().of(&school), app.practitioner().of(&council));
    Family { child: child.add(), tutor, worker }
}

/// Answers of several who ask at once.
fn at_once(asks: &[&(dyn Fn() -> Answer + Sync)]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = asks.iter().map(|ask| scope.spawn(move || ask().status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    })
}

fn settle_at_once(app: &TestApp, is_settled: bool) {
    for _ in 0..4 {
        let family = a_family(app, is_settled);
        let path = family.child.team();
        let versions = [&family.tutor, &family.worker].map(|person| person.version_of(&path));
        assert_eq!(versions[0], versions[1]);
        let settle =
            |person: &Person<'_>, day: &str| person.patch(&path, &versions[0], &json!({"next_review_on": day}));
        let statuses = at_once(&[&|| settle(&family.tutor, "2026-12-18"), &|| settle(&family.worker, "2027-01-15")]);
        let expected = match statuses[..] {
            [200, 412] => "2026-12-18",
            [412, 200] => "2027-01-15",
            _ => panic!("{statuses:?}"),
        };
        assert_eq!(family.tutor.get(&path).ok()["next_review_on"], expected);
    }
}

fn of_two_who_settle_at_once_one_does(app: &TestApp) {
    settle_at_once(app, true);
}

fn of_two_who_settle_first_one_does(app: &TestApp) {
    settle_at_once(app, false);
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

fn whoever_settles_after_another_node_did_is_told(app: &TestApp) {
    let family = a_family(app, true);
    let id = family.child.id.0;
    let path = family.child.team();
    let seen = family.tutor.version_of(&path);
    let other =
        [format!("UPDATE child_team SET next_review_on = '2027-02-01', version = version + 1 WHERE child_id = {id}")];
    let ask = || family.tutor.patch(&path, &seen, &json!({"next_review_on": "2026-12-18"}));
    while_another_node(app, &other, ask).is_refused(412, "precondition-failed");
    assert_eq!(family.tutor.get(&path).ok()["next_review_on"], "2027-02-01");
    // The same where nothing had been settled.
    let family = a_family(app, false);
    let id = family.child.id.0;
    let path = family.child.team();
    let seen = family.tutor.version_of(&path);
    let other = [format!(
        "INSERT INTO child_team (child_id, next_review_on, parents_or_carers, young_person, version)
         VALUES ({id}, '2027-02-01', true, true, 1)"
    )];
    let ask = || family.tutor.patch(&path, &seen, &json!({"next_review_on": "2026-12-18"}));
    while_another_node(app, &other, ask).is_refused(412, "precondition-failed");
    assert_eq!(family.tutor.get(&path).ok()["participants"]["young_person"], true);
}

fn of_many_who_take_a_step_at_once_one_does(app: &TestApp) {
    for _ in 0..4 {
        let family = a_family(app, true);
        let path = family.child.meeting(0);
        let nobody = json!({"parents_or_carers": false, "young_person": false});
        let body = json!({"involvements": family.child.entries, "participants": nobody});
        let hold = || family.tutor.post(&format!("{path}/hold"), &body);
        let cancel = || family.worker.post(&format!("{path}/cancel"), &json!({"reason": "replaced"}));
        let statuses = at_once(&[&hold, &cancel, &hold, &cancel]);
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
        let told = family.tutor.get(&path).ok();
        let came = told["attendance"]["involvements"].as_array().map(Vec::len);
        assert_eq!(came, (told["state"] == "held").then_some(2), "{told}");
    }
}

fn whoever_closes_after_another_node_settled_is_told(app: &TestApp) {
    let family = a_family(app, true);
    let (id, path) = (family.child.id.0, family.child.meeting(0));
    let nobody = json!({"parents_or_carers": false, "young_person": false});
    family.tutor.post(&format!("{path}/hold"), &json!({"involvements": [], "participants": nobody})).ok();
    let other =
        [format!("UPDATE child_team SET next_review_on = '2027-02-01', version = version + 1 WHERE child_id = {id}")];
    let closing = json!({"outcome": "support-continues", "next_review_on": "2026-12-18"});
    let answer = while_another_node(app, &other, || family.tutor.post(&format!("{path}/close"), &closing));
    let team = family.tutor.get(&family.child.team()).ok()["next_review_on"].clone();
    let state = family.tutor.get(&path).ok()["state"].clone();
    // Where the other node holds the whole database, whoever closes has seen what it settled.
    if answer.status == 200 {
        assert_eq!((state, team), (json!("closed"), json!("2026-12-18")));
    } else {
        answer.is_refused(409, "out-of-order");
        assert_eq!((state, team), (json!("held"), json!("2027-02-01")), "nothing half done");
    }
}

fn whoever_holds_after_another_node_called_off_is_told(app: &TestApp) {
    let family = a_family(app, false);
    let (id, path) = (family.child.id.0, family.child.meeting(0));
    let other = [format!(
        "UPDATE team_meeting SET state = 'cancelled', reason = 'replaced', version = version + 1 WHERE child_id = {id}"
    )];
    let nobody = json!({"parents_or_carers": false, "young_person": false});
    let body = json!({"involvements": family.child.entries, "participants": nobody});
    let refused = while_another_node(app, &other, || family.tutor.post(&format!("{path}/hold"), &body));
    refused.is_refused(409, "out-of-order");
    let told = family.tutor.get(&path).ok();
    assert_eq!((&told["state"], &told["attendance"]), (&json!("cancelled"), &Value::Null));
}

fn two_who_join_the_same_make_one_pair(app: &TestApp) {
    for _ in 0..4 {
        let family = a_family(app, false);
        let school = family.tutor.account.organisation;
        let school =
            child_index::store::organisations::find(&mut app.connect(), school).expect("a look-up").expect("one");
        let sister = app.a_child().named("Una", "Okafor").with_carer("Ada Okafor", "01225 700700");
        let sister = sister.known_to(&school, Service::School).add();
        let join = |one: &Known, other: &Known| family.tutor.post(&one.relatives(), &json!({"child_id": other.number}));
        let statuses = at_once(&[&|| join(&family.child, &sister), &|| join(&sister, &family.child)]);
        assert_eq!(statuses, [200, 200]);
        for (one, other) in [(&family.child, &sister), (&sister, &family.child)] {
            let told = family.tutor.get(&one.team()).ok();
            assert_eq!(told["family"].as_array().map(Vec::len), Some(1), "{told}");
            assert_eq!(told["family"][0]["child_id"], other.number.as_str());
        }
    }
}
