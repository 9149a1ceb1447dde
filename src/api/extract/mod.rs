//! What handlers take from a request, checked on the way in: bodies, parameters and headers.

mod children;
mod faults;
mod headers;
mod json;
mod parameters;
mod shape;
mod strict;

pub use children::{CarerShieldOf, ChildOf, ContactOf, EntryOf, TransferOf};
pub use headers::{IdempotencyKey, IfMatch, LegalPurposeHeader, OnBehalfOfHeader};
pub use json::{BodyLimits, HashedJson, ValidJson};
pub use parameters::{NoQuery, PathOf, ValidQuery};

#[cfg(test)]
pub(crate) use json::parse as parse_body;
