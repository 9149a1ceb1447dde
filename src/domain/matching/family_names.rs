//! Comparing family names: whole, either half of a double name, and spellings.

use super::{
    agreements::{Agreement, How},
    folds::FoldedName,
    frequencies::Frequencies,
    tokens::{Likeness, likeness},
    variants::NamePart,
    weights::{FamilyWeights, Weights},
};

/// The share of children with all halves of a double name, as a part of the share of its rarest half.
const TOGETHER: f64 = 0.05;

/// Compares two persons' family names; `None` where either has none.
pub(super) fn compare(one: &FoldedName, other: &FoldedName, frequencies: &Frequencies) -> Option<Agreement> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    let weights = &Weights::shipped().family;
    if one.whole() == other.whole() || one.tokens() == other.tokens() {
        return Some(Agreement::matched(weights.exact.bits_at(share_of(one, frequencies)), How::Exact));
    }
    let mut best = Agreement::differing(weights.different.bits());
    for left in one.tokens() {
        for right in other.tokens() {
            best = best.better(token(weights, left, right, frequencies));
        }
    }
    if one.joined().is_some() || other.joined().is_some() {
        best = best.better(token(weights, one.whole(), other.whole(), frequencies));
    }
    Some(best)
}

fn token(weights: &FamilyWeights, left: &str, right: &str, frequencies: &Frequencies) -> Agreement {
    // The share of the commoner one: a slip in Smith proves as little as Smith.
    let share = || frequencies.share(NamePart::Family, left).max(frequencies.share(NamePart::Family, right));
    match likeness(NamePart::Family, left, right) {
        Likeness::Equal => Agreement::matched(weights.half.bits_at(share()), How::Similar),
        Likeness::Variant => Agreement::matched(weights.variant.bits_at(share()), How::Variant),
        Likeness::Near => {
            let level = weights.near(left, right, frequencies.one_is_common(NamePart::Family, left, right));
            Agreement::matched(level.bits_at(share()), How::Similar)
        }
        Likeness::Similar => Agreement::matched(weights.similar.bits_at(share()), How::Similar),
        Likeness::Sound => Agreement::matched(weights.sound.bits_at(share()), How::SoundsLike),
        Likeness::Initial | Likeness::Different => Agreement::differing(weights.different.bits()),
    }
}

fn share_of(name: &FoldedName, frequencies: &Frequencies) -> f64 {
    let shares = name.tokens().iter().map(|token| frequencies.share(NamePart::Family, token));
    let rarest = shares.fold(1.0, f64::min);
    if name.tokens().len() > 1 { rarest * TOGETHER } else { rarest }
}
