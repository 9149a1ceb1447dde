//! Checkpoints with the cosignatures of witnesses: of `aics-witness`, which is not ours (`scripts/witness.sh`), and of
//! `tests/witness.py`, which shares no code with us and can be made to lie.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use child_index::app::checkpoints::read_checkpoint;
use child_index::app::publishing::{Reply, Witness};
use child_index::domain::audit::checkpoints::KeyRing;
use child_index::domain::audit::note_keys::VerifierKey;
use child_index::server::HttpWitness;
use child_index::store::audit::{self, Expectations, Fault, VerifyError, verify_against};
use libtest_mimic::Completion;

use crate::indexes::TestIndex;
use crate::logs::{Keys, Mark, ORIGIN, SignedLog, checked, log_key};
use crate::suite::suite;

suite!(TestIndex:
    witnesses_cosign_what_has_only_grown,
    a_witness_that_is_not_ours_cosigns_too,
    a_witness_that_lies_or_is_away_keeps_nothing_up,
);

/// A witness in a process of its own.
struct Running {
    child: Child,
    key: VerifierKey,
    url: String,
}

impl Running {
    /// Starts one; `None` where there is no Python.
    fn start(name: &str, seed: u8, more: &[&str]) -> Option<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witness.py");
        let (seed, log) = (hex::encode([seed; 32]), log_key(1).to_string());
        let mut command = Command::new("python3");
        command.arg(script).args([name, seed.as_str(), log.as_str()]).args(more).stdout(Stdio::piped());
        let mut child = command.spawn().ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (key, port) = line.trim().split_once(' ').expect("a key and a port");
        let url = format!("http://127.0.0.1:{port}/witness/");
        Some(Self { child, key: key.parse().expect("a verifier key"), url })
    }

    /// Starts `aics-witness`, which keeps what it knows in a folder.
    fn start_foreign(program: &str, folder: &Path) -> Self {
        let settings = folder.join("witness.json");
        let run = |arguments: &[&str]| {
            let mut command = Command::new(program);
            command.args(arguments).arg("--config").arg(&settings);
            command
        };
        if !settings.exists() {
            let log = log_key(1).to_string();
            for arguments in [
                ["init", "--name", "w4.example", "--listen", "127.0.0.1:0"],
                ["add-log", "--origin", ORIGIN, "--vkey", log.as_str()],
            ] {
                let made = run(&arguments).output().expect("the witness's program");
                assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
            }
        }
        let told = run(&["init"]).output().expect("the witness's program");
        let key = String::from_utf8(told.stdout).expect("a key").trim().parse().expect("a verifier key");
        let mut child = run(&["serve"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("it runs");
        let mut said = BufReader::new(child.stderr.take().expect("its log")).lines();
        let url = said.find_map(|line| {
            let line = line.expect("a line");
            Some(line.split_once("listening on ")?.1.split(' ').next()?.to_owned())
        });
        // Whatever else it says must have somewhere to go.
        std::thread::spawn(move || said.for_each(drop));
        Self { child, key, url: url.expect("where it listens") }
    }

    fn client(&self) -> Arc<dyn Witness> {
        Arc::new(Patient(HttpWitness::new(self.key.clone(), &self.url)))
    }
}

/// Asks again where a witness did not answer: on a busy machine one in Python may take longer than a service waits.
struct Patient(HttpWitness);

impl Witness for Patient {
    fn key(&self) -> &VerifierKey {
        self.0.key()
    }

    fn add_checkpoint(&self, body: String) -> Result<Reply, String> {
        (0..10).find_map(|_| self.0.add_checkpoint(body.clone()).ok()).ok_or_else(|| "it does not answer".to_owned())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The witness's clock is the machine's, so the case's must not be behind.
fn set_clock(index: &TestIndex) {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    index.clock.advance(i64::try_from(since.as_micros()).unwrap() - index.clock.now().0);
}

fn record(index: &TestIndex, count: u64) {
    for _ in 0..count {
        index.wait(index.index.record_start()).expect("recorded");
    }
}

fn latest(index: &TestIndex) -> String {
    audit::find_latest_checkpoint(&mut index.connect(), ORIGIN).expect("a look-up").expect("a checkpoint")
}

fn cosigners(index: &TestIndex, witnesses: &[&Running]) -> usize {
    let keys = witnesses.iter().map(|witness| witness.key.clone());
    let ring = KeyRing::new(keys.chain([log_key(1)]));
    checked(&latest(index), 1).check(&ring).expect("every signature holds").witnesses.len()
}

fn witnesses_cosign_what_has_only_grown(index: &TestIndex) -> Completion {
    let Some(first) = Running::start("w1.example", 21, &[]) else {
        return Completion::ignored_with("there is no python3 here");
    };
    let second = Running::start("w2.example", 22, &[]).unwrap();
    set_clock(index);
    let watched = || vec![first.client(), second.client()];
    let log = SignedLog::with(index.index.clone(), Keys::default(), Mark::default(), watched());
    for more in [1, 1, 5, 40, 256] {
        record(index, more);
        log.publish();
        assert_eq!(cosigners(index, &[&first, &second]), 2);
    }
    // A service that starts again does not know what they have seen, and is told.
    let again = SignedLog::with(index.index.clone(), log.keys.clone(), log.mark.clone(), watched());
    record(index, 3);
    again.publish();
    assert_eq!(cosigners(index, &[&first, &second]), 2);
    // So does one whose log has not grown: the minute's checkpoint is cosigned anew.
    index.clock.advance(61_000_000);
    again.publish();
    assert_eq!(cosigners(index, &[&first, &second]), 2);

    let ring = KeyRing::new([log_key(1), first.key.clone(), second.key.clone()]);
    let mut expected = Expectations { ring, quorum: 2, ..Expectations::default() };
    let (summary, _) = verify_against(&mut index.connect(), &expected).expect("whole");
    assert_eq!((summary.checkpoints.cosigned, summary.checkpoints.newest), (2, summary.head.size));
    expected.quorum = 3;
    let Err(VerifyError::Found(finding)) = verify_against(&mut index.connect(), &expected) else { panic!("no quorum") };
    assert_eq!(finding.fault, Fault::QuorumMissing { cosigned: 2, quorum: 3 });
    Completion::Completed
}

/// The program of a witness that somebody else wrote, where it is wanted: made by `scripts/witness.sh`, as in CI.
fn a_witness_that_is_not_ours_cosigns_too(index: &TestIndex) -> Completion {
    let Ok(program) = env::var("CHILD_INDEX_WITNESS") else {
        return Completion::ignored_with("CHILD_INDEX_WITNESS does not name the program that scripts/witness.sh makes");
    };
    let folder = tempfile::tempdir().expect("a folder");
    let witness = Running::start_foreign(&program, folder.path());
    set_clock(index);
    let log = SignedLog::with(index.index.clone(), Keys::default(), Mark::default(), vec![witness.client()]);
    for more in [1, 1, 5, 40, 256, 1] {
        record(index, more);
        log.publish();
        assert_eq!(cosigners(index, &[&witness]), 1);
    }
    // Both start again, and the witness remembers.
    drop(witness);
    let witness = Running::start_foreign(&program, folder.path());
    let again = SignedLog::with(index.index.clone(), log.keys.clone(), log.mark.clone(), vec![witness.client()]);
    record(index, 3);
    again.publish();
    assert_eq!(cosigners(index, &[&witness]), 1);
    index.clock.advance(61_000_000);
    again.publish();
    assert_eq!(cosigners(index, &[&witness]), 1);
    // It is published to everybody as it is kept.
    let published = index.wait(read_checkpoint(&index.index)).expect("read");
    assert_eq!(published, Some(latest(index)));
    Completion::Completed
}

fn a_witness_that_lies_or_is_away_keeps_nothing_up(index: &TestIndex) -> Completion {
    let Some(honest) = Running::start("w1.example", 21, &[]) else {
        return Completion::ignored_with("there is no python3 here");
    };
    let liar = Running::start("w2.example", 22, &["--lies"]).unwrap();
    let away = Running::start("w3.example", 23, &[]).unwrap();
    set_clock(index);
    let watched = vec![honest.client(), liar.client(), away.client()];
    let log = SignedLog::with(index.index.clone(), Keys::default(), Mark::default(), watched);
    record(index, 2);
    log.publish();
    assert_eq!(cosigners(index, &[&honest, &liar, &away]), 2, "what does not hold is not published");
    drop(away);
    record(index, 1);
    log.publish();
    assert_eq!(cosigners(index, &[&honest, &liar]), 1);
    // A witness of another log's key signs nothing of this one.
    log.keys.set(&[5]);
    log.mark.set(None);
    record(index, 1);
    assert!(log.tick().is_err(), "and neither do we without the mark");
    Completion::Completed
}
