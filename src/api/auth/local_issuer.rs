//! An issuer of our own, for demonstration and development: a key, its public key set, and tokens made with it.

use std::fmt;

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::{IssuerSettings, LOCAL_AUDIENCE, LOCAL_ISSUER, TokenAlgorithm};

/// An issuer whose Ed25519 key is ours. Never in production: whoever holds the key can be anybody, and the settings
/// refuse it beyond this machine.
pub struct LocalIssuer {
    pkcs8: Vec<u8>,
    public_key: Vec<u8>,
    key_id: String,
}

/// Why the local issuer cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LocalIssuerError {
    /// The key is not an Ed25519 private key in PEM (PKCS#8).
    Key,
    /// The system could not make a key or a signature.
    Crypto,
}

impl fmt::Display for LocalIssuerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the local issuer's key is not an Ed25519 private key in PEM (PKCS#8); remove the file to make a new one",
            Self::Crypto => "a key or signature could not be made",
        })
    }
}

impl std::error::Error for LocalIssuerError {}

/// What a token is to say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenOrder {
    /// The claim `sub`: who.
    pub subject: String,
    /// How long it is valid, in seconds.
    pub seconds: u64,
    /// The claim `amr`: how they logged in, for example `pwd` and `otp`.
    pub amr: Vec<String>,
    /// The system that acts for them, as a subject of this issuer.
    pub acting: Option<String>,
    /// How long ago they logged in, in seconds.
    pub login_age: u64,
}

impl TokenOrder {
    /// A person who has just logged in with two factors.
    pub fn person(subject: impl Into<String>, seconds: u64) -> Self {
        Self {
            subject: subject.into(),
            seconds,
            amr: vec!["pwd".to_owned(), "otp".to_owned()],
            acting: None,
            login_age: 0,
        }
    }

    /// A machine identity, with the one factor it has.
    pub fn system(subject: impl Into<String>, seconds: u64) -> Self {
        Self { subject: subject.into(), seconds, amr: vec!["swk".to_owned()], acting: None, login_age: 0 }
    }
}

impl LocalIssuer {
    /// An issuer with a new key.
    ///
    /// # Errors
    /// [`LocalIssuerError::Crypto`] when the system's generator fails.
    pub fn generate() -> Result<Self, LocalIssuerError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| LocalIssuerError::Crypto)?;
        let pkcs8 = pair.to_pkcs8v1().map_err(|_| LocalIssuerError::Crypto)?;
        Ok(Self::new(pkcs8.as_ref().to_vec(), &pair))
    }

    /// The issuer whose key was written by [`LocalIssuer::to_pem`].
    ///
    /// # Errors
    /// [`LocalIssuerError::Key`] when it is no such key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, LocalIssuerError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem).map_err(|_| LocalIssuerError::Key)?;
        let pkcs8 = der.secret_pkcs8_der().to_vec();
        let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| LocalIssuerError::Key)?;
        Ok(Self::new(pkcs8, &pair))
    }

    fn new(pkcs8: Vec<u8>, pair: &Ed25519KeyPair) -> Self {
        let public_key = pair.public_key().as_ref().to_vec();
        // The thumbprint of RFC 7638: the same key has the same id wherever it is written down.
        let canonical = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, URL_SAFE_NO_PAD.encode(&public_key));
        let key_id = URL_SAFE_NO_PAD.encode(Sha256::digest(canonical));
        Self { pkcs8, public_key, key_id }
    }

    /// The private key in PEM, for a file of mode 0600.
    pub fn to_pem(&self) -> String {
        let text = STANDARD.encode(&self.pkcs8);
        let mut pem = String::from("-----BEGIN PRIVATE KEY-----\n");
        for (position, character) in text.chars().enumerate() {
            if position > 0 && position.is_multiple_of(64) {
                pem.push('\n');
            }
            pem.push(character);
        }
        pem.push_str("\n-----END PRIVATE KEY-----\n");
        pem
    }

    /// The public key set (JWKS).
    pub fn jwks(&self) -> String {
        let x = URL_SAFE_NO_PAD.encode(&self.public_key);
        let key = json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": self.key_id, "x": x});
        json!({ "keys": [key] }).to_string()
    }

    /// The settings under which its tokens are taken. Two factors are left to the access rules, since its tokens stand
    /// for systems as well as for people.
    pub fn settings() -> IssuerSettings {
        IssuerSettings {
            issuer: LOCAL_ISSUER.to_owned(),
            audience: LOCAL_AUDIENCE.to_owned(),
            jwks_url: None,
            jwks_file: None,
            algorithms: vec![TokenAlgorithm::EdDsa],
            mfa_required: false,
            mfa_acr_values: Vec::new(),
            leeway_seconds: 30,
        }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// [`LocalIssuerError::Crypto`] when it cannot be signed.
    pub fn mint(&self, order: &TokenOrder) -> Result<String, LocalIssuerError> {
        let now = jsonwebtoken::get_current_timestamp();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some(self.key_id.clone());
        let mut claims = json!({
            "iss": LOCAL_ISSUER,
            "aud": LOCAL_AUDIENCE,
            "sub": order.subject,
            "client_id": "child-index",
            "iat": now,
            "nbf": now,
            "exp": now.saturating_add(order.seconds),
            "auth_time": now.saturating_sub(order.login_age),
            "jti": Uuid::new_v4(),
            "amr": order.amr,
        });
        if let (Some(acting), Some(claims)) = (&order.acting, claims.as_object_mut()) {
            claims.insert("act".to_owned(), json!({ "sub": acting }));
        }
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&self.pkcs8))
            .map_err(|_| LocalIssuerError::Crypto)
    }
}

impl fmt::Debug for LocalIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalIssuer").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}
