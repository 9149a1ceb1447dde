//! Involvements as they are sent: registered, changed and ended.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{ConsentGiverCode, ConsentJudgedCode, GroundKindCode, LeadKindCode, ServiceCode};
use crate::api::dates::Day;
use crate::api::problems::{Problem, ProblemCode, ProblemItem};
use crate::api::routes::{RouteBody, routes_of};
use crate::api::texts::{check_text, clearable, present};
use crate::app::involvements::{EntryChange, NamedPractitioner, NewInvolvement};
use crate::domain::ids::{OrganisationId, TeamId};
use crate::domain::involvements::{ConsentGiver, ConsentJudged, Ground, GroundKind, LeadKind};
use crate::domain::services::Service;

/// An involvement to register.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
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
#[schema(example = json!({
    "kind": "consent", "given_by": "child", "judged": "competent-under-sixteen", "on": "2026-09-02",
}))]
pub struct GroundBody {
    /// Consent, or suspected significant harm.
    #[schema(value_type = GroundKindCode)]
    kind: GroundKind,
    /// Who consented.
    #[schema(value_type = Option<ConsentGiverCode>)]
    given_by: Option<ConsentGiver>,
    /// How it was judged that they may: of a child `sixteen-or-over` or `competent-under-sixteen`, of a person with
    /// parental responsibility `parental-responsibility-confirmed`.
    #[schema(value_type = Option<ConsentJudgedCode>)]
    judged: Option<ConsentJudged>,
    /// The day of the consent or of the judgement.
    #[schema(value_type = Option<NaiveDate>)]
    on: Option<Day>,
    /// The last day on which the consent counts, not in the past. From the next day on nobody sees the entry.
    #[schema(value_type = Option<NaiveDate>)]
    until: Option<Day>,
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

impl RegisterInvolvementBody {
    /// The involvement this is, on `day`.
    ///
    /// # Errors
    /// `422` where its parts contradict each other.
    pub fn into_new(self, day: NaiveDate) -> Result<NewInvolvement, Problem> {
        if self.lead_professional.is_some() && self.practitioner.is_none() {
            return Err(contradiction("/practitioner", "is needed: a lead professional is a named person"));
        }
        Ok(NewInvolvement {
            service: self.service,
            organisation: self.organisation.map(OrganisationId),
            team: self.team.map(TeamId),
            practitioner: self.practitioner.map(Into::into),
            started_on: self.started_on.0,
            lead: self.lead_professional,
            ground: self.ground.map(|ground| ground.into_ground("/ground", day)).transpose()?,
        })
    }
}

impl GroundBody {
    /// The ground this is, on `day`; `place` is where it stands in the body.
    ///
    /// # Errors
    /// `422` where its parts contradict each other.
    pub(super) fn into_ground(self, place: &str, day: NaiveDate) -> Result<Ground, Problem> {
        let (on, until) = (self.on.map(|day| day.0), self.until.map(|day| day.0));
        let wrong = |field: &str, message| Err(contradiction(format!("{place}/{field}"), message));
        if self.kind != GroundKind::Consent {
            let given = [("given_by", self.given_by.is_some()), ("judged", self.judged.is_some())];
            let given = given.into_iter().chain([("until", until.is_some())]).find(|(_, given)| *given);
            if let Some((field, _)) = given {
                return wrong(field, "has a place only with consent");
            }
        }
        if self.judged.is_some_and(|judged| self.given_by != Some(judged.is_of())) {
            return wrong("judged", "must be of whoever gave the consent, as `given_by` says");
        }
        if on.is_some_and(|on| on > day) {
            return wrong("on", "lies in the future");
        }
        if until.is_some_and(|until| until < day || on.is_some_and(|on| until < on)) {
            return wrong("until", "must not lie in the past");
        }
        Ok(Ground { kind: self.kind, given_by: self.given_by, judged: self.judged, on, until })
    }
}

fn contradiction(pointer: impl Into<String>, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidBody).item(ProblemItem::at(pointer, "contradiction", message))
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
    use crate::api::openapi::tests::example;

    fn register(more: Value) -> Result<NewInvolvement, String> {
        let mut body = json!({"service": "school", "started_on": "2024-09-02"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let parsed = parse_body::<RegisterInvolvementBody>(body.to_string().as_bytes());
        parsed
            .and_then(|body| body.into_new("2026-11-22".parse().unwrap()))
            .map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
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
            (json!({"lead_professional": "early-help"}), "/practitioner"),
            (json!({"ground": {"kind": "significant-harm", "given_by": "child"}}), "/ground/given_by"),
            (json!({"ground": {"kind": "consent", "on": "2026-11-23"}}), "/ground/on"),
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
    fn the_examples_of_the_document_are_taken() {
        let new: RegisterInvolvementBody = example();
        assert_eq!(new.into_new("2026-11-22".parse().unwrap()).unwrap().service, Service::SchoolNursing);
        assert!(matches!(example::<ChangeInvolvementBody>().into(), EntryChange::Change { practitioner: Some(_), .. }));
        assert_eq!(EntryChange::from(example::<EndInvolvementBody>()), EntryChange::End { on: None });
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
