//! Preconditions: whether a record is still what the caller saw, judged inside the transaction that changes it.

/// Judges what the caller sees now against what they saw before: the API compares the entity tags of both.
pub struct Precondition<T>(Option<Judge<T>>);

type Judge<T> = Box<dyn FnOnce(&T) -> bool + Send>;

impl<T> Precondition<T> {
    /// Holds always.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// Holds where `judge` says so of what the caller would be shown now.
    pub fn that(judge: impl FnOnce(&T) -> bool + Send + 'static) -> Self {
        Self(Some(Box::new(judge)))
    }

    /// Whether it holds.
    pub(super) fn holds(self, shown: &T) -> bool {
        self.0.is_none_or(|judge| judge(shown))
    }
}
