//! Homes: who cares for the children, how to reach them, and where they live.

use super::dice::{Dice, Shuffle, hash};
use super::families::{Family, Needs, SocialCare};
use super::names::NAMES;
use super::naming::{adult_name, borne_by, family_name};
use super::numbers::{HOME_NUMBERS, home_phone};
use super::places::{Map, Place, address};
use super::stories::Story;
use crate::domain::bulk::{BulkAddress, BulkCarer};
use crate::domain::children::{AddressIntent, AddressState};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::sex::Sex;

/// What all homes of a population share out.
pub(super) struct Homes {
    seed: u64,
    /// Which home of its area a household gets.
    doors: Vec<Shuffle>,
    /// Telephone numbers for each home that has any.
    numbers: u64,
    /// One home in so many has any.
    stride: u64,
}

impl Homes {
    pub(super) fn new(map: &Map, children: u64, seed: u64) -> Self {
        // A household has 1.7 children; a fifth more, to be sure that the numbers last.
        let homes = (children * 12 / 17).max(1);
        let numbers = (HOME_NUMBERS / homes).min(2);
        let doors = map.areas.iter().map(|area| Shuffle::new(area.doors(), seed ^ hash(area.code))).collect();
        Self { seed, doors, numbers: numbers.max(1), stride: if numbers == 0 { homes / HOME_NUMBERS + 1 } else { 1 } }
    }

    /// The telephone number of a grown-up: the home's first for the first, its second (if it has one) for others.
    fn phone(&self, household: u64, adult: u64) -> Option<PhoneNumber> {
        let home = household.is_multiple_of(self.stride).then_some(household / self.stride)?;
        home_phone(home * self.numbers + adult.min(self.numbers - 1))
    }

    /// Where the household lives, as far as anybody knows.
    pub(super) fn address(&self, dice: &mut Dice, map: &Map, place: Place, story: Option<Story>) -> BulkAddress {
        let (Some(area), Some(doors)) = (map.area(place.area), self.doors.get(place.area)) else { return nowhere() };
        let mut home = address(area, *doors, place.slot, self.seed);
        let throw = match story {
            Some(Story::NoAddress) => 0,
            Some(Story::LeftArea) => 10,
            Some(_) => 999,
            None => dice.below(1_000),
        };
        match throw {
            0..6 => return nowhere(),
            6..14 => {
                home.state = AddressState::LeftArea;
                let intents =
                    [AddressIntent::ReturnsWithin3Years, AddressIntent::DoesNotReturn, AddressIntent::NotKnown];
                home.intent = usize::try_from(dice.below(3)).ok().and_then(|intent| intents.get(intent)).copied();
            }
            14..34 => home.state = AddressState::LastKnown,
            _ => {}
        }
        home
    }
}

fn nowhere() -> BulkAddress {
    BulkAddress { state: AddressState::NoneKnown, lines: Vec::new(), postcode: None, intent: None }
}

/// The grown-ups of a household.
pub(super) struct Adults {
    carers: Vec<BulkCarer>,
    /// What the father of the younger children is to the eldest.
    has_father: bool,
}

impl Adults {
    /// The carers of one child; for an elder half-brother the father is a step-father without responsibility.
    pub(super) fn carers(&self, of_another_father: bool) -> Vec<BulkCarer> {
        let mut carers = self.carers.clone();
        if of_another_father && self.has_father {
            for father in carers.iter_mut().filter(|carer| carer.relationship == "father") {
                "step-father".clone_into(&mut father.relationship);
                father.parental_responsibility = false;
            }
        }
        carers
    }
}

