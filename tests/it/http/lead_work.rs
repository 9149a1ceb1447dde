//! The lists of those who look after the lead professionals of an area: each child as far as it may be seen.

use child_index::app::Limits;
use child_index::domain::accounts::Capability;
use child_index::domain::policy::CaseKind;
use child_index::domain::services::{OrganisationKind, Service};
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{ELSEWHERE, Known, Person, TestApp, asked, entry};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    children_with_two_additional_services_and_nobody_who_leads,
    leads_whose_contact_is_stale,
    proposals_that_wait_for_an_answer,
    leads_whose_training_has_lapsed,
    of_namesakes_one_who_is_trained_speaks_for_all,
    a_list_is_of_the_callers_own_area_and_for_those_who_look_after_it,
    what_is_not_seen_counts_for_nothing,
    a_shielded_child_is_on_no_list,
    each_child_on_a_page_is_recorded;
    once: a_long_list_comes_in_pages, a_budget_ends_a_list
);

fn page(person: &Person<'_>, query: &str) -> Value {
    person.get(&format!("/v1/lead-professionals?{query}")).ok()
}

fn numbers(page: &Value) -> Vec<String> {
    let all = page["children"].as_array().expect("children");
    all.iter().map(|each| each["child"]["child_id"].as_str().expect("a number").to_owned()).collect()
}

fn sorted<const N: usize>(children: [&Known; N]) -> Vec<String> {
    let mut numbers: Vec<String> = children.iter().map(|child| child.number.clone()).collect();
    numbers.sort();
    numbers
}

fn coordinator(app: &TestApp) -> Person<'_> {
    app.practitioner().with(Capability::Coordinator)
}

fn children_with_two_additional_services_and_nobody_who_leads(app: &TestApp) {
    let (council, school) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::School));
    let help = || entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new());
    let two = app.a_child().with(help()).known_to(&council, Service::Attendance).add();
    let three = app.a_child().with(help()).known_to(&council, Service::Attendance).known_to(&council, Service::Housing);
    let three = three.add();
    app.a_child().with(help().leading()).known_to(&council, Service::Attendance).add();
    app.a_child().with(help()).known_to(&school, Service::School).add();
    app.a_child().with(help()).with(entry(&council, Service::Attendance).ended("2026-11-01")).add();
    // The same service twice is one.
    app.a_child().with(help()).known_to(&school, Service::EarlyHelp).add();
    let told = page(&coordinator(app), "list=without-lead");
    assert_eq!(numbers(&told), sorted([&two, &three]));
    assert_eq!(told, page(&coordinator(app), ""), "the list where none is named");
    let of = |child: &Known| {
        let all = told["children"].as_array().expect("children");
        all.iter().find(|each| each["child"]["child_id"] == child.number.as_str()).expect("the child").clone()
    };
    assert_eq!((&of(&two)["additional_services"], &of(&three)["additional_services"]), (&json!(2), &json!(3)));
    assert_eq!((&of(&two)["leads"], &of(&two)["proposals"], &told["next"]), (&json!([]), &json!([]), &Value::Null));
    assert_eq!(of(&two)["child"]["name"], json!({"family": "Okafor", "given": "Chidera"}));
    // Whoever asks sees on the same list that somebody was asked.
    let body = json!({"kind": "early-help", "involvement": two.entries[0]});
    coordinator(app).post(&two.proposed(), &body).with_status(201);
    let told = page(&coordinator(app), "list=without-lead");
    let all = told["children"].as_array().expect("children");
    let asked: usize = all.iter().map(|each| each["proposals"].as_array().map_or(0, Vec::len)).sum();
    assert_eq!(asked, 1);
}

/// Somebody of an organisation under this name, trained to lead until this day.
fn trained(app: &TestApp, owner: &child_index::domain::organisations::Organisation, name: &str, until: Option<&str>) {
    app.practitioner().of(owner).change(|account| {
        account.name = name.into();
        account.standing.lead_professional_trained_until = until.map(|day| day.parse().expect("a date"));
    });
}

fn leads_whose_training_has_lapsed(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let lead =
        |name: &str| app.a_child().with(entry(&council, Service::EarlyHelp).by(name, "Worker", Vec::new()).leading());
    for (name, until) in
        [("Ada Lapsed", Some("2026-11-19")), ("Ida Trained", Some("2026-11-20")), ("Una Untrained", None)]
    {
        trained(app, &council, name, until);
    }
    // Of another organisation under the same name: somebody else.
    trained(app, &app.organisation(OrganisationKind::School), "Zoe Elsewhere", Some("2026-01-02"));
    let [lapsed, ..] =
        ["Ada Lapsed", "Ida Trained", "Una Untrained", "Zoe Elsewhere", "Eve Unknown"].map(|name| lead(name).add());
    app.a_child().with(entry(&council, Service::EarlyHelp).by("Ada Lapsed", "Worker", Vec::new())).add();
    for person in [coordinator(app), app.manager()] {
        let told = page(&person, "list=lapsed-training");
        assert_eq!(numbers(&told), sorted([&lapsed]));
        assert_eq!(told["children"][0]["warnings"], json!([{"lead": "early-help", "code": "training-lapsed"}]));
    }
    app.it_is("2026-11-21T10:00:00Z");
    assert_eq!(numbers(&page(&coordinator(app), "list=lapsed-training")).len(), 2, "from the day after the last");
}

