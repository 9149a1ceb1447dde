//! The audit log's pure half: what an event says, how it becomes a leaf, and the Merkle tree (RFC 6962) over leaves.
//!
//! An [`Event`](events::Event) is encoded as one [`Leaf`](leaves::Leaf) and one salted
//! [`Payload`](payloads::Payload). Leaf hashes extend the [`Frontier`](tree::Frontier), whose root binds every event
//! before it; [`proofs`] show that an event is under a root, or that a later root extends an earlier one.

pub mod actions;
#[cfg(test)]
mod agreement;
pub mod checkpoints;
pub mod events;
pub mod leaf_proofs;
pub mod leaves;
pub mod note_keys;
pub mod notes;
pub mod payloads;
pub mod proofs;
pub mod receipts;
pub mod scope;
pub mod tiles;
pub mod tree;
pub mod views;
