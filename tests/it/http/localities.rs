//! Teams with postcode districts, and which of them serves a child.

use child_index::domain::organisations::{Organisation, Team};
use child_index::domain::services::{OrganisationKind, Service};
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp};
use crate::suite::suite;

suite!(TestApp:
    a_team_serves_the_districts_it_is_given,
    a_district_is_one_teams_of_an_organisation,
    districts_are_set_by_whoever_keeps_the_team,
    districts_are_changed_as_they_were_read,
    districts_are_told_to_those_who_keep_them_and_work_there,
    the_team_of_the_childs_district_serves_it,
    where_no_team_serves_the_child_the_desk_does,
    an_organisation_that_is_not_there_serves_nobody,
    which_team_serves_a_child_is_recorded_without_the_team,
);

fn path_of(team: &Team) -> String {
    format!("/v1/organisations/{}/teams/{}", team.organisation, team.id)
}

fn locality(person: &Person<'_>, child: &Known, owner: &Organisation) -> Value {
    person.get(&format!("{}/locality?organisation={}", child.path(), owner.id)).ok()
}

fn a_team_serves_the_districts_it_is_given(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let manager = app.manager();
    let body = json!({"code": "west", "name": "West", "postcode_districts": ["sn12", "BA14", "SN 12"]});
    let made = manager.post(&format!("/v1/organisations/{}/teams", council.id), &body).with_status(201);
    assert_eq!(made.json()["postcode_districts"], json!(["BA14", "SN12"]), "in any spelling, and each once");
    let path = made.header("location").to_owned();
    let changed = manager.change_at(&path, &json!({"postcode_districts": ["BA13"]})).ok();
    assert_eq!(changed["postcode_districts"], json!(["BA13"]));
    assert_eq!(manager.get(&path).ok(), changed);
    let listed = manager.get(&format!("/v1/organisations/{}/teams", council.id)).ok();
    assert_eq!(listed["teams"][0]["postcode_districts"], json!(["BA13"]));
    assert_eq!(manager.change_at(&path, &json!({"name": "The west"})).ok()["postcode_districts"], json!(["BA13"]));
    assert_eq!(manager.change_at(&path, &json!({"postcode_districts": []})).ok()["postcode_districts"], json!([]));
    for wrong in [json!(["BA14 8JN"]), json!(["nowhere"]), json!("BA14"), json!(null)] {
        manager.change_at(&path, &json!({"postcode_districts": wrong})).is_refused(422, "invalid-body");
    }
}

fn a_district_is_one_teams_of_an_organisation(app: &TestApp) {
    let (council, charity) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::VoluntaryOrganisation));
    let [west, east, theirs] =
        [(&council, "West"), (&council, "East"), (&charity, "All")].map(|(owner, name)| app.team(owner, name, false));
    app.serves(&west, &["BA14"]);
    let manager = app.manager();
    let body = json!({"postcode_districts": ["BA13", "BA14"]});
    manager.change_at(&path_of(&east), &body).is_refused(409, "district-taken");
    assert_eq!(manager.get(&path_of(&east)).ok()["postcode_districts"], json!([]), "nothing half done");
    let new = json!({"code": "north", "name": "North", "postcode_districts": ["BA14"]});
    manager.post(&format!("/v1/organisations/{}/teams", council.id), &new).is_refused(409, "district-taken");
    manager.change_at(&path_of(&theirs), &body).ok();
    manager.change_at(&path_of(&west), &json!({"postcode_districts": []})).ok();
    manager.change_at(&path_of(&east), &body).ok();
}

fn districts_are_set_by_whoever_keeps_the_team(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let west = app.team(&council, "West", false);
    let path = path_of(&west);
    let body = json!({"postcode_districts": ["BA14"]});
    let own = app.practitioner().of(&council);
    own.change_at(&path, &body).is_refused(403, "role-not-permitted");
    app.system().of(&council).change_at(&path, &body).is_refused(403, "role-not-permitted");
    app.practitioner().change_at(&path, &body).is_refused(403, "not-your-organisations-entry");
    app.manager().in_area(ELSEWHERE).change_at(&path, &body).is_refused(403, "outside-your-area");
    app.auditor().change_at(&path, &body).is_refused(403, "role-not-permitted");
    app.administrator().change_at(&path, &body).ok();
    // What is there already is no change, whoever sends it.
    assert_eq!(own.change_at(&path, &body).ok()["postcode_districts"], json!(["BA14"]));
}

fn districts_are_changed_as_they_were_read(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let path = path_of(&app.team(&council, "West", false));
    let (one, other) = (app.manager(), app.manager());
    let seen = one.version_of(&path);
    other.change_at(&path, &json!({"postcode_districts": ["BA13"]})).ok();
    let late = one.patch(&path, &seen, &json!({"postcode_districts": ["BA14"]}));
    late.is_refused(412, "precondition-failed");
    assert_eq!(one.get(&path).ok()["postcode_districts"], json!(["BA13"]));
}

