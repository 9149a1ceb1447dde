//! Many writers at once lose nothing and count nothing twice.

use std::thread::scope;

use child_index::store::errors::{StoreError, StoreResult};
use child_index::store::schema::{audit_head, setting};
use child_index::store::transactions::write_tx;
use diesel::prelude::*;

use crate::databases::TestDatabase;
use crate::suite::suite;

suite!(TestDatabase: sixteen_writers_lose_nothing);

const WRITERS: i64 = 16;
const ROUNDS: i64 = 20;

/// Each reads the head, writes a row and moves the head on, as the recorder does; some give up half way.
fn sixteen_writers_lose_nothing(db: &TestDatabase) {
    scope(|threads| {
        for writer in 0..WRITERS {
            threads.spawn(move || {
                let mut conn = db.connect();
                for round in 0..ROUNDS {
                    let given_up = round % 5 == 4;
                    let result = write_tx(&mut conn, |conn| -> StoreResult<()> {
                        // The lock is the update: it is taken before the size is read.
                        let size: i64 = diesel::update(audit_head::table)
                            .set(audit_head::size.eq(audit_head::size + 1))
                            .returning(audit_head::size)
                            .get_result(conn)?;
                        let name = format!("{size:06}");
                        let value = format!("{writer}.{round}");
                        diesel::insert_into(setting::table)
                            .values((setting::name.eq(name), setting::value.eq(value)))
                            .execute(conn)?;
                        if given_up { Err(StoreError::NotFound) } else { Ok(()) }
                    });
                    match result {
                        Ok(()) => assert!(!given_up),
                        Err(StoreError::NotFound) => assert!(given_up),
                        Err(other) => panic!("{other:?}"),
                    }
                }
            });
        }
    });

    let conn = &mut db.connect();
    let kept = WRITERS * ROUNDS * 4 / 5;
    assert_eq!(audit_head::table.select(audit_head::size).get_result::<i64>(conn).expect("the head"), kept);
    let names: Vec<String> = setting::table.select(setting::name).order(setting::name).load(conn).expect("the rows");
    assert_eq!(names, (1..=kept).map(|size| format!("{size:06}")).collect::<Vec<_>>(), "no gap and no double");
}
