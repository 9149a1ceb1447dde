//! A canary through everything a request can carry: nothing of it may reach logs or metrics.

use super::*;
use crate::api::extract::BodyLimits;
use crate::server::{Shared, application};
use crate::telemetry::{LogStyle, subscriber};
use actix_web::test::{TestRequest, init_service, try_call_service};
use actix_web::web::Data;
use std::io::Write;
use std::sync::Mutex;

const CANARY: &str = "Okafor-7K3M9XQ24HT8";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Requests that carry the canary in every place, good and bad.
fn requests(authorization: &str) -> Vec<TestRequest> {
    let good = ("Authorization", authorization.to_owned());
    let canary = |name: &'static str| (name, CANARY);
    let json = ("Content-Type", "application/json");
    let reason = ("Access-Reason", "assessment");
    let post = || TestRequest::post().uri("/v1/test/echo").insert_header(good.clone()).insert_header(json);
    vec![
        TestRequest::get().uri(&format!("/v1/nowhere/{CANARY}?name={CANARY}")).insert_header(good.clone()),
        TestRequest::get().uri(&format!("/v1/children/{CANARY}?name={CANARY}")).insert_header(good.clone()),
        TestRequest::get().uri(&format!("/v1/test/slow/{CANARY}")).insert_header(good.clone()),
        TestRequest::get().uri(&format!("/v1/test/slow/1?token={CANARY}")).insert_header(good.clone()),
        TestRequest::get()
            .uri("/v1/test/slow/1")
            .insert_header(("Authorization", format!("Bearer {CANARY}.{CANARY}.{CANARY}"))),
        post().insert_header(reason).set_payload(format!("{{\"text\":\"{CANARY}\"}}")),
        post().insert_header(reason).set_payload(format!("{{\"{CANARY}\":1}}")),
        post().insert_header(reason).set_payload(CANARY),
        post().insert_header(canary("Access-Reason")).set_payload("{\"text\":\"a\"}"),
        post()
            .insert_header(reason)
            .insert_header(canary("X-Request-ID"))
            .insert_header(canary("User-Agent"))
            .set_payload("{}"),
        TestRequest::default().method(CANARY.parse().unwrap()).uri("/v1/test/echo").insert_header(good.clone()),
        TestRequest::get().uri("/v1/test/failure").insert_header(good).insert_header(canary("Cookie")),
    ]
}

async fn answers(metrics: Metrics) -> Vec<u16> {
    let issuer = LocalIssuer::generate().unwrap();
    let keys = Arc::new(StaticKeys(issuer.jwks().into_bytes()));
    let (index, _folder) = empty_index();
    let state = ApiState {
        index,
        verifier: Verifier::new([Issuer::new(&LocalIssuer::settings(), keys)]),
        metrics,
        refused_tokens: None,
        transport: transport(&settings()),
        ready: Arc::new(|| Box::pin(async { true })),
    };
    let shared = Shared { state: Data::new(state), body: BodyLimits::default(), described: described() };
    let service = init_service(application(&shared)).await;
    let authorization = format!("Bearer {}", issuer.mint(&TokenOrder::person(CANARY, 60)).unwrap());
    let mut statuses = Vec::new();
    for request in requests(&authorization) {
        let request = request.peer_addr("192.0.2.77:4000".parse().unwrap()).to_request();
        statuses.push(try_call_service(&service, request).await.unwrap().status().as_u16());
    }
    statuses
}

#[test]
fn nothing_of_a_request_reaches_logs_or_metrics() {
    for style in [LogStyle::Json, LogStyle::Plain] {
        let (lines, metrics) = (Lines::default(), Metrics::new());
        let writer = lines.clone();
        let subscriber = subscriber(style, "trace", move || writer.clone()).unwrap();
        let statuses = tracing::subscriber::with_default(subscriber, || {
            actix_web::rt::System::new().block_on(answers(metrics.clone()))
        });
        assert_eq!(statuses, [404, 400, 422, 200, 401, 200, 422, 400, 400, 422, 405, 500]);
        let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(logged.matches("answered").count(), statuses.len(), "one line a request:\n{logged}");
        for secret in [CANARY, "Okafor", "192.0.2.77"] {
            assert!(!logged.contains(secret), "{secret} was logged:\n{logged}");
            assert!(!metrics.to_text().unwrap().contains(secret));
        }
        for said in ["/v1/test/slow/{milliseconds}", "request_id", "milliseconds", "status", "a secret"] {
            assert!(logged.contains(said), "{said} is missing:\n{logged}");
        }
    }
}

#[test]
fn a_line_for_machines_is_json_with_the_request_in_it() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = subscriber(LogStyle::Json, "info", move || writer.clone()).unwrap();
    tracing::subscriber::with_default(subscriber, || actix_web::rt::System::new().block_on(answers(Metrics::new())));
    let logged = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let all: Vec<serde_json::Value> = logged.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let slow = all
        .iter()
        .find(|line| line["span"]["route"] == "/v1/test/slow/{milliseconds}" && line["status"] == 200)
        .unwrap();
    assert_eq!(slow["span"]["method"], "GET");
    assert_eq!(slow["span"]["request_id"].as_str().unwrap().len(), 36);
    assert!(slow["milliseconds"].as_f64().unwrap() >= 1.0);
}
