//! The single point of access: desks, and enquiries as a chain of coded outcomes under a clock of one working day.

use chrono::{Days, NaiveDate};
use chrono_tz::Europe::London;

use crate::domain::codes::codes;
use crate::domain::ids::{AccessPointId, AccountId, ChildId, EnquiryId, OrganisationId, TeamId};
use crate::domain::instants::Instant;
use crate::domain::routes::{Route, is_working_day};

codes! {
    /// What a desk is for.
    pub enum AccessPointKind {
        /// The single point of access of an area or a part of it.
        FrontDoor => "front-door",
        /// Advises lead professionals.
        LeadProfessionalAdviser => "lead-professional-adviser",
        /// Coordinates assessments of early help.
        AssessmentCoordinator => "assessment-coordinator",
    }
}

codes! {
    /// What is needed, as coarsely as a desk can be found by it: never what happened.
    pub enum Need {
        /// To know what there is.
        InformationAndAdvice => "information-and-advice",
        /// Help before problems grow.
        EarlyHelp => "early-help",
        /// Parenting and family life.
        FamilySupport => "family-support",
        /// Help before a birth and in the first year.
        BeforeBirth => "before-birth",
        /// Health and development.
        HealthAndDevelopment => "health-and-development",
        /// Special educational needs and disability.
        SpecialEducationalNeeds => "special-educational-needs",
        /// Attendance and learning.
        AttendanceAndLearning => "attendance-and-learning",
        /// Caring for somebody.
        YoungCarer => "young-carer",
        /// Housing and money.
        HousingAndMoney => "housing-and-money",
        /// Safety.
        Safeguarding => "safeguarding",
    }
}

codes! {
    /// Who called.
    pub enum CallerKind {
        /// Somebody who works with children.
        Practitioner => "practitioner",
        /// A parent or carer.
        ParentOrCarer => "parent-or-carer",
        /// The child or young person.
        ChildOrYoungPerson => "child-or-young-person",
        /// Anybody else.
        MemberOfThePublic => "member-of-the-public",
    }
}

codes! {
    /// What became of an enquiry, one link of its chain.
    pub enum EnquiryOutcome {
        /// Advice was given and nothing more is needed. Closes.
        AdviceOnly => "advice-only",
        /// Given to an organisation or a team.
        Allocated => "allocated",
        /// The receiver takes it on. Closes.
        Accepted => "accepted",
        /// The receiver does not take it on: it is the desk's again.
        Declined => "declined",
        /// Nobody could be found that it is about. Closes.
        NoTrace => "no-trace",
    }
}

codes! {
    /// Why a receiver declines.
    pub enum DeclineReason {
        /// The need is another service's.
        WrongService => "wrong-service",
        /// The family lives elsewhere.
        WrongArea => "wrong-area",
        /// The need does not reach the threshold.
        BelowThreshold => "below-threshold",
        /// Consent is needed and was not given.
        NoConsent => "no-consent",
        /// There is no room now.
        NoCapacity => "no-capacity",
    }
}

codes! {
    /// Where an enquiry stands.
    pub enum EnquiryState {
        /// The desk is to decide.
        Open => "open",
        /// The receiver is to decide.
        Allocated => "allocated",
        /// Declined by a receiver: the desk is to decide again.
        Returned => "returned",
        /// Advice was given.
        Advised => "advised",
        /// A receiver took it on.
        Accepted => "accepted",
        /// Nobody could be found that it is about.
        NoTrace => "no-trace",
    }
}

codes! {
    /// What a co-ordinator finds of how an enquiry was handled.
    pub enum QualityOutcome {
        /// As it should be.
        Meets => "meets-standard",
        /// Right, with something to learn.
        PartlyMeets => "partly-meets-standard",
        /// Not as it should be.
        DoesNotMeet => "does-not-meet-standard",
    }
}

codes! {
    /// Which enquiries a list is made of.
    pub enum EnquiryFilter {
        /// Those on which something is to be decided.
        Open => "open",
        /// Those on which a decision is overdue.
        Overdue => "overdue",
        /// Those closed and not yet judged by a co-ordinator.
        AwaitingReview => "awaiting-review",
        /// Those closed.
        Closed => "closed",
        /// All.
        All => "all",
    }
}

