//! The services some children have: those of a family in need, and those of a single child.

use super::bodies::Office;
use super::care::{Care, ago, later};
use super::dice::Dice;
use super::families::SocialCare;
use super::posts::{
    ASSESSMENT, EARLY_HELP, FOSTERING, HOUSING, LOOKED_AFTER, MENTAL_HEALTH, NEEDS, PROTECTION, REFUGE, SPECIAL_NEEDS,
    THERAPIES, VIRTUAL_SCHOOL,
};
use super::stories::Story;
use crate::domain::involvements::LeadKind;

impl Care<'_> {
    /// What the whole family has to do with.
    pub(super) fn family_needs(&mut self, dice: &mut Dice) {
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
    pub(super) fn own_needs(&mut self, dice: &mut Dice) {
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
