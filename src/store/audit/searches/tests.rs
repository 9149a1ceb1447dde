//! What searches find, in which order, and what they read for it.

use super::*;
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::Event;
use crate::domain::audit::payloads::{ChildShown, Pseudonym, TokenFingerprint};
use crate::domain::policy::Block;
use crate::domain::reasons::AccessReason;
use crate::store::audit::Overseer;
use crate::store::audit::catch_up;
use crate::store::audit::examples::{Fresh, account, child, example, instant, organisation};

const SIZE: u64 = 700;

fn search_all(conn: &mut AnyConnection, filter: &EventFilter) -> EventPage {
    search_events(conn, filter, |_, events| -> StoreResult<_> { Ok(vec![true; events.len()]) }).unwrap()
}

fn overseer(area: &str) -> Option<Overseer> {
    Some(Overseer { area: area.into(), account: account(77) })
}

/// The indexes of all events that fit, page by page; every page within its limit.
fn indexes(conn: &mut AnyConnection, filter: &EventFilter) -> Vec<u64> {
    let mut filter = EventFilter { limit: 50, ..filter.clone() };
    let mut indexes = Vec::new();
    loop {
        let page = search_all(conn, &filter);
        assert!(page.events.len() <= 50);
        indexes.extend(page.events.iter().map(|event| event.index));
        let Some(next) = page.next else { return indexes };
        filter.after = Some(next.to_string().parse().unwrap());
    }
}

/// What the filter should find, by looking at every example.
fn expected(fits: impl Fn(u64, &Event) -> bool) -> Vec<u64> {
    (0..SIZE).rev().filter(|number| fits(*number, &example(*number))).collect()
}

#[test]
fn each_filter_finds_exactly_its_events_newest_first() {
    let mut log = Fresh::with_events(SIZE);
    let conn = &mut log.conn;
    let all = EventFilter::default();
    assert_eq!(indexes(conn, &all), expected(|_, _| true));

    let by_child = EventFilter { child: Some(child(2)), ..all.clone() };
    let about = |event: &Event, wanted| event.payload.children.iter().any(|each| each.pseudonym == wanted);
    assert_eq!(indexes(conn, &by_child), expected(|_, event| about(event, child(2))));

    let by_account = EventFilter { account: Some(account(1)), ..all.clone() };
    assert_eq!(indexes(conn, &by_account), expected(|number, _| number % 3 == 1));
    let by_system = EventFilter { account: Some(account(9)), ..all.clone() };
    assert_eq!(indexes(conn, &by_system), expected(|number, _| number % 5 == 0));
    let by_organisation = EventFilter { organisation: Some(organisation(1)), ..all.clone() };
    assert_eq!(indexes(conn, &by_organisation), expected(|number, _| number % 2 == 1));

    let by_system = EventFilter { system: Some(account(9)), ..all.clone() };
    assert_eq!(indexes(conn, &by_system), expected(|number, _| number % 5 == 0));
    assert!(indexes(conn, &EventFilter { system: Some(account(1)), ..all.clone() }).is_empty());
    let for_somebody = EventFilter { on_behalf_of: Some(account(8)), ..all.clone() };
    assert_eq!(indexes(conn, &for_somebody), expected(|number, _| number % 7 == 0));
    let by_token = EventFilter { token: Some(TokenFingerprint::of("a token")), ..all.clone() };
    assert_eq!(indexes(conn, &by_token), expected(|_, _| true));
    let in_vain = EventFilter { action: Some(AuditAction::ChildSearch), outcome: Some(Outcome::None), ..all.clone() };
    assert_eq!(indexes(conn, &in_vain), expected(|number, _| number % 4 == 2));
    let by_reason = EventFilter { reason: Some(AccessReason::Safeguarding), ..all.clone() };
    assert_eq!(indexes(conn, &by_reason), expected(|number, _| number % 4 != 3));
    assert!(indexes(conn, &EventFilter { reason: Some(AccessReason::Audit), ..all.clone() }).is_empty());
    let earlier = EventFilter { below: Some(100), ..in_vain };
    assert_eq!(indexes(conn, &earlier), expected(|number, _| number < 100 && number % 4 == 2));

    let mixed = EventFilter {
        account: Some(account(1)),
        child: Some(child(4)),
        organisation: Some(organisation(0)),
        action: Some(AuditAction::ChildSearch),
        outcome: Some(Outcome::Disclosed),
        reason: Some(AccessReason::Safeguarding),
        overseer: overseer("E06000054"),
        ..all.clone()
    };
    assert_eq!(indexes(conn, &mixed), expected(|number, _| number % 3 == 1 && number % 4 == 0));
    assert!(indexes(conn, &EventFilter { overseer: overseer("E09000001"), ..all }).is_empty());
}

