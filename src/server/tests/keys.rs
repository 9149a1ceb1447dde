//! Keys of issuers from files and over the network, and the local issuer's own.

use super::*;
use crate::api::auth::TokenRefusal;
use crate::config::{AuthSettings, IssuerSettings};
use crate::server::{open_local_issuer, verifier};
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicUsize;

fn issuer_settings() -> IssuerSettings {
    LocalIssuer::settings()
}

fn auth(issuer: IssuerSettings) -> AuthSettings {
    AuthSettings { issuers: vec![issuer], local_issuer_key: None }
}

fn token(issuer: &LocalIssuer) -> String {
    issuer.mint(&TokenOrder::person("nurse", 60)).unwrap()
}

#[actix_web::test]
async fn a_key_file_is_read_again_when_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let (old, new) = (LocalIssuer::generate().unwrap(), LocalIssuer::generate().unwrap());
    fs::write(&file, old.jwks()).unwrap();
    let verifier =
        verifier(&auth(IssuerSettings { jwks_file: Some(file.clone()), ..issuer_settings() })).await.unwrap();
    assert!(verifier.verify(&token(&old)).await.is_ok());
    fs::write(&file, new.jwks()).unwrap();
    assert!(verifier.verify(&token(&new)).await.is_ok(), "an unknown key is looked for at once");
    assert!(matches!(verifier.verify(&token(&old)).await, Err(TokenRefusal::Invalid(_))));
    // And by time alone: the old key comes back without anybody asking for an unknown one successfully.
    fs::write(&file, old.jwks()).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    drop(verifier.verify(&token(&old)).await);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(verifier.verify(&token(&old)).await.is_ok());
}

#[actix_web::test]
async fn a_key_file_that_cannot_be_used_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys.json");
    let with = |file: &Path| auth(IssuerSettings { jwks_file: Some(file.to_owned()), ..issuer_settings() });
    assert!(verifier(&with(&file)).await.unwrap_err().to_string().contains("keys.json"));
    for (text, because) in [
        ("{}", "not a JSON object"),
        ("{\"keys\":[]}", "no key"),
        ("{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}", "private or shared"),
    ] {
        fs::write(&file, text).unwrap();
        let error = verifier(&with(&file)).await.unwrap_err().to_string();
        assert!(error.contains(because), "{error}");
    }
    fs::write(&file, " ".repeat(300_000)).unwrap();
    assert!(verifier(&with(&file)).await.unwrap_err().to_string().contains("larger"));
}

/// An issuer's web server, as small as can be.
struct KeyServer {
    url: String,
    answer: Arc<Mutex<String>>,
    hits: Arc<AtomicUsize>,
}

fn key_server(answer: String) -> KeyServer {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let (answer, hits) = (Arc::new(Mutex::new(answer)), Arc::new(AtomicUsize::new(0)));
    let (shared, counted) = (Arc::clone(&answer), Arc::clone(&hits));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            counted.fetch_add(1, Ordering::SeqCst);
            drop(stream.read(&mut [0; 4096]));
            stream.write_all(shared.lock().unwrap().as_bytes()).unwrap();
        }
    });
    KeyServer { url, answer, hits }
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
}

#[actix_web::test]
async fn keys_are_fetched_from_the_issuer_and_rotation_is_followed() {
    let (old, new) = (LocalIssuer::generate().unwrap(), LocalIssuer::generate().unwrap());
    let server = key_server(ok(&old.jwks()));
    let settings = auth(IssuerSettings { jwks_url: Some(server.url.clone()), ..issuer_settings() });
    let verifier = verifier(&settings).await.unwrap();
    assert!(verifier.verify(&token(&old)).await.is_ok());
    assert_eq!(server.hits.load(Ordering::SeqCst), 1);
    *server.answer.lock().unwrap() = ok(&new.jwks());
    assert!(verifier.verify(&token(&new)).await.is_ok());
    for _ in 0..30 {
        assert!(verifier.verify(&token(&LocalIssuer::generate().unwrap())).await.is_err());
    }
    assert_eq!(server.hits.load(Ordering::SeqCst), 2, "one fetch for all the unknown keys");
}

#[actix_web::test]
async fn an_issuer_that_answers_wrongly_gives_no_keys() {
    let keys = LocalIssuer::generate().unwrap();
    let other = key_server(ok(&keys.jwks()));
    let redirect =
        format!("HTTP/1.1 302 Found\r\nLocation: {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", other.url);
    for answer in [
        "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
        redirect,
        ok(&format!("{}{}", " ".repeat(300_000), keys.jwks())),
        ok("<html>"),
        "nonsense".to_owned(),
    ] {
        let server = key_server(answer);
        let settings = auth(IssuerSettings { jwks_url: Some(server.url.clone()), ..issuer_settings() });
        let verifier = verifier(&settings).await.expect("an unreachable issuer does not stop the start");
        assert_eq!(verifier.verify(&token(&keys)).await, Err(TokenRefusal::IssuerUnavailable));
    }
    assert_eq!(other.hits.load(Ordering::SeqCst), 0, "redirects are not followed");
}

#[actix_web::test]
async fn the_local_issuer_keeps_its_key_to_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys").join("issuer");
    let made = open_local_issuer(&path).unwrap();
    let opened = open_local_issuer(&path).unwrap();
    assert_eq!(made.jwks(), opened.jwks());
    assert_eq!(fs::read_to_string(path.with_extension("jwks.json")).unwrap(), made.jwks());
    let settings = AuthSettings { issuers: Vec::new(), local_issuer_key: Some(path.clone()) };
    assert!(verifier(&settings).await.unwrap().verify(&token(&opened)).await.is_ok());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(verifier(&settings).await.unwrap_err().to_string().contains("chmod 600"));
        assert!(open_local_issuer(&path).unwrap_err().to_string().contains("chmod 600"));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    fs::write(&path, "-----BEGIN PRIVATE KEY-----\nMC4=\n-----END PRIVATE KEY-----\n").unwrap();
    assert!(open_local_issuer(&path).unwrap_err().to_string().contains("Ed25519"));
}
