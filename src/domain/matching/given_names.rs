//! Comparing given names: first, middle, initials, written together, and names that many brothers bear before their own.

use super::{
    agreements::{Agreement, How},
    folds::FoldedName,
    frequencies::Frequencies,
    tokens::{Likeness, close_likeness, likeness},
    variants::{NamePart, Variants},
    weights::{Bits, GivenWeights, Level, Weights},
};

const GIVEN: NamePart = NamePart::Given;

/// Names and titles of respect that come before the name a child is called by, and are often left out.
const LEADING: &[&str] = &[
    "abd", "abdul", "abu", "haji", "hajra", "md", "mosammat", "mst", "muhammad", "musammat", "sayed", "sayyid",
    "shaikh", "sheikh", "syed", "umm", "ummul",
];

/// Compares two persons' given names; `None` where either has none.
pub(super) fn compare(one: &FoldedName, other: &FoldedName, frequencies: &Frequencies) -> Option<Agreement> {
    let comparer = Comparer { weights: &Weights::shipped().given, frequencies };
    if let (Some(left), Some(right)) = (one.birth_order(), other.birth_order()) {
        return Some(comparer.birth_orders(left, right));
    }
    if one.is_empty() || other.is_empty() {
        return None;
    }
    if one.whole() == other.whole() {
        // Written together on one side: the fewer words count, whichever side they are on.
        let (one, other) = (one.tokens(), other.tokens());
        let words = if (one.len(), one) <= (other.len(), other) { one } else { other };
        return Some(comparer.all(words, words));
    }
    let (left, right) = (without_leading(one.tokens()), without_leading(other.tokens()));
    match (left, right) {
        (Some(left), Some(right)) => Some(comparer.all(left, right).at_cost(comparer.weights.leading.bits())),
        // "Muhammaad" is no name by which anybody is called, and "Muhammad Bilal" is: the slip is in what comes before.
        (Some(left), None) if !is_leading_alone(other.tokens()) => {
            Some(comparer.all(left, other.tokens()).better(comparer.all(one.tokens(), other.tokens())))
        }
        (None, Some(right)) if !is_leading_alone(one.tokens()) => {
            Some(comparer.all(one.tokens(), right).better(comparer.all(one.tokens(), other.tokens())))
        }
        _ => Some(comparer.all(one.tokens(), other.tokens())),
    }
}

/// The names after one of [`LEADING`], where there are any.
pub(super) fn without_leading(tokens: &[String]) -> Option<&[String]> {
    match tokens {
        [first, rest @ ..] if !rest.is_empty() && is_leading(first) => Some(rest),
        _ => None,
    }
}

fn is_leading_alone(tokens: &[String]) -> bool {
    matches!(tokens, [only] if is_leading(only))
}

fn is_leading(token: &str) -> bool {
    LEADING.contains(&token) || Variants::shipped().are_variants(GIVEN, token, "muhammad")
}

struct Comparer<'a> {
    weights: &'static GivenWeights,
    frequencies: &'a Frequencies,
}

impl Comparer<'_> {
    fn birth_orders(&self, left: u8, right: u8) -> Agreement {
        if left == right {
            Agreement::matched(self.weights.same_order.bits(), How::Exact)
        } else {
            Agreement::differing(self.weights.other_order.bits())
        }
    }

    /// First names with what middle names add; else a name written together, or one of the middle names.
    fn all(&self, one: &[String], other: &[String]) -> Agreement {
        let (Some(left), Some(right)) = (one.first(), other.first()) else {
            return Agreement::differing(Bits::default());
        };
        let mut first = self.token(left, right, self.weights.exact);
        if first.how != Some(How::Exact) {
            first = first.better(self.run_together(one, other)).better(self.run_together(other, one));
        }
        if first.how.is_some() && first.bits.stranger > 0.0 {
            if let Some(middle) = self.middle(one, other) {
                first.bits += middle;
            }
            return first;
        }
        first.better(self.called_by_middle_name(one, other)).better(self.called_by_middle_name(other, one))
    }

    fn token(&self, left: &str, right: &str, equal: Level) -> Agreement {
        let share = || self.share(left, right);
        match likeness(GIVEN, left, right) {
            Likeness::Equal => Agreement::matched(equal.bits_at(share()), How::Exact),
            Likeness::Variant => Agreement::matched(self.weights.variant.bits_at(share()), How::Variant),
            Likeness::Near => {
                let level = self.weights.near(left, right, self.frequencies.one_is_common(GIVEN, left, right));
                Agreement::matched(level.bits_at(share()), How::Similar)
            }
            Likeness::Similar => Agreement::matched(self.weights.similar.bits_at(share()), How::Similar),
            Likeness::Sound => Agreement::matched(self.weights.sound.bits_at(share()), How::SoundsLike),
            Likeness::Initial => Agreement::matched(self.weights.initial.bits(), How::Similar),
            Likeness::Different => Agreement::differing(self.weights.different.bits()),
        }
    }

    /// The share of the commoner of two tokens: a slip in Oliver proves as little as Oliver.
    fn share(&self, left: &str, right: &str) -> f64 {
        self.frequencies.share(GIVEN, left).max(self.frequencies.share(GIVEN, right))
    }

    /// "Mary Ann" and "Maryann": the first two words of one against the first of the other.
    fn run_together(&self, longer: &[String], shorter: &[String]) -> Agreement {
        if let ([first, second, ..], [token, ..]) = (longer, shorter)
            && token.len() > first.len() + 1
        {
            return self.token(&format!("{first}{second}"), token, self.weights.exact);
        }
        Agreement::differing(self.weights.different.bits())
    }

    /// What the middle names add, where both sides have some.
    fn middle(&self, one: &[String], other: &[String]) -> Option<Bits> {
        let ([_, left @ ..], [_, right @ ..]) = (one, other) else {
            return None;
        };
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let mut best = self.weights.middle_different.bits();
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            let bits = match close_likeness(GIVEN, left, right) {
                Likeness::Equal | Likeness::Variant | Likeness::Near => {
                    self.weights.middle_same.bits_at(self.share(left, right))
                }
                Likeness::Initial => self.weights.middle_initial.bits(),
                _ => continue,
            };
            if bits.stranger > best.stranger {
                best = bits;
            }
        }
        Some(best)
    }

    /// One side's first name is among the other's further names.
    fn called_by_middle_name(&self, called: &[String], named: &[String]) -> Agreement {
        let mut best = Agreement::differing(self.weights.different.bits());
        for (first, token) in
            called.first().into_iter().flat_map(|first| named.iter().skip(1).map(move |token| (first, token)))
        {
            if close_likeness(GIVEN, first, token) >= Likeness::Near {
                let bits = self.weights.other.bits_at(self.share(first, token));
                best = best.better(Agreement::matched(bits, How::Similar));
            }
        }
        best
    }
}
