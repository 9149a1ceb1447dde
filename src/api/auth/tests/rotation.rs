//! Keys over time: rotation, unknown keys, an issuer that cannot be reached.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::forging::{Key, TestKeys, settings};
use crate::api::auth::{Issuer, KeyTiming, TokenRefusal, Verifier};

/// Nothing happens by time alone.
const STILL: KeyTiming = KeyTiming {
    refresh_after: Duration::from_secs(600),
    retry_after: Duration::ZERO,
    unknown_key_gap: Duration::from_secs(30),
    give_up_after: Duration::from_secs(3600),
};

fn verifier(keys: &Arc<TestKeys>) -> Arc<Verifier> {
    let source = Arc::clone(keys);
    Arc::new(Verifier::new([Issuer::new(&settings(), source)]))
}

#[actix_web::test]
async fn a_new_key_is_found_and_an_old_one_goes() {
    let (old, new) = (Key::ed(), Key::ed());
    let keys = TestKeys::new(vec![old.jwk("a")], KeyTiming { unknown_key_gap: Duration::ZERO, ..STILL });
    let verifier = verifier(&keys);
    assert!(verifier.verify(&old.token(json!({}), json!({}))).await.is_ok());
    assert_eq!(keys.fetches(), 1);
    keys.publish(vec![old.jwk("a"), new.jwk("b")]);
    assert!(verifier.verify(&new.token(json!({"kid": "b"}), json!({}))).await.is_ok());
    assert!(verifier.verify(&old.token(json!({}), json!({"jti": "2"}))).await.is_ok());
    assert_eq!(keys.fetches(), 2);
    keys.publish(vec![new.jwk("b")]);
    verifier.issuers().next().unwrap().load_keys().await.unwrap();
    let refused = verifier.verify(&old.token(json!({}), json!({"jti": "3"}))).await;
    assert!(matches!(refused, Err(TokenRefusal::Invalid(_))));
    assert!(verifier.verify(&new.token(json!({"kid": "b"}), json!({"jti": "2"}))).await.is_ok());
}

#[actix_web::test]
async fn a_storm_of_unknown_keys_fetches_once() {
    let key = Key::ed();
    let keys = TestKeys::new(vec![key.jwk("a")], STILL);
    let verifier = verifier(&keys);
    assert!(verifier.verify(&key.token(json!({}), json!({}))).await.is_ok());
    let storm = (0..200).map(|number| {
        let verifier = Arc::clone(&verifier);
        let token = key.token(json!({"kid": format!("unknown-{number}")}), json!({}));
        actix_web::rt::spawn(async move { verifier.verify(&token).await })
    });
    for outcome in futures_util::future::join_all(storm).await {
        assert!(matches!(outcome.unwrap(), Err(TokenRefusal::Invalid(_))));
    }
    assert_eq!(keys.fetches(), 2, "once at start and once for all the unknown");
    // The good key works on.
    assert!(verifier.verify(&key.token(json!({}), json!({"jti": "2"}))).await.is_ok());
}

#[actix_web::test]
async fn a_first_rush_fetches_once() {
    let key = Key::ed();
    let keys = TestKeys::new(vec![key.jwk("a")], STILL);
    let verifier = verifier(&keys);
    let rush = (0..50).map(|number| {
        let verifier = Arc::clone(&verifier);
        let token = key.token(json!({}), json!({"jti": number.to_string()}));
        actix_web::rt::spawn(async move { verifier.verify(&token).await })
    });
    for outcome in futures_util::future::join_all(rush).await {
        assert!(outcome.unwrap().is_ok());
    }
    assert_eq!(keys.fetches(), 1);
}

#[actix_web::test]
async fn the_last_good_set_is_kept_until_it_is_too_old() {
    let key = Key::ed();
    let timing = KeyTiming { refresh_after: Duration::ZERO, give_up_after: Duration::from_millis(400), ..STILL };
    let keys = TestKeys::new(vec![key.jwk("a")], timing);
    let verifier = verifier(&keys);
    let token = |number: u32| key.token(json!({}), json!({"jti": number.to_string()}));
    assert!(verifier.verify(&token(1)).await.is_ok());
    keys.break_down();
    assert!(verifier.verify(&token(2)).await.is_ok(), "the issuer is down, its keys are known");
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(verifier.verify(&token(3)).await, Err(TokenRefusal::IssuerUnavailable), "too old: fail closed");
    // Rubbish or a set that gives a secret away is no better than no answer.
    keys.publish(vec![json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a"})]);
    assert_eq!(verifier.verify(&token(4)).await, Err(TokenRefusal::IssuerUnavailable));
    keys.publish(vec![key.jwk("a")]);
    assert!(verifier.verify(&token(5)).await.is_ok(), "and back");
}

#[actix_web::test]
async fn an_unreachable_issuer_is_not_asked_by_every_request() {
    let key = Key::ed();
    let keys = TestKeys::new(vec![key.jwk("a")], KeyTiming { retry_after: Duration::from_secs(30), ..STILL });
    keys.break_down();
    let verifier = verifier(&keys);
    for number in 0..20 {
        let token = key.token(json!({}), json!({"jti": number.to_string()}));
        assert_eq!(verifier.verify(&token).await, Err(TokenRefusal::IssuerUnavailable));
    }
    assert_eq!(keys.fetches(), 1);
}

#[actix_web::test]
async fn an_old_set_is_renewed_in_the_background() {
    let (old, new) = (Key::ed(), Key::ed());
    let keys = TestKeys::new(vec![old.jwk("a")], KeyTiming { refresh_after: Duration::from_millis(50), ..STILL });
    let verifier = verifier(&keys);
    assert!(verifier.verify(&old.token(json!({}), json!({}))).await.is_ok());
    keys.publish(vec![new.jwk("b")]);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert!(verifier.verify(&old.token(json!({}), json!({"jti": "2"}))).await.is_ok(), "not held up by the fetch");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(verifier.verify(&old.token(json!({}), json!({"jti": "3"}))).await.is_err(), "the key was withdrawn");
}
