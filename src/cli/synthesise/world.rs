//! A population as lines: every organisation first, then household after household.

use chrono::{Days, NaiveDate};

use super::bodies::{Bodies, Body, Office};
use super::care::involvements;
use super::dice::Dice;
use super::families::{Birth, Household, Member};
use super::homes::Homes;
use super::numbers::Registers;
use super::places::Map;
use super::stories::Story;
use super::teams::organisation;
use crate::domain::bulk::{BulkChild, BulkIdentifier, BulkLine};
use crate::domain::children::{ADULT_AT, ChildStatus};
use crate::domain::identifiers::{Identifier, IdentifierStatus};
use crate::domain::instants::years_after;
use crate::domain::services::Service;

/// What all households of a population share.
pub(super) struct World {
    /// How many children there are.
    pub(super) children: u64,
    /// What all chance is thrown from.
    pub(super) seed: u64,
    /// The day on which this is the present.
    pub(super) today: NaiveDate,
    /// The areas.
    pub(super) map: Map,
    /// The bodies that work with children.
    pub(super) bodies: Bodies,
    /// What homes share out.
    pub(super) homes: Homes,
    /// Where identifiers come from.
    registers: Registers,
}

impl World {
    pub(super) fn new(children: u64, seed: u64, today: NaiveDate) -> Self {
        let map = Map::new(children);
        let bodies = Bodies::new(&map, children);
        let (homes, registers) = (Homes::new(&map, children, seed), Registers::new(seed));
        Self { children, seed, today, map, bodies, homes, registers }
    }

    /// The code of an area.
    pub(super) fn area_code(&self, area: usize) -> &'static str {
        self.map.area(area).map_or("", |area| area.code)
    }

    /// The lines of all organisations.
    pub(super) fn organisations(&self) -> impl Iterator<Item = BulkLine> {
        self.map.areas.iter().enumerate().flat_map(move |(position, area)| {
            let children = self.bodies.children_in(position);
            self.bodies
                .of_area(position)
                .map(move |body| BulkLine::Organisation(organisation(body, area, children, self.seed)))
        })
    }

    /// The children of a household, the first of which has the number `first`.
    pub(super) fn household(&self, number: u64, first: u64) -> (Option<Story>, Vec<BulkChild>) {
        let (household, mut dice) = Household::new(number, &self.map, &self.homes, self.seed, self.today);
        let lines = (first..)
            .zip(&household.members)
            .map(|(number, member)| self.child(&mut dice, &household, member, number))
            .collect();
        (household.story, lines)
    }

    fn child(&self, dice: &mut Dice, household: &Household, member: &Member, number: u64) -> BulkChild {
        let (date_of_birth, expected_on) = match member.birth {
            Birth::Born(day) => (Some(day), None),
            Birth::Expected(day) => (None, Some(day)),
        };
        let adult = date_of_birth.is_some_and(|day| years_after(day, ADULT_AT) <= self.today);
        let stays_until =
            date_of_birth.filter(|_| adult && stays(dice, household.story)).map(|day| years_after(day, 25));
        let died_on = date_of_birth.and_then(|day| self.died_on(dice, household.story, day));
        let involvements = involvements(self, dice, household, member, died_on);
        let at_school = involvements.iter().any(|involvement| {
            involvement.ended_on.is_none() && matches!(involvement.service, Service::School | Service::FurtherEducation)
        });
        let status = match (died_on, adult && stays_until.is_none()) {
            (Some(_), _) => Some(ChildStatus::Deceased),
            // Half of the sources have not noticed the birthday; the index does by itself.
            (None, true) if dice.in_thousand(500) => Some(ChildStatus::Archived),
            _ => expected_on.map(|_| ChildStatus::Unborn),
        };
        let supplied_by = involvements
            .iter()
            .filter(|involvement| involvement.ended_on.is_none())
            .find(|involvement| {
                matches!(involvement.service, Service::School | Service::FurtherEducation | Service::EarlyYearsSetting)
            })
            .or_else(|| involvements.first())
            .map(|involvement| involvement.organisation.clone())
            .or_else(|| self.council(household.place.area));
        BulkChild {
            source_key: format!("SYN-{number:08}"),
            supplied_by,
            status,
            name: member.name.clone(),
            other_names: member.other_names.clone(),
            date_of_birth,
            expected_on,
            died_on,
            stays_until,
            sex: member.sex,
            address: Some(household.address.clone()),
            identifiers: self.identifiers(dice, household, member, number, at_school),
            carers: member.carers.clone(),
            shield: household.shield,
            involvements,
        }
    }

    fn council(&self, area: usize) -> Option<String> {
        self.map.area(area).map(|found| Body::Office(Office::Council, area).code(found))
    }

    /// The day of death of the few who died within the last year.
    fn died_on(&self, dice: &mut Dice, story: Option<Story>, born_on: NaiveDate) -> Option<NaiveDate> {
        let died = match story {
            Some(story) => story == Story::Deceased,
            None => dice.in_100_000(25),
        };
        let days = u64::from(dice.between(5, 350));
        died.then(|| self.today.checked_sub_days(Days::new(days)).unwrap_or(self.today).max(born_on))
    }

    fn identifiers(
        &self,
        dice: &mut Dice,
        household: &Household,
        member: &Member,
        number: u64,
        at_school: bool,
    ) -> Vec<BulkIdentifier> {
        let Birth::Born(born_on) = member.birth else { return Vec::new() };
        let area = household.place.area;
        let age = self.today.years_since(born_on).unwrap_or_default();
        let mut identifiers = Vec::with_capacity(3);
        let mut add = |identifier: Option<Identifier>, status| {
            identifiers.extend(identifier.map(|identifier| BulkIdentifier {
                system: identifier.system().clone(),
                value: identifier.value().to_owned(),
                status,
            }));
        };
        let doubtful = dice.below(1_000);
        if doubtful < 993 {
            let status = match doubtful {
                0..60 => IdentifierStatus::Unverified,
                60..63 => IdentifierStatus::Disputed,
                63..65 => IdentifierStatus::WithheldDetrimental,
                _ => IdentifierStatus::Verified,
            };
            // It happens that twins are registered under one number, and the index must be able to say so.
            if member.is_second_twin && household.story.is_none() && dice.in_thousand(20) {
                add(self.registers.nhs_number(number - 1), IdentifierStatus::Disputed);
            } else {
                add(self.registers.nhs_number(number), status);
            }
        }
        if member.adopted {
            // The number of the former identity, which must not lead to the new one.
            add(self.registers.nhs_number(self.children + number), IdentifierStatus::Superseded);
        }
        if at_school && dice.in_thousand(990) {
            if dice.in_thousand(15) {
                add(self.registers.temporary_upn(number, area), IdentifierStatus::Unverified);
            } else {
                add(self.registers.upn(number, area), IdentifierStatus::Verified);
            }
        }
        if age >= 14 && at_school {
            add(self.registers.uln(number), IdentifierStatus::Verified);
        }
        identifiers
    }
}

/// Whether somebody past 18 consents to stay.
fn stays(dice: &mut Dice, story: Option<Story>) -> bool {
    match story {
        Some(story) => story == Story::Staying,
        None => dice.in_thousand(250),
    }
}
