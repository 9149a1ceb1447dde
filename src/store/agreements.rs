//! Information-sharing agreements: their rows, and what those adopted in an area bind, remembered between look-ups.
//!
//! Each partnership bears a stamp, a random text that is new whenever its members or agreements change, in the same
//! transaction. Whoever needs to know what an area has adopted reads the stamps, one statement for all areas of a batch,
//! and the agreements themselves only where a stamp is not the one that is remembered. So what another node has adopted
//! binds from its commit on, and a stamp that was rolled back is never seen again.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::dsl::max;
use diesel::prelude::*;

use super::columns::{code, text};
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::{insert_all, load_any, on_each};
use super::errors::{StoreError, StoreResult};
use super::schema::{agreement, agreement_default, partnership, partnership_member};
use super::{memories, partnerships};
use crate::domain::ids::PartnershipId;
use crate::domain::partnerships::{Agreement, AgreementState, Bond, Members, Membership, ServiceDefault};

/// What refuses that an agreement is adopted whose days overlap those of another: found while the partnership's row is
/// locked, so that of two at the same time the second finds the first.
pub const OVERLAP: &str = "agreement_overlap";

/// A row of `agreement`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agreement, treat_none_as_null = true)]
struct AgreementRow {
    partnership_id: String,
    number: i32,
    lawful_basis: String,
    from_on: NaiveDate,
    until_on: Option<NaiveDate>,
    review_on: NaiveDate,
    state: String,
    ended_on: Option<NaiveDate>,
    version: i64,
}

/// A row of `agreement_default`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = agreement_default)]
struct DefaultRow {
    partnership_id: String,
    number: i32,
    service: String,
    visibility: String,
    outside: String,
}

impl From<&Agreement> for AgreementRow {
    fn from(agreement: &Agreement) -> Self {
        Self {
            partnership_id: agreement.partnership.to_string(),
            number: agreement.number,
            lawful_basis: agreement.lawful_basis.code().into(),
            from_on: agreement.from,
            until_on: agreement.until,
            review_on: agreement.review_on,
            state: agreement.state.code().into(),
            ended_on: agreement.ended_on,
            version: agreement.version,
        }
    }
}

impl AgreementRow {
    fn with(self, defaults: &[DefaultRow]) -> StoreResult<Agreement> {
        let own = |row: &&DefaultRow| row.partnership_id == self.partnership_id && row.number == self.number;
        let line = |row: &DefaultRow| {
            let (service, visibility) = (code(&row.service)?, code(&row.visibility)?);
            Ok(ServiceDefault { service, visibility, outside: code(&row.outside)? })
        };
        Ok(Agreement {
            partnership: text(&self.partnership_id)?,
            number: self.number,
            lawful_basis: code(&self.lawful_basis)?,
            from: self.from_on,
            until: self.until_on,
            review_on: self.review_on,
            defaults: defaults.iter().filter(own).map(line).collect::<StoreResult<_>>()?,
            state: code(&self.state)?,
            ended_on: self.ended_on,
            version: self.version,
        })
    }
}

/// Lists the agreements of a partnership, the newest first.
///
/// # Errors
/// As the database's.
pub fn list(conn: &mut AnyConnection, partnership: PartnershipId) -> StoreResult<Vec<Agreement>> {
    let mut all = list_of(conn, &[partnership.to_string()])?;
    all.reverse();
    Ok(all)
}

/// Finds an agreement by its number.
///
/// # Errors
/// As the database's.
pub fn find(conn: &mut AnyConnection, partnership: PartnershipId, number: i32) -> StoreResult<Option<Agreement>> {
    Ok(list(conn, partnership)?.into_iter().find(|agreement| agreement.number == number))
}

