//! Single tokens: what is taken, and every way in which one is not.

use serde_json::{Value, json};

use super::forging::{AUDIENCE, ISSUER, Key, TestKeys, good_claims, now, settings, verifier_for, verify};
use crate::api::auth::{AuthStrength, Issuer, KeyTiming, LocalIssuer, StaticKeys, TokenOrder, TokenRefusal, Verifier};
use crate::config::{LOCAL_ISSUER, TokenAlgorithm};
use std::sync::Arc;

fn is_invalid(refusal: &TokenRefusal) -> bool {
    matches!(refusal, TokenRefusal::Invalid(_))
}

#[track_caller]
fn assert_invalid(outcome: Result<impl std::fmt::Debug, TokenRefusal>, what: impl std::fmt::Display) {
    let refusal = outcome.expect_err(&what.to_string());
    assert!(is_invalid(&refusal), "{what}: {refusal:?}");
}

#[actix_web::test]
async fn a_good_token_of_each_algorithm_says_who_and_how_strongly() {
    for key in [Key::ed(), Key::ec(), Key::rsa()] {
        let verified = verify(&key, &key.token(json!({}), json!({}))).await.unwrap();
        assert_eq!((&*verified.issuer, &*verified.subject), (ISSUER, "nurse-1"));
        assert_eq!((verified.strength, verified.acting), (AuthStrength::TwoFactors, None));
        assert!(verified.auth_time.unwrap() < now() && verified.expires_at > now());
    }
}

#[actix_web::test]
async fn every_bit_counts() {
    for key in [Key::ed(), Key::ec()] {
        let token = key.token(json!({}), json!({}));
        let verifier = verifier_for(&key);
        assert!(verifier.verify(&token).await.is_ok());
        for position in 0..token.len() {
            for bit in 0..7 {
                let mut bytes = token.clone().into_bytes();
                bytes[position] ^= 1 << bit;
                // A flipped bit of ASCII stays ASCII; the eighth bit is no header text at all.
                let forged = String::from_utf8(bytes).unwrap();
                let outcome = verifier.verify(&forged).await;
                assert!(outcome.is_err(), "{} byte {position} bit {bit}", key.alg());
            }
        }
    }
}

#[actix_web::test]
async fn nothing_may_be_cut_off_or_added() {
    let key = Key::ed();
    let token = key.token(json!({}), json!({}));
    let (message, _) = token.rsplit_once('.').unwrap();
    let cut = (1..token.len()).map(|length| token.chars().take(length).collect());
    let added = ["a", "=", ".", ".a", " ", "\n", "%"].map(|more| format!("{token}{more}"));
    let other = ["", ".", "..", "a.b.c", "null.null.null"].map(str::to_owned);
    for bad in cut.chain(added).chain(other).chain([format!("{message}."), message.to_owned()]) {
        assert_invalid(verify(&key, &bad).await, &bad);
    }
}

#[actix_web::test]
async fn algorithms_are_pinned_and_keys_are_not_confused() {
    let (ed, ec, rsa) = (Key::ed(), Key::ec(), Key::rsa());
    for alg in
        ["none", "None", "NONE", "nOnE", "", "HS256", "HS384", "HS512", "RS384", "PS256", "ES384", "eddsa", "Ed25519"]
    {
        assert_invalid(verify(&ed, &ed.token(json!({"alg": alg}), json!({}))).await, alg);
    }
    assert_invalid(verify(&ed, &ed.token(json!({"alg": null}), json!({}))).await, "no alg");
    // Unsigned, as the classic attack sends it.
    let unsigned = ed.token(json!({"alg": "none"}), json!({}));
    let unsigned = format!("{}.", unsigned.rsplit_once('.').unwrap().0);
    assert_invalid(verify(&ed, &unsigned).await, "unsigned");
    // Signed by a key of one kind, said to be of another, under the id of a key of each kind.
    for (signer, claimed) in
        [(&ed, "ES256"), (&ed, "RS256"), (&ec, "EdDSA"), (&ec, "RS256"), (&rsa, "ES256"), (&rsa, "EdDSA")]
    {
        for known in [&ed, &ec, &rsa] {
            let token = signer.token(json!({"alg": claimed}), json!({}));
            assert_invalid(verify(known, &token).await, format!("{} as {claimed}", signer.alg()));
        }
    }
    // A shared-secret signature made with the public key, which everybody has.
    let jwk = rsa.jwk("a").to_string();
    let header = jsonwebtoken::Header { typ: Some("at+jwt".into()), kid: Some("a".into()), ..Default::default() };
    let secret = jsonwebtoken::EncodingKey::from_secret(jwk.as_bytes());
    let confused = jsonwebtoken::encode(&header, &good_claims(), &secret).unwrap();
    assert_invalid(verify(&rsa, &confused).await, "key confusion");
}

