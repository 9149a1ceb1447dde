//! Households that are always there, early and in the first area, so that a demo of any size can show each kind.

use super::places::Place;

/// What a household shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Story {
    /// A child with several services and nothing hidden.
    Ordinary,
    /// Early help with a lead professional.
    LeadProfessional,
    /// A family in a refuge, shielded.
    Refuge,
    /// A young person with a mental health service.
    Sensitive,
    /// A child whose family name changed.
    FormerName,
    /// Past 18 without consent to stay.
    Archived,
    /// Twins.
    Twins,
    /// Nobody has confirmed anything for long.
    Stale,
    /// A family with a new identity, sealed.
    WitnessProtection,
    /// A child not yet born, and a brother or sister.
    Unborn,
    /// No address is known.
    NoAddress,
    /// A child protection plan with its lead professional.
    ChildProtection,
    /// An adopted child, shielded, with a former name.
    Adopted,
    /// Past 18 with consent to stay.
    Staying,
    /// A child who died within the year.
    Deceased,
    /// A family that left the area.
    LeftArea,
}

impl Story {
    pub(super) const ALL: [Self; 16] = [
        Self::Ordinary,
        Self::LeadProfessional,
        Self::Refuge,
        Self::Sensitive,
        Self::FormerName,
        Self::Archived,
        Self::Twins,
        Self::Stale,
        Self::WitnessProtection,
        Self::Unborn,
        Self::NoAddress,
        Self::ChildProtection,
        Self::Adopted,
        Self::Staying,
        Self::Deceased,
        Self::LeftArea,
    ];

    /// The story of the household at this place, if it has one: every second household of the first area, until all
    /// stories are told.
    pub(super) fn at(place: Place) -> Option<Self> {
        const EVERY: u64 = 2;
        if place.area != 0 || place.slot % EVERY != 1 {
            return None;
        }
        usize::try_from(place.slot / EVERY).ok().and_then(|number| Self::ALL.get(number)).copied()
    }

    /// The ages of its children in days, the eldest first; negative before birth.
    pub(super) const fn ages(self) -> &'static [i32] {
        const YEAR: i32 = 365;
        match self {
            Self::Ordinary => &[8 * YEAR + 100, 5 * YEAR + 150],
            Self::LeadProfessional => &[10 * YEAR + 60, 7 * YEAR + 30],
            Self::Refuge => &[6 * YEAR + 90, 3 * YEAR + 20],
            Self::Sensitive => &[15 * YEAR + 40],
            Self::FormerName => &[9 * YEAR + 100],
            Self::Archived => &[18 * YEAR + 60],
            Self::Twins => &[6 * YEAR + 50, 6 * YEAR + 50],
            // Two years into secondary school, so that no entry is new.
            Self::Stale => &[13 * YEAR + 300],
            Self::WitnessProtection => &[12 * YEAR + 10, 9 * YEAR + 200],
            Self::Unborn => &[2 * YEAR + 100, -120],
            Self::NoAddress => &[4 * YEAR + 20],
            Self::ChildProtection => &[3 * YEAR + 80],
            Self::Adopted => &[5 * YEAR + 200],
            Self::Staying => &[18 * YEAR + 90],
            Self::Deceased => &[7 * YEAR + 10],
            Self::LeftArea => &[11 * YEAR + 100],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::places::Map;
    use super::*;

    #[test]
    fn all_stories_are_told_early() {
        for children in [200, 2_000, 12_000_000] {
            let map = Map::new(children);
            // Two hundred children are at least some sixty households, at six a household at most.
            let told: Vec<_> = (0..100).filter_map(|household| Story::at(map.place(household))).collect();
            if children < 100_000 {
                assert_eq!(told, Story::ALL, "{children}");
            }
        }
    }
}
