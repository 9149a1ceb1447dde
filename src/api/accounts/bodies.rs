//! Accounts as they are asked for and sent.

use std::collections::BTreeSet;

use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::api::codes::{AccountStatusCode, CapabilityCode, RoleCode, SectorCode};
use crate::api::dates::Day;
use crate::api::pages::{cursor, limit};
use crate::api::problems::Problem;
use crate::api::texts::{check_area, check_text, clearable, present};
use crate::app::accounts::{AccountChanges, AccountsSought, NewAccount};
use crate::domain::accounts::{AccountStatus, Capability, Role, Standing};
use crate::domain::ids::OrganisationId;
use crate::domain::services::Sector;
use crate::domain::visits::Identity;

/// Which accounts, and how many of them at once.
#[derive(Debug, Clone, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AccountsQuery {
    /// Of this organisation only.
    #[param(required = false, nullable = false, example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    organisation: Option<Uuid>,
    /// With this role only.
    #[param(value_type = Option<RoleCode>, inline, required = false, nullable = false)]
    role: Option<Role>,
    /// With this status only.
    #[param(value_type = Option<AccountStatusCode>, inline, required = false, nullable = false)]
    status: Option<AccountStatus>,
    /// Of this area only (ONS code).
    #[validate(custom(function = check_area))]
    #[param(required = false, nullable = false, pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// In use by people whose certification ends on this day or before: whom their employer has to certify anew.
    #[param(value_type = Option<NaiveDate>, required = false, nullable = false, example = "2026-12-31")]
    certification_due_by: Option<Day>,
    /// The `next` of the page before.
    #[validate(length(min = 1, max = 100))]
    #[param(required = false, nullable = false, min_length = 1, max_length = 100)]
    cursor: Option<String>,
    /// At most so many; 50 where absent.
    #[validate(range(min = 1, max = 100))]
    #[param(required = false, nullable = false, minimum = 1, maximum = 100, example = 50)]
    limit: Option<u16>,
}

impl TryFrom<AccountsQuery> for AccountsSought {
    type Error = Problem;

    fn try_from(query: AccountsQuery) -> Result<Self, Problem> {
        Ok(Self {
            organisation: query.organisation.map(OrganisationId),
            role: query.role,
            status: query.status,
            area: query.area,
            certification_due_by: query.certification_due_by.map(|day| day.0),
            after: cursor(query.cursor.as_deref())?,
            limit: limit(query.limit),
        })
    }
}

/// An account to register: who its tokens say it is, and what it may do here.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "issuer": "https://login.council.example",
    "subject": "a4c1e0a2-ada-adeyemi",
    "name": "Ada Adeyemi",
    "role": "practitioner",
    "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab",
    "checked_until": "2029-03-31",
    "trained_until": "2027-03-31",
    "certified_until": "2027-03-31",
    "terms_accepted_on": "2026-11-20",
}))]
pub struct RegisterAccountBody {
    /// The claim `iss` of its tokens, exactly.
    #[validate(length(max = 300), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 300, example = "https://login.council.example")]
    issuer: String,
    /// The claim `sub` of its tokens, exactly.
    #[validate(length(max = 255), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 255, example = "a4c1e0a2-ada-adeyemi")]
    subject: String,
    /// A person's or a system's name.
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(min_length = 1, max_length = 200, example = "Ada Adeyemi")]
    name: String,
    /// What it is; it never changes.
    #[schema(value_type = RoleCode)]
    role: Role,
    /// Its capabilities. `override` and `sealed-clearance` take two people: propose them once the account is
    /// registered. A system has none.
    #[serde(default)]
    #[schema(value_type = Vec<CapabilityCode>, max_items = 5)]
    #[validate(length(max = 5))]
    capabilities: Vec<Capability>,
    /// The field it works in, which decides the identifiers it may read; that of its organisation where absent.
    #[schema(value_type = Option<SectorCode>)]
    sector: Option<Sector>,
    /// Its organisation.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    organisation: Uuid,
    /// Its area (ONS code); its organisation's where absent.
    #[validate(custom(function = check_area))]
    #[schema(pattern = "^[EJLMNSW][0-9]{8}$", example = "E06000054")]
    area: Option<String>,
    /// The last day on which the enhanced DBS check counts.
    #[schema(value_type = Option<NaiveDate>, example = "2029-03-31")]
    checked_until: Option<Day>,
    /// The last day on which the training in the use of the index counts.
    #[schema(value_type = Option<NaiveDate>, example = "2027-03-31")]
    trained_until: Option<Day>,
    /// The last day on which the employer's certification counts.
    #[schema(value_type = Option<NaiveDate>, example = "2027-03-31")]
    certified_until: Option<Day>,
    /// The day on which the terms were accepted.
    #[schema(value_type = Option<NaiveDate>, example = "2026-11-20")]
    terms_accepted_on: Option<Day>,
    /// The last day on which the training in sharing information counts; it closes no door.
    #[schema(value_type = Option<NaiveDate>, example = "2027-03-31")]
    information_sharing_trained_until: Option<Day>,
    /// The last day on which the training as lead professional counts; it closes no door.
    #[schema(value_type = Option<NaiveDate>, example = "2027-03-31")]
    lead_professional_trained_until: Option<Day>,
}

impl From<RegisterAccountBody> for NewAccount {
    fn from(body: RegisterAccountBody) -> Self {
        Self {
            identity: Identity { issuer: body.issuer, subject: body.subject },
            name: body.name.trim().to_owned(),
            role: body.role,
            capabilities: BTreeSet::from_iter(body.capabilities),
            sector: body.sector,
            organisation: OrganisationId(body.organisation),
            area: body.area,
            standing: Standing {
                checked_until: body.checked_until.map(|day| day.0),
                trained_until: body.trained_until.map(|day| day.0),
                certified_until: body.certified_until.map(|day| day.0),
                terms_accepted_on: body.terms_accepted_on.map(|day| day.0),
                information_sharing_trained_until: body.information_sharing_trained_until.map(|day| day.0),
                lead_professional_trained_until: body.lead_professional_trained_until.map(|day| day.0),
            },
        }
    }
}

