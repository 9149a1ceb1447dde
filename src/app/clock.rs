//! The clock: the only place that asks what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::instants::Instant;

/// What time it is: the system's, or one that a test moves.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's clock.
    #[default]
    System,
    /// A time that stands until it is moved, in microseconds since 1970 UTC.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn standing_at(at: Instant) -> Self {
        Self::Set(Arc::new(AtomicI64::new(at.0)))
    }

    /// Now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Instant {
        match self {
            Self::System => chrono::Utc::now().into(),
            Self::Set(at) => Instant(at.load(Ordering::Relaxed)),
        }
    }

    /// Moves a standing clock by `micros`; the system's is not ours to move.
    pub fn advance(&self, micros: i64) {
        if let Self::Set(at) = self {
            at.fetch_add(micros, Ordering::Relaxed);
        }
    }
}
