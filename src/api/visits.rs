//! Who asks, and why: what a request brings with it, made into a [`Visit`] from the verified token and the headers.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use uuid::Uuid;

use super::auth::{ActingParty, AuthStrength, VerifiedToken};
use super::extract::LegalPurposeHeader;
use super::problems::Problem;
use crate::domain::audit::actions::{AuditAction, Strength};
use crate::domain::audit::payloads::TokenFingerprint;
use crate::domain::policy::LegalPurpose;
use crate::domain::reasons::AccessReason;
use crate::domain::visits::{Identity, Visit};
use crate::telemetry::RequestId;

/// A login this many seconds ago is recent enough for the gravest operations.
pub(super) const RECENT_LOGIN: u64 = 15 * 60;

/// The one who asks, on an operation that is about no child: a reason may be stated.
#[derive(Debug, Clone)]
pub struct Visitor(Visit);

/// The one who asks, on an operation on a child: a reason must be stated.
#[derive(Debug, Clone)]
pub struct ChildVisitor(Visit);

impl Visitor {
    /// The visit: `operation` as the document names it, `action` as the audit log does.
    pub fn to(self, operation: &'static str, action: AuditAction) -> Visit {
        Visit { operation, action, ..self.0 }
    }
}

impl ChildVisitor {
    /// The visit: `operation` as the document names it, `action` as the audit log does.
    pub fn to(self, operation: &'static str, action: AuditAction) -> Visit {
        Visit { operation, action, ..self.0 }
    }
}

impl FromRequest for Visitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read(request, payload, false).map(Self))
    }
}

impl FromRequest for ChildVisitor {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        ready(read(request, payload, true).map(Self))
    }
}

fn read(request: &HttpRequest, payload: &mut Payload, about_a_child: bool) -> Result<Visit, Problem> {
    let token = VerifiedToken::from_request(request, payload).into_inner()?;
    let stated = about_a_child || request.headers().contains_key("access-reason");
    let reason = stated.then(|| AccessReason::from_request(request, payload).into_inner()).transpose()?;
    let LegalPurposeHeader(purpose) = LegalPurposeHeader::from_request(request, payload).into_inner()?;
    Ok(visit(request, &token, reason, purpose))
}

fn visit(
    request: &HttpRequest,
    token: &VerifiedToken,
    reason: Option<AccessReason>,
    purpose: Option<LegalPurpose>,
) -> Visit {
    let request_id = request.extensions().get::<RequestId>().map_or_else(Uuid::new_v4, |id| id.0);
    Visit {
        identity: Identity { issuer: token.issuer.to_string(), subject: token.subject.to_string() },
        through: token.acting.as_ref().map(identity_of),
        strength: strength_of(token),
        token: fingerprint_of(token),
        reason,
        purpose,
        // Replaced by `to`, without which nobody gets at the visit.
        operation: "",
        action: AuditAction::TokenRefused,
        request_id,
        client: request.peer_addr().map(|peer| peer.ip().to_canonical()),
    }
}

fn identity_of(system: &ActingParty) -> Identity {
    Identity { issuer: system.issuer.to_string(), subject: system.subject.to_string() }
}

fn strength_of(token: &VerifiedToken) -> Strength {
    match token.strength {
        AuthStrength::OneFactor => Strength::OneFactor,
        AuthStrength::TwoFactors if token.require_login_within(RECENT_LOGIN).is_ok() => Strength::RecentTwoFactor,
        AuthStrength::TwoFactors => Strength::TwoFactor,
    }
}

