//! Where a child lives, in the bulk format.

use serde::de::{Deserializer, Error};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::fields::optional_trimmed;
use crate::domain::children::{AddressIntent, AddressState};
use crate::domain::postcodes::{Postcode, PostcodeInput};

/// Where the child lives, as far as the source knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkAddress {
    /// How far that is known; [`BulkAddress::state`] also heeds the pseudo-postcodes.
    pub state: AddressState,
    /// The address without its postcode.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// The postcode, or a pseudo-postcode that says there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "write", deserialize_with = "read")]
    pub postcode: Option<PostcodeInput>,
    /// What the family intends, where it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub intent: Option<AddressIntent>,
}

impl BulkAddress {
    /// The state the record gets: a pseudo-postcode means that no address is known.
    #[must_use]
    pub fn state(&self) -> AddressState {
        match self.postcode {
            Some(PostcodeInput::NoFixedAbode | PostcodeInput::NotKnown) => AddressState::NoneKnown,
            Some(PostcodeInput::Real(_)) | None => self.state,
        }
    }

    /// The postcode, where it is a place.
    #[must_use]
    pub fn postcode(&self) -> Option<&Postcode> {
        match &self.postcode {
            Some(PostcodeInput::Real(postcode)) => Some(postcode),
            _ => None,
        }
    }
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<PostcodeInput>, D::Error> {
    optional_trimmed(deserializer)?.map(|text| PostcodeInput::parse(&text).map_err(D::Error::custom)).transpose()
}

fn write<S: Serializer>(postcode: &Option<PostcodeInput>, serializer: S) -> Result<S::Ok, S::Error> {
    match postcode {
        Some(PostcodeInput::Real(postcode)) => serializer.serialize_str(postcode.as_str()),
        Some(PostcodeInput::NoFixedAbode) => serializer.serialize_str("ZZ99 3VZ"),
        Some(PostcodeInput::NotKnown) => serializer.serialize_str("ZZ99 3WZ"),
        None => serializer.serialize_none(),
    }
}
