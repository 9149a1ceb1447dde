//! Organisations as they are shown.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::codes::{LawfulBasisCode, OrganisationKindCode};
use crate::api::routes::RouteView;
use crate::app::organisations::ShownOrganisation;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::pages::{After, Page};
use crate::domain::services::OrganisationKind;

/// An organisation that works with children.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    id: Uuid,
    /// The code its feeds and the bulk format name it by.
    #[schema(example = "URN-126285")]
    code: String,
    /// Its name.
    #[schema(example = "Trowbridge Meadows Primary School")]
    name: String,
    /// What it is.
    #[schema(value_type = OrganisationKindCode)]
    kind: OrganisationKind,
    /// The area it works in (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// Whether its involvement with a child is sensitive, by its kind, its mark or a setting.
    sensitive: bool,
    /// It is accredited until this day, inclusive.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    accredited_until: Option<NaiveDate>,
    /// On what lawful basis it takes part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LawfulBasisCode>, nullable = false, example = "public-task")]
    lawful_basis: Option<LawfulBasis>,
    /// How to reach it; the first works now, if any does.
    routes: Vec<RouteView>,
}

impl From<ShownOrganisation> for OrganisationView {
    fn from(shown: ShownOrganisation) -> Self {
        let ShownOrganisation { organisation, at } = shown;
        Self {
            id: organisation.id.0,
            code: organisation.code,
            name: organisation.name,
            kind: organisation.kind,
            area: organisation.area,
            sensitive: organisation.sensitive,
            accredited_until: organisation.accredited_until,
            lawful_basis: organisation.lawful_basis,
            routes: RouteView::all_at(&organisation.routes, at),
        }
    }
}

/// A page of organisations, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrganisationsView {
    /// The organisations.
    organisations: Vec<OrganisationView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownOrganisation, After>> for OrganisationsView {
    fn from(page: Page<ShownOrganisation, After>) -> Self {
        Self {
            organisations: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

/// The entity tag of an organisation. Every part that is shown counts its version up but one: which route works now,
/// and that changes by itself and is no reason to refuse a change.
pub(super) fn etag(shown: &ShownOrganisation) -> String {
    let organisation = &shown.organisation;
    etag_of(&(organisation.id, organisation.version, organisation.sensitive))
}
