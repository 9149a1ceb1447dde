//! Lists of children under a key, as a load that settles at its end writes them: a key that many share stands once, and
//! each child after the first takes two to four bytes. Single changes keep to `child_key`; what is under a key is both.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;

use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::key_list;
use crate::domain::ids::ChildId;
use crate::domain::matching::Key;

/// The most children in one row: all of it stays on a page, and reading to a cap reads little more.
const LONGEST: usize = 240;

#[derive(Insertable)]
#[diesel(table_name = key_list, treat_none_as_default_value = false)]
struct ListRow {
    key: i64,
    first_child: i64,
    children: Vec<u8>,
}

impl ListRow {
    /// The row of some children in order of id; none of nobody.
    fn new(key: i64, ids: impl IntoIterator<Item = i64>) -> Option<Self> {
        let mut ids = ids.into_iter();
        let first_child = ids.next()?;
        let (mut last, mut children) = (first_child, Vec::new());
        for id in ids {
            push(&mut children, id.abs_diff(last));
            last = id;
        }
        Some(Self { key, first_child, children })
    }
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

/// Removes the lists that begin with a child from `first` on: what a load that was cut off wrote of them, perhaps in other
/// blocks. A child stands in one list of a key at most.
pub(super) fn clear_from(conn: &mut AnyConnection, first: ChildId) -> StoreResult<()> {
    let lists = key_list::table.filter(key_list::first_child.ge(first.0));
    on_each!(conn, |c| diesel::delete(lists).execute(c))?;
    Ok(())
}

/// Writes pairs in the order of keys and children.
pub(super) fn insert(conn: &mut AnyConnection, pairs: &[(Key, ChildId)]) -> StoreResult<()> {
    for under in pairs.chunk_by(|(one, _), (other, _)| one == other) {
        for block in under.chunks(LONGEST) {
            let Some((key, _)) = block.first() else { continue };
            let Some(row) = ListRow::new(key.0, block.iter().map(|(_, child)| child.0)) else { continue };
            on_each!(conn, |c| diesel::insert_into(key_list::table).values(&row).execute(c))?;
        }
    }
    Ok(())
}

/// Adds the children in the lists of a key to `ids`, in order; rows are read until there are `cap`.
pub(super) fn read_under(conn: &mut AnyConnection, key: Key, cap: usize, ids: &mut Vec<i64>) -> StoreResult<()> {
    // Rows are fetched one by one, so that stopping at the cap reads little more than the cap.
    on_each!(conn, |c| {
        let rows = key_list::table
            .filter(key_list::key.eq(key.0))
            .order(key_list::first_child)
            .select((key_list::first_child, key_list::children))
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

/// Whether this database has lists: loads settle at their end on SQLite alone.
const fn are_kept_in(conn: &AnyConnection) -> bool {
    matches!(conn, AnyConnection::Sqlite(_))
}

/// Takes a child out of the list of a key, where it stands in one.
pub(super) fn remove(conn: &mut AnyConnection, key: Key, child: ChildId) -> StoreResult<()> {
    if !are_kept_in(conn) {
        return Ok(());
    }
    let row: Option<(i64, Vec<u8>)> = on_each!(conn, |c| key_list::table
        .filter(key_list::key.eq(key.0))
        .filter(key_list::first_child.le(child.0))
        .order(key_list::first_child.desc())
        .select((key_list::first_child, key_list::children))
        .first(c)
        .optional())?;
    let Some((first, children)) = row else { return Ok(()) };
    let mut ids = Vec::new();
    read(first, &children, &mut ids)?;
    if !ids.contains(&child.0) {
        return Ok(());
    }
    let here = key_list::table.filter(key_list::key.eq(key.0)).filter(key_list::first_child.eq(first));
    on_each!(conn, |c| diesel::delete(here).execute(c))?;
    if let Some(row) = ListRow::new(key.0, ids.into_iter().filter(|id| *id != child.0)) {
        on_each!(conn, |c| diesel::insert_into(key_list::table).values(&row).execute(c))?;
    }
    Ok(())
}

/// Every pair in the lists, in no order.
pub(super) fn list_all(conn: &mut AnyConnection) -> StoreResult<Vec<(i64, i64)>> {
    let rows: Vec<(i64, i64, Vec<u8>)> =
        on_each!(conn, |c| key_list::table.select((key_list::key, key_list::first_child, key_list::children)).load(c))?;
    let mut pairs = Vec::with_capacity(rows.len());
    for (key, first, children) in rows {
        let mut ids = Vec::new();
        read(first, &children, &mut ids)?;
        pairs.extend(ids.into_iter().map(|id| (key, id)));
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reread(row: &ListRow) -> Vec<i64> {
        let mut ids = Vec::new();
        read(row.first_child, &row.children, &mut ids).unwrap();
        ids
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(ids in prop::collection::btree_set(1_i64..1 << 40, 1..300)) {
            let row = ListRow::new(7, ids.iter().copied()).unwrap();
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
        let bytes = |ids: [i64; 2]| ListRow::new(7, ids).unwrap().children.len();
        assert_eq!((bytes([5, 6]), bytes([5, 5 + (1 << 14)]), bytes([1, 12_000_000])), (1, 3, 4));
        assert_eq!(ListRow::new(7, [5]).unwrap().children, Vec::<u8>::new());
        assert!(ListRow::new(7, []).is_none());
    }

    #[test]
    fn a_list_that_is_cut_short_is_refused() {
        assert!(read(1, &[0x80], &mut Vec::new()).is_err());
        assert!(read(1, &[0xff; 11], &mut Vec::new()).is_err());
        assert!(read(i64::MAX, &[1], &mut Vec::new()).is_err());
    }
}
