//! A log that is signed as a service signs it, its key and high-water mark in the case's hands; and witnesses that answer
//! as a case wants.

use std::sync::{Arc, Mutex};

use child_index::app::Index;
use child_index::app::publishing::{HighWater, LogKeys, NotPublished, Publisher, PublisherParts, Witness};
use child_index::domain::audit::checkpoints::{Checkpoint, KeyRing};
use child_index::domain::audit::note_keys::{KeyKind, NoteSigner, VerifierKey};
use child_index::domain::audit::tree::TreeHead;

/// The name of every case's log.
pub const ORIGIN: &str = "log.example/cases";

/// The log's key, which a case may take away, exchange or double.
#[derive(Clone, Default)]
pub struct Keys(Arc<Mutex<Vec<u8>>>);

impl Keys {
    /// Keys with these seeds.
    pub fn set(&self, seeds: &[u8]) {
        *self.0.lock().expect("keys") = seeds.to_vec();
    }
}

impl LogKeys for Keys {
    fn signers(&self) -> Result<Vec<NoteSigner>, String> {
        let seeds = self.0.lock().expect("keys").clone();
        if seeds.is_empty() {
            return Err("the key file is not there".into());
        }
        Ok(seeds.into_iter().map(|seed| signer(ORIGIN, KeyKind::Log, seed)).collect())
    }
}

/// A signer that everybody can make again from its seed.
pub fn signer(name: &str, kind: KeyKind, seed: u8) -> NoteSigner {
    NoteSigner::from_seed(name, kind, [seed; 32]).expect("a signer")
}

/// The public half of a log's key.
pub fn log_key(seed: u8) -> VerifierKey {
    signer(ORIGIN, KeyKind::Log, seed).key().clone()
}

/// The high-water mark, which a case may lose, restore or break.
#[derive(Clone, Default)]
pub struct Mark(pub Arc<Mutex<Option<String>>>, pub Arc<Mutex<bool>>);

impl Mark {
    /// What is kept.
    pub fn kept(&self) -> Option<String> {
        self.0.lock().expect("a mark").clone()
    }

    /// Puts something else in its place.
    pub fn set(&self, note: Option<String>) {
        *self.0.lock().expect("a mark") = note;
    }

    /// Lets writing fail, as on a full disk.
    pub fn fail(&self, fails: bool) {
        *self.1.lock().expect("a switch") = fails;
    }
}

impl HighWater for Mark {
    fn read(&self) -> Result<Option<String>, String> {
        Ok(self.kept())
    }

    fn write(&self, note: &str) -> Result<(), String> {
        if *self.1.lock().expect("a switch") {
            return Err("the disk is full".into());
        }
        self.set(Some(note.to_owned()));
        Ok(())
    }
}

/// Signs an index's log when a case says so.
pub struct SignedLog {
    /// The keys.
    pub keys: Keys,
    /// The mark.
    pub mark: Mark,
    publisher: Mutex<Publisher>,
    runtime: tokio::runtime::Runtime,
}

impl SignedLog {
    /// A log that nobody watches, signed with the key of seed 1.
    pub fn new(index: Index) -> Self {
        Self::with(index, Keys::default(), Mark::default(), Vec::new())
    }

    /// The same with witnesses, or with the mark and the keys of another.
    pub fn with(index: Index, keys: Keys, mark: Mark, witnesses: Vec<Arc<dyn Witness>>) -> Self {
        if keys.0.lock().expect("keys").is_empty() {
            keys.set(&[1]);
        }
        let parts = PublisherParts {
            origin: ORIGIN.into(),
            keys: Arc::new(keys.clone()),
            high_water: Arc::new(mark.clone()),
            former: vec![log_key(9)],
            witnesses,
        };
        let publisher = Mutex::new(Publisher::new(index, parts));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        Self { keys, mark, publisher, runtime }
    }

    /// One tick of the publisher.
    pub fn tick(&self) -> Result<Option<TreeHead>, NotPublished> {
        self.runtime.block_on(self.publisher.lock().expect("a publisher").tick())
    }

    /// A tick that publishes.
    pub fn publish(&self) -> TreeHead {
        self.tick().expect("it may be signed").expect("it is due")
    }
}

/// A checkpoint whose signature by the key of this seed holds.
pub fn checked(note: &str, seed: u8) -> Checkpoint {
    let checkpoint = Checkpoint::parse(note).expect("a checkpoint");
    checkpoint.check(&KeyRing::new([log_key(seed)])).expect("signed");
    checkpoint
}
