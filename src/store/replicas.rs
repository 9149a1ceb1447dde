//! A copy of the database that follows it, for wide reading: used while it is known to be recent, and else let alone.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::audit;
use super::connections::DatabaseUrl;
use super::errors::{StoreError, StoreResult};
use super::pools::Pool;

/// What this node saw of the log so long ago, a copy must have.
const BOUND: Duration = Duration::from_secs(1);
/// How close together the log's sizes are kept.
const GRAIN: Duration = Duration::from_millis(100);
/// How often a reader looks whether a copy has caught up with what was changed just now, and what lies between.
const LOOKS: usize = 5;
const BETWEEN: Duration = Duration::from_millis(10);
/// How long a copy that was behind or could not be reached is let alone.
const DISTRUST: Duration = Duration::from_secs(1);

/// How far this node has seen the log grow. Whatever changes the index leaves an event, so that who has the log up to an
/// event has what was changed with it.
#[derive(Debug, Default)]
pub struct Growth(Mutex<Marks>);

#[derive(Debug, Default)]
struct Marks {
    changes: u64,
    changed: u64,
    settled: u64,
    recent: VecDeque<(Instant, u64)>,
}

impl Growth {
    /// Notes the log's size after a batch, and whether the batch changed anything.
    pub(super) fn note(&self, now: Instant, size: u64, changed: bool) {
        let mut marks = lock(&self.0);
        marks.settle(now);
        if changed {
            marks.changes = marks.changes.wrapping_add(1);
            marks.changed = size;
        }
        if marks.recent.back().is_none_or(|(at, _)| now.saturating_duration_since(*at) >= GRAIN) {
            marks.recent.push_back((now, size));
        }
    }

    /// Has those who read one state of the database for a while take a new one.
    pub(super) fn renew(&self) {
        let mut marks = lock(&self.0);
        marks.changes = marks.changes.wrapping_add(1);
    }

    /// A number that is another after each batch of this node that may have changed something.
    #[must_use]
    pub fn changes(&self) -> u64 {
        lock(&self.0).changes
    }

    /// The size that the log must have in a copy: with all that this node changed, and all that it saw a second ago.
    fn wanted(&self, now: Instant) -> u64 {
        let mut marks = lock(&self.0);
        marks.settle(now);
        marks.changed.max(marks.settled)
    }
}

impl Marks {
    fn settle(&mut self, now: Instant) {
        while let Some((at, size)) = self.recent.front().copied()
            && now.saturating_duration_since(at) >= BOUND
        {
            self.settled = size;
            self.recent.pop_front();
        }
    }
}

/// Connections to a copy.
pub struct Replica {
    pool: Pool,
    reached: AtomicU64,
    distrusted: Mutex<Option<Instant>>,
}

impl Replica {
    /// A copy, which need not be there yet; `size` as of [`Pool::open`].
    #[must_use]
    pub fn new(url: &DatabaseUrl, size: Option<u32>) -> Self {
        Self { pool: Pool::open_later(url, size), reached: AtomicU64::new(0), distrusted: Mutex::new(None) }
    }

    /// Its connections, where it has what `growth` asks for, now or in a moment; none where the database itself is to be
    /// read.
    pub async fn recent(&self, growth: &Growth) -> Option<&Pool> {
        let now = Instant::now();
        if lock(&self.distrusted).is_some_and(|since| now.saturating_duration_since(since) < DISTRUST) {
            return None;
        }
        let found = self.catch_up(growth.wanted(now)).await;
        let before = {
            let mut distrusted = lock(&self.distrusted);
            let before = distrusted.is_some();
            *distrusted = if matches!(found, Ok(true)) { None } else { Some(Instant::now()) };
            before
        };
        match (found, before) {
            (Ok(true), true) => tracing::info!("the replica is recent again and is read"),
            (Ok(false), false) => tracing::warn!("the replica is behind; the database itself is read"),
            (Err(error), false) => tracing::warn!(%error, "the replica cannot be read; the database itself is"),
            _ => {}
        }
        lock(&self.distrusted).is_none().then_some(&self.pool)
    }

    /// Whether it has the log up to a size, or gets it while one waits.
    async fn catch_up(&self, wanted: u64) -> StoreResult<bool> {
        for look in 0..LOOKS {
            if self.reached.load(Ordering::Relaxed) >= wanted {
                return Ok(true);
            }
            if look > 0 {
                tokio::time::sleep(BETWEEN).await;
            }
            let size = self.pool.run(|conn| Ok::<_, StoreError>(audit::get_head(conn)?.size())).await?;
            // A copy that was made anew may have less than the one before it.
            self.reached.store(size, Ordering::Relaxed);
        }
        Ok(self.reached.load(Ordering::Relaxed) >= wanted)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_is_wanted_at_once_and_what_was_read_only_after_the_bound() {
        let (growth, start) = (Growth::default(), Instant::now());
        growth.note(start, 10, false);
        assert_eq!(growth.wanted(start), 0);
        growth.note(start, 12, true);
        assert_eq!(growth.wanted(start), 12);
        growth.note(start + GRAIN, 15, false);
        assert_eq!(growth.wanted(start + GRAIN), 12);
        assert_eq!(growth.wanted(start + GRAIN + BOUND), 15);
    }

    #[test]
    fn sizes_close_together_are_one_mark() {
        let (growth, start) = (Growth::default(), Instant::now());
        for size in 0..1_000 {
            growth.note(start, size, false);
        }
        assert_eq!(lock(&growth.0).recent.len(), 1);
    }
}
