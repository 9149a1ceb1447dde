//! What each key indicator counts, and whom it does not.

use child_index::domain::accounts::AccountStatus;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use child_index::domain::transfers::{TransferKind, TransferState};
use serde_json::json;

use crate::apps::{AREA, Known, TestApp, assessment, entry, figures, line, settled};
use crate::suite::suite;

suite!(TestApp:
    referrals_go_on_to_an_assessment_within_forty_five_days,
    an_assessment_without_consent_follows_on_nothing,
    acceptance_takes_a_median_of_days,
    steps_up_and_down_are_counted_where_they_were_accepted,
    hidden_transfers_of_sensitive_services_are_counted_nowhere,
    open_assessments_without_a_lead_are_counted_on_the_last_day,
    reviews_are_overdue_that_were_due_before_the_last_day,
    contacts_are_fresh_as_a_share_of_all,
    searches_are_counted_by_their_ending,
    training_is_covered_by_agency,
);

const AT: &str = "/v1/indicators?period=2026-H2";
const LATER: &str = "2027-01-02T09:00:00Z";

/// So many children of BA14, each with early help of one council.
fn children(app: &TestApp, so_many: usize) -> Vec<Known> {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let child = |number| {
        let child = app.a_child().named("Ida", &format!("Counted{number}")).living_at("12 High Street", "BA14 8JN");
        child.with(entry(&council, Service::EarlyHelp)).add()
    };
    (0..so_many).map(child).collect()
}

fn referrals_go_on_to_an_assessment_within_forty_five_days(app: &TestApp) {
    let desk = app.desk_in(AREA);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let assessed = |number: usize| {
        let child = app.a_child().named("Ida", &format!("Assessed{number}")).living_at("12 High Street", "BA14 8JN");
        // Since the second of November.
        child.assessed(assessment(&council, "early-help")).add()
    };
    for child in (0..14).map(assessed) {
        app.enquired(&desk, Some(&child), "2026-09-18T10:00:00Z", None);
    }
    for child in (14..20).map(assessed) {
        // Forty-six days before, and after.
        app.enquired(&desk, Some(&child), "2026-09-17T10:00:00Z", None);
        app.enquired(&desk, Some(&child), "2026-11-03T10:00:00Z", None);
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&report, "referrals")["BA14"], "25", "26 of them");
    assert_eq!(figures(&report, "referrals-assessed")["BA14"], "15", "14 of them");
    assert_eq!(figures(&report, "referrals-assessed-share")["BA14"], "60");
    let share = line(&report, "referrals-assessed-share");
    assert_eq!((&share["unit"], &share["total"]), (&json!("percent"), &json!("60")));
    assert_eq!(figures(&report, "referrals-assessed-share")["other"], "suppressed");
}

fn an_assessment_without_consent_follows_on_nothing(app: &TestApp) {
    let desk = app.desk_in(AREA);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    for number in 0..12 {
        let withdrawn = assessment(&council, "early-help").ended("2026-11-02", "consent-withdrawn");
        let child = app.a_child().named("Ida", &format!("Withdrawn{number}")).living_at("12 High Street", "BA14 8JN");
        let child = child.assessed(withdrawn).add();
        app.enquired(&desk, Some(&child), "2026-11-01T10:00:00Z", None);
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&report, "referrals")["BA14"], "10");
    assert_eq!(figures(&report, "referrals-assessed")["BA14"], "<10", "of it nobody is told");
}

fn acceptance_takes_a_median_of_days(app: &TestApp) {
    let desk = app.desk_in(AREA);
    for (child, days) in children(app, 11).iter().zip([1, 2, 3, 3, 4, 5, 6, 9, 20, 30, 40]) {
        app.enquired(&desk, Some(child), "2026-09-18T10:00:00Z", Some(days));
    }
    for days in [50, 60] {
        // About nobody who could be found: too few to say how long they took, or that they were there.
        app.enquired(&desk, None, "2026-09-18T10:00:00Z", Some(days));
    }
    // Not accepted within the period.
    app.enquired(&desk, None, "2026-12-18T10:00:00Z", Some(20));
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    let median = figures(&report, "median-days-to-acceptance");
    assert_eq!((median["BA14"].as_str(), median["other"].as_str()), ("5", "suppressed"));
    let line = line(&report, "median-days-to-acceptance");
    assert_eq!((&line["unit"], &line["total"], &line["direction"]), (&json!("days"), &json!("5"), &json!("down")));
    let whole = app.reviewer().get(AT).ok();
    assert_eq!(figures(&whole, "median-days-to-acceptance")[AREA], "5");
}

