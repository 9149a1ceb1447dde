//! The operation on a child's access log: who has seen where it lives.

use actix_web::web::Data;
use actix_web::{HttpResponse, get};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::extract::{ChildOf, ValidQuery};
use super::parameters::{AccessHeaders, ChildPath};
use super::problems::Problem;
use super::state::ApiState;
use super::visits::ChildVisitor;
use super::{answers, pages};
use crate::app::access_logs::{self, AccessPage, AccessesSought, LocationSeen, Onlooker};
use crate::domain::audit::actions::AuditAction;

/// Which page of the list.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccessLogQuery {
    /// The `next` of the page before.
    #[validate(length(min = 16, max = 16))]
    #[param(min_length = 16, max_length = 16, required = false, nullable = false)]
    cursor: Option<String>,
    /// At most so many.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, required = false, nullable = false)]
    limit: Option<u16>,
}

impl TryFrom<AccessLogQuery> for AccessesSought {
    type Error = Problem;

    fn try_from(query: AccessLogQuery) -> Result<Self, Problem> {
        let after = query.cursor.as_deref().map(str::parse).transpose().map_err(|_| pages::no_cursor())?;
        Ok(Self { after, limit: pages::limit(query.limit) })
    }
}

/// Somebody, or their organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct NamedView {
    /// Its id.
    id: Uuid,
    /// Its name; `null` where it is not registered any more.
    #[schema(required = true)]
    name: Option<String>,
}

/// One time that somebody saw where the child lives.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationSeenView {
    /// When.
    at: DateTime<Utc>,
    /// What they did, as the audit log names it.
    #[schema(example = "child.read")]
    action: String,
    /// The reason they stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "safeguarding")]
    reason: Option<String>,
    /// Who it was; absent for somebody of a confidential service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    account: Option<NamedView>,
    /// Their organisation at the time; absent for a confidential service.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    organisation: Option<NamedView>,
}

impl From<LocationSeen> for LocationSeenView {
    fn from(seen: LocationSeen) -> Self {
        let named = |who: Onlooker| {
            let account = NamedView { id: who.account, name: who.name };
            (account, NamedView { id: who.organisation, name: who.organisation_name })
        };
        let (account, organisation) = seen.who.map(named).unzip();
        Self { at: seen.at.to_utc(), action: seen.action, reason: seen.reason, account, organisation }
    }
}

/// A page of who has seen where a child lives, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessLogView {
    /// The times. A page may be short, or empty, and have more after it.
    seen: Vec<LocationSeenView>,
    /// Where the next page begins; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<String>,
}

impl From<AccessPage> for AccessLogView {
    fn from(page: AccessPage) -> Self {
        Self {
            seen: page.seen.into_iter().map(LocationSeenView::from).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

/// List who has seen where a child lives
///
/// For the management team of the child's area, to decide about a shield: every access of the last 90 days that showed
/// the address, newest first.
#[utoipa::path(
    tag = "shields",
    params(ChildPath, AccessHeaders, AccessLogQuery),
    responses((status = 200, description = "Who has seen it.", body = AccessLogView))
)]
#[get("/children/{child_id}/access-log")]
pub async fn read_access_log(
    state: Data<ApiState>,
    visitor: ChildVisitor,
    path: ChildOf,
    query: ValidQuery<AccessLogQuery>,
) -> Result<HttpResponse, Problem> {
    let sought = query.into_inner().try_into()?;
    let visit = visitor.to("read_access_log", AuditAction::ChildAccessLog);
    let answer = answers::open(access_logs::read_access_log(&state.index, visit, path.child, sought).await)?;
    Ok(answer.map(AccessLogView::from).ok())
}
