//! A search as it is sent, and its answer.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::views::NameView;
use crate::api::codes::{GradeCode, MatchCode, MatchedFieldCode, SexCode, code_schemas};
use crate::api::dates::Day;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::searches::{Ending, FoundChild, Search, SearchAnswer};
use crate::domain::codes::codes;
use crate::domain::identifiers::{Identifier, IdentifierSystem};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::matching::{
    BirthCriterion, ExactIdentifier, Field, FieldMatch, Grade, How, MinimumsError, PostcodeCriterion, QueriedDate,
    SearchQuery,
};
use crate::domain::sex::Sex;

/// Stands in every answer to a search by something that a shielded record hides, whatever the outcome, so that nobody
/// takes silence for absence and silence tells nothing.
const SEARCH_AGAIN: &str = "Search again by name and date of birth only: some records are not found by anything else.";

/// Stands in every answer that shows nobody because too many fit.
const SAY_MORE: &str = "Too many children fit, so that none is shown. Add what else you know.";

/// What is known of the child. Enough is: the index number alone; a family name with a date of birth; both names with a
/// range of up to 12 months or an age; both names with a postcode; a given name with date of birth and postcode; or an
/// identifier with a date of birth.
#[derive(Debug, Clone, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}))]
pub struct SearchBody {
    /// The family name as heard; spelling need not be right.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Okafor")]
    family_name: Option<String>,
    /// The given names as heard; nicknames do.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Chidera")]
    given_name: Option<String>,
    /// The date of birth as known, `YYYY-MM-DD`. It need not exist (`2015-02-31`): most of a wrong date is still right.
    #[schema(pattern = "^(19[0-9]{2}|20[0-9]{2}|2100)-[0-3][0-9]-[0-3][0-9]$", example = "2015-03-02")]
    date_of_birth: Option<String>,
    /// The first day of a range of birth; with `born_to`.
    #[schema(value_type = Option<NaiveDate>, example = "2015-01-01")]
    born_from: Option<Day>,
    /// The last day of a range of birth; with `born_from`.
    #[schema(value_type = Option<NaiveDate>, example = "2015-06-30")]
    born_to: Option<Day>,
    /// The age in whole years.
    #[validate(range(max = 25))]
    #[schema(minimum = 0, maximum = 25, example = 11)]
    age: Option<u8>,
    /// The sex.
    #[schema(value_type = Option<SexCode>)]
    sex: Option<Sex>,
    /// The postcode of an address, present or past; its first half, or one with a slip in it, does.
    #[validate(length(min = 1, max = 12))]
    #[schema(min_length = 1, max_length = 12, example = "BA14 8JN")]
    postcode: Option<String>,
    /// An identifier of another system that your sector may read.
    #[validate(nested)]
    identifier: Option<SearchedIdentifier>,
    /// The mother of a child recorded before birth, alone: for maternity, health visiting and social care.
    #[validate(nested)]
    mother: Option<SearchedMother>,
    /// The index number, alone.
    #[validate(length(min = 12, max = 40))]
    #[schema(min_length = 12, max_length = 40, example = "7K3M-9XQ2-4HT8")]
    index_number: Option<String>,
    /// How many children to show at most; 10 where absent.
    #[validate(range(min = 1, max = 25))]
    #[schema(minimum = 1, maximum = 25, default = 10)]
    limit: Option<u8>,
}

/// What is known of a mother. Enough is: a family name with a date of birth, or an NHS number with a date of birth.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchedMother {
    /// Her family name as heard.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Okafor")]
    family_name: Option<String>,
    /// Her given names as heard.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "Ada")]
    given_name: Option<String>,
    /// Her date of birth as known, `YYYY-MM-DD`.
    #[schema(pattern = "^(19[0-9]{2}|20[0-9]{2}|2100)-[0-3][0-9]-[0-3][0-9]$", example = "1996-03-02")]
    date_of_birth: Option<String>,
    /// Her NHS number.
    #[validate(length(min = 10, max = 20))]
    #[schema(min_length = 10, max_length = 20, example = "9000000017")]
    nhs_number: Option<String>,
}

