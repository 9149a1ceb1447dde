//! What is sent about a team: numbers, days, and that the family takes part.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use crate::api::dates::Day;
use crate::api::pages::{cursor, limit};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::texts::{clearable, present};
use crate::app::child_teams::TeamChange;
use crate::domain::child_teams::Participants;
use crate::domain::handles::ChildRef;
use crate::domain::index_numbers::IndexNumberError;
use crate::domain::leads::AfterChild;

/// What to settle of a team. What is absent stays; `null` takes away.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "chair": 417_233,
    "next_review_on": "2026-12-18",
    "participants": {"parents_or_carers": true, "young_person": true},
}))]
pub struct SettleChildTeamBody {
    /// The member who chairs, by the number of an involvement that runs.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(range(min = 1, max = 999_999))]
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 999_999)]
    chair: Option<Option<i32>>,
    /// The day on which the team looks again: today or later, within a year.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>, example = "2026-12-18")]
    next_review_on: Option<Option<Day>>,
    /// Who of the family takes part.
    #[serde(default, deserialize_with = "present")]
    #[validate(nested)]
    #[schema(value_type = Option<ParticipantsBody>, nullable = false)]
    participants: Option<ParticipantsBody>,
}

/// Who of the family takes part: that they do, and neither names nor contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"parents_or_carers": true, "young_person": false}))]
pub struct ParticipantsBody {
    /// Parents or carers do.
    parents_or_carers: bool,
    /// The child or young person does.
    young_person: bool,
}

/// A brother or sister.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"child_id": "7K3M-9XQ2-4HT8"}))]
pub struct RelativeBody {
    /// The index number, or a handle out of a search.
    #[validate(length(min = 12, max = 40))]
    #[schema(min_length = 12, max_length = 40, example = "7K3M-9XQ2-4HT8")]
    child_id: String,
}

/// How many children at once, and from where.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TeamReviewsQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TeamReviewsQuery {
    /// From where, and how many.
    pub(super) fn place(&self) -> Result<(Option<AfterChild>, u16), Problem> {
        Ok((cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl From<SettleChildTeamBody> for TeamChange {
    fn from(body: SettleChildTeamBody) -> Self {
        Self {
            chair: body.chair,
            next_review_on: body.next_review_on.map(|day| day.map(|day| day.0)),
            participants: body.participants.map(Into::into),
        }
    }
}

impl From<ParticipantsBody> for Participants {
    fn from(body: ParticipantsBody) -> Self {
        let ParticipantsBody { parents_or_carers, young_person } = body;
        Self { parents_or_carers, young_person }
    }
}

impl TryFrom<RelativeBody> for ChildRef {
    type Error = Problem;

    fn try_from(body: RelativeBody) -> Result<Self, Problem> {
        body.child_id.parse().map_err(|error: IndexNumberError| {
            let message = format!("must be an index number or a handle: {error}");
            Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at("/child_id", "wrong-form", message))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let change = TeamChange::from(example::<SettleChildTeamBody>());
        assert_eq!(change.chair, Some(Some(417_233)));
        assert_eq!(change.next_review_on, Some("2026-12-18".parse().ok()));
        let both = Participants { parents_or_carers: true, young_person: true };
        assert_eq!(change.participants, Some(both));
        assert!(!Participants::from(example::<ParticipantsBody>()).young_person);
        assert!(matches!(ChildRef::try_from(example::<RelativeBody>()), Ok(ChildRef::Number(_))));
    }

    fn settled(body: &serde_json::Value) -> Result<TeamChange, String> {
        let parsed = parse_body::<SettleChildTeamBody>(body.to_string().as_bytes());
        parsed.map(Into::into).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn what_is_absent_stays_and_null_takes_away() {
        assert_eq!(settled(&json!({})), Ok(TeamChange::default()));
        let cleared = TeamChange { chair: Some(None), next_review_on: Some(None), participants: None };
        assert_eq!(settled(&json!({"chair": null, "next_review_on": null})), Ok(cleared));
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        for (body, at) in [
            (json!({"chair": 0}), "/chair"),
            (json!({"chair": 1_000_000}), "/chair"),
            (json!({"chair": "Joanna Whitfield"}), "/chair"),
            (json!({"next_review_on": "soon"}), "/next_review_on"),
            (json!({"participants": null}), "/participants"),
            (json!({"participants": {"parents_or_carers": true}}), "/participants/young_person"),
            (
                json!({"participants": {"parents_or_carers": true, "young_person": false, "names": "Ada"}}),
                "/participants/names",
            ),
            (json!({"notes": "prose"}), "/notes"),
        ] {
            assert_eq!(settled(&body), Err(at.to_owned()), "{body}");
        }
        let sent = parse_body::<RelativeBody>(br#"{"child_id": "7K3M-9XQ2-4HT9"}"#).and_then(ChildRef::try_from);
        assert_eq!(sent.unwrap_err().body().errors[0].pointer.as_deref(), Some("/child_id"));
    }
}
