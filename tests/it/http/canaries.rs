//! Distinctive values in every hidden field, and every operation by everybody over them: none may come out, in no body
//! and in no header. Rows 8.2.3 and 14.2.1 of the security requirements.

use child_index::domain::accounts::Capability;
use child_index::domain::partnerships::DefaultVisibility;
use child_index::domain::routes::RouteKind;
use child_index::domain::services::{OrganisationKind, Sector, Service};
use serde_json::json;

use crate::apps::{Answer, Known, Person, TestApp, a_route, asked, assessment, entry, settled};
use crate::suite::suite;

suite!(TestApp:
    no_hidden_value_comes_out_of_any_operation,
    no_hidden_value_comes_out_of_any_search,
    nothing_that_an_agreement_withholds_comes_out_of_any_operation,
);

/// What stands in the hidden fields of the shielded child.
const HIDDEN: [&str; 12] = [
    "zanzibar lane",
    "SN12 6AA",
    "SN126AA",
    "SN12",
    "Quillfeather",
    "Peregrina",
    "07700 900777",
    "07700900777",
    "canary@hidden.example",
    "9000000025",
    "01225 555777",
    "Marmaduke",
];
/// What stands in the sensitive entries.
const SENSITIVE: [&str; 4] = ["Lantern House", "Wilhelmina", "01225 555888", "Crocus counselling"];
/// What stands in the entry that an agreement withholds.
const WITHHELD: [&str; 2] = ["Wolfram Withheld", "01225 555666"];
/// What only the sealed child is called.
const SEALED: [&str; 2] = ["Xanthippe", "Vanderquist"];

struct Nest {
    shielded: Known,
    sensitive: Known,
    sealed: Known,
}

fn nest(app: &TestApp) -> Nest {
    let school = app.organisation(OrganisationKind::School);
    let refuge = app.organisation(OrganisationKind::Refuge);
    app.change_organisation(&refuge, |refuge| {
        refuge.name = "Lantern House".into();
        refuge.routes = vec![a_route(RouteKind::DutyDesk, "01225 555888", "24/7")];
    });
    let charity = app.organisation(OrganisationKind::VoluntaryOrganisation);
    let crocus = app.team(&charity, "Crocus counselling", true);
    let teacher = entry(&school, Service::School).by(
        "Marmaduke Teacher",
        "Form tutor",
        vec![a_route(RouteKind::Person, "01225 555777", "24/7")],
    );
    let shielded = app
        .a_child()
        .living_at("7 Zanzibar Lane", "SN12 6AA")
        .formerly("Peregrina", "Quillfeather")
        .with_carer("Peregrina Quillfeather", "07700 900777")
        .with_identifier("nhs-number", "9000000025")
        .with(teacher)
        .with(entry(&refuge, Service::RefugeAndDomesticAbuse).by("Wilhelmina Worker", "Key worker", Vec::new()))
        .shielded()
        .add();
    let sensitive = app
        .a_child()
        .named("Tomasz", "Kowalczyk")
        .born("2012-07-19")
        .with(entry(&refuge, Service::RefugeAndDomesticAbuse).by("Wilhelmina Worker", "Key worker", Vec::new()))
        .with(entry(&charity, Service::VoluntaryOrganisation).in_team(&crocus))
        .add();
    let sealed = app.a_child().named("Xanthippe", "Vanderquist").born("2011-02-03").sealed().add();
    Nest { shielded, sensitive, sealed }
}

/// Everybody without a case, a relationship or a clearance.
fn outsiders(app: &TestApp) -> Vec<Person<'_>> {
    vec![
        app.practitioner(),
        app.practitioner().in_sector(Sector::Health),
        app.practitioner().with(Capability::Override),
        app.practitioner().with(Capability::Archive),
        app.manager().in_area(crate::apps::ELSEWHERE),
        app.manager(),
        app.system(),
        app.practitioner().acting_through(&app.system()),
        app.auditor(),
        app.nobody(),
    ]
}

#[track_caller]
fn is_clean(answer: &Answer, person: &Person<'_>, values: &[&str]) {
    let headers: String = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}\n")).collect();
    let whole = format!("{headers}\n{}", answer.text).to_lowercase();
    for value in values {
        let value = value.to_lowercase();
        assert!(!whole.contains(&value), "{} is told {value} by {}: {whole}", person.account.name, answer.asked);
    }
}

