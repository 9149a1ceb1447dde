//! Refusals and failures as problem documents: the one place where each of them gets its code.

use actix_web::http::header::HeaderName;

use super::auth::TokenRefusal;
use super::problems::{Problem, ProblemCode, ProblemItem};
use super::visits::RECENT_LOGIN;
use crate::app::Failure;
use crate::domain::accounts::Lapse;
use crate::domain::policy::{Conflict, Forbidden, Refusal};

/// Names the durable record of an access; on refusals too, since they are recorded like answers.
pub const AUDIT_RECEIPT: HeaderName = HeaderName::from_static("audit-receipt");

/// When to try again, in seconds, after nothing could be answered.
const SOON: u64 = 1;

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NotFound => ProblemCode::NotFound.into(),
            Refusal::Forbidden(forbidden) => ProblemCode::from(forbidden).into(),
            Refusal::Lapsed(lapse) => ProblemCode::from(lapse).into(),
            Refusal::UnknownAccount => ProblemCode::AccountUnknown.into(),
            Refusal::StrongerAuthentication => TokenRefusal::OneFactor { acr_values: Vec::new() }.into(),
            Refusal::RecentLogin => TokenRefusal::LoginTooOld { max_age: RECENT_LOGIN }.into(),
            Refusal::OverBudget { retry_after } => {
                // A fraction of a second is rounded up: coming back on the dot must not be too early.
                let seconds = retry_after.as_secs().saturating_add(u64::from(retry_after.subsec_nanos() > 0));
                Self::new(ProblemCode::RateLimited).retry_after(seconds)
            }
            Refusal::Stale => ProblemCode::PreconditionFailed.into(),
            Refusal::Conflict(conflict) => ProblemCode::from(conflict).into(),
            Refusal::KeyReused => ProblemCode::IdempotencyKeyReused.into(),
            Refusal::Invalid(violation) => Self::new(ProblemCode::InvalidBody).item(ProblemItem::at(
                violation.pointer,
                "contradiction",
                violation.message,
            )),
        }
    }
}

impl From<Forbidden> for ProblemCode {
    fn from(forbidden: Forbidden) -> Self {
        match forbidden {
            Forbidden::Role => Self::RoleNotPermitted,
            Forbidden::Capability => Self::CapabilityMissing,
            Forbidden::Sector => Self::SectorNotPermitted,
            Forbidden::Hidden => Self::BlockNotVisible,
            Forbidden::NotInvolved => Self::NotInvolved,
            Forbidden::NotMember => Self::NotAPanelMember,
            Forbidden::NotChair => Self::NotTheChair,
            Forbidden::NotOwner => Self::NotYourOrganisationsEntry,
            Forbidden::Identifier => Self::IdentifierNotReadable,
            Forbidden::Mother => Self::MotherNotSearchable,
            Forbidden::Area => Self::OutsideYourArea,
            Forbidden::Oneself => Self::NotForYourself,
            Forbidden::VerificationCode => Self::VerificationCodeRefused,
            Forbidden::CallerStanding => Self::CallerNotInStanding,
            Forbidden::SecondPerson => Self::SecondPersonRequired,
        }
    }
}

impl From<Lapse> for ProblemCode {
    fn from(lapse: Lapse) -> Self {
        match lapse {
            Lapse::Suspended => Self::AccountSuspended,
            Lapse::Check => Self::CheckLapsed,
            Lapse::Training => Self::TrainingLapsed,
            Lapse::Certification => Self::CertificationLapsed,
            Lapse::Terms => Self::TermsNotAccepted,
            Lapse::Accreditation => Self::OrganisationNotAccredited,
            Lapse::LawfulBasis => Self::LawfulBasisMissing,
        }
    }
}

