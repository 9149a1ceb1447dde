//! The operations on the ledger of grounds: why a sensitive service is recorded, and until when.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::GroundBody;
use super::views::{GroundView, OrganisationNameView};
use crate::api::answers;
use crate::api::codes::{ServiceCode, code_schemas};
use crate::api::extract::{ChildOf, EntryOf, NoQuery, ValidJson};
use crate::api::parameters::{AccessHeaders, ChildPath, EntryPath};
use crate::api::problems::{Problem, ProblemBody};
use crate::api::state::ApiState;
use crate::api::visits::ChildVisitor;
use crate::app::involvements::{self as entries, ShownConsent};
use crate::domain::audit::actions::AuditAction;
use crate::domain::instants::Instant;
use crate::domain::involvements::ConsentState;
use crate::domain::services::Service;

code_schemas! {
    /// What a ground is worth today: it counts, it has lapsed, another took its place, or it was withdrawn.
    ConsentStateCode => ConsentState,
}

/// The entry that a ground is of.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentedEntryView {
    /// Its number within the child.
    #[schema(example = 417_233)]
    number: i32,
    /// The service.
    #[schema(value_type = ServiceCode, example = "sexual-health")]
    service: Service,
    /// The organisation whose entry it is.
    organisation: OrganisationNameView,
}

/// One ground of a sensitive service.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentView {
    /// The entry; absent where you may see grounds and not the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    involvement: Option<ConsentedEntryView>,
    /// The ground.
    ground: GroundView,
    /// What it is worth today.
    #[schema(value_type = ConsentStateCode)]
    state: ConsentState,
    /// When another took its place, or it was withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    ended_at: Option<DateTime<Utc>>,
}

impl From<ShownConsent> for ConsentView {
    fn from(shown: ShownConsent) -> Self {
        let involvement = shown.entry.map(|entry| ConsentedEntryView {
            number: entry.number,
            service: entry.service,
            organisation: OrganisationNameView::new(entry.organisation, entry.organisation_name),
        });
        let ended_at = shown.ended_at.map(Instant::to_utc);
        Self { involvement, ground: shown.ground.into(), state: shown.state, ended_at }
    }
}

/// The ledger of grounds, as far as you may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentsView {
    /// The newest entry first; of each the ground it stands on, then those that it replaced.
    consents: Vec<ConsentView>,
}

impl From<Vec<ShownConsent>> for ConsentsView {
    fn from(shown: Vec<ShownConsent>) -> Self {
        Self { consents: shown.into_iter().map(Into::into).collect() }
    }
}

/// Read the ledger of grounds
///
/// Why sensitive services are recorded: consent, who gave it, how that was judged and until when it counts, or suspected
/// significant harm. Organisations see the grounds of their own entries, lapsed ones included; the management team all of
/// them, and of which service only inside an open case. For everybody else the ledger is empty, whatever there is.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The grounds that you may see.", body = ConsentsView))
)]
#[get("/children/{child_id}/consents")]
pub async fn list_consents(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_consents", AuditAction::ConsentList);
    let answer = answers::open(entries::list_consents(&state.index, visit, path.child).await)?;
    Ok(answer.map(ConsentsView::from).ok())
}

/// Record a new ground for a sensitive involvement
///
/// For members of the organisation whose entry it is: consent given anew, before the old one lapses or after, or suspected
/// significant harm. It takes the place of the ground the entry stands on, which stays in the ledger; an entry whose
/// consent had lapsed is seen again. What was withdrawn is registered anew instead.
#[utoipa::path(
    tag = "involvements",
    params(ChildPath, EntryPath, AccessHeaders),
    request_body = GroundBody,
    responses(
        (status = 200, description = "The grounds of this entry.", body = ConsentsView),
        (
            status = 409,
            description = "The entry is of no sensitive service and stands on no ground.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/involvements/{number}/consents")]
pub async fn record_consent(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<GroundBody>,
) -> Result<HttpResponse, Problem> {
    let ground = body.into_inner().into_ground("", state.index.now().day())?;
    let visit = visitor.to("record_consent", AuditAction::ConsentRecord);
    let answer = entries::record_consent(&state.index, visit, path.child, path.number, ground).await;
    Ok(answers::open(answer)?.map(ConsentsView::from).ok())
}
