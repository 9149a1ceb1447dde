//! Which children of a population show what, and how a person who may would search for them.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::stories::Story;
use super::world::World;
use crate::domain::bulk::BulkChild;
use crate::domain::children::{Name, OtherNameKind};
use crate::domain::codes::codes;

codes! {
    /// What an example shows.
    pub enum ExampleKind {
        /// Several services, nothing hidden.
        Ordinary => "ordinary",
        /// Early help with a lead professional.
        LeadProfessional => "lead-professional",
        /// A shielded record.
        Shielded => "shielded",
        /// A sensitive service.
        Sensitive => "sensitive",
        /// A former name, by which the child is searched.
        FormerName => "former-name",
        /// Past 18 without consent to stay.
        Archived => "archived",
        /// One of twins.
        Twins => "twins",
        /// Entries that nobody has confirmed for long.
        StaleContact => "stale-contact",
        /// A child not yet born, searched by the mother.
        Unborn => "unborn",
    }
}

/// A child that shows something.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// What it shows.
    pub kind: ExampleKind,
    /// The child's key at its source.
    pub source_key: String,
    /// The code of the organisation that supplied it.
    pub supplied_by: Option<String>,
    /// The body of a search that finds it for a person allowed to.
    pub search: Value,
}

/// The examples in the population that [`synthesise`](super::synthesise) writes for the same arguments: one of each kind,
/// all in the first area, from 200 children on.
#[must_use]
pub fn examples(children: u64, seed: u64, today: NaiveDate) -> Vec<Example> {
    let world = World::new(children, seed, today);
    let mut examples = Vec::with_capacity(ExampleKind::ALL.len());
    let mut first = 1;
    for household in 0.. {
        if first > children || examples.len() == ExampleKind::ALL.len() {
            break;
        }
        let (story, members) = world.household(household, first);
        let count = u64::try_from(members.len()).unwrap_or_default();
        let kind = story.and_then(kind_of);
        // The youngest is the one expected; of every other story the eldest shows it.
        let child = if kind == Some(ExampleKind::Unborn) { members.last() } else { members.first() };
        if let (Some(kind), Some(child), true) = (kind, child, first + count <= children + 1) {
            examples.push(example(kind, child));
        }
        first += count;
    }
    examples
}

const fn kind_of(story: Story) -> Option<ExampleKind> {
    match story {
        Story::Ordinary => Some(ExampleKind::Ordinary),
        Story::LeadProfessional => Some(ExampleKind::LeadProfessional),
        Story::Refuge => Some(ExampleKind::Shielded),
        Story::Sensitive => Some(ExampleKind::Sensitive),
        Story::FormerName => Some(ExampleKind::FormerName),
        Story::Archived => Some(ExampleKind::Archived),
        Story::Twins => Some(ExampleKind::Twins),
        Story::Stale => Some(ExampleKind::StaleContact),
        Story::Unborn => Some(ExampleKind::Unborn),
        _ => None,
    }
}

/// The mother of an expected child, out of its carers, and a date of birth for her.
#[must_use]
pub fn mother_of(carers: &[(String, String)], expected_on: NaiveDate) -> Option<(Name, NaiveDate)> {
    let (name, _) = carers.iter().find(|(_, relationship)| relationship == "mother").or_else(|| carers.first())?;
    let (given, family) = name.rsplit_once(' ')?;
    let spread = name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % 6_000;
    let born = expected_on.checked_sub_days(chrono::Days::new(7_500 + spread))?;
    Some((Name { family: family.to_owned(), given: given.to_owned() }, born))
}

fn example(kind: ExampleKind, child: &BulkChild) -> Example {
    let former = child.other_names.iter().find(|name| name.kind == OtherNameKind::Former);
    let (family, given) = match former.filter(|_| kind == ExampleKind::FormerName) {
        Some(name) => (&name.family, &name.given),
        None => (&child.name.family, &child.name.given),
    };
    let carers: Vec<_> = child.carers.iter().map(|carer| (carer.name.clone(), carer.relationship.clone())).collect();
    let mother = child.expected_on.and_then(|due| mother_of(&carers, due));
    if let Some((name, born)) = mother {
        let search = json!({
            "mother": {"family_name": name.family, "given_name": name.given, "date_of_birth": born.to_string()}
        });
        return Example { kind, source_key: child.source_key.clone(), supplied_by: child.supplied_by.clone(), search };
    }
    let search = json!({
        "family_name": family,
        "given_name": given,
        "date_of_birth": child.date_of_birth.map(|day| day.to_string()),
    });
    Example { kind, source_key: child.source_key.clone(), supplied_by: child.supplied_by.clone(), search }
}
