//! How common names and places are, so that agreeing on Smith proves less than agreeing on Featherstonehaugh.

use std::sync::LazyLock;

use super::{hashing::FastMap, variants::NamePart};

/// The table; its head says where it comes from.
const TABLE: &str = include_str!("frequencies.tsv");

/// The share of children who bear a family name that is not listed.
const RARE_FAMILY: f64 = 0.000_03;
/// The share of children who bear a given name that is not listed.
const RARE_GIVEN: f64 = 0.000_05;

/// Children who might be looked for and are in no index, counted into the prior: they keep a small index from being
/// sure of everybody.
const OUTSIDERS: f64 = 20_000.0;

#[derive(Debug, Default)]
struct Shares {
    family: FastMap<&'static str, f64>,
    given: FastMap<&'static str, f64>,
}

static SHARES: LazyLock<Shares> = LazyLock::new(|| {
    let mut shares = Shares::default();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('\t');
        let (Some(part), Some(name), Some(Ok(count))) =
            (columns.next(), columns.next(), columns.next().map(str::parse::<f64>))
        else {
            continue;
        };
        let names = if part == "family" { &mut shares.family } else { &mut shares.given };
        names.insert(name, count / 100_000.0);
    }
    shares
});

/// How often things agree by chance in one index.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frequencies {
    children: f64,
}

impl Frequencies {
    /// The shipped name table, for an index of this many children.
    pub fn shipped(children: u32) -> Self {
        Frequencies { children: f64::from(children) }
    }

    /// The share of children who bear this folded token as (part of) a family or given name.
    pub fn share(&self, part: NamePart, token: &str) -> f64 {
        let rare = match part {
            NamePart::Family => RARE_FAMILY,
            NamePart::Given => RARE_GIVEN,
        };
        self.listed(part, token).unwrap_or(rare)
    }

    fn listed(&self, part: NamePart, token: &str) -> Option<f64> {
        let names = match part {
            NamePart::Family => &SHARES.family,
            NamePart::Given => &SHARES.given,
        };
        names.get(token).copied()
    }

    /// Whether exactly one of two tokens is a common name. Then the other, if it is one letter off, is more likely a
    /// slip than a name of its own: nobody is called Smoth.
    pub(super) fn one_is_common(&self, part: NamePart, one: &str, other: &str) -> bool {
        self.listed(part, one).is_some() != self.listed(part, other).is_some()
    }

    /// How many strangers compete with the right child.
    pub(super) fn strangers(&self) -> f64 {
        self.children + OUTSIDERS
    }

    /// The chance that a stranger has the same outward code. England has about 2,300, of which a small index covers
    /// a few.
    pub(super) fn outward_share(&self) -> f64 {
        1.0 / (self.children / 4_000.0).clamp(4.0, 2_300.0)
    }

    /// The chance that a stranger has the same postcode: a postcode holds about eight children.
    pub(super) fn postcode_share(&self) -> f64 {
        1.0 / (self.children / 8.0).clamp(100.0, 1_400_000.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_share() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(SHARES.family.len() + SHARES.given.len(), lines);
        assert!(SHARES.family.values().sum::<f64>() < 1.0);
        assert!(SHARES.given.values().sum::<f64>() < 1.0);
    }

    #[test]
    fn names_are_folded() {
        use crate::domain::matching::folds::FoldedName;
        for name in SHARES.family.keys().chain(SHARES.given.keys()) {
            assert_eq!(FoldedName::given(name, &FoldedName::default()).whole(), *name);
        }
    }

    #[test]
    fn common_names_are_common() {
        let frequencies = Frequencies::shipped(12_000_000);
        assert!(
            frequencies.share(NamePart::Family, "smith") > 100.0 * frequencies.share(NamePart::Family, "featherstone")
        );
    }
}
