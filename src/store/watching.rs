//! What the rules that watch the log need to know: how far they have looked, how busy others are, and facts about
//! accounts and children that nobody is shown.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use super::audit::column;
use super::columns::text;
use super::compact::StoredId;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{account, carer, child, child_pseudonym, decoy, involvement, watch, watch_day, watch_reason};
use crate::domain::accounts::Account;
use crate::domain::alerts::accesses::{ChildFacts, fold, surname_of};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::Publication;
use crate::domain::ids::{AccountId, ChildId, OrganisationId};
use crate::domain::instants::Instant;

/// Keys asked for in one statement.
const CHUNK: usize = 250;
/// From so many days of others on there is a measure.
const LEAST_DAYS: usize = 5;
/// Days of others, and colleagues, that are looked at.
const MOST_OTHERS: i64 = 2_000;

/// At what the rules look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Glance {
    /// At what the log has gained.
    New,
    /// At what is a grace old, to see what was not recorded since.
    Back,
}

/// Up to which event the rules have looked.
///
/// # Errors
/// As the database's.
pub fn get_place(conn: &mut AnyConnection, glance: Glance) -> StoreResult<u64> {
    let (new, back): (i64, i64) = on_each!(conn, |c| watch::table
        .filter(watch::id.eq(1))
        .select((watch::watched_to, watch::looked_back_to))
        .get_result(c))?;
    let place = match glance {
        Glance::New => new,
        Glance::Back => back,
    };
    u64::try_from(place).map_err(|_| StoreError::broken("the watch has no place in the log"))
}

/// Moves on to `to`, unless another node has been there; then nothing is done and it says so.
///
/// # Errors
/// As the database's.
pub fn move_on(conn: &mut AnyConnection, glance: Glance, from: u64, to: u64) -> StoreResult<bool> {
    let (from, to) = (column(from)?, column(to)?);
    let moved = match glance {
        Glance::New => {
            let place = watch::table.filter(watch::id.eq(1)).filter(watch::watched_to.eq(from));
            on_each!(conn, |c| diesel::update(place).set(watch::watched_to.eq(to)).execute(c))?
        }
        Glance::Back => {
            let place = watch::table.filter(watch::id.eq(1)).filter(watch::looked_back_to.eq(from));
            on_each!(conn, |c| diesel::update(place).set(watch::looked_back_to.eq(to)).execute(c))?
        }
    };
    Ok(moved == 1)
}

/// What an account did on a day, to be added to what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counted {
    /// The account.
    pub account: Uuid,
    /// The day's number.
    pub day: i32,
    /// Code of the stated reason; empty where there was none.
    pub reason: String,
}

/// Adds to an account's accesses of a day and a reason.
///
/// # Errors
/// As the database's.
pub fn add_accesses(conn: &mut AnyConnection, counted: &Counted, accesses: i64) -> StoreResult<()> {
    let account = counted.account.to_string();
    let row = (watch_day::account_id.eq(&account), watch_day::day.eq(counted.day), watch_day::accesses.eq(accesses));
    on_each!(conn, |c| diesel::insert_into(watch_day::table)
        .values(&row)
        .on_conflict((watch_day::account_id, watch_day::day))
        .do_update()
        .set(watch_day::accesses.eq(watch_day::accesses + accesses))
        .execute(c))?;
    let row = (
        watch_reason::account_id.eq(&account),
        watch_reason::day.eq(counted.day),
        watch_reason::reason.eq(&counted.reason),
        watch_reason::accesses.eq(accesses),
    );
    on_each!(conn, |c| diesel::insert_into(watch_reason::table)
        .values(&row)
        .on_conflict((watch_reason::account_id, watch_reason::day, watch_reason::reason))
        .do_update()
        .set(watch_reason::accesses.eq(watch_reason::accesses + accesses))
        .execute(c))?;
    Ok(())
}

/// How many of an account's accesses stated which reason, from a day on.
///
/// # Errors
/// As the database's.
pub fn list_stated(conn: &mut AnyConnection, account: Uuid, from: i32) -> StoreResult<BTreeMap<String, i64>> {
    let account = account.to_string();
    let rows: Vec<(String, i64)> = on_each!(conn, |c| watch_reason::table
        .filter(watch_reason::account_id.eq(&account).and(watch_reason::day.ge(from)))
        .select((watch_reason::reason, watch_reason::accesses))
        .load(c))?;
    let mut stated: BTreeMap<String, i64> = BTreeMap::new();
    for (reason, accesses) in rows {
        let sum = stated.entry(reason).or_default();
        *sum = sum.saturating_add(accesses);
    }
    Ok(stated)
}

/// Forgets days before this one.
///
/// # Errors
/// As the database's.
pub fn forget_days(conn: &mut AnyConnection, before: i32) -> StoreResult<()> {
    on_each!(conn, |c| diesel::delete(watch_day::table.filter(watch_day::day.lt(before))).execute(c))?;
    on_each!(conn, |c| diesel::delete(watch_reason::table.filter(watch_reason::day.lt(before))).execute(c))?;
    Ok(())
}

