//! The Merkle tree of RFC 6962: hashes of leaves and nodes, and the frontier that grows a tree without its leaves.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Length of a hash in bytes (SHA-256).
pub const HASH_BYTES: usize = 32;

/// The root of a tree without leaves: the hash of nothing (RFC 6962, section 2.1).
pub const EMPTY_ROOT: Hash = Hash([
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41,
    0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
]);

/// A SHA-256 hash of a leaf, a node or a payload. Shown and read as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// The bytes of the hash.
    pub const fn as_bytes(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Reads hashes that stand one after the other, as in a tile; `None` unless the length is a multiple of 32 bytes.
    pub fn list_from_bytes(bytes: &[u8]) -> Option<Vec<Self>> {
        let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
        rest.is_empty().then(|| hashes.iter().map(|hash| Self(*hash)).collect())
    }

    /// Writes hashes one after the other, as in a tile.
    pub fn list_to_bytes(hashes: &[Self]) -> Vec<u8> {
        hashes.iter().flat_map(|hash| hash.0).collect()
    }
}

impl TryFrom<&[u8]> for Hash {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        bytes.try_into().map(Self).map_err(|_| NotAHash)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        // One spelling only, so that two different texts never mean the same hash.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotAHash);
        }
        let mut bytes = [0; HASH_BYTES];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAHash)?;
        Ok(Self(bytes))
    }
}

/// Not a SHA-256 hash: 32 bytes, or 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash is 64 lower-case hexadecimal digits")]
pub struct NotAHash;

/// The hash of a leaf: `SHA-256(0x00 ‖ leaf)`.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update([0x00]);
    sha.update(leaf);
    Hash(sha.finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 ‖ left ‖ right)`.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut sha = Sha256::new();
    sha.update([0x01]);
    sha.update(left.0);
    sha.update(right.0);
    Hash(sha.finalize().into())
}

/// The size of a log and its root: what a checkpoint states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of leaves.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
}

/// The right edge of a tree: the roots of its complete subtrees, largest first, one for each bit set in the size.
/// It is all that appending needs, at most 64 hashes however large the tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The frontier of a tree without leaves.
    pub const fn empty() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// Number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Adds the hash of the next leaf.
    pub fn push(&mut self, leaf_hash: Hash) {
        self.merge(0, leaf_hash);
    }

    /// Adds the next `2^level` leaves at once by the root of their complete subtree. `None`, and nothing is added,
    /// unless the size is a multiple of that number.
    pub fn push_subtree(&mut self, level: u32, root: Hash) -> Option<()> {
        let leaves = 1_u64.checked_shl(level)?;
        self.size.is_multiple_of(leaves).then(|| self.merge(level, root))
    }

    fn merge(&mut self, level: u32, root: Hash) {
        let mut merged = root;
        let mut full = self.size >> level;
        // Each low bit set is a complete subtree as large as the one just made.
        while full & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                merged = node_hash(&left, &merged);
            }
            full >>= 1;
        }
        self.peaks.push(merged);
        self.size += 1 << level;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or(EMPTY_ROOT)
    }

    /// The peaks one after the other, largest first; the size is kept beside them.
    pub fn to_bytes(&self) -> Vec<u8> {
        Hash::list_to_bytes(&self.peaks)
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote for a tree of `size` leaves; `None` when the two do not fit.
    pub fn from_bytes(size: u64, bytes: &[u8]) -> Option<Self> {
        let peaks = Hash::list_from_bytes(bytes)?;
        let wanted = usize::try_from(size.count_ones()).ok()?;
        (peaks.len() == wanted).then_some(Self { size, peaks })
    }
}

/// The root over hashes of neighbouring leaves, or of neighbouring complete subtrees of equal size.
pub fn root_of(hashes: impl IntoIterator<Item = Hash>) -> Hash {
    let mut frontier = Frontier::empty();
    hashes.into_iter().for_each(|hash| frontier.push(hash));
    frontier.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Leaves of the test vectors that the certificate transparency implementations share.
    fn vector_leaves() -> Vec<Vec<u8>> {
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
            .iter()
            .map(|text| hex::decode(text).unwrap())
            .collect()
    }

    #[test]
    fn roots_agree_with_the_published_vectors() {
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut frontier = Frontier::empty();
        assert_eq!(frontier.root(), EMPTY_ROOT);
        for (leaf, root) in vector_leaves().iter().zip(roots) {
            frontier.push(leaf_hash(leaf));
            assert_eq!(frontier.root().to_string(), root);
        }
    }

    #[test]
    fn a_frontier_goes_through_bytes_and_back_at_every_size() {
        let mut frontier = Frontier::empty();
        for number in 0..600_u64 {
            let bytes = frontier.to_bytes();
            assert_eq!(Frontier::from_bytes(number, &bytes), Some(frontier.clone()));
            assert_eq!(Frontier::from_bytes(2 * number + 1, &bytes), None, "one hash too few");
            frontier.push(leaf_hash(&number.to_be_bytes()));
        }
        assert_eq!(Frontier::from_bytes(1, &[0; 31]), None);
        assert_eq!(Frontier::from_bytes(1, &[0; 33]), None);
    }

    #[test]
    fn subtrees_pushed_whole_make_the_same_tree() {
        let hash = |number: u64| leaf_hash(&number.to_be_bytes());
        let (mut whole, mut single) = (Frontier::empty(), Frontier::empty());
        for tile in 0..5 {
            whole.push_subtree(8, root_of((tile * 256..(tile + 1) * 256).map(hash))).unwrap();
            (tile * 256..(tile + 1) * 256).for_each(|number| single.push(hash(number)));
            assert_eq!(whole, single);
        }
        whole.push(hash(1280));
        assert_eq!(whole.push_subtree(8, EMPTY_ROOT), None);
        assert_eq!(whole.size(), 1281);
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let text = EMPTY_ROOT.to_string();
        assert_eq!(text.parse(), Ok(EMPTY_ROOT));
        for bad in [text.to_uppercase(), format!("{text}0"), text.get(1..).unwrap().into(), "g".repeat(64)] {
            assert_eq!(bad.parse::<Hash>(), Err(NotAHash), "{bad}");
        }
    }
}
