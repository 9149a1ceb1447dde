//! What accounts did in the last day, kept in memory as far as the log has been read.

use std::collections::{BTreeMap, VecDeque};

use uuid::Uuid;

use crate::app::Failure;
use crate::domain::alerts::accesses::Access;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::instants::{DAY, HOUR, Instant};
use crate::store::audit;
use crate::store::connections::AnyConnection;

/// Events read at a time.
const READ: i64 = 1_000;
/// The most accesses kept, some 200 bytes each; beyond, less than a day is.
const MOST_KEPT: usize = 500_000;
/// The most accesses kept of one account: the newest.
const MOST_OF_ONE: usize = 1_000;

/// The accesses of the last day before the newest that was read.
#[derive(Default)]
pub(super) struct Window {
    /// The first event that was not read.
    to: u64,
    newest: Instant,
    kept: usize,
    accounts: BTreeMap<Uuid, VecDeque<Access>>,
}

/// The account whose event it is.
pub(super) fn caller(event: &RecordedEvent) -> Option<Uuid> {
    event.payload.as_ref()?.account
}

impl Window {
    /// Has read all events of the last day before `from`, and none after.
    pub(super) fn reach(&mut self, conn: &mut AnyConnection, from: u64) -> Result<(), Failure> {
        if self.to > from {
            self.put_back(from);
        }
        if self.to < from {
            let last = audit::find_event(conn, from.saturating_sub(1))?;
            let since = last.map(|last| Instant::from(last.at).plus(-DAY).to_utc());
            let first = since.map(|since| audit::first_index_at(conn, since)).transpose()?;
            self.to = self.to.max(first.unwrap_or(from)).min(from);
        }
        while self.to < from {
            let events = audit::list_from(conn, self.to, READ)?;
            for event in events.iter().take_while(|event| event.index < from) {
                self.take(event);
            }
            match events.last() {
                Some(last) => self.to = last.index.saturating_add(1).min(from),
                None => self.to = from,
            }
        }
        Ok(())
    }

    /// Takes the next event, and gives the access that it was.
    pub(super) fn take(&mut self, event: &RecordedEvent) -> Option<(Uuid, Access)> {
        self.to = event.index.saturating_add(1);
        self.newest = self.newest.max(event.at.into());
        let (account, access) = (caller(event)?, Access::of(event)?);
        let accesses = self.accounts.entry(account).or_default();
        accesses.push_back(access.clone());
        self.kept = self.kept.saturating_add(1);
        if accesses.len() > MOST_OF_ONE {
            accesses.pop_front();
            self.kept = self.kept.saturating_sub(1);
        }
        Some((account, access))
    }

    /// An account's accesses, oldest first.
    pub(super) fn of(&self, account: Uuid) -> Vec<Access> {
        self.accounts.get(&account).map(|accesses| accesses.iter().cloned().collect()).unwrap_or_default()
    }

    /// Forgets what is more than a day old, and more where too much is kept.
    pub(super) fn forget(&mut self) {
        for hours in (1..=24).rev() {
            let before = self.newest.plus(-hours * HOUR);
            self.retain(|access| access.at > before);
            if self.kept <= MOST_KEPT {
                return;
            }
        }
    }

    /// Another node has not come as far as this one read.
    fn put_back(&mut self, from: u64) {
        self.retain(|access| access.index < from);
        self.to = from;
    }

    fn retain(&mut self, keeps: impl Fn(&Access) -> bool) {
        for accesses in self.accounts.values_mut() {
            accesses.retain(&keeps);
        }
        self.accounts.retain(|_, accesses| !accesses.is_empty());
        self.kept = self.accounts.values().map(VecDeque::len).sum();
    }
}
