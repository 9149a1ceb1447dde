//! What the recorder has done, and who waits for it.

use std::sync::atomic::{AtomicU64, Ordering};

/// What the recorder has done since it started; for metrics.
#[derive(Debug, Default)]
pub struct Tally {
    /// Jobs waiting now, those at the door among them.
    pub waiting: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Events made durable.
    pub events: AtomicU64,
    /// Transactions that failed, with every job in them.
    pub failures: AtomicU64,
}

/// One more who waits, until it is dropped.
pub(super) struct Waiting<'a>(&'a Tally);

impl<'a> Waiting<'a> {
    pub(super) fn among(tally: &'a Tally) -> Self {
        tally.waiting.fetch_add(1, Ordering::Relaxed);
        Self(tally)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