impl SearchedMother {
    fn into_search(self, limit: usize) -> Result<Search, Problem> {
        let birth = match &self.date_of_birth {
            None => None,
            Some(date) => Some(QueriedDate::parse(date).map(BirthCriterion::On).ok_or_else(|| {
                at("/mother/date_of_birth", "wrong-form", "must be a date of the years 1900 to 2100, YYYY-MM-DD")
            })?),
        };
        let number = self.nhs_number.as_deref().map(|number| {
            Identifier::parse(IdentifierSystem::NhsNumber, number).map_err(|error| {
                let item = ProblemItem::at("/mother/nhs_number", "wrong-form", error.to_string());
                Problem::new(ProblemCode::InvalidBody).item(item)
            })
        });
        let number = number.transpose()?;
        let query = SearchQuery {
            family_name: self.family_name,
            given_name: self.given_name,
            birth,
            identifier: number.map(|each| ExactIdentifier::new(each.system().code(), each.value())),
            limit,
            ..SearchQuery::default()
        };
        query.check_minimums().map_err(|error| {
            let items = error.missing.iter().map(|pointer| {
                ProblemItem::at(
                    format!("/mother{}", pointer.replace("/identifier", "/nhs_number")),
                    "missing",
                    "is needed",
                )
            });
            Problem::new(ProblemCode::CriteriaInsufficient).items(items).detail(error.sentence)
        })?;
        Ok(Search::Mother(query))
    }
}

/// An identifier to search by.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchedIdentifier {
    /// The system: `nhs-number`, `upn`, `uln`, or another's code.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", example = "nhs-number")]
    system: IdentifierSystem,
    /// Its value; spaces and hyphens do not matter.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "999 000 0018")]
    value: String,
}

impl SearchBody {
    /// The search this is, on `day`.
    ///
    /// # Errors
    /// `422` with every single thing that contradicts another, cannot be read, or is missing.
    pub fn into_search(self, day: NaiveDate) -> Result<Search, Problem> {
        if let Some(number) = &self.index_number {
            return if self.is_alone() && self.mother.is_none() { read_number(number) } else { Err(not_alone()) };
        }
        let limit = self.limit.map_or(SearchQuery::DEFAULT_LIMIT, usize::from);
        if self.mother.is_some() && !self.is_alone() {
            return Err(at("/mother", "contradiction", "stands alone: leave out what is known of the child"));
        }
        if let Some(mother) = self.mother {
            return mother.into_search(limit);
        }
        let birth = self.birth(day)?;
        let postcode = self.postcode.as_deref().map(read_postcode).transpose()?;
        let identifier = self.identifier.map(SearchedIdentifier::read).transpose()?;
        let system = identifier.as_ref().map(|identifier| identifier.system().clone());
        let query = SearchQuery {
            family_name: self.family_name,
            given_name: self.given_name,
            birth,
            sex: self.sex,
            postcode,
            identifier: identifier.map(|each| ExactIdentifier::new(each.system().code(), each.value())),
            limit,
        };
        query.check_minimums().map_err(insufficient)?;
        Ok(Search::Facts { query, identifier: system })
    }

    /// Whether the index number stands beside nothing else.
    fn is_alone(&self) -> bool {
        self.family_name.is_none()
            && self.given_name.is_none()
            && self.date_of_birth.is_none()
            && self.born_from.is_none()
            && self.born_to.is_none()
            && self.age.is_none()
            && self.sex.is_none()
            && self.postcode.is_none()
            && self.identifier.is_none()
    }

    /// What is said of the birth: a date, a range or an age, and not two of them.
    fn birth(&self, day: NaiveDate) -> Result<Option<BirthCriterion>, Problem> {
        let between = self.born_from.is_some() || self.born_to.is_some();
        let contradiction = |pointer, message| Err(at(pointer, "contradiction", message));
        match (&self.date_of_birth, between, self.age) {
            (Some(_), true, _) => contradiction("/born_from", "has no place beside date_of_birth"),
            (Some(_), _, Some(_)) => contradiction("/age", "has no place beside date_of_birth"),
            (None, true, Some(_)) => contradiction("/age", "has no place beside born_from and born_to"),
            (Some(date), false, None) => match QueriedDate::parse(date) {
                Some(date) => Ok(Some(BirthCriterion::On(date))),
                None => Err(at("/date_of_birth", "wrong-form", "must be a date of the years 1900 to 2100, YYYY-MM-DD")),
            },
            (None, true, None) => match (self.born_from, self.born_to) {
                (Some(Day(from)), Some(Day(to))) if from <= to => Ok(Some(BirthCriterion::Between(from, to))),
                (Some(_), Some(_)) => contradiction("/born_to", "lies before born_from"),
                (Some(_), None) => Err(at("/born_to", "missing", "is needed beside born_from")),
                _ => Err(at("/born_from", "missing", "is needed beside born_to")),
            },
            (None, false, age) => Ok(age.map(|years| BirthCriterion::Age { years, on: day })),
        }
    }
}

impl SearchedIdentifier {
    fn read(self) -> Result<Identifier, Problem> {
        Identifier::parse(self.system, &self.value).map_err(|error| {
            let item = ProblemItem::at("/identifier/value", "wrong-form", error.to_string());
            Problem::new(ProblemCode::InvalidBody).item(item)
        })
    }
}