fn districts_are_told_to_those_who_keep_them_and_work_there(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let west = app.team(&council, "West", false);
    app.serves(&west, &["BA14"]);
    let list = format!("/v1/organisations/{}/teams", council.id);
    let told = |person: &Person<'_>| {
        let (alone, listed) = (person.get(&path_of(&west)).ok(), person.get(&list).ok()["teams"][0].clone());
        assert_eq!(alone, listed);
        alone.get("postcode_districts").cloned()
    };
    for keeper in [app.manager(), app.administrator(), app.practitioner().of(&council), app.system().of(&council)] {
        assert_eq!(told(&keeper), Some(json!(["BA14"])), "{}", keeper.account.role);
    }
    // A contact names the team to everybody: its districts beside it would say where the child lives.
    for other in [app.practitioner(), app.system(), app.auditor(), app.manager().in_area(ELSEWHERE)] {
        assert_eq!(told(&other), None, "{}", other.account.role);
    }
}

fn the_team_of_the_childs_district_serves_it(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let [west, east] = ["West", "East"].map(|name| app.team(&council, name, false));
    app.serves(&west, &["BA14", "BA13"]);
    app.serves(&east, &["SN12"]);
    let live = |postcode| app.a_child().living_at("1 High Street", postcode).known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    for (postcode, team) in [("BA14 8JN", &west), ("BA13 3AA", &west), ("SN12 6AA", &east)] {
        let told = locality(&teacher, &live(postcode), &council);
        assert_eq!(told["served_by"], "locality-team");
        assert_eq!((&told["team"], &told["name"]), (&json!(team.id.to_string()), &json!(team.name)));
        assert_eq!(told["routes"][0]["phone"], "01225 713000", "the organisation's, where the team has none");
    }
    app.it_is("2026-11-21T10:00:00Z");
    assert_eq!(locality(&app.manager(), &live("SN12 6AA"), &council)["name"], "East");
}

fn where_no_team_serves_the_child_the_desk_does(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    app.serves(&app.team(&council, "West", false), &["BA14"]);
    let outside = app.a_child().living_at("1 High Street", "SN12 6AA").known_to(&school, Service::School).add();
    let unknown = app.a_child().known_to(&school, Service::School).add();
    let teacher = app.practitioner().of(&school);
    let told = locality(&teacher, &outside, &council);
    assert_eq!((&told["served_by"], &told["team"]), (&json!("desk"), &Value::Null));
    assert_eq!(told["name"], council.name.as_str());
    assert_eq!(told, locality(&teacher, &unknown, &council));
}

fn an_organisation_that_is_not_there_serves_nobody(app: &TestApp) {
    let child = app.a_child().add();
    let refuge = app.organisation(OrganisationKind::Refuge);
    let ask = |query: &str| app.practitioner().get(&format!("{}/locality{query}", child.path()));
    let nobody = child_index::domain::ids::OrganisationId::new();
    let answers = [refuge.id, nobody].map(|id| ask(&format!("?organisation={id}")));
    answers[0].is_refused(404, "not-found");
    assert_eq!(answers[0].likeness(), answers[1].likeness());
    ask("").is_refused(422, "invalid-parameter");
    ask("?organisation=council").is_refused(422, "invalid-parameter");
    ask(&format!("?organisation={nobody}&postcode=BA14")).is_refused(422, "invalid-parameter");
}

fn which_team_serves_a_child_is_recorded_without_the_team(app: &TestApp) {
    let (school, council) =
        (app.organisation(OrganisationKind::School), app.organisation(OrganisationKind::LocalAuthority));
    let west = app.team(&council, "West", false);
    app.serves(&west, &["BA14"]);
    let child = app.a_child().living_at("1 High Street", "BA14 8JN").known_to(&school, Service::School).add();
    let of = |blocks: &[&'static str]| blocks.iter().map(|block| (*block).into()).collect::<Vec<_>>();
    for (person, shown, withheld) in [
        (app.practitioner().of(&school), vec!["address"], Vec::new()),
        (app.practitioner(), Vec::new(), vec!["address"]),
    ] {
        locality(&person, &child, &council);
        let event = app.events().pop().expect("an event");
        assert_eq!((event.action.as_str(), event.outcome.as_str()), ("child.locality", "disclosed"));
        let payload = event.payload.expect("a payload");
        let child = &payload.children[0];
        assert_eq!((child.shown.clone(), child.withheld.clone()), (of(&shown), of(&withheld)));
        let targets: Vec<String> = payload.targets.iter().map(|target| target.id.clone()).collect();
        assert_eq!(targets, [council.id.to_string()], "the team would tell an auditor where the child lives");
    }
}
