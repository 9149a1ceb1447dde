//! What a line must satisfy beyond the types of its fields: bounds on every text and list, and fields that agree.

use chrono::{Days, NaiveDate};

use super::problems::BulkProblem;
use super::{BulkAddress, BulkCarer, BulkChild, BulkInvolvement, BulkOrganisation, BulkPractitioner, BulkRoute};
use crate::domain::children::{AddressState, ChildStatus, STAYS_AT_MOST_UNTIL};
use crate::domain::instants::years_after;
use crate::domain::involvements::{GroundKind, LeadKind};
use crate::domain::services::{Service, ServiceGroup};
use crate::domain::sex::Sex;
use crate::domain::texts::is_printable;

/// Longest code of an organisation or team, in characters.
const LONGEST_CODE: usize = 64;
/// Longest name of anything, and longest line of an address, in characters.
const LONGEST_NAME: usize = 200;
/// Longest key of a source, in characters.
const LONGEST_KEY: usize = 100;
/// Nobody older than this is in the index: 25, and then six years in the archive.
const OLDEST_YEARS: u32 = STAYS_AT_MOST_UNTIL + 7;
/// Nobody is accredited for longer than this without being looked at again, in years.
const LONGEST_ACCREDITATION: u32 = 10;
/// How long before a birth a service may begin, in days.
const BEFORE_BIRTH_DAYS: u64 = 300;
/// How far ahead a school place or the end of a service may be known, in days.
const AHEAD_DAYS: u64 = 800;

/// Collects what is wrong with a line, with the pointer to where.
#[derive(Default)]
struct Checks {
    problems: Vec<BulkProblem>,
}

impl Checks {
    fn require(&mut self, holds: bool, pointer: impl FnOnce() -> String, message: &str) {
        if !holds {
            self.problems.push(BulkProblem::new(pointer(), message));
        }
    }

    /// A text that must be there, on one line, and bounded.
    fn text(&mut self, text: &str, longest: usize, pointer: impl Fn() -> String) {
        self.require(!text.is_empty(), &pointer, "must not be empty");
        self.optional_text(text, longest, pointer);
    }

    fn optional_text(&mut self, text: &str, longest: usize, pointer: impl Fn() -> String) {
        // Counting characters only where there are enough bytes keeps this off the common path.
        let fits = text.len() <= longest || text.chars().count() <= longest;
        if !fits {
            self.problems.push(BulkProblem::new(pointer(), format!("must be at most {longest} characters")));
        }
        self.require(is_printable(text), pointer, "must be printable text on one line");
    }

    fn code(&mut self, code: &str, pointer: impl Fn() -> String) {
        self.text(code, LONGEST_CODE, &pointer);
        let good = code.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/'));
        self.require(good, pointer, "may contain only letters, digits and - _ . /");
    }

    fn area(&mut self, area: &str, pointer: impl FnOnce() -> String) {
        let good = area.len() == 9
            && area.starts_with(['E', 'W', 'S', 'N', 'J', 'L', 'M'])
            && area.bytes().skip(1).all(|byte| byte.is_ascii_digit());
        self.require(good, pointer, "must be the code of an area such as E06000054");
    }

    fn count(&mut self, count: usize, most: usize, pointer: &str) {
        if count > most {
            self.problems.push(BulkProblem::new(pointer, format!("must have at most {most} entries")));
        }
    }
}

/// All that is wrong with an organisation.
pub(super) fn check_organisation(organisation: &BulkOrganisation, today: NaiveDate) -> Vec<BulkProblem> {
    const AT: &str = "/organisation";
    let mut checks = Checks::default();
    checks.code(&organisation.code, || format!("{AT}/code"));
    checks.text(&organisation.name, LONGEST_NAME, || format!("{AT}/name"));
    checks.area(&organisation.area, || format!("{AT}/area"));
    let in_reach = organisation.accredited_until.is_none_or(|until| until <= years_after(today, LONGEST_ACCREDITATION));
    checks.require(in_reach, || format!("{AT}/accredited_until"), "must not lie more than ten years ahead");
    check_routes(&mut checks, &organisation.routes, AT);
    checks.count(organisation.teams.len(), 500, "/organisation/teams");
    let mut codes: Vec<&str> = Vec::with_capacity(organisation.teams.len());
    for (index, team) in organisation.teams.iter().enumerate() {
        let at = format!("{AT}/teams/{index}");
        checks.code(&team.code, || format!("{at}/code"));
        checks.require(!codes.contains(&team.code.as_str()), || format!("{at}/code"), "is the code of a team above");
        codes.push(&team.code);
        checks.text(&team.name, LONGEST_NAME, || format!("{at}/name"));
        if let Some(area) = &team.area {
            checks.area(area, || format!("{at}/area"));
        }
        check_routes(&mut checks, &team.routes, &at);
    }
    checks.problems
}

fn check_routes(checks: &mut Checks, routes: &[BulkRoute], at: &str) {
    checks.count(routes.len(), 10, &format!("{at}/routes"));
    for (index, route) in routes.iter().enumerate() {
        if let Err(error) = route.route() {
            checks.problems.push(BulkProblem::new(format!("{at}/routes/{index}"), error.to_string()));
        }
    }
}

