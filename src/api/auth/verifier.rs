//! Verifying tokens: the right key of the right issuer, then the signature, then what the token says.

use std::collections::HashMap;
use std::sync::Arc;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use quick_cache::sync::Cache;
use sha2::{Digest as _, Sha256};

use super::claims::{ActingParty, AuthStrength, Claims, LONGEST_NAME, TokenFingerprint, VerifiedToken};
use super::jose_header::{self, Unverified};
use super::key_store::{KeySource, KeySourceError, KeyStore};
use super::refusals::TokenRefusal;
use crate::config::{IssuerSettings, TokenAlgorithm};

/// How long a verified token is remembered, in seconds. Suspension does not wait for it: the account is read anew
/// with every request.
const REMEMBERED_FOR: u64 = 60;

/// How many verified tokens are remembered.
const REMEMBERED: usize = 20_000;

/// Most difference between clocks that is tolerated, in seconds.
const MOST_LEEWAY: u64 = 30;

/// An issuer whose tokens are taken.
#[derive(Debug)]
pub struct Issuer {
    name: Arc<str>,
    audience: String,
    algorithms: Vec<Algorithm>,
    mfa_required: bool,
    mfa_acr_values: Vec<String>,
    leeway: u64,
    keys: Arc<KeyStore>,
}

impl Issuer {
    /// An issuer as configured, with the place its keys come from.
    pub fn new(settings: &IssuerSettings, source: Arc<dyn KeySource>) -> Self {
        let algorithms: Vec<_> = settings.algorithms.iter().copied().map(algorithm).collect();
        Self {
            name: settings.issuer.as_str().into(),
            audience: settings.audience.clone(),
            keys: KeyStore::new(source, algorithms.clone()),
            algorithms,
            mfa_required: settings.mfa_required,
            mfa_acr_values: settings.mfa_acr_values.clone(),
            leeway: settings.leeway_seconds.min(MOST_LEEWAY),
        }
    }

    /// The claim `iss` of its tokens.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Fetches the issuer's keys; see [`KeyStore::load`].
    ///
    /// # Errors
    /// When they cannot be fetched or used.
    pub async fn load_keys(&self) -> Result<(), KeySourceError> {
        self.keys.load().await
    }

    /// One `Validation` for one algorithm, everything the library leaves off switched on.
    fn validation(&self, algorithm: Algorithm) -> Validation {
        let mut validation = Validation::new(algorithm);
        validation.leeway = self.leeway;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.name]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation
    }

    async fn verify(&self, token: &str, head: &Unverified, now: u64) -> Result<Claims, TokenRefusal> {
        if !self.algorithms.contains(&head.algorithm) {
            return Err(TokenRefusal::Invalid("an algorithm the issuer does not use"));
        }
        let key = self.keys.find(&head.key_id, head.algorithm).await?;
        let claims = self.decode(token, &key, head.algorithm)?;
        self.check(&claims, now)?;
        Ok(claims)
    }

    /// The subject of a token whose signature is good, whatever else is wrong with it.
    fn authentic_subject(&self, token: &str, head: &Unverified) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Identity {
            iss: String,
            sub: String,
        }
        let key =
            self.algorithms.contains(&head.algorithm).then(|| self.keys.known(&head.key_id, head.algorithm))??;
        let mut signature_alone = Validation::new(head.algorithm);
        signature_alone.validate_exp = false;
        signature_alone.validate_aud = false;
        signature_alone.required_spec_claims.clear();
        let Identity { iss, sub } = jsonwebtoken::decode(token, &key, &signature_alone).ok()?.claims;
        (iss == *self.name && is_name(&sub)).then_some(sub)
    }

    fn decode(&self, token: &str, key: &DecodingKey, algorithm: Algorithm) -> Result<Claims, TokenRefusal> {
        let decoded = jsonwebtoken::decode::<Claims>(token, key, &self.validation(algorithm));
        decoded.map(|data| data.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => TokenRefusal::Expired,
            ErrorKind::ImmatureSignature => TokenRefusal::Invalid("not valid yet"),
            ErrorKind::InvalidSignature => TokenRefusal::Invalid("a wrong signature"),
            ErrorKind::InvalidAudience => TokenRefusal::Invalid("another audience"),
            ErrorKind::InvalidIssuer => TokenRefusal::Invalid("another issuer"),
            ErrorKind::Json(_) | ErrorKind::MissingRequiredClaim(_) | ErrorKind::InvalidClaimFormat(_) => {
                TokenRefusal::Invalid("claims missing or of a wrong type")
            }
            _ => TokenRefusal::Invalid("not verifiable"),
        })
    }

    /// What the library does not look at, or looks at leniently.
    fn check(&self, claims: &Claims, now: u64) -> Result<(), TokenRefusal> {
        let latest = now.saturating_add(self.leeway);
        if claims.iss != *self.name || claims.aud != self.audience {
            return Err(TokenRefusal::Invalid("another issuer or audience"));
        }
        if claims.iat > latest || claims.auth_time.is_some_and(|auth_time| auth_time > latest) {
            return Err(TokenRefusal::Invalid("issued in the future"));
        }
        if claims.exp <= claims.nbf || claims.exp <= claims.iat {
            return Err(TokenRefusal::Invalid("ends before it begins"));
        }
        if claims.cnf.is_some() {
            return Err(TokenRefusal::Invalid("bound to a key whose proof is not taken here"));
        }
        let actor = claims.act.as_ref();
        let names = [Some(&claims.sub), actor.map(|act| &act.sub), actor.and_then(|act| act.iss.as_ref())];
        if !names.into_iter().flatten().all(|name| is_name(name)) {
            return Err(TokenRefusal::Invalid("a name that is empty, too long or unprintable"));
        }
        Ok(())
    }

    fn verified(&self, claims: Claims, fingerprint: TokenFingerprint) -> Result<VerifiedToken, TokenRefusal> {
        let amr = claims.amr.unwrap_or_default();
        let strength = AuthStrength::of(claims.acr.as_deref(), &amr, &self.mfa_acr_values);
        if self.mfa_required && strength < AuthStrength::TwoFactors {
            return Err(TokenRefusal::OneFactor { acr_values: self.mfa_acr_values.clone() });
        }
        let acting = claims.act.map(|act| ActingParty {
            issuer: act.iss.map_or_else(|| Arc::clone(&self.name), Arc::from),
            subject: act.sub.into(),
        });
        Ok(VerifiedToken {
            issuer: Arc::clone(&self.name),
            subject: claims.sub.into(),
            strength,
            auth_time: claims.auth_time,
            acting,
            expires_at: claims.exp,
            fingerprint,
        })
    }
}

