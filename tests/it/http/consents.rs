//! The ledger of grounds: consent that lapses hides an entry without a job, consent given anew shows it again, and who
//! reads the ledger.

use child_index::domain::policy::{CaseKind, PolicySettings};
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{AREA, Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    consent_that_lapses_hides_the_entry_from_that_day,
    consent_given_anew_shows_it_again,
    the_ledger_is_for_those_who_may_see_grounds,
    what_was_withdrawn_stays_in_the_ledger_and_stays_hidden,
    a_ground_is_consistent_with_itself,
    a_lapsed_lead_professional_is_in_nobodys_way,
    a_lapsed_consent_is_no_relationship,
    what_stands_on_no_ground_takes_none;
    once: an_area_may_have_nothing_told
);

fn consent(until: &str) -> Value {
    json!({"kind": "consent", "given_by": "child", "judged": "competent-under-sixteen", "on": "2026-09-02", "until": until})
}

fn ledger(child: &Known) -> String {
    format!("{}/consents", child.path())
}

/// A clinic's nurse, and the number of the clinic's entry, standing on consent until this day.
fn an_entry<'a>(app: &'a TestApp, child: &Known, until: &str) -> (Person<'a>, String) {
    let nurse = app.practitioner().of(&app.organisation(OrganisationKind::SexualHealthClinic));
    let body = json!({"service": "sexual-health", "started_on": "2026-09-02", "ground": consent(until)});
    let number = nurse.post(&child.involvements(), &body).with_status(201).json()["number"].to_string();
    (nurse, format!("{}/{number}", child.involvements()))
}

fn services(answer: Answer) -> usize {
    answer.ok()["involvements"].as_array().expect("involvements").len()
}

fn told(app: &TestApp, child: &Known) -> Value {
    app.practitioner().contacts(child).ok()["withheld"].clone()
}

fn states(answer: Answer) -> Vec<String> {
    let all = answer.ok()["consents"].as_array().expect("a ledger").clone();
    all.iter().map(|each| each["state"].as_str().expect("a state").to_owned()).collect()
}

fn consent_that_lapses_hides_the_entry_from_that_day(app: &TestApp) {
    let child = app.a_child().add();
    let (nurse, _) = an_entry(app, &child, "2026-12-01");
    app.it_is("2026-12-01T23:00:00Z");
    assert_eq!(services(nurse.contacts(&child)), 1, "the last day counts");
    assert_eq!(told(app, &child)[0]["what"], "sensitive-service");
    app.it_is("2026-12-02T00:00:00Z");
    assert_eq!(services(nurse.contacts(&child)), 0);
    assert_eq!(services(nurse.get(&child.involvements())), 0);
    assert_eq!(told(app, &child), json!([]));
    let events = app.events();
    let payload = events.last().and_then(|event| event.payload.as_ref()).expect("a payload");
    assert!(!payload.children[0].protected, "nothing is told of it in the log either");
    let line = &nurse.get(&ledger(&child)).ok()["consents"][0];
    assert_eq!((&line["state"], &line["ground"]["until"]), (&json!("lapsed"), &json!("2026-12-01")));
    assert_eq!(line["ground"]["judged"], "competent-under-sixteen");
}

fn consent_given_anew_shows_it_again(app: &TestApp) {
    let child = app.a_child().add();
    let (nurse, path) = an_entry(app, &child, "2026-12-01");
    let path = format!("{path}/consents");
    app.practitioner().post(&path, &consent("2027-06-30")).is_refused(404, "not-found");
    app.manager().post(&path, &consent("2027-06-30")).is_refused(404, "not-found");
    app.it_is("2026-12-09T10:00:00Z");
    nurse.post(&path, &consent("2026-12-08")).is_refused(422, "invalid-body");
    let answer = nurse.post(&path, &consent("2027-06-30"));
    assert_eq!(states(answer), ["current", "superseded"]);
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("consent.record", "changed"));
    assert!(event.payload.expect("a payload").children[0].protected);
    assert_eq!(services(nurse.contacts(&child)), 1);
    assert_eq!(told(app, &child)[0]["what"], "sensitive-service");
    // Consent that lapses may be followed by a judgement, which does not.
    app.it_is("2027-07-01T10:00:00Z");
    let harm = json!({"kind": "significant-harm", "on": "2027-07-01"});
    let nurse = nurse.change(|account| {
        let until = "2028-01-31".parse().ok();
        account.standing.checked_until = until;
        account.standing.trained_until = until;
        account.standing.certified_until = until;
    });
    app.change_organisation_of(&nurse, |organisation| organisation.accredited_until = "2028-01-31".parse().ok());
    assert_eq!(states(nurse.post(&path, &harm)), ["current", "superseded", "superseded"]);
    let lines = nurse.get(&ledger(&child)).ok()["consents"].clone();
    let kinds = |at: usize| (lines[at]["ground"]["kind"].clone(), lines[at]["ground"]["until"].clone());
    assert_eq!(kinds(0), (json!("significant-harm"), Value::Null));
    assert_eq!((kinds(1).1, kinds(2).1), (json!("2027-06-30"), json!("2026-12-01")));
}

