//! Mediated access: somebody telephones and a colleague looks up for them, with a code that is good once, and no more than
//! both may see.

use child_index::app::Limits;
use child_index::domain::accounts::AccountStatus;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::domain::verification_codes::VerificationCode;
use child_index::store::errors::StoreError;
use child_index::store::transactions::write_tx;
use child_index::store::verification_codes;
use libtest_mimic::Completion;
use serde_json::{Value, json};

use crate::apps::{Answer, ELSEWHERE, Known, Person, TestApp, entry};
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestApp:
    what_is_answered_is_what_both_may_see,
    what_one_of_them_may_not_find_is_not_found,
    own_entries_are_those_of_both,
    the_event_names_both,
    a_code_is_good_once_for_its_account_and_for_ten_minutes,
    nothing_tells_whether_there_is_such_an_account,
    five_wrong_guesses_close_every_code,
    three_codes_are_good_at_once,
    the_callers_own_standing_is_checked,
    people_who_look_at_children_call_and_are_called,
    to_look_is_all_that_is_done_for_another,
    the_desk_named_is_the_callers,
    of_many_who_send_a_code_at_once_one_is_answered,
    of_two_nodes_one_takes_the_code;
    once: an_access_counts_towards_the_budgets_of_both
);

const CODES: &str = "/v1/verification-codes";

fn code_of(caller: &Person<'_>) -> String {
    caller.post_nothing(CODES).ok()["code"].as_str().expect("a code").to_owned()
}

/// Asks for somebody with this code.
fn ask(mediator: &Person<'_>, caller: &Person<'_>, code: &str, path: &str) -> Answer {
    let id = caller.account.id.to_string();
    mediator.send("GET", path, &[("On-Behalf-Of", &id), ("Verification-Code", code)], None)
}

fn okafor() -> Value {
    json!({"family_name": "Okafor", "given_name": "Chidera", "date_of_birth": "2015-03-02"})
}

fn what_is_answered_is_what_both_may_see(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let clinic = app.organisation(OrganisationKind::SexualHealthClinic);
    let child = app
        .a_child()
        .living_at("12 High Street", "BA14 8JN")
        .with_identifier("nhs-number", "9000000009")
        .with(entry(&school, Service::School))
        .with(entry(&clinic, Service::SexualHealth))
        .add();
    let (teacher, stranger) = (app.practitioner().of(&school), app.practitioner());
    let (nurse, colleague) = (app.practitioner().of(&clinic), app.practitioner().of(&school));
    let seen = |mediator: &Person<'_>, caller: &Person<'_>| mediator.clone().for_caller(caller).read(&child).ok();
    assert!(seen(&teacher, &colleague).get("address").is_some());
    for (mediator, caller) in [(&teacher, &stranger), (&stranger, &teacher)] {
        let record = seen(mediator, caller);
        assert!(record.get("address").is_none(), "{record}");
        assert!(record["withheld"].as_array().expect("blocks").contains(&json!("address")), "{record}");
    }
    // Each reads identifiers of one kind by their sector; together they read none.
    let identifiers = |record: Value| record["identifiers"].as_array().map_or(0, Vec::len);
    assert_eq!((identifiers(nurse.read(&child).ok()), identifiers(seen(&nurse, &teacher))), (1, 0));
    let services = |answer: Value| -> Vec<String> {
        let all = answer["involvements"].as_array().expect("involvements").clone();
        all.iter().map(|each| each["service"].as_str().expect("a service").to_owned()).collect()
    };
    assert!(services(nurse.contacts(&child).ok()).contains(&"sexual-health".to_owned()));
    for (mediator, caller) in [(&nurse, &teacher), (&teacher, &nurse)] {
        let answer = mediator.clone().for_caller(caller).contacts(&child).ok();
        assert_eq!(answer["withheld"][0]["what"], "sensitive-service");
        assert_eq!(services(answer), ["school"]);
        let listed = mediator.clone().for_caller(caller).get(&format!("{}/involvements", child.path())).ok();
        assert_eq!(services(listed), ["school"]);
    }
}

