//! Transfers: the sender goes on until the receiver accepts, so that nobody falls between.

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::suite::suite;

suite!(TestApp:
    the_sender_goes_on_until_the_receiver_accepts,
    where_it_leads_is_checked,
    consent_is_asked_again_before_a_step_down,
    without_consent_a_step_down_closes_with_a_gap,
    suspected_harm_needs_no_consent_to_step_up,
    a_decline_goes_to_the_desk_and_stays_until_somebody_accepts,
    the_sender_takes_it_back,
    only_those_whose_turn_it_is_step,
    nobody_accepts_what_they_proposed,
    what_is_on_its_way_is_not_ended,
    links_make_one_pathway,
    the_lead_professional_who_goes_leaves_a_gap,
    what_runs_already_is_joined,
    the_same_key_proposes_one,
);

/// Early help of a charity, social care of a council, and the council's front door.
pub(super) struct Places {
    /// Gives early help.
    pub charity: Organisation,
    /// Is social care, and runs the desk.
    pub council: Organisation,
    /// The desk.
    pub desk: String,
}

impl Places {
    /// New ones.
    pub fn of(app: &TestApp) -> Self {
        let council = app.organisation(OrganisationKind::LocalAuthority);
        let desk = app.access_point(&council, &[]).to_string();
        Self { charity: app.organisation(OrganisationKind::VoluntaryOrganisation), council, desk }
    }
}

/// A step up of a child's first involvement to social care, on suspected harm.
pub(super) fn step_up(child: &Known, to: &Organisation) -> Value {
    json!({"kind": "step-up", "involvement": child.entries[0], "basis": {"kind": "significant-harm"},
           "to": {"service": "childrens-social-care", "organisation": to.id.to_string()}})
}

/// A step down of a child's first involvement to early help, with consent of today.
pub(super) fn step_down(child: &Known, to: &Organisation) -> Value {
    json!({"kind": "step-down", "involvement": child.entries[0],
           "basis": {"kind": "consent", "given_by": "parental-responsibility", "on": "2026-11-20"},
           "to": {"service": "early-help", "organisation": to.id.to_string()}})
}

fn with(mut body: Value, more: &Value) -> Value {
    body.as_object_mut().expect("a body").extend(more.as_object().expect("more").clone());
    body
}

/// Proposes a transfer, and says where it is.
#[track_caller]
pub(super) fn propose(person: &Person<'_>, child: &Known, body: &Value) -> String {
    let answer = person.post(&child.transfers(), body).with_status(201);
    let at = format!("{}/{}", child.transfers(), answer.json()["id"].as_str().expect("an id"));
    assert_eq!(answer.header("location"), at);
    at
}

pub(super) fn accept(person: &Person<'_>, at: &str) -> Answer {
    person.post(&format!("{at}/accept"), &json!({}))
}

pub(super) fn decline(person: &Person<'_>, at: &str) -> Answer {
    person.post(&format!("{at}/decline"), &json!({"reason": "no-capacity"}))
}

pub(super) fn withdraw(person: &Person<'_>, at: &str) -> Answer {
    person.post(&format!("{at}/withdraw"), &json!({"reason": "not-needed"}))
}

/// The ids on a work-list, in order.
pub(super) fn listed(person: &Person<'_>, list: &str) -> Vec<String> {
    let page = person.get(&format!("/v1/transfers?list={list}")).ok();
    let all = page["transfers"].as_array().expect("a list").clone();
    all.iter().map(|each| each["id"].as_str().expect("an id").to_owned()).collect()
}

/// The services that run for a child, in alphabetical order, as somebody is told of them.
pub(super) fn running(person: &Person<'_>, child: &Known) -> Vec<String> {
    let contacts = person.contacts(child).ok();
    let all = contacts["involvements"].as_array().expect("involvements").clone();
    let running = all.iter().filter(|each| each["ended_on"].is_null());
    let mut services: Vec<String> =
        running.map(|each| each["service"].as_str().expect("a service").to_owned()).collect();
    services.sort();
    services
}

