//! How people are trained is told to those alone who may list their accounts, and for no more of them.

use super::*;
use crate::domain::accounts::{Account, AccountStatus, Standing};
use crate::domain::instants::Instant;

fn certifier(role: Role) -> Actor {
    Actor { capabilities: [Capability::Certifier].into(), ..an_actor(role) }
}

fn account(role: Role, area: &str, organisation: OrganisationId) -> Account {
    Account {
        id: AccountId::new(),
        issuer: "https://login.example".into(),
        subject: "ada".into(),
        name: "Ada Adeyemi".into(),
        role,
        capabilities: [].into(),
        sector: Sector::Health,
        organisation,
        area: area.into(),
        status: AccountStatus::Active,
        standing: Standing::default(),
        version: 1,
        created_at: Instant(0),
    }
}

#[test]
fn who_knows_how_whose_people_are_trained() {
    let mut table = String::new();
    for &role in Role::ALL {
        for (name, actor) in [("", an_actor(role)), (", certifies", certifier(role))] {
            let said = match decide_workforces(&actor) {
                Err(refusal) => refusal.code().to_owned(),
                Ok(scope) => {
                    let area = if scope.area.is_some() { "own area" } else { "every area" };
                    let organisation = if scope.organisation.is_some() { ", own organisation" } else { "" };
                    let roles: Vec<&str> = scope.roles.iter().map(|role| role.code()).collect();
                    format!("{area}{organisation}: {}", roles.join(" "))
                }
            };
            table += &format!("{role}{name}: {said}\n");
        }
    }
    let expected = "\
        practitioner: role-not-permitted\n\
        practitioner, certifies: every area, own organisation: practitioner manager auditor administrator\n\
        manager: own area: practitioner\n\
        manager, certifies: own area: practitioner\n\
        auditor: role-not-permitted\n\
        auditor, certifies: role-not-permitted\n\
        system: role-not-permitted\n\
        system, certifies: role-not-permitted\n\
        administrator: every area: practitioner manager auditor administrator\n\
        administrator, certifies: every area: practitioner manager auditor administrator\n";
    assert_eq!(table, expected);
}

proptest! {
    /// Nobody's account is counted that does not exist for whoever counts, and no system does it.
    #[test]
    fn nobody_is_counted_whom_one_could_not_list(
        by in proptest::sample::select(Role::ALL),
        of in proptest::sample::select(Role::ALL),
        certifies in any::<bool>(),
        same_area in any::<bool>(),
        same_organisation in any::<bool>(),
        acts_through in any::<bool>(),
    ) {
        let mut actor = if certifies { certifier(by) } else { an_actor(by) };
        if acts_through {
            actor.through = Some(Box::new(an_actor(Role::System)));
        }
        let organisation = if same_organisation { actor.organisation } else { OrganisationId::new() };
        let account = account(of, if same_area { AREA } else { "E08000025" }, organisation);
        match decide_workforces(&actor) {
            Err(refusal) => prop_assert_eq!(refusal.code(), "role-not-permitted"),
            Ok(scope) => {
                prop_assert!(!acts_through && !scope.roles.contains(&Role::System));
                let counted = scope.roles.contains(&account.role)
                    && scope.area.as_ref().is_none_or(|area| *area == account.area)
                    && scope.organisation.is_none_or(|own| own == account.organisation);
                prop_assert!(!counted || extent_of_account(&actor, &account).is_some());
            }
        }
    }
}
