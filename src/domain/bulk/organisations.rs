//! An organisation in the bulk format, with its teams and the ways to reach them.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::fields::{optional_day, optional_trimmed, trimmed};
use crate::domain::email_addresses::EmailAddress;
use crate::domain::lawful_bases::LawfulBasis;
use crate::domain::phone_numbers::PhoneNumber;
use crate::domain::routes::{OpeningHours, Route, RouteError, RouteKind};
use crate::domain::services::OrganisationKind;

/// An organisation, defined before its first use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkOrganisation {
    /// What children's lines name it by, such as `URN-123456`.
    #[serde(deserialize_with = "trimmed")]
    pub code: String,
    /// Its name.
    #[serde(deserialize_with = "trimmed")]
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// The area it works in, by the code of the Office for National Statistics.
    #[serde(deserialize_with = "trimmed")]
    pub area: String,
    /// Whether its involvement with a child is sensitive although its kind is not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// It is accredited until this day, inclusive. Where absent, what the index has stays, and an organisation that is
    /// new to it is accredited for [`ACCREDITED_YEARS`](super::ACCREDITED_YEARS).
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_day")]
    pub accredited_until: Option<NaiveDate>,
    /// On what lawful basis it takes part. Where absent, what the index has stays, and where that is nothing it is what is
    /// [usual for its kind](LawfulBasis::usual_for).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lawful_basis: Option<LawfulBasis>,
    /// How to reach it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<BulkRoute>,
    /// Its teams.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<BulkTeam>,
}

/// A team of the organisation in whose line it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkTeam {
    /// What children's lines name it by, unique within the organisation.
    #[serde(deserialize_with = "trimmed")]
    pub code: String,
    /// Its name.
    #[serde(deserialize_with = "trimmed")]
    pub name: String,
    /// Whether its involvement with a child is sensitive although its organisation is not.
    #[serde(default, skip_serializing_if = "is_false")]
    pub sensitive: bool,
    /// The area it works in; its organisation's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "optional_trimmed")]
    pub area: Option<String>,
    /// How to reach it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routes: Vec<BulkRoute>,
}

/// A way to reach an organisation, a team or a practitioner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BulkRoute {
    /// Where it leads.
    pub kind: RouteKind,
    /// The telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<PhoneNumber>,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<EmailAddress>,
    /// When somebody answers; the hours of its kind where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<OpeningHours>,
}

impl BulkRoute {
    /// The route, whole.
    ///
    /// # Errors
    /// When its parts do not fit together; a line that [`parse`](super::BulkLine::parse) accepted never has such a route.
    pub fn route(&self) -> Result<Route, RouteError> {
        Route::new(self.kind, self.phone.clone(), self.email.clone(), self.hours)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(flag: &bool) -> bool {
    !flag
}
