//! The whole service asked over HTTP, as people and systems ask it: one module for each thing that they come for.

mod access;
mod bad_input;
mod births;
mod brokered_contacts;
mod canaries;
mod checkpoints;
mod children;
mod contacts;
mod desk;
mod enquiries;
mod explanations;
mod exports;
mod failing_closed;
mod indicators;
mod involvements;
mod matrix;
mod questions;
mod recorded;
mod registrations;
mod searches;
mod shield_workflow;
mod shields;

use crate::suite::Suite;

/// Adds the cases over HTTP.
pub fn cases(suite: &mut Suite) {
    access::cases(suite);
    bad_input::cases(suite);
    births::cases(suite);
    brokered_contacts::cases(suite);
    canaries::cases(suite);
    checkpoints::cases(suite);
    children::cases(suite);
    contacts::cases(suite);
    desk::cases(suite);
    enquiries::cases(suite);
    exports::cases(suite);
    explanations::cases(suite);
    failing_closed::cases(suite);
    indicators::cases(suite);
    involvements::cases(suite);
    matrix::cases(suite);
    questions::cases(suite);
    recorded::cases(suite);
    registrations::cases(suite);
    searches::cases(suite);
    shield_workflow::cases(suite);
    shields::cases(suite);
}
