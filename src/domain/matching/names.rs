//! Comparing names: family and given, every form with every form, also in each other's place.

use super::{
    agreements::{Agreement, How},
    features::FoldedForm,
    folds::FoldedName,
    frequencies::Frequencies,
    profiles::NameKind,
    tokens::{Likeness, likeness},
    variants::NamePart,
    weights::{Bits, Level, Weights},
};

/// What several family names together are shared by, as a part of what the rarest of them is shared by.
const TOGETHER: f64 = 0.05;

/// How the names of two records agree. A part that either side does not know is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct NameAgreement {
    pub(super) family: Option<Agreement>,
    pub(super) given: Option<Agreement>,
}

impl NameAgreement {
    fn total(&self) -> f64 {
        self.family.iter().chain(&self.given).map(|agreement| agreement.bits.stranger).sum()
    }
}

/// Compares the names of two records, in the way that speaks most for one child.
pub(super) fn compare(one: &[FoldedForm], other: &[FoldedForm], frequencies: &Frequencies) -> NameAgreement {
    let comparer = Comparer { weights: Weights::shipped(), frequencies };
    let straight = comparer.straight(one, other);
    let both_agree = [straight.family, straight.given].iter().flatten().all(|part| part.bits.stranger > 0.0);
    if both_agree {
        return straight;
    }
    match comparer.swapped(one, other) {
        Some(swapped) if swapped.total() > straight.total() => swapped,
        _ => straight,
    }
}

struct Comparer<'a> {
    weights: &'static Weights,
    frequencies: &'a Frequencies,
}

/// The best agreement of a part over all forms, and what using those forms costs.
#[derive(Clone, Copy)]
struct Best {
    agreement: Agreement,
    cost: Bits,
}

impl Best {
    fn net(&self) -> f64 {
        self.agreement.bits.stranger + self.cost.stranger
    }

    fn offer(best: &mut Option<Best>, candidate: Best) {
        if best.is_none_or(|held| candidate.net() > held.net()) {
            *best = Some(candidate);
        }
    }
}