fn what_one_of_them_may_not_find_is_not_found(app: &TestApp) {
    let before_birth = app.practitioner().of(&app.organisation(OrganisationKind::HospitalTrust));
    let midwife = app.practitioner().of(&app.organisation(OrganisationKind::HospitalTrust));
    let teacher = app.practitioner();
    let unborn = app.a_child().named("Chidera", "Okafor").expected("2026-12-24").add();
    let number = json!({"index_number": unborn.number});
    assert_eq!(midwife.clone().for_caller(&before_birth).finds(&number), std::slice::from_ref(&unborn.number));
    for (mediator, caller) in [(&midwife, &teacher), (&teacher, &midwife)] {
        assert!(mediator.clone().for_caller(caller).finds(&number).is_empty());
        mediator.clone().for_caller(caller).read(&unborn).is_refused(404, "not-found");
        mediator.clone().for_caller(caller).contacts(&unborn).is_refused(404, "not-found");
        let by_number =
            json!({"identifier": {"system": "nhs-number", "value": "9000000009"}, "date_of_birth": "2015-03-02"});
        mediator.clone().for_caller(caller).search(&by_number).is_refused(403, "identifier-not-readable");
    }
    let child = app.a_child().named("Chidera", "Okafor").born("2015-03-02").add();
    assert_eq!(midwife.for_caller(&teacher).finds(&okafor()), [child.number]);
}

fn own_entries_are_those_of_both(app: &TestApp) {
    let school = app.organisation(OrganisationKind::School);
    let child = app.a_child().supplied_by(&school).living_at("12 High Street", "BA14 8JN").add();
    let (teacher, colleague, stranger) =
        (app.practitioner().of(&school), app.practitioner().of(&school), app.practitioner());
    let address = |mediator: &Person<'_>, caller: &Person<'_>| {
        mediator.clone().for_caller(caller).read(&child).ok().get("address").is_some()
    };
    assert!(teacher.read(&child).ok().get("address").is_some(), "what it supplied itself");
    assert!(address(&teacher, &colleague));
    assert!(!address(&teacher, &stranger) && !address(&stranger, &teacher));
}

fn the_event_names_both(app: &TestApp) {
    let child = app.a_child().named("Chidera", "Okafor").born("2015-03-02").add();
    let (mediator, caller) = (app.practitioner(), app.practitioner());
    let asking = mediator.clone().for_caller(&caller);
    for answer in [asking.search(&okafor()), asking.read(&child), asking.contacts(&child)] {
        answer.ok();
        let event = app.events().pop().expect("an event");
        let payload = event.payload.expect("a payload");
        assert_eq!(payload.account, Some(mediator.account.id.0), "{}", event.action);
        assert_eq!(payload.on_behalf_of, Some(caller.account.id.0), "{}", event.action);
    }
    let issued = app.events().into_iter().rfind(|event| event.action == "code.issue").expect("an event");
    assert_eq!(issued.payload.expect("a payload").account, Some(caller.account.id.0));
    let code = code_of(&caller);
    ask(&mediator, &caller, &code, &child.path()).ok();
    let digits = code.replace(' ', "");
    for event in app.events() {
        let text = serde_json::to_string(&event.payload).expect("JSON");
        assert!(!text.contains(&code) && !text.contains(&digits), "a code is told once and written down nowhere");
    }
}