#[actix_web::test]
async fn an_algorithm_the_issuer_does_not_use_is_refused_even_with_its_key() {
    let key = Key::rsa();
    let mut only_ed = settings();
    only_ed.algorithms = vec![TokenAlgorithm::EdDsa];
    let keys = TestKeys::new(vec![key.jwk("a"), Key::ed().jwk("b")], KeyTiming::PUBLISHED);
    let verifier = Verifier::new([Issuer::new(&only_ed, keys)]);
    assert_invalid(verifier.verify(&key.token(json!({}), json!({}))).await, "RS256");
}

#[actix_web::test]
async fn a_token_may_not_bring_or_change_its_key() {
    let (key, own) = (Key::ed(), Key::ed());
    for (name, value) in [
        ("jwk", own.jwk("a")),
        ("jku", json!("http://127.0.0.1:1/keys")),
        ("x5u", json!("http://127.0.0.1:1/chain")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("enc", json!("A128GCM")),
    ] {
        for signer in [&key, &own] {
            assert_invalid(verify(&key, &signer.token(json!({ name: value.clone() }), json!({}))).await, name);
        }
    }
    // Present is enough, even when it holds nothing.
    let header = format!(r#"{{"typ":"at+jwt","alg":"{}","kid":"a","crit":null}}"#, key.alg());
    assert_invalid(verify(&key, &key.sign_text(&header, &good_claims().to_string())).await, "crit null");
    assert_invalid(verify(&key, &own.token(json!({}), json!({}))).await, "another key");
}

#[actix_web::test]
async fn a_key_id_is_needed_and_must_be_known() {
    let key = Key::ed();
    for kid in [
        json!(null),
        json!(""),
        json!("b"),
        json!(7),
        json!(["a"]),
        json!("../a"),
        json!("a' OR 1=1"),
        json!("x".repeat(300)),
    ] {
        assert_invalid(verify(&key, &key.token(json!({ "kid": kid.clone() }), json!({}))).await, kid);
    }
}

#[actix_web::test]
async fn only_access_tokens_are_taken() {
    let key = Key::ed();
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"] {
        assert!(verify(&key, &key.token(json!({ "typ": typ }), json!({}))).await.is_ok(), "{typ}");
    }
    for typ in [
        json!(null),
        json!("JWT"),
        json!("jwt"),
        json!("at+jwt "),
        json!("id_token"),
        json!("logout+jwt"),
        json!(["at+jwt"]),
    ] {
        assert_invalid(verify(&key, &key.token(json!({ "typ": typ.clone() }), json!({}))).await, typ);
    }
    // What an ID token looks like: JWT or nothing as type, the client as audience, a nonce.
    let id_token = key.token(json!({"typ": "JWT"}), json!({"aud": "app", "nonce": "n", "at_hash": "h"}));
    assert_invalid(verify(&key, &id_token).await, "ID token");
}

#[actix_web::test]
async fn each_claim_is_needed_with_its_one_type() {
    let key = Key::ed();
    let wrong: [(&str, Vec<Value>); 9] = [
        (
            "iss",
            vec![json!(null), json!(7), json!([ISSUER]), json!(""), json!("https://login.example.org/"), json!({})],
        ),
        (
            "aud",
            vec![
                json!(null),
                json!(7),
                json!([AUDIENCE]),
                json!([AUDIENCE, "https://other.example.org"]),
                json!([]),
                json!(""),
                json!("https://other.example.org"),
                json!("https://index.example.org/"),
                json!({AUDIENCE: true}),
                json!(true),
            ],
        ),
        ("sub", vec![json!(null), json!(7), json!(["nurse-1"]), json!(""), json!("a\u{0}b"), json!("x".repeat(256))]),
        (
            "exp",
            vec![
                json!(null),
                json!((now() + 300).to_string()),
                json!(1.9e10),
                json!(-1),
                json!([now() + 300]),
                json!(true),
                json!({}),
            ],
        ),
        ("nbf", vec![json!(null), json!(now().to_string()), json!(1.5), json!(-1), json!([now()]), json!(false)]),
        ("iat", vec![json!(null), json!(now().to_string()), json!(1.5), json!(-1), json!([now()]), json!("")]),
        ("auth_time", vec![json!("yesterday"), json!(-5), json!([1])]),
        ("amr", vec![json!("pwd"), json!([1, 2]), json!({"mfa": true})]),
        ("act", vec![json!("system"), json!([]), json!({"iss": ISSUER}), json!({"sub": 7}), json!({"sub": ""})]),
    ];
    for (claim, values) in wrong {
        for value in values {
            let token = key.token(json!({}), json!({ claim: value.clone() }));
            assert_invalid(verify(&key, &token).await, format!("{claim} {value}"));
        }
    }
}

#[actix_web::test]
async fn a_claim_said_twice_is_said_wrongly() {
    let key = Key::ed();
    let header = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"a"}"#;
    for (claim, value) in [("sub", "\"other\""), ("exp", "99999999999"), ("aud", "\"https://index.example.org\"")] {
        let good = good_claims().to_string();
        let twice = format!("{},\"{claim}\":{value}}}", good.trim_end_matches('}'));
        assert_invalid(verify(&key, &key.sign_text(header, &twice)).await, claim);
    }
    let twice = r#"{"typ":"at+jwt","alg":"none","alg":"EdDSA","kid":"a"}"#;
    assert_invalid(verify(&key, &key.sign_text(twice, &good_claims().to_string())).await, "alg twice");
}

