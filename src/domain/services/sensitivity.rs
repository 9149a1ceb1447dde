//! Whether an involvement is sensitive: the highest of its service, its organisation and its team.

use crate::domain::services::{OrganisationKind, Service, ServiceGroup};

/// How carefully the mere existence of a thing must be treated. Ordered, so that `max` takes the more careful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// Every practitioner may know.
    Ordinary,
    /// An ordinary reader learns only that an unspecified sensitive service is involved.
    Sensitive,
}

impl Sensitivity {
    /// From the mark an organisation or a team carries.
    pub const fn marked(sensitive: bool) -> Self {
        if sensitive { Self::Sensitive } else { Self::Ordinary }
    }

    /// Whether this is [`Sensitivity::Sensitive`].
    pub const fn is_sensitive(self) -> bool {
        matches!(self, Self::Sensitive)
    }
}

/// Which services an area treats as sensitive beyond those that always are. A setting can add, never take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SensitivityPolicy {
    /// Treat the police as sensitive.
    pub police: bool,
    /// Treat probation as sensitive.
    pub probation: bool,
    /// Treat youth justice as sensitive.
    pub youth_justice: bool,
}

impl SensitivityPolicy {
    /// The sensitivity of a service by itself.
    pub const fn of_service(&self, service: Service) -> Sensitivity {
        let set = match service {
            Service::Police => self.police,
            Service::Probation => self.probation,
            Service::YouthJustice => self.youth_justice,
            _ => false,
        };
        Sensitivity::marked(set || matches!(service.group(), ServiceGroup::Sensitive))
    }

    /// The sensitivity of an organisation: by its kind, or because it is marked.
    pub fn of_organisation(&self, kind: OrganisationKind, marked: Sensitivity) -> Sensitivity {
        let set = match kind {
            OrganisationKind::Police => self.police,
            OrganisationKind::Probation => self.probation,
            OrganisationKind::YouthJustice => self.youth_justice,
            _ => false,
        };
        Sensitivity::marked(set || kind.is_sensitive()).max(marked)
    }

    /// The sensitivity of an involvement. `organisation` comes from [`Self::of_organisation`]; `team` is the team's
    /// mark, or `None` without a team. So a mental health team in a "voluntary organisation" stays sensitive.
    pub fn of_involvement(
        &self,
        service: Service,
        organisation: Sensitivity,
        team: Option<Sensitivity>,
    ) -> Sensitivity {
        self.of_service(service).max(organisation).max(team.unwrap_or(Sensitivity::Ordinary))
    }

    /// The group an involvement is shown under: that of its service, unless anything about it is sensitive.
    pub fn group_of_involvement(
        &self,
        service: Service,
        organisation: Sensitivity,
        team: Option<Sensitivity>,
    ) -> ServiceGroup {
        match self.of_involvement(service, organisation, team) {
            Sensitivity::Sensitive => ServiceGroup::Sensitive,
            Sensitivity::Ordinary => service.group(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Sensitivity::{Ordinary, Sensitive};
    use super::*;

    const STRICT: SensitivityPolicy = SensitivityPolicy { police: true, probation: true, youth_justice: true };

    #[test]
    fn by_default_exactly_the_sensitive_group_is_sensitive() {
        let policy = SensitivityPolicy::default();
        for &service in Service::ALL {
            let expected = service.group() == ServiceGroup::Sensitive;
            assert_eq!(policy.of_service(service).is_sensitive(), expected, "{service}");
        }
        for &kind in OrganisationKind::ALL {
            assert_eq!(policy.of_organisation(kind, Ordinary).is_sensitive(), kind.is_sensitive(), "{kind}");
        }
    }

    #[test]
    fn a_setting_adds_police_probation_and_youth_justice_and_nothing_else() {
        let added: Vec<_> = Service::ALL
            .iter()
            .filter(|&&service| STRICT.of_service(service) > SensitivityPolicy::default().of_service(service))
            .map(|service| service.code())
            .collect();
        assert_eq!(added, ["youth-justice", "police", "probation"]);
        let kinds: Vec<_> = OrganisationKind::ALL
            .iter()
            .filter(|kind| STRICT.of_organisation(**kind, Ordinary).is_sensitive() && !kind.is_sensitive())
            .map(|kind| kind.code())
            .collect();
        assert_eq!(kinds, ["police", "probation", "youth-justice"]);
    }

    #[test]
    fn each_setting_concerns_its_own_service() {
        let police = SensitivityPolicy { police: true, ..SensitivityPolicy::default() };
        assert_eq!(police.of_service(Service::Police), Sensitive);
        assert_eq!(police.of_service(Service::Probation), Ordinary);
        assert_eq!(police.of_organisation(OrganisationKind::YouthJustice, Ordinary), Ordinary);
    }

    #[test]
    fn the_highest_of_service_organisation_and_team_decides() {
        let policy = SensitivityPolicy::default();
        for (service, organisation, team, expected) in [
            (Service::School, Ordinary, None, Ordinary),
            (Service::School, Ordinary, Some(Ordinary), Ordinary),
            (Service::MentalHealth, Ordinary, None, Sensitive),
            (Service::VoluntaryOrganisation, Sensitive, None, Sensitive),
            (Service::VoluntaryOrganisation, Ordinary, Some(Sensitive), Sensitive),
            (Service::VoluntaryOrganisation, Sensitive, Some(Ordinary), Sensitive),
        ] {
            assert_eq!(policy.of_involvement(service, organisation, team), expected);
            let group = if expected == Sensitive { ServiceGroup::Sensitive } else { service.group() };
            assert_eq!(policy.group_of_involvement(service, organisation, team), group);
        }
    }

    #[test]
    fn a_marked_organisation_is_sensitive_whatever_its_kind() {
        for &kind in OrganisationKind::ALL {
            assert_eq!(SensitivityPolicy::default().of_organisation(kind, Sensitive), Sensitive, "{kind}");
        }
    }

    #[test]
    fn no_setting_makes_anything_less_sensitive() {
        for &service in Service::ALL {
            assert!(STRICT.of_service(service) >= SensitivityPolicy::default().of_service(service));
        }
    }
}
