//! What no auditor is shown, on any event: properties, and a few events told one by one.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::domain::audit::tree::EMPTY_ROOT;
use crate::domain::ids::AccountId;

const AREA: &str = "E06000054";
const ELSEWHERE: &str = "E08000025";
/// The auditor's own account.
const OWN: u128 = 0xa0;

fn account(number: u128) -> Uuid {
    Uuid::from_u128(0xa0 + number)
}

fn organisation(number: u128) -> Uuid {
    Uuid::from_u128(0x0b00 + number)
}

fn child(number: u8) -> Pseudonym {
    Pseudonym([number; 16])
}

fn number(of: u8) -> IndexNumber {
    IndexNumber::from_random_bits(of.into())
}

fn local() -> Auditor {
    Auditor { account: AccountId(Uuid::from_u128(OWN)), area: Some(AREA.into()), cleared: false }
}

fn auditors() -> impl Strategy<Value = Auditor> {
    (any::<bool>(), any::<bool>()).prop_map(|(national, cleared)| Auditor {
        area: (!national).then(|| AREA.to_owned()),
        cleared,
        ..local()
    })
}

/// Six accounts, two of each organisation; the third organisation is sensitive, the fourth is gone; of the children the
/// first two are ordinary, the third is hidden, the fourth sealed, the fifth gone.
fn around() -> Surroundings {
    let now = |hidden, sealed, of| ChildNow { number: number(of), hidden, sealed };
    let children = [(0, false, false), (1, false, false), (2, true, false), (3, true, true)];
    Surroundings {
        children: children.into_iter().map(|(of, hidden, sealed)| (child(of), now(hidden, sealed, of))).collect(),
        accounts: (0..6)
            .map(|of| {
                let organisation = organisation(of % 3);
                (account(of), AccountNow { name: format!("Person {of}"), role: Role::Practitioner, organisation })
            })
            .collect(),
        organisations: (0..3)
            .map(|of| (organisation(of), OrganisationNow { name: format!("Body {of}"), sensitive: of == 2 }))
            .collect(),
    }
}

fn shown() -> impl Strategy<Value = ChildShown> {
    (0_u8..5, any::<bool>(), any::<bool>()).prop_map(|(of, disclosed, protected)| {
        let blocks = if disclosed { vec!["identity"] } else { vec![] };
        ChildShown::new(child(of)).shown(blocks).withheld(["address"]).at_version(2).protected(protected)
    })
}

fn targets() -> impl Strategy<Value = Target> {
    (0_u128..6, 0..3).prop_map(|(of, kind)| match kind {
        0 => Target { kind: TargetKind::Account, id: account(of).to_string() },
        1 => Target { kind: TargetKind::Organisation, id: organisation(of % 4).to_string() },
        _ => Target { kind: TargetKind::Involvement, id: "417233".into() },
    })
}

fn payloads() -> impl Strategy<Value = Payload> {
    let who = (option::of(0_u128..7), option::of(0_u128..7), option::of(0_u128..7), 0_u128..4);
    let whom = (vec(shown(), 0..4), vec(targets(), 0..3), any::<bool>(), any::<bool>());
    (who, whom).prop_map(|((caller, system, phone, of), (children, targets, asked, here))| Payload {
        account: caller.map(account),
        organisation: caller.map(|_| organisation(of)),
        system: system.map(account),
        on_behalf_of: phone.map(account),
        area: caller.map(|_| if here { AREA } else { ELSEWHERE }.into()),
        children,
        targets,
        criteria: if asked { Criteria::new().with("family_name", "Okafor") } else { Criteria::new() },
        ..Payload::default()
    })
}

fn event(action: &str, payload: Option<Payload>) -> RecordedEvent {
    RecordedEvent {
        index: 7,
        leaf_hash: EMPTY_ROOT,
        at: DateTime::UNIX_EPOCH,
        action: action.into(),
        outcome: "disclosed".into(),
        reason: Some("safeguarding".into()),
        strength: "two-factor".into(),
        children_disclosed: 0,
        payload,
    }
}

fn events() -> impl Strategy<Value = RecordedEvent> {
    let actions = prop_oneof![Just("child.search"), Just("child.contacts"), Just("audit.search"), Just("team.read")];
    (actions, option::weighted(0.95, payloads())).prop_map(|(action, payload)| event(action, payload))
}

fn is_about_hidden(payload: &Payload) -> bool {
    payload.children.iter().any(|each| each.protected || each.pseudonym.0[0] >= 2)
}

/// Whether the caller's organisation is sensitive, then or now, or gone.
fn is_by_hidden(payload: &Payload) -> bool {
    let of = |number: Uuid, first| number.as_u128() - first;
    payload.organisation.is_some_and(|id| of(id, 0x0b00) >= 2)
        || payload.account.is_some_and(|id| of(id, 0xa0) % 3 == 2 || of(id, 0xa0) >= 6)
}

