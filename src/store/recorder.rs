//! The recorder: one thread and one connection that answer, record and commit in groups, so that nothing leaves unrecorded.
//!
//! A job reads (and may change) what it needs and gives back a sealed value with its events. Up to `BATCH` jobs
//! share one transaction: their events are appended under the locked head of the audit log, the transaction is
//! committed with full synchronisation, and only then is each value released to whoever waits for it.

mod expectations;
mod jobs;
mod tallies;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub use self::expectations::{Expected, Moment};
use self::jobs::{Job, Task, Upkeep};
pub use self::tallies::Tally;
use self::tallies::Waiting;
use super::audit;
use super::connections::{AnyConnection, DatabaseUrl, Purpose};
use super::database_files::DatabaseFiles;
use super::dialect;
use super::errors::{StoreError, StoreResult};
use super::ledgers;
use super::memories;
use super::replicas::Growth;
use super::transactions::write_tx;
use super::unsettled;
use crate::domain::audit::receipts::Receipt;
use crate::domain::disclosures::Disclosure;

/// The most jobs that share one commit on SQLite.
const BATCH: usize = 256;
/// The same on PostgreSQL, where a job takes several times as long: a quarter of a second would be added to the wait of whoever
/// was let in last.
const POSTGRES_BATCH: usize = 128;
/// How many batches' jobs are let in: one that is committed and one that lines up meanwhile. Whoever comes later waits at the
/// door, so that a turn, once somebody is let in, comes soon.
const BATCHES: usize = 2;
/// Room for those, and for upkeep, which is let in at once.
const QUEUE: usize = 1_024;
/// How long a job may take from asking to being recorded.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a job waits at the door unless told otherwise. Whoever is turned away under more load than can be carried is not told
/// at once: they would ask again, and refusing would take what answers need.
const AT_THE_DOOR: Duration = Duration::from_millis(400);
/// How long a job that was let in waits for its turn. With the wait at the door it is less than a second until somebody is told,
/// and no work is done for them.
const TURN: Duration = Duration::from_millis(500);
/// After this long without work the derived tables of the audit log are brought up to date.
const IDLE: Duration = Duration::from_millis(100);
/// From so many bytes on the write-ahead log of SQLite is begun anew; it is cut back to as many (`journal_size_limit`).
const LONG_LOG: u64 = 64 * 1_024 * 1_024;
/// How long it is let alone when somebody who reads for long kept it from being begun anew: each attempt has all others wait.
const LET_ALONE: Duration = Duration::from_secs(1);
/// The same from this many attempts on: an export perhaps, which reads on.
const LET_ALONE_AFTER: (u32, Duration) = (3, Duration::from_secs(30));

/// A value whose events are durable, and the receipt of the first of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded<T> {
    /// What may now leave.
    pub value: T,
    /// Proof of the event, to be checked against any later checkpoint.
    pub receipt: Receipt,
}

/// What a job is allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reads, and counts what is read against budgets.
    Read,
    /// Changes what others of its batch may read.
    Change,
    /// Changes what stands beside the index, such as alerts and what is forgotten: nothing that a search finds a child by.
    Beside,
}

/// The handle on the recorder's thread. Dropping it lets the thread finish what waits and stop.
pub struct Recorder {
    queue: Option<SyncSender<Box<dyn Job>>>,
    door: Arc<Semaphore>,
    thread: Option<JoinHandle<()>>,
    tally: Arc<Tally>,
    healthy: Arc<AtomicBool>,
    growth: Arc<Growth>,
    at_the_door: Duration,
    turn: Duration,
}

