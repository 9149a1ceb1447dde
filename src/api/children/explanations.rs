//! Why a search finds a child or does not, as it is shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::searches::SearchBody;
use crate::api::codes::{GradeCode, MatchCode, MatchedFieldCode};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::explanations::{Explained, Explanation};
use crate::app::searches::Search;
use crate::domain::matching::{Field, FieldWeight, Grade, How};

/// The criteria that a body gives to be compared with a child.
///
/// # Errors
/// As a search's; and `422` for an index number, which names its child and leaves nothing to explain, and for a mother,
/// who is not the child.
pub fn criteria_of(body: SearchBody, day: NaiveDate) -> Result<Explained, Problem> {
    match body.into_search(day)? {
        Search::Facts { query, identifier } => Ok(Explained { query, identifier }),
        Search::Number(_) => Err(unexplained("/index_number", "names its child: there is nothing to explain")),
        Search::Mother(_) => Err(unexplained("/mother", "is not compared here: say what is known of the child")),
    }
}

fn unexplained(pointer: &'static str, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, "contradiction", message))
}

/// What speaks for a child and against it, in bits: each doubles the odds, or halves them where it is negative. `prior`,
/// the weights of the fields and `household` add up to `log_odds`.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExplanationView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// The probability, from 0 to 1, that this is the child meant, were there no other that fits.
    #[schema(minimum = 0, maximum = 1, example = 0.998)]
    score: f64,
    /// What the score comes to.
    #[schema(value_type = GradeCode)]
    grade: Grade,
    /// Whether a search by these criteria would show the child, were there no other that fits.
    found: bool,
    /// The odds for this child, as a logarithm to base 2.
    #[schema(example = 9.31)]
    log_odds: f64,
    /// The odds before anything is compared: one child among all in the index.
    #[schema(maximum = 0, example = -17.12)]
    prior: f64,
    /// What is taken off because brothers, sisters and twins agree in the same way.
    #[schema(maximum = 0, example = -0.04)]
    household: f64,
    /// The fields that both the criteria and the record, as you may see it, have something in.
    fields: Vec<FieldWeightView>,
}

/// What one field adds to the odds.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldWeightView {
    /// The field.
    #[schema(value_type = MatchedFieldCode)]
    field: Field,
    /// In what way it matched; absent where it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MatchCode>, nullable = false)]
    how: Option<How>,
    /// What it adds, in bits.
    #[schema(example = 12.68)]
    weight: f64,
    /// The rows of the table of weights that this was read from.
    #[schema(example = json!(["birth exact"]))]
    levels: Vec<String>,
}

impl From<&FieldWeight> for FieldWeightView {
    fn from(weight: &FieldWeight) -> Self {
        let levels = weight.levels.iter().map(|row| format!("{} {}", row.field, row.level)).collect();
        Self { field: weight.field, how: weight.how, weight: in_hundredths(weight.bits), levels }
    }
}

impl From<Explanation> for ExplanationView {
    fn from(explained: Explanation) -> Self {
        let score = explained.score;
        Self {
            child_id: explained.index_number.to_string(),
            score: (score.probability * 10_000.0).round() / 10_000.0,
            grade: Grade::of(score.probability),
            found: explained.found,
            log_odds: in_hundredths(score.log_odds),
            prior: in_hundredths(score.prior),
            household: in_hundredths(score.household),
            fields: score.weights.iter().map(FieldWeightView::from).collect(),
        }
    }
}

fn in_hundredths(bits: f64) -> f64 {
    let rounded = (bits * 100.0).round() / 100.0;
    // Not the negative zero.
    if rounded == 0.0 { 0.0 } else { rounded }
}
