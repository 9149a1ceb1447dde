//! Proofs of RFC 6962: that a leaf is under a root (inclusion), and that one root extends another (consistency).

use super::tree::{EMPTY_ROOT, Hash, node_hash};

/// Reads the roots of complete subtrees of a tree.
pub trait HashReader {
    /// What can go wrong when reading.
    type Error;

    /// The root of the complete subtree over leaves `number · 2^level` to `(number + 1) · 2^level - 1`; at level 0 the
    /// hash of a leaf.
    ///
    /// # Errors
    /// When it cannot be read.
    fn subtree_root(&mut self, level: u32, number: u64) -> Result<Hash, Self::Error>;
}

/// A proof was asked for that does not exist, or reading failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError<E> {
    /// The leaf or the older tree lies outside the tree.
    #[error("outside the tree")]
    OutOfRange,
    /// The hashes could not be read.
    #[error(transparent)]
    Read(#[from] E),
}

/// A proof that does not prove what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct NotProven;

/// The root of the tree over the first `size` leaves.
///
/// # Errors
/// When a hash cannot be read.
pub fn root<R: HashReader>(reader: &mut R, size: u64) -> Result<Hash, R::Error> {
    if size == 0 { Ok(EMPTY_ROOT) } else { range_root(reader, 0, size) }
}

/// The inclusion proof of a leaf in the tree of `size` leaves (RFC 6962, section 2.1.1), nearest sibling first.
///
/// # Errors
/// [`ProofError::OutOfRange`] when the leaf is not in that tree; [`ProofError::Read`] when a hash cannot be read.
pub fn prove_inclusion<R: HashReader>(
    reader: &mut R,
    index: u64,
    size: u64,
) -> Result<Vec<Hash>, ProofError<R::Error>> {
    if index >= size {
        return Err(ProofError::OutOfRange);
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            proof.push(range_root(reader, middle, high)?);
            high = middle;
        } else {
            proof.push(range_root(reader, low, middle)?);
            low = middle;
        }
    }
    proof.reverse();
    Ok(proof)
}

/// The proof that the tree of `new_size` leaves extends the tree of `old_size` (RFC 6962, section 2.1.2). Empty when
/// the sizes are equal or the older tree has no leaves.
///
/// # Errors
/// [`ProofError::OutOfRange`] when the older tree is the larger; [`ProofError::Read`] when a hash cannot be read.
pub fn prove_consistency<R: HashReader>(
    reader: &mut R,
    old_size: u64,
    new_size: u64,
) -> Result<Vec<Hash>, ProofError<R::Error>> {
    if old_size > new_size {
        return Err(ProofError::OutOfRange);
    }
    if old_size == 0 || old_size == new_size {
        return Ok(Vec::new());
    }
    let mut proof = Vec::new();
    let (mut low, mut high) = (0, new_size);
    while high != old_size {
        let middle = low + split(high - low);
        if old_size <= middle {
            proof.push(range_root(reader, middle, high)?);
            high = middle;
        } else {
            proof.push(range_root(reader, low, middle)?);
            low = middle;
        }
    }
    // The older root itself is known to whoever checks, unless it is only a part of the older tree.
    if low > 0 {
        proof.push(range_root(reader, low, high)?);
    }
    proof.reverse();
    Ok(proof)
}

/// Checks an inclusion proof (RFC 9162, section 2.1.3.2).
///
/// # Errors
/// [`NotProven`] when the leaf is not shown to be at that index under that root.
pub fn check_inclusion(index: u64, leaf_hash: Hash, size: u64, root: Hash, proof: &[Hash]) -> Result<(), NotProven> {
    if index >= size {
        return Err(NotProven);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = leaf_hash;
    for sibling in proof {
        if last == 0 {
            return Err(NotProven);
        }
        if node & 1 == 1 || node == last {
            hash = node_hash(sibling, &hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 && hash == root { Ok(()) } else { Err(NotProven) }
}

/// Checks a consistency proof (RFC 9162, section 2.1.4.2).
///
/// # Errors
/// [`NotProven`] when the newer root is not shown to extend the older one.
pub fn check_consistency(
    old_size: u64,
    old_root: Hash,
    new_size: u64,
    new_root: Hash,
    proof: &[Hash],
) -> Result<(), NotProven> {
    if old_size > new_size {
        return Err(NotProven);
    }
    if old_size == 0 {
        return if old_root == EMPTY_ROOT && proof.is_empty() { Ok(()) } else { Err(NotProven) };
    }
    if old_size == new_size {
        return if old_root == new_root && proof.is_empty() { Ok(()) } else { Err(NotProven) };
    }
    let mut rest = proof.iter();
    let first = if old_size.is_power_of_two() { old_root } else { *rest.next().ok_or(NotProven)? };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut old_hash, mut new_hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(NotProven);
        }
        if node & 1 == 1 || node == last {
            old_hash = node_hash(sibling, &old_hash);
            new_hash = node_hash(sibling, &new_hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            new_hash = node_hash(&new_hash, sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    if last == 0 && old_hash == old_root && new_hash == new_root { Ok(()) } else { Err(NotProven) }
}

/// The largest power of two smaller than `count`, which must be at least 2: where RFC 6962 splits a tree.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The root over the leaves `low..high`, where `low` is a multiple of the largest power of two in the range.
fn range_root<R: HashReader>(reader: &mut R, low: u64, high: u64) -> Result<Hash, R::Error> {
    let count = high - low;
    if count.is_power_of_two() {
        let level = count.trailing_zeros();
        return reader.subtree_root(level, low >> level);
    }
    let middle = low + split(count);
    let left = range_root(reader, low, middle)?;
    let right = range_root(reader, middle, high)?;
    Ok(node_hash(&left, &right))
}