/// What to change of an account. What is absent stays; capabilities are replaced as a whole.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"certified_until": "2028-03-31", "trained_until": "2028-03-31"}))]
pub struct ChangeAccountBody {
    /// A person's or a system's name.
    #[serde(default, deserialize_with = "present")]
    #[validate(length(max = 200), custom(function = check_text))]
    #[schema(nullable = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// `suspended` closes the account at its next request, `active` opens it again.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<AccountStatusCode>, nullable = false)]
    status: Option<AccountStatus>,
    /// Its capabilities, all of them. `override` and `sealed-clearance` take two people: they can be taken away here,
    /// and are granted by a proposal that another person agrees to.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Vec<CapabilityCode>>, nullable = false, max_items = 5)]
    #[validate(length(max = 5))]
    capabilities: Option<Vec<Capability>>,
    /// The field it works in, which decides the identifiers it may read.
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<SectorCode>, nullable = false)]
    sector: Option<Sector>,
    /// Its organisation.
    #[serde(default, deserialize_with = "present")]
    #[schema(nullable = false)]
    organisation: Option<Uuid>,
    /// Its area (ONS code).
    #[serde(default, deserialize_with = "present")]
    #[validate(custom(function = check_area))]
    #[schema(nullable = false, pattern = "^[EJLMNSW][0-9]{8}$")]
    area: Option<String>,
    /// The last day on which the enhanced DBS check counts; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    checked_until: Option<Option<Day>>,
    /// The last day on which the training in the use of the index counts; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    trained_until: Option<Option<Day>>,
    /// The last day on which the employer's certification counts; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    certified_until: Option<Option<Day>>,
    /// The day on which the terms were accepted; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    terms_accepted_on: Option<Option<Day>>,
    /// The last day on which the training in sharing information counts; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    information_sharing_trained_until: Option<Option<Day>>,
    /// The last day on which the training as lead professional counts; `null` takes it away.
    #[serde(default, deserialize_with = "clearable")]
    #[schema(value_type = Option<NaiveDate>)]
    lead_professional_trained_until: Option<Option<Day>>,
}

impl From<ChangeAccountBody> for AccountChanges {
    fn from(body: ChangeAccountBody) -> Self {
        let date = |day: Option<Option<Day>>| day.map(|day| day.map(|day| day.0));
        Self {
            name: body.name.map(|name| name.trim().to_owned()),
            capabilities: body.capabilities.map(BTreeSet::from_iter),
            sector: body.sector,
            organisation: body.organisation.map(OrganisationId),
            area: body.area,
            status: body.status,
            checked_until: date(body.checked_until),
            trained_until: date(body.trained_until),
            certified_until: date(body.certified_until),
            terms_accepted_on: date(body.terms_accepted_on),
            information_sharing_trained_until: date(body.information_sharing_trained_until),
            lead_professional_trained_until: date(body.lead_professional_trained_until),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::api::extract::parse_body;

    fn register(body: &Value) -> Result<NewAccount, String> {
        let parsed = parse_body::<RegisterAccountBody>(body.to_string().as_bytes());
        parsed.map(Into::into).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    fn change(body: &Value) -> Result<AccountChanges, String> {
        let parsed = parse_body::<ChangeAccountBody>(body.to_string().as_bytes());
        parsed.map(Into::into).map_err(|problem| problem.body().errors[0].pointer.clone().unwrap())
    }

    fn least() -> Value {
        json!({
            "issuer": "https://login.example", "subject": "ada", "name": "Ada Adeyemi", "role": "practitioner",
            "organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab",
        })
    }

    #[test]
    fn the_least_that_is_an_account_stands_on_nothing() {
        let new = register(&least()).unwrap();
        assert_eq!((new.role, new.standing, new.capabilities.len()), (Role::Practitioner, Standing::default(), 0));
        for field in ["issuer", "subject", "name", "role", "organisation"] {
            let mut without = least();
            without.as_object_mut().unwrap().remove(field);
            assert_eq!(register(&without), Err(format!("/{field}")));
        }
    }

    #[test]
    fn what_is_wrong_is_named_at_its_place() {
        for (field, value, pointer) in [
            ("role", json!("superuser"), "/role"),
            ("capabilities", json!(["override", "fly"]), "/capabilities/1"),
            ("organisation", json!("Wiltshire"), "/organisation"),
            ("checked_until", json!("31/03/2029"), "/checked_until"),
            ("status", json!("active"), "/status"),
            ("password", json!("secret"), "/password"),
        ] {
            let mut body = least();
            body[field] = value;
            assert_eq!(register(&body), Err(pointer.to_owned()));
        }
    }

    #[test]
    fn a_change_never_touches_identity_or_role_and_takes_null_for_dates_alone() {
        assert_eq!(change(&json!({})), Ok(AccountChanges::default()));
        let lapsed = change(&json!({"checked_until": null, "status": "suspended"})).unwrap();
        assert_eq!((lapsed.checked_until, lapsed.status), (Some(None), Some(AccountStatus::Suspended)));
        for field in ["issuer", "subject", "role", "id"] {
            assert_eq!(change(&json!({ field: "administrator" })), Err(format!("/{field}")));
        }
        for field in ["name", "status", "capabilities", "sector", "organisation", "area"] {
            assert_eq!(change(&json!({ field: null })), Err(format!("/{field}")));
        }
    }
}
