//! The override of a shield: asked for, warned of, acknowledged, and seen once.

use actix_web::web::Data;
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::children::ChildView;
use super::codes::code_schemas;
use super::contacts::ContactsView;
use super::extract::{ChildOf, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath};
use super::problems::{Problem, ProblemBody, ProblemCode};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::overrides::{self, OverrideSought, Overriding, Viewing};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::OverrideId;
use crate::domain::instants::Instant;
use crate::domain::overrides::OverrideGround;

code_schemas! {
    /// Why the hidden part of a shielded record has to be seen.
    OverrideGroundCode => OverrideGround,
}

/// What whoever is about to override a shield is told: the same of every child.
const WARNING: &str = "Somebody may be in danger if this record is found. It opens once, for you and now; the access is \
                       investigated by a manager, and misuse is an offence. To go on, send the same request with this \
                       acknowledgement.";

/// Why a shield is to be overridden and, to go on after the warning, what acknowledges it.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OverrideBody {
    /// The ground.
    #[schema(value_type = OverrideGroundCode, example = "immediate-danger")]
    ground: OverrideGround,
    /// The `acknowledgement` of the warning that you were given within the last five minutes. It is used up by this.
    #[schema(nullable = false)]
    acknowledgement: Option<Uuid>,
}

/// The one viewing of a shielded record: the record and who is involved.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverrideView {
    /// The record.
    record: ChildView,
    /// Who is involved, and how to reach them.
    contacts: ContactsView,
}

impl OverrideView {
    fn at(viewing: Viewing, at: Instant) -> Self {
        Self { record: viewing.record.into(), contacts: ContactsView::at(viewing.contacts, at) }
    }
}

/// Override a shield
///
/// For people with the capability `override`, after a login within the last fifteen minutes. The first request is
/// answered with `409 override-warning` and an `acknowledgement`; the same request with it shows the hidden part of the
/// record once. An acknowledgement is good for five minutes, for the same person, token, child and ground. Every viewing
/// opens an investigation that a manager other than the viewer closes, and counts against a daily budget; everybody
/// else still sees the record shielded.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = OverrideBody,
    responses(
        (status = 200, description = "The hidden part of the record, this once.", body = OverrideView),
        (
            status = 409,
            description = "The warning, with its `acknowledgement` and when that ends (`expires_at`); or the \
                           acknowledgement is used up; or the child is not shielded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/override")]
pub async fn override_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<OverrideBody>,
) -> Result<HttpResponse, Problem> {
    let OverrideBody { ground, acknowledgement } = body.into_inner();
    let sought = OverrideSought { ground, acknowledgement: acknowledgement.map(OverrideId) };
    let visit = visitor.to("override_shield", AuditAction::OverrideViewed);
    let (outcome, answer) =
        answers::open(overrides::override_shield(&state.index, visit, path.child, sought).await)?.take();
    match outcome {
        Overriding::Warned { acknowledgement, expires_at } => Err(answer.refused(warning(acknowledgement, expires_at))),
        Overriding::Viewed(viewing) => {
            let now = state.index.now();
            Ok(answer.map(|()| OverrideView::at(*viewing, now)).ok())
        }
    }
}

fn warning(acknowledgement: OverrideId, expires_at: Instant) -> Problem {
    Problem::new(ProblemCode::OverrideWarning)
        .detail(WARNING)
        .member("acknowledgement", acknowledgement.to_string())
        .member("expires_at", expires_at.to_utc().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
}
