//! The names that children bear in the log: random, in a table of their own, so that deleting a row forgets a child
//! while the log stays whole.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use crate::domain::audit::payloads::Pseudonym;
use crate::store::connections::AnyConnection;
use crate::store::dialect::{insert_all, on_each};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::child_pseudonym;

#[derive(Insertable)]
#[diesel(table_name = child_pseudonym)]
struct PseudonymRow {
    child_id: i64,
    pseudonym: [u8; 16],
}

/// The pseudonyms of children by internal id; children without one are absent.
///
/// # Errors
///
/// [`StoreError::Broken`] for failures of the database and for a stored value that is no pseudonym.
pub fn child_pseudonyms(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<BTreeMap<i64, Pseudonym>> {
    let rows: Vec<(i64, Vec<u8>)> = on_each!(conn, |c| child_pseudonym::table
        .filter(child_pseudonym::child_id.eq_any(children))
        .select((child_pseudonym::child_id, child_pseudonym::pseudonym))
        .load(c))?;
    rows.into_iter().map(|(child, bytes)| Ok((child, pseudonym(&bytes)?))).collect()
}

/// The pseudonyms of children by internal id, given now to those who have none; in the caller's write transaction.
///
/// # Errors
///
/// As for [`child_pseudonyms`]; [`StoreError::Conflict`] where another transaction gave one at the same moment.
pub fn ensure_pseudonyms(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<BTreeMap<i64, Pseudonym>> {
    let mut known = child_pseudonyms(conn, children)?;
    let missing: BTreeSet<i64> = children.iter().copied().filter(|child| !known.contains_key(child)).collect();
    let rows: Vec<_> =
        missing.into_iter().map(|child_id| PseudonymRow { child_id, pseudonym: rand::random() }).collect();
    insert_all!(conn, child_pseudonym::table, &rows)?;
    known.extend(rows.into_iter().map(|row| (row.child_id, Pseudonym(row.pseudonym))));
    Ok(known)
}

/// The internal ids of the children behind pseudonyms; those of purged children are absent.
///
/// # Errors
///
/// As for [`child_pseudonyms`].
pub fn children_behind(conn: &mut AnyConnection, pseudonyms: &[Pseudonym]) -> StoreResult<BTreeMap<Pseudonym, i64>> {
    let names: Vec<&[u8]> = pseudonyms.iter().map(|name| name.0.as_slice()).collect();
    let rows: Vec<(i64, Vec<u8>)> = on_each!(conn, |c| child_pseudonym::table
        .filter(child_pseudonym::pseudonym.eq_any(&names))
        .select((child_pseudonym::child_id, child_pseudonym::pseudonym))
        .load(c))?;
    rows.into_iter().map(|(child, bytes)| Ok((pseudonym(&bytes)?, child))).collect()
}

pub(super) fn pseudonym(bytes: &[u8]) -> StoreResult<Pseudonym> {
    Pseudonym::try_from(bytes).map_err(|error| StoreError::broken_by("a stored pseudonym could not be read", &error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::audit::examples::Fresh;

    #[test]
    fn a_child_keeps_its_pseudonym_and_shares_it_with_nobody() {
        let conn = &mut Fresh::new().conn;
        let first = ensure_pseudonyms(conn, &[1, 2, 2]).unwrap();
        let second = ensure_pseudonyms(conn, &[2, 3]).unwrap();
        assert_eq!((first.len(), second.len()), (2, 2));
        assert_eq!(first[&2], second[&2]);
        assert_ne!(first[&1], first[&2]);
        assert_ne!(first[&1], second[&3]);
        assert_eq!(child_pseudonyms(conn, &[1, 4]).unwrap(), BTreeMap::from([(1, first[&1])]));
        let behind = children_behind(conn, &[second[&3], Pseudonym([0; 16])]).unwrap();
        assert_eq!(behind, BTreeMap::from([(second[&3], 3)]));
    }
}
