//! Several who answer at once, on one node and on two: the database lets one, and never is there nobody who leads, or two.
//! Row 15.4 of the security requirements.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::errors::StoreError;
use child_index::store::leads;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::apps::{Answer, Known, Person, TestApp, asked, entry};
use crate::databases::Backend;
use crate::suite::suite;

suite!(TestApp:
    of_two_who_accept_at_once_one_leads,
    of_many_who_accept_the_same_one_does,
    accepting_and_taking_back_at_once_leave_one_of_both,
    of_many_who_ask_the_same_one_does,
    whoever_accepts_after_another_node_moved_the_lead_is_told,
    whoever_accepts_after_another_node_took_it_back_is_told,
    whoever_reads_meanwhile_sees_one_who_leads,
    the_database_keeps_what_a_use_case_might_not,
);

struct Family<'a> {
    child: Known,
    tutor: Person<'a>,
    nurse: Person<'a>,
    worker: Person<'a>,
}

/// A child led by the council; a school and a health service were asked.
fn a_family(app: &TestApp) -> Family<'_> {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let school = app.organisation(OrganisationKind::School);
    let health = app.organisation(OrganisationKind::CommunityHealth);
    let worker = app.practitioner().of(&council);
    let child = app
        .a_child()
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading())
        .with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()))
        .with(entry(&health, Service::SchoolNursing).by("Joanna Whitfield", "Nurse", Vec::new()))
        .asked(asked(1, &worker).while_led_by(0))
        .asked(asked(2, &worker).while_led_by(0))
        .add();
    Family { child, tutor: app.practitioner().of(&school), nurse: app.practitioner().of(&health), worker }
}

/// Answers of several who ask at once.
fn at_once(asks: &[&(dyn Fn() -> Answer + Sync)]) -> Vec<u16> {
    std::thread::scope(|scope| {
        let asked: Vec<_> = asks.iter().map(|ask| scope.spawn(move || ask().status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    })
}

fn leads(person: &Person<'_>, child: &Known) -> Vec<String> {
    let told = person.get(&child.led()).ok();
    let all = told["leads"].as_array().expect("leads");
    all.iter().map(|each| each["practitioner"]["name"].as_str().expect("a name").to_owned()).collect()
}

fn one_did(statuses: &[u16]) {
    assert_eq!(statuses.iter().filter(|status| [200, 201].contains(*status)).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 201, 409].contains(status)), "{statuses:?}");
}

fn of_two_who_accept_at_once_one_leads(app: &TestApp) {
    for _ in 0..4 {
        let family = a_family(app);
        let accept =
            |person: &Person<'_>, position| person.post_nothing(&format!("{}/accept", family.child.proposal(position)));
        one_did(&at_once(&[&|| accept(&family.tutor, 0), &|| accept(&family.nurse, 1)]));
        let now = leads(&family.worker, &family.child);
        assert!(now == ["Ann Marsh"] || now == ["Joanna Whitfield"], "{now:?}");
        let told = family.worker.get(&family.child.led()).ok();
        assert_eq!(told["history"].as_array().map(Vec::len), Some(1), "the lead moved once");
    }
}

fn of_many_who_accept_the_same_one_does(app: &TestApp) {
    let family = a_family(app);
    let accept = || family.tutor.post_nothing(&format!("{}/accept", family.child.proposal(0)));
    one_did(&at_once(&[&accept, &accept, &accept, &accept, &accept, &accept]));
    assert_eq!(leads(&family.worker, &family.child), ["Ann Marsh"]);
}

fn accepting_and_taking_back_at_once_leave_one_of_both(app: &TestApp) {
    for _ in 0..4 {
        let family = a_family(app);
        let path = family.child.proposal(0);
        let accept = || family.tutor.post_nothing(&format!("{path}/accept"));
        let withdraw = || family.worker.post_nothing(&format!("{path}/withdraw"));
        let decline = || family.tutor.post(&format!("{path}/decline"), &json!({"reason": "no-capacity"}));
        one_did(&at_once(&[&accept, &withdraw, &decline]));
        let state = family.worker.get(&path).ok()["state"].clone();
        let expected = if state == "accepted" { "Ann Marsh" } else { "Ada Obi" };
        assert_eq!(leads(&family.worker, &family.child), [expected], "{state}");
    }
}

fn of_many_who_ask_the_same_one_does(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new())).add();
    let managers: Vec<Person<'_>> = (0..5).map(|_| app.manager()).collect();
    let body = json!({"kind": "early-help", "involvement": child.entries[0]});
    let asks: Vec<_> = managers.iter().map(|manager| || manager.post(&child.proposed(), &body)).collect();
    let asks: Vec<&(dyn Fn() -> Answer + Sync)> = asks.iter().map(|ask| ask as _).collect();
    one_did(&at_once(&asks));
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

