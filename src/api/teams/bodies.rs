//! Teams as they are asked for and sent.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::districts::{PostcodeDistrict, check_districts, districts_of};
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::api::routes::{RouteBody, routes_of};
use crate::api::texts::{check_area, check_code, check_text, present};
use crate::app::teams::{NewTeam, TeamChanges};
use crate::domain::pages::After;

/// Which page of teams.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TeamsQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TeamsQuery {
    /// Where the page begins, and how many it is to have.
    pub(super) fn place(&self) -> Result<(Option<After>, u16), Problem> {
        Ok((cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

/// A team to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "early-help-1",
    "name": "Early Help Trowbridge",
    "postcode_districts": ["BA14", "BA13"],
    "routes": [{"kind": "team", "phone": "01225 713010", "hours": "Mo-Fr 08:30-17:00; PH off"}],
}))]
pub struct RegisterTeamBody {
    /// Its code within the organisation: letters, digits and `- _ . /`. It never changes.
    #[validate(length(min = 1, max = 64), custom(function = check_code))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[-A-Za-z0-9_./]+$", example = "early-help-1")]
    code: String,
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Early Help Trowbridge")]
    name: String,
    /// The area it works in (ONS code); its organisation's where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// Whether its involvement with a child is sensitive although its organisation's is not.
    #[serde(default)]
    sensitive: bool,
    /// How to reach it.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    routes: Vec<RouteBody>,
    /// The postcode districts it serves; each at most one team's of the organisation.
    #[serde(default)]
    #[validate(length(max = 50), custom(function = check_districts))]
    #[schema(value_type = Vec<PostcodeDistrict>, max_items = 50)]
    postcode_districts: Vec<String>,
}

impl From<RegisterTeamBody> for NewTeam {
    fn from(body: RegisterTeamBody) -> Self {
        Self {
            code: body.code,
            name: body.name.trim().to_owned(),
            area: body.area,
            sensitive: body.sensitive,
            routes: routes_of(&body.routes),
            districts: districts_of(&body.postcode_districts),
        }
    }
}

/// What to change of a team. What is absent stays; routes and districts are replaced as a whole.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "routes": [{"kind": "team", "phone": "01225 713010", "hours": "Mo-Fr 08:30-17:00; PH off"}],
}))]
pub struct ChangeTeamBody {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The area it works in (ONS code).
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = check_area))]
    #[schema(nullable = false, pattern = "^[EJLMNSW][0-9]{8}$")]
    area: Option<String>,
    /// Whether its involvement with a child is sensitive.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    sensitive: Option<bool>,
    /// How to reach it.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 20), nested)]
    #[schema(nullable = false, max_items = 20)]
    routes: Option<Vec<RouteBody>>,
    /// The postcode districts it serves; each at most one team's of the organisation. Children who live there go on being
    /// its, until they are reassigned.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 50), custom(function = check_districts))]
    #[schema(value_type = Option<Vec<PostcodeDistrict>>, nullable = false, max_items = 50)]
    postcode_districts: Option<Vec<String>>,
}

impl From<ChangeTeamBody> for TeamChanges {
    fn from(body: ChangeTeamBody) -> Self {
        Self {
            name: body.name.map(|name| name.trim().to_owned()),
            area: body.area,
            sensitive: body.sensitive,
            routes: body.routes.as_deref().map(routes_of),
            districts: body.postcode_districts.as_deref().map(districts_of),
        }
    }
}