fn of_namesakes_one_who_is_trained_speaks_for_all(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    trained(app, &council, "Ada Obi", Some("2026-01-02"));
    app.a_child().with(entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading()).add();
    let listed = || numbers(&page(&coordinator(app), "list=lapsed-training")).len();
    assert_eq!(listed(), 1);
    trained(app, &council, "Ada Obi", Some("2027-01-02"));
    assert_eq!(listed(), 0);
}

fn leads_whose_contact_is_stale(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let lead =
        |at: &str| entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new()).leading().confirmed(at);
    // Stale after 180 days.
    let stale = app.a_child().with(lead("2026-05-24T10:00:00Z")).add();
    app.a_child().with(lead("2026-05-24T10:00:01Z")).add();
    let follower = entry(&council, Service::Attendance).confirmed("2026-01-02T10:00:00Z");
    app.a_child().with(lead("2026-11-01T10:00:00Z")).with(follower).add();
    app.a_child().with(lead("2026-01-02T10:00:00Z").ended("2026-11-01")).add();
    let told = page(&coordinator(app), "list=stale-contact");
    assert_eq!(numbers(&told), sorted([&stale]));
    let lead = &told["children"][0]["leads"][0];
    assert_eq!((&lead["freshness"], &lead["practitioner"]["name"]), (&json!("stale"), &json!("Ada Obi")));
    app.practitioner().of(&council).post_nothing(&format!("{}/confirm", stale.entry(0))).ok();
    assert_eq!(numbers(&page(&coordinator(app), "list=stale-contact")), Vec::<String>::new());
}

fn proposals_that_wait_for_an_answer(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let manager = app.manager();
    let new = || app.a_child().with(entry(&school, Service::School).by("Ann Marsh", "Tutor", Vec::new()));
    let [waits, answered] = [new().asked(asked(0, &manager)).add(), new().asked(asked(0, &manager)).add()];
    new().add();
    app.practitioner().of(&school).post_nothing(&format!("{}/accept", answered.proposal(0))).ok();
    let told = page(&manager, "list=proposed");
    assert_eq!(numbers(&told), sorted([&waits]));
    assert_eq!(told["children"][0]["proposals"][0]["practitioner"]["name"], "Ann Marsh");
    app.it_is("2026-11-27T10:00:00Z");
    assert_eq!(numbers(&page(&manager, "list=proposed")), Vec::<String>::new(), "what has expired waits no more");
}

fn a_list_is_of_the_callers_own_area_and_for_those_who_look_after_it(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let new = || app.a_child().known_to(&council, Service::EarlyHelp).known_to(&council, Service::Attendance);
    let [here, there] = [new().add(), new().in_area(ELSEWHERE).add()];
    for person in [coordinator(app), app.manager()] {
        assert_eq!(numbers(&page(&person, "")), sorted([&here]));
        assert_eq!(numbers(&page(&person.in_area(ELSEWHERE), "")), sorted([&there]));
    }
    for (person, code) in [
        (app.practitioner(), "capability-missing"),
        (app.practitioner().of(&council), "capability-missing"),
        (app.system(), "capability-missing"),
        (app.auditor(), "role-not-permitted"),
        (app.administrator(), "role-not-permitted"),
    ] {
        person.get("/v1/lead-professionals").is_refused(403, code);
    }
    for wrong in ["list=all", "cursor=AAAA", "limit=0", "limit=101", "area=E08000025"] {
        coordinator(app).get(&format!("/v1/lead-professionals?{wrong}")).is_refused(422, "invalid-parameter");
    }
}

fn what_is_not_seen_counts_for_nothing(app: &TestApp) {
    let (council, clinic) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::SexualHealthClinic));
    let crisis = app.team(&council, "Crisis", true);
    let manager = app.manager();
    let one = || app.a_child().known_to(&council, Service::EarlyHelp);
    // A sensitive service is none of the two, nor is an additional one of a sensitive team.
    one().with(entry(&clinic, Service::SexualHealth)).add();
    one().with(entry(&council, Service::Attendance).in_team(&crisis)).add();
    // Whom a sensitive service leads nobody leads, and whom it was asked about nobody was.
    let hidden = || entry(&clinic, Service::SexualHealth).by("Zoe Hidden", "Counsellor", Vec::new());
    let led = one().known_to(&council, Service::Attendance).with(hidden().leading()).add();
    one().with(hidden()).asked(asked(1, &manager)).add();
    one().with(hidden().leading().confirmed("2026-01-02T10:00:00Z")).add();
    for person in [coordinator(app), manager] {
        let told = ["without-lead", "stale-contact", "proposed"].map(|list| page(&person, &format!("list={list}")));
        assert_eq!(numbers(&told[0]), sorted([&led]));
        assert_eq!((numbers(&told[1]), numbers(&told[2])), (vec![], vec![]));
        assert!(!format!("{told:?}").contains("Hidden"));
    }
}

