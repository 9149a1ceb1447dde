//! Searches by what they cost: as many statements, key rows and records whatever a shielded child hides.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use child_index::app::Limits;
use child_index::app::searches::{Search, Work, measure};
use child_index::domain::identifiers::IdentifierSystem;
use child_index::domain::matching::{
    BirthCriterion, ExactIdentifier, FEW_CANDIDATES, MAX_KEY_ROWS, MORE_CANDIDATES, PostcodeCriterion, QueriedDate,
    SearchQuery,
};
use child_index::store::connections::AnyConnection;
use child_index::store::errors::StoreError;
use child_index::store::replicas::Replica;
use diesel::connection::{Connection as _, InstrumentationEvent};
use libtest_mimic::Completion;
use serde_json::json;

use crate::apps::TestApp;
use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(
    TestApp:
    a_search_reads_no_more_than_its_bound,
    searches_that_share_a_commit_find_each_their_own,
    whoever_was_registered_a_moment_ago_is_found_where_the_copy_has_not_heard_of_them;
    once:
    a_hidden_field_that_fits_costs_what_one_that_does_not_costs,
    a_sealed_child_that_stands_out_keeps_nobody_from_being_read,
    sealed_children_change_nothing_about_how_far_a_search_looks,
);

/// Questions that use what a shield hides, a former name among them.
fn questions() -> Vec<Search> {
    let born = Some(BirthCriterion::On(QueriedDate::parse("2015-03-02").expect("a date")));
    let named = |family: &str| SearchQuery {
        family_name: Some(family.to_owned()),
        given_name: Some("Chidera".to_owned()),
        birth: born,
        ..SearchQuery::default()
    };
    let at = |postcode: &str, query| SearchQuery { postcode: PostcodeCriterion::read(postcode), ..query };
    let numbered = ExactIdentifier::new("nhs-number", "9000000009");
    let by_number = SearchQuery { identifier: Some(numbered), family_name: None, given_name: None, ..named("") };
    let facts = |query| Search::Facts { query, identifier: None };
    vec![
        facts(at("BA14 8JN", named("Okafor"))),
        facts(at("BA14", named("Okafor"))),
        facts(at("BA14 8JN", SearchQuery { birth: None, ..named("Okafor") })),
        facts(at("BA14 8JN", SearchQuery { family_name: None, ..named("") })),
        facts(named("Brightwater")),
        Search::Facts { query: by_number, identifier: Some(IdentifierSystem::NhsNumber) },
    ]
}

/// The statements that a search runs, and its other work.
fn cost(app: &TestApp, search: &Search) -> (usize, Work) {
    let mut conn = app.connect();
    let statements = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&statements);
    let count = move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    };
    match &mut conn {
        AnyConnection::Sqlite(inner) => inner.set_instrumentation(count),
        AnyConnection::Postgres(inner) => inner.set_instrumentation(count),
    }
    let day = "2026-11-20".parse().expect("a day");
    let work = measure(&mut conn, app.settings(), search, day).expect("a search");
    (statements.load(Ordering::Relaxed), work)
}

fn costs(app: &TestApp) -> Vec<(usize, Work)> {
    questions().iter().map(|search| cost(app, search)).collect()
}

/// An index with somebody of the same name, on a database of its own.
fn an_index(backend: Backend) -> Option<TestApp> {
    let app = TestApp::with_limits(TestDatabase::fresh(backend).ok()?, Limits::default());
    app.a_child().named("Chidera", "Okafor").born("2013-08-30").living_at("9 Mill Street", "M1 1AE").add();
    Some(app)
}

fn a_hidden_field_that_fits_costs_what_one_that_does_not_costs() -> Completion {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (Some(nobody), Some(unlike), Some(like)) = (an_index(backend), an_index(backend), an_index(backend)) else {
            continue;
        };
        // Hides nothing that the questions name.
        unlike.a_child().living_at("3 Hideaway Lane", "LS1 4AP").shielded().add();
        // Hides everything that they name.
        like.a_child()
            .living_at("3 Hideaway Lane", "BA14 8JN")
            .formerly("Chidera", "Brightwater")
            .with_identifier("nhs-number", "9000000009")
            .shielded()
            .add();
        assert_eq!(costs(&like), costs(&unlike), "as many statements, key rows and records");
        let hideable = |app: &TestApp| -> Vec<usize> {
            let costs = costs(app).into_iter().zip(questions());
            let hideable = costs
                .filter(|(_, search)| matches!(search, Search::Facts { query, .. } if query.uses_hideable_field()));
            hideable.map(|((statements, _), _)| statements).collect()
        };
        assert_eq!(hideable(&like), hideable(&nobody), "as many statements as where there is no such child");
    }
    Completion::Completed
}

/// Names and a date, which a shield does not hide.
fn exactly() -> Search {
    let query = SearchQuery {
        family_name: Some("Okafor".to_owned()),
        given_name: Some("Chidera".to_owned()),
        birth: Some(BirthCriterion::On(QueriedDate::parse("2015-03-02").expect("a date"))),
        ..SearchQuery::default()
    };
    Search::Facts { query, identifier: None }
}

