//! Loads that are not settled: their children are stored, and what these are found by is still to be derived from the
//! rows and written in the order of its tables.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use std::collections::HashMap;

use super::children::{self, CarerRow, ChildRow, IdentifierRow, NameRow};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::key_lists;
use super::schema::{carer, child, child_name, identifier, unsettled_load, unsettled_shield};
use super::transactions::write_tx;
use crate::domain::children::{Child, ChildRecord};
use crate::domain::findability::{search_keys, whole_profile};
use crate::domain::households::household_keys;
use crate::domain::ids::ChildId;
use crate::domain::index_numbers::IndexNumber;
use crate::domain::matching::{Key, KeySecret, Profile};

/// Indexes over random values, which an empty index is better filled without: one write for each of their pages at
/// the end, in place of thousands. The statements are those of the migrations.
const LATE_INDEXES: [(&str, &str); 5] = [
    ("child_index_number", "CREATE UNIQUE INDEX IF NOT EXISTS child_index_number ON child (index_number)"),
    ("child_area", "CREATE INDEX IF NOT EXISTS child_area ON child (area, index_number)"),
    ("child_pseudonym_value", "CREATE UNIQUE INDEX IF NOT EXISTS child_pseudonym_value ON child_pseudonym (pseudonym)"),
    (
        "involvement_practitioner",
        "CREATE INDEX IF NOT EXISTS involvement_practitioner ON involvement (practitioner_id, child_id, number) \
         WHERE practitioner_id IS NOT NULL",
    ),
    (
        "involvement_team",
        "CREATE INDEX IF NOT EXISTS involvement_team ON involvement (team_id, child_id) \
         WHERE team_id IS NOT NULL AND ended_on IS NULL",
    ),
];

/// From which child on keys are still to be derived; none where everybody is found who may be.
///
/// # Errors
/// As the database's.
pub fn find_first(conn: &mut AnyConnection) -> StoreResult<Option<ChildId>> {
    let first: Option<i64> = on_each!(conn, |c| unsettled_load::table
        .select(unsettled_load::first_child)
        .order(unsettled_load::first_child)
        .get_result(c)
        .optional())?;
    Ok(first.map(ChildId))
}

/// Refuses an index with a load that is not settled: it would not find children who are there.
///
/// # Errors
/// `Broken` with a sentence that says what to do; as the database's.
pub fn ensure_settled(conn: &mut AnyConnection) -> StoreResult<()> {
    match find_first(conn)? {
        None => Ok(()),
        Some(_) => Err(StoreError::broken("a load was cut off before it was settled; start child-index load or serve")),
    }
}

/// Says, in the transaction that stores the first children of a load, that keys are to be derived from `first` on. An
/// index that was empty loses the indexes that are better made at the end.
///
/// # Errors
/// As the database's.
pub fn begin(conn: &mut AnyConnection, first: ChildId) -> StoreResult<()> {
    let row = unsettled_load::first_child.eq(first.0);
    on_each!(conn, |c| diesel::insert_into(unsettled_load::table).values(&row).execute(c))?;
    if first == ChildId(1) {
        for (name, _) in LATE_INDEXES {
            on_each!(conn, |c| c.batch_execute(&format!("DROP INDEX IF EXISTS {name}")))?;
        }
    }
    Ok(())
}

/// Notes a child that a line of an unsettled load shields; those of the load with ids below `seen_to` are compared with
/// it at the end.
///
/// # Errors
/// As the database's.
pub fn note_shield(conn: &mut AnyConnection, child: ChildId, seen_to: ChildId) -> StoreResult<()> {
    let row = (unsettled_shield::child.eq(child.0), unsettled_shield::seen_to.eq(seen_to.0));
    on_each!(conn, |c| diesel::insert_into(unsettled_shield::table)
        .values(&row)
        .on_conflict(unsettled_shield::child)
        .do_update()
        .set(unsettled_shield::seen_to.eq(seen_to.0))
        .execute(c))?;
    Ok(())
}

/// The children that unsettled loads have shielded, each with the id below which others are compared with it.
///
/// # Errors
/// As the database's.
pub fn list_shields(conn: &mut AnyConnection) -> StoreResult<Vec<(ChildId, ChildId)>> {
    let rows: Vec<(i64, i64)> = on_each!(conn, |c| unsettled_shield::table.order(unsettled_shield::child).load(c))?;
    Ok(rows.into_iter().map(|(child, seen_to)| (ChildId(child), ChildId(seen_to))).collect())
}

/// A stored child whose keys are to be derived. The record stays closed.
pub struct Unkeyed(Child);

impl Unkeyed {
    /// The child.
    #[must_use]
    pub fn id(&self) -> ChildId {
        self.0.record.id
    }

    /// Whether it is shielded.
    #[must_use]
    pub fn is_shielded(&self) -> bool {
        self.0.record.shield.is_some()
    }

    /// What it can be found by.
    #[must_use]
    pub fn search_keys(&self, secret: &KeySecret) -> Vec<Key> {
        search_keys(&self.0, secret)
    }

    /// What it shares with its household.
    #[must_use]
    pub fn household_keys(&self, secret: &KeySecret) -> Vec<Key> {
        household_keys(&self.0, secret)
    }

    /// Everything it could be recognised by; for deciding, never for showing.
    #[must_use]
    pub fn whole_profile(&self) -> Profile {
        whole_profile(&self.0)
    }
}

