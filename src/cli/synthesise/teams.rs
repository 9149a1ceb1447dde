//! The teams inside the bodies, when each can be reached, and their lines in the bulk format.

use std::sync::LazyLock;

use super::bodies::{Body, Office, Site};
use super::dice::{hash, mix};
use super::homes::mailbox;
use super::numbers::work_phone;
use super::places::Area;
use crate::domain::bulk::{BulkOrganisation, BulkRoute, BulkTeam};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::routes::{OpeningHours, RouteKind};

/// A kind of team in an office.
pub(super) struct TeamKind {
    /// The first part of its code.
    pub(super) code: &'static str,
    name: &'static str,
    /// Children for each such team; 0 for a single one.
    each: u64,
    sensitive: bool,
    hours: Shift,
}

/// When somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shift {
    Office,
    LongDay,
    Clinic,
    Nights,
    Always,
    School,
    Surgery,
    Setting,
}

impl Shift {
    const ALL: [Self; 8] = [
        Self::Office,
        Self::LongDay,
        Self::Clinic,
        Self::Nights,
        Self::Always,
        Self::School,
        Self::Surgery,
        Self::Setting,
    ];

    const fn text(self) -> &'static str {
        match self {
            Self::Office => "Mo-Th 08:45-17:15; Fr 08:45-16:45; PH off",
            Self::LongDay => "Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off",
            Self::Clinic => "Mo,We 13:00-19:00; Sa 10:00-13:00; PH off",
            Self::Nights => "Mo-Fr 17:00-08:45; Sa-Su 00:00-24:00; PH 00:00-24:00",
            Self::Always => "24/7",
            Self::School => "Mo-Fr 08:00-16:30; PH off",
            Self::Surgery => "Mo-Fr 08:00-18:30; PH off",
            Self::Setting => "Mo-Fr 07:30-18:00; PH off",
        }
    }

    fn hours(self) -> Option<OpeningHours> {
        static HOURS: LazyLock<Vec<Option<OpeningHours>>> =
            LazyLock::new(|| Shift::ALL.iter().map(|shift| OpeningHours::parse(shift.text()).ok()).collect());
        let position = Self::ALL.iter().position(|shift| *shift == self)?;
        HOURS.get(position).copied().flatten()
    }
}

const fn team(code: &'static str, name: &'static str, each: u64, hours: Shift) -> TeamKind {
    TeamKind { code, name, each, sensitive: false, hours }
}

const COUNCIL: &[TeamKind] = &[
    team("duty", "Single Point of Access", 0, Shift::LongDay),
    team("edt", "Emergency Duty Team", 0, Shift::Nights),
    team("assessment", "Assessment Team", 15_000, Shift::Office),
    team("safeguarding", "Child Protection and Family Support Team", 12_000, Shift::Office),
    team("looked-after", "Children Looked After Team", 25_000, Shift::Office),
    team("disabled-children", "Disabled Children's Team", 0, Shift::Office),
    team("early-help", "Early Help Locality Team", 8_000, Shift::LongDay),
    team("sen", "SEN and Inclusion Service", 0, Shift::Office),
    team("psychology", "Educational Psychology Service", 0, Shift::Office),
    team("attendance", "Education Welfare Service", 0, Shift::Office),
    team("virtual-school", "Virtual School", 0, Shift::Office),
    team("home-education", "Elective Home Education Team", 0, Shift::Office),
    team("fostering", "Fostering and Adoption Service", 0, Shift::Office),
    team("youth", "Integrated Youth Service", 0, Shift::Clinic),
    team("hub", "Family Hub", 12_000, Shift::LongDay),
];
const COMMUNITY_HEALTH: &[TeamKind] = &[
    team("health-visiting", "Health Visiting Team", 4_000, Shift::Office),
    team("school-nursing", "School Nursing Team", 8_000, Shift::School),
    team("therapies", "Children's Therapies", 20_000, Shift::Office),
    team("paediatrics", "Community Paediatrics", 0, Shift::Office),
];
const HOSPITAL: &[TeamKind] = &[
    team("maternity", "Community Midwifery Team", 15_000, Shift::Always),
    team("paediatrics", "Children's Outpatients", 0, Shift::Office),
    team("safeguarding", "Hospital Safeguarding Team", 0, Shift::Office),
];
const MENTAL_HEALTH: &[TeamKind] = &[
    team("community", "Community CAMHS Team", 20_000, Shift::Office),
    team("crisis", "CAMHS Crisis Team", 0, Shift::Always),
    team("eating-disorders", "Eating Disorders Team", 0, Shift::Office),
];
const CHARITY: &[TeamKind] = &[
    team("family-support", "Family Support", 0, Shift::Office),
    team("young-carers", "Young Carers", 0, Shift::Clinic),
    // A counselling team in a charity: sensitive although neither its service nor its organisation is.
    TeamKind {
        code: "counselling",
        name: "Counselling for Young People",
        each: 0,
        sensitive: true,
        hours: Shift::Clinic,
    },
];
const POLICE: &[TeamKind] = &[team("protection", "Public Protection Unit", 0, Shift::Always)];
const YOUTH_JUSTICE: &[TeamKind] = &[team("court", "Court and Community Team", 0, Shift::Office)];
const REFUGE: &[TeamKind] = &[team("children", "Children's Support", 0, Shift::Always)];

