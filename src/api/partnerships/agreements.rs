//! The operations on information-sharing agreements.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, patch, post};
use uuid::Uuid;

use super::bodies::{AgreementPath, ChangeAgreementBody, DraftAgreementBody, DryRunAgreementBody, PartnershipPath};
use super::views::{self, AgreementDryRunView, AgreementView, AgreementsView};
use crate::api::answers;
use crate::api::extract::{HashedJson, IdempotencyKey, IfMatch, NoQuery, PathOf, ValidJson};
use crate::api::parameters::{IdempotencyKeyHeader, IfMatchHeader, ReasonHeader};
use crate::api::problems::{Problem, ProblemBody};
use crate::api::state::ApiState;
use crate::api::visits::Visitor;
use crate::app::partnerships as trusts;
use crate::app::{Precondition, replays};
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::PartnershipId;
use crate::domain::partnerships::Agreement;

/// List the agreements of a partnership
///
/// The newest first. For every account: an agreement holds nothing about a child.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, ReasonHeader),
    responses((status = 200, description = "The agreements.", body = AgreementsView))
)]
#[get("/partnerships/{id}/agreements")]
pub async fn list_agreements(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("list_agreements", AuditAction::AgreementList);
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::list_agreements(&state.index, visit, id).await)?;
    let today = state.index.now().day();
    Ok(answer.map(|all| AgreementsView::on(all, today)).ok())
}

/// Draft an agreement
///
/// For the area's management team. A draft binds nobody: try what it would do, then adopt it.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, IdempotencyKeyHeader, ReasonHeader),
    request_body = DraftAgreementBody,
    responses(
        (status = 201, description = "Drafted.", body = AgreementView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
            ("Location" = String, description = "Where the agreement is."),
        )),
        (
            status = 409,
            description = "The partnership has a thousand agreements.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/partnerships/{id}/agreements")]
pub async fn draft_agreement(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    IdempotencyKey(key): IdempotencyKey,
    body: HashedJson<DraftAgreementBody>,
) -> Result<HttpResponse, Problem> {
    let HashedJson { value, body_hash } = body;
    let key = key.map(|key| replays::IdempotencyKey { key, body_hash });
    let visit = visitor.to("draft_agreement", AuditAction::AgreementDraft);
    let id = PartnershipId(id.into_inner());
    let answer = answers::open(trusts::draft_agreement(&state.index, visit, key, id, value.into()).await)?;
    let tag = views::agreement_etag(answer.value());
    let location = format!("/v1/partnerships/{id}/agreements/{}", answer.value().number);
    let today = state.index.now().day();
    Ok(answer.with_etag(&tag).map(|agreement| AgreementView::on(agreement, today)).created(&location))
}

/// Read an agreement
///
/// For every account.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, AgreementPath, ReasonHeader),
    responses((status = 200, description = "The agreement.", body = AgreementView, headers(
        ("ETag" = String, description = "Names this version; for `If-Match`."),
    )))
)]
#[get("/partnerships/{id}/agreements/{number}")]
pub async fn read_agreement(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, i32)>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("read_agreement", AuditAction::AgreementRead);
    let (id, number) = path.into_inner();
    let answer = answers::open(trusts::read_agreement(&state.index, visit, PartnershipId(id), number).await)?;
    let tag = views::agreement_etag(answer.value());
    let today = state.index.now().day();
    Ok(answer.with_etag(&tag).map(|agreement| AgreementView::on(agreement, today)).ok())
}

/// Change, adopt or end an agreement
///
/// For the area's management team. A draft may be changed, and adopted where no other agreement of the partnership is
/// adopted for one of its days. What is adopted may be ended, and nothing else of it changed.
///
/// An adopted agreement **narrows and never widens**. From its first day to its last, of an entry about a child of the
/// area by an organisation that is a member on the day, readers are told no more than it says of the service:
///
/// - `shown`: as much as without it;
/// - `brokered`: that there is a service (`withheld` in the contacts), and the management team puts in touch;
/// - `withheld`: nothing.
///
/// `visibility` is for readers of member organisations, `outside` for all others, and of several agreements the
/// narrowest holds. The same goes for whatever would tell of the entry: teams, leads, transfers, and the assessments that
/// the organisation holds. The organisation itself and the area's management team see what they would see without it, and
/// so do a manager inside a broker case and whoever opens an archive for a legal purpose. Sensitive services, shields and
/// seals stay as they are.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, AgreementPath, IfMatchHeader, ReasonHeader),
    request_body = ChangeAgreementBody,
    responses(
        (status = 200, description = "The agreement as it is now.", body = AgreementView, headers(
            ("ETag" = String, description = "Names this version; for `If-Match`."),
        )),
        (
            status = 409,
            description = "This cannot follow where it stands, or another agreement is adopted for one of its days.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[patch("/partnerships/{id}/agreements/{number}")]
pub async fn change_agreement(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, i32)>,
    version: IfMatch,
    body: ValidJson<ChangeAgreementBody>,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let changes = body.into_inner().into();
    let unchanged = Precondition::that(move |shown: &Agreement| version.accepts(&views::agreement_etag(shown)));
    let visit = visitor.to("change_agreement", AuditAction::AgreementChange);
    let at = (PartnershipId(id), number);
    let answer = answers::open(trusts::change_agreement(&state.index, visit, at, unchanged, changes).await)?;
    let tag = views::agreement_etag(answer.value());
    let today = state.index.now().day();
    Ok(answer.with_etag(&tag).map(|agreement| AgreementView::on(agreement, today)).ok())
}

/// Try what a draft would do
///
/// For the area's management team: of how many entries nothing, less or more would be told if the draft were adopted, as
/// against the agreement of the partnership that is in force today, and of which children, each as you may see it.
/// Nothing is changed. Shielded and sealed children are counted and listed for those alone who see them; entries of
/// sensitive services are not touched by any agreement.
#[utoipa::path(
    tag = "partnerships",
    params(PartnershipPath, AgreementPath, ReasonHeader),
    request_body = DryRunAgreementBody,
    responses(
        (status = 200, description = "What would change.", body = AgreementDryRunView),
        (
            status = 409,
            description = "It is no draft any more.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/partnerships/{id}/agreements/{number}/dry-run")]
pub async fn dry_run_agreement(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<(Uuid, i32)>,
    body: ValidJson<DryRunAgreementBody>,
) -> Result<HttpResponse, Problem> {
    let (id, number) = path.into_inner();
    let trial = body.into_inner().try_into()?;
    let visit = visitor.to("dry_run_agreement", AuditAction::AgreementDryRun);
    let answer = trusts::dry_run_agreement(&state.index, visit, (PartnershipId(id), number), trial).await;
    Ok(answers::open(answer)?.map(AgreementDryRunView::from).ok())
}
