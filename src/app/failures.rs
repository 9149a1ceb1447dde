//! What keeps a use-case from giving any answer: never about the request, and nothing of it is told to a caller.

use crate::store::errors::StoreError;

/// No answer. A refusal is not among these: it is an answer, and recorded like one.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Too much is going on; the same request may succeed in a moment.
    #[error("the index is busy")]
    Busy,
    /// The database or the recorder failed; nothing was disclosed.
    #[error("the index could not answer")]
    Broken(#[source] StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::Busy,
            other => Self::Broken(other),
        }
    }
}