fn no_hidden_value_comes_out_of_any_operation(app: &TestApp) {
    let nest = nest(app);
    let all = [HIDDEN.as_slice(), &SENSITIVE, &SEALED].concat();
    let (people, place) = (outsiders(app), app.scene(&nest.sealed));
    // A seat on a panel widens nothing.
    people.iter().for_each(|person| app.seat(place.panel, person));
    for operation in app.operations() {
        for person in &people {
            // A child's own management team is told where an unshielded child is, and of sealed organisations' names.
            let manages = person.account.area == crate::apps::AREA
                && person.account.role == child_index::domain::accounts::Role::Manager;
            for child in [&nest.shielded, &nest.sensitive, &nest.sealed] {
                let mut scene = app.same_scene(&place, child);
                scene.new_child = json!({"name": {"family": "Newcomer", "given": scene.unique},
                                         "date_of_birth": "2016-05-06"});
                let answer = operation.ask(person, &scene);
                let directory = !operation.is_about_a_child();
                match (manages, directory) {
                    // The management team knows the directory of its area whole.
                    (true, true) => is_clean(&answer, person, &[HIDDEN.as_slice(), &SEALED].concat()),
                    _ => is_clean(&answer, person, &all),
                }
            }
        }
    }
}

fn no_hidden_value_comes_out_of_any_search(app: &TestApp) {
    let nest = nest(app);
    let all = [HIDDEN.as_slice(), &SENSITIVE, &SEALED].concat();
    let questions = [
        json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"}),
        json!({"family_name": "Okafor", "given_name": "Chidera", "born_from": "2015-01-01", "born_to": "2015-12-31"}),
        json!({"family_name": "Kowalczyk", "date_of_birth": "2012-07-19"}),
        json!({"index_number": nest.shielded.number}),
        json!({"index_number": nest.sensitive.number}),
        json!({"index_number": nest.sealed.number}),
    ];
    for person in outsiders(app) {
        for question in &questions {
            is_clean(&person.search(question), &person, &all);
        }
        let same = json!({"name": {"family": "Okafor", "given": "Chidera"}, "date_of_birth": "2015-03-02"});
        is_clean(&person.register(&same), &person, &all);
    }
}

/// A child with a service that leads, chairs, assesses and sends, and of which those outside are told nothing.
fn withheld(app: &TestApp) -> Known {
    let housing = app.organisation(OrganisationKind::Housing);
    let school = app.organisation(OrganisationKind::School);
    let line = (Service::Housing, DefaultVisibility::Shown, DefaultVisibility::Withheld);
    app.agreed(&[&housing], &[line]);
    let desk = vec![a_route(RouteKind::Person, "01225 555666", "24/7")];
    let officer = entry(&housing, Service::Housing).by("Wolfram Withheld", "Officer", desk).leading();
    let of_housing = app.practitioner().of(&housing);
    let child = app.a_child().named("Ida", "Withheldsdaughter").with(officer);
    let child = child.with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()));
    child
        .assessed(assessment(&housing, "early-help"))
        .sent(app.sent_within(&housing, Service::Housing))
        .asked(asked(0, &of_housing))
        .settled(settled().chaired_by(0))
        .meeting_at("2026-11-20T09:00:00Z")
        .add()
}

fn nothing_that_an_agreement_withholds_comes_out_of_any_operation(app: &TestApp) {
    let child = withheld(app);
    let (people, place) = (outsiders(app), app.scene(&child));
    let manages = |person: &Person<'_>| {
        person.account.area == crate::apps::AREA && person.account.role == child_index::domain::accounts::Role::Manager
    };
    for operation in app.operations() {
        for person in people.iter().filter(|person| !manages(person)) {
            let mut scene = app.same_scene(&place, &child);
            scene.new_child = json!({"name": {"family": "Withheldsdaughter", "given": "Ida"},
                                     "date_of_birth": "2015-03-02"});
            is_clean(&operation.ask(person, &scene), person, &WITHHELD);
        }
    }
}
