//! The HTTP rim: routes, DTOs, token check and problem documents.

pub mod auth;