/// The next children after `after` in order of id, at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_children(conn: &mut AnyConnection, after: ChildId, limit: u16) -> StoreResult<Vec<Unkeyed>> {
    let rows: Vec<ChildRow> = on_each!(conn, |c| child::table
        .filter(child::id.gt(after.0))
        .order(child::id)
        .limit(limit.into())
        .select(ChildRow::as_select())
        .load(c))?;
    let Some(last) = rows.last().map(|row| row.id) else { return Ok(Vec::new()) };
    let names: Vec<NameRow> = on_each!(conn, |c| child_name::table
        .filter(child_name::child_id.gt(after.0).and(child_name::child_id.le(last)))
        .order((child_name::child_id, child_name::position))
        .select(NameRow::as_select())
        .load(c))?;
    let carers: Vec<CarerRow> = on_each!(conn, |c| carer::table
        .filter(carer::child_id.gt(after.0).and(carer::child_id.le(last)))
        .order((carer::child_id, carer::position))
        .select(CarerRow::as_select())
        .load(c))?;
    let identifiers: Vec<IdentifierRow> = on_each!(conn, |c| identifier::table
        .filter(identifier::child_id.gt(after.0).and(identifier::child_id.le(last)))
        .order((identifier::child_id, identifier::position))
        .select(IdentifierRow::as_select())
        .load(c))?;
    let (mut names, mut carers, mut identifiers) = (
        grouped(names, |row: &NameRow| row.child_id),
        grouped(carers, |row: &CarerRow| row.child_id),
        grouped(identifiers, |row: &IdentifierRow| row.child_id),
    );
    let whole = |row: ChildRow| {
        let id = row.id;
        let parts = children::Parts {
            names: names.remove(&id).unwrap_or_default(),
            carers: carers.remove(&id).unwrap_or_default(),
            identifiers: identifiers.remove(&id).unwrap_or_default(),
        };
        parts.around(ChildRecord::try_from(row)?).map(Unkeyed)
    };
    rows.into_iter().map(whole).collect()
}

fn grouped<R>(rows: Vec<R>, child: impl Fn(&R) -> i64) -> HashMap<i64, Vec<R>> {
    let mut groups: HashMap<i64, Vec<R>> = HashMap::with_capacity(rows.len());
    for row in rows {
        groups.entry(child(&row)).or_default().push(row);
    }
    groups
}

/// Removes the keys that a load which was cut off had written of its children, who begin with `first`.
///
/// # Errors
/// As the database's.
pub fn clear_keys(conn: &mut AnyConnection, first: ChildId) -> StoreResult<()> {
    write_tx(conn, |conn| {
        key_lists::search::clear_from(conn, first)?;
        key_lists::household::clear_from(conn, first)
    })
}

/// Writes search keys that stand in the order of their table, none of which were written before.
///
/// # Errors
/// As the database's.
pub fn insert_search_keys(conn: &mut AnyConnection, pairs: &[(Key, ChildId)]) -> StoreResult<()> {
    write_tx(conn, |conn| key_lists::search::insert(conn, pairs))
}

/// Writes household keys, as [`insert_search_keys`] does search keys.
///
/// # Errors
/// As the database's.
pub fn insert_household_keys(conn: &mut AnyConnection, pairs: &[(Key, ChildId)]) -> StoreResult<()> {
    write_tx(conn, |conn| key_lists::household::insert(conn, pairs))
}

/// Makes the indexes that a load into an empty index did without. Should two children have been given one random
/// number, the later gets another: nobody has seen it yet.
///
/// # Errors
/// As the database's.
pub fn restore_indexes(conn: &mut AnyConnection) -> StoreResult<()> {
    for (_, create) in LATE_INDEXES {
        let make = |conn: &mut AnyConnection| -> StoreResult<()> { Ok(on_each!(conn, |c| c.batch_execute(create))?) };
        match write_tx(conn, make) {
            Err(StoreError::Conflict("child_index_number")) => {
                write_tx(conn, part_numbers)?;
                write_tx(conn, make)?;
            }
            made => made?,
        }
    }
    Ok(())
}

/// Gives the later ones of those who share a number another.
fn part_numbers(conn: &mut AnyConnection) -> StoreResult<()> {
    #[derive(QueryableByName)]
    struct Shared {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let shared = "SELECT max(id) AS id FROM child GROUP BY index_number HAVING count(*) > 1";
    loop {
        let later: Vec<Shared> = on_each!(conn, |c| diesel::sql_query(shared).load(c))?;
        if later.is_empty() {
            return Ok(());
        }
        for Shared { id } in later {
            let number = IndexNumber::from_random_bits(rand::random()).compact();
            let row = diesel::update(child::table.filter(child::id.eq(id))).set(child::index_number.eq(number));
            on_each!(conn, |c| row.execute(c))?;
        }
    }
}

/// Says that every load is settled: everybody is found who may be.
///
/// # Errors
/// As the database's.
pub fn end(conn: &mut AnyConnection) -> StoreResult<()> {
    write_tx(conn, |conn| {
        on_each!(conn, |c| diesel::delete(unsettled_shield::table).execute(c))?;
        on_each!(conn, |c| diesel::delete(unsettled_load::table).execute(c))?;
        Ok(())
    })
}