#[test]
fn times_include_their_start_and_not_their_end() {
    let mut log = Fresh::with_events(SIZE);
    let conn = &mut log.conn;
    let times = EventFilter { from: Some(instant(100)), to: Some(instant(300)), ..EventFilter::default() };
    assert_eq!(indexes(conn, &times), (100..300).rev().collect::<Vec<_>>());
    let with_child = EventFilter { child: Some(child(4)), action: Some(AuditAction::ChildContacts), ..times };
    let wanted = expected(|number, _| (100..300).contains(&number) && number % 4 == 1 && number % 5 == 4);
    assert_eq!(indexes(conn, &with_child), wanted);
}

#[test]
fn a_clock_that_steps_back_loses_nobody() {
    let mut log = Fresh::new();
    let conn_events: Vec<_> =
        [5, 9, 9, 9, 2, 2, 7].into_iter().map(|second| Event { at: instant(second), ..example(2) }).collect();
    log.append(&conn_events);
    let conn = &mut log.conn;
    assert_eq!(indexes(conn, &EventFilter::default()), [6, 5, 4, 3, 2, 1, 0]);
    let times = EventFilter { from: Some(instant(5)), to: Some(instant(9)), ..EventFilter::default() };
    assert_eq!(indexes(conn, &times), [6, 0]);
    let times = EventFilter { from: Some(instant(9)), to: None, ..times };
    assert_eq!(indexes(conn, &times), [3, 2, 1]);
}

#[test]
fn times_asked_for_bound_what_is_read() {
    const HOUR: u64 = 3_600;
    let mut log = Fresh::new();
    let hourly: Vec<_> = (0..9_000).map(|hour| Event { at: instant(hour * HOUR), ..example(2) }).collect();
    log.append(&hourly);
    let mut read = 0;
    let times =
        EventFilter { from: Some(instant(100 * HOUR)), to: Some(instant(103 * HOUR)), ..EventFilter::default() };
    let filter = EventFilter { limit: 50, ..times };
    let page = search_events(&mut log.conn, &filter, |_, events| -> StoreResult<_> {
        read += events.len();
        Ok(vec![true; events.len()])
    });
    assert_eq!(page.unwrap().events.iter().map(|event| event.index).collect::<Vec<_>>(), [102, 101, 100]);
    assert!(read < 10, "{read}");
}

#[test]
fn a_receipt_finds_its_event_only() {
    let mut log = Fresh::new();
    let receipts = log.append(&[example(0), example(1)]);
    let filter = EventFilter { receipt: Some(receipts[1]), ..EventFilter::default() };
    let page = search_all(&mut log.conn, &filter);
    assert_eq!(page.events.iter().map(|event| event.index).collect::<Vec<_>>(), [1]);
    assert_eq!(page.next, None);
    let forged = Receipt { index: 0, ..receipts[1] };
    let filter = EventFilter { receipt: Some(forged), ..filter };
    assert!(search_all(&mut log.conn, &filter).events.is_empty());
}

#[test]
fn tables_that_lag_are_caught_up_in_batches() {
    let mut log = Fresh::new();
    let events: Vec<_> = (0..2500).map(example).collect();
    log.append(&events);
    let filter = EventFilter { account: Some(account(1)), ..EventFilter::default() };
    assert!(indexes(&mut log.conn, &filter).is_empty());
    catch_up(&mut log.conn).unwrap();
    assert_eq!(crate::store::audit::get_head(&mut log.conn).unwrap().derived_to(), 2500);
    assert_eq!(indexes(&mut log.conn, &filter).len(), 833);
    catch_up(&mut log.conn).unwrap();
}

