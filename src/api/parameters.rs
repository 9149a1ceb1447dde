//! Parameters that operations share, as the document describes them; what reads them is in [`super::extract`].

use utoipa::IntoParams;
use uuid::Uuid;

use super::codes::{AccessReasonCode, LegalPurposeCode};

/// The child in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ChildPath {
    /// The child's index number (hyphens and case do not matter), or a handle out of a search: careful clients keep
    /// the number, which is for life, out of addresses and logs.
    #[param(
        min_length = 12,
        max_length = 34,
        pattern = "^([0-9A-Za-z]{4}-?[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}|[0-9a-f]{34})$",
        example = "7K3M-9XQ2-4HT8"
    )]
    pub child_id: String,
}

/// The involvement in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct EntryPath {
    /// The involvement's number within the child. Numbers are random: gaps say nothing.
    #[param(minimum = 1, maximum = 999_999, example = 417_233)]
    pub number: i32,
}

/// The assessment in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AssessmentPath {
    /// The assessment's number within the child. Numbers are random: gaps say nothing.
    #[param(minimum = 1, maximum = 999_999, example = 417_233)]
    pub number: i32,
}

/// The transfer in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TransferPath {
    /// The transfer's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789af")]
    pub transfer_id: Uuid,
}

/// The request to be put in touch in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ContactPath {
    /// The request's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    pub contact_id: Uuid,
}

/// The shield of a carer in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CarerShieldPath {
    /// The shield's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ae")]
    pub shield_id: Uuid,
}

/// What every operation on a child needs to be told.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct AccessHeaders {
    /// Why the child is looked for or looked at. Kept with the record of the access.
    #[param(rename = "Access-Reason", inline)]
    pub access_reason: AccessReasonCode,
    /// For an archived record past its first year: what it is opened for.
    #[param(rename = "Legal-Purpose", inline, required = false, nullable = false)]
    pub legal_purpose: Option<LegalPurposeCode>,
}

/// Who it is looked up for, in mediated access.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct MediationHeaders {
    /// Somebody telephoned and you look up for them: their account. They issue themselves a code at their own login
    /// (`POST /v1/verification-codes`) and say it. What is answered is what both of you may see; the record of the access
    /// names both, and it counts towards the budgets of both.
    #[param(
        rename = "On-Behalf-Of",
        required = false,
        nullable = false,
        example = "0191d3a0-5f5e-7cc0-8000-0123456789ad"
    )]
    pub on_behalf_of: Option<Uuid>,
    /// The code that the caller said: good for one request.
    #[param(
        rename = "Verification-Code",
        required = false,
        nullable = false,
        min_length = 8,
        max_length = 9,
        pattern = "^[0-9]{4}[ -]?[0-9]{4}$",
        example = "4829 1736"
    )]
    pub verification_code: Option<String>,
}

/// What an operation on no child may be told.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct ReasonHeader {
    /// Why this is asked or done, should there be a reason to say. Kept with the record of the access.
    #[param(rename = "Access-Reason", inline, required = false, nullable = false)]
    pub access_reason: Option<AccessReasonCode>,
}

/// The organisation in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct OrganisationPath {
    /// The organisation's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ab")]
    pub id: Uuid,
}

/// The team in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TeamPath {
    /// The team's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ac")]
    pub team_id: Uuid,
}

/// The account in the path.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AccountPath {
    /// The account's id.
    #[param(example = "0191d3a0-5f5e-7cc0-8000-0123456789ad")]
    pub id: Uuid,
}

/// The version a change is made to.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IfMatchHeader {
    /// The `ETag` of what you read: the change is refused if it is no longer what you saw.
    #[param(
        rename = "If-Match",
        pattern = "^\"[0-9a-f]{64}\"$",
        example = "\"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\""
    )]
    pub if_match: String,
}

/// The key that makes a creation repeatable.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Header)]
pub struct IdempotencyKeyHeader {
    /// Sent again within a day with the same body, the request gives the same answer, decided anew; with another body
    /// it is refused.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        nullable = false,
        min_length = 1,
        max_length = 128,
        pattern = "^[-A-Za-z0-9._~:]+$",
        example = "0191d3a0-5f5e-7cc0-8000-0123456789ab"
    )]
    pub idempotency_key: Option<String>,
}
