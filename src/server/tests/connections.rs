//! Odd and hostile connections: smuggling, slow bodies, forged origins.

use super::*;
use std::time::Instant;

#[test]
fn requests_that_two_readers_could_split_differently_are_refused() {
    let service = start();
    let smuggled = "GET /v1/test/panic HTTP/1.1\r\nHost: x\r\n\r\n";
    let heads = [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 5a",
        "Content-Length: 0x5",
        "Content-Length:",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity, chunked, chunked",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        "X: a\r\n Content-Length: 5",
        "X: a\0b",
        "X: a\rb",
        "Bad Name: 1",
        ": 1",
    ];
    for head in heads {
        let text = format!("POST /v1/test/echo HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n0\r\n\r\n{smuggled}");
        let answer = service.raw(text.as_bytes());
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{head:?} was read as two:\n{answer}");
        let status = parse(&answer).status;
        assert!(matches!(status, 0 | 400..=499 | 501), "{head:?}: {answer}");
    }
    assert!(service.metrics.to_text().unwrap().contains("child_index_http_panics_total 0"), "nothing smuggled arrived");
}

#[test]
fn broken_request_lines_are_refused() {
    let service = start();
    for line in [
        "GET",
        "GET /",
        "GET / HTTP/9.9",
        "GET / HTTP/1.1 x",
        " GET / HTTP/1.1",
        "GET /\u{0} HTTP/1.1",
        "G\u{1}T / HTTP/1.1",
        "\0\0\0\0",
    ] {
        let answer = service.raw(format!("{line}\r\nHost: x\r\n\r\n").as_bytes());
        assert!(matches!(parse(&answer).status, 0 | 400 | 404 | 505), "{line:?}: {answer}");
    }
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(200_000));
    assert!(matches!(parse(&service.raw(long.as_bytes())).status, 0 | 400..=499));
    assert_eq!(service.get("/v1/test/slow/1").status, 200);
}

#[test]
fn a_body_that_does_not_come_is_given_up() {
    let service = start();
    let started = Instant::now();
    let head = format!(
        "POST /v1/test/echo HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nAccess-Reason: audit\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"te",
        service.authorization()
    );
    let answer = parse(&service.raw(head.as_bytes()));
    assert_eq!((answer.status, answer.json()["code"].as_str()), (408, Some("request-timeout")));
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_request_is_refused_before_its_body_is_read() {
    let service = start();
    let started = Instant::now();
    // The body never comes; without a token nobody waits for it.
    let head =
        "POST /v1/test/echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n";
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut start_of_answer = [0; 12];
    stream.read_exact(&mut start_of_answer).unwrap();
    assert_eq!(&start_of_answer, b"HTTP/1.1 401");
    assert!(started.elapsed() < Duration::from_millis(900), "the body's time is a second");
}

#[test]
fn a_body_in_chunks_is_bounded_too() {
    let service = start();
    let mut text = format!(
        "POST /v1/test/echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {}\r\nAccess-Reason: audit\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        service.authorization()
    );
    for _ in 0..20 {
        text.push_str(&format!("3e8\r\n{}\r\n", "x".repeat(1000)));
    }
    text.push_str("0\r\n\r\n");
    assert_eq!(parse(&service.raw(text.as_bytes())).status, 413);
}

#[test]
fn forwarding_headers_are_believed_from_nobody() {
    let service = start();
    let forged = [
        ("X-Forwarded-For", "10.0.0.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("Forwarded", "for=10.0.0.1;proto=https;host=evil.example"),
        ("X-Real-IP", "10.0.0.1"),
    ];
    for path in ["/health/live", "/docs", "/nothing"] {
        let answer = service.send_bare("GET", path, &forged, None);
        assert_eq!(answer.header("strict-transport-security"), "");
        assert!(!answer.header("location").contains("evil"));
        assert!(!answer.body.contains("evil"));
    }
}

#[test]
fn behind_a_proxy_only_the_proxy_is_answered() {
    let behind = |network: &str| ServerSettings {
        behind_proxy: true,
        trusted_proxies: vec![network.parse().unwrap()],
        public_url: Some("https://index.example.org".to_owned()),
        ..settings()
    };
    let trusted = start_with(behind("127.0.0.0/8"));
    let answer = trusted.get("/v1/test/slow/1");
    assert_eq!(answer.status, 200);
    assert!(answer.header("strict-transport-security").starts_with("max-age=31536000"), "callers come over TLS");
    let other = start_with(behind("10.0.0.0/8"));
    let answer = other.send("GET", "/v1/test/slow/1", &[("X-Forwarded-For", "10.0.0.1")], None);
    assert_eq!((answer.status, answer.json()["code"].as_str()), (403, Some("untrusted-peer")));
    assert_eq!(other.send_bare("GET", "/openapi.json", &[], None).status, 403);
    assert_eq!(other.send_bare("GET", "/health/live", &[], None).status, 200);
}

#[test]
fn one_connection_carries_many_requests() {
    let service = start();
    let one = format!("GET /v1/test/slow/1 HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\r\n", service.authorization());
    let mut stream = TcpStream::connect(service.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream.write_all(one.repeat(3).as_bytes()).unwrap();
    let mut read = Vec::new();
    let mut buffer = [0; 4096];
    while String::from_utf8_lossy(&read).matches("HTTP/1.1 200").count() < 3 {
        let length = stream.read(&mut buffer).unwrap();
        assert!(length > 0);
        read.extend_from_slice(&buffer[..length]);
    }
}
