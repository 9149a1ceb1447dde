//! Watching the log: alerts are raised once, by what was recorded or by what was not, and shown to those alone who may
//! know what they rest on.

use child_index::app::Precondition;
use child_index::app::alerts::{AlertsSought, answer_question, change_alert, list_alerts, list_questions, read_alert};
use child_index::app::watching::watch;
use child_index::domain::accounts::{Account, Capability, Role};
use child_index::domain::alerts::rules::{RuleKind, TO_ANSWER};
use child_index::domain::alerts::views::ShownAlert;
use child_index::domain::alerts::{AlertChange, AlertOutcome, AlertStatus, Justification};
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym};
use child_index::domain::children::{Address, AddressState, Child, ChildRecord, ChildStatus, Name, Publication};
use child_index::domain::ids::ChildId;
use child_index::domain::index_numbers::IndexNumber;
use child_index::domain::instants::DAY;
use child_index::domain::reasons::AccessReason;
use child_index::domain::services::OrganisationKind;
use child_index::domain::sex::Sex;
use child_index::store::audit::{append, get_head, lock_head};
use child_index::store::errors::StoreResult;
use child_index::store::justifications::Asked;
use child_index::store::transactions::write_tx;
use child_index::store::watching::Glance;
use child_index::store::{accounts, children, justifications, watching};
use diesel::connection::SimpleConnection;
use uuid::Uuid;

use crate::indexes::{AREA, ELSEWHERE, TestIndex, visit};
use crate::suite::suite;

suite!(TestIndex:
    a_walk_raises_one_alert_that_is_worked_through,
    quiet_watching_leaves_no_trace_in_the_log,
    a_touched_decoy_raises_an_alert_whoever_touched_it,
    what_rests_on_a_hidden_child_is_for_the_cleared,
    an_account_of_a_sensitive_organisation_is_not_named,
    what_was_not_recorded_in_time_raises_an_alert,
    silence_escalates_and_so_does_an_alarming_answer,
    nobody_but_auditors_sees_alerts,
);

pub(super) fn an_auditor(test: &TestIndex, area: &str, cleared: bool) -> Account {
    let mut account = test.account(Role::Auditor, &test.organisation(OrganisationKind::ManagementTeam, area));
    if cleared {
        account.capabilities.insert(Capability::SealedClearance);
        accounts::update(&mut test.connect(), &account).unwrap();
    }
    account
}

pub(super) fn a_nurse(test: &TestIndex) -> Account {
    test.account(Role::Practitioner, &test.organisation(OrganisationKind::CommunityHealth, AREA))
}

/// A child of an area, in the index.
pub(super) fn a_child(test: &TestIndex, id: u8, area: &str) -> Pseudonym {
    let organisation = test.organisation(OrganisationKind::GpPractice, area).id;
    let record = ChildRecord {
        id: ChildId(id.into()),
        index_number: IndexNumber::from_random_bits(id.into()),
        status: ChildStatus::Active,
        publication: Publication::Published,
        supplied_by: organisation,
        source_key: None,
        area: area.into(),
        name: Name { family: format!("Family{id}"), given: "Ada".into() },
        date_of_birth: "2015-03-02".parse().ok(),
        expected_on: None,
        died_on: None,
        stays_until: None,
        sex: Sex::F,
        address: Address {
            state: AddressState::NoneKnown,
            intent: None,
            lines: Vec::new(),
            postcode: None,
            supplied_by: organisation,
            held: false,
        },
        shield: None,
        closed_on: None,
        merged_into: None,
        version: 1,
        created_at: test.clock.now(),
        updated_at: test.clock.now(),
    };
    let child = Child { record, other_names: Vec::new(), carers: Vec::new(), identifiers: Vec::new() };
    children::insert(&mut test.connect(), &child, Pseudonym([id; 16])).unwrap();
    Pseudonym([id; 16])
}

