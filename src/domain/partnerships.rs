//! Partnerships: an area's set of member organisations, and the agreements on how much of their entries is shown.
//!
//! An agreement only ever narrows what the policy shows: of the members' entries about children of the partnership's
//! area, service by service, for readers of member organisations and for all others.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::domain::codes::codes;
use crate::domain::ids::{OrganisationId, PartnershipId};
use crate::domain::instants::Instant;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::services::{Service, ServiceGroup};

codes! {
    /// How an agreement stands: it is drafted, then adopted, then ended.
    pub enum AgreementState {
        /// It is being written and binds nobody; only now may it be changed.
        Draft => "draft",
        /// It binds on the days it is for.
        Adopted => "adopted",
        /// It binds nobody any more.
        Ended => "ended",
    }
}

codes! {
    /// How much is told of an entry where an agreement says so; the narrowest first, so that `min` takes the narrower.
    pub enum DefaultVisibility {
        /// Nothing, not even that it exists.
        Withheld => "withheld",
        /// That there is an entry, and nothing else of it: the management team puts in touch.
        Brokered => "brokered",
        /// As much as without an agreement.
        Shown => "shown",
    }
}

codes! {
    /// For whom a dry run looks.
    pub enum Audience {
        /// Readers of the member organisations.
        Members => "members",
        /// All other readers.
        Outside => "outside",
    }
}

codes! {
    /// What becomes of an entry for its readers when a draft is adopted.
    pub enum AgreementEffect {
        /// Nothing is told of it any more.
        Vanishes => "vanishes",
        /// No more is told than that there is one.
        BecomesBrokered => "becomes-brokered",
        /// More is told than under the agreement that is in force.
        Appears => "appears",
    }
}

impl AgreementEffect {
    /// What it comes to that so much is told where so much was; none where that is the same.
    #[must_use]
    pub fn of(before: DefaultVisibility, after: DefaultVisibility) -> Option<Self> {
        match after.cmp(&before) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => Some(Self::Appears),
            std::cmp::Ordering::Less if after == DefaultVisibility::Withheld => Some(Self::Vanishes),
            std::cmp::Ordering::Less => Some(Self::BecomesBrokered),
        }
    }
}

/// A partnership of an area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partnership {
    /// Its id.
    pub id: PartnershipId,
    /// The area (ONS code) whose children its agreements are about.
    pub area: String,
    /// Its name.
    pub name: String,
    /// Counts changes, from 1.
    pub version: i64,
    /// When it was registered.
    pub created_at: Instant,
}

/// The time that an organisation is a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Membership {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none while no end is known.
    pub until: Option<NaiveDate>,
}

impl Membership {
    /// Whether it runs on a day.
    #[must_use]
    pub fn runs_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// How much is told of the entries of one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceDefault {
    /// The service.
    pub service: Service,
    /// To readers of member organisations.
    pub visibility: DefaultVisibility,
    /// To everybody else: never more.
    pub outside: DefaultVisibility,
}

impl ServiceDefault {
    /// What is told to readers who are members, or who are not; who is outside is never told more.
    #[must_use]
    pub fn for_reader(&self, member: bool) -> DefaultVisibility {
        if member { self.visibility } else { self.visibility.min(self.outside) }
    }
}

/// An information-sharing agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its partnership.
    pub partnership: PartnershipId,
    /// Its number within the partnership, from 1.
    pub number: i32,
    /// The lawful basis that it stands on.
    pub lawful_basis: LawfulBasis,
    /// The first day it binds on.
    pub from: NaiveDate,
    /// The last day; none where it goes on.
    pub until: Option<NaiveDate>,
    /// The day on which it is to be looked at again.
    pub review_on: NaiveDate,
    /// How much is told, by service, each service once; the others stay as the policy has them.
    pub defaults: Vec<ServiceDefault>,
    /// How it stands.
    pub state: AgreementState,
    /// The day it was ended on.
    pub ended_on: Option<NaiveDate>,
    /// Counts changes, from 1.
    pub version: i64,
}

/// What is wrong with an agreement: where, as a JSON pointer, and what to do.
pub type Fault = (&'static str, &'static str);

impl Agreement {
    /// What is wrong with what it says.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        if self.until.is_some_and(|until| until < self.from) {
            return Some(("/until", "lies before the first day"));
        }
        if self.review_on < self.from || self.until.is_some_and(|until| until < self.review_on) {
            return Some(("/review_on", "must be one of the days that the agreement is for"));
        }
        let mut services: Vec<Service> = self.defaults.iter().map(|each| each.service).collect();
        services.sort_unstable();
        services.dedup();
        if services.len() != self.defaults.len() {
            return Some(("/default_visibility", "names a service twice"));
        }
        if services.iter().any(|service| service.group() == ServiceGroup::Sensitive) {
            return Some(("/default_visibility", "names a sensitive service, which no agreement touches"));
        }
        let wider = |each: &ServiceDefault| each.outside > each.visibility;
        let message = "shows more outside the partnership than to its members";
        self.defaults.iter().any(wider).then_some(("/default_visibility", message))
    }

    /// Whether it binds on a day.
    #[must_use]
    pub fn is_in_force_on(&self, day: NaiveDate) -> bool {
        self.state == AgreementState::Adopted && self.from <= day && self.until.is_none_or(|until| day <= until)
    }

    /// Whether the days of both have one in common.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        let begins_in = |one: &Self, another: &Self| another.until.is_none_or(|until| one.from <= until);
        begins_in(self, other) && begins_in(other, self)
    }

    /// Whether it should have been looked at again by a day: while it binds.
    #[must_use]
    pub fn is_overdue_on(&self, day: NaiveDate) -> bool {
        self.is_in_force_on(day) && self.review_on < day
    }

    /// How much it tells of a service to readers who are members, or who are not.
    #[must_use]
    pub fn tells(&self, service: Service, member: bool) -> DefaultVisibility {
        let named = self.defaults.iter().find(|each| each.service == service);
        named.map_or(DefaultVisibility::Shown, |each| each.for_reader(member))
    }
}

