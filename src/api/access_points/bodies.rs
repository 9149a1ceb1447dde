//! Access points as they are asked for and sent.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{AccessPointKindCode, NeedCode};
use crate::api::districts::{PostcodeDistrict, check_district, check_districts, district_of, districts_of};
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::api::routes::{RouteBody, routes_of};
use crate::api::texts::{check_area, check_text, present};
use crate::app::access_points::{AccessPointChanges, AccessPointsSought, NewAccessPoint};
use crate::domain::enquiries::{AccessPointKind, Need};
use crate::domain::ids::OrganisationId;

/// The access point in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AccessPointPath {
    /// The access point's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    pub id: Uuid,
}

/// Which access points, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccessPointsQuery {
    /// Of this area only (ONS code).
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// That serve this postcode district.
    #[validate(length(min = 2, max = 4), custom(function = check_district))]
    #[param(required = false, nullable = false, min_length = 2, max_length = 4, example = "BA14")]
    postcode_district: Option<String>,
    /// That answer to this need.
    #[param(value_type = Option<NeedCode>, inline, required = false, nullable = false)]
    need: Option<Need>,
    /// Of this kind.
    #[param(value_type = Option<AccessPointKindCode>, inline, required = false, nullable = false)]
    kind: Option<AccessPointKind>,
    /// That are open now, or closed now.
    #[param(required = false, nullable = false)]
    open_now: Option<bool>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TryFrom<AccessPointsQuery> for AccessPointsSought {
    type Error = Problem;

    fn try_from(query: AccessPointsQuery) -> Result<Self, Problem> {
        Ok(Self {
            area: query.area,
            district: query.postcode_district.as_deref().map(district_of),
            need: query.need,
            kind: query.kind,
            open_now: query.open_now,
            after: cursor(query.cursor.as_deref())?,
            limit: limit(query.limit),
        })
    }
}

/// An access point to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab",
    "kind": "front-door",
    "name": "Single point of access, west",
    "needs": ["early-help", "family-support"],
    "postcode_districts": ["BA14", "SN12"],
    "routes": [
        {"kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:30-17:00; PH off"},
        {"kind": "out-of-hours", "phone": "01225 713999"}
    ],
}))]
pub struct RegisterAccessPointBody {
    /// The organisation that runs it.
    organisation: Uuid,
    /// What it is for.
    #[schema(value_type = AccessPointKindCode)]
    kind: AccessPointKind,
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Single point of access, west")]
    name: String,
    /// The area it serves (ONS code); its organisation's where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// The needs it answers to; every need where empty.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(value_type = Vec<NeedCode>, max_items = 20)]
    needs: Vec<Need>,
    /// The postcode districts it serves; the whole area where empty.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = check_districts))]
    #[schema(value_type = Vec<PostcodeDistrict>, max_items = 200)]
    postcode_districts: Vec<String>,
    /// How to reach it.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    routes: Vec<RouteBody>,
}

impl From<RegisterAccessPointBody> for NewAccessPoint {
    fn from(body: RegisterAccessPointBody) -> Self {
        Self {
            organisation: OrganisationId(body.organisation),
            kind: body.kind,
            name: body.name.trim().to_owned(),
            area: body.area,
            needs: needs_of(body.needs),
            districts: districts_of(&body.postcode_districts),
            routes: routes_of(&body.routes),
        }
    }
}

fn needs_of(mut needs: Vec<Need>) -> Vec<Need> {
    needs.sort_unstable();
    needs.dedup();
    needs
}

/// What to change of an access point. What is absent stays; lists are replaced as a whole.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"postcode_districts": ["BA14", "SN12", "SN13"]}))]
pub struct ChangeAccessPointBody {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The needs it answers to.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20))]
    #[schema(value_type = Option<Vec<NeedCode>>, nullable = false, max_items = 20)]
    needs: Option<Vec<Need>>,
    /// The postcode districts it serves.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_districts))]
    #[schema(value_type = Option<Vec<PostcodeDistrict>>, nullable = false, max_items = 200)]
    postcode_districts: Option<Vec<String>>,
    /// How to reach it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    routes: Option<Vec<RouteBody>>,
}

impl From<ChangeAccessPointBody> for AccessPointChanges {
    fn from(body: ChangeAccessPointBody) -> Self {
        Self {
            name: body.name.map(|name| name.trim().to_owned()),
            needs: body.needs.map(needs_of),
            districts: body.postcode_districts.as_deref().map(districts_of),
            routes: body.routes.as_deref().map(routes_of),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let new = NewAccessPoint::from(example::<RegisterAccessPointBody>());
        assert_eq!((new.needs.len(), new.districts.len(), new.routes.len()), (2, 2, 2));
        let changes = AccessPointChanges::from(example::<ChangeAccessPointBody>());
        assert_eq!((changes.districts.map(|all| all.len()), changes.name), (Some(3), None));
    }
}