impl Comparer<'_> {
    /// Family with family and given with given, each over all forms: an old family name may come with a new given
    /// name. The cost of using another form than the current one is paid once.
    fn straight(&self, one: &[FoldedForm], other: &[FoldedForm]) -> NameAgreement {
        let (mut family, mut given) = (None, None);
        for left in one {
            for right in other {
                let (cost, former) = self.cost(left.kind, right.kind);
                let best = |agreement: Agreement| Best { agreement: as_former(agreement, former), cost };
                if let Some(agreement) = self.family(&left.family, &right.family) {
                    Best::offer(&mut family, best(agreement));
                }
                if let Some(agreement) = self.given(&left.given, &right.given) {
                    Best::offer(&mut given, best(agreement));
                }
            }
        }
        let pay = |best: Best| best.agreement.at_cost(best.cost);
        match (family, given) {
            (Some(family), Some(given)) if family.cost.stranger <= given.cost.stranger => {
                NameAgreement { family: Some(pay(family)), given: Some(given.agreement) }
            }
            (family, given) => {
                let free = |best: Best| if given.is_some() { best.agreement } else { pay(best) };
                NameAgreement { family: family.map(free), given: given.map(pay) }
            }
        }
    }

    fn cost(&self, one: NameKind, other: NameKind) -> (Bits, bool) {
        let mut cost = Bits::default();
        for kind in [one, other] {
            match kind {
                NameKind::Current => {}
                NameKind::Former => cost += self.weights.former_name.bits(),
                NameKind::AlsoKnownAs => cost += self.weights.also_known_as.bits(),
            }
        }
        (cost, one == NameKind::Former || other == NameKind::Former)
    }

    fn family(&self, one: &FoldedName, other: &FoldedName) -> Option<Agreement> {
        if one.is_empty() || other.is_empty() {
            return None;
        }
        let weights = &self.weights.family;
        if one.whole() == other.whole() || one.tokens() == other.tokens() {
            return Some(Agreement::matched(weights.exact.bits_at(self.family_share(one)), How::Exact));
        }
        let mut best = Agreement::differing(weights.different.bits());
        for left in one.tokens() {
            for right in other.tokens() {
                best = best.better(self.family_token(left, right));
            }
        }
        if one.joined().is_some() || other.joined().is_some() {
            best = best.better(self.family_token(one.whole(), other.whole()));
        }
        Some(best)
    }

    fn family_token(&self, left: &str, right: &str) -> Agreement {
        let weights = &self.weights.family;
        let share = self.share(NamePart::Family, left, right);
        match likeness(NamePart::Family, left, right) {
            Likeness::Equal => Agreement::matched(weights.half.bits_at(share), How::Similar),
            Likeness::Variant => Agreement::matched(weights.variant.bits_at(share), How::Variant),
            Likeness::Near => Agreement::matched(weights.near.bits_at(share), How::Similar),
            Likeness::Similar => Agreement::matched(weights.similar.bits_at(share), How::Similar),
            Likeness::Sound => Agreement::matched(weights.sound.bits_at(share), How::SoundsLike),
            Likeness::Initial | Likeness::Different => Agreement::differing(weights.different.bits()),
        }
    }

    fn family_share(&self, name: &FoldedName) -> f64 {
        let rarest =
            name.tokens().iter().map(|token| self.frequencies.share(NamePart::Family, token)).fold(1.0, f64::min);
        if name.tokens().len() > 1 { rarest * TOGETHER } else { rarest }
    }

    /// The share of the commoner of two tokens: a slip in Smith proves as little as Smith.
    fn share(&self, part: NamePart, left: &str, right: &str) -> f64 {
        self.frequencies.share(part, left).max(self.frequencies.share(part, right))
    }

    fn given(&self, one: &FoldedName, other: &FoldedName) -> Option<Agreement> {
        if let (Some(left), Some(right)) = (one.birth_order(), other.birth_order()) {
            return Some(if left == right {
                Agreement::matched(self.weights.given.same_order.bits(), How::Exact)
            } else {
                Agreement::differing(self.weights.given.other_order.bits())
            });
        }
        let (left, right) = (one.tokens().first()?, other.tokens().first()?);
        let mut first = self.given_token(left, right, self.weights.given.exact);
        if first.how != Some(How::Exact) && (one.joined().is_some() || other.joined().is_some()) {
            first = first.better(self.run_together(one, other));
        }
        if first.how.is_some() && first.bits.stranger > 0.0 {
            if let Some(middle) = self.middle(one, other) {
                first.bits += middle;
            }
            return Some(first);
        }
        Some(first.better(self.called_by_middle_name(one, other)))
    }

    fn given_token(&self, left: &str, right: &str, equal: Level) -> Agreement {
        let weights = &self.weights.given;
        let share = self.share(NamePart::Given, left, right);
        match likeness(NamePart::Given, left, right) {
            Likeness::Equal => Agreement::matched(equal.bits_at(share), How::Exact),
            Likeness::Variant => Agreement::matched(weights.variant.bits_at(share), How::Variant),
            Likeness::Near => Agreement::matched(weights.near.bits_at(share), How::Similar),
            Likeness::Similar => Agreement::matched(weights.similar.bits_at(share), How::Similar),
            Likeness::Sound => Agreement::matched(weights.sound.bits_at(share), How::SoundsLike),
            Likeness::Initial => Agreement::matched(weights.initial.bits(), How::Similar),
            Likeness::Different => Agreement::differing(weights.different.bits()),
        }
    }

    /// "Mary Ann" and "Maryann", "Abdul Rahman" and "Abdulrehman": whole against whole, and the first two words of
    /// one against the first of the other.
    fn run_together(&self, one: &FoldedName, other: &FoldedName) -> Agreement {
        let exact = self.weights.given.exact;
        let mut best = self.given_token(one.whole(), other.whole(), exact);
        for (longer, shorter) in [(one, other), (other, one)] {
            if let ([first, second, ..], Some(token)) = (longer.tokens(), shorter.tokens().first())
                && token.len() > first.len()
            {
                best = best.better(self.given_token(&format!("{first}{second}"), token, exact));
            }
        }
        best
    }

    /// What the middle names add, where both sides have some.
    fn middle(&self, one: &FoldedName, other: &FoldedName) -> Option<Bits> {
        let ([_, left @ ..], [_, right @ ..]) = (one.tokens(), other.tokens()) else {
            return None;
        };
        if left.is_empty() || right.is_empty() {
            return None;
        }
        let weights = &self.weights.given;
        let mut best = weights.middle_different.bits();
        for (left, right) in left.iter().flat_map(|left| right.iter().map(move |right| (left, right))) {
            let bits = match likeness(NamePart::Given, left, right) {
                Likeness::Equal | Likeness::Variant | Likeness::Near => {
                    weights.middle_same.bits_at(self.share(NamePart::Given, left, right))
                }
                Likeness::Initial => weights.middle_initial.bits(),
                _ => continue,
            };
            if bits.stranger > best.stranger {
                best = bits;
            }
        }
        Some(best)
    }

    /// One side's first name is among the other's further names.
    fn called_by_middle_name(&self, one: &FoldedName, other: &FoldedName) -> Agreement {
        let mut best = Agreement::differing(self.weights.given.different.bits());
        for (shorter, longer) in [(one, other), (other, one)] {
            let Some(first) = shorter.tokens().first() else { continue };
            for token in longer.tokens().iter().skip(1) {
                let part = NamePart::Given;
                if likeness(part, first, token) >= Likeness::Near {
                    let bits = self.weights.given.other.bits_at(self.share(part, first, token));
                    best = best.better(Agreement::matched(bits, How::Similar));
                }
            }
        }
        best
    }

    /// Family with given and given with family, where both were said and at least one agrees, or where only one was
    /// said and agrees with the other part.
    fn swapped(&self, one: &[FoldedForm], other: &[FoldedForm]) -> Option<NameAgreement> {
        let mut best: Option<NameAgreement> = None;
        for left in one {
            for right in other {
                let (form_cost, _) = self.cost(left.kind, right.kind);
                let family = self.across(&left.family, &right.given);
                let given = self.across(&left.given, &right.family);
                let agrees = |part: &Option<Agreement>| part.is_some_and(|part| part.how.is_some());
                if !agrees(&family) && !agrees(&given) {
                    continue;
                }
                let mut cost = self.weights.swapped_names.bits();
                cost += form_cost;
                let candidate = match family {
                    Some(part) => NameAgreement { family: Some(part.at_cost(cost)), given },
                    None => NameAgreement { family, given: given.map(|part| part.at_cost(cost)) },
                };
                if best.is_none_or(|held| candidate.total() > held.total()) {
                    best = Some(candidate);
                }
            }
        }
        best
    }

    /// A part of one name against the other part of another.
    fn across(&self, one: &FoldedName, other: &FoldedName) -> Option<Agreement> {
        if one.is_empty() || other.is_empty() {
            return None;
        }
        let weights = &self.weights.given;
        let mut best = Agreement::differing(weights.different.bits());
        let pairs = one.tokens().iter().flat_map(|left| other.tokens().iter().map(move |right| (left, right)));
        for (left, right) in
            pairs.map(|(left, right)| (left.as_str(), right.as_str())).chain([(one.whole(), other.whole())])
        {
            let share = self.share(NamePart::Family, left, right).max(self.share(NamePart::Given, left, right));
            let level = match likeness(NamePart::Given, left, right) {
                Likeness::Equal => weights.exact,
                Likeness::Variant => weights.variant,
                Likeness::Near => weights.near,
                _ => continue,
            };
            best = best.better(Agreement::matched(level.bits_at(share), How::Swapped));
        }
        Some(best)
    }
}

/// Agreement by a former name is told as such; disagreement is not.
fn as_former(agreement: Agreement, former: bool) -> Agreement {
    Agreement { how: agreement.how.map(|how| if former { How::Former } else { how }), ..agreement }
}
