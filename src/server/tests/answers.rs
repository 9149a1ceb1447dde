//! What every answer carries, and what each refusal looks like.

use super::*;

const UUID: &str = "0191d3a0-5f5e-7cc0-8000-0123456789ab";

/// One request for every kind of answer: status and request.
fn all_kinds(service: &Running) -> Vec<(u16, Answer)> {
    let json = ("Content-Type", "application/json");
    let big = format!("{{\"text\":\"{}\"}}", "x".repeat(20_000));
    vec![
        (200, service.echo(&[], "{\"text\":\"a\"}")),
        (200, service.send_bare("GET", "/health/live", &[], None)),
        (200, service.send_bare("GET", "/openapi.json", &[], None)),
        (200, service.send_bare("GET", "/metrics", &[], None)),
        (200, service.send_bare("GET", "/docs/", &[], None)),
        (307, service.send_bare("GET", "/docs", &[], None)),
        (400, service.echo(&[], "{")),
        (400, service.send("POST", "/v1/test/echo", &[json], Some("{\"text\":\"a\"}"))),
        (401, service.send_bare("GET", "/v1/test/slow/1", &[], None)),
        (401, service.send_bare("GET", "/v1/test/slow/1", &[("Authorization", "Bearer x.y.z")], None)),
        (403, service.send("GET", "/v1/test/slow/1", &[("On-Behalf-Of", UUID)], None)),
        (404, service.get("/v1/nothing")),
        (404, service.get("/nothing?name=Okafor")),
        (404, service.send_bare("GET", "/docs/nothing.js", &[], None)),
        (405, service.send("DELETE", "/v1/test/echo", &[], None)),
        (413, service.echo(&[], &big)),
        (
            415,
            service.send(
                "POST",
                "/v1/test/echo",
                &[("Content-Type", "text/plain"), ("Access-Reason", "audit")],
                Some("x"),
            ),
        ),
        (422, service.echo(&[], "{\"text\":1}")),
        (422, service.get("/v1/test/slow/soon")),
        (500, service.get("/v1/test/failure")),
        (500, service.get("/v1/test/panic")),
    ]
}

#[test]
fn every_answer_carries_its_id_and_the_security_headers() {
    let service = start();
    for (status, answer) in all_kinds(&service) {
        assert_eq!(answer.status, status, "{}", answer.body);
        assert_eq!(answer.header("x-request-id").len(), 36);
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        assert_eq!(answer.header("strict-transport-security"), "", "not over TLS");
        assert!(answer.body.is_empty() || answer.header("content-type").contains("charset=utf-8"), "{status}");
        assert_eq!(answer.header("server"), "", "nothing says what this is made with");
    }
}

#[test]
fn every_refusal_is_a_problem_document_that_says_nothing_secret() {
    let service = start();
    for (status, answer) in all_kinds(&service).into_iter().filter(|(status, _)| *status >= 400) {
        assert!(answer.header("content-type").starts_with("application/problem+json"), "{status}: {}", answer.body);
        let problem = answer.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["request_id"], answer.header("x-request-id"), "{}", answer.body);
        assert!(problem["code"].is_string() && problem["title"].is_string() && problem["type"].is_string());
        assert!(!answer.body.contains("secret") && !answer.body.contains("Okafor"), "{}", answer.body);
    }
}

#[test]
fn a_request_id_is_echoed_or_replaced() {
    let service = start();
    for path in ["/health/live", "/nothing", "/v1/test/echo"] {
        let answer = service.send_bare("GET", path, &[("X-Request-ID", UUID)], None);
        assert_eq!(answer.header("x-request-id"), UUID);
        let forged = service.send_bare("GET", path, &[("X-Request-ID", "1\u{1b}[31m")], None);
        assert!(!forged.header("x-request-id").contains('['));
    }
}

#[test]
fn wrong_methods_learn_the_right_ones_with_or_without_a_token() {
    let service = start();
    let cases = [
        ("/health/live", "GET"),
        ("/metrics", "GET"),
        ("/openapi.json", "GET"),
        ("/docs/", "GET"),
        ("/v1/test/echo", "POST"),
        // A path written out is no parameter of another.
        ("/v1/test/slow/quickly", "POST"),
    ];
    for (path, allow) in cases {
        for method in ["HEAD", "OPTIONS", "PUT", "TRACE", "PATCH", "DELETE", "PROPFIND", "QUERY", "get"] {
            for authorized in [false, true] {
                let answer = if authorized {
                    service.send(method, path, &[], None)
                } else {
                    service.send_bare(method, path, &[], None)
                };
                assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
                assert_eq!(answer.header("cache-control"), "no-store");
            }
        }
    }
    assert_eq!(service.send("POST", "/v1/test/slow/quickly", &[], Some("")).status, 200);
    assert_eq!(service.get("/v1/test/slow/1").status, 200);
}

