//! A child's record as it is shown: each block only where the caller may see it.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::codes::{
    AddressIntentCode, AddressStateCode, BlockCode, ChildStatusCode, IdentifierStatusCode, OtherNameKindCode, SexCode,
};
use crate::app::children::ShownChild;
use crate::app::contacts::Identity;
use crate::domain::children::{
    Address, AddressIntent, AddressState, Carer, ChildIdentifier, ChildStatus, Name, OtherName, OtherNameKind,
};
use crate::domain::identifiers::IdentifierStatus;
use crate::domain::mothers::Mother;
use crate::domain::policy::Block;
use crate::domain::sex::Sex;

/// A name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NameView {
    /// What the family is called.
    #[schema(example = "Okafor")]
    family: String,
    /// The given names; empty while nobody has given one.
    #[schema(example = "Chidera Grace")]
    given: String,
}

impl From<Name> for NameView {
    fn from(name: Name) -> Self {
        Self { family: name.family, given: name.given }
    }
}

/// Who a child is: what everybody sees who may see anything.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentityView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// The current name.
    name: NameView,
    /// The date of birth; `null` before birth.
    #[schema(required = true)]
    date_of_birth: Option<NaiveDate>,
    /// The sex.
    #[schema(value_type = SexCode)]
    sex: Sex,
    /// Whether the record is shielded: it shows who the child is and nothing else.
    shielded: bool,
}

impl From<Identity> for IdentityView {
    fn from(child: Identity) -> Self {
        Self {
            child_id: child.index_number.to_string(),
            name: child.name.into(),
            date_of_birth: child.date_of_birth,
            sex: child.sex,
            shielded: child.shielded,
        }
    }
}

/// A child's record. A block is absent where you may see nothing of it; an empty list says that there is nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChildView {
    /// The index number, for life.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// What the record is.
    #[schema(value_type = ChildStatusCode)]
    status: ChildStatus,
    /// The current name.
    name: NameView,
    /// Former names and others in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    other_names: Option<Vec<OtherNameView>>,
    /// The date of birth; `null` before birth.
    #[schema(required = true)]
    date_of_birth: Option<NaiveDate>,
    /// The expected date of delivery of an unborn child.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    expected_on: Option<NaiveDate>,
    /// The sex.
    #[schema(value_type = SexCode)]
    sex: Sex,
    /// Where the child lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    address: Option<AddressView>,
    /// People with parental responsibility or care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    carers: Option<Vec<CarerView>>,
    /// Numbers other systems know the child by.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    identifiers: Option<Vec<IdentifierView>>,
    /// The mother, as recorded before birth: for maternity, health visiting and social care alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    mother: Option<MotherView>,
    /// Whether the record is shielded: it shows who the child is and nothing else.
    shielded: bool,
    /// The blocks of which you may not see everything, whether or not there is anything.
    #[schema(value_type = Vec<BlockCode>)]
    withheld: Vec<Block>,
}

/// A former name, or one used beside the current.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherNameView {
    /// What the family is called.
    #[schema(example = "Obi")]
    family: String,
    /// The given names.
    #[schema(example = "Chidera")]
    given: String,
    /// What the name is.
    #[schema(value_type = OtherNameKindCode)]
    kind: OtherNameKind,
}

/// The mother of a child, as recorded before birth.
#[derive(Debug, Serialize, ToSchema)]
pub struct MotherView {
    /// What her family is called.
    #[schema(example = "Okafor")]
    family: String,
    /// Her given names.
    #[schema(example = "Ada")]
    given: String,
    /// Her date of birth; `null` where it is not known.
    #[schema(required = true)]
    date_of_birth: Option<NaiveDate>,
    /// Her NHS number; `null` where it is not known.
    #[schema(required = true, example = "9000000017")]
    nhs_number: Option<String>,
}

impl From<Mother> for MotherView {
    fn from(mother: Mother) -> Self {
        Self {
            family: mother.name.family,
            given: mother.name.given,
            date_of_birth: mother.date_of_birth,
            nhs_number: mother.nhs_number.map(|number| number.value().to_owned()),
        }
    }
}

/// Where a child lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct AddressView {
    /// How far that is known.
    #[schema(value_type = AddressStateCode)]
    state: AddressState,
    /// What the family intends, where it left the area.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AddressIntentCode>, nullable = false)]
    intent: Option<AddressIntent>,
    /// The address without its postcode.
    #[schema(example = json!(["12 High Street", "Trowbridge"]))]
    lines: Vec<String>,
    /// The postcode; `null` where none is known.
    #[schema(required = true, example = "BA14 8JN")]
    postcode: Option<String>,
}

/// A person with parental responsibility or care of the child.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarerView {
    /// Their name.
    #[schema(example = "Ada Okafor")]
    name: String,
    /// What they are to the child.
    #[schema(example = "mother")]
    relationship: String,
    /// Whether they have parental responsibility.
    parental_responsibility: bool,
    /// Their telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01225 713000")]
    phone: Option<String>,
    /// Their e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "ada@family.example")]
    email: Option<String>,
}

