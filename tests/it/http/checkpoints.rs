//! What anybody may ask of the log to check it, read as tools for such logs read it.

use child_index::domain::audit::checkpoints::KeyRing;
use child_index::domain::audit::leaf_proofs::LeafProof;
use child_index::domain::audit::proofs::{check_consistency, check_inclusion};
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::audit::tree::{Hash, TreeHead, leaf_hash};
use serde_json::Value;
use tlog_tiles::{Tile, TileHashReader, TileReader, prove_record, prove_tree};

use crate::apps::{Answer, TestApp};
use crate::logs::{ORIGIN, SignedLog, checked, log_key};
use crate::suite::suite;

suite!(TestApp:
    nothing_is_there_before_the_log_is_signed,
    a_checkpoint_is_open_to_everybody_and_leaves_no_event,
    tools_for_such_logs_make_and_check_their_proofs_from_the_tiles,
    growth_is_proved_between_any_two_sizes,
    a_receipt_is_shown_to_be_recorded_or_not,
    an_event_is_proved_under_the_newest_checkpoint,
    leaves_are_for_auditors_of_the_whole_log_and_recorded,
    what_names_no_tile_is_refused_and_what_is_not_there_is_not_found,
);

fn get(app: &TestApp, path: &str) -> Answer {
    app.send("GET", path, &[], None)
}

/// Fills the log with so many events.
fn record(app: &TestApp, count: usize) -> Vec<Receipt> {
    let nurse = app.practitioner();
    let ask = |_| nurse.get("/v1/children/7K3M-9XQ2-4HT8").header("audit-receipt").parse().expect("a receipt");
    (0..count).map(ask).collect()
}

fn nothing_is_there_before_the_log_is_signed(app: &TestApp) {
    record(app, 2);
    get(app, "/v1/audit/checkpoint").is_refused(404, "not-found");
    get(app, "/v1/audit/tile/0/000.p/1").is_refused(404, "not-found");
    get(app, "/v1/audit/consistency?from=1&to=2").is_refused(422, "invalid-parameter");
    let log = SignedLog::new(app.index.clone());
    get(app, "/v1/audit/checkpoint").is_refused(503, "log-not-signed");
    log.publish();
    get(app, "/v1/audit/checkpoint").with_status(200);
}

fn a_checkpoint_is_open_to_everybody_and_leaves_no_event(app: &TestApp) {
    record(app, 3);
    let log = SignedLog::new(app.index.clone());
    let published = log.publish();
    let before = app.events().len();
    let answer = get(app, "/v1/audit/checkpoint").with_status(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    let checkpoint = checked(&answer.text, 1);
    assert_eq!((checkpoint.origin.as_str(), checkpoint.head), (ORIGIN, published));
    assert_eq!(
        log.mark.kept().as_deref(),
        Some(answer.text.as_str()),
        "kept outside the database before anyone saw it"
    );
    // A token is neither asked for nor minded.
    assert_eq!(app.auditor().get("/v1/audit/checkpoint").text, answer.text);
    assert_eq!(app.send("GET", "/v1/audit/checkpoint", &[("Authorization", "Bearer x")], None).text, answer.text);
    assert_eq!(app.events().len(), before);
    get(app, "/v1/audit/checkpoint?size=1").is_refused(422, "invalid-parameter");
}

/// Reads tiles over HTTP for the `tlog_tiles` crate.
struct Tiles<'a>(&'a TestApp);

impl TileReader for Tiles<'_> {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &Tile| {
            let path = tile.path().replace("tile/8/", "/v1/audit/tile/");
            let (status, bytes) = self.0.fetch(&path);
            assert_eq!(status, 200, "{path}");
            bytes
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
}

fn tools_for_such_logs_make_and_check_their_proofs_from_the_tiles(app: &TestApp) {
    let receipts = record(app, 270);
    let log = SignedLog::new(app.index.clone());
    let head = log.publish();
    assert_eq!(head.size, 270);
    let tiles = Tiles(app);
    let reader = TileHashReader::new(head.size, tlog_tiles::Hash(head.root.0), &tiles);
    for receipt in [receipts[0], receipts[200], receipts[255], receipts[256], receipts[269]] {
        let hash = tlog_tiles::Hash(receipt.leaf_hash.0);
        let proof = prove_record(head.size, receipt.index, &reader).expect("a proof");
        tlog_tiles::check_record(&proof, head.size, tlog_tiles::Hash(head.root.0), receipt.index, hash)
            .expect("it holds");
    }
    for size in [1, 255, 256, 257] {
        let old = tlog_tiles::tree_hash(size, &reader).expect("a root");
        let proof = prove_tree(head.size, size, &reader).expect("a proof");
        tlog_tiles::check_tree(&proof, head.size, tlog_tiles::Hash(head.root.0), size, old).expect("it holds");
    }
}

fn hashes(value: &Value) -> Vec<Hash> {
    value.as_array().expect("hashes").iter().map(|hash| hash.as_str().expect("text").parse().expect("a hash")).collect()
}

fn growth_is_proved_between_any_two_sizes(app: &TestApp) {
    let log = SignedLog::new(app.index.clone());
    let mut heads = Vec::new();
    for _ in 0..5 {
        record(app, 2);
        heads.push(log.publish());
    }
    for (at, new) in heads.iter().enumerate() {
        for old in &heads[..=at] {
            let proof = get(app, &format!("/v1/audit/consistency?from={}&to={}", old.size, new.size)).ok();
            assert_eq!((&proof["from"], &proof["to"]), (&old.size.into(), &new.size.into()));
            let proved = check_consistency(old.size, old.root, new.size, new.root, &hashes(&proof["hashes"]));
            assert_eq!(proved, Ok(()), "{old:?} {new:?}");
        }
    }
    for query in ["", "?from=1", "?from=2&to=1", "?from=0&to=11", "?from=-1&to=1", "?from=1&to=2&to=3", "?from=a&to=b"]
    {
        get(app, &format!("/v1/audit/consistency{query}")).is_refused(422, "invalid-parameter");
    }
    assert_eq!(get(app, "/v1/audit/consistency?from=0&to=0").ok()["hashes"], Value::Array(Vec::new()));
}

