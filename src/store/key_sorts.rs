//! Sorting more keys than memory holds: they are dealt out by their first bits to parts, and each part is sorted by itself.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::errors::{StoreError, StoreResult};
use crate::domain::ids::ChildId;
use crate::domain::matching::Key;

/// How many parts there are: keys are hashes, so that each part gets as many, and a part of the largest index fits into
/// a hundred megabytes.
const PARTS: usize = 64;
/// Bytes of a part that are kept in memory; with more they go to a file.
const KEPT: usize = 1 << 20;
/// A pair as it is kept: six bytes of key, five of child.
const PAIR: usize = 11;

/// Pairs of key and child on their way into a table.
pub struct KeySort {
    parts: Vec<Part>,
    /// Where files are made: beside the index.
    beside: PathBuf,
    name: &'static str,
}

#[derive(Default)]
struct Part {
    kept: Vec<u8>,
    file: Option<Spill>,
}

/// A file that nobody else can read and that goes with its process, where the system allows that, or else with this.
struct Spill {
    file: File,
    path: PathBuf,
}

impl Drop for Spill {
    fn drop(&mut self) {
        // Gone already on most systems; where it is not, it holds hashes and internal ids, and the next one replaces it.
        let _gone = fs::remove_file(&self.path);
    }
}

impl KeySort {
    /// Nothing to sort yet. Files, where they are needed, are made next to `beside` and bear its name and `name`.
    #[must_use]
    pub fn new(beside: &Path, name: &'static str) -> Self {
        Self { parts: (0..PARTS).map(|_| Part::default()).collect(), beside: beside.to_owned(), name }
    }

    /// Adds pairs of one child.
    ///
    /// # Errors
    /// `Broken` where a file cannot be written, or for what is no 48-bit key or 40-bit id.
    pub fn push(&mut self, keys: &[Key], child: ChildId) -> StoreResult<()> {
        let [0, 0, 0, id @ ..] = child.0.to_be_bytes() else { return Err(StoreError::broken(TOO_LARGE)) };
        for key in keys {
            let [0, 0, bytes @ ..] = key.0.to_be_bytes() else { return Err(StoreError::broken(TOO_LARGE)) };
            let [first, ..] = bytes;
            let number = usize::from(first) * PARTS / 256;
            let Some(part) = self.parts.get_mut(number) else { continue };
            part.kept.extend_from_slice(&bytes);
            part.kept.extend_from_slice(&id);
            if part.kept.len() >= KEPT {
                let mut path = self.beside.clone().into_os_string();
                path.push(format!(".{}-{number}", self.name));
                part.spill(path.into()).map_err(|error| StoreError::broken_by(UNSORTED, &error))?;
            }
        }
        Ok(())
    }

    /// The parts in their order, each sorted and each pair once.
    pub fn into_sorted(self) -> impl ExactSizeIterator<Item = StoreResult<Vec<(Key, ChildId)>>> + Send {
        self.parts.into_iter().map(|part| part.sorted().map_err(|error| StoreError::broken_by(UNSORTED, &error)))
    }
}

const TOO_LARGE: &str = "a key or an id is larger than keys and ids are";
const UNSORTED: &str = "keys could not be sorted; there may be no room beside the index";

impl Part {
    fn spill(&mut self, path: PathBuf) -> io::Result<()> {
        if self.file.is_none() {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&path)?;
            let spill = Spill { file, path };
            #[cfg(unix)]
            fs::remove_file(&spill.path)?;
            self.file = Some(spill);
        }
        if let Some(spill) = &mut self.file {
            spill.file.write_all(&self.kept)?;
            self.kept.clear();
        }
        Ok(())
    }

    fn sorted(mut self) -> io::Result<Vec<(Key, ChildId)>> {
        let mut bytes = Vec::new();
        if let Some(mut spill) = self.file.take() {
            spill.file.rewind()?;
            spill.file.read_to_end(&mut bytes)?;
        }
        bytes.append(&mut self.kept);
        let (pairs, _) = bytes.as_chunks::<PAIR>();
        let mut pairs: Vec<(Key, ChildId)> = pairs.iter().map(pair).collect();
        pairs.sort_unstable();
        pairs.dedup();
        Ok(pairs)
    }
}

fn pair(bytes: &[u8; PAIR]) -> (Key, ChildId) {
    let [a, b, c, d, e, f, id @ ..] = *bytes;
    let [g, h, i, j, k] = id;
    (Key(i64::from_be_bytes([0, 0, a, b, c, d, e, f])), ChildId(i64::from_be_bytes([0, 0, 0, g, h, i, j, k])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(sort: KeySort) -> Vec<(Key, ChildId)> {
        sort.into_sorted().flat_map(Result::unwrap).collect()
    }

    #[test]
    fn pairs_come_out_in_order_and_once_from_memory_and_from_files() {
        let dir = tempfile::tempdir().unwrap();
        let index = dir.path().join("index.db");
        for (children, files) in [(100, false), (90_000, true)] {
            let mut sort = KeySort::new(&index, "test");
            let mut expected = Vec::new();
            for child in (1..=children).rev() {
                let key = |n: i64| Key((child * 7_919 + n * n * 104_729_777_777) & ((1 << 48) - 1));
                let keys: Vec<Key> = (0..100).map(key).collect();
                sort.push(&keys, ChildId(child)).unwrap();
                expected.extend(keys.into_iter().map(|key| (key, ChildId(child))));
            }
            assert_eq!(sort.parts.iter().any(|part| part.file.is_some()), files);
            expected.sort_unstable();
            expected.dedup();
            assert!(sorted(sort) == expected);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left behind");
    }

    #[test]
    fn what_does_not_fit_is_refused_and_not_cut_short() {
        let dir = tempfile::tempdir().unwrap();
        let mut sort = KeySort::new(&dir.path().join("index.db"), "test");
        assert!(sort.push(&[Key(1 << 48)], ChildId(1)).is_err());
        assert!(sort.push(&[Key(-1)], ChildId(1)).is_err());
        assert!(sort.push(&[Key(1)], ChildId(1 << 40)).is_err());
        sort.push(&[Key((1 << 48) - 1), Key(0)], ChildId((1 << 40) - 1)).unwrap();
        assert_eq!(sorted(sort), [(Key(0), ChildId((1 << 40) - 1)), (Key((1 << 48) - 1), ChildId((1 << 40) - 1))]);
    }
}
