//! Proofs as they are shown, and a receipt's proof as a text that needs no service to be checked.

use serde::Serialize;
use utoipa::ToSchema;

use crate::app::checkpoints::Recording;
use crate::domain::audit::tree::Hash;

/// A proof that the log of one size extends that of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrowthView {
    /// The earlier size.
    #[schema(example = 1)]
    from: u64,
    /// The later size.
    #[schema(example = 2)]
    to: u64,
    /// The hashes in hexadecimal digits, as RFC 6962 orders them; none where the sizes are equal or the earlier is 0.
    #[schema(example = json!(["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]))]
    hashes: Vec<String>,
}

impl GrowthView {
    /// A proof between two sizes.
    #[must_use]
    pub fn new(from: u64, to: u64, hashes: &[Hash]) -> Self {
        Self { from, to, hashes: texts(hashes) }
    }
}

/// What stands at a receipt's index in the log, and the proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RecordingView {
    /// Whether it is what the receipt says.
    recorded: bool,
    /// The index.
    #[schema(example = 0)]
    index: u64,
    /// The hash of the leaf that stands there, in hexadecimal digits.
    #[schema(example = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    leaf_hash: String,
    /// The way from there to the checkpoint's root.
    inclusion_proof: LeafProofView,
    /// The checkpoint: a signed note.
    checkpoint: String,
    /// All of it as one text (C2SP tlog-proof), to be kept with the receipt.
    proof: String,
}

/// A proof that a leaf is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeafProofView {
    /// The size of the tree it leads to.
    #[schema(example = 1)]
    tree_size: u64,
    /// Siblings on the way to its root, nearest first, in hexadecimal digits.
    hashes: Vec<String>,
}

impl From<&Recording> for RecordingView {
    fn from(recording: &Recording) -> Self {
        Self {
            recorded: recording.is_recorded(),
            index: recording.receipt.index,
            leaf_hash: recording.leaf_hash.to_string(),
            inclusion_proof: LeafProofView {
                tree_size: recording.checkpoint.head.size,
                hashes: texts(&recording.hashes),
            },
            checkpoint: recording.checkpoint.to_string(),
            proof: recording.to_proof().to_string(),
        }
    }
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}