impl EnquiryState {
    /// Whether nothing more is to be decided.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Advised | Self::Accepted | Self::NoTrace)
    }

    /// Where an outcome leads; none where it cannot follow here.
    #[must_use]
    pub const fn after(self, outcome: EnquiryOutcome) -> Option<Self> {
        match (self, outcome) {
            (Self::Open | Self::Returned, EnquiryOutcome::AdviceOnly) => Some(Self::Advised),
            (Self::Open | Self::Returned, EnquiryOutcome::NoTrace) => Some(Self::NoTrace),
            (Self::Open | Self::Returned, EnquiryOutcome::Allocated) => Some(Self::Allocated),
            (Self::Allocated, EnquiryOutcome::Accepted) => Some(Self::Accepted),
            (Self::Allocated, EnquiryOutcome::Declined) => Some(Self::Returned),
            _ => None,
        }
    }
}

/// A desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessPoint {
    /// Its id.
    pub id: AccessPointId,
    /// The organisation that runs it.
    pub organisation: OrganisationId,
    /// What it is for.
    pub kind: AccessPointKind,
    /// Its name.
    pub name: String,
    /// The area (ONS code) it serves.
    pub area: String,
    /// The needs it answers to; every need where empty.
    pub needs: Vec<Need>,
    /// The postcode districts it serves; the whole area where empty.
    pub districts: Vec<String>,
    /// How to reach it.
    pub routes: Vec<Route>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl AccessPoint {
    /// Whether it serves a postcode district, given in upper case.
    #[must_use]
    pub fn serves(&self, district: &str) -> bool {
        self.districts.is_empty() || self.districts.iter().any(|served| served == district)
    }

    /// Whether it answers to a need.
    #[must_use]
    pub fn answers(&self, need: Need) -> bool {
        self.needs.is_empty() || self.needs.contains(&need)
    }

    /// Whether anybody can be reached there now.
    #[must_use]
    pub fn is_open_at(&self, now: Instant) -> bool {
        self.routes.iter().any(|route| route.availability(now).open_now)
    }
}

/// One link of an enquiry's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EnquiryStep {
    /// What was decided.
    pub outcome: EnquiryOutcome,
    /// Why it was declined.
    pub reason: Option<DeclineReason>,
    /// The organisation it was allocated to.
    pub organisation: Option<OrganisationId>,
    /// The team it was allocated to.
    pub team: Option<TeamId>,
    /// Who decided.
    pub account: AccountId,
    /// When.
    pub at: Instant,
}

/// An enquiry: codes alone, no narrative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enquiry {
    /// Its id.
    pub id: EnquiryId,
    /// The desk it came to.
    pub access_point: AccessPointId,
    /// The organisation that runs the desk.
    pub organisation: OrganisationId,
    /// The area of the desk.
    pub area: String,
    /// The child it is about, where one was found.
    pub child: Option<ChildId>,
    /// Who called.
    pub caller: CallerKind,
    /// What is needed.
    pub need: Need,
    /// Whether the child was known to other services, as far as who recorded it could see.
    pub known: bool,
    /// Where it stands.
    pub state: EnquiryState,
    /// The organisation it was allocated to last.
    pub receiver: Option<OrganisationId>,
    /// Who recorded it.
    pub recorded_by: AccountId,
    /// When.
    pub recorded_at: Instant,
    /// When the next decision is due; none once closed.
    pub due_at: Option<Instant>,
    /// When it was closed.
    pub closed_at: Option<Instant>,
    /// What a co-ordinator found of it, and when.
    pub quality: Option<(QualityOutcome, Instant)>,
    /// Counts changes, from 1.
    pub version: i64,
}

impl Enquiry {
    /// The enquiry after a step; none where the step cannot follow.
    #[must_use]
    pub fn after(&self, step: &EnquiryStep) -> Option<Self> {
        let state = self.state.after(step.outcome)?;
        let closed = state.is_closed();
        let mut next = self.clone();
        next.state = state;
        next.receiver = step.organisation.or(next.receiver);
        next.due_at = (!closed).then(|| one_working_day_after(step.at));
        next.closed_at = closed.then_some(step.at);
        Some(next)
    }

    /// Whether a decision is overdue.
    #[must_use]
    pub fn is_overdue_at(&self, now: Instant) -> bool {
        self.due_at.is_some_and(|due| due < now)
    }
}

/// The same time of day in London on the next working day; what comes in on a day off counts from the start of the next
/// working day.
#[must_use]
pub fn one_working_day_after(at: Instant) -> Instant {
    let local = at.to_utc().with_timezone(&London);
    let day = local.date_naive();
    let (from, time) =
        if is_working_day(day) { (day, local.time()) } else { (next_working_day(day), chrono::NaiveTime::MIN) };
    let due = next_working_day(from).and_time(time);
    // A time that the clock change leaves out or repeats is taken at its earliest.
    let due = due.and_local_timezone(London).earliest();
    due.map_or(at, |due| Instant(due.timestamp_micros()))
}