pub(super) fn change(test: &TestIndex, sql: &str) {
    test.connect().batch_execute(sql).unwrap();
}

pub(super) fn event(test: &TestIndex, by: &Account, action: AuditAction) -> Event {
    let caller = Caller {
        account: Some(by.id.0),
        organisation: Some(by.organisation.0),
        area: Some(by.area.clone().into()),
        ..Caller::of("a_test")
    };
    Event::new(action, Outcome::Disclosed, test.clock.now().to_utc()).by(caller).because(AccessReason::EarlyHelp)
}

pub(super) fn reading(test: &TestIndex, by: &Account, children: &[Pseudonym]) -> Vec<Event> {
    let read =
        |child: &Pseudonym| event(test, by, AuditAction::ChildRead).about(ChildShown::new(*child).shown(["identity"]));
    children.iter().map(read).collect()
}

pub(super) fn log(test: &TestIndex, events: &[Event]) {
    let appended = write_tx(&mut test.connect(), |conn| -> StoreResult<_> {
        let mut head = lock_head(conn)?;
        append(conn, &mut head, events)
    });
    appended.unwrap();
}

pub(super) fn watched(test: &TestIndex) -> u64 {
    test.wait(watch(&test.index)).expect("a watch")
}

pub(super) fn alerts(test: &TestIndex, by: &Account) -> Vec<ShownAlert> {
    let sought = AlertsSought { limit: 50, ..AlertsSought::default() };
    test.ask(list_alerts(&test.index, visit(by, AuditAction::AlertList), sought)).0.expect("a page").items
}

pub(super) fn rules(test: &TestIndex, by: &Account) -> Vec<RuleKind> {
    alerts(test, by).iter().map(|alert| alert.rule).collect()
}

fn a_walk_raises_one_alert_that_is_worked_through(test: &TestIndex) {
    let (auditor, elsewhere, nurse) =
        (an_auditor(test, AREA, false), an_auditor(test, ELSEWHERE, false), a_nurse(test));
    let search = |number: u32| {
        let asked = Criteria::new().with("family_name", "Smith").with("date_of_birth", format!("2015-03-{number:02}"));
        event(test, &nurse, AuditAction::ChildSearch).asking(asked)
    };
    log(test, &(1..=5).map(search).collect::<Vec<_>>());
    assert_eq!(watched(test), 0, "five are not a walk");
    log(test, &[search(6)]);
    assert_eq!(watched(test), 1);
    log(test, &[search(7)]);
    assert_eq!(watched(test), 0, "the same walk");
    let raised = alerts(test, &auditor);
    assert_eq!((raised.len(), raised[0].rule, raised[0].status), (1, RuleKind::SurnameWalk, AlertStatus::Open));
    assert!(alerts(test, &elsewhere).is_empty());
    let id = raised[0].id;
    let read = |by: &Account| test.ask(read_alert(&test.index, visit(by, AuditAction::AlertRead), id)).0;
    assert_eq!(read(&auditor).unwrap().events.len(), 6);
    assert_eq!(read(&elsewhere).unwrap_err(), "not-found");
    let go = |status, outcome, fresh: bool| {
        let judge = Precondition::that(move |_: &ShownAlert| fresh);
        let visit = visit(&auditor, AuditAction::AlertChange);
        test.ask(change_alert(&test.index, visit, id, judge, AlertChange { status, outcome })).0
    };
    assert_eq!(go(AlertStatus::Closed, Some(AlertOutcome::Misuse), true).unwrap_err(), "invalid");
    assert_eq!(go(AlertStatus::Reviewed, None, true).unwrap_err(), "invalid");
    assert_eq!(go(AlertStatus::Reviewed, Some(AlertOutcome::Misuse), false).unwrap_err(), "stale");
    let reviewed = go(AlertStatus::Reviewed, Some(AlertOutcome::Misuse), true).unwrap();
    assert_eq!((reviewed.status, reviewed.reviewed_by), (AlertStatus::Reviewed, Some(auditor.id.0)));
    let closed = go(AlertStatus::Closed, None, true).unwrap();
    assert_eq!((closed.status, closed.outcome), (AlertStatus::Closed, Some(AlertOutcome::Misuse)));
    let open = AlertsSought { status: Some(AlertStatus::Open), limit: 50, ..AlertsSought::default() };
    let page = test.ask(list_alerts(&test.index, visit(&auditor, AuditAction::AlertList), open)).0.unwrap();
    assert!(page.items.is_empty());
}