/// Draws the grown-ups of a household.
pub(super) fn adults_of(
    dice: &mut Dice,
    family: &Family,
    household: u64,
    homes: &Homes,
    adopted: bool,
    needs: Needs,
) -> Adults {
    let mut people: Vec<(String, &'static str, bool)> = Vec::with_capacity(3);
    let throw = dice.below(1_000);
    // Of a hundred families fifteen are of a mother alone, two of a father alone, one of grandparents.
    let (mother, father) = (throw < 970, !(150..310).contains(&throw) && throw < 990);
    if mother {
        let name = if dice.in_thousand(620) { &family.shared } else { &family.mothers };
        let name = adult_name(dice, family.mothers_community, name, Sex::F);
        people.push((name, if adopted { "adoptive mother" } else { "mother" }, true));
    }
    if father {
        let name = borne_by(dice, family.community, &family.shared, Sex::M);
        let relationship = if adopted { "adoptive father" } else { "father" };
        people.push((format!("{} {name}", family.father), relationship, dice.in_thousand(930)));
    }
    if people.is_empty() || dice.in_thousand(12) {
        let relationship = dice.one_of(&["grandmother", "grandmother", "aunt", "guardian"]);
        let responsible = people.is_empty();
        people.push((adult_name(dice, family.mothers_community, &family.mothers, Sex::F), relationship, responsible));
    }
    if needs.social_care == Some(SocialCare::LookedAfter) {
        let community = NAMES.community(dice);
        let name = family_name(dice, community);
        people.push((adult_name(dice, community, &name, Sex::F), "foster carer", false));
    }
    let mut carers = Vec::with_capacity(people.len());
    for (position, (name, relationship, parental_responsibility)) in (0_u64..).zip(people) {
        // A foster carer has a home of their own, whose number nobody else may seem to share.
        let phone = if relationship == "foster carer" { None } else { homes.phone(household, position) };
        let phone = phone.filter(|_| dice.in_thousand(940));
        let email = if phone.is_none() || dice.in_thousand(600) { email(dice, &name, household) } else { None };
        carers.push(BulkCarer { name, relationship: relationship.to_owned(), parental_responsibility, phone, email });
    }
    Adults { carers, has_father: father }
}

/// An address nobody else has, at a domain nobody has (RFC 2606).
fn email(dice: &mut Dice, name: &str, household: u64) -> Option<EmailAddress> {
    let domain = dice.one_of(&["example.org", "example.com", "example.net", "mail.example.org", "post.example.com"]);
    let mailbox = mailbox(name);
    EmailAddress::parse(&format!("{mailbox}{household}@{domain}")).ok()
}

/// The words of a name as the first part of an address: Latin letters joined by dots.
pub(super) fn mailbox(name: &str) -> String {
    let mut mailbox = String::with_capacity(name.len() + 8);
    for word in name.split(' ') {
        if !mailbox.is_empty() {
            mailbox.push('.');
        }
        let before = mailbox.len();
        for character in word.chars() {
            if character.is_ascii_alphanumeric() {
                mailbox.push(character.to_ascii_lowercase());
            } else if !character.is_ascii() {
                let letters = any_ascii::any_ascii_char(character).bytes().filter(u8::is_ascii_alphanumeric);
                mailbox.extend(letters.map(|byte| char::from(byte.to_ascii_lowercase())));
            }
        }
        if mailbox.len() == before {
            mailbox.pop();
        }
    }
    mailbox.truncate(40);
    mailbox
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_makes_a_mailbox() {
        assert_eq!(mailbox("Siobhán O'Neill-Ó Briain"), "siobhan.oneillo.briain");
        assert_eq!(mailbox("Łukasz Wójcik"), "lukasz.wojcik");
        assert_eq!(mailbox("' Smith"), "smith");
        for community in NAMES.communities() {
            for name in community.family.all() {
                let mailbox = mailbox(name);
                assert!(EmailAddress::parse(&format!("{mailbox}12@example.org")).is_ok(), "{name}");
            }
        }
    }

    #[test]
    fn numbers_last_for_every_population() {
        for children in [1, 200, 2_000, 5_000, 20_000, 12_000_000] {
            let homes = Homes::new(&Map::new(children), children, 42);
            let mut seen = std::collections::HashSet::new();
            let mut with = 0_u64;
            for household in 0..(children * 10 / 17).min(200_000) {
                if let Some(phone) = homes.phone(household, 0) {
                    with += 1;
                    assert!(seen.insert(phone.comparable()), "{children}: {phone} is in two homes");
                }
            }
            assert!(with <= HOME_NUMBERS);
            if children <= 5_000 {
                assert_eq!(with, children * 10 / 17, "{children}");
            }
        }
    }
}
