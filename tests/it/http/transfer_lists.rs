//! The lists of what waits for somebody: by the clock, a page at a time, and recorded.

use child_index::domain::services::Service;
use serde_json::json;

use super::transfers::{Places, decline, listed, propose, step_up};
use crate::apps::TestApp;
use crate::suite::suite;

suite!(TestApp:
    an_answer_is_due_by_the_clock,
    lists_are_paged_and_recorded,
);

fn an_answer_is_due_by_the_clock(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    // A Friday, at ten.
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    assert_eq!(helper.get(&at).ok()["clock"], json!({"due_at": "2026-11-23T10:00:00Z", "overdue": false}));
    app.it_is("2026-11-23T10:00:01Z");
    let worker = worker.with_a_new_token();
    assert_eq!(worker.get("/v1/transfers").ok()["transfers"][0]["clock"]["overdue"], true);
    let declined = decline(&worker, &at).ok();
    assert_eq!(declined["clock"], json!({"due_at": "2026-11-24T10:00:01Z", "overdue": false}), "the desk's turn");
}

fn lists_are_paged_and_recorded(app: &TestApp) {
    let places = Places::of(app);
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let proposed: Vec<String> = (0..3)
        .map(|_| {
            let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
            let at = propose(&helper, &child, &step_up(&child, &places.council));
            at.rsplit('/').next().expect("an id").to_owned()
        })
        .collect();
    assert_eq!(listed(&worker, "waiting"), proposed);
    let mut seen = Vec::new();
    let mut path = "/v1/transfers?list=waiting&limit=2".to_owned();
    loop {
        let before = app.log_size();
        let page = worker.get(&path).ok();
        let shown = page["transfers"].as_array().expect("transfers").clone();
        let events = app.events_from(before);
        assert_eq!((events.len(), events[0].action.as_str()), (1, "transfer.list"));
        let payload = events[0].payload.as_ref().expect("a payload");
        assert_eq!(payload.children.len(), shown.len(), "each child that was shown, and no other");
        seen.extend(shown.iter().map(|each| each["id"].as_str().expect("an id").to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/v1/transfers?list=waiting&limit=2&cursor={next}");
    }
    assert_eq!(seen, proposed);
    worker.get("/v1/transfers?cursor=nowhere").is_refused(422, "invalid-parameter");
    worker.get("/v1/transfers?list=all").is_refused(422, "invalid-parameter");
    worker.clone().without_a_reason().get("/v1/transfers").is_refused(400, "access-reason-missing");
}