fn the_ledger_is_for_those_who_may_see_grounds(app: &TestApp) {
    let manager = app.manager();
    let child = app.a_child().with_case(CaseKind::Broker, &manager).add();
    let (nurse, path) = an_entry(app, &child, "2026-12-01");
    let number = path.rsplit('/').next().expect("a number");
    let line = &nurse.get(&ledger(&child)).ok()["consents"][0];
    assert_eq!((line["involvement"]["number"].to_string(), &line["state"]), (number.to_owned(), &json!("current")));
    assert_eq!(line["ground"]["given_by"], "child");
    // The management team: grounds, and of which service only inside the case.
    let outside = app.manager().get(&ledger(&child)).ok()["consents"].clone();
    assert_eq!((outside[0]["ground"]["kind"].clone(), outside[0].get("involvement")), (json!("consent"), None));
    let inside = manager.get(&ledger(&child)).ok()["consents"].clone();
    assert_eq!(inside[0]["involvement"]["service"], "sexual-health");
    let plain = app.a_child().add();
    for reader in [app.practitioner(), app.manager().in_area(ELSEWHERE), app.system()] {
        let with = reader.get(&ledger(&child));
        assert_eq!(with.likeness(), reader.get(&ledger(&plain)).likeness());
        assert_eq!(with.ok()["consents"], json!([]));
    }
    app.auditor().get(&ledger(&child)).is_refused(403, "role-not-permitted");
    let sealed = app.a_child().sealed().add();
    app.practitioner().get(&ledger(&sealed)).is_refused(404, "not-found");
    let shielded =
        app.a_child().with(entry(&app.organisation(OrganisationKind::Refuge), Service::RefugeAndDomesticAbuse));
    let shielded = shielded.shielded().add();
    assert_eq!(app.manager().get(&ledger(&shielded)).ok()["consents"], json!([]), "nor outside the shield's case");
}

fn what_was_withdrawn_stays_in_the_ledger_and_stays_hidden(app: &TestApp) {
    let child = app.a_child().add();
    let (nurse, path) = an_entry(app, &child, "2026-12-01");
    nurse.post_nothing(&format!("{path}/withdraw-consent")).ok();
    let line = &nurse.get(&ledger(&child)).ok()["consents"][0];
    assert_eq!((&line["state"], &line["ended_at"]), (&json!("withdrawn"), &json!("2026-11-20T10:00:00Z")));
    nurse.post(&format!("{path}/consents"), &consent("2027-06-30")).is_refused(404, "not-found");
    assert_eq!((services(nurse.contacts(&child)), told(app, &child)), (0, json!([])));
}

