//! A registration as it is sent, and what may come of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::bodies::{self, AddressBody, CarerBody, ChildName, IdentifierBody, MotherBody, NameBody, OtherNameBody};
use super::searches::FoundChildView;
use crate::api::codes::SexCode;
use crate::api::dates::Day;
use crate::api::problems::{Problem, ProblemBody, ProblemCode};
use crate::api::texts::check_source_key;
use crate::app::children::ParsedMother;
use crate::app::registrations::NewChild;
use crate::app::searches::FoundChild;
use crate::domain::handles::{ChildRef, Handle};
use crate::domain::index_numbers::IndexNumber;
use crate::domain::sex::Sex;

/// A child to register: what your organisation knows. One of `date_of_birth` and `expected_on` is needed.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "source_key": "SIMS-000123",
    "name": {"family": "Okafor", "given": "Chidera Grace"},
    "other_names": [{"family": "Obi", "given": "Chidera", "kind": "former"}],
    "date_of_birth": "2015-03-02",
    "sex": "F",
    "address": {"state": "current", "lines": ["12 High Street", "Trowbridge"], "postcode": "BA14 8JN"},
    "identifiers": [{"system": "nhs-number", "value": "9000000009"}],
    "carers": [{
        "name": "Ada Okafor", "relationship": "mother", "parental_responsibility": true, "phone": "01225 713000"
    }],
}))]
pub struct RegisterBody {
    /// Your own key for the child, unique within your organisation: letters, digits and `- . _ : /`.
    #[validate(length(min = 1, max = 100), custom(function = check_source_key))]
    #[schema(min_length = 1, max_length = 100, pattern = "^[-A-Za-z0-9._:/]+$", example = "SIMS-000123")]
    source_key: Option<String>,
    /// The current name.
    #[validate(nested)]
    name: NameBody,
    /// Former names and others in use.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    other_names: Vec<OtherNameBody>,
    /// The date of birth; absent for an unborn child alone.
    #[schema(value_type = Option<NaiveDate>, example = "2015-03-02")]
    date_of_birth: Option<Day>,
    /// The expected date of delivery of an unborn child: for maternity, health visiting and social care.
    #[schema(value_type = Option<NaiveDate>)]
    expected_on: Option<Day>,
    /// The sex; unknown (`U`) where absent.
    #[schema(value_type = Option<SexCode>)]
    sex: Option<Sex>,
    /// Where the child lives; none is known where absent.
    #[validate(nested)]
    address: Option<AddressBody>,
    /// People with parental responsibility or care.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    carers: Vec<CarerBody>,
    /// Numbers other systems know the child by.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    identifiers: Vec<IdentifierBody>,
    /// The mother of an unborn child: protected, and searched by maternity, health visiting and social care alone.
    #[validate(nested)]
    mother: Option<MotherBody>,
    /// Index numbers or handles of children you were told of (`409`) that this one is not.
    #[serde(default)]
    #[validate(length(max = 25))]
    #[schema(value_type = Vec<ChildName>, max_items = 25, example = json!([]))]
    not_same_as: Vec<String>,
}

impl TryFrom<RegisterBody> for NewChild {
    type Error = Problem;

    fn try_from(body: RegisterBody) -> Result<Self, Problem> {
        Ok(Self {
            source_key: body.source_key,
            name: body.name.into(),
            other_names: bodies::all(body.other_names),
            date_of_birth: body.date_of_birth.map(|day| day.0),
            expected_on: body.expected_on.map(|day| day.0),
            sex: body.sex.unwrap_or(Sex::U),
            address: bodies::address_or_none_known(body.address)?,
            carers: bodies::all(body.carers),
            identifiers: bodies::identifiers(body.identifiers)?,
            mother: body.mother.map(ParsedMother::try_from).transpose()?,
            not_same_as: read_children(&body.not_same_as)?,
        })
    }
}

/// The children that a body names, by number or handle.
pub(super) fn read_children(names: &[String]) -> Result<Vec<ChildRef>, Problem> {
    let read = |(index, name): (usize, &String)| {
        name.parse().map_err(|error: crate::domain::index_numbers::IndexNumberError| {
            bodies::invalid(format!("/not_same_as/{index}"), format!("must be an index number or a handle: {error}"))
        })
    };
    names.iter().enumerate().map(read).collect()
}

/// A child that was registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// `provisional`: your organisation sees the record at once, others once it has been compared.
    #[schema(example = "provisional")]
    state: &'static str,
    /// Names the child for twelve hours, for your account alone: use it in addresses instead of the number.
    #[schema(example = "000102030405060708090a0b0c0d0e0f00")]
    handle: String,
}

impl RegisteredView {
    pub(super) fn new(number: IndexNumber, handle: Handle) -> Self {
        Self { child_id: number.to_string(), state: "provisional", handle: handle.to_string() }
    }

    /// Where the record is.
    pub(super) fn location(&self) -> String {
        format!("/v1/children/{}", self.child_id)
    }
}

/// A registration that waits for a person, for whatever reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    /// `held`.
    #[schema(example = "held")]
    state: &'static str,
}

impl HeldView {
    pub(super) const fn new() -> Self {
        Self { state: "held" }
    }
}

