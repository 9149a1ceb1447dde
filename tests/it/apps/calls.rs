//! Requests and answers. Whatever is answered, the frame around it is checked here, once for all cases.

use serde_json::Value;
use ureq::http::{HeaderMap, Request};

use super::TestApp;

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
}

impl TestApp {
    /// Sends a request with these headers alone.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body {
            Some(body) => self.agent.run(request.body(body).expect("a request")),
            None => self.agent.run(request.body(()).expect("a request")),
        };
        let mut response = sent.expect("an answer");
        let text = response.body_mut().read_to_string().expect("a body of text");
        let answer = Answer {
            asked: format!("{method} {path}"),
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text,
        };
        answer.check_frame();
        answer
    }
}

impl TestApp {
    /// Gets bytes for programs; the status and they are all there is to them.
    pub fn fetch(&self, path: &str) -> (u16, Vec<u8>) {
        self.fetch_with(path, &[])
    }

    /// The same with these headers.
    pub fn fetch_with(&self, path: &str, headers: &[(&str, &str)]) -> (u16, Vec<u8>) {
        let mut request = Request::builder().uri(format!("{}{path}", self.url));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = self.agent.run(request.body(()).expect("a request")).expect("an answer");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        (response.status().as_u16(), response.body_mut().read_to_vec().expect("a body"))
    }
}

impl Answer {
    /// The header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("a header of text")).unwrap_or_default()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }

    /// The code of the problem, empty where it is none.
    pub fn code(&self) -> String {
        if self.status < 400 {
            return String::new();
        }
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn with_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.text);
        self
    }

    /// The body of a `200`.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.with_status(200).json()
    }

    /// That it was refused with this status and code.
    #[track_caller]
    pub fn is_refused(&self, status: u16, code: &str) {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}: {}", self.asked, self.text);
    }

    /// Where the faults of a request are, joined by blanks.
    pub fn pointers(&self) -> String {
        let errors = self.json()["errors"].as_array().cloned().unwrap_or_default();
        let at =
            |error: &Value| error["pointer"].as_str().or_else(|| error["parameter"].as_str()).unwrap_or("?").to_owned();
        errors.iter().map(at).collect::<Vec<_>>().join(" ")
    }

    /// All that may differ between two equal answers left out: the body without its request id, the status, and the
    /// names of the headers with the values that must not differ.
    pub fn likeness(&self) -> (u16, Value, Vec<String>) {
        let mut body = if self.text.is_empty() { Value::Null } else { self.json() };
        if let Some(body) = body.as_object_mut() {
            body.remove("request_id");
            body.remove("instance");
        }
        let of_nature = ["date", "x-request-id", "audit-receipt"];
        let mut headers: Vec<String> = self
            .headers
            .iter()
            .map(|(name, value)| {
                let value = if of_nature.contains(&name.as_str()) { "" } else { value.to_str().expect("text") };
                format!("{name}: {value}")
            })
            .collect();
        headers.sort();
        (self.status, body, headers)
    }

    fn check_frame(&self) {
        assert_ne!(self.status, 500, "{}: {}", self.asked, self.text);
        for (name, value) in [("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")] {
            assert_eq!(self.header(name), value, "{name} of {}", self.asked);
        }
        assert!(self.header("cache-control").contains("no-store"), "{self:?}");
        if self.status >= 400 && !self.text.is_empty() {
            assert!(self.header("content-type").starts_with("application/problem+json"), "{self:?}");
            assert_eq!(self.json()["status"], self.status, "{self:?}");
        }
    }
}
