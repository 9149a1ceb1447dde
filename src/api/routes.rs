//! Routes as they are sent and shown: how to reach somebody, whether that works now, and if not, when next.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::{Validate, ValidationError};

use super::codes::RouteKindCode;
use crate::domain::email_addresses::EmailAddress;
use crate::domain::instants::Instant;
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::routes::{OpeningHours, Route, RouteError, RouteKind};

/// The most routes anybody has.
pub const MOST_ROUTES: u64 = 20;

/// A way to reach somebody: a telephone number, an e-mail address or both. A secure mailbox has an address alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[validate(schema(function = "leads_somewhere", skip_on_field_errors = true))]
pub struct RouteBody {
    /// Where it leads.
    #[schema(value_type = RouteKindCode, example = "duty-desk")]
    kind: RouteKind,
    /// The telephone number, as it is dialled in the United Kingdom or with its country code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 40), custom(function = "is_phone"))]
    #[schema(min_length = 1, max_length = 40, example = "01225 713000")]
    phone: Option<String>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 3, max = 254), custom(function = "is_email"))]
    #[schema(min_length = 3, max_length = 254, example = "duty.desk@council.example")]
    email: Option<String>,
    /// When somebody answers, as OpenStreetMap writes opening hours; those usual for its kind where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 4, max = 200), custom(function = "are_hours"))]
    #[schema(min_length = 4, max_length = 200, example = "Mo-Fr 08:30-17:00; PH off")]
    hours: Option<String>,
}

impl RouteBody {
    fn to_route(&self) -> Result<Route, RouteError> {
        Route::parse(self.kind, self.phone.as_deref(), self.email.as_deref(), self.hours.as_deref())
    }
}

/// Refuses a text that is no telephone number.
///
/// # Errors
/// With the domain's words.
pub(super) fn is_phone(text: &str) -> Result<(), ValidationError> {
    told("phone", PhoneNumber::parse(text))
}

/// Refuses a text that is no e-mail address.
///
/// # Errors
/// With the domain's words.
pub(super) fn is_email(text: &str) -> Result<(), ValidationError> {
    told("email", EmailAddress::parse(text))
}

fn are_hours(text: &str) -> Result<(), ValidationError> {
    told("hours", OpeningHours::parse(text))
}

fn leads_somewhere(body: &RouteBody) -> Result<(), ValidationError> {
    told("route", body.to_route())
}

/// The domain's own words, which never repeat what was sent.
fn told<T>(code: &'static str, read: Result<T, impl Display>) -> Result<(), ValidationError> {
    read.map(drop).map_err(|error| ValidationError::new(code).with_message(error.to_string().into()))
}

/// The routes of a body that was validated.
pub fn routes_of(bodies: &[RouteBody]) -> Vec<Route> {
    // Validation has refused every body that is no route.
    bodies.iter().filter_map(|body| body.to_route().ok()).collect()
}

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RouteView {
    /// Where it leads.
    #[schema(value_type = RouteKindCode, example = "duty-desk")]
    kind: RouteKind,
    /// The telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "01225 713000")]
    phone: Option<String>,
    /// The e-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "duty.desk@council.example")]
    email: Option<String>,
    /// When somebody answers.
    #[schema(example = "Mo-Fr 08:30-17:00; PH off")]
    hours: String,
    /// Whether it works now.
    open_now: bool,
    /// When it works next, while it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_open_at: Option<DateTime<Utc>>,
}

impl RouteView {
    /// A route as it stands at `at`.
    #[must_use]
    pub fn at(route: &Route, at: Instant) -> Self {
        let availability = route.availability(at);
        Self {
            kind: route.kind(),
            phone: route.phone().map(ToString::to_string),
            email: route.email().map(ToString::to_string),
            hours: route.hours().to_string(),
            open_now: availability.open_now,
            next_open_at: availability.next_open_at.map(Instant::to_utc),
        }
    }

    /// Routes as they stand at `at`, in their order.
    #[must_use]
    pub fn all_at(routes: &[Route], at: Instant) -> Vec<Self> {
        routes.iter().map(|route| Self::at(route, at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::api::extract::parse_body;

    #[derive(Debug, Deserialize, Validate)]
    #[serde(deny_unknown_fields)]
    struct Holder {
        #[validate(nested)]
        routes: Vec<RouteBody>,
    }

    fn parse(routes: serde_json::Value) -> Result<Vec<Route>, (String, String)> {
        let body = json!({ "routes": routes }).to_string();
        parse_body::<Holder>(body.as_bytes()).map(|holder| routes_of(&holder.routes)).map_err(|problem| {
            let item = problem.body().errors.first().cloned().unwrap();
            (item.pointer.unwrap_or_default(), item.message.into_owned())
        })
    }

    #[test]
    fn a_route_goes_in_and_comes_out_with_its_availability() {
        let routes = parse(json!([{"kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:30-17:00"}]));
        let at = Instant::parse("2026-11-22T10:00:00Z").unwrap();
        assert_eq!(
            serde_json::to_value(RouteView::all_at(&routes.unwrap(), at)).unwrap(),
            json!([{
                "kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:30-17:00",
                "open_now": false, "next_open_at": "2026-11-23T08:30:00Z",
            }])
        );
    }

    #[test]
    fn what_is_no_route_is_refused_at_its_place_and_not_repeated() {
        for (route, pointer, word) in [
            (json!({"kind": "duty-desk"}), "/routes/0", "phone number"),
            (json!({"kind": "secure-email", "phone": "101"}), "/routes/0", "address"),
            (json!({"kind": "team", "phone": "ask for Okafor"}), "/routes/0/phone", "digits"),
            (json!({"kind": "team", "email": "Okafor"}), "/routes/0/email", "address"),
            (json!({"kind": "team", "phone": "101", "hours": "Okafor"}), "/routes/0/hours", "rule 1"),
            (json!({"kind": "pager", "phone": "101"}), "/routes/0/kind", "one of"),
        ] {
            let (at, message) = parse(json!([route])).unwrap_err();
            assert_eq!(at, pointer, "{route}: {message}");
            assert!(message.contains(word) && !message.contains("Okafor"), "{message}");
        }
    }
}
