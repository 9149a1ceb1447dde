//! Involvements as they are sent: registered, changed and ended.

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::api::codes::{ConsentGiverCode, GroundKindCode, LeadKindCode, ServiceCode};
use crate::api::dates::Day;
use crate::api::routes::{RouteBody, routes_of};
use crate::api::texts::{check_text, clearable, present};
use crate::app::involvements::{EntryChange, NamedPractitioner, NewInvolvement};
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::involvements::{ConsentGiver, Ground, GroundKind, LeadKind};
use crate::domain::services::Service;

/// An involvement to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "lead_is_named"))]
#[schema(example = json!({
    "service": "school-nursing",
    "practitioner": {
        "name": "Joanna Whitfield", "job_title": "School nurse",
        "routes": [{"kind": "person", "phone": "01225 713000", "hours": "Mo-Fr 09:00-17:00; PH off"}],
    },
    "started_on": "2024-09-02",
}))]
pub struct RegisterInvolvementBody {
    /// What is done for the child.
    #[schema(value_type = ServiceCode, example = "school-nursing")]
    service: Service,
    /// The organisation that does it; your own where absent.
    organisation: Option<Uuid>,
    /// The team.
    team: Option<Uuid>,
    /// The practitioner; universal services are often without a named person, a lead professional is not.
    #[validate(nested)]
    practitioner: Option<PractitionerBody>,
    /// The first day.
    #[schema(value_type = NaiveDate, example = "2024-09-02")]
    started_on: Day,
    /// Of what the practitioner is the lead professional: at most one current of each kind.
    #[schema(value_type = Option<LeadKindCode>)]
    lead_professional: Option<LeadKind>,
    /// The ground, which a sensitive service needs and no other has.
    #[validate(nested)]
    ground: Option<GroundBody>,
}

/// A practitioner as an entry names them.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PractitionerBody {
    /// Their name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Joanna Whitfield")]
    name: String,
    /// Their job title.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "School nurse")]
    job_title: String,
    /// How to reach them; what is known of them stays where this is absent or empty.
    #[serde(default)]
    #[validate(length(max = 10), nested)]
    #[schema(max_items = 10)]
    routes: Vec<RouteBody>,
}

/// Why a sensitive service may be recorded.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "consent_is_given"))]
pub struct GroundBody {
    /// Consent, or suspected significant harm.
    #[schema(value_type = GroundKindCode)]
    kind: GroundKind,
    /// Who consented.
    #[schema(value_type = Option<ConsentGiverCode>)]
    given_by: Option<ConsentGiver>,
    /// The day of the consent or of the judgement.
    #[schema(value_type = Option<NaiveDate>)]
    on: Option<Day>,
}

/// What to change of an involvement. What is absent stays; `null` takes away.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"practitioner": {"name": "Samuel Adeyemi", "job_title": "School nurse"}}))]
pub struct ChangeInvolvementBody {
    /// Another team.
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
    /// Of what the practitioner is the lead professional.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<LeadKindCode>)]
    lead_professional: Option<Option<LeadKind>>,
}

/// When an involvement ends.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct EndInvolvementBody {
    /// The last day, not after today; today where absent.
    #[schema(value_type = Option<NaiveDate>)]
    ended_on: Option<Day>,
}

fn lead_is_named(body: &RegisterInvolvementBody) -> Result<(), ValidationError> {
    if body.lead_professional.is_some() && body.practitioner.is_none() {
        return Err(ValidationError::new("contradiction").with_message("needs a practitioner who leads".into()));
    }
    Ok(())
}

fn consent_is_given(body: &GroundBody) -> Result<(), ValidationError> {
    if body.given_by.is_some() && body.kind != GroundKind::Consent {
        return Err(ValidationError::new("contradiction").with_message("has given_by with consent alone".into()));
    }
    Ok(())
}

impl From<PractitionerBody> for NamedPractitioner {
    fn from(body: PractitionerBody) -> Self {
        Self {
            name: body.name.trim().to_owned(),
            job_title: body.job_title.trim().to_owned(),
            routes: routes_of(&body.routes),
        }
    }
}

