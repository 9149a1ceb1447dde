//! Rounds of watching: what one left the next takes up, whoever took it; several nodes; samples, overrides and what is
//! masked.

use std::sync::atomic::Ordering;
use std::time::Duration;

use child_index::app::alerts::{AlertsSought, list_alerts, read_alert};
use child_index::app::audits::{EventsSought, search_events};
use child_index::app::watching::Watcher;
use child_index::domain::accounts::{Account, Role};
use child_index::domain::alerts::rules::{RuleKind, SAMPLED};
use child_index::domain::alerts::{AlertOutcome, AlertStatus};
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Event, RecordedEvent};
use child_index::domain::audit::payloads::{ChildShown, Criteria, TargetKind};
use child_index::domain::ids::ChildId;
use child_index::domain::instants::{DAY, HOUR};
use child_index::domain::services::OrganisationKind;
use child_index::store::audit::{get_head, list_from};
use child_index::store::watching::Glance;
use child_index::store::{justifications, watching};

use super::watching::{a_child, a_nurse, alerts, an_auditor, change, event, log, reading, rules, watched};
use crate::databases::Backend;
use crate::indexes::{AREA, ELSEWHERE, TestIndex, visit};
use crate::suite::suite;

suite!(TestIndex:
    a_round_takes_up_what_the_one_before_left_whoever_did_that,
    what_is_looked_at_late_is_judged_as_it_would_have_been,
    several_nodes_raise_each_alert_once,
    one_access_of_some_is_asked_about,
    asking_for_a_masked_account_finds_nothing_on_any_page,
    what_colleagues_do_with_alerts_is_theirs,
    reasons_are_counted_over_rounds,
    rules_give_way_to_those_who_wait_to_record,
    an_override_is_told_of_at_once_and_closes_with_its_investigation,
);

/// Searches for one name and different dates of birth, from the `from`th to before the `to`th.
fn walk(test: &TestIndex, by: &Account, from: u32, to: u32) -> Vec<Event> {
    let search = |number: u32| {
        let asked = Criteria::new().with("family_name", "Jones").with("date_of_birth", format!("2014-05-{number:02}"));
        event(test, by, AuditAction::ChildSearch).asking(asked)
    };
    (from..to).map(search).collect()
}

fn a_round_takes_up_what_the_one_before_left_whoever_did_that(test: &TestIndex) {
    let nurse = a_nurse(test);
    let mut watcher = Watcher::default();
    let look = |watcher: &mut Watcher| test.wait(watcher.look(&test.index)).expect("a round");
    log(test, &walk(test, &nurse, 1, 3));
    assert_eq!(look(&mut watcher), 0);
    test.clock.advance(30 * 60_000_000);
    // Another process: it remembers nothing of the first two.
    log(test, &walk(test, &nurse, 3, 5));
    assert_eq!(look(&mut Watcher::default()), 0);
    test.clock.advance(30 * 60_000_000);
    // The first one again: two were looked at by the other.
    log(test, &walk(test, &nurse, 5, 7));
    assert_eq!(look(&mut watcher), 1, "six searches in an hour, two seen by each of three rounds");
    assert_eq!(look(&mut Watcher::default()), 0);
    let end = get_head(&mut test.connect()).unwrap().size();
    assert_eq!(watching::get_place(&mut test.connect(), Glance::New).unwrap(), end);
}

fn what_is_looked_at_late_is_judged_as_it_would_have_been(test: &TestIndex) {
    let (auditor, nurse, other) = (an_auditor(test, AREA, false), a_nurse(test), a_nurse(test));
    log(test, &walk(test, &nurse, 1, 8));
    for number in 1..8 {
        test.clock.advance(3 * HOUR);
        log(test, &walk(test, &other, number, number + 1));
    }
    assert_eq!(watched(test), 1, "a walk a day ago, and one search every three hours since");
    assert_eq!(alerts(test, &auditor)[0].account.as_ref().unwrap().id, nurse.id.0);
}