fn a_code_is_good_once_for_its_account_and_for_ten_minutes(app: &TestApp) {
    let child = app.a_child().add();
    let (mediator, caller, other) = (app.practitioner(), app.practitioner(), app.practitioner());
    let refused = |answer: Answer| answer.is_refused(403, "verification-code-refused");
    let id = caller.account.id.to_string();
    refused(mediator.send("GET", &child.path(), &[("On-Behalf-Of", &id)], None));
    let code = code_of(&caller);
    refused(mediator.send("GET", &child.path(), &[("Verification-Code", &code)], None));
    refused(ask(&mediator, &other, &code, &child.path()));
    ask(&mediator, &caller, &code.replace(' ', "-"), &child.path()).ok();
    refused(ask(&mediator, &caller, &code, &child.path()));
    // It is used up by a request that is refused as well: what was said is said.
    let code = code_of(&caller);
    ask(&mediator, &caller, &code, "/v1/children/000102030405060708090a0b0c0d0e0f00").is_refused(404, "not-found");
    refused(ask(&mediator, &caller, &code, &child.path()));
    let (first, second) = (code_of(&caller), code_of(&caller));
    app.it_is("2026-11-20T10:09:59Z");
    ask(&mediator, &caller, &first, &child.path()).ok();
    app.it_is("2026-11-20T10:10:00Z");
    refused(ask(&mediator, &caller, &second, &child.path()));
    let wrong_form = [("On-Behalf-Of", "Ada"), ("Verification-Code", "one two")];
    for header in wrong_form {
        mediator.send("GET", &child.path(), &[header], None).is_refused(400, "malformed-header");
    }
}

fn nothing_tells_whether_there_is_such_an_account(app: &TestApp) {
    let child = app.a_child().add();
    let mediator = app.practitioner();
    let (with_code, suspended) = (app.practitioner(), app.practitioner());
    code_of(&with_code);
    let suspended = suspended.change(|account| account.status = AccountStatus::Suspended);
    let ids = [
        "0191d3a0-5f5e-7cc0-8000-0123456789ad".to_owned(),
        with_code.account.id.to_string(),
        suspended.account.id.to_string(),
        app.practitioner().account.id.to_string(),
    ];
    let answers = ids.map(|id| {
        let headers = [("On-Behalf-Of", id.as_str()), ("Verification-Code", "0000 0000")];
        mediator.send("GET", &child.path(), &headers, None).likeness()
    });
    assert_eq!(answers[0].0, 403);
    for answer in &answers {
        assert_eq!(*answer, answers[0]);
    }
}

fn five_wrong_guesses_close_every_code(app: &TestApp) {
    let child = app.a_child().add();
    let (mediator, caller) = (app.practitioner(), app.practitioner());
    let (code, other) = (code_of(&caller), code_of(&caller));
    let wrong = ["0000 0000", "0000 0001", "0000 0002", "0000 0003", "0000 0004", "0000 0005", "0000 0006"];
    let mut wrong = wrong.into_iter().filter(|guess| *guess != code && *guess != other);
    let mut miss = || {
        let guess = wrong.next().expect("a guess");
        ask(&mediator, &caller, guess, &child.path()).is_refused(403, "verification-code-refused");
        let event = app.events().pop().expect("an event");
        assert_eq!((event.action.as_str(), event.outcome.as_str()), ("child.read", "refused"));
        let payload = event.payload.expect("a payload");
        assert_eq!((payload.account, payload.on_behalf_of), (Some(mediator.account.id.0), None));
        assert_eq!(payload.targets[0].id, caller.account.id.to_string());
    };
    (0..4).for_each(|_| miss());
    ask(&mediator, &caller, &code, &child.path()).ok();
    miss();
    ask(&mediator, &caller, &other, &child.path()).is_refused(403, "verification-code-refused");
    // A new one is good again.
    let fresh = code_of(&caller);
    ask(&mediator, &caller, &fresh, &child.path()).ok();
}

fn three_codes_are_good_at_once(app: &TestApp) {
    let child = app.a_child().add();
    let (mediator, caller) = (app.practitioner(), app.practitioner());
    let codes: Vec<String> = (0..4)
        .map(|minute| {
            app.it_is(&format!("2026-11-20T10:0{minute}:00Z"));
            code_of(&caller)
        })
        .collect();
    ask(&mediator, &caller, &codes[0], &child.path()).is_refused(403, "verification-code-refused");
    for code in &codes[1..] {
        ask(&mediator, &caller, code, &child.path()).ok();
    }
}

