//! Removing payloads whose time has come: with their salts, so that nothing of them can be guessed from the hashes that
//! stay, and with what was derived from them.

use diesel::prelude::*;

use super::heads::{column, get_head};
use crate::domain::audit::actions::AuditAction;
use crate::store::connections::AnyConnection;
use crate::store::dialect::{on_each, shed_removed};
use crate::store::errors::{StoreError, StoreResult};
use crate::store::schema::{
    audit_by_account, audit_by_area, audit_by_child, audit_by_organisation, audit_by_token, audit_event, audit_payload,
};

/// Events whose payloads were removed, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    /// The first.
    pub from: u64,
    /// The first after them.
    pub to: u64,
    /// How many payloads that were.
    pub payloads: u64,
}

/// Removes the oldest payloads of events before `at` (microseconds since 1970), at most about `most` of them; `None`
/// where there are none left. Redactions keep theirs, or nothing would tell what they removed. To be called in the
/// transaction that records the redaction, with the head locked.
///
/// # Errors
/// As the database's.
pub fn remove_payloads(conn: &mut AnyConnection, at: i64, most: u64) -> StoreResult<Option<Removed>> {
    let redaction = AuditAction::Redaction.code();
    let oldest: Option<i64> = on_each!(conn, |c| audit_payload::table
        .inner_join(audit_event::table.on(audit_event::idx.eq(audit_payload::idx)))
        .filter(audit_event::action.ne(redaction))
        .order(audit_payload::idx)
        .select(audit_payload::idx)
        .first(c)
        .optional())?;
    // Nothing at or after the time is removed, even where a clock stepped back and indexes do not follow time.
    let kept: Option<i64> = on_each!(conn, |c| audit_event::table
        .filter(audit_event::at.ge(at))
        .select(diesel::dsl::min(audit_event::idx))
        .get_result(c))?;
    let end = match kept {
        Some(kept) => kept,
        None => column(get_head(conn)?.size())?,
    };
    let Some(from) = oldest.filter(|oldest| *oldest < end) else { return Ok(None) };
    let to = end.min(from.saturating_add(column(most)?));
    let kept_for_ever = audit_event::table.filter(audit_event::action.eq(redaction)).select(audit_event::idx);
    let payloads = on_each!(conn, |c| diesel::delete(
        audit_payload::table
            .filter(audit_payload::idx.ge(from).and(audit_payload::idx.lt(to)))
            .filter(audit_payload::idx.ne_all(kept_for_ever))
    )
    .execute(c))?;
    remove_derived(conn, from, to)?;
    let out_of_range = |_| StoreError::broken("a number of the audit log is out of range");
    Ok(Some(Removed {
        from: u64::try_from(from).map_err(out_of_range)?,
        to: u64::try_from(to).map_err(out_of_range)?,
        payloads: u64::try_from(payloads).unwrap_or(u64::MAX),
    }))
}

/// The look-up tables say of an event what its payload said; what follows from its columns stays. A redaction names nobody
/// that they hold.
fn remove_derived(conn: &mut AnyConnection, from: i64, to: i64) -> StoreResult<()> {
    macro_rules! remove {
        ($($table:ident),+) => {
            $(on_each!(conn, |c| diesel::delete($table::table.filter($table::idx.ge(from).and($table::idx.lt(to))))
                .execute(c))?;)+
        };
    }
    remove!(audit_by_child, audit_by_account, audit_by_organisation, audit_by_token, audit_by_area);
    Ok(())
}

/// Has the database let go of what was removed: until then it may still lie in its files. Outside of any transaction.
///
/// # Errors
/// As the database's.
pub fn forget_removed(conn: &mut AnyConnection) -> StoreResult<()> {
    shed_removed(conn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::actions::Outcome;
    use crate::domain::audit::events::Event;
    use crate::domain::audit::payloads::Redacted;
    use crate::store::audit::examples::{Fresh, example, instant};
    use crate::store::audit::{append, catch_up, lock_head, verify};
    use crate::store::transactions::write_tx;

    /// Removes and records as the service does.
    fn redact(log: &mut Fresh, second: u64, most: u64) -> Option<Removed> {
        write_tx(&mut log.conn, |conn| -> StoreResult<_> {
            let mut head = lock_head(conn)?;
            let removed = remove_payloads(conn, instant(second).timestamp_micros(), most)?;
            if let Some(Removed { from, to, .. }) = removed {
                let redacted = Redacted { from, to, policy: "six-years".into() };
                let event = Event::new(AuditAction::Redaction, Outcome::Done, instant(second)).redacting(redacted);
                append(conn, &mut head, &[event])?;
            }
            Ok(removed)
        })
        .unwrap()
    }

    #[test]
    fn payloads_go_in_their_time_and_the_log_stays_whole() {
        let mut log = Fresh::with_events(300);
        assert_eq!(redact(&mut log, 0, 1_000), None);
        assert_eq!(redact(&mut log, 100, 60), Some(Removed { from: 0, to: 60, payloads: 60 }));
        assert_eq!(redact(&mut log, 100, 60), Some(Removed { from: 60, to: 100, payloads: 40 }));
        assert_eq!(redact(&mut log, 100, 60), None);
        assert_eq!(verify(&mut log.conn, &[]).unwrap().redacted, 100);
        catch_up(&mut log.conn).unwrap();
        // What was recorded since goes later, the redactions among it excepted.
        log.append(&(400..410).map(example).collect::<Vec<_>>());
        let removed = redact(&mut log, 500, 1_000).unwrap();
        assert_eq!((removed.from, removed.payloads), (100, 210));
        assert_eq!(redact(&mut log, 500, 1_000), None);
        assert_eq!(verify(&mut log.conn, &[]).unwrap().redacted, 310);
        forget_removed(&mut log.conn).unwrap();
        verify(&mut log.conn, &[]).unwrap();
    }
}
