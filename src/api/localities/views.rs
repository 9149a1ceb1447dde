//! Localities as they are shown.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::codes::{LeadKindCode, LeftBecauseCode, ReassignmentOutcomeCode, ServedByCode};
use crate::api::routes::RouteView;
use crate::app::localities::{Reassigned, Reassignment, ShownLocality};
use crate::domain::involvements::LeadKind;
use crate::domain::localities::{LeftBecause, ReassignmentOutcome, ServedBy};

/// Who serves a child at an organisation: never where the child lives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "served_by": "locality-team",
    "team": "0191d3a0-5f5e-7cc0-8000-0123456789ac",
    "name": "Early Help Trowbridge",
    "routes": [],
}))]
pub struct LocalityView {
    /// A team, or a desk.
    #[schema(value_type = ServedByCode)]
    served_by: ServedBy,
    /// The team; `null` where it is a desk.
    #[schema(required = true)]
    team: Option<Uuid>,
    /// Its name, or the desk's.
    name: String,
    /// How to reach it; the first works now, if any does.
    routes: Vec<RouteView>,
}

/// What became of one entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReassignedView {
    /// The child.
    #[schema(example = "7K3M-9XQ2-4HT8")]
    child_id: String,
    /// The entry's number within the child.
    #[schema(example = 417_233)]
    involvement: i32,
    /// Whether it is the other team's.
    #[schema(value_type = ReassignmentOutcomeCode)]
    outcome: ReassignmentOutcome,
    /// Why it stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeftBecauseCode>, nullable = false)]
    because: Option<LeftBecause>,
    /// What its practitioner leads and goes on leading, for a person to settle with the family.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<LeadKindCode>, nullable = false)]
    leads: Option<LeadKind>,
}

/// How many stay for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftView {
    /// Why.
    #[schema(value_type = LeftBecauseCode)]
    because: LeftBecause,
    /// How many entries.
    entries: usize,
}

/// What became of a team's children, or how many there are.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReassignmentView {
    /// Whether it was only counted.
    dry_run: bool,
    /// How many entries were given, or would be.
    moved: usize,
    /// Of how many of these the practitioner leads.
    with_lead: usize,
    /// How many stay, for each reason.
    left: Vec<LeftView>,
    /// Each entry; nothing where it was only counted.
    results: Vec<ReassignedView>,
    /// The cursor to go on with; `null` where everything was looked at.
    #[schema(required = true)]
    next: Option<String>,
}

impl From<ShownLocality> for LocalityView {
    fn from(shown: ShownLocality) -> Self {
        let ShownLocality { served_by, team, name, routes, at } = shown;
        Self { served_by, team: team.map(|team| team.0), name, routes: RouteView::all_at(&routes, at) }
    }
}

impl From<Reassigned> for ReassignedView {
    fn from(entry: Reassigned) -> Self {
        let Reassigned { child, involvement, left, leads } = entry;
        let outcome = if left.is_some() { ReassignmentOutcome::Left } else { ReassignmentOutcome::Moved };
        Self { child_id: child.to_string(), involvement, outcome, because: left, leads }
    }
}

impl From<Reassignment> for ReassignmentView {
    fn from(reassignment: Reassignment) -> Self {
        let Reassignment { dry_run, entries, next } = reassignment;
        let moved = || entries.iter().filter(|entry| entry.left.is_none());
        let stay = |because: LeftBecause| entries.iter().filter(|entry| entry.left == Some(because)).count();
        let left = LeftBecause::ALL.iter().map(|because| LeftView { because: *because, entries: stay(*because) });
        Self {
            dry_run,
            moved: moved().count(),
            with_lead: moved().filter(|entry| entry.leads.is_some()).count(),
            left: left.filter(|left| left.entries > 0).collect(),
            results: if dry_run { Vec::new() } else { entries.iter().copied().map(Into::into).collect() },
            next: next.map(|next| next.to_string()),
        }
    }
}
