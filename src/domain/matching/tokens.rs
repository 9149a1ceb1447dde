//! How alike two folded name tokens are.

use super::{
    sounds::Sound,
    variants::{NamePart, Variants},
};

/// Jaro-Winkler similarity from which two tokens count as similar.
const SIMILAR: f64 = 0.88;

/// Letters from which a token counts as long.
const LONG: usize = 7;

/// How alike two tokens are, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    Different,
    /// One is the other's initial.
    Initial,
    /// They sound alike.
    Sound,
    /// One begins the other, or most letters agree.
    Similar,
    /// One slip of the pen apart, two in a long name.
    Near,
    /// Forms of one name.
    Variant,
    Equal,
}

/// Compares two tokens; the order does not matter.
pub(super) fn likeness(part: NamePart, one: &str, other: &str) -> Likeness {
    // Jaro's greedy pairing is not symmetric; an order of ours makes it so.
    let (one, other) = if one <= other { (one, other) } else { (other, one) };
    if one == other {
        return Likeness::Equal;
    }
    if one.len() <= 1 || other.len() <= 1 {
        let same_initial = part == NamePart::Given && !one.is_empty() && one.get(..1) == other.get(..1);
        return if same_initial { Likeness::Initial } else { Likeness::Different };
    }
    if Variants::shipped().are_variants(part, one, other) {
        return Likeness::Variant;
    }
    let (shorter, longer) = (one.len().min(other.len()), one.len().max(other.len()));
    let slips = if shorter >= 8 { 2 } else { 1 };
    if longer >= 4 && longer - shorter <= slips && strsim::osa_distance(one, other) <= slips {
        return Likeness::Near;
    }
    let begins = shorter >= 3 && (one.starts_with(other) || other.starts_with(one));
    if begins || (longer <= 2 * shorter && strsim::jaro_winkler(one, other) >= SIMILAR) {
        return Likeness::Similar;
    }
    if Sound::of(one) == Sound::of(other) { Likeness::Sound } else { Likeness::Different }
}

/// Whether two tokens are so long that few strangers' names are one slip away.
pub(super) fn is_long(one: &str, other: &str) -> bool {
    one.len().min(other.len()) >= LONG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_graded() {
        for (one, other, expected) in [
            ("olivia", "olivia", Likeness::Equal),
            ("kate", "katherine", Likeness::Variant),
            ("olivia", "olviia", Likeness::Near),
            ("featherstone", "fetherstonne", Likeness::Near),
            ("gregoria", "grigorija", Likeness::Near),
            ("alexei", "alexeievna", Likeness::Similar),
            ("marta", "marthe", Likeness::Similar),
            ("tanner", "tymer", Likeness::Sound),
            ("o", "olivia", Likeness::Initial),
            ("b", "olivia", Likeness::Different),
            ("ann", "bob", Likeness::Different),
            ("", "bob", Likeness::Different),
        ] {
            assert_eq!(likeness(NamePart::Given, one, other), expected, "{one} {other}");
            assert_eq!(likeness(NamePart::Given, other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn an_initial_is_no_family_name() {
        assert_eq!(likeness(NamePart::Family, "o", "okafor"), Likeness::Different);
    }
}
