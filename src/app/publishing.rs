//! Signing and publishing checkpoints: never of a log that contradicts what was signed before, and with the
//! cosignatures of whoever watches. While nothing can be signed, the index discloses nothing.

mod witnesses;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Failure, Index};
use crate::domain::audit::checkpoints::{Checkpoint, KeyRing};
use crate::domain::audit::note_keys::{NoteSigner, VerifierKey};
use crate::domain::audit::tree::TreeHead;
use crate::domain::instants::{Instant, SECOND};
use crate::store::audit::{self, Standing};

pub use witnesses::{Reply, Witness};

/// A checkpoint is signed at least so often, in microseconds, whether or not the log has grown.
const AT_LEAST: i64 = 60 * SECOND;

/// Where the log's private keys are. Read each time, so that a key can be taken away and put back.
pub trait LogKeys: Send + Sync {
    /// The signers: one, or two while a key is being replaced.
    ///
    /// # Errors
    /// A sentence for the operator.
    fn signers(&self) -> Result<Vec<NoteSigner>, String>;
}

/// The newest checkpoint that was ever signed, kept outside the database so that a restored one is noticed.
pub trait HighWater: Send + Sync {
    /// The checkpoint; `None` where none was ever kept.
    ///
    /// # Errors
    /// A sentence for the operator.
    fn read(&self) -> Result<Option<String>, String>;

    /// Keeps a checkpoint durably, in place of the one before.
    ///
    /// # Errors
    /// A sentence for the operator.
    fn write(&self, note: &str) -> Result<(), String>;
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum NotPublished {
    /// The key cannot be had.
    #[error("the audit log cannot be signed, so nothing is disclosed: {0}")]
    Key(String),
    /// The high-water mark cannot be read or written.
    #[error("the audit log's high-water mark cannot be kept, so nothing is signed or disclosed: {0}")]
    HighWater(String),
    /// The log contradicts what was signed.
    #[error("the audit log is not signed, and nothing is disclosed: {0}")]
    Contradiction(#[from] Contradiction),
    /// The database failed or is busy; the next attempt may succeed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// How a log contradicts what was signed of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// It is shorter than it was.
    #[error(
        "it has {size} events, and a checkpoint of {signed} events was signed. The database was restored from an older \
         copy, or events were removed. Bring the newer database back; where it is lost, give the log a new name \
         (audit.origin) and a new audit.high_water_file, and tell everybody who keeps its checkpoints"
    )]
    Shorter {
        /// Events there are.
        size: u64,
        /// Events there were.
        signed: u64,
    },
    /// Its events are not those that were signed.
    #[error(
        "its first {signed} events are not those of the checkpoint that was signed of them. The database was restored \
         from an older copy and has grown since, or events were changed. Bring the right database back; where it is lost, \
         give the log a new name (audit.origin) and a new \
         audit.high_water_file, and tell everybody who keeps its checkpoints"
    )]
    Differs {
        /// Events of the checkpoint.
        signed: u64,
    },
    /// The mark has gone.
    #[error(
        "checkpoints of it were signed, and the high-water file is missing. Put it back; the newest checkpoint that \
         another node or an auditor holds serves as well (GET /v1/audit/checkpoint, kept as that file)"
    )]
    MarkMissing,
    /// The mark is not this log's.
    #[error(
        "the high-water file holds no checkpoint of this log signed by a key that is known (audit.key_file, \
         audit.former_keys). Put the right file back, or give this log a file of its own"
    )]
    MarkForeign,
}

/// What a publisher works with.
#[derive(Clone)]
pub struct PublisherParts {
    /// The log's name.
    pub origin: String,
    /// Its private keys.
    pub keys: Arc<dyn LogKeys>,
    /// The newest checkpoint ever signed.
    pub high_water: Arc<dyn HighWater>,
    /// Public keys that signed for this log before.
    pub former: Vec<VerifierKey>,
    /// Who is asked to cosign.
    pub witnesses: Vec<Arc<dyn Witness>>,
}

/// Signs and publishes the checkpoints of an index's log.
pub struct Publisher {
    index: Index,
    parts: PublisherParts,
    last: Option<(TreeHead, Instant)>,
    /// How large the log was when each witness cosigned last.
    seen: BTreeMap<VerifierKey, u64>,
    /// Witnesses that did not answer when they were asked last.
    silent: BTreeMap<VerifierKey, String>,
}

