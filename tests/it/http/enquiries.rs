//! The single point of access: which desk, open now or not; enquiries as codes, their chain and clock; and a relationship
//! for as long as one is open.

use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_desk_is_found_by_area_district_and_need,
    who_registers_and_changes_desks,
    one_call_says_to_whom_a_child_is_known,
    an_open_enquiry_is_a_relationship_for_the_others,
    a_shield_holds_against_an_enquiry,
    a_chain_is_decided_by_those_whose_turn_it_is,
    a_decision_is_due_in_one_working_day,
    lists_are_of_the_organisation_and_for_coordinators_of_the_area,
    coordinators_judge_what_others_closed,
    a_key_records_one_enquiry,
    an_enquiry_outlives_a_purged_record,
);

struct Desk {
    council: Organisation,
    id: String,
}

impl Desk {
    fn of(app: &TestApp) -> Self {
        let council = app.organisation(OrganisationKind::LocalAuthority);
        let id = app.access_point(&council, &["BA14"]).to_string();
        Self { council, id }
    }

    fn about(&self, child: &Known) -> Value {
        json!({"access_point": self.id, "child_id": child.number, "caller": "practitioner", "need": "early-help"})
    }

    fn about_nobody(&self) -> Value {
        json!({"access_point": self.id, "caller": "parent-or-carer", "need": "housing-and-money"})
    }
}

fn path_of(answer: &Value) -> String {
    format!("/v1/enquiries/{}", answer["id"].as_str().expect("an id"))
}

fn decide(person: &Person<'_>, path: &str, decision: &Value) -> crate::apps::Answer {
    person.post(&format!("{path}/outcomes"), decision)
}

fn a_desk_is_found_by_area_district_and_need(app: &TestApp) {
    let admin = app.administrator();
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let new = json!({
        "organisation": council.id.to_string(), "kind": "front-door", "name": "West desk",
        "needs": ["early-help", "safeguarding"], "postcode_districts": ["ba14", "SN12"],
        "routes": [{"kind": "duty-desk", "phone": "01225 713000", "hours": "Mo-Fr 08:30-17:00; PH off"},
                   {"kind": "out-of-hours", "phone": "01225 713999", "hours": "Mo-Fr 17:00-08:30"}],
    });
    let created = admin.post("/v1/access-points", &new).with_status(201);
    let desk = created.json();
    assert_eq!(created.header("location"), format!("/v1/access-points/{}", desk["id"].as_str().expect("an id")));
    let adviser = json!({"organisation": council.id.to_string(), "kind": "lead-professional-adviser",
                         "name": "Advice for lead professionals",
                         "routes": [{"kind": "team", "phone": "01225 713001", "hours": "24/7"}]});
    admin.post("/v1/access-points", &adviser).with_status(201);
    let teacher = app.practitioner();
    let names = |query: &str| -> Vec<String> {
        let list = teacher.get(&format!("/v1/access-points?{query}")).ok();
        let all = list["access_points"].as_array().expect("a list").clone();
        all.iter().map(|each| each["name"].as_str().expect("a name").to_owned()).collect()
    };
    let (west, advice) = ("West desk".to_owned(), "Advice for lead professionals".to_owned());
    for (query, found) in [
        ("area=E06000054", vec![&advice, &west]),
        ("area=E08000025", vec![]),
        ("postcode_district=ba14&kind=front-door", vec![&west]),
        ("postcode_district=SN13&kind=front-door", vec![]),
        ("need=safeguarding&kind=front-door", vec![&west]),
        ("need=young-carer&kind=front-door", vec![]),
        ("kind=lead-professional-adviser", vec![&advice]),
        ("open_now=true", vec![&advice, &west]),
        ("open_now=false", vec![]),
        ("limit=1", vec![&advice]),
    ] {
        assert_eq!(names(query).iter().collect::<Vec<_>>(), found, "{query}");
    }
    let shown = teacher.get(created.header("location")).ok();
    assert_eq!((&shown["open_now"], &shown["out_of_hours"]), (&json!(true), &json!("01225 713999")));
    assert_eq!(shown["routes"][0]["kind"], "duty-desk");
    // At night the first route is the one that works then.
    app.it_is("2026-11-20T22:00:00Z");
    assert_eq!(teacher.get(created.header("location")).ok()["routes"][0]["kind"], "out-of-hours");
    let first = teacher.get("/v1/access-points?limit=1").ok();
    let next = format!("/v1/access-points?limit=1&cursor={}", first["next"].as_str().expect("a cursor"));
    assert_eq!(teacher.get(&next).ok()["access_points"][0]["name"], "West desk");
    teacher.get("/v1/access-points?postcode_district=QQ99").is_refused(422, "invalid-parameter");
}

