//! What the rules that watch the log need to know: how far they have looked, how busy others are, and facts about
//! accounts and children that nobody is shown.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use super::audit::column;
use super::columns::text;
use super::connections::AnyConnection;
use super::dialect::on_each;
use super::errors::{StoreError, StoreResult};
use super::schema::{account, carer, child, child_pseudonym, decoy, involvement, watch, watch_day};
use crate::domain::accounts::Account;
use crate::domain::alerts::scenes::{Known, fold};
use crate::domain::audit::payloads::Pseudonym;
use crate::domain::children::Publication;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;

/// Keys asked for in one statement.
const CHUNK: usize = 250;
/// From so many days of others on there is a measure.
const LEAST_DAYS: usize = 5;
/// Days of others that are looked at.
const MOST_DAYS: i64 = 2_000;

/// Up to which event the rules have looked.
///
/// # Errors
/// As the database's.
pub fn get_watched_to(conn: &mut AnyConnection) -> StoreResult<u64> {
    let to: i64 = on_each!(conn, |c| watch::table.find(1).select(watch::watched_to).get_result(c))?;
    u64::try_from(to).map_err(|_| StoreError::broken("the watch has no place in the log"))
}

/// Moves on to `to`, unless another node has been there; then nothing is done and it says so.
///
/// # Errors
/// As the database's.
pub fn move_on(conn: &mut AnyConnection, from: u64, to: u64) -> StoreResult<bool> {
    let (from, to) = (column(from)?, column(to)?);
    let place = watch::table.filter(watch::id.eq(1)).filter(watch::watched_to.eq(from));
    let moved = on_each!(conn, |c| diesel::update(place).set(watch::watched_to.eq(to)).execute(c))?;
    Ok(moved == 1)
}

/// Adds to an account's accesses of a day.
///
/// # Errors
/// As the database's.
pub fn add_accesses(conn: &mut AnyConnection, account: Uuid, day: i32, accesses: i64) -> StoreResult<()> {
    let row = (watch_day::account_id.eq(account.to_string()), watch_day::day.eq(day), watch_day::accesses.eq(accesses));
    on_each!(conn, |c| diesel::insert_into(watch_day::table)
        .values(&row)
        .on_conflict((watch_day::account_id, watch_day::day))
        .do_update()
        .set(watch_day::accesses.eq(watch_day::accesses + accesses))
        .execute(c))?;
    Ok(())
}

/// Accounts that had accesses on a day.
///
/// # Errors
/// As the database's.
pub fn list_active(conn: &mut AnyConnection, day: i32) -> StoreResult<Vec<Uuid>> {
    let ids: Vec<String> = on_each!(conn, |c| watch_day::table
        .filter(watch_day::day.eq(day))
        .order(watch_day::account_id)
        .select(watch_day::account_id)
        .load(c))?;
    ids.iter().map(|id| text(id)).collect()
}

/// Forgets days before this one.
///
/// # Errors
/// As the database's.
pub fn forget_days(conn: &mut AnyConnection, before: i32) -> StoreResult<()> {
    on_each!(conn, |c| diesel::delete(watch_day::table.filter(watch_day::day.lt(before))).execute(c))?;
    Ok(())
}

/// The median of accesses a day among others of the account's organisation from `from` on; where these are too few,
/// among others of its sector and area; none where these are too few as well.
///
/// # Errors
/// As the database's.
pub fn median_of_peers(conn: &mut AnyConnection, of: &Account, from: i32) -> StoreResult<Option<i64>> {
    let (own, organisation) = (of.id.to_string(), of.organisation.to_string());
    let near: Vec<i64> = on_each!(conn, |c| watch_day::table
        .inner_join(account::table.on(account::id.eq(watch_day::account_id)))
        .filter(account::organisation_id.eq(&organisation))
        .filter(watch_day::account_id.ne(&own).and(watch_day::day.ge(from)))
        .order(watch_day::day.desc())
        .limit(MOST_DAYS)
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
        .limit(MOST_DAYS)
        .select(watch_day::accesses)
        .load(c))?;
    Ok(if wide.len() >= LEAST_DAYS { median(wide) } else { None })
}

fn median(mut numbers: Vec<i64>) -> Option<i64> {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).copied()
}

/// The family name of somebody called so, folded: the last word of the name.
#[must_use]
pub fn surname_of(name: &str) -> String {
    fold(name.split_whitespace().last().unwrap_or_default())
}

/// The family names of others of an account's organisation, folded.
///
/// # Errors
/// As the database's.
pub fn list_colleagues(conn: &mut AnyConnection, of: &Account) -> StoreResult<BTreeSet<String>> {
    let (own, organisation) = (of.id.to_string(), of.organisation.to_string());
    let names: Vec<String> = on_each!(conn, |c| account::table
        .filter(account::organisation_id.eq(&organisation))
        .filter(account::id.ne(&own).and(account::role.ne("system")))
        .order(account::id)
        .limit(MOST_DAYS)
        .select(account::name)
        .load(c))?;
    Ok(names.iter().map(|name| surname_of(name)).filter(|name| !name.is_empty()).collect())
}

type ChildRow = (Vec<u8>, i64, String, String, String, Option<String>, bool, String);

/// What the rules need to know of children, for an account; those that are gone are absent.
///
/// # Errors
/// As the database's.
pub fn list_known(
    conn: &mut AnyConnection,
    of: &Account,
    children: &BTreeSet<Pseudonym>,
) -> StoreResult<BTreeMap<Pseudonym, Known>> {
    let names: Vec<&[u8]> = children.iter().map(|name| name.0.as_slice()).collect();
    let organisation = of.organisation.to_string();
    let own = fold(&of.name);
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
        let ids: Vec<i64> = rows.iter().map(|row| row.1).collect();
        let homes: Vec<(i64, String)> = on_each!(conn, |c| carer::table
            .filter(carer::child_id.eq_any(&ids))
            .select((carer::child_id, carer::name))
            .load(c))?;
        let homes: BTreeSet<i64> =
            homes.into_iter().filter(|(_, name)| !own.is_empty() && fold(name) == own).map(|(id, _)| id).collect();
        let involved: Vec<i64> = on_each!(conn, |c| involvement::table
            .filter(involvement::child_id.eq_any(&ids))
            .filter(involvement::organisation_id.eq(&organisation))
            .select(involvement::child_id)
            .load(c))?;
        let decoys: Vec<i64> =
            on_each!(conn, |c| decoy::table.filter(decoy::child_id.eq_any(&ids)).select(decoy::child_id).load(c))?;
        for (name, id, family, area, publication, shield, sealed, supplier) in rows {
            let name = Pseudonym::try_from(name.as_slice())
                .map_err(|error| StoreError::broken_by("a stored pseudonym could not be read", &error))?;
            let known = Known {
                surname: fold(&family),
                area,
                own_home: homes.contains(&id),
                involved: involved.contains(&id) || supplier == organisation,
                hidden: shield.is_some() || sealed || publication == Publication::Held.code(),
                decoy: decoys.contains(&id),
            };
            all.insert(name, known);
        }
    }
    Ok(all)
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
