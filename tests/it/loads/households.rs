//! Who lives together, as a load wrote it: whoever is shielded takes the household along, those who moved out aside.

use std::collections::BTreeMap;
use std::str::FromStr;

use child_index::domain::ids::ChildId;
use child_index::domain::index_numbers::IndexNumber;
use child_index::domain::matching::{Key, KeySecret};
use child_index::store::schema::{child, household_key, household_list};
use child_index::store::{keys, organisations, unsettled};
use diesel::prelude::*;
use libtest_mimic::Completion;
use serde_json::{Value, json};

use super::files::*;
use crate::apps::{Known, Person, TestApp};
use crate::databases::TestDatabase;
use crate::suite::{Fixture, Suite, suite};

/// Adds the cases of households that were loaded.
pub fn cases(suite: &mut Suite) {
    served::cases(suite);
    stored::cases(suite);
}

/// Lines of children who share an address and nothing else.
fn housemates(names: &[&str]) -> Vec<Value> {
    let home =
        json!({"address": {"state": "current", "lines": ["12 High Street", "Trowbridge"], "postcode": "BA14 8JN"}});
    let other = json!({"address": {"state": "current", "lines": ["3 Mill Lane", "Melksham"], "postcode": "SN12 6AA"}});
    let line = |name: &&str| {
        let place = if *name == "Eve" { &other } else { &home };
        with(a_child(name, &format!("{name}son"), name, "2015-03-02"), place.clone())
    };
    names.iter().map(line).collect()
}

/// The rows of households: pairs, and lists.
fn rows(conn: &mut child_index::store::connections::AnyConnection) -> (i64, i64) {
    let pairs = household_key::table.count().get_result(conn).expect("pairs");
    (pairs, household_list::table.count().get_result(conn).expect("lists"))
}

mod served {
    use super::*;

    suite!(Loaded:
        whoever_is_shielded_takes_the_loaded_household_along_and_nobody_who_left,
        whoever_comes_into_a_loaded_household_is_covered_with_it,
        whoever_comes_back_is_covered_again,
        a_record_that_was_merged_away_is_of_no_household,
    );

    /// A service on an index that was filled by a load.
    pub struct Loaded {
        app: TestApp,
        sqlite: bool,
    }

    impl Fixture for Loaded {
        fn on(database: TestDatabase) -> Self {
            let mut options = options(&database);
            options.settings.keys = KeySecret::new([7; 16]);
            let sqlite = database.url().is_sqlite();
            load_with(&options, &file(&housemates(&["Ada", "Ben", "Chi", "Dee", "Eve"])));
            let app = TestApp::on(database);
            assert_eq!(app.settings().keys.hidden(), options.settings.keys.hidden(), "one secret for both");
            let loaded = Self { app, sqlite };
            let (pairs, lists) = rows(&mut loaded.app.connect());
            assert_eq!((pairs > 0, lists > 0), (!sqlite, sqlite), "a load writes lists where it settles at its end");
            loaded
        }
    }

    impl Loaded {
        fn child(&self, name: &str) -> Known {
            let (id, number): (i64, String) = child::table
                .filter(child::source_key.eq(name))
                .select((child::id, child::index_number))
                .first(&mut self.app.connect())
                .expect("a child that was loaded");
            Known {
                id: ChildId(id),
                number: IndexNumber::from_str(&number).expect("a number").to_string(),
                entries: Vec::new(),
                assessments: Vec::new(),
                transfers: Vec::new(),
                proposals: Vec::new(),
                planned: Vec::new(),
                carers: Vec::new(),
            }
        }

        fn teacher(&self) -> Person<'_> {
            let school = organisations::find_by_code(&mut self.app.connect(), "SCHOOL").expect("it").expect("a school");
            self.app.practitioner().of(&school)
        }

        fn moves(&self, name: &str, line: &str, postcode: &str) {
            let (teacher, child) = (self.teacher(), self.child(name));
            let etag = teacher.read(&child).header("etag").to_owned();
            let place = json!({"address": {"state": "current", "lines": [line, "Trowbridge"], "postcode": postcode}});
            teacher.patch(&child.path(), &etag, &place).ok();
        }

        fn shield(&self, name: &str) {
            let path = format!("{}/shield", self.child(name).path());
            assert_eq!(self.teacher().post(&path, &json!({"ground": "refuge"})).ok(), json!({"shielded": true}));
        }

