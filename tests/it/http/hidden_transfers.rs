//! Transfers that are hidden: by a sensitive service, a shield, consent, or time; from lists, work-lists, steps and refusals.

use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use super::transfers::{Places, accept, decline, listed, propose, step_up, withdraw};
use crate::apps::{Answer, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    one_from_a_sensitive_service_is_told_to_its_sides_alone,
    a_sensitive_team_that_accepts_is_told_to_nobody_else,
    a_sensitive_service_stands_on_what_the_transfer_stands_on,
    a_sensitive_organisation_cannot_be_guessed_as_a_receiver,
    a_shield_takes_what_was_proposed_before_from_the_receiver,
    under_a_shield_the_receiver_is_not_told_who_sends,
    a_confirmed_shield_leaves_the_sender_what_it_does_itself,
    after_a_shield_what_was_proposed_under_it_stays_between_its_sides,
    a_sealed_record_has_no_transfers,
    withdrawn_consent_takes_it_from_everybody,
    what_is_hidden_fills_no_place_on_a_page,
    closed_ones_are_told_for_a_year,
    the_log_says_what_a_side_was_told,
    a_system_of_another_organisation_is_told_no_more_than_that_one,
    an_archived_record_takes_no_transfer,
);

/// An id that no transfer has.
const NOBODYS: &str = "0191d3a0-5f5e-7cc0-8000-0123456789ab";

/// That a transfer exists for somebody in no way: not in the child's list, nor in any work-list, nor to be read or moved.
#[track_caller]
fn is_unknown_to(person: &Person<'_>, child: &Known, at: &str) {
    let name = &person.account.name;
    assert_eq!(person.get(&child.transfers()).ok()["transfers"], json!([]), "{name}");
    for list in ["waiting", "escalated", "unanswered", "unaccepted"] {
        let page = person.get(&format!("/v1/transfers?list={list}")).ok();
        assert_eq!(page, json!({"transfers": [], "next": null}), "{name}: {list}");
    }
    let nobodys = format!("{}/{NOBODYS}", child.transfers());
    let steps = [
        ("accept", json!({})),
        ("decline", json!({"reason": "no-capacity"})),
        ("withdraw", json!({"reason": "not-needed"})),
        ("place", json!({"organisation": person.account.organisation.to_string()})),
        ("close-gap", json!({"gap": "review-outstanding"})),
    ];
    let both = |ask: &dyn Fn(&str) -> Answer| [at, nobodys.as_str()].map(|path| ask(path).likeness());
    let [read, nothing] = both(&|path| person.get(path));
    assert_eq!((read.0, &read), (404, &nothing), "{name}");
    for (step, body) in steps {
        let [stepped, nothing] = both(&|path| person.post(&format!("{path}/{step}"), &body));
        assert_eq!((stepped.0, &stepped), (404, &nothing), "{name}: {step}");
    }
}

/// A transfer of mental health care that stands on consent.
fn from_clinic(child: &Known, places: &Places) -> Value {
    json!({"kind": "step-down", "involvement": child.entries[0],
           "basis": {"kind": "consent", "given_by": "child", "on": "2026-11-20"},
           "to": {"service": "early-help", "organisation": places.charity.id.to_string()}})
}

fn one_from_a_sensitive_service_is_told_to_its_sides_alone(app: &TestApp) {
    let places = Places::of(app);
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().known_to(&clinic, Service::MentalHealth).known_to(&school, Service::School).add();
    let [nurse, helper] = [&clinic, &places.charity].map(|each| app.practitioner().of(each));
    let others = [
        app.practitioner(),
        app.practitioner().of(&school),
        app.practitioner().of(&places.council),
        app.system(),
        app.manager(),
    ];
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    for other in &others {
        is_unknown_to(other, &child, &at);
    }
    let told = helper.get(&at).ok();
    assert_eq!(told["from"]["organisation"]["name"], clinic.name.as_str(), "proposing tells the receiver");
    assert_eq!(told["from"].get("involvement"), None, "the entry itself stays the clinic's");
    assert_eq!(listed(&helper, "waiting").len(), 1);
    let contacts = helper.contacts(&child).ok().to_string();
    assert!(!contacts.contains(&clinic.name), "elsewhere it is withheld as ever");
    // Declined, it is the desk's; which would not be told of the clinic, so that the clinic keeps it on its own list.
    decline(&helper, &at).ok();
    for other in others.iter().chain([&helper]) {
        is_unknown_to(other, &child, &at);
    }
    assert_eq!(listed(&nurse, "unaccepted").len(), 1);
    // Inside a broker case the manager sees the service, and what it sends.
    let manager = app.manager();
    let child = app.a_child().known_to(&clinic, Service::MentalHealth).with_case(CaseKind::Broker, &manager).add();
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    assert_eq!(manager.get(&at).ok()["from"]["service"], "mental-health");
}

