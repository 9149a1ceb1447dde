//! The table of problem codes: what each is called, which status it has and what it says.

use actix_web::http::StatusCode;
use serde::{Serialize, Serializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! problem_codes {
    ($( $(#[$meta:meta])* $variant:ident => ($code:literal, $status:ident, $title:literal) ),+ $(,)?) => {
        /// The stable code of a problem. One table gives each its status and title, so that a code always means the
        /// same answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum ProblemCode {
            $( $(#[$meta])* $variant, )+
        }

        impl ProblemCode {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code as sent.
            pub const fn code(self) -> &'static str {
                match self { $( Self::$variant => $code, )+ }
            }

            /// The status this code always has.
            pub const fn status(self) -> StatusCode {
                match self { $( Self::$variant => StatusCode::$status, )+ }
            }

            /// What happened, for a person.
            pub const fn title(self) -> &'static str {
                match self { $( Self::$variant => $title, )+ }
            }
        }
    };
}

problem_codes! {
    /// The body is not JSON, or repeats a key.
    MalformedJson => ("malformed-json", BAD_REQUEST, "The body is not well-formed JSON"),
    /// A header cannot be read.
    MalformedHeader => ("malformed-header", BAD_REQUEST, "A request header cannot be read"),
    /// The request cannot be read at all.
    MalformedRequest => ("malformed-request", BAD_REQUEST, "The request cannot be read"),
    /// No `Access-Reason` on an operation on a child.
    AccessReasonMissing => ("access-reason-missing", BAD_REQUEST, "Say why: the header Access-Reason is missing"),
    /// An `Access-Reason` that is none of the known ones.
    AccessReasonUnknown => ("access-reason-unknown", BAD_REQUEST, "The header Access-Reason holds no known reason"),
    /// No bearer token.
    TokenMissing => ("token-missing", UNAUTHORIZED, "An access token is needed"),
    /// A bearer token that does not hold.
    TokenInvalid => ("token-invalid", UNAUTHORIZED, "The access token is not valid"),
    /// The login behind the token is too weak or too old for this (RFC 9470).
    InsufficientAuthentication => (
        "insufficient-user-authentication", UNAUTHORIZED, "This needs a stronger or more recent login"
    ),
    /// The caller is known and may not do this.
    Forbidden => ("forbidden", FORBIDDEN, "Your account may not do this"),
    /// A good token for somebody who has no account here.
    AccountUnknown => ("account-unknown", FORBIDDEN, "Nobody is registered here under this identity"),
    /// The account is suspended.
    AccountSuspended => ("account-suspended", FORBIDDEN, "Your account is suspended"),
    /// No enhanced check in date.
    CheckLapsed => ("check-lapsed", FORBIDDEN, "There is no enhanced DBS check in date for your account"),
    /// No training in date.
    TrainingLapsed => ("training-lapsed", FORBIDDEN, "There is no training in date for your account"),
    /// The employer has not certified the account in time.
    CertificationLapsed => ("certification-lapsed", FORBIDDEN, "Your employer has not certified your account in time"),
    /// The terms have not been accepted.
    TermsNotAccepted => ("terms-not-accepted", FORBIDDEN, "The terms of use have not been accepted for your account"),
    /// The organisation is not accredited.
    OrganisationNotAccredited => (
        "organisation-not-accredited", FORBIDDEN, "Your organisation is not accredited to use the index"
    ),
    /// No lawful basis is on record for the organisation.
    LawfulBasisMissing => (
        "lawful-basis-missing", FORBIDDEN, "No lawful basis is on record for your organisation to use the index"
    ),
    /// The role does not open this door.
    RoleNotPermitted => ("role-not-permitted", FORBIDDEN, "Your role may not do this"),
    /// Services of the caller's sector do not start this.
    SectorNotPermitted => ("sector-not-permitted", FORBIDDEN, "Services of your sector do not start this"),
    /// A capability is missing.
    CapabilityMissing => ("capability-missing", FORBIDDEN, "This needs a capability that your account does not have"),
    /// What may not be seen may not be replaced either.
    BlockNotVisible => ("block-not-visible", FORBIDDEN, "What you may not see you may not replace"),
    /// The entry belongs to another organisation.
    NotYourOrganisationsEntry => (
        "not-your-organisations-entry", FORBIDDEN, "Only the organisation that made this entry may change it"
    ),
    /// Neither does the organisation work with the child nor does the caller co-ordinate in its area.
    NotInvolved => (
        "not-involved", FORBIDDEN, "Those may do this who work with the child, or co-ordinate early help in its area"
    ),
    /// Only those who sit on the panel.
    NotAPanelMember => ("not-a-panel-member", FORBIDDEN, "Only those who sit on the panel may do this"),
    /// Only the chair and the management team.
    NotTheChair => ("not-the-chair", FORBIDDEN, "Only the chair and the area's management team may do this"),
    /// The sector may not read this identifier, and so may not search by it.
    IdentifierNotReadable => (
        "identifier-not-readable", FORBIDDEN, "Your sector may not search by identifiers of this system"
    ),
    /// The service does not work before birth, and so may not search by the mother.
    MotherNotSearchable => (
        "mother-not-searchable", FORBIDDEN, "Only maternity, health visiting and social care search by the mother"
    ),
    /// The area is another's.
    OutsideYourArea => ("outside-your-area", FORBIDDEN, "This belongs to another area's management team"),
    /// Nobody grants or changes this for themselves.
    NotForYourself => ("not-for-yourself", FORBIDDEN, "Nobody may do this for their own account"),
    /// Two people are needed.
    SecondPersonRequired => ("second-person-required", FORBIDDEN, "This needs a second person to agree"),
    /// `On-Behalf-Of` was sent where nobody looks up for another.
    MediatedAccessClosed => ("mediated-access-closed", FORBIDDEN, "This cannot be done on behalf of a caller"),
    /// The code that a caller said is not right, was used, or was not sent.
    VerificationCodeRefused => (
        "verification-code-refused", FORBIDDEN,
        "Ask the caller for a new code: this account has none like it that can be used"
    ),
    /// The caller's account may not be used today.
    CallerNotInStanding => (
        "caller-not-in-standing", FORBIDDEN, "The caller's account may not be used today; they are told why at their own login"
    ),
    /// The connection does not come from a configured proxy.
    UntrustedPeer => ("untrusted-peer", FORBIDDEN, "Requests are taken from the configured proxies only"),
    /// There is no such thing, or the caller may not know that there is.
    NotFound => ("not-found", NOT_FOUND, "There is nothing here that you may see"),
    /// No operation has this path.
    PathUnknown => ("path-unknown", NOT_FOUND, "No operation has this path"),
    /// The path exists, not with this method.
    MethodNotAllowed => ("method-not-allowed", METHOD_NOT_ALLOWED, "This path does not take this method"),
    /// The body came too slowly.
    RequestTimeout => ("request-timeout", REQUEST_TIMEOUT, "The body did not arrive in time"),
    /// The request contradicts what is recorded.
    Conflict => ("conflict", CONFLICT, "This contradicts what is recorded"),
    /// Another current lead professional of the kind.
    LeadProfessionalExists => (
        "lead-professional-exists", CONFLICT, "The child has a current lead professional of this kind"
    ),
    /// The same practitioner waits to answer the same question.
    LeadProposed => ("lead-proposed", CONFLICT, "This practitioner has been asked to lead and has not answered yet"),
    /// The proposal waits no more.
    LeadProposalOver => (
        "lead-proposal-over", CONFLICT,
        "This proposal was answered or taken back, has expired, or somebody else leads by now; read how it stands"
    ),
    /// The practitioner leads already.
    LeadsAlready => ("leads-already", CONFLICT, "This practitioner leads already, in this or in the other kind"),
    /// The entry names nobody who could lead.
    NobodyNamed => ("nobody-named", CONFLICT, "A lead professional is a named person, and this entry names none"),
    /// Nobody leads, as far as the caller may see.
    NoLeadProfessional => ("no-lead-professional", CONFLICT, "The child has no lead professional of this kind"),
    /// The involvement has ended.
    InvolvementEnded => ("involvement-ended", CONFLICT, "This involvement has ended; register a new one"),
    /// An assessment of the kind is open; the problem names who holds it, or who can put somebody in touch.
    AssessmentOpen => (
        "assessment-open", CONFLICT, "An assessment of this kind is open; join it instead of starting another"
    ),
    /// The assessment has ended.
    AssessmentEnded => ("assessment-ended", CONFLICT, "This assessment has ended; start a new one"),
    /// The involvement is on its way somewhere.
    TransferOpen => (
        "transfer-open", CONFLICT, "A transfer of this involvement is open: it ends when the receiver accepts; withdraw it first"
    ),
    /// The entry does not stand on consent.
    NoConsentRecorded => ("no-consent-recorded", CONFLICT, "This involvement does not stand on consent"),
    /// The entry stands on no ground.
    NoGroundRecorded => ("no-ground-recorded", CONFLICT, "This involvement is of no sensitive service"),
    /// The same involvement is registered.
    AlreadyRegistered => ("already-registered", CONFLICT, "This involvement is registered and has not ended"),
    /// The organisation has used the key for another child.
    SourceKeyTaken => (
        "source-key-taken", CONFLICT, "Your organisation has registered a child under this source key already"
    ),
    /// So many are kept from the record that no more may be.
    TooManyRestrictions => ("too-many-restrictions", CONFLICT, "Fifty accounts are kept from this record already"),
    /// The child has no shield.
    NotShielded => ("not-shielded", CONFLICT, "The child is not shielded"),
    /// Another manager works the case.
    CaseTaken => ("case-taken", CONFLICT, "Another manager works this case"),
    /// The caller has not taken the case.
    CaseNotTaken => ("case-not-taken", CONFLICT, "Take the case first"),
    /// A case of this kind ends with what it is about.
    CaseGoesOn => (
        "case-goes-on", CONFLICT, "This case ends when the shield is lifted, or the request to be put in touch closed"
    ),
    /// The warning before an override; the problem carries what acknowledges it.
    OverrideWarning => ("override-warning", CONFLICT, "The record is shielded; read the warning and acknowledge it"),
    /// The warning was acknowledged before, is too old, or was given to somebody else.
    WarningOver => ("warning-over", CONFLICT, "This warning cannot be acknowledged any more; ask again without it"),
    /// The caller has an open request about the child.
    ContactAlreadyAsked => (
        "contact-already-asked", CONFLICT, "You have asked to be put in touch already, and it is not closed yet"
    ),
    /// The request is not in a state for this step.
    ContactOutOfStep => ("contact-out-of-step", CONFLICT, "The request has moved on; read it again"),
    /// Another manager has the request, or none has.
    ContactNotTaken => ("contact-not-taken", CONFLICT, "Take the request first"),
    /// The code is taken.
    CodeTaken => ("code-taken", CONFLICT, "This code is taken"),
    /// Another team of the organisation serves the district.
    DistrictTaken => ("district-taken", CONFLICT, "Another team of the organisation serves one of these districts"),
    /// The child is on this agenda.
    AlreadyOnAgenda => ("already-on-agenda", CONFLICT, "The child is on this agenda"),
    /// The account has the capability.
    CapabilityHeld => ("capability-held", CONFLICT, "The account has this capability already"),
    /// The same is proposed already.
    CapabilityProposed => (
        "capability-proposed", CONFLICT, "Somebody has proposed this already; agree to it, or wait for another to"
    ),
    /// Whoever proposed it may decide no more.
    ProposalVoid => (
        "proposal-void", CONFLICT, "Whoever proposed this may not decide it any more; propose it anew"
    ),
    /// The organisation is a member on one of these days.
    MemberAlready => ("member-already", CONFLICT, "This organisation is a member on one of these days already"),
    /// Another agreement is adopted for one of these days.
    AgreementOverlap => (
        "agreement-overlap", CONFLICT,
        "Another agreement of this partnership is adopted for one of these days; end it first, or choose other days"
    ),
    /// The identity is registered already.
    IdentityRegistered => ("identity-registered", CONFLICT, "This identity is registered already"),
    /// The child is born, or the record is closed.
    NotUnborn => ("not-unborn", CONFLICT, "This is not the record of an unborn child"),
    /// The period has not ended, and its figures are not published before.
    PeriodOpen => ("period-open", CONFLICT, "This period has not ended"),
    /// The step cannot follow where things stand, or somebody else took it meanwhile.
    OutOfOrder => ("out-of-order", CONFLICT, "This cannot follow where things stand"),
    /// The thing to be registered seems to exist.
    Duplicate => ("duplicate", CONFLICT, "This seems to be registered already"),
    /// `If-Match` names a version that is no longer current.
    PreconditionFailed => ("precondition-failed", PRECONDITION_FAILED, "It has changed since you read it"),
    /// The body is larger than this operation takes.
    BodyTooLarge => ("body-too-large", PAYLOAD_TOO_LARGE, "The body is too large"),
    /// The address is longer than any operation has.
    AddressTooLong => ("address-too-long", URI_TOO_LONG, "The address is too long"),
    /// The body is not `application/json`.
    MediaTypeUnsupported => ("media-type-unsupported", UNSUPPORTED_MEDIA_TYPE, "The body must be application/json"),
    /// The body is JSON and says something this operation does not take.
    InvalidBody => ("invalid-body", UNPROCESSABLE_ENTITY, "The body does not say what this operation needs"),
    /// A path or query parameter, or a header, says something this operation does not take.
    InvalidParameter => ("invalid-parameter", UNPROCESSABLE_ENTITY, "A parameter does not say what is needed"),
    /// Fewer search criteria than the minimum.
    CriteriaInsufficient => (
        "criteria-insufficient", UNPROCESSABLE_ENTITY, "These criteria are not enough to search by"
    ),
    /// The same `Idempotency-Key` came with another body.
    IdempotencyKeyReused => (
        "idempotency-key-reused", UNPROCESSABLE_ENTITY, "This Idempotency-Key was used with another body"
    ),
    /// A change without `If-Match`.
    PreconditionRequired => ("precondition-required", PRECONDITION_REQUIRED, "Say which version you read: If-Match"),
    /// A budget of requests is spent.
    RateLimited => ("rate-limited", TOO_MANY_REQUESTS, "Too many requests; see Retry-After"),
    /// The head of the request is larger than the server takes.
    HeadTooLarge => ("head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's headers are too large"),
    /// A failure on our side.
    Internal => ("internal", INTERNAL_SERVER_ERROR, "Something went wrong here"),
    /// Too much to do at this moment.
    Busy => ("busy", SERVICE_UNAVAILABLE, "Too busy at this moment; try again"),
    /// The access could not be recorded, so nothing was disclosed or changed.
    AuditUnavailable => (
        "audit-unavailable", SERVICE_UNAVAILABLE, "The access could not be recorded, so nothing was done"
    ),
    /// The keys that verify tokens cannot be had.
    IssuerUnavailable => ("issuer-unavailable", SERVICE_UNAVAILABLE, "Access tokens cannot be checked at this moment"),
    /// The log's checkpoint cannot be signed, or has not been yet.
    LogNotSigned => ("log-not-signed", SERVICE_UNAVAILABLE, "There is no checkpoint that may be signed at this moment"),
    /// The service cannot answer yet, or no longer.
    NotReady => ("not-ready", SERVICE_UNAVAILABLE, "Not ready to answer"),
}

impl ProblemCode {
    /// The `type` member: a URI for the code.
    pub fn type_uri(self) -> String {
        format!("urn:problem-type:child-index:{}", self.code())
    }

    /// The most general code of a status, for answers that were not made from a code.
    pub fn for_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::TokenInvalid,
            StatusCode::FORBIDDEN => Self::Forbidden,
            StatusCode::NOT_FOUND => Self::PathUnknown,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed,
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::CONFLICT => Self::Conflict,
            StatusCode::PRECONDITION_FAILED => Self::PreconditionFailed,
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge,
            StatusCode::URI_TOO_LONG => Self::AddressTooLong,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::MediaTypeUnsupported,
            StatusCode::UNPROCESSABLE_ENTITY => Self::InvalidBody,
            StatusCode::PRECONDITION_REQUIRED => Self::PreconditionRequired,
            StatusCode::TOO_MANY_REQUESTS => Self::RateLimited,
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::HeadTooLarge,
            StatusCode::SERVICE_UNAVAILABLE => Self::Busy,
            other if other.is_client_error() => Self::MalformedRequest,
            _ => Self::Internal,
        }
    }
}

impl Serialize for ProblemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some("The stable code of a problem; new ones may be added."))
            .enum_values(Some(Self::ALL.iter().map(|code| code.code())))
            .into()
    }
}

impl ToSchema for ProblemCode {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_kebab_case_and_unique() {
        let codes: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.code()).collect();
        assert_eq!(codes.len(), ProblemCode::ALL.len());
        let kebab =
            |code: &str| code.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase()));
        assert!(codes.iter().all(|code| kebab(code)));
    }

    #[test]
    fn every_code_is_an_error_and_every_status_finds_one_of_its_own() {
        for code in ProblemCode::ALL {
            let status = code.status();
            assert!(status.is_client_error() || status.is_server_error());
            assert_eq!(ProblemCode::for_status(status).status(), status, "{code:?}");
        }
    }
}
