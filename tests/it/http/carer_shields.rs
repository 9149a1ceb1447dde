//! Shields of carers: asked for by whoever sees them, at once, on every record that names them; confirmed, and lifted by two.

use std::io::BufReader;

use child_index::app::loads::{LoadOptions, load};
use child_index::domain::accounts::Capability;
use child_index::domain::organisations::Organisation;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use serde_json::{Value, json};

use crate::apps::{AREA, ELSEWHERE, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_shielded_carer_is_hidden_on_every_record_at_once,
    no_path_leads_to_a_shielded_carer,
    what_is_written_later_about_a_shielded_carer_is_hidden_too,
    a_newborn_of_a_shielded_carer_waits_for_a_person,
    whoever_sees_no_carer_shields_none,
    asking_again_tells_nothing,
    who_supplied_the_carer_sees_them_until_the_shield_is_confirmed,
    the_management_team_decides_about_a_carers_shield,
    lifting_a_carers_shield_takes_two_people_and_brings_nothing_back_by_itself,
    a_carers_shield_outlives_the_childs,
    a_carers_shield_outlives_the_years,
    what_is_loaded_later_of_a_shielded_carer_waits_for_a_person,
);

const HIDDEN: [&str; 5] = ["Ada Okafor", "999111", "Hideaway", "BA14 8JN", "Ngozi Eze"];

struct Family {
    school: Organisation,
    child: Known,
    /// Names the same carer and another of the same telephone.
    brother: Known,
    /// Lives there and names nobody.
    lodger: Known,
}

fn a_family(app: &TestApp) -> Family {
    let school = app.organisation(OrganisationKind::School);
    let child = |given: &str| app.a_child().named(given, "Okafor").known_to(&school, Service::School);
    let first =
        child("Chidera").living_at("3 Hideaway Lane", "BA14 8JN").with_carer("Ada Okafor", "01225 999111").add();
    let brother = child("Tobi")
        .born("2018-01-30")
        .with_carer("ADA OKAFOR", "(01225) 999111")
        .with_carer("Ngozi Eze", "01225 999111")
        .add();
    let lodger = child("Emeka").born("2017-06-07").living_at("3, Hideaway Lane", "BA14 8JN").add();
    Family { school, child: first, brother, lodger }
}

fn path(child: &Known) -> String {
    format!("{}/carer-shields", child.path())
}

fn refuge() -> Value {
    json!({"carer": "ada okafor", "ground": "refuge"})
}

fn shield(app: &TestApp, family: &Family) {
    let teacher = app.practitioner().of(&family.school);
    assert_eq!(teacher.post(&path(&family.child), &refuge()).ok(), json!({"shielded": true}));
}

#[track_caller]
fn is_clean(text: &str, who: &Person<'_>) {
    let text = text.to_lowercase();
    for value in HIDDEN {
        assert!(!text.contains(&value.to_lowercase()), "{} is told {value}: {text}", who.account.name);
    }
}

fn carers(record: &Value) -> Vec<String> {
    let all = record["carers"].as_array().cloned().unwrap_or_default();
    all.iter().map(|carer| carer["name"].as_str().expect("a name").to_lowercase()).collect()
}

/// Takes the open case of a child, in which what it is about is seen.
fn take(manager: &Person<'_>, kind: &str, child: &Known) -> String {
    let listed = manager.get(&format!("/v1/cases?kind={kind}")).ok();
    let all = listed["cases"].as_array().expect("cases").clone();
    let case = all.iter().find(|case| case["child_id"] == json!(child.number)).expect("a case");
    let case = format!("/v1/cases/{}", case["id"].as_str().expect("an id"));
    manager.post_nothing(&format!("{case}/take")).ok();
    case
}

