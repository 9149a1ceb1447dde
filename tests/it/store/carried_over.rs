//! What an older build wrote is carried over by the migrations, and what this one wrote is carried back.

use std::collections::BTreeSet;

use child_index::app::loads::settle;
use child_index::domain::identifiers::IdentifierStatus;
use child_index::domain::ids::ChildId;
use child_index::domain::matching::Key;
use child_index::domain::services::{OrganisationKind, Service};
use child_index::store::connections::{AnyConnection, Purpose};
use child_index::store::migrations::migrate;
use child_index::store::{keys, unsettled};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::MigrationHarness;
use serde_json::json;

use super::migrations::{POSTGRES, SQLITE};
use crate::apps::{Known, Person, TestApp};
use crate::databases::{Backend, TestDatabase};
use crate::loads::files::{a_child, at_home, load_lines, options, with};
use crate::suite::{Suite, suite};

/// Adds the cases of what is carried over.
pub fn cases(suite: &mut Suite) {
    served::cases(suite);
    stored::cases(suite);
}

/// Takes back every migration from this one on.
fn revert_from(conn: &mut AnyConnection, first: &str) {
    macro_rules! revert {
        ($conn:expr, $known:expr) => {
            while $conn.applied_migrations().expect("them").iter().any(|version| *version.to_string() >= *first) {
                $conn.revert_last_migration($known).expect("down");
            }
        };
    }
    match conn {
        AnyConnection::Sqlite(inner) => revert!(inner, SQLITE),
        AnyConnection::Postgres(inner) => revert!(inner, POSTGRES),
    }
}

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = diesel::sql_types::Text)]
    word: String,
}

fn words(conn: &mut AnyConnection, column: &str, table: &str) -> BTreeSet<String> {
    let query = diesel::sql_query(format!("SELECT DISTINCT {column} AS word FROM {table}"));
    let rows: Vec<Word> = query.load(conn).expect("words");
    rows.into_iter().map(|row| row.word).collect()
}

fn set<const N: usize>(words: [&str; N]) -> BTreeSet<String> {
    words.map(str::to_owned).into()
}

mod served {
    use super::*;

    suite!(TestApp:
        identifiers_and_days_become_bytes_and_numbers_and_text_again,
        long_codes_become_short_and_long_again,
        what_an_older_build_wrote_is_read,
    );

    const COMPACT: &str = "20261128000062";
    const SHORT_CODES: &str = "20261128000064";

    /// A child with an entry of every service, and who sees them all.
    fn known_to_all(app: &TestApp) -> (Known, Person<'_>) {
        let council = app.organisation(OrganisationKind::LocalAuthority);
        let child = app
            .a_child()
            .living_at("12 High Street", "BA14 8JN")
            .with_carer("Ada Okafor", "01225 999111")
            .with_identifier("nhs-number", "9000000009")
            .with_identifier("upn", "H801200001001")
            .with_identifier("liquidlogic-id", "77");
        let child = Service::ALL.iter().fold(child, |child, service| child.known_to(&council, *service)).add();
        (child, app.practitioner().of(&council))
    }

    /// What somebody is told of a child, without what changes from one answer to the next.
    fn told(person: &Person<'_>, child: &Known) -> (serde_json::Value, serde_json::Value) {
        let (record, entries) = (person.read(child).ok(), person.get(&child.involvements()).ok());
        (record, entries)
    }

    fn identifiers_and_days_become_bytes_and_numbers_and_text_again(app: &TestApp) {
        let (child, worker) = known_to_all(app);
        let before = told(&worker, &child);
        let conn = &mut AnyConnection::open(&app.database_url(), Purpose::Maintain).expect("a connection");
        let sqlite = Backend::of(conn) == Backend::Sqlite;
        let held = |conn: &mut AnyConnection| {
            let columns = "typeof(organisation_id) || ' ' || typeof(entered_by) || ' ' || typeof(started_on)";
            sqlite.then(|| words(conn, columns, "involvement"))
        };
        assert_eq!(held(conn), sqlite.then(|| set(["blob null integer"])));
        revert_from(conn, COMPACT);
        assert_eq!(held(conn), sqlite.then(|| set(["text null text"])));
        let council = words(conn, "organisation_id", "involvement").pop_first().expect("an organisation");
        assert!(words(conn, "id", "organisation").contains(&council), "{council}");
        assert_eq!(council.parse::<uuid::Uuid>().expect("an identifier").to_string(), council);
        let began = words(conn, "CAST(started_on AS TEXT)", "involvement").pop_first().expect("a day");
        assert!(before.1.to_string().contains(&format!("\"{began}\"")), "{began}");
        migrate(conn).expect("up");
        assert_eq!(held(conn), sqlite.then(|| set(["blob null integer"])));
        assert_eq!(told(&worker, &child), before);
        if sqlite {
            let lost = words(conn, "\"table\"", "pragma_foreign_key_check");
            assert!(lost.is_empty(), "{lost:?}");
        }
    }

