//! The operations on alerts, and on the questions that account holders answer.

mod bodies;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use utoipa::IntoParams;
use uuid::Uuid;

use super::answers;
use super::extract::{IfMatch, NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{IfMatchHeader, ReasonHeader};
use super::problems::Problem;
use super::state::ApiState;
use super::visits::Visitor;
use crate::app::Precondition;
use crate::app::alerts;
use crate::domain::alerts::views::ShownAlert;
use crate::domain::audit::actions::AuditAction;

pub use bodies::{
    AlertView, AlertsQuery, AlertsView, AnswerQuestionBody, AnsweredView, ChangeAlertBody, QuestionView, QuestionsView,
};

/// The alert in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter; what reads it takes the id alone")]
pub struct AlertPath {
    /// The alert's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    alert_id: Uuid,
}

/// The question in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter; what reads it takes the id alone")]
pub struct QuestionPath {
    /// The question's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    question_id: Uuid,
}

/// List alerts
///
/// For auditors: what the rules noticed about accounts of their area, newest first. Alerts that rest on what is hidden of
/// a child are for cleared auditors; an account of a sensitive organisation is not named to others.
#[utoipa::path(
    tag = "audit",
    params(AlertsQuery, ReasonHeader),
    responses((status = 200, description = "A page of alerts.", body = AlertsView))
)]
#[get("/audit/alerts")]
pub async fn list_alerts(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<AlertsQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("list_alerts", AuditAction::AlertList);
    let answer = answers::open(alerts::list_alerts(&state.index, visit, sought).await)?;
    Ok(answer.map(AlertsView::from).ok())
}

/// Read an alert
///
/// For auditors, as in the list, with the events it rests on. They are read by `GET /v1/audit/events/{index}`.
#[utoipa::path(
    tag = "audit",
    params(AlertPath, ReasonHeader),
    responses((status = 200, description = "The alert.", body = AlertView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/audit/alerts/{alert_id}")]
pub async fn read_alert(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_alert", AuditAction::AlertRead);
    let answer = answers::open(alerts::read_alert(&state.index, visit, id.into_inner()).await)?;
    let tag = bodies::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AlertView::from).ok())
}

/// Work an alert through
///
/// For auditors. An open alert is reviewed with an outcome, a reviewed one is closed; nobody reviews what is about
/// themselves.
#[utoipa::path(
    tag = "audit",
    params(AlertPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeAlertBody,
    responses((status = 200, description = "The alert as it is now.", body = AlertView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[patch("/audit/alerts/{alert_id}")]
pub async fn change_alert(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    version: IfMatch,
    body: ValidJson<ChangeAlertBody>,
) -> Result<HttpResponse, Problem> {
    let wanted = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &ShownAlert| version.accepts(&bodies::etag(shown)));
    let visit = visitor.to("change_alert", AuditAction::AlertChange);
    let answer = answers::open(alerts::change_alert(&state.index, visit, id.into_inner(), unchanged, wanted).await)?;
    let tag = bodies::etag(answer.value());
    Ok(answer.with_etag(&tag).map(AlertView::from).ok())
}

/// List the accesses that you are asked about
///
/// For every person with an account. Now and then somebody is asked to confirm why they opened a record; who does not
/// answer in time is brought to an auditor's notice.
#[utoipa::path(
    tag = "accounts",
    params(ReasonHeader),
    responses((status = 200, description = "What you have not answered, oldest first.", body = QuestionsView))
)]
#[get("/justifications")]
pub async fn list_justifications(state: Data<ApiState>, visitor: Visitor, _: NoQuery) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_justifications", AuditAction::JustificationList);
    let answer = answers::open(alerts::list_questions(&state.index, visit).await)?;
    Ok(answer.map(QuestionsView::from).ok())
}

/// Say why you opened a record
///
/// For the one who is asked, once. A code and never free text, which would become case data.
#[utoipa::path(
    tag = "accounts",
    params(QuestionPath, ReasonHeader),
    request_body = AnswerQuestionBody,
    responses((status = 200, description = "Answered.", body = AnsweredView))
)]
#[post("/justifications/{question_id}/answer")]
pub async fn answer_justification(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<AnswerQuestionBody>,
) -> Result<HttpResponse, Problem> {
    let given = body.into_inner().answer;
    let visit = visitor.to("answer_justification", AuditAction::JustificationAnswer);
    let answer = answers::open(alerts::answer_question(&state.index, visit, id.into_inner(), given).await)?;
    Ok(answer.map(|()| AnsweredView { answer: given }).ok())
}
