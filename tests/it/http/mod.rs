//! The whole service asked over HTTP, as people and systems ask it: one module for each thing that they come for.

mod abuse;
mod access;
mod access_log;
mod bad_input;
mod births;
mod brokered_contacts;
mod canaries;
mod capability_proposals;
mod carer_shields;
mod cases;
mod checkpoints;
mod children;
mod consents;
mod contacts;
mod desk;
mod enquiries;
mod explanations;
mod exports;
mod failing_closed;
mod indicators;
mod involvements;
mod matrix;
mod mediation;
mod overrides;
mod questions;
mod random_walks;
mod recorded;
mod registrations;
mod restrictions;
mod sealing;
mod searches;
mod shield_workflow;
mod shields;
mod staff;

use crate::suite::Suite;

/// Adds the cases over HTTP.
pub fn cases(suite: &mut Suite) {
    abuse::cases(suite);
    access::cases(suite);
    access_log::cases(suite);
    bad_input::cases(suite);
    births::cases(suite);
    brokered_contacts::cases(suite);
    canaries::cases(suite);
    carer_shields::cases(suite);
    cases::cases(suite);
    capability_proposals::cases(suite);
    checkpoints::cases(suite);
    children::cases(suite);
    consents::cases(suite);
    contacts::cases(suite);
    desk::cases(suite);
    enquiries::cases(suite);
    exports::cases(suite);
    explanations::cases(suite);
    failing_closed::cases(suite);
    indicators::cases(suite);
    involvements::cases(suite);
    matrix::cases(suite);
    overrides::cases(suite);
    mediation::cases(suite);
    questions::cases(suite);
    random_walks::cases(suite);
    recorded::cases(suite);
    registrations::cases(suite);
    sealing::cases(suite);
    restrictions::cases(suite);
    searches::cases(suite);
    shield_workflow::cases(suite);
    shields::cases(suite);
    staff::cases(suite);
}
