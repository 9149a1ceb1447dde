//! The operations on enquiries at a single point of access.

mod bodies;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use uuid::Uuid;

use super::answers;
use super::extract::{HashedJson, IdempotencyKey, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{AccessHeaders, IdempotencyKeyHeader, ReasonHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::{ChildVisitor, Visitor};
use crate::app::{enquiries, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::EnquiryId;
use crate::domain::reasons::AccessReason;

pub use bodies::{DecideEnquiryBody, EnquiriesQuery, EnquiryPath, JudgeEnquiryBody, RecordEnquiryBody};
pub use views::{ClockView, EnquiriesView, EnquiryView, NamedView};

/// Record an enquiry
///
/// For the organisation that runs the access point. Codes alone: who called, what is needed, what is decided at once.
/// Where a child is named the answer says to whom it is known already, as a look-up of contacts does. The enquiry is the
/// reason of this access, so that none need be stated, and while it is open it is a relationship for the others of the
/// organisation.
#[utoipa::path(
    tag = "early-help",
    params(IdempotencyKeyHeader, ReasonHeader),
    request_body = RecordEnquiryBody,
    responses(
        (status = 201, description = "Recorded.", body = EnquiryView, headers(
            ("Location" = String, description = "Where the enquiry is."),
        )),
        (status = 404, description = "There is no such access point or child that you may see.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "This outcome cannot come first.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/enquiries")]
pub async fn record_enquiry(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<RecordEnquiryBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let mut visit = visitor.to("record_enquiry", AuditAction::EnquiryRecord);
    visit.reason = visit.reason.or(Some(AccessReason::Enquiry));
    let answer = answers::open(enquiries::record_enquiry(&state.index, visit, key, value.try_into()?).await)?;
    let location = format!("/v1/enquiries/{}", answer.value().enquiry.id);
    Ok(answer.map(EnquiryView::from).created(&location))
}

/// List enquiries
///
/// In the order they were recorded, a page at a time: those at your organisation's access points or allocated to it, and
/// those of the area for co-ordinators and the management team. Each child as far as you may see it.
#[utoipa::path(
    tag = "early-help",
    params(EnquiriesQuery, AccessHeaders),
    responses((status = 200, description = "A page of enquiries.", body = EnquiriesView))
)]
#[get("/enquiries")]
pub async fn list_enquiries(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    query: ValidQuery<EnquiriesQuery>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_enquiries", AuditAction::EnquiryList);
    let (filter, after, limit) = query.into_inner().place()?;
    let answer = answers::open(enquiries::list_enquiries(&state.index, visit, filter, after, limit).await)?;
    Ok(answer.map(EnquiriesView::from).ok())
}

/// Read an enquiry
///
/// For those who list it.
#[utoipa::path(
    tag = "early-help",
    params(EnquiryPath, AccessHeaders),
    responses((status = 200, description = "The enquiry and its chain.", body = EnquiryView))
)]
#[get("/enquiries/{id}")]
pub async fn read_enquiry(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_enquiry", AuditAction::EnquiryRead);
    let id = EnquiryId(id.into_inner());
    let answer = answers::open(enquiries::read_enquiry(&state.index, visit, id).await)?;
    Ok(answer.map(EnquiryView::from).ok())
}

/// Decide an enquiry
///
/// The organisation of the access point gives advice, allocates, or finds no trace; the receiver of what is allocated
/// accepts or declines, and what is declined is the access point's again. Each decision is due within one working day.
#[utoipa::path(
    tag = "early-help",
    params(EnquiryPath, AccessHeaders),
    request_body = DecideEnquiryBody,
    responses(
        (status = 200, description = "Decided.", body = EnquiryView),
        (status = 409, description = "This outcome cannot follow here.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/enquiries/{id}/outcomes")]
pub async fn decide_enquiry(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<DecideEnquiryBody>,
) -> Result<HttpResponse, Problem> {
    let decision = body.into_inner().try_into()?;
    let visit = visitor.to("decide_enquiry", AuditAction::EnquiryDecide);
    let id = EnquiryId(id.into_inner());
    let answer = answers::open(enquiries::decide_enquiry(&state.index, visit, id, decision).await)?;
    Ok(answer.map(EnquiryView::from).ok())
}

/// Say how well an enquiry was handled
///
/// For co-ordinators of the area, of enquiries that are closed and that others recorded: a code for quality assurance.
#[utoipa::path(
    tag = "early-help",
    params(EnquiryPath, AccessHeaders),
    request_body = JudgeEnquiryBody,
    responses(
        (status = 200, description = "Kept.", body = EnquiryView),
        (status = 409, description = "The enquiry is still open.", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/enquiries/{id}/quality")]
pub async fn judge_enquiry(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<JudgeEnquiryBody>,
) -> Result<HttpResponse, Problem> {
    let quality = body.into_inner().outcome();
    let visit = visitor.to("judge_enquiry", AuditAction::EnquiryJudge);
    let id = EnquiryId(id.into_inner());
    let answer = answers::open(enquiries::judge_enquiry(&state.index, visit, id, quality).await)?;
    Ok(answer.map(EnquiryView::from).ok())
}
