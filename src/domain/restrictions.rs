//! Restrictions: a record that named colleagues may not know of, because it is their own, a relative's or of somebody
//! close.

use crate::domain::codes::codes;
use crate::domain::ids::AccountId;
use crate::domain::instants::Instant;

codes! {
    /// Why somebody may not know of a record.
    pub enum RestrictionGround {
        /// It is of a relative.
        Relative => "relative",
        /// It is of somebody in their household or close to them.
        Close => "close-to-family",
        /// It was their own, when they were a child.
        Own => "own-record",
        /// A colleague's family is to be protected from being looked up at work.
        Colleague => "colleagues-family",
    }
}

/// That an account may not know of a child's record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restriction {
    /// The account.
    pub account: AccountId,
    /// Why.
    pub ground: RestrictionGround,
    /// Since when.
    pub since: Instant,
}

/// So many accounts may be kept from one record.
pub const MOST_RESTRICTIONS: usize = 50;
