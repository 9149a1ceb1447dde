//! The keys of one issuer as they are now: fetched, kept, refreshed in time, and given up when too old.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{Algorithm, DecodingKey};

use super::key_sets::KeySet;
use super::refusals::TokenRefusal;

/// Where a key set comes from. May block; it is called on a thread for blocking work.
pub trait KeySource: Send + Sync + 'static {
    /// Fetches the key set as published at this moment.
    ///
    /// # Errors
    /// When it cannot be had in time.
    fn fetch(&self) -> Result<Vec<u8>, KeySourceError>;

    /// How long a fetched set is taken as current.
    fn timing(&self) -> KeyTiming;
}

/// Why a key set could not be fetched, for the log.
#[derive(Debug)]
pub struct KeySourceError(pub String);

impl fmt::Display for KeySourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeySourceError {}

/// When keys are fetched again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTiming {
    /// Age from which a set is fetched again, in the background.
    pub refresh_after: Duration,
    /// Least time between two attempts after one failed.
    pub retry_after: Duration,
    /// Least time between two fetches caused by unknown key ids, which anybody can send.
    pub unknown_key_gap: Duration,
    /// Age from which a set is no longer used at all.
    pub give_up_after: Duration,
}

impl KeyTiming {
    /// For a set published by an issuer: 10 minutes, kept for a day while the issuer cannot be reached.
    pub const PUBLISHED: Self = Self {
        refresh_after: Duration::from_secs(600),
        retry_after: Duration::from_secs(30),
        unknown_key_gap: Duration::from_secs(30),
        give_up_after: Duration::from_secs(86_400),
    };

    /// For a set in a file: looked at every second that somebody asks.
    pub const FILE: Self = Self {
        refresh_after: Duration::from_secs(1),
        retry_after: Duration::from_secs(1),
        unknown_key_gap: Duration::from_secs(30),
        give_up_after: Duration::from_secs(86_400),
    };
}

/// A key set that never changes: the local issuer's.
pub struct StaticKeys(pub Vec<u8>);

impl KeySource for StaticKeys {
    fn fetch(&self) -> Result<Vec<u8>, KeySourceError> {
        Ok(self.0.clone())
    }

    fn timing(&self) -> KeyTiming {
        KeyTiming { refresh_after: Duration::from_secs(86_400 / 2), ..KeyTiming::PUBLISHED }
    }
}

/// The keys of one issuer.
pub struct KeyStore {
    source: Arc<dyn KeySource>,
    timing: KeyTiming,
    algorithms: Vec<Algorithm>,
    state: RwLock<State>,
    /// Held while fetching, so that there is one fetch at a time and the others wait for its outcome.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone, Default)]
struct State {
    keys: Option<(Arc<KeySet>, Instant)>,
    attempted_at: Option<Instant>,
    unknown_key_at: Option<Instant>,
}

impl KeyStore {
    /// A store that has fetched nothing yet.
    pub fn new(source: Arc<dyn KeySource>, algorithms: Vec<Algorithm>) -> Arc<Self> {
        let timing = source.timing();
        Arc::new(Self { source, timing, algorithms, state: RwLock::default(), fetching: tokio::sync::Mutex::default() })
    }

    /// Fetches the keys; called once at start, so that a mistake shows then and not at the first request.
    ///
    /// # Errors
    /// When they cannot be fetched or used. The store stays usable and tries again when asked.
    pub async fn load(&self) -> Result<(), KeySourceError> {
        let _one_at_a_time = self.fetching.lock().await;
        self.fetch().await
    }

    /// The key with this id for this algorithm.
    ///
    /// # Errors
    /// [`TokenRefusal::Invalid`] when the issuer has no such key, [`TokenRefusal::IssuerUnavailable`] when there is no
    /// set recent enough to say so.
    pub(super) async fn find(
        self: &Arc<Self>,
        key_id: &str,
        algorithm: Algorithm,
    ) -> Result<DecodingKey, TokenRefusal> {
        if self.usable().is_none() {
            self.fetch_because(|store| store.usable().is_none() && store.may_retry()).await;
        } else if self.is_due() {
            let store = Arc::clone(self);
            tokio::spawn(async move { store.fetch_because(|store| store.is_due()).await });
        }
        let unknown = |keys: &KeySet| keys.find(key_id, algorithm).is_none();
        if self.usable().is_some_and(|keys| unknown(&keys)) {
            self.fetch_because(|store| {
                store.usable().is_some_and(|keys| unknown(&keys)) && store.may_look_for_unknown()
            })
            .await;
        }
        let keys = self.usable().ok_or(TokenRefusal::IssuerUnavailable)?;
        keys.find(key_id, algorithm).cloned().ok_or(TokenRefusal::Invalid("a key the issuer does not have"))
    }

    /// The key with this id for this algorithm in the set at hand; fetches nothing.
    pub(super) fn known(&self, key_id: &str, algorithm: Algorithm) -> Option<DecodingKey> {
        self.usable()?.find(key_id, algorithm).cloned()
    }

    /// Fetches unless, once it is our turn, there is no longer a reason to.
    async fn fetch_because(&self, reason: impl Fn(&Self) -> bool) {
        let _one_at_a_time = self.fetching.lock().await;
        if reason(self)
            && let Err(error) = self.fetch().await
        {
            tracing::warn!(%error, "the keys of an issuer could not be fetched");
        }
    }

    async fn fetch(&self) -> Result<(), KeySourceError> {
        let source = Arc::clone(&self.source);
        self.change(|state| state.attempted_at = Some(Instant::now()));
        let fetched = tokio::task::spawn_blocking(move || source.fetch())
            .await
            .map_err(|_| KeySourceError("the fetch broke off".to_owned()))??;
        let keys = KeySet::read(&fetched, &self.algorithms).map_err(|error| KeySourceError(error.to_string()))?;
        self.change(|state| state.keys = Some((Arc::new(keys), Instant::now())));
        Ok(())
    }

    /// The set, while it is young enough to be used.
    fn usable(&self) -> Option<Arc<KeySet>> {
        let (keys, fetched_at) = self.state().keys?;
        (fetched_at.elapsed() < self.timing.give_up_after).then_some(keys)
    }

    fn is_due(&self) -> bool {
        let old = self.state().keys.is_none_or(|(_, fetched_at)| fetched_at.elapsed() >= self.timing.refresh_after);
        old && self.may_retry()
    }

    fn may_retry(&self) -> bool {
        self.state().attempted_at.is_none_or(|attempted_at| attempted_at.elapsed() >= self.timing.retry_after)
    }

    /// Whether a fetch for an unknown key is due; notes that it now happens.
    fn may_look_for_unknown(&self) -> bool {
        let gap = self.timing.unknown_key_gap;
        let may = self.state().unknown_key_at.is_none_or(|looked_at| looked_at.elapsed() >= gap);
        if may {
            self.change(|state| state.unknown_key_at = Some(Instant::now()));
        }
        may
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner));
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.usable().map_or(0, |keys| keys.len());
        f.debug_struct("KeyStore").field("keys", &keys).finish_non_exhaustive()
    }
}
