//! Who is involved with a child: the services every child has at its age, and those that some need.

use chrono::{Datelike, Days, NaiveDate};

use super::bodies::{Body, Office, Site};
use super::dice::{Dice, hash, mix};
use super::families::{Birth, Household, Member, SocialCare};
use super::posts::{
    ASSESSMENT, COLLEGE, EARLY_HELP, FAMILY_HUB, FOSTERING, HEALTH_VISITOR, HOME_EDUCATION, HOUSING, LOOKED_AFTER,
    MATERNITY, MENTAL_HEALTH, NEEDS, NURSERY, PRACTICE, PRIMARY, PROTECTION, Post, REFUGE, SCHOOL_NURSE, SECONDARY,
    SPECIAL_NEEDS, THERAPIES, VIRTUAL_SCHOOL, YOUTH,
};
use super::staff::practitioner;
use super::stories::Story;
use super::teams::find_team;
use super::world::World;
use crate::domain::bulk::{BulkGround, BulkInvolvement};
use crate::domain::involvements::{ConsentGiver, GroundKind, LeadKind};
use crate::domain::services::ServiceGroup;

/// The involvements of one child as they are found.
pub(super) struct Care<'a> {
    world: &'a World,
    household: &'a Household,
    /// The position of the area the family lives in.
    area: usize,
    /// The same for all of a household: who shares a doctor shares this.
    home: u64,
    /// The birthday, or the expected one.
    born_on: NaiveDate,
    /// Completed years.
    age: u32,
    /// The last day anything can have happened: today, or the day of death.
    last_on: NaiveDate,
    list: Vec<BulkInvolvement>,
}

/// The involvements of a child; all end with `died_on`.
pub(super) fn involvements(
    world: &World,
    dice: &mut Dice,
    household: &Household,
    member: &Member,
    died_on: Option<NaiveDate>,
) -> Vec<BulkInvolvement> {
    let place = household.place;
    let last_on = died_on.unwrap_or(world.today);
    let (Birth::Born(born_on) | Birth::Expected(born_on)) = member.birth;
    let mut care = Care {
        world,
        household,
        area: place.area,
        home: mix(place.slot ^ hash(world.area_code(place.area))),
        born_on,
        age: last_on.years_since(born_on).unwrap_or_default(),
        last_on,
        list: Vec::with_capacity(6),
    };
    if let Birth::Expected(_) = member.birth {
        care.before_birth(dice);
    } else {
        care.universal(dice);
        care.family_needs(dice);
        care.own_needs(dice);
    }
    if let Some(died_on) = died_on {
        for involvement in &mut care.list {
            involvement.ended_on = Some(involvement.ended_on.map_or(died_on, |ended_on| ended_on.min(died_on)));
            involvement.lead_professional = None;
        }
    }
    care.list
}

fn ago(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_sub_days(Days::new(u64::from(days))).unwrap_or(day)
}

fn later(day: NaiveDate, days: u32) -> NaiveDate {
    day.checked_add_days(Days::new(u64::from(days))).unwrap_or(day)
}

/// The first of September in which a child reaches a school year, `years` after reception: the one that follows the
/// fourth birthday (Education Act 1996, section 8, as schools admit).
fn school_year(born_on: NaiveDate, years: i32) -> NaiveDate {
    let reception = born_on.year() + if born_on.month() >= 9 { 5 } else { 4 };
    NaiveDate::from_ymd_opt(reception + years, 9, 1).unwrap_or(born_on)
}

/// The last day of the school year before a September.
fn july_before(september: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(september.year(), 7, 20).unwrap_or(september)
}

