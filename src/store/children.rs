//! Children: the record's row and the lists around it, into and out of the tables.

use diesel::prelude::*;

use super::carer_shields;
use super::columns::{code, optional_code, optional_text, position, text};
use super::compact::{StoredDay, StoredId};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::{StoreError, StoreResult};
use super::memories;
use super::schema::{carer, child, child_name, child_pseudonym, identifier};
use super::short_codes::{ShortCode, relationship_of, short_code, stored_relationship, stored_system, system_code};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::{Address, Carer, Child, ChildIdentifier, ChildRecord, Name, OtherName, Shield};
use crate::domain::identifiers::Identifier;
use crate::domain::ids::{ChildId, OrganisationId};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::instants::Instant;
use crate::domain::matching::KeySecret;
use crate::domain::policy::{Action, Permit};

/// A row of `child`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = child, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct ChildRow {
    pub(super) id: i64,
    index_number: String,
    status: String,
    publication: String,
    supplied_by: StoredId,
    source_key: Option<String>,
    area: String,
    family_name: String,
    given_name: String,
    date_of_birth: Option<StoredDay>,
    expected_on: Option<StoredDay>,
    died_on: Option<StoredDay>,
    stays_until: Option<StoredDay>,
    sex: String,
    address_state: String,
    address_intent: Option<String>,
    address_lines: String,
    postcode: Option<String>,
    address_by: StoredId,
    address_held: bool,
    shield: Option<String>,
    sealed: bool,
    shielded_at: Option<i64>,
    shield_reviewed_at: Option<i64>,
    archived_on: Option<StoredDay>,
    merged_into: Option<i64>,
    version: i64,
    created_at: i64,
    updated_at: i64,
}

impl From<&ChildRecord> for ChildRow {
    fn from(record: &ChildRecord) -> Self {
        Self {
            id: record.id.0,
            index_number: record.index_number.compact(),
            status: record.status.code().into(),
            publication: record.publication.code().into(),
            supplied_by: record.supplied_by.into(),
            source_key: record.source_key.clone(),
            area: record.area.clone(),
            family_name: record.name.family.clone(),
            given_name: record.name.given.clone(),
            date_of_birth: record.date_of_birth.map(Into::into),
            expected_on: record.expected_on.map(Into::into),
            died_on: record.died_on.map(Into::into),
            stays_until: record.stays_until.map(Into::into),
            sex: record.sex.code().into(),
            address_state: record.address.state.code().into(),
            address_intent: record.address.intent.map(|intent| intent.code().into()),
            address_lines: record.address.lines.join("\n"),
            postcode: record.address.postcode.as_ref().map(ToString::to_string),
            address_by: supplier(record, record.address.supplied_by),
            address_held: record.address.held,
            shield: record.shield.map(|shield| shield.ground.code().into()),
            sealed: record.shield.is_some_and(|shield| shield.sealed),
            shielded_at: record.shield.map(|shield| shield.since.0),
            shield_reviewed_at: record.shield.and_then(|shield| shield.reviewed_at).map(|at| at.0),
            archived_on: record.closed_on.map(Into::into),
            merged_into: record.merged_into.map(|child| child.0),
            version: record.version,
            created_at: record.created_at.0,
            updated_at: record.updated_at.0,
        }
    }
}

impl TryFrom<ChildRow> for ChildRecord {
    type Error = StoreError;

    fn try_from(row: ChildRow) -> StoreResult<Self> {
        let shield = optional_code(row.shield.as_deref())?.map(|ground| Shield {
            ground,
            since: Instant(row.shielded_at.unwrap_or_default()),
            reviewed_at: row.shield_reviewed_at.map(Instant),
            sealed: row.sealed,
        });
        let supplied_by = row.supplied_by.into();
        let address = Address {
            state: code(&row.address_state)?,
            intent: optional_code(row.address_intent.as_deref())?,
            lines: row.address_lines.lines().map(str::to_owned).collect(),
            postcode: optional_text(row.postcode.as_deref())?,
            supplied_by: supplier_of(supplied_by, row.address_by),
            held: row.address_held,
        };
        Ok(Self {
            id: ChildId(row.id),
            index_number: text(&row.index_number)?,
            status: code(&row.status)?,
            publication: code(&row.publication)?,
            supplied_by,
            source_key: row.source_key,
            area: row.area,
            name: Name { family: row.family_name, given: row.given_name },
            date_of_birth: row.date_of_birth.map(Into::into),
            expected_on: row.expected_on.map(Into::into),
            died_on: row.died_on.map(Into::into),
            stays_until: row.stays_until.map(Into::into),
            sex: code(&row.sex)?,
            address,
            shield,
            closed_on: row.archived_on.map(Into::into),
            merged_into: row.merged_into.map(ChildId),
            version: row.version,
            created_at: Instant(row.created_at),
            updated_at: Instant(row.updated_at),
        })
    }
}

