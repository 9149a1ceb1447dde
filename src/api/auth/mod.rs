//! Who is calling: bearer tokens (RFC 9068) verified before anything else of a request is read.
//!
//! A token says *who* and how strongly they logged in. What they may do is decided elsewhere, by their account:
//! roles and scopes in tokens, headers and bodies are not even looked at.

mod claims;
mod jose_header;
mod key_sets;
mod key_store;
mod local_issuer;
mod middleware;
mod refusals;
mod verifier;

pub use claims::{ActingParty, AuthStrength, TokenFingerprint, VerifiedToken};
pub use key_sets::{KeySet, KeySetError};
pub use key_store::{KeySource, KeySourceError, KeyStore, KeyTiming, StaticKeys};
pub use local_issuer::{LocalIssuer, LocalIssuerError, TokenOrder};
#[cfg(test)]
pub(in crate::api) use middleware::MEDIATED;
pub use middleware::authenticate;
pub use refusals::TokenRefusal;
pub use verifier::{Issuer, RefusedToken, Verifier};

#[cfg(test)]
mod tests;
