//! Moves between universal services in bulk: each child by itself, an answer for each, and a list of those nobody accepted.

use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use super::transfers::{accept, decline, listed, running};
use crate::apps::{Answer, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_year_moves_up_and_nobody_is_lost,
    each_child_is_decided_by_itself,
    what_was_proposed_before_is_not_proposed_again,
    each_acceptance_is_decided_by_itself,
    only_universal_services_move_in_bulk,
    a_hidden_child_is_no_other_than_none,
    every_child_is_recorded,
);

/// A nursery, the school its children go to, and a front door of the area.
struct Round {
    nursery: Organisation,
    school: Organisation,
}

impl Round {
    fn of(app: &TestApp) -> Self {
        app.access_point(&app.organisation(OrganisationKind::LocalAuthority), &[]);
        let nursery = app.organisation(OrganisationKind::EarlyYearsSetting);
        Self { nursery, school: app.organisation(OrganisationKind::School) }
    }

    fn child(&self, app: &TestApp) -> Known {
        app.a_child().known_to(&self.nursery, Service::EarlyYearsSetting).add()
    }

    fn propose(&self, person: &Person<'_>, children: &[&str]) -> Answer {
        let body = json!({"from_service": "early-years-setting", "children": children,
                          "to": {"service": "school", "organisation": self.school.id.to_string()}});
        person.post("/v1/transfers", &body)
    }
}

fn results(answer: Answer) -> Vec<Value> {
    answer.ok()["results"].as_array().expect("results").clone()
}

/// The outcome of each, and why where it was refused.
fn outcomes(results: &[Value]) -> Vec<String> {
    let said = |each: &Value| {
        let text = |name: &str| each[name].as_str().unwrap_or_default().to_owned();
        format!("{} {}", text("outcome"), text("code")).trim().to_owned()
    };
    results.iter().map(said).collect()
}

fn a_year_moves_up_and_nobody_is_lost(app: &TestApp) {
    let round = Round::of(app);
    let [nursery, school] = [&round.nursery, &round.school].map(|each| app.practitioner().of(each));
    let children: Vec<Known> = (0..5).map(|_| round.child(app)).collect();
    let numbers: Vec<&str> = children.iter().map(|child| child.number.as_str()).collect();
    let proposed = results(round.propose(&nursery, &numbers));
    assert_eq!(outcomes(&proposed), ["proposed"; 5]);
    assert!(proposed.iter().zip(&numbers).all(|(each, number)| each["child_id"] == **number));
    let ids: Vec<&Value> = proposed.iter().map(|each| &each["transfer"]).collect();
    assert_eq!((listed(&school, "waiting").len(), listed(&nursery, "unaccepted").len()), (5, 5));
    // Three are taken together, one alone; one is declined, and stays on the list of those whom nobody accepted.
    let taken = school.post("/v1/transfers/accept", &json!({"transfers": ids[..3]}));
    assert_eq!(outcomes(&results(taken)), ["accepted"; 3]);
    let path = |at: usize| format!("{}/{}", children[at].transfers(), ids[at].as_str().expect("an id"));
    accept(&school, &path(3)).ok();
    decline(&school, &path(4)).ok();
    assert_eq!(listed(&nursery, "unaccepted"), [ids[4].as_str().expect("an id")]);
    for child in &children[..4] {
        assert_eq!(running(&app.practitioner(), child), ["school"]);
    }
    assert_eq!(running(&app.practitioner(), &children[4]), ["early-years-setting"], "with the nursery still");
    assert_eq!(listed(&app.manager(), "escalated").len(), 1);
}

fn each_child_is_decided_by_itself(app: &TestApp) {
    let round = Round::of(app);
    let nursery = app.practitioner().of(&round.nursery);
    let good = [round.child(app), round.child(app)];
    let ended =
        app.a_child().with(crate::apps::entry(&round.nursery, Service::EarlyYearsSetting).ended("2026-11-02")).add();
    let elsewhere = app.a_child().known_to(&round.school, Service::School).add();
    let sealed = app.a_child().sealed().known_to(&round.nursery, Service::EarlyYearsSetting).add();
    let all = [&good[0], &ended, &elsewhere, &sealed, &good[1], &good[1]].map(|child| child.number.as_str());
    let told = outcomes(&results(round.propose(&nursery, &all)));
    let nobody = "refused not-found";
    assert_eq!(told, ["proposed", nobody, nobody, nobody, "proposed", "proposed-before"]);
    assert_eq!(listed(&nursery, "unaccepted").len(), 2, "what was refused for one changed nothing for another");
}

fn what_was_proposed_before_is_not_proposed_again(app: &TestApp) {
    let round = Round::of(app);
    let nursery = app.practitioner().of(&round.nursery);
    let child = round.child(app);
    let [first, again] = [0, 1].map(|_| results(round.propose(&nursery, &[&child.number])).remove(0));
    assert_eq!((&first["outcome"], &again["outcome"]), (&json!("proposed"), &json!("proposed-before")));
    assert_eq!(first["transfer"], again["transfer"]);
    let other = Round { school: app.organisation(OrganisationKind::School), ..round };
    assert_eq!(outcomes(&results(other.propose(&nursery, &[&child.number]))), ["refused transfer-open"]);
}

