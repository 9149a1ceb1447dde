//! The shape of the code, checked: arrows between rooms run downward, names keep their place, files stay readable.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a failed test is the answer here"
)]

mod reading;

use reading::{SourceFile, mentions, rust_files_below, source_files};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// What each room may mention of the others. Everything in the crate lives in one of them.
const ROOMS: &[(&str, &[&str])] = &[
    ("main", &["cli"]),
    ("cli", &["server", "api", "app", "store", "domain", "config", "telemetry"]),
    ("server", &["api", "app", "store", "domain", "config", "telemetry"]),
    ("api", &["app", "domain", "config", "telemetry"]),
    ("app", &["store", "domain", "config", "telemetry"]),
    ("store", &["domain", "config", "telemetry"]),
    ("config", &["domain"]),
    ("telemetry", &[]),
    ("domain", &[]),
];

/// Words that a room must not contain, because they name what belongs to another one.
const FOREIGN: &[(&str, &[&str])] = &[
    ("api", &["diesel", "r2d2", "libsqlite3_sys", "rusqlite", "pq_sys", "std::fs", "web::block"]),
    ("app", &["actix", "actix_web", "utoipa", "diesel", "libsqlite3_sys", "rusqlite", "pq_sys", "validator"]),
    ("store", &["actix", "actix_web", "utoipa", "validator", "jsonwebtoken"]),
    (
        "domain",
        &[
            "actix",
            "actix_web",
            "utoipa",
            "diesel",
            "r2d2",
            "tokio",
            "tracing",
            "async",
            "await",
            "std::fs",
            "std::io",
            "TcpStream",
            "TcpListener",
            "UdpSocket",
            "std::env",
            "std::process",
            "std::thread",
            "SystemTime",
        ],
    ),
    ("config", &["actix_web", "diesel"]),
    ("telemetry", &["diesel"]),
];

/// Words with one home: the word, and the path prefixes under `src/` that may contain it.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("PgConnection", &["store/dialect", "store/connections", "store/settings"]),
    ("SqliteConnection", &["store/dialect", "store/connections", "store/settings"]),
    (".default_service(", &["server"]),
];

/// Text that means unfinished work, looked for in code and comments alike.
const UNFINISHED: &[&str] =
    &["TODO", "FIXME", "XXX", "HACK", "(to be written)", "todo!", "unimplemented!", "for now,", "not yet implemented"];

/// Names that say nothing about what a module holds.
const EMPTY_NAMES: &[&str] =
    &["util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "shared", "prelude"];

/// A file holding more lines than this holds two ideas.
const LONGEST_FILE: usize = 450;

fn arrows_up(file: &SourceFile) -> Vec<String> {
    let room = file.room();
    if room == "lib" {
        return Vec::new();
    }
    let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("src/{}: `{room}` is not a room", file.path)];
    };
    file.crate_mentions(ROOMS.iter().map(|(room, _)| *room))
        .into_iter()
        .filter(|(_, name)| name != room && !allowed.contains(&name.as_str()))
        .map(|(at, name)| format!("src/{}:{}: `{room}` may not look at `{name}`", file.path, file.line_of(at)))
        .collect()
}

fn foreign_words(file: &SourceFile) -> Vec<String> {
    let Some((_, words)) = FOREIGN.iter().find(|(room, _)| *room == file.room()) else { return Vec::new() };
    let mut found = Vec::new();
    for word in *words {
        for at in mentions(&file.code, word) {
            found.push(format!(
                "src/{}:{}: `{word}` does not belong in `{}`",
                file.path,
                file.line_of(at),
                file.room()
            ));
        }
    }
    found
}

fn words_away_from_home(file: &SourceFile) -> Vec<String> {
    let mut found = Vec::new();
    for (word, homes) in ONE_HOME {
        if homes.iter().any(|home| file.path.starts_with(home)) {
            continue;
        }
        for at in mentions(&file.code, word) {
            found.push(format!("src/{}:{}: `{word}` may stand only in {homes:?}", file.path, file.line_of(at)));
        }
    }
    found
}

/// A sealed answer is opened by the recorder alone, after the commit that records it.
fn seals_broken(file: &SourceFile) -> Vec<String> {
    if file.path.starts_with("store/recorder") {
        return Vec::new();
    }
    [".release(", "::release(", "Disclosure::release"]
        .iter()
        .flat_map(|word| mentions(&file.code, word).map(|at| (*word, at)).collect::<Vec<_>>())
        .map(|(word, at)| format!("src/{}:{}: `{word}` opens a seal outside the recorder", file.path, file.line_of(at)))
        .collect()
}

fn unfinished(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in UNFINISHED {
            if mentions(line, word).next().is_some() {
                found.push(format!("{path}:{}: `{word}`", number + 1));
            }
        }
    }
    found
}

/// The file opens with a `//!` paragraph that ends as a sentence does.
fn opening_missing(file: &SourceFile) -> Option<String> {
    let paragraph: Vec<&str> = file
        .text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(str::trim)
        .take_while(|line| !line.is_empty())
        .collect();
    let sentence = paragraph.join(" ");
    let whole = sentence.len() > 15 && sentence.ends_with(['.', '?']);
    (!whole).then(|| format!("src/{}: the first lines must be a `//!` sentence saying what lives here", file.path))
}

#[track_caller]
fn assert_none(findings: impl IntoIterator<Item = String>) {
    let mut list = String::new();
    for finding in findings {
        writeln!(list, "  {finding}").unwrap();
    }
    assert!(list.is_empty(), "\n{list}");
}

#[test]
fn rooms_look_only_downward() {
    assert_none(source_files().iter().flat_map(arrows_up));
}

