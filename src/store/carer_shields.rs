//! Shields of carers: whom they hide, by keyed hashes, told whenever a record's carers are read.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;

use super::children;
use super::columns::{code, optional_text, text};
use super::connections::AnyConnection;
use super::dialect::{insert_all, on_each};
use super::errors::StoreResult;
use super::keys;
use super::schema::{carer_shield, carer_shield_key};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::carer_shields::{CarerShield, Cover};
use crate::domain::children::{Carer, Child};
use crate::domain::findability::search_keys;
use crate::domain::households::{carer_keys, household_keys};
use crate::domain::ids::{CarerShieldId, ChildId};
use crate::domain::instants::Instant;
use crate::domain::matching::{Key, KeySecret};
use crate::domain::policy::{Permit, ShieldChild};
use crate::domain::shields::Proposal;

/// A row of `carer_shield`.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = carer_shield, treat_none_as_null = true, treat_none_as_default_value = false)]
struct ShieldRow {
    id: String,
    area: String,
    ground: String,
    since: i64,
    confirmed_at: Option<i64>,
    review_on: Option<NaiveDate>,
    lift_proposed_by: Option<String>,
    lift_proposed_at: Option<i64>,
}

impl From<&CarerShield> for ShieldRow {
    fn from(shield: &CarerShield) -> Self {
        Self {
            id: shield.id.to_string(),
            area: shield.area.clone(),
            ground: shield.ground.code().into(),
            since: shield.since.0,
            confirmed_at: shield.confirmed_at.map(|at| at.0),
            review_on: shield.review_on,
            lift_proposed_by: shield.lift.map(|proposal| proposal.by.to_string()),
            lift_proposed_at: shield.lift.map(|proposal| proposal.at.0),
        }
    }
}

fn read(row: &ShieldRow) -> StoreResult<CarerShield> {
    let by = optional_text(row.lift_proposed_by.as_deref())?;
    Ok(CarerShield {
        id: text(&row.id)?,
        area: row.area.clone(),
        ground: code(&row.ground)?,
        since: Instant(row.since),
        confirmed_at: row.confirmed_at.map(Instant),
        review_on: row.review_on,
        lift: by.zip(row.lift_proposed_at).map(|(by, at)| Proposal { by, at: Instant(at) }),
    })
}

/// A row of `carer_shield_key`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Insertable)]
#[diesel(table_name = carer_shield_key)]
struct KeyRow {
    key: i64,
    shield_id: String,
}

/// Which of these keys lead to a shielded carer, and by which shields.
fn list_under(conn: &mut AnyConnection, keys: &[Key]) -> StoreResult<BTreeMap<Key, Vec<CarerShield>>> {
    let wanted: Vec<i64> = keys.iter().map(|key| key.0).collect();
    let rows: Vec<(i64, ShieldRow)> = on_each!(conn, |c| carer_shield_key::table
        .inner_join(carer_shield::table.on(carer_shield::id.eq(carer_shield_key::shield_id)))
        .filter(carer_shield_key::key.eq_any(&wanted))
        .order((carer_shield::since, carer_shield::id))
        .select((carer_shield_key::key, ShieldRow::as_select()))
        .load(c))?;
    let mut found: BTreeMap<Key, Vec<CarerShield>> = BTreeMap::new();
    for (key, row) in &rows {
        found.entry(Key(*key)).or_default().push(read(row)?);
    }
    Ok(found)
}

/// Says of each carer of a child whether they are shielded, or can be reached by what leads to somebody who is. Asked
/// whenever carers are read, so that no way in can forget it.
///
/// # Errors
/// As the database's.
pub(super) fn mark(conn: &mut AnyConnection, secret: &KeySecret, child: &mut Child) -> StoreResult<()> {
    if child.carers.is_empty() {
        return Ok(());
    }
    let each: Vec<Vec<Key>> = child.carers.iter().map(|carer| carer_keys(child, carer, secret).all()).collect();
    let found = list_under(conn, &each.concat())?;
    for (carer, keys) in child.carers.iter_mut().zip(&each) {
        let shields: Vec<_> = keys.iter().filter_map(|key| found.get(key)).flatten().collect();
        let confirmed = shields.iter().any(|shield| shield.confirmed_at.is_some());
        carer.cover = (!shields.is_empty()).then_some(Cover { confirmed });
    }
    Ok(())
}

/// The shields that cover carers of a child, each with the carers it covers. For deciding about them.
///
/// # Errors
/// As the database's.
pub fn list_of<'c>(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    child: &'c Child,
) -> StoreResult<Vec<(CarerShield, Vec<&'c Carer>)>> {
    let each: Vec<Vec<Key>> = child.carers.iter().map(|carer| carer_keys(child, carer, secret).all()).collect();
    let found = list_under(conn, &each.concat())?;
    let mut listed: BTreeMap<(Instant, CarerShieldId), (CarerShield, Vec<&Carer>)> = BTreeMap::new();
    for (carer, keys) in child.carers.iter().zip(&each) {
        let own: BTreeMap<_, _> =
            keys.iter().filter_map(|key| found.get(key)).flatten().map(|each| ((each.since, each.id), each)).collect();
        for (place, shield) in own {
            listed.entry(place).or_insert_with(|| (shield.clone(), Vec::new())).1.push(carer);
        }
    }
    Ok(listed.into_values().collect())
}