fn the_sender_goes_on_until_the_receiver_accepts(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let stranger = app.practitioner();
    let at =
        propose(&helper, &child, &with(step_up(&child, &places.council), &json!({"open_gaps": ["no-school-place"]})));
    let told = helper.get(&at).ok();
    assert_eq!((&told["state"], &told["open_gaps"]), (&json!("proposed"), &json!(["no-school-place"])));
    assert_eq!(told["from"]["involvement"], child.entries[0]);
    assert_eq!(
        (&told["from"]["service"], &told["to"]["service"]),
        (&json!("early-help"), &json!("childrens-social-care"))
    );
    assert_eq!(told["to"]["routes"][0]["phone"], "01225 713000");
    assert_eq!(told["access_point"]["id"], places.desk.as_str(), "the first front door of the sender's area");
    assert_eq!(told["basis"], json!({"kind": "significant-harm"}));
    let of_stranger = stranger.get(&at).ok();
    assert_eq!(
        (of_stranger.get("basis"), &of_stranger["state"]),
        (None, &json!("proposed")),
        "grounds are for the sides"
    );
    assert_eq!(running(&stranger, &child), ["early-help"], "nothing has moved");
    let work = worker.get("/v1/transfers").ok();
    assert_eq!(work["transfers"][0]["child"]["child_id"], child.number.as_str());
    assert_eq!((listed(&helper, "unanswered").len(), listed(&helper, "waiting").len()), (1, 0));

    let body = json!({"practitioner": {"name": "Amira Hussain", "job_title": "Social worker"}});
    let accepted = worker.post(&format!("{at}/accept"), &body).ok();
    assert_eq!((&accepted["state"], &accepted["clock"]), (&json!("accepted"), &Value::Null));
    assert_eq!(accepted["to"]["practitioner"]["name"], "Amira Hussain");
    assert_eq!(running(&stranger, &child), ["childrens-social-care"], "its last day is the other's first");
    let list = stranger.get(&child.involvements()).ok();
    let of = |service: &str| {
        let all = list["involvements"].as_array().expect("involvements");
        all.iter().find(|each| each["service"] == service).expect("the service").clone()
    };
    assert_eq!(of("early-help")["ended_on"], "2026-11-20");
    assert_eq!(of("childrens-social-care")["started_on"], "2026-11-20");
    assert_eq!(of("childrens-social-care")["number"], accepted["to"]["involvement"]);
    for person in [&helper, &worker] {
        assert!(
            ["waiting", "escalated", "unanswered", "unaccepted"].iter().all(|list| listed(person, list).is_empty())
        );
    }
    accept(&worker, &at).is_refused(409, "out-of-order");
    withdraw(&helper, &at).is_refused(409, "out-of-order");
}

fn where_it_leads_is_checked(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    let team = app.team(&places.charity, "Family team", false);
    let council = places.council.id.to_string();
    let nobody = "0191d3a0-5f5e-7cc0-8000-0123456789ab";
    let to = |service: &str, organisation: &str| json!({"to": {"service": service, "organisation": organisation}});
    for (more, pointer) in [
        (json!({"kind": "step-down"}), "/kind"),
        (json!({"kind": "transfer"}), "/kind"),
        (to("family-support", &council), "/kind"),
        (to("childrens-social-care", nobody), "/to/organisation"),
        (json!({"to": {"service": "childrens-social-care", "organisation": council, "team": team.id}}), "/to/team"),
        (json!({"kind": "transfer", "to": {"service": "early-help", "organisation": places.charity.id}}), "/to"),
        (json!({"access_point": nobody}), "/access_point"),
        (json!({"basis": {"kind": "consent-refused", "on": "2026-11-20"}}), "/basis/kind"),
        (json!({"basis": {"kind": "consent", "on": "2026-11-20"}}), "/basis/given_by"),
        (json!({"basis": {"kind": "consent", "given_by": "child"}}), "/basis/on"),
        (json!({"basis": {"kind": "significant-harm", "given_by": "child"}}), "/basis/given_by"),
        (json!({"basis": {"kind": "significant-harm", "on": "2026-11-21"}}), "/basis/on"),
        (json!({"basis": null}), "/basis"),
        (json!({"notes": "prose"}), "/notes"),
    ] {
        let refused = helper.post(&child.transfers(), &with(step_up(&child, &places.council), &more));
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer, "{more}");
    }
    let unknown = child.entries[0] % 999_999 + 1;
    let refused =
        helper.post(&child.transfers(), &with(step_up(&child, &places.council), &json!({"involvement": unknown})));
    refused.is_refused(404, "not-found");
    // An area without a front door has no desk that a decline could go to.
    let far = app.organisation_in(ELSEWHERE, OrganisationKind::VoluntaryOrganisation);
    let there = app.a_child().known_to(&far, Service::EarlyHelp).add();
    let refused = app.practitioner().of(&far).post(&there.transfers(), &step_up(&there, &places.council));
    assert_eq!(refused.pointers(), "/access_point");
    // Between universal services nothing is needed, and consent is taken.
    let (nursery, school) =
        (app.organisation(OrganisationKind::EarlyYearsSetting), app.organisation(OrganisationKind::School));
    let pupil = app.a_child().known_to(&nursery, Service::EarlyYearsSetting).add();
    let body = json!({"kind": "transfer", "involvement": pupil.entries[0],
                      "to": {"service": "school", "organisation": school.id}});
    propose(&app.practitioner().of(&nursery), &pupil, &body);
}

