//! What anybody may ask of the log to check it: its newest checkpoint, tiles of hashes, and proofs.
//!
//! None of it is about a child or a person: a leaf's hash binds a payload by a salt of 128 bits, so that nothing can be
//! guessed from it. So it is open to everybody and leaves no event; recording it would make the log grow by being
//! checked. What a leaf itself says (when, which action, how it ended) is for auditors of the whole log, and recorded.

use super::index::Answer;
use super::{Failure, Index, Session};
use crate::domain::audit::actions::{AuditAction, Outcome};
use crate::domain::audit::checkpoints::Checkpoint;
use crate::domain::audit::leaf_proofs::LeafProof;
use crate::domain::audit::payloads::{Criteria, TargetKind};
use crate::domain::audit::receipts::Receipt;
use crate::domain::audit::scope::Auditor;
use crate::domain::audit::tiles::TilePart;
use crate::domain::audit::tree::Hash;
use crate::domain::disclosures::{Disclosure, Sealed};
use crate::domain::policy::{Actor, Forbidden, Refusal};
use crate::domain::visits::Visit;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::transactions::read_tx;
use crate::store::{accounts, audit};

/// The newest checkpoint as it was published; `None` where nothing was signed yet, or nothing is.
///
/// # Errors
/// [`Failure`] where nothing could be read.
pub async fn read_checkpoint(index: &Index) -> Result<Option<String>, Failure> {
    let Some(origin) = index.origin() else { return Ok(None) };
    index.inspect(move |conn| audit::find_latest_checkpoint(conn, &origin)).await
}

/// The hashes of a tile, as far as the newest checkpoint reaches.
///
/// # Errors
/// As [`read_checkpoint`].
pub async fn read_tile(index: &Index, part: TilePart) -> Result<Option<Vec<Hash>>, Failure> {
    let origin = index.origin();
    index.inspect(move |conn| within_checkpoint(conn, origin, |conn, size| audit::find_tile(conn, part, size))).await
}

/// What comes of asking for a proof of growth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Growth {
    /// The proof, hashes as RFC 6962 orders them.
    Proved(Vec<Hash>),
    /// The larger size is beyond the newest checkpoint, which has this size.
    Beyond(u64),
}

/// Proves that the log of `to` events extends the log of `from`, which is not the larger.
///
/// # Errors
/// As [`read_checkpoint`].
pub async fn prove_growth(index: &Index, from: u64, to: u64) -> Result<Growth, Failure> {
    let origin = index.origin();
    let found = index
        .inspect(move |conn| {
            read_tx(conn, |conn| {
                let size = checkpointed(conn, origin.as_deref())?;
                let proof = if to <= size { audit::find_growth_proof(conn, from, to)? } else { None };
                Ok(proof.map_or(Growth::Beyond(size), Growth::Proved))
            })
        })
        .await?;
    Ok(found)
}

/// Whether an access was recorded, shown so that it can be checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// The receipt asked about.
    pub receipt: Receipt,
    /// The hash of the leaf that stands at its index.
    pub leaf_hash: Hash,
    /// Siblings on the way from that leaf to the checkpoint's root.
    pub hashes: Vec<Hash>,
    /// The newest checkpoint.
    pub checkpoint: Checkpoint,
}

impl Recording {
    /// Whether the log holds what the receipt says.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.leaf_hash == self.receipt.leaf_hash
    }

    /// The proof of what stands there, to be kept.
    #[must_use]
    pub fn to_proof(&self) -> LeafProof {
        LeafProof { index: self.receipt.index, hashes: self.hashes.clone(), checkpoint: self.checkpoint.clone() }
    }
}