impl From<Conflict> for ProblemCode {
    fn from(conflict: Conflict) -> Self {
        match conflict {
            Conflict::LeadProfessional => Self::LeadProfessionalExists,
            Conflict::LeadProposed => Self::LeadProposed,
            Conflict::LeadProposalOver => Self::LeadProposalOver,
            Conflict::Leads => Self::LeadsAlready,
            Conflict::NobodyNamed => Self::NobodyNamed,
            Conflict::NoLead => Self::NoLeadProfessional,
            Conflict::Ended => Self::InvolvementEnded,
            Conflict::AssessmentEnded => Self::AssessmentEnded,
            Conflict::TransferOpen => Self::TransferOpen,
            Conflict::NoConsent => Self::NoConsentRecorded,
            Conflict::NoGround => Self::NoGroundRecorded,
            Conflict::Registered => Self::AlreadyRegistered,
            Conflict::SourceKey => Self::SourceKeyTaken,
            Conflict::Restrictions => Self::TooManyRestrictions,
            Conflict::NotShielded => Self::NotShielded,
            Conflict::CaseTaken => Self::CaseTaken,
            Conflict::CaseNotTaken => Self::CaseNotTaken,
            Conflict::CaseGoesOn => Self::CaseGoesOn,
            Conflict::WarningOver => Self::WarningOver,
            Conflict::ContactAsked => Self::ContactAlreadyAsked,
            Conflict::ContactState => Self::ContactOutOfStep,
            Conflict::ContactNotTaken => Self::ContactNotTaken,
            Conflict::Code => Self::CodeTaken,
            Conflict::District => Self::DistrictTaken,
            Conflict::Born => Self::NotUnborn,
            Conflict::PeriodOpen => Self::PeriodOpen,
            Conflict::OnAgenda => Self::AlreadyOnAgenda,
            Conflict::OutOfOrder => Self::OutOfOrder,
            Conflict::CapabilityHeld => Self::CapabilityHeld,
            Conflict::CapabilityProposed => Self::CapabilityProposed,
            Conflict::ProposalVoid => Self::ProposalVoid,
            Conflict::Member => Self::MemberAlready,
            Conflict::AgreementOverlap => Self::AgreementOverlap,
            Conflict::Identity => Self::IdentityRegistered,
        }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Busy => Self::new(ProblemCode::Busy).retry_after(SOON),
            // What could not be recorded is not disclosed, whatever it was that broke.
            broken @ Failure::Broken(_) => {
                let cause = std::error::Error::source(&broken).map_or_else(String::new, chain);
                Self::new(ProblemCode::AuditUnavailable).retry_after(SOON).caused_by(cause)
            }
        }
    }
}

/// An error and what caused it, in one line for the log.
fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::policy::Violation;

    fn status(problem: &Problem) -> u16 {
        problem.code().status().as_u16()
    }

    #[test]
    fn a_refusal_keeps_the_code_the_log_has() {
        let by_code = |refusal: Refusal, expected: u16| {
            let problem = Problem::from(refusal);
            assert_eq!((status(&problem), problem.code().code()), (expected, refusal.code()));
        };
        by_code(Refusal::NotFound, 404);
        by_code(Refusal::UnknownAccount, 403);
        by_code(Refusal::KeyReused, 422);
        Forbidden::ALL.iter().for_each(|each| by_code(Refusal::Forbidden(*each), 403));
        Lapse::ALL.iter().for_each(|each| by_code(Refusal::Lapsed(*each), 403));
        Conflict::ALL.iter().for_each(|each| by_code(Refusal::Conflict(*each), 409));
    }

    #[test]
    fn a_stale_version_and_a_contradiction_say_so() {
        assert_eq!(status(&Problem::from(Refusal::Stale)), 412);
        let violation = Violation { pointer: "/ended_on", message: "lies before the start" };
        let problem = Problem::from(Refusal::Invalid(violation));
        let item = problem.body().errors.first().unwrap();
        assert_eq!((status(&problem), item.pointer.as_deref()), (422, Some("/ended_on")));
        assert_eq!(item.message, "lies before the start");
    }

    #[test]
    fn who_is_over_budget_learns_when_to_come_back() {
        for (wait, said) in [(Duration::from_secs(7), "7"), (Duration::from_millis(1_200), "2")] {
            let response = Problem::from(Refusal::OverBudget { retry_after: wait }).to_response(None);
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers().get("retry-after").unwrap(), said);
        }
    }

    #[test]
    fn a_weak_login_is_told_what_is_needed() {
        let response = Problem::from(Refusal::StrongerAuthentication).to_response(None);
        assert_eq!(response.status(), 401);
        let challenge = response.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert!(challenge.contains("insufficient_user_authentication"), "{challenge}");
    }

    #[test]
    fn a_failure_says_nothing_of_its_cause() {
        let busy = Problem::from(Failure::Busy);
        assert_eq!((status(&busy), busy.code().code()), (503, "busy"));
        assert_eq!(busy.to_response(None).headers().get("retry-after").unwrap(), "1");
    }
}
