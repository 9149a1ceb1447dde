//! A load that has an index to itself settles what children are found by at its end, or whoever opens the index next does.

use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};

use child_index::app::loads::{Notice, Settling, load, settle};
use child_index::domain::ids::ChildId;
use child_index::store::connections::Purpose;
use child_index::store::keys;
use child_index::store::locks::Hold;
use child_index::store::recorder::Recorder;
use child_index::store::schema::{child, child_key, household_key, household_list, key_list};
use child_index::store::unsettled;
use diesel::prelude::*;
use libtest_mimic::Completion;
use serde_json::{Value, json};

use super::files::*;
use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    a_load_that_is_cut_off_is_settled_before_anybody_searches,
    a_load_beside_others_comes_to_the_same,
    who_was_stored_before_a_shield_is_covered_when_settled,
    numbers_that_were_given_twice_are_parted,
    an_empty_index_is_filled_without_indexes_over_random_values,
    a_child_that_changes_leaves_the_lists_of_its_old_keys_and_nobody_else_does,
);

fn family() -> Vec<Value> {
    let names = ["Ada", "Ben", "Chi", "Dee", "Eve", "Finn", "Gus"];
    names.map(|given| with(a_child(given, "Okafor", given, "2015-03-02"), at_home())).to_vec()
}