fn the_callers_own_standing_is_checked(app: &TestApp) {
    let child = app.a_child().add();
    let mediator = app.practitioner();
    let ways: [fn(Person<'_>) -> Person<'_>; 3] = [
        |caller| caller.change(|account| account.status = AccountStatus::Suspended),
        |caller| caller.change(|account| account.standing.checked_until = "2026-11-19".parse().ok()),
        |caller| caller.change(|account| account.standing.terms_accepted_on = None),
    ];
    for way in ways {
        let caller = app.practitioner();
        let code = code_of(&caller);
        let caller = way(caller);
        ask(&mediator, &caller, &code, &child.path()).is_refused(403, "caller-not-in-standing");
        assert_eq!(caller.post_nothing(CODES).status, 403, "nor is a code issued");
    }
    let caller = app.practitioner();
    let code = code_of(&caller);
    app.change_organisation_of(&caller, |organisation| organisation.accredited_until = None);
    ask(&mediator, &caller, &code, &child.path()).is_refused(403, "caller-not-in-standing");
}

fn people_who_look_at_children_call_and_are_called(app: &TestApp) {
    let child = app.a_child().add();
    let system = app.system();
    let through = app.practitioner().acting_through(&system);
    for caller in [&system, &app.auditor(), &app.administrator(), &through] {
        caller.post_nothing(CODES).is_refused(403, "role-not-permitted");
    }
    app.practitioner().with_one_factor().post_nothing(CODES).is_refused(401, "insufficient-user-authentication");
    let caller = app.practitioner();
    for mediator in [&system, &app.auditor(), &app.administrator()] {
        let code = code_of(&caller);
        ask(mediator, &caller, &code, &child.path()).is_refused(403, "role-not-permitted");
        ask(&app.manager(), &caller, &code, &child.path()).ok();
    }
    let code = code_of(&caller);
    ask(&caller, &caller, &code, &child.path()).is_refused(403, "not-for-yourself");
    // A person acts through a system and for a caller: all three rights bound what is seen.
    ask(&through, &caller, &code, &child.path()).ok();
    let payload = app.events().pop().expect("an event").payload.expect("a payload");
    assert_eq!(payload.system, Some(system.account.id.0));
    assert_eq!(payload.on_behalf_of, Some(caller.account.id.0));
}

fn to_look_is_all_that_is_done_for_another(app: &TestApp) {
    let child = app.a_child().add();
    let scene = app.scene(&child);
    let caller = app.practitioner();
    let asking = app.practitioner().for_caller(&caller);
    let open = ["search_children", "read_child", "read_contacts", "list_involvements", "list_assessments"];
    for operation in app.operations() {
        let answer = operation.ask_for(&asking, &scene, "");
        if open.contains(&operation.id.as_str()) {
            answer.ok();
        } else {
            answer.is_refused(403, "mediated-access-closed");
        }
    }
}

fn the_desk_named_is_the_callers(app: &TestApp) {
    let [here, there] =
        [crate::apps::AREA, ELSEWHERE].map(|area| app.organisation_in(area, OrganisationKind::ManagementTeam));
    let child = app.a_child().shielded().add();
    let desk = |answer: Answer| answer.ok()["withheld"][0]["broker"]["name"].clone();
    let (mediator, caller) = (app.practitioner(), app.practitioner().in_area(ELSEWHERE));
    assert_eq!(desk(mediator.contacts(&child)), here.name);
    assert_eq!(desk(mediator.for_caller(&caller).contacts(&child)), there.name);
}

fn of_many_who_send_a_code_at_once_one_is_answered(app: &TestApp) {
    let child = app.a_child().add();
    let caller = app.practitioner();
    let mediators: Vec<_> = (0..4).map(|_| app.practitioner()).collect();
    let code = code_of(&caller);
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let asked: Vec<_> = mediators
            .iter()
            .map(|mediator| scope.spawn(|| ask(mediator, &caller, &code, &child.path()).status))
            .collect();
        asked.into_iter().map(|asked| asked.join().expect("an answer")).collect()
    });
    let answered = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(answered, 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 403].contains(status)), "{statuses:?}");
}

