//! The audit log, as auditors may read it: whose events, what of them, and that reading is recorded too.

use child_index::app::audits::{
    EventPage, EventRead, EventsSought, ProvedEvent, export_events, read_event, search_events,
};
use child_index::domain::accounts::{Account, Capability, Role};
use child_index::domain::audit::actions::{AuditAction, Outcome, Strength};
use child_index::domain::audit::events::{Caller, Event, RecordedEvent};
use child_index::domain::audit::payloads::{ChildShown, Criteria, Pseudonym};
use child_index::domain::audit::proofs::check_inclusion;
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::audit::views::{ChildName, MaskedPart};
use child_index::domain::children::{Address, AddressState, Child, ChildRecord, ChildStatus, Name, Publication};
use child_index::domain::ids::ChildId;
use child_index::domain::index_numbers::IndexNumber;
use child_index::domain::instants::SECOND;
use child_index::domain::reasons::AccessReason;
use child_index::domain::services::OrganisationKind;
use child_index::domain::sex::Sex;
use child_index::domain::visits::{Identity, Visit};
use child_index::store::audit::{append, get_head, lock_head};
use child_index::store::errors::StoreResult;
use child_index::store::transactions::write_tx;
use child_index::store::{accounts, children};
use diesel::connection::SimpleConnection;
use serde_json::json;

use crate::indexes::{AREA, ELSEWHERE, TestIndex, criteria, targets, visit};
use crate::suite::suite;

suite!(TestIndex:
    only_auditors_read_the_log,
    an_auditor_sees_the_accounts_of_the_area,
    every_filter_finds_its_events,
    a_shield_binds_at_once_and_backwards,
    what_is_masked_is_not_found_by_asking_for_it,
    what_every_event_would_mask_is_not_even_read,
    a_sealed_number_is_answered_as_nobodys,
    a_merged_record_is_as_hidden_as_its_survivor,
    pages_follow_one_another_to_the_end,
    an_event_is_proved_to_be_in_the_log,
    what_is_out_of_scope_cannot_be_told_from_what_is_not_there,
    reading_the_log_is_recorded_in_it,
    an_export_asks_for_a_recent_login,
);

const ENGLAND: &str = "E92000001";
const NONE: [u64; 0] = [];

fn everything() -> EventsSought {
    EventsSought { limit: 100, ..EventsSought::default() }
}

fn an_auditor(test: &TestIndex, area: &str) -> Account {
    test.account(Role::Auditor, &test.organisation(OrganisationKind::ManagementTeam, area))
}

fn a_nurse(test: &TestIndex, area: &str) -> Account {
    test.account(Role::Practitioner, &test.organisation(OrganisationKind::CommunityHealth, area))
}

fn cleared(test: &TestIndex, area: &str) -> Account {
    let mut account = an_auditor(test, area);
    account.capabilities.insert(Capability::SealedClearance);
    accounts::update(&mut test.connect(), &account).unwrap();
    account
}