/// A number another system knows the child by.
#[derive(Debug, Serialize, ToSchema)]
pub struct IdentifierView {
    /// The system.
    #[schema(example = "nhs-number")]
    system: String,
    /// The number.
    #[schema(example = "9990000018")]
    value: String,
    /// What is known of it.
    #[schema(value_type = IdentifierStatusCode)]
    status: IdentifierStatus,
}

impl From<OtherName> for OtherNameView {
    fn from(other: OtherName) -> Self {
        Self { family: other.name.family, given: other.name.given, kind: other.kind }
    }
}

impl From<Address> for AddressView {
    fn from(address: Address) -> Self {
        Self {
            state: address.state,
            intent: address.intent,
            lines: address.lines,
            postcode: address.postcode.map(|postcode| postcode.as_str().to_owned()),
        }
    }
}

impl From<Carer> for CarerView {
    fn from(carer: Carer) -> Self {
        Self {
            name: carer.name,
            relationship: carer.relationship,
            parental_responsibility: carer.parental_responsibility,
            phone: carer.phone,
            email: carer.email,
        }
    }
}

impl From<ChildIdentifier> for IdentifierView {
    fn from(each: ChildIdentifier) -> Self {
        Self {
            system: each.identifier.system().code().to_owned(),
            value: each.identifier.value().to_owned(),
            status: each.status,
        }
    }
}

impl From<ShownChild> for ChildView {
    fn from(child: ShownChild) -> Self {
        Self {
            child_id: child.index_number.to_string(),
            status: child.status,
            name: child.name.into(),
            other_names: views(child.other_names),
            date_of_birth: child.date_of_birth,
            expected_on: child.expected_on,
            sex: child.sex,
            address: child.address.map(AddressView::from),
            carers: views(child.carers),
            identifiers: views(child.identifiers),
            mother: child.mother.map(MotherView::from),
            shielded: child.shielded,
            withheld: child.withheld,
        }
    }
}

fn views<T, V: From<T>>(block: Option<Vec<T>>) -> Option<Vec<V>> {
    block.map(|items| items.into_iter().map(V::from).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::identifiers::{Identifier, IdentifierSystem};
    use crate::domain::ids::OrganisationId;
    use crate::domain::index_numbers::IndexNumber;
    use crate::domain::postcodes::Postcode;

    fn bare() -> ShownChild {
        ShownChild {
            index_number: IndexNumber::parse("7K3M-9XQ2-4HT8").unwrap(),
            status: ChildStatus::Active,
            name: Name { family: "Okafor".into(), given: "Chidera Grace".into() },
            date_of_birth: "2015-03-02".parse().ok(),
            expected_on: None,
            sex: Sex::F,
            shielded: true,
            other_names: None,
            address: None,
            carers: None,
            identifiers: None,
            mother: None,
            withheld: vec![Block::OtherNames, Block::Address],
        }
    }

    #[test]
    fn what_may_not_be_seen_is_absent_and_named() {
        assert_eq!(
            serde_json::to_value(ChildView::from(bare())).unwrap(),
            json!({
                "child_id": "7K3M-9XQ2-4HT8", "status": "active",
                "name": {"family": "Okafor", "given": "Chidera Grace"}, "date_of_birth": "2015-03-02", "sex": "F",
                "shielded": true, "withheld": ["other-names", "address"],
            })
        );
    }

    #[test]
    fn a_whole_record_is_shown_in_the_shapes_of_the_bulk_format() {
        let supplied_by = OrganisationId::new();
        let name = Name { family: "Obi".into(), given: "Chidera".into() };
        let child = ShownChild {
            shielded: false,
            other_names: Some(vec![OtherName { kind: OtherNameKind::Former, name, supplied_by }]),
            address: Some(Address {
                state: AddressState::Current,
                intent: None,
                lines: vec!["12 High Street".into(), "Trowbridge".into()],
                postcode: Postcode::parse("BA14 8JN").ok(),
                supplied_by,
                held: false,
            }),
            carers: Some(vec![Carer {
                name: "Ada Okafor".into(),
                relationship: "mother".into(),
                parental_responsibility: true,
                phone: Some("01225 713000".into()),
                email: None,
                supplied_by,
                held: false,
                cover: None,
            }]),
            identifiers: Some(vec![ChildIdentifier {
                identifier: Identifier::parse(IdentifierSystem::NhsNumber, "9000000009").unwrap(),
                status: IdentifierStatus::Verified,
                supplied_by,
            }]),
            withheld: Vec::new(),
            ..bare()
        };
        assert_eq!(
            serde_json::to_value(ChildView::from(child)).unwrap(),
            json!({
                "child_id": "7K3M-9XQ2-4HT8", "status": "active",
                "name": {"family": "Okafor", "given": "Chidera Grace"},
                "other_names": [{"family": "Obi", "given": "Chidera", "kind": "former"}],
                "date_of_birth": "2015-03-02", "sex": "F",
                "address": {"state": "current", "lines": ["12 High Street", "Trowbridge"], "postcode": "BA14 8JN"},
                "carers": [{
                    "name": "Ada Okafor", "relationship": "mother", "parental_responsibility": true,
                    "phone": "01225 713000",
                }],
                "identifiers": [{"system": "nhs-number", "value": "9000000009", "status": "verified"}],
                "shielded": false, "withheld": [],
            })
        );
    }
}
