//! Connections to either database, opened with the settings the service relies on, and aware of having failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{Connection, Instrumentation, InstrumentationEvent};
use diesel::r2d2::{ManageConnection, R2D2Connection};

pub use super::database_url::{DatabaseUrl, UrlRefusal};
use super::errors::{self, StoreError, StoreResult};
use super::memories::Memory;
use super::settings;

pub use any::AnyConnection;

mod any {
    #![allow(missing_docs, reason = "the derive writes items of its own")]

    use diesel::prelude::*;
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database. Hot statements reach the inner one through `dialect::on_each!`.
    #[derive(diesel::MultiConnection)]
    pub enum AnyConnection {
        /// Embedded.
        Sqlite(SqliteConnection),
        /// Shared between nodes.
        Postgres(PgConnection),
    }
}

/// What a connection is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Reading only; the database refuses anything else.
    Read,
    /// Short transactions that read and write.
    Write,
    /// Migrations and bulk loads: as [`Purpose::Write`], without a limit on time.
    Maintain,
    /// Verification and exports: as [`Purpose::Read`], without a limit on time.
    Inspect,
}

impl Purpose {
    /// Whether nothing is to be written.
    #[must_use]
    pub const fn only_reads(self) -> bool {
        matches!(self, Self::Read | Self::Inspect)
    }
}

impl AnyConnection {
    /// Opens a connection and makes sure of its settings.
    ///
    /// # Errors
    ///
    /// [`StoreError::Broken`] with a sentence for the operator where the database cannot be reached, is not what the
    /// service can keep its promises on, or is on another machine and this build has no TLS.
    pub fn open(url: &DatabaseUrl, purpose: Purpose) -> StoreResult<Self> {
        Self::open_in(url, purpose, &Epoch::default())
    }

    fn open_in(url: &DatabaseUrl, purpose: Purpose, epoch: &Epoch) -> StoreResult<Self> {
        let mut conn = match url.sqlite_path() {
            Some(path) => Self::Sqlite(settings::open_sqlite(path, purpose)?),
            None => Self::Postgres(settings::open_postgres(url, purpose)?),
        };
        conn.set_instrumentation(Companion {
            failed: false,
            refused: false,
            opened_in: epoch.now(),
            epoch: epoch.clone(),
            memory: Memory::default(),
        });
        Ok(conn)
    }

    /// Whether this connection must be closed: a statement failed with anything but a constraint, or another
    /// connection of the same pool has lost the server since this one was opened.
    pub fn is_broken(&mut self) -> bool {
        self.companion().is_none_or(|companion| companion.is_broken())
    }

    /// Makes sure that this connection is closed rather than used again.
    pub fn mark_broken(&mut self) {
        if let Some(companion) = self.companion() {
            companion.failed = true;
        }
    }

    /// Whether a constraint has refused a statement since [`AnyConnection::forget_refusals`]: PostgreSQL has then lost
    /// the transaction, and would answer COMMIT with a silent rollback.
    pub(super) fn was_refused(&mut self) -> bool {
        self.companion().is_some_and(|companion| companion.refused)
    }

    /// At the beginning of a transaction or savepoint, and after rolling one back.
    pub(super) fn forget_refusals(&mut self) {
        if let Some(companion) = self.companion() {
            companion.refused = false;
        }
    }

    /// What this connection remembers; only the recorder's is ever opened.
    pub(super) fn memory(&mut self) -> Option<&mut Memory> {
        self.companion().map(|companion| &mut companion.memory)
    }

    fn companion(&mut self) -> Option<&mut Companion> {
        self.instrumentation().downcast_mut::<Companion>()
    }
}

/// What goes with a connection: its health, for which diesel tells of every statement's end, so that no caller can
/// forget to report a failure; and what it remembers.
struct Companion {
    failed: bool,
    refused: bool,
    opened_in: u64,
    epoch: Epoch,
    memory: Memory,
}

impl Companion {
    fn is_broken(&self) -> bool {
        self.failed || self.opened_in != self.epoch.now()
    }
}

impl Instrumentation for Companion {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let InstrumentationEvent::FinishQuery { error: Some(error), .. } = event else { return };
        if errors::is_constraint(error) {
            self.refused = true;
            return;
        }
        self.failed = true;
        if errors::is_disconnection(error) {
            self.epoch.end(self.opened_in);
        }
    }
}

/// Counts how often the server has been lost. After a restart the idle connections of a pool are all dead; the first
/// one to notice ends the epoch, and none of the others is handed out again.
#[derive(Clone, Default)]
struct Epoch(Arc<AtomicU64>);

impl Epoch {
    fn now(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Ends the epoch once, however many connections of it fail.
    fn end(&self, epoch: u64) {
        let next = epoch.wrapping_add(1);
        // Somebody else may have ended it already; then there is nothing left to do.
        let _ended_before = self.0.compare_exchange(epoch, next, Ordering::AcqRel, Ordering::Acquire);
    }
}

/// Opens connections for r2d2 according to the URL's scheme, and knows which of them have failed.
pub(super) struct Manager {
    url: DatabaseUrl,
    purpose: Purpose,
    epoch: Epoch,
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl, purpose: Purpose) -> Self {
        Self { url, purpose, epoch: Epoch::default() }
    }
}

impl ManageConnection for Manager {
    type Connection = AnyConnection;
    type Error = StoreError;

    fn connect(&self) -> Result<AnyConnection, StoreError> {
        AnyConnection::open_in(&self.url, self.purpose, &self.epoch)
    }

    fn is_valid(&self, conn: &mut AnyConnection) -> Result<(), StoreError> {
        Ok(R2D2Connection::ping(conn)?)
    }

    fn has_broken(&self, conn: &mut AnyConnection) -> bool {
        // diesel's own answer is about transactions: one left open, or one that could not be ended.
        std::thread::panicking() || conn.is_broken() || R2D2Connection::is_broken(conn)
    }
}
