//! The audit log's tables: appending, looking up, proving and verifying. Rows are added here and never changed.

mod append;
mod candidates;
mod changes;
mod checkpoints;
mod derived;
#[cfg(test)]
mod examples;
mod exports;
mod filters;
mod heads;
mod lookups;
mod proofs;
mod pseudonyms;
mod redactions;
mod rows;
mod searches;
mod surroundings;
mod tallies;
mod tiles;
mod verify;

pub use append::{MAX_PAYLOAD_BYTES, append};
pub use changes::{Changes, list_changes};
pub use checkpoints::{
    Standing, find_checkpointed_size, find_growth_proof, find_latest_checkpoint, find_leaf_proof, find_leaves,
    find_tile, keep_checkpoint, read_standing,
};
pub use derived::{catch_up, take_turn};
pub use exports::{EXPORT_FORMAT, ExportError, export};
pub use filters::{Cursor, EventFilter, Members, NotACursor, Overseer};
pub(in crate::store) use heads::column;
pub use heads::{Head, get_head, lock_head};
pub use proofs::{EventProof, find_event_proof, prove_extension};
pub use pseudonyms::{child_pseudonyms, children_behind, ensure_pseudonyms};
pub use redactions::{Removed, forget_removed, remove_payloads};
pub use rows::{find_event, first_index_at, list_from};
pub use searches::{EventPage, is_recorded, search_events};
pub use surroundings::{read_accounts_around, read_surroundings};
pub use tallies::{SearchCounts, count_searches};
pub use verify::{
    CheckpointSummary, Expectations, Fault, Finding, Follower, Summary, VerifyError, verify, verify_against,
};
