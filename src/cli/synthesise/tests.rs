//! The population as a whole: what is in it, in what proportion, and that it repeats itself.

use super::*;
use crate::domain::bulk::BulkInvolvement;
use crate::domain::children::{AddressState, ChildStatus, OtherNameKind};
use crate::domain::identifiers::{IdentifierStatus, IdentifierSystem};
use crate::domain::instants::years_after;
use crate::domain::involvements::LeadKind;
use crate::domain::services::{Freshness, FreshnessLimits, Service, ServiceGroup};
use crate::domain::sex::Sex;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 22).unwrap()
}

fn text(children: u64, seed: u64) -> String {
    let mut out = Vec::new();
    synthesise(children, seed, today(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn children_of(text: &str) -> Vec<BulkChild> {
    let lines =
        text.lines().map(|line| BulkLine::parse(line, today()).unwrap_or_else(|error| panic!("{error}: {line}")));
    lines
        .filter_map(|line| match line {
            BulkLine::Child(child) => Some(child),
            BulkLine::Organisation(_) => None,
        })
        .collect()
}

/// One population large enough for proportions, made once.
static POPULATION: LazyLock<Vec<BulkChild>> = LazyLock::new(|| children_of(&text(8_000, 42)));

fn in_thousand(count: usize) -> usize {
    count * 1_000 / POPULATION.len()
}

fn share(holds: impl Fn(&BulkChild) -> bool) -> usize {
    in_thousand(POPULATION.iter().filter(|child| holds(child)).count())
}

fn involvements() -> impl Iterator<Item = (&'static BulkChild, &'static BulkInvolvement)> {
    POPULATION.iter().flat_map(|child| child.involvements.iter().map(move |involvement| (child, involvement)))
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    assert_eq!(text(300, 42), text(300, 42));
    assert_ne!(text(300, 42), text(300, 43));
}

#[test]
fn exactly_so_many_children_are_written_and_organisations_come_first() {
    for count in [0_usize, 1, 200, 333] {
        let text = text(u64::try_from(count).unwrap(), 7);
        assert_eq!(children_of(&text).len(), count);
        let is_child = |line: &&str| !line.starts_with("{\"organisation\":");
        assert!(text.lines().skip_while(|line| !is_child(line)).all(|line| is_child(&line)));
    }
}

#[test]
fn whatever_is_named_is_defined() {
    let text = text(400, 3);
    let mut known: HashMap<String, HashSet<String>> = HashMap::new();
    for line in text.lines() {
        match BulkLine::parse(line, today()).unwrap() {
            BulkLine::Organisation(organisation) => {
                let teams = organisation.teams.into_iter().map(|team| team.code).collect();
                assert!(known.insert(organisation.code, teams).is_none(), "defined twice");
            }
            BulkLine::Child(child) => {
                assert!(known.contains_key(child.supplied_by.as_ref().unwrap()), "{}", child.source_key);
                for involvement in &child.involvements {
                    let teams = known.get(&involvement.organisation).expect("a known organisation");
                    assert!(involvement.team.as_ref().is_none_or(|team| teams.contains(team)), "{involvement:?}");
                }
            }
        }
    }
    assert!(known.contains_key(FIRST_COUNCIL) && known.contains_key(FIRST_COMMUNITY_HEALTH));
}

#[test]
fn one_person_is_reached_in_one_way() {
    let mut routes = HashMap::new();
    for (_, involvement) in involvements() {
        let Some(person) = &involvement.practitioner else { continue };
        let key = (&involvement.organisation, &person.name, &person.job_title);
        assert_eq!(*routes.entry(key).or_insert(&person.routes), &person.routes, "{key:?}");
    }
    assert!(routes.len() > 500);
}

#[test]
fn numbers_are_those_of_nobody() {
    let mut nhs = HashSet::new();
    for child in POPULATION.iter() {
        for identifier in &child.identifiers {
            let checked = identifier.identifier().unwrap();
            if identifier.system == IdentifierSystem::NhsNumber {
                assert!(checked.value().starts_with("999"));
                let is_new = nhs.insert(checked.value().to_owned());
                assert!(is_new || identifier.status == IdentifierStatus::Disputed, "{}", child.source_key);
            }
        }
        for carer in &child.carers {
            assert!(carer.email.as_ref().is_none_or(|email| email.as_str().contains("example.")), "{carer:?}");
        }
    }
    let text = text(1_000, 42);
    for phone in text.split("\"phone\":\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let drama =
            ["01632 960", "07700 900", "020 7946 0", "0191 498 0"].iter().any(|prefix| phone.starts_with(prefix))
                || (phone.starts_with("01") && phone.get(4..9) == Some(" 496 "));
        assert!(drama, "{phone}");
    }
}

#[test]
fn brothers_and_sisters_share_carers_address_and_mostly_the_name() {
    let mut homes: HashMap<String, Vec<&BulkChild>> = HashMap::new();
    for child in POPULATION.iter() {
        let address = child.address.as_ref().unwrap();
        if address.state() == AddressState::Current {
            homes.entry(format!("{:?} {:?}", address.lines, address.postcode())).or_default().push(child);
        }
    }
    let several: Vec<_> = homes.values().filter(|home| home.len() > 1).collect();
    assert!(several.len() > 1_000);
    assert!(homes.values().all(|home| home.len() <= 6));
    let mut same_name = 0;
    for home in &several {
        let first = home[0];
        for child in *home {
            assert_eq!(child.shield, first.shield, "a shield covers the household");
            let names = |child: &BulkChild| child.carers.iter().map(|carer| carer.name.clone()).collect::<Vec<_>>();
            assert_eq!(names(child), names(first));
            assert_eq!(child.carers[0].phone, first.carers[0].phone);
        }
        same_name += usize::from(home.iter().all(|child| child.name.family == first.name.family));
    }
    assert!(same_name * 100 > several.len() * 75, "{same_name} of {}", several.len());
    assert!(same_name < several.len(), "some are put together from two families");
}

#[test]
fn no_contact_joins_two_households() {
    let mut owner: HashMap<String, String> = HashMap::new();
    for child in POPULATION.iter() {
        let address = child.address.as_ref().unwrap();
        if !matches!(address.state(), AddressState::Current | AddressState::LastKnown) {
            continue;
        }
        let home = format!("{:?} {:?}", address.lines, address.postcode());
        for carer in &child.carers {
            let contacts = carer.phone.iter().map(|phone| phone.comparable());
            for contact in contacts.chain(carer.email.iter().map(ToString::to_string)) {
                assert_eq!(owner.entry(contact).or_insert_with(|| home.clone()), &home);
            }
        }
    }
}

#[test]
fn ages_names_and_services_are_in_proportion() {
    let age = |child: &BulkChild| child.date_of_birth.and_then(|born| today().years_since(born));
    for (years, least, most) in
        [(0..5, 200, 300), (5..11, 290, 410), (11..16, 230, 330), (16..18, 70, 140), (18..30, 5, 25)]
    {
        let share = share(|child| age(child).is_some_and(|age| years.contains(&age)));
        assert!((least..=most).contains(&share), "{years:?}: {share}");
    }
    assert!((490..530).contains(&share(|child| child.sex == Sex::M)));
    assert!((15..60).contains(&share(|child| child.name.family.contains('-'))));
    assert!(
        (20..120)
            .contains(&share(|child| child.other_names.iter().any(|name| name.kind == OtherNameKind::AlsoKnownAs)))
    );
    assert!((5..40).contains(&share(|child| child.other_names.iter().any(|name| name.kind == OtherNameKind::Former))));
    assert!((20..120).contains(&share(|child| !child.name.family.is_ascii() || !child.name.given.is_ascii())));
    let families: HashSet<_> = POPULATION.iter().map(|child| &child.name.family).collect();
    assert!(families.len() > 1_500, "{}", families.len());

    let live = |child: &BulkChild, group| {
        child
            .involvements
            .iter()
            .any(|involvement| involvement.ended_on.is_none() && involvement.service.group() == group)
    };
    assert!(share(|child| live(child, ServiceGroup::Universal)) > 950);
    assert!((70..130).contains(&share(|child| live(child, ServiceGroup::Additional))));
    assert!((5..30).contains(&share(|child| live(child, ServiceGroup::Sensitive))));
    assert!((2..12).contains(&share(|child| child.shield.is_some())));
    assert!(POPULATION.iter().any(|child| child.shield.is_some_and(|shield| shield.sealed)));
    assert!((2..15).contains(&share(|child| child.status == Some(ChildStatus::Unborn))));
}

#[test]
fn twins_are_as_frequent_as_in_nature() {
    let pairs = POPULATION.windows(2).filter(|pair| {
        pair[0].date_of_birth.is_some()
            && pair[0].date_of_birth == pair[1].date_of_birth
            && pair[0].address == pair[1].address
            && pair[0].carers == pair[1].carers
    });
    let pairs = in_thousand(pairs.count());
    assert!((8..25).contains(&pairs), "{pairs}");
}

#[test]
fn entries_are_fresh_ageing_and_stale() {
    let micros = |day: NaiveDate| crate::domain::instants::Instant::start_of(day);
    let mut counts: HashMap<Freshness, usize> = HashMap::new();
    for (_, involvement) in involvements().filter(|(_, involvement)| involvement.ended_on.is_none()) {
        let confirmed = micros(involvement.last_confirmed_on.unwrap());
        *counts.entry(FreshnessLimits::default().freshness(confirmed, micros(today()))).or_default() += 1;
    }
    let total: usize = counts.values().sum();
    for (freshness, least, most) in [(Freshness::Fresh, 55, 75), (Freshness::Ageing, 12, 30), (Freshness::Stale, 8, 25)]
    {
        let share = counts[&freshness] * 100 / total;
        assert!((least..=most).contains(&share), "{freshness}: {share} %");
    }
    assert!(involvements().any(|(_, involvement)| involvement.ended_on.is_some()));
}

#[test]
fn every_service_in_the_population_has_a_place() {
    let given: HashSet<Service> = involvements().map(|(_, involvement)| involvement.service).collect();
    let never = [
        Service::ExtendedSchool,
        Service::FamilySupport,
        Service::FireAndRescue,
        Service::SexualAssaultReferral,
        Service::GenderIdentity,
    ];
    for service in Service::ALL {
        let rare = matches!(service, Service::Probation);
        assert!(rare || given.contains(service) != never.contains(service), "{service}");
    }
}

/// What the least population must hold, as a demo shows it.
#[test]
fn two_hundred_children_show_every_kind() {
    for seed in 0..40 {
        let text = text(200, seed);
        let children = children_of(&text);
        let has = |holds: &dyn Fn(&BulkChild) -> bool| children.iter().any(holds);
        let lead = |kind| {
            move |child: &BulkChild| child.involvements.iter().any(|entry| entry.lead_professional == Some(kind))
        };
        assert!(has(&lead(LeadKind::EarlyHelp)) && has(&lead(LeadKind::ChildProtection)), "{seed}");
        assert!(has(&|child| child.shield.is_some_and(|shield| !shield.sealed)), "{seed}");
        assert!(has(&|child| child.shield.is_some_and(|shield| shield.sealed)), "{seed}");
        assert!(has(&|child| child.status == Some(ChildStatus::Unborn)), "{seed}");
        assert!(has(&|child| child.status == Some(ChildStatus::Deceased)), "{seed}");
        assert!(has(&|child| child.stays_until.is_some()), "{seed}");
        assert!(has(&|child| child.address.as_ref().unwrap().state() == AddressState::NoneKnown), "{seed}");
        assert!(has(&|child| child.address.as_ref().unwrap().state() == AddressState::LeftArea), "{seed}");
        assert!(
            has(&|child| child.identifiers.iter().any(|number| number.status == IdentifierStatus::Superseded)),
            "{seed}"
        );

        let examples = examples(200, seed, today());
        let kinds: HashSet<_> = examples.iter().map(|example| example.kind).collect();
        assert_eq!(kinds.len(), ExampleKind::ALL.len(), "{seed}: {kinds:?}");
        for example in &examples {
            check_example(&children, example, seed, today());
        }
    }
}

fn check_example(children: &[BulkChild], example: &Example, seed: u64, today: NaiveDate) {
    let position = children.iter().position(|child| child.source_key == example.source_key);
    let position = position.unwrap_or_else(|| panic!("{seed}: {example:?} is not there"));
    let child = &children[position];
    let living: Vec<_> = child.involvements.iter().filter(|entry| entry.ended_on.is_none()).collect();
    let is_in_first_area = living.iter().any(|entry| entry.organisation.ends_with(FIRST_AREA));
    let shows = match example.kind {
        ExampleKind::Ordinary => living.len() >= 4 && child.shield.is_none() && is_in_first_area,
        ExampleKind::LeadProfessional => {
            let lead = |entry: &&BulkInvolvement| entry.lead_professional.is_some() && entry.practitioner.is_some();
            living.iter().any(lead)
        }
        ExampleKind::Shielded => child.shield.is_some_and(|shield| !shield.sealed),
        ExampleKind::Sensitive => {
            let sensitive = |entry: &&BulkInvolvement| entry.service.group() == ServiceGroup::Sensitive;
            living.iter().any(sensitive) && child.shield.is_none()
        }
        ExampleKind::FormerName => child
            .other_names
            .iter()
            .any(|name| name.kind == OtherNameKind::Former && example.search["family_name"] == name.family),
        ExampleKind::Archived => child.stays_until.is_none() && years_after(child.date_of_birth.unwrap(), 18) <= today,
        ExampleKind::Twins => {
            let twin = &children[position + 1];
            twin.date_of_birth == child.date_of_birth && twin.carers == child.carers
        }
        ExampleKind::StaleContact => {
            living.iter().all(|entry| entry.last_confirmed_on.unwrap() < today - chrono::Days::new(180))
        }
        ExampleKind::Unborn => child.expected_on.is_some() && child.shield.is_none(),
    };
    assert!(shows, "{seed}: {example:?} {child:?}");
    if example.kind == ExampleKind::Unborn {
        assert!(example.search["mother"]["date_of_birth"].is_string(), "{seed}: {example:?}");
        return;
    }
    assert!(example.search["date_of_birth"].is_string() && example.search["given_name"] != "", "{seed}: {example:?}");
}

/// Ages, school years and leap days fall otherwise on other days.
#[test]
fn examples_hold_on_any_day() {
    for day in ["2026-08-31", "2026-09-01", "2027-02-28", "2028-02-29", "2029-12-31", "2031-07-21"] {
        let day: NaiveDate = day.parse().unwrap();
        for seed in 0..6 {
            let mut out = Vec::new();
            synthesise(200, seed, day, &mut out).unwrap();
            let children: Vec<_> = String::from_utf8(out)
                .unwrap()
                .lines()
                .filter_map(|line| match BulkLine::parse(line, day).unwrap_or_else(|error| panic!("{error}: {line}")) {
                    BulkLine::Child(child) => Some(child),
                    BulkLine::Organisation(_) => None,
                })
                .collect();
            let examples = examples(200, seed, day);
            assert_eq!(examples.len(), ExampleKind::ALL.len());
            for example in &examples {
                check_example(&children, example, seed, day);
            }
        }
    }
}

#[test]
fn the_first_bytes_do_not_wait_for_the_last() {
    /// Stops the writer after the first block.
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Err(io::Error::other("no room"))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut out = Full(0);
    assert!(synthesise(1_000_000_000, 42, today(), &mut out).is_err());
    assert!(out.0 < BLOCK * 2, "{}", out.0);
}
