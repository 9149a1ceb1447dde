//! What a partnership sets of the policy; every default discloses less.

use super::actors::Actor;
use crate::domain::accounts::Role;
use crate::domain::assessments::AssessmentKinds;
use crate::domain::identifiers::IdentifierSystem;
use crate::domain::services::Sector;

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicySettings {
    /// Who reads which identifiers.
    pub identifiers: IdentifierRule,
    /// Whether a shielded record shows the names of its carers, as the 2007 regulations had it; off by default.
    pub shielded_shows_carers: bool,
    /// Areas (ONS codes) of whose children nobody but their management team is told that an unspecified sensitive service
    /// is involved; elsewhere its existence is told.
    pub existence_untold_in: Vec<String>,
    /// The kinds of assessment that are recorded.
    pub assessment_kinds: AssessmentKinds,
    /// For how many working days somebody who was asked to lead may answer.
    pub lead_proposal_working_days: u16,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            identifiers: IdentifierRule::default(),
            shielded_shows_carers: false,
            existence_untold_in: Vec::new(),
            assessment_kinds: AssessmentKinds::default(),
            lead_proposal_working_days: 5,
        }
    }
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
