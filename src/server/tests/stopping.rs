//! Stopping: what is under way finishes, and nothing new begins.

use super::*;
use std::time::Instant;

#[test]
fn requests_under_way_are_answered_before_the_service_stops() {
    let mut service = start();
    let head =
        format!("GET /v1/test/slow/600 HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\n\r\n", service.authorization());
    // One idle connection that must not hold it up, and one with work under way.
    let mut idle = TcpStream::connect(service.address).unwrap();
    idle.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut first = [0; 12];
    idle.read_exact(&mut first).unwrap();
    let mut busy = TcpStream::connect(service.address).unwrap();
    busy.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    busy.write_all(head.as_bytes()).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    drop(service.handle.stop(true));
    let mut answer = String::new();
    busy.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done"), "{answer}");
    service.thread.take().unwrap().join().unwrap().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(TcpStream::connect(service.address).is_err());
}

#[test]
fn a_taken_address_is_said_plainly() {
    let service = start();
    let taken = ServerSettings { bind: service.address, ..settings() };
    let error = actix_web::rt::System::new().block_on(async move {
        let (index, _folder) = empty_index();
        let state = ApiState {
            index,
            verifier: Verifier::new([]),
            metrics: Metrics::new(),
            refused_tokens: None,
            transport: transport(&taken),
            ready: Arc::new(|| Box::pin(async { true })),
        };
        Server::build(&taken, &LimitSettings::default(), state, described()).unwrap_err().to_string()
    });
    assert!(error.contains(&service.address.to_string()) && error.contains("cannot be listened on"), "{error}");
}
