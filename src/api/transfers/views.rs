//! Transfers as they are shown.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::children::IdentityView;
use crate::api::codes::{
    ConsentGiverCode, DeclineReasonCode, ServiceCode, TransferBasisCode, TransferGapCode, TransferKindCode,
    TransferStateCode, WithdrawReasonCode,
};
use crate::api::enquiries::{ClockView, NamedView};
use crate::api::involvements::{OrganisationNameView, PractitionerView};
use crate::api::routes::RouteView;
use crate::app::transfers::{ShownSide, ShownTransfer};
use crate::domain::enquiries::DeclineReason;
use crate::domain::ids::TransferId;
use crate::domain::instants::Instant;
use crate::domain::involvements::ConsentGiver;
use crate::domain::pages::Page;
use crate::domain::services::Service;
use crate::domain::transfers::{
    TransferBasis, TransferBasisKind, TransferGap, TransferKind, TransferState, WithdrawReason,
};

/// A child on the way from one service to another. The sender's involvement ends when the receiver accepts, and not before.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    id: Uuid,
    /// The child, in lists over several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    child: Option<IdentityView>,
    /// The same for all transfers that led to one another.
    #[schema(example = "7b1c6a4e-2f0d-4a7e-9c3b-5d8e1f60a2b4")]
    pathway: Uuid,
    /// Up, down, or neither.
    #[schema(value_type = TransferKindCode)]
    kind: TransferKind,
    /// Where it stands.
    #[schema(value_type = TransferStateCode)]
    state: TransferState,
    /// Who sends; `null` where you may not see that.
    #[schema(required = true)]
    from: Option<TransferSideView>,
    /// Who receives; `null` where nobody does, or where you may not see that.
    #[schema(required = true)]
    to: Option<TransferSideView>,
    /// The access point that it goes to when it is declined; `null` where it is none for you.
    #[schema(required = true)]
    access_point: Option<NamedView>,
    /// What is open.
    #[schema(value_type = Vec<TransferGapCode>)]
    open_gaps: Vec<TransferGap>,
    /// When it was proposed.
    proposed_at: DateTime<Utc>,
    /// When the next answer is due; `null` once it is closed.
    #[schema(required = true)]
    clock: Option<ClockView>,
    /// When it was closed.
    #[schema(required = true)]
    closed_at: Option<DateTime<Utc>>,
    /// On what it stands, for both sides, the desk and those who may see grounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    basis: Option<TransferBasisView>,
    /// Why the last who was asked declined, for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<DeclineReasonCode>, nullable = false)]
    declined: Option<DeclineReason>,
    /// Why the sender took it back, for the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WithdrawReasonCode>, nullable = false)]
    withdrawn: Option<WithdrawReason>,
}

/// One side of a transfer, and how to reach it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferSideView {
    /// What it does, or is to do, for the child.
    #[schema(value_type = ServiceCode)]
    service: Service,
    /// The organisation.
    organisation: OrganisationNameView,
    /// The team's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Assessment team, Trowbridge")]
    team: Option<String>,
    /// The practitioner; `null` where none is named.
    #[schema(required = true)]
    practitioner: Option<PractitionerView>,
    /// How to reach them; the first works now if any does.
    routes: Vec<RouteView>,
    /// The number of its involvement, where there is one that you may see.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 417_233)]
    involvement: Option<i32>,
}

/// On what a transfer stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferBasisView {
    /// Consent, its refusal, or suspected significant harm.
    #[schema(value_type = TransferBasisCode)]
    kind: TransferBasisKind,
    /// Who consented or refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ConsentGiverCode>, nullable = false)]
    given_by: Option<ConsentGiver>,
    /// The day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    on: Option<NaiveDate>,
}

/// The transfers of a child.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransfersView {
    /// In the order they were proposed.
    transfers: Vec<TransferView>,
}

/// A page of transfers, in the order they were proposed.
#[derive(Debug, Serialize, ToSchema)]
pub struct TransferWorkView {
    /// The transfers.
    transfers: Vec<TransferView>,
    /// The cursor of the next page; `null` on the last.
    #[schema(required = true)]
    next: Option<String>,
}

impl TransferView {
    /// A transfer as it stands at `at`.
    #[must_use]
    pub fn at(shown: ShownTransfer, at: Instant) -> Self {
        let access_point = shown.access_point_name.map(|name| NamedView::new(shown.access_point.0, name));
        Self {
            id: shown.id.0,
            child: shown.child.map(IdentityView::from),
            pathway: shown.pathway.0,
            kind: shown.kind,
            state: shown.state,
            from: shown.from.map(|side| TransferSideView::at(side, at)),
            to: shown.to.map(|side| TransferSideView::at(side, at)),
            access_point,
            open_gaps: shown.gaps,
            proposed_at: shown.proposed_at.to_utc(),
            clock: shown.due_at.map(|due| ClockView::new(due, shown.overdue)),
            closed_at: shown.closed_at.map(Instant::to_utc),
            basis: shown.basis.map(TransferBasisView::from),
            declined: shown.declined,
            withdrawn: shown.withdrawn,
        }
    }
}

impl TransferSideView {
    fn at(side: ShownSide, at: Instant) -> Self {
        Self {
            service: side.service,
            organisation: OrganisationNameView::new(side.organisation, side.organisation_name),
            team: side.team_name,
            practitioner: side.practitioner.map(|(name, job_title)| PractitionerView::new(name, job_title)),
            routes: RouteView::all_at(&side.routes, at),
            involvement: side.involvement,
        }
    }
}

impl From<TransferBasis> for TransferBasisView {
    fn from(basis: TransferBasis) -> Self {
        let TransferBasis { kind, given_by, on } = basis;
        Self { kind, given_by, on }
    }
}

impl TransfersView {
    /// Transfers as they stand at `at`.
    #[must_use]
    pub fn at(shown: Vec<ShownTransfer>, at: Instant) -> Self {
        Self { transfers: shown.into_iter().map(|each| TransferView::at(each, at)).collect() }
    }
}

impl TransferWorkView {
    /// A page of transfers as they stand at `at`.
    #[must_use]
    pub fn at(page: Page<ShownTransfer, TransferId>, at: Instant) -> Self {
        let transfers = page.items.into_iter().map(|each| TransferView::at(each, at)).collect();
        Self { transfers, next: page.next.map(|next| next.to_string()) }
    }
}
