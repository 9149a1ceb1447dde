//! Organisations, their teams and the practitioners in them.

use chrono::NaiveDate;

use crate::domain::ids::{OrganisationId, PractitionerId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::routes::Route;
use crate::domain::services::OrganisationKind;

/// An organisation that works with children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// The code its feeds and the bulk format name it by, such as `URN-123456`.
    pub code: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// The area (ONS code) it works in.
    pub area: String,
    /// Whether its involvement with a child is sensitive whatever the service: set by hand or by its kind.
    pub sensitive: bool,
    /// It is accredited until this day, inclusive; its accounts are closed without.
    pub accredited_until: Option<NaiveDate>,
    /// On what lawful basis it takes part; its accounts are closed while none is on record.
    pub lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    pub routes: Vec<Route>,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
}

impl Organisation {
    /// What its accounts stand on.
    #[must_use]
    pub const fn accreditation(&self) -> Accreditation {
        Accreditation { until: self.accredited_until, lawful_basis: self.lawful_basis }
    }
}

/// What the accounts of an organisation stand on: that it is accredited, and on what lawful basis it takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accreditation {
    /// The last day on which it counts; there is none without.
    pub until: Option<NaiveDate>,
    /// The lawful basis on record.
    pub lawful_basis: Option<LawfulBasis>,
}

/// A team of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// The organisation it belongs to.
    pub organisation: OrganisationId,
    /// Its code within the organisation.
    pub code: String,
    /// Its name.
    pub name: String,
    /// The area (ONS code) it works in.
    pub area: String,
    /// Whether its involvement with a child is sensitive whatever the service.
    pub sensitive: bool,
    /// How to reach it.
    pub routes: Vec<Route>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// A practitioner of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Practitioner {
    /// Their id.
    pub id: PractitionerId,
    /// The organisation they work for.
    pub organisation: OrganisationId,
    /// Their name.
    pub name: String,
    /// Their job title.
    pub job_title: String,
    /// How to reach them.
    pub routes: Vec<Route>,
}
