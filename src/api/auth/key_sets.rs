//! A JSON Web Key Set (RFC 7517), reduced to the keys that may verify tokens here.

use std::collections::HashMap;
use std::fmt;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Keys by id and algorithm. A key verifies with one algorithm only, so that no other can be talked into it.
#[derive(Debug, Default)]
pub struct KeySet(HashMap<(String, Algorithm), DecodingKey>);

/// Why a key set cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySetError {
    /// Not a JSON object with an array `keys`.
    Malformed,
    /// No key in it may verify tokens here.
    Empty,
    /// It holds a private or shared key: whoever published it has given away the power to make tokens.
    Private,
}

impl fmt::Display for KeySetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "the key set is not a JSON object with an array \"keys\"",
            Self::Empty => "the key set holds no key that may verify tokens with the configured algorithms",
            Self::Private => "the key set holds a private or shared key; publish public keys only and replace that key",
        })
    }
}

impl std::error::Error for KeySetError {}

impl KeySet {
    /// Reads a key set, keeping the keys usable with one of `algorithms`. Keys of other kinds are passed over, as
    /// RFC 7517 asks.
    ///
    /// # Errors
    /// When it is no key set, when nothing in it is usable, and when it holds a private or shared key.
    pub fn read(jwks: &[u8], algorithms: &[Algorithm]) -> Result<Self, KeySetError> {
        #[derive(Deserialize)]
        struct Jwks {
            keys: Vec<Map<String, Value>>,
        }
        let Jwks { keys } = serde_json::from_slice(jwks).map_err(|_| KeySetError::Malformed)?;
        if keys.iter().any(|key| key.contains_key("d") || key.contains_key("k")) {
            return Err(KeySetError::Private);
        }
        let mut kept = HashMap::new();
        for key in keys {
            let Some((id, algorithm, decoding)) = usable(key) else { continue };
            if algorithms.contains(&algorithm) {
                // Of two keys with one id the first is kept: which was meant cannot be known.
                kept.entry((id, algorithm)).or_insert(decoding);
            }
        }
        if kept.is_empty() { Err(KeySetError::Empty) } else { Ok(Self(kept)) }
    }

    /// The key with this id, for this algorithm.
    pub fn find(&self, key_id: &str, algorithm: Algorithm) -> Option<&DecodingKey> {
        self.0.get(&(key_id.to_owned(), algorithm))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A key's id, its one algorithm and its form for verifying; `None` for a key that is not for verifying.
fn usable(key: Map<String, Value>) -> Option<(String, Algorithm, DecodingKey)> {
    let key: Jwk = serde_json::from_value(Value::Object(key)).ok()?;
    let common = &key.common;
    let for_signatures = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let may_verify =
        common.key_operations.as_ref().is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let id = common.key_id.clone().filter(|id| !id.is_empty())?;
    let algorithm = match &key.algorithm {
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        _ => return None,
    };
    // Where the key names an algorithm, it must be the one its kind has here: an RSA key for PS256 is not for RS256.
    let agrees =
        common.key_algorithm.is_none_or(|named| Algorithm::try_from(named).is_ok_and(|named| named == algorithm));
    if !(for_signatures && may_verify && agrees) {
        return None;
    }
    Some((id, algorithm, DecodingKey::from_jwk(&key).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ALL: [Algorithm; 3] = [Algorithm::ES256, Algorithm::EdDSA, Algorithm::RS256];

    fn read(keys: Value) -> Result<KeySet, KeySetError> {
        KeySet::read(json!({ "keys": keys }).to_string().as_bytes(), &ALL)
    }

    fn ed(changes: Value) -> Value {
        let mut key =
            json!({"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
        for (name, value) in changes.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_is_kept_for_its_one_algorithm() {
        let keys = read(json!([ed(json!({})), ed(json!({"kid": "b", "alg": "EdDSA", "use": "sig"}))])).unwrap();
        assert!(keys.find("a", Algorithm::EdDSA).is_some() && keys.find("b", Algorithm::EdDSA).is_some());
        assert!(keys.find("a", Algorithm::RS256).is_none() && keys.find("a", Algorithm::ES256).is_none());
        assert!(keys.find("c", Algorithm::EdDSA).is_none());
    }

    #[test]
    fn keys_that_are_for_something_else_are_passed_over() {
        for changes in [
            json!({"use": "enc"}),
            json!({"key_ops": ["sign"]}),
            json!({"alg": "RS256"}),
            json!({"alg": "HS256"}),
            json!({"kid": ""}),
            json!({"kid": null}),
            json!({"crv": "X25519"}),
            json!({"kty": "EC"}),
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB", "alg": "PS256"}),
            json!({"x": "not base64!"}),
        ] {
            assert_eq!(read(json!([ed(changes.clone())])).unwrap_err(), KeySetError::Empty, "{changes}");
        }
        let only_rsa = KeySet::read(json!({"keys": [ed(json!({}))]}).to_string().as_bytes(), &[Algorithm::RS256]);
        assert_eq!(only_rsa.unwrap_err(), KeySetError::Empty);
    }

    #[test]
    fn a_set_that_gives_a_secret_away_is_refused_whole() {
        let secret = json!({"kty": "oct", "kid": "s", "k": "c2VjcmV0"});
        assert_eq!(read(json!([ed(json!({})), secret])).unwrap_err(), KeySetError::Private);
        assert_eq!(
            read(json!([ed(json!({"d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}))])).unwrap_err(),
            KeySetError::Private
        );
        for text in ["", "[]", "{}", "{\"keys\": {}}", "{\"keys\": [1]}"] {
            assert_eq!(KeySet::read(text.as_bytes(), &ALL).unwrap_err(), KeySetError::Malformed, "{text}");
        }
    }
}
