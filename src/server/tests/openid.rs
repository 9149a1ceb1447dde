//! The token check against an OpenID provider that is not ours: tokens made by hand only prove that we agree with
//! ourselves. Needs node and `npm ci` in `tests/oidc`; without them it says that it checked nothing, or fails where
//! `CHILD_INDEX_REQUIRE_OIDC=1`.

use super::*;
use crate::api::auth::{AuthStrength, TokenRefusal};
use crate::config::{AuthSettings, IssuerSettings, TokenAlgorithm};
use crate::server::verifier;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

const AUDIENCE: &str = "https://index.example.org";

/// A running provider; it ends when its standard input closes.
struct Provider {
    issuer: String,
    jwks_url: String,
    process: Child,
    stdin: Option<ChildStdin>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc")
}

fn start_provider(algorithm: TokenAlgorithm) -> Option<Provider> {
    let started = folder().join("node_modules").exists().then(|| {
        Command::new("node")
            .current_dir(folder())
            .args(["provider.mjs", "--audience", AUDIENCE, "--algorithm", algorithm.name()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
    });
    let Some(Ok(mut process)) = started else {
        #[expect(clippy::disallowed_methods, reason = "said by whoever runs the tests, not by a setting")]
        let required = std::env::var("CHILD_INDEX_REQUIRE_OIDC").is_ok_and(|value| value == "1");
        assert!(!required, "node or tests/oidc/node_modules is missing: run `npm ci` in tests/oidc");
        println!("not checked: node or tests/oidc/node_modules is missing");
        return None;
    };
    // The provider also prints notices of its own, and would end if nobody read them.
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let ready = lines.find(|line| line.starts_with('{')).expect("the provider starts");
    std::thread::spawn(move || lines.for_each(drop));
    let ready: serde_json::Value = serde_json::from_str(&ready).unwrap();
    let text = |name: &str| ready[name].as_str().unwrap().to_owned();
    let stdin = process.stdin.take();
    Some(Provider { issuer: text("issuer"), jwks_url: text("jwks_url"), process, stdin })
}

impl Provider {
    fn log_in(&self, more: &[&str]) -> String {
        let arguments = ["login.mjs", "--issuer", &self.issuer, "--subject", "nurse-1"];
        let output = Command::new("node").current_dir(folder()).args(arguments).args(more).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn token(&self) -> String {
        self.log_in(&["--resource", AUDIENCE])
    }

    fn rotate(&self, query: &str) {
        ureq::post(&format!("{}/rotate{query}", self.issuer)).send_empty().unwrap();
    }

    fn settings(&self, algorithm: TokenAlgorithm) -> AuthSettings {
        let issuer = IssuerSettings {
            issuer: self.issuer.clone(),
            audience: AUDIENCE.to_owned(),
            jwks_url: Some(self.jwks_url.clone()),
            algorithms: vec![algorithm],
            mfa_required: true,
            mfa_acr_values: vec!["https://refeds.org/profile/mfa".to_owned()],
            ..LocalIssuer::settings()
        };
        AuthSettings { issuers: vec![issuer], local_issuer_key: None }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.stdin.take());
        drop(self.process.wait());
    }
}

async fn check(algorithm: TokenAlgorithm) {
    let Some(provider) = start_provider(algorithm) else { return };
    let verifier = verifier(&provider.settings(algorithm)).await.unwrap();
    let verified = verifier.verify(&provider.token()).await.unwrap();
    assert_eq!((&*verified.issuer, &*verified.subject), (provider.issuer.as_str(), "nurse-1"));
    assert_eq!(verified.strength, AuthStrength::TwoFactors);
    assert!(verified.require_login_within(60).is_ok());
    let weak = provider.log_in(&["--resource", AUDIENCE, "--factors", "one"]);
    assert!(matches!(verifier.verify(&weak).await, Err(TokenRefusal::OneFactor { .. })));
    let id_token = provider.log_in(&["--resource", AUDIENCE, "--id-token"]);
    let elsewhere = provider.log_in(&["--resource", "https://elsewhere.example.org"]);
    for refused in [id_token, elsewhere] {
        assert!(matches!(verifier.verify(&refused).await, Err(TokenRefusal::Invalid(_))));
    }
    let before = provider.token();
    provider.rotate("");
    assert!(verifier.verify(&provider.token()).await.is_ok(), "the new key is fetched");
    assert!(verifier.verify(&before).await.is_ok(), "the old one is still published");
    let old = provider.token();
    provider.rotate("?drop");
    verifier.issuers().next().unwrap().load_keys().await.unwrap();
    assert!(matches!(verifier.verify(&old).await, Err(TokenRefusal::Invalid(_))), "a withdrawn key is gone");
    assert!(verifier.verify(&provider.token()).await.is_ok());
}

#[actix_web::test]
async fn a_real_provider_is_understood_with_es256() {
    check(TokenAlgorithm::Es256).await;
}

#[actix_web::test]
async fn a_real_provider_is_understood_with_eddsa() {
    check(TokenAlgorithm::EdDsa).await;
}

#[actix_web::test]
async fn a_real_provider_is_understood_with_rs256() {
    check(TokenAlgorithm::Rs256).await;
}
