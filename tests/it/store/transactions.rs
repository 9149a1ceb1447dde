//! Transactions nest, and leave nothing behind after an error or a panic, on both databases.

use std::panic::{AssertUnwindSafe, catch_unwind};

use child_index::store::connections::AnyConnection;
use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::schema::setting;
use child_index::store::transactions::{read_tx, write_tx};
use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase:
    a_value_commits,
    an_error_rolls_back,
    a_panic_rolls_back_and_goes_on,
    an_inner_error_loses_the_inner_part_only,
    an_inner_panic_that_is_caught_loses_the_inner_part_only,
    a_panic_deep_inside_rolls_back_to_the_depth_of_entry,
    an_error_that_was_passed_over_commits_nothing,
    a_transaction_left_open_inside_commits_nothing,
    a_refusal_that_was_passed_over_commits_nothing,
    a_constraint_leaves_the_connection_sound,
    any_other_error_breaks_the_connection,
    a_read_sees_one_state_and_cannot_write,
    a_read_inside_a_write_sees_what_was_written,
    a_broken_connection_begins_nothing,
);

fn put(conn: &mut AnyConnection, name: &str) -> StoreResult<()> {
    diesel::insert_into(setting::table).values((setting::name.eq(name), setting::value.eq("1"))).execute(conn)?;
    Ok(())
}

/// What another connection sees: only what was committed.
fn committed(db: &TestDatabase) -> Vec<String> {
    setting::table.select(setting::name).order(setting::name).load(&mut db.connect()).expect("the settings")
}

fn a_value_commits(db: &TestDatabase) {
    let value = write_tx(&mut db.connect(), |conn| {
        put(conn, "a")?;
        assert_eq!(committed(db), [""; 0], "nothing is seen before the commit");
        StoreResult::Ok(7)
    });
    assert_eq!(value.expect("a commit"), 7);
    assert_eq!(committed(db), ["a"]);
}

fn an_error_rolls_back(db: &TestDatabase) {
    let mut conn = db.connect();
    let result: StoreResult<()> = write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        Err(StoreError::NotFound)
    });
    assert!(matches!(result, Err(StoreError::NotFound)), "{result:?}");
    assert_eq!(committed(db), [""; 0]);
    assert!(!conn.is_broken());
    write_tx(&mut conn, |conn| put(conn, "b")).expect("the connection is still good");
    assert_eq!(committed(db), ["b"]);
}

fn a_panic_rolls_back_and_goes_on(db: &TestDatabase) {
    let mut conn = db.connect();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        write_tx(&mut conn, |conn| -> StoreResult<()> {
            put(conn, "a")?;
            std::panic::resume_unwind(Box::new("on purpose"));
        })
    }));
    assert_eq!(panic.expect_err("the panic").downcast_ref::<&str>(), Some(&"on purpose"));
    assert_eq!(committed(db), [""; 0]);
    assert!(!conn.is_broken());
    write_tx(&mut conn, |conn| put(conn, "b")).expect("the connection is still good");
    assert_eq!(committed(db), ["b"]);
}

fn an_inner_error_loses_the_inner_part_only(db: &TestDatabase) {
    let mut conn = db.connect();
    write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        let inner: StoreResult<()> = write_tx(conn, |conn| {
            put(conn, "b")?;
            put(conn, "a")
        });
        assert!(matches!(inner, Err(StoreError::Conflict("setting_pkey"))), "{inner:?}");
        write_tx(conn, |conn| write_tx(conn, |conn| put(conn, "c")))
    })
    .expect("the outer part commits");
    assert_eq!(committed(db), ["a", "c"]);
}

fn an_inner_panic_that_is_caught_loses_the_inner_part_only(db: &TestDatabase) {
    let mut conn = db.connect();
    write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        let inner = catch_unwind(AssertUnwindSafe(|| {
            write_tx(conn, |conn| -> StoreResult<()> {
                put(conn, "b")?;
                std::panic::resume_unwind(Box::new("on purpose"));
            })
        }));
        assert!(inner.is_err());
        put(conn, "c")
    })
    .expect("the outer part commits");
    assert_eq!(committed(db), ["a", "c"]);
}

