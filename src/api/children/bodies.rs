//! The parts of a child's record as they are sent: names, address, carers and identifiers.

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

use crate::api::codes::{AddressIntentCode, AddressStateCode, IdentifierStatusCode, OtherNameKindCode};
use crate::api::dates::Day;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::routes::{is_email, is_phone};
use crate::api::texts::{check_lines, check_optional_text, check_relationship, check_text};
use crate::app::children::{ParsedAddress, ParsedCarer, ParsedIdentifier, ParsedMother, ParsedOtherName};
use crate::domain::children::{AddressIntent, AddressState, Name, OtherNameKind};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::identifiers::{Identifier, IdentifierStatus, IdentifierSystem};
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::postcodes::{Postcode, PostcodeInput};

/// A name.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameBody {
    /// What the family is called.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Okafor")]
    family: String,
    /// The given names; absent while nobody has given one.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = check_optional_text))]
    #[schema(max_length = 200, example = "Chidera Grace")]
    given: String,
}

/// A former name, or one used beside the current.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OtherNameBody {
    /// What the family is called.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Obi")]
    family: String,
    /// The given names.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = check_optional_text))]
    #[schema(max_length = 200, example = "Chidera")]
    given: String,
    /// What the name is.
    #[schema(value_type = OtherNameKindCode)]
    kind: OtherNameKind,
}

/// Where the child lives.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddressBody {
    /// How far that is known.
    #[schema(value_type = AddressStateCode)]
    state: AddressState,
    /// The address without its postcode.
    #[serde(default)]
    #[validate(length(max = 6), custom(function = check_lines))]
    #[schema(value_type = Vec<AddressLine>, max_items = 6, example = json!(["12 High Street", "Trowbridge"]))]
    lines: Vec<String>,
    /// The postcode; `ZZ99 3VZ` says that there is no fixed abode, `ZZ99 3WZ` that the address is not known.
    #[validate(length(min = 5, max = 10))]
    #[schema(min_length = 5, max_length = 10, example = "BA14 8JN")]
    postcode: Option<String>,
    /// What the family intends, where it left the area.
    #[schema(value_type = Option<AddressIntentCode>)]
    intent: Option<AddressIntent>,
}

