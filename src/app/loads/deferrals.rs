//! Deferral: a load that has an embedded index to itself stores children first and settles what they are found by at
//! its end. What it must know of them until then it keeps in memory.

use chrono::{Datelike as _, NaiveDate};

use crate::domain::ids::ChildId;
use crate::domain::matching::{FastMap, Key};
use crate::store::connections::DatabaseUrl;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::locks::Hold;

/// The hold of a load, and whether it has the index to itself.
pub(super) struct Holding {
    /// Whether keys may be settled at the end: nobody can search meanwhile.
    pub(super) alone: bool,
    _hold: Hold,
}

impl Holding {
    /// Alone where nobody else uses an embedded index, together with the others where somebody does or where it is on
    /// PostgreSQL.
    pub(super) fn take(url: &DatabaseUrl) -> StoreResult<Self> {
        if url.is_sqlite() {
            match Hold::alone(url) {
                Ok(hold) => return Ok(Self { alone: true, _hold: hold }),
                Err(StoreError::Busy) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self { alone: false, _hold: Hold::together(url)? })
    }
}

/// What a deferring load keeps in memory.
pub(super) struct Deferral {
    /// Whether the load has stored a child yet.
    pub(super) begun: bool,
    /// Whether there was nobody in the index before.
    pub(super) was_empty: bool,
    /// Whom it has stored with an identifier and a day of birth.
    numbers: FastMap<i64, i64>,
    /// The others with the same two: rare, and yet two children on one number happens.
    more: FastMap<i64, Vec<i64>>,
}

impl Deferral {
    /// Nobody stored yet.
    pub(super) fn new(was_empty: bool) -> Self {
        Self { begun: false, was_empty, numbers: FastMap::default(), more: FastMap::default() }
    }

    /// Remembers whom a committed chunk has stored.
    pub(super) fn put(&mut self, numbered: &[Numbered]) {
        for Numbered { identifier, born, child } in numbered {
            let both = mixed(*identifier, *born);
            if let Some(first) = self.numbers.insert(both, child.0) {
                self.more.entry(both).or_default().push(first);
            }
        }
    }

    /// Who was stored with the key of an identifier and this day of birth; now and then, by chance, somebody else too.
    pub(super) fn under(&self, identifier: Key, born: Option<NaiveDate>) -> impl Iterator<Item = ChildId> {
        let both = mixed(identifier, born);
        let more = self.more.get(&both).into_iter().flatten();
        self.numbers.get(&both).into_iter().chain(more).map(|child| ChildId(*child))
    }
}

/// A child of a deferring load by one of its identifiers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered {
    /// The key of the identifier.
    pub(super) identifier: Key,
    /// The day of birth, which whoever might be the same child shares.
    pub(super) born: Option<NaiveDate>,
    /// The child.
    pub(super) child: ChildId,
}

/// One number for both: of a key the lower 48 bits are used, and the 20 of a day are put at the upper end.
fn mixed(identifier: Key, born: Option<NaiveDate>) -> i64 {
    let day = born.map_or(0, |day| i64::from(day.num_days_from_ce()));
    identifier.0 ^ day.rotate_left(44)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_with_a_number_and_a_day_is_remembered() {
        let day = |day| NaiveDate::from_ymd_opt(2015, 3, day);
        let numbered = |key, born, child| Numbered { identifier: Key(key), born, child: ChildId(child) };
        let mut deferral = Deferral::new(true);
        deferral.put(&[numbered(1, day(2), 7), numbered(2, day(2), 8)]);
        deferral.put(&[
            numbered(1, day(2), 9),
            numbered(1, day(2), 10),
            numbered(1, day(3), 11),
            numbered(1, None, 12),
        ]);
        let under = |key, born| {
            let mut under: Vec<i64> = deferral.under(Key(key), born).map(|child| child.0).collect();
            under.sort_unstable();
            under
        };
        assert_eq!(under(1, day(2)), [7, 9, 10]);
        assert_eq!(under(1, day(3)), [11]);
        assert_eq!(under(1, None), [12]);
        assert_eq!(under(2, day(2)), [8]);
        assert_eq!(under(3, day(2)), [0; 0]);
    }
}
