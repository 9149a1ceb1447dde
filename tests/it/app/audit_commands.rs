//! `child-index audit` as operators and auditors type it: what it prints, and what it exits with.

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use child_index::api::auth::LocalIssuer;
use child_index::app::checkpoints::check_receipt;
use child_index::app::log_upkeep::record_export;
use child_index::app::operators::Operator;
use child_index::app::publishing::Publisher;
use child_index::config::AuditSettings;
use child_index::domain::audit::receipts::Receipt;
use child_index::domain::instants::DAY;
use child_index::server;
use child_index::store::audit;
use diesel::connection::SimpleConnection as _;

use crate::indexes::TestIndex;
use crate::suite::suite;

suite!(TestIndex:
    a_log_is_verified_exported_and_redacted,
    a_receipt_is_checked_with_and_without_the_service,
    what_is_found_is_named_and_what_cannot_be_read_is_not_taken_for_whole,
    new_entries_are_followed_until_something_is_found,
);

/// An index with settings, a key and a high-water mark in files, signed as the service signs it.
struct Place<'i> {
    index: &'i TestIndex,
    folder: tempfile::TempDir,
    publisher: Publisher,
}

/// Settings that a service would accept as well.
fn settings(url: &str) -> String {
    format!(
        "[database]\nurl = {url:?}\n[[auth.issuers]]\nissuer = \"https://login.example\"\naudience = \"child-index\"\n\
         jwks_url = \"https://login.example/keys\"\nalgorithms = [\"ES256\"]\n"
    )
}

/// What a command printed, and its exit code.
struct Said {
    out: String,
    error: String,
    code: Option<i32>,
}