fn consent_is_asked_again_before_a_step_down(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.council, Service::ChildrensSocialCare).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let body = step_down(&child, &places.charity);
    for (basis, pointer) in [
        (json!({"kind": "significant-harm"}), "/basis/kind"),
        // Before this involvement began: that was consent to something else.
        (json!({"kind": "consent", "given_by": "child", "on": "2024-09-01"}), "/basis/on"),
        (json!(null), "/basis"),
    ] {
        let refused = worker.post(&child.transfers(), &with(body.clone(), &json!({"basis": basis})));
        refused.is_refused(422, "invalid-body");
        assert_eq!(refused.pointers(), pointer, "{basis}");
    }
    let at = propose(&worker, &child, &body);
    let basis = helper.get(&at).ok()["basis"].clone();
    assert_eq!(basis, json!({"kind": "consent", "given_by": "parental-responsibility", "on": "2026-11-20"}));
    assert_eq!(accept(&helper, &at).ok()["to"]["service"], "early-help");
}

fn without_consent_a_step_down_closes_with_a_gap(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.council, Service::ChildrensSocialCare).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let refused = json!({"basis": {"kind": "consent-refused", "given_by": "parental-responsibility", "on": "2026-11-20"},
                         "open_gaps": ["no-family-support"]});
    let at = propose(&worker, &child, &with(step_down(&child, &places.charity), &refused));
    let told = worker.get(&at).ok();
    assert_eq!(told["state"], "closed-without-consent");
    assert_eq!(told["open_gaps"], json!(["no-consent", "no-family-support"]));
    assert_eq!((&told["to"], &told["clock"]), (&Value::Null, &Value::Null));
    let list = worker.get(&child.involvements()).ok();
    assert_eq!(list["involvements"][0]["ended_on"], "2026-11-20");
    // To whom the family did not consent nothing is told, nor to anybody else but the management team.
    for other in [&helper, &app.practitioner()] {
        other.get(&at).is_refused(404, "not-found");
        assert_eq!(other.get(&child.transfers()).ok()["transfers"], json!([]));
        accept(other, &at).is_refused(404, "not-found");
    }
    assert!(listed(&helper, "waiting").is_empty());
    assert_eq!(app.manager().get(&at).ok()["basis"]["kind"], "consent-refused");
    let close = |gap: &str| worker.post(&format!("{at}/close-gap"), &json!({"gap": gap}));
    assert_eq!(close("no-consent").ok()["open_gaps"], json!(["no-family-support"]));
    close("no-consent").is_refused(409, "out-of-order");
    close("nobody-accepted").is_refused(422, "invalid-body");
}

fn suspected_harm_needs_no_consent_to_step_up(app: &TestApp) {
    let places = Places::of(app);
    let children = [0, 1].map(|_| app.a_child().known_to(&places.charity, Service::EarlyHelp).add());
    let helper = app.practitioner().of(&places.charity);
    let without = with(step_up(&children[0], &places.council), &json!({"basis": null}));
    assert_eq!(helper.post(&children[0].transfers(), &without).pointers(), "/basis");
    propose(&helper, &children[0], &step_up(&children[0], &places.council));
    let consent = json!({"basis": {"kind": "consent", "given_by": "child", "on": "2026-11-19"}});
    propose(&helper, &children[1], &with(step_up(&children[1], &places.council), &consent));
}

