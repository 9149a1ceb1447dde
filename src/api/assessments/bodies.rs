//! Assessments as they are sent: started, changed, linked and ended. None of these has a place for what was found.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::api::codes::{AssessmentOutcomeCode, ConsentGiverCode};
use crate::api::dates::Day;
use crate::api::involvements::PractitionerBody;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::texts::{clearable, present};
use crate::app::assessments::{AssessmentStep, NewAssessment};
use crate::domain::assessments::{AssessmentConsent, AssessmentKind, AssessmentOutcome, KindError};
use crate::domain::ids::TeamId;
use crate::domain::involvements::ConsentGiver;

/// An assessment to start. Your own organisation holds it.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "early-help",
    "practitioner": {"name": "Joanna Whitfield", "job_title": "School nurse"},
    "started_on": "2026-11-02",
    "consent": {"given_by": "parental-responsibility", "on": "2026-11-02"},
}))]
pub struct StartAssessmentBody {
    /// The kind: `early-help`, `social-care-single-assessment`, `education-health-and-care`, `child-in-need`,
    /// `child-protection`, or one that this index was set up with.
    #[validate(length(min = 1, max = 40), custom(function = is_kind))]
    #[schema(min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9-]*$", example = "early-help")]
    kind: String,
    /// The team of your organisation that holds it.
    team: Option<Uuid>,
    /// The practitioner who holds it.
    #[validate(nested)]
    practitioner: Option<PractitionerBody>,
    /// The first day, not after today.
    #[schema(value_type = NaiveDate, example = "2026-11-02")]
    started_on: Day,
    /// The consent, which early help needs and no statutory kind has.
    #[validate(nested)]
    consent: Option<AssessmentConsentBody>,
    /// Of early help: the number of the single assessment that it is linked to.
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    linked_to: Option<i32>,
}

/// Who consented to an assessment, and when.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"given_by": "child", "on": "2026-11-02"}))]
pub struct AssessmentConsentBody {
    /// Who gave it.
    #[schema(value_type = ConsentGiverCode)]
    given_by: ConsentGiver,
    /// The day, not after today.
    #[schema(value_type = NaiveDate, example = "2026-11-02")]
    on: Day,
}

/// What to change of an assessment. What is absent stays; `null` takes away.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"practitioner": {"name": "Samuel Adeyemi", "job_title": "Family support worker"}}))]
pub struct ChangeAssessmentBody {
    /// Another team of the organisation that holds it.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<Uuid>)]
    team: Option<Option<Uuid>>,
    /// Another practitioner.
    #[serde(default, deserialize_with = "clearable")]
    #[validate(nested)]
    #[schema(value_type = Option<PractitionerBody>)]
    practitioner: Option<Option<PractitionerBody>>,
    /// Another first day.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<NaiveDate>, nullable = false)]
    started_on: Option<Day>,
}

/// With what an assessment ends, and when.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"outcome": "support-agreed"}))]
pub struct CompleteAssessmentBody {
    /// With what.
    #[schema(value_type = AssessmentOutcomeCode)]
    outcome: AssessmentOutcome,
    /// The last day, not after today; today where absent.
    #[schema(value_type = Option<NaiveDate>)]
    ended_on: Option<Day>,
}

/// To which assessment another is linked.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"linked_to": 417_233}))]
pub struct LinkAssessmentBody {
    /// The number of a single assessment of the same child.
    #[validate(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999_999)]
    linked_to: i32,
}

fn is_kind(code: &str) -> Result<(), ValidationError> {
    let told = |error: KindError| ValidationError::new("kind").with_message(error.to_string().into());
    code.parse::<AssessmentKind>().map(|_| ()).map_err(told)
}

impl TryFrom<StartAssessmentBody> for NewAssessment {
    type Error = Problem;

    fn try_from(body: StartAssessmentBody) -> Result<Self, Problem> {
        let kind = body.kind.parse().map_err(|error: KindError| {
            Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at("/kind", "kind", error.to_string()))
        })?;
        Ok(Self {
            kind,
            team: body.team.map(TeamId),
            practitioner: body.practitioner.map(Into::into),
            started_on: body.started_on.0,
            consent: body.consent.map(|consent| AssessmentConsent { given_by: consent.given_by, on: consent.on.0 }),
            linked_to: body.linked_to,
        })
    }
}

impl From<ChangeAssessmentBody> for AssessmentStep {
    fn from(body: ChangeAssessmentBody) -> Self {
        Self::Change {
            team: body.team.map(|team| team.map(TeamId)),
            practitioner: body.practitioner.map(|practitioner| practitioner.map(Into::into)),
            started_on: body.started_on.map(|day| day.0),
        }
    }
}

impl From<CompleteAssessmentBody> for AssessmentStep {
    fn from(body: CompleteAssessmentBody) -> Self {
        Self::Complete { outcome: body.outcome, on: body.ended_on.map(|day| day.0) }
    }
}

impl From<LinkAssessmentBody> for AssessmentStep {
    fn from(body: LinkAssessmentBody) -> Self {
        Self::Link(body.linked_to)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    fn start(more: &Value) -> Result<NewAssessment, String> {
        let mut body = json!({"kind": "early-help", "started_on": "2026-11-02"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<StartAssessmentBody>(body.to_string().as_bytes()).and_then(NewAssessment::try_from);
        parsed.map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn an_assessment_needs_a_kind_and_a_day() {
        let new = start(&json!({})).unwrap();
        assert_eq!((new.kind, new.consent, new.linked_to), (AssessmentKind::EARLY_HELP, None, None));
        let new = start(&json!({"kind": "section-47", "linked_to": 7})).unwrap();
        assert_eq!((new.kind.code(), new.linked_to), ("section-47", Some(7)));
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_content() {
        for (more, pointer) in [
            (json!({"kind": "Early help"}), "/kind"),
            (json!({"kind": ""}), "/kind"),
            (json!({"started_on": "2026-11-2"}), "/started_on"),
            (json!({"team": "the team"}), "/team"),
            (json!({"consent": {"given_by": "neighbour", "on": "2026-11-02"}}), "/consent/given_by"),
            (json!({"consent": {"given_by": "child"}}), "/consent/on"),
            (json!({"practitioner": {"name": "", "job_title": "x"}}), "/practitioner/name"),
            (json!({"linked_to": 0}), "/linked_to"),
            (json!({"notes": "prose"}), "/notes"),
            (json!({"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ae"}), "/organisation"),
        ] {
            assert_eq!(start(&more).unwrap_err(), pointer, "{more}");
        }
    }

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let new = NewAssessment::try_from(example::<StartAssessmentBody>()).unwrap();
        assert_eq!(new.consent.map(|consent| consent.given_by), Some(ConsentGiver::ParentalResponsibility));
        assert_eq!(example::<AssessmentConsentBody>().given_by, ConsentGiver::Child);
        let change = example::<ChangeAssessmentBody>().into();
        assert!(matches!(change, AssessmentStep::Change { practitioner: Some(Some(_)), team: None, started_on: None }));
        let end = AssessmentStep::Complete { outcome: AssessmentOutcome::SupportAgreed, on: None };
        assert_eq!(AssessmentStep::from(example::<CompleteAssessmentBody>()), end);
        assert_eq!(AssessmentStep::from(example::<LinkAssessmentBody>()), AssessmentStep::Link(417_233));
    }
}
