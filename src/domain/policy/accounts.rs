//! Who may see, register and change accounts. Nobody changes their own.

use std::collections::BTreeSet;

use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::{Account, Capability, Role};
use crate::domain::organisations::Organisation;

/// How much of an account somebody is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountExtent {
    /// Who it is: name, role, organisation and area; what an auditor needs to read the log.
    Named,
    /// All of it.
    Whole,
}

/// Which accounts somebody may list, and how much of each they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountScope {
    /// Of this area only; of every area where there is none.
    pub area: Option<String>,
    /// With one of these roles.
    pub roles: &'static [Role],
    /// How much of each.
    pub extent: AccountExtent,
}

/// The roles a manager answers for; the others are an administrator's.
const MANAGED: &[Role] = &[Role::Practitioner, Role::System];

/// Decides which accounts the actor may list: administrators all, managers the practitioners and systems of their
/// area, auditors the names of their area.
///
/// # Errors
/// A refusal by role.
pub fn decide_account_list(actor: &Actor) -> Result<AccountScope, Refusal> {
    let area = Some(actor.area.clone());
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(AccountScope { area: None, roles: Role::ALL, extent: AccountExtent::Whole }),
        Role::Manager => Ok(AccountScope { area, roles: MANAGED, extent: AccountExtent::Whole }),
        Role::Auditor => Ok(AccountScope { area, roles: Role::ALL, extent: AccountExtent::Named }),
        Role::Practitioner | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// How much of an account the actor sees: everybody all of their own; of others what they may list. None where the
/// account does not exist for them.
#[must_use]
pub fn extent_of_account(actor: &Actor, account: &Account) -> Option<AccountExtent> {
    if actor.account == account.id {
        return Some(AccountExtent::Whole);
    }
    let scope = decide_account_list(actor).ok()?;
    let within = scope.roles.contains(&account.role) && scope.area.is_none_or(|area| area == account.area);
    within.then_some(scope.extent)
}

/// Decides whether the actor may register `new` in `organisation`, which is the one it names and which the actor sees.
///
/// # Errors
/// A refusal by role or area, or of a capability that takes two people.
pub fn decide_account_registration(actor: &Actor, new: &Account, organisation: &Organisation) -> Result<(), Refusal> {
    may_administer(actor, new)?;
    may_join(actor, organisation)?;
    may_grant(&BTreeSet::new(), new)
}

/// Decides whether the actor may make `after` of `before`; `organisation` is the one `after` names.
///
/// # Errors
/// A refusal: of one's own account, by role or area, of an account that does not exist for the actor, or of a
/// capability that takes two people.
pub fn decide_account_change(
    actor: &Actor,
    before: &Account,
    after: &Account,
    organisation: &Organisation,
) -> Result<(), Refusal> {
    match extent_of_account(actor, before) {
        None => return Err(Refusal::NotFound),
        Some(_) if actor.account == before.id => return Err(Refusal::Forbidden(Forbidden::Oneself)),
        Some(AccountExtent::Named) => return Err(Refusal::Forbidden(Forbidden::Role)),
        Some(AccountExtent::Whole) => {}
    }
    may_administer(actor, after)?;
    if after.organisation != before.organisation {
        may_join(actor, organisation)?;
    }
    may_grant(&before.capabilities, after)
}

/// Whether the actor answers for an account such as this one.
fn may_administer(actor: &Actor, account: &Account) -> Result<(), Refusal> {
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(()),
        Role::Manager if !MANAGED.contains(&account.role) => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Manager if account.area != actor.area => Err(Refusal::Forbidden(Forbidden::Area)),
        Role::Manager => Ok(()),
        Role::Practitioner | Role::Auditor | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Whether the actor may put an account into an organisation: it will read what the organisation's involvements open,
/// so that managers keep to organisations of their own area.
fn may_join(actor: &Actor, organisation: &Organisation) -> Result<(), Refusal> {
    if actor.role == Role::Manager && organisation.area != actor.area {
        return Err(Refusal::Forbidden(Forbidden::Area));
    }
    Ok(())
}

/// Whether what `account` has beyond `held` may be granted by one person.
fn may_grant(held: &BTreeSet<Capability>, account: &Account) -> Result<(), Refusal> {
    let mut granted = account.capabilities.difference(held);
    if granted.any(|capability| capability.takes_two_people()) {
        return Err(Refusal::Forbidden(Forbidden::SecondPerson));
    }
    Ok(())
}
