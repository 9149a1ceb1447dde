//! The services every child has at its age: midwife, health visitor, doctor, nursery, school.

use chrono::{Datelike, NaiveDate};

use super::bodies::{Body, Office, Site};
use super::care::{Care, ago, later};
use super::dice::{Dice, mix};
use super::posts::{
    COLLEGE, FAMILY_HUB, HEALTH_VISITOR, HOME_EDUCATION, MATERNITY, NURSERY, PRACTICE, PRIMARY, PROTECTION,
    SCHOOL_NURSE, SECONDARY, YOUTH,
};
use super::stories::Story;

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
    /// Midwife and health visitor, before birth.
    pub(super) fn before_birth(&mut self, dice: &mut Dice) {
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
    pub(super) fn universal(&mut self, dice: &mut Dice) {
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
    pub(super) fn sometime(&self, dice: &mut Dice) -> NaiveDate {
        let days =
            if self.household.story == Some(Story::Stale) { dice.between(620, 900) } else { dice.between(10, 700) };
        ago(self.last_on, days).max(self.born_on)
    }
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