/// Loads until `end` says that this is where the process dies.
fn cut_off(db: &TestDatabase, text: &str, end: impl Fn(&Notice<'_>) -> bool) {
    let cut = catch_unwind(AssertUnwindSafe(|| {
        load(BufReader::new(text.as_bytes()), &options(db), |notice| assert!(!end(&notice), "cut off"))
    }));
    assert!(cut.is_err(), "it was to be cut off");
}

/// Every child has the keys that its record gives it, and no other is there.
fn assert_settled(db: &TestDatabase, names: &[&str]) {
    let mut rows = 0;
    for name in names {
        let stored = get(db, name);
        let keys = stored_keys(db, &stored);
        assert_eq!(keys, due_keys(db, &stored), "{name}");
        rows += keys.len();
    }
    let conn = &mut db.connect();
    assert_eq!(keys::list_all(conn).unwrap().len(), rows);
    assert_eq!(unsettled::find_first(conn), Ok(None));
    verify(db);
    drop(Recorder::start(&db.url()).expect("an index that is settled is served"));
}

/// So many live together by each of their keys, stand in lists alone, and each in one of them.
fn assert_household(db: &TestDatabase, many: usize) {
    let conn = &mut db.connect();
    assert_eq!(household_key::table.count().get_result::<i64>(conn), Ok(0), "they stand in lists");
    let pairs = keys::list_all_household(conn).unwrap();
    let lists: i64 = household_list::table.count().get_result(conn).unwrap();
    let keys = usize::try_from(lists).unwrap();
    assert_eq!((keys > 0, pairs.len()), (true, keys * many), "one list of a key");
    let household: Vec<_> = pairs.iter().map(|(key, _)| *key).collect();
    let members = keys::list_household(conn, ChildId(1), &household).unwrap();
    assert_eq!(members, (2..).map(ChildId).take(many - 1).collect::<Vec<_>>());
}

fn a_load_that_is_cut_off_is_settled_before_anybody_searches(db: &TestDatabase) {
    if !db.url().is_sqlite() {
        return; // Others may use PostgreSQL at any time, so that keys are written at once there.
    }
    let text = file(&family());
    type End = fn(&Notice<'_>) -> bool;
    let ends: [(End, usize); 3] = [
        (|notice| matches!(notice, Notice::Progress(so_far) if so_far.loaded > 3), 0),
        (|notice| matches!(notice, Notice::Settling(Settling::Deriving(..))), 0),
        (|notice| matches!(notice, Notice::Settling(Settling::Indexing)), 1),
    ];
    for (end, keys) in ends {
        cut_off(db, &text, end);
        let conn = &mut db.connect();
        assert!(unsettled::find_first(conn).unwrap().is_some());
        assert_eq!(keys::list_all(conn).unwrap().len().min(1), keys);
        let refused = Recorder::start(&db.url()).err().expect("nobody would be found");
        assert!(format!("{refused:?}").contains("cut off"), "{refused:?}");
        let left = (key_list::key.eq(7), key_list::first_child.eq(1), key_list::children.eq(vec![1_u8]));
        diesel::insert_into(key_list::table).values(left).execute(conn).expect("a list of the load that was cut off");
        let left =
            (household_list::key.eq(7), household_list::first_child.eq(1), household_list::children.eq(vec![1_u8]));
        diesel::insert_into(household_list::table).values(left).execute(conn).expect("a list of its household keys");
        settle(&options(db), |_| {}).expect("what was left over is settled");
        assert_eq!(unsettled::find_first(conn), Ok(None));
        assert_household(db, 6);
        assert_eq!(keys::list_all(conn).unwrap().len().min(1), 1);
        assert_eq!(child_key::table.count().get_result::<i64>(conn), Ok(0), "they stand in lists");
        // The next round begins with an empty index once more, as far as keys go.
        diesel::delete(key_list::table).execute(conn).unwrap();
        diesel::delete(household_list::table).execute(conn).unwrap();
        unsettled::begin(conn, ChildId(1)).unwrap();
    }
    // A load that goes on settles first.
    let (summary, _) = load_lines(db, &family());
    assert_eq!((summary.loaded, summary.already_here), (1, 6));
    assert_settled(db, &["Ada", "Ben", "Chi", "Dee", "Eve", "Finn", "Gus"]);
}

fn a_load_beside_others_comes_to_the_same(db: &TestDatabase) {
    let more = [with(a_child("Hal", "Okafor", "Hal", "2016-03-02"), at_home())];
    let others = Hold::together(&db.url()).expect("nobody is there");
    let mut deriving = false;
    load(BufReader::new(file(&family()).as_bytes()), &options(db), |notice| {
        deriving |= matches!(notice, Notice::Settling(_));
    })
    .expect("a load that ends well");
    assert!(!deriving, "somebody may search already");
    drop(others);
    load_lines(db, &more);
    assert_settled(db, &["Ada", "Ben", "Chi", "Dee", "Eve", "Finn", "Gus", "Hal"]);
}

fn who_was_stored_before_a_shield_is_covered_when_settled(db: &TestDatabase) {
    let shield = json!({"shield": {"ground": "refuge"}});
    let mut lines = family();
    lines.push(a_child("stranger", "Nowak", "Zofia", "2016-01-31"));
    // The same child by everything but a former name, supplied by somebody else and living elsewhere.
    let alike = json!({"supplied_by": "COUNCIL"});
    lines.push(with(a_child("alike", "Featherstone", "Peregrine", "2014-05-06"), alike));
    lines.extend((0..7).map(|n| a_child(&format!("more {n}"), "Evans", "Rhys", &format!("2013-08-1{n}"))));
    lines.push(with(with(a_child("hidden", "Okafor", "Hal", "2017-08-09"), at_home()), shield.clone()));
    lines.push(with(a_child("the same", "Featherstone", "Peregrine", "2014-05-06"), shield));
    let (summary, _) = load_lines(db, &lines);
    assert_eq!((summary.covered, summary.refused), (8, 0), "{summary:?}");
    for key in ["Ada", "Gus"] {
        let stored = get(db, key);
        assert!(stored.shield.is_some() && stored.shield_reviewed_at.is_some(), "{key}: {stored:?}");
    }
    let alike = get(db, "alike");
    assert!(alike.shield.is_some() && alike.shield_reviewed_at.is_none(), "{alike:?}");
    assert_eq!(open_cases(db, &alike), ["shield"]);
    assert!(get(db, "stranger").is_open());
    for key in ["Ada", "Gus", "alike", "stranger", "hidden", "the same"] {
        let stored = get(db, key);
        assert_eq!(stored_keys(db, &stored), due_keys(db, &stored), "{key}");
        assert_eq!(keys_by_postcode(db, &stored, "BA14 8JN"), 0, "{key}");
    }
    let shielded: usize = events(db, "child.shield").iter().map(|(_, children)| children).sum();
    assert_eq!(shielded, 8);
}

fn a_child_that_changes_leaves_the_lists_of_its_old_keys_and_nobody_else_does(db: &TestDatabase) {
    load_lines(db, &family());
    let conn = &mut db.connect();
    let all = keys::list_all(conn).unwrap();
    // The first, one in the middle, and the last of a list that all seven share.
    for name in ["Ada", "Dee", "Gus"] {
        let stored = get(db, name);
        let (id, due) = (ChildId(stored.id), due_keys(db, &stored));
        let (kept, gone) = due.split_at(due.len() / 2);
        keys::replace(conn, id, &due, kept).unwrap();
        assert_eq!(stored_keys(db, &stored), kept, "{name}");
        let others = all.iter().filter(|(key, child)| *child != id || !gone.contains(key)).copied();
        assert_eq!(keys::list_all(conn).unwrap(), others.collect::<Vec<_>>(), "{name}");
        keys::replace(conn, id, kept, &due).unwrap();
        assert_eq!(keys::list_all(conn).unwrap(), all, "{name}");
    }
}

/// Each write to one of those is a page of its own: among millions of children they are most of a load.
fn an_empty_index_is_filled_without_indexes_over_random_values(db: &TestDatabase) -> Completion {
    if !db.url().is_sqlite() {
        return Completion::ignored_with("loads into it are never deferred");
    }
    let indexes = |conn: &mut _| -> Vec<String> {
        let of_children = "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN \
                           ('child', 'child_pseudonym', 'child_name', 'carer', 'identifier', 'involvement') ORDER BY name";
        let rows: Vec<Named> = diesel::sql_query(of_children).load(conn).unwrap();
        rows.into_iter().map(|row| row.name).collect()
    };
    let all = indexes(&mut db.connect());
    cut_off(db, &file(&family()), |notice| matches!(notice, Notice::Settling(Settling::Deriving(..))));
    // By source key, which a load asks for, and of what few children have.
    assert_eq!(indexes(&mut db.connect()), ["child_source", "child_unpublished", "involvement_lead"]);
    settle(&options(db), |_| {}).expect("what was left over is settled");
    assert_eq!(indexes(&mut db.connect()), all);
    Completion::Completed
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

fn numbers_that_were_given_twice_are_parted(db: &TestDatabase) -> Completion {
    if !db.url().is_sqlite() {
        return Completion::ignored_with("loads into it are never deferred");
    }
    cut_off(db, &file(&family()), |notice| matches!(notice, Notice::Settling(Settling::Indexing)));
    let conn = &mut db.open(Purpose::Maintain);
    let first: String = child::table.select(child::index_number).first(conn).unwrap();
    let all = diesel::update(child::table).set(child::index_number.eq(&first));
    all.execute(conn).expect("an empty index is filled without this index");
    settle(&options(db), |_| {}).expect("what was left over is settled");
    let numbers: Vec<String> = child::table.select(child::index_number).distinct().load(conn).unwrap();
    assert_eq!(numbers.len(), 7);
    let again = diesel::update(child::table).set(child::index_number.eq(&first)).execute(conn);
    assert!(again.is_err(), "the index is there again");
    Completion::Completed
}