fn list_of(conn: &mut AnyConnection, partnerships: &[String]) -> StoreResult<Vec<Agreement>> {
    let mut rows = load_any!(
        conn,
        agreement::table.select(AgreementRow::as_select()),
        agreement::partnership_id,
        partnerships,
        AgreementRow
    )?;
    let mut defaults = load_any!(
        conn,
        agreement_default::table.select(DefaultRow::as_select()),
        agreement_default::partnership_id,
        partnerships,
        DefaultRow
    )?;
    rows.sort_by(|one, other| (&one.partnership_id, one.number).cmp(&(&other.partnership_id, other.number)));
    defaults.sort_by(|one, other| one.service.cmp(&other.service));
    rows.into_iter().map(|row| row.with(&defaults)).collect()
}

/// The most agreements that a partnership has.
pub const MOST: i32 = 1_000;

/// Inserts a draft under the next number of its partnership, and gives the number; none where there are [`MOST`].
///
/// # Errors
/// `NotFound` where there is no such partnership.
pub fn insert(conn: &mut AnyConnection, draft: &Agreement) -> StoreResult<Option<i32>> {
    partnerships::stamp(conn, draft.partnership)?;
    let place = agreement::table.filter(agreement::partnership_id.eq(draft.partnership.to_string()));
    let last: Option<i32> = on_each!(conn, |c| place.select(max(agreement::number)).get_result(c))?;
    let number = last.unwrap_or_default().saturating_add(1);
    if number > MOST {
        return Ok(None);
    }
    let numbered = Agreement { number, ..draft.clone() };
    let row = AgreementRow::from(&numbered);
    on_each!(conn, |c| diesel::insert_into(agreement::table).values(&row).execute(c))?;
    insert_defaults(conn, &numbered)?;
    Ok(Some(number))
}

/// Replaces an agreement; `changed` carries the version that was read, and the row gets the next.
///
/// # Errors
/// `NotFound` where that version is no longer there; `Conflict` of [`OVERLAP`] where it is adopted and another that is
/// adopted has a day in common with it.
pub fn update(conn: &mut AnyConnection, changed: &Agreement) -> StoreResult<()> {
    partnerships::stamp(conn, changed.partnership)?;
    let mut row = AgreementRow::from(changed);
    if changed.state == AgreementState::Adopted {
        let clashes = |other: &Agreement| {
            other.number != changed.number && other.state == AgreementState::Adopted && other.overlaps(changed)
        };
        if list(conn, changed.partnership)?.iter().any(clashes) {
            return Err(StoreError::Conflict(OVERLAP));
        }
    }
    row.version = row.version.saturating_add(1);
    let place = agreement::table
        .filter(agreement::partnership_id.eq(&row.partnership_id))
        .filter(agreement::number.eq(row.number))
        .filter(agreement::version.eq(changed.version));
    let updated = on_each!(conn, |c| diesel::update(place).set(&row).execute(c))?;
    if updated != 1 {
        return Err(StoreError::NotFound);
    }
    let own = agreement_default::table
        .filter(agreement_default::partnership_id.eq(&row.partnership_id))
        .filter(agreement_default::number.eq(row.number));
    on_each!(conn, |c| diesel::delete(own).execute(c))?;
    insert_defaults(conn, changed)
}

fn insert_defaults(conn: &mut AnyConnection, of: &Agreement) -> StoreResult<()> {
    let row = |line: &ServiceDefault| DefaultRow {
        partnership_id: of.partnership.to_string(),
        number: of.number,
        service: line.service.code().into(),
        visibility: line.visibility.code().into(),
        outside: line.outside.code().into(),
    };
    let rows: Vec<DefaultRow> = of.defaults.iter().map(row).collect();
    insert_all!(conn, agreement_default::table, &rows)?;
    Ok(())
}

/// What an area's agreements said when its partnerships bore these stamps.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    stamps: Vec<(String, String)>,
    bonds: Arc<Vec<Bond>>,
}

/// What the partnerships of an area have adopted, for whatever days; no statement where the connection remembers it.
///
/// # Errors
/// As the database's.
pub(super) fn list_bonds(conn: &mut AnyConnection, area: &str) -> StoreResult<Arc<Vec<Bond>>> {
    if let Some(known) = memories::of(conn).and_then(|memory| memory.agreements.get(area)) {
        return Ok(Arc::clone(known));
    }
    let mut read = list_bonds_of(conn, &BTreeSet::from([area.to_owned()]))?;
    Ok(read.remove(area).unwrap_or_default())
}