fn each_acceptance_is_decided_by_itself(app: &TestApp) {
    let round = Round::of(app);
    let [nursery, school] = [&round.nursery, &round.school].map(|each| app.practitioner().of(each));
    let children = [round.child(app), round.child(app)];
    let numbers = [children[0].number.as_str(), children[1].number.as_str()];
    let ids: Vec<Value> =
        results(round.propose(&nursery, &numbers)).iter().map(|each| each["transfer"].clone()).collect();
    let all = json!({"transfers": [ids[0], "0191d3a0-5f5e-7cc0-8000-0123456789ab", ids[0], ids[1]],
                     "practitioner": {"name": "Joanna Whitfield", "job_title": "Head of year"}});
    let told = results(school.post("/v1/transfers/accept", &all));
    assert_eq!(outcomes(&told), ["accepted", "refused not-found", "refused out-of-order", "accepted"]);
    assert!(told.iter().all(|each| each.get("child_id").is_none()), "of a child no more than its transfer");
    assert_eq!(
        outcomes(&results(nursery.post("/v1/transfers/accept", &all)))[0],
        "refused not-your-organisations-entry"
    );
    let contacts = app.practitioner().contacts(&children[1]).ok();
    let begun = contacts["involvements"].as_array().expect("a list").clone();
    let begun = begun.iter().find(|each| each["service"] == "school").expect("the school").clone();
    assert_eq!(begun["practitioner"]["name"], "Joanna Whitfield");
}

fn only_universal_services_move_in_bulk(app: &TestApp) {
    let round = Round::of(app);
    let nursery = app.practitioner().of(&round.nursery);
    let child = round.child(app);
    let body = |from: &str, to: &str, organisation: &str| json!({"from_service": from, "children": [child.number], "to": {"service": to, "organisation": organisation}});
    let school = round.school.id.to_string();
    let refuge = app.organisation(OrganisationKind::Refuge).id.to_string();
    for (wrong, pointer) in [
        (body("early-help", "school", &school), "/from_service"),
        (body("early-years-setting", "childrens-social-care", &school), "/to/service"),
        (body("early-years-setting", "school", "0191d3a0-5f5e-7cc0-8000-0123456789ab"), "/to/organisation"),
        (body("early-years-setting", "school", &refuge), "/to/organisation"),
    ] {
        let refused = nursery.post("/v1/transfers", &wrong);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer, "{wrong}");
    }
    app.auditor().post("/v1/transfers", &body("school", "school", &school)).is_refused(403, "role-not-permitted");
    app.auditor().post("/v1/transfers/accept", &json!({"transfers": [NOBODYS]})).is_refused(403, "role-not-permitted");
}

/// An id that no transfer has.
const NOBODYS: &str = "0191d3a0-5f5e-7cc0-8000-0123456789ab";

fn a_hidden_child_is_no_other_than_none(app: &TestApp) {
    let round = Round::of(app);
    let [nursery, school] = [&round.nursery, &round.school].map(|each| app.practitioner().of(each));
    let child = round.child(app);
    let id = results(round.propose(&nursery, &[&child.number]))[0]["transfer"].clone();
    let shielded = app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"}));
    assert!(shielded.status < 300, "{}", shielded.text);
    let ask = |id: &Value| {
        let mut told = results(school.post("/v1/transfers/accept", &json!({"transfers": [id]}))).remove(0);
        told.as_object_mut().expect("a result").remove("transfer");
        told
    };
    assert_eq!(ask(&id), ask(&json!(NOBODYS)), "what was proposed before the shield is hidden from the receiver");
    let sealed = app.a_child().sealed().known_to(&round.nursery, Service::EarlyYearsSetting).add();
    let unknown = child_index::domain::index_numbers::IndexNumber::from_random_bits(rand::random()).to_string();
    let mut told = results(round.propose(&nursery, &[&sealed.number, &unknown]));
    for each in &mut told {
        each.as_object_mut().expect("a result").remove("child_id");
    }
    assert_eq!(told[0], told[1]);
}

fn every_child_is_recorded(app: &TestApp) {
    let round = Round::of(app);
    let [nursery, school] = [&round.nursery, &round.school].map(|each| app.practitioner().of(each));
    let children = [round.child(app), round.child(app)];
    let unknown = app.a_child().add();
    let numbers = [children[0].number.as_str(), unknown.number.as_str(), children[1].number.as_str()];
    let recorded = |ask: &dyn Fn() -> Answer, action: &str| {
        let before = app.log_size();
        let told = results(ask());
        let events = app.events_from(before);
        assert_eq!((events.len(), events[0].action.as_str()), (1, action));
        let payload = events[0].payload.as_ref().expect("a payload");
        assert_eq!((payload.children.len(), payload.targets.len()), (2, 2), "each that was moved");
        told
    };
    let proposed = recorded(&|| round.propose(&nursery, &numbers), "transfer.propose");
    let ids = json!({"transfers": [proposed[0]["transfer"], proposed[2]["transfer"]]});
    recorded(&|| school.post("/v1/transfers/accept", &ids), "transfer.accept");
}
