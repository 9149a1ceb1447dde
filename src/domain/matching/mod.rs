//! Finding the right child: folding, keys, votes, scores and ranking. Pure functions, the same for every database.
//!
//! A search runs [`query_plan`] over the key table, counts [`Votes`], loads the [`Profile`]s of the best candidates
//! (each built from what the searcher may find by) and hands them to [`rank`]. Registration and loading do the same
//! with [`profile_plan`] and [`same_child`], so that one place decides who is the same child.

pub mod agreements;
mod births;
#[cfg(test)]
mod cases;
mod family_names;
mod features;
pub mod folds;
pub mod frequencies;
mod given_names;
#[cfg(test)]
mod handled;
mod hashing;
pub mod keys;
pub mod levels;
pub mod minimums;
mod name_sounds;
mod names;
mod placeholders;
mod places;
pub mod plans;
pub mod profiles;
#[cfg(test)]
mod properties;
pub mod queries;
pub mod ranks;
pub mod scores;
pub mod sounds;
mod tokens;
pub mod variants;
pub mod votes;
mod weights;

pub use agreements::{Field, How};
pub use frequencies::Frequencies;
pub use hashing::FastMap;
pub use keys::{Key, KeyKind, KeySecret, MAX_CHILD_KEYS, child_keys};
pub use levels::{Level, Levels};
pub use minimums::MinimumsError;
pub use plans::{KeyPlan, MAX_KEY_ROWS, PlannedKey, profile_plan, query_plan};
pub use profiles::{ExactIdentifier, NameForm, NameKind, Profile};
pub use queries::{BirthCriterion, PostcodeCriterion, QueriedDate, SearchQuery};
pub use ranks::{Grade, Hit, MAX_PLAUSIBLE, Outcome, Ranking, rank};
pub use scores::{FieldMatch, FieldWeight, Score, Scorer, same_child, score};
pub use votes::{CANDIDATES, FEW_CANDIDATES, MORE_CANDIDATES, Votes};