fn whoever_accepts_after_another_node_moved_the_lead_is_told(app: &TestApp) {
    let family = a_family(app);
    let Known { id, entries, .. } = &family.child;
    let moved = [
        format!("UPDATE involvement SET lead = NULL WHERE child_id = {} AND number = {}", id.0, entries[0]),
        format!("UPDATE involvement SET lead = 'early-help' WHERE child_id = {} AND number = {}", id.0, entries[2]),
    ];
    let path = format!("{}/accept", family.child.proposal(0));
    let refused = while_another_node(app, &moved, || family.tutor.post_nothing(&path));
    refused.is_refused(409, "lead-proposal-over");
    assert_eq!(leads(&family.worker, &family.child), ["Joanna Whitfield"]);
    assert_eq!(family.worker.get(&family.child.proposal(0)).ok()["closed_at"], Value::Null, "nothing half done");
    // The same where nobody led before.
    let family = a_family(app);
    let Known { id, entries, .. } = &family.child;
    let off = format!("UPDATE involvement SET lead = NULL WHERE child_id = {}", id.0);
    diesel::sql_query(off).execute(&mut app.connect()).expect("a change");
    let marked =
        [format!("UPDATE involvement SET lead = 'early-help' WHERE child_id = {} AND number = {}", id.0, entries[2])];
    let path = format!("{}/accept", family.child.proposal(0));
    while_another_node(app, &marked, || family.tutor.post_nothing(&path)).is_refused(409, "lead-proposal-over");
    assert_eq!(leads(&family.worker, &family.child), ["Joanna Whitfield"]);
}

fn whoever_accepts_after_another_node_took_it_back_is_told(app: &TestApp) {
    let family = a_family(app);
    let Known { id, proposals, entries, .. } = &family.child;
    let back = [format!(
        "UPDATE lead_proposal SET state = 'withdrawn', closed_at = 1 WHERE child_id = {} AND number = {}",
        id.0, proposals[0]
    )];
    let path = format!("{}/accept", family.child.proposal(0));
    while_another_node(app, &back, || family.tutor.post_nothing(&path)).is_refused(409, "lead-proposal-over");
    assert_eq!(leads(&family.worker, &family.child), ["Ada Obi"]);
    // An entry that another node ends meanwhile leads nobody.
    let ended = [format!(
        "UPDATE involvement SET ended_on = {} WHERE child_id = {} AND number = {}",
        Backend::of(&app.connect()).day("2026-11-20"),
        id.0,
        entries[2]
    )];
    let path = format!("{}/accept", family.child.proposal(1));
    let refused = while_another_node(app, &ended, || family.nurse.post_nothing(&path));
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert_eq!(leads(&family.worker, &family.child), ["Ada Obi"]);
}

fn whoever_reads_meanwhile_sees_one_who_leads(app: &TestApp) {
    let family = a_family(app);
    let stranger = app.practitioner();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut seen = Vec::new();
            while !is_done.load(Ordering::Relaxed) {
                let contacts = stranger.contacts(&family.child).ok();
                let all = contacts["involvements"].as_array().expect("involvements");
                let marked = all.iter().filter(|each| each["lead_professional"] != Value::Null).count();
                assert_eq!(marked, 1, "{contacts}");
                seen.push(contacts["lead_professional"]["name"].clone());
            }
            seen
        });
        for _ in 0..6 {
            for (from, to, position) in [(&family.worker, &family.tutor, 1), (&family.tutor, &family.worker, 0)] {
                let body = json!({"kind": "early-help", "involvement": family.child.entries[position]});
                let asked = from.post(&family.child.proposed(), &body);
                // The first question waits already.
                let path = if asked.status == 409 {
                    family.child.proposal(0)
                } else {
                    asked.with_status(201).header("location").to_owned()
                };
                to.post_nothing(&format!("{path}/accept")).ok();
            }
        }
        is_done.store(true, Ordering::Relaxed);
        let seen = reading.join().expect("a reader");
        assert!(seen.iter().all(|name| *name == "Ada Obi" || *name == "Ann Marsh"), "{seen:?}");
    });
}

fn the_database_keeps_what_a_use_case_might_not(app: &TestApp) {
    let family = a_family(app);
    let Known { id, entries, proposals, .. } = &family.child;
    let conflict = |statement: String| -> StoreError {
        let tried = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
            diesel::sql_query(statement).execute(conn)?;
            Ok(())
        });
        tried.expect_err("a conflict")
    };
    let two =
        format!("UPDATE involvement SET lead = 'early-help' WHERE child_id = {} AND number = {}", id.0, entries[1]);
    assert!(matches!(conflict(two), StoreError::Conflict("involvement_lead")));
    let twice = format!(
        "UPDATE lead_proposal SET involvement = {} WHERE child_id = {} AND number = {}",
        entries[1], id.0, proposals[1]
    );
    assert!(matches!(conflict(twice), StoreError::Conflict("lead_proposal_open")));
    // A permit for one child asks nobody about another.
    let other = app.a_child().add();
    let day = app.clock.now().day();
    let mut conn = app.connect();
    let file = child_index::store::files::find(&mut conn, Some(*id), day).expect("a look").expect("a file");
    let mut actor = child_index::domain::policy::Actor::from_account(
        &family.worker.account,
        child_index::domain::audit::actions::Strength::TwoFactor,
        None,
    );
    actor.employer = None;
    let permit =
        child_index::domain::policy::decide::<child_index::domain::policy::ProposeLead>(&actor, file.subject(), day)
            .expect("a permit");
    let mut proposal = leads::list_proposals(&mut conn, &permit).expect("proposals").remove(0);
    proposal.child = other.id;
    assert!(matches!(leads::insert_proposal(&mut conn, &permit, &proposal), Err(StoreError::Broken(_))));
}
