//! The operations on capabilities that take two people: proposed by one, agreed to by another.

use actix_web::web::Data;
use actix_web::{HttpResponse, get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::accounts::{AccountView, etag};
use super::codes::CapabilityCode;
use super::extract::{NoQuery, PathOf, ValidJson, ValidQuery};
use super::parameters::{AccountPath, ReasonHeader};
use super::problems::{Problem, ProblemBody};
use super::state::ApiState;
use super::visits::Visitor;
use super::{answers, pages};
use crate::app::capability_proposals::{self as proposals, ShownProposal};
use crate::domain::accounts::Capability;
use crate::domain::audit::actions::AuditAction;
use crate::domain::ids::{AccountId, ProposalId};
use crate::domain::pages::Page;

/// Which page of the proposals.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CapabilityProposalsQuery {
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

/// The proposal in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CapabilityProposalPath {
    /// The proposal's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    pub proposal_id: Uuid,
}

/// A capability that an account is to be granted.
#[derive(Debug, Clone, Copy, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposeCapabilityBody {
    /// `override` or `sealed-clearance`. The others are granted by one person, by changing the account.
    #[schema(value_type = CapabilityCode, example = "override")]
    capability: Capability,
}

/// An account by its name.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedAccountView {
    /// Its id, as the access log names it.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    id: Uuid,
    /// A person's name.
    #[schema(example = "Ada Adeyemi")]
    name: String,
}

/// A capability that somebody proposed for an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapabilityProposalView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    id: Uuid,
    /// The account that is to be granted it.
    account: NamedAccountView,
    /// The capability.
    #[schema(value_type = CapabilityCode)]
    capability: Capability,
    /// `proposed` until another person answers it; `declined` once it is.
    #[schema(example = "proposed")]
    state: &'static str,
    /// Who proposed it.
    proposed_by: NamedAccountView,
    /// When.
    proposed_at: DateTime<Utc>,
    /// From when on it counts no more.
    lapses_at: DateTime<Utc>,
    /// Whether you proposed it, and so cannot agree to it.
    yours: bool,
}

impl CapabilityProposalView {
    fn of(shown: ShownProposal, state: &'static str) -> Self {
        let ShownProposal { proposal, account_name, by_name, yours } = shown;
        Self {
            id: proposal.id.0,
            account: NamedAccountView { id: proposal.account.0, name: account_name },
            capability: proposal.capability,
            state,
            proposed_by: NamedAccountView { id: proposal.by.0, name: by_name },
            proposed_at: proposal.at.to_utc(),
            lapses_at: proposal.lapses_at().to_utc(),
            yours,
        }
    }

    fn open(shown: ShownProposal) -> Self {
        Self::of(shown, "proposed")
    }
}

/// A page of proposals, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CapabilityProposalsView {
    /// The proposals.
    proposals: Vec<CapabilityProposalView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownProposal, ProposalId>> for CapabilityProposalsView {
    fn from(page: Page<ShownProposal, ProposalId>) -> Self {
        let next = page.next.map(|next| next.to_string());
        Self { proposals: page.items.into_iter().map(CapabilityProposalView::open).collect(), next }
    }
}

/// List capabilities that wait for a second person
///
/// For administrators, and for managers as far as they answer for the account: what is proposed and not yet agreed to,
/// oldest first, a page at a time. What is proposed for your own account is not yours to decide and not in the list.
#[utoipa::path(
    tag = "accounts",
    params(CapabilityProposalsQuery, ReasonHeader),
    responses((status = 200, description = "A page of proposals.", body = CapabilityProposalsView))
)]
#[get("/capability-proposals")]
pub async fn list_capability_proposals(
    state: Data<ApiState>,
    visitor: Visitor,
    query: ValidQuery<CapabilityProposalsQuery>,
) -> Result<HttpResponse, Problem> {
    let query = query.into_inner();
    let after = pages::cursor(query.cursor.as_deref())?;
    let visit = visitor.to("list_capability_proposals", AuditAction::CapabilityList);
    let limit = pages::limit(query.limit);
    let answer = answers::open(proposals::list_capability_proposals(&state.index, visit, after, limit).await)?;
    Ok(answer.map(CapabilityProposalsView::from).ok())
}

/// Propose a capability that takes two people
///
/// `override` and `sealed-clearance` open what a shield hides: one administrator or manager proposes, another agrees
/// within thirty days, and neither may be whom it is for. The proposal counts only while whoever made it is in good
/// standing and answers for the account. Proposed again by the same person it stands as it is.
#[utoipa::path(
    tag = "accounts",
    params(AccountPath, ReasonHeader),
    request_body = ProposeCapabilityBody,
    responses(
        (status = 202, description = "Proposed; another person has to agree.", body = CapabilityProposalView),
        (
            status = 409,
            description = "The account has the capability, or somebody else has proposed it: agree to that.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/accounts/{id}/capability-proposals")]
pub async fn propose_capability(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    id: PathOf<Uuid>,
    body: ValidJson<ProposeCapabilityBody>,
) -> Result<HttpResponse, Problem> {
    let (account, capability) = (AccountId(id.into_inner()), body.into_inner().capability);
    let visit = visitor.to("propose_capability", AuditAction::CapabilityPropose);
    let answer = answers::open(proposals::propose_capability(&state.index, visit, account, capability).await)?;
    Ok(answer.map(CapabilityProposalView::open).accepted())
}

/// Agree to a capability that somebody proposed
///
/// For administrators and managers who answer for the account, and not for whoever proposed it. The account has the
/// capability from its next request on.
#[utoipa::path(
    tag = "accounts",
    params(CapabilityProposalPath, ReasonHeader),
    responses(
        (status = 200, description = "The account as it is now.", body = AccountView, headers(
            ("ETag" = String, description = "Names this version as you see it; for `If-Match`."),
        )),
        (
            status = 409,
            description = "Whoever proposed it is not in good standing or answers for the account no more: propose it anew.",
            body = ProblemBody,
            content_type = "application/problem+json"
        ),
    )
)]
#[post("/capability-proposals/{proposal_id}/agree")]
pub async fn agree_to_capability(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("agree_to_capability", AuditAction::CapabilityGrant);
    let id = ProposalId(path.into_inner());
    let answer = answers::open(proposals::agree_to_capability(&state.index, visit, id).await)?;
    let tag = etag(answer.value());
    Ok(answer.with_etag(&tag).map(AccountView::from).ok())
}

/// Decline a capability that somebody proposed
///
/// For administrators and managers who answer for the account; whoever proposed it takes it back with this.
#[utoipa::path(
    tag = "accounts",
    params(CapabilityProposalPath, ReasonHeader),
    responses((status = 200, description = "What was proposed; it counts no more.", body = CapabilityProposalView))
)]
#[post("/capability-proposals/{proposal_id}/decline")]
pub async fn decline_capability(
    state: Data<ApiState>,
    visitor: Visitor,
    _: NoQuery,
    path: PathOf<Uuid>,
) -> Result<HttpResponse, Problem> {
    let visit = visitor.to("decline_capability", AuditAction::CapabilityDecline);
    let answer = proposals::decline_capability(&state.index, visit, ProposalId(path.into_inner())).await;
    Ok(answers::open(answer)?.map(|shown| CapabilityProposalView::of(shown, "declined")).ok())
}
