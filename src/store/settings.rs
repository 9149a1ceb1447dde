//! What the service asks of each database on every connection, and the refusal where it does not get it.

use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::{Integer, Text};
use diesel::{PgConnection, SqliteConnection, sql_query};

use super::connections::Purpose;
use super::database_url::DatabaseUrl;
use super::errors::{StoreError, StoreResult};

/// The oldest PostgreSQL that is tested against; 13 has reached its end of life.
const OLDEST_POSTGRES: i32 = 140_000;

/// Sets a pragma, reads it back, and what must be read. Each is its own statement: in a batch, one that has to
/// wait would take the rest with it. `busy_timeout` comes first, so that the others do wait.
const SQLITE: [(&str, &str, &str); 10] = [
    ("PRAGMA busy_timeout = 5000", "SELECT CAST(timeout AS TEXT) AS value FROM pragma_busy_timeout", "5000"),
    ("PRAGMA journal_mode = WAL", "SELECT CAST(journal_mode AS TEXT) AS value FROM pragma_journal_mode", "wal"),
    // 2 is FULL: NORMAL loses acknowledged commits when the power goes.
    ("PRAGMA synchronous = FULL", "SELECT CAST(synchronous AS TEXT) AS value FROM pragma_synchronous", "2"),
    // The same on macOS, where fsync alone does not reach the disk.
    ("PRAGMA fullfsync = ON", "SELECT CAST(fullfsync AS TEXT) AS value FROM pragma_fullfsync", "1"),
    (
        "PRAGMA checkpoint_fullfsync = ON",
        "SELECT CAST(checkpoint_fullfsync AS TEXT) AS value FROM pragma_checkpoint_fullfsync",
        "1",
    ),
    ("PRAGMA foreign_keys = ON", "SELECT CAST(foreign_keys AS TEXT) AS value FROM pragma_foreign_keys", "1"),
    ("PRAGMA trusted_schema = OFF", "SELECT CAST(trusted_schema AS TEXT) AS value FROM pragma_trusted_schema", "0"),
    // Purged means gone: deleted rows are overwritten, and nothing personal goes into temporary files.
    ("PRAGMA secure_delete = ON", "SELECT CAST(secure_delete AS TEXT) AS value FROM pragma_secure_delete", "1"),
    ("PRAGMA temp_store = MEMORY", "SELECT CAST(temp_store AS TEXT) AS value FROM pragma_temp_store", "2"),
    // The write-ahead log is cut back to 64 MiB after a burst.
    (
        "PRAGMA journal_size_limit = 67108864",
        "SELECT CAST(journal_size_limit AS TEXT) AS value FROM pragma_journal_size_limit",
        "67108864",
    ),
];

/// Pages are kept for the one connection that writes, on which look-ups run too. In KiB when negative: 16 MiB, whatever the
/// page size.
const SQLITE_WRITER: [(&str, &str, &str); 2] = [
    ("PRAGMA cache_size = -16384", "SELECT CAST(cache_size AS TEXT) AS value FROM pragma_cache_size", "-16384"),
    // Each page is looked through as it is read, so that damage is noticed before it spreads.
    ("PRAGMA cell_size_check = ON", "SELECT CAST(cell_size_check AS TEXT) AS value FROM pragma_cell_size_check", "1"),
];

/// There are several readers, and the system keeps the pages of the file for all of them: 4 MiB each. They do not map the file:
/// SQLite drops the whole map whenever somebody else has committed, which here is all the time; even those who read one state
/// for a while (`turns`) spend more on making it anew than on copying pages.
const SQLITE_READER: [(&str, &str, &str); 2] = [
    ("PRAGMA query_only = ON", "SELECT CAST(query_only AS TEXT) AS value FROM pragma_query_only", "1"),
    ("PRAGMA cache_size = -4096", "SELECT CAST(cache_size AS TEXT) AS value FROM pragma_cache_size", "-4096"),
];

/// For libpq, unless the URL says otherwise. A server that is gone is noticed by `tcp_user_timeout` (milliseconds)
/// while something is on its way to it, by keep-alives (seconds) while an answer is awaited.
const LIBPQ: [(&str, &str); 7] = [
    ("connect_timeout", "2"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
    ("application_name", "child-index"),
    ("client_encoding", "UTF8"),
];

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    value: String,
}

