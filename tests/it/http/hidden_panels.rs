//! What is hidden of an agenda: each member sees the children they have a permit for at that moment, and of the others nothing
//! tells that they are there. A seat on a panel widens nothing.

use child_index::domain::accounts::Capability;
use child_index::domain::ids::{PanelId, PanelMeetingId};
use child_index::domain::organisations::Organisation;
use child_index::domain::panels::PanelMeetingState;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, NewChild, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    an_agenda_of_hidden_children_is_an_empty_one,
    a_hidden_child_is_nowhere_in_a_page,
    a_hidden_item_answers_as_an_unknown_number,
    each_member_sees_their_own_part,
    a_shield_takes_a_child_off_at_once,
    a_restricted_reader_does_not_find_the_child,
    whoever_leaves_a_panel_sees_no_agenda_from_then_on,
    whoever_is_suspended_sees_no_agenda,
    outside_the_panel_nobody_reads_an_agenda,
    a_seat_shows_no_more_of_a_child,
    putting_a_hidden_child_on_an_agenda_tells_nothing_of_the_agenda,
    a_receiver_that_became_sensitive_is_told_to_nobody,
    through_a_system_it_is_what_both_may_see,
    what_a_meeting_tells_does_not_count_children,
);

struct Sitting<'a> {
    app: &'a TestApp,
    school: Organisation,
    chair: Person<'a>,
    panel: PanelId,
    meeting: PanelMeetingId,
}

impl<'a> Sitting<'a> {
    fn of(app: &'a TestApp, state: PanelMeetingState) -> Self {
        let chair = app.practitioner();
        let panel = app.panel(&chair, &[]);
        let meeting = app.panel_meeting(panel, state);
        Self { app, school: app.organisation(OrganisationKind::School), chair, panel, meeting }
    }

    fn child(&self) -> NewChild<'a> {
        self.app.a_child().known_to(&self.school, Service::School)
    }

    /// Children whom an outsider may not know of on an agenda, one of each kind.
    fn hidden(&self) -> Vec<Known> {
        vec![
            self.child().shielded().add(),
            self.child().shielded().confirmed().add(),
            self.child().sealed().add(),
            self.child().provisional().add(),
            self.child().held().add(),
            self.child().born("2008-11-19").add(),
            self.child().expected("2026-12-24").add(),
            self.child().merged_into(&self.child().add()).add(),
        ]
    }

    /// Puts children on its agenda.
    fn put(&self, children: &[Known]) {
        for child in children {
            self.app.on_agenda(self.meeting, child);
        }
    }

    fn items(&self) -> String {
        format!("/v1/panels/{}/meetings/{}/items", self.panel, self.meeting)
    }

    fn item(&self, number: i32) -> String {
        format!("{}/{number}", self.items())
    }

    fn agenda(&self, person: &Person<'_>) -> Vec<String> {
        numbers(&person.get(&self.items()).ok())
    }
}

