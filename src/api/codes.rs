//! Closed sets of codes as schemas of the document: one list of values each, made from the domain's own table.

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use crate::domain::accounts::{AccountStatus, Capability, Role};
use crate::domain::codes::Code;
use crate::domain::policy::LegalPurpose;
use crate::domain::reasons::AccessReason;
use crate::domain::routes::RouteKind;
use crate::domain::services::{OrganisationKind, Sector};

/// Gives sets of codes a schema each, to be named in `#[schema(value_type = …)]` and in parameters: the domain knows
/// nothing of documents.
///
/// ```ignore
/// code_schemas! {
///     /// Why somebody looks.
///     AccessReasonCode => AccessReason,
/// }
/// ```
macro_rules! code_schemas {
    ($( $(#[doc = $doc:literal])+ $name:ident => $code:ty ),+ $(,)?) => { $(
        $(#[doc = $doc])+
        #[derive(Debug)]
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let description = concat!($($doc, "\n"),+);
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .description(Some(description.trim()))
                    .enum_values(Some(<$code as Code>::CODES.iter().copied()))
                    .into()
            }
        }

        impl ToSchema for $name {}
    )+ };
}

code_schemas! {
    /// The reason stated for an access.
    AccessReasonCode => AccessReason,
    /// A legal purpose for which an archived record may be opened.
    LegalPurposeCode => LegalPurpose,
    /// Where a route leads, nearest to the child first.
    RouteKindCode => RouteKind,
    /// What kind of body an organisation is.
    OrganisationKindCode => OrganisationKind,
    /// The field an account works in.
    SectorCode => Sector,
    /// What an account is.
    RoleCode => Role,
    /// A right beyond the role.
    CapabilityCode => Capability,
    /// Whether an account may be used.
    AccountStatusCode => AccountStatus,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_lists_every_code() {
        let schema = serde_json::to_value(AccessReasonCode::schema()).unwrap();
        assert_eq!(schema["type"], "string");
        assert_eq!(schema["description"], "The reason stated for an access.");
        let listed: Vec<_> = schema["enum"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        assert_eq!(listed, AccessReason::CODES);
    }
}
