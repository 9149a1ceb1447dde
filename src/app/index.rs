//! The index: pool, recorder, clock and settings in one handle. Nothing is answered but through it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::budgets::moment;
use super::clock::Clock;
use super::{Failure, IndexSettings, Session};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{TargetKind, TokenFingerprint};
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::handles::ChildRef;
use crate::domain::instants::{DAY, Instant, day_number};
use crate::domain::policy::Refusal;
use crate::domain::visits::{Identity, Visit};
use crate::store::connections::AnyConnection;
use crate::store::errors::StoreError;
use crate::store::pools::Pool;
use crate::store::recorder::{Expected, Kind, Recorded, Recorder};
use crate::store::replicas::Replica;
use crate::store::transactions::{read_cheaply, write_tx};
use crate::store::{accounts, budgets, children, handles, overrides, replays, verification_codes, watching};

/// How long it is known how busy accounts were: longer than any rule compares.
const KEPT_DAYS: i64 = 60;

/// An answer or a refusal whose events are durable.
pub type Answer<T> = Recorded<Result<T, Refusal>>;

/// The index. Cloning shares it.
#[derive(Clone)]
pub struct Index(Arc<Parts>);

struct Parts {
    pool: Pool,
    recorder: Recorder,
    clock: Clock,
    settings: IndexSettings,
    /// A copy of the database for wide reading, where there is one.
    replica: OnceLock<Replica>,
    /// The log's name, where its checkpoints are signed.
    origin: OnceLock<String>,
    /// Whether nothing may be disclosed, since the log that would record it cannot be signed.
    closed: AtomicBool,
    /// Places for those who check the log without a token, so that they keep nobody else from the pool.
    inspectors: Semaphore,
}

/// How many may check the log at the same time.
const INSPECTORS: usize = 2;
/// How long they wait for a place.
const INSPECTORS_WAIT: Duration = Duration::from_millis(250);

impl Index {
    /// An index from its parts.
    #[must_use]
    pub fn new(pool: Pool, recorder: Recorder, clock: Clock, settings: IndexSettings) -> Self {
        let (origin, closed) = (OnceLock::new(), AtomicBool::new(false));
        let inspectors = Semaphore::new(INSPECTORS);
        let replica = OnceLock::new();
        Self(Arc::new(Parts { pool, recorder, clock, settings, replica, origin, closed, inspectors }))
    }

    /// Has wide reading done on a copy of the database while that is recent; a second copy is not taken.
    pub fn read_from(&self, replica: Replica) {
        let _first = self.0.replica.get_or_init(|| replica);
    }

    /// Says under which name the log's checkpoints are signed; a second name is not taken.
    pub(super) fn sign_as(&self, origin: &str) {
        let _first = self.0.origin.get_or_init(|| origin.to_owned());
    }

