//! Deferral: a load that has an embedded index to itself stores children first and settles what they are found by at
//! its end. What it must know of them until then it keeps in memory.

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
    /// Whom it has stored under the key of an identifier.
    numbers: FastMap<i64, i64>,
    /// The others under the same key: rare, and yet two children on one number happens.
    more: FastMap<i64, Vec<i64>>,
}

impl Deferral {
    /// Nobody stored yet.
    pub(super) fn new(was_empty: bool) -> Self {
        Self { begun: false, was_empty, numbers: FastMap::default(), more: FastMap::default() }
    }

    /// Remembers whom a committed chunk has stored.
    pub(super) fn put(&mut self, numbered: &[(Key, ChildId)]) {
        for (key, child) in numbered {
            if let Some(first) = self.numbers.insert(key.0, child.0) {
                self.more.entry(key.0).or_default().push(first);
            }
        }
    }

    /// Who was stored under the key of an identifier.
    pub(super) fn under(&self, key: Key) -> impl Iterator<Item = ChildId> {
        let more = self.more.get(&key.0).into_iter().flatten();
        self.numbers.get(&key.0).into_iter().chain(more).map(|child| ChildId(*child))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_with_a_number_is_remembered() {
        let mut deferral = Deferral::new(true);
        deferral.put(&[(Key(1), ChildId(7)), (Key(2), ChildId(8))]);
        deferral.put(&[(Key(1), ChildId(9)), (Key(1), ChildId(10))]);
        let mut under: Vec<i64> = deferral.under(Key(1)).map(|child| child.0).collect();
        under.sort_unstable();
        assert_eq!(under, [7, 9, 10]);
        assert_eq!(deferral.under(Key(2)).collect::<Vec<_>>(), [ChildId(8)]);
        assert_eq!(deferral.under(Key(3)).count(), 0);
    }
}