impl From<GroundBody> for Ground {
    fn from(body: GroundBody) -> Self {
        Self { kind: body.kind, given_by: body.given_by, on: body.on.map(|day| day.0) }
    }
}

impl From<RegisterInvolvementBody> for NewInvolvement {
    fn from(body: RegisterInvolvementBody) -> Self {
        Self {
            service: body.service,
            organisation: body.organisation.map(OrganisationId),
            team: body.team.map(TeamId),
            practitioner: body.practitioner.map(Into::into),
            started_on: body.started_on.0,
            lead: body.lead_professional,
            ground: body.ground.map(Into::into),
        }
    }
}

impl From<ChangeInvolvementBody> for EntryChange {
    fn from(body: ChangeInvolvementBody) -> Self {
        Self::Change {
            team: body.team.map(|team| team.map(TeamId)),
            practitioner: body.practitioner.map(|practitioner| practitioner.map(Into::into)),
            started_on: body.started_on.map(|day| day.0),
            lead: body.lead_professional,
        }
    }
}

impl From<EndInvolvementBody> for EntryChange {
    fn from(body: EndInvolvementBody) -> Self {
        Self::End { on: body.ended_on.map(|day| day.0) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;

    fn register(more: Value) -> Result<NewInvolvement, String> {
        let mut body = json!({"service": "school", "started_on": "2024-09-02"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<RegisterInvolvementBody>(body.to_string().as_bytes());
        parsed.map(NewInvolvement::from).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    #[test]
    fn an_involvement_needs_a_service_and_a_day() {
        let new = register(json!({})).unwrap();
        assert_eq!((new.service, new.organisation, new.practitioner), (Service::School, None, None));
        let person =
            json!({"name": " Ada Obi ", "job_title": "Family worker", "routes": [{"kind": "team", "phone": "101"}]});
        let new = register(json!({"practitioner": person, "lead_professional": "early-help"})).unwrap();
        let practitioner = new.practitioner.unwrap();
        assert_eq!((practitioner.name.as_str(), practitioner.routes.len()), ("Ada Obi", 1));
        assert_eq!(new.lead, Some(LeadKind::EarlyHelp));
    }

    #[test]
    fn each_fault_is_named_at_its_place() {
        for (more, pointer) in [
            (json!({"service": "magic"}), "/service"),
            (json!({"started_on": "2024-9-2"}), "/started_on"),
            (json!({"organisation": "URN-1"}), "/organisation"),
            (json!({"lead_professional": "early-help"}), ""),
            (json!({"ground": {"kind": "significant-harm", "given_by": "child"}}), "/ground"),
            (json!({"practitioner": {"name": "", "job_title": "x"}}), "/practitioner/name"),
            (
                json!({"practitioner": {"name": "x", "job_title": "x", "routes": [{"kind": "team"}]}}),
                "/practitioner/routes/0",
            ),
            (json!({"reason": "prose"}), "/reason"),
        ] {
            assert_eq!(register(more.clone()).unwrap_err(), pointer, "{more}");
        }
    }

    #[test]
    fn a_change_tells_absent_from_null() {
        let read = |body: &str| parse_body::<ChangeInvolvementBody>(body.as_bytes()).map(EntryChange::from);
        let nothing = EntryChange::Change { team: None, practitioner: None, started_on: None, lead: None };
        assert_eq!(read("{}").unwrap(), nothing);
        let cleared =
            EntryChange::Change { team: Some(None), practitioner: Some(None), started_on: None, lead: Some(None) };
        assert_eq!(read(r#"{"team":null,"practitioner":null,"lead_professional":null}"#).unwrap(), cleared);
        assert!(read(r#"{"started_on":null}"#).is_err());
        assert!(read(r#"{"practitioner":{"name":" ","job_title":"x"}}"#).is_err());
    }

    #[test]
    fn an_end_may_leave_the_day_out() {
        let read = |body: &str| parse_body::<EndInvolvementBody>(body.as_bytes()).map(EntryChange::from);
        assert_eq!(read("{}").unwrap(), EntryChange::End { on: None });
        assert_eq!(read(r#"{"ended_on":"2026-01-02"}"#).unwrap(), EntryChange::End { on: "2026-01-02".parse().ok() });
    }
}
