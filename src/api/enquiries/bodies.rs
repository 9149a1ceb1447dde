//! Enquiries as they are asked for and sent: codes and ids, and nowhere a text.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{
    CallerKindCode, DeclineReasonCode, EnquiryFilterCode, EnquiryOutcomeCode, NeedCode, QualityOutcomeCode,
};
use crate::api::pages::{cursor, limit};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::app::enquiries::{Decision, NewEnquiry};
use crate::domain::enquiries::{CallerKind, DeclineReason, EnquiryFilter, EnquiryOutcome, Need, QualityOutcome};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccessPointId, EnquiryId, OrganisationId, TeamId};
use crate::domain::index_numbers::IndexNumberError;

/// The enquiry in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EnquiryPath {
    /// The enquiry's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    pub id: Uuid,
}

/// Which enquiries, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EnquiriesQuery {
    /// Where they stand; `open` where absent.
    #[param(value_type = Option<EnquiryFilterCode>, inline, required = false, nullable = false)]
    state: Option<EnquiryFilter>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl EnquiriesQuery {
    /// What is listed, from where, and how many.
    pub(super) fn place(&self) -> Result<(EnquiryFilter, Option<EnquiryId>, u16), Problem> {
        let filter = self.state.unwrap_or(EnquiryFilter::Open);
        Ok((filter, cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

/// An enquiry to record.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "access_point": "0191d3a0-5f5e-7cc0-8000-0123456789ae",
    "child_id": "7K3M-9XQ2-4HT8",
    "caller": "practitioner",
    "need": "early-help",
}))]
pub struct RecordEnquiryBody {
    /// The access point it came to.
    access_point: Uuid,
    /// The child it is about, by index number or handle; absent where nobody was found.
    #[validate(length(min = 12, max = 40))]
    #[schema(min_length = 12, max_length = 40, example = "7K3M-9XQ2-4HT8")]
    child_id: Option<String>,
    /// Who called.
    #[schema(value_type = CallerKindCode)]
    caller: CallerKind,
    /// What is needed.
    #[schema(value_type = NeedCode)]
    need: Need,
    /// What is decided at once, where anything is: `advice-only`, `allocated` or `no-trace`.
    #[schema(value_type = Option<EnquiryOutcomeCode>)]
    outcome: Option<EnquiryOutcome>,
    /// With `allocated`: to whom; your own organisation where absent.
    organisation: Option<Uuid>,
    /// With `allocated`: to which of its teams.
    team: Option<Uuid>,
}

/// What is decided of an enquiry.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "declined", "reason": "wrong-service"}))]
pub struct DecideEnquiryBody {
    /// The outcome.
    #[schema(value_type = EnquiryOutcomeCode)]
    outcome: EnquiryOutcome,
    /// With `declined`, and needed there: why.
    #[schema(value_type = Option<DeclineReasonCode>)]
    reason: Option<DeclineReason>,
    /// With `allocated`: to whom; the access point's own organisation where absent.
    organisation: Option<Uuid>,
    /// With `allocated`: to which of its teams.
    team: Option<Uuid>,
}

/// How well an enquiry was handled.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "meets-standard"}))]
pub struct JudgeEnquiryBody {
    /// What was found.
    #[schema(value_type = QualityOutcomeCode)]
    outcome: QualityOutcome,
}

impl JudgeEnquiryBody {
    pub(super) fn outcome(&self) -> QualityOutcome {
        self.outcome
    }
}

impl TryFrom<RecordEnquiryBody> for NewEnquiry {
    type Error = Problem;

    fn try_from(body: RecordEnquiryBody) -> Result<Self, Problem> {
        let decision = match body.outcome {
            None if body.organisation.is_some() => return Err(misplaced("/organisation")),
            None if body.team.is_some() => return Err(misplaced("/team")),
            None => None,
            Some(EnquiryOutcome::Accepted | EnquiryOutcome::Declined) => {
                return Err(at("/outcome", "is a receiver's, once the enquiry was allocated"));
            }
            Some(outcome) => Some(decision(outcome, None, body.organisation, body.team)?),
        };
        let child = body.child_id.as_deref().map(read_child).transpose()?;
        Ok(Self {
            access_point: AccessPointId(body.access_point),
            child,
            caller: body.caller,
            need: body.need,
            decision,
        })
    }
}

fn read_child(text: &str) -> Result<ChildRef, Problem> {
    text.parse().map_err(|error: IndexNumberError| {
        let message = format!("must be an index number or a handle: {error}");
        Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at("/child_id", "wrong-form", message))
    })
}

impl TryFrom<DecideEnquiryBody> for Decision {
    type Error = Problem;

    fn try_from(body: DecideEnquiryBody) -> Result<Self, Problem> {
        decision(body.outcome, body.reason, body.organisation, body.team)
    }
}

/// A reason stands with a refusal, a receiver with an allocation, and neither anywhere else.
fn decision(
    outcome: EnquiryOutcome,
    reason: Option<DeclineReason>,
    organisation: Option<Uuid>,
    team: Option<Uuid>,
) -> Result<Decision, Problem> {
    let (declines, allocates) = (outcome == EnquiryOutcome::Declined, outcome == EnquiryOutcome::Allocated);
    match (declines, reason) {
        (true, None) => return Err(at("/reason", "is needed with declined")),
        (false, Some(_)) => return Err(at("/reason", "has a place with declined only")),
        _ => {}
    }
    if !allocates && organisation.is_some() {
        return Err(misplaced("/organisation"));
    }
    if !allocates && team.is_some() {
        return Err(misplaced("/team"));
    }
    Ok(Decision { outcome, reason, organisation: organisation.map(OrganisationId), team: team.map(TeamId) })
}

fn misplaced(pointer: &'static str) -> Problem {
    at(pointer, "has a place with the outcome allocated only")
}

fn at(pointer: &'static str, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, "contradiction", message))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        assert!(NewEnquiry::try_from(example::<RecordEnquiryBody>()).unwrap().child.is_some());
        assert!(Decision::try_from(example::<DecideEnquiryBody>()).unwrap().reason.is_some());
        assert_eq!(example::<JudgeEnquiryBody>().outcome(), QualityOutcome::Meets);
    }

    #[test]
    fn there_is_no_room_for_a_narrative_and_parts_keep_their_place() {
        let read = |body: &Value| {
            let parsed = parse_body::<DecideEnquiryBody>(body.to_string().as_bytes()).and_then(Decision::try_from);
            parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
        };
        for (body, pointer) in [
            (json!({"outcome": "advice-only", "notes": "x"}), "/notes"),
            (json!({"outcome": "told them off"}), "/outcome"),
            (json!({"outcome": "declined"}), "/reason"),
            (json!({"outcome": "accepted", "reason": "no-capacity"}), "/reason"),
            (json!({"outcome": "accepted", "team": "0191d3a0-5f5e-7cc0-8000-0123456789ae"}), "/team"),
        ] {
            assert_eq!(read(&body), Err(pointer.to_owned()), "{body}");
        }
        assert!(read(&json!({"outcome": "allocated"})).is_ok());
    }
}