/// A row of `child_name`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = child_name, treat_none_as_default_value = false)]
pub(super) struct NameRow {
    pub(super) child_id: i64,
    position: i32,
    kind: String,
    family_name: String,
    given_name: String,
    supplied_by: StoredId,
}

impl NameRow {
    pub(super) fn around(self, record: &ChildRecord) -> StoreResult<OtherName> {
        let row = self;
        let name = Name { family: row.family_name, given: row.given_name };
        let supplied_by = supplier_of(record.supplied_by, row.supplied_by);
        Ok(OtherName { kind: code(&row.kind)?, name, supplied_by })
    }
}

/// A row of `carer`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = carer, treat_none_as_default_value = false)]
pub(super) struct CarerRow {
    pub(super) child_id: i64,
    position: i32,
    name: String,
    relationship: String,
    parental_responsibility: bool,
    phone: Option<String>,
    email: Option<String>,
    supplied_by: StoredId,
    held: bool,
}

impl CarerRow {
    pub(super) fn around(self, record: &ChildRecord) -> StoreResult<Carer> {
        let row = self;
        Ok(Carer {
            name: row.name,
            relationship: relationship_of(&row.relationship).to_owned(),
            parental_responsibility: row.parental_responsibility,
            phone: row.phone,
            email: row.email,
            supplied_by: supplier_of(record.supplied_by, row.supplied_by),
            held: row.held,
            cover: None,
        })
    }
}

/// A row of `identifier`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = identifier, treat_none_as_default_value = false)]
pub(super) struct IdentifierRow {
    pub(super) child_id: i64,
    position: i32,
    system: String,
    value: String,
    status: String,
    supplied_by: StoredId,
}

impl IdentifierRow {
    pub(super) fn around(self, record: &ChildRecord) -> StoreResult<ChildIdentifier> {
        let row = self;
        let identifier = Identifier::parse(text(system_code(&row.system))?, &row.value)
            .map_err(|_| StoreError::broken("a stored identifier could not be read"))?;
        let supplied_by = supplier_of(record.supplied_by, row.supplied_by);
        Ok(ChildIdentifier { identifier, status: short_code(&row.status)?, supplied_by })
    }
}

/// Finds the row of a child with its pseudonym. For [`super::files`], which keeps it closed until there is a permit.
pub(super) fn find_row(conn: &mut AnyConnection, id: ChildId) -> StoreResult<Option<(ChildRecord, Pseudonym)>> {
    let row: Option<(ChildRow, Vec<u8>)> = on_each!(conn, |c| child::table
        .inner_join(child_pseudonym::table.on(child_pseudonym::child_id.eq(child::id)))
        .filter(child::id.eq(id.0))
        .select((ChildRow::as_select(), child_pseudonym::pseudonym))
        .get_result(c)
        .optional())?;
    row.map(|(row, pseudonym)| Ok((row.try_into()?, read_pseudonym(&pseudonym)?))).transpose()
}

/// The rows of the children with these numbers. For [`super::files`], as [`find_row`].
pub(super) fn list_rows(
    conn: &mut AnyConnection,
    numbers: &[IndexNumber],
) -> StoreResult<Vec<(ChildRecord, Pseudonym)>> {
    let numbers: Vec<String> = numbers.iter().map(|number| number.compact()).collect();
    let rows: Vec<(ChildRow, Vec<u8>)> = on_each!(conn, |c| child::table
        .inner_join(child_pseudonym::table.on(child_pseudonym::child_id.eq(child::id)))
        .filter(child::index_number.eq_any(&numbers))
        .select((ChildRow::as_select(), child_pseudonym::pseudonym))
        .load(c))?;
    rows.into_iter().map(|(row, pseudonym)| Ok((row.try_into()?, read_pseudonym(&pseudonym)?))).collect()
}

