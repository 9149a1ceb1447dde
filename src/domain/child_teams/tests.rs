//! Which services are missing at which age, and when a review is overdue.

use proptest::prelude::*;

use super::*;
use crate::domain::services::ServiceGroup;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

const TODAY: &str = "2026-11-20";

fn missing(born: Option<&str>, running: &[Service]) -> Vec<&'static str> {
    let running = running.iter().copied().collect();
    missing_services(born.map(day), day(TODAY), &running).into_iter().map(Service::code).collect()
}

#[test]
fn what_a_child_is_to_have_follows_its_age_to_the_day() {
    for (born, expected) in [
        (None, vec!["maternity", "health-visiting"]),
        (Some("2026-11-20"), vec!["gp-practice", "health-visiting"]),
        (Some("2021-11-21"), vec!["gp-practice", "health-visiting"]),
        (Some("2021-11-20"), vec!["gp-practice", "school"]),
        (Some("2010-11-21"), vec!["gp-practice", "school"]),
        (Some("2010-11-20"), vec!["gp-practice", "school"]),
        (Some("2008-11-21"), vec!["gp-practice", "school"]),
        (Some("2008-11-20"), vec!["gp-practice"]),
        (Some("2002-11-20"), vec!["gp-practice"]),
        // A date of birth that is still to come, as where a clock is wrong.
        (Some("2026-11-21"), vec!["gp-practice", "health-visiting"]),
    ] {
        assert_eq!(missing(born, &[]), expected, "{born:?}");
    }
}

#[test]
fn any_service_of_a_place_fills_it_at_the_age_at_which_it_does() {
    let (at_nine, at_sixteen) = (Some("2017-11-20"), Some("2010-11-20"));
    for (born, service, expected) in [
        (at_nine, Service::School, vec!["gp-practice"]),
        (at_nine, Service::ElectiveHomeEducation, vec!["gp-practice"]),
        (at_nine, Service::FurtherEducation, vec!["gp-practice", "school"]),
        (at_sixteen, Service::FurtherEducation, vec!["gp-practice"]),
        (at_sixteen, Service::ElectiveHomeEducation, vec!["gp-practice", "school"]),
        (at_nine, Service::GpPractice, vec!["school"]),
        (at_nine, Service::SchoolNursing, vec!["gp-practice", "school"]),
    ] {
        assert_eq!(missing(born, &[service]), expected, "{born:?} {service}");
    }
    assert_eq!(missing(at_nine, &[Service::School, Service::GpPractice]), Vec::<&str>::new());
    assert_eq!(missing(None, &[Service::HealthVisiting, Service::Maternity]), Vec::<&str>::new());
}

#[test]
fn the_table_names_universal_services_alone_and_ages_that_rise() {
    let places = FROM_AGE.iter().flat_map(|(_, places)| *places).chain(&BEFORE_BIRTH);
    for service in places.copied().flatten() {
        assert_eq!(service.group(), ServiceGroup::Universal, "{service}");
    }
    assert!(FROM_AGE.is_sorted_by_key(|(from, _)| *from) && FROM_AGE[0].0 == 0);
}

#[test]
fn a_review_is_overdue_from_the_day_after() {
    let team = ChildTeam::of(ChildId(1));
    assert!(!team.is_overdue_on(day(TODAY)), "no day, no delay");
    for (on, overdue) in [("2026-11-19", true), ("2026-11-20", false), ("2026-11-21", false)] {
        let team = ChildTeam { next_review_on: Some(day(on)), ..team };
        assert_eq!(team.is_overdue_on(day(TODAY)), overdue, "{on}");
    }
}

proptest! {
    #[test]
    fn another_service_never_opens_a_gap(
        days in 0_u64..9_000, running in prop::collection::vec(prop::sample::select(Service::ALL), 0..8),
        more in prop::sample::select(Service::ALL),
    ) {
        let born = day(TODAY).checked_sub_days(chrono::Days::new(days));
        let mut running: BTreeSet<Service> = running.into_iter().collect();
        let before = missing_services(born, day(TODAY), &running);
        running.insert(more);
        let after = missing_services(born, day(TODAY), &running);
        prop_assert!(after.iter().all(|service| before.contains(service)));
        prop_assert!(after.iter().all(|service| !running.contains(service)));
    }
}
