//! A copy of the database is read while it has what this node changed and what it saw a second ago, and else let alone.

use actix_web::rt::System;
use child_index::domain::audit::actions::{AuditAction, Outcome};
use child_index::domain::audit::events::{Caller, Event};
use child_index::domain::disclosures::Disclosure;
use child_index::domain::instants::Instant;
use child_index::store::audit;
use child_index::store::errors::StoreError;
use child_index::store::recorder::{Kind, Recorder};
use child_index::store::replicas::Replica;

use crate::databases::{Backend, TestDatabase};
use crate::suite::suite;

suite!(
    TestDatabase:
    a_copy_that_has_what_was_changed_is_read,
    a_copy_without_what_was_changed_is_let_alone,
    a_copy_that_is_not_there_is_let_alone,
);

async fn record(recorder: &Recorder, kind: Kind) {
    let event =
        Event::new(AuditAction::ChildRead, Outcome::Disclosed, Instant(1_000_000).to_utc()).by(Caller::of("test"));
    recorder.record(kind, move |_| Ok::<_, StoreError>(Disclosure::with(event, ()))).await.unwrap();
}

fn a_copy_that_has_what_was_changed_is_read(db: &TestDatabase) {
    System::new().block_on(async {
        let (recorder, copy) = (Recorder::start(&db.url()).unwrap(), Replica::new(&db.url(), Some(1)));
        assert!(copy.recent(recorder.growth()).await.is_some(), "nothing was changed");
        record(&recorder, Kind::Change).await;
        let pool = copy.recent(recorder.growth()).await.expect("the copy");
        let size = pool.run(|conn| Ok::<_, StoreError>(audit::get_head(conn)?.size())).await.unwrap();
        assert_eq!(size, 1);
    });
}

fn a_copy_without_what_was_changed_is_let_alone(db: &TestDatabase) {
    let other = TestDatabase::fresh(db.backend()).expect("another database");
    System::new().block_on(async {
        let (recorder, copy) = (Recorder::start(&db.url()).unwrap(), Replica::new(&other.url(), Some(1)));
        record(&recorder, Kind::Read).await;
        assert!(copy.recent(recorder.growth()).await.is_some(), "what was read a moment ago changed nothing");
        record(&recorder, Kind::Change).await;
        assert!(copy.recent(recorder.growth()).await.is_none());
    });
}

fn a_copy_that_is_not_there_is_let_alone(db: &TestDatabase) {
    let nowhere = match db.backend() {
        Backend::Sqlite => "sqlite:/nowhere/at/all.sqlite".parse().unwrap(),
        Backend::Postgres => "postgres://nobody@127.0.0.1:1/nothing".parse().unwrap(),
    };
    System::new().block_on(async {
        let (recorder, copy) = (Recorder::start(&db.url()).unwrap(), Replica::new(&nowhere, Some(1)));
        record(&recorder, Kind::Change).await;
        assert!(copy.recent(recorder.growth()).await.is_none());
    });
}
