//! Scores: the evidence, field by field, that two sets of facts are about one child, and what it amounts to.

use super::{
    agreements::{Agreement, Field, How},
    births,
    features::Features,
    frequencies::Frequencies,
    levels::Levels,
    names, places,
    profiles::{ExactIdentifier, Profile},
    queries::SearchQuery,
    weights::{Bits, Weights},
};
use crate::domain::sex::Sex;

/// Brothers and sisters in the index for each child, on average.
const SIBLINGS: f64 = 1.0;
/// Twins in the index for each child, on average.
const TWINS: f64 = 0.03;

/// A field that matched, and in what way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldMatch {
    /// The field.
    pub field: Field,
    /// In what way.
    pub how: How,
}

/// What a field that both sides know adds to the score, or takes from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FieldWeight {
    /// The field.
    pub field: Field,
    /// Evidence in bits, against the two being strangers.
    pub bits: f64,
    /// In what way it matched; `None` where it did not.
    pub how: Option<How>,
    /// The rows of the table of weights that the evidence was read from.
    pub levels: Levels,
}

/// How likely two sets of facts are about one child.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The odds, as a logarithm to base 2: 0 is even.
    pub log_odds: f64,
    /// The same as a probability from 0 to 1, before other candidates are considered.
    pub probability: f64,
    /// What the odds are before any field is compared: one child among all in the index; in bits, never positive.
    /// With the weights and [`Score::household`] it makes up the log odds.
    pub prior: f64,
    /// The evidence of each field both sides know.
    pub weights: Vec<FieldWeight>,
    /// What is taken off because the agreement may be that of brother, sister or twin; in bits, never positive.
    pub household: f64,
    /// The fields that matched.
    pub matched: Vec<FieldMatch>,
}

impl Score {
    /// How a field matched, if it did.
    pub fn how(&self, field: Field) -> Option<How> {
        self.matched.iter().find(|matched| matched.field == field).map(|matched| matched.how)
    }

    /// Whether there is ground to name this child at all. Chance agreement of sex, place or date alone never is:
    /// a name must agree, or an identifier, or a date together with a place.
    pub fn has_ground(&self) -> bool {
        let agrees = |field| self.how(field).is_some();
        agrees(Field::FamilyName)
            || agrees(Field::GivenName)
            || agrees(Field::Identifier)
            || (agrees(Field::DateOfBirth) && agrees(Field::Postcode))
    }
}

/// A query made ready to be compared with many profiles.
#[derive(Clone, Debug)]
pub struct Scorer<'a> {
    features: Features,
    frequencies: &'a Frequencies,
}

impl<'a> Scorer<'a> {
    /// Makes a query ready.
    pub fn for_query(query: &SearchQuery, frequencies: &'a Frequencies) -> Self {
        Scorer { features: Features::from(query), frequencies }
    }

    /// Makes a record ready to be compared with others.
    pub fn for_profile(profile: &Profile, frequencies: &'a Frequencies) -> Self {
        Scorer { features: Features::from(profile), frequencies }
    }

    /// How likely the profile is the child meant.
    pub fn score(&self, profile: &Profile) -> Score {
        compare(&self.features, &Features::from(profile), self.frequencies)
    }
}

/// How likely a query means the child of a profile.
pub fn score(query: &SearchQuery, profile: &Profile, frequencies: &Frequencies) -> Score {
    Scorer::for_query(query, frequencies).score(profile)
}

/// How likely two records are one child. The order does not matter.
pub fn same_child(one: &Profile, other: &Profile, frequencies: &Frequencies) -> Score {
    Scorer::for_profile(one, frequencies).score(other)
}

fn compare(one: &Features, other: &Features, frequencies: &Frequencies) -> Score {
    let names = names::compare(&one.forms, &other.forms, frequencies);
    let agreements = [
        (Field::FamilyName, names.family),
        (Field::GivenName, names.given),
        (Field::DateOfBirth, births::compare(&one.birth, &other.birth)),
        (Field::Sex, sexes(one.sex, other.sex)),
        (Field::Postcode, places::compare(&one.places, &other.places, frequencies)),
        (Field::Identifier, identifiers(&one.identifiers, &other.identifiers)),
    ];
    let mut sum = Bits::default();
    let mut weights = Vec::with_capacity(agreements.len());
    let mut matched = Vec::with_capacity(agreements.len());
    for (field, agreement) in agreements {
        let Some(agreement) = agreement else { continue };
        sum += agreement.bits;
        let Agreement { bits, how } = agreement;
        weights.push(FieldWeight { field, bits: bits.stranger, how, levels: bits.levels });
        matched.extend(agreement.how.map(|how| FieldMatch { field, how }));
    }
    // Three ways to agree without being one child: as strangers, of whom there are many, as siblings, and as twins.
    let strangers = frequencies.strangers() * (-sum.stranger).exp2();
    let household = SIBLINGS * (-sum.sibling).exp2() + TWINS * (-sum.twin).exp2();
    let log_odds = -(strangers + household).log2();
    Score {
        log_odds,
        probability: probability(log_odds),
        prior: -frequencies.strangers().log2(),
        weights,
        household: log_odds + strangers.log2(),
        matched,
    }
}

/// The probability of odds given as a logarithm to base 2.
pub(super) fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp2())
}

fn sexes(one: Option<Sex>, other: Option<Sex>) -> Option<Agreement> {
    let weights = Weights::shipped();
    Some(if one? == other? {
        Agreement::matched(weights.same_sex.bits(), How::Exact)
    } else {
        Agreement::differing(weights.other_sex.bits())
    })
}

/// Any number of one system in common agrees; without one, two numbers of one system differ.
fn identifiers(one: &[ExactIdentifier], other: &[ExactIdentifier]) -> Option<Agreement> {
    let weights = Weights::shipped();
    if one.iter().any(|identifier| other.contains(identifier)) {
        return Some(Agreement::matched(weights.same_identifier.bits(), How::Exact));
    }
    let same_system = |left: &ExactIdentifier| other.iter().any(|right| right.system == left.system);
    one.iter().any(same_system).then(|| Agreement::differing(weights.other_identifier.bits()))
}
