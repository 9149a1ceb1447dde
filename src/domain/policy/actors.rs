//! Who acts: an account in good standing, how strongly it was authenticated, and the system it acts through.

use std::collections::BTreeSet;

use crate::domain::accounts::{Account, Capability, Role};
use crate::domain::audit::actions::Strength;
use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::reasons::AccessReason;
use crate::domain::services::{OrganisationKind, Sector};

codes! {
    /// What an archived record may be opened for after its first year (2007 regulations).
    pub enum LegalPurpose {
        /// An enquiry under section 47 of the Children Act 1989.
        SectionFortySeven => "section-47-enquiry",
        /// A child safeguarding practice review.
        PracticeReview => "safeguarding-practice-review",
        /// A review of a child's death.
        ChildDeath => "child-death-review",
    }
}

/// Who acts. Built from an [`Account`] whose standing was checked, never from what a caller says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// Its capabilities.
    pub capabilities: BTreeSet<Capability>,
    /// Its sector.
    pub sector: Sector,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// What kind of body its organisation is, where that was read.
    pub employer: Option<OrganisationKind>,
    /// Its area.
    pub area: String,
    /// How strongly it was authenticated.
    pub strength: Strength,
    /// The stated reason.
    pub reason: Option<AccessReason>,
    /// The named legal purpose, for archived records.
    pub purpose: Option<LegalPurpose>,
    /// The partner system the person acts through: the decision is then the intersection of both rights.
    pub through: Option<Box<Actor>>,
    /// Whoever telephoned and is looked up for: the decision is then the intersection of both rights.
    pub on_behalf_of: Option<Box<Actor>>,
}

impl Actor {
    /// The actor an account is, stating a reason.
    #[must_use]
    pub fn from_account(account: &Account, strength: Strength, reason: Option<AccessReason>) -> Self {
        Self {
            account: account.id,
            role: account.role,
            capabilities: account.capabilities.clone(),
            sector: account.sector,
            organisation: account.organisation,
            employer: None,
            area: account.area.clone(),
            strength,
            reason,
            purpose: None,
            through: None,
            on_behalf_of: None,
        }
    }

    /// Everybody else whose rights bound these: the system acted through, and whoever is looked up for.
    pub fn others(&self) -> impl Iterator<Item = &Self> {
        self.through.iter().chain(&self.on_behalf_of).map(AsRef::as_ref)
    }

    /// Whoever the answer is for: the caller in mediated access.
    #[must_use]
    pub fn asks_for(&self) -> &Self {
        self.on_behalf_of.as_deref().unwrap_or(self)
    }

    /// Whether it is of an organisation, and whoever is looked up for too: what one alone supplied is not both's own.
    #[must_use]
    pub fn is_of(&self, organisation: OrganisationId) -> bool {
        self.organisation == organisation && self.asks_for().organisation == organisation
    }

    /// Whether the account has a capability; through a system only what the person has counts, since systems are
    /// granted none.
    #[must_use]
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// Whether it works before birth: in maternity, in health visiting or in social care, for whom alone unborn children
    /// exist. Of health these are hospital trusts and community health.
    #[must_use]
    pub fn works_before_birth(&self) -> bool {
        match self.sector {
            Sector::SocialCare => true,
            Sector::Health => {
                matches!(self.employer, Some(OrganisationKind::HospitalTrust | OrganisationKind::CommunityHealth))
            }
            _ => false,
        }
    }

    /// Whether no person stands behind the call.
    #[must_use]
    pub fn is_machine(&self) -> bool {
        self.role == Role::System
    }
}