    fn long_codes_become_short_and_long_again(app: &TestApp) {
        let (child, worker) = known_to_all(app);
        let before = told(&worker, &child);
        for service in Service::ALL {
            assert!(before.1.to_string().contains(&format!("\"{service}\"")), "{service}");
        }
        let conn = &mut AnyConnection::open(&app.database_url(), Purpose::Maintain).expect("a connection");
        assert!(words(conn, "service", "involvement").iter().all(|short| short.len() <= 3));
        let short = words(conn, "service", "involvement");
        revert_from(conn, SHORT_CODES);
        let long: BTreeSet<String> = Service::CODES.iter().map(|code| (*code).to_owned()).collect();
        assert_eq!(words(conn, "service", "involvement"), long);
        assert_eq!(words(conn, "system", "identifier"), set(["nhs-number", "upn", "liquidlogic-id"]));
        assert_eq!(words(conn, "status", "identifier"), set(["verified"]));
        assert_eq!(words(conn, "relationship", "carer"), set(["mother"]));
        migrate(conn).expect("up");
        assert_eq!(words(conn, "service", "involvement"), short);
        assert_eq!(words(conn, "system", "identifier"), set(["N", "P", "liquidlogic-id"]));
        assert_eq!(told(&worker, &child), before);
    }

    fn what_an_older_build_wrote_is_read(app: &TestApp) {
        let (child, worker) = known_to_all(app);
        let relationships = ["step-mother", "foster carer", "aunt", "older sister", "M", "GM", "=", "=M"];
        let conn = &mut AnyConnection::open(&app.database_url(), Purpose::Maintain).expect("a connection");
        revert_from(conn, SHORT_CODES);
        let columns = "child_id, position, name, relationship, parental_responsibility, supplied_by, held";
        for (position, relationship) in (10..).zip(relationships) {
            conn.batch_execute(&format!(
                "INSERT INTO carer ({columns}) SELECT child_id, {position}, 'Ada Obi', '{relationship}', FALSE, \
                 supplied_by, FALSE FROM carer WHERE position = 0"
            ))
            .expect("a carer");
        }
        for (position, status) in (10..).zip(IdentifierStatus::CODES) {
            conn.batch_execute(&format!(
                "INSERT INTO identifier (child_id, position, system, value, status, supplied_by) SELECT child_id, \
                 {position}, 'x-{position}', '5', '{status}', supplied_by FROM identifier WHERE position = 0"
            ))
            .expect("an identifier");
        }
        migrate(conn).expect("up");
        let manager = app.manager().read(&child).ok();
        let read = |list: &str, field: &str| -> Vec<String> {
            let rows = manager[list].as_array().expect("rows").iter().skip(if list == "carers" { 1 } else { 3 });
            rows.map(|row| row[field].as_str().expect("a word").to_owned()).collect()
        };
        assert_eq!(read("carers", "relationship"), relationships);
        let statuses = read("identifiers", "status");
        assert!(
            IdentifierStatus::CODES.iter().all(|code| statuses.iter().any(|status| status == code)),
            "{statuses:?}"
        );
        assert_eq!(manager["carers"][0]["relationship"], json!("mother"));
        // And once more down, to what it was.
        revert_from(conn, SHORT_CODES);
        let mut all = set(relationships);
        all.insert("mother".to_owned());
        assert_eq!(words(conn, "relationship", "carer"), all);
        assert_eq!(words(conn, "status", "identifier").len(), IdentifierStatus::CODES.len());
        migrate(conn).expect("up");
        assert_eq!(app.manager().read(&child).ok()["carers"], manager["carers"]);
        assert_eq!(worker.read(&child).ok()["carers"], manager["carers"]);
    }
}

mod stored {
    use super::*;

    suite!(TestDatabase:
        households_in_rows_are_read_beside_lists,
        households_in_lists_are_derived_again_by_an_older_build,
    );

    const HOUSEHOLD_LISTS: &str = "20261128000065";

    fn households_in_rows_are_read_beside_lists(db: &TestDatabase) {
        let conn = &mut db.open(Purpose::Maintain);
        revert_from(conn, HOUSEHOLD_LISTS);
        for child in [3, 1] {
            conn.batch_execute(&format!("INSERT INTO household_key (key, child_id) VALUES (7, {child})"))
                .expect("a row");
        }
        migrate(conn).expect("up");
        if db.url().is_sqlite() {
            unsettled::insert_household_keys(conn, &[(Key(7), ChildId(4)), (Key(7), ChildId(5))]).expect("a list");
        } else {
            keys::replace_household(conn, ChildId(4), &[], &[Key(7)]).expect("a row");
            keys::replace_household(conn, ChildId(5), &[], &[Key(7)]).expect("a row");
        }
        let others = [1, 4, 5].map(ChildId);
        assert_eq!(keys::list_household(conn, ChildId(3), &[Key(7)]), Ok(others.to_vec()));
        keys::replace_household(conn, ChildId(1), &[Key(7)], &[]).expect("a row that goes");
        keys::replace_household(conn, ChildId(4), &[Key(7)], &[]).expect("one of a list that goes");
        assert_eq!(keys::list_household(conn, ChildId(3), &[Key(7)]), Ok(vec![ChildId(5)]));
    }

    fn households_in_lists_are_derived_again_by_an_older_build(db: &TestDatabase) {
        let family = ["Ada", "Ben", "Chi"].map(|name| with(a_child(name, "Okafor", name, "2015-03-02"), at_home()));
        load_lines(db, &family);
        let conn = &mut db.open(Purpose::Maintain);
        let households = keys::list_all_household(conn).expect("households");
        assert!(!households.is_empty());
        revert_from(conn, HOUSEHOLD_LISTS);
        let due = unsettled::find_first(conn).expect("a load to settle");
        assert_eq!(due, db.url().is_sqlite().then_some(ChildId(1)), "only lists are lost");
        migrate(conn).expect("up");
        settle(&options(db), |_| {}).expect("what was left over is settled");
        assert_eq!(keys::list_all_household(conn), Ok(households));
        assert_eq!(unsettled::find_first(conn), Ok(None));
    }
}