fn steps_up_and_down_are_counted_where_they_were_accepted(app: &TestApp) {
    let (desk, elsewhere) = (app.desk_in(AREA), app.desk_in(crate::apps::ELSEWHERE));
    let all = children(app, 12);
    let accepted = TransferState::Accepted;
    for child in &all {
        app.moved(&desk, child, TransferKind::StepUp, accepted, "2026-07-01T00:00:00Z");
        app.moved(&desk, child, TransferKind::StepUp, TransferState::Withdrawn, "2026-10-01T10:00:00Z");
        app.moved(&desk, child, TransferKind::Transfer, accepted, "2026-10-01T10:00:00Z");
        app.moved(&desk, child, TransferKind::StepDown, accepted, "2026-06-30T23:59:59Z");
        app.moved(&elsewhere, child, TransferKind::StepDown, accepted, "2026-10-01T10:00:00Z");
    }
    for child in &all[..3] {
        app.moved(&desk, child, TransferKind::StepUp, accepted, "2026-12-31T23:00:00Z");
        app.moved(&desk, child, TransferKind::StepUp, accepted, "2027-01-01T00:00:00Z");
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&report, "step-ups")["BA14"], "15", "twelve of the first day and three of the last");
    assert_eq!(figures(&report, "step-downs")["BA14"], "<10", "none of the period and the area");
    let there = format!("{AT}&by=locality&area={}", crate::apps::ELSEWHERE);
    let there = app.reviewer().get(&there).ok();
    assert_eq!(figures(&there, "step-downs"), [("other".to_owned(), "10".to_owned())].into(), "nobody lives there");
}

fn hidden_transfers_of_sensitive_services_are_counted_nowhere(app: &TestApp) {
    let desk = app.desk_in(AREA);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let council = app.organisation(OrganisationKind::LocalAuthority);
    for number in 0..12 {
        let child = app.a_child().named("Ida", &format!("Hidden{number}")).living_at("12 High Street", "BA14 8JN");
        let child = child.with(entry(&council, Service::EarlyHelp)).with(entry(&clinic, Service::SexualHealth)).add();
        app.moved(&desk, &child, TransferKind::StepUp, TransferState::Accepted, "2026-10-01T10:00:00Z");
        let sealed = app.a_child().named("Ida", &format!("Sealed{number}")).living_at("8 Zanzibar Lane", "SN98 6AA");
        sealed.assessed(assessment(&council, "early-help")).sealed().add();
    }
    app.it_is(LATER);
    let answer = app.reviewer().get(&format!("{AT}&by=locality"));
    assert!(!answer.text.contains("SN98"), "{}", answer.text);
    let report = answer.ok();
    assert_eq!(figures(&report, "step-ups")["BA14"], "<10");
    assert_eq!(line(&report, "open-assessments-without-lead")["total"], "<10", "sealed children count nowhere");
}

fn open_assessments_without_a_lead_are_counted_on_the_last_day(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let add = |name: String, with: &dyn Fn(crate::apps::NewChild<'_>) -> Known| {
        with(app.a_child().named("Ida", &name).living_at("12 High Street", "BA14 8JN"))
    };
    let open = || assessment(&council, "early-help");
    for number in 0..10 {
        add(format!("Open{number}"), &|child| child.assessed(open()).add());
        add(format!("Led{number}"), &|child| {
            child.with(entry(&council, Service::EarlyHelp).leading()).assessed(open()).add()
        });
        add(format!("Protected{number}"), &|child| {
            child.with(entry(&council, Service::ChildrensSocialCare).leading_protection()).assessed(open()).add()
        });
        add(format!("Over{number}"), &|child| child.assessed(open().ended("2026-12-30", "support-agreed")).add());
    }
    // Two of one child are two.
    for number in 0..3 {
        add(format!("Both{number}"), &|child| {
            child.assessed(open()).assessed(assessment(&council, "child-in-need")).add()
        });
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&report, "open-assessments-without-lead")["BA14"], "15", "ten and six");
}

