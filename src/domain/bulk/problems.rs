//! Why a bulk line is refused: where and what, and never a value of the line.

use std::fmt;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

/// One thing wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkProblem {
    /// JSON pointer (RFC 6901) to the field; empty for the line as a whole.
    pub pointer: String,
    /// What is wrong with it.
    pub message: String,
}

impl BulkProblem {
    /// A problem with the field at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

impl fmt::Display for BulkProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pointer.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{} {}", self.pointer, self.message)
        }
    }
}

/// A refused line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BulkRefusal {
    /// All that is wrong, at least one thing; where the JSON does not fit the format, only the first.
    pub problems: Vec<BulkProblem>,
}

impl From<BulkProblem> for BulkRefusal {
    fn from(problem: BulkProblem) -> Self {
        Self { problems: vec![problem] }
    }
}

impl fmt::Display for BulkRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                f.write_str("; ")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for BulkRefusal {}

/// Reads a line that failed once more, to learn where.
pub(super) fn locate<T: DeserializeOwned>(line: &str) -> BulkRefusal {
    let deserializer = &mut serde_json::Deserializer::from_str(line);
    match serde_path_to_error::deserialize::<_, T>(deserializer) {
        // What follows the value is all that is left to be wrong.
        Ok(_) => BulkProblem::new("", "has something after the end of the JSON object").into(),
        Err(error) => {
            let pointer = pointer(error.path());
            translate(pointer, error.inner()).into()
        }
    }
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Map { key } => below(&pointer, key),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

fn below(pointer: &str, key: &str) -> String {
    format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
}

/// serde's messages quote what was given; these say only what was expected.
fn translate(pointer: String, error: &serde_json::Error) -> BulkProblem {
    if !error.is_data() {
        return BulkProblem::new("", format!("is not JSON: it goes wrong at character {}", error.column()));
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
    let quoted = |rest: &str| rest.split('`').next().unwrap_or_default().to_owned();
    if let Some(rest) = text.strip_prefix("missing field `") {
        return BulkProblem::new(below(&pointer, &quoted(rest)), "is required");
    }
    if let Some(rest) = text.strip_prefix("duplicate field `") {
        return BulkProblem::new(below(&pointer, &quoted(rest)), "is given twice");
    }
    if text.starts_with("unknown field") {
        return BulkProblem::new(pointer, "is not a field of this format");
    }
    let expected = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find(|start| text.starts_with(**start))
        .map(|_| text.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected));
    match expected {
        Some(expected) => BulkProblem::new(pointer, format!("must be {expected}")),
        // The rest are messages of our own types, which repeat nothing.
        None => BulkProblem::new(pointer, text),
    }
}