fn who_registers_and_changes_desks(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let refuge = app.organisation(OrganisationKind::Refuge);
    let new =
        |owner: &Organisation| json!({"organisation": owner.id.to_string(), "kind": "front-door", "name": "A desk"});
    app.practitioner().post("/v1/access-points", &new(&council)).is_refused(403, "role-not-permitted");
    app.manager()
        .in_area(crate::apps::ELSEWHERE)
        .post("/v1/access-points", &new(&council))
        .is_refused(403, "outside-your-area");
    let path = app.manager().post("/v1/access-points", &new(&council)).with_status(201).header("location").to_owned();
    let manager = app.manager();
    let changed = manager.change_at(&path, &json!({"name": "Another desk", "postcode_districts": ["BA14"]})).ok();
    assert_eq!((&changed["name"], &changed["postcode_districts"]), (&json!("Another desk"), &json!(["BA14"])));
    manager.patch(&path, "\"x\"", &json!({"name": "x"})).is_refused(412, "precondition-failed");
    app.practitioner().change_at(&path, &json!({"name": "x"})).is_refused(403, "role-not-permitted");
    // A desk of an organisation that nobody may know of is no desk for them.
    let hidden = app.administrator().post("/v1/access-points", &new(&refuge)).with_status(201);
    let hidden = hidden.header("location").to_owned();
    app.practitioner().get(&hidden).is_refused(404, "not-found");
    let list = app.practitioner().get("/v1/access-points").ok().to_string();
    assert!(!list.contains(&refuge.name), "{list}");
}

fn one_call_says_to_whom_a_child_is_known(app: &TestApp) {
    let desk = Desk::of(app);
    let school = app.organisation(OrganisationKind::School);
    let refuge = app.organisation(OrganisationKind::Refuge);
    let child =
        app.a_child().known_to(&school, Service::School).known_to(&refuge, Service::RefugeAndDomesticAbuse).add();
    let worker = app.practitioner().of(&desk.council);
    // The enquiry is its own reason.
    let silent = worker.clone().without_a_reason();
    let answer = silent.post("/v1/enquiries", &desk.about(&child)).with_status(201);
    let told = answer.json();
    assert_eq!((&told["already_known"], &told["state"]), (&json!(true), &json!("open")));
    assert_eq!(told["child"]["child_id"], child.number.as_str());
    assert_eq!(told["contacts"]["involvements"][0]["service"], "school");
    assert_eq!(told["contacts"]["withheld"][0]["what"], "sensitive-service");
    assert!(!answer.text.contains(&refuge.name), "{}", answer.text);
    let event = app.events().pop().expect("an event");
    assert_eq!((event.action.as_str(), event.reason.as_deref()), ("enquiry.record", Some("enquiry")));
    // A child whom nobody knows, and nobody at all.
    let unknown = app.a_child().named("Tomasz", "Kowalczyk").add();
    assert_eq!(worker.post("/v1/enquiries", &desk.about(&unknown)).with_status(201).json()["already_known"], false);
    let nobody = worker.post("/v1/enquiries", &desk.about_nobody()).with_status(201).json();
    assert!(nobody["child"].is_null() && nobody.get("contacts").is_none(), "{nobody}");
    let sealed = app.a_child().named("Xanthippe", "Vanderquist").sealed().add();
    worker.post("/v1/enquiries", &desk.about(&sealed)).is_refused(404, "not-found");
    app.practitioner().post("/v1/enquiries", &desk.about(&child)).is_refused(403, "not-your-organisations-entry");
    app.administrator().post("/v1/enquiries", &desk.about(&child)).is_refused(403, "role-not-permitted");
    let mut prose = desk.about(&child);
    prose["notes"] = json!("seen at home");
    worker.post("/v1/enquiries", &prose).is_refused(422, "invalid-body");
}

fn an_open_enquiry_is_a_relationship_for_the_others(app: &TestApp) {
    let desk = Desk::of(app);
    let child = app.a_child().living_at("12 High Street", "BA14 8JN").add();
    let [recorder, colleague] = [app.practitioner().of(&desk.council), app.practitioner().of(&desk.council)];
    let sees = |person: &Person<'_>| person.read(&child).ok().get("address").is_some();
    assert!(!sees(&recorder) && !sees(&colleague));
    let path = path_of(&recorder.post("/v1/enquiries", &desk.about(&child)).with_status(201).json());
    assert!(sees(&colleague), "another of the organisation has a relationship");
    assert!(!sees(&recorder), "who recorded it widened nothing for themselves");
    assert!(!sees(&app.practitioner()), "nor for anybody else");
    decide(&recorder, &path, &json!({"outcome": "advice-only"})).ok();
    assert!(!sees(&colleague), "and it ends with the enquiry");
}