fn quiet_watching_leaves_no_trace_in_the_log(test: &TestIndex) {
    let nurse = a_nurse(test);
    let child = a_child(test, 1, AREA);
    log(test, &reading(test, &nurse, &[child]));
    let size = |test: &TestIndex| get_head(&mut test.connect()).unwrap().size();
    let before = size(test);
    for _ in 0..3 {
        assert_eq!(watched(test), 0);
    }
    assert_eq!(size(test), before);
    assert_eq!(watching::get_place(&mut test.connect(), Glance::New).unwrap(), before);
}

fn a_touched_decoy_raises_an_alert_whoever_touched_it(test: &TestIndex) {
    let (auditor, system) = (an_auditor(test, AREA, false), test.somebody(Role::System));
    let (decoy, ordinary) = (a_child(test, 1, AREA), a_child(test, 2, AREA));
    watching::mark_decoy(&mut test.connect(), ChildId(1), test.clock.now()).unwrap();
    log(test, &reading(test, &system, &[ordinary]));
    assert_eq!(watched(test), 0);
    log(test, &reading(test, &system, &[decoy]));
    assert_eq!(watched(test), 1);
    assert_eq!(rules(test, &auditor), [RuleKind::Decoy]);
}

fn what_rests_on_a_hidden_child_is_for_the_cleared(test: &TestIndex) {
    let (local, cleared, nurse) = (an_auditor(test, AREA, false), an_auditor(test, AREA, true), a_nurse(test));
    let strangers: Vec<_> = (1..=5).map(|id| a_child(test, id, ELSEWHERE)).collect();
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0 WHERE id = 1");
    log(test, &reading(test, &nurse, &strangers));
    assert_eq!(watched(test), 1);
    assert_eq!(rules(test, &cleared), [RuleKind::OutOfArea]);
    assert!(rules(test, &local).is_empty(), "it would tell that the shielded child is of another area");
    let id = alerts(test, &cleared)[0].id;
    let read = |by: &Account| test.ask(read_alert(&test.index, visit(by, AuditAction::AlertRead), id)).0;
    assert_eq!(read(&local).unwrap_err(), "not-found");

    // One that everybody may know of keeps quiet about a child that is shielded afterwards.
    let more: Vec<_> = (6..=11).map(|id| a_child(test, id, ELSEWHERE)).collect();
    let other = a_nurse(test);
    log(test, &reading(test, &other, &more));
    assert_eq!(watched(test), 1);
    let id = alerts(test, &local)[0].id;
    let read = |by: &Account| test.ask(read_alert(&test.index, visit(by, AuditAction::AlertRead), id)).0.unwrap();
    assert_eq!(read(&local).events.len(), 6);
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0 WHERE id = 7");
    assert_eq!((read(&local).events.len(), read(&cleared).events.len()), (5, 6));
}

fn an_account_of_a_sensitive_organisation_is_not_named(test: &TestIndex) {
    let (local, cleared) = (an_auditor(test, AREA, false), an_auditor(test, AREA, true));
    let worker = test.account(Role::Practitioner, &test.organisation(OrganisationKind::Refuge, AREA));
    let decoy = a_child(test, 1, AREA);
    watching::mark_decoy(&mut test.connect(), ChildId(1), test.clock.now()).unwrap();
    log(test, &reading(test, &worker, &[decoy]));
    assert_eq!(watched(test), 1);
    let shown = alerts(test, &local).remove(0);
    assert_eq!((shown.account, shown.organisation), (None, None));
    let by_account = AlertsSought { account: Some(worker.id.0), limit: 50, ..AlertsSought::default() };
    let ask = |by: &Account| {
        let visit = visit(by, AuditAction::AlertList);
        test.ask(list_alerts(&test.index, visit, by_account.clone())).0.unwrap().items.len()
    };
    assert_eq!((ask(&local), ask(&cleared)), (0, 1), "asking tells nothing of who is masked");
    assert_eq!(alerts(test, &cleared)[0].account.as_ref().unwrap().id, worker.id.0);
}

