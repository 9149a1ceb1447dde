//! Every published table at once: what somebody could find out who takes one from another, and what a frozen period keeps.

use std::collections::BTreeMap;

use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::domain::transfers::{TransferKind, TransferState};
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::apps::{AREA, ELSEWHERE, TestApp, assessment, entry, figures, line};
use crate::suite::suite;

suite!(TestApp:
    two_areas_that_differ_in_what_is_suppressed_are_published_alike,
    nothing_is_left_when_published_tables_are_taken_from_one_another,
    a_period_frozen_before_an_indicator_was_counted_does_not_have_it,
    figures_of_another_meaning_are_not_compared,
    whoever_asks_first_freezes_for_all,
);

const PERIODS: [&str; 2] = ["2026-H1", "2026-H2"];

/// An area whose counts are the same as others' but for those under ten, which are as many as `few`.
fn populate(app: &TestApp, area: &str, few: usize) {
    let desk = app.desk_in(area);
    let council = app.organisation_in(area, OrganisationKind::LocalAuthority);
    for (district, so_many) in [("BA14", 14), ("SN12", few), ("BA15", 9 - few)] {
        for number in 0..so_many {
            let entries = |service: Service, at: &str| entry(&council, service).confirmed(at);
            let child = app.a_child().in_area(area).named("Ida", &format!("{area}{district}{number}"));
            let child = child
                .living_at("12 High Street", &format!("{district} 8JN"))
                .with(entries(Service::EarlyHelp, "2026-12-01T10:00:00Z"))
                .with(entries(Service::ChildrensSocialCare, "2026-02-01T10:00:00Z"))
                .assessed(assessment(&council, "early-help"))
                .add();
            for at in ["2026-10-01T10:00:00Z", "2026-03-01T10:00:00Z"] {
                app.enquired(&desk, Some(&child), at, Some(if so_many > 9 { 7 } else { 30 }));
                app.moved(&desk, &child, TransferKind::StepUp, TransferState::Accepted, at);
                app.moved(&desk, &child, TransferKind::StepDown, TransferState::Accepted, at);
            }
        }
    }
    // Every district is somebody's in both, so that the tables have the same rows.
    for district in ["SN12", "BA15"] {
        let child = app.a_child().in_area(area).named("Ida", &format!("{area}{district}"));
        child.living_at("13 High Street", &format!("{district} 8JN")).add();
    }
}

/// Every table of an area in every form, with the names of the area and of its people left out.
fn every_table(app: &TestApp, area: &str) -> BTreeMap<String, String> {
    let reader = app.reviewer();
    let mut tables = BTreeMap::new();
    for period in PERIODS {
        for by in ["area", "locality", "agency"] {
            for form in ["json", "csv", "chart"] {
                let path = format!("/v1/indicators?period={period}&by={by}&form={form}&area={area}");
                let text = reader.get(&path).with_status(200).text.replace(area, "AREA");
                tables.insert(format!("{period} {by} {form}"), text);
            }
        }
    }
    tables
}

/// Searches and accounts are the same in both; what differs is suppressed, and nothing published tells it.
fn two_areas_that_differ_in_what_is_suppressed_are_published_alike(app: &TestApp) {
    populate(app, AREA, 2);
    populate(app, ELSEWHERE, 7);
    app.it_is("2027-01-02T09:00:00Z");
    let council: Vec<Organisation> =
        [AREA, ELSEWHERE].map(|area| app.organisation_in(area, OrganisationKind::ManagementTeam)).into_iter().collect();
    for team in &council {
        app.change_organisation(team, |team| team.name = "Index management team".into());
    }
    // Who reads is an account of the one area, and so counted there: before its time.
    let [one, other] = [AREA, ELSEWHERE].map(|area| every_table(app, area));
    assert_eq!(one.len(), 18);
    for (name, table) in &one {
        assert_eq!(table, &other[name], "{name}");
    }
    let locality = &one["2026-H2 locality csv"];
    for row in
        ["referrals,1,index,neither,BA14,15", "referrals,1,index,neither,SN12,<10", "step-ups,1,index,neither,BA15,<10"]
    {
        assert!(locality.contains(row), "{row} in {locality}");
    }
}