/// The members of a partnership, each with the times it was one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(HashMap<OrganisationId, Vec<Membership>>);

impl Members {
    /// Whether an organisation is a member on a day.
    #[must_use]
    pub fn include(&self, organisation: OrganisationId, day: NaiveDate) -> bool {
        self.0.get(&organisation).is_some_and(|times| times.iter().any(|time| time.runs_on(day)))
    }
}

impl FromIterator<Membership> for Members {
    fn from_iter<I: IntoIterator<Item = Membership>>(memberships: I) -> Self {
        let mut members: HashMap<OrganisationId, Vec<Membership>> = HashMap::new();
        for membership in memberships {
            members.entry(membership.organisation).or_default().push(membership);
        }
        Self(members)
    }
}

/// An adopted agreement, and whom it binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bond {
    /// The agreement.
    pub agreement: Agreement,
    /// The members of its partnership.
    pub members: Arc<Members>,
}

impl Bond {
    /// How much it tells a reader of an organisation, on a day, of an entry of a service of another: all of it where it is
    /// not in force or the entry is no member's.
    #[must_use]
    pub fn tells(
        &self,
        reader: OrganisationId,
        owner: OrganisationId,
        service: Service,
        day: NaiveDate,
    ) -> DefaultVisibility {
        if !self.agreement.is_in_force_on(day) || !self.members.include(owner, day) {
            return DefaultVisibility::Shown;
        }
        self.agreement.tells(service, self.members.include(reader, day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn agreement(from: &str, until: Option<&str>) -> Agreement {
        Agreement {
            partnership: PartnershipId::new(),
            number: 1,
            lawful_basis: LawfulBasis::PublicTask,
            from: day(from),
            until: until.map(day),
            review_on: day(from),
            defaults: Vec::new(),
            state: AgreementState::Adopted,
            ended_on: None,
            version: 1,
        }
    }

    #[test]
    fn days_in_common_are_an_overlap_and_neighbours_are_none() {
        let first = agreement("2026-01-01", Some("2026-06-30"));
        for (from, until, overlaps) in [
            ("2026-07-01", None, false),
            ("2026-06-30", None, true),
            ("2025-01-01", Some("2025-12-31"), false),
            ("2025-01-01", Some("2026-01-01"), true),
            ("2026-02-01", Some("2026-03-01"), true),
            ("2025-01-01", None, true),
        ] {
            let other = agreement(from, until);
            assert_eq!((first.overlaps(&other), other.overlaps(&first)), (overlaps, overlaps), "{from}");
        }
    }

    #[test]
    fn it_binds_from_its_first_day_to_its_last_while_it_is_adopted() {
        let adopted = agreement("2026-01-01", Some("2026-06-30"));
        let on = |agreement: &Agreement, text: &str| agreement.is_in_force_on(day(text));
        let days = ["2025-12-31", "2026-01-01", "2026-06-30", "2026-07-01"];
        assert_eq!(days.map(|text| on(&adopted, text)), [false, true, true, false]);
        for state in [AgreementState::Draft, AgreementState::Ended] {
            assert!(!on(&Agreement { state, ..adopted.clone() }, "2026-03-01"), "{state}");
        }
    }

    #[test]
    fn each_fault_has_its_place() {
        let good = agreement("2026-01-01", Some("2026-06-30"));
        let line = |service, visibility, outside| ServiceDefault { service, visibility, outside };
        use DefaultVisibility::{Brokered, Shown, Withheld};
        let school = line(Service::School, Shown, Brokered);
        let with = |defaults: Vec<ServiceDefault>| Agreement { defaults, ..good.clone() };
        assert_eq!(with(vec![school, line(Service::Police, Withheld, Withheld)]).fault(), None);
        let at = |agreement: Agreement| agreement.fault().map(|(pointer, _)| pointer);
        assert_eq!(at(Agreement { until: Some(day("2025-12-31")), ..good.clone() }), Some("/until"));
        assert_eq!(at(Agreement { review_on: day("2026-07-01"), ..good.clone() }), Some("/review_on"));
        assert_eq!(at(Agreement { review_on: day("2025-12-31"), ..good.clone() }), Some("/review_on"));
        for wrong in [
            vec![school, school],
            vec![line(Service::SexualHealth, Withheld, Withheld)],
            vec![line(Service::School, Brokered, Shown)],
        ] {
            assert_eq!(at(with(wrong)), Some("/default_visibility"));
        }
    }

    #[test]
    fn who_is_outside_is_never_told_more() {
        for &visibility in DefaultVisibility::ALL {
            for &outside in DefaultVisibility::ALL {
                let line = ServiceDefault { service: Service::School, visibility, outside };
                assert!(line.for_reader(false) <= line.for_reader(true));
                assert_eq!(line.for_reader(true), visibility);
            }
        }
    }

    #[test]
    fn an_effect_is_told_where_something_changes() {
        use DefaultVisibility::{Brokered, Shown, Withheld};
        for (before, after, effect) in [
            (Shown, Shown, None),
            (Shown, Brokered, Some(AgreementEffect::BecomesBrokered)),
            (Shown, Withheld, Some(AgreementEffect::Vanishes)),
            (Brokered, Withheld, Some(AgreementEffect::Vanishes)),
            (Withheld, Brokered, Some(AgreementEffect::Appears)),
            (Brokered, Shown, Some(AgreementEffect::Appears)),
        ] {
            assert_eq!(AgreementEffect::of(before, after), effect, "{before} {after}");
        }
    }
}
