//! Chance that repeats itself: every household and every body rolls its own dice, thrown from the seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Dice for one purpose. The same seed and purpose give the same throws, whatever others throw.
pub(super) struct Dice {
    rng: ChaCha8Rng,
}

/// What dice are thrown for. Each has its own stream of the generator.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// A household, by its number.
    Household(u64),
    /// A practitioner, by a hash of where they work.
    Practitioner(u64),
    /// An organisation, by a hash of its code.
    Organisation(u64),
}

impl Dice {
    pub(super) fn new(seed: u64, purpose: Purpose) -> Self {
        const BITS: u32 = 62;
        let mask = (1 << BITS) - 1;
        let (kind, number) = match purpose {
            Purpose::Household(number) => (0_u64, number),
            Purpose::Practitioner(number) => (1, number),
            Purpose::Organisation(number) => (2, number),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((kind << BITS) | (number & mask));
        Self { rng }
    }

    /// A number below `bound`, each as likely; 0 when `bound` is 0.
    pub(super) fn below(&mut self, bound: u32) -> u32 {
        // Multiply and shift; the bias is under one in a million for the bounds used here.
        let scaled = (u64::from(self.rng.next_u32()) * u64::from(bound)) >> 32;
        u32::try_from(scaled).unwrap_or_default()
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True so many times in a thousand.
    pub(super) fn in_thousand(&mut self, times: u32) -> bool {
        self.below(1_000) < times
    }

    /// True so many times in a hundred thousand.
    pub(super) fn in_100_000(&mut self, times: u32) -> bool {
        self.below(100_000) < times
    }

    /// One of the items, each as likely; the default when there are none.
    pub(super) fn one_of<T: Copy + Default>(&mut self, items: &[T]) -> T {
        let index = self.below(u32::try_from(items.len()).unwrap_or(u32::MAX));
        usize::try_from(index).ok().and_then(|index| items.get(index)).copied().unwrap_or_default()
    }

    /// A position in a table of growing sums, as likely as its share of the last sum.
    pub(super) fn weighted(&mut self, sums: &[u32]) -> usize {
        let Some(&total) = sums.last() else { return 0 };
        let throw = self.below(total);
        sums.partition_point(|sum| *sum <= throw)
    }
}

/// The growing sums of some weights, for [`Dice::weighted`].
pub(super) fn sums(weights: impl Iterator<Item = u32>) -> Vec<u32> {
    weights
        .scan(0_u32, |sum, weight| {
            *sum = sum.saturating_add(weight);
            Some(*sum)
        })
        .collect()
}

/// A number that looks unrelated to `number`, always the same (the finaliser of SplitMix64).
pub(super) const fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// A hash of a text, the same on every machine (FNV-1a).
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Shuffles the numbers below a count: different numbers stay different, and neighbours part as far as they can.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shuffle {
    count: u64,
    step: u64,
    offset: u64,
}

impl Shuffle {
    /// For the numbers below `count`, which is under 2³².
    pub(super) fn new(count: u64, seed: u64) -> Self {
        let count = count.max(1);
        // Steps of the golden ratio spread evenly however few are taken; without a common divisor none comes twice.
        let golden = count * 618_034 / 1_000_000;
        let step = (golden..golden + count).find(|step| greatest_common_divisor(*step, count) == 1);
        Self { count, step: step.unwrap_or(1), offset: mix(seed) % count }
    }

    /// Where a number goes. Numbers from the count on start over.
    pub(super) const fn place(self, number: u64) -> u64 {
        ((number % self.count) * self.step + self.offset) % self.count
    }

    /// How many numbers there are.
    pub(super) const fn count(self) -> u64 {
        self.count
    }
}

const fn greatest_common_divisor(mut one: u64, mut other: u64) -> u64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn the_same_dice_throw_the_same_and_others_differ() {
        let throws = |seed, purpose| {
            let mut dice = Dice::new(seed, purpose);
            (0..20).map(|_| dice.below(1_000_000)).collect::<Vec<_>>()
        };
        assert_eq!(throws(42, Purpose::Household(7)), throws(42, Purpose::Household(7)));
        assert_ne!(throws(42, Purpose::Household(7)), throws(43, Purpose::Household(7)));
        assert_ne!(throws(42, Purpose::Household(7)), throws(42, Purpose::Household(8)));
        assert_ne!(throws(42, Purpose::Household(7)), throws(42, Purpose::Practitioner(7)));
    }

    #[test]
    fn throws_stay_in_bounds_and_follow_the_weights() {
        let mut dice = Dice::new(1, Purpose::Household(1));
        let table = sums([1, 0, 3].into_iter());
        let mut counts = [0; 3];
        for _ in 0..40_000 {
            assert!(dice.below(6) < 6);
            assert!((3..=5).contains(&dice.between(3, 5)));
            counts[dice.weighted(&table)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((9_500..10_500).contains(&counts[0]), "{counts:?}");
        assert_eq!(dice.below(0), 0);
        assert_eq!(dice.one_of::<u8>(&[]), 0);
        assert_eq!(dice.weighted(&[]), 0);
    }

    #[test]
    fn shuffling_keeps_numbers_apart() {
        for count in [1, 2, 10, 500, 7_000, 36_000] {
            let shuffle = Shuffle::new(count, 42);
            let shuffled: HashSet<_> = (0..count).map(|number| shuffle.place(number)).collect();
            assert_eq!(shuffled.len(), usize::try_from(count).unwrap());
            assert!(shuffled.iter().all(|number| *number < count));
            assert_eq!(shuffle.place(count + 5), shuffle.place(5 % count));
        }
        assert_eq!(Shuffle::new(0, 42).place(5), 0);
        let shuffle = Shuffle::new(4_000_000_000, 42);
        assert!((0..1_000).all(|number| shuffle.place(number) < 4_000_000_000));
        let eighths: HashSet<_> = (0..40).map(|number| Shuffle::new(8_000, 42).place(number) / 1_000).collect();
        assert_eq!(eighths.len(), 8, "a few are spread over all");
    }
}
