//! Comparing names: family and given, every form with every form, also in each other's place.

use super::{
    agreements::{Agreement, How},
    family_names,
    features::FoldedForm,
    folds::FoldedName,
    frequencies::Frequencies,
    given_names,
    profiles::NameKind,
    tokens::{Likeness, close_likeness},
    variants::NamePart,
    weights::{Bits, Weights},
};

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
                if let Some(agreement) = family_names::compare(&left.family, &right.family, self.frequencies) {
                    Best::offer(&mut family, best(agreement));
                }
                if let Some(agreement) = given_names::compare(&left.given, &right.given, self.frequencies) {
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

    fn one_is_common(&self, left: &str, right: &str) -> bool {
        let one_is_common = |part| self.frequencies.one_is_common(part, left, right);
        one_is_common(NamePart::Family) || one_is_common(NamePart::Given)
    }

    /// The share of the commoner of two tokens in the commoner of their parts.
    fn share(&self, left: &str, right: &str) -> f64 {
        let shares = [NamePart::Family, NamePart::Given]
            .into_iter()
            .flat_map(|part| [left, right].map(|token| self.frequencies.share(part, token)));
        shares.fold(0.0, f64::max)
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
        let several = one.joined().is_some() || other.joined().is_some();
        let wholes = several.then(|| (one.whole(), other.whole()));
        for (left, right) in pairs.map(|(left, right)| (left.as_str(), right.as_str())).chain(wholes) {
            let level = match close_likeness(NamePart::Given, left, right) {
                Likeness::Equal => weights.exact,
                Likeness::Variant => weights.variant,
                Likeness::Near => weights.near(left, right, self.one_is_common(left, right)),
                _ => continue,
            };
            best = best.better(Agreement::matched(level.bits_at(self.share(left, right)), How::Swapped));
        }
        Some(best)
    }
}

/// Agreement by a former name is told as such; disagreement is not.
fn as_former(agreement: Agreement, former: bool) -> Agreement {
    Agreement { how: agreement.how.map(|how| if former { How::Former } else { how }), ..agreement }
}
