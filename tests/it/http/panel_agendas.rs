//! The agendas of panels: children put there, and a coded decision for each.

use child_index::domain::ids::{PanelId, PanelMeetingId};
use child_index::domain::panels::PanelMeetingState;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_child_is_put_on_an_agenda_and_read_there,
    a_child_is_put_there_by_members_who_work_with_it,
    a_child_is_on_an_agenda_once,
    a_child_is_put_there_once_for_each_key,
    an_agenda_is_open_while_the_meeting_is_planned,
    a_child_is_taken_off_while_the_meeting_is_planned,
    what_was_decided_is_settled_once_the_panel_met,
    a_decision_that_hands_a_child_on_names_to_whom,
    a_decision_is_settled_as_it_was_read,
    a_handle_names_a_child_as_its_number_does,
    an_agenda_comes_in_pages,
    every_disclosure_is_recorded,
    a_closed_meeting_is_forgotten_after_a_time,
    a_purge_takes_a_child_off_every_agenda,
);

struct Sitting<'a> {
    app: &'a TestApp,
    chair: Person<'a>,
    worker: Person<'a>,
    panel: PanelId,
    meeting: PanelMeetingId,
}

impl<'a> Sitting<'a> {
    fn of(app: &'a TestApp, state: PanelMeetingState) -> Self {
        let council = app.organisation(OrganisationKind::LocalAuthority);
        let (chair, worker) = (app.practitioner(), app.practitioner().of(&council));
        let panel = app.panel(&chair, &[&worker]);
        let meeting = app.panel_meeting(panel, state);
        Self { app, chair, worker, panel, meeting }
    }

    /// A child with whom the worker's organisation works.
    fn child(&self) -> Known {
        let council = self.worker.account.organisation;
        let council = child_index::store::organisations::find(&mut self.app.connect(), council);
        self.app.a_child().known_to(&council.expect("a look-up").expect("one"), Service::EarlyHelp).add()
    }

    fn items(&self) -> String {
        format!("/v1/panels/{}/meetings/{}/items", self.panel, self.meeting)
    }

    fn add(&self, child: &Known) -> crate::apps::Answer {
        self.worker.post(&self.items(), &json!({"child_id": child.number}))
    }

    fn item(&self, number: i32) -> String {
        format!("{}/{number}", self.items())
    }

    fn step(&self, step: &str) {
        self.chair.post_nothing(&format!("/v1/panels/{}/meetings/{}/{step}", self.panel, self.meeting)).ok();
    }
}

