//! A pool of reading connections with one queue in front of it, so that overload answers "busy" instead of collapsing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::{self, HandleError, PooledConnection};
use tokio::sync::Semaphore;

use super::connections::{AnyConnection, DatabaseUrl, Manager, Purpose};
use super::errors::{StoreError, StoreResult};
use super::replicas::Growth;
use super::turns::{Server, Turns};

/// How long anyone waits for a connection.
const PATIENCE: Duration = Duration::from_millis(250);

/// How long opening a connection may take at start; r2d2 tries again after at most half of it, so that a database
/// that comes back is found within a second.
const OPENING: Duration = Duration::from_secs(2);

/// Connections for reading, shared by all requests. Cloning it is cheap and shares the connections.
#[derive(Clone)]
pub struct Pool {
    connections: r2d2::Pool<Manager>,
    queue: Arc<Semaphore>,
    turns: Option<Arc<Turns>>,
}

/// By how much wide reading stands back, of the 19 steps there are: beside work that fills the cores, a thread gets a
/// tenth of one.
const STEPS_BACK: i32 = 10;

thread_local! {
    /// Once a thread has read widely: it goes on giving way, as only the powerful may take that back.
    static GIVES_WAY: () = give_way();
}

/// Has this thread stand back where others want the processor. Searches and exports read for milliseconds on end, and
/// without this a look-up, which needs microseconds, would wait for its turn between them.
fn give_way() {
    // The niceness of a single thread is Linux's own; elsewhere it is the whole process's, which would help nobody.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), STEPS_BACK) {
        tracing::debug!(%error, "searches do not give way to look-ups");
    }
}

/// How a pool is doing, for readiness and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// Connections open.
    pub open: u32,
    /// Of these, not in use.
    pub idle: u32,
    /// The most there may be.
    pub most: u32,
}

impl Pool {
    /// Opens a connection for reading, and as they are needed up to `size`; [`Pool::default_size`] where none is given.
    ///
    /// # Errors
    ///
    /// [`StoreError::Broken`] where the database cannot be reached or is refused.
    pub fn open(url: &DatabaseUrl, size: Option<u32>) -> StoreResult<Self> {
        // Once by hand: a refusal comes at once and with its reason, where r2d2 would keep trying.
        drop(AnyConnection::open(url, Purpose::Read)?);
        let size = size.unwrap_or_else(Self::default_size).max(1);
        let connections = builder(size)
            .build(Manager::new(url.clone(), Purpose::Read))
            .map_err(|_| StoreError::broken("the connections for reading could not be opened"))?;
        // As many as can read at the same time.
        let turns = url.is_sqlite().then(|| Arc::new(Turns::new(cores().min(size))));
        Ok(Self { turns, ..Self::of(connections, size) })
    }

    /// As [`Pool::open`], for a database that need not be there yet: who comes before it is gets [`StoreError::Busy`].
    pub(super) fn open_later(url: &DatabaseUrl, size: Option<u32>) -> Self {
        let size = size.unwrap_or_else(Self::default_size).max(1);
        Self::of(builder(size).build_unchecked(Manager::new(url.clone(), Purpose::Read)), size)
    }

    fn of(connections: r2d2::Pool<Manager>, size: u32) -> Self {
        let permits = usize::try_from(size).unwrap_or(Semaphore::MAX_PERMITS);
        Self { connections, queue: Arc::new(Semaphore::new(permits)), turns: None }
    }

    /// Twice the cores and four.
    pub fn default_size() -> u32 {
        cores().saturating_mul(2).saturating_add(4)
    }

    /// Runs `work` on a connection, on a thread where it may block. Once begun it runs to its end, even when nobody
    /// waits for the answer any more. A panic in `work` goes on here.
    ///
    /// # Errors
    ///
    /// Those of `work`; [`StoreError::Busy`] where no connection came free within 250 ms.
    pub async fn run<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    {
        let arrived = Instant::now();
        let permit = match tokio::time::timeout(PATIENCE, Arc::clone(&self.queue).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            Ok(Err(_)) | Err(_) => return Err(StoreError::Busy.into()),
        };
        let connections = self.connections.clone();
        let task = tokio::task::spawn_blocking(move || {
            GIVES_WAY.with(|()| ());
            let mut conn = check_out(&connections, arrived)?;
            let result = work(&mut conn);
            // Back in the pool before the next in the queue looks for it.
            drop(conn);
            drop(permit);
            result
        });
        match task.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(StoreError::broken("the work was cancelled").into()),
            },
        }
    }

    /// As [`Pool::run`], for a search: on SQLite those who come close together take turns and read one state of the
    /// database, as long as nothing in it was changed. `growth` tells whether it was.
    ///
    /// # Errors
    ///
    /// As for [`Pool::run`].
    pub async fn run_in_turn<T, E, F>(&self, growth: &Arc<Growth>, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&mut AnyConnection) -> Result<T, E> + Send + 'static,
    {
        let Some(turns) = &self.turns else { return self.run(work).await };
        let (place, server) = turns.line_up(work);
        if let Some(server) = server {
            // A task of its own: others may wait for it when whoever asked first has gone.
            tokio::spawn(self.clone().serve(Arc::clone(growth), server));
        }
        place.wait(PATIENCE).await?
    }

    async fn serve(self, growth: Arc<Growth>, server: Server) {
        let permit = tokio::time::timeout(PATIENCE, self.queue.acquire_owned()).await;
        let Ok(Ok(permit)) = permit else { return };
        let connections = self.connections;
        tokio::task::spawn_blocking(move || {
            GIVES_WAY.with(|()| ());
            server.serve(&growth, || check_out(&connections, Instant::now()));
            drop(permit);
        });
    }

    /// How many wait for a turn of [`Pool::run_in_turn`].
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.turns.as_ref().map_or(0, |turns| turns.waiting())
    }

    /// How the pool is doing now.
    pub fn state(&self) -> PoolState {
        let state = self.connections.state();
        PoolState { open: state.connections, idle: state.idle_connections, most: self.connections.max_size() }
    }
}

fn cores() -> u32 {
    std::thread::available_parallelism().map_or(1, |cores| u32::try_from(cores.get()).unwrap_or(u32::MAX))
}

fn builder(size: u32) -> r2d2::Builder<Manager> {
    r2d2::Pool::builder()
        .max_size(size)
        // The others when somebody waits for one: opening all of them would keep the first answer waiting.
        .min_idle(Some(1))
        .connection_timeout(OPENING)
        // A round trip each; connections report their own failures instead.
        .test_on_check_out(false)
        .error_handler(Box::new(Report))
}

/// A connection that is not known to be dead. There is one for everyone with a permit, so nobody waits here unless
/// connections are being opened anew.
fn check_out(connections: &r2d2::Pool<Manager>, arrived: Instant) -> StoreResult<PooledConnection<Manager>> {
    loop {
        let left = PATIENCE.saturating_sub(arrived.elapsed());
        let mut conn = connections.get_timeout(left).map_err(|_| StoreError::Busy)?;
        if !conn.is_broken() {
            return Ok(conn);
        }
        // Dropping it makes room for a new one.
    }
}

/// Tells the log that a connection could not be opened.
#[derive(Debug)]
struct Report;

impl HandleError<StoreError> for Report {
    fn handle_error(&self, error: StoreError) {
        match error {
            StoreError::Broken(cause) => tracing::warn!(%cause, "a database connection could not be opened"),
            other => tracing::warn!(error = %other, "a database connection could not be opened"),
        }
    }
}