/// Whether a child names a shielded carer, or shares home, telephone or e-mail address with one. A fact for deciding what
/// is held, which needs no permit.
///
/// # Errors
/// As the database's.
pub fn touch(conn: &mut AnyConnection, secret: &KeySecret, child: &Child) -> StoreResult<bool> {
    let mut keys = household_keys(child, secret);
    keys.extend(child.carers.iter().flat_map(|carer| carer_keys(child, carer, secret).person));
    Ok(!list_under(conn, &keys)?.is_empty())
}

/// Puts a shield on what these keys lead to.
///
/// # Errors
/// As the database's.
pub fn insert(
    conn: &mut AnyConnection,
    _: &Permit<ShieldChild>,
    shield: &CarerShield,
    keys: &[Key],
) -> StoreResult<()> {
    let row = ShieldRow::from(shield);
    on_each!(conn, |c| diesel::insert_into(carer_shield::table).values(&row).execute(c))?;
    add_keys(conn, shield.id, keys.iter().copied())
}

fn add_keys(conn: &mut AnyConnection, id: CarerShieldId, keys: impl IntoIterator<Item = Key>) -> StoreResult<()> {
    let rows: BTreeSet<KeyRow> = keys.into_iter().map(|key| KeyRow { key: key.0, shield_id: id.to_string() }).collect();
    let rows: Vec<KeyRow> = rows.into_iter().collect();
    insert_all!(conn, carer_shield_key::table, &rows, |insert| insert.on_conflict_do_nothing())?;
    Ok(())
}

/// Changes what is noted about a shield.
///
/// # Errors
/// As the database's.
pub fn update(conn: &mut AnyConnection, _: &Permit<ShieldChild>, shield: &CarerShield) -> StoreResult<()> {
    let row = ShieldRow::from(shield);
    on_each!(conn, |c| diesel::update(carer_shield::table.filter(carer_shield::id.eq(&row.id))).set(&row).execute(c))?;
    Ok(())
}

/// Takes a shield off; the keys it stood on are given, for whoever looks again at what was held because of it.
///
/// # Errors
/// As the database's.
pub fn delete(conn: &mut AnyConnection, _: &Permit<ShieldChild>, id: CarerShieldId) -> StoreResult<Vec<Key>> {
    let id = id.to_string();
    let keys: Vec<i64> = on_each!(conn, |c| carer_shield_key::table
        .filter(carer_shield_key::shield_id.eq(&id))
        .select(carer_shield_key::key)
        .load(c))?;
    on_each!(conn, |c| diesel::delete(carer_shield_key::table.filter(carer_shield_key::shield_id.eq(&id))).execute(c))?;
    on_each!(conn, |c| diesel::delete(carer_shield::table.filter(carer_shield::id.eq(&id))).execute(c))?;
    Ok(keys.into_iter().map(Key).collect())
}

/// Every key that leads to a shielded carer: for loads, which compare lines in memory.
///
/// # Errors
/// As the database's.
pub fn list_keys(conn: &mut AnyConnection) -> StoreResult<Vec<Key>> {
    let keys: Vec<i64> = on_each!(conn, |c| carer_shield_key::table.select(carer_shield_key::key).load(c))?;
    Ok(keys.into_iter().map(Key).collect())
}

/// Follows a shielded carer to what a change or a new record says of them: another number, another record. A home is not
/// followed, which others share.
///
/// # Errors
/// As the database's.
pub fn follow(conn: &mut AnyConnection, secret: &KeySecret, child: &Child) -> StoreResult<()> {
    for carer in &child.carers {
        let keys = carer_keys(child, carer, secret);
        let shields: BTreeSet<CarerShieldId> =
            list_under(conn, &keys.person)?.into_values().flatten().map(|shield| shield.id).collect();
        for id in shields {
            add_keys(conn, id, keys.beside_the_home())?;
        }
    }
    Ok(())
}

/// What holding a home did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldHome {
    /// The child's name in the audit log.
    pub pseudonym: Pseudonym,
    /// The record's version, counted up.
    pub version: i64,
    /// The area whose management team answers for it.
    pub area: String,
}

/// Holds where a child lives, because a shielded carer lives there or can be reached through it, and has the shield follow
/// the carer onto this record. None where the home is hidden already.
///
/// # Errors
/// As the database's.
pub fn hold_home(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    id: ChildId,
    now: Instant,
) -> StoreResult<Option<HeldHome>> {
    let Some((record, pseudonym)) = children::find_row(conn, id)? else { return Ok(None) };
    let hidden = record.shield.is_some() || record.address.held;
    let before = children::get_parts_of(conn, id, record)?;
    follow(conn, secret, &before)?;
    if hidden {
        return Ok(None);
    }
    let mut after = before.clone();
    after.record.address.held = true;
    after.record.version = after.record.version.saturating_add(1);
    after.record.updated_at = now;
    children::update_record(conn, &after.record)?;
    keys::replace(conn, id, &search_keys(&before, secret), &search_keys(&after, secret))?;
    Ok(Some(HeldHome { pseudonym, version: after.record.version, area: after.record.area }))
}