fn numbers(page: &Value) -> Vec<String> {
    let all = page["items"].as_array().expect("items");
    all.iter().map(|each| each["child"]["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn a_child_is_put_on_an_agenda_and_read_there(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let child = sitting.child();
    let added = sitting.add(&child).with_status(201);
    let item = added.json();
    assert_eq!((&item["child"]["child_id"], &item["decision"]), (&json!(child.number), &Value::Null));
    assert_eq!(item["child"]["name"]["given"], "Chidera");
    for member in [&sitting.chair, &sitting.worker] {
        assert_eq!(member.get(&sitting.items()).ok(), json!({"items": [item], "next": null}));
        assert_eq!(member.get(added.header("location")).ok(), item);
    }
}

fn a_child_is_put_there_by_members_who_work_with_it(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let child = sitting.child();
    let body = json!({"child_id": child.number});
    sitting.chair.post(&sitting.items(), &body).is_refused(403, "not-involved");
    let colleague = app.practitioner();
    colleague.post(&sitting.items(), &body).is_refused(404, "not-found");
    app.manager().post(&sitting.items(), &body).is_refused(403, "not-a-panel-member");
    let manager = app.manager();
    app.seat(sitting.panel, &manager);
    manager.post(&sitting.items(), &body).with_status(201);
}

fn a_child_is_on_an_agenda_once(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let child = sitting.child();
    sitting.add(&child).with_status(201);
    sitting.add(&child).is_refused(409, "already-on-agenda");
    assert_eq!(numbers(&sitting.chair.get(&sitting.items()).ok()), [child.number]);
}

fn a_child_is_put_there_once_for_each_key(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let body = json!({"child_id": sitting.child().number});
    let added = sitting.worker.post_with_key("k", &sitting.items(), &body).with_status(201).json();
    assert_eq!(sitting.worker.post_with_key("k", &sitting.items(), &body).with_status(201).json(), added);
    let other = json!({"child_id": sitting.child().number});
    sitting.worker.post_with_key("k", &sitting.items(), &other).is_refused(422, "idempotency-key-reused");
}

fn an_agenda_is_open_while_the_meeting_is_planned(app: &TestApp) {
    for state in [PanelMeetingState::Held, PanelMeetingState::Closed] {
        let sitting = Sitting::of(app, state);
        sitting.add(&sitting.child()).is_refused(409, "out-of-order");
    }
}

fn a_child_is_taken_off_while_the_meeting_is_planned(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let (gone, stays) = (sitting.child(), sitting.child());
    let path = sitting.add(&gone).with_status(201).header("location").to_owned();
    let kept = sitting.add(&stays).with_status(201).header("location").to_owned();
    sitting.worker.post_nothing(&format!("{path}/withdraw")).ok();
    sitting.worker.get(&path).is_refused(404, "not-found");
    assert_eq!(numbers(&sitting.chair.get(&sitting.items()).ok()), [stays.number]);
    sitting.step("hold");
    sitting.worker.post_nothing(&format!("{kept}/withdraw")).is_refused(409, "out-of-order");
}

fn what_was_decided_is_settled_once_the_panel_met(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let path = sitting.add(&sitting.child()).with_status(201).header("location").to_owned();
    let deferred = json!({"decision": "deferred"});
    sitting.chair.change_at(&path, &deferred).is_refused(409, "out-of-order");
    sitting.step("hold");
    let settled = sitting.chair.change_at(&path, &deferred).ok();
    assert_eq!((&settled["decision"], &settled["decided_on"]), (&json!("deferred"), &json!("2026-11-20")));
    let again = sitting.worker.change_at(&path, &json!({"decision": "no-further-action"})).ok();
    assert_eq!(again["decision"], "no-further-action", "until it is closed");
    sitting.step("close");
    sitting.chair.change_at(&path, &deferred).is_refused(409, "out-of-order");
    assert_eq!(sitting.chair.get(&path).ok(), again);
}

fn a_decision_that_hands_a_child_on_names_to_whom(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let path = sitting.item(app.on_agenda(sitting.meeting, &sitting.child()));
    let (council, refuge) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::Refuge));
    let decide = |person: &Person<'_>, decision: &str, receiver: &Value| {
        let mut body = json!({"decision": decision});
        if !receiver.is_null() {
            body["receiver"] = receiver.clone();
        }
        person.change_at(&path, &body)
    };
    let to = |organisation: &str, service: &str| json!({"organisation": organisation, "service": service});
    let early_help = to(&council.id.to_string(), "early-help");
    for (decision, service) in
        [("allocate", "family-support"), ("step-up", "childrens-social-care"), ("step-down", "school")]
    {
        decide(&sitting.chair, decision, &Value::Null).is_refused(422, "invalid-body");
        let settled = decide(&sitting.chair, decision, &to(&council.id.to_string(), service));
        let settled = settled.ok();
        assert_eq!(settled["receiver"]["organisation"]["name"], council.name.as_str());
        assert_eq!(settled["receiver"]["service"], service);
    }
    for decision in ["no-further-action", "deferred"] {
        decide(&sitting.chair, decision, &early_help).is_refused(422, "invalid-body");
        assert_eq!(decide(&sitting.chair, decision, &Value::Null).ok().get("receiver"), None);
    }
    decide(&sitting.chair, "step-up", &to(&council.id.to_string(), "school")).is_refused(422, "invalid-body");
    let nobody = child_index::domain::ids::OrganisationId::new().to_string();
    decide(&sitting.chair, "allocate", &to(&nobody, "early-help")).is_refused(422, "invalid-body");
    // Nobody of a sensitive service, whoever sees it: the agenda would tell everybody else.
    let manager = app.manager();
    app.seat(sitting.panel, &manager);
    for person in [&sitting.chair, &manager] {
        decide(person, "allocate", &to(&refuge.id.to_string(), "early-help")).is_refused(422, "invalid-body");
        decide(person, "allocate", &to(&council.id.to_string(), "mental-health")).is_refused(422, "invalid-body");
    }
}

