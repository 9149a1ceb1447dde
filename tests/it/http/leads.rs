//! Lead professionals: one of each kind, handed over by asking and answering, and covered while away.

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::policy::PolicySettings;
use child_index::domain::routes::RouteKind;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, a_route, entry};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    the_lead_is_handed_over_in_one_step,
    a_proposal_is_declined_with_a_code_or_taken_back,
    a_proposal_that_nobody_answers_expires,
    the_first_who_accepts_leads,
    those_who_work_with_the_child_and_those_who_coordinate_ask,
    nobody_is_made_to_lead_and_nobody_takes_the_lead_alone,
    who_may_take_a_proposal_back,
    only_somebody_named_who_runs_and_leads_nothing_is_asked,
    the_two_kinds_are_handed_over_apart,
    a_lead_that_ends_is_kept,
    a_colleague_stands_in_from_a_day_to_a_day,
    a_cover_ends_with_the_lead_it_is_for,
    the_same_key_asks_once,
    each_step_is_recorded;
    once: the_partnership_sets_how_long_an_answer_may_take
);

/// A child with early help led by the council, known to a school and a health service with named people.
struct Family {
    council: Organisation,
    school: Organisation,
    health: Organisation,
    child: Known,
}

fn a_family(app: &TestApp) -> Family {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let school = app.organisation(OrganisationKind::School);
    let health = app.organisation(OrganisationKind::CommunityHealth);
    let child = app
        .a_child()
        .with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Family worker", Vec::new()).leading())
        .with(entry(&school, Service::School).by("Samuel Adeyemi", "Form tutor", Vec::new()))
        .with(entry(&health, Service::SchoolNursing).by("Joanna Whitfield", "School nurse", Vec::new()))
        .add();
    Family { council, school, health, child }
}

fn ask(person: &Person<'_>, child: &Known, position: usize) -> Answer {
    person.post(&child.proposed(), &json!({"kind": "early-help", "involvement": child.entries[position]}))
}

/// Where a proposal is that was made.
fn made(answer: Answer) -> String {
    answer.with_status(201).header("location").to_owned()
}

/// Everybody marked as lead professional in the contacts, beside whom they name to be called first.
fn led(person: &Person<'_>, child: &Known) -> (Value, Vec<Value>) {
    let contacts = person.contacts(child).ok();
    let all = contacts["involvements"].as_array().expect("involvements").clone();
    let marked = all.into_iter().filter(|each| each["lead_professional"] != Value::Null && each["ended_on"].is_null());
    (contacts["lead_professional"]["name"].clone(), marked.map(|each| each["practitioner"]["name"].clone()).collect())
}

fn the_lead_is_handed_over_in_one_step(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    let (worker, teacher, stranger) =
        (app.practitioner().of(&council), app.practitioner().of(&school), app.practitioner());
    let asked = ask(&worker, &child, 1).with_status(201);
    let proposal = asked.json();
    assert_eq!(asked.header("location"), format!("{}/{}", child.proposed(), proposal["number"]));
    assert_eq!((&proposal["state"], &proposal["kind"]), (&json!("open"), &json!("early-help")));
    assert_eq!(proposal["practitioner"]["name"], "Samuel Adeyemi");
    assert_eq!(proposal["proposed_by"]["name"], council.name.as_str());
    // Five working days from a Friday morning.
    assert_eq!((&proposal["expires_at"], &proposal["closed_at"]), (&json!("2026-11-27T10:00:00Z"), &Value::Null));
    let path = made(asked);
    assert_eq!(stranger.get(&path).ok(), proposal, "everybody who sees the entry sees the question");
    assert_eq!(led(&stranger, &child), (json!("Ada Obi"), vec![json!("Ada Obi")]), "nothing moves before the answer");
    let accepted = teacher.post_nothing(&format!("{path}/accept")).ok();
    assert_eq!((&accepted["state"], &accepted["closed_at"]), (&json!("accepted"), &json!("2026-11-20T10:00:00Z")));
    assert_eq!(led(&stranger, &child), (json!("Samuel Adeyemi"), vec![json!("Samuel Adeyemi")]));
    let told = stranger.get(&child.led()).ok();
    assert_eq!(told["leads"].as_array().expect("leads").len(), 1);
    assert_eq!(told["leads"][0]["practitioner"]["name"], "Samuel Adeyemi");
    assert_eq!(told["leads"][0]["since"], "2026-11-20T10:00:00Z");
    let before = &told["history"][0];
    assert_eq!((&before["practitioner"]["name"], &before["ended_as"]), (&json!("Ada Obi"), &json!("handed-over")));
    assert_eq!(before["until"], "2026-11-20T10:00:00Z");
    assert_eq!(told["proposals"][0]["state"], "accepted");
    teacher.post_nothing(&format!("{path}/accept")).is_refused(409, "lead-proposal-over");
}

