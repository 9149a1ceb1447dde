//! Ways in which somebody might get at what is hidden, each tried.
//!
//! Others are tried where they belong: a former name in `shields` and `registrations`, a newborn at a hidden address in
//! `registrations`, `births` and `carer_shields`, the desks of two areas and a sensitive team of a voluntary body in
//! `contacts`, an entry of one's own and an `ETag` that moves in `children`, an override after a suspension in `overrides`,
//! a local auditor in `desk`, headers and budgets in `shields` and `mediation`, what a search costs in `app::searches`, and
//! time in the bench `search_timing`.

use std::sync::mpsc;
use std::time::Duration;

use child_index::domain::accounts::AccountStatus;
use child_index::domain::children::{Shield, ShieldGround};
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreError;
use child_index::store::shields;
use child_index::store::transactions::write_tx;
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_superseded_number_finds_nobody,
    not_same_as_does_not_publish_a_held_duplicate,
    a_brothers_school_and_telephone_lead_nowhere,
    a_shield_decided_between_reading_and_release_binds,
    a_handle_and_a_version_from_before_the_shield_open_nothing,
    a_merged_number_with_a_shielded_survivor_leads_nowhere,
    a_replay_after_a_suspension_tells_nothing,
    a_replay_from_another_organisation_is_decided_anew,
);

fn okafor() -> Value {
    json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"})
}

fn by_postcode() -> Value {
    json!({"family_name": "Okafor", "given_name": "Chidera", "postcode": "BA14 8JN"})
}

fn refuge() -> Value {
    json!({"ground": "refuge"})
}

fn a_superseded_number_finds_nobody(app: &TestApp) {
    let plain = app.a_child().with_identifier("nhs-number", "9000000009").add();
    let hidden = app.a_child().named("Ruth", "Adeyemi").with_identifier("nhs-number", "9000000017").shielded().add();
    let nurse = app.practitioner().in_sector(Sector::Health);
    let by_number =
        |value: &str| json!({"identifier": {"system": "nhs-number", "value": value}, "date_of_birth": "2015-03-02"});
    assert_eq!(nurse.finds(&by_number("9000000009")), std::slice::from_ref(&plain.number));
    assert!(nurse.finds(&by_number("9000000017")).is_empty(), "a number of a shielded child");
    let superseded = json!({"identifiers": [
        {"system": "nhs-number", "value": "9000000009", "status": "superseded"},
        {"system": "nhs-number", "value": "9000000025", "status": "verified"},
    ]});
    app.manager().change_at(&plain.path(), &superseded).ok();
    assert!(nurse.finds(&by_number("9000000009")).is_empty());
    assert_eq!(nurse.finds(&by_number("9000000025")), [plain.number]);
    nurse.read(&hidden).ok();
}

fn not_same_as_does_not_publish_a_held_duplicate(app: &TestApp) {
    let held = app.a_child().held().with_open_case(CaseKind::Review).add();
    let teacher = app.practitioner();
    let same = json!({"name": {"family": "Okafor", "given": "Chidera"}, "date_of_birth": "2015-03-02", "sex": "F"});
    let answer = teacher.register(&same);
    assert!([201, 202].contains(&answer.status) && !answer.text.contains(&held.number), "{}", answer.text);
    let mut denied = same.clone();
    denied["not_same_as"] = json!([held.number]);
    let answer = app.practitioner().register(&denied);
    assert!([201, 202].contains(&answer.status), "{}", answer.text);
    for reader in [app.practitioner(), app.manager(), app.system()] {
        assert!(reader.finds(&okafor()).is_empty(), "{}", reader.account.name);
        reader.read(&held).is_refused(404, "not-found");
    }
}

fn a_brothers_school_and_telephone_lead_nowhere(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    app.change_organisation(&school, |school| school.name = "Meadowlark Primary".into());
    let child = |given: &str| app.a_child().named(given, "Okafor").known_to(&school, Service::School);
    let hidden = child("Chidera").with_carer("Ada Okafor", "01225 999111").add();
    let brother = child("Tobi").born("2018-01-30").with_carer("Obi Okafor", "01225 999111").add();
    let (nurse, teacher) = (app.practitioner(), app.practitioner().of(&school));
    assert!(nurse.contacts(&brother).text.contains("Meadowlark"));
    nurse.post(&format!("{}/shield", hidden.path()), &refuge()).ok();
    for reader in [&nurse, &teacher, &app.manager(), &app.system()] {
        for answer in [reader.contacts(&brother), reader.read(&brother), reader.contacts(&hidden), reader.read(&hidden)]
        {
            let text = &answer.text;
            // What a school entered itself it still sees, until the shield is confirmed.
            assert!(reader.account.organisation == school.id || !text.contains("Meadowlark"), "{text}");
            assert!(!text.contains("999111") && !text.contains("Obi Okafor"), "{text}");
        }
    }
}

fn asked(app: &TestApp, ground: ShieldGround, sealed: bool) -> Shield {
    Shield { ground, since: app.clock.now(), reviewed_at: None, sealed }
}

/// Shields a child as another node would.
fn shield(app: &TestApp, child: &Known, shield: Shield) {
    let (keys, now) = (app.settings().keys, app.clock.now());
    let put_on =
        write_tx::<_, StoreError, _>(&mut app.connect(), |conn| shields::put_on(conn, &keys, child.id, shield, now));
    put_on.expect("a shield").expect("a child");
}