fn a_shield_holds_against_an_enquiry(app: &TestApp) {
    let desk = Desk::of(app);
    let school = app.organisation(OrganisationKind::School);
    let child =
        app.a_child().living_at("7 Zanzibar Lane", "SN12 6AA").known_to(&school, Service::School).shielded().add();
    let [recorder, colleague] = [app.practitioner().of(&desk.council), app.practitioner().of(&desk.council)];
    let answer = recorder.post("/v1/enquiries", &desk.about(&child)).with_status(201);
    assert_eq!(answer.json()["already_known"], false);
    for answer in [answer, colleague.read(&child), colleague.contacts(&child), colleague.get("/v1/enquiries")] {
        assert!(!answer.text.contains("Zanzibar") && !answer.text.contains(&school.name), "{}", answer.text);
    }
}

fn a_chain_is_decided_by_those_whose_turn_it_is(app: &TestApp) {
    let desk = Desk::of(app);
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let refuge = app.organisation(OrganisationKind::Refuge);
    let [worker, helper] = [app.practitioner().of(&desk.council), app.practitioner().of(&charity)];
    let path = path_of(&worker.post("/v1/enquiries", &desk.about_nobody()).with_status(201).json());
    helper.get(&path).is_refused(404, "not-found");
    decide(&worker, &path, &json!({"outcome": "accepted"})).is_refused(403, "not-your-organisations-entry");
    let hidden = json!({"outcome": "allocated", "organisation": refuge.id.to_string()});
    decide(&worker, &path, &hidden).is_refused(422, "invalid-body");
    let to_charity = json!({"outcome": "allocated", "organisation": charity.id.to_string()});
    assert_eq!(decide(&worker, &path, &to_charity).ok()["state"], "allocated");
    decide(&worker, &path, &json!({"outcome": "advice-only"})).is_refused(409, "out-of-order");
    decide(&worker, &path, &json!({"outcome": "accepted"})).is_refused(403, "not-your-organisations-entry");
    let declined = decide(&helper, &path, &json!({"outcome": "declined", "reason": "no-capacity"})).ok();
    assert_eq!((&declined["state"], &declined["clock"].is_object()), (&json!("returned"), &true));
    decide(&helper, &path, &json!({"outcome": "accepted"})).is_refused(409, "out-of-order");
    let team = app.team(&charity, "Family team", false);
    let to_team = json!({"outcome": "allocated", "organisation": charity.id.to_string(), "team": team.id.to_string()});
    decide(&worker, &path, &to_team).ok();
    let accepted = decide(&helper, &path, &json!({"outcome": "accepted"})).ok();
    assert_eq!((&accepted["state"], &accepted["clock"]), (&json!("accepted"), &Value::Null));
    let outcomes: Vec<&str> =
        accepted["outcomes"].as_array().expect("a chain").iter().filter_map(|step| step["outcome"].as_str()).collect();
    assert_eq!(outcomes, ["allocated", "declined", "allocated", "accepted"]);
    assert_eq!(accepted["outcomes"][2]["team"]["name"], "Family team");
    decide(&worker, &path, &json!({"outcome": "advice-only"})).is_refused(409, "out-of-order");
    let child = app.a_child().add();
    let about = path_of(&worker.post("/v1/enquiries", &desk.about(&child)).with_status(201).json());
    decide(&worker, &about, &json!({"outcome": "no-trace"})).is_refused(422, "invalid-body");
    let mut at_once = desk.about_nobody();
    at_once["outcome"] = json!("no-trace");
    assert_eq!(worker.post("/v1/enquiries", &at_once).with_status(201).json()["state"], "no-trace");
}

fn a_decision_is_due_in_one_working_day(app: &TestApp) {
    let desk = Desk::of(app);
    let worker = app.practitioner().of(&desk.council);
    // A Friday, at ten.
    let enquiry = worker.post("/v1/enquiries", &desk.about_nobody()).with_status(201).json();
    assert_eq!(enquiry["clock"], json!({"due_at": "2026-11-23T10:00:00Z", "overdue": false}));
    let overdue = |app: &TestApp| {
        let worker = app.practitioner().of(&desk.council);
        worker.get("/v1/enquiries?state=overdue").ok()["enquiries"].as_array().expect("a list").len()
    };
    assert_eq!(overdue(app), 0);
    app.it_is("2026-11-23T10:00:01Z");
    assert_eq!(overdue(app), 1);
    let shown = app.practitioner().of(&desk.council).get(&path_of(&enquiry)).ok();
    assert_eq!(shown["clock"]["overdue"], true);
    decide(&worker, &path_of(&enquiry), &json!({"outcome": "advice-only"})).ok();
    assert_eq!(overdue(app), 0);
}

