//! Walks through pages, held against what statements give: trees of every depth, rows that spill, damaged files.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};
use tempfile::TempDir;

use super::findings::{Fault, Finding, VerifyError};
use super::pages::{Pages, Tree, Walk};
use super::records::columns;

/// Rows with their numbers: zero in a tree that has none.
type Found = Vec<(i64, Vec<Value>)>;

/// A file with a numbered and a keyed table of so many rows, some of which spill into one page or several.
fn file(directory: &TempDir, rows: i64) -> Connection {
    let file = Connection::open(directory.path().join("rows.db")).unwrap();
    file.execute_batch(
        "CREATE TABLE numbered (id INTEGER PRIMARY KEY, body BLOB, word TEXT, part REAL);
         CREATE TABLE keyed (key BLOB NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (key, id)) WITHOUT ROWID; BEGIN",
    )
    .unwrap();
    let mut dice = ChaCha8Rng::seed_from_u64(1);
    for row in 0..rows {
        let length = match row % 97 {
            0 => dice.random_range(4_000..4_100),
            1 => dice.random_range(9_000..20_000),
            2 => dice.random_range(900..1_100),
            _ => dice.random_range(0..40),
        };
        let body: Vec<u8> = (0..length).map(|_| dice.random()).collect();
        let insert = "INSERT INTO numbered VALUES (?1, ?2, ?3, 0.5)";
        file.execute(insert, (row * 3 - 50, &body, (row % 2 == 0).then_some("mot"))).unwrap();
        file.execute("INSERT INTO keyed VALUES (?1, ?2)", (&body, row << (row % 48))).unwrap();
    }
    file.execute_batch("COMMIT; BEGIN").unwrap();
    file
}

fn root(file: &Connection, table: &str) -> u32 {
    file.query_row("SELECT rootpage FROM sqlite_schema WHERE name = ?1", [table], |row| row.get(0)).unwrap()
}

fn walked<const N: usize>(file: &Connection, tree: Tree, table: &str, from: i64) -> Result<Found, VerifyError> {
    let pages = Pages::of(file)?.unwrap();
    let mut walk = Walk::start(file, pages, tree, root(file, table), from)?;
    let mut found = Vec::new();
    while let Some((number, record)) = walk.row() {
        let values: [ValueRef<'_>; N] = columns(record).ok_or_else(|| walk.damaged())?;
        found.push((number, values.map(|value| value.try_into().unwrap_or(Value::Null)).to_vec()));
        walk.advance()?;
    }
    Ok(found)
}

fn selected(file: &Connection, statement: &str, columns: usize) -> Found {
    let mut statement = file.prepare(statement).unwrap();
    let row = |row: &rusqlite::Row<'_>| {
        let values: Vec<Value> = (1..=columns).map(|at| row.get(at).unwrap()).collect();
        Ok((row.get(0).unwrap(), values))
    };
    statement.query_map([], row).unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_walk_finds_the_rows_that_statements_find() {
    for rows in [0, 1, 5, 700, 9_000] {
        let directory = tempfile::tempdir().unwrap();
        let file = file(&directory, rows);
        for from in [i64::MIN, -50, 0, 1_000, rows * 3 - 53, i64::MAX] {
            // The number of a row stands beside the row, which has nothing in its place.
            let statement = format!("SELECT id, NULL, body, word, part FROM numbered WHERE id >= {from} ORDER BY id");
            let walked = walked::<4>(&file, Tree::Numbered, "numbered", from).unwrap();
            assert!(walked == selected(&file, &statement, 4), "{rows} rows, from {from}");
        }
        let mut keyed = walked::<2>(&file, Tree::Keyed, "keyed", 0).unwrap();
        let blob = |row: &(i64, Vec<Value>)| match row.1.as_slice() {
            [Value::Blob(key), Value::Integer(id)] => (key.clone(), *id),
            other => panic!("{other:?}"),
        };
        keyed.sort_by_key(blob);
        assert!(keyed == selected(&file, "SELECT 0, key, id FROM keyed ORDER BY key, id", 2), "{rows} rows");
    }
}

#[test]
fn a_damaged_page_is_named_and_never_walked_for_ever() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    drop(file(&directory, 1_500));
    let whole = std::fs::read(&path).unwrap();
    let mut dice = ChaCha8Rng::seed_from_u64(2);
    let (mut named, mut read) = (0, 0);
    for trial in 0..600 {
        let mut bytes = whole.clone();
        // The heads of pages are hit most, which say what the rest is.
        for _ in 0..3 {
            let page = dice.random_range(1..bytes.len() / 4096);
            let within = if trial % 3 == 0 { dice.random_range(0..4096) } else { dice.random_range(0..40) };
            bytes[page * 4096 + within] = dice.random();
        }
        std::fs::write(&path, &bytes).unwrap();
        let file = Connection::open(&path).unwrap();
        file.execute_batch("BEGIN").unwrap();
        let numbered = walked::<4>(&file, Tree::Numbered, "numbered", 0);
        for outcome in [numbered, walked::<2>(&file, Tree::Keyed, "keyed", 0)] {
            match outcome {
                Ok(_) => read += 1,
                Err(VerifyError::Found(Finding { index: None, fault: Fault::PageDamaged(_) })) => {
                    named += 1;
                }
                // A page number beyond the file.
                Err(VerifyError::Store(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert!(named > 100 && read > 100, "{named} named, {read} read");
}

#[test]
fn a_tree_that_leads_in_a_circle_ends() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("rows.db");
    let file = file(&directory, 1_500);
    let top = root(&file, "numbered");
    drop(file);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = (usize::try_from(top).unwrap() - 1) * 4096;
    assert_eq!(bytes[at], 5, "an interior page");
    bytes[at + 8..at + 12].copy_from_slice(&top.to_be_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let file = Connection::open(&path).unwrap();
    file.execute_batch("BEGIN").unwrap();
    let error = walked::<4>(&file, Tree::Numbered, "numbered", 0).unwrap_err();
    assert!(matches!(error, VerifyError::Found(Finding { fault: Fault::PageDamaged(_), .. })), "{error}");
}