fn numbers(page: &Value) -> Vec<String> {
    let all = page["items"].as_array().expect("items");
    all.iter().map(|each| each["child"]["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn an_agenda_of_hidden_children_is_an_empty_one(app: &TestApp) {
    let (full, empty) = (Sitting::of(app, PanelMeetingState::Planned), Sitting::of(app, PanelMeetingState::Planned));
    full.put(&full.hidden());
    for member in
        [app.practitioner(), app.practitioner().with(Capability::Override), app.practitioner().in_area(ELSEWHERE)]
    {
        let answers = [&full, &empty].map(|sitting| {
            app.seat(sitting.panel, &member);
            let list = member.get(&format!("{}?limit=1", sitting.items()));
            assert_eq!(list.json(), json!({"items": [], "next": null}), "{}", member.account.name);
            list.likeness()
        });
        assert_eq!(answers[0], answers[1]);
    }
}

fn a_hidden_child_is_nowhere_in_a_page(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let seen: Vec<Known> = (0..3).map(|_| sitting.child().add()).collect();
    let mut expected: Vec<String> = seen.iter().map(|child| child.number.clone()).collect();
    expected.sort();
    for (hidden, child) in sitting.hidden().iter().zip(seen.iter().map(Some).chain(std::iter::repeat(None))) {
        app.on_agenda(sitting.meeting, hidden);
        child.into_iter().for_each(|child| sitting.put(std::slice::from_ref(child)));
    }
    // Pages are full as long as somebody is left, and the last has no next.
    let (mut all, mut sizes, mut query) = (Vec::new(), Vec::new(), "?limit=1".to_owned());
    loop {
        let page = sitting.chair.get(&format!("{}{query}", sitting.items())).ok();
        sizes.push(numbers(&page).len());
        all.extend(numbers(&page));
        let Some(next) = page["next"].as_str() else { break };
        query = format!("?limit=1&cursor={next}");
    }
    all.sort();
    assert_eq!((all, sizes), (expected, vec![1, 1, 1]));
}

fn a_hidden_item_answers_as_an_unknown_number(app: &TestApp) {
    for state in [PanelMeetingState::Planned, PanelMeetingState::Held, PanelMeetingState::Closed] {
        let sitting = Sitting::of(app, state);
        let unknown = sitting.item(1);
        for hidden in sitting.hidden() {
            let path = sitting.item(app.on_agenda(sitting.meeting, &hidden));
            let reads = [&path, &unknown].map(|path| sitting.chair.get(path));
            reads[0].is_refused(404, "not-found");
            assert_eq!(reads[0].likeness(), reads[1].likeness());
            let offs = [&path, &unknown].map(|path| sitting.chair.post_nothing(&format!("{path}/withdraw")).likeness());
            assert_eq!(offs[0], offs[1]);
            let tag = format!("\"{}\"", "0".repeat(64));
            let body = json!({"decision": "deferred"});
            let decides = [&path, &unknown].map(|path| sitting.chair.patch(path, &tag, &body).likeness());
            assert_eq!(decides[0], decides[1]);
        }
    }
}

fn each_member_sees_their_own_part(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let manager = app.manager();
    let plain = sitting.child().add();
    let shielded = sitting.child().shielded().confirmed().with_case(CaseKind::Shield, &manager).add();
    let unborn = sitting.child().expected("2026-12-24").add();
    for child in [&plain, &shielded, &unborn] {
        app.on_agenda(sitting.meeting, child);
    }
    let midwife = app.practitioner().of(&app.organisation(OrganisationKind::HospitalTrust));
    let teacher = app.practitioner().of(&sitting.school);
    for member in [&manager, &midwife, &teacher] {
        app.seat(sitting.panel, member);
    }
    let sees = |person: &Person<'_>| {
        let agenda = sitting.agenda(person);
        [&plain, &shielded, &unborn].map(|child| agenda.contains(&child.number))
    };
    assert_eq!(sees(&manager), [true, true, true]);
    assert_eq!(sees(&midwife), [true, false, true]);
    assert_eq!(sees(&teacher), [true, false, false]);
}

fn a_shield_takes_a_child_off_at_once(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let (child, other) = (sitting.child().add(), sitting.child().add());
    let path = sitting.item(app.on_agenda(sitting.meeting, &child));
    app.on_agenda(sitting.meeting, &other);
    let teacher = app.practitioner().of(&sitting.school);
    app.seat(sitting.panel, &teacher);
    let seen = sitting.chair.version_of(&path);
    app.practitioner().post(&format!("{}/shield", child.path()), &json!({"ground": "refuge"})).ok();
    for member in [&sitting.chair, &teacher] {
        assert_eq!(sitting.agenda(member), [other.number.as_str()]);
        member.get(&path).is_refused(404, "not-found");
        member.patch(&path, &seen, &json!({"decision": "deferred"})).is_refused(404, "not-found");
    }
}

fn a_restricted_reader_does_not_find_the_child(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let child = sitting.child().add();
    let path = sitting.item(app.on_agenda(sitting.meeting, &child));
    let relative = app.practitioner();
    app.seat(sitting.panel, &relative);
    relative.get(&path).ok();
    let body = json!({"account": relative.account.id.to_string(), "ground": "relative"});
    app.manager().post(&format!("{}/restrictions", child.path()), &body).ok();
    relative.get(&path).is_refused(404, "not-found");
    assert_eq!(sitting.agenda(&relative), Vec::<String>::new());
    assert_eq!(sitting.agenda(&sitting.chair), [child.number]);
}

fn whoever_leaves_a_panel_sees_no_agenda_from_then_on(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let path = sitting.item(app.on_agenda(sitting.meeting, &sitting.child().add()));
    let (member, manager) = (app.practitioner(), app.manager());
    app.seat(sitting.panel, &member);
    let seen = member.version_of(&path);
    let leaves = json!({"account": member.account.id.to_string(), "member": false});
    manager.post(&format!("/v1/panels/{}/members", sitting.panel), &leaves).ok();
    for path in [sitting.items(), path.clone(), format!("/v1/panels/{}", sitting.panel)] {
        member.get(&path).is_refused(404, "not-found");
    }
    member.patch(&path, &seen, &json!({"decision": "deferred"})).is_refused(404, "not-found");
}

fn whoever_is_suspended_sees_no_agenda(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    app.on_agenda(sitting.meeting, &sitting.child().add());
    let member = app.practitioner();
    app.seat(sitting.panel, &member);
    let member = member.change(|account| account.status = child_index::domain::accounts::AccountStatus::Suspended);
    member.get(&sitting.items()).is_refused(403, "account-suspended");
}

fn outside_the_panel_nobody_reads_an_agenda(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let path = sitting.item(app.on_agenda(sitting.meeting, &sitting.child().add()));
    for (person, status, code) in [
        (app.manager(), 403, "not-a-panel-member"),
        (app.practitioner().with(Capability::Coordinator), 403, "not-a-panel-member"),
        (app.administrator(), 403, "role-not-permitted"),
        (app.practitioner(), 404, "not-found"),
        (app.practitioner().of(&sitting.school), 404, "not-found"),
        (app.auditor(), 404, "not-found"),
        (app.system(), 404, "not-found"),
    ] {
        for path in [sitting.items(), path.clone(), sitting.item(1)] {
            person.get(&path).is_refused(status, code);
        }
    }
}

fn a_seat_shows_no_more_of_a_child(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let refuge = app.organisation(OrganisationKind::Refuge);
    let child = sitting
        .child()
        .living_at("1 High Street", "BA14 8JN")
        .with_carer("Ada Okafor", "01225 700700")
        .formerly("Chidera", "Quillfeather")
        .known_to(&refuge, Service::RefugeAndDomesticAbuse)
        .add();
    app.on_agenda(sitting.meeting, &child);
    let told = sitting.chair.get(&sitting.items()).ok();
    let item = told["items"][0].as_object().expect("an item");
    let mut fields: Vec<&str> = item.keys().map(String::as_str).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["child", "decision", "number"]);
    for hidden in ["High Street", "BA14", "Ada", "Quillfeather", refuge.name.as_str()] {
        assert!(!told.to_string().contains(hidden), "{hidden} in {told}");
    }
    assert_eq!(sitting.chair.read(&child).ok().get("address"), None);
}

