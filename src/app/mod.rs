//! Use-cases: decide, do, record. Synchronous, no HTTP, no SQL; [`Index`] is the one handle the API holds.

pub mod access_points;
pub mod accounts;
pub mod alerts;
pub mod audits;
pub mod births;
pub mod brokered_contacts;
pub mod budgets;
pub mod capability_proposals;
pub mod cases;
pub mod certifications;
pub mod checkpoints;
pub mod children;
pub mod clock;
pub mod contacts;
pub mod enquiries;
pub mod explanations;
mod failures;
mod index;
pub mod indicators;
pub mod involvements;
pub mod leavers;
pub mod loads;
pub mod mediation;
pub mod operators;
pub mod organisations;
mod preconditions;
pub mod publishing;
mod recognition;
pub mod registrations;
pub mod replays;
pub mod restrictions;
pub mod searches;
mod sessions;
mod settings;
pub mod shields;
pub mod teams;
pub mod watching;

pub use failures::Failure;
pub use index::Index;
pub use preconditions::Precondition;
pub use sessions::Session;
pub use settings::{IndexSettings, Limits};

pub use crate::store::recorder::Recorded;
