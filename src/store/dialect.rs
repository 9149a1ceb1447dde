//! Where the two databases differ: the only file that names a backend in a statement.

use std::path::PathBuf;

use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryableByName, RunQueryDsl, sql_query};

use super::connections::AnyConnection;
use super::errors::StoreResult;

/// Expands one expression for each inner connection, so that a typed statement runs on SQLite or PostgreSQL itself:
/// its text is built once and the prepared statement is cached, where the enum would build it anew each time.
/// Upserts (`on_conflict`) and batch inserts exist on the inner connections only.
///
/// ```text
/// let names = on_each!(conn, |c| organisation::table.select(organisation::name).load::<String>(c))?;
/// on_each!(conn, |c| insert_into(setting::table).values(&row).on_conflict_do_nothing().execute(c))?;
/// ```
macro_rules! on_each {
    ($conn:expr, |$inner:ident| $expression:expr) => {
        match &mut *$conn {
            $crate::store::connections::AnyConnection::Sqlite($inner) => $expression,
            $crate::store::connections::AnyConnection::Postgres($inner) => $expression,
        }
    };
}
pub(crate) use on_each;

/// Reads one row and keeps others from changing it until the transaction ends: `FOR UPDATE` on PostgreSQL; on SQLite
/// the write transaction (`BEGIN IMMEDIATE`) has locked everything already.
///
/// ```text
/// let head = get_locked!(conn, audit_head::table.select(HeadRow::as_select()), HeadRow)?;
/// ```
macro_rules! get_locked {
    ($conn:expr, $query:expr, $row:ty) => {
        match &mut *$conn {
            $crate::store::connections::AnyConnection::Sqlite(inner) => {
                diesel::RunQueryDsl::get_result::<$row>($query, inner)
            }
            $crate::store::connections::AnyConnection::Postgres(inner) => {
                diesel::RunQueryDsl::get_result::<$row>(diesel::QueryDsl::for_update($query), inner)
            }
        }
    };
}
pub(crate) use get_locked;

/// Loads the rows whose `$column` is any of `$keys`, a slice without repeats. PostgreSQL takes them as one
/// array. SQLite would have `eq_any` prepared anew for each number of keys, so it is asked for one key by a point
/// look-up and for more in blocks of eight, filled up with the last key: two statements that stay prepared. An order
/// in `$query` holds within each block.
///
/// ```text
/// let rows = load_any!(conn, team::table.select(TeamRow::as_select()), team::id, &ids, TeamRow)?;
/// ```
macro_rules! load_any {
    ($conn:expr, $query:expr, $column:expr, $keys:expr, $row:ty) => {
        (|| -> diesel::QueryResult<Vec<$row>> {
            use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, RunQueryDsl};
            let keys = $keys;
            if keys.is_empty() {
                return Ok(Vec::new());
            }
            match &mut *$conn {
                $crate::store::connections::AnyConnection::Sqlite(inner) => {
                    let mut rows: Vec<$row> = Vec::with_capacity(keys.len());
                    for block in keys.chunks(8) {
                        if let [key] = block {
                            rows.extend($query.filter($column.eq(key)).load::<$row>(inner)?);
                            continue;
                        }
                        let Some([a, b, c, d, e, f, g, h]) = $crate::store::dialect::eight_of(block) else { continue };
                        let any = $column.eq(a).or($column.eq(b)).or($column.eq(c)).or($column.eq(d));
                        let any = any.or($column.eq(e)).or($column.eq(f)).or($column.eq(g)).or($column.eq(h));
                        rows.extend($query.filter(any).load::<$row>(inner)?);
                    }
                    Ok(rows)
                }
                $crate::store::connections::AnyConnection::Postgres(inner) => {
                    $query.filter($column.eq_any(keys)).load::<$row>(inner)
                }
            }
        })()
    };
}
pub(crate) use load_any;

/// The first eight keys, filled up with the last of them.
pub(super) fn eight_of<K>(keys: &[K]) -> Option<[&K; 8]> {
    let last = keys.last()?;
    Some(std::array::from_fn(|slot| keys.get(slot).unwrap_or(last)))
}

