//! Idempotency keys: the same request sent again creates nothing twice and is decided anew.

use super::{Failure, Session};
use crate::domain::policy::Refusal;
use crate::store::replays::{self, Earlier};

/// The key a caller sent with a request that creates something, and what it was sent with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The key.
    pub key: String,
    /// SHA-256 of the body.
    pub body_hash: [u8; 32],
}

/// What the first request with a key did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// How it ended, in the use-case's own words.
    pub outcome: String,
    /// What it created.
    pub reference: Option<String>,
}

/// What an earlier request of this account and operation with the same key did; none without a key, or the first time.
///
/// # Errors
/// Inside: [`Refusal::KeyReused`] where the key was sent with another body. Outside: [`Failure`].
pub fn find(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
) -> Result<Result<Option<Replay>, Refusal>, Failure> {
    let Some(key) = key else { return Ok(Ok(None)) };
    let account = session.actor.account;
    let earlier = replays::find(session.conn, account, session.visit.operation, &key.key, session.now)?;
    Ok(match earlier {
        None => Ok(None),
        Some(earlier) if earlier.body_hash == key.body_hash => {
            Ok(Some(Replay { outcome: earlier.outcome, reference: earlier.reference }))
        }
        Some(_) => Err(Refusal::KeyReused),
    })
}

/// Keeps what this request did under its key, if it has one.
///
/// # Errors
/// As the store's.
pub fn remember(
    session: &mut Session<'_>,
    key: Option<&IdempotencyKey>,
    outcome: &str,
    reference: Option<String>,
) -> Result<(), Failure> {
    let Some(key) = key else { return Ok(()) };
    let earlier = Earlier { body_hash: key.body_hash.to_vec(), outcome: outcome.to_owned(), reference };
    let account = session.actor.account;
    Ok(replays::insert(session.conn, account, session.visit.operation, &key.key, &earlier, session.now)?)
}
