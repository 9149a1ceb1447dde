//! What people do with children for their living: the service of each post, where it is, and its job titles.

use super::bodies::Office;
use crate::domain::services::Service;

/// A post, filled by several people.
pub(super) struct Post {
    /// The service given.
    pub(super) service: Service,
    /// The code of its kind of team; empty where the body has none.
    pub(super) team: &'static str,
    /// Job titles.
    pub(super) titles: &'static [&'static str],
    /// How many people fill it in each team.
    pub(super) people: u32,
    /// How often, in a thousand, an entry names the person.
    pub(super) named: u32,
}

const fn post(service: Service, team: &'static str, titles: &'static [&'static str], people: u32, named: u32) -> Post {
    Post { service, team, titles, people, named }
}

pub(super) const MATERNITY: Post = post(Service::Maternity, "maternity", &["Community midwife"], 10, 850);
pub(super) const HEALTH_VISITOR: Post = post(
    Service::HealthVisiting,
    "health-visiting",
    &["Health visitor", "Health visitor", "Specialist health visitor"],
    8,
    900,
);
pub(super) const PRACTICE: Post = post(Service::GpPractice, "", &["General practitioner"], 5, 250);
pub(super) const NURSERY: Post = post(
    Service::EarlyYearsSetting,
    "",
    &["Key person", "Key person", "Nursery manager", "Designated safeguarding lead"],
    6,
    550,
);
pub(super) const PRIMARY: Post = post(
    Service::School,
    "",
    &["Designated safeguarding lead", "Class teacher", "Class teacher", "Special needs coordinator", "Head teacher"],
    8,
    500,
);
pub(super) const SECONDARY: Post = post(
    Service::School,
    "",
    &["Designated safeguarding lead", "Head of year", "Form tutor", "Pastoral support officer"],
    12,
    550,
);
pub(super) const COLLEGE: Post =
    post(Service::FurtherEducation, "", &["Personal tutor", "Student welfare officer"], 12, 500);
pub(super) const SCHOOL_NURSE: Post =
    post(Service::SchoolNursing, "school-nursing", &["School nurse", "School nurse", "Community staff nurse"], 6, 450);
pub(super) const HOME_EDUCATION: Post =
    post(Service::ElectiveHomeEducation, "home-education", &["Elective home education adviser"], 3, 900);
pub(super) const YOUTH: Post = post(Service::IntegratedYouthService, "youth", &["Youth worker"], 6, 800);
pub(super) const FAMILY_HUB: Post = post(Service::FamilyHub, "hub", &["Family hub worker", "Outreach worker"], 5, 500);

pub(super) const EARLY_HELP: Post = post(
    Service::EarlyHelp,
    "early-help",
    &["Early help practitioner", "Family support worker", "Family key worker"],
    8,
    1_000,
);
pub(super) const ASSESSMENT: Post = post(
    Service::ChildrensSocialCare,
    "assessment",
    &["Social worker", "Social worker", "Senior social worker"],
    8,
    950,
);
pub(super) const PROTECTION: Post =
    post(Service::ChildrensSocialCare, "safeguarding", &["Social worker", "Senior social worker"], 8, 1_000);
pub(super) const LOOKED_AFTER: Post =
    post(Service::ChildrensSocialCare, "looked-after", &["Social worker", "Advanced practitioner"], 8, 1_000);
pub(super) const FOSTERING: Post =
    post(Service::FosteringAndAdoption, "fostering", &["Supervising social worker", "Adoption support worker"], 6, 950);
pub(super) const VIRTUAL_SCHOOL: Post =
    post(Service::VirtualSchool, "virtual-school", &["Virtual school adviser"], 4, 900);
pub(super) const HOUSING: Post = post(Service::Housing, "", &["Housing options officer"], 6, 900);
pub(super) const REFUGE: Post =
    post(Service::RefugeAndDomesticAbuse, "children", &["Children's support worker"], 4, 950);
pub(super) const SPECIAL_NEEDS: Post =
    post(Service::SpecialEducationalNeeds, "sen", &["SEN case officer", "Inclusion adviser"], 8, 850);
pub(super) const THERAPIES: Post = post(
    Service::Therapies,
    "therapies",
    &["Speech and language therapist", "Speech and language therapist", "Occupational therapist", "Physiotherapist"],
    8,
    900,
);
pub(super) const MENTAL_HEALTH: Post = post(
    Service::MentalHealth,
    "community",
    &["CAMHS practitioner", "Clinical psychologist", "Child and adolescent psychotherapist", "Mental health nurse"],
    8,
    950,
);

/// A post that some children of an age have to do with.
pub(super) struct Need {
    /// The post.
    pub(super) post: Post,
    /// The office it is in.
    pub(super) office: Office,
    /// From this age, in years.
    pub(super) from: u32,
    /// Until this age, included.
    pub(super) to: u32,
    /// How many of a hundred thousand children of these ages.
    pub(super) in_100_000: u32,
}

const fn need(post: Post, office: Office, from: u32, to: u32, in_100_000: u32) -> Need {
    Need { post, office, from, to, in_100_000 }
}

/// Needs that strike single children. With those of whole families, about one child in ten has an additional or a
/// sensitive service.
pub(super) const NEEDS: &[Need] = &[
    need(SPECIAL_NEEDS, Office::Council, 3, 18, 1_000),
    need(
        post(Service::EducationalPsychology, "psychology", &["Educational psychologist"], 5, 950),
        Office::Council,
        4,
        16,
        300,
    ),
    need(
        post(Service::Attendance, "attendance", &["Education welfare officer", "Attendance officer"], 5, 900),
        Office::Council,
        5,
        15,
        600,
    ),
    need(THERAPIES, Office::CommunityHealth, 2, 12, 1_100),
    need(
        post(Service::Paediatrics, "paediatrics", &["Consultant paediatrician", "Paediatric nurse specialist"], 6, 850),
        Office::CommunityHealth,
        0,
        17,
        500,
    ),
    need(
        post(Service::Paediatrics, "paediatrics", &["Consultant paediatrician", "Epilepsy nurse specialist"], 6, 850),
        Office::Hospital,
        0,
        17,
        250,
    ),
    need(
        post(Service::HospitalSafeguarding, "safeguarding", &["Named nurse for safeguarding"], 3, 950),
        Office::Hospital,
        0,
        5,
        120,
    ),
    need(
        post(
            Service::DisabledChildrensTeam,
            "disabled-children",
            &["Social worker", "Short breaks coordinator"],
            6,
            950,
        ),
        Office::Council,
        2,
        18,
        220,
    ),
    need(
        post(Service::YouthJustice, "court", &["Youth justice officer", "Reparation worker"], 6, 950),
        Office::YouthJustice,
        12,
        17,
        450,
    ),
    need(
        post(Service::Police, "protection", &["Detective constable", "Missing persons coordinator"], 8, 850),
        Office::Police,
        4,
        17,
        220,
    ),
    need(post(Service::Probation, "", &["Probation officer"], 4, 950), Office::Probation, 17, 18, 80),
    need(post(Service::Cafcass, "", &["Family court adviser"], 4, 950), Office::Cafcass, 1, 15, 140),
    need(
        post(Service::VoluntaryOrganisation, "family-support", &["Family worker", "Volunteer coordinator"], 6, 800),
        Office::Charity,
        1,
        17,
        500,
    ),
    need(post(Service::YoungCarers, "young-carers", &["Young carers worker"], 4, 850), Office::Charity, 7, 17, 380),
    need(MENTAL_HEALTH, Office::MentalHealth, 7, 17, 1_500),
    need(
        post(Service::SexualHealth, "", &["Sexual health nurse", "Outreach nurse"], 4, 700),
        Office::SexualHealth,
        14,
        18,
        900,
    ),
    need(
        post(Service::SubstanceMisuse, "", &["Young people's substance misuse worker"], 4, 900),
        Office::SubstanceMisuse,
        13,
        18,
        420,
    ),
    need(post(Service::VoluntaryOrganisation, "counselling", &["Counsellor"], 4, 900), Office::Charity, 11, 17, 260),
];
