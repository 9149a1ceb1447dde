//! The ledger of a batch: what its jobs count against budgets and hand out, which on PostgreSQL is read beforehand and written
//! when all are done, by one statement for each table and not by several for each job.
//!
//! Every batch of every node holds the lock of the log's head, so that nobody else counts meanwhile. A batch that is rolled
//! back takes its ledger with it.

mod statements;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use self::statements::{AddToBudgets, KeepHandles, MarkSeen, SeenAmong};
use super::connections::AnyConnection;
use super::errors::StoreResult;
use super::memories;
use super::schema::budget;
use crate::domain::ids::{AccountId, ChildId};
use crate::domain::instants::Instant;

/// Whether an account was shown a child on a day.
type Sight = (AccountId, i32, ChildId);
/// A budget: whose, of what kind, from when on.
type Window = (String, String, i64);

/// What a batch has counted so far.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// Of whom and since when all budgets were read.
    read: HashSet<(String, i64)>,
    /// What was used before this batch.
    used: HashMap<Window, i64>,
    /// What this batch adds to that.
    added: BTreeMap<Window, i64>,
    /// What was looked for, and whether it was so before this batch.
    seen: HashMap<Sight, bool>,
    /// What is so from this batch on.
    marked: BTreeSet<Sight>,
    /// Handles given out: their names, to whom, until when, and of which children.
    handles: Vec<(Vec<u8>, String, i64, Vec<u8>)>,
}

impl Ledger {
    fn add(&mut self, window: Window, amount: i64) -> i64 {
        let before = self.used.get(&window).copied().unwrap_or(0);
        let added = self.added.entry(window).or_default();
        *added = added.saturating_add(amount);
        before.saturating_add(*added)
    }

    fn is_seen(&self, sight: &Sight) -> Option<bool> {
        if self.marked.contains(sight) { Some(true) } else { self.seen.get(sight).copied() }
    }
}

/// The ledger, where one is open.
fn open(conn: &mut AnyConnection) -> Option<&mut Ledger> {
    memories::of(conn)?.ledger.as_mut()
}

/// Adds to what `owner` used of a budget and gives the new sum; nothing where no ledger is open.
///
/// # Errors
/// As the database's.
pub(super) fn add(
    conn: &mut AnyConnection,
    owner: &str,
    kind: &str,
    window: Instant,
    amount: i64,
) -> StoreResult<Option<i64>> {
    let Some(ledger) = open(conn) else { return Ok(None) };
    if !ledger.read.contains(&(owner.to_owned(), window.0)) {
        read_budgets(conn, &[owner.to_owned()].into(), &[window.0].into())?;
    }
    Ok(open(conn).map(|ledger| ledger.add((owner.to_owned(), kind.to_owned(), window.0), amount)))
}

/// How many of these children have not been shown to an account on a day; nothing where no ledger is open.
///
/// # Errors
/// As the database's.
pub(super) fn count_unseen(
    conn: &mut AnyConnection,
    account: AccountId,
    day: i32,
    children: &[ChildId],
) -> StoreResult<Option<usize>> {
    let Some(ledger) = open(conn) else { return Ok(None) };
    let sights = children.iter().map(|child| (account, day, *child));
    let unknown: BTreeSet<Sight> = sights.clone().filter(|sight| ledger.is_seen(sight).is_none()).collect();
    if !unknown.is_empty() {
        read_sights(conn, &unknown)?;
    }
    let unseen = |ledger: &mut Ledger| sights.filter(|sight| ledger.is_seen(sight) != Some(true)).count();
    Ok(open(conn).map(unseen))
}

/// Marks children as shown to an account on a day; false where no ledger is open.
pub(super) fn mark(conn: &mut AnyConnection, account: AccountId, day: i32, children: &[ChildId]) -> bool {
    let Some(ledger) = open(conn) else { return false };
    let new = children.iter().map(|child| (account, day, *child));
    let new: Vec<Sight> = new.filter(|sight| ledger.is_seen(sight) != Some(true)).collect();
    ledger.marked.extend(new);
    true
}

/// Keeps a handle until the ledger is settled; false where none is open.
pub(super) fn keep_handle(conn: &mut AnyConnection, id: &[u8], account: &str, expires: i64, children: &[u8]) -> bool {
    let Some(ledger) = open(conn) else { return false };
    ledger.handles.push((id.to_vec(), account.to_owned(), expires, children.to_vec()));
    true
}

/// Reads what these owners used of their budgets in these windows into the ledger.
///
/// # Errors
/// As the database's.
pub(super) fn read_budgets(
    conn: &mut AnyConnection,
    owners: &BTreeSet<String>,
    windows: &BTreeSet<i64>,
) -> StoreResult<()> {
    let AnyConnection::Postgres(inner) = &mut *conn else { return Ok(()) };
    let found: Vec<(String, String, i64, i64)> = budget::table
        .filter(budget::owner_id.eq_any(owners))
        .filter(budget::window_start.eq_any(windows))
        .select((budget::owner_id, budget::kind, budget::window_start, budget::used))
        .load(inner)?;
    let Some(ledger) = open(conn) else { return Ok(()) };
    ledger.read.extend(owners.iter().flat_map(|owner| windows.iter().map(|window| (owner.clone(), *window))));
    ledger.used.extend(found.into_iter().map(|(owner, kind, window, used)| ((owner, kind, window), used)));
    Ok(())
}

/// Reads which of these are so into the ledger.
///
/// # Errors
/// As the database's.
pub(super) fn read_sights(conn: &mut AnyConnection, sights: &BTreeSet<Sight>) -> StoreResult<()> {
    let AnyConnection::Postgres(inner) = &mut *conn else { return Ok(()) };
    let places: Vec<i64> = SeenAmong::new(sights).load(inner)?;
    let Some(ledger) = open(conn) else { return Ok(()) };
    let found: BTreeSet<i64> = places.into_iter().collect();
    ledger.seen.extend((1..).zip(sights).map(|(place, sight)| (*sight, found.contains(&place))));
    Ok(())
}

/// Writes what the batch counted.
///
/// # Errors
/// As the database's.
pub(super) fn settle(conn: &mut AnyConnection) -> StoreResult<()> {
    let Some(Ledger { mut added, marked, handles, .. }) = memories::of(conn).and_then(|memory| memory.ledger.take())
    else {
        return Ok(());
    };
    let AnyConnection::Postgres(inner) = &mut *conn else { return Ok(()) };
    added.retain(|_, amount| *amount != 0);
    if !added.is_empty() {
        AddToBudgets::new(added).execute(inner)?;
    }
    if !marked.is_empty() {
        MarkSeen::new(&marked).execute(inner)?;
    }
    if !handles.is_empty() {
        KeepHandles::new(handles).execute(inner)?;
    }
    Ok(())
}
