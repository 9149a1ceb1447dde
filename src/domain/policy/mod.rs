//! Who may see and do what: one table, one decision, and the permit that carries it.

mod actors;
mod blocks;
mod decisions;
mod permits;
mod refusals;
mod subjects;
#[cfg(test)]
mod tests;

pub use actors::{Actor, LegalPurpose};
pub use blocks::{Block, Column, Extent, View, Visibility, cell, shielded_cell};
pub use decisions::{
    IdentifierRule, PolicySettings, decide, decide_registration, decide_search, may_change_child, may_change_entry,
    may_search_by, visibility_of,
};
pub use permits::{
    Action, ChangeChild, ChangeInvolvement, ConfirmInvolvement, EndInvolvement, ListInvolvements, Permit, ReadChild,
    ReadContacts, RegisterInvolvement, SearchPermit,
};
pub use refusals::{Conflict, Forbidden, Refusal, Violation};
pub use subjects::{CaseKind, OpenCase, Subject, Tie};

/// The version of these rules, kept with every disclosure, so that "what could they see that day" has an answer.
pub const POLICY_VERSION: &str = "2026-11";