fn a_proposal_is_declined_with_a_code_or_taken_back(app: &TestApp) {
    let Family { council, school, health, child } = a_family(app);
    let (worker, teacher, nurse) =
        (app.practitioner().of(&council), app.practitioner().of(&school), app.practitioner().of(&health));
    let path = made(ask(&worker, &child, 1));
    teacher.post(&format!("{path}/decline"), &json!({})).is_refused(422, "invalid-body");
    teacher.post(&format!("{path}/decline"), &json!({"reason": "too much to do"})).is_refused(422, "invalid-body");
    let declined = teacher.post(&format!("{path}/decline"), &json!({"reason": "no-capacity"})).ok();
    assert_eq!((&declined["state"], &declined["reason"]), (&json!("declined"), &json!("no-capacity")));
    let back = made(ask(&worker, &child, 2));
    assert_eq!(worker.post_nothing(&format!("{back}/withdraw")).ok()["state"], "withdrawn");
    for (person, path) in [(&teacher, &path), (&nurse, &back)] {
        person.post_nothing(&format!("{path}/accept")).is_refused(409, "lead-proposal-over");
        person.post(&format!("{path}/decline"), &json!({"reason": "leaving"})).is_refused(409, "lead-proposal-over");
        worker.post_nothing(&format!("{path}/withdraw")).is_refused(409, "lead-proposal-over");
    }
    assert_eq!(led(&worker, &child).0, "Ada Obi");
    // Whoever declined may be asked again.
    let again = made(ask(&worker, &child, 1));
    teacher.post_nothing(&format!("{again}/accept")).ok();
    let states: Vec<_> = worker.get(&child.led()).ok()["proposals"]
        .as_array()
        .expect("proposals")
        .iter()
        .map(|each| each["state"].as_str().expect("a state").to_owned())
        .collect();
    assert_eq!(states.len(), 3);
    assert!(["accepted", "declined", "withdrawn"].iter().all(|state| states.iter().any(|each| each == state)));
}

fn a_proposal_that_nobody_answers_expires(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    let (worker, teacher) = (app.practitioner().of(&council), app.practitioner().of(&school));
    let path = made(ask(&worker, &child, 1));
    ask(&worker, &child, 1).is_refused(409, "lead-proposed");
    app.it_is("2026-11-27T09:59:59Z");
    assert_eq!(teacher.get(&path).ok()["state"], "open");
    app.it_is("2026-11-27T10:00:00Z");
    assert_eq!(teacher.get(&path).ok()["state"], "expired");
    teacher.post_nothing(&format!("{path}/accept")).is_refused(409, "lead-proposal-over");
    worker.post_nothing(&format!("{path}/withdraw")).is_refused(409, "lead-proposal-over");
    // It is out of the way of another.
    let again = made(ask(&worker, &child, 1));
    assert_eq!(worker.get(&path).ok()["state"], "expired");
    assert_eq!(worker.get(&path).ok()["closed_at"], "2026-11-27T10:00:00Z");
    teacher.post_nothing(&format!("{again}/accept")).ok();
}

