//! Localities: which team of an organisation serves a child, told without where the child lives, and what becomes of a
//! team's children when a boundary moves.

use crate::domain::codes::codes;

codes! {
    /// Who serves a child at an organisation.
    pub enum ServedBy {
        /// The team that serves the district the child lives in.
        LocalityTeam => "locality-team",
        /// The organisation's own desk: no team serves the child, or which one would tell where it lives.
        Desk => "desk",
        /// The desk of the management team of the reader's own area: the child is shielded.
        ManagementTeam => "management-team",
    }
}

codes! {
    /// What became of an entry when a boundary moved.
    pub enum ReassignmentOutcome {
        /// It is the other team's.
        Moved => "moved",
        /// It stays, for a person to settle.
        Left => "left",
    }
}

codes! {
    /// Why an entry stays with its team although the boundary moved.
    pub enum LeftBecause {
        /// The child is shielded.
        Shielded => "shielded",
        /// The address is held until somebody has decided about it.
        AddressHeld => "address-held",
        /// The entry is on its way to another service.
        TransferOpen => "transfer-open",
        /// The other team has the same entry.
        Registered => "already-registered",
    }
}

/// The most districts that one team serves, or that are reassigned at once.
pub const MOST_DISTRICTS: usize = 50;