/// The problem of a registration that seems to be of a child who is registered already, or whose source key is taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct DuplicateProblem {
    /// The problem.
    #[serde(flatten)]
    problem: ProblemBody,
    /// The children that it may be, as a search would show them to you; absent where only the source key is taken.
    #[schema(nullable = false)]
    candidates: Option<Vec<FoundChildView>>,
}

/// The problem that names the children it may be.
pub(super) fn duplicate(lookalikes: Vec<FoundChild>) -> Problem {
    let candidates: Vec<FoundChildView> = lookalikes.into_iter().map(FoundChildView::from).collect();
    let candidates = serde_json::to_value(candidates).unwrap_or_default();
    Problem::new(ProblemCode::Duplicate)
        .detail("If it is none of these, register it again with their numbers or handles in not_same_as.")
        .member("candidates", candidates)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;
    use crate::domain::children::AddressState;
    use crate::domain::identifiers::IdentifierStatus;

    fn read(more: Value) -> Result<NewChild, (String, String)> {
        let mut body = json!({"name": {"family": " Okafor ", "given": "Chidera"}, "date_of_birth": "2015-03-02"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<RegisterBody>(body.to_string().as_bytes()).and_then(NewChild::try_from);
        parsed.map_err(|problem| {
            let item = problem.body().errors.first().cloned().unwrap();
            (item.pointer.unwrap(), item.message.into_owned())
        })
    }

    #[test]
    fn little_is_enough() {
        let child = read(json!({})).unwrap();
        assert_eq!((child.name.family.as_str(), child.sex), ("Okafor", Sex::U));
        assert_eq!(child.address.state, AddressState::NoneKnown);
        assert!(child.carers.is_empty() && child.not_same_as.is_empty());
    }

    #[test]
    fn the_example_of_the_document_is_taken() {
        let child = NewChild::try_from(example::<RegisterBody>()).unwrap();
        assert_eq!((child.carers.len(), child.identifiers.len(), child.other_names.len()), (1, 1, 1));
    }

    #[test]
    fn everything_is_read() {
        let child = read(json!({
            "sex": "F",
            "address": {"state": "current", "lines": ["12 High Street "], "postcode": "ba148jn"},
            "identifiers": [{"system": "nhs-number", "value": "900 000 0009", "status": "verified"}],
            "carers": [{"name": "Ada Okafor", "relationship": "mother", "phone": "01225713000"}],
            "not_same_as": ["7k3m9xq24ht8", "000102030405060708090a0b0c0d0e0f07"],
        }))
        .unwrap();
        assert_eq!(child.address.lines, ["12 High Street"]);
        assert_eq!(child.address.postcode.unwrap().as_str(), "BA14 8JN");
        assert_eq!(child.identifiers[0].status, IdentifierStatus::Verified);
        assert!(!child.carers[0].parental_responsibility);
        assert!(matches!(child.not_same_as[..], [ChildRef::Number(_), ChildRef::Handle(_)]));
    }

    #[test]
    fn a_pseudo_postcode_says_that_no_address_is_known() {
        let child = read(json!({"address": {"state": "current", "postcode": "ZZ99 3VZ"}})).unwrap();
        assert_eq!((child.address.state, child.address.postcode), (AddressState::NoneKnown, None));
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_not_repeated() {
        for (more, pointer) in [
            (json!({"name": {"family": "  "}}), "/name/family"),
            (json!({"name": {"family": "Oka\u{202e}for"}}), "/name/family"),
            (json!({"name": {"family": "Okafor", "middle": "x"}}), "/name/middle"),
            (json!({"notes": "Okafor"}), "/notes"),
            (json!({"source_key": "the Okafor girl"}), "/source_key"),
            (json!({"date_of_birth": "2015-02-31"}), "/date_of_birth"),
            (json!({"address": {"state": "current"}}), "/address"),
            (json!({"address": {"state": "none_known", "lines": ["Okafor"]}}), "/address/state"),
            (json!({"address": {"state": "current", "postcode": "Okafor"}}), "/address/postcode"),
            (json!({"address": {"state": "current", "lines": ["x"], "intent": "not_known"}}), "/address/intent"),
            (json!({"address": {"state": "current", "lines": [" "]}}), "/address/lines"),
            (json!({"identifiers": [{"system": "nhs-number", "value": "9000000008"}]}), "/identifiers/0/value"),
            (
                json!({"identifiers": [
                    {"system": "nhs-number", "value": "9000000009"}, {"system": "nhs-number", "value": "900 000 0009"},
                ]}),
                "/identifiers/1",
            ),
            (json!({"carers": [{"name": "Ada", "relationship": "Okafor's friend"}]}), "/carers/0/relationship"),
            (json!({"carers": [{"name": "Ada", "relationship": "mother", "phone": "Okafor"}]}), "/carers/0/phone"),
            (json!({"not_same_as": ["7K3M-9XQ2-4HT9"]}), "/not_same_as/0"),
        ] {
            let (at, message) = read(more.clone()).unwrap_err();
            assert_eq!(at, pointer, "{more}: {message}");
            assert!(!message.contains("Okafor"), "{message}");
        }
    }
}
