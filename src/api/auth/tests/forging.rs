//! A workshop for tokens: any header, any claims, any key.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::api::auth::{Issuer, KeySource, KeySourceError, KeyTiming, TokenRefusal, VerifiedToken, Verifier};
use crate::config::{IssuerSettings, TokenAlgorithm};

pub(super) const ISSUER: &str = "https://login.example.org";
pub(super) const AUDIENCE: &str = "https://index.example.org";

pub(super) enum Key {
    Ed(Ed25519KeyPair),
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
}

fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Key {
    pub(super) fn ed() -> Self {
        Self::Ed(Ed25519KeyPair::generate().unwrap())
    }

    pub(super) fn ec() -> Self {
        Self::Ec(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(super) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(super) fn alg(&self) -> &'static str {
        match self {
            Self::Ed(_) => "EdDSA",
            Self::Ec(_) => "ES256",
            Self::Rsa(_) => "RS256",
        }
    }

    pub(super) fn jwk(&self, kid: &str) -> Value {
        match self {
            Self::Ed(pair) => json!({"kty": "OKP", "crv": "Ed25519", "kid": kid, "x": b64(pair.public_key())}),
            Self::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "kid": kid, "x": b64(&point[1..33]), "y": b64(&point[33..])})
            }
            Self::Rsa(pair) => {
                let public = pair.public_key();
                let (n, e) = (public.modulus(), public.exponent());
                json!({"kty": "RSA", "kid": kid, "n": b64(n.big_endian_without_leading_zero()), "e": b64(e.big_endian_without_leading_zero())})
            }
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Ec(pair) => pair.sign(&SystemRandom::new(), message).unwrap().as_ref().to_vec(),
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
                signature
            }
        }
    }

    /// A token with exactly this text as header and claims, signed.
    pub(super) fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", b64(header), b64(claims));
        let signature = b64(self.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }

    /// A good token, with these changes to header and claims; `null` takes a member away.
    pub(super) fn token(&self, header: Value, claims: Value) -> String {
        let mut good_header = json!({"typ": "at+jwt", "alg": self.alg(), "kid": "a"});
        let mut good_claims = good_claims();
        change(&mut good_header, header);
        change(&mut good_claims, claims);
        self.sign_text(&good_header.to_string(), &good_claims.to_string())
    }
}

pub(super) fn now() -> u64 {
    jsonwebtoken::get_current_timestamp()
}

pub(super) fn good_claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "nurse-1", "iat": now(), "nbf": now(), "exp": now() + 300,
        "auth_time": now() - 10, "amr": ["pwd", "otp"], "client_id": "app", "jti": "1",
    })
}

fn change(object: &mut Value, changes: Value) {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.as_object_mut().unwrap().shift_remove(name);
        } else {
            object[name] = value.clone();
        }
    }
}

/// A key set that tests can change or break, and that counts how often it was fetched.
pub(super) struct TestKeys {
    pub(super) jwks: Mutex<Result<Value, String>>,
    pub(super) fetches: AtomicUsize,
    pub(super) timing: KeyTiming,
}

impl TestKeys {
    pub(super) fn new(keys: Vec<Value>, timing: KeyTiming) -> Arc<Self> {
        let jwks = Mutex::new(Ok(json!({ "keys": keys })));
        Arc::new(Self { jwks, fetches: AtomicUsize::new(0), timing })
    }

    pub(super) fn publish(&self, keys: Vec<Value>) {
        *self.jwks.lock().unwrap() = Ok(json!({ "keys": keys }));
    }

    pub(super) fn break_down(&self) {
        *self.jwks.lock().unwrap() = Err("unreachable".to_owned());
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

impl KeySource for TestKeys {
    fn fetch(&self) -> Result<Vec<u8>, KeySourceError> {
        self.fetches.fetch_add(1, Ordering::SeqCst);
        self.jwks.lock().unwrap().clone().map(|jwks| jwks.to_string().into_bytes()).map_err(KeySourceError)
    }

    fn timing(&self) -> KeyTiming {
        self.timing
    }
}

pub(super) fn settings() -> IssuerSettings {
    IssuerSettings {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        jwks_url: None,
        jwks_file: None,
        algorithms: vec![TokenAlgorithm::Es256, TokenAlgorithm::EdDsa, TokenAlgorithm::Rs256],
        mfa_required: true,
        mfa_acr_values: vec!["urn:mfa".to_owned()],
        leeway_seconds: 30,
    }
}

pub(super) fn verifier_for(key: &Key) -> Verifier {
    Verifier::new([Issuer::new(&settings(), TestKeys::new(vec![key.jwk("a")], KeyTiming::PUBLISHED))])
}

/// What a verifier that knows `key` makes of a token.
pub(super) async fn verify(key: &Key, token: &str) -> Result<VerifiedToken, TokenRefusal> {
    verifier_for(key).verify(token).await
}
