//! Who may read the log, and which of its events: an auditor's area is that of the accounts audited, never of a child,
//! or a shielded child's area could be told from who is shown its events.

use uuid::Uuid;

use super::payloads::Payload;
use crate::domain::accounts::{Capability, Role};
use crate::domain::ids::AccountId;
use crate::domain::policy::{Actor, Forbidden, Refusal};

/// The area whose auditors read the whole log: the ONS code of England.
pub const NATIONAL_AREA: &str = "E92000001";

/// Somebody who may read the log, and how much of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auditor {
    /// Their account, whose own events they always see.
    pub account: AccountId,
    /// The area whose accounts they audit; every area where there is none.
    pub area: Option<String>,
    /// Whether they may see what surrounds shielded and sensitive subjects.
    pub cleared: bool,
}

impl Auditor {
    /// Decides whether the actor may read the log. A partner system reads none of it for anybody: the decision is the
    /// intersection of both rights, and no system is an auditor.
    ///
    /// # Errors
    /// A refusal by role.
    pub fn of(actor: &Actor) -> Result<Self, Refusal> {
        if actor.role != Role::Auditor || actor.through.is_some() {
            return Err(Refusal::Forbidden(Forbidden::Role));
        }
        let area = (actor.area != NATIONAL_AREA).then(|| actor.area.clone());
        Ok(Self { account: actor.account, area, cleared: actor.can(Capability::SealedClearance) })
    }

    /// Whether an event exists for them. What has no area left (a redacted event) or never had one (the command line,
    /// the service itself) is for national auditors.
    #[must_use]
    pub fn oversees(&self, payload: Option<&Payload>) -> bool {
        let Some(area) = &self.area else { return true };
        payload.is_some_and(|payload| {
            payload.area.as_deref() == Some(area) || payload.accounts().any(|account| self.is(account))
        })
    }

    /// Whether an account is their own.
    #[must_use]
    pub fn is(&self, account: Uuid) -> bool {
        self.account.0 == account
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::audit::actions::Strength;
    use crate::domain::ids::OrganisationId;
    use crate::domain::services::Sector;

    fn actor(role: Role, area: &str) -> Actor {
        Actor {
            account: AccountId::new(),
            role,
            capabilities: BTreeSet::new(),
            sector: Sector::Health,
            organisation: OrganisationId::new(),
            employer: None,
            area: area.into(),
            strength: Strength::TwoFactor,
            reason: None,
            purpose: None,
            through: None,
            on_behalf_of: None,
        }
    }

    fn of_area(area: &str) -> Payload {
        Payload { account: Some(Uuid::from_u128(9)), area: Some(area.to_owned().into()), ..Payload::default() }
    }

    #[test]
    fn only_auditors_read_the_log_and_no_system_does_it_for_them() {
        for &role in Role::ALL {
            assert_eq!(Auditor::of(&actor(role, "E1")).is_ok(), role == Role::Auditor, "{role}");
        }
        let through = Some(Box::new(actor(Role::System, "E1")));
        let refused = Auditor::of(&Actor { through, ..actor(Role::Auditor, NATIONAL_AREA) });
        assert_eq!(refused, Err(Refusal::Forbidden(Forbidden::Role)));
    }

    #[test]
    fn clearance_is_a_capability() {
        let mut cleared = actor(Role::Auditor, "E1");
        assert!(!Auditor::of(&cleared).unwrap().cleared);
        cleared.capabilities.insert(Capability::SealedClearance);
        assert!(Auditor::of(&cleared).unwrap().cleared);
    }

    #[test]
    fn an_auditor_sees_the_accounts_of_their_area_and_themselves() {
        let local = Auditor::of(&actor(Role::Auditor, "E1")).unwrap();
        let own = Some(local.account.0);
        assert!(local.oversees(Some(&of_area("E1"))));
        assert!(!local.oversees(Some(&of_area("E2"))));
        assert!(!local.oversees(Some(&of_area(NATIONAL_AREA))));
        assert!(!local.oversees(Some(&Payload::default())));
        assert!(!local.oversees(None));
        assert!(local.oversees(Some(&Payload { account: own, ..of_area("E2") })));
        assert!(local.oversees(Some(&Payload { account: own, ..Payload::default() })));
        assert!(local.oversees(Some(&Payload { on_behalf_of: own, ..of_area("E2") })));
    }

    #[test]
    fn a_national_auditor_sees_all() {
        let national = Auditor::of(&actor(Role::Auditor, NATIONAL_AREA)).unwrap();
        for payload in [None, Some(Payload::default()), Some(of_area("E1")), Some(of_area("E2"))] {
            assert!(national.oversees(payload.as_ref()));
        }
    }
}
