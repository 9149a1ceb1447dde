//! The decision: who, what and whom in, a permit or a refusal out.

use chrono::NaiveDate;

use super::actors::Actor;
use super::blocks::{Block, Column, Extent, View, Visibility, cell, shielded_cell};
use super::permits::{Action, OverrideShield, Permit, SearchPermit};
use super::refusals::{Conflict, Forbidden, Refusal};
use super::subjects::{CaseKind, Subject};
use crate::domain::accounts::{Capability, Role};
use crate::domain::audit::actions::Strength;
use crate::domain::children::Publication;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::ids::OrganisationId;
use crate::domain::instants::years_after;
use crate::domain::services::Sector;

/// For how many years after archiving the management team may read a record, and how long it is kept at all
/// (2007 regulations).
const MANAGEMENT_READS_YEARS: u32 = 1;
const KEPT_YEARS: u32 = 6;

/// Which sectors read which identifiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifierRule {
    /// Who reads the NHS number: health, which allocates it, and those bodies that present law designates.
    pub nhs_number: Vec<Sector>,
    /// Who reads the UPN and the ULN: education, which allocates them.
    pub pupil_numbers: Vec<Sector>,
}

impl Default for IdentifierRule {
    fn default() -> Self {
        Self { nhs_number: vec![Sector::Health], pupil_numbers: vec![Sector::Education] }
    }
}

impl IdentifierRule {
    /// Whether a sector reads a system's identifiers.
    #[must_use]
    pub fn allows(&self, sector: Sector, system: &IdentifierSystem) -> bool {
        match system {
            IdentifierSystem::NhsNumber => self.nhs_number.contains(&sector),
            IdentifierSystem::Upn | IdentifierSystem::Uln => self.pupil_numbers.contains(&sector),
            IdentifierSystem::Other(_) => false,
        }
    }
}

/// What an area may set of the policy.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicySettings {
    /// Who reads which identifiers.
    pub identifiers: IdentifierRule,
    /// Whether a shielded record shows the names of its carers, as the 2007 regulations had it; off by default.
    pub shielded_shows_carers: bool,
    /// Areas (ONS codes) of whose children nobody but their management team is told that an unspecified sensitive service
    /// is involved; elsewhere its existence is told.
    pub existence_untold_in: Vec<String>,
}

impl PolicySettings {
    /// Whether `actor` is told that a sensitive service is involved with a child of `area`, where the table tells it.
    #[must_use]
    pub fn tells_existence(&self, actor: &Actor, area: &str) -> bool {
        let team = |each: &Actor| each.role == Role::Manager && each.area == area;
        let untold = self.existence_untold_in.iter().any(|each| each == area);
        !untold || (team(actor) && actor.others().all(team))
    }
}

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
    Ok(Permit::new(subject, widest_view(actor, subject, &columns).into()))
}

/// Whether `actor` may override shields at all: by capability, in person and after a recent login.
///
/// # Errors
/// A refusal by role, `capability-missing`, or a more recent login.
pub fn may_override(actor: &Actor) -> Result<(), Refusal> {
    may_look_at_children(actor)?;
    if !actor.can(Capability::Override) || actor.is_machine() || actor.through.is_some() {
        return Err(Refusal::Forbidden(Forbidden::Capability));
    }
    if actor.strength < Strength::RecentTwoFactor {
        return Err(Refusal::RecentLogin);
    }
    Ok(())
}

/// Decides whether `actor` may search at all.
///
/// # Errors
/// A refusal by role.
pub fn decide_search(actor: &Actor) -> Result<SearchPermit, Refusal> {
    may_look_at_children(actor)?;
    Ok(SearchPermit::new(actor.clone()))
}

/// Whether `actor` may search by an identifier of `system`: only who may read it, or the search would be an oracle.
#[must_use]
pub fn may_search_by(actor: &Actor, system: &IdentifierSystem, settings: &PolicySettings) -> bool {
    let alone = actor.role == Role::Manager || settings.identifiers.allows(actor.sector, system);
    alone && actor.others().all(|other| may_search_by(other, system, settings))
}

/// Whether `actor` may search by the mother: those who work before birth, and management teams.
#[must_use]
pub fn may_search_by_mother(actor: &Actor) -> bool {
    let alone = actor.role == Role::Manager || actor.works_before_birth();
    alone && actor.others().all(may_search_by_mother)
}

