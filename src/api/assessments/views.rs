//! Assessments as they are shown, the entity tag of one, and the problem that names whom to join.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::answers::etag_of;
use crate::api::codes::{AssessmentOutcomeCode, AssessmentStatusCode, ConsentGiverCode, FreshnessCode};
use crate::api::contacts::BrokerView;
use crate::api::involvements::views::tagged_routes;
use crate::api::involvements::{OrganisationNameView, PractitionerView};
use crate::api::problems::{Problem, ProblemBody, ProblemCode};
use crate::api::routes::RouteView;
use crate::app::assessments::{Holder, OpenElsewhere, ShownAssessment};
use crate::domain::assessments::{AssessmentConsent, AssessmentOutcome, AssessmentStatus};
use crate::domain::instants::Instant;
use crate::domain::involvements::ConsentGiver;
use crate::domain::services::Freshness;

/// That an assessment exists, how it stands and who holds it; never what it says.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentView {
    /// The number within the child. Numbers are random: gaps say nothing.
    #[schema(example = 417_233)]
    number: i32,
    /// The kind: `early-help`, `social-care-single-assessment`, `education-health-and-care`, `child-in-need`,
    /// `child-protection`, or another that this index records. To who has no relationship with the child the last three
    /// are told as `education` and `social-care`.
    #[schema(example = "early-help")]
    kind: String,
    /// How it stands.
    #[schema(value_type = AssessmentStatusCode)]
    status: AssessmentStatus,
    /// The first day.
    started_on: NaiveDate,
    /// The last day; `null` while it is open.
    #[schema(required = true)]
    ended_on: Option<NaiveDate>,
    /// Who holds it.
    holder: HolderView,
    /// The number of the assessment that it is linked to, where you may see that one too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    linked_to: Option<i32>,
    /// When somebody last said that the entry is still right.
    last_confirmed_at: DateTime<Utc>,
    /// How much that is worth today.
    #[schema(value_type = FreshnessCode)]
    freshness: Freshness,
    /// The consent that it stands on, for those who may see grounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    consent: Option<AssessmentConsentView>,
    /// With what it ended, for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AssessmentOutcomeCode>, nullable = false)]
    outcome: Option<AssessmentOutcome>,
    /// Names this version of the entry, for `If-Match`; the same as the header `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    etag: Option<String>,
}

/// Who holds an assessment, and how to reach them.
#[derive(Debug, Serialize, ToSchema)]
pub struct HolderView {
    /// The organisation.
    organisation: OrganisationNameView,
    /// The team's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Early help, Trowbridge")]
    team: Option<String>,
    /// The practitioner; `null` where none is named.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
}

/// Who consented to an assessment, and when.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentConsentView {
    /// Who gave it.
    #[schema(value_type = ConsentGiverCode)]
    given_by: ConsentGiver,
    /// The day.
    on: NaiveDate,
}

/// The assessments of a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssessmentsView {
    /// The open ones first, then the latest.
    assessments: Vec<AssessmentView>,
}

/// The problem of an assessment that cannot be started, because one of its kind is open. It has one of the two members,
/// whatever it is that hides the holder.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenAssessmentProblem {
    /// The problem.
    #[serde(flatten)]
    problem: ProblemBody,
    /// Who holds the open one, where you may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    holder: Option<HolderView>,
    /// Whom to ask where you may not: the desk of your own area, whatever the child's. `null` where it has registered
    /// none.
    broker: Option<BrokerView>,
}

impl AssessmentView {
    /// An assessment as it stands at `at`.
    #[must_use]
    pub fn at(shown: ShownAssessment, at: Instant) -> Self {
        Self {
            number: shown.number,
            kind: shown.kind,
            status: shown.status,
            started_on: shown.started_on,
            ended_on: shown.ended_on,
            holder: HolderView::at(shown.holder, at),
            linked_to: shown.linked_to,
            last_confirmed_at: shown.last_confirmed_at.to_utc(),
            freshness: shown.freshness,
            consent: shown.consent.map(AssessmentConsentView::from),
            outcome: shown.outcome,
            etag: None,
        }
    }

    /// The same, with the entity tag that a change must name.
    #[must_use]
    pub fn with_etag_at(shown: ShownAssessment, at: Instant) -> Self {
        let etag = etag_of_assessment(&shown);
        Self { etag: Some(etag), ..Self::at(shown, at) }
    }
}

impl HolderView {
    fn at(holder: Holder, at: Instant) -> Self {
        Self {
            organisation: OrganisationNameView::new(holder.organisation, holder.organisation_name),
            team: holder.team_name,
            practitioner: holder.practitioner.map(|(name, job_title)| PractitionerView::new(name, job_title)),
            routes: RouteView::all_at(&holder.routes, at),
        }
    }
}

impl From<AssessmentConsent> for AssessmentConsentView {
    fn from(consent: AssessmentConsent) -> Self {
        let AssessmentConsent { given_by, on } = consent;
        Self { given_by, on }
    }
}