fn several_nodes_raise_each_alert_once(test: &TestIndex) {
    let (auditor, nurse) = (an_auditor(test, AREA, false), a_nurse(test));
    let decoy = a_child(test, 1, AREA);
    watching::mark_decoy(&mut test.connect(), ChildId(1), test.clock.now()).unwrap();
    let other = test.another_node();
    let mut watchers = [Watcher::default(), Watcher::default()];
    for round in 0..6_u32 {
        log(test, &walk(test, &nurse, 1 + round, 3 + round));
        log(test, &reading(test, &a_nurse(test), &[decoy]));
        let [one, two] = &mut watchers;
        let looked = async { futures_util::future::join(one.look(&test.index), two.look(&other)).await };
        let (one, two) = test.wait(looked);
        one.expect("a round");
        two.expect("a round");
    }
    assert_eq!(watched(test), 0);
    let all = rules(test, &auditor);
    let of = |kind: RuleKind| all.iter().filter(|rule| **rule == kind).count();
    assert_eq!((of(RuleKind::Decoy), of(RuleKind::SurnameWalk), all.len()), (6, 1, 7));
    let events = list_from(&mut test.connect(), 0, 1_000).unwrap();
    let told = events.iter().filter(|event| event.action == "alert.raise");
    let told: usize = told.map(|event| event.payload.as_ref().unwrap().targets.len()).sum();
    assert!(told >= 7, "each is recorded");
}

fn one_access_of_some_is_asked_about(test: &TestIndex) {
    let (nurse, system) = (a_nurse(test), test.somebody(Role::System));
    let child = a_child(test, 1, AREA);
    log(test, &reading(test, &nurse, &vec![child; 1_000]));
    log(test, &reading(test, &system, &vec![child; 200]));
    watched(test);
    let events = list_from(&mut test.connect(), 0, 1_000).unwrap();
    let drawn = |event: &RecordedEvent| {
        let lot = u32::from_be_bytes(event.leaf_hash.as_bytes()[..4].try_into().unwrap());
        u64::from(lot).is_multiple_of(SAMPLED)
    };
    let expected: Vec<u64> = events.iter().filter(|event| drawn(event)).map(|event| event.index).collect();
    let open = |by: &Account| justifications::list_open(&mut test.connect(), by.id.0, 100).unwrap();
    let mut asked: Vec<u64> = open(&nurse).iter().map(|asked| asked.event).collect();
    asked.sort_unstable();
    assert_eq!(asked, expected);
    assert!(!asked.is_empty() && open(&system).is_empty());
    watched(test);
    assert_eq!(open(&nurse).len(), asked.len(), "once");
}

fn asking_for_a_masked_account_finds_nothing_on_any_page(test: &TestIndex) {
    let (local, cleared) = (an_auditor(test, AREA, false), an_auditor(test, AREA, true));
    let worker = test.account(Role::Practitioner, &test.organisation(OrganisationKind::Refuge, AREA));
    let decoy = a_child(test, 1, AREA);
    watching::mark_decoy(&mut test.connect(), ChildId(1), test.clock.now()).unwrap();
    for _ in 0..3 {
        log(test, &reading(test, &worker, &[decoy]));
        assert_eq!(watched(test), 1);
        test.clock.advance(DAY);
    }
    let asked = AlertsSought { account: Some(worker.id.0), limit: 1, ..AlertsSought::default() };
    let ask =
        |by: &Account| test.ask(list_alerts(&test.index, visit(by, AuditAction::AlertList), asked.clone())).0.unwrap();
    let (told, all) = (ask(&local), ask(&cleared));
    assert_eq!((told.items.len(), told.next), (0, None));
    assert_eq!((all.items.len(), all.next.is_some()), (1, true));
}

fn what_colleagues_do_with_alerts_is_theirs(test: &TestIndex) {
    let (local, cleared, nurse) = (an_auditor(test, AREA, false), an_auditor(test, AREA, true), a_nurse(test));
    let strangers: Vec<_> = (1..=5).map(|id| a_child(test, id, ELSEWHERE)).collect();
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0 WHERE id = 1");
    log(test, &reading(test, &nurse, &strangers));
    assert_eq!(watched(test), 1);
    let id = alerts(test, &cleared)[0].id;
    test.ask(read_alert(&test.index, visit(&cleared, AuditAction::AlertRead), id)).0.unwrap();
    let sought = EventsSought { limit: 50, ..EventsSought::default() };
    let seen = test.ask(search_events(&test.index, visit(&local, AuditAction::AuditSearch), sought)).0.unwrap();
    let theirs = seen.events.iter().find(|event| event.action == "alert.read").expect("an event");
    assert_eq!((theirs.targets.len(), theirs.criteria.as_ref()), (0, None), "it would tell of a protected alert");
}