/// Gives the texts of lists a schema each, to be named in `#[schema(value_type = …)]`.
macro_rules! text_schemas {
    ($( $(#[doc = $doc:literal])+ $name:ident => $min:literal ..= $max:literal; )+) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(concat!($($doc),+).trim()))
                    .min_length(Some($min))
                    .max_length(Some($max))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

text_schemas! {
    /// A line of an address.
    AddressLine => 1..=200;
    /// The index number of a child, or a handle out of a search.
    ChildName => 12..=40;
}

/// A person with parental responsibility or care of the child.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CarerBody {
    /// Their name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Ada Okafor")]
    name: String,
    /// What they are to the child: a word or a few in lower case.
    #[validate(length(max = 40), custom(function = check_relationship))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z]+([ -][a-z]+){0,3}$", example = "mother")]
    relationship: String,
    /// Whether they have parental responsibility.
    #[serde(default)]
    parental_responsibility: bool,
    /// Their telephone number.
    #[validate(length(min = 3, max = 40), custom(function = is_phone))]
    #[schema(min_length = 3, max_length = 40, example = "01225 713000")]
    phone: Option<String>,
    /// Their e-mail address.
    #[validate(length(min = 6, max = 254), custom(function = is_email))]
    #[schema(min_length = 6, max_length = 254, example = "ada@family.example")]
    email: Option<String>,
}

/// A number another system knows the child by.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentifierBody {
    /// The system: `nhs-number`, `upn`, `uln`, or another's code.
    #[schema(value_type = String, max_length = 40, pattern = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$", example = "nhs-number")]
    system: IdentifierSystem,
    /// The number; spaces and hyphens do not matter.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "9000000009")]
    value: String,
    /// What is known of it; `unverified` where absent.
    #[schema(value_type = Option<IdentifierStatusCode>)]
    status: Option<IdentifierStatus>,
}

/// The mother of an unborn child: seen and searched by maternity, health visiting and social care alone.
#[derive(Debug, Clone, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MotherBody {
    /// What her family is called.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Okafor")]
    family: String,
    /// Her given names.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = check_optional_text))]
    #[schema(max_length = 200, example = "Ada")]
    given: String,
    /// Her date of birth.
    #[schema(value_type = Option<NaiveDate>, example = "1996-03-02")]
    date_of_birth: Option<Day>,
    /// Her NHS number.
    #[validate(length(min = 10, max = 20))]
    #[schema(min_length = 10, max_length = 20, example = "9000000017")]
    nhs_number: Option<String>,
}

impl TryFrom<MotherBody> for ParsedMother {
    type Error = Problem;

    fn try_from(body: MotherBody) -> Result<Self, Problem> {
        let read = |number: String| {
            Identifier::parse(IdentifierSystem::NhsNumber, &number)
                .map_err(|error| invalid("/mother/nhs_number".to_owned(), error.to_string()))
        };
        Ok(Self {
            name: Name { family: body.family.trim().to_owned(), given: body.given.trim().to_owned() },
            date_of_birth: body.date_of_birth.map(|day| day.0),
            nhs_number: body.nhs_number.map(read).transpose()?,
        })
    }
}

impl From<NameBody> for Name {
    fn from(body: NameBody) -> Self {
        Self { family: body.family.trim().to_owned(), given: body.given.trim().to_owned() }
    }
}

impl From<OtherNameBody> for ParsedOtherName {
    fn from(body: OtherNameBody) -> Self {
        let name = NameBody { family: body.family, given: body.given };
        Self { kind: body.kind, name: name.into() }
    }
}

impl From<CarerBody> for ParsedCarer {
    fn from(body: CarerBody) -> Self {
        Self {
            name: body.name.trim().to_owned(),
            relationship: body.relationship,
            parental_responsibility: body.parental_responsibility,
            // Validation has refused what is neither.
            phone: body.phone.and_then(|text| PhoneNumber::parse(&text).ok()),
            email: body.email.and_then(|text| EmailAddress::parse(&text).ok()),
        }
    }
}

impl TryFrom<AddressBody> for ParsedAddress {
    type Error = Problem;

    fn try_from(body: AddressBody) -> Result<Self, Problem> {
        let input = body.postcode.as_deref().map(PostcodeInput::parse).transpose();
        let input = input.map_err(|error| invalid("/address/postcode".to_owned(), error.to_string()))?;
        let (state, postcode) = match input {
            Some(PostcodeInput::NoFixedAbode | PostcodeInput::NotKnown) => (AddressState::NoneKnown, None),
            Some(PostcodeInput::Real(postcode)) => (body.state, Some(postcode)),
            None => (body.state, None),
        };
        let lines: Vec<String> = body.lines.iter().map(|line| line.trim().to_owned()).collect();
        check_address(state, body.intent, &lines, postcode.as_ref())?;
        Ok(Self { state, intent: body.intent, lines, postcode })
    }
}

/// The address of a body; where it is left out, none is known.
pub(super) fn address_or_none_known(body: Option<AddressBody>) -> Result<ParsedAddress, Problem> {
    let unknown = ParsedAddress { state: AddressState::NoneKnown, intent: None, lines: Vec::new(), postcode: None };
    body.map_or(Ok(unknown), ParsedAddress::try_from)
}

/// The parts of an address agree with how far it is known.
fn check_address(
    state: AddressState,
    intent: Option<AddressIntent>,
    lines: &[String],
    postcode: Option<&Postcode>,
) -> Result<(), Problem> {
    let empty = lines.is_empty() && postcode.is_none();
    let contradiction = |pointer, message| {
        Err(Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, "contradiction", message)))
    };
    match state {
        AddressState::NoneKnown if !empty => contradiction("/address/state", "says that no address is known"),
        AddressState::Current | AddressState::LastKnown if empty => {
            contradiction("/address", "has lines or a postcode in this state")
        }
        AddressState::LeftArea => Ok(()),
        _ if intent.is_some() => contradiction("/address/intent", "has a place only with the state left_area"),
        _ => Ok(()),
    }
}

/// The identifiers of a body, each checked by the rules of its system and given once.
pub(super) fn identifiers(bodies: Vec<IdentifierBody>) -> Result<Vec<ParsedIdentifier>, Problem> {
    identifiers_below("", bodies)
}

/// As [`identifiers`], of a body at `place`.
pub(super) fn identifiers_below(place: &str, bodies: Vec<IdentifierBody>) -> Result<Vec<ParsedIdentifier>, Problem> {
    let mut parsed: Vec<ParsedIdentifier> = Vec::with_capacity(bodies.len());
    for (index, body) in bodies.into_iter().enumerate() {
        let identifier = Identifier::parse(body.system, &body.value)
            .map_err(|error| invalid(format!("{place}/identifiers/{index}/value"), error.to_string()))?;
        if parsed.iter().any(|other| other.identifier == identifier) {
            let item = ProblemItem::at(format!("{place}/identifiers/{index}"), "contradiction", "is given twice");
            return Err(Problem::new(ProblemCode::InvalidBody).item(item));
        }
        parsed.push(ParsedIdentifier { identifier, status: body.status.unwrap_or(IdentifierStatus::Unverified) });
    }
    Ok(parsed)
}

/// The items of a list, converted.
pub(super) fn all<B, T: From<B>>(bodies: Vec<B>) -> Vec<T> {
    bodies.into_iter().map(T::from).collect()
}

pub(super) fn invalid(pointer: String, message: String) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, "wrong-form", message))
}
