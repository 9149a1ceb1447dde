//! Sketches of candidates: of many records what a search compares, and nothing that could be shown.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::among::load_among;
use super::columns::code;
use super::compact::StoredDay;
use super::connections::AnyConnection;
use super::errors::StoreResult;
use super::schema::{child, child_name, identifier};
use super::short_codes::{short_code, system_code};
use crate::domain::children::{ChildStatus, Lifespan, OtherNameKind, Publication};
use crate::domain::findability::{name_form, visible_part};
use crate::domain::identifiers::IdentifierStatus;
use crate::domain::ids::ChildId;
use crate::domain::matching::{ExactIdentifier, NameForm, Profile};
use crate::domain::policy::is_public;

/// A candidate as far as a search compares it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sketch {
    /// The child.
    pub child: ChildId,
    /// Whether ordinary readers may know of the record at all.
    pub public: bool,
    /// Whether it is shielded.
    pub shielded: bool,
    /// What a search may find it by.
    pub profile: Profile,
}

/// Names, birth and place; then what decides who may know of the record.
#[derive(Queryable, Selectable)]
#[diesel(table_name = child)]
struct Row {
    id: i64,
    family_name: String,
    given_name: String,
    date_of_birth: Option<StoredDay>,
    sex: String,
    postcode: Option<String>,
    address_held: bool,
    shield: Option<String>,
    sealed: bool,
    publication: String,
    status: String,
    stays_until: Option<StoredDay>,
    died_on: Option<StoredDay>,
    #[diesel(column_name = archived_on)]
    closed_on: Option<StoredDay>,
}

/// A name beside the current one: of whom, its kind, family name and given names.
type NameRow = (i64, String, String, String);
/// An identifier: of whom, its system, its value and how it stands.
type IdentifierRow = (i64, String, String, String);

/// Reads sketches of children by id, in the order of `ids`; those that are gone are left out. Identifiers are read only
/// `with_identifiers`, for a search by one: nothing else compares them. The same statements are run whoever is found.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, ids: &[i64], day: NaiveDate, with_identifiers: bool) -> StoreResult<Vec<Sketch>> {
    let rows = load_among!(conn, ids, child::table.select(Row::as_select()), child::id, Row)?;
    let names = (child_name::child_id, child_name::kind, child_name::family_name, child_name::given_name);
    let names = child_name::table.select(names);
    let names = load_among!(conn, ids, names, child_name::child_id, NameRow)?;
    let mut by_id = HashMap::with_capacity(rows.len());
    for row in rows {
        by_id.insert(row.id, Whole::try_from(row)?);
    }
    for (child, kind, family, given) in names {
        if let Some(whole) = by_id.get_mut(&child) {
            whole.profile.names.push(name_form(code::<OtherNameKind>(&kind)?, family, given));
        }
    }
    if with_identifiers {
        let columns = (identifier::child_id, identifier::system, identifier::value, identifier::status);
        let columns = identifier::table.select(columns);
        let found = load_among!(conn, ids, columns, identifier::child_id, IdentifierRow)?;
        for (child, system, value, status) in found {
            let current = short_code::<IdentifierStatus>(&status)?.is_current();
            if let Some(whole) = by_id.get_mut(&child).filter(|_| current) {
                whole.profile.identifiers.push(ExactIdentifier::new(system_code(&system), value));
            }
        }
    }
    Ok(ids.iter().filter_map(|id| Some(by_id.remove(id)?.sketch(day))).collect())
}

/// Everything that is read of a candidate.
struct Whole {
    child: ChildId,
    profile: Profile,
    address_held: bool,
    shielded: bool,
    sealed: bool,
    publication: Publication,
    status: ChildStatus,
    lifespan: Lifespan,
}

impl TryFrom<Row> for Whole {
    type Error = super::errors::StoreError;

    fn try_from(row: Row) -> StoreResult<Self> {
        let date_of_birth = row.date_of_birth.map(Into::into);
        let lifespan = Lifespan {
            date_of_birth,
            stays_until: row.stays_until.map(Into::into),
            died_on: row.died_on.map(Into::into),
            closed_on: row.closed_on.map(Into::into),
        };
        let shielded = row.shield.is_some();
        Ok(Self {
            child: ChildId(row.id),
            profile: Profile {
                names: vec![NameForm::current(row.family_name, row.given_name)],
                date_of_birth,
                sex: code(&row.sex)?,
                postcode: row.postcode,
                former_postcodes: Vec::new(),
                identifiers: Vec::new(),
            },
            address_held: row.address_held,
            shielded,
            sealed: shielded && row.sealed,
            publication: code(&row.publication)?,
            status: code(&row.status)?,
            lifespan,
        })
    }
}

impl Whole {
    fn sketch(self, day: NaiveDate) -> Sketch {
        let archived = self.lifespan.archived_on().is_some_and(|archived| archived <= day);
        let apart = matches!(self.status, ChildStatus::Unborn | ChildStatus::Merged);
        Sketch {
            child: self.child,
            public: is_public(self.publication, apart, self.sealed, archived),
            shielded: self.shielded,
            profile: visible_part(self.profile, self.address_held, self.shielded),
        }
    }
}