/// Inserts a slice of rows. Only fixed arrays give statements that diesel keeps prepared, so PostgreSQL is sent
/// blocks of 64, 16, 4 and 1 rows (few round trips), SQLite single rows (it has none). `$after` may add an
/// `on_conflict` clause. Gives the number of rows inserted as a diesel result; wants to run inside a transaction.
///
/// ```text
/// insert_all!(conn, child_key::table, &rows, |insert| insert.on_conflict_do_nothing())?;
/// ```
macro_rules! insert_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        $crate::store::dialect::insert_all!($conn, $table, $rows, |insert| insert)
    };
    ($conn:expr, $table:expr, $rows:expr, |$insert:ident| $after:expr) => {
        (|| -> diesel::QueryResult<usize> {
            let rows = $rows;
            let mut inserted: usize = 0;
            match &mut *$conn {
                $crate::store::connections::AnyConnection::Sqlite(inner) => {
                    for row in rows.iter() {
                        let $insert = diesel::insert_into($table).values(row);
                        inserted = inserted.saturating_add(diesel::RunQueryDsl::execute($after, inner)?);
                    }
                }
                $crate::store::connections::AnyConnection::Postgres(inner) => {
                    let (blocks, rest) = rows.as_chunks::<64>();
                    for block in blocks {
                        let $insert = diesel::insert_into($table).values(block);
                        inserted = inserted.saturating_add(diesel::RunQueryDsl::execute($after, inner)?);
                    }
                    let (blocks, rest) = rest.as_chunks::<16>();
                    for block in blocks {
                        let $insert = diesel::insert_into($table).values(block);
                        inserted = inserted.saturating_add(diesel::RunQueryDsl::execute($after, inner)?);
                    }
                    let (blocks, rest) = rest.as_chunks::<4>();
                    for block in blocks {
                        let $insert = diesel::insert_into($table).values(block);
                        inserted = inserted.saturating_add(diesel::RunQueryDsl::execute($after, inner)?);
                    }
                    for row in rest.iter() {
                        let $insert = diesel::insert_into($table).values(row);
                        inserted = inserted.saturating_add(diesel::RunQueryDsl::execute($after, inner)?);
                    }
                }
            }
            Ok(inserted)
        })()
    };
}
pub(crate) use insert_all;

/// Inserts a slice of rows as fast as each database takes them: one COPY on PostgreSQL, a prepared statement for each
/// row on SQLite, which likes rows in the order of their key. The rows' types say `treat_none_as_default_value = false`,
/// so that all have one shape. Wants to run inside a transaction.
///
/// ```text
/// copy_all!(conn, child::table, &rows)?;
/// ```
macro_rules! copy_all {
    ($conn:expr, $table:expr, $rows:expr) => {
        (|| -> diesel::QueryResult<usize> {
            let rows = $rows.as_slice();
            if rows.is_empty() {
                return Ok(0);
            }
            match &mut *$conn {
                $crate::store::connections::AnyConnection::Sqlite(inner) => {
                    for row in rows {
                        diesel::RunQueryDsl::execute(diesel::insert_into($table).values(row), inner)?;
                    }
                    Ok(rows.len())
                }
                $crate::store::connections::AnyConnection::Postgres(inner) => {
                    diesel::ExecuteCopyFromDsl::execute(diesel::copy_from($table).from_insertable(rows), inner)
                }
            }
        })()
    };
}
pub(crate) use copy_all;

/// The file of an embedded database; none where it is PostgreSQL.
pub(super) fn sqlite_file(conn: &mut AnyConnection) -> StoreResult<Option<PathBuf>> {
    #[derive(QueryableByName)]
    struct File {
        #[diesel(sql_type = Text)]
        file: String,
    }
    let AnyConnection::Sqlite(inner) = conn else { return Ok(None) };
    let file: File = sql_query("SELECT file FROM pragma_database_list WHERE name = 'main'").get_result(inner)?;
    Ok(Some(file.file.into()).filter(|path: &PathBuf| !path.as_os_str().is_empty()))
}

