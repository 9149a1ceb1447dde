//! The operations on shields: asked for by any practitioner, confirmed and lifted by the management team.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::answers;
use super::codes::code_schemas;
use super::dates::Day;
use super::extract::{ChildOf, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, ChildPath};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::shields::{self, Lifting, Sealing, ShownShield};
use crate::domain::audit::actions::AuditAction;
use crate::domain::children::ShieldGround;

code_schemas! {
    /// Why a record is shielded.
    ShieldGroundCode => ShieldGround,
}

/// Why a child is to be shielded.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShieldBody {
    /// The ground.
    #[schema(value_type = ShieldGroundCode, example = "refuge")]
    ground: ShieldGround,
}

/// When the management team looks at a shield again.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmShieldBody {
    /// A day to come, within a year.
    #[schema(value_type = NaiveDate, example = "2027-05-20")]
    review_on: Day,
}

impl ConfirmShieldBody {
    /// The day.
    pub(super) fn review_on(self) -> NaiveDate {
        self.review_on.0
    }
}

/// That it is done. Who else the decision covers is not told.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShieldedView {
    /// Always true.
    shielded: bool,
}

impl ShieldedView {
    pub(super) const fn new() -> Self {
        Self { shielded: true }
    }
}

/// A shield, for the management team.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShieldView {
    /// The ground.
    #[schema(value_type = ShieldGroundCode)]
    ground: ShieldGround,
    /// Since when the record is shielded.
    since: DateTime<Utc>,
    /// When the team confirmed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    confirmed_at: Option<DateTime<Utc>>,
    /// The last day on which it is confirmed in time. Silence keeps the shield.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    confirm_by: Option<NaiveDate>,
    /// Whether that day has passed.
    overdue: bool,
    /// The day on which the team looks again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    review_on: Option<NaiveDate>,
    /// Whether the record is sealed as well.
    sealed: bool,
    /// Whether somebody has proposed to lift it: another manager has to agree.
    lift_proposed: bool,
    /// Whether that was you.
    lift_proposed_by_you: bool,
    /// Whether somebody has proposed to seal the record: another cleared manager has to agree.
    seal_proposed: bool,
    /// Whether that was you.
    seal_proposed_by_you: bool,
}

impl From<ShownShield> for ShieldView {
    fn from(shown: ShownShield) -> Self {
        Self {
            ground: shown.shield.ground,
            since: shown.shield.since.to_utc(),
            confirmed_at: shown.shield.reviewed_at.map(crate::domain::instants::Instant::to_utc),
            confirm_by: shown.confirm_by,
            overdue: shown.overdue,
            review_on: shown.review_on,
            sealed: shown.shield.sealed,
            lift_proposed: shown.lift_proposed.is_some(),
            lift_proposed_by_you: shown.lift_proposed == Some(true),
            seal_proposed: shown.seal_proposed.is_some(),
            seal_proposed_by_you: shown.seal_proposed == Some(true),
        }
    }
}

/// What came of a request to lift a shield: `proposed` until another manager agrees, then `lifted`.
#[derive(Debug, Serialize, ToSchema)]
pub struct LiftingView {
    /// `proposed` or `lifted`.
    #[schema(example = "proposed")]
    state: &'static str,
}

impl From<Lifting> for LiftingView {
    fn from(lifting: Lifting) -> Self {
        let state = match lifting {
            Lifting::Proposed => "proposed",
            Lifting::Lifted => "lifted",
        };
        Self { state }
    }
}

/// Shield a child
///
/// For any person who may see the child. The shield takes effect at once, for the child and for everybody who shares a
/// carer, an address or a telephone number with it; the management team confirms it within five working days, and
/// silence keeps it. A child that is shielded already stays so.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = ShieldBody,
    responses((status = 200, description = "The child is shielded.", body = ShieldedView))
)]
#[post("/children/{child_id}/shield")]
pub async fn shield_child(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<ShieldBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("shield_child", AuditAction::ChildShield);
    let outcome = shields::shield_child(&state.index, visit, path.child, body.into_inner().ground).await;
    Ok(answers::open(outcome)?.map(|()| ShieldedView::new()).ok())
}

/// Read a child's shield
///
/// For the management team of the child's area.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    responses(
        (status = 200, description = "The shield.", body = ShieldView),
        (
            status = 409,
            description = "The child is not shielded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[get("/children/{child_id}/shield")]
pub async fn read_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_shield", AuditAction::ShieldRead);
    let answer = answers::open(shields::read_shield(&state.index, visit, path.child).await)?;
    Ok(answer.map(ShieldView::from).ok())
}

/// Confirm a child's shield
///
/// For the management team of the child's area: the shield stands, and is looked at again on a day. A proposal to lift
/// it is answered by this.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = ConfirmShieldBody,
    responses(
        (status = 200, description = "The shield as it is now.", body = ShieldView),
        (
            status = 409,
            description = "The child is not shielded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/shield/confirm")]
pub async fn confirm_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<ConfirmShieldBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("confirm_shield", AuditAction::ChildShield);
    let review_on = body.into_inner().review_on();
    let answer = answers::open(shields::confirm_shield(&state.index, visit, path.child, review_on).await)?;
    Ok(answer.map(ShieldView::from).ok())
}

/// What came of a request to seal a record: `proposed` until another cleared manager agrees, then `sealed`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealingView {
    /// `proposed` or `sealed`.
    #[schema(example = "proposed")]
    state: &'static str,
}

/// Seal a shielded record
///
/// For cleared managers of the child's area, after a login within the last fifteen minutes, and by two people: the first
/// proposes, another one's request within thirty days seals it. A sealed record does not exist but for cleared managers:
/// for adoption, a new identity, witness protection. Lifting the shield unseals it, by two people as well.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    responses(
        (status = 200, description = "The record is sealed.", body = SealingView),
        (status = 202, description = "It is proposed; another cleared manager has to agree.", body = SealingView),
        (
            status = 409,
            description = "The child is not shielded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/shield/seal")]
pub async fn seal_record(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("seal_record", AuditAction::ChildSeal);
    let answer = answers::open(shields::seal_record(&state.index, visit, path.child).await)?;
    Ok(match answer.value() {
        Sealing::Proposed => answer.map(|_| SealingView { state: "proposed" }).accepted(),
        Sealing::Sealed => answer.map(|_| SealingView { state: "sealed" }).ok(),
    })
}

/// Lift a child's shield
///
/// For the management team of the child's area, and by two people: the first proposes, another one's request within
/// thirty days lifts it. Entries made under the shield stay hidden until their owner confirms them.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    responses(
        (status = 200, description = "The shield is lifted.", body = LiftingView),
        (status = 202, description = "It is proposed; another manager has to agree.", body = LiftingView),
        (
            status = 409,
            description = "The child is not shielded.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/shield/lift")]
pub async fn lift_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("lift_shield", AuditAction::ChildShield);
    let answer = answers::open(shields::lift_shield(&state.index, visit, path.child).await)?;
    Ok(match answer.value() {
        Lifting::Proposed => answer.map(LiftingView::from).accepted(),
        Lifting::Lifted => answer.map(LiftingView::from).ok(),
    })
}