#[actix_web::test]
async fn times_are_kept_to_half_a_minute() {
    let key = Key::ed();
    for claims in [
        json!({"exp": now() - 25, "iat": now() - 90, "nbf": now() - 90}),
        json!({"nbf": now() + 20}),
        json!({"iat": now() + 20}),
    ] {
        assert!(verify(&key, &key.token(json!({}), claims.clone())).await.is_ok(), "{claims}");
    }
    let over = json!({"exp": now() - 35, "iat": now() - 90, "nbf": now() - 90});
    assert_eq!(verify(&key, &key.token(json!({}), over)).await, Err(TokenRefusal::Expired));
    for claims in [
        json!({"nbf": now() + 40}),
        json!({"iat": now() + 40}),
        json!({"auth_time": now() + 40}),
        json!({"exp": now() + 5, "nbf": now() + 5}),
        json!({"exp": now() + 5, "nbf": now(), "iat": now() + 10}),
        json!({"nbf": u64::MAX}),
    ] {
        assert_invalid(verify(&key, &key.token(json!({}), claims.clone())).await, claims);
    }
}

#[actix_web::test]
async fn a_token_bound_to_a_key_is_not_taken_without_proof() {
    let key = Key::ed();
    for cnf in [json!({"jkt": "abc"}), json!({"x5t#S256": "abc"}), json!("x")] {
        assert_invalid(verify(&key, &key.token(json!({}), json!({ "cnf": cnf }))).await, "cnf");
    }
}

#[actix_web::test]
async fn a_token_is_at_most_eight_kilobytes() {
    let key = Key::ed();
    let of = |length: usize| key.token(json!({}), json!({"padding": "x".repeat(length)}));
    assert!(verify(&key, &of(5_000)).await.is_ok());
    assert!(of(6_200).len() > 8 * 1024);
    assert_invalid(verify(&key, &of(6_200)).await, "long");
}

