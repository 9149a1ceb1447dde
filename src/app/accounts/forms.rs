//! What somebody asks about accounts, registers and changes of them.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::accounts::{Account, AccountStatus, Capability, Role, Standing, TrainingKind};
use crate::domain::audit::payloads::Criteria;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::instants::Instant;
use crate::domain::organisations::Organisation;
use crate::domain::services::Sector;
use crate::domain::visits::Identity;

/// Which accounts somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountsSought {
    /// Of this organisation.
    pub organisation: Option<OrganisationId>,
    /// With this role.
    pub role: Option<Role>,
    /// With this status.
    pub status: Option<AccountStatus>,
    /// Of this area.
    pub area: Option<String>,
    /// In use by people whose certification ends on this day or before.
    pub certification_due_by: Option<NaiveDate>,
    /// Where the page before ended.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: u16,
}

/// An account to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Who its tokens say it is.
    pub identity: Identity,
    /// A person's or a system's name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its capabilities.
    pub capabilities: BTreeSet<Capability>,
    /// Its sector; that of its organisation's kind where none is given.
    pub sector: Option<Sector>,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its area; its organisation's where none is given.
    pub area: Option<String>,
    /// What it stands on.
    pub standing: Standing,
}

/// What is to be changed of an account; what is not given stays, and `Some(None)` takes a date away.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountChanges {
    /// Its name.
    pub name: Option<String>,
    /// Its capabilities, all of them.
    pub capabilities: Option<BTreeSet<Capability>>,
    /// Its sector.
    pub sector: Option<Sector>,
    /// Its organisation.
    pub organisation: Option<OrganisationId>,
    /// Its area.
    pub area: Option<String>,
    /// Whether it may be used.
    pub status: Option<AccountStatus>,
    /// The last day of the check.
    pub checked_until: Option<Option<NaiveDate>>,
    /// The last day of the training.
    pub trained_until: Option<Option<NaiveDate>>,
    /// The last day of the certification.
    pub certified_until: Option<Option<NaiveDate>>,
    /// The day on which the terms were accepted.
    pub terms_accepted_on: Option<Option<NaiveDate>>,
    /// The last day of the training in sharing information.
    pub information_sharing_trained_until: Option<Option<NaiveDate>>,
    /// The last day of the training as lead professional.
    pub lead_professional_trained_until: Option<Option<NaiveDate>>,
}

impl AccountsSought {
    /// What is asked, for the log.
    pub(super) fn criteria(&self) -> Criteria {
        Criteria::new()
            .with_some("organisation", self.organisation.map(|id| id.to_string()))
            .with_some("role", self.role.map(Role::code))
            .with_some("status", self.status.map(AccountStatus::code))
            .with_some("area", self.area.clone())
            .with_some("certification_due_by", self.certification_due_by.map(|day| day.to_string()))
            .with_some("cursor", self.after.map(|id| id.to_string()))
            .with("limit", self.limit)
    }
}

impl NewAccount {
    /// The account this becomes, active from the first.
    #[must_use]
    pub fn into_account(self, id: AccountId, organisation: &Organisation, at: Instant) -> Account {
        Account {
            id,
            issuer: self.identity.issuer,
            subject: self.identity.subject,
            name: self.name,
            role: self.role,
            capabilities: self.capabilities,
            sector: self.sector.unwrap_or_else(|| organisation.kind.sector()),
            organisation: organisation.id,
            area: self.area.unwrap_or_else(|| organisation.area.clone()),
            status: AccountStatus::Active,
            standing: self.standing,
            version: 1,
            created_at: at,
        }
    }
}

impl AccountChanges {
    /// The account as it is after the changes.
    pub(in crate::app) fn applied_to(self, before: &Account) -> Account {
        let held = before.standing;
        Account {
            name: self.name.unwrap_or_else(|| before.name.clone()),
            capabilities: self.capabilities.unwrap_or_else(|| before.capabilities.clone()),
            sector: self.sector.unwrap_or(before.sector),
            organisation: self.organisation.unwrap_or(before.organisation),
            area: self.area.unwrap_or_else(|| before.area.clone()),
            status: self.status.unwrap_or(before.status),
            standing: Standing {
                checked_until: self.checked_until.unwrap_or(held.checked_until),
                trained_until: self.trained_until.unwrap_or(held.trained_until),
                certified_until: self.certified_until.unwrap_or(held.certified_until),
                terms_accepted_on: self.terms_accepted_on.unwrap_or(held.terms_accepted_on),
                information_sharing_trained_until: self
                    .information_sharing_trained_until
                    .unwrap_or(held.information_sharing_trained_until),
                lead_professional_trained_until: self
                    .lead_professional_trained_until
                    .unwrap_or(held.lead_professional_trained_until),
            },
            ..before.clone()
        }
    }
}

/// The names of the parts that differ, for the log.
pub(in crate::app) fn changed(before: &Account, after: &Account) -> Vec<&'static str> {
    let (was, is) = (&before.standing, &after.standing);
    [
        ("name", before.name != after.name),
        ("capabilities", before.capabilities != after.capabilities),
        ("sector", before.sector != after.sector),
        ("organisation", before.organisation != after.organisation),
        ("area", before.area != after.area),
        ("status", before.status != after.status),
        ("checked_until", was.checked_until != is.checked_until),
        ("trained_until", was.trained_until != is.trained_until),
        ("certified_until", was.certified_until != is.certified_until),
        ("terms_accepted_on", was.terms_accepted_on != is.terms_accepted_on),
        (
            "information_sharing_trained_until",
            was.information_sharing_trained_until != is.information_sharing_trained_until,
        ),
        ("lead_professional_trained_until", was.lead_professional_trained_until != is.lead_professional_trained_until),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}

/// Until when training counts now, of each kind that was recorded anew: for the log, which is its history.
pub(super) fn trained(before: &Standing, after: &Standing) -> Vec<String> {
    let anew = TrainingKind::ALL.iter().filter(|kind| before.trained(**kind) != after.trained(**kind));
    anew.map(|kind| match after.trained(*kind) {
        Some(until) => format!("{kind} {until}"),
        None => format!("{kind} none"),
    })
    .collect()
}

/// The codes of capabilities, for the log.
pub(in crate::app) fn codes(capabilities: &BTreeSet<Capability>) -> Vec<&'static str> {
    capabilities.iter().map(|capability| capability.code()).collect()
}
