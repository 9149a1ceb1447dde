//! Key indicators: frozen per period, suppressed and rounded, and nothing to be counted out of any published table.

use child_index::domain::accounts::Capability;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Person, TestApp, entry, figures, line};
use crate::suite::suite;

suite!(TestApp:
    a_period_is_published_once_it_has_ended_and_then_never_changes,
    who_reads_indicators,
    hidden_children_are_counted_in_no_locality,
    figures_from_outside_are_aggregates_with_a_source,
    every_form_says_the_same,
    a_chart_says_why_a_value_is_missing,
    each_indicator_says_who_answers_for_it_and_when_it_is_reviewed,
);

const AT: &str = "/v1/indicators?period=2026-H2";

/// Somebody of the management team in good standing on a day of the next year.
fn manager(app: &TestApp) -> Person<'_> {
    let until = "2028-01-31".parse().ok();
    let person = app.manager();
    app.change_organisation_of(&person, |organisation| organisation.accredited_until = until);
    person.change(|account| {
        account.standing.checked_until = until;
        account.standing.trained_until = until;
        account.standing.certified_until = until;
    })
}

/// So many children with early help and no lead professional in a district.
fn children(app: &TestApp, district: &str, so_many: usize) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    for number in 0..so_many {
        app.a_child()
            .named("Ida", &format!("Indicated{number}"))
            .living_at("12 High Street", &format!("{district} 8JN"))
            .with(entry(&council, Service::EarlyHelp))
            .add();
    }
}

fn a_period_is_published_once_it_has_ended_and_then_never_changes(app: &TestApp) {
    children(app, "BA14", 12);
    let reader = manager(app);
    reader.get(AT).is_refused(409, "period-open");
    app.it_is("2027-01-01T09:00:00Z");
    let first = reader.get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&first, "early-help-without-lead")["BA14"], "10");
    assert_eq!((&first["frozen_at"], &first["review_on"]), (&json!("2027-01-01T09:00:00Z"), &json!("2027-04-01")));
    let without = line(&first, "early-help-without-lead");
    assert!(without["definition"].as_str().is_some_and(|text| text.len() > 20), "{without}");
    assert_eq!(
        (&without["version"], &without["direction"], &without["source"]),
        (&json!(1), &json!("down"), &json!("index"))
    );
    assert_eq!(without["progress"], json!({"since": "2026-H1", "before": null, "change": "not-comparable"}));
    children(app, "BA14", 20);
    app.it_is("2027-01-02T09:00:00Z");
    assert_eq!(reader.get(&format!("{AT}&by=locality")).ok(), first, "frozen is frozen");
    let event = app.events().pop().expect("an event");
    assert_eq!(event.action, "indicator.read");
    for wrong in ["/v1/indicators", "/v1/indicators?period=2026", "/v1/indicators?period=2026-H1&by=child"] {
        reader.get(wrong).is_refused(422, "invalid-parameter");
    }
}

fn who_reads_indicators(app: &TestApp) {
    let path = "/v1/indicators?period=2026-H1";
    app.manager().get(path).ok();
    app.practitioner().with(Capability::Coordinator).get(path).ok();
    app.administrator().get(&format!("{path}&area={}", crate::apps::ELSEWHERE)).ok();
    app.manager().get(&format!("{path}&area={}", crate::apps::ELSEWHERE)).is_refused(403, "outside-your-area");
    for person in [app.practitioner(), app.auditor(), app.system(), app.manager().acting_through(&app.system())] {
        person.get(path).is_refused(403, "role-not-permitted");
    }
}

fn hidden_children_are_counted_in_no_locality(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    for number in 0..12 {
        let child = app.a_child().named("Ida", &format!("Hidden{number}")).living_at("7 Zanzibar Lane", "SN99 6AA");
        child.with(entry(&council, Service::EarlyHelp)).shielded().add();
        let sealed = app.a_child().named("Ida", &format!("Sealed{number}")).living_at("8 Zanzibar Lane", "SN98 6AA");
        sealed.with(entry(&council, Service::EarlyHelp)).sealed().add();
    }
    app.it_is("2027-01-01T09:00:00Z");
    let answer = manager(app).get(&format!("{AT}&by=locality"));
    assert!(!answer.text.contains("SN99") && !answer.text.contains("SN98"), "{}", answer.text);
    assert_eq!(figures(&answer.ok(), "early-help-without-lead")["other"], "10");
}

fn figures_from_outside_are_aggregates_with_a_source(app: &TestApp) {
    let reader = app.manager();
    let body = json!({"period": "2026-H1", "indicator": "ready-for-school", "source": "dfe/eyfsp-2026",
                      "figures": [{"locality": "BA14", "count": 412}, {"locality": "SN12", "count": 7}]});
    let taken = reader.post("/v1/indicators", &body).ok();
    assert_eq!(taken["figures"][1], json!({"locality": "SN12", "figure": "<10"}));
    let earlier = json!({"period": "2025-H2", "indicator": "ready-for-school", "source": "dfe/eyfsp-2025",
                         "figures": [{"locality": "BA14", "count": 300}]});
    reader.post("/v1/indicators", &earlier).ok();
    let report = reader.get("/v1/indicators?period=2026-H1&by=locality").ok();
    let ready = line(&report, "ready-for-school");
    assert_eq!((&ready["source"], &ready["total"]), (&json!("dfe/eyfsp-2026"), &json!("410")));
    assert_eq!(ready["progress"], json!({"since": "2025-H2", "before": "300", "change": "improved"}));
    app.practitioner().post("/v1/indicators", &body).is_refused(403, "role-not-permitted");
    let mut twice = body.clone();
    twice["figures"][1]["locality"] = json!("BA14");
    assert_eq!(reader.post("/v1/indicators", &twice).with_status(422).pointers(), "/figures/1/locality");
    let mut named = body;
    named["figures"][0]["child_id"] = json!("7K3M-9XQ2-4HT8");
    reader.post("/v1/indicators", &named).is_refused(422, "invalid-body");
}

