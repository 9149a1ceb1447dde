//! The operations on the audit log: searching its events and reading one with its proof.

mod breaches;
mod exports;
mod searches;
mod views;

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::answers;
use super::codes::AccessReasonCode;
use super::extract::{NoQuery, PathOf, ValidJson, ValidQuery};
use super::problems::{Problem, ProblemCode, ProblemItem};
use super::state::ApiState;
use super::visits::ChildVisitor;
use crate::app::audits::{self as auditing, EventRead};
use crate::domain::audit::actions::AuditAction;

pub use breaches::{BreachScopeBody, BreachScopeView, ComplaintBody, ComplaintView};
pub use exports::Form;
pub use searches::AuditSearchBody;
pub use views::{AccountNameView, AuditedEventView, AuditedOrganisationView, EventPageView, ProvedEventView};

/// The largest index and size that are read: what JSON's readers agree on. The log will not get there.
const LARGEST: u64 = 9_007_199_254_740_991;

/// What every operation on the log needs to be told.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
#[allow(dead_code, reason = "describes the parameter; what reads it is the visitor")]
pub struct AuditHeaders {
    /// Why the log is read, `audit` as a rule. Kept with the record of the access.
    #[param(rename = "Access-Reason", inline, example = "audit")]
    access_reason: AccessReasonCode,
}

/// The event in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
#[allow(dead_code, reason = "describes the parameter; what reads it takes the number alone")]
pub struct EventPath {
    /// The event's index, from 0; the first part of its receipt.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    index: u64,
}

/// What the proof is to lead to.
#[derive(Debug, Clone, Copy, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// The size of the tree that the proof leads to, most often that of a checkpoint you hold: larger than the index,
    /// and no larger than the log. The log's present size where absent.
    #[validate(range(min = 1, max = 9_007_199_254_740_991_u64))]
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    size: Option<u64>,
}

/// Search the audit log
///
/// For auditors. Newest first. An auditor sees the events of accounts of their own area, and their own; one of England
/// (`E92000001`) sees all. A child is named by its number, or by a pseudonym where it was or is shielded or sensitive;
/// what else is hidden of an event stands in `masked`, and what is hidden is not found by asking for it. A page may be
/// short, or empty, and still have a `next`.
///
/// With `Accept: application/x-ndjson`, `text/csv` or `application/fhir+json` all events are exported that fit and that
/// the log holds at this moment, from `cursor` on and at most `limit` where that is said; the export is recorded before
/// its first byte, and asks for a login of the last fifteen minutes. The table marks cells that a spreadsheet could take for formulas by an apostrophe. The FHIR R4 Bundle
/// holds an AuditEvent for each child of an event, after IHE Basic Audit Log Patterns. An export that cannot be read to
/// its end is broken off.
#[utoipa::path(
    tag = "audit",
    params(AuditHeaders),
    request_body = AuditSearchBody,
    responses((
        status = 200,
        description = "A page of events, or the whole export.",
        content(
            (EventPageView = "application/json"),
            (String = "application/x-ndjson"),
            (String = "text/csv"),
            (serde_json::Value = "application/fhir+json"),
        )
    ))
)]
#[post("/audit/events/search")]
pub async fn search_audit_events(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    form: Form,
    body: ValidJson<AuditSearchBody>,
) -> Result<HttpResponse, Problem> {
    let body = body.into_inner();
    let most = body.most();
    let sought = body.into_sought()?;
    if form != Form::Page {
        let visit = visitor.to("search_audit_events", AuditAction::AuditExport);
        let answer = auditing::export_events(&state.index, visit, sought, most, form.code()).await;
        return Ok(exports::stream(answers::open(answer)?, form));
    }
    let visit = visitor.to("search_audit_events", AuditAction::AuditSearch);
    let answer = answers::open(auditing::search_events(&state.index, visit, sought).await)?;
    Ok(answer.map(EventPageView::from).ok())
}

/// List the children that a compromised account, token or system touched
///
/// For auditors. Every child that events of the account, token or system named between the two times, each once on all
/// pages together, with what may have been learnt of it. As far as the events are in your area.
#[utoipa::path(
    tag = "audit",
    params(AuditHeaders),
    request_body = BreachScopeBody,
    responses((status = 200, description = "A page of children.", body = BreachScopeView))
)]
#[post("/audit/breach-scope/search")]
pub async fn search_breach_scope(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    body: ValidJson<BreachScopeBody>,
) -> Result<HttpResponse, Problem> {
    let sought = body.into_inner().into_sought()?;
    let visit = visitor.to("search_breach_scope", AuditAction::AuditBreach);
    let answer = answers::open(auditing::list_touched(&state.index, visit, sought).await)?;
    Ok(answer.map(BreachScopeView::from).ok())
}

/// Find the accesses to a complainant's record, by name and date of birth
///
/// For auditors, who browse no children: the answer gives the complainant's name in the log and the accesses, and nothing
/// of the record. Where not exactly one child fits, nothing is found. Each look-up counts as a search.
#[utoipa::path(
    tag = "audit",
    params(AuditHeaders),
    request_body = ComplaintBody,
    responses((status = 200, description = "The accesses.", body = ComplaintView))
)]
#[post("/audit/complaints/search")]
pub async fn search_complaints(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    _: NoQuery,
    body: ValidJson<ComplaintBody>,
) -> Result<HttpResponse, Problem> {
    let complaint = body.into_inner().into_complaint()?;
    let visit = visitor.to("search_complaints", AuditAction::AuditLookUp);
    let answer = answers::open(auditing::search_complaint(&state.index, visit, complaint).await)?;
    Ok(answer.map(ComplaintView::from).ok())
}

/// Read one event of the audit log, with its proof
///
/// For auditors. The inclusion proof (RFC 6962) leads from the hash of the event's leaf to the root of the tree of the
/// first `size` events, which a signed checkpoint of that size states. An event outside your area answers as one that
/// does not exist.
#[utoipa::path(
    tag = "audit",
    params(EventPath, ProofQuery, AuditHeaders),
    responses((status = 200, description = "The event and its proof.", body = ProvedEventView))
)]
#[get("/audit/events/{index}")]
pub async fn read_audit_event(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    PathOf(index): PathOf<u64>,
    ValidQuery(ProofQuery { size }): ValidQuery<ProofQuery>,
) -> Result<HttpResponse, Problem> {
    if index > LARGEST {
        return Err(invalid("index", "is larger than any index"));
    }
    if size.is_some_and(|size| size <= index) {
        return Err(invalid("size", "must be larger than the index: the tree must hold the event"));
    }
    let visit = visitor.to("read_audit_event", AuditAction::AuditRead);
    let answer = answers::open(auditing::read_event(&state.index, visit, index, size).await)?;
    let (read, envelope) = answer.take();
    match read {
        EventRead::Proved(proved) => Ok(envelope.map(|()| ProvedEventView::from(*proved)).ok()),
        EventRead::BeyondLog => Err(envelope.refused(invalid("size", "must be no larger than the log"))),
    }
}

fn invalid(name: &'static str, message: &'static str) -> Problem {
    Problem::new(ProblemCode::InvalidParameter).item(ProblemItem::in_parameter(name, "range", message))
}
