//! The operations on assessments: that one exists and who holds it, so that agencies join instead of repeating.

mod bodies;
pub(super) mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};

use super::answers::{self, Answer};
use super::extract::{ChildOf, EntryOf, HashedJson, IdempotencyKey, IfMatch, NoQuery, ValidJson};
use super::parameters::{
    AccessHeaders, AssessmentPath, ChildPath, IdempotencyKeyHeader, IfMatchHeader, MediationHeaders,
};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::Precondition;
use crate::app::assessments::{self as entries, AssessmentStep, ShownAssessment, Starting};
use crate::domain::audit::actions::AuditAction;
use crate::domain::visits::Visit;

pub use bodies::{
    AssessmentConsentBody, ChangeAssessmentBody, CompleteAssessmentBody, LinkAssessmentBody, StartAssessmentBody,
};
pub use views::{AssessmentConsentView, AssessmentView, AssessmentsView, HolderView, OpenAssessmentProblem};

use views::{etag_of_assessment, open_elsewhere};

/// List a child's assessments
///
/// For practitioners, managers and systems: that they exist, how they stand and who holds them, as far as you may see it;
/// never what they say. Child in need, child protection and education, health and care are told as `social-care` and
/// `education` to who has no relationship with the child. Ended ones are listed for a time.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AccessHeaders, MediationHeaders),
    responses((status = 200, description = "The assessments that you may see.", body = AssessmentsView))
)]
#[get("/children/{child_id}/assessments")]
pub async fn list_assessments(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_assessments", AuditAction::AssessmentList);
    let answer = answers::open(entries::list_assessments(&state.index, visit, path.child).await)?;
    let now = state.index.now();
    Ok(answer.map(|shown| AssessmentsView::at(shown, now)).ok())
}

/// Start an assessment
///
/// Your own organisation holds it. Where one of the kind is open, nothing is started and the problem says whom to join:
/// its `holder`, as far as you may see it, and else the `broker`, the desk of your own area.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AccessHeaders, IdempotencyKeyHeader),
    request_body = StartAssessmentBody,
    responses(
        (status = 201, description = "Started.", body = AssessmentView, headers(
            ("Location" = String, description = "Where the assessment is."),
            ("ETag" = String, description = "Names this version of the assessment; for `If-Match`."),
        )),
        (
            status = 409,
            description = "One of the kind is open: join it.",
            body = OpenAssessmentProblem,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/assessments")]
pub async fn start_assessment(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: ChildOf,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<StartAssessmentBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| crate::app::replays::IdempotencyKey { key, body_hash });
    let new = value.try_into()?;
    let visit = visitor.to("start_assessment", AuditAction::AssessmentStart);
    let outcome = entries::start_assessment(&state.index, visit, path.child, new, key).await;
    let (starting, envelope) = answers::open(outcome)?.take();
    match starting {
        Starting::Started(shown) => {
            let location = format!("/v1/children/{}/assessments/{}", path.sent, shown.number);
            Ok(entry(&state, envelope.map(|()| shown)).created(&location))
        }
        Starting::Open(elsewhere) => Err(envelope.refused(open_elsewhere(elsewhere, state.index.now()))),
    }
}

/// Change an assessment
///
/// Who holds it within the organisation, and when it began. For members of the organisation that holds it, and for the
/// management team. A change also confirms it.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AssessmentPath, AccessHeaders, IfMatchHeader),
    request_body = ChangeAssessmentBody,
    responses(
        (status = 200, description = "The assessment as it is now.", body = AssessmentView, headers(
            ("ETag" = String, description = "Names this version of the assessment; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/children/{child_id}/assessments/{number}")]
pub async fn change_assessment(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    version: IfMatch,
    body: ValidJson<ChangeAssessmentBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("change_assessment", AuditAction::AssessmentChange);
    let unchanged = Precondition::that(move |shown: &ShownAssessment| version.accepts(&etag_of_assessment(shown)));
    apply(&state, visit, path, body.into_inner().into(), unchanged).await
}

/// End an assessment
///
/// With a code for what came of it, and nothing of what was found. For members of the organisation that holds it, and for
/// the management team. With `consent-withdrawn` nobody is told of it from this answer on.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AssessmentPath, AccessHeaders),
    request_body = CompleteAssessmentBody,
    responses(
        (status = 200, description = "The assessment as it is now.", body = AssessmentView, headers(
            ("ETag" = String, description = "Names this version of the assessment; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended already.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/assessments/{number}/complete")]
pub async fn complete_assessment(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<CompleteAssessmentBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("complete_assessment", AuditAction::AssessmentComplete);
    apply(&state, visit, path, body.into_inner().into(), Precondition::none()).await
}

/// Confirm an assessment
///
/// Says that the entry is still right. For members of the organisation that holds it, and for the management team.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AssessmentPath, AccessHeaders),
    responses(
        (status = 200, description = "The assessment as it is now.", body = AssessmentView, headers(
            ("ETag" = String, description = "Names this version of the assessment; for `If-Match`."),
        )),
        (
            status = 409,
            description = "It has ended.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/children/{child_id}/assessments/{number}/confirm")]
pub async fn confirm_assessment(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("confirm_assessment", AuditAction::AssessmentConfirm);
    apply(&state, visit, path, AssessmentStep::Confirm, Precondition::none()).await
}

/// Link an assessment to another
///
/// One of early help to a single assessment of the same child that you may see. For members of the organisation that
/// holds it, and for the management team; whether or not it has ended.
#[utoipa::path(
    tag = "assessments",
    params(ChildPath, AssessmentPath, AccessHeaders),
    request_body = LinkAssessmentBody,
    responses(
        (status = 200, description = "The assessment as it is now.", body = AssessmentView, headers(
            ("ETag" = String, description = "Names this version of the assessment; for `If-Match`."),
        )),
    )
)]
#[post("/children/{child_id}/assessments/{number}/link")]
pub async fn link_assessment(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    path: EntryOf,
    body: ValidJson<LinkAssessmentBody>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("link_assessment", AuditAction::AssessmentLink);
    apply(&state, visit, path, body.into_inner().into(), Precondition::none()).await
}

async fn apply(
    state: &ApiState,
    visit: Visit,
    path: EntryOf,
    step: AssessmentStep,
    unchanged: Precondition<ShownAssessment>,
) -> Result<HttpResponse, Problem> {
    let EntryOf { child, number } = path;
    let outcome = entries::change_assessment(&state.index, visit, child, number, step, unchanged).await;
    Ok(entry(state, answers::open(outcome)?).ok())
}

/// One assessment with its entity tag, in the header and in itself.
fn entry(state: &ApiState, answer: Answer<ShownAssessment>) -> Answer<AssessmentView> {
    let etag = etag_of_assessment(answer.value());
    let now = state.index.now();
    answer.with_etag(&etag).map(|shown| AssessmentView::with_etag_at(shown, now))
}