    /// The name under which the log's checkpoints are signed, where they are.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        self.0.origin.get().cloned()
    }

    /// Closes the index while its log cannot be signed, and opens it again: what could not be proved later is not
    /// disclosed now.
    pub(super) fn set_closed(&self, closed: bool) {
        self.0.closed.store(closed, Ordering::Relaxed);
    }

    /// Whether the index discloses nothing because its log cannot be signed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.0.closed.load(Ordering::Relaxed)
    }

    /// Reads what is open to everybody, which is nothing about anybody.
    ///
    /// # Errors
    /// As [`Index::prepare`]; [`Failure::Busy`] also where as many as may are reading already.
    pub(super) async fn inspect<T, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut AnyConnection) -> Result<T, StoreError> + Send + 'static,
    {
        let place = tokio::time::timeout(INSPECTORS_WAIT, self.0.inspectors.acquire()).await;
        let Ok(Ok(_place)) = place else { return Err(Failure::Busy) };
        Ok(self.0.pool.run(work).await?)
    }

    /// Answers a request that reads. The answer comes back once its events are durable.
    ///
    /// # Errors
    /// [`Failure`] where nothing could be read or recorded; then nothing is disclosed.
    pub async fn disclose<T, W>(&self, visit: Visit, work: W) -> Result<Answer<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure> + Send + 'static,
    {
        self.disclose_expecting(visit, Expected::default(), work).await
    }

    /// As [`Index::disclose`], for a search that may show these children.
    ///
    /// # Errors
    /// As [`Index::disclose`].
    pub(super) async fn disclose_found<T, W>(&self, visit: Visit, ids: Vec<i64>, work: W) -> Result<Answer<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure> + Send + 'static,
    {
        self.disclose_expecting(visit, Expected { candidates: Some(ids), ..Expected::default() }, work).await
    }

    /// As [`Index::disclose`], for work that begins with the file of `child`.
    ///
    /// # Errors
    /// As [`Index::disclose`].
    pub async fn disclose_about<T, W>(&self, visit: Visit, child: ChildRef, work: W) -> Result<Answer<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure> + Send + 'static,
    {
        let number = match child {
            ChildRef::Number(number) => Some(number),
            ChildRef::Handle(_) => None,
        };
        self.disclose_expecting(visit, Expected { child: number, ..Expected::default() }, work).await
    }

    async fn disclose_expecting<T, W>(&self, visit: Visit, expected: Expected, work: W) -> Result<Answer<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure> + Send + 'static,
    {
        self.refuse_while_closed()?;
        let parts = Arc::clone(&self.0);
        let identities = std::iter::once(&visit.identity).chain(&visit.through).cloned().collect();
        let expected = Expected { identities, moment: Some(moment(self.now())), ..expected };
        self.0.recorder.record_expecting(Kind::Read, expected, move |conn| parts.answer(conn, &visit, work)).await
    }

    /// Answers a request that changes something, all or nothing: a refusal undoes what was done on the way.
    ///
    /// # Errors
    /// As [`Index::disclose`].
    pub async fn change<T, W>(&self, visit: Visit, work: W) -> Result<Answer<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure> + Send + 'static,
    {
        self.refuse_while_closed()?;
        let parts = Arc::clone(&self.0);
        let work = move |session: &mut Session<'_>| undoing_refusals(session, work);
        self.0.recorder.record(Kind::Change, move |conn| parts.answer(conn, &visit, work)).await
    }

    fn refuse_while_closed(&self) -> Result<(), Failure> {
        if self.is_closed() {
            return Err(Failure::Broken(StoreError::broken("the audit log cannot be signed")));
        }
        Ok(())
    }

    /// Reads candidates on a pooled connection, of the copy where there is a recent one, for work too wide for the recorder's. What it finds is not for
    /// disclosure: it goes into [`Index::disclose`], which reads again what a decision needs.
    ///
    /// # Errors
    /// [`Failure::Busy`] where no connection comes free in time; what the database says.
    pub(super) async fn prepare<T, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut AnyConnection, &IndexSettings) -> Result<T, Failure> + Send + 'static,
    {
        let parts = Arc::clone(&self.0);
        let work = move |conn: &mut AnyConnection| read_cheaply(conn, |conn| work(conn, &parts.settings));
        self.wide_pool().await.run(work).await
    }

    /// As [`Index::prepare`], for a search: many of them come close together, and each is short.
    ///
    /// # Errors
    /// As [`Index::prepare`].
    pub(super) async fn prepare_search<T, W>(&self, work: W) -> Result<T, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut AnyConnection, &IndexSettings) -> Result<T, Failure> + Send + 'static,
    {
        let parts = Arc::clone(&self.0);
        let work = move |conn: &mut AnyConnection| read_cheaply(conn, |conn| work(conn, &parts.settings));
        self.wide_pool().await.run_in_turn(self.0.recorder.growth(), work).await
    }

    /// Connections for wide reading: of the copy where there is a recent one.
    async fn wide_pool(&self) -> &Pool {
        let copy = match self.0.replica.get() {
            Some(replica) => replica.recent(self.0.recorder.growth()).await,
            None => None,
        };
        copy.unwrap_or(&self.0.pool)
    }

    /// Looks through records as the session of `visit` sees them, on a pooled connection, for work too wide for the
    /// recorder's. What it finds is no more for disclosure than what [`Index::prepare`] finds. `None` where nobody is let
    /// in, which [`Index::disclose`] says and records.
    ///
    /// # Errors
    /// As [`Index::prepare`].
    pub(super) async fn survey<T, W>(&self, visit: Visit, work: W) -> Result<Option<T>, Failure>
    where
        T: Send + 'static,
        W: FnOnce(&mut Session<'_>) -> Result<T, Failure> + Send + 'static,
    {
        let now = self.now();
        self.prepare(move |conn, settings| match Session::enter(conn, &visit, now, settings)? {
            Ok(mut session) => work(&mut session).map(Some),
            Err(_) => Ok(None),
        })
        .await
    }

    /// Records that a token of a registered account was refused, and why, before anything was decided. Tokens of nobody
    /// registered here leave no event: whoever holds one learns nothing and could fill the log.
    ///
    /// # Errors
    /// As [`Index::disclose`].
    pub async fn record_refused_token(
        &self,
        identity: Identity,
        token: TokenFingerprint,
        reason: &'static str,
    ) -> Result<(), Failure> {
        let Identity { issuer, subject } = identity;
        let known = self.prepare(move |conn, _| Ok(accounts::find_by_identity(conn, &issuer, &subject)?)).await?;
        let Some((account, _)) = known else { return Ok(()) };
        let mut caller = Caller::of("authenticate");
        caller.account = Some(account.id.0);
        caller.organisation = Some(account.organisation.0);
        caller.area = Some(account.area.into());
        caller.token = Some(token);
        let event = Event::new(AuditAction::TokenRefused, Outcome::Refused, self.now().to_utc())
            .by(caller)
            .refused_with(reason);
        self.0.recorder.record::<_, Failure, _>(Kind::Read, move |_| Ok(Disclosure::with(event, ()))).await?;
        Ok(())
    }

    /// Records that a node has started to serve.
    ///
    /// # Errors
    /// As [`Index::disclose`]: a node that cannot record does not serve.
    pub async fn record_start(&self) -> Result<(), Failure> {
        let at = self.now().to_utc();
        let event = Event::new(AuditAction::ServiceStart, Outcome::Done, at).by(Caller::of("serve"));
        self.0.recorder.record::<_, Failure, _>(Kind::Read, move |_| Ok(Disclosure::with(event, ()))).await?;
        Ok(())
    }

    /// Forgets handles, idempotency keys and budgets that have expired. None of it is a disclosure, and none of it is
    /// kept by the log.
    ///
    /// # Errors
    /// As the database's.
    pub async fn forget_expired(&self) -> Result<(), Failure> {
        let now = self.now();
        self.0.recorder.maintain(move |conn| forget_expired(conn, now)).await?;
        Ok(())
    }

    /// Whether a request could be read and recorded now.
    pub async fn is_ready(&self) -> bool {
        let reads = self.0.pool.run(children::next_id).await.is_ok();
        reads && self.0.recorder.is_healthy() && !self.is_closed()
    }

    /// Now, by the index's clock.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.0.clock.now()
    }

    /// How many wait for their turn, to search or to be recorded.
    #[must_use]
    pub(super) fn waiting(&self) -> u64 {
        self.0.recorder.tally().waiting.load(Ordering::Relaxed).saturating_add(self.0.pool.waiting())
    }

    /// How it is run.
    #[must_use]
    pub fn settings(&self) -> &IndexSettings {
        &self.0.settings
    }

    /// The recorder, for metrics and readiness.
    #[must_use]
    pub fn recorder(&self) -> &Recorder {
        &self.0.recorder
    }

    /// The pool, for metrics and readiness.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.0.pool
    }
}

