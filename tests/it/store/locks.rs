//! A destructive command has an embedded index for itself or not at all.

use child_index::store::errors::StoreError;
use child_index::store::locks::Hold;

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(TestDatabase: a_destructive_command_has_the_index_alone);

fn a_destructive_command_has_the_index_alone(db: &TestDatabase) {
    let url = db.url();
    let embedded = db.backend() == Backend::Sqlite;
    let first = Hold::together(&url).expect("nobody is there");
    let second = Hold::together(&url).expect("they share");
    assert_eq!(Hold::alone(&url).is_err(), embedded);
    drop(first);
    assert_eq!(Hold::alone(&url).is_err(), embedded, "one is still there");
    drop(second);

    let alone = Hold::alone(&url).expect("nobody is there");
    if embedded {
        assert_eq!(Hold::together(&url).expect_err("it is taken"), StoreError::Busy);
        assert_eq!(Hold::alone(&url).expect_err("it is taken"), StoreError::Busy);
    }
    drop(alone);
    Hold::together(&url).expect("it is free again");
}
