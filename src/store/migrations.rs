//! The schema's migrations, embedded in the binary: two directories of equal names, one for each database.

use std::collections::BTreeSet;

use diesel::backend::Backend;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connections::AnyConnection;
use super::dialect;
use super::errors::{StoreError, StoreResult};
use super::transactions::write_tx;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

diesel::table! {
    /// What has been applied; diesel's own table.
    __diesel_schema_migrations (version) {
        /// The digits at the start of a migration's name.
        version -> Text,
    }
}

/// Applies every migration that the database lacks, and gives their names in order: all of them or none. Where
/// several nodes start together, one applies them and the others wait and find nothing left to do.
///
/// # Errors
///
/// [`StoreError::Broken`] naming the migration that failed, or where the database is newer than this build.
pub fn migrate(conn: &mut AnyConnection) -> StoreResult<Vec<String>> {
    write_tx(conn, |conn| {
        dialect::lock_schema(conn)?;
        refuse_newer(conn)?;
        match conn {
            AnyConnection::Sqlite(inner) => apply(inner, SQLITE),
            AnyConnection::Postgres(inner) => apply(inner, POSTGRES),
        }
    })
}

/// The names of the migrations that the database lacks, in order. Changes nothing, so that any role may ask.
///
/// # Errors
///
/// [`StoreError::Broken`] where the database is newer than this build.
pub fn pending(conn: &mut AnyConnection) -> StoreResult<Vec<String>> {
    refuse_newer(conn)?;
    let applied = applied(conn)?;
    let known = known(conn)?;
    Ok(known.into_iter().filter(|(version, _)| !applied.contains(version)).map(|(_, name)| name).collect())
}

/// Refuses to serve on a schema that is not exactly this build's.
///
/// # Errors
///
/// [`StoreError::Broken`] with a sentence that says what to do.
pub fn ensure_current(conn: &mut AnyConnection) -> StoreResult<()> {
    if pending(conn)?.is_empty() {
        return Ok(());
    }
    Err(StoreError::broken("the database's schema is older than this build; run child-index migrate"))
}

fn refuse_newer(conn: &mut AnyConnection) -> StoreResult<()> {
    let known: BTreeSet<String> = known(conn)?.into_iter().map(|(version, _)| version).collect();
    if applied(conn)?.is_subset(&known) {
        return Ok(());
    }
    Err(StoreError::broken("the database's schema is newer than this build; upgrade child-index"))
}

/// The versions that have been applied; none where there is no table of them yet.
fn applied(conn: &mut AnyConnection) -> StoreResult<BTreeSet<String>> {
    if !dialect::has_migrations_table(conn)? {
        return Ok(BTreeSet::new());
    }
    let versions: Vec<String> =
        __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn)?;
    Ok(versions.into_iter().collect())
}

/// Version and name of each migration in this build, in order.
fn known(conn: &AnyConnection) -> StoreResult<Vec<(String, String)>> {
    match conn {
        AnyConnection::Sqlite(_) => names::<Sqlite>(&SQLITE),
        AnyConnection::Postgres(_) => names::<Pg>(&POSTGRES),
    }
}

fn names<DB: Backend>(source: &EmbeddedMigrations) -> StoreResult<Vec<(String, String)>> {
    let migrations = MigrationSource::<DB>::migrations(source)
        .map_err(|error| StoreError::broken_by("the embedded migrations cannot be read", &error))?;
    let mut names: Vec<_> =
        migrations.iter().map(|each| (each.name().version().to_string(), each.name().to_string())).collect();
    names.sort();
    Ok(names)
}

fn apply<DB, C>(conn: &mut C, source: EmbeddedMigrations) -> StoreResult<Vec<String>>
where
    DB: Backend,
    C: MigrationHarness<DB>,
{
    let pending = conn
        .pending_migrations(source)
        .map_err(|error| StoreError::broken_by("the migrations cannot be listed", &error))?;
    let mut applied = Vec::new();
    for migration in pending {
        let migration: &dyn Migration<DB> = &*migration;
        let name = migration.name().to_string();
        conn.run_migration(migration).map_err(|error| failure(&name, error))?;
        applied.push(name);
    }
    Ok(applied)
}

/// A migration's failure, without the values that the database's words may hold.
fn failure(name: &str, error: Box<dyn std::error::Error + Send + Sync>) -> StoreError {
    match error.downcast::<diesel::result::Error>().map(|error| StoreError::from(*error)) {
        Ok(StoreError::Broken(cause)) => StoreError::broken_by("a migration failed", &format_args!("{name}: {cause}")),
        Ok(other) => StoreError::broken_by("a migration failed", &format_args!("{name}: {other}")),
        Err(_) => StoreError::broken_by("a migration failed", &name),
    }
}