/// A child of the index with a pseudonym to recognise.
fn a_child(test: &TestIndex, id: u8) -> (Pseudonym, IndexNumber) {
    let organisation = test.organisation(OrganisationKind::GpPractice, ELSEWHERE).id;
    let record = ChildRecord {
        id: ChildId(id.into()),
        index_number: IndexNumber::from_random_bits(id.into()),
        status: ChildStatus::Active,
        publication: Publication::Published,
        supplied_by: organisation,
        source_key: None,
        area: ELSEWHERE.into(),
        name: Name { family: "Okafor".into(), given: "Chidera".into() },
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
    let (number, pseudonym) = (record.index_number, Pseudonym([id; 16]));
    let child = Child { record, other_names: Vec::new(), carers: Vec::new(), identifiers: Vec::new() };
    children::insert(&mut test.connect(), &child, pseudonym).unwrap();
    (pseudonym, number)
}

fn change(test: &TestIndex, sql: &str) {
    test.connect().batch_execute(sql).unwrap();
}

/// A look-up by an account, of children.
fn a_look_up(test: &TestIndex, by: &Account, about: &[Pseudonym]) -> Event {
    let caller = Caller {
        account: Some(by.id.0),
        organisation: Some(by.organisation.0),
        area: Some(by.area.clone().into()),
        ..Caller::of("read_contacts")
    };
    Event::new(AuditAction::ChildContacts, Outcome::Disclosed, test.clock.now().to_utc())
        .by(caller)
        .because(AccessReason::Safeguarding)
        .asking(Criteria::new().with("family_name", "Okafor"))
        .about_all(about.iter().map(|child| ChildShown::new(*child).shown(["identity"]).at_version(1)))
}

/// Appends events, as any node may.
fn log(test: &TestIndex, events: &[Event]) -> Vec<Receipt> {
    let appended = write_tx(&mut test.connect(), |conn| -> StoreResult<_> {
        let mut head = lock_head(conn)?;
        append(conn, &mut head, events)
    });
    appended.unwrap()
}

fn search(test: &TestIndex, by: &Account, sought: EventsSought) -> EventPage {
    asked(test, by, sought).0
}

fn asked(test: &TestIndex, by: &Account, sought: EventsSought) -> (EventPage, RecordedEvent) {
    let (page, event) = test.ask(search_events(&test.index, visit(by, AuditAction::AuditSearch), sought));
    (page.expect("a page"), event)
}

/// The indexes an account is shown, without those of its own reading.
fn indexes(test: &TestIndex, by: &Account, sought: EventsSought) -> Vec<u64> {
    let page = search(test, by, sought);
    page.events.iter().filter(|event| !event.action.starts_with("audit.")).map(|event| event.index).collect()
}

fn read(
    test: &TestIndex,
    by: &Account,
    index: u64,
    size: Option<u64>,
) -> (Result<EventRead, &'static str>, RecordedEvent) {
    test.ask(read_event(&test.index, visit(by, AuditAction::AuditRead), index, size))
}

fn proved(test: &TestIndex, by: &Account, index: u64, size: Option<u64>) -> ProvedEvent {
    match read(test, by, index, size).0 {
        Ok(EventRead::Proved(proved)) => *proved,
        other => panic!("{other:?}"),
    }
}

fn only_auditors_read_the_log(test: &TestIndex) {
    log(test, &[a_look_up(test, &a_nurse(test, AREA), &[])]);
    for role in [Role::Practitioner, Role::Manager, Role::System, Role::Administrator] {
        let somebody = test.somebody(role);
        let sought = EventsSought { action: Some(AuditAction::ChildContacts), ..everything() };
        let (refused, event) = test.ask(search_events(&test.index, visit(&somebody, AuditAction::AuditSearch), sought));
        assert_eq!(refused.err(), Some("role-not-permitted"), "{role}");
        assert_eq!((event.action.as_str(), event.outcome.as_str()), ("audit.search", "refused"));
        assert_eq!(criteria(&event), json!({"action": "child.contacts", "limit": 100}));
        let (refused, event) = read(test, &somebody, 0, None);
        assert_eq!((refused.err(), targets(&event)), (Some("role-not-permitted"), vec!["audit-event:0".to_owned()]));
    }
    // No system reads the log for an auditor.
    let (auditor, system) = (an_auditor(test, AREA), test.somebody(Role::System));
    let through = Some(Identity { issuer: system.issuer.clone(), subject: system.subject.clone() });
    let visit =
        || child_index::domain::visits::Visit { through: through.clone(), ..visit(&auditor, AuditAction::AuditSearch) };
    assert_eq!(test.ask(search_events(&test.index, visit(), everything())).0.err(), Some("role-not-permitted"));
    assert_eq!(test.ask(read_event(&test.index, visit(), 0, None)).0.err(), Some("role-not-permitted"));
}

fn an_auditor_sees_the_accounts_of_the_area(test: &TestIndex) {
    let (here, there) = (a_nurse(test, AREA), a_nurse(test, ELSEWHERE));
    let auditor = an_auditor(test, AREA);
    let moved = Account { area: ELSEWHERE.into(), ..auditor.clone() };
    let start = Event::new(AuditAction::ServiceStart, Outcome::Done, test.clock.now().to_utc()).by(Caller::of("serve"));
    log(test, &[start, a_look_up(test, &here, &[]), a_look_up(test, &there, &[]), a_look_up(test, &moved, &[])]);
    assert_eq!(indexes(test, &auditor, everything()), [3, 1]);
    assert_eq!(indexes(test, &an_auditor(test, ENGLAND), everything()), [3, 2, 1, 0]);
    let of_there = EventsSought { organisation: Some(there.organisation), ..everything() };
    assert_eq!(indexes(test, &auditor, of_there), NONE);
    // What binds is the account as it is now.
    accounts::update(&mut test.connect(), &moved).unwrap();
    assert_eq!(indexes(test, &auditor, everything()), [3, 2]);
}

fn every_filter_finds_its_events(test: &TestIndex) {
    let (auditor, nurse, other) = (an_auditor(test, AREA), a_nurse(test, AREA), a_nurse(test, AREA));
    let (child, number) = a_child(test, 1);
    let start = test.clock.now();
    let mut receipts = log(test, &[a_look_up(test, &nurse, &[child]), a_look_up(test, &other, &[])]);
    test.clock.advance(SECOND);
    let later = test.clock.now();
    let held = Event {
        action: AuditAction::ChildRegister,
        outcome: Outcome::Held,
        reason: Some(AccessReason::RecordManagement),
        ..a_look_up(test, &other, &[child])
    };
    receipts.extend(log(test, &[held]));
    let found = |sought| indexes(test, &auditor, sought);
    assert_eq!(found(everything()), [2, 1, 0]);
    assert_eq!(found(EventsSought { child: Some(number), ..everything() }), [2, 0]);
    let nobody = IndexNumber::from_random_bits(99);
    assert_eq!(found(EventsSought { child: Some(nobody), ..everything() }), NONE);
    assert_eq!(found(EventsSought { account: Some(other.id), ..everything() }), [2, 1]);
    assert_eq!(found(EventsSought { organisation: Some(nurse.organisation), ..everything() }), [0]);
    assert_eq!(found(EventsSought { action: Some(AuditAction::ChildRegister), ..everything() }), [2]);
    assert_eq!(found(EventsSought { outcome: Some(Outcome::Disclosed), ..everything() }), [1, 0]);
    assert_eq!(found(EventsSought { reason: Some(AccessReason::Safeguarding), ..everything() }), [1, 0]);
    assert_eq!(found(EventsSought { from: Some(later), ..everything() }), [2]);
    assert_eq!(found(EventsSought { from: Some(start), to: Some(later), ..everything() }), [1, 0]);
    assert_eq!(found(EventsSought { receipt: Some(receipts[1]), ..everything() }), [1]);
    let forged = Receipt { index: 0, ..receipts[1] };
    assert_eq!(found(EventsSought { receipt: Some(forged), ..everything() }), NONE);
    assert_eq!(found(EventsSought { child: Some(number), account: Some(nurse.id), ..everything() }), [0]);
    let event = search(test, &auditor, EventsSought { receipt: Some(receipts[0]), ..everything() }).events.remove(0);
    assert_eq!(event.children[0].name, ChildName::Number(number));
    assert_eq!(event.actor.unwrap().name.as_ref(), Some(&nurse.name));
    assert_eq!((event.organisation.unwrap().id, event.masked.as_slice()), (nurse.organisation.0, [].as_slice()));
}

fn a_shield_binds_at_once_and_backwards(test: &TestIndex) {
    let (auditor, cleared, nurse) = (an_auditor(test, AREA), cleared(test, AREA), a_nurse(test, AREA));
    let (child, number) = a_child(test, 1);
    log(test, &[a_look_up(test, &nurse, &[child])]);
    let sought = || EventsSought { child: Some(number), action: Some(AuditAction::ChildContacts), ..everything() };
    assert_eq!(search(test, &auditor, sought()).events[0].masked, []);
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0");

    let shown = search(test, &auditor, sought()).events.remove(0);
    assert_eq!(
        shown.masked,
        [MaskedPart::Organisation, MaskedPart::Children, MaskedPart::Blocks, MaskedPart::Criteria]
    );
    assert_eq!(shown.children[0].name, ChildName::Pseudonym(child));
    assert_eq!((shown.organisation, shown.criteria, shown.actor.unwrap().id), (None, None, nurse.id.0));
    let proved = proved(test, &auditor, 0, None);
    assert_eq!((proved.event.organisation, proved.event.criteria), (None, None));

    let shown = search(test, &cleared, sought()).events.remove(0);
    assert_eq!(shown.masked, [MaskedPart::Children]);
    assert_eq!(shown.children[0].name, ChildName::Pseudonym(child));
    assert_eq!(shown.organisation.unwrap().id, nurse.organisation.0);
    // A purged child is a pseudonym for good.
    change(test, "DELETE FROM child_pseudonym");
    assert_eq!(search(test, &auditor, sought()).events, Vec::new());
    let by_time = EventsSought { action: Some(AuditAction::ChildContacts), ..everything() };
    assert_eq!(search(test, &cleared, by_time).events[0].children[0].name, ChildName::Pseudonym(child));
}

fn what_is_masked_is_not_found_by_asking_for_it(test: &TestIndex) {
    let (auditor, cleared, nurse) = (an_auditor(test, AREA), cleared(test, AREA), a_nurse(test, AREA));
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let worker = test.account(Role::Practitioner, &refuge);
    let ((child, number), (shielded, hidden)) = (a_child(test, 1), a_child(test, 2));
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0 WHERE id = 2");
    let events = [
        a_look_up(test, &nurse, &[child]),
        a_look_up(test, &nurse, &[shielded]),
        a_look_up(test, &worker, &[child]),
        a_look_up(test, &worker, &[]),
    ];
    log(test, &events);
    let of = |organisation| EventsSought { organisation: Some(organisation), ..everything() };
    let by = |account| EventsSought { account: Some(account), ..everything() };
    assert_eq!(indexes(test, &auditor, of(nurse.organisation)), [0]);
    assert_eq!(indexes(test, &auditor, by(nurse.id)), [1, 0]);
    assert_eq!(indexes(test, &auditor, of(refuge.id)), NONE);
    assert_eq!(indexes(test, &auditor, by(worker.id)), NONE);
    assert_eq!(indexes(test, &auditor, EventsSought { child: Some(hidden), ..of(nurse.organisation) }), NONE);
    assert_eq!(indexes(test, &auditor, EventsSought { child: Some(hidden), ..by(nurse.id) }), [1]);
    // That there are such events is no secret.
    assert_eq!(indexes(test, &auditor, EventsSought { child: Some(number), ..everything() }), [2, 0]);
    assert_eq!(indexes(test, &auditor, everything()), [3, 2, 1, 0]);
    let looked_up = EventsSought { action: Some(AuditAction::ChildContacts), child: Some(number), ..everything() };
    let masked = search(test, &auditor, looked_up).events.remove(0);
    assert_eq!((masked.index, masked.actor, masked.organisation), (2, None, None));
    assert_eq!(masked.children[0].name, ChildName::Pseudonym(child));

    assert_eq!(indexes(test, &cleared, of(nurse.organisation)), [1, 0]);
    assert_eq!(indexes(test, &cleared, of(refuge.id)), [3, 2]);
    assert_eq!(indexes(test, &cleared, by(worker.id)), [3, 2]);
}

fn what_every_event_would_mask_is_not_even_read(test: &TestIndex) {
    let (auditor, cleared) = (an_auditor(test, AREA), cleared(test, AREA));
    let refuge = test.organisation(OrganisationKind::Refuge, AREA);
    let worker = test.account(Role::Practitioner, &refuge);
    log(test, &[a_look_up(test, &worker, &[])]);
    let by = EventsSought { account: Some(worker.id), ..everything() };
    let of = EventsSought { organisation: Some(refuge.id), ..everything() };
    assert_eq!(indexes(test, &cleared, by.clone()), [0]);
    // Whoever reads it now fails.
    change(test, "UPDATE audit_payload SET body = salt WHERE idx = 0");
    for sought in [by, of] {
        assert_eq!(indexes(test, &auditor, sought.clone()), NONE);
        let visit = visit(&cleared, AuditAction::AuditSearch);
        test.wait(search_events(&test.index, visit, sought)).expect_err("a payload that is none");
    }
}

fn a_sealed_number_is_answered_as_nobodys(test: &TestIndex) {
    let (auditor, cleared, nurse) = (an_auditor(test, AREA), cleared(test, AREA), a_nurse(test, AREA));
    let (child, number) = a_child(test, 1);
    log(test, &[a_look_up(test, &nurse, &[child])]);
    change(test, "UPDATE child SET shield = 'adoption', sealed = TRUE, shielded_at = 0");
    let sought = |child| EventsSought { child: Some(child), ..everything() };
    let (sealed, event) = asked(test, &auditor, sought(number));
    let nobody = IndexNumber::from_random_bits(99);
    let (unknown, its_event) = asked(test, &auditor, sought(nobody));
    assert_eq!(sealed, unknown);
    let payload = |event: &RecordedEvent| event.payload.clone().unwrap();
    assert_eq!((payload(&event).children, event.outcome), (payload(&its_event).children, its_event.outcome));
    assert_eq!(indexes(test, &cleared, sought(number)), [0]);
    // By time it is there, as somebody's.
    assert_eq!(indexes(test, &auditor, everything()), [0]);
}

fn a_merged_record_is_as_hidden_as_its_survivor(test: &TestIndex) {
    let (auditor, nurse) = (an_auditor(test, AREA), a_nurse(test, AREA));
    let ((merged, number), (survivor, _)) = (a_child(test, 1), a_child(test, 2));
    log(test, &[a_look_up(test, &nurse, &[merged]), a_look_up(test, &nurse, &[survivor])]);
    change(test, "UPDATE child SET status = 'merged', merged_into = 2 WHERE id = 1");
    let of_nurse = || EventsSought { organisation: Some(nurse.organisation), ..everything() };
    assert_eq!(search(test, &auditor, of_nurse()).events[1].children[0].name, ChildName::Number(number));
    change(test, "UPDATE child SET shield = 'refuge', shielded_at = 0 WHERE id = 2");
    assert_eq!(search(test, &auditor, of_nurse()).events, Vec::new());
    let hidden = search(test, &auditor, EventsSought { child: Some(number), ..everything() }).events.remove(0);
    assert_eq!(hidden.children[0].name, ChildName::Pseudonym(merged));
}

fn pages_follow_one_another_to_the_end(test: &TestIndex) {
    let (auditor, here, there) = (an_auditor(test, AREA), a_nurse(test, AREA), a_nurse(test, ELSEWHERE));
    let events: Vec<_> =
        (0..1_000).map(|number| a_look_up(test, if number % 4 == 0 { &here } else { &there }, &[])).collect();
    log(test, &events);
    let expected: Vec<u64> = (0..250).rev().map(|number| number * 4).collect();
    for by_account in [false, true] {
        let mut sought = EventsSought { action: Some(AuditAction::ChildContacts), limit: 40, ..everything() };
        sought.account = by_account.then_some(here.id);
        let (mut seen, mut pages) = (Vec::new(), 0);
        loop {
            let page = search(test, &auditor, sought.clone());
            seen.extend(page.events.iter().map(|event| event.index));
            pages += 1;
            let Some(next) = page.next else { break };
            sought.after = Some(next.to_string().parse().unwrap());
        }
        assert_eq!((seen.as_slice(), pages), (expected.as_slice(), 7), "by account: {by_account}");
    }
}

fn an_event_is_proved_to_be_in_the_log(test: &TestIndex) {
    let (auditor, nurse) = (an_auditor(test, AREA), a_nurse(test, AREA));
    let mut receipts = log(test, &[a_look_up(test, &nurse, &[]), a_look_up(test, &nurse, &[])]);
    let before = get_head(&mut test.connect()).unwrap();
    receipts.extend(log(test, &[a_look_up(test, &nurse, &[])]));
    let latest = get_head(&mut test.connect()).unwrap();
    for head in [&before, &latest] {
        let proved = proved(test, &auditor, 1, Some(head.size()));
        assert_eq!((proved.leaf_hash, proved.tree_size), (receipts[1].leaf_hash, head.size()));
        assert_eq!(proved.event.actor.unwrap().id, nurse.id.0);
        assert_eq!(check_inclusion(1, proved.leaf_hash, head.size(), head.root(), &proved.hashes), Ok(()));
    }
    // Each reading has added an event.
    let latest = get_head(&mut test.connect()).unwrap();
    let proved = proved(test, &auditor, 1, None);
    assert_eq!((proved.tree_size, latest.size()), (5, 5));
    assert_eq!(check_inclusion(1, proved.leaf_hash, 5, latest.root(), &proved.hashes), Ok(()));
    let (beyond, event) = read(test, &auditor, 0, Some(1_000));
    assert_eq!((beyond, event.outcome.as_str()), (Ok(EventRead::BeyondLog), "invalid"));
    assert_eq!(criteria(&event), json!({"size": 1_000}));
}

fn what_is_out_of_scope_cannot_be_told_from_what_is_not_there(test: &TestIndex) {
    let auditor = an_auditor(test, AREA);
    let receipts = log(test, &[a_look_up(test, &a_nurse(test, ELSEWHERE), &[])]);
    for index in [0, 1_000, u64::MAX] {
        let (refused, event) = read(test, &auditor, index, None);
        assert_eq!((refused.err(), event.outcome.as_str()), (Some("not-found"), "not-found"), "{index}");
        assert_eq!(targets(&event), [format!("audit-event:{index}")]);
    }
    let by_receipt = EventsSought { receipt: Some(receipts[0]), ..everything() };
    assert_eq!(search(test, &auditor, by_receipt), EventPage::default());
    assert_eq!(proved(test, &an_auditor(test, ENGLAND), 0, None).event.index, 0);
}

fn reading_the_log_is_recorded_in_it(test: &TestIndex) {
    let (auditor, colleague) = (an_auditor(test, AREA), an_auditor(test, AREA));
    let nurse = a_nurse(test, AREA);
    let (child, number) = a_child(test, 1);
    log(test, &[a_look_up(test, &nurse, &[child])]);
    let (_, event) =
        asked(test, &auditor, EventsSought { child: Some(number), account: Some(nurse.id), ..everything() });
    assert_eq!(
        (event.action.as_str(), event.outcome.as_str(), event.children_disclosed),
        ("audit.search", "disclosed", 0)
    );
    let expected = json!({
        "account": nurse.id, "child_id": number.to_string(), "events_shown": 1, "limit": 100,
    });
    assert_eq!(criteria(&event), expected);
    assert_eq!(event.payload.as_ref().unwrap().children, [ChildShown::new(child)]);
    let index = event.index;
    // Who looked at the child's events stands among them; what was asked is the asker's and the cleared auditors'.
    let about_child = || EventsSought { child: Some(number), action: Some(AuditAction::AuditSearch), ..everything() };
    let own = search(test, &auditor, about_child()).events.remove(0);
    assert_eq!((own.index, own.criteria.is_some(), own.masked.as_slice()), (index, true, [].as_slice()));
    let others = search(test, &colleague, about_child()).events.pop().unwrap();
    assert_eq!((others.index, others.criteria, others.masked), (index, None, vec![MaskedPart::Criteria]));
    let (_, nothing) =
        asked(test, &auditor, EventsSought { to: Some(child_index::domain::instants::Instant(0)), ..everything() });
    assert_eq!(nothing.outcome, "none");
    let (_, event) = read(test, &auditor, 0, None);
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("audit.read", "disclosed"));
    assert_eq!(targets(&event), ["audit-event:0"]);
}

fn an_export_asks_for_a_recent_login(test: &TestIndex) {
    let auditor = an_auditor(test, AREA);
    let ask = |strength| {
        let visit = Visit { strength, ..visit(&auditor, AuditAction::AuditExport) };
        let sought = EventsSought { limit: 50, ..EventsSought::default() };
        let (export, event) = test.ask(export_events(&test.index, visit, sought, None, "csv"));
        (export.map(drop), event.outcome)
    };
    assert_eq!(ask(Strength::TwoFactor), (Err("recent-login-required"), "refused".to_owned()));
    assert_eq!(ask(Strength::RecentTwoFactor), (Ok(()), "disclosed".to_owned()));
}
