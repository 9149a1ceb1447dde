//! Jobs of the recorder: what is done in a transaction of its, and how whoever waits is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{Expected, Kind, Recorded};
use crate::domain::audit::events::Event;
use crate::domain::audit::receipts::Receipt;
use crate::domain::disclosures::Disclosure;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};

/// A piece of work as the thread sees it, whatever its value is.
pub(super) trait Job: Send {
    fn kind(&self) -> Kind;
    /// What it will ask for; nothing where nobody waits for it any more.
    fn expected(&self) -> Option<&Expected>;
    /// Does the work inside the open transaction and gives the events to append; none where it failed by itself.
    fn run(&mut self, conn: &mut AnyConnection) -> Vec<Event>;
    /// Tells whoever waits: the receipts of its events, or what kept the transaction from being committed.
    fn finish(self: Box<Self>, receipts: Result<&[Receipt], &StoreError>);
}

/// Work that gives a value with its events.
pub(super) struct Task<T, E, W> {
    pub(super) kind: Kind,
    pub(super) expected: Expected,
    pub(super) work: Option<W>,
    pub(super) value: Option<Result<T, E>>,
    pub(super) begun: Arc<AtomicBool>,
    pub(super) reply: oneshot::Sender<Result<Recorded<T>, E>>,
    /// Its place among those let in.
    pub(super) _place: OwnedSemaphorePermit,
}

impl<T, E, W> Job for Task<T, E, W>
where
    T: Send,
    E: From<StoreError> + Send,
    W: FnOnce(&mut AnyConnection) -> Result<Disclosure<T>, E> + Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn expected(&self) -> Option<&Expected> {
        Some(&self.expected).filter(|_| !self.reply.is_closed())
    }

    fn run(&mut self, conn: &mut AnyConnection) -> Vec<Event> {
        if self.reply.is_closed() {
            return Vec::new();
        }
        self.begun.store(true, Ordering::Release);
        let Some(work) = self.work.take() else { return Vec::new() };
        match work(conn) {
            Ok(disclosure) => {
                let (events, value) = disclosure.release();
                self.value = Some(Ok(value));
                events
            }
            Err(error) => {
                self.value = Some(Err(error));
                Vec::new()
            }
        }
    }

    fn finish(self: Box<Self>, receipts: Result<&[Receipt], &StoreError>) {
        let result = match (self.value, receipts) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.clone().into()),
            (Some(Ok(value)), Ok([receipt, ..])) => Ok(Recorded { value, receipt: *receipt }),
            // No value without a receipt, whatever went wrong.
            (_, Ok(_)) => Err(StoreError::broken("the work left no event").into()),
        };
        // Whoever waited may have gone: what was done is recorded all the same.
        let _gone = self.reply.send(result);
    }
}

/// Upkeep: work without a value and without an event.
pub(super) struct Upkeep<W> {
    pub(super) work: Option<W>,
    pub(super) outcome: Option<StoreResult<()>>,
    pub(super) reply: oneshot::Sender<StoreResult<()>>,
}

impl<W> Job for Upkeep<W>
where
    W: FnOnce(&mut AnyConnection) -> StoreResult<()> + Send,
{
    fn kind(&self) -> Kind {
        Kind::Beside
    }

    fn expected(&self) -> Option<&Expected> {
        None
    }

    fn run(&mut self, conn: &mut AnyConnection) -> Vec<Event> {
        self.outcome = self.work.take().map(|work| work(conn));
        Vec::new()
    }

    fn finish(self: Box<Self>, receipts: Result<&[Receipt], &StoreError>) {
        let result = receipts.map_err(Clone::clone).and(self.outcome.unwrap_or(Ok(())));
        let _gone = self.reply.send(result);
    }
}
