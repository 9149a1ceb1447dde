//! Who may see, register and change accounts. Nobody changes their own.

use std::collections::BTreeSet;

use super::actors::Actor;
use super::refusals::{Forbidden, Refusal};
use crate::domain::accounts::{Account, Capability, Role};
use crate::domain::ids::OrganisationId;
use crate::domain::organisations::Organisation;

/// How much of an account somebody is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccountExtent {
    /// Who it is: name, role, organisation and area; what an auditor needs to read the log.
    Named,
    /// Also whether it may be used, and until when its employer has certified it: what the employer needs to do so.
    Employed,
    /// All of it.
    Whole,
}

/// Which accounts somebody may list, and how much of each they see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountScope {
    /// Of this area only; of every area where there is none.
    pub area: Option<String>,
    /// Of this organisation only; of every one where there is none.
    pub organisation: Option<OrganisationId>,
    /// With one of these roles.
    pub roles: &'static [Role],
    /// How much of each.
    pub extent: AccountExtent,
}

/// The roles a manager answers for; the others are an administrator's.
const MANAGED: &[Role] = &[Role::Practitioner, Role::System];

/// What an employer certifies: people. A system is not.
const PEOPLE: &[Role] = &[Role::Practitioner, Role::Manager, Role::Auditor, Role::Administrator];