/// Shows what stands at a receipt's index under the newest checkpoint; `None` where that does not reach so far.
///
/// # Errors
/// As [`read_checkpoint`].
pub async fn check_receipt(index: &Index, receipt: Receipt) -> Result<Option<Recording>, Failure> {
    let Some(origin) = index.origin() else { return Ok(None) };
    index
        .inspect(move |conn| {
            read_tx(conn, |conn| {
                let Some(note) = audit::find_latest_checkpoint(conn, &origin)? else { return Ok(None) };
                let checkpoint = Checkpoint::parse(&note)
                    .map_err(|error| StoreError::broken_by("a checkpoint cannot be read; run audit verify", &error))?;
                let proof = audit::find_leaf_proof(conn, receipt.index, checkpoint.head.size)?;
                Ok(proof.map(|(leaf_hash, hashes)| Recording { receipt, leaf_hash, hashes, checkpoint }))
            })
        })
        .await
}

/// The leaves under a tile of level 0, as far as the newest checkpoint reaches, for an auditor of the whole log.
///
/// # Errors
/// [`Failure`] where nothing could be read or recorded; [`Failure::Busy`] also where the auditor's own account was
/// changed meanwhile.
pub async fn read_leaves(index: &Index, visit: Visit, part: TilePart) -> Result<Answer<Vec<Vec<u8>>>, Failure> {
    let (identity, strength, reason) = (visit.identity.clone(), visit.strength, visit.reason);
    let (origin, through) = (index.origin(), visit.through.is_some());
    let found = index
        .prepare(move |conn, _| {
            let account = accounts::find_by_identity(conn, &identity.issuer, &identity.subject)?;
            let reads = account.is_some_and(|(account, _)| {
                !through && reads_leaves(&Actor::from_account(&account, strength, reason)).is_ok()
            });
            if !reads {
                return Ok(None);
            }
            let leaves = within_checkpoint(conn, origin, |conn, size| audit::find_leaves(conn, part, size))?;
            Ok(Some(leaves))
        })
        .await?;
    index.disclose(visit, move |session| show_leaves(session, part, found)).await
}

/// A leaf tells when something happened anywhere, so whoever reads them must oversee every area.
fn reads_leaves(actor: &Actor) -> Result<(), Refusal> {
    match Auditor::of(actor)?.area {
        None => Ok(()),
        Some(_) => Err(Refusal::Forbidden(Forbidden::Area)),
    }
}

fn show_leaves(
    session: &mut Session<'_>,
    part: TilePart,
    found: Option<Option<Vec<Vec<u8>>>>,
) -> Result<Sealed<Vec<Vec<u8>>>, Failure> {
    let (action, first) = (AuditAction::AuditExport, part.tile.number);
    let told = |session: &Session<'_>, outcome| {
        let asked = Criteria::new().with("leaves", part.width);
        session.event(action, outcome).on(TargetKind::AuditEvent, first.saturating_mul(256)).asking(asked)
    };
    if let Err(refusal) = reads_leaves(&session.actor) {
        return Ok(Disclosure::refused(refusal, told(session, refusal.outcome())));
    }
    match found {
        // Not found to be an auditor a moment ago.
        None => Err(Failure::Busy),
        Some(None) => Ok(Disclosure::refused(Refusal::NotFound, told(session, Refusal::NotFound.outcome()))),
        Some(Some(leaves)) => Ok(Disclosure::with(told(session, Outcome::Disclosed), leaves)),
    }
}

/// How large the log was at its newest checkpoint; 0 where there is none.
fn checkpointed(conn: &mut AnyConnection, origin: Option<&str>) -> StoreResult<u64> {
    let size = origin.map(|origin| audit::find_checkpointed_size(conn, origin)).transpose()?;
    Ok(size.flatten().unwrap_or(0))
}

/// Reads within the log that the newest checkpoint states, in one view of the database.
fn within_checkpoint<T>(
    conn: &mut AnyConnection,
    origin: Option<String>,
    read: impl FnOnce(&mut AnyConnection, u64) -> StoreResult<T>,
) -> StoreResult<T> {
    read_tx(conn, |conn| {
        let size = checkpointed(conn, origin.as_deref())?;
        read(conn, size)
    })
}
