//! Small logs for the tests of this room.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{append, catch_up, lock_head};
use crate::domain::audit::actions::{AuditAction, Outcome, Strength};
use crate::domain::audit::events::{Caller, Event};
use crate::domain::audit::payloads::{ChildShown, Criteria, Pseudonym, TargetKind, TokenFingerprint};
use crate::domain::audit::receipts::Receipt;
use crate::domain::reasons::AccessReason;
use crate::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use crate::store::errors::StoreResult;
use crate::store::migrations::migrate;
use crate::store::transactions::write_tx;

/// A fresh database in a directory that goes with it.
pub(in crate::store::audit) struct Fresh {
    dir: tempfile::TempDir,
    pub(in crate::store::audit) conn: AnyConnection,
}

impl Fresh {
    pub(in crate::store::audit) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(dir.path().join("index.db"));
        let mut conn = AnyConnection::open(&url, Purpose::Maintain).unwrap();
        migrate(&mut conn).unwrap();
        Self { dir, conn }
    }

    /// A log of `count` events in which every kind of column and payload field occurs, fully derived.
    pub(in crate::store::audit) fn with_events(count: u64) -> Self {
        let mut fresh = Self::new();
        let events: Vec<_> = (0..count).map(example).collect();
        fresh.append(&events);
        catch_up(&mut fresh.conn).unwrap();
        fresh
    }

    /// Where its files are.
    pub(in crate::store::audit) fn directory(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(in crate::store::audit) fn append(&mut self, events: &[Event]) -> Vec<Receipt> {
        write_tx(&mut self.conn, |conn| -> StoreResult<_> {
            let mut head = lock_head(conn)?;
            append(conn, &mut head, events)
        })
        .unwrap()
    }
}

pub(in crate::store::audit) fn child(number: u8) -> Pseudonym {
    Pseudonym([number; 16])
}

pub(in crate::store::audit) fn account(number: u64) -> Uuid {
    Uuid::from_u128(0xa0_0000 + u128::from(number))
}

pub(in crate::store::audit) fn organisation(number: u64) -> Uuid {
    Uuid::from_u128(0xb0_0000 + u128::from(number))
}

/// One second after the other, from the start of 2026.
pub(in crate::store::audit) fn instant(second: u64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600, 0).unwrap() + TimeDelta::seconds(i64::try_from(second).unwrap())
}

/// The `number`th event of the example logs: three accounts in two organisations ask about five children.
pub(in crate::store::audit) fn example(number: u64) -> Event {
    let caller = Caller {
        strength: Strength::TwoFactor,
        account: Some(account(number % 3)),
        organisation: Some(organisation(number % 2)),
        area: Some("E06000054".into()),
        system: (number.is_multiple_of(5)).then(|| account(9)),
        on_behalf_of: (number.is_multiple_of(7)).then(|| account(8)),
        request_id: Some(Uuid::from_u128(u128::from(number))),
        client: Some("192.0.2.7".parse().unwrap()),
        token: Some(TokenFingerprint::of("a token")),
        ..Caller::of("an_operation")
    };
    let subject = ChildShown::new(child(u8::try_from(number % 5).unwrap()));
    let event = match number % 4 {
        0 => Event::new(AuditAction::ChildSearch, Outcome::Disclosed, instant(number))
            .asking(Criteria::new().with("family_name", "Okafor").with("date_of_birth", "2015-03-02"))
            .about(subject.shown(["name"]).withheld(["address"]).at_version(3))
            .about(ChildShown::new(child(4)).shown(["name"]).protected(true)),
        1 => Event::new(AuditAction::ChildContacts, Outcome::Refused, instant(number))
            .about(subject)
            .refused_with("no-relationship"),
        2 => Event::new(AuditAction::ChildSearch, Outcome::None, instant(number))
            .asking(Criteria::new().with("given_name", "Ada")),
        _ => Event::new(AuditAction::AccountSuspend, Outcome::Changed, instant(number))
            .on(TargetKind::Account, account(5)),
    };
    let reason = (number % 4 != 3).then_some(AccessReason::Safeguarding);
    event.because(reason).under_policy("2026-1").by(caller)
}