#[test]
fn a_page_reads_a_bounded_number_of_rows() {
    let mut log = Fresh::new();
    let quiet: Vec<_> = (0..3_000).map(|_| example(2)).collect();
    let rare = example(2).about(ChildShown::new(child(1)).shown(["address"]));
    log.append(&[rare]);
    log.append(&quiet);
    let mut filter = EventFilter { shown: Some(Block::Address), limit: 5, ..EventFilter::default() };
    let mut pages = 0;
    let found = loop {
        let page = search_all(&mut log.conn, &filter);
        pages += 1;
        if !page.events.is_empty() {
            break page.events;
        }
        filter.after = Some(page.next.unwrap());
    };
    assert_eq!((found[0].index, pages), (0, 3));
}

#[test]
fn of_what_is_looked_up_only_the_wanted_kinds_are_read() {
    let mut log = Fresh::new();
    let quiet: Vec<_> = (0..18_000).map(|_| example(2)).collect();
    let rare = Event { reason: Some(AccessReason::SubjectRequest), ..example(2) };
    log.append(&[rare.clone(), rare]);
    log.append(&quiet);
    catch_up(&mut log.conn).unwrap();
    let wanted = EventFilter {
        account: Some(account(2)),
        reason: Some(AccessReason::SubjectRequest),
        limit: 5,
        ..EventFilter::default()
    };
    let (mut filter, mut read, mut pages, mut found) = (wanted, 0, 0, Vec::new());
    loop {
        let page = search_events(&mut log.conn, &filter, |_, events| -> StoreResult<_> {
            read += events.len();
            Ok(vec![true; events.len()])
        });
        let page = page.unwrap();
        pages += 1;
        found.extend(page.events.iter().map(|event| event.index));
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!((found, pages), (vec![1, 0], 1), "the rarer list leads");
    assert_eq!(read, 2, "no other event's payload was read");
}

#[test]
fn of_several_things_that_are_named_only_what_is_under_all_is_read() {
    let mut log = Fresh::with_events(SIZE);
    let conn = &mut log.conn;
    let filter = EventFilter {
        child: Some(child(4)),
        account: Some(account(1)),
        system: Some(account(9)),
        organisation: Some(organisation(0)),
        token: Some(TokenFingerprint::of("a token")),
        reason: Some(AccessReason::Safeguarding),
        limit: 50,
        ..EventFilter::default()
    };
    let expected = indexes(conn, &filter);
    assert!(!expected.is_empty());
    let mut read = Vec::new();
    search_events(conn, &filter, |_, events| -> StoreResult<_> {
        read.extend(events.iter().map(|event| event.index));
        Ok(vec![true; events.len()])
    })
    .unwrap();
    assert_eq!(read, expected);
    let nobody = EventFilter { account: Some(account(99)), ..filter };
    assert!(indexes(conn, &nobody).is_empty());
}

#[test]
fn an_auditor_of_an_area_reads_what_they_oversee_and_nothing_else() {
    let mut log = Fresh::new();
    let of = |number: u64, area: Option<&'static str>| {
        let mut event = example(number);
        event.payload.area = area.map(Into::into);
        event
    };
    let areas = [Some("E06000054"), Some("E09000001"), None];
    let events: Vec<_> = (0..900).map(|number| of(number, areas[usize::try_from(number % 9 / 3).unwrap()])).collect();
    log.append(&events);
    catch_up(&mut log.conn).unwrap();
    let conn = &mut log.conn;
    let everything = EventFilter { overseer: overseer("E09000001"), ..EventFilter::default() };
    let questions = [
        everything.clone(),
        EventFilter { account: Some(account(1)), ..everything.clone() },
        EventFilter { organisation: Some(organisation(1)), ..everything.clone() },
        EventFilter { child: Some(child(4)), ..everything.clone() },
        EventFilter { token: Some(TokenFingerprint::of("a token")), ..everything.clone() },
        EventFilter { action: Some(AuditAction::ChildSearch), outcome: Some(Outcome::None), ..everything.clone() },
        EventFilter {
            organisation: Some(organisation(0)),
            action: Some(AuditAction::ChildSearch),
            ..everything.clone()
        },
        EventFilter { from: Some(instant(100)), to: Some(instant(300)), ..everything.clone() },
    ];
    for filter in questions {
        let national = EventFilter { overseer: None, ..filter.clone() };
        let (mut read, filter) = (0, EventFilter { limit: 1_000, ..filter });
        let page = search_events(conn, &filter, |_, events| -> StoreResult<_> {
            read += events.len();
            Ok(vec![true; events.len()])
        });
        let found: Vec<_> = page.unwrap().events.iter().map(|event| event.index).collect();
        let all = indexes(conn, &national);
        let expected: Vec<_> = all.iter().copied().filter(|index| index % 9 / 3 == 1).collect();
        assert!(!found.is_empty());
        assert_eq!(found, expected, "{filter:?}");
        assert!(filter.from.is_some() || read == found.len(), "{read} {filter:?}");
    }
    // Their own account is the system or the caller of some events elsewhere.
    let own = Some(Overseer { area: "E09000001".into(), account: account(9) });
    let expected: Vec<_> = (0..900).rev().filter(|index| index % 9 / 3 == 1 || index % 5 == 0).collect();
    assert_eq!(indexes(conn, &EventFilter { overseer: own.clone(), ..everything.clone() }), expected);
    let searches = EventFilter { overseer: own, action: Some(AuditAction::ChildSearch), ..everything };
    let expected: Vec<_> = expected.into_iter().filter(|index| index % 2 == 0).collect();
    assert_eq!(indexes(conn, &searches), expected);
}

