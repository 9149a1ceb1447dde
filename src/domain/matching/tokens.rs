//! How alike two folded name tokens are.

use super::{
    sounds::{Sound, first_sound},
    variants::{NamePart, Variants},
};

/// Jaro-Winkler similarity from which two tokens count as similar.
const SIMILAR: f64 = 0.88;

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
    let close = close_likeness(part, one, other);
    if close != Likeness::Different || one.len() <= 1 || other.len() <= 1 {
        return close;
    }
    let (shorter, longer) = lengths(one, other);
    if shorter >= 3 && (one.starts_with(other) || other.starts_with(one)) {
        return Likeness::Similar;
    }
    let may_be_similar = longer <= 2 * shorter && winkler_bound(one, other) >= SIMILAR;
    if may_be_similar && strsim::jaro_winkler(one, other) >= SIMILAR {
        return Likeness::Similar;
    }
    let alike = first_sound(one) == first_sound(other) && Sound::of(one) == Sound::of(other);
    if alike { Likeness::Sound } else { Likeness::Different }
}

/// The same as far as one slip; what is less alike counts as different.
pub(super) fn close_likeness(part: NamePart, one: &str, other: &str) -> Likeness {
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
    let (shorter, longer) = lengths(one, other);
    let slips = if shorter >= 8 { 2 } else { 1 };
    // A slip changes at most two of the letters that occur.
    let letters_differing = (letters(one) ^ letters(other)).count_ones();
    // Of two letters one slip leaves one, which is an initial.
    let may_be_near = longer >= 3 && longer - shorter <= slips && usize_of(letters_differing) <= 2 * slips;
    if may_be_near && strsim::osa_distance(one, other) <= slips { Likeness::Near } else { Likeness::Different }
}

fn lengths(one: &str, other: &str) -> (usize, usize) {
    (one.len().min(other.len()), one.len().max(other.len()))
}

fn usize_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// The letters that occur in a token, one bit each.
fn letters(token: &str) -> u32 {
    token.bytes().fold(0, |set, letter| set | 1 << (letter & 31))
}

/// The most that Jaro-Winkler similarity can be, from which letters occur at all: much cheaper than the similarity.
fn winkler_bound(one: &str, other: &str) -> f64 {
    let found_in = |token: &str, set: u32| token.bytes().filter(|letter| set & (1 << (letter & 31)) != 0).count();
    let pairs = found_in(one, letters(other)).min(found_in(other, letters(one)));
    let share =
        |length: usize| f64::from(u32::try_from(pairs).unwrap_or(0)) / f64::from(u32::try_from(length).unwrap_or(1));
    let jaro = (share(one.len()) + share(other.len()) + 1.0) / 3.0;
    let prefix = one.bytes().zip(other.bytes()).take(4).take_while(|(left, right)| left == right).count();
    let prefix = f64::from(u32::try_from(prefix).unwrap_or(0));
    jaro + 0.1 * prefix * (1.0 - jaro)
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
            ("eva", "vea", Likeness::Near),
            ("ali", "sli", Likeness::Near),
            ("mia", "ima", Likeness::Near),
            ("jo", "jp", Likeness::Different),
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
    fn the_cheap_bound_never_hides_a_likeness() {
        let names =
            ["katherine", "catherine", "jonathan", "johnathan", "aisha", "ayesha", "marta", "martha", "aaa", "lee"];
        for one in names {
            for other in names {
                assert!(winkler_bound(one, other) + 1e-9 >= strsim::jaro_winkler(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn an_initial_is_no_family_name() {
        assert_eq!(likeness(NamePart::Family, "o", "okafor"), Likeness::Different);
    }
}
