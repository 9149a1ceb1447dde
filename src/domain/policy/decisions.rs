//! The decision: who, what and whom in, a permit or a refusal out.

use chrono::NaiveDate;

use super::actors::Actor;
use super::blocks::{Block, Column, Extent, View, Visibility, cell, shielded_cell};
use super::permits::{Action, OverrideShield, Permit, SearchPermit};
use super::refusals::{Conflict, Forbidden, Refusal};
use super::rights::{may_look_at_children, may_override};
use super::subjects::{CaseKind, Subject};
use crate::domain::accounts::{Capability, Role};
use crate::domain::children::Publication;
use crate::domain::instants::years_after;

/// For how many years after archiving the management team may read a record, and how long it is kept at all
/// (2007 regulations).
const MANAGEMENT_READS_YEARS: u32 = 1;
const KEPT_YEARS: u32 = 6;

/// Decides whether `actor` may perform `A` on the child that `subject` describes, on `day`.
///
/// # Errors
/// A [`Refusal`]: `NotFound` wherever the caller may not know that the record exists, so that it cannot be told from
/// an unknown number.
pub fn decide<A: Action>(actor: &Actor, subject: &Subject, day: NaiveDate) -> Result<Permit<A>, Refusal> {
    may_look_at_children(actor)?;
    let visibility = visibility_of(actor, subject, day).ok_or(Refusal::NotFound)?;
    if A::CHANGES && subject.archived_on.is_some() {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    Ok(Permit::new(subject, visibility))
}

/// Decides whether `actor` may see the hidden part of a shielded record, in this one viewing, of a child whose record
/// exists for them anyway.
///
/// # Errors
/// As [`may_override`], then as [`decide`], and `not-shielded`.
pub fn decide_override(actor: &Actor, subject: &Subject, day: NaiveDate) -> Result<Permit<OverrideShield>, Refusal> {
    may_override(actor)?;
    decide::<OverrideShield>(actor, subject, day)?;
    if !subject.shielded {
        return Err(Refusal::Conflict(Conflict::NotShielded));
    }
    let mut columns = columns_of(actor, subject, day);
    columns.push(Column::Override);
    let visibility = Visibility::from(widest_view(actor, subject, &columns));
    Ok(Permit::new(subject, visibility.within(&subject.bounds, day)))
}

/// Decides whether `actor` may search at all.
///
/// # Errors
/// A refusal by role.
pub fn decide_search(actor: &Actor) -> Result<SearchPermit, Refusal> {
    may_look_at_children(actor)?;
    Ok(SearchPermit::new(actor.clone()))
}

/// How much `actor` may see of the child that `subject` describes; none where the child does not exist for them.
/// Through a system, and for somebody on the telephone, it is what both may see.
#[must_use]
pub fn visibility_of(actor: &Actor, subject: &Subject, day: NaiveDate) -> Option<Visibility> {
    let own = visibility_alone(actor, subject, day)?;
    actor.others().try_fold(own, |seen, other| Some(seen.and(visibility_of(other, subject, day)?)))
}

fn visibility_alone(actor: &Actor, subject: &Subject, day: NaiveDate) -> Option<Visibility> {
    let columns = columns_of(actor, subject, day);
    if !exists_for(actor, subject, &columns) {
        return None;
    }
    Some(Visibility::from(widest_view(actor, subject, &columns)).within(&subject.bounds, day))
}

/// For each block the widest of what the capacities give.
fn widest_view(actor: &Actor, subject: &Subject, columns: &[Column]) -> View {
    let widest = |block| columns.iter().map(|column| extent(actor, subject, block, *column)).max();
    let view = View::new(actor.organisation, actor.sector, |block| widest(block).unwrap_or(Extent::Nothing));
    let manages = |kind| is_management(actor, subject) && in_case(actor, subject, kind);
    view.in_capacities(columns).reviewing(manages(CaseKind::Review)).shielding(manages(CaseKind::Shield))
}

/// Every capacity in which the actor looks at this child.
fn columns_of(actor: &Actor, subject: &Subject, day: NaiveDate) -> Vec<Column> {
    let mut columns = Vec::with_capacity(4);
    match subject.archived_on {
        Some(archived) if day >= years_after(archived, KEPT_YEARS) => return columns,
        Some(archived) => {
            if is_management(actor, subject) && day < years_after(archived, MANAGEMENT_READS_YEARS) {
                columns.push(Column::Management);
            }
            if actor.can(Capability::Archive) && actor.purpose.is_some() {
                columns.push(Column::Archive);
            }
            return columns;
        }
        None => columns.push(Column::Practitioner),
    }
    if has_relationship(actor, subject) {
        columns.push(Column::WithRelationship);
    }
    if subject.supplied_by == actor.organisation || has_entries(actor, subject) {
        columns.push(Column::OwnEntries);
    }
    if is_management(actor, subject) {
        columns.push(Column::Management);
    } else if actor.role == Role::Manager && in_case(actor, subject, CaseKind::Broker) {
        columns.push(Column::Broker);
    }
    columns
}

/// A relationship is a live involvement of the caller's organisation that its feed or another of its accounts
/// entered: registering one widens nothing for the one who registers it.
pub(super) fn has_relationship(actor: &Actor, subject: &Subject) -> bool {
    subject
        .ties
        .iter()
        .any(|tie| tie.live && tie.organisation == actor.organisation && tie.entered_by != Some(actor.account))
}

fn has_entries(actor: &Actor, subject: &Subject) -> bool {
    subject.ties.iter().any(|tie| tie.organisation == actor.organisation)
}

pub(super) fn is_management(actor: &Actor, subject: &Subject) -> bool {
    actor.role == Role::Manager && actor.area == subject.area
}

/// Whether the record exists for the caller at all.
fn exists_for(actor: &Actor, subject: &Subject, columns: &[Column]) -> bool {
    if columns.is_empty() || subject.merged || subject.restricted_from.contains(&actor.account) {
        return false;
    }
    let management = is_management(actor, subject);
    if subject.unborn && !management && !actor.works_before_birth() {
        return false;
    }
    if subject.sealed && !(management && actor.can(Capability::SealedClearance)) {
        return false;
    }
    match subject.publication {
        Publication::Published => true,
        Publication::Provisional => {
            subject.supplied_by == actor.organisation || in_case(actor, subject, CaseKind::Review)
        }
        Publication::Held => management && in_case(actor, subject, CaseKind::Review),
    }
}

/// Whether the actor works an open case of this kind on the child.
pub(super) fn in_case(actor: &Actor, subject: &Subject, kind: CaseKind) -> bool {
    subject.cases.iter().any(|case| case.kind == kind && case.manager == Some(actor.account))
}

/// What a column comes to for this actor and child.
fn extent(actor: &Actor, subject: &Subject, block: Block, column: Column) -> Extent {
    let plain = cell(block, column);
    let granted = if subject.shielded { plain.min(shielded_cell(block, column)) } else { plain };
    match granted {
        Extent::BySector if block == Block::Mother && actor.works_before_birth() => Extent::All,
        Extent::BySector if block == Block::Mother => Extent::Nothing,
        Extent::Own if subject.shielded && subject.shield_reviewed => Extent::Nothing,
        Extent::InCase => {
            let broker = in_case(actor, subject, CaseKind::Broker);
            let shield = in_case(actor, subject, CaseKind::Shield);
            match block {
                Block::Sensitive if broker => Extent::All,
                Block::Sensitive if !subject.shielded || shield => Extent::Existence,
                _ if broker || shield => plain,
                _ => Extent::Nothing,
            }
        }
        other => other,
    }
}

/// Decides whether `actor` may register a child; `unborn` children only where they exist: in maternity, health visiting
/// and social care.
///
/// # Errors
/// A refusal by role or sector.
pub fn decide_registration(actor: &Actor, unborn: bool) -> Result<SearchPermit, Refusal> {
    let permit = decide_search(actor)?;
    if unborn && !actor.works_before_birth() {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    Ok(permit)
}
