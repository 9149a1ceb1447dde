//! Access points as they are shown.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::codes::{AccessPointKindCode, NeedCode};
use crate::api::involvements::OrganisationNameView;
use crate::api::routes::RouteView;
use crate::app::access_points::ShownAccessPoint;
use crate::domain::enquiries::{AccessPointKind, Need};
use crate::domain::pages::{After, Page};
use crate::domain::routes::RouteKind;

/// A desk, and how to reach it.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessPointView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    id: Uuid,
    /// What it is for.
    #[schema(value_type = AccessPointKindCode)]
    kind: AccessPointKind,
    /// Its name.
    #[schema(example = "Single point of access, west")]
    name: String,
    /// The organisation that runs it.
    organisation: OrganisationNameView,
    /// The area it serves (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// The needs it answers to; every need where empty.
    #[schema(value_type = Vec<NeedCode>)]
    needs: Vec<Need>,
    /// The postcode districts it serves; the whole area where empty.
    #[schema(example = json!(["BA14", "SN12"]))]
    postcode_districts: Vec<String>,
    /// Whether anybody can be reached there now.
    open_now: bool,
    /// The number to call while the desk is closed; `null` where there is none.
    #[schema(required = true, example = "01225 713999")]
    out_of_hours: Option<String>,
    /// How to reach it; the first works now, if any does.
    routes: Vec<RouteView>,
}

impl From<ShownAccessPoint> for AccessPointView {
    fn from(shown: ShownAccessPoint) -> Self {
        let ShownAccessPoint { point, organisation_name, at } = shown;
        let after_hours = point.routes.iter().find(|route| route.kind() == RouteKind::OutOfHours);
        Self {
            id: point.id.0,
            kind: point.kind,
            open_now: point.is_open_at(at),
            out_of_hours: after_hours.and_then(|route| route.phone().map(ToString::to_string)),
            name: point.name,
            organisation: OrganisationNameView::new(point.organisation, organisation_name),
            area: point.area,
            needs: point.needs,
            postcode_districts: point.districts,
            routes: RouteView::all_at(&point.routes, at),
        }
    }
}

/// A page of access points, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessPointsView {
    /// The access points.
    access_points: Vec<AccessPointView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownAccessPoint, After>> for AccessPointsView {
    fn from(page: Page<ShownAccessPoint, After>) -> Self {
        let access_points = page.items.into_iter().map(Into::into).collect();
        Self { access_points, next: page.next.map(|next| next.to_string()) }
    }
}

/// The entity tag of an access point; what works now is no part of it.
pub(super) fn etag(shown: &ShownAccessPoint) -> String {
    etag_of(&(shown.point.id, shown.point.version))
}