fn read_number(number: &str) -> Result<Search, Problem> {
    IndexNumber::parse(number).map(Search::Number).map_err(|error| {
        let item = ProblemItem::at("/index_number", "wrong-form", error.to_string());
        Problem::new(ProblemCode::InvalidBody).item(item)
    })
}

fn read_postcode(text: &str) -> Result<PostcodeCriterion, Problem> {
    const MESSAGE: &str = "must be a postcode such as BA14 8JN, or its first half; ZZ99 is no place";
    PostcodeCriterion::read(text).ok_or_else(|| at("/postcode", "wrong-form", MESSAGE))
}

fn not_alone() -> Problem {
    at("/index_number", "contradiction", "stands alone: leave out the others, or leave out the number")
}

fn at(pointer: &'static str, code: &'static str, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, code, message))
}

fn insufficient(error: MinimumsError) -> Problem {
    let items = error.missing.iter().map(|pointer| ProblemItem::at(*pointer, "missing", "is needed"));
    Problem::new(ProblemCode::CriteriaInsufficient).items(items).detail(error.sentence)
}

codes! {
    /// How a search ended.
    pub enum SearchOutcome {
        /// There are children to show.
        Found => "found",
        /// Nobody fits.
        None => "none",
        /// Too many fit; nobody is shown.
        TooMany => "too-many",
        /// A system without a person gets one child or nobody.
        NoSingleMatch => "no-single-match",
    }
}

code_schemas! {
    /// How a search ended: `found`; `none`, where nobody fits; `too-many`, where so many fit that nobody is shown; or, for
    /// a system without a person behind it, `no-single-match` for none and for many.
    SearchOutcomeCode => SearchOutcome,
}

impl From<Ending> for SearchOutcome {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Found => Self::Found,
            Ending::None => Self::None,
            Ending::TooMany => Self::TooMany,
            Ending::NoSingleMatch => Self::NoSingleMatch,
        }
    }
}

/// The answer of a search.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchView {
    /// Best first.
    results: Vec<FoundChildView>,
    /// How it ended.
    #[schema(value_type = SearchOutcomeCode)]
    outcome: SearchOutcome,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
}

/// A child that may be the one meant.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundChildView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// The probability, from 0 to 1, that this is the child meant.
    #[schema(minimum = 0, maximum = 1, example = 0.998)]
    score: f64,
    /// What the score comes to: `certain` from 0.95, `probable` from 0.85, `possible` below.
    #[schema(value_type = GradeCode)]
    grade: Grade,
    /// The fields that matched, and how.
    matched_on: Vec<MatchView>,
    /// The current name.
    name: NameView,
    /// The date of birth; `null` before birth.
    #[schema(required = true)]
    date_of_birth: Option<NaiveDate>,
    /// The sex.
    #[schema(value_type = SexCode)]
    sex: Sex,
    /// Names the child for twelve hours, for your account alone: use it in addresses instead of the number.
    #[schema(example = "000102030405060708090a0b0c0d0e0f00")]
    handle: String,
    /// The first half of the postcode, where the one you searched by matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "BA14")]
    postcode_district: Option<String>,
    /// Whether the record is shielded: it shows who the child is and nothing else.
    shielded: bool,
}

/// A field that matched.
#[derive(Debug, Serialize, ToSchema)]
pub struct MatchView {
    /// The field.
    #[schema(value_type = MatchedFieldCode)]
    field: Field,
    /// In what way.
    #[schema(value_type = MatchCode)]
    how: How,
}

impl From<FieldMatch> for MatchView {
    fn from(matched: FieldMatch) -> Self {
        Self { field: matched.field, how: matched.how }
    }
}

impl From<FoundChild> for FoundChildView {
    fn from(child: FoundChild) -> Self {
        Self {
            child_id: child.index_number.to_string(),
            score: (child.probability * 10_000.0).round() / 10_000.0,
            grade: child.grade,
            matched_on: child.matched.into_iter().map(MatchView::from).collect(),
            name: child.name.into(),
            date_of_birth: child.date_of_birth,
            sex: child.sex,
            handle: child.handle.to_string(),
            postcode_district: child.postcode_district,
            shielded: child.shielded,
        }
    }
}

impl From<SearchAnswer> for SearchView {
    fn from(answer: SearchAnswer) -> Self {
        let advice = match (answer.used_hideable_field, answer.ending) {
            // The same words whatever came of it.
            (true, _) => Some(SEARCH_AGAIN),
            (false, Ending::TooMany) => Some(SAY_MORE),
            (false, _) => None,
        };
        let results = answer.children.into_iter().map(FoundChildView::from).collect();
        Self { results, outcome: answer.ending.into(), advice }
    }
}

#[cfg(test)]
mod tests;
