//! Organisations as they are asked for and sent.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::codes::{LawfulBasisCode, OrganisationKindCode};
use crate::api::dates::Day;
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::api::routes::{RouteBody, routes_of};
use crate::api::texts::{check_area, check_code, check_text, clearable, present};
use crate::app::organisations::{NewOrganisation, OrganisationChanges, OrganisationsSought};
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::services::OrganisationKind;

/// Which organisations, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OrganisationsQuery {
    /// Part of the name; upper and lower case do not matter.
    #[validate(length(min = 2, max = 100), custom(function = check_text))]
    #[param(required = false, nullable = false, min_length = 2, max_length = 100, example = "school")]
    name: Option<String>,
    /// Of this kind only.
    #[param(value_type = Option<OrganisationKindCode>, inline, required = false, nullable = false)]
    kind: Option<OrganisationKind>,
    /// Of this area only (ONS code).
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TryFrom<OrganisationsQuery> for OrganisationsSought {
    type Error = Problem;

    fn try_from(query: OrganisationsQuery) -> Result<Self, Problem> {
        Ok(Self {
            name: query.name,
            kind: query.kind,
            area: query.area,
            after: cursor(query.cursor.as_deref())?,
            limit: limit(query.limit),
        })
    }
}

/// An organisation to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "URN-126285",
    "name": "Trowbridge Meadows Primary School",
    "kind": "school",
    "area": "E06000054",
    "accredited_until": "2027-08-31",
    "lawful_basis": "public-task",
    "routes": [{"kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:00-16:30; PH off"}],
}))]
pub struct RegisterOrganisationBody {
    /// The code its feeds and the bulk format name it by: letters, digits and `- _ . /`. It never changes.
    #[validate(length(min = 1, max = 64), custom(function = check_code))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[-A-Za-z0-9_./]+$", example = "URN-126285")]
    code: String,
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Trowbridge Meadows Primary School")]
    name: String,
    /// What it is.
    #[schema(value_type = OrganisationKindCode)]
    kind: OrganisationKind,
    /// The area it works in (ONS code).
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: String,
    /// Whether its involvement with a child is sensitive although its kind is not: then it exists for few.
    #[serde(default)]
    sensitive: bool,
    /// It is accredited until this day, inclusive; until it is, its accounts are closed.
    #[schema(value_type = Option<NaiveDate>, example = "2027-08-31")]
    accredited_until: Option<Day>,
    /// On what lawful basis it takes part; needed where it is accredited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<LawfulBasisCode>, nullable = false, example = "public-task")]
    lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    routes: Vec<RouteBody>,
}

impl From<RegisterOrganisationBody> for NewOrganisation {
    fn from(body: RegisterOrganisationBody) -> Self {
        Self {
            code: body.code,
            name: body.name.trim().to_owned(),
            kind: body.kind,
            area: body.area,
            sensitive: body.sensitive,
            accredited_until: body.accredited_until.map(|day| day.0),
            lawful_basis: body.lawful_basis,
            routes: routes_of(&body.routes),
        }
    }
}

/// What to change of an organisation. What is absent stays; routes are replaced as a whole.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "routes": [
        {"kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:00-16:30; PH off"},
        {"kind": "out-of-hours", "phone": "0300 456 0108"},
        {"kind": "secure-email", "email": "office@meadows.example"},
    ],
}))]
pub struct ChangeOrganisationBody {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// What it is.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<OrganisationKindCode>, nullable = false)]
    kind: Option<OrganisationKind>,
    /// The area it works in (ONS code).
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = check_area))]
    #[schema(nullable = false, pattern = "^[EJLMNSW][0-9]{8}$")]
    area: Option<String>,
    /// Whether its involvement with a child is sensitive. Always true for some kinds.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    sensitive: Option<bool>,
    /// It is accredited until this day, inclusive; `null` closes its accounts at once.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    accredited_until: Option<Option<Day>>,
    /// On what lawful basis it takes part; needed where it is accredited.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<LawfulBasisCode>, nullable = false, example = "public-task")]
    lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    routes: Option<Vec<RouteBody>>,
}

impl From<ChangeOrganisationBody> for OrganisationChanges {
    fn from(body: ChangeOrganisationBody) -> Self {
        Self {
            name: body.name.map(|name| name.trim().to_owned()),
            kind: body.kind,
            area: body.area,
            sensitive: body.sensitive,
            accredited_until: body.accredited_until.map(|until| until.map(|day| day.0)),
            lawful_basis: body.lawful_basis,
            routes: body.routes.as_deref().map(routes_of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::extract::parse_body;

    fn register(body: serde_json::Value) -> Result<NewOrganisation, String> {
        let parsed = parse_body::<RegisterOrganisationBody>(body.to_string().as_bytes());
        parsed.map(Into::into).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    fn change(body: serde_json::Value) -> Result<OrganisationChanges, String> {
        let parsed = parse_body::<ChangeOrganisationBody>(body.to_string().as_bytes());
        parsed.map(Into::into).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    fn whole() -> serde_json::Value {
        serde_json::json!({"code": "URN-1", "name": " A school ", "kind": "school", "area": "E06000054"})
    }

    #[test]
    fn the_least_that_is_an_organisation() {
        let new = register(whole()).unwrap();
        assert_eq!((new.code.as_str(), new.name.as_str(), new.sensitive), ("URN-1", "A school", false));
        assert!(new.accredited_until.is_none() && new.routes.is_empty());
        for field in ["code", "name", "kind", "area"] {
            let mut without = whole();
            without.as_object_mut().unwrap().remove(field);
            assert_eq!(register(without), Err(format!("/{field}")));
        }
    }

    #[test]
    fn what_is_wrong_is_named_at_its_place() {
        for (field, value, pointer) in [
            ("code", serde_json::json!("URN 1"), "/code"),
            ("name", serde_json::json!("  "), "/name"),
            ("kind", serde_json::json!("library"), "/kind"),
            ("area", serde_json::json!("Wiltshire"), "/area"),
            ("accredited_until", serde_json::json!("2027-8-31"), "/accredited_until"),
            ("lawful_basis", serde_json::json!("good-will"), "/lawful_basis"),
            ("lawful_basis", serde_json::Value::Null, "/lawful_basis"),
            ("routes", serde_json::json!([{"kind": "team"}]), "/routes/0"),
            ("version", serde_json::json!(1), "/version"),
        ] {
            let mut body = whole();
            body[field] = value;
            assert_eq!(register(body), Err(pointer.to_owned()));
        }
    }

    #[test]
    fn a_change_takes_null_only_where_it_means_something() {
        assert_eq!(change(serde_json::json!({})), Ok(OrganisationChanges::default()));
        let closed = change(serde_json::json!({"accredited_until": null})).unwrap();
        assert_eq!(closed.accredited_until, Some(None));
        for field in ["name", "kind", "area", "sensitive", "lawful_basis", "routes"] {
            assert_eq!(change(serde_json::json!({ field: null })), Err(format!("/{field}")));
        }
        assert_eq!(change(serde_json::json!({"code": "URN-2"})), Err("/code".to_owned()), "a code never changes");
    }
}
