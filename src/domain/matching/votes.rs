//! Votes: from the lists of children found under each key to the few hundred worth comparing in full.

use super::{hashing::FastMap, plans::PlannedKey};

/// Candidates to compare at first, which is enough where one of them is nearly certain and few rival it.
pub const FEW_CANDIDATES: usize = 48;
/// Candidates to compare where that is not so.
pub const CANDIDATES: usize = 200;
/// Candidates to compare where even the best of those is weak.
pub const MORE_CANDIDATES: usize = 700;
/// What a list counts that was cut at its cap: its key is common, and who was cut off got no vote.
const CUT_LIST: f32 = 0.5;

/// Counts votes for children, named by their internal ids.
#[derive(Debug, Default)]
pub struct Votes {
    counts: FastMap<i64, f32>,
    rows: usize,
}

impl Votes {
    /// No votes yet.
    pub fn new() -> Self {
        Votes::default()
    }

    /// Counts the children found under a key; rows beyond the key's cap are not counted.
    pub fn add(&mut self, planned: &PlannedKey, children: &[i64]) {
        let cap = usize::try_from(planned.cap).unwrap_or(usize::MAX);
        let weight = if children.len() >= cap { planned.weight * CUT_LIST } else { planned.weight };
        for child in children.iter().take(cap) {
            *self.counts.entry(*child).or_default() += weight;
            self.rows += 1;
        }
    }

    /// Rows counted so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The children with the most votes, best first; equal votes in order of id, so that answers repeat.
    pub fn best(&self, limit: usize) -> Vec<i64> {
        let mut all: Vec<(i64, f32)> = self.counts.iter().map(|(child, votes)| (*child, *votes)).collect();
        let better = |one: &(i64, f32), other: &(i64, f32)| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0));
        if all.len() > limit && limit > 0 {
            all.select_nth_unstable_by(limit - 1, better);
        }
        all.truncate(limit);
        all.sort_unstable_by(better);
        all.into_iter().map(|(child, _)| child).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::{Key, KeyKind};

    fn planned(weight: f32, cap: u32) -> PlannedKey {
        PlannedKey { key: Key(1), kind: KeyKind::Pair, weight, cap }
    }

    #[test]
    fn votes_add_up_and_equal_ones_come_in_order_of_id() {
        let mut votes = Votes::new();
        votes.add(&planned(5.0, 10), &[30, 10, 20]);
        votes.add(&planned(4.0, 10), &[20, 40]);
        assert_eq!(votes.best(10), [20, 10, 30, 40]);
        assert_eq!(votes.best(2), [20, 10]);
        assert_eq!(votes.best(0), Vec::<i64>::new());
        assert_eq!(votes.rows(), 5);
    }

    #[test]
    fn a_list_cut_at_its_cap_counts_less_and_no_further() {
        let mut votes = Votes::new();
        votes.add(&planned(5.0, 2), &[1, 2, 3]);
        votes.add(&planned(4.0, 2), &[9]);
        assert_eq!(votes.best(10), [9, 1, 2]);
        assert_eq!(votes.rows(), 3);
    }
}