fn putting_a_hidden_child_on_an_agenda_tells_nothing_of_the_agenda(app: &TestApp) {
    for state in [PanelMeetingState::Planned, PanelMeetingState::Closed] {
        let sitting = Sitting::of(app, state);
        let teacher = app.practitioner().of(&sitting.school);
        app.seat(sitting.panel, &teacher);
        let (there, not_there) = (sitting.hidden(), sitting.hidden());
        sitting.put(&there);
        for (one, other) in there.iter().zip(&not_there) {
            let answers =
                [one, other].map(|child| teacher.post(&sitting.items(), &json!({"child_id": child.number})).likeness());
            assert_eq!(answers[0], answers[1]);
            assert!([403, 404].contains(&answers[0].0), "{answers:?}");
        }
    }
}

fn a_receiver_that_became_sensitive_is_told_to_nobody(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Held);
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let path = sitting.item(app.on_agenda(sitting.meeting, &sitting.child().add()));
    let receiver = json!({"organisation": charity.id.to_string(), "service": "voluntary-organisation"});
    sitting.chair.change_at(&path, &json!({"decision": "allocate", "receiver": receiver})).ok();
    let of_charity = app.practitioner().of(&charity);
    app.seat(sitting.panel, &of_charity);
    app.change_organisation(&charity, |charity| charity.sensitive = true);
    for member in [&sitting.chair, &of_charity] {
        let told = member.get(&path).ok();
        assert_eq!((&told["decision"], told.get("receiver")), (&json!("allocate"), None));
    }
}

fn through_a_system_it_is_what_both_may_see(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let unborn = sitting.child().expected("2026-12-24").add();
    let plain = sitting.child().add();
    for child in [&unborn, &plain] {
        app.on_agenda(sitting.meeting, child);
    }
    let manager = app.manager();
    app.seat(sitting.panel, &manager);
    assert_eq!(sitting.agenda(&manager).len(), 2);
    let of_school = app.system().of(&sitting.school);
    assert_eq!(sitting.agenda(&manager.acting_through(&of_school)), [plain.number]);
}

fn what_a_meeting_tells_does_not_count_children(app: &TestApp) {
    let sitting = Sitting::of(app, PanelMeetingState::Planned);
    let teacher = app.practitioner().of(&sitting.school);
    app.seat(sitting.panel, &teacher);
    let path = format!("/v1/panels/{}", sitting.panel);
    let all = || {
        let panel = sitting.chair.get(&path);
        (panel.likeness(), panel.header("etag").to_owned(), sitting.chair.get(&format!("{path}/meetings")).likeness())
    };
    let before = all();
    let child = sitting.child().add();
    teacher.post(&sitting.items(), &json!({"child_id": child.number})).with_status(201);
    sitting.put(&sitting.hidden());
    assert_eq!(all(), before);
}