fn a_decision_is_settled_as_it_was_read(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let path = sitting.item(app.on_agenda(sitting.meeting, &sitting.child()));
    let seen = sitting.chair.version_of(&path);
    sitting.worker.change_at(&path, &json!({"decision": "deferred"})).ok();
    let late = sitting.chair.patch(&path, &seen, &json!({"decision": "no-further-action"}));
    late.is_refused(412, "precondition-failed");
    assert_eq!(sitting.chair.get(&path).ok()["decision"], "deferred");
}

fn a_handle_names_a_child_as_its_number_does(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let child = sitting.child();
    let found = sitting.worker.search(&json!({"index_number": child.number})).ok();
    let handle = found["results"][0]["handle"].as_str().expect("a handle");
    sitting.worker.post(&sitting.items(), &json!({"child_id": handle})).with_status(201);
    let foreign = app.practitioner();
    app.seat(sitting.panel, &foreign);
    foreign.post(&sitting.items(), &json!({"child_id": handle})).is_refused(404, "not-found");
}

fn an_agenda_comes_in_pages(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let mut expected: Vec<String> = (0..5)
        .map(|_| {
            let child = sitting.child();
            app.on_agenda(sitting.meeting, &child);
            child.number
        })
        .collect();
    expected.sort();
    let (mut seen, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = sitting.chair.get(&format!("{}{query}", sitting.items())).ok();
        seen.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=2&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, expected);
    for wrong in ["?cursor=nonsense", "?limit=0", "?state=held"] {
        sitting.chair.get(&format!("{}{wrong}", sitting.items())).is_refused(422, "invalid-parameter");
    }
}

fn every_disclosure_is_recorded(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let number = app.on_agenda(sitting.meeting, &sitting.child());
    app.on_agenda(sitting.meeting, &sitting.child());
    let last = || app.events().pop().expect("an event");
    sitting.chair.get(&sitting.items()).ok();
    let event = last();
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("panel-agenda.read", "disclosed"));
    assert_eq!(event.payload.expect("a payload").children.len(), 2);
    sitting.chair.change_at(&sitting.item(number), &json!({"decision": "deferred"})).ok();
    let event = last();
    assert_eq!((event.action.as_str(), event.outcome.as_str()), ("panel-agenda.decide", "changed"));
    let payload = event.payload.expect("a payload");
    assert_eq!(payload.children.len(), 1);
    let targets: Vec<&str> = payload.targets.iter().map(|target| target.kind.code()).collect();
    assert_eq!(targets, ["panel", "panel-meeting", "panel-item"]);
    sitting.chair.clone().without_a_reason().get(&sitting.items()).is_refused(400, "access-reason-missing");
}

fn a_closed_meeting_is_forgotten_after_a_time(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    app.on_agenda(sitting.meeting, &sitting.child());
    let manager = app.manager().change(|account| {
        account.standing.checked_until = "2029-01-31".parse().ok();
        account.standing.trained_until = "2029-01-31".parse().ok();
        account.standing.certified_until = "2029-01-31".parse().ok();
    });
    app.change_organisation_of(&manager, |employer| employer.accredited_until = "2029-01-31".parse().ok());
    app.seat(sitting.panel, &manager);
    sitting.step("close");
    assert_eq!(numbers(&manager.get(&sitting.items()).ok()).len(), 1);
    app.it_is("2027-11-25T10:00:00Z");
    let manager = manager.with_a_new_token();
    assert_eq!(numbers(&manager.get(&sitting.items()).ok()).len(), 0);
}

fn a_purge_takes_a_child_off_every_agenda(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let (gone, stays) = (sitting.child(), sitting.child());
    for child in [&gone, &stays] {
        app.on_agenda(sitting.meeting, child);
    }
    child_index::store::purges::purge(&mut app.connect(), gone.id).expect("a purge");
    assert_eq!(numbers(&sitting.chair.get(&sitting.items()).ok()), [stays.number]);
}