fn is_own(payload: &Payload) -> bool {
    payload.account == Some(Uuid::from_u128(OWN))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, max_global_rejects: 100_000, ..ProptestConfig::default() })]

    #[test]
    fn a_local_auditor_sees_the_accounts_of_the_area_and_no_others(event in events()) {
        let expected = event.payload.as_ref().is_some_and(|payload| {
            payload.area.as_deref() == Some(AREA) || payload.accounts().any(|id| id == Uuid::from_u128(OWN))
        });
        prop_assert_eq!(local().view(&event, &around()).is_some(), expected);
    }

    #[test]
    fn nobody_is_shown_the_number_of_a_hidden_child(auditor in auditors(), event in events()) {
        let Some(view) = auditor.view(&event, &around()) else { return Ok(()) };
        let payload = event.payload.unwrap_or_default();
        prop_assert_eq!(view.children.len(), payload.children.len());
        for (seen, told) in view.children.iter().zip(&payload.children) {
            if told.protected || told.pseudonym.0[0] >= 2 {
                prop_assert_eq!(seen.name, ChildName::Pseudonym(told.pseudonym));
            }
            // What was shown of a child that is not named is for the cleared.
            if auditor.cleared || matches!(seen.name, ChildName::Number(_)) {
                prop_assert_eq!((&seen.shown, &seen.withheld), (&told.shown, &told.withheld));
            } else {
                prop_assert!(seen.shown.is_empty() && seen.withheld.is_empty());
            }
        }
    }

    #[test]
    fn an_uncleared_auditor_is_not_led_to_a_hidden_child(auditor in auditors(), event in events()) {
        let payload = event.payload.clone().unwrap_or_default();
        prop_assume!(!auditor.cleared && is_about_hidden(&payload));
        let Some(view) = auditor.view(&event, &around()) else { return Ok(()) };
        prop_assert_eq!((&view.organisation, &view.criteria, view.targets.len()), (&None, &None, 0));
        let text = format!("{view:?}");
        for of in 0..4 {
            prop_assert!(!text.contains(&organisation(of).to_string()) && !view.is_of(organisation(of)));
        }
    }

    /// Two events that differ in what is masked alone are shown alike: nothing else can follow from what is shown, and
    /// nothing that is asked can tell them apart.
    #[test]
    fn what_is_masked_makes_no_difference(auditor in auditors(), event in events(), other in 0_u128..2) {
        let payload = event.payload.clone().unwrap_or_default();
        prop_assume!(!auditor.cleared && is_about_hidden(&payload) && !is_by_hidden(&payload));
        let elsewhere = Payload {
            organisation: payload.organisation.map(|_| organisation(other)),
            criteria: if payload.criteria.is_empty() { Criteria::new() } else { Criteria::new().with("age", 7) },
            ..payload
        };
        let elsewhere = RecordedEvent { payload: Some(elsewhere), ..event.clone() };
        prop_assert_eq!(auditor.view(&event, &around()), auditor.view(&elsewhere, &around()));
    }

    #[test]
    fn an_uncleared_auditor_is_not_led_to_a_sensitive_organisation(auditor in auditors(), event in events()) {
        let payload = event.payload.clone().unwrap_or_default();
        prop_assume!(!auditor.cleared && !is_own(&payload) && is_by_hidden(&payload));
        let Some(view) = auditor.view(&event, &around()) else { return Ok(()) };
        prop_assert_eq!((&view.actor, &view.system, &view.on_behalf_of), (&None, &None, &None));
        prop_assert_eq!((&view.organisation, &view.criteria, view.targets.len()), (&None, &None, 0));
        prop_assert!(view.children.iter().all(|child| matches!(child.name, ChildName::Pseudonym(_))));
        prop_assert!((0..7).all(|of| !view.is_by(account(of))));
        prop_assert!((0..4).all(|of| !view.is_of(organisation(of))));
    }

    #[test]
    fn no_sensitive_organisation_is_named_to_the_uncleared(auditor in auditors(), event in events()) {
        prop_assume!(!auditor.cleared && !is_own(&event.payload.clone().unwrap_or_default()));
        let Some(view) = auditor.view(&event, &around()) else { return Ok(()) };
        let text = format!("{view:?}");
        for hidden in [2, 3] {
            prop_assert!(!text.contains(&organisation(hidden).to_string()), "{}", text);
        }
        prop_assert!(!text.contains("Body 2") && !text.contains("Person 2") && !text.contains("Person 5"));
    }

    #[test]
    fn the_cleared_are_shown_all_but_whose_number_it_is(event in events()) {
        let auditor = Auditor { area: None, cleared: true, ..local() };
        let view = auditor.view(&event, &around()).unwrap();
        let payload = event.payload.clone().unwrap_or_default();
        prop_assert!(view.masked.iter().all(|part| *part == MaskedPart::Children));
        prop_assert_eq!(view.organisation.map(|each| each.id), payload.organisation);
        prop_assert_eq!(view.actor.map(|each| each.id), payload.account);
        prop_assert_eq!(view.system.map(|each| each.id), payload.system);
        prop_assert_eq!(view.on_behalf_of.map(|each| each.id), payload.on_behalf_of);
        prop_assert_eq!(view.criteria.unwrap_or_default(), payload.criteria);
        prop_assert_eq!(view.targets, payload.targets);
    }

    #[test]
    fn what_is_masked_is_said_and_nothing_else(auditor in auditors(), event in events()) {
        let Some(view) = auditor.view(&event, &around()) else { return Ok(()) };
        let payload = event.payload.unwrap_or_default();
        let said = |part, present: bool, shown: bool| view.masked.contains(&part) == (present && !shown);
        prop_assert!(said(MaskedPart::Actor, payload.account.is_some(), view.actor.is_some()));
        prop_assert!(said(MaskedPart::Organisation, payload.organisation.is_some(), view.organisation.is_some()));
        prop_assert!(said(MaskedPart::System, payload.system.is_some(), view.system.is_some()));
        prop_assert!(said(MaskedPart::OnBehalfOf, payload.on_behalf_of.is_some(), view.on_behalf_of.is_some()));
        prop_assert!(said(MaskedPart::Criteria, !payload.criteria.is_empty(), view.criteria.is_some()));
        prop_assert!(said(MaskedPart::Targets, !payload.targets.is_empty(), !view.targets.is_empty()));
    }
}

