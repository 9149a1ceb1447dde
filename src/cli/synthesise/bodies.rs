//! The bodies that work with children in each area: which there are, what they are called and their codes.

use super::dice::{Dice, Purpose, hash, mix};
use super::places::{Area, Map};
use super::sites::site_name;
use crate::domain::services::OrganisationKind;

/// A body that has one office in each area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Office {
    /// The council.
    Council,
    /// The management team of the index: shields records and brokers contact.
    Management,
    /// Health visiting, school nursing, therapies.
    CommunityHealth,
    /// The hospital.
    Hospital,
    /// Child and adolescent mental health.
    MentalHealth,
    /// The sexual health clinic.
    SexualHealth,
    /// Drugs and alcohol.
    SubstanceMisuse,
    /// The refuge.
    Refuge,
    /// The police.
    Police,
    /// Youth justice.
    YouthJustice,
    /// Probation.
    Probation,
    /// Housing.
    Housing,
    /// A charity for families.
    Charity,
    /// The family court's service.
    Cafcass,
}

impl Office {
    pub(super) const ALL: [Self; 14] = [
        Self::Council,
        Self::Management,
        Self::CommunityHealth,
        Self::Hospital,
        Self::MentalHealth,
        Self::SexualHealth,
        Self::SubstanceMisuse,
        Self::Refuge,
        Self::Police,
        Self::YouthJustice,
        Self::Probation,
        Self::Housing,
        Self::Charity,
        Self::Cafcass,
    ];

    const fn prefix(self) -> &'static str {
        match self {
            Self::Council => "LA",
            Self::Management => "MT",
            Self::CommunityHealth => "CH",
            Self::Hospital => "HT",
            Self::MentalHealth => "MH",
            Self::SexualHealth => "SH",
            Self::SubstanceMisuse => "SM",
            Self::Refuge => "RF",
            Self::Police => "PO",
            Self::YouthJustice => "YJ",
            Self::Probation => "PR",
            Self::Housing => "HO",
            Self::Charity => "VO",
            Self::Cafcass => "CC",
        }
    }

    const fn kind(self) -> OrganisationKind {
        match self {
            Self::Council => OrganisationKind::LocalAuthority,
            Self::Management => OrganisationKind::ManagementTeam,
            Self::CommunityHealth => OrganisationKind::CommunityHealth,
            Self::Hospital => OrganisationKind::HospitalTrust,
            Self::MentalHealth => OrganisationKind::MentalHealthTrust,
            Self::SexualHealth => OrganisationKind::SexualHealthClinic,
            Self::SubstanceMisuse => OrganisationKind::SubstanceMisuseService,
            Self::Refuge => OrganisationKind::Refuge,
            Self::Police => OrganisationKind::Police,
            Self::YouthJustice => OrganisationKind::YouthJustice,
            Self::Probation => OrganisationKind::Probation,
            Self::Housing => OrganisationKind::Housing,
            Self::Charity => OrganisationKind::VoluntaryOrganisation,
            Self::Cafcass => OrganisationKind::Cafcass,
        }
    }

    fn name(self, area: &str) -> String {
        match self {
            Self::Council => format!("{area} Council"),
            Self::Management => format!("{area} Child Index Management Team"),
            Self::CommunityHealth => format!("{area} Community Children's Health Services"),
            Self::Hospital => format!("{area} Hospitals NHS Trust"),
            Self::MentalHealth => format!("{area} Child and Adolescent Mental Health Service"),
            Self::SexualHealth => format!("{area} Sexual Health Clinic"),
            Self::SubstanceMisuse => format!("{area} Young People's Substance Misuse Service"),
            Self::Refuge => format!("{area} Domestic Abuse Refuge"),
            Self::Police => format!("{area} Police"),
            Self::YouthJustice => format!("{area} Youth Justice Service"),
            Self::Probation => format!("{area} Probation Service"),
            Self::Housing => format!("{area} Housing Options"),
            Self::Charity => format!("{area} Families Together"),
            Self::Cafcass => format!("Cafcass {area}"),
        }
    }
}

/// A body of which an area has several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Site {
    /// A primary school.
    Primary,
    /// A secondary school.
    Secondary,
    /// A special school.
    Special,
    /// A nursery.
    Nursery,
    /// A college of further education.
    College,
    /// A general practice.
    Practice,
}

impl Site {
    pub(super) const ALL: [Self; 6] =
        [Self::Primary, Self::Secondary, Self::Special, Self::Nursery, Self::College, Self::Practice];

    /// How many there are for so many children, so that schools and settings come to one for 250.
    fn count(self, children: u64) -> u64 {
        let (each, least) = match self {
            Self::Primary => (500, 3),
            Self::Secondary => (1_800, 2),
            Self::Special => (9_000, 1),
            Self::Nursery => (800, 2),
            Self::College => (25_000, 1),
            Self::Practice => (400, 3),
        };
        (children / each).max(least)
    }
}

/// A body, by where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Body {
    /// One of the offices of an area.
    Office(Office, usize),
    /// One of the sites of an area, by its number among all of its kind.
    Site(Site, usize, u64),
}

impl Body {
    /// The position of its area.
    pub(super) const fn area(self) -> usize {
        match self {
            Self::Office(_, area) | Self::Site(_, area, _) => area,
        }
    }