fn a_shielded_carer_is_hidden_on_every_record_at_once(app: &TestApp) {
    let family = a_family(app);
    let (teacher, manager) = (app.practitioner().of(&family.school), app.manager());
    assert_eq!(carers(&teacher.read(&family.child).ok()), ["ada okafor"]);
    shield(app, &family);
    for child in [&family.child, &family.brother, &family.lodger] {
        for person in [&teacher, &manager, &app.practitioner()] {
            let record = person.read(child);
            is_clean(&record.text, person);
            assert_eq!(record.ok()["shielded"], false, "the child is not");
        }
    }
    let events: Vec<_> = app.events().into_iter().filter(|event| event.action == "child.shield").collect();
    let named: usize = events.iter().map(|event| event.payload.as_ref().map_or(0, |told| told.children.len())).sum();
    assert_eq!(named, 3, "each child whose home is held has its event");
}

fn no_path_leads_to_a_shielded_carer(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let people = [
        app.practitioner(),
        app.practitioner().of(&family.school),
        app.practitioner().in_sector(Sector::Health),
        app.practitioner().with(Capability::Override),
        app.practitioner().with(Capability::Archive),
        app.practitioner().of(&family.school).acting_through(&app.system()),
        app.practitioner().of(&family.school).for_caller(&app.practitioner().of(&family.school)),
        app.system().of(&family.school),
        app.manager(),
        app.manager().in_area(ELSEWHERE),
        app.auditor(),
    ];
    let place = app.scene(&family.lodger);
    people.iter().for_each(|person| app.seat(place.panel, person));
    for operation in app.operations().into_iter().filter(|operation| operation.is_about_a_child()) {
        for person in &people {
            let children = if operation.changes() { vec![&family.child] } else { vec![&family.child, &family.brother] };
            for child in children {
                let answer = operation.ask(person, &app.same_scene(&place, child));
                let headers = format!("{:?}", answer.headers);
                is_clean(&format!("{headers} {}", answer.text), person);
            }
        }
    }
    for person in people.iter().filter(|person| person.account.role.code() != "auditor") {
        for given in ["Chidera", "Tobi", "Emeka"] {
            let by_place = json!({"family_name": "Okafor", "given_name": given, "postcode": "BA14 8JN"});
            let answer = person.search(&by_place).ok();
            for result in answer["results"].as_array().expect("results") {
                let matched = result["matched_on"].as_array().expect("fields");
                assert!(matched.iter().all(|each| each["field"] != "postcode"), "the hidden home fits: {result}");
            }
        }
    }
}

fn what_is_written_later_about_a_shielded_carer_is_hidden_too(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let (teacher, nurse) = (app.practitioner().of(&family.school), app.practitioner());
    // A new number, told by somebody who does not know; then the new number on another record.
    let carer = |phone: &str| json!({"carers": [{"name": "Ada Okafor", "relationship": "mother", "phone": phone}]});
    teacher.change_at(&family.child.path(), &carer("01225 888222")).ok();
    let cousin = app.a_child().named("Ebele", "Okafor").known_to(&family.school, Service::School).add();
    teacher.change_at(&cousin.path(), &carer("01225 888222")).ok();
    for child in [&family.child, &cousin] {
        for reader in [&app.manager(), &nurse] {
            let record = reader.read(child).text;
            assert!(!record.contains("Ada") && !record.contains("888222"), "{record}");
        }
    }
    let kept = app.manager();
    take(&kept, "shield", &family.child);
    let all = carers(&kept.read(&family.child).ok());
    assert_eq!(all, ["ada okafor", "ada okafor"], "who does not see a carer does not replace one");
}

