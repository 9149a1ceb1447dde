//! Proofs from the stored log: that an event is under a root, and that the log has only grown.

use super::rows::find_event;
use super::tiles::StoredTree;
use crate::domain::audit::events::RecordedEvent;
use crate::domain::audit::proofs::{ProofError, prove_consistency, prove_inclusion};
use crate::domain::audit::tree::Hash;
use crate::store::connections::AnyConnection;
use crate::store::errors::{StoreError, StoreResult};
use crate::store::transactions::read_tx;

use super::heads::get_head;

/// An event and the proof that it is in the tree of the first `size` events.
#[derive(Debug, Clone, PartialEq)]
pub struct EventProof {
    /// The event.
    pub event: RecordedEvent,
    /// Size of the tree that the proof leads to.
    pub size: u64,
    /// Siblings on the way to the root, nearest first (RFC 6962, section 2.1.1).
    pub hashes: Vec<Hash>,
}

/// The event at `index` with its inclusion proof in the tree of the first `size` events, or of all. `None` where
/// there is no such event, or not so many.
///
/// # Errors
///
/// [`StoreError::Broken`] where rows that the proof needs are missing, and for failures of the database.
pub fn find_event_proof(conn: &mut AnyConnection, index: u64, size: Option<u64>) -> StoreResult<Option<EventProof>> {
    read_tx(conn, |conn| {
        let present = get_head(conn)?.size();
        let size = size.unwrap_or(present);
        if size > present {
            return Ok(None);
        }
        let hashes = match prove_inclusion(&mut StoredTree::new(conn, present), index, size) {
            Ok(hashes) => hashes,
            Err(ProofError::OutOfRange) => return Ok(None),
            Err(ProofError::Read(error)) => return Err(error),
        };
        let event = find_event(conn, index)?
            .ok_or_else(|| StoreError::broken("an event is missing from the audit log; run audit verify"))?;
        Ok(Some(EventProof { event, size, hashes }))
    })
}

/// The proof that the tree of the first `to` events extends that of the first `from`. `None` where there are not so
/// many events, or `from` is the larger.
///
/// # Errors
///
/// As for [`find_event_proof`].
pub fn prove_extension(conn: &mut AnyConnection, from: u64, to: u64) -> StoreResult<Option<Vec<Hash>>> {
    read_tx(conn, |conn| {
        let present = get_head(conn)?.size();
        if to > present {
            return Ok(None);
        }
        match prove_consistency(&mut StoredTree::new(conn, present), from, to) {
            Ok(hashes) => Ok(Some(hashes)),
            Err(ProofError::OutOfRange) => Ok(None),
            Err(ProofError::Read(error)) => Err(error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::proofs::{check_consistency, check_inclusion};
    use crate::domain::audit::tree::{Frontier, Hash};
    use crate::store::audit::examples::{Fresh, example};

    /// More than two full tiles, and a part of a third.
    const SIZE: u64 = 600;

    fn log_with_roots() -> (Fresh, Vec<Hash>) {
        let mut log = Fresh::new();
        let events: Vec<_> = (0..SIZE).map(example).collect();
        let mut frontier = Frontier::empty();
        let mut roots = vec![frontier.root()];
        for receipt in log.append(&events) {
            frontier.push(receipt.leaf_hash);
            roots.push(frontier.root());
        }
        (log, roots)
    }

    #[test]
    fn events_are_proved_to_be_in_every_tree_that_holds_them() {
        let (mut log, roots) = log_with_roots();
        for size in [1, 2, 255, 256, 257, 511, 513, SIZE] {
            for index in [0, size / 3, size / 2, size - 1] {
                let proof = find_event_proof(&mut log.conn, index, Some(size)).unwrap().unwrap();
                let root = roots[usize::try_from(size).unwrap()];
                assert_eq!(check_inclusion(index, proof.event.leaf_hash, size, root, &proof.hashes), Ok(()));
            }
        }
        assert_eq!(find_event_proof(&mut log.conn, 3, None).unwrap().unwrap().size, SIZE);
        for (index, size) in [(SIZE, None), (5, Some(5)), (0, Some(SIZE + 1)), (0, Some(0))] {
            assert_eq!(find_event_proof(&mut log.conn, index, size).unwrap(), None, "{index} {size:?}");
        }
    }

    #[test]
    fn the_log_is_proved_to_have_only_grown() {
        let (mut log, roots) = log_with_roots();
        let root = |size: u64| roots[usize::try_from(size).unwrap()];
        for new in [1, 256, 257, 512, 599, SIZE] {
            for old in [0, 1, 255, 256, 300, 511, 512, new].into_iter().filter(|old| *old <= new) {
                let proof = prove_extension(&mut log.conn, old, new).unwrap().unwrap();
                assert_eq!(check_consistency(old, root(old), new, root(new), &proof), Ok(()), "{old} to {new}");
            }
        }
        assert_eq!(prove_extension(&mut log.conn, 1, SIZE + 1).unwrap(), None);
        assert_eq!(prove_extension(&mut log.conn, 5, 4).unwrap(), None);
    }
}