/// Decides which accounts the actor may list: administrators all, managers the practitioners and systems of their
/// area, auditors the names of their area, and who certifies for an employer its people.
///
/// # Errors
/// A refusal by role.
pub fn decide_account_list(actor: &Actor) -> Result<AccountScope, Refusal> {
    let scope = |roles, extent| AccountScope { area: Some(actor.area.clone()), organisation: None, roles, extent };
    match actor.role {
        _ if actor.through.is_some() => Err(Refusal::Forbidden(Forbidden::Role)),
        Role::Administrator => Ok(AccountScope { area: None, ..scope(Role::ALL, AccountExtent::Whole) }),
        Role::Manager => Ok(scope(MANAGED, AccountExtent::Whole)),
        Role::Practitioner if certifies(actor) => {
            let organisation = Some(actor.organisation);
            Ok(AccountScope { area: None, organisation, ..scope(PEOPLE, AccountExtent::Employed) })
        }
        Role::Auditor => Ok(scope(Role::ALL, AccountExtent::Named)),
        Role::Practitioner | Role::System => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Whether the actor certifies for its own organisation, in person.
fn certifies(actor: &Actor) -> bool {
    actor.can(Capability::Certifier) && actor.through.is_none()
}

/// How much of an account the actor sees: everybody all of their own; of others what they may list. None where the
/// account does not exist for them.
#[must_use]
pub fn extent_of_account(actor: &Actor, account: &Account) -> Option<AccountExtent> {
    if actor.account == account.id {
        return Some(AccountExtent::Whole);
    }
    let listed = decide_account_list(actor).ok().filter(|scope| {
        scope.roles.contains(&account.role)
            && scope.area.as_ref().is_none_or(|area| *area == account.area)
            && scope.organisation.is_none_or(|own| own == account.organisation)
    });
    let employed = is_certified_by(actor, account).then_some(AccountExtent::Employed);
    listed.map(|scope| scope.extent).max(employed)
}

/// Whether the actor certifies for the employer of an account: its own organisation, and one of its people.
fn is_certified_by(actor: &Actor, account: &Account) -> bool {
    certifies(actor) && actor.organisation == account.organisation && PEOPLE.contains(&account.role)
}

/// Decides whether the actor may certify anybody at all.
///
/// # Errors
/// A refusal by role.
pub fn may_certify(actor: &Actor) -> Result<(), Refusal> {
    match decide_account_list(actor) {
        Ok(scope) if scope.extent == AccountExtent::Whole => Ok(()),
        _ if certifies(actor) => Ok(()),
        _ => Err(Refusal::Forbidden(Forbidden::Role)),
    }
}

/// Decides whether the actor may certify that whoever has `account` still needs the index: the employer, by somebody of
/// the same organisation with that capability, and whoever answers for the account. Nobody certifies themselves.
///
/// # Errors
/// A refusal: of one's own account, by role or area, or of an account that does not exist for the actor.
pub fn decide_certification(actor: &Actor, account: &Account) -> Result<(), Refusal> {
    if actor.account != account.id && is_certified_by(actor, account) {
        return Ok(());
    }
    answers_for(actor, account)?;
    may_administer(actor, account)
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
    answers_for(actor, before)?;
    may_administer(actor, after)?;
    if after.organisation != before.organisation {
        may_join(actor, organisation)?;
    }
    may_grant(&before.capabilities, after)
}

/// Decides whether the actor may propose that `account` be granted a capability, agree to it or decline it: whoever
/// answers for the account, and never for their own.
///
/// # Errors
/// A refusal: of one's own account, by role or area, or of an account that does not exist for the actor.
pub fn decide_capability_grant(actor: &Actor, account: &Account) -> Result<(), Refusal> {
    answers_for(actor, account)?;
    may_administer(actor, account)
}

/// Whether the actor may do something about an account that is there: it is another's, and all of it is theirs to see.
fn answers_for(actor: &Actor, account: &Account) -> Result<(), Refusal> {
    match extent_of_account(actor, account) {
        None => Err(Refusal::NotFound),
        Some(_) if actor.account == account.id => Err(Refusal::Forbidden(Forbidden::Oneself)),
        Some(AccountExtent::Named | AccountExtent::Employed) => Err(Refusal::Forbidden(Forbidden::Role)),
        Some(AccountExtent::Whole) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::accounts::{AccountStatus, Standing};
    use crate::domain::audit::actions::Strength;
    use crate::domain::ids::AccountId;
    use crate::domain::instants::Instant;
    use crate::domain::services::{OrganisationKind, Sector};

    fn organisation(area: &str) -> Organisation {
        Organisation {
            id: OrganisationId::new(),
            code: "X-1".into(),
            name: "An organisation".into(),
            kind: OrganisationKind::School,
            area: area.into(),
            sensitive: false,
            accredited_until: None,
            lawful_basis: None,
            routes: Vec::new(),
            version: 1,
            created_at: Instant(0),
        }
    }

    fn account(role: Role, area: &str) -> Account {
        Account {
            id: AccountId::new(),
            issuer: "https://login.example".into(),
            subject: "ada".into(),
            name: "Ada Adeyemi".into(),
            role,
            capabilities: BTreeSet::new(),
            sector: Sector::Education,
            organisation: OrganisationId::new(),
            area: area.into(),
            status: AccountStatus::Active,
            standing: Standing::default(),
            version: 1,
            created_at: Instant(0),
        }
    }

    fn actor(role: Role) -> Actor {
        Actor::from_account(&account(role, "E1"), Strength::TwoFactor, None)
    }

    fn told<T>(decided: Result<T, Refusal>) -> &'static str {
        decided.map_or_else(|refusal| refusal.code(), |_| "yes")
    }

    #[test]
    fn who_sees_which_accounts() {
        let mut table = String::new();
        for &reader in Role::ALL {
            for area in ["E1", "E2"] {
                let seen =
                    Role::ALL.iter().map(|role| match extent_of_account(&actor(reader), &account(*role, area)) {
                        None => "-",
                        Some(AccountExtent::Named) => "named",
                        Some(AccountExtent::Employed) => "employed",
                        Some(AccountExtent::Whole) => "whole",
                    });
                let place = if area == "E1" { "own area" } else { "elsewhere" };
                table += &format!("{reader} {place}: {}\n", seen.collect::<Vec<_>>().join(" "));
            }
        }
        let expected = "\
            practitioner own area: - - - - -\n\
            practitioner elsewhere: - - - - -\n\
            manager own area: whole - - whole -\n\
            manager elsewhere: - - - - -\n\
            auditor own area: named named named named named\n\
            auditor elsewhere: - - - - -\n\
            system own area: - - - - -\n\
            system elsewhere: - - - - -\n\
            administrator own area: whole whole whole whole whole\n\
            administrator elsewhere: whole whole whole whole whole\n";
        assert_eq!(table, expected, "columns: {}", Role::CODES.join(" "));
    }

    #[test]
    fn an_employer_certifies_its_own_people_and_nobody_elses() {
        for &by in Role::ALL {
            let mut own = account(by, "E1");
            own.capabilities.insert(Capability::Certifier);
            let me = Actor::from_account(&own, Strength::TwoFactor, None);
            let colleague = |role| Account { organisation: own.organisation, ..account(role, "E2") };
            for &role in Role::ALL {
                let answers = by == Role::Administrator;
                let expected = if role != Role::System || answers { "yes" } else { "not-found" };
                assert_eq!(told(decide_certification(&me, &colleague(role))), expected, "{by} of {role}");
                let elsewhere = if answers { "yes" } else { "not-found" };
                assert_eq!(told(decide_certification(&me, &account(role, "E2"))), elsewhere, "{by} of {role}");
                let employed = extent_of_account(&me, &colleague(role)) == Some(AccountExtent::Employed);
                assert_eq!(employed, role != Role::System && !answers, "{by} of {role}");
            }
            assert_eq!(told(decide_certification(&me, &own)), "not-for-yourself", "{by}");
            assert_eq!(told(may_certify(&me)), "yes", "{by}");
            // It certifies and changes nothing else.
            let before = colleague(Role::Practitioner);
            let mut after = before.clone();
            after.standing.certified_until = "2030-01-01".parse().ok();
            let changed = told(decide_account_change(&me, &before, &after, &organisation("E1")));
            assert_eq!(changed, if by == Role::Administrator { "yes" } else { "role-not-permitted" }, "{by}");
            let through = Actor { through: Some(Box::new(actor(Role::System))), ..me };
            assert_eq!(told(decide_certification(&through, &before)), "not-found", "{by}");
            assert_eq!(told(may_certify(&through)), "role-not-permitted", "{by}");
        }
    }

    #[test]
    fn who_certifies_for_an_employer_lists_its_people() {
        let mut own = account(Role::Practitioner, "E1");
        own.capabilities.insert(Capability::Certifier);
        let scope = decide_account_list(&Actor::from_account(&own, Strength::TwoFactor, None)).unwrap();
        assert_eq!((scope.area, scope.organisation), (None, Some(own.organisation)));
        assert_eq!((scope.roles, scope.extent), (PEOPLE, AccountExtent::Employed));
        for &role in Role::ALL {
            let whole = matches!(role, Role::Administrator | Role::Manager);
            assert_eq!(told(may_certify(&actor(role))), if whole { "yes" } else { "role-not-permitted" }, "{role}");
            let scope = decide_account_list(&actor(role));
            assert!(scope.is_err() || scope.unwrap().organisation.is_none(), "{role}");
        }
    }

    #[test]
    fn everybody_sees_their_own_account_and_nobody_changes_it() {
        for &role in Role::ALL {
            let own = account(role, "E1");
            let me = Actor::from_account(&own, Strength::TwoFactor, None);
            assert_eq!(extent_of_account(&me, &own), Some(AccountExtent::Whole), "{role}");
            let mut after = own.clone();
            after.standing.certified_until = "2030-01-01".parse().ok();
            for after in [&own, &after] {
                assert_eq!(told(decide_account_change(&me, &own, after, &organisation("E1"))), "not-for-yourself");
            }
        }
    }

    #[test]
    fn who_registers_whom() {
        let register =
            |by, role, area, at| told(decide_account_registration(&actor(by), &account(role, area), &organisation(at)));
        for &role in Role::ALL {
            assert_eq!(register(Role::Administrator, role, "E2", "E3"), "yes");
            let managed = matches!(role, Role::Practitioner | Role::System);
            assert_eq!(register(Role::Manager, role, "E1", "E1"), if managed { "yes" } else { "role-not-permitted" });
            for by in [Role::Practitioner, Role::Auditor, Role::System] {
                assert_eq!(register(by, role, "E1", "E1"), "role-not-permitted");
            }
        }
        assert_eq!(register(Role::Manager, Role::Practitioner, "E2", "E1"), "outside-your-area");
        assert_eq!(register(Role::Manager, Role::Practitioner, "E1", "E2"), "outside-your-area");
        let system = Some(Box::new(actor(Role::System)));
        let through = Actor { through: system, ..actor(Role::Administrator) };
        let refused = decide_account_registration(&through, &account(Role::System, "E1"), &organisation("E1"));
        assert_eq!(told(refused), "role-not-permitted");
    }

    #[test]
    fn what_opens_a_shield_takes_two_people_and_is_taken_away_by_one() {
        for &capability in Capability::ALL {
            let mut before = account(Role::Practitioner, "E1");
            let mut after = before.clone();
            after.capabilities.insert(capability);
            let two = matches!(capability, Capability::Override | Capability::SealedClearance);
            let expected = if two { "second-person-required" } else { "yes" };
            for by in [Role::Administrator, Role::Manager] {
                let (actor, place) = (actor(by), organisation("E1"));
                assert_eq!(told(decide_account_registration(&actor, &after, &place)), expected, "{capability}");
                assert_eq!(told(decide_account_change(&actor, &before, &after, &place)), expected, "{capability}");
                assert_eq!(told(decide_account_change(&actor, &after, &before, &place)), "yes", "{capability}");
            }
            before.capabilities.insert(capability);
            let kept = decide_account_change(&actor(Role::Manager), &before, &after, &organisation("E1"));
            assert_eq!(told(kept), "yes", "what is held already is not granted again");
        }
    }

    #[test]
    fn a_grant_is_decided_by_whoever_answers_for_the_account() {
        for &by in Role::ALL {
            let decide = |role, area| told(decide_capability_grant(&actor(by), &account(role, area)));
            let own_area = match by {
                Role::Administrator | Role::Manager => "yes",
                Role::Auditor => "role-not-permitted",
                Role::Practitioner | Role::System => "not-found",
            };
            assert_eq!(decide(Role::Practitioner, "E1"), own_area, "{by}");
            let elsewhere = if by == Role::Administrator { "yes" } else { "not-found" };
            assert_eq!(decide(Role::Practitioner, "E2"), elsewhere, "{by}");
            let own = account(by, "E1");
            let me = Actor::from_account(&own, Strength::TwoFactor, None);
            assert_eq!(told(decide_capability_grant(&me, &own)), "not-for-yourself", "{by}");
        }
        let through = Actor { through: Some(Box::new(actor(Role::System))), ..actor(Role::Administrator) };
        assert_eq!(told(decide_capability_grant(&through, &account(Role::Manager, "E1"))), "not-found");
    }

    #[test]
    fn a_manager_suspends_in_the_area_wherever_the_organisation_is_and_moves_nobody_out() {
        let (manager, before) = (actor(Role::Manager), account(Role::Practitioner, "E1"));
        let suspended = Account { status: AccountStatus::Suspended, ..before.clone() };
        let change = |after: &Account, at| told(decide_account_change(&manager, &before, after, &organisation(at)));
        assert_eq!(change(&suspended, "E2"), "yes");
        let moved = Account { area: "E2".into(), ..before.clone() };
        assert_eq!(change(&moved, "E1"), "outside-your-area");
        let joined = Account { organisation: OrganisationId::new(), ..before.clone() };
        assert_eq!(change(&joined, "E1"), "yes");
        assert_eq!(change(&joined, "E2"), "outside-your-area");
        let auditor = decide_account_change(&actor(Role::Auditor), &before, &suspended, &organisation("E1"));
        assert_eq!(told(auditor), "role-not-permitted");
        let stranger = decide_account_change(&actor(Role::Practitioner), &before, &suspended, &organisation("E1"));
        assert_eq!(told(stranger), "not-found");
    }
}