fn the_first_who_accepts_leads(app: &TestApp) {
    let Family { council, school, health, child } = a_family(app);
    let worker = app.practitioner().of(&council);
    let [to_teacher, to_nurse] = [1, 2].map(|position| made(ask(&worker, &child, position)));
    app.practitioner().of(&health).post_nothing(&format!("{to_nurse}/accept")).ok();
    assert_eq!(worker.get(&to_teacher).ok()["state"], "superseded");
    let teacher = app.practitioner().of(&school);
    teacher.post_nothing(&format!("{to_teacher}/accept")).is_refused(409, "lead-proposal-over");
    assert_eq!(led(&worker, &child), (json!("Joanna Whitfield"), vec![json!("Joanna Whitfield")]));
    // Whoever leads now may ask anew.
    let again = made(ask(&app.practitioner().of(&health), &child, 1));
    assert_eq!(worker.get(&to_teacher).ok()["state"], "superseded");
    teacher.post_nothing(&format!("{again}/accept")).ok();
    assert_eq!(led(&worker, &child).0, "Samuel Adeyemi");
}

fn those_who_work_with_the_child_and_those_who_coordinate_ask(app: &TestApp) {
    let Family { school, council, health, child } = a_family(app);
    let coordinator = app.practitioner().with(Capability::Coordinator);
    for (asks, position) in [
        (app.practitioner().of(&council), 1),
        (app.practitioner().of(&school), 2),
        (app.system().of(&health), 1),
        (app.manager(), 1),
        (coordinator.clone(), 2),
    ] {
        let path = made(ask(&asks, &child, position));
        asks.post_nothing(&format!("{path}/withdraw")).ok();
    }
    for stranger in [
        app.practitioner(),
        app.system(),
        app.manager().in_area(ELSEWHERE),
        coordinator.in_area(ELSEWHERE),
        app.practitioner().of(&app.organisation(OrganisationKind::School)),
    ] {
        ask(&stranger, &child, 1).is_refused(403, "not-involved");
    }
    ask(&app.auditor(), &child, 1).is_refused(403, "role-not-permitted");
    ask(&app.administrator(), &child, 1).is_refused(403, "role-not-permitted");
}

fn nobody_is_made_to_lead_and_nobody_takes_the_lead_alone(app: &TestApp) {
    let Family { council, school, health, child } = a_family(app);
    let (worker, teacher) = (app.practitioner().of(&council), app.practitioner().of(&school));
    let path = made(ask(&worker, &child, 1));
    for other in [worker.clone(), app.practitioner().of(&health), app.manager(), app.practitioner()] {
        other.post_nothing(&format!("{path}/accept")).is_refused(403, "not-your-organisations-entry");
        let declined = other.post(&format!("{path}/decline"), &json!({"reason": "leaving"}));
        declined.is_refused(403, "not-your-organisations-entry");
    }
    worker.post_nothing(&format!("{path}/withdraw")).ok();
    // The school asks itself, and would take the lead from the council.
    let own = made(ask(&teacher, &child, 1));
    teacher.post_nothing(&format!("{own}/accept")).is_refused(403, "second-person-required");
    assert_eq!(led(&teacher, &child).0, "Ada Obi");
    // Where nobody leads it may.
    worker.change_at(&child.entry(0), &json!({"lead_professional": null})).ok();
    teacher.post_nothing(&format!("{own}/accept")).ok();
    assert_eq!(led(&teacher, &child).0, "Samuel Adeyemi");
    // And within one organisation.
    let colleague = json!({"service": "attendance", "started_on": "2026-09-02",
                           "practitioner": {"name": "Ida Marsh", "job_title": "Attendance officer"}});
    let entered = teacher.post(&child.involvements(), &colleague).with_status(201).json();
    let body = json!({"kind": "early-help", "involvement": entered["number"]});
    let path = made(teacher.post(&child.proposed(), &body));
    teacher.post_nothing(&format!("{path}/accept")).ok();
    assert_eq!(led(&teacher, &child), (json!("Ida Marsh"), vec![json!("Ida Marsh")]));
}

