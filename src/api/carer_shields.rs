//! The operations on shields of carers, who are hidden on every record that names them.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::answers;
use super::extract::{CarerShieldOf, ChildOf, NoQuery, ValidJson};
use super::parameters::{AccessHeaders, CarerShieldPath, ChildPath};
use super::problems::Problem;
use super::shields::{ConfirmShieldBody, LiftingView, ShieldGroundCode, ShieldedView};
use super::state::ApiState;
use super::texts::check_text;
use super::visits::ChildVisitor;
use crate::app::carer_shields::{self, ShownCarerShield};
use crate::app::shields::Lifting;
use crate::domain::audit::actions::AuditAction;
use crate::domain::children::ShieldGround;

/// Which carer is to be shielded, and why.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShieldCarerBody {
    /// The carer's name as you see it on the record; upper and lower case do not matter.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Ada Okafor")]
    carer: String,
    /// The ground.
    #[schema(value_type = ShieldGroundCode, example = "refuge")]
    ground: ShieldGround,
}

/// A carer's shield, for the management team.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarerShieldView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    id: Uuid,
    /// The carers of this child whom it hides; empty outside a shield case that you have taken.
    #[schema(example = json!(["Ada Okafor"]))]
    carers: Vec<String>,
    /// The ground.
    #[schema(value_type = ShieldGroundCode)]
    ground: ShieldGround,
    /// Since when.
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
    /// Whether somebody has proposed to lift it: another manager has to agree.
    lift_proposed: bool,
    /// Whether that was you.
    lift_proposed_by_you: bool,
}

impl From<ShownCarerShield> for CarerShieldView {
    fn from(shown: ShownCarerShield) -> Self {
        let confirm_by = shown.shield.confirm_by();
        Self {
            id: shown.shield.id.0,
            carers: shown.carers,
            ground: shown.shield.ground,
            since: shown.shield.since.to_utc(),
            confirmed_at: shown.shield.confirmed_at.map(crate::domain::instants::Instant::to_utc),
            confirm_by,
            overdue: shown.overdue,
            review_on: shown.shield.review_on,
            lift_proposed: shown.lift_proposed.is_some(),
            lift_proposed_by_you: shown.lift_proposed == Some(true),
        }
    }
}

/// The shields of a child's carers, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CarerShieldsView {
    /// The shields.
    carer_shields: Vec<CarerShieldView>,
}

/// Shield a carer of a child
///
/// For any person who sees the carer on the record; `404` where you see no such carer. The shield takes effect at once:
/// the carer, and whatever leads to them, is hidden on every record that names them, now and later, and the homes of
/// children who share the carer, a telephone, an e-mail address or the home are held. The management team confirms it
/// within five working days, and silence keeps it. The organisation that supplied a carer sees them until then.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    request_body = ShieldCarerBody,
    responses((status = 200, description = "The carer is shielded.", body = ShieldedView))
)]
#[post("/children/{child_id}/carer-shields")]
pub async fn shield_carer(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    body: ValidJson<ShieldCarerBody>,
) -> Result<HttpResponse, Problem> {
    let ShieldCarerBody { carer, ground } = body.into_inner();
    let visit = visitor.to("shield_carer", AuditAction::ChildShield);
    let outcome = carer_shields::shield_carer(&state.index, visit, path.child, carer.trim().to_owned(), ground).await;
    Ok(answers::open(outcome)?.map(|()| ShieldedView::new()).ok())
}

/// List the shields of a child's carers
///
/// For the management team of the child's area. Whom each hides is told inside a shield case that you have taken.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders),
    responses((status = 200, description = "The shields.", body = CarerShieldsView))
)]
#[get("/children/{child_id}/carer-shields")]
pub async fn list_carer_shields(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_carer_shields", AuditAction::ShieldRead);
    let answer = answers::open(carer_shields::list_carer_shields(&state.index, visit, path.child).await)?;
    let view = |shown: Vec<ShownCarerShield>| CarerShieldsView {
        carer_shields: shown.into_iter().map(CarerShieldView::from).collect(),
    };
    Ok(answer.map(view).ok())
}

/// Confirm the shield of a carer
///
/// For the management team of the area in which it was asked for: the shield stands, and is looked at again on a day. A
/// proposal to lift it is answered by this.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, CarerShieldPath, AccessHeaders),
    request_body = ConfirmShieldBody,
    responses((status = 200, description = "The shield as it is now.", body = CarerShieldView))
)]
#[post("/children/{child_id}/carer-shields/{shield_id}/confirm")]
pub async fn confirm_carer_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: CarerShieldOf,
    body: ValidJson<ConfirmShieldBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("confirm_carer_shield", AuditAction::ChildShield);
    let review_on = body.into_inner().review_on();
    let CarerShieldOf { child, shield } = path;
    let answer = carer_shields::confirm_carer_shield(&state.index, visit, child, shield, review_on).await;
    Ok(answers::open(answer)?.map(CarerShieldView::from).ok())
}

/// Lift the shield of a carer
///
/// For the management team of the area in which it was asked for, after a login within the last fifteen minutes, and by
/// two people: the first proposes, another one's request within thirty days lifts it. What was held because of it waits
/// for a person to look.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, CarerShieldPath, AccessHeaders),
    responses(
        (status = 200, description = "The shield is lifted.", body = LiftingView),
        (status = 202, description = "It is proposed; another manager has to agree.", body = LiftingView),
    )
)]
#[post("/children/{child_id}/carer-shields/{shield_id}/lift")]
pub async fn lift_carer_shield(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: CarerShieldOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("lift_carer_shield", AuditAction::ChildShield);
    let CarerShieldOf { child, shield } = path;
    let answer = answers::open(carer_shields::lift_carer_shield(&state.index, visit, child, shield).await)?;
    Ok(match answer.value() {
        Lifting::Proposed => answer.map(LiftingView::from).accepted(),
        Lifting::Lifted => answer.map(LiftingView::from).ok(),
    })
}
