//! Key indicators: frozen per period, suppressed and rounded, and nothing to be counted out of any published table.

use std::collections::BTreeMap;

use child_index::domain::accounts::Capability;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    a_period_is_published_once_it_has_ended_and_then_never_changes,
    who_reads_indicators,
    no_table_gives_a_suppressed_figure_back,
    hidden_children_are_counted_in_no_locality,
    figures_from_outside_are_aggregates_with_a_source,
    every_form_says_the_same,
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

fn line<'a>(report: &'a Value, indicator: &str) -> &'a Value {
    let all = report["indicators"].as_array().expect("indicators");
    all.iter().find(|each| each["indicator"] == indicator).unwrap_or_else(|| panic!("{indicator} in {report}"))
}

fn figures(report: &Value, indicator: &str) -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let all = line(report, indicator)["figures"].as_array().expect("figures").clone();
    all.iter().map(|figure| (text(&figure["locality"]), text(&figure["figure"]))).collect()
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

/// Every published table over one population and over others that differ in one suppressed figure alone: they are the
/// same to the last character, so that no differencing of any of them tells the figures apart.
fn no_table_gives_a_suppressed_figure_back(app: &TestApp) {
    children(app, "BA14", 23);
    children(app, "SN12", 3);
    app.it_is("2027-01-01T09:00:00Z");
    let reader = manager(app);
    let [local, whole] = ["locality", "area"].map(|by| reader.get(&format!("{AT}&by={by}")).ok());
    let local = figures(&local, "early-help-without-lead");
    let whole_line = line(&whole, "early-help-without-lead");
    assert_eq!((local["BA14"].as_str(), local["SN12"].as_str()), ("25", "<10"));
    // The attack: the whole less every figure that is published.
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    let published: u64 = local.values().map(|figure| number(figure)).sum();
    let total = number(whole_line["total"].as_str().expect("a total"));
    assert_eq!(total - published, 0, "what is left over says nothing of the three");
    assert_eq!(whole_line["figures"][0]["figure"], whole_line["total"]);
    for (_, figure) in local {
        assert!(figure == "<10" || number(&figure).is_multiple_of(5), "{figure}");
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
    assert_eq!(lines[0], "period,area,indicator,version,source,direction,locality,figure");
    assert!(lines.contains(&"2026-H2,E06000054,early-help-without-lead,1,index,down,BA14,15"), "{}", csv.text);
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
