//! Involvements as they are shown, and the entity tag of one.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::codes::{
    ConsentGiverCode, ConsentJudgedCode, FreshnessCode, GroundKindCode, LeadKindCode, ServiceCode, ServiceGroupCode,
};
use crate::api::routes::RouteView;
use crate::app::involvements::ShownInvolvement;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::Instant;
use crate::domain::involvements::{ConsentGiver, ConsentJudged, Ground, GroundKind, LeadKind};
use crate::domain::routes::Route;
use crate::domain::services::{Freshness, Service, ServiceGroup};

/// Who works with a child, from when to when, and how to reach them.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvolvementView {
    /// The number within the child. Numbers are random: gaps say nothing.
    #[schema(example = 417_233)]
    number: i32,
    /// What is done for the child.
    #[schema(value_type = ServiceCode, example = "school-nursing")]
    service: Service,
    /// How the service stands to the child.
    #[schema(value_type = ServiceGroupCode, example = "universal")]
    group: ServiceGroup,
    /// The organisation that does it, and owns this entry.
    organisation: OrganisationNameView,
    /// The team's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "School nursing, Trowbridge")]
    team: Option<String>,
    /// The practitioner; `null` where the service has no named person, as universal ones often have not.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
    /// Of what the practitioner is the lead professional; `null` where of nothing.
    #[schema(value_type = Option<LeadKindCode>, required = true)]
    lead_professional: Option<LeadKind>,
    /// The first day.
    started_on: NaiveDate,
    /// The last day; `null` while it runs.
    #[schema(required = true)]
    ended_on: Option<NaiveDate>,
    /// When somebody last said that the entry is still right.
    last_confirmed_at: DateTime<Utc>,
    /// How much that is worth today.
    #[schema(value_type = FreshnessCode)]
    freshness: Freshness,
    /// The ground of a sensitive entry, for those who may see grounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ground: Option<GroundView>,
    /// Names this version of the entry, for `If-Match`; the same as the header `ETag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    etag: Option<String>,
}

/// An organisation, named.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationNameView {
    /// Its id.
    id: Uuid,
    /// Its name.
    #[schema(example = "Wiltshire school nursing service")]
    name: String,
}

impl OrganisationNameView {
    /// An organisation of this id and name.
    #[must_use]
    pub fn new(id: OrganisationId, name: String) -> Self {
        Self { id: id.0, name }
    }
}

/// A practitioner, named.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PractitionerView {
    /// Their name.
    #[schema(example = "Joanna Whitfield")]
    name: String,
    /// Their job title.
    #[schema(example = "School nurse")]
    job_title: String,
}

impl PractitionerView {
    /// A practitioner of this name and job title.
    pub(in crate::api) fn new(name: String, job_title: String) -> Self {
        Self { name, job_title }
    }
}

/// Why a sensitive entry may be kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroundView {
    /// Consent, or suspected significant harm.
    #[schema(value_type = GroundKindCode)]
    kind: GroundKind,
    /// Who consented.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ConsentGiverCode>, nullable = false)]
    given_by: Option<ConsentGiver>,
    /// How it was judged that they may.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ConsentJudgedCode>, nullable = false)]
    judged: Option<ConsentJudged>,
    /// The day of the consent or of the judgement.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on: Option<NaiveDate>,
    /// The last day on which a consent counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    until: Option<NaiveDate>,
}

impl InvolvementView {
    /// An involvement as it stands at `at`.
    #[must_use]
    pub fn at(shown: ShownInvolvement, at: Instant) -> Self {
        Self {
            number: shown.number,
            service: shown.service,
            group: shown.group,
            organisation: OrganisationNameView::new(shown.organisation, shown.organisation_name),
            team: shown.team_name,
            practitioner: shown.practitioner.map(|(name, job_title)| PractitionerView { name, job_title }),
            routes: RouteView::all_at(&shown.routes, at),
            lead_professional: shown.lead,
            started_on: shown.started_on,
            ended_on: shown.ended_on,
            last_confirmed_at: shown.last_confirmed_at.to_utc(),
            freshness: shown.freshness,
            ground: shown.ground.map(GroundView::from),
            etag: None,
        }
    }

    /// The same, with the entity tag that a change must name.
    #[must_use]
    pub fn with_etag_at(shown: ShownInvolvement, at: Instant) -> Self {
        let etag = etag_of_entry(&shown);
        Self { etag: Some(etag), ..Self::at(shown, at) }
    }
}

impl From<Ground> for GroundView {
    fn from(ground: Ground) -> Self {
        let Ground { kind, given_by, judged, on, until } = ground;
        Self { kind, given_by, judged, on, until }
    }
}

/// The involvements of a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvolvementsView {
    /// The lead professional first, then what runs, then the most specialised.
    involvements: Vec<InvolvementView>,
}