#[test]
fn a_page_with_a_bulk_load_on_it_is_soon_full() {
    let mut log = Fresh::new();
    let many = |count: u16| {
        let names = (0..count).map(|number| Pseudonym(u128::from(number).to_be_bytes()));
        example(2).about_all(names.map(|name| ChildShown::new(name).shown(["identity"])))
    };
    log.append(&[example(2), many(1_500), many(4_000), many(1_000), many(900), many(200), example(2)]);
    let mut filter = EventFilter { limit: 50, ..EventFilter::default() };
    let mut pages = Vec::new();
    loop {
        let page = search_all(&mut log.conn, &filter);
        pages.push(page.events.iter().map(|event| event.index).collect::<Vec<_>>());
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(pages, [vec![6, 5, 4, 3], vec![2], vec![1, 0]]);
}

#[test]
fn where_a_page_ends_does_not_tell_of_what_was_not_admitted() {
    let mut log = Fresh::with_events(9_000);
    let conn = &mut log.conn;
    let filter = EventFilter { organisation: Some(organisation(0)), limit: 10, ..EventFilter::default() };
    // Of the organisation's events, the even ones, one in three hundred may be known of.
    let admitted = |event: &RecordedEvent| event.index.is_multiple_of(300);
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let filter = EventFilter { after, ..filter.clone() };
        let page =
            search_events(conn, &filter, |_, events| -> StoreResult<_> { Ok(events.iter().map(admitted).collect()) });
        let page = page.unwrap();
        seen.extend(page.events.iter().map(|event| event.index));
        let Some(next) = page.next else { break };
        assert!(next.0 % 300 == 0, "{next}");
        after = Some(next);
    }
    assert_eq!(seen, (0..30).rev().map(|number| number * 300).collect::<Vec<_>>());
}

#[test]
fn whom_nothing_is_admitted_to_comes_to_an_end_all_the_same() {
    let mut log = Fresh::with_events(5_000);
    let mut filter = EventFilter { limit: 10, ..EventFilter::default() };
    let mut pages = 0;
    loop {
        let nothing =
            |_: &mut AnyConnection, events: &[RecordedEvent]| -> StoreResult<_> { Ok(vec![false; events.len()]) };
        let page = search_events(&mut log.conn, &filter, nothing).unwrap();
        assert!(page.events.is_empty());
        pages += 1;
        let Some(next) = page.next else { break };
        filter.after = Some(next);
    }
    assert_eq!(pages, 5);
}
