//! Searches on SQLite take turns on a few connections and share what was read for those before: SQLite forgets every page
//! that it keeps whenever somebody else has committed, and here that is at every answer.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::connections::AnyConnection;
use super::errors::{StoreError, StoreResult};
use super::replicas::Growth;
use super::transactions::read_tx;

/// How long one state of the database is read while nothing in it was changed. What another process changes is found this
/// much later at most.
const LONGEST: Duration = Duration::from_millis(25);

type Job = Box<dyn FnOnce(&mut AnyConnection) + Send>;

/// Who waits for a turn, and how many connections serve them.
#[derive(Debug)]
pub(super) struct Turns {
    line: Mutex<Line>,
    most: u32,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Job>,
    serving: u32,
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("waiting", &self.waiting.len()).field("serving", &self.serving).finish()
    }
}

/// What became of a piece of work: its result, or the panic that it ended with.
type Ending<R> = std::thread::Result<R>;

/// Somebody's place in the line.
pub(super) struct Place<R> {
    answer: oneshot::Receiver<Ending<R>>,
    begun: Arc<AtomicBool>,
}

impl Turns {
    /// A line that is served by so many connections at once.
    pub(super) const fn new(most: u32) -> Self {
        Self { line: Mutex::new(Line { waiting: VecDeque::new(), serving: 0 }), most }
    }

    /// Lines `work` up; with its place comes a server, where one more may serve. Whoever drops the place before the turn
    /// comes has nothing done.
    pub(super) fn line_up<R, F>(self: &Arc<Self>, work: F) -> (Place<R>, Option<Server>)
    where
        R: Send + 'static,
        F: FnOnce(&mut AnyConnection) -> R + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let job = move |conn: &mut AnyConnection| {
            if reply.is_closed() {
                return;
            }
            begins.store(true, Ordering::Release);
            let ending = catch_unwind(AssertUnwindSafe(|| work(conn)));
            if ending.is_err() {
                conn.mark_broken();
            }
            // Whoever waited may have gone.
            let _gone = reply.send(ending);
        };
        let mut line = self.lock();
        line.waiting.push_back(Box::new(job));
        let server = (line.serving < self.most).then(|| {
            line.serving = line.serving.saturating_add(1);
            Server { turns: Arc::clone(self), left: false }
        });
        (Place { answer, begun }, server)
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> u64 {
        u64::try_from(self.lock().waiting.len()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R> Place<R> {
    /// What the work gave. A panic in it goes on here.
    ///
    /// # Errors
    /// [`StoreError::Busy`] where the turn has not come after `patience`, or no connection was to be had.
    pub(super) async fn wait(mut self, patience: Duration) -> StoreResult<R> {
        let first = match tokio::time::timeout(patience, &mut self.answer).await {
            // Once begun it runs to its end.
            Err(_) if self.begun.load(Ordering::Acquire) => (&mut self.answer).await,
            Err(_) => return Err(StoreError::Busy),
            Ok(answer) => answer,
        };
        match first {
            Ok(Ok(result)) => Ok(result),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(_) => Err(StoreError::Busy),
        }
    }
}

/// Whoever serves the line with one connection. Dropping it makes room for another.
pub(super) struct Server {
    turns: Arc<Turns>,
    left: bool,
}

impl Server {
    /// Serves until nobody waits, with a connection that is got anew for each state. Where none is to be had, all who wait
    /// are turned away.
    pub(super) fn serve<C>(mut self, growth: &Growth, mut connect: impl FnMut() -> StoreResult<C>)
    where
        C: std::ops::DerefMut<Target = AnyConnection>,
    {
        while !self.left {
            match connect() {
                Ok(mut conn) => {
                    // What a job could not read it was told; the connection knows whether it may be used again.
                    let _given_up = read_tx(&mut conn, |conn| self.serve_one_state(conn, growth));
                }
                Err(_) => return drop(std::mem::take(&mut self.turns.lock().waiting)),
            }
        }
    }

    /// Has those who wait read one state of the database, until nobody waits, something was changed or it is old.
    fn serve_one_state(&mut self, conn: &mut AnyConnection, growth: &Growth) -> StoreResult<()> {
        let mut state = None;
        while let Some(job) = self.next() {
            // Who lined up after a change was committed must find it.
            let changes = growth.changes();
            let (since, seen) = *state.get_or_insert_with(|| (Instant::now(), changes));
            if seen != changes || since.elapsed() > LONGEST {
                self.turns.lock().waiting.push_front(job);
                break;
            }
            job(conn);
            if conn.is_broken() {
                break;
            }
        }
        Ok(())
    }

    fn next(&mut self) -> Option<Job> {
        let mut line = self.turns.lock();
        let job = line.waiting.pop_front();
        if job.is_none() {
            line.serving = line.serving.saturating_sub(1);
            self.left = true;
        }
        job
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !self.left {
            let mut line = self.turns.lock();
            line.serving = line.serving.saturating_sub(1);
        }
    }
}