impl Recorder {
    /// Opens the one connection that writes and starts the thread that owns it.
    ///
    /// # Errors
    /// [`StoreError::Broken`] where the database cannot be opened with the settings it needs, where a load into it is not
    /// settled, or where no thread started.
    pub fn start(url: &DatabaseUrl) -> StoreResult<Self> {
        let mut conn = AnyConnection::open(url, Purpose::Write)?;
        unsettled::ensure_settled(&mut conn)?;
        let (queue, jobs) = sync_channel(QUEUE);
        let tally = Arc::new(Tally::default());
        let healthy = Arc::new(AtomicBool::new(true));
        let growth = Arc::new(Growth::default());
        let most = if url.is_sqlite() { BATCH } else { POSTGRES_BATCH };
        let door = Arc::new(Semaphore::new(most.saturating_mul(BATCHES)));
        let desk = Desk {
            url: url.clone(),
            most,
            conn: Some((conn, DatabaseFiles::of(url))),
            tally: Arc::clone(&tally),
            healthy: Arc::clone(&healthy),
            growth: Arc::clone(&growth),
            restarted: None,
            attempts: 0,
        };
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || desk.serve(&jobs))
            .map_err(|error| StoreError::broken_by("the recorder's thread did not start", &error))?;
        Ok(Self {
            queue: Some(queue),
            door,
            thread: Some(thread),
            tally,
            healthy,
            growth,
            at_the_door: AT_THE_DOOR,
            turn: TURN,
        })
    }

    /// The same recorder, whose jobs wait this long at the door, and for their turn, before they are turned away as
    /// [`StoreError::Busy`].
    #[must_use]
    pub fn with_turn(mut self, turn: Duration) -> Self {
        (self.at_the_door, self.turn) = (turn, turn);
        self
    }

    /// Has `work` done in a group transaction and returns its value once its events are durable.
    ///
    /// Whoever stops waiting before the work begins has nothing done; later, it is done and recorded all the same.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::Busy`] where nobody was let in for 0.4 s, where the turn did not come within half a
    /// second after that, or the answer not in five; what kept the transaction from being committed. In every such case
    /// the value is dropped.
    pub async fn record<T, E, W>(&self, kind: Kind, work: W) -> Result<Recorded<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnOnce(&mut AnyConnection) -> Result<Disclosure<T>, E> + Send + 'static,
    {
        self.record_expecting(kind, Expected::default(), work).await
    }

    /// As [`Recorder::record`], told beforehand what `work` will ask for.
    ///
    /// # Errors
    /// As [`Recorder::record`].
    pub async fn record_expecting<T, E, W>(&self, kind: Kind, expected: Expected, work: W) -> Result<Recorded<T>, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        W: FnOnce(&mut AnyConnection) -> Result<Disclosure<T>, E> + Send + 'static,
    {
        let place = self.enter().await?;
        let (reply, answer) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let job =
            Task { kind, expected, work: Some(work), value: None, begun: Arc::clone(&begun), reply, _place: place };
        self.submit(Box::new(job))?;
        self.wait(answer, &begun).await?
    }

    /// Waits at the door, in the order of coming. The place is given back when the job is done.
    async fn enter(&self) -> StoreResult<OwnedSemaphorePermit> {
        let _waiting = Waiting::among(&self.tally);
        match tokio::time::timeout(self.at_the_door, Arc::clone(&self.door).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            Ok(Err(_)) | Err(_) => Err(StoreError::Busy),
        }
    }

    /// Waits for an answer: until the turn should have come, and once it has, as long as a job may take. Whoever gives up
    /// before has nothing done: dropping `answer` tells the job.
    async fn wait<R>(&self, mut answer: oneshot::Receiver<R>, begun: &AtomicBool) -> StoreResult<R> {
        let first = match tokio::time::timeout(self.turn, &mut answer).await {
            Err(_) if begun.load(Ordering::Acquire) => {
                tokio::time::timeout(PATIENCE.saturating_sub(self.turn), &mut answer).await
            }
            other => other,
        };
        match first {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(_)) => Err(StoreError::broken("the recorder gave no answer")),
            Err(_) => Err(StoreError::Busy),
        }
    }

    fn submit(&self, job: Box<dyn Job>) -> StoreResult<()> {
        let queue = self.queue.as_ref().ok_or(StoreError::Busy)?;
        self.tally.waiting.fetch_add(1, Ordering::Relaxed);
        queue.try_send(job).map_err(|refused| {
            self.tally.waiting.fetch_sub(1, Ordering::Relaxed);
            match refused {
                TrySendError::Full(_) => StoreError::Busy,
                TrySendError::Disconnected(_) => StoreError::broken("the recorder has stopped"),
            }
        })
    }

    /// Has upkeep done that discloses nothing, so that it leaves no event, and changes nothing that a search finds a child by, as
    /// forgetting what has expired does.
    ///
    /// # Errors
    /// Those of `work`; [`StoreError::Busy`] as for [`Recorder::record`].
    pub async fn maintain<W>(&self, work: W) -> StoreResult<()>
    where
        W: FnOnce(&mut AnyConnection) -> StoreResult<()> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        self.submit(Box::new(Upkeep { work: Some(work), outcome: None, reply }))?;
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(StoreError::broken("the recorder gave no answer")),
            Err(_) => Err(StoreError::Busy),
        }
    }

    /// What it has done so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// How far the log has grown, as far as this node knows.
    #[must_use]
    pub const fn growth(&self) -> &Arc<Growth> {
        &self.growth
    }

    /// Whether the last transaction was committed and the thread still runs.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Relaxed) && self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A recorder that panicked has already failed every waiter; there is nothing left to tell.
            let _ended = thread.join();
        }
    }
}

/// The thread's own state.
struct Desk {
    url: DatabaseUrl,
    /// The most jobs of a batch.
    most: usize,
    conn: Option<(AnyConnection, DatabaseFiles)>,
    tally: Arc<Tally>,
    healthy: Arc<AtomicBool>,
    growth: Arc<Growth>,
    restarted: Option<Instant>,
    /// How often that was tried since the log was short.
    attempts: u32,
}