/// The same of several areas, by one statement where none of them has changed since it was last read here.
///
/// # Errors
/// As the database's.
pub(super) fn list_bonds_of(
    conn: &mut AnyConnection,
    areas: &BTreeSet<String>,
) -> StoreResult<HashMap<String, Arc<Vec<Bond>>>> {
    let keys: Vec<String> = areas.iter().cloned().collect();
    let mut stamps: HashMap<String, Vec<(String, String)>> = HashMap::new();
    let rows = load_any!(
        conn,
        partnership::table.select((partnership::area, partnership::id, partnership::stamp)),
        partnership::area,
        &keys,
        (String, String, String)
    )?;
    for (area, id, stamp) in rows {
        stamps.entry(area).or_default().push((id, stamp));
    }
    let mut found = HashMap::with_capacity(keys.len());
    for area in keys {
        let mut stamps = stamps.remove(&area).unwrap_or_default();
        stamps.sort_unstable();
        let bonds = read_as_stamped(conn, &area, stamps)?;
        found.insert(area, bonds);
    }
    if let Some(memory) = memories::of(conn) {
        memory.agreements.extend(found.iter().map(|(area, bonds)| (area.clone(), Arc::clone(bonds))));
    }
    Ok(found)
}

/// Reads what areas have adopted into the connection's memory.
pub(super) fn expect(conn: &mut AnyConnection, areas: &BTreeSet<String>) -> StoreResult<()> {
    list_bonds_of(conn, areas).map(drop)
}

/// What is remembered under these stamps, or else what is there now.
fn read_as_stamped(conn: &mut AnyConnection, area: &str, stamps: Vec<(String, String)>) -> StoreResult<Arc<Vec<Bond>>> {
    if stamps.is_empty() {
        return Ok(Arc::default());
    }
    let kept = conn.memory().and_then(|memory| memory.kept.get(area));
    if let Some(kept) = kept.filter(|kept| kept.stamps == stamps) {
        return Ok(Arc::clone(&kept.bonds));
    }
    let ids: Vec<String> = stamps.iter().map(|(id, _)| id.clone()).collect();
    let bonds = Arc::new(read_bonds(conn, &ids)?);
    if let Some(memory) = conn.memory() {
        memory.kept.insert(area.to_owned(), Kept { stamps, bonds: Arc::clone(&bonds) });
    }
    Ok(bonds)
}

fn read_bonds(conn: &mut AnyConnection, partnerships: &[String]) -> StoreResult<Vec<Bond>> {
    let mut adopted = list_of(conn, partnerships)?;
    adopted.retain(|agreement| agreement.state == AgreementState::Adopted);
    let mut bonds = Vec::with_capacity(adopted.len());
    let mut members: HashMap<PartnershipId, Arc<Members>> = HashMap::new();
    for agreement in adopted {
        let id = agreement.partnership;
        let members = match members.get(&id) {
            Some(known) => Arc::clone(known),
            None => {
                let read = Arc::new(read_members(conn, id)?);
                members.insert(id, Arc::clone(&read));
                read
            }
        };
        bonds.push(Bond { agreement, members });
    }
    Ok(bonds)
}

/// The members of a partnership, past and future ones among them.
///
/// # Errors
/// As the database's.
pub fn read_members(conn: &mut AnyConnection, id: PartnershipId) -> StoreResult<Members> {
    let rows: Vec<(StoredId, NaiveDate, Option<NaiveDate>)> = on_each!(conn, |c| partnership_member::table
        .filter(partnership_member::partnership_id.eq(id.to_string()))
        .select((partnership_member::organisation_id, partnership_member::from_on, partnership_member::until_on))
        .load(c))?;
    Ok(rows
        .into_iter()
        .map(|(organisation, from, until)| Membership { organisation: organisation.into(), from, until })
        .collect())
}