/// The rows of the children with these ids. For [`super::files`], as [`find_row`].
pub(super) fn list_rows_of(conn: &mut AnyConnection, ids: &[i64]) -> StoreResult<Vec<(ChildRecord, Pseudonym)>> {
    let rows: Vec<(ChildRow, Vec<u8>)> = on_each!(conn, |c| child::table
        .inner_join(child_pseudonym::table.on(child_pseudonym::child_id.eq(child::id)))
        .filter(child::id.eq_any(ids))
        .order(child::id)
        .select((ChildRow::as_select(), child_pseudonym::pseudonym))
        .load(c))?;
    rows.into_iter().map(|(row, pseudonym)| Ok((row.try_into()?, read_pseudonym(&pseudonym)?))).collect()
}

pub(super) fn read_pseudonym(bytes: &[u8]) -> StoreResult<Pseudonym> {
    Pseudonym::try_from(bytes).map_err(|_| StoreError::broken("a stored pseudonym could not be read"))
}

/// Finds the child with an index number: its id and no more.
///
/// # Errors
/// As the database's.
pub fn find_id(conn: &mut AnyConnection, number: IndexNumber) -> StoreResult<Option<ChildId>> {
    if let Some(known) = memories::of(conn).and_then(|memory| memory.numbers.get(&number)) {
        return Ok(*known);
    }
    let compact = number.compact();
    let id: Option<i64> = on_each!(conn, |c| child::table
        .filter(child::index_number.eq(&compact))
        .select(child::id)
        .get_result(c)
        .optional())?;
    Ok(id.map(ChildId))
}

/// Reads the lists around the record that `permit` was given for, and of each carer whether they are shielded.
///
/// # Errors
/// As the database's.
pub fn get_parts<A: Action>(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    permit: &Permit<A>,
    record: ChildRecord,
) -> StoreResult<Child> {
    let mut child = get_parts_of(conn, permit.child(), record)?;
    carer_shields::mark(conn, secret, &mut child)?;
    Ok(child)
}

/// As [`get_parts`], for the store's own upkeep of keys; what it reads goes nowhere else.
pub(super) fn get_parts_of(conn: &mut AnyConnection, id: ChildId, record: ChildRecord) -> StoreResult<Child> {
    let names: Vec<NameRow> = on_each!(conn, |c| child_name::table
        .filter(child_name::child_id.eq(id.0))
        .order(child_name::position)
        .select(NameRow::as_select())
        .load(c))?;
    let carers: Vec<CarerRow> = on_each!(conn, |c| carer::table
        .filter(carer::child_id.eq(id.0))
        .order(carer::position)
        .select(CarerRow::as_select())
        .load(c))?;
    let identifiers: Vec<IdentifierRow> = on_each!(conn, |c| identifier::table
        .filter(identifier::child_id.eq(id.0))
        .order(identifier::position)
        .select(IdentifierRow::as_select())
        .load(c))?;
    Parts { names, carers, identifiers }.around(record)
}

/// The rows of the lists around a record.
pub(super) struct Parts {
    pub(super) names: Vec<NameRow>,
    pub(super) carers: Vec<CarerRow>,
    pub(super) identifiers: Vec<IdentifierRow>,
}

impl Parts {
    /// The child they make with their record.
    pub(super) fn around(self, record: ChildRecord) -> StoreResult<Child> {
        let other_names = self.names.into_iter().map(|row| row.around(&record)).collect::<StoreResult<_>>()?;
        let carers = self.carers.into_iter().map(|row| row.around(&record)).collect::<StoreResult<_>>()?;
        let identifiers = self.identifiers.into_iter().map(|row| row.around(&record)).collect::<StoreResult<_>>()?;
        Ok(Child { record, other_names, carers, identifiers })
    }
}

/// Who supplied a part of a record as a column holds it: nothing where that is who supplied the record, which is so of
/// nearly every part and would else be a tenth of the index.
fn supplier(record: &ChildRecord, of_part: OrganisationId) -> StoredId {
    if of_part == record.supplied_by { StoredId::NONE } else { of_part.into() }
}

fn supplier_of(record: OrganisationId, column: StoredId) -> OrganisationId {
    if column == StoredId::NONE { record } else { column.into() }
}

/// The id for the next child. Ids are sequential and never leave; they are assigned under the lock of the log's head,
/// or of the whole database while loading, so that two nodes never take the same one.
///
/// # Errors
/// As the database's.
pub fn next_id(conn: &mut AnyConnection) -> StoreResult<ChildId> {
    if let Some(next) = memories::of(conn).and_then(|memory| memory.next_id) {
        return Ok(next);
    }
    let last: Option<i64> =
        on_each!(conn, |c| child::table.select(child::id).order(child::id.desc()).first(c).optional())?;
    let next = ChildId(last.unwrap_or(0).saturating_add(1));
    if let Some(memory) = memories::of(conn) {
        memory.next_id = Some(next);
    }
    Ok(next)
}

