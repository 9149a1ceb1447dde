//! Accounts as they are shown: whole, or by name alone.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::answers::etag_of;
use crate::api::codes::{AccountStatusCode, CapabilityCode, RoleCode, SectorCode};
use crate::app::accounts::ShownAccount;
use crate::domain::accounts::{AccountStatus, Capability, Role};
use crate::domain::ids::AccountId;
use crate::domain::pages::Page;
use crate::domain::policy::AccountExtent;
use crate::domain::services::Sector;

/// An account. Auditors see who it is and whose; who certifies for the employer sees its status and until when it is
/// certified as well; what else it stands on is for those who answer for it, and for itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountView {
    /// Its id, as the access log names it.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    id: Uuid,
    /// A person's or a system's name.
    #[schema(example = "Ada Adeyemi")]
    name: String,
    /// What it is.
    #[schema(value_type = RoleCode)]
    role: Role,
    /// Its organisation.
    organisation: AccountOrganisationView,
    /// Its area (ONS code).
    #[schema(example = "E06000054")]
    area: String,
    /// All the rest.
    #[serde(flatten)]
    rest: AccountDetails,
}

/// The organisation of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountOrganisationView {
    /// Its id.
    #[schema(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    id: Uuid,
    /// Its name; absent where the organisation is sensitive and you may not know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Wiltshire School Nursing")]
    name: Option<String>,
}

/// What an account stands on; absent where you may see its name alone.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct AccountDetails {
    /// The claim `iss` of its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "https://login.council.example")]
    issuer: Option<String>,
    /// The claim `sub` of its tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "a4c1e0a2-ada-adeyemi")]
    subject: Option<String>,
    /// Whether it may be used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<AccountStatusCode>, nullable = false)]
    status: Option<AccountStatus>,
    /// Its capabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<CapabilityCode>>, nullable = false)]
    capabilities: Option<Vec<Capability>>,
    /// The field it works in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SectorCode>, nullable = false)]
    sector: Option<Sector>,
    /// The last day on which the enhanced DBS check counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    checked_until: Option<NaiveDate>,
    /// The last day on which the training in the use of the index counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    trained_until: Option<NaiveDate>,
    /// The last day on which the employer's certification counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    certified_until: Option<NaiveDate>,
    /// The day on which the terms were accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    terms_accepted_on: Option<NaiveDate>,
    /// The last day on which the training in sharing information counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    information_sharing_trained_until: Option<NaiveDate>,
    /// The last day on which the training as lead professional counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    lead_professional_trained_until: Option<NaiveDate>,
    /// When it was registered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    created_at: Option<DateTime<Utc>>,
}

impl From<ShownAccount> for AccountView {
    fn from(shown: ShownAccount) -> Self {
        let ShownAccount { account, organisation_name, extent } = shown;
        let rest = match extent {
            AccountExtent::Named => AccountDetails::default(),
            AccountExtent::Employed => AccountDetails {
                status: Some(account.status),
                certified_until: account.standing.certified_until,
                ..AccountDetails::default()
            },
            AccountExtent::Whole => AccountDetails {
                issuer: Some(account.issuer),
                subject: Some(account.subject),
                status: Some(account.status),
                capabilities: Some(account.capabilities.into_iter().collect()),
                sector: Some(account.sector),
                checked_until: account.standing.checked_until,
                trained_until: account.standing.trained_until,
                certified_until: account.standing.certified_until,
                terms_accepted_on: account.standing.terms_accepted_on,
                information_sharing_trained_until: account.standing.information_sharing_trained_until,
                lead_professional_trained_until: account.standing.lead_professional_trained_until,
                created_at: Some(account.created_at.to_utc()),
            },
        };
        Self {
            id: account.id.0,
            name: account.name,
            role: account.role,
            organisation: AccountOrganisationView { id: account.organisation.0, name: organisation_name },
            area: account.area,
            rest,
        }
    }
}

/// A page of accounts, in the order they were registered.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountsView {
    /// The accounts.
    accounts: Vec<AccountView>,
    /// The cursor of the next page; `null` on the last.
    next: Option<String>,
}

impl From<Page<ShownAccount, AccountId>> for AccountsView {
    fn from(page: Page<ShownAccount, AccountId>) -> Self {
        Self {
            accounts: page.items.into_iter().map(Into::into).collect(),
            next: page.next.map(|next| next.to_string()),
        }
    }
}

/// The entity tag of an account as it is shown.
pub(in crate::api) fn etag(shown: &ShownAccount) -> String {
    etag_of(&AccountView::from(shown.clone()))
}