fn who_may_take_a_proposal_back(app: &TestApp) {
    let Family { council, school, health, child } = a_family(app);
    let asks = app.practitioner().of(&health);
    let coordinator = app.practitioner().with(Capability::Coordinator);
    for takes_back in [asks.clone(), app.practitioner().of(&council), app.manager(), coordinator.clone()] {
        let path = made(ask(&asks, &child, 1));
        for other in [
            app.practitioner(),
            app.practitioner().of(&school),
            app.manager().in_area(ELSEWHERE),
            app.practitioner().with(Capability::Coordinator).in_area(ELSEWHERE),
        ] {
            other.post_nothing(&format!("{path}/withdraw")).is_refused(403, "not-your-organisations-entry");
        }
        takes_back.post_nothing(&format!("{path}/withdraw")).ok();
    }
}

fn only_somebody_named_who_runs_and_leads_nothing_is_asked(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let named = |service| entry(&council, service).by("Ada Obi", "Family worker", Vec::new());
    let child = app
        .a_child()
        .with(named(Service::EarlyHelp).leading())
        .with(named(Service::ChildrensSocialCare).leading_protection())
        .with(named(Service::Attendance).ended("2026-11-01"))
        .with(entry(&council, Service::FamilySupport))
        .add();
    let worker = app.practitioner().of(&council);
    for (position, code) in [(0, "leads-already"), (1, "leads-already"), (2, "involvement-ended"), (3, "nobody-named")]
    {
        ask(&worker, &child, position).is_refused(409, code);
    }
    let free = (1..).find(|number| !child.entries.contains(number)).expect("a number nobody has");
    let unknown = worker.post(&child.proposed(), &json!({"kind": "early-help", "involvement": free}));
    unknown.is_refused(422, "invalid-body");
    assert_eq!(unknown.pointers(), "/involvement");
    // What changes between the question and the answer counts.
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new())).add();
    let (manager, teacher) = (app.manager(), app.practitioner().of(&school));
    let path = made(ask(&manager, &child, 0));
    teacher.change_at(&child.entry(0), &json!({"practitioner": null})).ok();
    teacher.post_nothing(&format!("{path}/accept")).is_refused(409, "nobody-named");
    teacher.post(&format!("{}/end", child.entry(0)), &json!({})).ok();
    teacher.post_nothing(&format!("{path}/accept")).is_refused(409, "involvement-ended");
    app.it_is("2026-11-21T10:00:00Z");
    assert_eq!(teacher.get(&child.led()).ok()["leads"], json!([]));
}

fn the_two_kinds_are_handed_over_apart(app: &TestApp) {
    let Family { council, school, health, child } = a_family(app);
    let protection = |position: usize| json!({"kind": "child-protection", "involvement": child.entries[position]});
    let worker = app.practitioner().of(&council);
    let path = made(worker.post(&child.proposed(), &protection(1)));
    app.practitioner().of(&school).post_nothing(&format!("{path}/accept")).ok();
    let told = worker.get(&child.led()).ok();
    let kinds: Vec<_> = told["leads"].as_array().expect("leads").iter().map(|each| each["kind"].clone()).collect();
    assert_eq!(kinds, ["early-help", "child-protection"]);
    assert_eq!(led(&worker, &child).0, "Samuel Adeyemi", "of two, the one for child protection");
    // Handing over early help leaves it where it is.
    let path = made(ask(&worker, &child, 2));
    app.practitioner().of(&health).post_nothing(&format!("{path}/accept")).ok();
    let (first, mut all) = led(&worker, &child);
    all.sort_by_key(ToString::to_string);
    assert_eq!((first, all), (json!("Samuel Adeyemi"), vec![json!("Joanna Whitfield"), json!("Samuel Adeyemi")]));
    ask(&worker, &child, 1).is_refused(409, "leads-already");
}

