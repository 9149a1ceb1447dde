//! What is sent about panels: codes, ids and days; a name for the panel itself, and no words about a child.

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{PanelDecisionCode, PanelKindCode, ServiceCode};
use crate::api::dates::Day;
use crate::api::pages::{cursor, limit};
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::texts::{check_area, check_text, present};
use crate::app::panels::{ItemStep, NewPanel, PanelChanges};
use crate::domain::handles::ChildRef;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::index_numbers::IndexNumberError;
use crate::domain::pages::After;
use crate::domain::panels::{AfterItem, PanelDecision, PanelKind, PanelReceiver};
use crate::domain::services::Service;

/// The panel in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PanelPath {
    /// The panel's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789b0")]
    pub id: Uuid,
}

/// The meeting in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PanelMeetingPath {
    /// The panel's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789b0")]
    pub id: Uuid,
    /// The meeting's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789b1")]
    pub meeting_id: Uuid,
}

/// The item in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PanelItemPath {
    /// The panel's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789b0")]
    pub id: Uuid,
    /// The meeting's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789b1")]
    pub meeting_id: Uuid,
    /// The item's number within the meeting. Numbers are random: gaps say nothing.
    #[param(minimum = 1, maximum = 999_999, example = 417_233)]
    pub number: i32,
}

/// Which page of panels.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PanelsQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 2000))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 2000)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

/// Which page of an agenda.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AgendaQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

/// A panel to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "early-help",
    "name": "Early help panel, west",
    "chair": "0191d3a0-5f5e-7cc0-8000-0123456789ad",
}))]
pub struct RegisterPanelBody {
    /// The area it is of (ONS code); your own where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// What it is for.
    #[schema(value_type = PanelKindCode)]
    kind: PanelKind,
    /// Its name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Early help panel, west")]
    name: String,
    /// Who chairs: the account of a practitioner or a manager that you see.
    chair: Uuid,
}

/// What to change of a panel. What is absent stays.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Early help panel, west and south"}))]
pub struct ChangePanelBody {
    /// Its name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Who chairs: one of its members.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    chair: Option<Uuid>,
}

/// Somebody who is to sit on a panel from now on, or no longer.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "0191d3a0-5f5e-7cc0-8000-0123456789ad", "member": true}))]
pub struct PanelMemberBody {
    /// The account.
    pub(super) account: Uuid,
    /// Whether it sits on the panel from now on, or no longer.
    pub(super) member: bool,
}

/// When a panel meets.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"meets_on": "2026-12-04"}))]
pub struct PlanPanelMeetingBody {
    /// The day: today or later, within a year.
    #[schema(value_type = chrono::NaiveDate, example = "2026-12-04")]
    meets_on: Day,
}

/// A child to put on an agenda.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"child_id": "7K3M-9XQ2-4HT8"}))]
pub struct AddPanelItemBody {
    /// The index number, or a handle out of a search.
    #[validate(length(min = 12, max = 40))]
    #[schema(min_length = 12, max_length = 40, example = "7K3M-9XQ2-4HT8")]
    child_id: String,
}

/// Who is to receive a child.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab", "service": "early-help"}))]
pub struct PanelReceiverBody {
    /// The organisation.
    organisation: Uuid,
    /// What it is to do for the child.
    #[schema(value_type = ServiceCode)]
    service: Service,
}

/// What a panel decided of a child.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "decision": "allocate",
    "receiver": {"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab", "service": "early-help"},
}))]
pub struct DecidePanelItemBody {
    /// The decision.
    #[schema(value_type = PanelDecisionCode)]
    decision: PanelDecision,
    /// Who is to receive the child: with `allocate`, `step-up` and `step-down`, and only there.
    #[validate(nested)]
    receiver: Option<PanelReceiverBody>,
}