/// The same time of day so many working days later, counted as [`one_working_day_after`] counts one.
#[must_use]
pub fn working_days_after(at: Instant, days: u16) -> Instant {
    (0..days).fold(at, |at, _| one_working_day_after(at))
}

fn next_working_day(day: NaiveDate) -> NaiveDate {
    let ahead = (1..=10).filter_map(|days| day.checked_add_days(Days::new(days)));
    ahead.into_iter().find(|day| is_working_day(*day)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    #[test]
    fn the_clock_of_one_working_day() {
        for (from, due) in [
            ("2026-11-19T10:00:00Z", "2026-11-20T10:00:00Z"),
            // A Friday's is due on Monday, a Saturday's counts from Monday.
            ("2026-11-20T16:30:00Z", "2026-11-23T16:30:00Z"),
            ("2026-11-21T09:00:00Z", "2026-11-24T00:00:00Z"),
            // Christmas Day, a Friday, Boxing Day's substitute on Monday.
            ("2026-12-24T12:00:00Z", "2026-12-29T12:00:00Z"),
            // Over the end of summer time.
            ("2026-10-23T09:00:00Z", "2026-10-26T10:00:00Z"),
        ] {
            assert_eq!(one_working_day_after(at(from)), at(due), "{from}");
        }
        for (days, due) in [(0, "2026-11-19T10:00:00Z"), (1, "2026-11-20T10:00:00Z"), (5, "2026-11-26T10:00:00Z")] {
            assert_eq!(working_days_after(at("2026-11-19T10:00:00Z"), days), at(due), "{days}");
        }
        assert_eq!(working_days_after(at("2026-12-24T12:00:00Z"), 3), at("2026-12-31T12:00:00Z"));
    }

    fn an_enquiry() -> Enquiry {
        Enquiry {
            id: EnquiryId::new(),
            access_point: AccessPointId::new(),
            organisation: OrganisationId::new(),
            area: "E06000054".into(),
            child: None,
            caller: CallerKind::Practitioner,
            need: Need::EarlyHelp,
            known: false,
            state: EnquiryState::Open,
            receiver: None,
            recorded_by: AccountId::new(),
            recorded_at: at("2026-11-19T10:00:00Z"),
            due_at: Some(at("2026-11-20T10:00:00Z")),
            closed_at: None,
            quality: None,
            version: 1,
        }
    }

    fn steps() -> impl Strategy<Value = Vec<EnquiryOutcome>> {
        proptest::collection::vec(proptest::sample::select(EnquiryOutcome::ALL), 0..12)
    }

    proptest! {
        #[test]
        fn a_chain_never_goes_on_after_its_end_and_its_clock_stops_there(outcomes in steps()) {
            let mut enquiry = an_enquiry();
            for (number, outcome) in outcomes.into_iter().enumerate() {
                let step = EnquiryStep {
                    outcome, reason: None, organisation: None, team: None,
                    account: AccountId::new(),
                    at: enquiry.recorded_at.plus(i64::try_from(number).unwrap()),
                };
                let was_closed = enquiry.state.is_closed();
                let next = enquiry.after(&step);
                prop_assert!(!(was_closed && next.is_some()));
                // Acceptance and refusal are a receiver's, and only once it was given something.
                if matches!(outcome, EnquiryOutcome::Accepted | EnquiryOutcome::Declined) {
                    prop_assert_eq!(next.is_some(), enquiry.state == EnquiryState::Allocated);
                }
                enquiry = next.unwrap_or(enquiry);
                prop_assert_eq!(enquiry.state.is_closed(), enquiry.closed_at.is_some());
                prop_assert_eq!(enquiry.state.is_closed(), enquiry.due_at.is_none());
            }
        }

        #[test]
        fn a_working_day_is_never_less_than_a_day_nor_more_than_a_week(micros in 1_700_000_000_000_000_i64..1_900_000_000_000_000) {
            let due = one_working_day_after(Instant(micros));
            prop_assert!(is_working_day(due.day()));
            let hours = (due.0 - micros) / crate::domain::instants::HOUR;
            prop_assert!((23..=7 * 24).contains(&hours), "{hours}");
        }
    }
}
