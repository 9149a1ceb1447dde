//! Whether the files of an SQLite database are still those that were opened. One that was moved or removed is written to
//! all the same, and what is committed to it is lost with the process: nothing may be disclosed on the strength of that.

use std::path::{Path, PathBuf};

use super::database_url::DatabaseUrl;

/// Which file a path leads to.
type Identity = (u64, u64);

/// The database's file and its write-ahead log, as they were when they were opened.
#[derive(Debug)]
pub(super) struct DatabaseFiles {
    seen: Vec<(PathBuf, Option<Identity>)>,
}

impl DatabaseFiles {
    /// Of a database that was opened just now; of none where it is not in files.
    pub(super) fn of(url: &DatabaseUrl) -> Self {
        let Some(path) = url.sqlite_path() else { return Self { seen: Vec::new() } };
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let seen = [path.to_owned(), PathBuf::from(log)].map(|path| {
            let identity = identity(&path);
            (path, identity)
        });
        Self { seen: seen.into() }
    }

    /// Whether each path still leads to the file that was opened. A file that was not there yet may have come.
    pub(super) fn are_in_place(&mut self) -> bool {
        self.seen.iter_mut().all(|(path, seen)| {
            let now = identity(path);
            if seen.is_none() {
                *seen = now;
            }
            *seen == now
        })
    }

    /// The bytes of the write-ahead log; 0 where there is none.
    pub(super) fn log_size(&self) -> u64 {
        self.seen.last().and_then(|(path, _)| std::fs::metadata(path).ok()).map_or(0, |file| file.len())
    }
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// Elsewhere an open file can be neither moved nor removed.
#[cfg(not(unix))]
const fn identity(_path: &Path) -> Option<Identity> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_goes_is_noticed_and_one_that_comes_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let (path, log) = (folder.path().join("index.db"), folder.path().join("index.db-wal"));
        std::fs::write(&path, "a").unwrap();
        let mut files = DatabaseFiles::of(&DatabaseUrl::sqlite(&path));
        assert!(files.are_in_place());
        std::fs::write(&log, "b").unwrap();
        assert!(files.are_in_place(), "the log is made with the first write");
        std::fs::rename(&log, folder.path().join("elsewhere")).unwrap();
        assert!(!files.are_in_place());
        std::fs::rename(folder.path().join("elsewhere"), &log).unwrap();
        assert!(files.are_in_place());
        std::fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        assert!(!files.are_in_place());
        std::fs::write(&path, "another of the same name").unwrap();
        assert!(!files.are_in_place());
    }
}