/// Inserts a child with its parts and its pseudonym.
///
/// # Errors
/// `Conflict` of `child_index_number` or `child_source`.
pub fn insert(conn: &mut AnyConnection, new: &Child, pseudonym: Pseudonym) -> StoreResult<()> {
    let row = ChildRow::from(&new.record);
    on_each!(conn, |c| diesel::insert_into(child::table).values(&row).execute(c))?;
    let mapping = (child_pseudonym::child_id.eq(new.record.id.0), child_pseudonym::pseudonym.eq(pseudonym.0.to_vec()));
    on_each!(conn, |c| diesel::insert_into(child_pseudonym::table).values(&mapping).execute(c))?;
    insert_parts(conn, new)
}

/// Replaces a child's record and parts.
///
/// # Errors
/// `NotFound` where the child is gone.
pub fn update<A: Action>(conn: &mut AnyConnection, permit: &Permit<A>, changed: &Child) -> StoreResult<()> {
    if changed.record.id != permit.child() {
        return Err(StoreError::broken("a permit for one child was used on another"));
    }
    let id = permit.child().0;
    update_record(conn, &changed.record)?;
    on_each!(conn, |c| diesel::delete(child_name::table.filter(child_name::child_id.eq(id))).execute(c))?;
    on_each!(conn, |c| diesel::delete(carer::table.filter(carer::child_id.eq(id))).execute(c))?;
    on_each!(conn, |c| diesel::delete(identifier::table.filter(identifier::child_id.eq(id))).execute(c))?;
    insert_parts(conn, changed)
}

/// Replaces the record's row alone.
pub(super) fn update_record(conn: &mut AnyConnection, record: &ChildRecord) -> StoreResult<()> {
    let row = ChildRow::from(record);
    let changed = on_each!(conn, |c| diesel::update(child::table.filter(child::id.eq(row.id))).set(&row).execute(c))?;
    if changed == 1 { Ok(()) } else { Err(StoreError::NotFound) }
}

fn insert_parts(conn: &mut AnyConnection, child: &Child) -> StoreResult<()> {
    let names = name_rows(child)?;
    insert_all!(conn, child_name::table, &names)?;
    let carers = carer_rows(child)?;
    insert_all!(conn, carer::table, &carers)?;
    let identifiers = identifier_rows(child)?;
    insert_all!(conn, identifier::table, &identifiers)?;
    Ok(())
}

/// The rows of a child's other names.
pub(super) fn name_rows(child: &Child) -> StoreResult<Vec<NameRow>> {
    numbered(&child.other_names, |position, name| NameRow {
        child_id: child.record.id.0,
        position,
        kind: name.kind.code().into(),
        family_name: name.name.family.clone(),
        given_name: name.name.given.clone(),
        supplied_by: supplier(&child.record, name.supplied_by),
    })
}

/// The rows of a child's carers.
pub(super) fn carer_rows(child: &Child) -> StoreResult<Vec<CarerRow>> {
    numbered(&child.carers, |position, carer| CarerRow {
        child_id: child.record.id.0,
        position,
        name: carer.name.clone(),
        relationship: stored_relationship(&carer.relationship).into_owned(),
        parental_responsibility: carer.parental_responsibility,
        phone: carer.phone.clone(),
        email: carer.email.clone(),
        supplied_by: supplier(&child.record, carer.supplied_by),
        held: carer.held,
    })
}

/// The rows of a child's identifiers.
pub(super) fn identifier_rows(child: &Child) -> StoreResult<Vec<IdentifierRow>> {
    numbered(&child.identifiers, |position, each| IdentifierRow {
        child_id: child.record.id.0,
        position,
        system: stored_system(each.identifier.system()).to_owned(),
        value: each.identifier.value().to_owned(),
        status: each.status.short().into(),
        supplied_by: supplier(&child.record, each.supplied_by),
    })
}

fn numbered<T, R>(items: &[T], row: impl Fn(i32, &T) -> R) -> StoreResult<Vec<R>> {
    items.iter().enumerate().map(|(index, item)| Ok(row(position(index)?, item))).collect()
}
