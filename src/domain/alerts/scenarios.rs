//! For each rule a scenario that must fire and one that must not.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::accesses::{Access, Known, Watched};
use super::rules::{RULES, RuleKind, rule_of};
use super::scenes::{Noticed, Scene};
use super::*;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::instants::{DAY, HOUR, Instant, SECOND};

/// A Friday at noon, in winter time.
const NOON: &str = "2026-11-20T12:00:00Z";

fn noon() -> Instant {
    Instant::parse(NOON).unwrap()
}

fn a_nurse() -> Watched {
    Watched {
        organisation: Uuid::from_u128(2),
        area: "E06000054".into(),
        name: "joanna whitfield".into(),
        surname: "whitfield".into(),
        colleagues: BTreeSet::from(["adeyemi".to_owned()]),
        peers: Some(6),
        machine: false,
    }
}

/// An ordinary child of the area, with whom the nurse's organisation works.
fn ordinary() -> Known {
    Known { surname: "okafor".into(), area: "E06000054".into(), involved: true, ..Known::default() }
}

/// `many` records opened a minute apart before noon, of children like `like`.
fn opening(many: u8, like: &Known) -> Scene {
    let accesses = (0..many).map(|number| Access {
        index: number.into(),
        at: noon().plus(i64::from(number) * 60 * SECOND - 4 * HOUR),
        action: "child.read".into(),
        reason: Some(["early-help", "safeguarding"][usize::from(number % 2)].into()),
        children: vec![Pseudonym([number; 16])],
        surname: None,
        postcode: None,
        criteria: "{}".into(),
    });
    let children = (0..many).map(|number| (Pseudonym([number; 16]), like.clone())).collect();
    let accesses: Vec<Access> = accesses.collect();
    let stated = stated(&accesses);
    Scene { watched: a_nurse(), accesses, children, stated, now: noon() }
}

fn searching(many: u8, surname: impl Fn(u8) -> String, postcode: impl Fn(u8) -> String) -> Scene {
    let mut scene = opening(many, &ordinary());
    for (number, access) in (0..many).zip(&mut scene.accesses) {
        access.action = "child.search".into();
        access.at = noon().plus(-i64::from(number) * 60 * SECOND);
        access.surname = Some(surname(number));
        access.postcode = Some(postcode(number));
        access.criteria = format!("child {number}");
    }
    scene.accesses.reverse();
    scene
}

fn stated(accesses: &[Access]) -> BTreeMap<String, i64> {
    let mut stated = BTreeMap::new();
    accesses.iter().for_each(|access| *stated.entry(access.reason.clone().unwrap_or_default()).or_default() += 1);
    stated
}

fn judged(kind: RuleKind, scene: &Scene) -> Option<Noticed> {
    let rule = rule_of(kind);
    let noticed = scene.judge(&rule).pop();
    // What fires was moved by one of its accesses: otherwise nobody would have judged.
    let moved = scene.accesses.iter().any(|access| scene.may_be_moved(&rule, access));
    assert!(moved || noticed.is_none(), "{kind} fires unmoved");
    noticed
}

fn fires(kind: RuleKind, scene: &Scene) -> Noticed {
    judged(kind, scene).unwrap_or_else(|| panic!("{kind} does not fire"))
}

#[test]
fn every_rule_is_there_once_and_ordinary_work_meets_none() {
    let kinds: BTreeSet<_> = RULES.iter().map(|rule| rule.kind).collect();
    assert_eq!(kinds.len(), RuleKind::ALL.len());
    let day = opening(12, &ordinary());
    for rule in &RULES {
        assert_eq!(day.judge(rule), [], "{}", rule.kind);
    }
}

#[test]
fn volume() {
    let many = opening(30, &ordinary());
    let noticed = fires(RuleKind::Volume, &many);
    assert_eq!((noticed.measure, noticed.events.len(), noticed.occasion.as_str()), (5, 30, "2026-11-20"));
    let busy = Scene { watched: Watched { peers: Some(12), ..a_nurse() }, ..many.clone() };
    assert_eq!(judged(RuleKind::Volume, &busy), None, "others are as busy");
    let alone = Scene { watched: Watched { peers: None, ..a_nurse() }, ..many };
    assert_eq!(judged(RuleKind::Volume, &alone), None, "there is nobody to compare with");
}

