//! Finding the right child: folding, keys, votes, scores and ranking. Pure functions, the same for every database.

pub mod folds;
mod placeholders;
mod places;
pub mod profiles;
pub mod queries;

pub use profiles::{ExactIdentifier, NameForm, NameKind, Profile};
pub use queries::{BirthCriterion, MinimumsError, PostcodeCriterion, QueriedDate, SearchQuery};
