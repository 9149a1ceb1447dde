//! A fresh, migrated database for each case: a copied file on SQLite, a user with a schema on PostgreSQL.

use std::env;
use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use child_index::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use child_index::store::migrations::migrate;
use child_index::store::pools::Pool;
use diesel::connection::SimpleConnection;
use tempfile::TempDir;

use crate::clusters::{Cluster, administer, find_programs};

/// The databases that every case runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Embedded.
    Sqlite,
    /// Shared.
    Postgres,
}

impl Backend {
    /// The database that a connection leads to.
    pub fn of(conn: &AnyConnection) -> Self {
        match conn {
            AnyConnection::Sqlite(_) => Self::Sqlite,
            AnyConnection::Postgres(_) => Self::Postgres,
        }
    }

    /// How a statement of a test writes an identifier of an organisation, a team or a practitioner.
    pub fn id(self, id: impl fmt::Display) -> String {
        match self {
            Self::Sqlite => format!("X'{}'", id.to_string().replace('-', "")),
            Self::Postgres => format!("'{id}'"),
        }
    }

    /// How a statement of a test writes a day of a child or an involvement.
    pub fn day(self, day: &str) -> String {
        match self {
            Self::Sqlite => format!("unixepoch('{day}') / 86400"),
            Self::Postgres => format!("DATE '{day}'"),
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        })
    }
}

/// Why there is no database for a case.
#[derive(Debug, Clone)]
pub enum Unavailable {
    /// PostgreSQL is not here, and need not be.
    NotInstalled,
    /// It should be here, and is not, or does not work.
    Failed(String),
}

/// A database of one case's own. It goes when this does.
pub struct TestDatabase {
    backend: Backend,
    url: String,
    place: Place,
}

enum Place {
    File {
        _dir: TempDir,
    },
    /// A user and the schema that is called like it, which is where PostgreSQL looks first. Whole databases take
    /// twenty times as long to make and to drop.
    Schema {
        name: String,
        administration: String,
    },
}

impl TestDatabase {
    /// A migrated database with nothing in it.
    pub fn fresh(backend: Backend) -> Result<Self, Unavailable> {
        match backend {
            Backend::Sqlite => Ok(Self::sqlite()),
            Backend::Postgres => Self::postgres(),
        }
    }

    fn sqlite() -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let file = dir.path().join("index.db");
        fs::copy(&*SQLITE_TEMPLATE.1, &file).expect("a copy of the template");
        Self { backend: Backend::Sqlite, url: format!("sqlite:{}", file.display()), place: Place::File { _dir: dir } }
    }

    fn postgres() -> Result<Self, Unavailable> {
        // Not made under the lock: others wait for it.
        let place = match server().get_or_insert_with(start_cluster) {
            Ok(cluster) => SchemaPlace::on(cluster),
            Err(why) => return Err(why.clone()),
        };
        Self::made(place)
    }

    /// A database on a server of its own, for cases that stop it.
    pub fn alone() -> Result<(Self, Cluster), Unavailable> {
        let cluster = start_cluster()?;
        Ok((Self::made(SchemaPlace::on(&cluster))?, cluster))
    }

    fn made(SchemaPlace { name, url, administration }: SchemaPlace) -> Result<Self, Unavailable> {
        administer(&administration, &format!("CREATE ROLE {name} LOGIN; CREATE SCHEMA AUTHORIZATION {name}"))
            .map_err(Unavailable::Failed)?;
        let database = Self { backend: Backend::Postgres, url, place: Place::Schema { name, administration } };
        migrate(&mut database.open(Purpose::Maintain)).expect("the migrations");
        Ok(database)
    }

    /// Which of the two it is.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Its URL as an operator would write it.
    pub fn url_text(&self) -> &str {
        &self.url
    }

    /// Its URL.
    pub fn url(&self) -> DatabaseUrl {
        self.url.parse().expect("the suite's own URL")
    }

    /// A connection that may write.
    pub fn connect(&self) -> AnyConnection {
        self.open(Purpose::Write)
    }

    /// A connection for a purpose.
    pub fn open(&self, purpose: Purpose) -> AnyConnection {
        AnyConnection::open(&self.url(), purpose).expect("a connection")
    }

    /// A pool of this many connections for reading.
    pub fn pool(&self, size: u32) -> Pool {
        Pool::open(&self.url(), Some(size)).expect("a pool")
    }

    /// Runs statements as the server's administrator. Nothing on SQLite, where there is none.
    pub fn administer(&self, statements: &str) {
        if let Place::Schema { administration, .. } = &self.place {
            administer(administration, statements).expect("what an administrator may");
        }
    }

    /// Ends every other connection, as a server that restarts does. Nothing on SQLite, where there is no server.
    pub fn disconnect_all(&self) {
        if let Place::Schema { name, administration } = &self.place {
            administer(administration, &end_sessions(name)).expect("every other connection ends");
        }
    }
}

/// Where a schema is going to be.
struct SchemaPlace {
    name: String,
    url: String,
    administration: String,
}

impl SchemaPlace {
    fn on(cluster: &Cluster) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("case_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let url = cluster.url(&name);
        Self { name, url, administration: cluster.administration() }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let Place::Schema { name, administration } = &self.place else { return };
        // Perhaps the case has panicked already: this must not do so again. What stays goes with the server.
        let gone = administer(administration, &end_sessions(name))
            .and_then(|()| administer(administration, &format!("DROP SCHEMA {name} CASCADE; DROP ROLE {name}")));
        if let Err(why) = gone {
            eprintln!("{name} could not be removed: {why}");
        }
    }
}

fn end_sessions(user: &str) -> String {
    format!("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = '{user}'")
}

/// Stops the server and says what was not tested.
pub fn finish() {
    if let Some(Err(Unavailable::NotInstalled)) = server().take() {
        eprintln!(
            "PostgreSQL (initdb, postgres) was not found or not wanted: its cases were skipped, SQLite alone was tested."
        );
    }
}

static SERVER: Mutex<Option<Result<Cluster, Unavailable>>> = Mutex::new(None);

/// A case that failed while it held the lock has not harmed the server.
fn server() -> MutexGuard<'static, Option<Result<Cluster, Unavailable>>> {
    SERVER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server of the caller's own, for cases that stop it.
pub fn start_cluster() -> Result<Cluster, Unavailable> {
    let told = |name: &str| env::var(name).is_ok_and(|value| value == "1");
    let required = told("CHILD_INDEX_REQUIRE_POSTGRES");
    match find_programs().filter(|_| required || !told("CHILD_INDEX_SKIP_POSTGRES")) {
        Some(programs) => Cluster::start(&programs).map_err(Unavailable::Failed),
        None if required => Err(Unavailable::Failed("PostgreSQL is required here and is not installed".to_owned())),
        None => Err(Unavailable::NotInstalled),
    }
}

/// A migrated file, whole in itself: its write-ahead log has been brought in.
static SQLITE_TEMPLATE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let file = dir.path().join("template.db");
    let mut conn = AnyConnection::open(&DatabaseUrl::sqlite(&file), Purpose::Maintain).expect("the template");
    migrate(&mut conn).expect("the migrations");
    conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
    (dir, file)
});
