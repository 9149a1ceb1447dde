//! TLS on the listener, with and without client certificates.

use super::*;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use std::fs;
use std::path::PathBuf;
use ureq::Agent;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self { issuer, folder: tempfile::tempdir().unwrap() }
    }

    fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        path
    }

    fn settings(&self) -> ServerSettings {
        let (certificate, key) = self.issue("localhost");
        ServerSettings {
            tls_cert: Some(self.write("cert.pem", &certificate)),
            tls_key: Some(self.write("key.pem", &key)),
            ..settings()
        }
    }

    fn agent(&self, client: Option<(String, String)>) -> Agent {
        let root = Certificate::from_pem(self.issuer.pem().as_bytes()).unwrap();
        let client = client.map(|(certificate, key)| {
            let certificate = Certificate::from_pem(certificate.as_bytes()).unwrap();
            ClientCert::new_with_certs(&[certificate], PrivateKey::from_pem(key.as_bytes()).unwrap())
        });
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(&[root]))
            .client_cert(client)
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .build();
        Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(5)))
            .build()
            .new_agent()
    }
}

fn live(service: &Running) -> String {
    format!("https://localhost:{}/health/live", service.address.port())
}

#[test]
fn over_tls_browsers_are_told_to_insist_on_it() {
    let authority = Authority::new();
    let service = start_with(authority.settings());
    assert!(service.url.starts_with("https://"));
    for path in ["/health/live", "/nothing", "/v1/test/echo"] {
        let url = live(&service).replace("/health/live", path);
        let answer = authority.agent(None).get(&url).call().unwrap();
        assert_eq!(answer.headers().get("strict-transport-security").unwrap(), "max-age=31536000; includeSubDomains");
    }
    let plain = service.raw(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert!(!plain.contains("200"), "plain HTTP is not answered: {plain}");
    assert!(Authority::new().agent(None).get(live(&service)).call().is_err(), "another authority is not believed");
}

#[test]
fn client_certificates_are_demanded_where_configured() {
    let (authority, others) = (Authority::new(), Authority::new());
    let mut settings = authority.settings();
    settings.tls_client_ca = Some(authority.write("clients.pem", &authority.issuer.pem()));
    let service = start_with(settings);
    let known = authority.agent(Some(authority.issue("partner")));
    assert_eq!(known.get(live(&service)).call().unwrap().status(), 200);
    assert!(authority.agent(None).get(live(&service)).call().is_err());
    assert!(authority.agent(Some(others.issue("partner"))).get(live(&service)).call().is_err());
}

#[test]
fn certificates_that_cannot_be_used_stop_the_start() {
    let authority = Authority::new();
    let good = authority.settings();
    let (_, other_key) = authority.issue("localhost");
    let mut cases = Vec::new();
    for (cert, key) in [
        (None, Some(authority.write("missing-key.pem", ""))),
        (None, Some(authority.write("other-key.pem", &other_key))),
        (Some(authority.write("no-cert.pem", "")), None),
        (Some(authority.folder.path().join("nowhere.pem")), None),
    ] {
        cases.push(ServerSettings {
            tls_cert: cert.or_else(|| good.tls_cert.clone()),
            tls_key: key.or_else(|| good.tls_key.clone()),
            ..good.clone()
        });
    }
    for settings in cases {
        assert!(super::super::tls::server_config(&settings).is_err(), "{settings:?}");
    }
    assert!(super::super::tls::server_config(&good).unwrap().is_some());
}
