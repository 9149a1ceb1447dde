//! Files to load and what is in the index afterwards.

use std::io::BufReader;

use child_index::app::loads::{LoadOptions, LoadSummary, Notice, Receipt, load};
use child_index::app::{IndexSettings, Limits};
use child_index::domain::matching::{Key, KeySecret, Profile, child_keys};
use child_index::domain::policy::PolicySettings;
use child_index::domain::services::{FreshnessLimits, SensitivityPolicy};
use child_index::store::connections::{AnyConnection, Purpose};
use child_index::store::keys;
use child_index::store::schema::{child, child_case};
use child_index::store::{audit, candidates};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::databases::TestDatabase;

pub const SECRET: KeySecret = KeySecret::new(*b"a test's own key");

/// The lines every file here begins with.
pub const ORGANISATIONS: &str = r#"
{"organisation":{"code":"SCHOOL","name":"Trowbridge Primary","kind":"school","area":"E06000054","routes":[{"kind":"duty-desk","phone":"01632 960100"}]}}
{"organisation":{"code":"COUNCIL","name":"Wiltshire Council","kind":"local-authority","area":"E06000054","teams":[{"code":"eh","name":"Early Help"},{"code":"quiet","name":"A quiet team","sensitive":true}]}}
{"organisation":{"code":"REFUGE","name":"A refuge","kind":"refuge","area":"E06000022"}}
"#;

/// A child's line, to be changed into what a case needs.
pub fn a_child(key: &str, family: &str, given: &str, born: &str) -> Value {
    json!({
        "source_key": key, "name": {"family": family, "given": given}, "date_of_birth": born,
        "involvements": [{"service": "school", "organisation": "SCHOOL", "started_on": "2021-09-01"}],
    })
}

/// The same with these fields besides.
pub fn with(mut line: Value, more: Value) -> Value {
    line.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    line
}

/// Where the Okafors live, and who cares for them.
pub fn at_home() -> Value {
    json!({
        "address": {"state": "current", "lines": ["12 High Street", "Trowbridge"], "postcode": "BA14 8JN"},
        "carers": [{"name": "Ada Okafor", "relationship": "mother", "phone": "07700 900123"}],
    })
}

/// A file of the organisations and these lines.
pub fn file(lines: &[Value]) -> String {
    let lines: String = lines.iter().map(|line| format!("{line}\n")).collect();
    format!("{ORGANISATIONS}{lines}")
}

/// The number that the line at `position` of such a file has.
pub fn line_number(position: u64) -> u64 {
    u64::try_from(ORGANISATIONS.lines().count()).unwrap() + position + 1
}

pub fn settings() -> IndexSettings {
    IndexSettings {
        policy: PolicySettings::default(),
        sensitivity: SensitivityPolicy::default(),
        freshness: FreshnessLimits::default(),
        limits: Limits::default(),
        ended_visible_days: 365,
        keys: SECRET,
    }
}

pub fn options(db: &TestDatabase) -> LoadOptions {
    let mut options = LoadOptions::new(db.url(), settings(), "a test");
    // Small enough that every case crosses from one transaction to another.
    options.chunk = 3;
    options
}

/// Loads a file with some options.
pub fn load_with(options: &LoadOptions, text: &str) -> (LoadSummary, Vec<Receipt>) {
    let mut receipts = Vec::new();
    let summary = load(BufReader::new(text.as_bytes()), options, |notice| {
        if let Notice::Receipt(receipt) = notice {
            receipts.push(receipt.clone());
        }
    })
    .expect("a load that ends well");
    (summary, receipts)
}

/// Loads a file, and makes sure that the audit log is whole and in step.
pub fn load_into(db: &TestDatabase, text: &str) -> (LoadSummary, Vec<Receipt>) {
    let loaded = load_with(&options(db), text);
    verify(db);
    loaded
}

/// Loads lines after the organisations.
pub fn load_lines(db: &TestDatabase, lines: &[Value]) -> (LoadSummary, Vec<Receipt>) {
    load_into(db, &file(lines))
}

pub fn verify(db: &TestDatabase) {
    let conn = &mut db.open(Purpose::Maintain);
    audit::catch_up(conn).expect("look-up tables");
    audit::verify(conn, &[]).expect("a log that is whole");
}

/// A record as a case looks at it.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Stored {
    pub id: i64,
    pub publication: String,
    pub shield: Option<String>,
    pub sealed: bool,
    pub shield_reviewed_at: Option<i64>,
    pub version: i64,
}

impl Stored {
    pub fn is_open(&self) -> bool {
        self.shield.is_none() && self.publication == "published"
    }

    pub fn is_held(&self) -> bool {
        self.publication == "held"
    }
}

/// The record with a source key, whoever supplied it.
pub fn find(conn: &mut AnyConnection, key: &str) -> Option<Stored> {
    child::table
        .filter(child::source_key.eq(key))
        .select((
            child::id,
            child::publication,
            child::shield,
            child::sealed,
            child::shield_reviewed_at,
            child::version,
        ))
        .get_result(conn)
        .optional()
        .expect("the record")
}

pub fn get(db: &TestDatabase, key: &str) -> Stored {
    find(&mut db.connect(), key).expect("the child is in the index")
}

/// The kinds of open cases on a child.
pub fn open_cases(db: &TestDatabase, stored: &Stored) -> Vec<String> {
    child_case::table
        .filter(child_case::child_id.eq(stored.id))
        .filter(child_case::closed_at.is_null())
        .select(child_case::kind)
        .load(&mut db.connect())
        .expect("cases")
}

/// The search keys stored of a child, sorted.
pub fn stored_keys(db: &TestDatabase, stored: &Stored) -> Vec<Key> {
    let keys = keys::list_all(&mut db.connect()).expect("keys");
    keys.into_iter().filter(|(_, child)| child.0 == stored.id).map(|(key, _)| key).collect()
}

/// The keys a child must have: of what everybody may find it by, and in the hidden class of everything, if it hides
/// something.
pub fn due_keys(db: &TestDatabase, stored: &Stored) -> Vec<Key> {
    let day = "2026-11-22".parse().expect("a day");
    let found = candidates::list(&mut db.connect(), &[stored.id], day).expect("candidates");
    let mut keys = Vec::new();
    if !stored.is_held() {
        child_keys(&found[0].visible_profile(), &SECRET, &mut keys);
    }
    if !stored.is_open() {
        child_keys(&found[0].whole_profile(), &SECRET.hidden(), &mut keys);
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// How many keys of the class that ordinary searches use lead from a postcode to the child.
pub fn keys_by_postcode(db: &TestDatabase, stored: &Stored, postcode: &str) -> usize {
    let mut keys = Vec::new();
    child_keys(&Profile { postcode: Some(postcode.into()), ..Profile::named("", "") }, &SECRET, &mut keys);
    assert!(!keys.is_empty(), "a postcode has keys");
    let stored = stored_keys(db, stored);
    keys.iter().filter(|key| stored.contains(key)).count()
}

/// The last events of an action: outcome and how many children each names, oldest first.
pub fn events(db: &TestDatabase, action: &str) -> Vec<(String, usize)> {
    let conn = &mut db.connect();
    let size = audit::get_head(conn).expect("a head").size();
    let all = (0..size).map(|index| audit::find_event(conn, index).expect("an event").expect("an event"));
    all.filter(|event| event.action == action)
        .map(|event| (event.outcome, event.payload.map_or(0, |payload| payload.children.len())))
        .collect()
}
