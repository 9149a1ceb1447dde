//! The HTTP rim: routes, DTOs, token check and problem documents.

pub mod auth;
pub mod extract;
mod problem_codes;
pub mod problems;
pub mod state;
