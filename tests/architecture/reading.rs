//! Reading the sources: which files there are, what in them is code, and whom it mentions.

use std::fs;
use std::path::{Path, PathBuf};

/// A file under `src/`.
pub struct SourceFile {
    /// Path below `src/`, with forward slashes.
    pub path: String,
    pub text: String,
    /// The text with comments and literals blanked, line for line.
    pub code: String,
}

impl SourceFile {
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned(), code: code_only(text) }
    }

    /// The room is the first part of the path, `main` and `lib` included.
    pub fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// How many modules below the crate root this file's own module stands.
    pub fn depth(&self) -> usize {
        let parts = self.path.split('/').count();
        if self.path.ends_with("/mod.rs") { parts - 1 } else { parts }
    }

    pub fn line_of(&self, offset: usize) -> usize {
        self.code[..offset].matches('\n').count() + 1
    }

    /// Every mention of the crate root's children: the offset and the name that follows.
    pub fn crate_mentions<'r>(&self, rooms: impl Iterator<Item = &'r str> + Clone) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for root in ["crate", "child_index"] {
            for at in mentions(&self.code, root) {
                if let Some(tail) = self.code[at + root.len()..].trim_start().strip_prefix("::") {
                    found.extend(heads(tail).into_iter().map(|name| (at, name)));
                }
            }
        }
        // `super` often enough reaches the root as well; inside an inline module one more is needed, which this counts too.
        for at in mentions(&self.code, "super") {
            let before = self.code[..at].trim_end();
            if before.ends_with("super::") {
                continue;
            }
            let (mut tail, mut steps) = (&self.code[at..], 0);
            while let Some(rest) = tail.strip_prefix("super::") {
                tail = rest;
                steps += 1;
            }
            if steps >= self.depth() {
                let named = heads(tail).into_iter().filter(|name| rooms.clone().any(|room| room == name));
                found.extend(named.map(|name| (at, name)));
            }
        }
        found
    }
}

/// Blanks comments, strings and character literals so that only code is left; offsets and lines stay what they were.
pub fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = skipped_until(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(out).unwrap()
}

/// Where the comment or literal starting at `at` ends; `at` itself when none starts there.
fn skipped_until(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let find = |from: usize, needle: &[u8]| {
        rest[from..]
            .windows(needle.len())
            .position(|w| w == needle)
            .map_or(bytes.len(), |p| at + from + p + needle.len())
    };
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|&b| b == b'\n').map_or(bytes.len(), |p| at + p),
        [b'/', b'*', ..] => find(2, b"*/"),
        [b'r', b'"' | b'#', ..] if at == 0 || !is_word(bytes[at - 1]) || bytes[at - 1] == b'b' => {
            let hashes = rest[1..].iter().take_while(|&&b| b == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return at;
            }
            find(2 + hashes, &[b"\"".as_slice(), &b"#".repeat(hashes)].concat())
        }
        [b'"', ..] => quoted_until(bytes, at, b'"'),
        [b'\'', b'\\', ..] => quoted_until(bytes, at, b'\''),
        [b'\'', ..] => {
            // A character literal closes after one character; anything else is a lifetime or a label.
            let text = std::str::from_utf8(&rest[1..]).unwrap();
            let width = text.chars().next().map_or(0, char::len_utf8);
            if rest.get(1 + width) == Some(&b'\'') { at + width + 2 } else { at }
        }
        _ => at,
    }
}

fn quoted_until(bytes: &[u8], at: usize, quote: u8) -> usize {
    let mut i = at + 1;
    while i < bytes.len() && bytes[i] != quote {
        i += if bytes[i] == b'\\' { 2 } else { 1 };
    }
    (i + 1).min(bytes.len())
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Offsets at which `word` stands in `text`, not as a part of a longer name.
pub fn mentions<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let bytes = text.as_bytes();
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        let open = !is_word(word.as_bytes()[0]) || at == 0 || !is_word(bytes[at - 1]);
        let shut = !is_word(word.as_bytes()[word.len() - 1]) || bytes.get(at + word.len()).is_none_or(|&b| !is_word(b));
        open && shut
    })
}

/// The first names of a path's tail: one for `app::children`, several for `{app::children, domain::{…}}`.
fn heads(tail: &str) -> Vec<String> {
    let tail = tail.trim_start();
    let Some(group) = tail.strip_prefix('{') else {
        return vec![tail.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == '*').collect()];
    };
    let (mut depth, mut start, mut found) = (0_usize, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            ',' | '}' if depth == 0 => {
                if !group[start..at].trim().is_empty() {
                    found.extend(heads(&group[start..at]));
                }
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            '}' => depth -= 1,
            _ => {}
        }
    }
    found
}

pub fn rust_files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

pub fn source_files() -> Vec<SourceFile> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    rust_files_below(&src)
        .iter()
        .map(|path| {
            let below = path.strip_prefix(&src).unwrap().to_str().unwrap().replace('\\', "/");
            SourceFile::new(&below, &fs::read_to_string(path).unwrap())
        })
        .collect()
}
