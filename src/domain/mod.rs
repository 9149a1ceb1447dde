//! Pure values and rules: no I/O, no async, no framework.

pub mod accounts;
pub mod audit;
pub mod bulk;
pub mod children;
pub mod codes;
pub mod disclosures;
pub mod email_addresses;
pub mod findability;
pub mod handles;
pub mod households;
pub mod identifiers;
pub mod ids;
pub mod index_numbers;
pub mod instants;
pub mod involvements;
pub mod matching;
pub mod organisations;
pub mod phone_numbers;
pub mod policy;
pub mod postcodes;
pub mod reasons;
pub mod routes;
pub mod services;
pub mod sex;
pub mod texts;
pub mod visits;
