//! The services that work with children: what each is called, how it is grouped, and whose it is.

mod freshness;
mod organisation_kinds;
mod sensitivity;

pub use freshness::{Freshness, FreshnessLimits};
pub use organisation_kinds::OrganisationKind;
pub use sensitivity::{Sensitivity, SensitivityPolicy};

use crate::domain::codes::codes;

codes! {
    /// What an organisation does for a child. The list and its groups follow the Children Act 2004 Information Database
    /// (England) Regulations 2007, schedules of universal, additional and sensitive services, with today's names.
    pub enum Service {
        /// Midwifery and maternity care.
        Maternity => "maternity",
        /// The health visitor, to five years.
        HealthVisiting => "health-visiting",
        /// The general practice where the child is registered.
        GpPractice => "gp-practice",
        /// A children's centre or family hub.
        FamilyHub => "family-hub",
        /// Childcare and early-years education.
        EarlyYearsSetting => "early-years-setting",
        /// The school where the child is on roll.
        School => "school",
        /// What a school offers beyond the school day.
        ExtendedSchool => "extended-school",
        /// A college of further education.
        FurtherEducation => "further-education",
        /// The local authority's contact with a child educated at home.
        ElectiveHomeEducation => "elective-home-education",
        /// The school nurse.
        SchoolNursing => "school-nursing",
        /// The integrated youth service.
        IntegratedYouthService => "integrated-youth-service",

        /// Early help, with or without an assessment.
        EarlyHelp => "early-help",
        /// Family and parenting support.
        FamilySupport => "family-support",
        /// Special educational needs and disability.
        SpecialEducationalNeeds => "special-educational-needs",
        /// Educational psychology.
        EducationalPsychology => "educational-psychology",
        /// School attendance.
        Attendance => "attendance",
        /// The virtual school, for children looked after.
        VirtualSchool => "virtual-school",
        /// Children's social care.
        ChildrensSocialCare => "childrens-social-care",
        /// The team for disabled children.
        DisabledChildrensTeam => "disabled-childrens-team",
        /// Fostering and adoption.
        FosteringAndAdoption => "fostering-and-adoption",
        /// The Children and Family Court Advisory and Support Service.
        Cafcass => "cafcass",
        /// The youth justice service.
        YouthJustice => "youth-justice",
        /// The police.
        Police => "police",
        /// Probation.
        Probation => "probation",
        /// Fire and rescue.
        FireAndRescue => "fire-and-rescue",
        /// Housing and homelessness.
        Housing => "housing",
        /// Paediatrics, in hospital or community.
        Paediatrics => "paediatrics",
        /// Speech and language, occupational and physical therapy.
        Therapies => "therapies",
        /// The safeguarding team of a hospital.
        HospitalSafeguarding => "hospital-safeguarding",
        /// A voluntary organisation.
        VoluntaryOrganisation => "voluntary-organisation",
        /// Support for young carers.
        YoungCarers => "young-carers",

        /// Sexual health.
        SexualHealth => "sexual-health",
        /// Child and adolescent mental health.
        MentalHealth => "mental-health",
        /// Drugs and alcohol.
        SubstanceMisuse => "substance-misuse",
        /// A refuge, or support after domestic abuse.
        RefugeAndDomesticAbuse => "refuge-and-domestic-abuse",
        /// A sexual assault referral centre.
        SexualAssaultReferral => "sexual-assault-referral",
        /// Gender identity.
        GenderIdentity => "gender-identity",
    }
}

codes! {
    /// How a service stands to the child, which decides who may see it.
    pub enum ServiceGroup {
        /// Every child has it; an entry without a named person is normal.
        Universal => "universal",
        /// For some children, seen by every practitioner.
        Additional => "additional",
        /// Recorded only with consent or on significant harm; that it exists is all an ordinary reader learns.
        Sensitive => "sensitive",
    }
}

codes! {
    /// How much need a service answers to, in the words of the continuum of need.
    pub enum Tier {
        /// For every child.
        Universal => "universal",
        /// For children with additional needs.
        Targeted => "targeted",
        /// For complex, acute or statutory need.
        Specialist => "specialist",
    }
}

codes! {
    /// The field a service, an organisation or an account belongs to.
    pub enum Sector {
        /// The health service, public and commissioned.
        Health => "health",
        /// Schools, settings, colleges and the local authority's education services.
        Education => "education",
        /// The local authority's services for children and families, early help and youth included.
        SocialCare => "social-care",
        /// Police, probation, youth justice and the family court's service.
        Justice => "justice",
        /// Housing and homelessness.
        Housing => "housing",
        /// Fire and rescue.
        FireAndRescue => "fire-and-rescue",
        /// Charities and community organisations.
        Voluntary => "voluntary",
    }
}

impl Service {
    /// The group the law puts the service in. What an ordinary reader may see also depends on organisation, team and
    /// local setting: see [`SensitivityPolicy`].
    pub const fn group(self) -> ServiceGroup {
        self.place().0
    }

