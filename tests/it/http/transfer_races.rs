//! Transfers that several answer at once, on one node and on two: the database lets one.

use child_index::domain::services::Service;
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use diesel::prelude::*;

use super::transfers::{Places, accept, propose, running, step_up};
use crate::apps::{Answer, Person, TestApp};
use crate::databases::Backend;
use crate::suite::suite;

suite!(TestApp:
    of_many_who_accept_at_once_one_does,
    an_acceptance_after_a_withdrawal_on_another_node_begins_nothing,
    of_two_acceptances_on_two_nodes_one_begins,
    one_proposal_at_a_time_leaves_an_involvement,
);

fn of_many_who_accept_at_once_one_does(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let people: Vec<Person<'_>> = (0..6).map(|_| app.practitioner().of(&places.council)).collect();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = people.iter().map(|each| scope.spawn(|| accept(each, &at).status)).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert_eq!(running(&helper, &child), ["childrens-social-care"], "and one involvement began");
}

/// Has another node change a transfer, in a transaction that is open when this node is asked.
fn while_another_node(app: &TestApp, statements: &[String], ask: impl FnOnce() -> Answer) -> Answer {
    let (begun, waits) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let other = write_tx::<_, StoreError, _>(&mut app.connect(), |conn| {
                for statement in statements {
                    assert_eq!(diesel::sql_query(statement).execute(conn)?, 1);
                }
                begun.send(()).expect("somebody waits");
                std::thread::sleep(std::time::Duration::from_millis(500));
                Ok(())
            });
            other.expect("a commit");
        });
        waits.recv().expect("a beginning");
        ask()
    })
}

fn an_acceptance_after_a_withdrawal_on_another_node_begins_nothing(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let withdrawal = format!(
        "UPDATE transfer SET state = 'withdrawn', withdrawn = 'not-needed', closed_at = 1, due_at = NULL,
           version = version + 1 WHERE child_id = {}",
        child.id.0
    );
    while_another_node(app, &[withdrawal], || accept(&worker, &at)).is_refused(409, "out-of-order");
    assert_eq!(running(&helper, &child), ["early-help"], "nothing began, and nothing ended");
    assert_eq!(helper.get(&at).ok()["state"], "withdrawn");
}

fn of_two_acceptances_on_two_nodes_one_begins(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let free = if child.entries[0] == 7 { 8 } else { 7 };
    let backend = Backend::of(&app.connect());
    let acceptance = [
        format!(
            "UPDATE transfer SET state = 'accepted', to_number = {free}, closed_at = 1, due_at = NULL,
               version = version + 1 WHERE child_id = {}",
            child.id.0
        ),
        format!(
            "INSERT INTO involvement (child_id, number, service, organisation_id, started_on, last_confirmed_at,
               entered_under_shield, version, created_at)
             VALUES ({}, {free}, 'C', {}, {}, 0, FALSE, 1, 0)",
            child.id.0,
            backend.id(places.council.id),
            backend.day("2026-11-20")
        ),
        format!(
            "UPDATE involvement SET ended_on = {}, version = version + 1
             WHERE child_id = {} AND number = {}",
            backend.day("2026-11-20"),
            child.id.0,
            child.entries[0]
        ),
    ];
    while_another_node(app, &acceptance, || accept(&worker, &at)).is_refused(409, "out-of-order");
    assert_eq!(running(&helper, &child), ["childrens-social-care"]);
    assert_eq!(helper.get(&at).ok()["to"]["involvement"], free);
}

fn one_proposal_at_a_time_leaves_an_involvement(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let people: Vec<Person<'_>> = (0..5).map(|_| app.practitioner().of(&places.charity)).collect();
    let body = step_up(&child, &places.council);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let ask = |each: &Person<'_>| each.post(&child.transfers(), &body).status;
        let asked: Vec<_> = people.iter().map(|each| scope.spawn(move || ask(each))).collect();
        asked.into_iter().map(|each| each.join().expect("an answer")).collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    people[0].post(&child.transfers(), &body).is_refused(409, "transfer-open");
    // Whatever a use-case does, the database keeps it.
    let sent = app.sent_within(&places.charity, Service::FamilySupport);
    let twice = app.a_child().known_to(&places.charity, Service::EarlyHelp).sent(sent.clone()).sent(sent);
    assert!(matches!(twice.try_add(), Err(StoreError::Conflict("transfer_open"))));
}