fn a_sensitive_team_that_accepts_is_told_to_nobody_else(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let team = app.team(&places.council, "Exploitation team", true);
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    assert_eq!(app.practitioner().get(&at).ok()["state"], "proposed");
    let accepted = worker.post(&format!("{at}/accept"), &json!({"team": team.id.to_string()})).ok();
    assert_eq!(accepted["to"]["team"], "Exploitation team");
    for other in [app.practitioner(), app.manager()] {
        is_unknown_to(&other, &child, &at);
    }
    let told = helper.get(&at).ok();
    assert_eq!(
        (&told["state"], told["to"].get("team"), told["to"].get("involvement")),
        (&json!("accepted"), None, None)
    );
}

fn a_sensitive_service_stands_on_what_the_transfer_stands_on(app: &TestApp) {
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    app.access_point(&app.organisation(OrganisationKind::LocalAuthority), &[]);
    let [child, other] = [0, 1].map(|_| app.a_child().known_to(&clinic, Service::MentalHealth).add());
    let [nurse, colleague] = [0, 1].map(|_| app.practitioner().of(&clinic));
    let team = app.team(&clinic, "Crisis team", true);
    let to = json!({"service": "mental-health", "organisation": clinic.id.to_string(), "team": team.id.to_string()});
    let body = |child: &Known| json!({"kind": "transfer", "involvement": child.entries[0], "to": to});
    assert_eq!(nurse.post(&child.transfers(), &body(&child)).pointers(), "/basis");
    let mut consented = body(&child);
    consented["basis"] = json!({"kind": "consent", "given_by": "child", "on": "2026-11-19"});
    let at = propose(&nurse, &child, &consented);
    let begun = accept(&colleague, &at).ok()["to"]["involvement"].clone();
    let list = nurse.get(&child.involvements()).ok()["involvements"].clone();
    let entry = list.as_array().expect("a list").iter().find(|each| each["number"] == begun).expect("it").clone();
    assert_eq!(entry["ground"], json!({"kind": "consent", "given_by": "child", "on": "2026-11-19"}));
    // What stands on nothing cannot go to a sensitive team.
    let school = app.organisation(OrganisationKind::School);
    let crisis = app.team(&school, "Crisis", true);
    let pupil = app.a_child().known_to(&school, Service::School).add();
    let [teacher, nurse] = [0, 1].map(|_| app.practitioner().of(&school));
    let plain = json!({"kind": "transfer", "involvement": pupil.entries[0],
                       "to": {"service": "school-nursing", "organisation": school.id.to_string()}});
    let at = propose(&teacher, &pupil, &plain);
    let refused = nurse.post(&format!("{at}/accept"), &json!({"team": crisis.id.to_string()}));
    assert_eq!(refused.pointers(), "/team");
    assert_eq!(teacher.get(&at).ok()["state"], "proposed");
    assert_eq!(app.practitioner().get(&other.transfers()).ok()["transfers"], json!([]));
}

fn a_sensitive_organisation_cannot_be_guessed_as_a_receiver(app: &TestApp) {
    let places = Places::of(app);
    let refuge = app.organisation(OrganisationKind::Refuge);
    let crisis = app.team(&places.council, "Crisis", true);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    let ask = |organisation: &str, team: Option<&str>| {
        let mut body = step_up(&child, &places.council);
        body["to"]["organisation"] = json!(organisation);
        if let Some(team) = team {
            body["to"]["team"] = json!(team);
        }
        helper.post(&child.transfers(), &body).likeness()
    };
    assert_eq!(ask(&refuge.id.to_string(), None), ask(NOBODYS, None));
    let council = places.council.id.to_string();
    assert_eq!(ask(&council, Some(&crisis.id.to_string())), ask(&council, Some(NOBODYS)));
}

fn shield(app: &TestApp, child: &Known) {
    let shielded = app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"}));
    assert!(shielded.status < 300, "{}", shielded.text);
}

fn a_shield_takes_what_was_proposed_before_from_the_receiver(app: &TestApp) {
    let places = Places::of(app);
    let manager = app.manager();
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).with_case(CaseKind::Shield, &manager).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    assert_eq!(worker.get(&at).ok()["state"], "proposed");
    shield(app, &child);
    for other in [&worker, &app.practitioner(), &app.manager(), &app.practitioner().of(&places.council)] {
        is_unknown_to(other, &child, &at);
    }
    assert_eq!(helper.get(&at).ok()["state"], "proposed", "what it supplied, until the shield is confirmed");
    assert_eq!(listed(&helper, "unanswered").len(), 1);
    assert_eq!(manager.get(&at).ok()["from"]["organisation"]["name"], places.charity.name.as_str(), "inside the case");
    withdraw(&helper, &at).ok();
}

