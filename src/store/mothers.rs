//! Mothers of children recorded before birth: one row a child, and keys of a class of their own.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::keys;
use super::schema::mother;
use crate::domain::children::Name;
use crate::domain::identifiers::{Identifier, IdentifierSystem};
use crate::domain::ids::ChildId;
use crate::domain::matching::{KeySecret, Profile};
use crate::domain::mothers::Mother;
use crate::domain::policy::{Action, Permit};

/// A row of `mother`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mother, treat_none_as_default_value = false)]
struct MotherRow {
    child_id: i64,
    family_name: String,
    given_name: String,
    date_of_birth: Option<NaiveDate>,
    nhs_number: Option<String>,
    supplied_by: StoredId,
}

impl TryFrom<MotherRow> for Mother {
    type Error = StoreError;

    fn try_from(row: MotherRow) -> StoreResult<Self> {
        let read = |number: String| {
            Identifier::parse(IdentifierSystem::NhsNumber, &number)
                .map_err(|_| StoreError::broken("a stored identifier could not be read"))
        };
        Ok(Self {
            name: Name { family: row.family_name, given: row.given_name },
            date_of_birth: row.date_of_birth,
            nhs_number: row.nhs_number.map(read).transpose()?,
            supplied_by: row.supplied_by.into(),
        })
    }
}

/// Finds the mother recorded with the child that `permit` was given for; its visibility says whether she may be shown.
///
/// # Errors
/// As the database's.
pub fn find<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>) -> StoreResult<Option<Mother>> {
    find_of(conn, permit.child())
}

/// As [`find`], for children whose decision is still to come; what is read is compared and not shown.
fn find_of(conn: &mut AnyConnection, child: ChildId) -> StoreResult<Option<Mother>> {
    let row: Option<MotherRow> = on_each!(conn, |c| mother::table
        .filter(mother::child_id.eq(child.0))
        .select(MotherRow::as_select())
        .get_result(c)
        .optional())?;
    row.map(TryInto::try_into).transpose()
}

/// What the matcher may compare of the mothers of these children; who has none recorded is absent.
///
/// # Errors
/// As the database's.
pub fn list_profiles(conn: &mut AnyConnection, children: &[i64]) -> StoreResult<HashMap<ChildId, Profile>> {
    let mut profiles = HashMap::with_capacity(children.len());
    for chunk in children.chunks(250) {
        let rows: Vec<MotherRow> = on_each!(conn, |c| mother::table
            .filter(mother::child_id.eq_any(chunk))
            .select(MotherRow::as_select())
            .load(c))?;
        for row in rows {
            let child = ChildId(row.child_id);
            profiles.insert(child, Mother::try_from(row)?.profile());
        }
    }
    Ok(profiles)
}

/// Replaces the mother recorded with a child, and what she is found by. The caller holds a permit for the child, or
/// registers it in the same transaction.
///
/// # Errors
/// As the database's.
pub fn replace(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    child: ChildId,
    changed: Option<&Mother>,
) -> StoreResult<()> {
    let keys_of = |mother: Option<&Mother>| mother.map(|mother| mother.keys(secret)).unwrap_or_default();
    let before = find_of(conn, child)?;
    on_each!(conn, |c| diesel::delete(mother::table.filter(mother::child_id.eq(child.0))).execute(c))?;
    if let Some(changed) = changed {
        let row = MotherRow {
            child_id: child.0,
            family_name: changed.name.family.clone(),
            given_name: changed.name.given.clone(),
            date_of_birth: changed.date_of_birth,
            nhs_number: changed.nhs_number.as_ref().map(|number| number.value().to_owned()),
            supplied_by: changed.supplied_by.into(),
        };
        on_each!(conn, |c| diesel::insert_into(mother::table).values(&row).execute(c))?;
    }
    keys::replace(conn, child, &keys_of(before.as_ref()), &keys_of(changed))
}
