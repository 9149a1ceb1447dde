//! Settling: what a deferring load has stored is compared with whom it shielded afterwards, everybody's keys are derived
//! from the rows, and all are written in the order of their tables. Cut off anywhere, it is simply done again.

use std::collections::HashMap;

use super::deferrals::Holding;
use super::drafts::hidden_plan;
use super::hidden::{HiddenChildren, Household};
use super::pipelines::{ahead, in_order};
use super::{LoadOptions, Notice, events};
use crate::app::{Failure, searches};
use crate::domain::audit::payloads::ChildShown;
use crate::domain::children::Shield;
use crate::domain::ids::ChildId;
use crate::domain::instants::Instant;
use crate::domain::matching::{Frequencies, Key, KeySecret, Profile};
use crate::domain::policy::CaseKind;
use crate::store::audit::{append, lock_head};
use crate::store::connections::{AnyConnection, Purpose};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::key_sorts::KeySort;
use crate::store::shields::{self, PutOn};
use crate::store::transactions::write_tx;
use crate::store::unsettled::{self, Unkeyed};
use crate::store::{cases, children, loads};

/// Children read at a time.
const BATCH: u16 = 1_000;
/// Keys that share a transaction: some ten megabytes of the write-ahead log.
const KEYS: usize = 500_000;

/// How far a load is settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settling {
    /// The keys of so many children, of so many, have been derived.
    Deriving(u64, u64),
    /// So many parts of the keys, of so many, have been written.
    Writing(u64, u64),
    /// Indexes are made.
    Indexing,
}