fn a_newborn_of_a_shielded_carer_waits_for_a_person(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let midwife = app.practitioner().of(&app.organisation(OrganisationKind::HospitalTrust));
    let colleague = app.practitioner().of(&app.organisation(OrganisationKind::HospitalTrust));
    let at_home = json!({"address": {"state": "current", "lines": ["3 Hideaway Lane"], "postcode": "BA14 8JN"}});
    let of_carer = json!({"carers": [{"name": "Ada Okafor", "relationship": "mother", "phone": "01225 999111"}]});
    let born = |given: &str, family: &str, day: &str, more: &Value| {
        let mut child = json!({"name": {"family": family, "given": given}, "date_of_birth": day});
        child.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        let answer = midwife.register(&child).with_status(201);
        let found = json!({"family_name": family, "given_name": given, "date_of_birth": day});
        let mut told = answer.json();
        told.as_object_mut().expect("an object").retain(|name, _| !["child_id", "handle"].contains(&name.as_str()));
        (told, colleague.search(&found).ok()["outcome"].clone())
    };
    let (told, seen) = born("Percival", "Featherstone", "2026-11-12", &json!({}));
    assert_eq!(seen, "found");
    let here = born("Ida", "Brightwater", "2026-11-15", &at_home);
    assert_eq!(here, (told.clone(), json!("none")), "the answer tells nothing");
    assert_eq!(born("Tomasz", "Kowalczyk", "2026-11-18", &of_carer), (told, json!("none")));
}

fn whoever_sees_no_carer_shields_none(app: &TestApp) {
    let family = a_family(app);
    let stranger = app.practitioner();
    for carer in ["Ada Okafor", "Nobody Atall"] {
        let body = json!({"carer": carer, "ground": "refuge"});
        stranger.post(&path(&family.child), &body).is_refused(403, "block-not-visible");
    }
    let teacher = app.practitioner().of(&family.school);
    let nobody = json!({"carer": "Nobody Atall", "ground": "refuge"});
    teacher.post(&path(&family.child), &nobody).is_refused(404, "not-found");
    teacher.post(&path(&family.child), &json!({"carer": " ", "ground": "refuge"})).is_refused(422, "invalid-body");
    teacher.post(&path(&family.child), &json!({"carer": "Ada Okafor"})).is_refused(422, "invalid-body");
    app.system().of(&family.school).post(&path(&family.child), &refuge()).is_refused(403, "role-not-permitted");
    assert_eq!(carers(&teacher.read(&family.child).ok()), ["ada okafor"]);
}

fn asking_again_tells_nothing(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let teacher = app.practitioner().of(&family.school);
    let again = teacher.post(&path(&family.child), &refuge());
    let nobody = json!({"carer": "Nobody Atall", "ground": "refuge"});
    assert_eq!(again.likeness(), teacher.post(&path(&family.child), &nobody).likeness());
}

fn who_supplied_the_carer_sees_them_until_the_shield_is_confirmed(app: &TestApp) {
    let service = app.organisation(OrganisationKind::CommunityHealth);
    let child = app.a_child().supplied_by(&service).with_carer("Ada Okafor", "01225 999111").add();
    let (nurse, manager) = (app.practitioner().of(&service), app.manager());
    nurse.post(&path(&child), &refuge()).ok();
    assert_eq!(carers(&nurse.read(&child).ok()), ["ada okafor"]);
    nurse.post(&path(&child), &refuge()).ok();
    let listed = manager.get(&path(&child)).ok();
    let shields = listed["carer_shields"].as_array().expect("shields");
    assert_eq!(shields.len(), 1, "asked for again it stands as it is");
    let confirm = format!("{}/{}/confirm", path(&child), shields[0]["id"].as_str().expect("an id"));
    manager.post(&confirm, &json!({"review_on": "2027-05-20"})).ok();
    assert!(carers(&nurse.read(&child).ok()).is_empty());
}

