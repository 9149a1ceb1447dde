//! Teams as they are shown.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::routes::RouteView;
use crate::app::teams::ShownTeam;
use crate::domain::pages::{After, Page};

/// A team of an organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ac")]
    id: Uuid,
    /// The organisation it belongs to.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    organisation_id: Uuid,
    /// Its code within the organisation.
    #[schema(example = "early-help-1")]
    code: String,
    /// Its name.
    #[schema(example = "Early Help Trowbridge")]
    name: String,
    /// The area it works in (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// Whether its involvement with a child is sensitive.
    sensitive: bool,
    /// How to reach it; the first works now, if any does.
    routes: Vec<RouteView>,
    /// The postcode districts it serves. For its organisation's people and those who keep it: beside a contact they would
    /// tell where a child lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = json!(["BA13", "BA14"]))]
    postcode_districts: Option<Vec<String>>,
}

impl From<ShownTeam> for TeamView {
    fn from(shown: ShownTeam) -> Self {
        let ShownTeam { team, districts, at } = shown;
        Self {
            id: team.id.0,
            organisation_id: team.organisation.0,
            code: team.code,
            name: team.name,
            area: team.area,
            sensitive: team.sensitive,
            routes: RouteView::all_at(&team.routes, at),
            postcode_districts: districts,
        }
    }
}

/// A page of teams, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamsView {
    /// The teams.
    teams: Vec<TeamView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownTeam, After>> for TeamsView {
    fn from(page: Page<ShownTeam, After>) -> Self {
        Self { teams: page.items.into_iter().map(Into::into).collect(), next: page.next.map(|next| next.to_string()) }
    }
}

/// The entity tag of a team; which of its routes works now is no part of it.
pub(super) fn etag(shown: &ShownTeam) -> String {
    etag_of(&(shown.team.id, shown.team.version))
}
