//! Accounts: who may use the index, as what, and whether their standing is in order today.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{AccountId, OrganisationId};
use crate::domain::instants::Instant;
use crate::domain::organisations::Accreditation;
use crate::domain::services::Sector;

codes! {
    /// What an account is, in the widest sense; capabilities, sector and organisation narrow or widen it.
    pub enum Role {
        /// Works with children and looks up who else does.
        Practitioner => "practitioner",
        /// A member of an area's management team: shields records and brokers contact.
        Manager => "manager",
        /// Reads the access log, never the children.
        Auditor => "auditor",
        /// A partner system calling by itself or for a person.
        System => "system",
        /// Runs organisations, accounts and settings and sees no child.
        Administrator => "administrator",
    }
}

codes! {
    /// A right beyond the role. Nobody grants one to themselves.
    pub enum Capability {
        /// May see the hidden part of a shielded record for one viewing.
        Override => "override",
        /// May broker contact with a sensitive service.
        Broker => "broker",
        /// May read archived records for a named legal purpose.
        Archive => "archive",
        /// Works an area's list of assessments.
        Coordinator => "coordinator",
        /// Certifies for its own organisation who still needs the index.
        Certifier => "certifier",
        /// May know of sealed records; for an auditor, of what surrounds shielded and sensitive ones.
        SealedClearance => "sealed-clearance",
    }
}

impl Capability {
    /// Whether granting it takes two people: it opens what a shield hides.
    #[must_use]
    pub const fn takes_two_people(self) -> bool {
        match self {
            Self::Override | Self::SealedClearance => true,
            Self::Broker | Self::Archive | Self::Coordinator | Self::Certifier => false,
        }
    }
}

codes! {
    /// Whether an account may be used at all.
    pub enum AccountStatus {
        /// In use.
        Active => "active",
        /// Closed at once, until somebody opens it again.
        Suspended => "suspended",
    }
}

codes! {
    /// What people are trained in. Uneven training of partners is what broke networks, so that each kind is reported.
    pub enum TrainingKind {
        /// The use of the index: without it the account is closed.
        IndexUse => "index-use",
        /// Sharing information about children.
        InformationSharing => "information-sharing",
        /// Leading the work of several services with a child.
        LeadProfessional => "lead-professional",
    }
}

/// What an account stands on before its first search, the conditions of the 2007 regulations; and further training, which
/// closes no door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// The enhanced DBS check counts until this day, inclusive.
    pub checked_until: Option<NaiveDate>,
    /// Training in the use of the index counts until this day, inclusive.
    pub trained_until: Option<NaiveDate>,
    /// The employer's certification that the person still needs access counts until this day, inclusive.
    pub certified_until: Option<NaiveDate>,
    /// The day on which the person accepted the terms.
    pub terms_accepted_on: Option<NaiveDate>,
    /// Training in sharing information counts until this day, inclusive.
    pub information_sharing_trained_until: Option<NaiveDate>,
    /// Training as lead professional counts until this day, inclusive.
    pub lead_professional_trained_until: Option<NaiveDate>,
}

impl Standing {
    /// The last day on which training of a kind counts.
    #[must_use]
    pub const fn trained(&self, kind: TrainingKind) -> Option<NaiveDate> {
        match kind {
            TrainingKind::IndexUse => self.trained_until,
            TrainingKind::InformationSharing => self.information_sharing_trained_until,
            TrainingKind::LeadProfessional => self.lead_professional_trained_until,
        }
    }
}

/// An account as registered under `(issuer, subject)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// The issuer of its tokens.
    pub issuer: String,
    /// Its subject at that issuer.
    pub subject: String,
    /// What people call it: a person's or a system's name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Its capabilities.
    pub capabilities: BTreeSet<Capability>,
    /// The sector it works in, which decides the identifiers it may read.
    pub sector: Sector,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// The area (ONS code) it works in.
    pub area: String,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// The conditions of access.
    pub standing: Standing,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
}

codes! {
    /// Why an account may not be used today; the code stands in the refusal, so that the person knows what to mend.
    pub enum Lapse {
        /// The account is suspended.
        Suspended => "account-suspended",
        /// There is no enhanced DBS check in date.
        Check => "check-lapsed",
        /// There is no training in date.
        Training => "training-lapsed",
        /// The employer has not certified the account in time.
        Certification => "certification-lapsed",
        /// The terms have not been accepted.
        Terms => "terms-not-accepted",
        /// The organisation is not accredited.
        Accreditation => "organisation-not-accredited",
        /// No lawful basis is on record for the organisation.
        LawfulBasis => "lawful-basis-missing",
    }
}

impl Account {
    /// Whether the account's standing is in order on `day`, its organisation being accredited as given. Any lapse closes
    /// the door at once (2007 regulations).
    ///
    /// # Errors
    /// The first condition that is not met.
    pub fn check_standing(&self, day: NaiveDate, employer: Accreditation) -> Result<(), Lapse> {
        let in_date = |until: Option<NaiveDate>| until.is_some_and(|until| day <= until);
        if self.status != AccountStatus::Active {
            return Err(Lapse::Suspended);
        }
        if !in_date(employer.until) {
            return Err(Lapse::Accreditation);
        }
        if employer.lawful_basis.is_none() {
            return Err(Lapse::LawfulBasis);
        }
        if self.role == Role::System {
            return Ok(());
        }
        if !in_date(self.standing.checked_until) {
            return Err(Lapse::Check);
        }
        if !in_date(self.standing.trained_until) {
            return Err(Lapse::Training);
        }
        if !in_date(self.standing.certified_until) {
            return Err(Lapse::Certification);
        }
        if self.standing.terms_accepted_on.is_none_or(|accepted| accepted > day) {
            return Err(Lapse::Terms);
        }
        Ok(())
    }
}
