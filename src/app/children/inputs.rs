//! The parts of a record as a request gives them, before it is known who supplies them.

use crate::domain::children::{
    Address, AddressIntent, AddressState, Carer, ChildIdentifier, Name, OtherName, OtherNameKind,
};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::identifiers::{Identifier, IdentifierStatus};
use crate::domain::ids::OrganisationId;
use crate::domain::mothers::Mother;
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::postcodes::Postcode;

/// An other name as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedOtherName {
    /// What it is.
    pub kind: OtherNameKind,
    /// The name.
    pub name: Name,
}

impl ParsedOtherName {
    pub(in crate::app) fn supplied_by(self, supplied_by: OrganisationId) -> OtherName {
        OtherName { kind: self.kind, name: self.name, supplied_by }
    }
}

/// An address as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedAddress {
    /// How far it is known.
    pub state: AddressState,
    /// What the family intends, where it left.
    pub intent: Option<AddressIntent>,
    /// The address without its postcode.
    pub lines: Vec<String>,
    /// The postcode.
    pub postcode: Option<Postcode>,
}

impl ParsedAddress {
    pub(in crate::app) fn supplied_by(self, supplied_by: OrganisationId) -> Address {
        let Self { state, intent, lines, postcode } = self;
        Address { state, intent, lines, postcode, supplied_by, held: false }
    }
}

/// A carer as a request gives them.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedCarer {
    /// Their name.
    pub name: String,
    /// What they are to the child.
    pub relationship: String,
    /// Whether they have parental responsibility.
    pub parental_responsibility: bool,
    /// Their telephone number.
    pub phone: Option<PhoneNumber>,
    /// Their e-mail address.
    pub email: Option<EmailAddress>,
}

impl ParsedCarer {
    pub(in crate::app) fn supplied_by(self, supplied_by: OrganisationId) -> Carer {
        Carer {
            name: self.name,
            relationship: self.relationship,
            parental_responsibility: self.parental_responsibility,
            phone: self.phone.map(|phone| phone.as_str().to_owned()),
            email: self.email.map(|email| email.as_str().to_owned()),
            supplied_by,
            held: false,
            cover: None,
        }
    }
}

/// The mother as a request gives her.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedMother {
    /// Her name.
    pub name: Name,
    /// Her date of birth.
    pub date_of_birth: Option<chrono::NaiveDate>,
    /// Her NHS number.
    pub nhs_number: Option<Identifier>,
}

impl ParsedMother {
    pub(in crate::app) fn supplied_by(self, supplied_by: OrganisationId) -> Mother {
        let Self { name, date_of_birth, nhs_number } = self;
        Mother { name, date_of_birth, nhs_number, supplied_by }
    }
}

/// An identifier as a request gives it.
#[derive(Debug, Clone, PartialEq)]
pub struct ParsedIdentifier {
    /// System and value.
    pub identifier: Identifier,
    /// What is known of it; `unverified` where nothing is said.
    pub status: IdentifierStatus,
}

impl ParsedIdentifier {
    pub(in crate::app) fn supplied_by(self, supplied_by: OrganisationId) -> ChildIdentifier {
        ChildIdentifier { identifier: self.identifier, status: self.status, supplied_by }
    }
}