/// Whether `actor` may record what came of a pregnancy: who may change the record and works before birth, and the
/// management team of its area.
///
/// # Errors
/// A refusal by role, or `not-your-organisations-entry`.
pub fn may_record_birth(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if !is_management(actor, subject) && !actor.works_before_birth() {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    may_change_child(actor, subject)
}

/// Whether `actor` may have a match explained: the management team does, in person and not through a system.
///
/// # Errors
/// A refusal by role.
pub fn may_explain(actor: &Actor) -> Result<(), Refusal> {
    if actor.role == Role::Manager && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` has to do with children at all: auditors and administrators have not.
///
/// # Errors
/// A refusal by role.
pub fn may_look_at_children(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Auditor | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Practitioner | Role::Manager | Role::System => actor.others().try_for_each(may_look_at_children),
    }
}

/// How much `actor` may see of the child that `subject` describes; none where the child does not exist for them.
/// Through a system, and for somebody on the telephone, it is what both may see.
#[must_use]
pub fn visibility_of(actor: &Actor, subject: &Subject, day: NaiveDate) -> Option<Visibility> {
    let own = visibility_alone(actor, subject, day)?;
    actor.others().try_fold(own, |seen, other| Some(seen.and(visibility_of(other, subject, day)?)))
}

/// Whether `actor` may be given a code to prove themselves on the telephone: people who look at children, from their own
/// login.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_issue_code(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Practitioner | Role::Manager if actor.through.is_none() => Ok(()),
        _ => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Whether `actor` may look up for somebody on the telephone: people who may look at children.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_mediate(actor: &Actor) -> Result<(), Refusal> {
    match actor.role {
        Role::Practitioner | Role::Manager => Ok(()),
        Role::Auditor | Role::System | Role::Administrator => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

fn visibility_alone(actor: &Actor, subject: &Subject, day: NaiveDate) -> Option<Visibility> {
    let columns = columns_of(actor, subject, day);
    if !exists_for(actor, subject, &columns) {
        return None;
    }
    Some(widest_view(actor, subject, &columns).into())
}

/// For each block the widest of what the capacities give.
fn widest_view(actor: &Actor, subject: &Subject, columns: &[Column]) -> View {
    let widest = |block| columns.iter().map(|column| extent(actor, subject, block, *column)).max();
    let view = View::new(actor.organisation, actor.sector, |block| widest(block).unwrap_or(Extent::Nothing));
    view.in_capacities(columns)
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
fn has_relationship(actor: &Actor, subject: &Subject) -> bool {
    subject
        .ties
        .iter()
        .any(|tie| tie.live && tie.organisation == actor.organisation && tie.entered_by != Some(actor.account))
}

fn has_entries(actor: &Actor, subject: &Subject) -> bool {
    subject.ties.iter().any(|tie| tie.organisation == actor.organisation)
}

fn is_management(actor: &Actor, subject: &Subject) -> bool {
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
fn in_case(actor: &Actor, subject: &Subject, kind: CaseKind) -> bool {
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
                Block::Sensitive => Extent::Nothing,
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

/// Whether `actor` may change what is known of the child: the management team of its area, an organisation that works
/// with the child, and the one that registered it.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_change_child(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    let involved = subject.supplied_by == actor.organisation || has_relationship(actor, subject);
    if involved || is_management(actor, subject) { Ok(()) } else { Err(Refusal::Forbidden(Forbidden::NotOwner)) }
}

/// Whether `actor` may ask for a shield on a child it may see: any person may, a system alone may not.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_request_shield(actor: &Actor) -> Result<(), Refusal> {
    if actor.is_machine() { Err(Refusal::Forbidden(Forbidden::Role)) } else { Ok(()) }
}

/// Whether `actor` decides what is done with a record that was held: the management team of its area, in person, inside
/// the case that it has taken.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_decide_held(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if is_management(actor, subject) && actor.through.is_none() && in_case(actor, subject, CaseKind::Review) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` may confirm, review and lift the child's shield: the management team of its area, in person.
/// Everybody else is told the same, so that nobody learns whose area the child is of.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_manage_shield(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    if is_management(actor, subject) && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` may keep others from the child's record: the management team of its area, in person. Everybody else is
/// told the same.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_restrict(actor: &Actor, subject: &Subject) -> Result<(), Refusal> {
    may_manage_shield(actor, subject)
}

/// Whether `actor` works the cases of its area: the management team, in person.
///
/// # Errors
/// `role-not-permitted`.
pub fn may_work_cases(actor: &Actor) -> Result<(), Refusal> {
    if actor.role == Role::Manager && actor.through.is_none() {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::Role))
    }
}

/// Whether `actor` may change an entry of `owner` about the child: the owner or the management team of its area.
///
/// # Errors
/// `not-your-organisations-entry`.
pub fn may_change_entry(actor: &Actor, subject: &Subject, owner: OrganisationId) -> Result<(), Refusal> {
    if owner == actor.organisation || is_management(actor, subject) {
        Ok(())
    } else {
        Err(Refusal::Forbidden(Forbidden::NotOwner))
    }
}