impl Care<'_> {
    fn office(&self, office: Office) -> Body {
        Body::Office(office, self.area)
    }

    fn site(&self, site: Site, choice: u64) -> Body {
        self.world.bodies.site(site, self.area, choice)
    }

    /// So many times in a thousand, and always in a story, which must show the same whatever the seed.
    fn usually(&self, dice: &mut Dice, times: u32) -> bool {
        dice.in_thousand(times) || self.household.story.is_some()
    }

    /// So many times in a thousand, and never in a story.
    fn rarely(&self, dice: &mut Dice, times: u32) -> bool {
        dice.in_thousand(times) && self.household.story.is_none()
    }

    /// Adds an entry from `started_on`, perhaps until `ended_on`.
    fn add(&mut self, dice: &mut Dice, post: &Post, body: Body, started_on: NaiveDate, ended_on: Option<NaiveDate>) {
        let Some(area) = self.world.map.area(body.area()) else { return };
        let started_on = started_on.min(self.last_on);
        let ended_on = ended_on.map(|ended_on| ended_on.max(started_on));
        let children = self.world.bodies.children_in(body.area());
        let team = find_team(body, post.team).map(|team| team.code_for(children, self.home));
        let person = dice.in_thousand(post.named).then(|| u64::from(dice.below(post.people)));
        let practitioner = person.map(|person| {
            practitioner(body, area, team.as_deref().unwrap_or_default(), post.titles, person, self.world.seed)
        });
        let last_confirmed_on = Some(self.confirmed_on(dice, started_on, ended_on));
        let is_counselling = post.team == "counselling";
        let ground = (post.service.group() == ServiceGroup::Sensitive || is_counselling)
            .then(|| ground(dice, self.age, started_on));
        self.list.push(BulkInvolvement {
            service: post.service,
            organisation: body.code(area),
            team,
            practitioner,
            started_on,
            ended_on,
            last_confirmed_on,
            lead_professional: None,
            ground,
        });
    }

    /// When somebody last said that the entry is right: most of them within 90 days, some not for 180.
    fn confirmed_on(&self, dice: &mut Dice, started_on: NaiveDate, ended_on: Option<NaiveDate>) -> NaiveDate {
        let days = match (self.household.story, dice.below(100)) {
            (Some(Story::Stale), _) => dice.between(190, 600),
            (Some(_), _) => dice.below(60),
            (None, 0..64) => dice.below(90),
            (None, 64..84) => dice.between(90, 179),
            (None, _) => dice.between(180, 800),
        };
        let latest = ended_on.unwrap_or(self.last_on).min(self.last_on);
        ago(latest, if ended_on.is_some() { days / 10 } else { days }).max(started_on)
    }

    fn before_birth(&mut self, dice: &mut Dice) {
        let booked_on = ago(self.born_on, dice.between(190, 220));
        let hospital = self.office(Office::Hospital);
        self.add(dice, &MATERNITY, hospital, booked_on, None);
        if dice.in_thousand(400) {
            let health = self.office(Office::CommunityHealth);
            self.add(dice, &HEALTH_VISITOR, health, ago(self.born_on, 80), None);
        }
        if self.household.needs.social_care.is_some() {
            let council = self.office(Office::Council);
            self.add(dice, &PROTECTION, council, ago(self.born_on, 110), None);
        }
    }

    /// The doctor, the health visitor, nursery, school.
    fn universal(&mut self, dice: &mut Dice) {
        let practice = self.site(Site::Practice, self.home);
        let known_on = self.born_on;
        if self.usually(dice, 985) {
            let registered_on = if dice.in_thousand(700) { later(known_on, 12) } else { self.sometime(dice) };
            self.add(dice, &PRACTICE, practice, registered_on, None);
        }
        let days = (self.last_on - self.born_on).num_days();
        if days < 60 {
            let hospital = self.office(Office::Hospital);
            let ended_on = (days > 28).then(|| later(self.born_on, 28));
            self.add(dice, &MATERNITY, hospital, ago(self.born_on, 200), ended_on);
        }
        let school_from = school_year(self.born_on, 0);
        // The demo's practitioner works in community health and has no part in the stories that are hidden from them.
        let hidden = self.household.story.is_some() && self.household.shield.is_some();
        let health = self.office(Office::CommunityHealth);
        if self.last_on < school_from {
            if !hidden && self.usually(dice, 980) {
                self.add(dice, &HEALTH_VISITOR, health, later(self.born_on, 10), None);
            }
            self.early_years(dice, days);
            return;
        }
        if !hidden && self.usually(dice, 200) {
            self.add(dice, &HEALTH_VISITOR, health, later(self.born_on, 10), Some(school_from));
        }
        self.schooling(dice, school_from);
        if !hidden && self.age < 18 && self.usually(dice, 650) {
            self.add(dice, &SCHOOL_NURSE, health, school_from, None);
        }
    }

    fn early_years(&mut self, dice: &mut Dice, days: i64) {
        let attending = match days {
            0..270 => 0,
            270..730 => 420,
            730..1_095 => 680,
            _ => 930,
        };
        if attending > 0 && self.usually(dice, attending) {
            let nursery = self.site(Site::Nursery, mix(self.home) ^ u64::from(dice.below(3)));
            let from = self.born_on.max(ago(self.last_on, dice.between(20, 500)));
            self.add(dice, &NURSERY, nursery, from.max(later(self.born_on, 250)), None);
        }
        if dice.in_thousand(60) {
            let council = self.office(Office::Council);
            let from = self.sometime(dice);
            self.add(dice, &FAMILY_HUB, council, from, None);
        }
    }

    fn schooling(&mut self, dice: &mut Dice, school_from: NaiveDate) {
        let [secondary_from, college_from, leaves_on] = [7, 12, 14].map(|years| school_year(self.born_on, years));
        let council = self.office(Office::Council);
        let looked = self.home;
        let primary = self.site(Site::Primary, looked ^ u64::from(dice.in_thousand(120)));
        if self.last_on < college_from && self.rarely(dice, 13) {
            let from = self.sometime(dice).max(school_from);
            self.add(dice, &HOME_EDUCATION, council, from, None);
        } else if self.last_on < secondary_from {
            let school = if self.rarely(dice, 16) { self.site(Site::Special, looked) } else { primary };
            self.add(dice, &PRIMARY, school, school_from, None);
        } else if self.last_on < leaves_on {
            let secondary = self.site(Site::Secondary, mix(looked) ^ u64::from(dice.in_thousand(200)));
            let secondary = if self.rarely(dice, 25) { self.next_area(secondary, looked) } else { secondary };
            if dice.in_thousand(300) {
                self.add(dice, &PRIMARY, primary, school_from, Some(july_before(secondary_from)));
            }
            self.after_primary(dice, secondary, secondary_from, college_from);
        } else if dice.in_thousand(500) {
            let secondary = self.site(Site::Secondary, mix(looked));
            self.add(dice, &SECONDARY, secondary, secondary_from, Some(july_before(leaves_on)));
        }
    }

    fn after_primary(&mut self, dice: &mut Dice, school: Body, secondary_from: NaiveDate, college_from: NaiveDate) {
        let at_college = self.last_on >= college_from && dice.in_thousand(430);
        if !at_college {
            self.add(dice, &SECONDARY, school, secondary_from, None);
            return;
        }
        self.add(dice, &SECONDARY, school, secondary_from, Some(july_before(college_from)));
        if dice.in_thousand(880) {
            let college = self.site(Site::College, self.home);
            self.add(dice, &COLLEGE, college, college_from, None);
        } else {
            let council = self.office(Office::Council);
            self.add(dice, &YOUTH, council, later(college_from, 30), None);
        }
    }

    /// A school across the border.
    fn next_area(&self, school: Body, choice: u64) -> Body {
        let next = (school.area() + 1) % self.world.map.areas.len().max(1);
        self.world.bodies.site(Site::Secondary, next, choice)
    }

    /// A day of the child's life, not long ago.
    fn sometime(&self, dice: &mut Dice) -> NaiveDate {
        ago(self.last_on, dice.between(10, 700)).max(self.born_on)
    }

    /// What the whole family has to do with.
    fn family_needs(&mut self, dice: &mut Dice) {
        if self.age >= 18 {
            return;
        }
        let council = self.office(Office::Council);
        let (needs, from) = (self.household.needs, self.sometime(dice));
        let shown = matches!(self.household.story, Some(Story::LeadProfessional | Story::ChildProtection));
        if needs.early_help {
            self.add(dice, &EARLY_HELP, council, from, None);
            if shown || dice.in_thousand(700) {
                self.lead(LeadKind::EarlyHelp);
            }
        }
        match needs.social_care {
            Some(SocialCare::InNeed) => self.add(dice, &ASSESSMENT, council, from, None),
            Some(SocialCare::Protection) => {
                self.add(dice, &PROTECTION, council, from, None);
                self.lead(LeadKind::ChildProtection);
            }
            Some(SocialCare::LookedAfter) => {
                self.add(dice, &LOOKED_AFTER, council, from, None);
                self.add(dice, &FOSTERING, council, from, None);
                if self.age >= 4 {
                    self.add(dice, &VIRTUAL_SCHOOL, council, from, None);
                }
            }
            None => {}
        }
        if needs.housing {
            let housing = self.office(Office::Housing);
            self.add(dice, &HOUSING, housing, from, None);
        }
        if needs.refuge {
            let refuge = self.office(Office::Refuge);
            let from = ago(self.last_on, dice.between(5, 200)).max(self.born_on);
            self.add(dice, &REFUGE, refuge, from, None);
        }
    }

    /// Marks the entry just added as the lead professional's.
    fn lead(&mut self, kind: LeadKind) {
        if let Some(involvement) = self.list.last_mut().filter(|involvement| involvement.practitioner.is_some()) {
            involvement.lead_professional = Some(kind);
        }
    }

    /// What this child alone has to do with.
    fn own_needs(&mut self, dice: &mut Dice) {
        let (council, health) = (self.office(Office::Council), self.office(Office::CommunityHealth));
        let mental_health = self.office(Office::MentalHealth);
        match self.household.story {
            Some(Story::Ordinary) if self.age >= 7 => {
                for (post, body) in [(&SPECIAL_NEEDS, council), (&THERAPIES, health)] {
                    let from = self.sometime(dice);
                    self.add(dice, post, body, from, None);
                }
            }
            Some(Story::Sensitive) => {
                let from = ago(self.last_on, 120);
                self.add(dice, &MENTAL_HEALTH, mental_health, from, None);
            }
            Some(_) => {}
            None => self.chance_needs(dice),
        }
    }

    fn chance_needs(&mut self, dice: &mut Dice) {
        let age = self.age;
        for need in NEEDS.iter().filter(|need| (need.from..=need.to).contains(&age)) {
            if !dice.in_100_000(need.in_100_000) {
                continue;
            }
            let from = self.sometime(dice);
            // One in four is over.
            let lasted = dice.between(30, 400);
            let ended_on = later(from, lasted);
            let ended_on = (ended_on < self.last_on && dice.in_thousand(400)).then_some(ended_on);
            self.add(dice, &need.post, self.office(need.office), from, ended_on);
        }
    }
}

/// On what a sensitive entry stands: mostly consent, the child's own from about twelve.
fn ground(dice: &mut Dice, age: u32, on: NaiveDate) -> BulkGround {
    if dice.in_thousand(130) {
        return BulkGround { kind: GroundKind::SignificantHarm, given_by: None, on: Some(on) };
    }
    let own = age >= 12 && dice.in_thousand(800);
    let given_by = if own { ConsentGiver::Child } else { ConsentGiver::ParentalResponsibility };
    BulkGround { kind: GroundKind::Consent, given_by: Some(given_by), on: Some(on) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn school_begins_in_the_september_after_the_fourth_birthday() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(school_year(day("2015-03-02"), 0), day("2019-09-01"));
        assert_eq!(school_year(day("2015-08-31"), 0), day("2019-09-01"));
        assert_eq!(school_year(day("2015-09-01"), 0), day("2020-09-01"));
        assert_eq!(school_year(day("2015-03-02"), 7), day("2026-09-01"));
        assert_eq!(july_before(day("2026-09-01")), day("2026-07-20"));
    }
}