fn a_panic_deep_inside_rolls_back_to_the_depth_of_entry(db: &TestDatabase) {
    let mut conn = db.connect();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        write_tx(&mut conn, |conn| {
            put(conn, "a")?;
            // Savepoints that nothing but the outermost transaction can clean up.
            begin(conn);
            begin(conn);
            put(conn, "b")?;
            std::panic::resume_unwind(Box::new("on purpose"));
            #[allow(unreachable_code)]
            StoreResult::Ok(())
        })
    }));
    assert!(panic.is_err());
    assert_eq!(committed(db), [""; 0]);
    assert!(!conn.is_broken());
    write_tx(&mut conn, |conn| put(conn, "c")).expect("the connection is still good");
    assert_eq!(committed(db), ["c"]);
}

/// Opens a savepoint past `write_tx`.
fn begin(conn: &mut AnyConnection) {
    use diesel::connection::TransactionManager;
    AnyConnection::begin_transaction(conn).expect("a savepoint");
}

fn an_error_that_was_passed_over_commits_nothing(db: &TestDatabase) {
    let mut conn = db.connect();
    let result: StoreResult<()> = write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        assert!(conn.batch_execute("SELECT nothing FROM nowhere").is_err());
        Ok(())
    });
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
    assert_eq!(committed(db), [""; 0]);
    assert!(conn.is_broken());
}

fn a_transaction_left_open_inside_commits_nothing(db: &TestDatabase) {
    let mut conn = db.connect();
    let result: StoreResult<()> = write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        begin(conn);
        Ok(())
    });
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
    assert_eq!(committed(db), [""; 0]);
}

/// PostgreSQL has lost the whole transaction then, and says nothing at COMMIT; SQLite has lost the one statement.
fn a_refusal_that_was_passed_over_commits_nothing(db: &TestDatabase) {
    let mut conn = db.connect();
    let result: StoreResult<()> = write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        assert!(matches!(put(conn, "a"), Err(StoreError::Conflict("setting_pkey"))));
        Ok(())
    });
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
    assert_eq!(committed(db), [""; 0]);

    let result: StoreResult<()> = write_tx(&mut db.connect(), |conn| {
        put(conn, "a")?;
        assert!(put(conn, "a").is_err());
        let inner = write_tx(conn, |conn| put(conn, "b"));
        assert!(matches!(inner, Err(StoreError::Broken(_))), "{inner:?}");
        Ok(())
    });
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
    assert_eq!(committed(db), [""; 0]);
}

fn a_constraint_leaves_the_connection_sound(db: &TestDatabase) {
    let mut conn = db.connect();
    put(&mut conn, "a").expect("the first");
    assert!(matches!(put(&mut conn, "a"), Err(StoreError::Conflict("setting_pkey"))));
    assert!(!conn.is_broken());
    put(&mut conn, "b").expect("the second");
    assert_eq!(committed(db), ["a", "b"]);
}

fn any_other_error_breaks_the_connection(db: &TestDatabase) {
    let mut conn = db.connect();
    assert!(!conn.is_broken());
    let error = StoreError::from(conn.batch_execute("SELECT nothing FROM nowhere").expect_err("no such table"));
    assert!(matches!(error, StoreError::Broken(_)));
    assert!(conn.is_broken());
}

fn a_read_sees_one_state_and_cannot_write(db: &TestDatabase) {
    let mut reader = db.open(child_index::store::connections::Purpose::Read);
    let seen: (i64, i64) = read_tx(&mut reader, |conn| {
        let before = setting::table.count().get_result(conn)?;
        put(&mut db.connect(), "a")?;
        StoreResult::Ok((before, setting::table.count().get_result(conn)?))
    })
    .expect("two reads");
    assert_eq!(seen, (0, 0));
    assert_eq!(setting::table.count().get_result::<i64>(&mut reader).expect("a count"), 1);

    let refused = read_tx(&mut reader, |conn| put(conn, "b"));
    assert!(matches!(refused, Err(StoreError::Broken(_))), "{refused:?}");
    assert_eq!(committed(db), ["a"]);
}

fn a_read_inside_a_write_sees_what_was_written(db: &TestDatabase) {
    let mut conn = db.connect();
    let seen: i64 = write_tx(&mut conn, |conn| {
        put(conn, "a")?;
        read_tx(conn, |conn| StoreResult::Ok(setting::table.count().get_result(conn)?))
    })
    .expect("a commit");
    assert_eq!(seen, 1);
}

fn a_broken_connection_begins_nothing(db: &TestDatabase) {
    let mut conn = db.connect();
    conn.mark_broken();
    let result = write_tx(&mut conn, |conn| put(conn, "a"));
    assert!(matches!(result, Err(StoreError::Broken(_))), "{result:?}");
    assert_eq!(committed(db), [""; 0]);
}