#[actix_web::test]
async fn two_issuers_cannot_speak_for_each_other() {
    let (first, second) = (Key::ed(), Key::ed());
    let other = "https://other.example.org";
    let mut other_settings = settings();
    other_settings.issuer = other.to_owned();
    let verifier = Verifier::new([
        Issuer::new(&settings(), TestKeys::new(vec![first.jwk("a")], KeyTiming::PUBLISHED)),
        Issuer::new(&other_settings, TestKeys::new(vec![second.jwk("a")], KeyTiming::PUBLISHED)),
    ]);
    let mine = verifier.verify(&first.token(json!({}), json!({"email": "a@example.org"}))).await.unwrap();
    let theirs =
        verifier.verify(&second.token(json!({}), json!({"iss": other, "email": "a@example.org"}))).await.unwrap();
    assert_eq!(mine.subject, theirs.subject);
    assert_ne!((&mine.issuer, &mine.subject), (&theirs.issuer, &theirs.subject));
    assert_invalid(verifier.verify(&second.token(json!({}), json!({}))).await, "the other's key");
    assert_invalid(verifier.verify(&first.token(json!({}), json!({ "iss": other }))).await, "the other's name");
    assert_invalid(verifier.verify(&first.token(json!({}), json!({"iss": "https://x"}))).await, "a third");
}

#[actix_web::test]
async fn two_factors_are_demanded_where_the_issuer_must_show_them() {
    let key = Key::ed();
    let weak = TokenRefusal::OneFactor { acr_values: vec!["urn:mfa".to_owned()] };
    for claims in [json!({"amr": ["pwd"]}), json!({"amr": null}), json!({"amr": [], "acr": "0"})] {
        assert_eq!(verify(&key, &key.token(json!({}), claims)).await, Err(weak.clone()));
    }
    let by_acr = verify(&key, &key.token(json!({}), json!({"amr": null, "acr": "urn:mfa"}))).await.unwrap();
    assert_eq!(by_acr.strength, AuthStrength::TwoFactors);
    let mut lenient = settings();
    lenient.mfa_required = false;
    let verifier = Verifier::new([Issuer::new(&lenient, TestKeys::new(vec![key.jwk("a")], KeyTiming::PUBLISHED))]);
    let verified = verifier.verify(&key.token(json!({}), json!({"amr": ["swk"]}))).await.unwrap();
    assert_eq!(verified.strength, AuthStrength::OneFactor);
    assert_eq!(verified.require_two_factors().unwrap_err().code().code(), "insufficient-user-authentication");
}

#[actix_web::test]
async fn a_recent_login_can_be_demanded() {
    let key = Key::ed();
    let of =
        async |auth_time: Value| verify(&key, &key.token(json!({}), json!({ "auth_time": auth_time }))).await.unwrap();
    assert!(of(json!(now() - 10)).await.require_login_within(300).is_ok());
    for old in [json!(now() - 400), json!(null)] {
        let problem = of(old).await.require_login_within(300).unwrap_err();
        let response = problem.to_response(None);
        let challenge = response.headers().get("www-authenticate").unwrap().to_str().unwrap();
        assert_eq!(response.status(), 401);
        assert!(
            challenge.contains("error=\"insufficient_user_authentication\"") && challenge.contains("max_age=\"300\"")
        );
    }
}

#[actix_web::test]
async fn an_acting_system_is_named_and_never_gives_a_role() {
    let key = Key::ed();
    let claims =
        json!({"act": {"sub": "case-system"}, "scope": "administrator", "roles": ["administrator"], "role": "manager"});
    let acting = verify(&key, &key.token(json!({}), claims)).await.unwrap().acting.unwrap();
    assert_eq!((&*acting.issuer, &*acting.subject), (ISSUER, "case-system"));
    let claims = json!({"act": {"sub": "s", "iss": "https://systems.example.org", "act": {"sub": "before"}}});
    let acting = verify(&key, &key.token(json!({}), claims)).await.unwrap().acting.unwrap();
    assert_eq!((&*acting.issuer, &*acting.subject), ("https://systems.example.org", "s"));
}