impl<'i> Place<'i> {
    fn new(index: &'i TestIndex) -> Self {
        // Commands go by the machine's clock.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
        index.clock.advance(i64::try_from(now).expect("a time") - index.clock.now().0);
        let folder = tempfile::tempdir().expect("a folder");
        let (key, mark) = (folder.path().join("audit.key"), folder.path().join("mark"));
        std::fs::write(&key, LocalIssuer::generate().expect("a key").to_pem()).expect("a file");
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).expect("for nobody else");
        let audit = format!(
            "[audit]\norigin = \"log.example/commands\"\nkey_file = {:?}\nhigh_water_file = {:?}\nkeep_days = 0\n",
            key.display().to_string(),
            mark.display().to_string()
        );
        let text = settings(index.url_text()) + &audit;
        std::fs::write(folder.path().join("settings.toml"), text).expect("settings");
        let settings = AuditSettings {
            origin: "log.example/commands".into(),
            key_file: Some(key),
            high_water_file: Some(mark),
            ..AuditSettings::default()
        };
        let publisher = server::publisher(&settings, &index.index).expect("it signs");
        Self { index, folder, publisher }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Records so many events and signs the log; gives the receipt of the last.
    fn record(&mut self, count: usize) -> Receipt {
        let operator = Operator { name: "ada".into(), command: "a test", clock: self.index.clock.clone() };
        let mut last = None;
        for _ in 0..count {
            let recorded = self.index.wait(record_export(self.index.index.recorder(), &operator));
            last = Some(recorded.expect("recorded").receipt);
        }
        self.index.wait(self.publisher.tick()).expect("signed");
        last.expect("a receipt")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_child-index"));
        command.arg("audit").args(arguments).arg("--config").arg(self.file("settings.toml"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Said {
        said(&mut self.command(arguments))
    }
}

fn said(command: &mut Command) -> Said {
    let output = command.output().expect("the program");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8").trim().to_owned();
    Said { out: text(output.stdout), error: text(output.stderr), code: output.status.code() }
}

impl Said {
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!((self.code, self.error.as_str()), (Some(0), ""), "{}", self.out);
        self.out
    }

    #[track_caller]
    fn fails(self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{} {}", self.out, self.error);
        assert!(self.error.contains(words), "{}", self.error);
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn a_log_is_verified_exported_and_redacted(index: &TestIndex) {
    let mut place = Place::new(index);
    place.record(5);
    assert!(place.run(&["verify"]).ok().starts_with("ok: 5 events, 0 redacted, root "));
    let key = place.run(&["key"]).ok();
    let (earlier, export) = (place.file("earlier"), place.file("export.jsonl"));
    std::fs::write(&earlier, place.run(&["checkpoint"]).ok() + "\n").expect("kept");
    place.record(3);
    place.run(&["verify", "--checkpoint", path(&earlier)]).ok();

    let exported = place.run(&["export", "--out", path(&export)]);
    assert_eq!(exported.code, Some(0), "{}", exported.error);
    assert!(exported.error.contains("recorded as event 8"), "{}", exported.error);
    assert_eq!(std::fs::metadata(&export).expect("a file").permissions().mode() & 0o777, 0o600);
    place.run(&["export", "--out", path(&export)]).fails(1, "cannot be written");
    let mut other = Command::new("python3");
    other.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/verify_log.py")).arg(&export);
    other.args(["--key", &key, "--checkpoint", path(&earlier)]);
    if Command::new("python3").arg("--version").output().is_ok() {
        let words = said(&mut other).ok();
        assert!(words.starts_with("ok 9 ") || words.starts_with("ok 10 "), "{words}");
    }

    let tomorrow = index.clock.now().plus(DAY).day().to_string();
    place.run(&["redact", "--before", &index.clock.now().plus(2 * DAY).day().to_string()]).fails(1, "audit.keep_days");
    place.run(&["redact", "--before", &tomorrow, "--policy", "Not A Code"]).fails(1, "--policy");
    let redacted = place.run(&["redact", "--before", &tomorrow, "--policy", "six-years"]);
    assert_eq!(redacted.code, Some(0), "{}", redacted.error);
    assert!(redacted.out.ends_with("payloads removed"), "{}", redacted.out);
    let words = place.run(&["verify", "--checkpoint", path(&earlier)]).ok();
    assert!(!words.contains(" 0 redacted"), "{words}");
}

fn a_receipt_is_checked_with_and_without_the_service(index: &TestIndex) {
    let mut place = Place::new(index);
    place.record(2);
    let receipt = place.record(3);
    let (receipt_text, key) = (receipt.to_string(), place.run(&["key"]).ok());
    let words = place.run(&["check-receipt", &receipt_text]).ok();
    assert_eq!(words, format!("recorded: event {} of log.example/commands", receipt.index));
    let invented = Receipt { index: 0, ..receipt }.to_string();
    place.run(&["check-receipt", &invented]).fails(1, "not shown to be recorded");

    // Offline: with the proof that the service gave and the key that everybody knows, far from the database.
    let recording = index.wait(check_receipt(&index.index, receipt)).expect("read").expect("within the checkpoint");
    let proof = place.file("proof");
    std::fs::write(&proof, recording.to_proof().to_string()).expect("kept");
    let offline = |receipt: &str, more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_child-index"));
        command.args(["audit", "check-receipt", receipt, "--proof", path(&proof), "--key", &key]).args(more);
        said(command.current_dir(place.folder.path()).env_clear())
    };
    assert_eq!(offline(&receipt_text, &[]).ok(), words);
    offline(&invented, &[]).fails(1, "not shown to be recorded");
    offline(&receipt_text, &["--quorum", "1"]).fails(1, "0 known witnesses");
    // The answer over HTTP as it came, JSON and all.
    let answer = serde_json::json!({ "proof": recording.to_proof().to_string() }).to_string();
    std::fs::write(&proof, answer).expect("kept");
    assert_eq!(offline(&receipt_text, &[]).ok(), words);
    std::fs::write(&proof, "no proof").expect("kept");
    offline(&receipt_text, &[]).fails(2, "no proof of an entry");
}

fn what_is_found_is_named_and_what_cannot_be_read_is_not_taken_for_whole(index: &TestIndex) {
    let mut place = Place::new(index);
    place.record(6);
    let earlier = place.file("earlier");
    std::fs::write(&earlier, place.run(&["checkpoint"]).ok() + "\n").expect("kept");
    place.run(&["verify", "--quorum", "1"]).fails(1, "0 known witnesses have cosigned");
    index.connect().batch_execute("UPDATE audit_event SET outcome = 'none' WHERE idx = 2").expect("changed");
    place.run(&["verify"]).fails(1, "event 2: the outcome differs from what was hashed");
    place.run(&["redact", "--before", &index.clock.now().day().to_string()]).fails(1, "nothing is removed: event 2");
    // A checkpoint that was edited, and one that is none, prove nothing either way.
    let edited = std::fs::read_to_string(&earlier).expect("kept").replace("\n6\n", "\n7\n");
    std::fs::write(&earlier, edited).expect("kept");
    place.run(&["verify", "--checkpoint", path(&earlier)]).fails(2, "a signature does not hold");
    std::fs::write(place.file("settings.toml"), settings("sqlite:/nowhere/index.db")).expect("settings");
    place.run(&["verify"]).fails(2, "");
}

fn new_entries_are_followed_until_something_is_found(index: &TestIndex) {
    let mut place = Place::new(index);
    place.record(2);
    let mut following = place.command(&["verify", "--follow"]).stdout(Stdio::piped()).spawn().expect("the program");
    let mut lines = BufReader::new(following.stdout.take().expect("its words")).lines();
    let mut next = || lines.next().expect("a line").expect("a line");
    assert!(next().starts_with("ok: 2 events, 0 redacted"));
    place.record(3);
    assert!(next().starts_with("ok: 5 events"));
    // Recorded, and changed before it looks again, or after: both are found.
    index.connect().batch_execute("UPDATE audit_event SET outcome = 'none' WHERE idx = 4").expect("changed");
    let status = (0..600).find_map(|_| {
        std::thread::sleep(Duration::from_millis(50));
        following.try_wait().expect("its end")
    });
    assert_eq!(status.and_then(|status| status.code()), Some(1));
    assert_eq!(audit::get_head(&mut index.connect()).expect("a head").size(), 5);
}
