//! Bulk loads: which rows are here already, and many children at once with everything that stands around them.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Text};

use super::children::{ChildRow, carer_rows, identifier_rows, name_rows};
use super::compact::StoredId;
use super::connections::{AnyConnection, DatabaseUrl, Purpose};
use super::dialect::{self, copy_all};
use super::errors::StoreResult;
use super::involvements::InvolvementRow;
use super::keys;
use super::schema::{carer, child, child_name, child_pseudonym, identifier, involvement};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::Child;
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::involvements::Involvement;
use crate::domain::matching::Key;

/// A child to be loaded, with everything that is stored of it.
#[derive(Debug, Clone, Copy)]
pub struct LoadedChild<'a> {
    /// The record with its parts.
    pub child: &'a Child,
    /// Its name in the audit log.
    pub pseudonym: Pseudonym,
    /// Who is involved.
    pub involvements: &'a [Involvement],
    /// What it can be found by, each once; nothing where that is derived later.
    pub search_keys: &'a [Key],
    /// What it shares with its household, each once; nothing where that is derived later.
    pub household_keys: &'a [Key],
}

#[derive(Insertable)]
#[diesel(table_name = child_pseudonym, treat_none_as_default_value = false)]
struct PseudonymRow {
    child_id: i64,
    pseudonym: [u8; 16],
}

/// Opens a connection for a load.
///
/// # Errors
/// [`StoreError::Broken`](super::errors::StoreError::Broken) where the database cannot be opened with the settings it
/// needs.
pub fn open(url: &DatabaseUrl) -> StoreResult<AnyConnection> {
    let mut conn = AnyConnection::open(url, Purpose::Maintain)?;
    dialect::prepare_to_load(&mut conn)?;
    Ok(conn)
}

/// Inserts children, table by table and each in the order of its key; in the caller's transaction.
///
/// # Errors
/// `Conflict` of `child_index_number` where a random number is taken, and of the other constraints of a new child.
pub fn insert(conn: &mut AnyConnection, children: &[LoadedChild<'_>]) -> StoreResult<()> {
    let records: Vec<ChildRow> = children.iter().map(|new| ChildRow::from(&new.child.record)).collect();
    copy_all!(conn, child::table, records)?;
    let pseudonyms: Vec<PseudonymRow> = children
        .iter()
        .map(|new| PseudonymRow { child_id: new.child.record.id.0, pseudonym: new.pseudonym.0 })
        .collect();
    copy_all!(conn, child_pseudonym::table, pseudonyms)?;
    let names = each(children, |new| name_rows(new.child))?;
    copy_all!(conn, child_name::table, names)?;
    let carers = each(children, |new| carer_rows(new.child))?;
    copy_all!(conn, carer::table, carers)?;
    let identifiers = each(children, |new| identifier_rows(new.child))?;
    copy_all!(conn, identifier::table, identifiers)?;
    let involvements = each(children, |new| Ok(new.involvements.iter().map(InvolvementRow::from).collect()))?;
    copy_all!(conn, involvement::table, involvements)?;
    keys::insert_many(conn, &mut pairs(children, |new| new.search_keys))?;
    keys::insert_many_household(conn, &mut pairs(children, |new| new.household_keys))
}

fn each<'a, R>(
    children: &[LoadedChild<'a>],
    rows: impl Fn(&LoadedChild<'a>) -> StoreResult<Vec<R>>,
) -> StoreResult<Vec<R>> {
    let mut all = Vec::with_capacity(children.len());
    for new in children {
        all.extend(rows(new)?);
    }
    Ok(all)
}

fn pairs<'a>(children: &[LoadedChild<'a>], keys: impl Fn(&LoadedChild<'a>) -> &'a [Key]) -> Vec<(Key, ChildId)> {
    children.iter().flat_map(|new| keys(new).iter().map(|key| (*key, new.child.record.id))).collect()
}

/// A source's own key for a child.
pub type Source<'a> = (OrganisationId, &'a str);

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Which of these source keys have been loaded or registered before, and as whom: one answer for each, in their order.
///
/// # Errors
/// As the database's.
pub fn list_present(conn: &mut AnyConnection, sources: &[Source<'_>]) -> StoreResult<Vec<Option<ChildId>>> {
    let mut present = vec![None; sources.len()];
    match conn {
        AnyConnection::Sqlite(inner) => {
            for ((organisation, key), answer) in sources.iter().zip(&mut present) {
                let id: Option<i64> = child::table
                    .filter(child::supplied_by.eq(StoredId::from(*organisation)))
                    .filter(child::source_key.eq(key))
                    .select(child::id)
                    .get_result(inner)
                    .optional()?;
                *answer = id.map(ChildId);
            }
        }
        AnyConnection::Postgres(inner) => {
            let organisations: Vec<String> = sources.iter().map(|(organisation, _)| organisation.to_string()).collect();
            let keys: Vec<&str> = sources.iter().map(|(_, key)| *key).collect();
            let found: Vec<Present> = diesel::sql_query(
                "SELECT wanted.place - 1 AS place, child.id \
                 FROM unnest($1, $2) WITH ORDINALITY AS wanted (organisation, source_key, place) \
                 JOIN child ON child.supplied_by = wanted.organisation AND child.source_key = wanted.source_key",
            )
            .bind::<Array<Text>, _>(&organisations)
            .bind::<Array<Text>, _>(&keys)
            .load(inner)?;
            for Present { place, id } in found {
                if let Some(answer) = usize::try_from(place).ok().and_then(|place| present.get_mut(place)) {
                    *answer = Some(ChildId(id));
                }
            }
        }
    }
    Ok(present)
}