#[test]
fn rooms_hold_only_what_belongs_in_them() {
    assert_none(source_files().iter().flat_map(foreign_words));
}

#[test]
fn names_with_one_home_stay_there() {
    assert_none(source_files().iter().flat_map(words_away_from_home));
}

#[test]
fn only_the_recorder_opens_a_disclosure() {
    assert_none(source_files().iter().flat_map(seals_broken));
}

#[test]
fn the_crate_root_only_names_the_rooms() {
    let files = source_files();
    let root = files.iter().find(|file| file.path == "lib.rs").unwrap();
    let strays = root.code.lines().map(str::trim).filter(|line| {
        let module = line.strip_prefix("pub mod ").and_then(|line| line.strip_suffix(';'));
        !line.is_empty() && module.is_none_or(|name| ROOMS.iter().all(|(room, _)| *room != name))
    });
    // A name re-exported at the root would hide which room it comes from.
    assert_none(strays.map(|line| format!("src/lib.rs: `{line}`")));
}

#[test]
fn files_stay_readable() {
    let long = |file: &SourceFile| {
        let lines = file.text.lines().count();
        (lines > LONGEST_FILE).then(|| format!("src/{}: {lines} lines, at most {LONGEST_FILE}", file.path))
    };
    assert_none(source_files().iter().filter_map(long));
}

#[test]
fn every_file_opens_with_a_sentence() {
    assert_none(source_files().iter().filter_map(opening_missing));
}

#[test]
fn no_module_is_named_for_nothing() {
    let named_for_nothing = |file: &SourceFile| {
        let empty = file.path.trim_end_matches(".rs").split('/').any(|part| EMPTY_NAMES.contains(&part));
        empty.then(|| format!("src/{}: the name says nothing about what it holds", file.path))
    };
    assert_none(source_files().iter().filter_map(named_for_nothing));
}

#[test]
fn nothing_is_left_unfinished() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut findings = Vec::new();
    for folder in ["src", "tests"] {
        for path in rust_files_below(&here.join(folder)) {
            let below = path.strip_prefix(here).unwrap().to_str().unwrap().to_owned();
            // This file has to spell the words it looks for.
            if below != file!() {
                findings.extend(unfinished(&below, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert_none(findings);
}

/// The checks above prove something only if they can fail.
mod the_checks_themselves {
    use super::reading::code_only;
    use super::*;

    fn upward(path: &str, text: &str) -> usize {
        arrows_up(&SourceFile::new(path, text)).len()
    }

    #[test]
    fn an_arrow_up_is_found_however_it_is_written() {
        assert_eq!(upward("store/children.rs", "use crate::app::Index;"), 1);
        assert_eq!(upward("store/children.rs", "use crate::{domain::Child, app::{Index, api}};"), 1);
        assert_eq!(upward("store/children.rs", "fn f() { let x = crate :: api :: view(); }"), 1);
        assert_eq!(upward("store/children.rs", "use super::super::app::Index;"), 1);
        assert_eq!(upward("store/mod.rs", "use super::api;"), 1);
        assert_eq!(upward("store/mod.rs", "macro_rules! m { () => { $crate::server::run() } }"), 1);
        assert_eq!(upward("api/children.rs", "use child_index::store::Pool;"), 1);
        assert_eq!(upward("domain/mod.rs", "use crate::*;"), 1);
        assert_eq!(upward("cellar/mod.rs", ""), 1);
    }

    #[test]
    fn an_arrow_down_is_left_alone() {
        assert_eq!(upward("store/children.rs", "use crate::{domain::Child, store::Pool};"), 0);
        assert_eq!(upward("app/children.rs", "use super::store_of; use crate::store::children;"), 0);
        assert_eq!(upward("store/audit/mod.rs", "use super::app;"), 0);
        assert_eq!(upward("store/mod.rs", "// crate::api\nconst A: &str = \"crate::api\"; /* crate::api */"), 0);
    }

    #[test]
    fn literals_are_told_from_code() {
        let code = code_only("let a = 'x'; let b = '\\''; let c: &'a str = r#\"crate::\"api\"#; diesel");
        assert!(!code.contains("crate") && code.contains("&'a str") && code.contains("diesel"), "{code}");
        assert_eq!(code_only("let é = 'é'; // é\nx").lines().count(), 2);
    }

    #[test]
    fn a_seal_opened_elsewhere_is_found() {
        let text = "fn f(d: Disclosure<u8>) -> u8 { d.release() }";
        assert_eq!(seals_broken(&SourceFile::new("app/children.rs", text)).len(), 1);
        assert_eq!(seals_broken(&SourceFile::new("store/recorder/batch.rs", text)).len(), 0);
    }

    #[test]
    fn words_are_matched_whole() {
        assert_eq!(foreign_words(&SourceFile::new("api/mod.rs", "use diesel::prelude::*;")).len(), 1);
        assert_eq!(foreign_words(&SourceFile::new("api/mod.rs", "let diesels = 1;")).len(), 0);
        assert_eq!(unfinished("a.rs", "// TODO: more").len(), 1);
        assert_eq!(words_away_from_home(&SourceFile::new("store/pool.rs", "diesel::PgConnection")).len(), 1);
    }

    #[test]
    fn an_opening_must_be_a_sentence() {
        let opens = |text: &str| opening_missing(&SourceFile::new("a.rs", text)).is_none();
        assert!(opens("//! What lives in this file\n//! and why.\n\nuse std::fs;"));
        assert!(!opens("use std::fs;"));
        assert!(!opens("//! Things\n"));
    }
}