fn lists_are_of_the_organisation_and_for_coordinators_of_the_area(app: &TestApp) {
    let desk = Desk::of(app);
    let child = app.a_child().add();
    let worker = app.practitioner().of(&desk.council);
    worker.post("/v1/enquiries", &desk.about(&child)).with_status(201);
    worker.post("/v1/enquiries", &desk.about_nobody()).with_status(201);
    let count = |person: &Person<'_>| person.get("/v1/enquiries").ok()["enquiries"].as_array().expect("a list").len();
    assert_eq!(count(&worker), 2);
    assert_eq!(count(&app.practitioner()), 0);
    assert_eq!(count(&app.practitioner().with(Capability::Coordinator)), 2);
    assert_eq!(count(&app.manager()), 2);
    assert_eq!(count(&app.practitioner().with(Capability::Coordinator).in_area(crate::apps::ELSEWHERE)), 0);
    app.auditor().get("/v1/enquiries").is_refused(403, "role-not-permitted");
    app.administrator().get("/v1/enquiries").is_refused(403, "role-not-permitted");
    worker.clone().without_a_reason().get("/v1/enquiries").is_refused(400, "access-reason-missing");
    let first = worker.get("/v1/enquiries?limit=1").ok();
    assert_eq!(first["enquiries"][0]["child"]["child_id"], child.number.as_str());
    let next = first["next"].as_str().expect("a cursor");
    let second = worker.get(&format!("/v1/enquiries?limit=1&cursor={next}")).ok();
    assert!(second["enquiries"][0]["child"].is_null() && second["next"].is_null(), "{second}");
    let event = app.events().into_iter().filter(|event| event.action == "enquiry.list").count();
    assert!(event >= 8, "every list is recorded, refused ones too: {event}");
}

fn coordinators_judge_what_others_closed(app: &TestApp) {
    let desk = Desk::of(app);
    let worker = app.practitioner().of(&desk.council);
    let path = path_of(&worker.post("/v1/enquiries", &desk.about_nobody()).with_status(201).json());
    let coordinator = app.practitioner().with(Capability::Coordinator);
    let judge = |person: &Person<'_>| person.post(&format!("{path}/quality"), &json!({"outcome": "meets-standard"}));
    judge(&coordinator).is_refused(409, "out-of-order");
    decide(&worker, &path, &json!({"outcome": "advice-only"})).ok();
    let waiting = |person: &Person<'_>| {
        person.get("/v1/enquiries?state=awaiting-review").ok()["enquiries"].as_array().expect("a list").len()
    };
    assert_eq!(waiting(&coordinator), 1);
    judge(&worker).is_refused(403, "capability-missing");
    judge(&worker.clone().with(Capability::Coordinator)).is_refused(403, "not-for-yourself");
    assert_eq!(judge(&coordinator).ok()["quality"], "meets-standard");
    assert_eq!(waiting(&coordinator), 0);
}

fn a_key_records_one_enquiry(app: &TestApp) {
    let desk = Desk::of(app);
    let child = app.a_child().add();
    let worker = app.practitioner().of(&desk.council);
    let [one, again] = [0, 1].map(|_| {
        worker.post_with_key("e-1", "/v1/enquiries", &desk.about(&child)).with_status(201).json()["id"].clone()
    });
    assert_eq!(one, again);
    worker.post_with_key("e-1", "/v1/enquiries", &desk.about_nobody()).is_refused(422, "idempotency-key-reused");
}

fn an_enquiry_outlives_a_purged_record(app: &TestApp) {
    let desk = Desk::of(app);
    let child = app.a_child().expected("2026-12-24").add();
    let worker = app.practitioner().of(&desk.council);
    let path = path_of(&worker.post("/v1/enquiries", &desk.about(&child)).with_status(201).json());
    app.manager().post(&format!("{}/birth", child.path()), &json!({"outcome": "no-live-birth"})).ok();
    app.it_is("2026-12-18T10:00:00Z");
    actix_web::rt::System::new().block_on(app.index.purge_due()).expect("a purge");
    let shown = app.practitioner().of(&desk.council).get(&path).ok();
    assert!(shown["child"].is_null(), "{shown}");
}