impl InvolvementsView {
    /// Involvements as they stand at `at`, with their entity tags.
    #[must_use]
    pub fn at(shown: Vec<ShownInvolvement>, at: Instant) -> Self {
        let involvements = shown.into_iter().map(|each| InvolvementView::with_etag_at(each, at)).collect();
        Self { involvements }
    }
}

/// The entity tag of an entry as this caller sees it. What the clock alone changes (whether a route works now, and so
/// their order, and freshness) is no part of it: at five o'clock nobody has changed an entry.
#[must_use]
pub fn etag_of_entry(shown: &ShownInvolvement) -> String {
    let routes = tagged_routes(&shown.routes);
    let ground = shown.ground.map(GroundView::from);
    etag_of(&(
        (shown.number, shown.service, shown.group, shown.organisation, &shown.organisation_name, &shown.team_name),
        (&shown.practitioner, routes, shown.lead, shown.started_on, shown.ended_on, shown.last_confirmed_at, ground),
    ))
}

/// Routes as an entity tag takes them: in an order that the clock does not change.
pub(in crate::api) fn tagged_routes(routes: &[Route]) -> Vec<[Option<String>; 4]> {
    let mut tagged: Vec<[Option<String>; 4]> = routes
        .iter()
        .map(|route| {
            let (phone, email) = (route.phone().map(ToString::to_string), route.email().map(ToString::to_string));
            [Some(route.kind().to_string()), phone, email, Some(route.hours().to_string())]
        })
        .collect();
    tagged.sort_unstable();
    tagged
}

#[cfg(test)]
pub(in crate::api) mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::routes::RouteKind;

    /// A Sunday morning.
    pub(in crate::api) fn sunday() -> Instant {
        Instant::parse("2026-11-22T10:00:00Z").unwrap()
    }

    pub(in crate::api) fn shown() -> ShownInvolvement {
        let route = |kind, phone, hours| Route::parse(kind, Some(phone), None, Some(hours)).unwrap();
        ShownInvolvement {
            number: 417_233,
            service: Service::SchoolNursing,
            group: ServiceGroup::Universal,
            organisation: OrganisationId(Uuid::nil()),
            organisation_name: "Community health".into(),
            team_name: None,
            practitioner: Some(("Joanna Whitfield".into(), "School nurse".into())),
            routes: vec![
                route(RouteKind::OutOfHours, "111", "24/7"),
                route(RouteKind::Person, "01225 713000", "Mo-Fr 09:00-17:00"),
            ],
            lead: Some(LeadKind::EarlyHelp),
            started_on: "2024-09-01".parse().unwrap(),
            ended_on: None,
            is_live: true,
            last_confirmed_at: Instant::parse("2026-10-01T09:00:00Z").unwrap(),
            freshness: Freshness::Fresh,
            ground: None,
        }
    }

    #[test]
    fn an_involvement_is_shown_in_the_names_of_the_interface() {
        assert_eq!(
            serde_json::to_value(InvolvementView::at(shown(), sunday())).unwrap(),
            json!({
                "number": 417_233, "service": "school-nursing", "group": "universal",
                "organisation": {"id": Uuid::nil(), "name": "Community health"},
                "practitioner": {"name": "Joanna Whitfield", "job_title": "School nurse"},
                "routes": [
                    {"kind": "out-of-hours", "phone": "111", "hours": "24/7", "open_now": true},
                    {
                        "kind": "person", "phone": "01225 713000", "hours": "Mo-Fr 09:00-17:00", "open_now": false,
                        "next_open_at": "2026-11-23T09:00:00Z",
                    },
                ],
                "lead_professional": "early-help", "started_on": "2024-09-01", "ended_on": null,
                "last_confirmed_at": "2026-10-01T09:00:00Z", "freshness": "fresh",
            })
        );
    }

    #[test]
    fn a_tag_follows_what_is_said_and_not_the_clock() {
        let tag = etag_of_entry(&shown());
        let mut later = shown();
        later.routes.reverse();
        later.freshness = Freshness::Stale;
        assert_eq!(etag_of_entry(&later), tag);
        let view = serde_json::to_value(InvolvementView::with_etag_at(later, sunday())).unwrap();
        assert_eq!(view["etag"], tag);
        let changes: [fn(&mut ShownInvolvement); 6] = [
            |entry| entry.practitioner = None,
            |entry| entry.lead = None,
            |entry| entry.ended_on = Some(entry.started_on),
            |entry| entry.last_confirmed_at = Instant(0),
            |entry| entry.routes.truncate(1),
            |entry| entry.ground = Some(Ground::of(GroundKind::Consent)),
        ];
        for change in changes {
            let mut changed = shown();
            change(&mut changed);
            assert_ne!(etag_of_entry(&changed), tag);
        }
    }
}