fn a_shielded_child_is_on_no_list(app: &TestApp) {
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let manager = app.manager();
    let lead = entry(&council, Service::EarlyHelp).by("Ada Obi", "Worker", Vec::new());
    let new = || {
        let stale = lead.clone().confirmed("2026-01-02T10:00:00Z");
        app.a_child().with(stale).known_to(&council, Service::Attendance).asked(asked(0, &manager))
    };
    let shielded = new().shielded().with_case(CaseKind::Shield, &manager).add();
    new().sealed().add();
    new().provisional().add();
    new().held().add();
    new().born("2008-11-19").add();
    let lists = ["without-lead", "stale-contact", "proposed"];
    // Not even the council's own people, who know its entries: where a child lives is what the list would tell.
    for person in [coordinator(app), coordinator(app).of(&council), app.manager()] {
        for list in lists {
            assert_eq!(numbers(&page(&person, &format!("list={list}"))), Vec::<String>::new(), "{list}");
        }
    }
    assert_eq!(numbers(&page(&manager, "list=proposed")), sorted([&shielded]), "inside the case");
    // Before birth a child exists for those who work then.
    let unborn = new().expected("2026-12-24").add();
    assert_eq!(numbers(&page(&coordinator(app).of(&council), "")), sorted([&unborn]));
    assert_eq!(numbers(&page(&coordinator(app), "")), Vec::<String>::new());
}

fn each_child_on_a_page_is_recorded(app: &TestApp) {
    let (council, clinic) =
        (app.organisation(OrganisationKind::LocalAuthority), app.organisation(OrganisationKind::SexualHealthClinic));
    let new = || app.a_child().known_to(&council, Service::EarlyHelp).known_to(&council, Service::Attendance);
    new().add();
    new().with(entry(&clinic, Service::SexualHealth)).add();
    new().shielded().add();
    new().in_area(ELSEWHERE).add();
    let before = app.log_size();
    let answer = coordinator(app).get("/v1/lead-professionals?limit=10");
    let events = app.events_from(before);
    assert_eq!(events.len(), 1);
    assert_eq!((events[0].action.as_str(), events[0].outcome.as_str()), ("lead-professional.work", "disclosed"));
    assert!(answer.header("audit-receipt").starts_with(&format!("{}.", events[0].index)));
    let payload = events[0].payload.as_ref().expect("a payload");
    assert_eq!(payload.children.len(), 2, "who is on the page and nobody else");
    let protected: Vec<bool> = payload.children.iter().map(|child| child.protected).collect();
    assert!(protected.contains(&true) && protected.contains(&false), "{protected:?}");
    assert!(payload.children.iter().all(|child| child.shown.iter().any(|block| block == "identity")));
    let none = coordinator(app).in_area("E09000001").get("/v1/lead-professionals");
    assert_eq!(none.ok()["children"], json!([]));
    assert_eq!(app.events().last().expect("an event").outcome, "none");
}

fn a_long_list_comes_in_pages() -> Completion {
    let app = an_app(Limits { enforced: false, ..Limits::default() });
    let council = app.organisation(OrganisationKind::LocalAuthority);
    let mut all: Vec<String> = (0..115)
        .map(|place| {
            let two = app.a_child().known_to(&council, Service::EarlyHelp).known_to(&council, Service::Attendance);
            // Among them some whom the list shows nobody.
            let hidden = place % 23 == 0;
            let child = if hidden { two.shielded() } else { two }.add();
            (child.number, hidden)
        })
        .filter(|(_, hidden)| !hidden)
        .map(|(number, _)| number)
        .collect();
    all.sort();
    let person = coordinator(&app);
    for limit in [7, 50, 100] {
        let mut read = Vec::new();
        let mut cursor = String::new();
        loop {
            let told = page(&person, &format!("limit={limit}{cursor}"));
            let numbers = numbers(&told);
            assert!(numbers.len() <= limit);
            read.extend(numbers);
            let Some(next) = told["next"].as_str() else { break };
            assert!(!read.iter().any(|number| next.contains(number.as_str())), "no number stands openly in an address");
            cursor = format!("&cursor={next}");
        }
        assert_eq!(read, all, "{limit}");
    }
    Completion::Completed
}

fn a_budget_ends_a_list() -> Completion {
    let app = an_app(Limits { children_per_day: 3, ..Limits::default() });
    let council = app.organisation(OrganisationKind::LocalAuthority);
    for _ in 0..5 {
        app.a_child().known_to(&council, Service::EarlyHelp).known_to(&council, Service::Attendance).add();
    }
    let person = coordinator(&app);
    let first = page(&person, "limit=3");
    assert_eq!(numbers(&first).len(), 3);
    let next = format!("/v1/lead-professionals?limit=3&cursor={}", first["next"].as_str().expect("a cursor"));
    person.get(&next).is_refused(429, "rate-limited");
    Completion::Completed
}

fn an_app(limits: Limits) -> TestApp {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    TestApp::with_limits(database, limits)
}
