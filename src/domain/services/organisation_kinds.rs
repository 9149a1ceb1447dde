//! The kinds of organisation that work with children, the sector of each, and which are sensitive by what they are.

use crate::domain::codes::codes;
use crate::domain::services::Sector;

codes! {
    /// What kind of body an organisation is.
    pub enum OrganisationKind {
        /// A school of any kind, maintained, academy or independent.
        School => "school",
        /// A nursery, pre-school or childminder.
        EarlyYearsSetting => "early-years-setting",
        /// A college of further education or sixth-form college.
        FurtherEducationCollege => "further-education-college",
        /// A general practice.
        GpPractice => "gp-practice",
        /// A hospital trust, its maternity and paediatric services included.
        HospitalTrust => "hospital-trust",
        /// Community health: health visiting, school nursing, therapies.
        CommunityHealth => "community-health",
        /// A council, with its services for children and families.
        LocalAuthority => "local-authority",
        /// An area's management team: the desk that shields records and brokers contact.
        ManagementTeam => "management-team",
        /// A police force.
        Police => "police",
        /// The probation service.
        Probation => "probation",
        /// A youth justice service.
        YouthJustice => "youth-justice",
        /// The Children and Family Court Advisory and Support Service.
        Cafcass => "cafcass",
        /// A fire and rescue service.
        FireAndRescue => "fire-and-rescue",
        /// A housing association or a council's housing service.
        Housing => "housing",
        /// A charity or community organisation.
        VoluntaryOrganisation => "voluntary-organisation",
        /// A refuge or domestic abuse service.
        Refuge => "refuge",
        /// A sexual health clinic.
        SexualHealthClinic => "sexual-health-clinic",
        /// A sexual assault referral centre.
        SexualAssaultReferralCentre => "sexual-assault-referral-centre",
        /// A mental health trust or clinic.
        MentalHealthTrust => "mental-health-trust",
        /// A drug and alcohol service.
        SubstanceMisuseService => "substance-misuse-service",
        /// A gender identity service.
        GenderIdentityService => "gender-identity-service",
    }
}

impl OrganisationKind {
    /// The field this kind of organisation belongs to.
    pub const fn sector(self) -> Sector {
        match self {
            Self::School | Self::EarlyYearsSetting | Self::FurtherEducationCollege => Sector::Education,
            Self::GpPractice
            | Self::HospitalTrust
            | Self::CommunityHealth
            | Self::SexualHealthClinic
            | Self::SexualAssaultReferralCentre
            | Self::MentalHealthTrust
            | Self::SubstanceMisuseService
            | Self::GenderIdentityService => Sector::Health,
            Self::LocalAuthority | Self::ManagementTeam => Sector::SocialCare,
            Self::Police | Self::Probation | Self::YouthJustice | Self::Cafcass => Sector::Justice,
            Self::FireAndRescue => Sector::FireAndRescue,
            Self::Housing => Sector::Housing,
            Self::VoluntaryOrganisation | Self::Refuge => Sector::Voluntary,
        }
    }

    /// Whether merely naming such an organisation would tell what the child receives there. An organisation of another
    /// kind may still be marked sensitive, and local setting may add kinds: see
    /// [`SensitivityPolicy`](crate::domain::services::SensitivityPolicy).
    pub const fn is_sensitive(self) -> bool {
        match self {
            Self::Refuge
            | Self::SexualHealthClinic
            | Self::SexualAssaultReferralCentre
            | Self::MentalHealthTrust
            | Self::SubstanceMisuseService
            | Self::GenderIdentityService => true,
            Self::School
            | Self::EarlyYearsSetting
            | Self::FurtherEducationCollege
            | Self::GpPractice
            | Self::HospitalTrust
            | Self::CommunityHealth
            | Self::LocalAuthority
            | Self::ManagementTeam
            | Self::Police
            | Self::Probation
            | Self::YouthJustice
            | Self::Cafcass
            | Self::FireAndRescue
            | Self::Housing
            | Self::VoluntaryOrganisation => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensitive_kinds_mirror_the_sensitive_services() {
        let sensitive: Vec<_> =
            OrganisationKind::ALL.iter().filter(|kind| kind.is_sensitive()).map(|kind| kind.code()).collect();
        assert_eq!(
            sensitive,
            [
                "refuge",
                "sexual-health-clinic",
                "sexual-assault-referral-centre",
                "mental-health-trust",
                "substance-misuse-service",
                "gender-identity-service",
            ]
        );
    }

    #[test]
    fn every_sector_has_a_kind_of_organisation() {
        for &sector in Sector::ALL {
            assert!(OrganisationKind::ALL.iter().any(|kind| kind.sector() == sector), "{sector}");
        }
    }
}
