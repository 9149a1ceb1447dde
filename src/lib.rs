//! Child Index: who else is working with this child, and how do I reach them?
//!
//! Four rooms, each looking only downward: [`api`] (HTTP), [`app`] (use-cases), [`store`] (databases and the
//! recorder) and [`domain`] (pure values and rules). [`server`] and [`cli`] wire them together; [`config`] and
//! [`telemetry`] are leaves.

pub mod api;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod server;
pub mod store;
pub mod telemetry;
