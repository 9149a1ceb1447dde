//! The leaf: one canonical byte encoding of exactly the columns of an event's row, so that nothing in the row escapes
//! the hash.
//!
//! Version 1, integers big-endian, texts as one byte of length and then ASCII or UTF-8:
//!
//! ```text
//! version = 1 (1) | index (8) | at, microseconds since 1970 UTC, two's complement (8) | children (4)
//! | action (1 + n) | outcome (1 + n) | reason (1 + n, n = 0 for none) | strength (1 + n) | payload hash (32)
//! ```
//!
//! Every field has a fixed or a stated length and nothing may follow, so that two different rows never share an
//! encoding.

use sha2::{Digest, Sha256};

use super::tree::{HASH_BYTES, Hash};

/// Version of the encoding, its first byte.
pub const LEAF_VERSION: u8 = 1;
/// Length of the random salt before each payload, in bytes.
pub const SALT_BYTES: usize = 16;

/// The columns of one event's row. Codes are texts here, not enums: a log must stay readable and provable after a
/// code has gone from the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// Index of the event, contiguous from 0.
    pub index: u64,
    /// When, in microseconds since 1970 UTC.
    pub at: i64,
    /// Code of the action.
    pub action: &'a str,
    /// Code of the outcome.
    pub outcome: &'a str,
    /// Code of the stated reason.
    pub reason: Option<&'a str>,
    /// Code of the authentication strength.
    pub strength: &'a str,
    /// How many children something was disclosed about.
    pub children: u32,
    /// Salted hash of the payload.
    pub payload_hash: Hash,
}

/// Why bytes are no leaf, or a row cannot be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LeafError {
    /// A code is empty or longer than 255 bytes.
    #[error("a code in a leaf has 1 to 255 bytes")]
    CodeLength,
    /// The first byte is no version known here.
    #[error("the version of the leaf is not known")]
    Version,
    /// The bytes end too soon, go on too long or hold no text where text should be.
    #[error("the bytes are not a leaf")]
    Malformed,
}

impl<'a> Leaf<'a> {
    /// The encoding of the row.
    ///
    /// # Errors
    /// [`LeafError::CodeLength`] when a code is empty or longer than 255 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, LeafError> {
        let mut bytes = Vec::with_capacity(128);
        self.encode_into(&mut bytes)?;
        Ok(bytes)
    }

    /// Appends the encoding of the row to `bytes`.
    ///
    /// # Errors
    /// As [`encode`](Self::encode); `bytes` then holds a part of it.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) -> Result<(), LeafError> {
        bytes.push(LEAF_VERSION);
        bytes.extend_from_slice(&self.index.to_be_bytes());
        bytes.extend_from_slice(&self.at.to_be_bytes());
        bytes.extend_from_slice(&self.children.to_be_bytes());
        push_code(bytes, self.action)?;
        push_code(bytes, self.outcome)?;
        match self.reason {
            Some(reason) => push_code(bytes, reason)?,
            None => bytes.push(0),
        }
        push_code(bytes, self.strength)?;
        bytes.extend_from_slice(self.payload_hash.as_bytes());
        Ok(())
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`LeafError::Version`] for an unknown version, [`LeafError::Malformed`] for anything else that
    /// [`encode`](Self::encode) would not have written.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, LeafError> {
        let mut rest = Reader(bytes);
        let [version] = rest.array()?;
        if version != LEAF_VERSION {
            return Err(LeafError::Version);
        }
        let leaf = Self {
            index: u64::from_be_bytes(rest.array()?),
            at: i64::from_be_bytes(rest.array()?),
            children: u32::from_be_bytes(rest.array()?),
            action: rest.code()?.ok_or(LeafError::Malformed)?,
            outcome: rest.code()?.ok_or(LeafError::Malformed)?,
            reason: rest.code()?,
            strength: rest.code()?.ok_or(LeafError::Malformed)?,
            payload_hash: Hash(rest.array::<HASH_BYTES>()?),
        };
        if rest.0.is_empty() { Ok(leaf) } else { Err(LeafError::Malformed) }
    }
}