impl PanelsQuery {
    /// Where the page begins, and how many it is to have.
    pub(super) fn place(&self) -> Result<(Option<After>, u16), Problem> {
        Ok((cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl AgendaQuery {
    /// Where the page begins, and how many it is to have.
    pub(super) fn place(&self) -> Result<(Option<AfterItem>, u16), Problem> {
        Ok((cursor(self.cursor.as_deref())?, limit(self.limit)))
    }
}

impl PlanPanelMeetingBody {
    /// The day.
    pub(super) fn meets_on(self) -> chrono::NaiveDate {
        self.meets_on.0
    }
}

impl From<RegisterPanelBody> for NewPanel {
    fn from(body: RegisterPanelBody) -> Self {
        let RegisterPanelBody { area, kind, name, chair } = body;
        Self { area, kind, name: name.trim().to_owned(), chair: AccountId(chair) }
    }
}

impl From<ChangePanelBody> for PanelChanges {
    fn from(body: ChangePanelBody) -> Self {
        Self { name: body.name.map(|name| name.trim().to_owned()), chair: body.chair.map(AccountId) }
    }
}

impl TryFrom<AddPanelItemBody> for ChildRef {
    type Error = Problem;

    fn try_from(body: AddPanelItemBody) -> Result<Self, Problem> {
        body.child_id.parse().map_err(|error: IndexNumberError| {
            let message = format!("must be an index number or a handle: {error}");
            Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at("/child_id", "wrong-form", message))
        })
    }
}

impl From<DecidePanelItemBody> for ItemStep {
    fn from(body: DecidePanelItemBody) -> Self {
        let receiver = body.receiver.map(|PanelReceiverBody { organisation, service }| PanelReceiver {
            organisation: OrganisationId(organisation),
            service,
        });
        Self::Decide { decision: body.decision, receiver }
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;
    use crate::api::openapi::tests::example;

    #[test]
    fn the_examples_of_the_document_are_taken() {
        let new = NewPanel::from(example::<RegisterPanelBody>());
        assert_eq!((new.kind, new.area), (PanelKind::EarlyHelp, None));
        let changes = PanelChanges::from(example::<ChangePanelBody>());
        assert_eq!((changes.name.as_deref(), changes.chair), (Some("Early help panel, west and south"), None));
        assert!(example::<PanelMemberBody>().member);
        assert_eq!(example::<PlanPanelMeetingBody>().meets_on().to_string(), "2026-12-04");
        assert!(matches!(ChildRef::try_from(example::<AddPanelItemBody>()), Ok(ChildRef::Number(_))));
        let ItemStep::Decide { decision, receiver } = example::<DecidePanelItemBody>().into() else {
            panic!("a decision")
        };
        assert_eq!((decision, receiver.unwrap().service), (PanelDecision::Allocate, Service::EarlyHelp));
        assert_eq!(example::<PanelReceiverBody>().service, Service::EarlyHelp);
    }

    fn pointer<T: DeserializeOwned + Validate>(body: &serde_json::Value) -> String {
        let problem = parse_body::<T>(body.to_string().as_bytes()).err().unwrap();
        problem.body().errors[0].pointer.clone().unwrap()
    }

    #[test]
    fn each_fault_is_named_at_its_place_and_there_is_none_for_prose() {
        for (body, at) in [
            (json!({"decision": "wait and see"}), "/decision"),
            (json!({"decision": "deferred", "why": "no report"}), "/why"),
            (json!({"decision": "allocate", "receiver": {"service": "early-help"}}), "/receiver/organisation"),
            (json!({"decision": "allocate", "receiver": "the council"}), "/receiver"),
        ] {
            assert_eq!(pointer::<DecidePanelItemBody>(&body), at, "{body}");
        }
        assert_eq!(pointer::<PlanPanelMeetingBody>(&json!({"meets_on": "soon"})), "/meets_on");
        assert_eq!(pointer::<AddPanelItemBody>(&json!({"child_id": "7K3M"})), "/child_id");
        assert_eq!(pointer::<ChangePanelBody>(&json!({"chair": null})), "/chair");
    }
}
