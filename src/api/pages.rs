//! Pages of lists: the parameters that ask for one, and the cursor that leads to the next.

use std::fmt::Display;
use std::str::FromStr;

use super::problems::{Problem, ProblemCode, ProblemItem};

/// How many items a page has where nobody says.
const USUAL: u16 = 50;

/// How many items a page is to have.
pub(super) fn limit(asked: Option<u16>) -> u16 {
    asked.unwrap_or(USUAL)
}

/// Reads the cursor that a caller sends back.
///
/// # Errors
/// `422` where it is none of ours.
pub(super) fn cursor<P: FromStr<Err: Display>>(sent: Option<&str>) -> Result<Option<P>, Problem> {
    sent.map(str::parse).transpose().map_err(|_| no_cursor())
}

/// The problem of a cursor that is none of ours.
pub(super) fn no_cursor() -> Problem {
    let item = ProblemItem::in_parameter("cursor", "cursor", "must be the `next` of the page before, as it was sent");
    Problem::new(ProblemCode::InvalidParameter).item(item)
}
