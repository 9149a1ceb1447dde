//! Who may know how the people of organisations are trained.

use super::accounts::{AccountExtent, decide_account_list};
use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::Role;
use crate::domain::ids::OrganisationId;

/// Whose training somebody may know of: nobody's account is counted that they may not list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkforceScope {
    /// Of this area only; of every area where there is none.
    pub area: Option<String>,
    /// Of this organisation only; of every one where there is none.
    pub organisation: Option<OrganisationId>,
    /// With one of these roles; a system is not trained.
    pub roles: &'static [Role],
}

const PEOPLE: &[Role] = &[Role::Practitioner, Role::Manager, Role::Auditor, Role::Administrator];

/// Decides whose training the actor may know of: administrators everybody's, managers that of the practitioners of their
/// area, and who certifies for an employer that of its people. Auditors read the log and not how people are trained.
///
/// # Errors
/// A refusal by role.
pub fn decide_workforces(actor: &Actor) -> Result<WorkforceScope, Refusal> {
    let listed = decide_account_list(actor)?;
    if listed.extent == AccountExtent::Named {
        return Err(Refusal::Forbidden(Forbidden::Role));
    }
    let everybody = listed.roles.contains(&Role::Manager);
    let roles = if everybody { PEOPLE } else { &[Role::Practitioner] };
    Ok(WorkforceScope { area: listed.area, organisation: listed.organisation, roles })
}