fn by(of: u128) -> Payload {
    Payload {
        account: Some(account(of)),
        organisation: Some(organisation(of % 3)),
        area: Some(AREA.into()),
        criteria: Criteria::new().with("family_name", "Okafor"),
        ..Payload::default()
    }
}

fn seen(auditor: &Auditor, action: &str, payload: Payload) -> AuditedEvent {
    auditor.view(&event(action, Some(payload)), &around()).unwrap()
}

#[test]
fn an_ordinary_event_is_shown_whole() {
    let payload = Payload { children: vec![ChildShown::new(child(1)).shown(["identity"])], ..by(1) };
    let view = seen(&local(), "child.contacts", payload);
    assert_eq!(view.masked, []);
    assert_eq!(view.children[0].name, ChildName::Number(number(1)));
    assert_eq!(view.actor.unwrap().name.as_deref(), Some("Person 1"));
    assert_eq!(view.organisation.unwrap().name.as_deref(), Some("Body 1"));
    assert!(view.criteria.is_some());
}

#[test]
fn an_ordinary_account_is_still_named_beside_a_shielded_child() {
    let payload = Payload { children: vec![ChildShown::new(child(2)), ChildShown::new(child(0))], ..by(1) };
    let view = seen(&local(), "child.contacts", payload);
    assert_eq!(view.masked, [MaskedPart::Organisation, MaskedPart::Children, MaskedPart::Criteria]);
    assert_eq!(view.actor.unwrap().id, account(1));
    assert_eq!(view.children[0].name, ChildName::Pseudonym(child(2)));
    assert_eq!(view.children[1].name, ChildName::Number(number(0)));
}

#[test]
fn what_another_auditor_asked_is_for_the_cleared() {
    let view = seen(&local(), "audit.search", by(1));
    assert_eq!(view.masked, [MaskedPart::Criteria]);
    let own = seen(&local(), "audit.search", by(0));
    assert_eq!((own.masked.as_slice(), own.criteria.is_some()), ([].as_slice(), true));
    assert!(seen(&Auditor { cleared: true, ..local() }, "audit.search", by(1)).criteria.is_some());
}

#[test]
fn a_redacted_event_is_bare_and_says_so() {
    let national = Auditor { area: None, ..local() };
    let view = national.view(&event("child.search", None), &around()).unwrap();
    assert!(view.redacted && view.masked.is_empty() && view.actor.is_none() && view.children.is_empty());
    assert_eq!(local().view(&event("child.search", None), &around()), None);
}

#[test]
fn a_sealed_number_is_asked_about_by_the_cleared_alone() {
    let around = around();
    let (shielded, sealed) = (&around.children[&child(2)], &around.children[&child(3)]);
    assert!(local().may_ask_about(shielded) && !local().may_ask_about(sealed));
    assert!(Auditor { cleared: true, ..local() }.may_ask_about(sealed));
}
