//! Shields: which records hide something, as far as a comparison needs to know, and the putting on of a shield.

use diesel::prelude::*;

use super::children::{self, ChildRow};
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::StoreResult;
use super::keys;
use super::schema::child;
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::{Child, Publication, Shield};
use crate::domain::findability::{self, whole_profile};
use crate::domain::households::household_keys;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::matching::{Key, KeySecret, Profile};

/// A record that hides something, as far as new records must be compared with it. Never for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiddenChild {
    /// The child.
    pub id: ChildId,
    /// Everything it could be recognised by.
    pub profile: Profile,
    /// What it shares with its household.
    pub household: Vec<Key>,
    /// The shield on it; none where it is only waiting for a person.
    pub shield: Option<Shield>,
}

impl HiddenChild {
    /// A child as others must be compared with it.
    #[must_use]
    pub fn of(child: &Child, secret: &KeySecret) -> Self {
        Self {
            id: child.record.id,
            profile: whole_profile(child),
            household: household_keys(child, secret),
            shield: child.record.shield,
        }
    }
}

/// Lists records that hide something: shielded, not published, or with an address that is held. In order of id, from
/// after `after` and at most `limit`.
///
/// # Errors
/// As the database's.
pub fn list_hidden(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    after: ChildId,
    limit: u16,
) -> StoreResult<Vec<HiddenChild>> {
    let rows: Vec<ChildRow> = on_each!(conn, |c| child::table
        .filter(child::id.gt(after.0))
        .filter(
            child::shield
                .is_not_null()
                .or(child::publication.ne(Publication::Published.code()))
                .or(child::address_held.eq(true))
        )
        .order(child::id)
        .limit(limit.into())
        .select(ChildRow::as_select())
        .load(c))?;
    let hidden = |row: ChildRow| -> StoreResult<HiddenChild> {
        let id = ChildId(row.id);
        let whole = children::get_parts_of(conn, id, row.try_into()?)?;
        Ok(HiddenChild::of(&whole, secret))
    };
    rows.into_iter().map(hidden).collect()
}

/// Finds a child that hides something; none where there is no such child, or nothing hidden of it.
///
/// # Errors
/// As the database's.
pub fn find_hidden(conn: &mut AnyConnection, secret: &KeySecret, id: ChildId) -> StoreResult<Option<HiddenChild>> {
    let Some((record, _)) = children::find_row(conn, id)? else { return Ok(None) };
    let plain = record.shield.is_none() && record.publication == Publication::Published && !record.address.held;
    if plain {
        return Ok(None);
    }
    let whole = children::get_parts_of(conn, id, record)?;
    Ok(Some(HiddenChild::of(&whole, secret)))
}

/// What putting a shield on did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutOn {
    /// The child's name in the audit log.
    pub pseudonym: Pseudonym,
    /// The record's version, counted up.
    pub version: i64,
    /// The area whose management team answers for it.
    pub area: String,
    /// What new records must be compared with from now on.
    pub hidden: HiddenChild,
    /// What it can be found by from now on.
    pub search_keys: Vec<Key>,
}

/// Puts a shield on a child, or makes the one it has as strict; search keys follow. None where there is no such child
/// or its shield is as strict already.
///
/// # Errors
/// As the database's.
pub fn put_on(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    id: ChildId,
    shield: Shield,
    now: Instant,
) -> StoreResult<Option<PutOn>> {
    let Some((record, pseudonym)) = children::find_row(conn, id)? else { return Ok(None) };
    let stricter = record.shield.map_or(shield, |present| present.stricter(shield));
    if record.shield == Some(stricter) {
        return Ok(None);
    }
    let before = children::get_parts_of(conn, id, record)?;
    let mut after = before.clone();
    after.record.shield = Some(stricter);
    after.record.version = after.record.version.saturating_add(1);
    after.record.updated_at = now;
    children::update_record(conn, &after.record)?;
    let search_keys = findability::search_keys(&after, secret);
    keys::replace(conn, id, &findability::search_keys(&before, secret), &search_keys)?;
    let hidden = HiddenChild::of(&after, secret);
    Ok(Some(PutOn { pseudonym, version: after.record.version, area: after.record.area, hidden, search_keys }))
}
