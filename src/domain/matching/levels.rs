//! Levels of agreement: the rows of the table of weights that the comparison of two records came to.
//!
//! They are what weights are learned from: a comparison is a set of levels, and a learner counts such sets. They also
//! let an explanation name the row that a weight was read from.

use std::sync::LazyLock;

use super::weights::TABLE;

/// A row of the table of weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// The field, such as `birth`; `cost` for ways of searching that are rare by themselves.
    pub field: &'static str,
    /// The level within the field, such as `year-slip`.
    pub level: &'static str,
    /// Its probabilities: between records of the same child, of strangers, of siblings and of twins.
    pub shares: [f64; 4],
}

static LEVELS: LazyLock<Vec<Level>> = LazyLock::new(|| Level::read_all(TABLE));

fn read(line: &'static str) -> Option<Level> {
    let mut columns = line.split('\t');
    let (field, level) = (columns.next()?, columns.next()?);
    let mut share = || columns.next()?.parse().ok();
    Some(Level { field, level, shares: [share()?, share()?, share()?, share()?] })
}

/// A share to three figures that count, without zeros at the end.
fn rounded(share: f64) -> String {
    let places = (3..=9).find(|places| share * 10_f64.powi(places - 2) >= 1.0).unwrap_or(9);
    let text = format!("{share:.*}", usize::try_from(places).unwrap_or(9));
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

impl Level {
    /// Every row of the shipped table, in its order.
    pub fn all() -> &'static [Level] {
        &LEVELS
    }

    /// The text of the table, its head included.
    pub fn table() -> &'static str {
        TABLE
    }

    /// Reads the rows of a table; what begins with `#` is no row.
    pub fn read_all(table: &'static str) -> Vec<Level> {
        table.lines().filter(|line| !line.starts_with('#')).filter_map(read).collect()
    }

    /// The row as it stands in the table, shares rounded to three figures that count.
    pub fn line(&self) -> String {
        let shares = self.shares.map(rounded).join("\t");
        format!("{}\t{}\t{shares}", self.field, self.level)
    }
}

/// A set of rows of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Levels(u64);

impl Levels {
    /// No rows.
    pub const NONE: Levels = Levels(0);

    /// The set of one row.
    pub(super) fn of(place: u8) -> Levels {
        Levels(1_u64.checked_shl(u32::from(place)).unwrap_or(0))
    }

    /// Adds the rows of another set.
    pub fn add(&mut self, other: Levels) {
        self.0 |= other.0;
    }

    /// Whether the row at this place of [`Level::all`] is among them.
    pub fn has(self, place: usize) -> bool {
        u32::try_from(place).is_ok_and(|place| self.0.checked_shr(place).is_some_and(|rest| rest & 1 == 1))
    }

    /// The rows, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = &'static Level> {
        Level::all().iter().enumerate().filter(move |(place, _)| self.has(*place)).map(|(_, level)| level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::{Frequencies, Profile, same_child};

    #[test]
    fn every_row_has_a_place_in_the_set() {
        assert!(Level::all().len() <= 64);
        for (place, level) in Level::all().iter().enumerate() {
            let set = Levels::of(u8::try_from(place).unwrap());
            assert_eq!(set.iter().collect::<Vec<_>>(), [level]);
        }
        assert_eq!(Levels::of(64), Levels::NONE);
        assert!(!Levels::NONE.has(64));
    }

    #[test]
    fn a_comparison_names_the_rows_it_came_to() {
        let one = Profile::named("Okafor", "Chidera Grace");
        let other = Profile::named("Okaffor", "Chidera Grace");
        let score = same_child(&one, &other, &Frequencies::shipped(100_000));
        let rows: Vec<String> = score
            .weights
            .iter()
            .flat_map(|weight| weight.levels.iter())
            .map(|row| format!("{} {}", row.field, row.level))
            .collect();
        assert_eq!(rows, ["family slip", "given exact", "middle same"]);
    }
}