#[test]
fn walks() {
    let smiths = searching(7, |_| "smith".into(), |number| format!("BA14{number}JN"));
    assert_eq!(fires(RuleKind::SurnameWalk, &smiths).measure, 7);
    assert_eq!(judged(RuleKind::PostcodeWalk, &smiths), None);
    let street = searching(7, |number| format!("name{number}"), |_| "BA148JN".into());
    assert_eq!(fires(RuleKind::PostcodeWalk, &street).events.len(), 7);
    assert_eq!(judged(RuleKind::SurnameWalk, &street), None);
    let mut again = searching(7, |_| "smith".into(), |_| "BA148JN".into());
    again.accesses.iter_mut().for_each(|access| access.criteria = "the same child".into());
    assert_eq!(judged(RuleKind::SurnameWalk, &again), None, "one child searched for again and again");
    let mut slow = smiths;
    slow.accesses.iter_mut().zip(0_i64..).for_each(|(access, day)| access.at = noon().plus(-day * DAY));
    assert_eq!(judged(RuleKind::SurnameWalk, &slow), None, "one a day");
}

#[test]
fn own_family() {
    let namesake = Known { surname: "whitfield".into(), involved: false, ..ordinary() };
    assert!(!fires(RuleKind::OwnFamily, &opening(1, &namesake)).protected);
    let home = Known { own_home: true, ..ordinary() };
    fires(RuleKind::OwnFamily, &opening(1, &home));
    let worked_with = Known { involved: true, ..namesake.clone() };
    assert_eq!(judged(RuleKind::OwnFamily, &opening(3, &worked_with)), None, "a namesake on the caseload");
    let hidden = Known { hidden: true, own_home: true, ..ordinary() };
    assert!(fires(RuleKind::OwnFamily, &opening(1, &hidden)).protected, "it tells where a hidden child lives");
}

#[test]
fn colleagues_family() {
    let adeyemi = Known { surname: "adeyemi".into(), involved: false, ..ordinary() };
    fires(RuleKind::ColleaguesFamily, &opening(2, &adeyemi));
    assert_eq!(judged(RuleKind::ColleaguesFamily, &opening(1, &adeyemi)), None, "one may be chance");
    let worked_with = Known { involved: true, ..adeyemi };
    assert_eq!(judged(RuleKind::ColleaguesFamily, &opening(4, &worked_with)), None);
}

#[test]
fn out_of_area() {
    let elsewhere = Known { area: "E08000025".into(), involved: false, ..ordinary() };
    assert!(!fires(RuleKind::OutOfArea, &opening(5, &elsewhere)).protected);
    assert_eq!(judged(RuleKind::OutOfArea, &opening(4, &elsewhere)), None);
    let cross_border = Known { involved: true, ..elsewhere.clone() };
    assert_eq!(judged(RuleKind::OutOfArea, &opening(9, &cross_border)), None, "a caseload across the border");
    let mut mixed = opening(5, &elsewhere);
    mixed.children.insert(Pseudonym([4; 16]), Known { hidden: true, ..elsewhere });
    let noticed = fires(RuleKind::OutOfArea, &mixed);
    assert!(noticed.protected, "without the hidden child it would not have fired");
}

#[test]
fn out_of_hours() {
    let mut night = opening(5, &ordinary());
    night.accesses.iter_mut().for_each(|access| access.at = noon().plus(-9 * HOUR));
    fires(RuleKind::OutOfHours, &night);
    night.accesses.pop();
    assert_eq!(judged(RuleKind::OutOfHours, &night), None, "a late evening");
    assert_eq!(judged(RuleKind::OutOfHours, &opening(40, &ordinary())), None, "by day");
}