fn the_management_team_decides_about_a_carers_shield(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let manager = app.manager();
    let list = || manager.get(&path(&family.child)).ok()["carer_shields"][0].clone();
    let shield = list();
    assert_eq!((&shield["ground"], &shield["confirm_by"]), (&json!("refuge"), &json!("2026-11-27")));
    assert_eq!((&shield["carers"], &shield["overdue"]), (&json!([]), &json!(false)), "no name without the case");
    take(&manager, "shield", &family.child);
    assert_eq!(list()["carers"], json!(["Ada Okafor"]));
    assert_eq!(carers(&manager.read(&family.child).ok()), ["ada okafor"], "inside the case");
    let payload = app.events().pop().expect("an event").payload.expect("a payload");
    assert!(payload.children[0].shown.iter().any(|block| block == "carers"));
    for person in [app.practitioner(), app.manager().in_area(ELSEWHERE), app.system(), app.auditor()] {
        person.get(&path(&family.child)).is_refused(403, "role-not-permitted");
    }
    app.it_is("2026-11-28T09:00:00Z");
    assert_eq!(list()["overdue"], true);
    is_clean(&app.practitioner().read(&family.child).text, &manager);
    let one = format!("{}/{}", path(&family.child), shield["id"].as_str().expect("an id"));
    let confirm = format!("{one}/confirm");
    for day in ["2026-11-28", "2027-11-30"] {
        manager.post(&confirm, &json!({"review_on": day})).is_refused(422, "invalid-body");
    }
    let confirmed = manager.post(&confirm, &json!({"review_on": "2027-05-20"})).ok();
    assert_eq!((&confirmed["review_on"], &confirmed["overdue"]), (&json!("2027-05-20"), &json!(false)));
    let cases = manager.get("/v1/cases?kind=shield").ok();
    assert_eq!(cases["cases"][0]["due_on"], "2027-05-20", "what is due now is to look again");
    let unknown = format!("{}/0191d3a0-5f5e-7cc0-8000-0123456789ad/confirm", path(&family.child));
    manager.post(&unknown, &json!({"review_on": "2027-05-20"})).is_refused(404, "not-found");
    let wrong = format!("{}/x/confirm", path(&family.child));
    manager.post(&wrong, &json!({"review_on": "2027-05-20"})).is_refused(422, "invalid-parameter");
    let elsewhere = app.manager().in_area(ELSEWHERE);
    elsewhere.post(&confirm, &json!({"review_on": "2027-05-20"})).is_refused(403, "role-not-permitted");
    // The same shield lies on the brother's carer, and on both who have the telephone.
    assert_eq!(manager.get(&path(&family.brother)).ok()["carer_shields"][0]["id"], shield["id"]);
    // A record of another area may name the carer; its managers learn of the shield and do not decide about it.
    let cousin = app.a_child().in_area(ELSEWHERE).with_carer("Ada Okafor", "01225 999111").add();
    assert_eq!(elsewhere.get(&path(&cousin)).ok()["carer_shields"][0]["carers"], json!([]));
    let theirs = format!("{}/{}/lift", path(&cousin), shield["id"].as_str().expect("an id"));
    elsewhere.post_nothing(&theirs).is_refused(404, "not-found");
    assert_eq!(manager.account.area, AREA);
}

fn lifting_a_carers_shield_takes_two_people_and_brings_nothing_back_by_itself(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let (first, second) = (app.manager(), app.manager());
    let id = first.get(&path(&family.child)).ok()["carer_shields"][0]["id"].as_str().expect("an id").to_owned();
    let lift = format!("{}/{id}/lift", path(&family.child));
    first.clone().logged_in_long_ago().post_nothing(&lift).is_refused(401, "insufficient-user-authentication");
    assert_eq!(first.post_nothing(&lift).with_status(202).json(), json!({"state": "proposed"}));
    first.post_nothing(&lift).is_refused(403, "second-person-required");
    is_clean(&app.practitioner().of(&family.school).read(&family.child).text, &first);
    assert_eq!(second.post_nothing(&lift).ok(), json!({"state": "lifted"}));
    assert_eq!(second.get("/v1/cases?kind=shield").ok()["cases"], json!([]), "its case goes with it");
    let teacher = app.practitioner().of(&family.school);
    let record = teacher.read(&family.child).ok();
    assert_eq!(carers(&record), ["ada okafor"]);
    assert!(record.get("address").is_none(), "the home waits for a person: {record}");
    for child in [&family.child, &family.brother, &family.lodger] {
        let case = take(&first, "review", child);
        let closed = first.post(&format!("{case}/close"), &json!({"outcome": "released"})).ok();
        assert_eq!(closed["location_held"], false);
    }
    assert_eq!(teacher.read(&family.child).ok()["address"]["postcode"], "BA14 8JN");
}