fn reasons_are_counted_over_rounds(test: &TestIndex) {
    let (auditor, nurse) = (an_auditor(test, AREA, false), a_nurse(test));
    let child = a_child(test, 1, AREA);
    let supplier = Backend::of(&test.connect()).id(nurse.organisation);
    change(test, &format!("UPDATE child SET supplied_by = {supplier} WHERE id = 1"));
    // Some of the accesses may have been asked about, by chance, and then silence raises an alert as well.
    let told = || rules(test, &auditor).into_iter().filter(|rule| *rule == RuleKind::ConstantReason).count();
    for day in 0..6 {
        assert_eq!(told(), 0, "day {day}");
        log(test, &reading(test, &nurse, &[child; 10]));
        watched(test);
        test.clock.advance(DAY);
        // Nobody looks at records at the weekend here.
        if day == 0 {
            test.clock.advance(2 * DAY);
        }
    }
    assert_eq!(told(), 1);
}

fn rules_give_way_to_those_who_wait_to_record(test: &TestIndex) {
    let place = || watching::get_place(&mut test.connect(), Glance::New).unwrap();
    log(test, &walk(test, &a_nurse(test), 1, 8));
    let waiting = &test.index.recorder().tally().waiting;
    waiting.fetch_add(100, Ordering::Relaxed);
    let mut watcher = Watcher::default();
    let soon = async { tokio::time::timeout(Duration::from_millis(300), watcher.look(&test.index)).await.is_err() };
    assert!(test.wait(soon), "no round goes on meanwhile");
    assert_eq!(place(), 0);
    waiting.fetch_sub(100, Ordering::Relaxed);
    assert_eq!(watched(test), 1);
    assert!(place() >= 7);
}

fn an_override_is_told_of_at_once_and_closes_with_its_investigation(test: &TestIndex) {
    let (auditor, nurse, manager) = (an_auditor(test, AREA, false), a_nurse(test), test.somebody(Role::Manager));
    let (child, other) = (a_child(test, 1, AREA), a_child(test, 2, AREA));
    let over = |child, case| {
        let about = ChildShown::new(child).shown(["address"]).protected(true);
        event(test, &nurse, AuditAction::OverrideViewed).about(about).on(TargetKind::Case, case)
    };
    log(test, &[over(child, 1), over(child, 2), over(other, 3)]);
    assert_eq!(watched(test), 3, "each by itself");
    assert_eq!(rules(test, &auditor), [RuleKind::Override; 3]);
    let shown = alerts(test, &auditor);
    assert!(shown.iter().all(|alert| alert.account.is_some() && alert.organisation.is_none()), "as in the event");
    let id = shown[0].id;
    let read = test.ask(read_alert(&test.index, visit(&auditor, AuditAction::AlertRead), id)).0.unwrap();
    assert_eq!(read.events, [2], "which event it was is told");
    let close = |by: &Account, case| {
        let about = ChildShown::new(child);
        let event = event(test, by, AuditAction::OverrideClosed).about(about).on(TargetKind::Case, case);
        Event { outcome: Outcome::Changed, ..event }
    };
    let open = || alerts(test, &auditor).iter().filter(|alert| alert.status == AlertStatus::Open).count();
    log(test, &[close(&nurse, 1)]);
    watched(test);
    assert_eq!(open(), 3, "nobody closes their own");
    log(test, &[close(&manager, 1), over(child, 4)]);
    assert_eq!(watched(test), 1, "and one more, which is not looked into yet");
    assert_eq!(open(), 3, "the other child's, and the same child's of other cases");
    log(test, &[close(&manager, 2)]);
    watched(test);
    assert_eq!(open(), 2);
    let outcomes: Vec<_> = alerts(test, &auditor).iter().filter_map(|alert| alert.outcome).collect();
    assert_eq!(outcomes, [AlertOutcome::Investigated; 2]);
}