impl AssessmentsView {
    /// Assessments as they stand at `at`, with their entity tags.
    #[must_use]
    pub fn at(shown: Vec<ShownAssessment>, at: Instant) -> Self {
        Self { assessments: shown.into_iter().map(|each| AssessmentView::with_etag_at(each, at)).collect() }
    }
}

/// The problem that names whom to join, or whom to ask. What hides a holder is told by nothing in it.
pub(super) fn open_elsewhere(elsewhere: OpenElsewhere, at: Instant) -> Problem {
    let problem = Problem::new(ProblemCode::AssessmentOpen);
    match elsewhere {
        OpenElsewhere::With(holder) => {
            let holder = serde_json::to_value(HolderView::at(*holder, at)).unwrap_or_default();
            problem.detail("Ask whoever holds it to join.").member("holder", holder)
        }
        OpenElsewhere::Withheld(desk) => {
            let broker = serde_json::to_value(desk.map(|desk| BrokerView::at(&desk, at))).unwrap_or_default();
            problem.detail("The management team can put you in touch with whoever holds it.").member("broker", broker)
        }
    }
}

/// The entity tag of an assessment as this caller sees it; as of involvements, what the clock alone changes is no part
/// of it.
#[must_use]
pub fn etag_of_assessment(shown: &ShownAssessment) -> String {
    let holder = &shown.holder;
    let consent = shown.consent.map(AssessmentConsentView::from);
    etag_of(&(
        (shown.number, &shown.kind, shown.status, shown.started_on, shown.ended_on, shown.linked_to),
        (holder.organisation, &holder.organisation_name, &holder.team_name, &holder.practitioner),
        (tagged_routes(&holder.routes), shown.last_confirmed_at, consent, shown.outcome),
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::api::involvements::views::tests::{shown as involvement, sunday};
    use crate::app::contacts::Broker;
    use crate::domain::ids::OrganisationId;

    fn shown() -> ShownAssessment {
        ShownAssessment {
            number: 417_233,
            kind: "early-help".into(),
            status: AssessmentStatus::Open,
            started_on: "2026-11-02".parse().unwrap(),
            ended_on: None,
            holder: Holder {
                organisation: OrganisationId(Uuid::nil()),
                organisation_name: "Community health".into(),
                team_name: None,
                practitioner: Some(("Joanna Whitfield".into(), "School nurse".into())),
                routes: involvement().routes,
            },
            linked_to: None,
            last_confirmed_at: Instant::parse("2026-11-02T09:00:00Z").unwrap(),
            freshness: Freshness::Fresh,
            consent: None,
            outcome: None,
        }
    }

    #[test]
    fn an_assessment_is_shown_in_the_names_of_the_interface() {
        let mut view = serde_json::to_value(AssessmentView::at(shown(), sunday())).unwrap();
        let routes = view["holder"]["routes"].take();
        assert_eq!(routes[0], json!({"kind": "out-of-hours", "phone": "111", "hours": "24/7", "open_now": true}));
        assert_eq!(
            view,
            json!({
                "number": 417_233, "kind": "early-help", "status": "open", "started_on": "2026-11-02",
                "ended_on": null, "last_confirmed_at": "2026-11-02T09:00:00Z", "freshness": "fresh",
                "holder": {
                    "organisation": {"id": Uuid::nil(), "name": "Community health"},
                    "practitioner": {"name": "Joanna Whitfield", "job_title": "School nurse"}, "routes": null,
                },
            })
        );
    }

    #[test]
    fn a_tag_follows_what_is_said_and_not_the_clock() {
        let tag = etag_of_assessment(&shown());
        let mut later = shown();
        later.holder.routes.reverse();
        later.freshness = Freshness::Stale;
        assert_eq!(etag_of_assessment(&later), tag);
        let changes: [fn(&mut ShownAssessment); 6] = [
            |entry| entry.kind = "social-care".into(),
            |entry| entry.holder.practitioner = None,
            |entry| entry.ended_on = Some(entry.started_on),
            |entry| entry.linked_to = Some(7),
            |entry| entry.last_confirmed_at = Instant(0),
            |entry| entry.outcome = Some(AssessmentOutcome::Joined),
        ];
        for change in changes {
            let mut changed = shown();
            change(&mut changed);
            assert_ne!(etag_of_assessment(&changed), tag);
        }
    }

    #[test]
    fn the_problem_names_whom_to_join_or_whom_to_ask() {
        let named = open_elsewhere(OpenElsewhere::With(Box::new(shown().holder)), sunday());
        let body = serde_json::to_value(named.body()).unwrap();
        assert_eq!((&body["code"], &body["status"]), (&json!("assessment-open"), &json!(409)));
        assert_eq!((&body["holder"]["organisation"]["name"], body.get("broker")), (&json!("Community health"), None));
        let desk = Broker { name: "Index management team".into(), routes: Vec::new() };
        for (desk, told) in [(Some(desk), json!({"name": "Index management team", "routes": []})), (None, json!(null))]
        {
            let hidden = open_elsewhere(OpenElsewhere::Withheld(desk), sunday());
            let body = serde_json::to_value(hidden.body()).unwrap();
            assert_eq!((body.get("broker"), body.get("holder")), (Some(&told), None));
        }
    }
}
