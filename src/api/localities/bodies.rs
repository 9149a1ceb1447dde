//! What is asked about localities.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::districts::{PostcodeDistrict, check_districts, districts_of};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::localities::NewReassignment;
use crate::app::teams::TeamRef;
use crate::domain::ids::TeamId;
use crate::domain::leads::AfterChild;
use crate::domain::pages::NotAPlace;

/// How many children are given at once where nobody says.
const USUAL: u16 = 50;

/// Of which organisation.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LocalityQuery {
    /// The organisation whose teams are asked about.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    pub organisation: Uuid,
}

/// Which of a team's children another team is to have.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "to": "0191d3a0-5f5e-7cc0-8000-0123456789ac",
    "postcode_districts": ["BA14"],
    "dry_run": true,
}))]
pub struct ReassignTeamBody {
    /// The team of the same organisation that is to have them.
    to: Uuid,
    /// The districts they live in, all of them served by that team.
    #[validate(length(min = 1, max = 50), custom(function = check_districts))]
    #[schema(value_type = Vec<PostcodeDistrict>, min_items = 1, max_items = 50)]
    postcode_districts: Vec<String>,
    /// Whether it is only counted.
    #[serde(default)]
    dry_run: bool,
    /// The `next` of the request before.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many children at once; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

impl ReassignTeamBody {
    /// What is to be given by this team.
    pub(super) fn of(self, from: TeamRef) -> Result<NewReassignment, Problem> {
        let Self { to, postcode_districts, dry_run, cursor, limit } = self;
        let place = |sent: String| sent.parse::<AfterChild>().map_err(no_cursor);
        Ok(NewReassignment {
            from,
            to: TeamId(to),
            districts: districts_of(&postcode_districts),
            dry_run,
            after: cursor.map(place).transpose()?,
            limit: limit.unwrap_or(USUAL),
        })
    }
}

fn no_cursor(_: NotAPlace) -> Problem {
    let message = "must be the `next` of the request before, as it was sent";
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at("/cursor", "cursor", message))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;
    use crate::domain::ids::OrganisationId;

    fn from() -> TeamRef {
        TeamRef { organisation: OrganisationId::new(), team: TeamId::new() }
    }

    #[test]
    fn the_example_of_the_document_is_taken() {
        let new = example::<ReassignTeamBody>().of(from()).unwrap();
        assert_eq!((new.districts, new.dry_run, new.limit), (vec!["BA14".to_owned()], true, 50));
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        let body = |more: serde_json::Value| {
            let mut body = json!({"to": TeamId::new().to_string(), "postcode_districts": ["ba14", "BA14"]});
            let fields = more.as_object().unwrap().clone();
            body.as_object_mut().unwrap().extend(fields);
            let parsed = parse_body::<ReassignTeamBody>(body.to_string().as_bytes());
            parsed.and_then(|body| body.of(from())).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
        };
        assert_eq!(body(json!({})).unwrap().districts, ["BA14"], "in any spelling, and each once");
        for (more, at) in [
            (json!({"to": "the other team"}), "/to"),
            (json!({"postcode_districts": []}), "/postcode_districts"),
            (json!({"postcode_districts": ["BA14 8JN"]}), "/postcode_districts"),
            (json!({"limit": 101}), "/limit"),
            (json!({"cursor": "elsewhere"}), "/cursor"),
            (json!({"why": "the boundary moved"}), "/why"),
        ] {
            assert_eq!(body(more).unwrap_err(), at);
        }
    }
}
