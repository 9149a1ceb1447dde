//! A change of a child's record as it is sent.

use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::bodies::{self, AddressBody, CarerBody, IdentifierBody, MotherBody, NameBody, OtherNameBody};
use crate::api::codes::SexCode;
use crate::api::dates::Day;
use crate::api::problems::Problem;
use crate::api::texts::{clearable, present};
use crate::app::children::{ChildChange, ParsedAddress, ParsedMother};
use crate::domain::sex::Sex;

/// What to change. What is absent stays. A list replaces the items that you see and leaves those that you do not.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "address": {"state": "current", "lines": ["3 Mill Lane", "Melksham"], "postcode": "SN12 6AA"}
}))]
pub struct ChangeBody {
    /// Another current name; the one before is kept as a former name.
    #[serde(default, deserialize_with = "present")]
    #[validate(nested)]
    #[schema(nullable = false)]
    name: Option<NameBody>,
    /// Former names and others in use.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    other_names: Option<Vec<OtherNameBody>>,
    /// A corrected date of birth.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    date_of_birth: Option<Day>,
    /// The sex.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SexCode>, nullable = false)]
    sex: Option<Sex>,
    /// Where the child lives; the state `none_known` takes an address away.
    #[serde(default, deserialize_with = "present")]
    #[validate(nested)]
    #[schema(nullable = false)]
    address: Option<AddressBody>,
    /// People with parental responsibility or care.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    carers: Option<Vec<CarerBody>>,
    /// Numbers other systems know the child by.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    identifiers: Option<Vec<IdentifierBody>>,
    /// A corrected expected date of delivery, of an unborn child.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    expected_on: Option<Day>,
    /// The mother of an unborn child; `null` takes her out of the record.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    mother: Option<Option<MotherBody>>,
    /// The day the child died.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    died_on: Option<Day>,
    /// The young person consents to stay in the index past 18, until this day; `null` withdraws the consent.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    stays_until: Option<Option<Day>>,
}

impl TryFrom<ChangeBody> for ChildChange {
    type Error = Problem;

    fn try_from(body: ChangeBody) -> Result<Self, Problem> {
        Ok(Self {
            name: body.name.map(Into::into),
            other_names: body.other_names.map(bodies::all),
            date_of_birth: body.date_of_birth.map(|day| day.0),
            sex: body.sex,
            address: body.address.map(ParsedAddress::try_from).transpose()?,
            carers: body.carers.map(bodies::all),
            identifiers: body.identifiers.map(bodies::identifiers).transpose()?,
            expected_on: body.expected_on.map(|day| day.0),
            mother: body.mother.map(|mother| mother.map(ParsedMother::try_from).transpose()).transpose()?,
            died_on: body.died_on.map(|day| day.0),
            stays_until: body.stays_until.map(|until| until.map(|day| day.0)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    fn read(body: &str) -> Result<ChildChange, String> {
        let parsed = parse_body::<ChangeBody>(body.as_bytes()).and_then(ChildChange::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn the_example_of_the_document_is_taken() {
        assert!(ChildChange::try_from(example::<ChangeBody>()).unwrap().address.is_some());
    }

    #[test]
    fn what_is_absent_stays() {
        assert_eq!(read("{}"), Ok(ChildChange::default()));
        let change = read(r#"{"sex":"M","carers":[]}"#).unwrap();
        assert_eq!(change, ChildChange { sex: Some(Sex::M), carers: Some(Vec::new()), ..ChildChange::default() });
    }

    #[test]
    fn null_clears_only_what_can_be_cleared() {
        assert_eq!(read(r#"{"stays_until":null}"#).unwrap().stays_until, Some(None));
        let until = "2034-01-01".parse().ok();
        assert_eq!(read(r#"{"stays_until":"2034-01-01"}"#).unwrap().stays_until, Some(until));
        for field in ["name", "other_names", "date_of_birth", "sex", "address", "carers", "identifiers", "died_on"] {
            assert_eq!(read(&format!("{{\"{field}\":null}}")), Err(format!("/{field}")));
        }
    }

    #[test]
    fn there_is_no_room_for_prose() {
        for field in ["notes", "comment", "status", "shielded", "child_id"] {
            assert_eq!(read(&format!("{{\"{field}\":\"x\"}}")), Err(format!("/{field}")));
        }
    }
}