fn a_ground_is_consistent_with_itself(app: &TestApp) {
    let child = app.a_child().add();
    let (nurse, path) = an_entry(app, &child, "2026-12-01");
    let path = format!("{path}/consents");
    for (ground, pointer) in [
        (json!({"kind": "significant-harm", "given_by": "child"}), "/given_by"),
        (json!({"kind": "significant-harm", "judged": "sixteen-or-over"}), "/judged"),
        (json!({"kind": "significant-harm", "until": "2027-01-01"}), "/until"),
        (json!({"kind": "consent", "judged": "sixteen-or-over"}), "/judged"),
        (json!({"kind": "consent", "given_by": "parental-responsibility", "judged": "sixteen-or-over"}), "/judged"),
        (json!({"kind": "consent", "given_by": "child", "judged": "parental-responsibility-confirmed"}), "/judged"),
        (json!({"kind": "consent", "on": "2026-11-21"}), "/on"),
        (json!({"kind": "consent", "on": "2026-11-20", "until": "2026-11-19"}), "/until"),
        (json!({"kind": "consent", "why": "she said so"}), "/why"),
    ] {
        let answer = nurse.post(&path, &ground);
        assert_eq!((answer.status, answer.pointers().as_str()), (422, pointer), "{ground}");
        let body = json!({"service": "mental-health", "started_on": "2026-09-02", "ground": ground});
        let answer = nurse.post(&child.involvements(), &body);
        assert_eq!((answer.status, answer.pointers()), (422, format!("/ground{pointer}")), "{ground}");
    }
    let by_parent = json!({"kind": "consent", "given_by": "parental-responsibility",
                           "judged": "parental-responsibility-confirmed", "until": "2026-11-20"});
    nurse.post(&path, &by_parent).ok();
}

fn a_lapsed_lead_professional_is_in_nobodys_way(app: &TestApp) {
    let child = app.a_child().add();
    let clinic = app.practitioner().of(&app.organisation(OrganisationKind::SexualHealthClinic));
    let person = json!({"name": "Ada Obi", "job_title": "Nurse"});
    let body = json!({"service": "sexual-health", "started_on": "2026-09-02", "ground": consent("2026-12-01"),
                      "practitioner": person, "lead_professional": "early-help"});
    clinic.post(&child.involvements(), &body).with_status(201);
    let next = json!({"service": "early-help", "started_on": "2026-09-02", "practitioner": person,
                      "lead_professional": "early-help"});
    app.practitioner().post(&child.involvements(), &next).is_refused(409, "lead-professional-exists");
    app.it_is("2026-12-02T10:00:00Z");
    let taken = app.practitioner().post(&child.involvements(), &next).with_status(201).json();
    assert_eq!(app.practitioner().contacts(&child).ok()["lead_professional"]["name"], "Ada Obi");
    assert_eq!(taken["lead_professional"], "early-help");
}

fn a_lapsed_consent_is_no_relationship(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN");
    let child = child.with(entry(&clinic, Service::SexualHealth).consented_until("2026-12-01")).add();
    let nurse = app.practitioner().of(&clinic);
    let sees = || nurse.read(&child).ok().get("address").is_some();
    assert!(sees());
    app.it_is("2026-12-02T10:00:00Z");
    assert!(!sees());
}

fn what_stands_on_no_ground_takes_none(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&school, Service::School).add();
    let path = format!("{}/consents", child.entry(0));
    app.practitioner().of(&school).post(&path, &consent("2027-06-30")).is_refused(409, "no-ground-recorded");
    app.practitioner().post(&path, &consent("2027-06-30")).is_refused(403, "not-your-organisations-entry");
}

fn an_area_may_have_nothing_told() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let policy = PolicySettings { existence_untold_in: vec![AREA.into()], ..PolicySettings::default() };
    let app = TestApp::with_policy(database, policy);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let sensitive = || app.a_child().with(entry(&clinic, Service::SexualHealth));
    let (here, there) = (sensitive().add(), sensitive().in_area(ELSEWHERE).add());
    let plain = app.a_child().add();
    let readers = [app.practitioner(), app.practitioner().in_area(ELSEWHERE), app.system()];
    for reader in &readers {
        assert_eq!(reader.contacts(&here).ok()["withheld"], json!([]));
        let blocks = |child: &Known| {
            let mut answer = reader.contacts(child).ok();
            answer["child"] = Value::Null;
            answer
        };
        assert_eq!(blocks(&here), blocks(&plain), "as though there were nothing");
        assert_eq!(reader.contacts(&there).ok()["withheld"][0]["what"], "sensitive-service");
    }
    // The management team of the area goes on to know that there is something to broker.
    assert_eq!(app.manager().contacts(&here).ok()["withheld"][0]["what"], "sensitive-service");
    // A shielded child is told to be shielded, as everywhere.
    let shielded = sensitive().shielded().add();
    let withheld = app.practitioner().contacts(&shielded).ok()["withheld"].clone();
    assert_eq!((&withheld[0]["what"], withheld.as_array().map(Vec::len)), (&json!("shielded"), Some(1)));
    Completion::Completed
}
