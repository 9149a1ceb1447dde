//! A child in the bulk format: who the child is, and who is involved.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::addresses::BulkAddress;
use super::fields::{optional_day, optional_trimmed, trimmed};
use super::involvements::BulkInvolvement;
use crate::domain::children::{ChildStatus, OtherNameKind, ShieldGround};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::identifiers::{Identifier, IdentifierError, IdentifierStatus, IdentifierSystem};
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::sex::Sex;

/// A child with everything one source knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkChild {
    /// The source's own key for the child.
    #[serde(deserialize_with = "trimmed")]
    pub source_key: String,
    /// The code of the organisation that supplies the line. Where none is given it is the source named for the whole
    /// file, else the organisation of the first involvement, else the management team registered first.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_trimmed")]
    pub supplied_by: Option<String>,
    /// What the record is; active where absent, or unborn with [`Self::expected_on`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ChildStatus>,
    /// The current name.
    pub name: BulkName,
    /// Former names and others in use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_names: Vec<BulkOtherName>,
    /// Absent only while unborn.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub date_of_birth: Option<NaiveDate>,
    /// The expected date of delivery of an unborn child.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub expected_on: Option<NaiveDate>,
    /// The day the child died.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub died_on: Option<NaiveDate>,
    /// The young person consents to stay in the index past 18, until this day.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub stays_until: Option<NaiveDate>,
    /// Sex; unknown where absent.
    #[serde(default = "unknown_sex", skip_serializing_if = "is_unknown_sex")]
    pub sex: Sex,
    /// Where the child lives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<BulkAddress>,
    /// Numbers other systems know the child by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<BulkIdentifier>,
    /// People with parental responsibility or care.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carers: Vec<BulkCarer>,
    /// Why the record is shielded, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shield: Option<BulkShield>,
    /// Who is involved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub involvements: Vec<BulkInvolvement>,
}

/// A name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkName {
    /// The family name.
    #[serde(deserialize_with = "trimmed")]
    pub family: String,
    /// The given names; absent while nobody has given one.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "trimmed")]
    pub given: String,
}

/// A former name or one used beside the current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkOtherName {
    /// The family name.
    #[serde(deserialize_with = "trimmed")]
    pub family: String,
    /// The given names.
    #[serde(default, skip_serializing_if = "String::is_empty", deserialize_with = "trimmed")]
    pub given: String,
    /// What it is.
    pub kind: OtherNameKind,
}

/// An identifier as given; [`BulkIdentifier::identifier`] checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkIdentifier {
    /// The system that issues it.
    pub system: IdentifierSystem,
    /// Its value.
    #[serde(deserialize_with = "trimmed")]
    pub value: String,
    /// What is known of it; unverified where absent.
    #[serde(default = "unverified", skip_serializing_if = "is_unverified")]
    pub status: IdentifierStatus,
}

impl BulkIdentifier {
    /// The identifier in its one spelling.
    ///
    /// # Errors
    /// When the value is none of its system's; a line that [`parse`](super::BulkLine::parse) accepted never has one.
    pub fn identifier(&self) -> Result<Identifier, IdentifierError> {
        Identifier::parse(self.system.clone(), &self.value)
    }
}

/// A person with parental responsibility or care of the child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkCarer {
    /// Their name.
    #[serde(deserialize_with = "trimmed")]
    pub name: String,
    /// What they are to the child, such as `mother`.
    #[serde(deserialize_with = "trimmed")]
    pub relationship: String,
    /// Whether they have parental responsibility.
    #[serde(default)]
    pub parental_responsibility: bool,
    /// Their telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// Their e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
}

/// Why a record is shielded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkShield {
    /// The ground.
    pub ground: ShieldGround,
    /// Whether the whole record does not exist but for cleared managers.
    #[serde(default)]
    pub sealed: bool,
}

const fn unknown_sex() -> Sex {
    Sex::U
}

fn is_unknown_sex(sex: &Sex) -> bool {
    matches!(sex, Sex::U)
}

const fn unverified() -> IdentifierStatus {
    IdentifierStatus::Unverified
}

fn is_unverified(status: &IdentifierStatus) -> bool {
    matches!(status, IdentifierStatus::Unverified)
}
