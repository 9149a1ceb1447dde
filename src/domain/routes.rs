//! Routes: how to reach somebody now, and which way to try first.

mod bank_holidays;
mod hours;
mod opening;

pub use hours::{HoursError, HoursFault, OpeningHours};

use crate::domain::codes::codes;
use crate::domain::email_addresses::{EmailAddress, EmailAddressError};
use crate::domain::instants::Instant;
use crate::domain::phone_numbers::{PhoneNumber, PhoneNumberError};

/// Whether offices in England and Wales work that day: no weekend, and no holiday.
#[must_use]
pub fn is_working_day(day: chrono::NaiveDate) -> bool {
    use chrono::{Datelike as _, Weekday};
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && !bank_holidays::is_bank_holiday(day)
}

codes! {
    /// Where a route leads, nearest to the child first: the order in which routes that work are tried.
    pub enum RouteKind {
        /// The practitioner.
        Person => "person",
        /// The practitioner's team.
        Team => "team",
        /// Whoever has duty.
        DutyDesk => "duty-desk",
        /// The service for nights and weekends.
        OutOfHours => "out-of-hours",
        /// A mailbox fit for personal data.
        SecureEmail => "secure-email",
    }
}

impl RouteKind {
    /// The hours of a route that names none: all the time for out-of-hours services and mailboxes, office hours
    /// without bank holidays for everybody else.
    pub const fn default_hours(self) -> OpeningHours {
        match self {
            Self::OutOfHours | Self::SecureEmail => OpeningHours::ALWAYS,
            Self::Person | Self::Team | Self::DutyDesk => OpeningHours::OFFICE,
        }
    }
}

/// One way to reach somebody: a telephone number, an e-mail address or both, with the hours in which it works.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Route {
    kind: RouteKind,
    phone: Option<PhoneNumber>,
    email: Option<EmailAddress>,
    hours: OpeningHours,
}

/// Why something is not a route. Never repeats what was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// The telephone number cannot be read.
    #[error("phone {0}")]
    Phone(#[from] PhoneNumberError),
    /// The e-mail address cannot be read.
    #[error("email {0}")]
    Email(#[from] EmailAddressError),
    /// The opening hours cannot be read.
    #[error("hours: {0}")]
    Hours(#[from] HoursError),
    /// Neither number nor address.
    #[error("a route has a phone number, an e-mail address or both")]
    Nowhere,
    /// A secure mailbox without an address.
    #[error("a secure-email route has an e-mail address")]
    SecureEmailWithoutAddress,
    /// A secure mailbox with a number, which belongs to a route of another kind.
    #[error("a secure-email route has no phone number; give the number a route of its own")]
    SecureEmailWithPhone,
}

/// Whether a route works at an instant, and if not, when next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Availability {
    /// Whether it works now.
    pub open_now: bool,
    /// The next opening of a route that is closed now.
    pub next_open_at: Option<Instant>,
}

impl Route {
    /// A route of known parts; without hours it gets those of its kind.
    pub fn new(
        kind: RouteKind,
        phone: Option<PhoneNumber>,
        email: Option<EmailAddress>,
        hours: Option<OpeningHours>,
    ) -> Result<Self, RouteError> {
        match (kind, &phone, &email) {
            (RouteKind::SecureEmail, _, None) => return Err(RouteError::SecureEmailWithoutAddress),
            (RouteKind::SecureEmail, Some(_), _) => return Err(RouteError::SecureEmailWithPhone),
            (_, None, None) => return Err(RouteError::Nowhere),
            _ => {}
        }
        Ok(Self { kind, phone, email, hours: hours.unwrap_or_else(|| kind.default_hours()) })
    }

    /// A route from the texts of its parts, as the API, a feed or the database gives them.
    pub fn parse(
        kind: RouteKind,
        phone: Option<&str>,
        email: Option<&str>,
        hours: Option<&str>,
    ) -> Result<Self, RouteError> {
        Self::new(
            kind,
            phone.map(PhoneNumber::parse).transpose()?,
            email.map(EmailAddress::parse).transpose()?,
            hours.map(OpeningHours::parse).transpose()?,
        )
    }

    /// Where it leads.
    pub fn kind(&self) -> RouteKind {
        self.kind
    }

    /// The number to dial.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        self.phone.as_ref()
    }

    /// The address to write to.
    pub fn email(&self) -> Option<&EmailAddress> {
        self.email.as_ref()
    }

    /// When it works.
    pub fn hours(&self) -> OpeningHours {
        self.hours
    }

    /// Whether it works at `now`, and if not, when next.
    pub fn availability(&self, now: Instant) -> Availability {
        match self.hours.next_open_at(now) {
            Some(opening) if opening == now => Availability { open_now: true, next_open_at: None },
            next_open_at => Availability { open_now: false, next_open_at },
        }
    }
}