impl Parts {
    fn answer<T, W>(&self, conn: &mut AnyConnection, visit: &Visit, work: W) -> Result<Sealed<T>, Failure>
    where
        W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure>,
    {
        let now = self.clock.now();
        match Session::enter(conn, visit, now, &self.settings)? {
            Ok(mut session) => work(&mut session),
            Err((refusal, actor)) => {
                let event = visit.event(actor.as_ref(), visit.action, refusal.outcome(), now);
                // What was not proved is not who it was: the account is told as what was aimed at.
                let named = visit.on_behalf.and_then(|call| call.caller);
                let event = named.into_iter().fold(event, |event, id| event.on(TargetKind::Account, id));
                Ok(Disclosure::refused(refusal, event))
            }
        }
    }
}

fn forget_expired(conn: &mut AnyConnection, now: Instant) -> Result<(), StoreError> {
    handles::delete_expired(conn, now)?;
    replays::delete_expired(conn, now)?;
    overrides::delete_unused(conn, now)?;
    verification_codes::delete_expired(conn, now)?;
    let yesterday = now.plus(-2 * DAY);
    watching::forget_days(conn, day_number(now.plus(-KEPT_DAYS * DAY).day()))?;
    budgets::delete_before(conn, yesterday, day_number(yesterday.day()))
}

/// Why a savepoint is rolled back: a refusal, which is an answer all the same, or a failure.
enum Undone<T> {
    Refused(Sealed<T>),
    Failed(Failure),
}

impl<T> From<StoreError> for Undone<T> {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

fn undoing_refusals<T, W>(session: &mut Session<'_>, work: W) -> Result<Sealed<T>, Failure>
where
    W: FnOnce(&mut Session<'_>) -> Result<Sealed<T>, Failure>,
{
    let Session { actor, account, visit, now, day, settings, .. } = session;
    let (visit, now, day, settings) = (*visit, *now, *day, *settings);
    let (actor, account) = (actor.clone(), account.clone());
    let outcome = write_tx(session.conn, |conn| {
        let mut inner = Session { conn, actor, account, visit, now, day, settings };
        match work(&mut inner) {
            Ok(sealed) if sealed.undoes_changes() => Err(Undone::Refused(sealed)),
            Ok(sealed) => Ok(sealed),
            Err(failure) => Err(Undone::Failed(failure)),
        }
    });
    match outcome {
        Ok(sealed) | Err(Undone::Refused(sealed)) => Ok(sealed),
        Err(Undone::Failed(failure)) => Err(failure),
    }
}