/// The median of accesses a day among others of the account's organisation from `from` on; where these are too few,
/// among others of its sector and area; none where these are too few as well.
///
/// # Errors
/// As the database's.
pub fn median_of_peers(conn: &mut AnyConnection, of: &Account, from: i32) -> StoreResult<Option<i64>> {
    let (own, organisation) = (of.id.to_string(), StoredId::from(of.organisation));
    let near: Vec<i64> = on_each!(conn, |c| watch_day::table
        .inner_join(account::table.on(account::id.eq(watch_day::account_id)))
        .filter(account::organisation_id.eq(organisation))
        .filter(watch_day::account_id.ne(&own).and(watch_day::day.ge(from)))
        .order(watch_day::day.desc())
        .limit(MOST_OTHERS)
        .select(watch_day::accesses)
        .load(c))?;
    if near.len() >= LEAST_DAYS {
        return Ok(median(near));
    }
    let wide: Vec<i64> = on_each!(conn, |c| watch_day::table
        .inner_join(account::table.on(account::id.eq(watch_day::account_id)))
        .filter(account::area.eq(&of.area).and(account::sector.eq(of.sector.code())))
        .filter(watch_day::account_id.ne(&own).and(watch_day::day.ge(from)))
        .order(watch_day::day.desc())
        .limit(MOST_OTHERS)
        .select(watch_day::accesses)
        .load(c))?;
    Ok(if wide.len() >= LEAST_DAYS { median(wide) } else { None })
}

fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
}

/// The people of an organisation, with their family names folded.
///
/// # Errors
/// As the database's.
pub fn list_people(conn: &mut AnyConnection, of: OrganisationId) -> StoreResult<Vec<(AccountId, String)>> {
    let organisation = StoredId::from(of);
    let names: Vec<(String, String)> = on_each!(conn, |c| account::table
        .filter(account::organisation_id.eq(organisation))
        .filter(account::role.ne("system"))
        .order(account::id)
        .limit(MOST_OTHERS)
        .select((account::id, account::name))
        .load(c))?;
    names.iter().map(|(id, name)| Ok((text(id)?, surname_of(name)))).collect()
}

type ChildRow = (Vec<u8>, i64, String, String, String, Option<String>, bool, StoredId);

/// What the rules need to know of children; those that are gone are absent.
///
/// # Errors
/// As the database's.
pub fn list_facts(
    conn: &mut AnyConnection,
    children: &BTreeSet<Pseudonym>,
) -> StoreResult<BTreeMap<Pseudonym, ChildFacts>> {
    let names: Vec<&[u8]> = children.iter().map(|name| name.0.as_slice()).collect();
    let mut all = BTreeMap::new();
    for names in names.chunks(CHUNK) {
        let rows: Vec<ChildRow> = on_each!(conn, |c| child_pseudonym::table
            .inner_join(child::table.on(child::id.eq(child_pseudonym::child_id)))
            .filter(child_pseudonym::pseudonym.eq_any(names))
            .select((
                child_pseudonym::pseudonym,
                child::id,
                child::family_name,
                child::area,
                child::publication,
                child::shield,
                child::sealed,
                child::supplied_by,
            ))
            .load(c))?;
        if rows.is_empty() {
            continue;
        }
        let around = Around::read(conn, &rows.iter().map(|row| row.1).collect::<Vec<_>>())?;
        for (name, id, family, area, publication, shield, sealed, supplier) in rows {
            let name = Pseudonym::try_from(name.as_slice())
                .map_err(|error| StoreError::broken_by("a stored pseudonym could not be read", &error))?;
            let mut organisations = around.organisations.get(&id).cloned().unwrap_or_default();
            organisations.insert(supplier.into());
            let facts = ChildFacts {
                surname: fold(&family),
                area,
                carers: around.carers.get(&id).cloned().unwrap_or_default(),
                organisations,
                hidden: shield.is_some() || sealed || publication == Publication::Held.code(),
                decoy: around.decoys.contains(&id),
            };
            all.insert(name, facts);
        }
    }
    Ok(all)
}

/// What stands beside some children.
struct Around {
    carers: BTreeMap<i64, BTreeSet<String>>,
    organisations: BTreeMap<i64, BTreeSet<Uuid>>,
    decoys: BTreeSet<i64>,
}

impl Around {
    fn read(conn: &mut AnyConnection, ids: &[i64]) -> StoreResult<Self> {
        let names: Vec<(i64, String)> = on_each!(conn, |c| carer::table
            .filter(carer::child_id.eq_any(ids))
            .select((carer::child_id, carer::name))
            .load(c))?;
        let mut carers: BTreeMap<i64, BTreeSet<String>> = BTreeMap::new();
        for (child, name) in names {
            carers.entry(child).or_default().insert(fold(&name));
        }
        let involved: Vec<(i64, StoredId)> = on_each!(conn, |c| involvement::table
            .filter(involvement::child_id.eq_any(ids))
            .select((involvement::child_id, involvement::organisation_id))
            .load(c))?;
        let mut organisations: BTreeMap<i64, BTreeSet<Uuid>> = BTreeMap::new();
        for (child, organisation) in involved {
            organisations.entry(child).or_default().insert(organisation.into());
        }
        let decoys: Vec<i64> =
            on_each!(conn, |c| decoy::table.filter(decoy::child_id.eq_any(ids)).select(decoy::child_id).load(c))?;
        Ok(Self { carers, organisations, decoys: decoys.into_iter().collect() })
    }
}

/// Marks a record as one that stands for nobody.
///
/// # Errors
/// As the database's.
pub fn mark_decoy(conn: &mut AnyConnection, child: ChildId, at: Instant) -> StoreResult<()> {
    let row = (decoy::child_id.eq(child.0), decoy::marked_at.eq(at.0));
    on_each!(conn, |c| diesel::insert_into(decoy::table).values(&row).on_conflict_do_nothing().execute(c))?;
    Ok(())
}