fn a_decline_goes_to_the_desk_and_stays_until_somebody_accepts(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let other = app.organisation(OrganisationKind::LocalAuthority);
    let asked = app.organisation(OrganisationKind::LocalAuthority);
    let [helper, desk, first, second] =
        [&places.charity, &places.council, &asked, &other].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &asked));
    let declined = decline(&first, &at).ok();
    assert_eq!((&declined["state"], &declined["declined"]), (&json!("escalated"), &json!("no-capacity")));
    assert_eq!(declined["open_gaps"], json!(["nobody-accepted"]));
    assert_eq!(running(&app.practitioner(), &child), ["early-help"], "the sender goes on");
    let coordinator = app.practitioner().with(Capability::Coordinator);
    for works in [&desk, &coordinator, &app.manager()] {
        assert_eq!(listed(works, "escalated").len(), 1, "{}", works.account.name);
    }
    for not in [&first, &second, &app.practitioner(), &app.manager().in_area(ELSEWHERE)] {
        assert!(listed(not, "escalated").is_empty(), "{}", not.account.name);
    }
    assert_eq!((listed(&helper, "unanswered").len(), listed(&helper, "unaccepted").len()), (0, 1));
    accept(&first, &at).is_refused(409, "out-of-order");
    let place =
        |person: &Person<'_>| person.post(&format!("{at}/place"), &json!({"organisation": other.id.to_string()}));
    place(&helper).is_refused(403, "not-your-organisations-entry");
    let nowhere = desk.post(&format!("{at}/place"), &json!({"organisation": "0191d3a0-5f5e-7cc0-8000-0123456789ab"}));
    assert_eq!(nowhere.pointers(), "/organisation");
    let placed = place(&desk).ok();
    assert_eq!((&placed["state"], &placed["to"]["organisation"]["name"]), (&json!("proposed"), &json!(other.name)));
    assert_eq!(placed["open_gaps"], json!(["nobody-accepted"]), "still nobody has");
    place(&desk).is_refused(409, "out-of-order");
    accept(&first, &at).is_refused(403, "not-your-organisations-entry");
    assert_eq!(accept(&second, &at).ok()["open_gaps"], json!([]));
    assert_eq!(running(&app.practitioner(), &child), ["childrens-social-care"]);
    assert!(listed(&desk, "escalated").is_empty());
}

fn the_sender_takes_it_back(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    withdraw(&worker, &at).is_refused(403, "not-your-organisations-entry");
    let taken_back = withdraw(&helper, &at).ok();
    assert_eq!((&taken_back["state"], &taken_back["withdrawn"]), (&json!("withdrawn"), &json!("not-needed")));
    accept(&worker, &at).is_refused(409, "out-of-order");
    decline(&worker, &at).is_refused(409, "out-of-order");
    assert_eq!(running(&helper, &child), ["early-help"]);
    // It may be proposed again, also after a decline; and the area's management team takes back for others.
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    decline(&worker, &at).ok();
    assert_eq!(withdraw(&app.manager(), &at).ok()["open_gaps"], json!([]));
    propose(&helper, &child, &step_up(&child, &places.council));
}

fn only_those_whose_turn_it_is_step(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let helper = app.practitioner().of(&places.charity);
    let body = step_up(&child, &places.council);
    for other in [app.practitioner(), app.practitioner().of(&places.council), app.manager(), app.system()] {
        other.post(&child.transfers(), &body).is_refused(403, "not-your-organisations-entry");
    }
    app.auditor().post(&child.transfers(), &body).is_refused(403, "role-not-permitted");
    let at = propose(&helper, &child, &body);
    for other in [app.practitioner(), helper.clone(), app.manager(), app.system()] {
        accept(&other, &at).is_refused(403, "not-your-organisations-entry");
        decline(&other, &at).is_refused(403, "not-your-organisations-entry");
    }
    app.auditor().get("/v1/transfers").is_refused(403, "role-not-permitted");
    app.administrator().get(&child.transfers()).is_refused(403, "role-not-permitted");
    let theirs = app.team(&places.charity, "Theirs", false);
    let worker = app.practitioner().of(&places.council);
    let wrong = worker.post(&format!("{at}/accept"), &json!({"team": theirs.id.to_string()}));
    assert_eq!(wrong.pointers(), "/team");
    // A case-management system accepts for its organisation, as its feed.
    accept(&app.system().of(&places.council), &at).ok();
    let open = |person: &Person<'_>| person.post(&format!("{at}/close-gap"), &json!({"gap": "review-outstanding"}));
    open(&helper).is_refused(403, "not-your-organisations-entry");
    open(&worker).is_refused(409, "out-of-order");
}

