//! Finding the right child: folding, keys, votes, scores and ranking. Pure functions, the same for every database.

mod features;
pub mod folds;
pub mod keys;
mod placeholders;
mod places;
pub mod plans;
pub mod profiles;
pub mod queries;
pub mod sounds;
pub mod variants;
pub mod votes;

pub use keys::{Key, KeyKind, KeySecret, MAX_CHILD_KEYS, child_keys};
pub use plans::{KeyPlan, MAX_KEY_ROWS, PlannedKey, profile_plan, query_plan};
pub use profiles::{ExactIdentifier, NameForm, NameKind, Profile};
pub use queries::{BirthCriterion, MinimumsError, PostcodeCriterion, QueriedDate, SearchQuery};
pub use votes::{CANDIDATES, MORE_CANDIDATES, Votes};
