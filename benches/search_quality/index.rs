//! The key table in memory: sorted rows of key and child, read under the caps of a plan.

use child_index::domain::matching::{KeySecret, PlannedKey, Votes, child_keys};

use crate::population::Population;

/// Rows in order of key and child, as the store keeps them. Rows are packed, so that many millions fit.
pub struct Index {
    rows: Vec<Row>,
}

/// 48 bits of key above, 32 of child below would not fit a machine word: two halves, compared in order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    key_high: u32,
    key_low: u16,
    child_high: u16,
    child_low: u16,
}

impl Row {
    fn new(key: i64, child: i64) -> Row {
        Row {
            key_high: (key >> 16) as u32,
            key_low: key as u16,
            child_high: (child >> 16) as u16,
            child_low: child as u16,
        }
    }

    fn key(self) -> i64 {
        (i64::from(self.key_high) << 16) | i64::from(self.key_low)
    }

    fn child(self) -> i64 {
        (i64::from(self.child_high) << 16) | i64::from(self.child_low)
    }
}

impl Index {
    pub fn build(population: &Population, secret: &KeySecret) -> Index {
        let mut rows = Vec::with_capacity(population.len() as usize * 26);
        let mut keys = Vec::new();
        for child in population.ids() {
            keys.clear();
            child_keys(&population.profile(child), secret, &mut keys);
            rows.extend(keys.iter().map(|key| Row::new(key.0, child)));
        }
        rows.sort_unstable();
        Index { rows }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn look_up(&self, keys: &[PlannedKey], votes: &mut Votes) {
        let mut children = Vec::new();
        for planned in keys {
            let start = self.rows.partition_point(|row| row.key() < planned.key.0);
            children.clear();
            let rows = self.rows[start..].iter().take(planned.cap as usize);
            children.extend(rows.take_while(|row| row.key() == planned.key.0).map(|row| row.child()));
            votes.add(planned, &children);
        }
    }
}