/// The kinds of team in a body.
pub(super) const fn team_kinds(body: Body) -> &'static [TeamKind] {
    match body {
        Body::Office(Office::Council, _) => COUNCIL,
        Body::Office(Office::CommunityHealth, _) => COMMUNITY_HEALTH,
        Body::Office(Office::Hospital, _) => HOSPITAL,
        Body::Office(Office::MentalHealth, _) => MENTAL_HEALTH,
        Body::Office(Office::Charity, _) => CHARITY,
        Body::Office(Office::Police, _) => POLICE,
        Body::Office(Office::YouthJustice, _) => YOUTH_JUSTICE,
        Body::Office(Office::Refuge, _) => REFUGE,
        _ => &[],
    }
}

impl TeamKind {
    /// How many such teams there are for so many children.
    fn count(&self, children: u64) -> u64 {
        children.checked_div(self.each).map_or(1, |count| count.max(1))
    }

    /// The code of one of them; the same for the same `choice`.
    pub(super) fn code_for(&self, children: u64, choice: u64) -> String {
        self.code_of(choice % self.count(children))
    }

    fn code_of(&self, number: u64) -> String {
        if self.each == 0 { self.code.to_owned() } else { format!("{}-{}", self.code, number + 1) }
    }
}

/// The kind of team with this code, where the body has it.
pub(super) fn find_team(body: Body, code: &str) -> Option<&'static TeamKind> {
    team_kinds(body).iter().find(|team| team.code == code)
}

/// The part of an e-mail address that says where somebody works.
pub(super) fn domain(body: Body, area: &Area) -> String {
    let word = match body {
        Body::Office(Office::Council | Office::Management, _) => "council",
        Body::Office(Office::Police, _) => "police",
        Body::Office(Office::Charity | Office::Refuge, _) => "charity",
        Body::Office(Office::YouthJustice | Office::Probation | Office::Cafcass, _) => "justice",
        Body::Office(Office::Housing, _) => "housing",
        Body::Site(Site::Practice, ..) | Body::Office(..) => "health",
        Body::Site(..) => "education",
    };
    let place: String = area.name.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    format!("{place}-{word}.example.org")
}

fn route(kind: RouteKind, area: &Area, number: u64, shift: Shift) -> BulkRoute {
    BulkRoute { kind, phone: work_phone(area.phone_prefix, number), email: None, hours: shift.hours() }
}

fn mail(name: &str, domain: &str) -> Option<BulkRoute> {
    let email = EmailAddress::parse(&format!("{}@{domain}", mailbox(name))).ok()?;
    Some(BulkRoute { kind: RouteKind::SecureEmail, phone: None, email: Some(email), hours: None })
}