/// The attack of whoever holds all tables of both periods: each total less everything else, whatever the form.
fn nothing_is_left_when_published_tables_are_taken_from_one_another(app: &TestApp) {
    populate(app, AREA, 3);
    app.it_is("2027-01-02T09:00:00Z");
    let reader = app.reviewer();
    let number = |text: &str| text.parse::<u64>().unwrap_or_default();
    let mut suppressed = 0;
    for period in PERIODS {
        let read = |by: &str| reader.get(&format!("/v1/indicators?period={period}&by={by}")).ok();
        let [whole, local, agency] = ["area", "locality", "agency"].map(read);
        for each in whole["indicators"].as_array().expect("indicators") {
            let name = each["indicator"].as_str().expect("a code");
            let total = each["total"].as_str().expect("a total");
            assert_eq!(figures(&whole, name), [(AREA.to_owned(), total.to_owned())].into());
            for table in [&local, &agency] {
                assert_eq!(line(table, name)["total"], total, "{name}: one total in every table");
                let shown = figures(table, name);
                suppressed += shown.values().filter(|figure| *figure == "<10").count();
                if each["unit"] == "count" {
                    let published: u64 = shown.values().map(|figure| number(figure)).sum();
                    assert_eq!(number(total), published, "{name}: what is left over would be what is suppressed");
                }
            }
            let mut all = figures(&local, name).into_values().chain(figures(&agency, name).into_values());
            assert!(all.all(|figure| match each["unit"].as_str() {
                Some("count") => figure == "<10" || number(&figure) >= 10 && number(&figure).is_multiple_of(5),
                _ => figure == "suppressed" || number(&figure) <= 100,
            }));
        }
    }
    assert!(suppressed > 20, "{suppressed} cells were attacked");
}

fn a_period_frozen_before_an_indicator_was_counted_does_not_have_it(app: &TestApp) {
    populate(app, AREA, 3);
    app.it_is("2027-01-02T09:00:00Z");
    app.connect()
        .batch_execute(&format!(
            "INSERT INTO indicator_period (area, period, frozen_at) VALUES ('{AREA}', '2026-H2', 1);
             INSERT INTO indicator_cell (area, period, indicator, locality, cell, definition)
             VALUES ('{AREA}', '2026-H2', 'accounts-without-training', 'other', '15', 1),
                    ('{AREA}', '2026-H2', 'referrals', 'BA14', '20', 1);"
        ))
        .expect("a period of before");
    let report = app.reviewer().get("/v1/indicators?period=2026-H2&by=locality").ok();
    let all: Vec<&str> = report["indicators"]
        .as_array()
        .expect("indicators")
        .iter()
        .map(|each| each["indicator"].as_str().expect("a code"))
        .collect();
    assert_eq!(all, ["referrals", "accounts-without-training"], "nothing is counted after the fact");
    assert_eq!(figures(&report, "referrals"), [("BA14".to_owned(), "20".to_owned())].into());
    let chart = app.reviewer().get("/v1/indicators?period=2026-H2&form=chart").ok();
    let trend = json!([{"label": "2026-H1", "value": null, "why": "not-kept"}, {"label": "2026-H2", "value": 20}]);
    assert_eq!(chart["series"][0]["trend"], trend);
}

fn figures_of_another_meaning_are_not_compared(app: &TestApp) {
    app.it_is("2027-01-02T09:00:00Z");
    for (period, version, cell) in [("2026-H1", 1, "40"), ("2026-H2", 1, "20")] {
        app.connect()
            .batch_execute(&format!(
                "INSERT INTO indicator_period (area, period, frozen_at) VALUES ('{AREA}', '{period}', 1);
                 INSERT INTO indicator_cell (area, period, indicator, locality, cell, definition)
                 VALUES ('{AREA}', '{period}', 'stale-contacts', 'BA14', '{cell}', {version});"
            ))
            .expect("a period");
    }
    let reader = app.reviewer();
    let read = || -> Value { reader.get("/v1/indicators?period=2026-H2").ok() };
    let progress = json!({"since": "2026-H1", "before": "40", "change": "improved"});
    assert_eq!(line(&read(), "stale-contacts")["progress"], progress);
    app.connect()
        .batch_execute("UPDATE indicator_cell SET definition = 2 WHERE period = '2026-H1'")
        .expect("another definition");
    let progress = json!({"since": "2026-H1", "before": null, "change": "not-comparable"});
    assert_eq!(line(&read(), "stale-contacts")["progress"], progress);
}

fn whoever_asks_first_freezes_for_all(app: &TestApp) {
    populate(app, AREA, 3);
    app.it_is("2027-01-02T09:00:00Z");
    let readers: Vec<_> = (0..4).map(|_| app.reviewer()).collect();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let asked: Vec<_> = readers
            .iter()
            .map(|reader| scope.spawn(|| reader.get("/v1/indicators?period=2026-H2&by=locality").ok()))
            .collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    });
    for answer in &answers {
        assert_eq!(answer, &answers[0]);
    }
}