/// `SHA-256(salt ‖ payload)`. Without the salt, values of low entropy could be guessed from the hash.
pub fn payload_hash(salt: &[u8; SALT_BYTES], payload: &[u8]) -> Hash {
    let mut sha = Sha256::new();
    sha.update(salt);
    sha.update(payload);
    Hash(sha.finalize().into())
}

fn push_code(bytes: &mut Vec<u8>, code: &str) -> Result<(), LeafError> {
    let length = u8::try_from(code.len()).ok().filter(|length| *length > 0).ok_or(LeafError::CodeLength)?;
    bytes.push(length);
    bytes.extend_from_slice(code.as_bytes());
    Ok(())
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], LeafError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(LeafError::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn code(&mut self) -> Result<Option<&'a str>, LeafError> {
        let [length] = self.array()?;
        let (code, rest) = self.0.split_at_checked(usize::from(length)).ok_or(LeafError::Malformed)?;
        self.0 = rest;
        if code.is_empty() {
            return Ok(None);
        }
        std::str::from_utf8(code).map(Some).map_err(|_| LeafError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::audit::tree::leaf_hash;

    fn example() -> Leaf<'static> {
        Leaf {
            index: 7,
            at: 1_767_225_600_000_001,
            action: "child.search",
            outcome: "disclosed",
            reason: Some("safeguarding"),
            strength: "two-factor",
            children: 3,
            payload_hash: payload_hash(&[9; SALT_BYTES], b"{}"),
        }
    }

    #[test]
    fn the_encoding_does_not_move() {
        // A change here breaks every log ever written: add a version instead.
        let bytes = example().encode().unwrap();
        assert_eq!(
            hex::encode(&bytes),
            concat!(
                "0100000000000000070006474846204001000000030c6368696c642e73656172636809646973636c",
                "6f7365640c736166656775617264696e670a74776f2d666163746f727b36974dde41367e0e402dcc",
                "fd92e70558946afcfc082b4f6ea0b2dba358919e",
            )
        );
        assert_eq!(leaf_hash(&bytes).to_string(), "8f4d710cab2e89f19e66f039e18ffb75ab608d62a6e1d02f274036e1b8fe97af");
    }

    #[test]
    fn a_leaf_cut_short_or_gone_long_is_refused() {
        let bytes = example().encode().unwrap();
        for end in 0..bytes.len() {
            assert!(Leaf::decode(&bytes[..end]).is_err(), "{end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Leaf::decode(&longer), Err(LeafError::Malformed));
        let other_version = [&[2], &bytes[1..]].concat();
        assert_eq!(Leaf::decode(&other_version), Err(LeafError::Version));
    }

    #[test]
    fn a_code_that_does_not_fit_is_refused() {
        let long = "x".repeat(256);
        for code in ["", long.as_str()] {
            assert_eq!(Leaf { action: code, ..example() }.encode(), Err(LeafError::CodeLength));
            assert_eq!(Leaf { reason: Some(code), ..example() }.encode(), Err(LeafError::CodeLength));
        }
    }

    proptest! {
        #[test]
        fn every_row_goes_through_its_leaf_and_back(
            index: u64, at: i64, children: u32,
            action in "[a-z.]{1,40}", outcome in "\\PC{1,20}",
            reason in proptest::option::of("[a-z-]{1,30}"), strength in "[a-z-]{1,20}", hash: [u8; 32],
        ) {
            let leaf = Leaf {
                index, at, children, action: &action, outcome: &outcome, reason: reason.as_deref(),
                strength: &strength, payload_hash: Hash(hash),
            };
            let bytes = leaf.encode().unwrap();
            prop_assert_eq!(Leaf::decode(&bytes), Ok(leaf));
        }

        #[test]
        fn what_decodes_encodes_to_the_same_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..140), flip in 0..900_usize) {
            let mut near = example().encode().unwrap();
            if let Some(byte) = near.get_mut(flip / 8) {
                *byte ^= 1 << (flip % 8);
            }
            for candidate in [bytes, near] {
                if let Ok(leaf) = Leaf::decode(&candidate) {
                    prop_assert_eq!(leaf.encode().unwrap(), candidate);
                }
            }
        }
    }
}