impl Publisher {
    /// A publisher for an index, whose checkpoints are from now on those of this origin.
    #[must_use]
    pub fn new(index: Index, parts: PublisherParts) -> Self {
        index.sign_as(&parts.origin);
        Self { index, parts, last: None, seen: BTreeMap::new(), silent: BTreeMap::new() }
    }

    /// Signs and publishes where it is time to: the log has grown, or a minute has passed. Meant to be called once a
    /// second. Gives the checkpoint's size and root, if there was one. Closes the index where nothing can be signed,
    /// and opens it again.
    ///
    /// # Errors
    /// [`NotPublished`].
    pub async fn tick(&mut self) -> Result<Option<TreeHead>, NotPublished> {
        let outcome = self.publish_if_due().await;
        match &outcome {
            Ok(_) => self.index.set_closed(false),
            // The recorder notices a database that fails by itself.
            Err(NotPublished::Failed(_)) => {}
            Err(_) => self.index.set_closed(true),
        }
        outcome
    }

    async fn publish_if_due(&mut self) -> Result<Option<TreeHead>, NotPublished> {
        let signers = self.parts.keys.signers().map_err(NotPublished::Key)?;
        let mark = self.parts.high_water.read().map_err(NotPublished::HighWater)?;
        let mark = mark.map(|note| self.believed(&note, &signers)).transpose()?;
        let standing = self.standing(mark.as_ref().map(|mark| mark.head)).await?;
        let head = agree(mark.as_ref().map(|mark| mark.head), standing)?;
        let now = self.index.now();
        if self.last.is_some_and(|(last, at)| last == head && (0..AT_LEAST).contains(&now.0.saturating_sub(at.0))) {
            return Ok(None);
        }
        let unsigned = || NotPublished::Key("there is no key".to_owned());
        let mut checkpoint = Checkpoint::sign(&self.parts.origin, &head, &signers).ok_or_else(unsigned)?;
        // First the mark: what was shown to anybody must never be taken back.
        if mark.is_none_or(|mark| mark.head != head) {
            self.parts.high_water.write(&checkpoint.to_string()).map_err(NotPublished::HighWater)?;
        }
        self.cosign(&mut checkpoint, now).await;
        let (origin, note) = (self.parts.origin.clone(), checkpoint.to_string());
        let keep = move |conn: &mut _| audit::keep_checkpoint(conn, &origin, head.size, &note);
        self.index.recorder().maintain(keep).await.map_err(Failure::from)?;
        self.last = Some((head, now));
        Ok(Some(head))
    }

    /// The mark, if it is this log's and signed by a key that is known.
    fn believed(&self, note: &str, signers: &[NoteSigner]) -> Result<Checkpoint, Contradiction> {
        let known = signers.iter().map(|signer| signer.key().clone()).chain(self.parts.former.iter().cloned());
        let ring = KeyRing::new(known);
        Checkpoint::parse(note)
            .ok()
            .filter(|mark| mark.origin == self.parts.origin && mark.check(&ring).is_ok())
            .ok_or(Contradiction::MarkForeign)
    }

    async fn standing(&self, mark: Option<TreeHead>) -> Result<Standing, NotPublished> {
        let origin = self.parts.origin.clone();
        let read = move |conn: &mut _, _: &_| -> Result<_, Failure> {
            let signed = match mark {
                None => audit::find_checkpointed_size(conn, &origin)?,
                Some(_) => None,
            };
            Ok((audit::read_standing(conn, mark.map_or(0, |mark| mark.size))?, signed))
        };
        let (standing, signed) = self.index.prepare(read).await?;
        if signed.is_some() { Err(Contradiction::MarkMissing.into()) } else { Ok(standing) }
    }
}

/// The head to sign, if it agrees with what was signed before.
fn agree(mark: Option<TreeHead>, standing: Standing) -> Result<TreeHead, Contradiction> {
    let Standing { head, then } = standing;
    match (mark, then) {
        (None, _) => Ok(head),
        (Some(mark), None) => Err(Contradiction::Shorter { size: head.size, signed: mark.size }),
        (Some(mark), Some(then)) if then == mark.root => Ok(head),
        (Some(mark), Some(_)) => Err(Contradiction::Differs { signed: mark.size }),
    }
}