        /// Who of the five is shielded.
        fn shielded(&self) -> Vec<&'static str> {
            let teacher = self.teacher();
            let mut names = vec!["Ada", "Ben", "Chi", "Dee", "Eve"];
            names.retain(|name| teacher.read(&self.child(name)).ok()["shielded"] == true);
            names
        }
    }

    fn whoever_is_shielded_takes_the_loaded_household_along_and_nobody_who_left(loaded: &Loaded) {
        assert_eq!(loaded.shielded(), [""; 0]);
        loaded.moves("Chi", "9 Church Walk", "BA14 8DX");
        loaded.shield("Ada");
        assert_eq!(loaded.shielded(), ["Ada", "Ben", "Dee"]);
        let (pairs, _) = rows(&mut loaded.app.connect());
        assert!(pairs > 0, "who moved has a row of their own");
    }

    fn whoever_comes_into_a_loaded_household_is_covered_with_it(loaded: &Loaded) {
        loaded.moves("Eve", "12 High Street", "BA14 8JN");
        loaded.shield("Dee");
        assert_eq!(loaded.shielded(), ["Ada", "Ben", "Chi", "Dee", "Eve"]);
    }

    fn whoever_comes_back_is_covered_again(loaded: &Loaded) {
        // The first of the list leaves it, and comes back beside it.
        loaded.moves("Ada", "9 Church Walk", "BA14 8DX");
        loaded.moves("Ada", "12 High Street", "BA14 8JN");
        loaded.shield("Chi");
        assert_eq!(loaded.shielded(), ["Ada", "Ben", "Chi", "Dee"]);
    }

    fn a_record_that_was_merged_away_is_of_no_household(loaded: &Loaded) {
        let (conn, secret) = (&mut loaded.app.connect(), loaded.app.settings().keys);
        let [ada, ben] = ["Ada", "Ben"].map(|name| loaded.child(name).id);
        let all = keys::list_all_household(conn).expect("households");
        let due: Vec<Key> = all.iter().filter(|(_, child)| *child == ben).map(|(key, _)| *key).collect();
        assert!(!due.is_empty() && secret.hidden() != secret);
        assert!(keys::list_household(conn, ada, &due).expect("a household").contains(&ben));
        // As merging and closing a record do.
        keys::replace_household(conn, ben, &due, &[]).expect("keys that go");
        assert!(!keys::list_household(conn, ada, &due).expect("a household").contains(&ben));
        let left: Vec<_> = all.into_iter().filter(|(_, child)| *child != ben).collect();
        assert_eq!(keys::list_all_household(conn), Ok(left), "nobody else leaves with it");
        assert_eq!(loaded.sqlite, rows(conn).0 == 0);
    }
}

mod stored {
    use super::*;

    suite!(TestDatabase:
        a_load_after_another_adds_to_the_household,
        a_load_beside_others_comes_to_the_same_households,
        of_a_hostel_the_first_two_hundred_are_looked_at,
    );

    /// Households by their members, whatever their keys are.
    fn households(db: &TestDatabase) -> Vec<Vec<i64>> {
        let mut members: BTreeMap<Key, Vec<i64>> = BTreeMap::new();
        for (key, child) in keys::list_all_household(&mut db.connect()).expect("households") {
            members.entry(key).or_default().push(child.0);
        }
        let mut members: Vec<_> = members.into_values().collect();
        members.sort_unstable();
        members
    }

    fn a_load_after_another_adds_to_the_household(db: &TestDatabase) {
        load_lines(db, &housemates(&["Ada", "Ben"]));
        load_lines(db, &housemates(&["Ada", "Ben", "Chi"]));
        assert_eq!(households(db), [[1, 2, 3]]);
    }

    fn a_load_beside_others_comes_to_the_same_households(db: &TestDatabase) {
        load_lines(db, &housemates(&["Ada", "Ben"]));
        let others = child_index::store::locks::Hold::together(&db.url()).expect("nobody is there");
        load_lines(db, &housemates(&["Chi", "Eve"]));
        drop(others);
        assert_eq!(households(db), vec![vec![1, 2, 3], vec![4]]);
        assert!(rows(&mut db.connect()).0 > 0, "single rows beside lists");
    }

    fn of_a_hostel_the_first_two_hundred_are_looked_at(db: &TestDatabase) -> Completion {
        if !db.url().is_sqlite() {
            return Completion::ignored_with("no load settles there at its end");
        }
        let conn = &mut db.connect();
        let listed: Vec<(Key, ChildId)> = (2..=500).map(|id| (Key(7), ChildId(id))).collect();
        unsettled::insert_household_keys(conn, &listed).expect("lists");
        keys::replace_household(conn, ChildId(1), &[], &[Key(7)]).expect("a row");
        keys::replace_household(conn, ChildId(9), &[], &[Key(7)]).expect("a row beside the list");
        let members = keys::list_household(conn, ChildId(3), &[Key(7)]).expect("members");
        let first: Vec<ChildId> = (1..=200).filter(|id| *id != 3).map(ChildId).collect();
        assert_eq!(members, first);
        // Who stands in both goes from both.
        keys::replace_household(conn, ChildId(9), &[Key(7)], &[]).expect("a change");
        assert!(!keys::list_household(conn, ChildId(3), &[Key(7)]).expect("members").contains(&ChildId(9)));
        Completion::Completed
    }
}
