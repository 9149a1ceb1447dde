//! Postcodes as the matcher reads and compares them: halves, and texts that are not quite postcodes.

use super::{
    agreements::{Agreement, How},
    features::Place,
    frequencies::Frequencies,
    weights::Weights,
};

/// Letters and digits considered of one postcode text.
const MAX_LENGTH: usize = 10;

/// A postcode text, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PostcodeText {
    /// Well-formed.
    Full {
        /// First half, such as `BA14`.
        outward: String,
        /// Second half, such as `8JN`.
        inward: String,
    },
    /// The first half alone.
    Outward(String),
    /// No postcode, but perhaps nearly one.
    Broken(String),
}

impl PostcodeText {
    /// The halves, as far as they are known; a broken text is halved before its last three characters.
    pub(super) fn halves(&self) -> (&str, Option<&str>) {
        match self {
            PostcodeText::Full { outward, inward } => (outward, Some(inward)),
            PostcodeText::Outward(outward) => (outward, None),
            PostcodeText::Broken(text) => {
                halves(text).map_or((text, None), |(outward, inward)| (outward, Some(inward)))
            }
        }
    }
}

/// Compares the places of two records, in the way that speaks most for one child; `None` where either has none.
pub(super) fn compare(one: &[Place], other: &[Place], frequencies: &Frequencies) -> Option<Agreement> {
    let pairs = one.iter().flat_map(|left| other.iter().map(move |right| (left, right)));
    pairs.map(|(left, right)| pair(left, right, frequencies)).reduce(Agreement::better)
}

fn pair(left: &Place, right: &Place, frequencies: &Frequencies) -> Agreement {
    let agreement = texts(&left.text, &right.text, frequencies);
    if agreement.how.is_none() || !(left.former || right.former) {
        return agreement;
    }
    let bits = agreement.at_cost(Weights::shipped().former_postcode.bits()).bits;
    Agreement::matched(bits, How::Former)
}

/// Postcodes one slip away from a given one, near enough to be a stranger's.
const NEIGHBOURS: f64 = 40.0;

fn texts(left: &PostcodeText, right: &PostcodeText, frequencies: &Frequencies) -> Agreement {
    let weights = &Weights::shipped().postcode;
    let ((left_outward, left_inward), (right_outward, right_inward)) = (left.halves(), right.halves());
    if let (Some(left_inward), Some(right_inward)) = (left_inward, right_inward) {
        if left == right {
            return Agreement::matched(weights.full.bits_exactly(frequencies.postcode_share()), How::Exact);
        }
        if one_slip_apart((left_outward, left_inward), (right_outward, right_inward)) {
            let share = (frequencies.postcode_share() * NEIGHBOURS).min(frequencies.outward_share());
            return Agreement::matched(weights.near.bits_exactly(share), How::Similar);
        }
    }
    if left_outward != right_outward {
        return Agreement::differing(weights.different.bits());
    }
    if left_inward.is_none() || right_inward.is_none() {
        return Agreement::matched(weights.outward_alone.bits_exactly(frequencies.outward_share()), How::Similar);
    }
    Agreement::matched(weights.outward.bits_exactly(frequencies.outward_share()), How::Similar)
}

/// Whether two postcodes are one slip apart, in either half or across the gap.
fn one_slip_apart(one: (&str, &str), other: (&str, &str)) -> bool {
    let differing =
        |left: &str, right: &str| left.bytes().zip(right.bytes()).filter(|(one, other)| one != other).count();
    // Postcodes of one length that differ in more than two places cannot be one slip apart.
    let same_lengths = one.0.len() == other.0.len() && one.1.len() == other.1.len();
    if same_lengths && differing(one.0, other.0) + differing(one.1, other.1) > 2 {
        return false;
    }
    strsim::osa_distance(&format!("{}{}", one.0, one.1), &format!("{}{}", other.0, other.1)) <= 1
}

/// Reads a postcode text. `None` where it is empty or a pseudo-postcode (`ZZ99 …`).
pub(super) fn read_postcode(text: &str) -> Option<PostcodeText> {
    let compact: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .take(MAX_LENGTH)
        .collect();
    if compact.is_empty() || compact.starts_with("ZZ99") {
        return None;
    }
    if let Some((outward, inward)) = halves(&compact)
        && is_outward(outward)
        && is_inward(inward)
    {
        return Some(PostcodeText::Full { outward: outward.to_owned(), inward: inward.to_owned() });
    }
    if is_outward(&compact) {
        return Some(PostcodeText::Outward(compact));
    }
    Some(PostcodeText::Broken(compact))
}

/// Splits before the last three characters, where at least two stand before them.
fn halves(compact: &str) -> Option<(&str, &str)> {
    let position = compact.len().checked_sub(3).filter(|position| *position >= 2)?;
    compact.split_at_checked(position)
}

fn is_outward(text: &str) -> bool {
    let (letter, digit) = (u8::is_ascii_uppercase, u8::is_ascii_digit);
    match text.as_bytes() {
        [a, b] => letter(a) && digit(b),
        [a, b, c] if letter(b) => letter(a) && digit(c) || text == "GIR",
        [a, b, c] => letter(a) && digit(b) && (digit(c) || letter(c)),
        [a, b, c, d] => letter(a) && letter(b) && digit(c) && (digit(d) || letter(d)),
        _ => false,
    }
}

fn is_inward(text: &str) -> bool {
    matches!(text.as_bytes(), [a, b, c] if a.is_ascii_digit() && b.is_ascii_uppercase() && c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(outward: &str, inward: &str) -> Option<PostcodeText> {
        Some(PostcodeText::Full { outward: outward.into(), inward: inward.into() })
    }

    #[test]
    fn spacing_and_case_do_not_matter() {
        for text in ["BA14 8JN", "ba148jn", " BA1 48JN", "b.a.1.4 8jn"] {
            assert_eq!(read_postcode(text), full("BA14", "8JN"), "{text}");
        }
        assert_eq!(read_postcode("M1 1AE"), full("M1", "1AE"));
        assert_eq!(read_postcode("GIR 0AA"), full("GIR", "0AA"));
    }

    #[test]
    fn halves_and_broken_texts_are_kept() {
        assert_eq!(read_postcode("ba14"), Some(PostcodeText::Outward("BA14".into())));
        assert_eq!(read_postcode("BA14 BJN"), Some(PostcodeText::Broken("BA14BJN".into())));
        assert_eq!(read_postcode("8A14 8JN"), Some(PostcodeText::Broken("8A148JN".into())));
    }

    #[test]
    fn pseudo_postcodes_are_no_places() {
        assert_eq!(read_postcode("ZZ99 3VZ"), None);
        assert_eq!(read_postcode(" - "), None);
    }
}