/// All that is wrong with a child.
pub(super) fn check_child(child: &BulkChild, today: NaiveDate) -> Vec<BulkProblem> {
    let mut checks = Checks::default();
    checks.text(&child.source_key, LONGEST_KEY, || "/source_key".to_owned());
    if let Some(code) = &child.supplied_by {
        checks.code(code, || "/supplied_by".to_owned());
    }
    checks.text(&child.name.family, LONGEST_NAME, || "/name/family".to_owned());
    checks.optional_text(&child.name.given, LONGEST_NAME, || "/name/given".to_owned());
    checks.count(child.other_names.len(), 20, "/other_names");
    for (index, name) in child.other_names.iter().enumerate() {
        checks.text(&name.family, LONGEST_NAME, || format!("/other_names/{index}/family"));
        checks.optional_text(&name.given, LONGEST_NAME, || format!("/other_names/{index}/given"));
    }
    check_life(&mut checks, child, today);
    if let Some(address) = &child.address {
        check_address(&mut checks, address);
    }
    check_identifiers(&mut checks, child);
    checks.count(child.carers.len(), 20, "/carers");
    for (index, carer) in child.carers.iter().enumerate() {
        check_carer(&mut checks, carer, index);
    }
    check_involvements(&mut checks, child, today);
    checks.problems
}

/// Birth, death and status agree.
fn check_life(checks: &mut Checks, child: &BulkChild, today: NaiveDate) {
    let at = |field: &'static str| move || field.to_owned();
    let (born_on, expected_on) = (child.date_of_birth, child.expected_on);
    checks.require(
        born_on.is_some() != expected_on.is_some(),
        at("/date_of_birth"),
        "one of date_of_birth and expected_on is required, and not both",
    );
    if let Some(born_on) = born_on {
        let in_range = born_on <= today && years_after(born_on, OLDEST_YEARS) >= today;
        checks.require(in_range, at("/date_of_birth"), "must be the birthday of a child, not after today");
        checks.require(
            child.status != Some(ChildStatus::Unborn),
            at("/status"),
            "must not be unborn with a date of birth",
        );
    }
    if let Some(expected_on) = expected_on {
        let in_range = (before(today, 60)..=after(today, BEFORE_BIRTH_DAYS)).contains(&expected_on);
        checks.require(in_range, at("/expected_on"), "must be the expected date of a birth still to come");
        checks.require(
            matches!(child.status, None | Some(ChildStatus::Unborn)),
            at("/status"),
            "must be unborn, or absent, with expected_on",
        );
        checks.require(matches!(child.sex, Sex::U), at("/sex"), "must be U, or absent, before birth");
        checks.require(child.stays_until.is_none(), at("/stays_until"), "has no place before birth");
    }
    checks.require(child.status != Some(ChildStatus::Merged), at("/status"), "must not be merged in a feed");
    match (child.died_on, child.status) {
        (None, status) => {
            checks.require(status != Some(ChildStatus::Deceased), at("/died_on"), "is required for a deceased child");
        }
        (Some(died_on), status) => {
            let consistent = matches!(status, None | Some(ChildStatus::Deceased | ChildStatus::Archived));
            checks.require(consistent, at("/status"), "must be deceased or archived, or absent, with died_on");
            let after_birth = born_on.is_some_and(|born_on| died_on >= born_on);
            checks.require(after_birth && died_on <= today, at("/died_on"), "must lie between birth and today");
        }
    }
    if let (Some(stays_until), Some(born_on)) = (child.stays_until, born_on) {
        let in_range = stays_until >= born_on && stays_until <= years_after(born_on, STAYS_AT_MOST_UNTIL);
        checks.require(in_range, at("/stays_until"), "must not be later than the 25th birthday");
    }
}

fn check_address(checks: &mut Checks, address: &BulkAddress) {
    checks.count(address.lines.len(), 6, "/address/lines");
    for (index, line) in address.lines.iter().enumerate() {
        checks.text(line.trim(), LONGEST_NAME, || format!("/address/lines/{index}"));
    }
    let at = |field: &'static str| move || field.to_owned();
    match address.state() {
        AddressState::NoneKnown => {
            let none = address.lines.is_empty() && address.postcode().is_none();
            checks.require(none, at("/address/state"), "must not be none_known with an address");
        }
        AddressState::Current | AddressState::LastKnown => {
            let some = !address.lines.is_empty() || address.postcode().is_some();
            checks.require(some, at("/address"), "must have lines or a postcode in this state");
        }
        AddressState::LeftArea => {}
    }
    let placed = address.intent.is_none() || matches!(address.state(), AddressState::LeftArea);
    checks.require(placed, at("/address/intent"), "has a place only with the state left_area");
}