fn under_a_shield_the_receiver_is_not_told_who_sends(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().shielded().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    // Whoever proposes in knowledge of the shield means the receiver to know.
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let answers = [worker.get(&at), worker.get(&child.transfers()), worker.get("/v1/transfers")];
    for answer in answers {
        let answer = answer.with_status(200);
        assert!(answer.text.contains("\"from\":null"), "{}", answer.text);
        assert!(!answer.text.contains(&places.charity.name), "{}", answer.text);
    }
    for other in [app.practitioner(), app.manager()] {
        is_unknown_to(&other, &child, &at);
    }
    let accepted = accept(&worker, &at);
    assert!(!accepted.text.contains(&places.charity.name), "{}", accepted.text);
    let accepted = accepted.ok();
    assert_eq!((&accepted["state"], &accepted["to"]["service"]), (&json!("accepted"), &json!("childrens-social-care")));
    assert!(accepted["to"]["involvement"].is_number(), "its own it knows");
    is_unknown_to(&app.practitioner(), &child, &at);
    // One that is declined is told as far, and is nobody's but the sender's and the management team's.
    let child = app.a_child().shielded().known_to(&places.charity, Service::EarlyHelp).add();
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let declined = decline(&worker, &at);
    assert!(!declined.text.contains(&places.charity.name), "{}", declined.text);
    assert_eq!(declined.ok()["state"], "escalated");
    is_unknown_to(&worker, &child, &at);
    assert_eq!(listed(&helper, "unaccepted").len(), 1);
}

fn a_confirmed_shield_leaves_the_sender_what_it_does_itself(app: &TestApp) {
    let places = Places::of(app);
    let manager = app.manager();
    let child = app
        .a_child()
        .shielded()
        .confirmed()
        .known_to(&places.charity, Service::EarlyHelp)
        .with_case(CaseKind::Shield, &manager)
        .add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    assert_eq!(helper.get(&child.transfers()).ok()["transfers"], json!([]), "as its own entries");
    assert_eq!(listed(&manager, "unaccepted").len(), 0);
    decline(&worker, &at).ok();
    assert_eq!(listed(&manager, "escalated").len(), 1, "the management team places it, inside the case");
    let to = json!({"organisation": places.council.id.to_string()});
    assert_eq!(manager.post(&format!("{at}/place"), &to).ok()["state"], "proposed");
    assert_eq!(listed(&worker, "waiting").len(), 1);
    let taken_back = withdraw(&helper, &at).ok();
    assert_eq!(taken_back["state"], "withdrawn");
    accept(&worker, &at).is_refused(404, "not-found");
}

fn after_a_shield_what_was_proposed_under_it_stays_between_its_sides(app: &TestApp) {
    let places = Places::of(app);
    let sent = app.sent_within(&places.charity, Service::FamilySupport);
    let child = app.a_child().shielded().known_to(&places.charity, Service::EarlyHelp).sent(sent).add();
    diesel::RunQueryDsl::execute(
        diesel::sql_query(format!("UPDATE child SET shield = NULL WHERE id = {}", child.id.0)),
        &mut app.connect(),
    )
    .expect("a lifted shield");
    let at = format!("{}/{}", child.transfers(), child.transfers[0]);
    is_unknown_to(&app.practitioner(), &child, &at);
    assert_eq!(app.practitioner().of(&places.charity).get(&at).ok()["state"], "proposed");
}

fn a_sealed_record_has_no_transfers(app: &TestApp) {
    let places = Places::of(app);
    let sent = app.sent_within(&places.charity, Service::FamilySupport);
    let child = app.a_child().sealed().known_to(&places.charity, Service::EarlyHelp).sent(sent).add();
    let at = format!("{}/{}", child.transfers(), child.transfers[0]);
    for person in [app.practitioner(), app.practitioner().of(&places.charity), app.manager()] {
        person.get(&child.transfers()).is_refused(404, "not-found");
        person.get(&at).is_refused(404, "not-found");
        accept(&person, &at).is_refused(404, "not-found");
        assert!(["waiting", "unaccepted"].iter().all(|list| listed(&person, list).is_empty()));
    }
}

