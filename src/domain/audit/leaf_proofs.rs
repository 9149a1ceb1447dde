//! A leaf's proof as one text that needs nothing else to be checked (C2SP tlog-proof): index, siblings, checkpoint.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoints::{Checkpoint, CheckpointFault, KeyRing, Signers};
use super::proofs::check_inclusion;
use super::receipts::Receipt;
use super::tree::Hash;

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1";
/// The most siblings: a tree of 2^64 leaves is no higher.
const HIGHEST: usize = 64;

/// A leaf's place, its way to a root, and the checkpoint that states the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeafProof {
    /// Index of the leaf.
    pub index: u64,
    /// Siblings, nearest first.
    pub hashes: Vec<Hash>,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafProofFault {
    /// It is no such text.
    #[error("this is no proof of an entry (c2sp.org/tlog-proof@v1)")]
    Form,
    /// Its checkpoint is not to be believed.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] CheckpointFault),
    /// It is about another event.
    #[error("the proof is about another index than the receipt")]
    OtherIndex,
    /// It does not lead from the receipt's leaf to the checkpoint's root.
    #[error("the receipt is not proved: the log holds something else at its index, or the proof is not of this log")]
    NotProven,
}

impl LeafProof {
    /// Checks a receipt against the proof, and the proof's checkpoint against the keys that are believed.
    ///
    /// # Errors
    /// [`LeafProofFault`].
    pub fn check(&self, receipt: &Receipt, ring: &KeyRing) -> Result<Signers, LeafProofFault> {
        let signers = self.checkpoint.check(ring)?;
        if self.index != receipt.index {
            return Err(LeafProofFault::OtherIndex);
        }
        let head = self.checkpoint.head;
        check_inclusion(receipt.index, receipt.leaf_hash, head.size, head.root, &self.hashes)
            .map_err(|_| LeafProofFault::NotProven)?;
        Ok(signers)
    }
}

impl fmt::Display for LeafProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{FIRST_LINE}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.as_bytes())))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

impl FromStr for LeafProof {
    type Err = LeafProofFault;

    fn from_str(text: &str) -> Result<Self, LeafProofFault> {
        let (head, checkpoint) = text.split_once("\n\n").ok_or(LeafProofFault::Form)?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(FIRST_LINE) {
            return Err(LeafProofFault::Form);
        }
        // What anybody may have added proves nothing.
        lines.next_if(|line| line.starts_with("extra "));
        let index_text = lines.next().and_then(|line| line.strip_prefix("index ")).ok_or(LeafProofFault::Form)?;
        let index: u64 = index_text.parse().map_err(|_| LeafProofFault::Form)?;
        let hashes = lines.map(read_hash).collect::<Option<Vec<_>>>().ok_or(LeafProofFault::Form)?;
        if index.to_string() != index_text || hashes.len() > HIGHEST {
            return Err(LeafProofFault::Form);
        }
        Ok(Self { index, hashes, checkpoint: Checkpoint::parse(checkpoint)? })
    }
}

fn read_hash(line: &str) -> Option<Hash> {
    Hash::try_from(STANDARD.decode(line).ok()?.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::note_keys::{KeyKind, NoteSigner};
    use crate::domain::audit::tree::{TreeHead, leaf_hash, node_hash};

    fn proof() -> (LeafProof, Receipt, KeyRing) {
        let (left, right) = (leaf_hash(b"left"), leaf_hash(b"right"));
        let signer = NoteSigner::from_seed("log.example", KeyKind::Log, [1; 32]).unwrap();
        let ring = KeyRing::new([signer.key().clone()]);
        let head = TreeHead { size: 2, root: node_hash(&left, &right) };
        let checkpoint = Checkpoint::sign("log.example", &head, &[signer]).unwrap();
        (LeafProof { index: 1, hashes: vec![left], checkpoint }, Receipt { index: 1, leaf_hash: right }, ring)
    }

    #[test]
    fn a_proof_goes_through_text_and_back_and_proves_its_receipt() {
        let (proof, receipt, ring) = proof();
        let text = proof.to_string();
        assert!(text.starts_with("c2sp.org/tlog-proof@v1\nindex 1\n"), "{text}");
        let read: LeafProof = text.parse().unwrap();
        assert_eq!(read, proof);
        assert!(read.check(&receipt, &ring).is_ok());
        let with_extra = text.replacen("index", "extra AAAA\nindex", 1);
        assert_eq!(with_extra.parse(), Ok(proof));
    }

    #[test]
    fn nothing_else_is_proved() {
        let (proof, receipt, ring) = proof();
        let other = Receipt { leaf_hash: leaf_hash(b"never"), ..receipt };
        assert_eq!(proof.check(&other, &ring), Err(LeafProofFault::NotProven));
        assert_eq!(proof.check(&Receipt { index: 0, ..receipt }, &ring), Err(LeafProofFault::OtherIndex));
        let stranger = KeyRing::default();
        assert_eq!(proof.check(&receipt, &stranger), Err(CheckpointFault::Unsigned.into()));
        let text = proof.to_string();
        for bad in [text.replace("@v1", "@v2"), text.replace("index 1", "index 01"), text.replace("\n\n", "\n")] {
            assert!(bad.parse::<LeafProof>().is_err(), "{bad}");
        }
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= 1;
            let Ok(flipped) = String::from_utf8(bytes) else { continue };
            let read = flipped.parse::<LeafProof>().and_then(|read| read.check(&receipt, &ring));
            assert!(read.is_err(), "{flipped}");
        }
    }
}
