//! Postcode districts in bodies and queries: the first half of a postcode, in any spelling.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use validator::ValidationError;

use crate::domain::postcodes::OutwardCode;

/// The first half of a postcode.
#[derive(Debug)]
pub struct PostcodeDistrict;

impl PartialSchema for PostcodeDistrict {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The first half of a postcode."))
            .min_length(Some(2))
            .max_length(Some(4))
            .into()
    }
}

impl ToSchema for PostcodeDistrict {}

pub(super) fn check_district(text: &str) -> Result<(), ValidationError> {
    let told = |_| ValidationError::new("district").with_message("must be the first half of a postcode".into());
    OutwardCode::parse(text).map(drop).map_err(told)
}

pub(super) fn check_districts(texts: &[String]) -> Result<(), ValidationError> {
    texts.iter().try_for_each(|text| check_district(text))
}

/// A district as it is stored; validation has refused every text that is none.
pub(super) fn district_of(text: &str) -> String {
    OutwardCode::parse(text).map(|code| code.as_str().to_owned()).unwrap_or_default()
}

/// Districts as they are stored, in order and each once.
pub(super) fn districts_of(texts: &[String]) -> Vec<String> {
    let mut districts: Vec<String> = texts.iter().map(|text| district_of(text)).collect();
    districts.sort_unstable();
    districts.dedup();
    districts
}