#[test]
fn unknown_paths_are_not_found_whatever_they_look_like() {
    let service = start();
    let paths = [
        "/",
        "//",
        "/v1",
        "/v1/",
        "/v1/test/echo/",
        "/health",
        "/health/live/",
        "/%2e%2e/",
        "/docs/../../etc/passwd",
        "/v1/%ff%00",
        "/\u{e9}",
    ];
    for path in paths {
        let answer = service.send("GET", path, &[], None);
        assert!(matches!(answer.status, 404 | 400), "{path}: {}", answer.status);
    }
    for target in ["*", "http://other.example/nothing", "localhost:80"] {
        let answer = service.send("OPTIONS", target, &[], None);
        assert!(matches!(answer.status, 400 | 404), "{target}: {}", answer.status);
    }
}

#[test]
fn challenges_follow_the_standards() {
    let service = start();
    let challenge = |authorization: &[(&str, &str)]| {
        let answer = service.send_bare("GET", "/v1/test/slow/1", authorization, None);
        assert_eq!(answer.status, 401);
        (answer.json()["code"].as_str().unwrap().to_owned(), answer.header("www-authenticate").to_owned())
    };
    let (code, without) = challenge(&[]);
    assert_eq!((code.as_str(), without.as_str()), ("token-missing", "Bearer realm=\"child-index\""));
    assert_eq!(challenge(&[("Authorization", "Basic bnVyc2U6")]).1, without);
    let good = service.authorization();
    for bad in [
        vec![("Authorization", "Bearer")],
        vec![("Authorization", "Bearer a.b.c")],
        vec![("Authorization", good.as_str()); 2],
    ] {
        let (code, challenge) = challenge(&bad);
        if code == "token-invalid" {
            assert!(challenge.contains("error=\"invalid_token\""));
        } else {
            assert_eq!(code, "token-missing");
        }
    }
    for scheme in ["bearer", "BEARER"] {
        let authorization = good.replace("Bearer", scheme);
        assert_eq!(service.send_bare("GET", "/v1/test/slow/1", &[("Authorization", &authorization)], None).status, 200);
    }
    let in_query = format!("/v1/test/slow/1?access_token={}", service.token());
    assert_eq!(service.send_bare("GET", &in_query, &[], None).status, 401, "a token in an address ends in logs");
}

#[test]
fn roles_sent_by_the_caller_change_nothing() {
    let service = start();
    let answer = service
        .echo(&[("X-Role", "administrator"), ("X-Forwarded-User", "root"), ("Role", "manager")], "{\"text\":\"a\"}");
    assert_eq!((answer.status, answer.header("x-subject")), (200, "nurse"));
    let answer = service.echo(&[], "{\"text\":\"a\",\"role\":\"administrator\"}");
    assert_eq!((answer.status, &answer.json()["errors"][0]["pointer"]), (422, &"/role".into()));
}

#[test]
fn a_panic_leaves_the_service_alive() {
    let service = start();
    for _ in 0..5 {
        assert_eq!(service.get("/v1/test/panic").status, 500);
        assert_eq!(service.get("/v1/test/slow/1").status, 200);
    }
    assert!(service.metrics.to_text().unwrap().contains("child_index_http_panics_total 5"));
}

#[test]
fn readiness_follows_the_service() {
    let service = start();
    let ready = || service.send_bare("GET", "/health/ready", &[], None);
    assert_eq!((ready().status, ready().json()), (200, serde_json::json!({"status": "ready"})));
    service.ready.store(false, Ordering::SeqCst);
    let answer = ready();
    assert_eq!((answer.status, answer.header("retry-after")), (503, "2"));
    assert_eq!(answer.json()["code"], "not-ready");
    assert_eq!(service.send_bare("GET", "/health/live", &[], None).status, 200);
}

#[test]
fn metrics_know_patterns_and_never_paths() {
    let service = start();
    service.get("/v1/test/slow/7");
    service.send("POST", "/v1/test/slow/quickly", &[], Some(""));
    service.get("/v1/Okafor/7K3M9XQ24HT8");
    service.send("OKAFOR", "/v1/test/echo", &[], None);
    let text = service.send_bare("GET", "/metrics", &[], None).body;
    for line in [
        "{route=\"/v1/test/slow/{milliseconds}\",method=\"GET\",status=\"200\"} 1",
        "{route=\"/v1/test/slow/quickly\",method=\"POST\",status=\"200\"} 1",
        "{route=\"unmatched\",method=\"GET\",status=\"404\"} 1",
        "{route=\"/v1/test/echo\",method=\"OTHER\",status=\"405\"} 1",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
    assert!(!text.to_lowercase().contains("okafor") && !text.contains("7K3M9XQ24HT8"));
}