/// The log keeps the first half of the token's SHA-256.
fn fingerprint_of(token: &VerifiedToken) -> TokenFingerprint {
    let (first, _) = token.fingerprint.0.split_at(16);
    TokenFingerprint(first.try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use actix_web::test::TestRequest;

    use super::*;
    use crate::api::auth;

    fn token(strength: AuthStrength, auth_time: Option<u64>) -> VerifiedToken {
        VerifiedToken {
            issuer: "https://id.example".into(),
            subject: "nurse-1".into(),
            strength,
            auth_time,
            acting: Some(ActingParty { issuer: "https://id.example".into(), subject: "case-system".into() }),
            expires_at: u64::MAX,
            fingerprint: auth::TokenFingerprint([7; 32]),
        }
    }

    fn request(headers: &[(&str, &str)]) -> HttpRequest {
        let mut request = TestRequest::default().peer_addr("[::ffff:192.0.2.7]:4000".parse().unwrap());
        for header in headers {
            request = request.append_header(*header);
        }
        let request = request.to_http_request();
        request.extensions_mut().insert(token(AuthStrength::TwoFactors, None));
        request.extensions_mut().insert(RequestId(Uuid::nil()));
        request
    }

    async fn to_a_child(headers: &[(&str, &str)]) -> Result<Visit, &'static str> {
        let visitor = ChildVisitor::from_request(&request(headers), &mut Payload::None).await;
        visitor.map(|it| it.to("read_child", AuditAction::ChildRead)).map_err(|problem| problem.code().code())
    }

    #[actix_web::test]
    async fn a_visit_says_who_through_what_and_why() {
        let visit = to_a_child(&[("Access-Reason", "safeguarding")]).await.unwrap();
        assert_eq!(
            (visit.identity.issuer.as_str(), visit.identity.subject.as_str()),
            ("https://id.example", "nurse-1")
        );
        assert_eq!(visit.through.unwrap().subject, "case-system");
        assert_eq!((visit.reason, visit.purpose), (Some(AccessReason::Safeguarding), None));
        assert_eq!((visit.operation, visit.action), ("read_child", AuditAction::ChildRead));
        assert_eq!((visit.request_id, visit.token), (Uuid::nil(), TokenFingerprint([7; 16])));
        assert_eq!(visit.client, Some("192.0.2.7".parse::<IpAddr>().unwrap()));
        assert_eq!(visit.strength, Strength::TwoFactor);
    }

    #[actix_web::test]
    async fn a_reason_is_needed_for_a_child_and_may_be_stated_elsewhere() {
        assert_eq!(to_a_child(&[]).await.err(), Some("access-reason-missing"));
        assert_eq!(to_a_child(&[("Access-Reason", "curiosity")]).await.err(), Some("access-reason-unknown"));
        let elsewhere = async |headers: &[(&str, &str)]| {
            let visitor = Visitor::from_request(&request(headers), &mut Payload::None).await;
            visitor.map(|it| it.to("list_teams", AuditAction::TeamList).reason).map_err(|problem| problem.code().code())
        };
        assert_eq!(elsewhere(&[]).await, Ok(None));
        assert_eq!(elsewhere(&[("Access-Reason", "audit")]).await, Ok(Some(AccessReason::Audit)));
        assert_eq!(elsewhere(&[("Access-Reason", "curiosity")]).await, Err("access-reason-unknown"));
    }

    #[actix_web::test]
    async fn a_legal_purpose_is_one_of_the_known_ones() {
        let reason = ("Access-Reason", "safeguarding");
        let with = to_a_child(&[reason, ("Legal-Purpose", "child-death-review")]).await.unwrap();
        assert_eq!(with.purpose, Some(LegalPurpose::ChildDeath));
        assert_eq!(to_a_child(&[reason, ("Legal-Purpose", "interest")]).await.err(), Some("malformed-header"));
    }

    #[test]
    fn a_login_is_recent_for_a_quarter_of_an_hour() {
        let now = jsonwebtoken::get_current_timestamp();
        for (strength, auth_time, expected) in [
            (AuthStrength::OneFactor, Some(now), Strength::OneFactor),
            (AuthStrength::TwoFactors, None, Strength::TwoFactor),
            (AuthStrength::TwoFactors, Some(now - RECENT_LOGIN - 5), Strength::TwoFactor),
            (AuthStrength::TwoFactors, Some(now - 60), Strength::RecentTwoFactor),
        ] {
            assert_eq!(strength_of(&token(strength, auth_time)), expected);
        }
    }
}