fn what_was_not_recorded_in_time_raises_an_alert(test: &TestIndex) {
    let (cleared, nurse) = (an_auditor(test, AREA, true), a_nurse(test));
    let children: Vec<_> = (1..=5).map(|id| a_child(test, id, AREA)).collect();
    log(test, &reading(test, &nurse, &children));
    // Some of the accesses may have been asked about, by chance, and then silence raises an alert as well.
    let raised = || {
        watched(test);
        rules(test, &cleared).into_iter().filter(|rule| *rule == RuleKind::NoInvolvement).count()
    };
    assert_eq!(raised(), 0);
    test.clock.advance(14 * DAY - 1);
    assert_eq!(raised(), 0, "an involvement may still be recorded");
    test.clock.advance(1);
    assert_eq!(raised(), 1);
    assert_eq!(raised(), 1, "it is raised once");
}

fn silence_escalates_and_so_does_an_alarming_answer(test: &TestIndex) {
    let (auditor, nurse, other) = (an_auditor(test, AREA, false), a_nurse(test), a_nurse(test));
    let child = a_child(test, 1, AREA);
    log(test, &reading(test, &nurse, &[child, child, child]));
    let now = test.clock.now();
    let asked = |event: u64| Asked {
        id: Uuid::now_v7(),
        account: nurse.id.0,
        event,
        asked_at: now,
        due_at: now.plus(TO_ANSWER),
        answer: None,
        answered_at: None,
    };
    let asked = [asked(0), asked(1), asked(2)];
    justifications::ask(&mut test.connect(), &asked).unwrap();
    let open = |by: &Account| {
        test.ask(list_questions(&test.index, visit(by, AuditAction::JustificationList))).0.unwrap().len()
    };
    assert_eq!((open(&nurse), open(&other)), (3, 0));
    let say = |by: &Account, which: usize, answer| {
        let visit = visit(by, AuditAction::JustificationAnswer);
        test.ask(answer_question(&test.index, visit, asked[which].id, answer)).0
    };
    assert_eq!(say(&other, 0, Justification::Asked).unwrap_err(), "not-found");
    say(&nurse, 0, Justification::WorkingWithChild).unwrap();
    assert_eq!(say(&nurse, 0, Justification::WorkingWithChild).unwrap_err(), "not-found");
    assert!(rules(test, &auditor).is_empty());
    say(&nurse, 1, Justification::NotMe).unwrap();
    assert_eq!(rules(test, &auditor), [RuleKind::NoJustification]);
    watched(test);
    assert_eq!(rules(test, &auditor).len(), 1, "there is still time");
    test.clock.advance(TO_ANSWER);
    assert_eq!(watched(test), 1);
    assert_eq!(watched(test), 0);
    assert_eq!(rules(test, &auditor).len(), 2);
}

fn nobody_but_auditors_sees_alerts(test: &TestIndex) {
    let sought = || AlertsSought { limit: 50, ..AlertsSought::default() };
    for role in [Role::Practitioner, Role::Manager, Role::System, Role::Administrator] {
        let person = test.somebody(role);
        let (refused, event) = test.ask(list_alerts(&test.index, visit(&person, AuditAction::AlertList), sought()));
        assert_eq!((refused.err(), event.outcome.as_str()), (Some("role-not-permitted"), "refused"), "{role}");
    }
}