fn a_carers_shield_outlives_the_childs(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let (first, second) = (app.manager(), app.manager());
    let of_child = format!("{}/shield", family.child.path());
    app.practitioner().post(&of_child, &json!({"ground": "refuge"})).ok();
    first.post_nothing(&format!("{of_child}/lift")).with_status(202);
    second.post_nothing(&format!("{of_child}/lift")).ok();
    let teacher = app.practitioner().of(&family.school);
    is_clean(&teacher.read(&family.child).text, &teacher);
    take(&first, "shield", &family.child);
    assert_eq!(carers(&first.read(&family.child).ok()), ["ada okafor"]);
    // Somebody looks at what is held before the carer's shield is lifted: the home stays held.
    let case = take(&second, "review", &family.child);
    let closed = second.post(&format!("{case}/close"), &json!({"outcome": "released"})).ok();
    assert_eq!(closed["location_held"], true);
}

fn a_carers_shield_outlives_the_years(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let nearly =
        |given: &str| app.a_child().named(given, "Okafor").born("2008-11-23").known_to(&school, Service::School);
    let child =
        nearly("Chidera").living_at("3 Hideaway Lane", "BA14 8JN").with_carer("Ada Okafor", "01225 999111").add();
    let brother = nearly("Tobi").with_carer("ADA OKAFOR", "01225 999111").add();
    let other = nearly("Kofi").with_carer("Efua Mensah", "01225 555444").add();
    app.practitioner().of(&school).post(&path(&child), &refuge()).ok();
    app.it_is("2026-11-25T09:00:00Z");
    let keeper = app.practitioner().with(Capability::Archive);
    let read = |child: &Known| keeper.send("GET", &child.path(), &[("Legal-Purpose", "child-death-review")], None);
    assert_eq!(carers(&read(&other).ok()), ["efua mensah"], "the archive shows carers");
    for child in [&child, &brother] {
        app.practitioner().of(&school).read(child).is_refused(404, "not-found");
        let record = read(child);
        is_clean(&record.text, &keeper);
        assert_eq!(record.ok()["carers"], json!([]));
    }
}

fn what_is_loaded_later_of_a_shielded_carer_waits_for_a_person(app: &TestApp) {
    let family = a_family(app);
    shield(app, &family);
    let carer = |phone: &str| json!({"carers": [{"name": "Ada Okafor", "relationship": "mother", "phone": phone}]});
    let at_home = json!({"address": {"state": "current", "lines": ["3 Hideaway Lane"], "postcode": "BA14 8JN"}});
    let children = [
        ("Percival", "2016-09-08", json!({}), true),
        ("Ifeoma", "2017-01-04", carer("01225 999111"), false),
        ("Nkem", "2014-05-30", at_home, false),
        // The name alone is many people's.
        ("Obinna", "2012-12-11", carer("01225 000111"), true),
    ];
    let mut lines =
        json!({"organisation": {"code": "SCHOOL", "name": "A school", "kind": "school", "area": AREA}}).to_string();
    for (name, born, more, _) in &children {
        let mut line = json!({
            "source_key": name, "name": {"family": name, "given": name}, "date_of_birth": born,
            "involvements": [{"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01"}],
        });
        line.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        lines.push_str(&format!("\n{line}"));
    }
    let options = LoadOptions::new(app.database_url(), app.settings().clone(), "a test");
    let summary = load(BufReader::new(lines.as_bytes()), &options, |_| {}).expect("a load");
    let colleague = app.practitioner();
    for (name, born, _, expected) in &children {
        let asked = json!({"family_name": name, "given_name": name, "date_of_birth": born});
        let found = colleague.search(&asked).ok()["outcome"] == "found";
        assert_eq!(found, *expected, "{name}");
    }
    assert_eq!((summary.loaded, summary.held, summary.refused), (2, 2, 0), "{summary:?}");
}
