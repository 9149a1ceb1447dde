//! Pure values and rules: no I/O, no async, no framework.

pub mod audit;
pub mod bulk;
pub mod codes;
pub mod identifiers;
pub mod index_numbers;
pub mod matching;
pub mod policy;
pub mod postcodes;
pub mod reasons;
pub mod routes;
pub mod services;
pub mod sex;
pub mod texts;