fn of_two_nodes_one_takes_the_code(app: &TestApp) {
    let caller = app.practitioner().account.id;
    let (now, code) = (app.clock.now(), VerificationCode::random());
    let hash = code.hash(&app.settings().keys, caller);
    for _ in 0..10 {
        verification_codes::insert(&mut app.connect(), caller, hash, now.plus(1), 3).expect("a code");
        let nodes = [app.connect(), app.connect(), app.connect()];
        let taken: usize = std::thread::scope(|scope| {
            let asked: Vec<_> = nodes
                .into_iter()
                .map(|mut conn| {
                    scope.spawn(move || {
                        write_tx::<_, StoreError, _>(&mut conn, |conn| {
                            verification_codes::consume(conn, caller, hash, now)
                        })
                    })
                })
                .collect();
            asked.into_iter().map(|asked| usize::from(asked.join().expect("no panic").expect("an answer"))).sum()
        });
        assert_eq!(taken, 1);
    }
}

fn an_access_counts_towards_the_budgets_of_both() -> Completion {
    let database = TestDatabase::fresh(Backend::Sqlite).unwrap_or_else(|_| panic!("SQLite is always here"));
    let limits = Limits { searches_per_hour: 3, children_per_day: 2, ..Limits::default() };
    let app = TestApp::with_limits(database, limits);
    let children: Vec<Known> = (0..3).map(|_| app.a_child().add()).collect();
    let caller = app.practitioner();
    let by_number = |child: &Known| json!({"index_number": child.number});
    // Whoever telephones several colleagues has no more for it.
    app.practitioner().for_caller(&caller).read(&children[0]).ok();
    app.practitioner().for_caller(&caller).read(&children[1]).ok();
    app.practitioner().for_caller(&caller).read(&children[2]).is_refused(429, "rate-limited");
    caller.read(&children[2]).is_refused(429, "rate-limited");
    let searcher = app.practitioner();
    for _ in 0..3 {
        app.practitioner().for_caller(&searcher).search(&by_number(&children[0])).ok();
    }
    app.practitioner().for_caller(&searcher).search(&by_number(&children[0])).is_refused(429, "rate-limited");
    // And so it is with whoever looks up.
    let mediator = app.practitioner();
    for child in &children[..2] {
        mediator.clone().for_caller(&app.practitioner()).read(child).ok();
    }
    mediator.clone().for_caller(&app.practitioner()).read(&children[2]).is_refused(429, "rate-limited");
    mediator.for_caller(&app.practitioner()).read(&children[0]).ok();
    whoever_is_refused_for_the_other_has_spent_nothing(&app, &children);
    Completion::Completed
}

fn whoever_is_refused_for_the_other_has_spent_nothing(app: &TestApp, children: &[Known]) {
    let by_number = |child: &Known| json!({"index_number": child.number});
    let spent = app.practitioner();
    (0..3).for_each(|_| drop(spent.search(&by_number(&children[0])).ok()));
    let mediator = app.practitioner();
    for _ in 0..4 {
        mediator.clone().for_caller(&spent).search(&by_number(&children[0])).is_refused(429, "rate-limited");
    }
    (0..3).for_each(|_| drop(mediator.search(&by_number(&children[0])).ok()));
    mediator.search(&by_number(&children[0])).is_refused(429, "rate-limited");
    let spent = app.practitioner();
    children[..2].iter().for_each(|child| drop(spent.read(child).ok()));
    let mediator = app.practitioner();
    for _ in 0..3 {
        mediator.clone().for_caller(&spent).read(&children[2]).is_refused(429, "rate-limited");
    }
    children[..2].iter().for_each(|child| drop(mediator.read(child).ok()));
}
