//! On what lawful basis an organisation takes part: what it stands on when it puts personal data in and reads them.

use crate::domain::codes::codes;
use crate::domain::services::OrganisationKind;

codes! {
    /// The lawful bases of Article 6(1) of the UK GDPR that can carry an index of children; a contract with the child
    /// cannot. What an organisation discloses has one on record, and without one it is not accredited.
    pub enum LawfulBasis {
        /// A legal obligation, such as the duty to co-operate: point (c).
        LegalObligation => "legal-obligation",
        /// Somebody's vital interests: point (d).
        VitalInterests => "vital-interests",
        /// A task in the public interest or official authority: point (e).
        PublicTask => "public-task",
        /// A recognised legitimate interest, such as the safeguarding of vulnerable people: point (ea).
        RecognisedLegitimateInterest => "recognised-legitimate-interest",
        /// Legitimate interests, weighed against the child's: point (f). Not for a public authority at its tasks.
        LegitimateInterests => "legitimate-interests",
        /// Consent: point (a).
        Consent => "consent",
    }
}

impl LawfulBasis {
    /// What is usual for a kind of body, where whoever loads organisations in bulk says nothing: public bodies do what is
    /// their task, and the others safeguard.
    #[must_use]
    pub const fn usual_for(kind: OrganisationKind) -> Self {
        use OrganisationKind as K;
        match kind {
            K::EarlyYearsSetting | K::Housing | K::VoluntaryOrganisation | K::Refuge => {
                Self::RecognisedLegitimateInterest
            }
            K::School
            | K::FurtherEducationCollege
            | K::GpPractice
            | K::HospitalTrust
            | K::CommunityHealth
            | K::LocalAuthority
            | K::ManagementTeam
            | K::Police
            | K::Probation
            | K::YouthJustice
            | K::Cafcass
            | K::FireAndRescue
            | K::SexualHealthClinic
            | K::SexualAssaultReferralCentre
            | K::MentalHealthTrust
            | K::SubstanceMisuseService
            | K::GenderIdentityService => Self::PublicTask,
        }
    }
}
