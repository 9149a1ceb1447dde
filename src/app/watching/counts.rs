//! How much accounts did on which day and for which reasons: kept in memory for a while, so that the recorder is seldom
//! asked to write it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::app::{Failure, Index};
use crate::domain::instants::{Instant, SECOND};
use crate::store::connections::AnyConnection;
use crate::store::watching::{self, Counted};

/// Written in one transaction: few enough that nobody notices.
const CHUNK: usize = 250;
/// So many are written at once after each round; more wait.
const FEW: usize = 500;
/// How long counts wait at most.
const WAITING: i64 = 5 * 60 * SECOND;

/// Counts that are not written yet.
#[derive(Default)]
pub(super) struct Counts {
    counts: BTreeMap<Counted, i64>,
    written_at: Instant,
}

impl Counts {
    pub(super) fn add(&mut self, counted: BTreeMap<Counted, i64>) {
        for (key, more) in counted {
            let count = self.counts.entry(key).or_default();
            *count = count.saturating_add(more);
        }
    }

    /// Adds what an account stated from a day on to what is known of it.
    pub(super) fn add_to(&self, account: Uuid, from: i32, stated: &mut BTreeMap<String, i64>) {
        let first = Counted { account, day: from, reason: String::new() };
        for (counted, more) in self.counts.range(first..).take_while(|(counted, _)| counted.account == account) {
            let count = stated.entry(counted.reason.clone()).or_default();
            *count = count.saturating_add(*more);
        }
    }

    /// Writes them, where they are few or have waited long enough.
    pub(super) async fn flush(&mut self, index: &Index) -> Result<(), Failure> {
        let now = index.now();
        let waits = self.counts.len() > FEW && now < self.written_at.plus(WAITING);
        if self.counts.is_empty() || waits {
            return Ok(());
        }
        let counts: Vec<(Counted, i64)> = std::mem::take(&mut self.counts).into_iter().collect();
        let mut written = 0_usize;
        for chunk in counts.chunks(CHUNK) {
            let rows = chunk.to_vec();
            let write = move |conn: &mut AnyConnection| {
                rows.iter().try_for_each(|(counted, accesses)| watching::add_accesses(conn, counted, *accesses))
            };
            if let Err(error) = index.recorder().maintain(write).await {
                self.add(counts.into_iter().skip(written).collect());
                return Err(error.into());
            }
            written = written.saturating_add(chunk.len());
        }
        self.written_at = now;
        Ok(())
    }
}
