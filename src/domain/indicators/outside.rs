//! Indicators that others publish: aggregates of a period and locality with their source, never child by child.

use super::{Direction, Published};
use crate::domain::codes::codes;

codes! {
    /// An indicator that others publish, taken over as an aggregate of a period and locality, never child by child.
    pub enum OutsideIndicator {
        /// Babies of low birth weight.
        LowBirthWeight => "low-birth-weight",
        /// Children ready for school.
        ReadyForSchool => "ready-for-school",
        /// Pupils who reach the expected standard.
        Attainment => "attainment",
        /// Pupils persistently absent.
        Absence => "absence",
        /// Children missing from school.
        MissingFromSchool => "missing-from-school",
        /// Conceptions under eighteen.
        TeenagePregnancy => "teenage-pregnancy",
        /// Children in low-income families.
        Poverty => "poverty",
        /// Children who say that they are well.
        WellBeing => "well-being",
        /// Young people not in education, employment or training.
        NotInEducationOrWork => "not-in-education-or-work",
        /// Incidents of anti-social behaviour.
        AntiSocialBehaviour => "anti-social-behaviour",
        /// First-time entrants to youth justice.
        Offending => "offending",
        /// Children placed away from home.
        Placements => "placements",
        /// Admissions to hospital for injury.
        AdmissionsForInjury => "admissions-for-injury",
        /// Young people treated for substance misuse.
        SubstanceMisuse => "substance-misuse",
        /// Young carers known to services.
        YoungCarers => "young-carers",
        /// Parents helped into work.
        ParentsIntoWork => "parents-into-work",
    }
}

impl OutsideIndicator {
    /// Which way it should move.
    #[must_use]
    pub const fn direction(self) -> Direction {
        match self {
            Self::ReadyForSchool | Self::Attainment | Self::WellBeing | Self::ParentsIntoWork => Direction::Up,
            Self::YoungCarers | Self::SubstanceMisuse | Self::Placements => Direction::Neither,
            _ => Direction::Down,
        }
    }
}

/// An indicator taken over from outside, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedIndicator {
    /// Which.
    pub indicator: OutsideIndicator,
    /// Where it comes from, as a code.
    pub source: String,
    /// Its cells.
    pub published: Published,
}