/// A token that was refused although its signature is an issuer's: somebody known tried, with a token that is over, meant
/// for others, or too weak. The audit log records it where the identity has an account here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedToken {
    /// The claim `iss`.
    pub issuer: Arc<str>,
    /// The claim `sub`.
    pub subject: Arc<str>,
    /// Which token this was.
    pub fingerprint: TokenFingerprint,
    /// Why it was refused: [`TokenRefusal::label`].
    pub reason: &'static str,
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= LONGEST_NAME && !name.chars().any(char::is_control)
}

const fn algorithm(algorithm: TokenAlgorithm) -> Algorithm {
    match algorithm {
        TokenAlgorithm::Es256 => Algorithm::ES256,
        TokenAlgorithm::EdDsa => Algorithm::EdDSA,
        TokenAlgorithm::Rs256 => Algorithm::RS256,
    }
}

/// Verifies tokens of the configured issuers and remembers, for a minute, those it verified.
#[derive(Debug)]
pub struct Verifier {
    issuers: HashMap<Arc<str>, Issuer>,
    remembered: Cache<TokenFingerprint, (VerifiedToken, u64)>,
    reported: Cache<TokenFingerprint, u64>,
}

impl Verifier {
    /// A verifier for these issuers.
    pub fn new(issuers: impl IntoIterator<Item = Issuer>) -> Self {
        let issuers = issuers.into_iter().map(|issuer| (Arc::clone(&issuer.name), issuer)).collect();
        Self { issuers, remembered: Cache::new(REMEMBERED), reported: Cache::new(REMEMBERED) }
    }

    /// The issuers.
    pub fn issuers(&self) -> impl Iterator<Item = &Issuer> {
        self.issuers.values()
    }

    /// Verifies a token.
    ///
    /// # Errors
    /// Why it is not taken.
    pub async fn verify(&self, token: &str) -> Result<VerifiedToken, TokenRefusal> {
        let now = jsonwebtoken::get_current_timestamp();
        let fingerprint = TokenFingerprint(Sha256::digest(token).into());
        if let Some((verified, until)) = self.remembered.get(&fingerprint)
            && now < until
        {
            return Ok(verified);
        }
        let head = jose_header::read(token)?;
        let issuer = self.issuers.get(head.issuer.as_str()).ok_or(TokenRefusal::Invalid("an unknown issuer"))?;
        let claims = issuer.verify(token, &head, now).await?;
        let verified = issuer.verified(claims, fingerprint)?;
        let until = verified.expires_at.min(now.saturating_add(REMEMBERED_FOR));
        self.remembered.insert(fingerprint, (verified.clone(), until));
        Ok(verified)
    }

    /// Whose a refused token is, if its signature is good all the same; at most once a minute for each token, so that
    /// sending one again and again fills no log. Fetches nothing.
    pub(super) fn refused(&self, token: &str, refusal: &TokenRefusal) -> Option<RefusedToken> {
        let now = jsonwebtoken::get_current_timestamp();
        let fingerprint = TokenFingerprint(Sha256::digest(token).into());
        if self.reported.get(&fingerprint).is_some_and(|until| now < until) {
            return None;
        }
        let head = jose_header::read(token).ok()?;
        let issuer = self.issuers.get(head.issuer.as_str())?;
        let subject = issuer.authentic_subject(token, &head)?;
        self.reported.insert(fingerprint, now.saturating_add(REMEMBERED_FOR));
        let issuer = Arc::clone(&issuer.name);
        Some(RefusedToken { issuer, subject: subject.into(), fingerprint, reason: refusal.label() })
    }
}