#[test]
fn overrides() {
    let mut scene = opening(3, &ordinary());
    assert_eq!(judged(RuleKind::Override, &scene), None, "nothing was overridden");
    scene.accesses[0].action = "override.warned".into();
    assert_eq!(judged(RuleKind::Override, &scene), None, "a warning was heeded");
    scene.accesses[1].action = "override.viewed".into();
    assert_eq!(fires(RuleKind::Override, &scene).occasion, "1");
    scene.accesses[2].action = "override.viewed".into();
    let noticed = scene.judge(&rule_of(RuleKind::Override));
    assert_eq!(noticed.iter().map(|it| it.events.clone()).collect::<Vec<_>>(), [[1], [2]], "each by itself");
}

#[test]
fn no_involvement_afterwards() {
    let stranger = Known { involved: false, ..ordinary() };
    let mut scene = opening(5, &stranger);
    assert_eq!(judged(RuleKind::NoInvolvement, &scene), None, "an involvement may still be recorded");
    scene.accesses.iter_mut().for_each(|access| access.at = noon().plus(-14 * DAY - HOUR));
    fires(RuleKind::NoInvolvement, &scene);
    scene.children.values_mut().for_each(|known| known.involved = true);
    assert_eq!(judged(RuleKind::NoInvolvement, &scene), None, "it was recorded");
}

#[test]
fn constant_reason() {
    let mut scene = opening(60, &ordinary());
    assert_eq!(judged(RuleKind::ConstantReason, &scene), None, "reasons vary");
    scene.accesses.iter_mut().for_each(|access| access.reason = Some("safeguarding".into()));
    scene.stated = stated(&scene.accesses);
    assert_eq!(fires(RuleKind::ConstantReason, &scene).occasion, "2026-W47");
    scene.stated.insert("early-help".into(), 1);
    assert_eq!(judged(RuleKind::ConstantReason, &scene), None, "another one was stated last week");
    scene.stated = [("safeguarding".to_owned(), 59)].into();
    assert_eq!(judged(RuleKind::ConstantReason, &scene), None, "too few to tell");
}

#[test]
fn decoys() {
    let decoy = Known { decoy: true, ..ordinary() };
    fires(RuleKind::Decoy, &opening(1, &decoy));
    assert_eq!(judged(RuleKind::Decoy, &opening(9, &ordinary())), None);
    let mut machine = opening(1, &decoy);
    machine.watched.machine = true;
    fires(RuleKind::Decoy, &machine);
}

#[test]
fn an_alert_is_worked_through_in_order() {
    use AlertStatus::{Closed, Open, Reviewed};
    let open = Alert {
        id: Uuid::nil(),
        rule: RuleKind::Decoy,
        occasion: "2026-11-20".into(),
        account: Uuid::nil(),
        organisation: Uuid::nil(),
        area: "E06000054".into(),
        protected: false,
        status: Open,
        outcome: None,
        measure: 1,
        threshold: 1,
        raised_at: noon(),
        reviewed_by: None,
        reviewed_at: None,
        closed_at: None,
        version: 1,
        events: vec![7],
    };
    let auditor = Uuid::from_u128(9);
    let go = |alert: &Alert, status, outcome| alert.changed(AlertChange { status, outcome }, auditor, noon());
    assert_eq!(go(&open, Closed, Some(AlertOutcome::Misuse)), Err(OutOfOrder::Status));
    assert_eq!(go(&open, Reviewed, None), Err(OutOfOrder::OutcomeMissing));
    let reviewed = go(&open, Reviewed, Some(AlertOutcome::Misuse)).unwrap();
    assert_eq!((reviewed.reviewed_by, reviewed.outcome), (Some(auditor), Some(AlertOutcome::Misuse)));
    assert_eq!(go(&reviewed, Open, None), Err(OutOfOrder::Status));
    assert_eq!(go(&reviewed, Reviewed, Some(AlertOutcome::Advised)).unwrap().outcome, Some(AlertOutcome::Advised));
    let closed = go(&reviewed, Closed, None).unwrap();
    assert_eq!((closed.status, closed.closed_at), (Closed, Some(noon())));
    for status in AlertStatus::ALL {
        assert_eq!(go(&closed, *status, Some(AlertOutcome::NoConcern)), Err(OutOfOrder::Status));
    }
}
