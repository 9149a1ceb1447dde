//! What a verified token says: identity, strength of the login, and a system acting for somebody.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::refusals::TokenRefusal;
use crate::api::problems::Problem;

/// Longest issuer or subject, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

/// The claims that are looked at, each with its one right type. Anything of another type makes the token invalid:
/// a numeric `aud`, an array of audiences (a token for several services is not one for this service alone), a text or
/// a fraction as `exp`.
#[derive(Debug, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub sub: String,
    pub aud: String,
    pub exp: u64,
    pub nbf: u64,
    pub iat: u64,
    pub auth_time: Option<u64>,
    pub acr: Option<String>,
    pub amr: Option<Vec<String>>,
    pub act: Option<ActClaim>,
    /// Present on tokens bound to a key (RFC 7800), which must not be taken without proof of that key.
    pub cnf: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ActClaim {
    pub sub: String,
    pub iss: Option<String>,
}

/// How strongly somebody logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuthStrength {
    /// One factor, or nothing that says otherwise.
    OneFactor,
    /// Two factors of different kinds.
    TwoFactors,
}

impl AuthStrength {
    /// Reads `acr` against the issuer's values, and `amr` by RFC 8176: `mfa`, or methods of two different kinds
    /// (something one knows, has or is; two passwords are one factor).
    pub(super) fn of(acr: Option<&str>, amr: &[String], mfa_acr_values: &[String]) -> Self {
        let by_acr = acr.is_some_and(|acr| mfa_acr_values.iter().any(|value| value == acr));
        let any_of = |kind: &[&str]| amr.iter().any(|method| kind.contains(&method.as_str()));
        let knows = any_of(&["pwd", "pin", "kba"]);
        let has = any_of(&["hwk", "swk", "otp", "sms", "tel", "sc"]);
        let is = any_of(&["face", "fpt", "iris", "retina", "vbm"]);
        let kinds = [knows, has, is].into_iter().filter(|kind| *kind).count();
        if by_acr || any_of(&["mfa"]) || kinds >= 2 { Self::TwoFactors } else { Self::OneFactor }
    }
}

/// SHA-256 of the whole token: tells one token from another without keeping it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenFingerprint(pub [u8; 32]);

/// A system acting for the person whose token it sends (RFC 8693, claim `act`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActingParty {
    /// Who vouches for the system's identity.
    pub issuer: Arc<str>,
    /// The system's identity there.
    pub subject: Arc<str>,
}

/// A token whose signature, times, issuer, audience and type have been checked: who is calling, and how strongly
/// that is known.
///
/// Handlers take it as an argument. It is put there by [`super::authenticate`]; without that middleware in front the
/// extractor answers `401`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedToken {
    /// The claim `iss`. Identity is the pair of issuer and subject; an e-mail address changes nothing.
    pub issuer: Arc<str>,
    /// The claim `sub`.
    pub subject: Arc<str>,
    /// How strongly the subject logged in.
    pub strength: AuthStrength,
    /// When the subject last logged in, in seconds since 1970, where the issuer says so.
    pub auth_time: Option<u64>,
    /// The system that sends this token for its subject.
    pub acting: Option<ActingParty>,
    /// When the token ends, in seconds since 1970.
    pub expires_at: u64,
    /// Which token this was.
    pub fingerprint: TokenFingerprint,
}

impl VerifiedToken {
    /// Checks that the login itself, not only the token, is recent enough: for overrides, liftings and exports.
    ///
    /// # Errors
    /// `401 insufficient-user-authentication` with `max_age` (RFC 9470) when it is older than `seconds`, or when the
    /// token does not say when it was.
    pub fn require_login_within(&self, seconds: u64) -> Result<(), Problem> {
        let oldest = jsonwebtoken::get_current_timestamp().saturating_sub(seconds);
        match self.auth_time {
            Some(auth_time) if auth_time >= oldest => Ok(()),
            _ => Err(TokenRefusal::LoginTooOld { max_age: seconds }.into()),
        }
    }

    /// Checks that the subject logged in with two factors.
    ///
    /// # Errors
    /// `401 insufficient-user-authentication` (RFC 9470).
    pub fn require_two_factors(&self) -> Result<(), Problem> {
        match self.strength {
            AuthStrength::TwoFactors => Ok(()),
            AuthStrength::OneFactor => Err(TokenRefusal::OneFactor { acr_values: Vec::new() }.into()),
        }
    }
}

impl FromRequest for VerifiedToken {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| TokenRefusal::Missing.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strength(acr: Option<&str>, amr: &[&str]) -> AuthStrength {
        let amr: Vec<_> = amr.iter().map(|method| (*method).to_owned()).collect();
        AuthStrength::of(acr, &amr, &["urn:mfa".to_owned()])
    }

    #[test]
    fn two_factors_are_two_kinds() {
        for (acr, amr) in [
            (None, &["mfa"][..]),
            (None, &["pwd", "otp"]),
            (None, &["pin", "hwk"]),
            (None, &["fpt", "sc"]),
            (Some("urn:mfa"), &[]),
        ] {
            assert_eq!(strength(acr, amr), AuthStrength::TwoFactors, "{acr:?} {amr:?}");
        }
        for (acr, amr) in [
            (None, &[][..]),
            (None, &["pwd"]),
            (None, &["pwd", "pin", "kba"]),
            (None, &["otp", "sms"]),
            (None, &["pwd", "geo", "rba", "MFA"]),
            (Some("urn:mfa:not"), &["pwd"]),
            (Some("0"), &[]),
        ] {
            assert_eq!(strength(acr, amr), AuthStrength::OneFactor, "{acr:?} {amr:?}");
        }
    }
}