impl Desk {
    fn serve(mut self, jobs: &Receiver<Box<dyn Job>>) {
        // How long it is quiet before the look-up tables are filled further; nothing where they are full.
        let mut quiet = Some(IDLE);
        loop {
            let first = match quiet {
                Some(quiet) => jobs.recv_timeout(quiet),
                None => jobs.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match first {
                Ok(first) => {
                    let mut batch = vec![first];
                    while batch.len() < self.most
                        && let Ok(job) = jobs.try_recv()
                    {
                        batch.push(job);
                    }
                    self.commit(batch);
                    self.shorten_log();
                    quiet = Some(IDLE);
                }
                // A short step after the other, for as long as nobody comes.
                Err(RecvTimeoutError::Timeout) => quiet = (!self.derive()).then_some(Duration::ZERO),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Brings the derived tables of the log a step further; true once there is nothing more to do.
    fn derive(&mut self) -> bool {
        let stepped = self.connection().and_then(|conn| audit::take_turn(conn, true));
        match stepped {
            Ok(done) => done,
            Err(error) => {
                tracing::warn!(%error, "the audit log's derived tables wait");
                true
            }
        }
    }

    /// Begins a long write-ahead log anew: while searches follow one another there is never a moment in which nobody reads,
    /// and it would grow as long as they do.
    fn shorten_log(&mut self) {
        let Some((conn, files)) = &mut self.conn else { return };
        if files.log_size() <= LONG_LOG {
            self.attempts = 0;
            return;
        }
        let (quick, slow) = LET_ALONE_AFTER;
        let let_alone = if self.attempts < quick { LET_ALONE } else { slow };
        if self.restarted.is_none_or(|at| at.elapsed() >= let_alone) {
            self.attempts = self.attempts.saturating_add(1);
            self.restarted = Some(Instant::now());
            self.growth.renew();
            if let Err(error) = dialect::restart_log(conn) {
                tracing::warn!(%error, "the write-ahead log could not be begun anew");
            }
        }
    }

    fn commit(&mut self, mut batch: Vec<Box<dyn Job>>) {
        let size = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        self.tally.waiting.fetch_sub(size, Ordering::Relaxed);
        let outcome = self.connection().and_then(|conn| {
            let transaction = AssertUnwindSafe(|| write_tx(conn, |conn| run_all(conn, &mut batch)));
            catch_unwind(transaction).unwrap_or_else(|_| Err(StoreError::broken("a job panicked")))
        });
        let outcome = outcome.and_then(|receipts| self.kept().map(|()| receipts));
        self.healthy.store(outcome.is_ok(), Ordering::Relaxed);
        match outcome {
            Ok((receipts, size)) => {
                let changed = batch.iter().any(|job| job.kind() == Kind::Change);
                self.growth.note(Instant::now(), size, changed);
                self.tally.commits.fetch_add(1, Ordering::Relaxed);
                for (job, receipts) in batch.into_iter().zip(receipts) {
                    let count = u64::try_from(receipts.len()).unwrap_or(u64::MAX);
                    self.tally.events.fetch_add(count, Ordering::Relaxed);
                    job.finish(Ok(&receipts));
                }
            }
            Err(error) => {
                self.tally.failures.fetch_add(1, Ordering::Relaxed);
                tracing::error!(cause = ?error, "nothing was recorded, so nothing is disclosed");
                for job in batch {
                    job.finish(Err(&error));
                }
            }
        }
    }

    /// Whether what was committed is in the files that will be read tomorrow.
    fn kept(&mut self) -> StoreResult<()> {
        if self.conn.as_mut().is_none_or(|(_, files)| files.are_in_place()) {
            return Ok(());
        }
        self.conn = None;
        Err(StoreError::broken("the database's files were moved or removed"))
    }

    /// The connection, opened anew where the last one failed.
    fn connection(&mut self) -> StoreResult<&mut AnyConnection> {
        if self.conn.as_mut().is_some_and(|(conn, _)| conn.is_broken()) {
            self.conn = None;
        }
        match &mut self.conn {
            Some((conn, _)) => Ok(conn),
            slot => {
                // To make a new file here would record into nothing.
                if self.url.sqlite_path().is_some_and(|path| !path.exists()) {
                    return Err(StoreError::broken("the database's file is gone"));
                }
                let conn = AnyConnection::open(&self.url, Purpose::Write)?;
                Ok(&mut slot.insert((conn, DatabaseFiles::of(&self.url))).0)
            }
        }
    }
}

/// Runs every job and appends what they give; the receipts come back job by job, and with them the log's size. The head of the log is locked before
/// anything is read: batches of several nodes come one after the other, each sees all that the one before it did, and none
/// holds a row, of a budget perhaps, that the other has to wait for.
fn run_all(conn: &mut AnyConnection, batch: &mut [Box<dyn Job>]) -> StoreResult<(Vec<Vec<Receipt>>, u64)> {
    let mut head = audit::lock_head(conn)?;
    if batch.iter().any(|job| job.kind() != Kind::Read) {
        memories::forget(conn);
    } else {
        memories::open(conn)?;
        memories::expect(conn, &batch.iter().filter_map(|job| job.expected()).collect::<Vec<_>>())?;
    }
    let mut events = Vec::with_capacity(batch.len());
    let mut counts = Vec::with_capacity(batch.len());
    for job in batch {
        let given = job.run(conn);
        counts.push(given.len());
        events.extend(given);
    }
    ledgers::settle(conn)?;
    memories::close(conn);
    let mut receipts = audit::append(conn, &mut head, &events)?.into_iter();
    let receipts = counts.into_iter().map(|count| receipts.by_ref().take(count).collect()).collect();
    Ok((receipts, head.size()))
}