fn every_form_says_the_same(app: &TestApp) {
    children(app, "BA14", 16);
    app.it_is("2027-01-01T09:00:00Z");
    let reader = manager(app);
    let report = reader.get(&format!("{AT}&by=locality")).ok();
    let csv = reader.get(&format!("{AT}&by=locality&form=csv")).with_status(200);
    assert!(csv.header("content-type").starts_with("text/csv"), "{csv:?}");
    assert!(!csv.header("audit-receipt").is_empty());
    let lines: Vec<&str> = csv.text.split("\r\n").collect();
    let head = "period,area,indicator,version,source,direction,locality,figure,agency,unit,review_on,change";
    assert_eq!(lines[0], head);
    let row = "2026-H2,E06000054,early-help-without-lead,1,index,down,BA14,15,,count,2027-04-01,not-comparable";
    assert!(lines.contains(&row), "{}", csv.text);
    let accepted = reader.send("GET", &format!("{AT}&by=locality"), &[("Accept", "text/csv")], None).with_status(200);
    assert_eq!(accepted.text, csv.text, "the header asks for it as well");
    let named = reader.send("GET", &format!("{AT}&by=locality&form=json"), &[("Accept", "text/csv")], None);
    assert_eq!(named.ok(), report, "and what is named goes before it");
    let shown: usize = report["indicators"]
        .as_array()
        .expect("all")
        .iter()
        .map(|each| each["figures"].as_array().expect("figures").len())
        .sum();
    assert_eq!(lines.len(), shown + 2, "a head, a line for each figure, and the end");
    let at = report["chart"]["labels"].as_array().expect("labels").iter().position(|label| label == "BA14");
    let series = report["chart"]["series"].as_array().expect("series").clone();
    let series = series.iter().find(|each| each["name"] == "early-help-without-lead").expect("the series");
    assert_eq!(series["values"][at.expect("a label")], 15);
    assert!(series["values"].as_array().expect("values").contains(&Value::Null), "what is suppressed is no zero");
}

fn a_chart_says_why_a_value_is_missing(app: &TestApp) {
    children(app, "BA14", 16);
    children(app, "SN12", 2);
    app.it_is("2027-01-01T09:00:00Z");
    let reader = manager(app);
    let chart = reader.get(&format!("{AT}&by=locality&form=chart")).with_status(200);
    assert_eq!(chart.header("content-type"), "application/vnd.child-index.chart+json");
    let media = [("Accept", "application/vnd.child-index.chart+json")];
    assert_eq!(reader.send("GET", &format!("{AT}&by=locality"), &media, None).with_status(200).text, chart.text);
    let chart = chart.json();
    assert_eq!((&chart["by"], &chart["period"]), (&json!("locality"), &json!("2026-H2")));
    let all = chart["series"].as_array().expect("series");
    let series = |name: &str| all.iter().find(|each| each["indicator"] == name).expect("a series");
    let without = series("early-help-without-lead");
    assert_eq!((&without["unit"], &without["direction"]), (&json!("count"), &json!("down")));
    assert_eq!(
        without["points"],
        json!([
            {"label": "BA14", "value": 15},
            {"label": "SN12", "value": null, "why": "suppressed"},
            {"label": "other", "value": null, "why": "suppressed"},
        ])
    );
    assert_eq!(
        without["trend"],
        json!([{"label": "2026-H1", "value": null, "why": "not-kept"}, {"label": "2026-H2", "value": 15}])
    );
    let median = series("median-days-to-acceptance");
    assert_eq!(median["points"][0], json!({"label": "BA14", "value": null, "why": "suppressed"}));
}

fn each_indicator_says_who_answers_for_it_and_when_it_is_reviewed(app: &TestApp) {
    app.it_is("2027-01-01T09:00:00Z");
    let reader = manager(app);
    let report = reader.get(AT).ok();
    let all = report["indicators"].as_array().expect("indicators");
    assert!(all.len() > 20, "{report}");
    for each in all {
        assert_eq!((&each["owner"], &each["review_on"]), (&report["owner"], &json!("2027-04-01")), "{each}");
        assert!(each["definition"].as_str().is_some_and(|text| text.ends_with('.')), "{each}");
        assert!(["up", "down", "neither"].contains(&each["direction"].as_str().expect("a direction")), "{each}");
        assert_eq!(each["progress"]["since"], "2026-H1");
    }
    assert!(report["owner"].as_str().is_some_and(|name| !name.is_empty()), "{report}");
    assert!(all.iter().all(|each| each["indicator"] != "accounts-without-training"), "it is counted no more");
}