fn nobody_accepts_what_they_proposed(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.council, Service::EarlyHelp).add();
    let [worker, colleague] = [0, 1].map(|_| app.practitioner().of(&places.council));
    let at = propose(&worker, &child, &step_up(&child, &places.council));
    accept(&worker, &at).is_refused(403, "not-for-yourself");
    accept(&colleague, &at).ok();
    assert_eq!(running(&worker, &child), ["childrens-social-care"]);
}

fn what_is_on_its_way_is_not_ended(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let end = || helper.post(&format!("{}/end", child.entry(0)), &json!({}));
    end().is_refused(409, "transfer-open");
    decline(&worker, &at).ok();
    end().is_refused(409, "transfer-open");
    withdraw(&helper, &at).ok();
    end().ok();
    helper.post(&child.transfers(), &step_up(&child, &places.council)).is_refused(409, "involvement-ended");
}

fn links_make_one_pathway(app: &TestApp) {
    let places = Places::of(app);
    let child = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let up = propose(&helper, &child, &step_up(&child, &places.council));
    let begun = accept(&worker, &up).ok()["to"]["involvement"].clone();
    let down = propose(&worker, &child, &with(step_down(&child, &places.charity), &json!({"involvement": begun})));
    let list = app.practitioner().get(&child.transfers()).ok()["transfers"].clone();
    assert_eq!((&list[0]["kind"], &list[1]["kind"]), (&json!("step-up"), &json!("step-down")));
    assert_eq!(list[0]["pathway"], list[1]["pathway"]);
    assert_eq!(list[0]["to"]["involvement"], list[1]["from"]["involvement"]);
    accept(&helper, &down).ok();
    let other = app.a_child().known_to(&places.charity, Service::EarlyHelp).add();
    let apart = propose(&helper, &other, &step_up(&other, &places.council));
    assert_ne!(helper.get(&apart).ok()["pathway"], list[0]["pathway"]);
}

fn the_lead_professional_who_goes_leaves_a_gap(app: &TestApp) {
    let places = Places::of(app);
    let leads = entry(&places.charity, Service::EarlyHelp).by("Samuel Adeyemi", "Key worker", Vec::new()).leading();
    let child = app.a_child().with(leads).add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    let accepted = accept(&worker, &at).ok();
    assert_eq!(accepted["open_gaps"], json!(["no-lead-professional"]));
    let closed = worker.post(&format!("{at}/close-gap"), &json!({"gap": "no-lead-professional"})).ok();
    assert_eq!(closed["open_gaps"], json!([]));
}

fn what_runs_already_is_joined(app: &TestApp) {
    let places = Places::of(app);
    let child = app
        .a_child()
        .known_to(&places.charity, Service::EarlyHelp)
        .known_to(&places.council, Service::ChildrensSocialCare)
        .add();
    let [helper, worker] = [&places.charity, &places.council].map(|each| app.practitioner().of(each));
    let at = propose(&helper, &child, &step_up(&child, &places.council));
    assert_eq!(accept(&worker, &at).ok()["to"]["involvement"], child.entries[1]);
    assert_eq!(running(&worker, &child), ["childrens-social-care"]);
}

fn the_same_key_proposes_one(app: &TestApp) {
    let places = Places::of(app);
    let [child, other] = [0, 1].map(|_| app.a_child().known_to(&places.charity, Service::EarlyHelp).add());
    let helper = app.practitioner().of(&places.charity);
    let body = step_up(&child, &places.council);
    let [first, again] =
        [0, 1].map(|_| helper.post_with_key("k", &child.transfers(), &body).with_status(201).json()["id"].clone());
    assert_eq!(first, again);
    helper.post_with_key("k", &other.transfers(), &body).is_refused(422, "idempotency-key-reused");
    let moved = helper.of(&app.organisation(OrganisationKind::School));
    moved.post_with_key("k", &child.transfers(), &body).is_refused(403, "not-your-organisations-entry");
}