fn check_identifiers(checks: &mut Checks, child: &BulkChild) {
    checks.count(child.identifiers.len(), 20, "/identifiers");
    let mut seen = Vec::with_capacity(child.identifiers.len());
    for (index, given) in child.identifiers.iter().enumerate() {
        match given.identifier() {
            Ok(identifier) => {
                let repeated = seen.contains(&identifier);
                checks.require(!repeated, || format!("/identifiers/{index}"), "is given twice");
                seen.push(identifier);
            }
            Err(error) => {
                checks.problems.push(BulkProblem::new(format!("/identifiers/{index}/value"), error.to_string()))
            }
        }
    }
}

fn check_carer(checks: &mut Checks, carer: &BulkCarer, index: usize) {
    checks.text(&carer.name, LONGEST_NAME, || format!("/carers/{index}/name"));
    checks.text(&carer.relationship, 40, || format!("/carers/{index}/relationship"));
}

fn check_involvements(checks: &mut Checks, child: &BulkChild, today: NaiveDate) {
    checks.count(child.involvements.len(), 100, "/involvements");
    let earliest = child.date_of_birth.or(child.expected_on).map(|born_on| before(born_on, BEFORE_BIRTH_DAYS));
    let mut leads: Vec<LeadKind> = Vec::new();
    for (index, involvement) in child.involvements.iter().enumerate() {
        let at = |field: &'static str| move || format!("/involvements/{index}{field}");
        checks.code(&involvement.organisation, at("/organisation"));
        if let Some(team) = &involvement.team {
            checks.code(team, at("/team"));
        }
        if let Some(practitioner) = &involvement.practitioner {
            check_practitioner(checks, practitioner, index);
        }
        check_days(checks, involvement, index, earliest, today);
        check_ground(checks, involvement, index, today);
        let before_birth =
            matches!(involvement.service, Service::Maternity | Service::HealthVisiting | Service::ChildrensSocialCare);
        let message = "must be maternity, health-visiting or childrens-social-care before birth";
        checks.require(before_birth || child.expected_on.is_none(), at("/service"), message);
        if let (Some(lead), None) = (involvement.lead_professional, involvement.ended_on) {
            let message = "there is a current lead professional of this kind above";
            checks.require(!leads.contains(&lead), at("/lead_professional"), message);
            leads.push(lead);
        }
        let named = involvement.lead_professional.is_none() || involvement.practitioner.is_some();
        checks.require(named, at("/practitioner"), "is required of a lead professional");
    }
}

fn check_practitioner(checks: &mut Checks, practitioner: &BulkPractitioner, index: usize) {
    let at = format_args!("/involvements/{index}/practitioner");
    checks.text(&practitioner.name, LONGEST_NAME, || format!("{at}/name"));
    checks.text(&practitioner.job_title, LONGEST_NAME, || format!("{at}/job_title"));
    if !practitioner.routes.is_empty() {
        check_routes(checks, &practitioner.routes, &at.to_string());
    }
}

fn check_days(
    checks: &mut Checks,
    involvement: &BulkInvolvement,
    index: usize,
    earliest: Option<NaiveDate>,
    today: NaiveDate,
) {
    let at = |field: &'static str| move || format!("/involvements/{index}{field}");
    let latest = after(today, AHEAD_DAYS);
    let started_on = involvement.started_on;
    let in_range = started_on <= latest && earliest.is_none_or(|earliest| started_on >= earliest);
    checks.require(in_range, at("/started_on"), "must lie between pregnancy and a school place already given");
    if let Some(ended_on) = involvement.ended_on {
        let in_range = ended_on >= started_on && ended_on <= latest;
        checks.require(in_range, at("/ended_on"), "must not be before started_on");
    }
    if let Some(confirmed_on) = involvement.last_confirmed_on {
        let in_range = confirmed_on <= today && earliest.is_none_or(|earliest| confirmed_on >= earliest);
        checks.require(in_range, at("/last_confirmed_on"), "must not be after today");
    }
}

fn check_ground(checks: &mut Checks, involvement: &BulkInvolvement, index: usize, today: NaiveDate) {
    let at = |field: &'static str| move || format!("/involvements/{index}{field}");
    let Some(ground) = involvement.ground else {
        let needed = involvement.service.group() == ServiceGroup::Sensitive;
        checks.require(!needed, at("/ground"), "is required for a sensitive service: consent or significant-harm");
        return;
    };
    let consented = ground.given_by.is_none() || ground.kind == GroundKind::Consent;
    checks.require(consented, at("/ground/given_by"), "has a place only with consent");
    checks.require(ground.on.is_none_or(|on| on <= today), at("/ground/on"), "must not be after today");
    let judged = ground.judged.is_none_or(|judged| ground.given_by == Some(judged.is_of()));
    checks.require(judged, at("/ground/judged"), "must be of whoever gave the consent");
    let until = ground.until.is_none_or(|until| ground.kind == GroundKind::Consent && Some(until) >= ground.on);
    checks.require(until, at("/ground/until"), "has a place only with consent, and not before it was given");
}

fn before(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_sub_days(Days::new(days)).unwrap_or(NaiveDate::MIN)
}

fn after(day: NaiveDate, days: u64) -> NaiveDate {
    day.checked_add_days(Days::new(days)).unwrap_or(NaiveDate::MAX)
}
