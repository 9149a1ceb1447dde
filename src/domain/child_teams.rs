//! The team around a child: who chairs it, when it is reviewed, that the family takes part, and which services it lacks.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::ids::ChildId;
use crate::domain::instants::whole_years;
use crate::domain::services::Service;

/// What was settled of the team around a child. Its members are the child's involvements and are kept nowhere else, so
/// that nobody stays in a team after they have gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildTeam {
    /// The child.
    pub child: ChildId,
    /// The involvement that chairs, by its number within the child.
    pub chair: Option<i32>,
    /// The day on which the team looks again.
    pub next_review_on: Option<NaiveDate>,
    /// Who of the family takes part.
    pub participants: Participants,
    /// Counts changes, from 1; 0 where nothing was settled yet.
    pub version: i64,
}

/// Who of the family takes part, in a team or in a meeting: that they do, and neither names nor contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Participants {
    /// Parents or carers do.
    pub parents_or_carers: bool,
    /// The child or young person does.
    pub young_person: bool,
}

impl ChildTeam {
    /// The team around a child of which nothing was settled.
    #[must_use]
    pub fn of(child: ChildId) -> Self {
        Self { child, chair: None, next_review_on: None, participants: Participants::default(), version: 0 }
    }

    /// Whether the day has passed on which the team was to look again.
    #[must_use]
    pub fn is_overdue_on(&self, day: NaiveDate) -> bool {
        self.next_review_on.is_some_and(|review| review < day)
    }
}

/// How far ahead a review or a meeting may lie, in days.
pub const LONGEST_AHEAD_DAYS: u64 = 366;

/// As many brothers and sisters as the team around a child serves at most.
pub const LARGEST_FAMILY: usize = 20;

/// A place that a universal service is to fill: any of these does, and the first one names it.
type Place = &'static [Service];

/// The universal services that every child is to have before birth (domain rules, "universal services that are missing
/// are named").
const BEFORE_BIRTH: [Place; 2] = [&[Service::Maternity], &[Service::HealthVisiting]];

/// The same from an age on, in whole years: the last line that a child has reached holds.
const FROM_AGE: [(u32, &[Place]); 4] = [
    (0, &[&[Service::GpPractice], &[Service::HealthVisiting]]),
    (5, &[&[Service::GpPractice], &[Service::School, Service::ElectiveHomeEducation]]),
    (16, &[&[Service::GpPractice], &[Service::School, Service::FurtherEducation]]),
    // Nobody need be at school any more.
    (18, &[&[Service::GpPractice]]),
];

/// Which universal services a child lacks on `day` who was born on `born`, or is not born yet: those that it is to have
/// and that do not run. Whoever asks counts the services that are seen: what is hidden neither fills a place nor opens
/// one.
#[must_use]
pub fn missing_services(born: Option<NaiveDate>, day: NaiveDate, running: &BTreeSet<Service>) -> Vec<Service> {
    let expected = match born {
        None => BEFORE_BIRTH.as_slice(),
        Some(born) => {
            let age = whole_years(born, day).unwrap_or_default();
            let reached = FROM_AGE.iter().rev().find(|(from, _)| *from <= age);
            reached.map(|(_, places)| *places).unwrap_or_default()
        }
    };
    let is_filled = |place: &&Place| place.iter().any(|service| running.contains(service));
    expected.iter().filter(|place| !is_filled(place)).filter_map(|place| place.first().copied()).collect()
}

#[cfg(test)]
mod tests;