/// The recorder is kept busy while the search finds its candidates; before it comes to recording what was found, the child
/// is shielded.
fn a_shield_decided_between_reading_and_release_binds(app: &TestApp) {
    let child = app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").add();
    let nurse = app.practitioner();
    assert_eq!(nurse.finds(&by_postcode()), std::slice::from_ref(&child.number));
    let (began, busy) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let (keys, now, shield, id) =
        (app.settings().keys, app.clock.now(), asked(app, ShieldGround::Refuge, false), child.id);
    let decide = move |conn: &mut AnyConnection| {
        began.send(()).map_err(|_| StoreError::broken("nobody waits"))?;
        wait.recv().map_err(|_| StoreError::broken("nobody says when"))?;
        shields::put_on(conn, &keys, id, shield, now).map(drop)
    };
    let answer = std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(app.index.recorder().maintain(decide)).expect("a decision");
        });
        busy.recv().expect("the recorder is busy");
        let search = scope.spawn(|| nurse.search(&by_postcode()));
        // Long enough to find the candidates. Were it not, the search would begin later, and end no differently.
        std::thread::sleep(Duration::from_millis(300));
        go_on.send(()).expect("the recorder goes on");
        search.join().expect("an answer")
    });
    assert_eq!(answer.ok()["outcome"], "none");
}

fn a_handle_and_a_version_from_before_the_shield_open_nothing(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().living_at("3 Hideaway Lane", "BA14 8JN").known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let found = teacher.search(&okafor()).ok();
    let handle = format!("/v1/children/{}", found["results"][0]["handle"].as_str().expect("a handle"));
    let version = teacher.get(&handle).header("etag").to_owned();
    assert!(teacher.get(&handle).text.contains("Hideaway"));
    shield(app, &child, asked(app, ShieldGround::Refuge, false));
    assert!(!teacher.get(&handle).text.contains("Hideaway"));
    let moved = json!({"address": {"state": "current", "lines": ["9 Mill Street"], "postcode": "M1 1AE"}});
    let answer = teacher.patch(&handle, &version, &moved);
    assert!([403, 412].contains(&answer.status), "{}", answer.text);
    assert!(!answer.text.contains("Hideaway"), "{}", answer.text);
}

fn a_merged_number_with_a_shielded_survivor_leads_nowhere(app: &TestApp) {
    let survivor =
        app.a_child().named("Chidera", "Brightwater").living_at("3 Hideaway Lane", "BA14 8JN").shielded().add();
    let merged = app.a_child().merged_into(&survivor).add();
    let unknown = child_index::domain::index_numbers::IndexNumber::from_random_bits(rand::random()).to_string();
    for reader in [app.practitioner(), app.manager(), app.system()] {
        for below in ["", "/contacts", "/involvements", "/consents"] {
            let [one, other] = [&merged.number, &unknown].map(|number| {
                let answer = reader.get(&format!("/v1/children/{number}{below}"));
                assert!(
                    !answer.text.contains(&survivor.number) && !answer.text.contains("Brightwater"),
                    "{}",
                    answer.text
                );
                (answer.status, answer.code())
            });
            assert_eq!(one, other, "{below}");
        }
        assert!(reader.finds(&json!({"index_number": merged.number})).is_empty());
    }
}

fn a_replay_from_another_organisation_is_decided_anew(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let (child, nurse) = (app.a_child().add(), app.practitioner().of(&clinic));
    let entry = json!({"service": "sexual-health", "started_on": "2026-11-02",
                       "ground": {"kind": "consent", "given_by": "child", "on": "2026-11-02"}});
    let consent = json!({"given_by": "child", "on": "2026-11-02"});
    let assessed = json!({"kind": "early-help", "started_on": "2026-11-02", "consent": consent});
    let asked = [(child.involvements(), entry), (child.assessed(), assessed)];
    let ask = |person: &Person<'_>| asked.clone().map(|(path, body)| person.post_with_key("k-1", &path, &body));
    for answer in [ask(&nurse), ask(&nurse)].concat() {
        answer.with_status(201);
    }
    let moved = nurse.of(&app.organisation(OrganisationKind::School));
    for answer in ask(&moved) {
        answer.is_refused(404, "not-found");
        assert!(!answer.text.contains(&clinic.name), "{}", answer.text);
    }
}

fn a_replay_after_a_suspension_tells_nothing(app: &TestApp) {
    let teacher = app.practitioner();
    let child = json!({"name": {"family": "Kowalczyk", "given": "Tomasz"}, "date_of_birth": "2012-07-19"});
    let first = teacher.post_with_key("k-1", "/v1/children", &child).with_status(201).json();
    let number = first["child_id"].as_str().expect("a number").to_owned();
    let suspended = teacher.change(|account| account.status = AccountStatus::Suspended);
    let again = suspended.post_with_key("k-1", "/v1/children", &child);
    again.is_refused(403, "account-suspended");
    assert!(!again.text.contains(&number), "{}", again.text);
    // Nor does it once the record is sealed, though the account may be used.
    let back = suspended.change(|account| account.status = AccountStatus::Active);
    let known = child_index::store::children::find_id(
        &mut app.connect(),
        child_index::domain::index_numbers::IndexNumber::parse(&number).expect("a number"),
    );
    let id = known.expect("a look-up").expect("a child");
    let known = Known {
        id,
        number,
        entries: Vec::new(),
        assessments: Vec::new(),
        transfers: Vec::new(),
        proposals: Vec::new(),
        planned: Vec::new(),
        carers: Vec::new(),
    };
    shield(app, &known, asked(app, ShieldGround::Adoption, true));
    back.post_with_key("k-1", "/v1/children", &child).is_refused(404, "not-found");
}