/// The line that defines a body.
pub(super) fn organisation(body: Body, area: &Area, children: u64, seed: u64) -> BulkOrganisation {
    let (code, key) = (body.code(area), body.key());
    let domain = domain(body, area);
    let (shift, nights) = body_hours(body);
    let mut routes = vec![route(if nights { RouteKind::DutyDesk } else { RouteKind::Team }, area, key, shift)];
    if nights {
        routes.push(route(RouteKind::OutOfHours, area, mix(key), Shift::Nights));
    }
    routes.extend(mail(&code.replace('-', " "), &domain));
    let mut teams = Vec::new();
    for kind in team_kinds(body) {
        for number in 0..kind.count(children) {
            let code = kind.code_of(number);
            let town = usize::try_from(number).ok().and_then(|number| area.towns.get(number % area.towns.len().max(1)));
            let name = match town {
                Some(town) if kind.each > 0 => format!("{} {town}", kind.name),
                _ => kind.name.to_owned(),
            };
            let called = match kind.hours {
                Shift::Nights => RouteKind::OutOfHours,
                _ if kind.code == "duty" => RouteKind::DutyDesk,
                _ => RouteKind::Team,
            };
            let mut routes = vec![route(called, area, key ^ hash(&code), kind.hours)];
            if kind.code == "duty" {
                routes.extend(mail("referrals", &domain));
            }
            teams.push(BulkTeam { code, name, sensitive: kind.sensitive, area: None, routes });
        }
    }
    BulkOrganisation {
        name: body.name(area, seed),
        kind: body.kind(),
        area: area.code.to_owned(),
        sensitive: false,
        accredited_until: None,
        lawful_basis: None,
        code,
        routes,
        teams,
    }
}

/// When a body answers, and whether somebody does at night.
const fn body_hours(body: Body) -> (Shift, bool) {
    match body {
        Body::Office(Office::Council | Office::Management, _) => (Shift::LongDay, true),
        Body::Office(Office::Hospital | Office::Police | Office::Refuge, _) => (Shift::Always, false),
        Body::Office(Office::MentalHealth, _) | Body::Site(Site::Practice, ..) => (Shift::Surgery, true),
        Body::Office(Office::SexualHealth | Office::SubstanceMisuse, _) => (Shift::Clinic, false),
        Body::Office(Office::Housing, _) => (Shift::Office, true),
        Body::Office(_, _) => (Shift::Office, false),
        Body::Site(Site::Nursery, ..) => (Shift::Setting, false),
        Body::Site(..) => (Shift::School, false),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bodies::Bodies;
    use super::super::places::Map;
    use super::*;
    use crate::domain::bulk::BulkLine;
    use std::collections::HashSet;

    #[test]
    fn every_organisation_is_a_good_line_and_can_be_reached() {
        let map = Map::new(2_000);
        let bodies = Bodies::new(&map, 2_000);
        let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        for (position, area) in map.areas.iter().enumerate() {
            for body in bodies.of_area(position) {
                let organisation = organisation(body, area, bodies.children_in(position), 42);
                assert!(organisation.routes.iter().all(|route| route.route().is_ok()), "{body:?}");
                assert!(organisation.teams.iter().all(|team| !team.routes.is_empty()), "{body:?}");
                let line = BulkLine::Organisation(organisation);
                let text = serde_json::to_string(&line).unwrap();
                assert_eq!(BulkLine::parse(&text, today), Ok(line));
            }
        }
    }

    #[test]
    fn the_number_that_works_depends_on_the_hour() {
        let map = Map::new(2_000);
        let council = organisation(Body::Office(Office::Council, 0), &map.areas[0], 1_000, 42);
        let kinds: HashSet<_> = council.routes.iter().map(|route| route.kind).collect();
        assert!(kinds.contains(&RouteKind::DutyDesk) && kinds.contains(&RouteKind::OutOfHours));
        let hours: HashSet<_> = council.teams.iter().filter_map(|team| team.routes[0].hours).collect();
        assert!(hours.len() >= 4);
        for shift in Shift::ALL {
            assert!(shift.hours().is_some(), "{}", shift.text());
        }
    }
}