fn a_lead_that_ends_is_kept(app: &TestApp) {
    let Family { council, child, .. } = a_family(app);
    let worker = app.practitioner().of(&council);
    app.it_is("2026-11-21T09:00:00Z");
    let colleague = json!({"practitioner": {"name": "Ida Marsh", "job_title": "Family worker"}});
    worker.change_at(&child.entry(0), &colleague).ok();
    app.it_is("2026-11-22T09:00:00Z");
    worker.change_at(&child.entry(0), &json!({"lead_professional": null})).ok();
    worker.change_at(&child.entry(0), &json!({"lead_professional": "early-help"})).ok();
    app.it_is("2026-11-23T09:00:00Z");
    worker.post(&format!("{}/end", child.entry(0)), &json!({})).ok();
    let told = app.practitioner().get(&child.led()).ok();
    assert_eq!(told["leads"], json!([]), "whose involvement has ended leads nobody");
    let kept: Vec<_> = told["history"]
        .as_array()
        .expect("a history")
        .iter()
        .map(|each| {
            let text = |value: &Value| value.as_str().expect("text").to_owned();
            let name = text(&each["practitioner"]["name"]);
            (
                name,
                text(&each["since"])[..10].to_owned(),
                text(&each["until"])[..10].to_owned(),
                text(&each["ended_as"]),
            )
        })
        .collect();
    let line = |name: &str, since: &str, until: &str, how: &str| {
        (name.to_owned(), since.to_owned(), until.to_owned(), how.to_owned())
    };
    assert_eq!(
        kept,
        [
            line("Ida Marsh", "2026-11-22", "2026-11-23", "involvement-ended"),
            line("Ida Marsh", "2026-11-21", "2026-11-22", "released"),
            line("Ada Obi", "2026-11-20", "2026-11-21", "colleague-took-over"),
        ]
    );
}

fn cover(from: &str, until: &str) -> Value {
    json!({"kind": "early-help", "from": from, "until": until,
           "practitioner": {"name": "Ida Marsh", "job_title": "Family worker",
                            "routes": [{"kind": "person", "phone": "07700 900456", "hours": "24/7"}]}})
}

fn a_colleague_stands_in_from_a_day_to_a_day(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    app.change_organisation(&council, |council| {
        council.routes = vec![a_route(RouteKind::DutyDesk, "01225 713000", "Mo-Fr 08:30-17:00; PH off")];
    });
    let (worker, stranger) = (app.practitioner().of(&council), app.practitioner());
    let path = format!("{}/cover", child.led());
    for (body, pointer) in [
        (cover("2026-11-25", "2026-11-24"), "/until"),
        (cover("2026-11-10", "2026-11-19"), "/until"),
        (cover("2026-11-25", "2027-11-22"), "/until"),
    ] {
        let refused = worker.post(&path, &body);
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer, "{body}");
    }
    let mut herself = cover("2026-11-25", "2026-11-26");
    herself["practitioner"] = json!({"name": "Ada Obi", "job_title": "Family worker"});
    let refused = worker.post(&path, &herself);
    refused.is_refused(422, "invalid-body");
    assert_eq!(refused.pointers(), "/practitioner");
    for other in [app.practitioner().of(&school), stranger.clone(), app.manager().in_area(ELSEWHERE)] {
        let refused = other.post(&path, &cover("2026-11-25", "2026-11-26"));
        refused.is_refused(403, "not-your-organisations-entry");
        other
            .post(&format!("{path}/end"), &json!({"kind": "early-help"}))
            .is_refused(403, "not-your-organisations-entry");
    }
    let set = worker.post(&path, &cover("2026-11-23", "2026-11-24")).ok();
    assert_eq!((&set["cover"]["name"], &set["cover"]["today"]), (&json!("Ida Marsh"), &json!(false)));
    let lead = |at: &str| {
        app.it_is(at);
        stranger.contacts(&child).ok()["lead_professional"].clone()
    };
    assert_eq!(lead("2026-11-22T12:00:00Z").get("cover"), None, "not before it begins");
    for day in ["2026-11-23T00:00:00Z", "2026-11-24T23:59:59Z"] {
        let lead = lead(day);
        assert_eq!((&lead["name"], &lead["cover"]["name"]), (&json!("Ada Obi"), &json!("Ida Marsh")), "{day}");
        assert_eq!(lead["cover"]["routes"][0]["phone"], "07700 900456");
    }
    assert_eq!(lead("2026-11-25T00:00:00Z").get("cover"), None, "nor after it has ended");
    assert_eq!(stranger.get(&child.led()).ok()["leads"][0]["cover"], Value::Null);
    // Another takes its place, and it is ended early.
    app.manager().post(&path, &cover("2026-11-25", "2026-12-24")).ok();
    assert_eq!(lead("2026-11-26T12:00:00Z")["cover"]["until"], "2026-12-24");
    let ended = worker.post(&format!("{path}/end"), &json!({"kind": "early-help"})).ok();
    assert_eq!((&ended["cover"], &ended["since"]), (&Value::Null, &json!("2026-11-20T10:00:00Z")));
    assert_eq!(lead("2026-11-26T13:00:00Z").get("cover"), None);
    let none = worker.post(&path, &{
        let mut other = cover("2026-11-27", "2026-11-28");
        other["kind"] = json!("child-protection");
        other
    });
    none.is_refused(409, "no-lead-professional");
}

