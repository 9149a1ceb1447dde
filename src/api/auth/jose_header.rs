//! The head of a token, checked before its signature: which key, which algorithm, and nothing that asks for more.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::refusals::TokenRefusal;

/// Longest token, in bytes.
pub(super) const LONGEST_TOKEN: usize = 8 * 1024;

/// Longest key id, in bytes.
const LONGEST_KEY_ID: usize = 256;

/// Parameters that would let the token choose its own key, or change how it is read. Their presence alone refuses it,
/// whatever they hold, and nothing they name is ever fetched.
const REFUSED: [&str; 10] = ["crit", "jku", "jwk", "x5u", "x5c", "b64", "enc", "zip", "epk", "url"];

/// What a token says about itself, unverified: enough to find the key to verify it with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unverified {
    pub algorithm: Algorithm,
    pub key_id: String,
    /// The issuer it claims; only chooses whose keys are tried, and is compared again after the signature.
    pub issuer: String,
}

/// Reads what is needed to choose a key.
pub(super) fn read(token: &str) -> Result<Unverified, TokenRefusal> {
    if token.len() > LONGEST_TOKEN {
        return Err(TokenRefusal::Invalid("longer than 8 KiB"));
    }
    let mut parts = token.split('.');
    let (Some(head), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenRefusal::Invalid("not a signed token of three parts"));
    };
    let head: Map<String, Value> = decoded(head)?;
    let text = |name: &str| head.get(name).and_then(Value::as_str);
    if REFUSED.iter().any(|name| head.contains_key(*name)) {
        return Err(TokenRefusal::Invalid("a header parameter that is not taken"));
    }
    if !text("typ").is_some_and(is_access_token) {
        return Err(TokenRefusal::Invalid("not an access token (typ at+jwt)"));
    }
    let algorithm = match text("alg") {
        Some("ES256") => Algorithm::ES256,
        Some("EdDSA") => Algorithm::EdDSA,
        Some("RS256") => Algorithm::RS256,
        _ => return Err(TokenRefusal::Invalid("an algorithm that is not taken")),
    };
    let key_id = text("kid").filter(|kid| !kid.is_empty() && kid.len() <= LONGEST_KEY_ID);
    let Some(key_id) = key_id else { return Err(TokenRefusal::Invalid("no key id")) };
    #[derive(Deserialize)]
    struct Claimed {
        iss: String,
    }
    let Claimed { iss } = decoded(claims)?;
    Ok(Unverified { algorithm, key_id: key_id.to_owned(), issuer: iss })
}

/// `at+jwt`, alone or as a full media type (RFC 9068, 4). An ID token says `JWT` or nothing.
fn is_access_token(typ: &str) -> bool {
    typ.eq_ignore_ascii_case("at+jwt") || typ.eq_ignore_ascii_case("application/at+jwt")
}

fn decoded<T: for<'de> Deserialize<'de>>(part: &str) -> Result<T, TokenRefusal> {
    let unreadable = TokenRefusal::Invalid("unreadable");
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(part) else { return Err(unreadable) };
    serde_json::from_slice(&bytes).map_err(|_| unreadable)
}
