//! The whole service asked over HTTP, as people and systems ask it: one module for each thing that they come for.

mod access;
mod bad_input;
mod births;
mod brokered_contacts;
mod canaries;
mod capability_proposals;
mod checkpoints;
mod children;
mod consents;
mod contacts;
mod enquiries;
mod explanations;
mod exports;
mod failing_closed;
mod indicators;
mod involvements;
mod matrix;
mod mediation;
mod questions;
mod recorded;
mod registrations;
mod restrictions;
mod searches;
mod shield_workflow;
mod shields;
mod staff;

use crate::suite::Suite;

/// Adds the cases over HTTP.
pub fn cases(suite: &mut Suite) {
    access::cases(suite);
    bad_input::cases(suite);
    births::cases(suite);
    brokered_contacts::cases(suite);
    canaries::cases(suite);
    capability_proposals::cases(suite);
    checkpoints::cases(suite);
    children::cases(suite);
    consents::cases(suite);
    contacts::cases(suite);
    enquiries::cases(suite);
    exports::cases(suite);
    explanations::cases(suite);
    failing_closed::cases(suite);
    indicators::cases(suite);
    involvements::cases(suite);
    matrix::cases(suite);
    mediation::cases(suite);
    questions::cases(suite);
    recorded::cases(suite);
    registrations::cases(suite);
    restrictions::cases(suite);
    searches::cases(suite);
    shield_workflow::cases(suite);
    shields::cases(suite);
    staff::cases(suite);
}