fn a_cover_ends_with_the_lead_it_is_for(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    let (worker, teacher, stranger) =
        (app.practitioner().of(&council), app.practitioner().of(&school), app.practitioner());
    let path = format!("{}/cover", child.led());
    worker.post(&path, &cover("2026-11-20", "2026-12-20")).ok();
    let covered = || stranger.contacts(&child).ok()["lead_professional"].get("cover").is_some();
    assert!(covered());
    let proposal = made(ask(&worker, &child, 1));
    teacher.post_nothing(&format!("{proposal}/accept")).ok();
    assert!(!covered(), "whoever stood in for one does not stand in for another");
    teacher.post(&path, &cover("2026-11-20", "2026-12-20")).ok();
    assert!(covered());
    teacher.change_at(&child.entry(1), &json!({"practitioner": {"name": "Ida Obi", "job_title": "Tutor"}})).ok();
    assert!(!covered());
}

fn the_same_key_asks_once(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    let worker = app.practitioner().of(&council);
    let body = json!({"kind": "early-help", "involvement": child.entries[1]});
    let first = worker.post_with_key("k", &child.proposed(), &body).with_status(201).json();
    let again = worker.post_with_key("k", &child.proposed(), &body).with_status(201).json();
    assert_eq!(first, again);
    let other = json!({"kind": "early-help", "involvement": child.entries[2]});
    worker.post_with_key("k", &child.proposed(), &other).is_refused(422, "idempotency-key-reused");
    assert_eq!(worker.get(&child.led()).ok()["proposals"].as_array().expect("proposals").len(), 1);
    // Decided anew: the account works elsewhere by now.
    let moved = worker.of(&school);
    moved.post_with_key("k", &child.proposed(), &body).is_refused(404, "not-found");
}

fn each_step_is_recorded(app: &TestApp) {
    let Family { council, school, child, .. } = a_family(app);
    let (worker, teacher) = (app.practitioner().of(&council), app.practitioner().of(&school));
    let before = app.log_size();
    let path = made(ask(&worker, &child, 1));
    teacher.post_nothing(&format!("{path}/accept")).ok();
    teacher.post_nothing(&format!("{path}/accept")).is_refused(409, "lead-proposal-over");
    let events = app.events_from(before);
    let told: Vec<_> = events.iter().map(|event| (event.action.as_str(), event.outcome.as_str())).collect();
    assert_eq!(
        told,
        [
            ("lead-professional.propose", "changed"),
            ("lead-professional.accept", "changed"),
            ("lead-professional.accept", "conflict"),
        ]
    );
    for event in &events[..2] {
        let payload = event.payload.as_ref().expect("a payload");
        assert_eq!(payload.targets[0].kind.code(), "lead-proposal");
        assert_eq!(payload.children[0].shown, ["involvements"]);
        assert!(!serde_json::to_string(payload).expect("JSON").contains("Adeyemi"));
    }
}

fn the_partnership_sets_how_long_an_answer_may_take() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let policy = PolicySettings { lead_proposal_working_days: 1, ..PolicySettings::default() };
    let app = TestApp::with_policy(database, policy);
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new())).add();
    let asked = ask(&app.manager(), &child, 0).with_status(201).json();
    assert_eq!(asked["expires_at"], "2026-11-23T10:00:00Z", "Monday after a Friday");
    Completion::Completed
}