/// With somebody sealed whom they fit; and with a namesake in the open whom
/// they do not fit, so that nobody in the open stands out.
fn a_sealed_child_that_stands_out_keeps_nobody_from_being_read() -> Completion {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (Some(nobody), Some(sealed)) = (an_index(backend), an_index(backend)) else { continue };
        sealed.a_child().named("Chidera", "Okafor").born("2015-03-02").sealed().add();
        let ((statements, without), (as_many, with)) = (cost(&nobody, &exactly()), cost(&sealed, &exactly()));
        assert_eq!(statements, as_many, "as many statements as where there is no such child");
        assert_eq!(without.candidates + 1, with.candidates, "everybody else is compared all the same");
    }
    Completion::Completed
}

/// With somebody in the open whom they fit, and more namesakes than are compared at first.
fn sealed_children_change_nothing_about_how_far_a_search_looks() -> Completion {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let (Some(nobody), Some(sealed)) = (an_index(backend), an_index(backend)) else { continue };
        for app in [&nobody, &sealed] {
            for day in 1..=FEW_CANDIDATES {
                let born = format!("2014-{:02}-{:02}", day % 12 + 1, day % 28 + 1);
                app.a_child().named("Chidera", "Okafor").born(&born).add();
            }
        }
        for _ in 0..8 {
            sealed.a_child().named("Chidera", "Okafor").born("2015-03-02").sealed().add();
        }
        let whole = |app: &TestApp| cost(app, &exactly());
        let ((many, all), (as_many, with)) = (whole(&nobody), whole(&sealed));
        assert_eq!(
            (many, all.candidates + 8),
            (as_many, with.candidates),
            "nobody stands out, so that all are compared"
        );
        for app in [&nobody, &sealed] {
            app.a_child().named("Chidera", "Okafor").born("2015-03-02").add();
        }
        let ((few, first), (as_few, with)) = (whole(&nobody), whole(&sealed));
        assert_eq!((few, first.candidates), (as_few, with.candidates), "the same are enough");
        assert_eq!(first.candidates, FEW_CANDIDATES);
        assert!(few < many);
    }
    Completion::Completed
}

fn a_search_reads_no_more_than_its_bound(app: &TestApp) {
    for month in 1..=12 {
        app.a_child().named("Chidera", "Okafor").born(&format!("2015-{month:02}-02")).add();
    }
    for (_, work) in costs(app) {
        assert!(u32::try_from(work.key_rows).expect("few") <= MAX_KEY_ROWS && work.candidates <= MORE_CANDIDATES);
        assert!(work.candidates > 0, "{work:?}");
    }
}

/// The recorder is kept busy until all of them have found their candidates and line up to be recorded.
fn searches_that_share_a_commit_find_each_their_own(app: &TestApp) {
    let open = [
        ("Chidera", "Okafor", "2013-08-30"),
        ("Tomasz", "Kowalczyk", "2012-07-19"),
        ("Amina", "Begum", "2015-01-04"),
        ("George", "Whitfield", "2010-11-23"),
        ("Linh", "Nguyen", "2016-05-09"),
    ];
    let hidden = ("Maisie", "Hartley", "2014-09-01");
    let child = |(given, family, born): (&str, &str, &str)| app.a_child().named(given, family).born(born);
    let mut wanted: Vec<Vec<String>> = open.iter().map(|known| vec![child(*known).add().number]).collect();
    child(hidden).sealed().add();
    wanted.push(Vec::new());
    let nurses: Vec<_> = wanted.iter().map(|_| app.practitioner()).collect();
    let (began, busy) = mpsc::channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let hold = move |_: &mut AnyConnection| {
        began.send(()).map_err(|_| StoreError::broken("nobody waits"))?;
        wait.recv().map_err(|_| StoreError::broken("nobody says when"))
    };
    let found: Vec<Vec<String>> = std::thread::scope(|scope| {
        scope.spawn(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(app.index.recorder().maintain(hold)).expect("no more than a wait");
        });
        busy.recv().expect("the recorder is busy");
        let searches: Vec<_> = nurses
            .iter()
            .zip(open.into_iter().chain([hidden]))
            .map(|(nurse, (given, family, born))| {
                let asked = json!({"family_name": family, "given_name": given, "date_of_birth": born});
                scope.spawn(move || nurse.finds(&asked))
            })
            .collect();
        // Long enough to find the candidates. Were it not, they would share less, and find the same.
        std::thread::sleep(Duration::from_millis(200));
        go_on.send(()).expect("the recorder goes on");
        searches.into_iter().map(|search| search.join().expect("an answer")).collect()
    });
    assert_eq!(found, wanted);
}

fn whoever_was_registered_a_moment_ago_is_found_where_the_copy_has_not_heard_of_them(app: &TestApp) {
    let backend = match app.connect() {
        AnyConnection::Sqlite(_) => Backend::Sqlite,
        AnyConnection::Postgres(_) => Backend::Postgres,
    };
    let other = TestDatabase::fresh(backend).expect("another database");
    app.index.read_from(Replica::new(&other.url(), Some(1)));
    let (teacher, nurse) = (app.practitioner(), app.practitioner());
    let registered = teacher.register(&json!({
        "source_key": "SIMS-1", "name": {"family": "Kowalczyk", "given": "Tomasz"}, "date_of_birth": "2012-07-19", "sex": "M",
    }));
    let number = registered.with_status(201).json()["child_id"].as_str().expect("a number").to_owned();
    let asked = json!({"family_name": "Kowalczyk", "given_name": "Tomasz", "date_of_birth": "2012-07-19"});
    assert_eq!(nurse.finds(&asked), [number]);
}