fn reviews_are_overdue_that_were_due_before_the_last_day(app: &TestApp) {
    let add = |name: String, day: &str| {
        let child = app.a_child().named("Ida", &name).living_at("12 High Street", "BA14 8JN");
        child.settled(settled().reviewing_on(day))
    };
    for number in 0..13 {
        add(format!("Overdue{number}"), "2026-12-30").add();
        add(format!("Due{number}"), "2026-12-31").add();
        add(format!("Sealed{number}"), "2026-12-30").sealed().add();
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(figures(&report, "reviews-overdue")["BA14"], "15", "thirteen");
}

fn contacts_are_fresh_as_a_share_of_all(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    for number in 0..20 {
        let confirmed = |service, at| entry(&council, service).confirmed(at);
        let child = app.a_child().named("Ida", &format!("Met{number}")).living_at("12 High Street", "BA14 8JN");
        child
            .with(confirmed(Service::EarlyHelp, "2026-12-01T10:00:00Z"))
            .with(confirmed(Service::Housing, "2026-03-01T10:00:00Z"))
            .with(confirmed(Service::Attendance, "2026-09-01T10:00:00Z"))
            .with(entry(&clinic, Service::SexualHealth).confirmed("2026-12-01T10:00:00Z"))
            .add();
        let child = app.a_child().named("Ida", &format!("Kept{number}")).living_at("12 High Street", "SN12 8JN");
        child.with(confirmed(Service::EarlyHelp, "2026-12-01T10:00:00Z")).add();
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    let fresh = figures(&report, "fresh-contacts-share");
    assert_eq!(fresh["BA14"], "33", "a third, and sensitive ones count nowhere");
    assert_eq!(fresh["SN12"], "suppressed", "that none is stale would be told of few");
    assert_eq!(figures(&report, "stale-contacts")["BA14"], "20");
}

fn searches_are_counted_by_their_ending(app: &TestApp) {
    let child = app.a_child().add();
    let nurse = app.practitioner();
    let unknown = json!({"family_name": "Nobody", "given_name": "Ida", "date_of_birth": "2011-01-01"});
    for _ in 0..10 {
        nurse.search(&unknown).ok();
        nurse.search(&json!({"index_number": child.number})).ok();
    }
    for _ in 0..3 {
        app.system().search(&unknown).ok();
        nurse.clone().because_of("safeguarding").search(&unknown).ok();
    }
    // Refused, and of another area.
    app.auditor().search(&unknown).is_refused(403, "role-not-permitted");
    app.practitioner().in_area(crate::apps::ELSEWHERE).search(&unknown).ok();
    app.it_is(LATER);
    let before = app.log_size();
    let report = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(app.log_size(), before + 1, "counting is no access");
    assert_eq!(figures(&report, "searches"), [(AREA.to_owned(), "25".to_owned())].into(), "26");
    assert_eq!(figures(&report, "searches-without-match")[AREA], "15", "16");
    assert_eq!(figures(&report, "searches-without-match-share")[AREA], "60");
}

fn training_is_covered_by_agency(app: &TestApp) {
    let until = |day: &str| day.parse().ok();
    for number in 0..20 {
        app.practitioner().in_sector(Sector::Health).change(|account| {
            account.standing.trained_until = until("2027-06-30");
            account.standing.information_sharing_trained_until =
                if number < 15 { until("2026-12-31") } else { until("2026-12-30") };
            account.standing.lead_professional_trained_until = (number < 5).then(|| until("2027-06-30")).flatten();
        });
        // Nobody whom training is for.
        app.system().in_sector(Sector::Health);
        app.practitioner().in_sector(Sector::Health).change(|account| account.status = AccountStatus::Suspended);
        app.practitioner().in_sector(Sector::Health).in_area(crate::apps::ELSEWHERE);
    }
    app.it_is(LATER);
    let report = app.reviewer().get(&format!("{AT}&by=agency")).ok();
    let of = |indicator| figures(&report, indicator)["health"].clone();
    assert_eq!(of("accounts-in-use"), "20");
    assert_eq!((of("accounts-trained-in-index-use"), of("index-use-training-coverage")), ("20".into(), "100".into()));
    let sharing = (of("accounts-trained-in-information-sharing"), of("information-sharing-training-coverage"));
    assert_eq!(sharing, ("15".into(), "75".into()), "on its last day training counts");
    let lead = (of("accounts-trained-as-lead-professional"), of("lead-professional-training-coverage"));
    assert_eq!(lead, ("<10".into(), "suppressed".into()));
    let sectors = figures(&report, "accounts-in-use");
    assert_eq!(sectors.len(), Sector::ALL.len(), "{sectors:?}");
    let local = app.reviewer().get(&format!("{AT}&by=locality")).ok();
    assert_eq!(
        figures(&local, "accounts-in-use"),
        [(AREA.to_owned(), "20".to_owned())].into(),
        "no locality of theirs"
    );
}
