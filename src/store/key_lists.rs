//! Lists of children under a search key or a household key, as a load that settles at its end writes them: a key that many
//! share stands once, and each child after the first takes two to four bytes. Single changes keep to `child_key` and
//! `household_key`; what is under a key is both.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use crate::domain::ids::ChildId;
use crate::domain::matching::Key;

/// The most children in one row: all of it stays on a page, and reading to a cap reads little more.
const LONGEST: usize = 240;

/// What stands for some children in order of id: the first, and the others as their distances. None for nobody.
fn written(ids: impl IntoIterator<Item = i64>) -> Option<(i64, Vec<u8>)> {
    let mut ids = ids.into_iter();
    let first_child = ids.next()?;
    let (mut last, mut children) = (first_child, Vec::new());
    for id in ids {
        push(&mut children, id.abs_diff(last));
        last = id;
    }
    Some((first_child, children))
}

/// Seven bits a byte, the lowest first; the eighth says that more follow.
fn push(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let [low, ..] = (number & 0x7f).to_le_bytes();
        number >>= 7;
        if number == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

/// Adds the children of a row to `ids`.
fn read(first: i64, children: &[u8], ids: &mut Vec<i64>) -> StoreResult<()> {
    ids.push(first);
    let (mut last, mut step, mut shift) = (first, 0_u64, 0_u32);
    for byte in children {
        let bits = u64::from(byte & 0x7f).checked_shl(shift).filter(|_| shift < 63);
        step |= bits.ok_or_else(|| StoreError::broken(UNREADABLE))?;
        shift = shift.saturating_add(7);
        if byte & 0x80 == 0 {
            last = last.checked_add_unsigned(step).ok_or_else(|| StoreError::broken(UNREADABLE))?;
            ids.push(last);
            (step, shift) = (0, 0);
        }
    }
    if shift == 0 { Ok(()) } else { Err(StoreError::broken(UNREADABLE)) }
}

const UNREADABLE: &str = "a stored list of children could not be read";

/// Whether this database has lists: loads settle at their end on SQLite alone.
const fn are_kept_in(conn: &AnyConnection) -> bool {
    matches!(conn, AnyConnection::Sqlite(_))
}

/// The same over either table, so that nobody asks for the children under a key of one kind and gets those of another.
macro_rules! lists_in {
    ($(#[$meta:meta])* $module:ident: $table:ident) => {
        $(#[$meta])*
        pub(super) mod $module {
            use super::*;
            use crate::store::schema::$table;

            #[derive(Insertable)]
            #[diesel(table_name = $table, treat_none_as_default_value = false)]
            struct ListRow {
                key: i64,
                first_child: i64,
                children: Vec<u8>,
            }

            fn put(conn: &mut AnyConnection, row: &ListRow) -> StoreResult<()> {
                on_each!(conn, |c| diesel::insert_into($table::table).values(row).execute(c))?;
                Ok(())
            }

            /// Removes the lists that begin with a child from `first` on: what a load that was cut off wrote of them, perhaps in other
            /// blocks. A child stands in one list of a key at most.
            pub(in crate::store) fn clear_from(conn: &mut AnyConnection, first: ChildId) -> StoreResult<()> {
                let lists = $table::table.filter($table::first_child.ge(first.0));
                on_each!(conn, |c| diesel::delete(lists).execute(c))?;
                Ok(())
            }

            /// Writes pairs in the order of keys and children.
            pub(in crate::store) fn insert(conn: &mut AnyConnection, pairs: &[(Key, ChildId)]) -> StoreResult<()> {
                for under in pairs.chunk_by(|(one, _), (other, _)| one == other) {
                    for block in under.chunks(LONGEST) {
                        let Some((key, _)) = block.first() else { continue };
                        if let Some((first_child, children)) = written(block.iter().map(|(_, child)| child.0)) {
                            put(conn, &ListRow { key: key.0, first_child, children })?;
                        }
                    }
                }
                Ok(())
            }

            /// Adds the children in the lists of a key to `ids`, in order; rows are read until there are `cap`.
            pub(in crate::store) fn read_under(conn: &mut AnyConnection, key: Key, cap: usize, ids: &mut Vec<i64>) -> StoreResult<()> {
                if !are_kept_in(conn) {
                    return Ok(());
                }
                // Rows are fetched one by one, so that stopping at the cap reads little more than the cap.
                on_each!(conn, |c| {
                    let rows = $table::table
                        .filter($table::key.eq(key.0))
                        .order($table::first_child)
                        .select(($table::first_child, $table::children))
                        .load_iter::<(i64, Vec<u8>), DefaultLoadingMode>(c)?;
                    for row in rows {
                        let (first, children) = row?;
                        read(first, &children, ids)?;
                        if ids.len() >= cap {
                            break;
                        }
                    }
                });
                Ok(())
            }

            /// Takes a child out of the list of a key, where it stands in one.
            pub(in crate::store) fn remove(conn: &mut AnyConnection, key: Key, child: ChildId) -> StoreResult<()> {
                if !are_kept_in(conn) {
                    return Ok(());
                }
                let row: Option<(i64, Vec<u8>)> = on_each!(conn, |c| $table::table
                    .filter($table::key.eq(key.0))
                    .filter($table::first_child.le(child.0))
                    .order($table::first_child.desc())
                    .select(($table::first_child, $table::children))
                    .first(c)
                    .optional())?;
                let Some((first, children)) = row else { return Ok(()) };
                let mut ids = Vec::new();
                read(first, &children, &mut ids)?;
                if !ids.contains(&child.0) {
                    return Ok(());
                }
                let here = $table::table.filter($table::key.eq(key.0)).filter($table::first_child.eq(first));
                on_each!(conn, |c| diesel::delete(here).execute(c))?;
                if let Some((first_child, children)) = written(ids.into_iter().filter(|id| *id != child.0)) {
                    put(conn, &ListRow { key: key.0, first_child, children })?;
                }
                Ok(())
            }

            /// Every pair in the lists, in no order.
            pub(in crate::store) fn list_all(conn: &mut AnyConnection) -> StoreResult<Vec<(i64, i64)>> {
                let rows: Vec<(i64, i64, Vec<u8>)> =
                    on_each!(conn, |c| $table::table.select(($table::key, $table::first_child, $table::children)).load(c))?;
                let mut pairs = Vec::with_capacity(rows.len());
                for (key, first, children) in rows {
                    let mut ids = Vec::new();
                    read(first, &children, &mut ids)?;
                    pairs.extend(ids.into_iter().map(|id| (key, id)));
                }
                Ok(pairs)
            }
        }
    };
}

lists_in! {
    /// Under search keys.
    search: key_list
}
lists_in! {
    /// Under household keys.
    household: household_list
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reread((first, children): &(i64, Vec<u8>)) -> Vec<i64> {
        let mut ids = Vec::new();
        read(*first, children, &mut ids).unwrap();
        ids
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(ids in prop::collection::btree_set(1_i64..1 << 40, 1..300)) {
            let row = written(ids.iter().copied()).unwrap();
            prop_assert_eq!(reread(&row), ids.into_iter().collect::<Vec<_>>());
        }

        #[test]
        fn whatever_stands_there_is_read_or_refused(first: i64, children: Vec<u8>) {
            let mut ids = Vec::new();
            let _either = read(first, &children, &mut ids);
            prop_assert!(ids.len() <= children.len() + 1);
        }
    }

    #[test]
    fn children_near_each_other_take_a_byte_and_far_ones_four() {
        let bytes = |ids: [i64; 2]| written(ids).unwrap().1.len();
        assert_eq!((bytes([5, 6]), bytes([5, 5 + (1 << 14)]), bytes([1, 12_000_000])), (1, 3, 4));
        assert_eq!(written([5]), Some((5, Vec::new())));
        assert!(written([]).is_none());
    }

    #[test]
    fn a_list_that_is_cut_short_is_refused() {
        assert!(read(1, &[0x80], &mut Vec::new()).is_err());
        assert!(read(1, &[0xff; 11], &mut Vec::new()).is_err());
        assert!(read(i64::MAX, &[1], &mut Vec::new()).is_err());
    }
}