    /// The code its lines name it by, shaped as in the registers of each kind.
    pub(super) fn code(self, area: &Area) -> String {
        match self {
            Self::Office(office, _) => format!("{}-{}", office.prefix(), area.code),
            Self::Site(site, _, number) => match site {
                Site::Primary => format!("URN-{}", 100_000 + number),
                Site::Secondary => format!("URN-{}", 140_000 + number),
                Site::Special => format!("URN-{}", 155_000 + number),
                Site::Nursery => format!("EY-{}", 300_000 + number),
                Site::College => format!("UKPRN-{}", 10_000_000 + number),
                Site::Practice => format!("ODS-{}{:05}", letter(number / 90_000), 10_000 + number % 90_000),
            },
        }
    }

    /// What kind of organisation it is.
    pub(super) const fn kind(self) -> OrganisationKind {
        match self {
            Self::Office(office, _) => office.kind(),
            Self::Site(Site::Primary | Site::Secondary | Site::Special, ..) => OrganisationKind::School,
            Self::Site(Site::Nursery, ..) => OrganisationKind::EarlyYearsSetting,
            Self::Site(Site::College, ..) => OrganisationKind::FurtherEducationCollege,
            Self::Site(Site::Practice, ..) => OrganisationKind::GpPractice,
        }
    }

    /// What it is called.
    pub(super) fn name(self, area: &Area, seed: u64) -> String {
        let Self::Site(site, _, number) = self else {
            let Self::Office(office, _) = self else { return String::new() };
            return office.name(area.name);
        };
        let mut dice = Dice::new(seed, Purpose::Organisation(hash(&self.code(area))));
        let town = usize::try_from(number).ok().and_then(|number| area.towns.get(number % area.towns.len().max(1)));
        site_name(&mut dice, site, town.copied().unwrap_or(area.name))
    }

    /// A number of its own, for all that is drawn for it.
    pub(super) fn key(self) -> u64 {
        match self {
            Self::Office(office, area) => mix(hash(office.prefix()) ^ u64::try_from(area).unwrap_or_default()),
            Self::Site(site, _, number) => mix(number ^ hash(site.word())),
        }
    }
}

impl Site {
    const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Secondary => "secondary",
            Self::Special => "special",
            Self::Nursery => "nursery",
            Self::College => "college",
            Self::Practice => "practice",
        }
    }
}

fn letter(number: u64) -> char {
    u8::try_from(number).ok().and_then(|number| b'A'.checked_add(number)).map_or('Z', char::from)
}

/// All bodies of a population.
pub(super) struct Bodies {
    /// For each kind of site, where the numbers of each area begin, and where the last ends.
    starts: [Vec<u64>; 6],
    /// How many children each area has.
    children: Vec<u64>,
}

impl Bodies {
    pub(super) fn new(map: &Map, children: u64) -> Self {
        let children: Vec<u64> = (0..map.areas.len()).map(|area| map.share(area, children)).collect();
        let starts = Site::ALL.map(|site| {
            let counts = children.iter().map(|children| site.count(*children));
            std::iter::once(0)
                .chain(counts.scan(0, |end, count| {
                    *end += count;
                    Some(*end)
                }))
                .collect()
        });
        Self { starts, children }
    }

    /// How many children the area has.
    pub(super) fn children_in(&self, area: usize) -> u64 {
        self.children.get(area).copied().unwrap_or_default()
    }

    /// One of the sites of an area; the same for the same `choice`.
    pub(super) fn site(&self, site: Site, area: usize, choice: u64) -> Body {
        let range = self.range(site, area);
        Body::Site(site, area, range.start + choice % (range.end - range.start).max(1))
    }

    fn range(&self, site: Site, area: usize) -> std::ops::Range<u64> {
        let position = Site::ALL.iter().position(|other| *other == site).unwrap_or_default();
        let starts = self.starts.get(position).map_or(&[][..], Vec::as_slice);
        let at = |index: usize| starts.get(index).copied().unwrap_or_default();
        at(area)..at(area + 1)
    }

    /// Every body of an area.
    pub(super) fn of_area(&self, area: usize) -> impl Iterator<Item = Body> {
        let offices = Office::ALL.into_iter().map(move |office| Body::Office(office, area));
        let sites = Site::ALL
            .into_iter()
            .flat_map(move |site| self.range(site, area).map(move |number| Body::Site(site, area, number)));
        offices.chain(sites)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_and_keys_belong_to_one_body() {
        let map = Map::new(12_000_000);
        let bodies = Bodies::new(&map, 12_000_000);
        let (mut codes, mut keys, mut schools, mut practices) = (HashSet::new(), HashSet::new(), 0, 0);
        for (position, area) in map.areas.iter().enumerate() {
            for body in bodies.of_area(position) {
                assert!(codes.insert(body.code(area)), "{body:?}");
                assert!(keys.insert(body.key()), "{body:?}");
                schools +=
                    usize::from(matches!(body.kind(), OrganisationKind::School | OrganisationKind::EarlyYearsSetting));
                practices += usize::from(body.kind() == OrganisationKind::GpPractice);
            }
        }
        assert!((40_000..56_000).contains(&schools), "{schools} schools");
        assert!((28_000..31_000).contains(&practices), "{practices} practices");
    }

    #[test]
    fn a_small_population_has_a_handful_of_everything() {
        let map = Map::new(2_000);
        let bodies = Bodies::new(&map, 2_000);
        for area in 0..2 {
            let count = bodies.of_area(area).count();
            assert!((24..40).contains(&count), "{count}");
            let school = bodies.site(Site::Primary, area, 12_345);
            assert!(bodies.of_area(area).any(|body| body == school));
        }
    }
}
