//! Both databases report a refused change by the same name, and no error shows a value.

use child_index::store::compact::StoredId;
use child_index::store::constraints::{CHECK, FOREIGN_KEY, NOT_NULL};
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::schema::{audit_head, child_key, organisation, team};
use diesel::prelude::*;
use uuid::Uuid;

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase: each_kind_has_its_name, no_error_shows_a_value);

fn each_kind_has_its_name(db: &TestDatabase) {
    let conn = &mut db.connect();
    let school = |id: u128, code: &str| {
        (
            organisation::id.eq(StoredId::from(Uuid::from_u128(id))),
            organisation::code.eq(code.to_owned()),
            organisation::name.eq("A school"),
            organisation::kind.eq("school"),
            organisation::area.eq("E06000054"),
            organisation::sensitive.eq(false),
            organisation::version.eq(1_i64),
            organisation::created_at.eq(0_i64),
        )
    };
    let mut insert = |id, code| -> StoreResult<()> {
        diesel::insert_into(organisation::table).values(school(id, code)).execute(conn)?;
        Ok(())
    };
    insert(1, "a").expect("the first");
    assert_eq!(conflict(insert(1, "b")), "organisation_pkey");
    assert_eq!(conflict(insert(2, "a")), "organisation_code");

    let team = (
        team::id.eq(StoredId::from(Uuid::from_u128(1))),
        team::organisation_id.eq(StoredId::from(Uuid::from_u128(3))),
        team::code.eq("t"),
        team::name.eq("A team"),
        team::area.eq("E06000054"),
        team::sensitive.eq(false),
        team::version.eq(1_i64),
    );
    assert_eq!(conflict(diesel::insert_into(team::table).values(team).execute(conn)), FOREIGN_KEY);

    let key = (child_key::key.eq(1_i64), child_key::child_id.eq(1_i64));
    diesel::insert_into(child_key::table).values(key).execute(conn).expect("the first");
    assert_eq!(conflict(diesel::insert_into(child_key::table).values(key).execute(conn)), "child_key_pkey");

    let second_head = diesel::update(audit_head::table).set(audit_head::id.eq(2)).execute(conn);
    assert_eq!(conflict(second_head), CHECK);

    let nameless = diesel::sql_query("UPDATE organisation SET name = NULL").execute(conn);
    assert_eq!(conflict(nameless), NOT_NULL);
}

fn conflict<T: std::fmt::Debug, E: Into<StoreError>>(result: Result<T, E>) -> &'static str {
    match result.map_err(Into::into) {
        Err(StoreError::Conflict(name)) => name,
        other => panic!("not a conflict: {other:?}"),
    }
}

fn no_error_shows_a_value(db: &TestDatabase) {
    let statements = [
        "INSERT INTO setting (name, value) VALUES ('Okafor', 'Chidera'), ('Okafor', 'Chidera')",
        "INSERT INTO setting (name, value) VALUES ('Okafor', NULL)",
        "SELECT CAST('Okafor' AS DATE) FROM nowhere",
        "SELECT Okafor'",
        "INSERT INTO child_name (child_id, position, kind, family_name, given_name, supplied_by) \
         VALUES (99, 1, 'former', 'Okafor', 'Chidera', 'Okafor')",
        "SELECT date('Okafor') + setting.nothing FROM setting",
        "UPDATE audit_head SET id = 5, root = 'Okafor'",
    ];
    for statement in statements {
        let error: StoreError = diesel::sql_query(statement).execute(&mut db.connect()).expect_err(statement).into();
        for text in [format!("{error}"), format!("{error:?}"), format!("{error:#?}")] {
            assert!(!text.to_lowercase().contains("chidera"), "{text}");
            assert!(!text.contains("Okafor"), "{text}");
        }
        assert!(std::error::Error::source(&error).is_none(), "{error:?}");
    }
}