#[actix_web::test]
async fn the_local_issuer_makes_tokens_that_hold() {
    let issuer = LocalIssuer::generate().unwrap();
    let again = LocalIssuer::from_pem(issuer.to_pem().as_bytes()).unwrap();
    assert_eq!(issuer.jwks(), again.jwks());
    let keys = Arc::new(StaticKeys(again.jwks().into_bytes()));
    let verifier = Verifier::new([Issuer::new(&LocalIssuer::settings(), keys)]);
    let person = verifier.verify(&issuer.mint(&TokenOrder::person("nurse", 60)).unwrap()).await.unwrap();
    assert_eq!((&*person.issuer, &*person.subject, person.strength), (LOCAL_ISSUER, "nurse", AuthStrength::TwoFactors));
    let mut order = TokenOrder::system("case-system", 60);
    order.acting = Some("gateway".to_owned());
    let system = verifier.verify(&again.mint(&order).unwrap()).await.unwrap();
    assert_eq!((system.strength, &*system.acting.unwrap().subject), (AuthStrength::OneFactor, "gateway"));
    let stranger = LocalIssuer::generate().unwrap();
    assert_invalid(verifier.verify(&stranger.mint(&TokenOrder::person("nurse", 60)).unwrap()).await, "another key");
    assert!(LocalIssuer::from_pem(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").is_err());
    assert!(!format!("{issuer:?}").contains("PRIVATE"));
}

#[actix_web::test]
async fn a_remembered_token_is_forgotten_when_it_ends() {
    let key = Key::ed();
    let verifier = verifier_for(&key);
    let started = now();
    // Within the leeway all the same, so the end is seen as "verified anew" and not as a refusal.
    let token = key.token(json!({}), json!({"exp": started + 1, "iat": started - 5, "nbf": started - 5}));
    let first = verifier.verify(&token).await.unwrap();
    assert_eq!(verifier.verify(&token).await.unwrap(), first);
    let long_gone = key.token(json!({}), json!({"exp": started - 29, "iat": started - 90, "nbf": started - 90}));
    assert!(verifier.verify(&long_gone).await.is_ok());
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(verifier.verify(&long_gone).await, Err(TokenRefusal::Expired), "not remembered past its end");
}

#[actix_web::test]
async fn a_refused_token_of_somebody_known_is_reported_once() {
    let key = Key::ed();
    let verifier = verifier_for(&key);
    let report = async |token: &str| {
        let refusal = verifier.verify(token).await.unwrap_err();
        verifier.refused(token, &refusal).map(|it| (it.issuer.to_string(), it.subject.to_string(), it.reason))
    };
    let known = |reason| Some((ISSUER.to_owned(), "nurse-1".to_owned(), reason));
    let expired = key.token(json!({}), json!({"exp": now() - 60, "iat": now() - 90, "nbf": now() - 90}));
    assert_eq!(report(&expired).await, known("expired"));
    assert_eq!(report(&expired).await, None, "not again within the minute");
    assert_eq!(report(&key.token(json!({}), json!({"aud": "other"}))).await, known("invalid"));
    assert_eq!(report(&key.token(json!({}), json!({"amr": ["pwd"]}))).await, known("one-factor"));
    // Nobody can be blamed for what somebody else wrote.
    for forged in [
        Key::ed().token(json!({}), json!({})),
        key.token(json!({"kid": "b"}), json!({})),
        key.token(json!({"alg": "none"}), json!({})),
        key.token(json!({}), json!({"iss": "https://other.example.org"})),
        key.token(json!({}), json!({"sub": 7})),
        format!("{}AA", &expired.trim_end_matches(|c: char| c != '.')),
        "x".to_owned(),
    ] {
        assert_eq!(report(&forged).await, None, "{forged}");
    }
}