fn withdrawn_consent_takes_it_from_everybody(app: &TestApp) {
    let places = Places::of(app);
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    let child = app.a_child().known_to(&clinic, Service::MentalHealth).add();
    let [nurse, helper] = [&clinic, &places.charity].map(|each| app.practitioner().of(each));
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    nurse.post_nothing(&format!("{}/withdraw-consent", child.entry(0))).ok();
    for person in [&nurse, &helper, &app.manager()] {
        is_unknown_to(person, &child, &at);
    }
    // A consent that lapses takes it from everybody too; the sender can still take it back, and end its entry.
    let lapses = entry(&clinic, Service::MentalHealth).consented_until("2026-11-20");
    let child = app.a_child().with(lapses).add();
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    app.it_is("2026-11-21T10:00:00Z");
    let [nurse, helper] = [nurse, helper].map(Person::with_a_new_token);
    is_unknown_to(&helper, &child, &at);
    nurse.get(&at).is_refused(404, "not-found");
    withdraw(&nurse, &at).ok();
}

fn what_is_hidden_fills_no_place_on_a_page(app: &TestApp) {
    let places = Places::of(app);
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let ids: Vec<String> = (0..5)
        .map(|at| {
            let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
            let path = propose(&helper, &child, &step_up(&child, &places.council));
            if at % 2 == 0 {
                shield(app, &child);
            }
            path.rsplit('/').next().expect("an id").to_owned()
        })
        .collect();
    let first = worker.get("/v1/transfers?limit=1").ok();
    assert_eq!((&first["transfers"][0]["id"], &first["next"]), (&json!(ids[1]), &json!(ids[1])));
    let second = worker.get(&format!("/v1/transfers?limit=1&cursor={}", ids[1])).ok();
    assert_eq!(
        (&second["transfers"][0]["id"], &second["next"]),
        (&json!(ids[3]), &Value::Null),
        "and no other follows"
    );
}

/// With checks and training that outlast the case.
fn forever(person: Person<'_>) -> Person<'_> {
    let until = "2029-01-31".parse().ok();
    let change = |account: &mut child_index::domain::accounts::Account| {
        let standing = &mut account.standing;
        (standing.checked_until, standing.trained_until, standing.certified_until) = (until, until, until);
    };
    person.change(change).with_a_new_token()
}

fn closed_ones_are_told_for_a_year(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    withdraw(&helper, &at).ok();
    let count =
        |person: &Person<'_>| person.get(&child.transfers()).ok()["transfers"].as_array().expect("a list").len();
    app.clock.advance(365 * child_index::domain::instants::DAY);
    let accredit = |person: &Person<'_>| {
        app.change_organisation_of(person, |organisation| organisation.accredited_until = "2029-01-31".parse().ok());
    };
    let [helper, stranger] = [helper, app.practitioner()].map(forever);
    [&helper, &stranger].into_iter().for_each(accredit);
    assert_eq!(count(&stranger), 1);
    app.clock.advance(child_index::domain::instants::DAY);
    let [helper, stranger] = [helper, stranger].map(Person::with_a_new_token);
    assert_eq!((count(&stranger), count(&helper)), (0, 1));
}

fn the_log_says_what_a_side_was_told(app: &TestApp) {
    let places = Places::of(app);
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    let child = app.a_child().known_to(&clinic, Service::MentalHealth).add();
    let [nurse, helper] = [&clinic, &places.charity].map(|each| app.practitioner().of(each));
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    let recorded = |person: &Person<'_>| {
        let before = app.log_size();
        person.get(&at);
        let events = app.events_from(before);
        assert_eq!((events.len(), events[0].action.as_str()), (1, "transfer.read"));
        serde_json::to_value(events[0].payload.as_ref().expect("a payload")).expect("JSON")
    };
    let told = recorded(&helper)["children"][0].clone();
    assert!(told["shown"].as_array().expect("blocks").contains(&json!("sensitive")), "{told}");
    assert_eq!(told["protected"], true, "an ordinary auditor sees a pseudonym");
    assert_eq!(recorded(&app.practitioner()).get("children").map_or(0, |all| all.as_array().map_or(0, Vec::len)), 0);
}

fn a_system_of_another_organisation_is_told_no_more_than_that_one(app: &TestApp) {
    let places = Places::of(app);
    let clinic = app.organisation(OrganisationKind::MentalHealthTrust);
    let child = app.a_child().known_to(&clinic, Service::MentalHealth).add();
    let nurse = app.practitioner().of(&clinic);
    let at = propose(&nurse, &child, &from_clinic(&child, &places));
    let theirs = app.practitioner().of(&places.charity);
    assert_eq!(theirs.clone().acting_through(&app.system().of(&places.charity)).get(&at).ok()["state"], "proposed");
    is_unknown_to(&theirs.acting_through(&app.system()), &child, &at);
}

fn an_archived_record_takes_no_transfer(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().born("2008-11-19").known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    helper.post(&child.transfers(), &step_up(&child, &places.council)).is_refused(404, "not-found");
    app.manager().post(&child.transfers(), &step_up(&child, &places.council)).is_refused(403, "role-not-permitted");
    assert_eq!(app.manager().get(&child.transfers()).ok()["transfers"], json!([]));
}
