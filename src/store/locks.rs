//! Who may use an embedded index at the same time: everyone together, or one destructive command alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::PathBuf;

use super::connections::DatabaseUrl;
use super::errors::{StoreError, StoreResult};

/// A hold on the file beside an SQLite index, `<index>.lock`, until it is dropped or its process ends, however it
/// ends. On PostgreSQL it is empty: there the database itself keeps its users apart.
#[derive(Debug)]
pub struct Hold {
    _file: Option<File>,
}

impl Hold {
    /// Held by everything that serves, loads or changes accounts, together.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] while a destructive command holds the index alone; [`StoreError::Broken`] where the file
    /// cannot be made.
    pub fn together(url: &DatabaseUrl) -> StoreResult<Self> {
        Self::take(url, File::try_lock_shared)
    }

    /// Held by a command that destroys or replaces an index.
    ///
    /// # Errors
    ///
    /// [`StoreError::Busy`] while anything else uses the index; [`StoreError::Broken`] where the file cannot be made.
    pub fn alone(url: &DatabaseUrl) -> StoreResult<Self> {
        Self::take(url, File::try_lock)
    }

    fn take(url: &DatabaseUrl, lock: fn(&File) -> Result<(), TryLockError>) -> StoreResult<Self> {
        let Some(path) = url.sqlite_path() else { return Ok(Self { _file: None }) };
        let mut path = path.as_os_str().to_owned();
        path.push(".lock");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options
            .open(PathBuf::from(path))
            .map_err(|error| StoreError::broken_by("the lock file of the index cannot be made", &error))?;
        match lock(&file) {
            Ok(()) => Ok(Self { _file: Some(file) }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Busy),
            Err(TryLockError::Error(error)) => {
                Err(StoreError::broken_by("the lock file of the index cannot be locked", &error))
            }
        }
    }
}