fn a_receipt_is_shown_to_be_recorded_or_not(app: &TestApp) {
    let receipts = record(app, 5);
    let log = SignedLog::new(app.index.clone());
    log.publish();
    let late = record(app, 1)[0];
    let ring = KeyRing::new([log_key(1)]);
    for receipt in &receipts {
        let shown = get(app, &format!("/v1/audit/receipts/{receipt}")).ok();
        assert_eq!(shown["recorded"], true);
        let proof: LeafProof = shown["proof"].as_str().expect("text").parse().expect("a proof");
        assert!(proof.check(receipt, &ring).is_ok());
        let head = checked(shown["checkpoint"].as_str().expect("text"), 1).head;
        let siblings = hashes(&shown["inclusion_proof"]["hashes"]);
        assert_eq!(check_inclusion(receipt.index, receipt.leaf_hash, head.size, head.root, &siblings), Ok(()));
    }
    // What was never recorded is shown not to be, by what stands there instead.
    let invented = Receipt { leaf_hash: leaf_hash(b"never"), ..receipts[2] };
    let shown = get(app, &format!("/v1/audit/receipts/{invented}")).ok();
    assert_eq!(
        (&shown["recorded"], shown["leaf_hash"].as_str()),
        (&false.into(), Some(receipts[2].leaf_hash.to_string().as_str()))
    );
    get(app, &format!("/v1/audit/receipts/{late}")).is_refused(404, "not-found");
    get(app, "/v1/audit/receipts/7").is_refused(422, "invalid-parameter");
    get(app, &format!("/v1/audit/receipts/0{}", receipts[0])).is_refused(422, "invalid-parameter");
}

fn an_event_is_proved_under_the_newest_checkpoint(app: &TestApp) {
    let auditor = app.auditor().in_area("E92000001");
    record(app, 3);
    let log = SignedLog::new(app.index.clone());
    let TreeHead { size, root } = log.publish();
    record(app, 4);
    let shown = auditor.get("/v1/audit/events/1").ok();
    assert_eq!(shown["inclusion_proof"]["tree_size"], size);
    let leaf: Hash = shown["leaf_hash"].as_str().expect("text").parse().expect("a hash");
    assert_eq!(check_inclusion(1, leaf, size, root, &hashes(&shown["inclusion_proof"]["hashes"])), Ok(()));
    let beyond = auditor.get("/v1/audit/events/5").ok();
    assert!(beyond["inclusion_proof"]["tree_size"].as_u64().expect("a size") > 5);
}

fn leaves_are_for_auditors_of_the_whole_log_and_recorded(app: &TestApp) {
    record(app, 4);
    SignedLog::new(app.index.clone()).publish();
    let path = "/v1/audit/tile/entries/000.p/4";
    get(app, path).is_refused(401, "token-missing");
    let national = app.auditor().in_area("E92000001");
    let before = app.events().len();
    let (status, bytes) = national.fetch(path);
    assert_eq!(status, 200);
    let (_, tile) = app.fetch("/v1/audit/tile/0/000.p/4");
    let mut rest = bytes.as_slice();
    let mut found = Vec::new();
    while let Some((length, tail)) = rest.split_first_chunk::<2>() {
        let (leaf, tail) = tail.split_at(u16::from_be_bytes(*length).into());
        found.extend(leaf_hash(leaf).0);
        rest = tail;
    }
    assert_eq!(found, tile);
    let events = app.events();
    assert_eq!((events.len(), events[before].action.as_str()), (before + 1, "audit.export"));
    app.auditor().get(path).is_refused(403, "outside-your-area");
    app.practitioner().get(path).is_refused(403, "role-not-permitted");
    national.get("/v1/audit/tile/entries/000.p/5").is_refused(404, "not-found");
    national.get("/v1/audit/tile/entries/0").is_refused(422, "invalid-parameter");
    assert_eq!(app.events().len(), before + 4, "refusals are recorded");
}

fn what_names_no_tile_is_refused_and_what_is_not_there_is_not_found(app: &TestApp) {
    record(app, 3);
    SignedLog::new(app.index.clone()).publish();
    for path in ["0/000.p/4", "0/000", "1/000", "1/000.p/1", "0/001.p/1", "0/x001/067", "63/000.p/1"] {
        get(app, &format!("/v1/audit/tile/{path}")).is_refused(404, "not-found");
    }
    for path in
        ["0/0", "0/000.p/0", "0/000.p/256", "64/000", "a/000", "0/x000/001", "0/", "0/000/", "0/..%2F000", "data/000"]
    {
        get(app, &format!("/v1/audit/tile/{path}")).is_refused(422, "invalid-parameter");
    }
    let (status, bytes) = app.fetch("/v1/audit/tile/0/000.p/3");
    assert_eq!((status, bytes.len()), (200, 96));
    app.send("POST", "/v1/audit/tile/0/000", &[], Some(b"")).is_refused(405, "method-not-allowed");
    app.send("DELETE", "/v1/audit/checkpoint", &[], None).is_refused(405, "method-not-allowed");
}
