//! The document and the page that shows it.

use super::*;
use crate::api::openapi::{document, operations};

#[test]
fn the_served_document_is_the_route_table() {
    let service = start();
    let answer = service.send_bare("GET", "/openapi.json", &[], None);
    assert!(answer.header("content-type").starts_with("application/json"));
    let document = document::<WithTests>();
    assert_eq!(answer.json(), serde_json::to_value(&document).unwrap());
    assert!(answer.json()["openapi"].as_str().unwrap().starts_with("3.1"));
    let mut count = 0;
    for (path, method, _) in operations(&document) {
        count += 1;
        let path = path.replace(['{', '}'], "");
        let answer = service.send(method, &path, &[], None);
        assert!(
            !matches!(answer.json()["code"].as_str(), Some("path-unknown" | "method-not-allowed")),
            "{method} {path}"
        );
    }
    assert!(count >= 9);
}

#[test]
fn the_page_brings_everything_it_needs() {
    let service = start();
    let redirect = service.send_bare("GET", "/docs", &[], None);
    assert_eq!(redirect.header("location"), "/docs/");
    let page = service.send_bare("GET", "/docs/", &[], None);
    assert!(page.header("content-type").starts_with("text/html"));
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"));
    let mut assets = 0;
    for attribute in ["src=\"", "href=\""] {
        for asset in page.body.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(!asset.contains("//"), "{asset} comes from elsewhere");
            assert_eq!(
                service.send_bare("GET", &format!("/docs/{}", asset.trim_start_matches("./")), &[], None).status,
                200,
                "{asset}"
            );
            assets += 1;
        }
    }
    assert!(assets >= 3 && !page.body.contains("<script>"), "scripts stand in files, as the policy wants");
    let script = service.send_bare("GET", "/docs/swagger-initializer.js", &[], None).body;
    assert!(script.contains("/openapi.json"));
}
