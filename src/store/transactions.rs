//! Transactions that leave their connection clean whatever happens inside: a value, an error or a panic.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use diesel::connection::TransactionManager;

use super::connections::AnyConnection;
use super::dialect;
use super::errors::{StoreError, StoreResult};

/// Runs `work` in a transaction that may write, or in a savepoint where one is open already.
///
/// Commits when `work` gives a value. Rolls back to where it began when it gives an error, and when it panics; the panic
/// goes on. On SQLite the write lock is taken at the start, waiting at most `busy_timeout`.
///
/// # Errors
///
/// Those of `work`; [`StoreError::Busy`] where the lock is not to be had; [`StoreError::Broken`] where the commit
/// failed, or where `work` passed over an error: what may be refused by a constraint and be handled belongs into
/// a `write_tx` of its own inside. After any error that is not a constraint, [`AnyConnection::is_broken`] is true and
/// the connection must be opened anew.
pub fn write_tx<T, E, F>(conn: &mut AnyConnection, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut AnyConnection) -> Result<T, E>,
{
    run(conn, dialect::begin_write, work)
}

/// Runs `work` in a transaction that sees one state of the database throughout and cannot write. Inside another
/// transaction it runs as part of that one.
///
/// # Errors
///
/// As for [`write_tx`].
pub fn read_tx<T, E, F>(conn: &mut AnyConnection, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut AnyConnection) -> Result<T, E>,
{
    if depth(conn)? > 0 { work(conn) } else { run(conn, dialect::begin_read, work) }
}

/// Runs `work`, which only reads, in one transaction where that costs less than one for each of its statements: SQLite takes
/// its locks once, PostgreSQL would be asked twice more. Not for what relies on one state throughout: that is [`read_tx`].
///
/// # Errors
///
/// As for [`write_tx`].
pub fn read_cheaply<T, E, F>(conn: &mut AnyConnection, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut AnyConnection) -> Result<T, E>,
{
    match conn {
        AnyConnection::Sqlite(_) => read_tx(conn, work),
        AnyConnection::Postgres(_) => work(conn),
    }
}

fn run<T, E, F>(conn: &mut AnyConnection, begin: fn(&mut AnyConnection) -> StoreResult<()>, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: FnOnce(&mut AnyConnection) -> Result<T, E>,
{
    let entry = depth(conn)?;
    if conn.is_broken() {
        return Err(StoreError::broken("the connection has failed before").into());
    }
    if entry > 0 && conn.was_refused() {
        // PostgreSQL would refuse the savepoint; SQLite must not go where PostgreSQL cannot.
        return Err(StoreError::broken("a constraint's refusal before this savepoint was passed over").into());
    }
    begin(conn)?;
    conn.forget_refusals();
    // The connection is whole again before anyone sees it: it is rolled back, or marked broken.
    match catch_unwind(AssertUnwindSafe(|| work(&mut *conn))) {
        Ok(Ok(value)) => commit(conn, entry).map(|()| value).map_err(E::from),
        Ok(Err(error)) => {
            roll_back(conn, entry);
            Err(error)
        }
        Err(panic) => {
            roll_back(conn, entry);
            resume_unwind(panic)
        }
    }
}

/// How many transactions and savepoints are open.
pub(super) fn depth(conn: &mut AnyConnection) -> StoreResult<u32> {
    let depth = AnyConnection::transaction_manager_status_mut(conn).transaction_depth()?;
    Ok(depth.map_or(0, std::num::NonZeroU32::get))
}

fn commit(conn: &mut AnyConnection, entry: u32) -> StoreResult<()> {
    // SQLite may have rolled everything back by itself (disk full, I/O error); what `work` did after that, it did
    // outside of any transaction, and nothing more may follow.
    let refusal = if conn.is_broken() {
        Some("an error inside the transaction was passed over")
    } else if conn.was_refused() {
        // PostgreSQL has lost everything, SQLite one statement; neither says so at COMMIT. What may be refused and
        // handled belongs into a `write_tx` of its own.
        Some("a constraint's refusal inside the transaction was passed over")
    } else if depth(conn)? != entry.saturating_add(1) {
        Some("a transaction was left open inside another")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        roll_back(conn, entry);
        conn.mark_broken();
        return Err(StoreError::broken(refusal));
    }
    AnyConnection::commit_transaction(conn).map_err(|error| {
        roll_back(conn, entry);
        error.into()
    })
}

/// Rolls back to the depth at entry. A failure here would hide the error that led here, so it only marks the
/// connection, which then closes and takes the transaction with it.
fn roll_back(conn: &mut AnyConnection, entry: u32) {
    while let Ok(now) = depth(conn) {
        if now <= entry {
            conn.forget_refusals();
            return;
        }
        if AnyConnection::rollback_transaction(conn).is_err() {
            break;
        }
    }
    conn.mark_broken();
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;

    use super::*;
    use crate::store::connections::{DatabaseUrl, Purpose};
    use crate::store::dialect::{get_locked, insert_all, on_each};
    use crate::store::migrations::migrate;
    use crate::store::schema::{audit_head, setting};

    #[test]
    fn a_fresh_file_is_migrated_written_and_read() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(dir.path().join("index.db"));
        let mut conn = AnyConnection::open(&url, Purpose::Write).unwrap();
        assert!(!migrate(&mut conn).unwrap().is_empty());

        let rows: Vec<_> =
            (0..100).map(|n| (setting::name.eq(format!("n{n}")), setting::value.eq(n.to_string()))).collect();
        let (size, inserted) = write_tx(&mut conn, |conn| -> StoreResult<_> {
            let size = get_locked!(conn, audit_head::table.select(audit_head::size), i64)?;
            let inserted = insert_all!(conn, setting::table, &rows)?;
            let again = insert_all!(conn, setting::table, &rows, |insert| insert.on_conflict_do_nothing())?;
            Ok((size, inserted + again))
        })
        .unwrap();
        assert_eq!((size, inserted), (0, 100));

        let mut reader = AnyConnection::open(&url, Purpose::Read).unwrap();
        let count: i64 = read_tx(&mut reader, |conn| -> StoreResult<_> {
            Ok(on_each!(conn, |c| setting::table.count().get_result(c))?)
        })
        .unwrap();
        assert_eq!(count, 100);
    }

    #[test]
    fn a_wide_reading_on_sqlite_is_one_transaction() {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::sqlite(dir.path().join("index.db"));
        let mut writer = AnyConnection::open(&url, Purpose::Write).unwrap();
        migrate(&mut writer).unwrap();
        let mut reader = AnyConnection::open(&url, Purpose::Read).unwrap();
        let count = |conn: &mut AnyConnection| -> StoreResult<i64> {
            Ok(on_each!(conn, |c| setting::table.count().get_result(c))?)
        };
        let before = count(&mut reader).unwrap();
        let seen = read_cheaply(&mut reader, |conn| -> StoreResult<_> {
            let first = count(conn)?;
            let row = (setting::name.eq("meanwhile"), setting::value.eq("1"));
            on_each!(&mut writer, |c| diesel::insert_into(setting::table).values(row).execute(c))?;
            Ok((first, count(conn)?))
        });
        assert_eq!(seen.unwrap(), (before, before), "what comes meanwhile is not seen halfway");
        assert_eq!(count(&mut reader).unwrap(), before + 1);
    }
}
