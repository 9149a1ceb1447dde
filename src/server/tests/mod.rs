//! The service over real connections. Rows 3.4.1, 4.1.x, 4.2.1, 12.x, 13.3.x, 14.2.1, 16.5.3 and 16.5.4 of the
//! security requirements.

mod answers;
mod connections;
mod documents;
mod keys;
mod logging;
mod openid;
mod stopping;
mod tls;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::header::HeaderMap;
use actix_web::{HttpResponse, Responder, get, post};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use utoipa::ToSchema;
use validator::Validate;

use super::{Described, Server, transport};
use crate::api::Operations;
use crate::api::auth::{Issuer, LocalIssuer, StaticKeys, TokenOrder, VerifiedToken, Verifier};
use crate::api::extract::{PathOf, ValidJson};
use crate::api::problems::Problem;
use crate::api::state::ApiState;
use crate::api::tables::{RouteTable, Routes};
use crate::app::clock::Clock;
use crate::app::{Index, IndexSettings, Limits};
use crate::config::{LimitSettings, ServerSettings};
use crate::domain::matching::KeySecret;
use crate::domain::policy::PolicySettings;
use crate::domain::reasons::AccessReason;
use crate::domain::services::{FreshnessLimits, SensitivityPolicy};
use crate::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use crate::store::migrations;
use crate::store::pools::Pool;
use crate::store::recorder::Recorder;
use crate::telemetry::Metrics;

#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Echo {
    #[validate(length(max = 20))]
    #[schema(max_length = 20)]
    text: String,
}

/// Says it again
#[utoipa::path(tag = "operations", request_body = Echo, responses((status = 200, body = Echo)))]
#[post("/echo")]
async fn post_echo(token: VerifiedToken, _: AccessReason, echo: ValidJson<Echo>) -> impl Responder {
    HttpResponse::Ok().insert_header(("X-Subject", &*token.subject)).json(echo.into_inner())
}

/// Panics
#[utoipa::path(tag = "operations", responses((status = 200, body = str)))]
#[get("/panic")]
async fn get_panic() -> impl Responder {
    if AtomicBool::new(true).load(Ordering::Relaxed) {
        panic!("a secret");
    }
    "never"
}

/// Fails with a cause
#[utoipa::path(tag = "operations", responses((status = 200, body = str)))]
#[get("/failure")]
async fn get_failure() -> Result<HttpResponse, Problem> {
    Err(Problem::internal("a secret"))
}

/// Takes its time
#[utoipa::path(tag = "operations", responses((status = 200, body = str)))]
#[get("/slow/{milliseconds}")]
async fn get_slow(milliseconds: PathOf<u64>) -> impl Responder {
    tokio::time::sleep(Duration::from_millis(milliseconds.into_inner())).await;
    "done"
}

/// Shares the path of `get_slow`
#[utoipa::path(tag = "operations", responses((status = 200, body = str)))]
#[post("/slow/quickly")]
async fn post_quickly() -> impl Responder {
    HttpResponse::Ok().json("done")
}

/// The operations of the service, and those above.
struct WithTests;

impl RouteTable for WithTests {
    fn write(routes: &mut impl Routes) {
        routes.guarded::<Tests>("/v1/test");
        Operations::write(routes);
    }
}

struct Tests;

impl RouteTable for Tests {
    fn write(routes: &mut impl Routes) {
        routes.service(post_echo).service(get_panic).service(get_failure).service(post_quickly).service(get_slow);
    }
}

fn described() -> Described {
    Described::new::<WithTests>().unwrap()
}

/// A running service and what is needed to talk to it.
struct Running {
    address: SocketAddr,
    url: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<std::io::Result<()>>>,
    issuer: LocalIssuer,
    metrics: Metrics,
    ready: Arc<AtomicBool>,
    _folder: TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

fn settings() -> ServerSettings {
    ServerSettings {
        bind: "127.0.0.1:0".parse().unwrap(),
        workers: Some(2),
        body_timeout_seconds: 1,
        ..ServerSettings::default()
    }
}

fn start() -> Running {
    start_with(settings())
}

/// An index of nobody, and the folder it lives in.
fn empty_index() -> (Index, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url: DatabaseUrl = format!("sqlite:{}", folder.path().join("index.db").display()).parse().unwrap();
    migrations::migrate(&mut AnyConnection::open(&url, Purpose::Maintain).unwrap()).unwrap();
    let settings = IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits::default(),
        ended_visible_days: 365,
        keys: KeySecret::new([7; 16]),
    };
    let index = Index::new(Pool::open(&url, Some(1)).unwrap(), Recorder::start(&url).unwrap(), Clock::System, settings);
    (index, folder)
}

fn start_with(settings: ServerSettings) -> Running {
    let issuer = LocalIssuer::generate().unwrap();
    let keys = Arc::new(StaticKeys(issuer.jwks().into_bytes()));
    let (index, folder) = empty_index();
    let (metrics, ready) = (Metrics::new(), Arc::new(AtomicBool::new(true)));
    let (sender, receiver) = mpsc::channel();
    let (shared_metrics, shared_ready) = (metrics.clone(), Arc::clone(&ready));
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let state = ApiState {
                index,
                verifier: Verifier::new([Issuer::new(&LocalIssuer::settings(), keys)]),
                metrics: shared_metrics,
                refused_tokens: None,
                transport: transport(&settings),
                ready: Arc::new(move || {
                    let ready = shared_ready.load(Ordering::SeqCst);
                    Box::pin(async move { ready })
                }),
            };
            let server = Server::build(&settings, &LimitSettings::default(), state, described()).unwrap();
            sender.send((server.address(), server.url(), server.handle())).unwrap();
            server.run_until_stopped().await
        })
    });
    let (address, url, handle) = receiver.recv().unwrap();
    Running { address, url, handle, thread: Some(thread), issuer, metrics, ready, _folder: folder }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Sent at once; awaiting it would need a runtime here.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Running {
    fn token(&self) -> String {
        self.issuer.mint(&TokenOrder::person("nurse", 60)).unwrap()
    }

    fn authorization(&self) -> String {
        format!("Bearer {}", self.token())
    }

    /// Sends a request with a good token, these headers and this body.
    fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let authorization = self.authorization();
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        self.send_bare(method, path, &all, body)
    }

    fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None)
    }

    fn echo(&self, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut all = vec![("Content-Type", "application/json"), ("Access-Reason", "assessment")];
        all.extend_from_slice(headers);
        self.send("POST", "/v1/test/echo", &all, Some(body))
    }

    /// Sends a request with nothing but these headers.
    fn send_bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> Answer {
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            text.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body.unwrap_or_default());
        parse(&self.raw(text.as_bytes()))
    }

    /// Sends bytes and reads until the service closes.
    fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        // A reset after the answer is the service refusing to read more; what came before it counts.
        drop(stream.read_to_end(&mut answer));
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn parse(text: &str) -> Answer {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        headers.append(name.try_into().unwrap(), value.try_into().unwrap());
    }
    Answer { status, headers, body: body.to_owned() }
}