    /// How much need the service answers to.
    pub const fn tier(self) -> Tier {
        self.place().1
    }

    /// The field the service belongs to.
    pub const fn sector(self) -> Sector {
        self.place().2
    }

    /// One table instead of three, so that a service's whole standing is read in one line.
    const fn place(self) -> (ServiceGroup, Tier, Sector) {
        use Sector::{Education, FireAndRescue, Health, Housing, Justice, SocialCare, Voluntary};
        use ServiceGroup::{Additional, Sensitive, Universal};
        use Tier::{Specialist, Targeted};

        match self {
            Self::Maternity | Self::HealthVisiting | Self::GpPractice | Self::SchoolNursing => {
                (Universal, Tier::Universal, Health)
            }
            Self::EarlyYearsSetting | Self::School | Self::ExtendedSchool => (Universal, Tier::Universal, Education),
            Self::FurtherEducation | Self::ElectiveHomeEducation => (Universal, Tier::Universal, Education),
            Self::FamilyHub | Self::IntegratedYouthService => (Universal, Tier::Universal, SocialCare),

            Self::EarlyHelp | Self::FamilySupport | Self::YoungCarers => (Additional, Targeted, SocialCare),
            Self::SpecialEducationalNeeds | Self::EducationalPsychology => (Additional, Targeted, Education),
            Self::Attendance => (Additional, Targeted, Education),
            Self::VirtualSchool => (Additional, Specialist, Education),
            Self::ChildrensSocialCare | Self::DisabledChildrensTeam => (Additional, Specialist, SocialCare),
            Self::FosteringAndAdoption => (Additional, Specialist, SocialCare),
            Self::Cafcass | Self::YouthJustice | Self::Police | Self::Probation => (Additional, Specialist, Justice),
            Self::FireAndRescue => (Additional, Targeted, FireAndRescue),
            Self::Housing => (Additional, Targeted, Housing),
            Self::Therapies => (Additional, Targeted, Health),
            Self::Paediatrics | Self::HospitalSafeguarding => (Additional, Specialist, Health),
            Self::VoluntaryOrganisation => (Additional, Targeted, Voluntary),

            Self::SexualHealth => (Sensitive, Targeted, Health),
            Self::MentalHealth | Self::SubstanceMisuse => (Sensitive, Specialist, Health),
            Self::SexualAssaultReferral | Self::GenderIdentity => (Sensitive, Specialist, Health),
            Self::RefugeAndDomesticAbuse => (Sensitive, Specialist, Voluntary),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn codes_in(group: ServiceGroup) -> Vec<&'static str> {
        Service::ALL.iter().filter(|service| service.group() == group).map(|service| service.code()).collect()
    }

    #[test]
    fn the_groups_are_those_of_the_domain_rules() {
        assert_eq!(
            codes_in(ServiceGroup::Universal),
            [
                "maternity",
                "health-visiting",
                "gp-practice",
                "family-hub",
                "early-years-setting",
                "school",
                "extended-school",
                "further-education",
                "elective-home-education",
                "school-nursing",
                "integrated-youth-service",
            ]
        );
        assert_eq!(
            codes_in(ServiceGroup::Additional),
            [
                "early-help",
                "family-support",
                "special-educational-needs",
                "educational-psychology",
                "attendance",
                "virtual-school",
                "childrens-social-care",
                "disabled-childrens-team",
                "fostering-and-adoption",
                "cafcass",
                "youth-justice",
                "police",
                "probation",
                "fire-and-rescue",
                "housing",
                "paediatrics",
                "therapies",
                "hospital-safeguarding",
                "voluntary-organisation",
                "young-carers",
            ]
        );
        assert_eq!(
            codes_in(ServiceGroup::Sensitive),
            [
                "sexual-health",
                "mental-health",
                "substance-misuse",
                "refuge-and-domestic-abuse",
                "sexual-assault-referral",
                "gender-identity",
            ]
        );
    }

    #[test]
    fn universal_services_and_no_others_are_of_the_universal_tier() {
        for &service in Service::ALL {
            assert_eq!(service.group() == ServiceGroup::Universal, service.tier() == Tier::Universal, "{service}");
        }
    }

    #[test]
    fn every_sector_has_a_service_and_every_code_is_its_own() {
        for &sector in Sector::ALL {
            assert!(Service::ALL.iter().any(|service| service.sector() == sector), "{sector}");
        }
        let codes: HashSet<_> = Service::CODES.iter().collect();
        assert_eq!(codes.len(), Service::ALL.len());
    }

    #[test]
    fn codes_are_kebab_case() {
        for code in [Service::CODES, ServiceGroup::CODES, Tier::CODES, Sector::CODES, OrganisationKind::CODES].concat()
        {
            assert!(code.chars().all(|character| character.is_ascii_lowercase() || character == '-'), "{code}");
        }
    }
}