/// Settles what a load that was cut off has left over, if any has.
///
/// # Errors
/// [`Failure::Busy`] where anybody else uses the index; as the database's.
pub fn settle(options: &LoadOptions, mut notify: impl FnMut(Notice<'_>)) -> Result<(), Failure> {
    let holding = Holding::take(&options.url)?;
    settle_held(options, &holding, &mut notify).map(drop)
}

/// The same under a hold that is taken already; how many children were shielded on the way.
pub(super) fn settle_held(
    options: &LoadOptions,
    holding: &Holding,
    notify: &mut impl FnMut(Notice<'_>),
) -> Result<u64, Failure> {
    let mut conn = loads::open(&options.url)?;
    let Some(first) = unsettled::find_first(&mut conn)? else { return Ok(0) };
    let Some(path) = options.url.sqlite_path().filter(|_| holding.alone) else { return Err(Failure::Busy) };
    let sorts = (KeySort::new(path, "search-keys"), KeySort::new(path, "household-keys"));
    let mut settler = Settler::open(options, conn, sorts)?;
    settler.derive(first, notify)?;
    let covered = settler.covered;
    settler.write(first, notify)?;
    Ok(covered)
}

struct Settler<'a> {
    options: &'a LoadOptions,
    conn: AnyConnection,
    frequencies: Frequencies,
    due: Due,
    search: KeySort,
    household: KeySort,
    covered: u64,
}

/// Whom loads that are not settled have shielded.
struct Due {
    hidden: HiddenChildren,
    /// Below which id others are still to be compared with each.
    seen_to: HashMap<ChildId, ChildId>,
    /// The largest of these ids.
    most: ChildId,
}

/// What follows from a child's rows.
struct Derived {
    child: Unkeyed,
    search_keys: Vec<Key>,
    household_keys: Vec<Key>,
    /// What it could be recognised by, and under which keys, where it is to be compared.
    whole: Option<(Profile, Vec<(Key, f32)>)>,
}

/// A shield for a child that was stored before another was shielded.
struct Hit {
    child: ChildId,
    shield: Shield,
    /// Whether the two might be one, so that a person must look.
    alike: bool,
}

impl Due {
    fn read(conn: &mut AnyConnection, secret: &KeySecret) -> StoreResult<Self> {
        let (mut hidden, mut seen_to) = (HiddenChildren::new(secret), HashMap::new());
        let mut most = ChildId(0);
        for (child, until) in unsettled::list_shields(conn)? {
            if let Some(found) = shields::find_hidden(conn, secret, child)? {
                hidden.put(found, true);
                seen_to.insert(child, until);
                most = most.max(until);
            }
        }
        Ok(Self { hidden, seen_to, most })
    }

    /// The shield that a child stored earlier gets, if it gets one.
    fn hit(&mut self, derived: &Derived, frequencies: &Frequencies) -> Option<Hit> {
        let Self { hidden, seen_to, .. } = self;
        let (profile, plan) = derived.whole.as_ref()?;
        let child = derived.child.id();
        let wanted = |other: ChildId| other != child && seen_to.get(&other).is_some_and(|until| child < *until);
        if let Household::Decided(shield) = hidden.household_of(&derived.household_keys, wanted) {
            return Some(Hit { child, shield, alike: false });
        }
        if derived.child.is_shielded() {
            return None;
        }
        let shield = hidden.shield_of_lookalikes(plan, profile, frequencies, wanted)?;
        Some(Hit { child, shield: Shield { reviewed_at: None, ..shield }, alike: true })
    }
}

impl<'a> Settler<'a> {
    fn open(
        options: &'a LoadOptions,
        mut conn: AnyConnection,
        (search, household): (KeySort, KeySort),
    ) -> Result<Self, Failure> {
        let due = Due::read(&mut conn, &options.settings.keys)?;
        let frequencies = searches::frequencies(&mut conn)?;
        Ok(Self { options, conn, frequencies, due, search, household, covered: 0 })
    }

    /// Reads every child of the load, shields those who must be, and sorts what all are found by.
    fn derive(&mut self, first: ChildId, notify: &mut impl FnMut(Notice<'_>)) -> Result<(), Failure> {
        let (secret, most) = (self.options.settings.keys, self.due.most);
        let hidden = secret.hidden();
        let whole = children::next_id(&mut self.conn)?.0.saturating_sub(first.0).unsigned_abs();
        let reader = AnyConnection::open(&self.options.url, Purpose::Read)?;
        let stored = Stored { conn: reader, after: ChildId(first.0.saturating_sub(1)), ended: false };
        let derive = |batch: StoreResult<Vec<Unkeyed>>| -> StoreResult<Vec<Derived>> {
            Ok(batch?.into_iter().map(|child| derived(child, &secret, &hidden, most)).collect())
        };
        let mut done: u64 = 0;
        in_order(stored, derive, |batch| {
            let batch = batch?;
            self.take(&batch)?;
            done = done.saturating_add(u64::try_from(batch.len()).unwrap_or(u64::MAX));
            notify(Notice::Settling(Settling::Deriving(done, whole)));
            Ok(())
        })
    }

    fn take(&mut self, batch: &[Derived]) -> Result<(), Failure> {
        let hits: Vec<Hit> = batch.iter().filter_map(|derived| self.due.hit(derived, &self.frequencies)).collect();
        let mut shielded: HashMap<ChildId, PutOn> = HashMap::new();
        if !hits.is_empty() {
            shielded = self.shield(&hits)?;
        }
        for derived in batch {
            let id = derived.child.id();
            let keys = shielded.get(&id).map_or(&derived.search_keys, |done| &done.search_keys);
            self.search.push(keys, id)?;
            self.household.push(&derived.household_keys, id)?;
        }
        Ok(())
    }

    /// Shields in one transaction with the events that record it.
    fn shield(&mut self, hits: &[Hit]) -> Result<HashMap<ChildId, PutOn>, Failure> {
        let (options, now) = (self.options, self.options.clock.now());
        let done = write_tx(&mut self.conn, |conn| -> Result<_, Failure> {
            let mut head = lock_head(conn)?;
            let done = shield_all(conn, &options.settings.keys, hits, now)?;
            let told = |done: &PutOn| ChildShown::new(done.pseudonym).at_version(done.version).protected(true);
            let told = hits.iter().filter_map(|hit| done.get(&hit.child)).map(told).collect();
            append(conn, &mut head, &events::shielded(options, now, told))?;
            Ok(done)
        })?;
        self.covered = self.covered.saturating_add(u64::try_from(done.len()).unwrap_or(u64::MAX));
        Ok(done)
    }

    /// Writes the sorted keys and ends the load.
    fn write(self, first: ChildId, notify: &mut impl FnMut(Notice<'_>)) -> Result<(), Failure> {
        let Self { mut conn, search, household, .. } = self;
        unsettled::clear_keys(&mut conn, first)?;
        let (search, household) = (search.into_sorted(), household.into_sorted());
        let whole = u64::try_from(search.len().saturating_add(household.len())).unwrap_or(u64::MAX);
        let mut done: u64 = 0;
        let mut tell = || {
            done = done.saturating_add(1);
            notify(Notice::Settling(Settling::Writing(done, whole)));
        };
        ahead(search, |part| -> StoreResult<()> {
            part?.chunks(KEYS).try_for_each(|pairs| unsettled::insert_search_keys(&mut conn, pairs))?;
            tell();
            Ok(())
        })?;
        ahead(household, |part| -> StoreResult<()> {
            part?.chunks(KEYS).try_for_each(|pairs| unsettled::insert_household_keys(&mut conn, pairs))?;
            tell();
            Ok(())
        })?;
        notify(Notice::Settling(Settling::Indexing));
        unsettled::restore_indexes(&mut conn)?;
        Ok(unsettled::end(&mut conn)?)
    }
}

fn derived(child: Unkeyed, secret: &KeySecret, hidden: &KeySecret, most: ChildId) -> Derived {
    let whole = (child.id() < most).then(|| child.whole_profile());
    Derived {
        search_keys: child.search_keys(secret),
        household_keys: child.household_keys(secret),
        whole: whole.map(|profile| {
            let plan = hidden_plan(&profile, hidden);
            (profile, plan)
        }),
        child,
    }
}

fn shield_all(
    conn: &mut AnyConnection,
    secret: &KeySecret,
    hits: &[Hit],
    now: Instant,
) -> StoreResult<HashMap<ChildId, PutOn>> {
    let mut shielded = HashMap::with_capacity(hits.len());
    for hit in hits {
        let Some(done) = shields::put_on(conn, secret, hit.child, hit.shield, now)? else { continue };
        if hit.alike {
            cases::open(conn, hit.child, CaseKind::Shield, &done.area, None, now)?;
        }
        shielded.insert(hit.child, done);
    }
    Ok(shielded)
}

/// The children of a load as they are stored, batch by batch.
struct Stored {
    conn: AnyConnection,
    after: ChildId,
    ended: bool,
}

impl Iterator for Stored {
    type Item = Result<Vec<Unkeyed>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let batch = unsettled::list_children(&mut self.conn, self.after, BATCH);
        match batch.as_ref().map(|batch| batch.last().map(Unkeyed::id)) {
            Ok(Some(last)) => self.after = last,
            Ok(None) => return None,
            Err(_) => self.ended = true,
        }
        Some(batch)
    }
}
