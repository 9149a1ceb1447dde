//! Rows in, domain values out: diesel, pools, migrations and the recorder.

pub mod accounts;
pub mod audit;
pub mod budgets;
pub mod candidates;
pub mod cases;
pub mod children;
mod columns;
pub mod connections;
pub mod constraints;
mod database_url;
pub(crate) mod dialect;
pub mod errors;
pub mod files;
pub mod handles;
pub mod involvements;
pub mod keys;
pub mod locks;
pub mod migrations;
pub mod organisations;
pub mod pools;
pub mod practitioners;
pub mod replays;
mod routes;
pub mod schema;
mod settings;
pub mod teams;
pub mod transactions;