/// Puts first what works at `now`, nearest to the child first: person, team, duty desk,
/// out-of-hours, secure e-mail. What is closed follows by its next opening. Equals keep their order.
pub fn order_for(now: Instant, routes: &mut [Route]) {
    routes.sort_by_cached_key(|route| {
        let Availability { open_now, next_open_at } = route.availability(now);
        (!open_now, next_open_at.is_none() && !open_now, next_open_at, route.kind)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Instant {
        Instant::parse(text).unwrap()
    }

    fn by_phone(kind: RouteKind, hours: Option<&str>) -> Route {
        Route::parse(kind, Some("01225 713000"), None, hours).unwrap()
    }

    fn mailbox() -> Route {
        Route::parse(RouteKind::SecureEmail, None, Some("desk@council.example"), None).unwrap()
    }

    fn kinds(routes: &[Route]) -> Vec<&'static str> {
        routes.iter().map(|route| route.kind().code()).collect()
    }

    #[test]
    fn hours_default_by_kind() {
        for &kind in RouteKind::ALL {
            let expected = match kind {
                RouteKind::OutOfHours | RouteKind::SecureEmail => "24/7",
                _ => "Mo-Fr 09:00-17:00; PH off",
            };
            assert_eq!(kind.default_hours().to_string(), expected, "{kind}");
        }
        assert_eq!(by_phone(RouteKind::Team, Some("Mo 10:00-11:00")).hours().to_string(), "Mo 10:00-11:00");
    }

    #[test]
    fn a_route_leads_somewhere_and_a_mailbox_is_one() {
        let parse = |kind, phone, email| Route::parse(kind, phone, email, None).map(|route| route.kind());
        let (phone, email) = (Some("01225 713000"), Some("desk@council.example"));
        for &kind in RouteKind::ALL.iter().filter(|kind| **kind != RouteKind::SecureEmail) {
            assert_eq!(parse(kind, None, None), Err(RouteError::Nowhere));
            assert_eq!(parse(kind, phone, None), Ok(kind));
            assert_eq!(parse(kind, None, email), Ok(kind));
            assert_eq!(parse(kind, phone, email), Ok(kind));
        }
        let mailbox = RouteKind::SecureEmail;
        assert_eq!(parse(mailbox, None, None), Err(RouteError::SecureEmailWithoutAddress));
        assert_eq!(parse(mailbox, phone, None), Err(RouteError::SecureEmailWithoutAddress));
        assert_eq!(parse(mailbox, phone, email), Err(RouteError::SecureEmailWithPhone));
        assert_eq!(parse(mailbox, None, email), Ok(mailbox));
    }

    #[test]
    fn faults_say_which_part_and_not_what_it_held() {
        let error = |phone, email, hours| Route::parse(RouteKind::Team, phone, email, hours).unwrap_err().to_string();
        let phone = error(Some("ask for Ada Okafor"), None, None);
        assert!(phone.starts_with("phone may contain only digits") && !phone.contains("Ada"), "{phone}");
        let email = error(None, Some("ada okafor"), None);
        assert!(email.starts_with("email must be an e-mail address") && !email.contains("ada"), "{email}");
        let hours = error(Some("101"), None, Some("when Ada is in"));
        assert!(hours.starts_with("hours: rule 1") && !hours.contains("Ada"), "{hours}");
    }

    #[test]
    fn the_first_route_is_the_one_that_works_now() {
        let routes = [
            mailbox(),
            by_phone(RouteKind::OutOfHours, Some("Mo-Su 17:00-08:30")),
            by_phone(RouteKind::DutyDesk, Some("Mo-Fr 08:30-17:00")),
            by_phone(RouteKind::Team, Some("Mo-Fr 09:00-17:00")),
            by_phone(RouteKind::Person, Some("Tu-Th 09:00-15:00")),
        ];
        let ordered = |now| {
            let mut routes = routes.clone();
            order_for(at(now), &mut routes);
            kinds(&routes)
        };
        // Tuesday morning, Monday morning, two at night, Friday evening.
        assert_eq!(ordered("2026-01-13T10:00:00Z"), ["person", "team", "duty-desk", "secure-email", "out-of-hours"]);
        assert_eq!(ordered("2026-01-12T10:00:00Z"), ["team", "duty-desk", "secure-email", "out-of-hours", "person"]);
        assert_eq!(ordered("2026-01-14T02:00:00Z"), ["out-of-hours", "secure-email", "duty-desk", "person", "team"]);
        assert_eq!(ordered("2026-01-16T18:00:00Z"), ["out-of-hours", "secure-email", "duty-desk", "team", "person"]);
    }

    #[test]
    fn availability_gives_the_next_opening_only_when_closed() {
        let team = by_phone(RouteKind::Team, None);
        assert_eq!(team.availability(at("2026-01-13T10:00:00Z")), Availability { open_now: true, next_open_at: None });
        assert_eq!(
            team.availability(at("2026-01-13T20:00:00Z")),
            Availability { open_now: false, next_open_at: Some(at("2026-01-14T09:00:00Z")) }
        );
        assert_eq!(team.availability(Instant(i64::MAX)), Availability { open_now: false, next_open_at: None });
    }

    #[test]
    fn equals_keep_their_order() {
        let first = Route::parse(RouteKind::Team, Some("101"), None, None).unwrap();
        let second = Route::parse(RouteKind::Team, Some("111"), None, None).unwrap();
        for now in ["2026-01-13T10:00:00Z", "2026-01-13T20:00:00Z"] {
            let mut routes = vec![first.clone(), second.clone()];
            order_for(at(now), &mut routes);
            assert_eq!(routes, [first.clone(), second.clone()]);
        }
    }

    fn any_route() -> impl Strategy<Value = Route> {
        (prop::sample::select(RouteKind::ALL), hours::tests::any_text()).prop_map(|(kind, text)| {
            let hours = OpeningHours::parse(&text).ok();
            let phone = (kind != RouteKind::SecureEmail).then(|| PhoneNumber::parse("101").unwrap());
            let email = Some(EmailAddress::parse("desk@council.example").unwrap());
            Route::new(kind, phone, email, hours).unwrap()
        })
    }

    proptest! {
        #[test]
        fn the_order_is_as_promised(
            mut routes in prop::collection::vec(any_route(), 0..8),
            now in 1_704_067_200_000_000i64..1_924_992_000_000_000,
        ) {
            let now = Instant(now);
            let count = routes.len();
            order_for(now, &mut routes);
            prop_assert_eq!(routes.len(), count);
            for pair in routes.windows(2) {
                let (one, other) = (pair[0].availability(now), pair[1].availability(now));
                prop_assert!(one.open_now || !other.open_now);
                if one.open_now && other.open_now {
                    prop_assert!(pair[0].kind() <= pair[1].kind());
                }
                if !one.open_now && !other.open_now {
                    prop_assert!(one.next_open_at <= other.next_open_at);
                }
            }
        }
    }
}