/// Opens the file, creating it (for the owner's eyes only) unless it is to be read.
pub(super) fn open_sqlite(path: &Path, purpose: Purpose) -> StoreResult<SqliteConnection> {
    // A relative path that began with `file:` would be read as a URI.
    let path = if path.is_absolute() { path.to_owned() } else { PathBuf::from(".").join(path) };
    make_file(&path, purpose)?;
    let text = path.to_str().ok_or_else(|| StoreError::broken("the path of the SQLite database is not UTF-8"))?;
    let mut conn = SqliteConnection::establish(text)
        .map_err(|error| StoreError::broken_by("the SQLite database cannot be opened", &error))?;
    let own: &[_] = if purpose.only_reads() { &SQLITE_READER } else { &SQLITE_WRITER };
    for setting in SQLITE.iter().chain(own) {
        ensure(&mut conn, setting)?;
    }
    Ok(conn)
}

fn make_file(path: &Path, purpose: Purpose) -> StoreResult<()> {
    if path.exists() {
        return Ok(());
    }
    if purpose.only_reads() {
        return Err(StoreError::broken("the SQLite database is not there yet; run migrate or start the service"));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop).map_err(|error| StoreError::broken_by("the SQLite database cannot be created", &error))
}

fn ensure(conn: &mut SqliteConnection, (set, read, expected): &(&'static str, &'static str, &str)) -> StoreResult<()> {
    conn.batch_execute(set)?;
    let Value { value } = sql_query(*read).get_result(conn)?;
    if value == *expected {
        return Ok(());
    }
    Err(StoreError::broken_by("SQLite did not accept a setting that the service relies on", set))
}

/// Connects, limits how long anything may take, and makes sure that a commit is durable and text is UTF-8.
pub(super) fn open_postgres(url: &DatabaseUrl, purpose: Purpose) -> StoreResult<PgConnection> {
    let mut defaults = LIBPQ.to_vec();
    if !purpose.only_reads() {
        // Of several hosts, the one that is the primary now.
        defaults.push(("target_session_attrs", "read-write"));
    }
    let text = url
        .for_libpq(&defaults)
        .map_err(|refusal| StoreError::broken_by("the database is refused", &refusal))?
        .ok_or_else(|| StoreError::broken("the database is not PostgreSQL"))?;
    let mut conn = PgConnection::establish(&text)
        .map_err(|error| StoreError::broken_by("PostgreSQL cannot be reached", &error))?;
    conn.batch_execute(match purpose {
        Purpose::Read => {
            "SET statement_timeout = '5s'; SET lock_timeout = '2s'; SET idle_in_transaction_session_timeout = '10s'; \
             SET TIME ZONE 'UTC'; SET default_transaction_read_only = on"
        }
        Purpose::Write => {
            "SET statement_timeout = '10s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'; \
             SET TIME ZONE 'UTC'"
        }
        Purpose::Maintain => {
            "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
             SET TIME ZONE 'UTC'"
        }
        Purpose::Inspect => {
            "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; \
             SET TIME ZONE 'UTC'; SET default_transaction_read_only = on"
        }
    })?;
    check_postgres(&mut conn)?;
    Ok(conn)
}

#[derive(QueryableByName)]
struct Server {
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Text)]
    encoding: String,
    #[diesel(sql_type = Text)]
    fsync: String,
    #[diesel(sql_type = Text)]
    synchronous_commit: String,
}

fn check_postgres(conn: &mut PgConnection) -> StoreResult<()> {
    let server: Server = sql_query(
        "SELECT current_setting('server_version_num')::int4 AS version, current_setting('server_encoding') AS encoding, \
         current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS synchronous_commit",
    )
    .get_result(conn)?;
    if server.version < OLDEST_POSTGRES {
        return Err(StoreError::broken("PostgreSQL is older than 14; upgrade it"));
    }
    if server.encoding != "UTF8" {
        return Err(StoreError::broken("the PostgreSQL database is not in UTF8; create it with ENCODING 'UTF8'"));
    }
    if server.fsync != "on" {
        return Err(StoreError::broken("PostgreSQL runs with fsync off and may lose what it acknowledged; turn it on"));
    }
    // Stronger settings (remote_apply) stay as they are; weaker ones acknowledge commits that a crash undoes.
    if matches!(server.synchronous_commit.as_str(), "off") {
        conn.batch_execute("SET synchronous_commit = on")?;
    }
    Ok(())
}