/// Begins a transaction that will write, or a savepoint inside one. SQLite takes the write lock now (`BEGIN
/// IMMEDIATE`): a transaction that read first and wanted it later would fail at once, without waiting.
pub(super) fn begin_write(conn: &mut AnyConnection) -> StoreResult<()> {
    match conn {
        AnyConnection::Sqlite(inner) => {
            let depth = AnsiTransactionManager::transaction_manager_status_mut(inner).transaction_depth()?;
            match depth {
                None => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN IMMEDIATE")?,
                Some(_) => AnsiTransactionManager::begin_transaction(inner)?,
            }
        }
        AnyConnection::Postgres(inner) => AnsiTransactionManager::begin_transaction(inner)?,
    }
    Ok(())
}

/// Begins a transaction that sees one state of the database however often it reads, and cannot write.
pub(super) fn begin_read(conn: &mut AnyConnection) -> StoreResult<()> {
    match conn {
        // In WAL the first read fixes the state that all later ones see.
        AnyConnection::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN DEFERRED")?,
        AnyConnection::Postgres(inner) => {
            AnsiTransactionManager::begin_transaction_sql(inner, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

/// A number that changes whenever another connection has changed the database, inside a transaction; PostgreSQL has
/// none that is cheap.
pub(super) fn data_version(conn: &mut AnyConnection) -> StoreResult<Option<i64>> {
    match conn {
        AnyConnection::Sqlite(inner) => {
            let row: DataVersion = sql_query("PRAGMA data_version").get_result(inner)?;
            Ok(Some(row.data_version))
        }
        AnyConnection::Postgres(_) => Ok(None),
    }
}

#[derive(QueryableByName)]
struct Present {
    #[diesel(sql_type = Bool)]
    present: bool,
}

/// Whether any migration has been applied, without the right to create anything.
pub(super) fn has_migrations_table(conn: &mut AnyConnection) -> StoreResult<bool> {
    let query = match conn {
        AnyConnection::Sqlite(_) => {
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations') AS present"
        }
        AnyConnection::Postgres(_) => "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS present",
    };
    let row: Present = on_each!(conn, |c| sql_query(query).get_result(c))?;
    Ok(row.present)
}

/// Keeps other nodes from migrating at the same time, until the transaction ends. On SQLite the write transaction
/// does that already.
pub(super) fn lock_schema(conn: &mut AnyConnection) -> StoreResult<()> {
    if let AnyConnection::Postgres(inner) = conn {
        // The number is this product's own: "child-in" in ASCII.
        sql_query("SELECT pg_advisory_xact_lock(7163091121590856046)").execute(inner)?;
    }
    Ok(())
}

/// Makes a connection that loads for a long time write in larger steps: on SQLite a cache of up to 1 GiB for the indexes of
/// random numbers, whose pages are touched again and again, and fewer, longer checkpoints.
pub(super) fn prepare_to_load(conn: &mut AnyConnection) -> StoreResult<()> {
    if let AnyConnection::Sqlite(inner) = conn {
        // In KiB when negative; in pages.
        inner.batch_execute("PRAGMA cache_size = -1048576")?;
        inner.batch_execute("PRAGMA wal_autocheckpoint = 65536")?;
    }
    Ok(())
}

/// Has SQLite write its write-ahead log from the beginning again, which it does by itself only where nobody reads for a moment:
/// this waits a tenth of a second for those who do, and leaves it at that where one of them takes longer.
pub(super) fn restart_log(conn: &mut AnyConnection) -> StoreResult<()> {
    if let AnyConnection::Sqlite(inner) = conn {
        inner.batch_execute("PRAGMA busy_timeout = 100; PRAGMA wal_checkpoint(RESTART); PRAGMA busy_timeout = 5000")?;
    }
    Ok(())
}

/// Has the database let go of rows that were removed: on SQLite the write-ahead log is emptied into the file, which
/// overwrites what it frees; on PostgreSQL the audit log's payloads are vacuumed.
pub(super) fn shed_removed(conn: &mut AnyConnection) -> StoreResult<()> {
    match conn {
        AnyConnection::Sqlite(inner) => inner.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)")?,
        AnyConnection::Postgres(inner) => inner.batch_execute("VACUUM audit_payload")?,
    }
    Ok(())
}
