//! The other verifier, `tests/verify_log.py`, which shares no code with this one: started once for many trials.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::tampering::{Change, keys, run};
use crate::domain::audit::tree::TreeHead;
use crate::store::audit::examples::Fresh;

/// What it is told besides the file: heads known from elsewhere, and the keys of the log and its witness.
pub(super) fn known_to_it(known: &[TreeHead]) -> Vec<String> {
    let known = known.iter().map(|head| format!("{}:{}", head.size, head.root));
    known.chain(keys().map(|key| format!("--key={key}"))).collect()
}

fn command(file: &Path, arguments: &[String]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify_log.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(file).args(arguments);
    command
}

/// What it says of a log, and whether it is content; `None` where there is no Python.
pub(super) fn ask(file: &Path, arguments: &[String]) -> Option<(bool, String)> {
    let output = command(file, arguments).output().ok()?;
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned()))
}

/// At work on many trials; its words go to a file, so that it waits for nobody.
pub(super) struct AtWork {
    child: Child,
    words: PathBuf,
    complaints: PathBuf,
}

impl AtWork {
    /// Has it try changes to a log, or verify the exports in a file one after the other; `None` where there is no Python.
    fn start(directory: &Path, file: &Path, arguments: &[String]) -> Option<Self> {
        let (words, complaints) = (directory.join("words"), directory.join("complaints"));
        let into = |path: &Path| Stdio::from(std::fs::File::create(path).unwrap());
        let mut command = command(file, arguments);
        command.stdout(into(&words)).stderr(into(&complaints));
        Some(Self { child: command.spawn().ok()?, words, complaints })
    }

    /// Has it try each change to a copy of the log as it is now.
    pub(super) fn on_changes(log: &mut Fresh, changes: &[Change], known: &[TreeHead]) -> Option<Self> {
        let directory = log.directory().to_owned();
        let copy = copied(log, "tampered.db");
        let list = directory.join("changes");
        let mut lines = std::io::BufWriter::new(std::fs::File::create(&list).unwrap());
        for Change { sql, .. } in changes {
            let statements: Vec<_> = sql.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
            writeln!(lines, "{}", serde_json::to_string(&statements).unwrap()).unwrap();
        }
        lines.flush().unwrap();
        let more = vec![format!("--changes={}", list.display())];
        Self::start(&directory, &copy, &[known_to_it(known), more].concat())
    }

    /// Has it verify every export in a file.
    pub(super) fn on_exports(directory: &Path, file: &Path) -> Option<Self> {
        Self::start(directory, file, &[known_to_it(&[]), vec!["--many".into()]].concat())
    }

    /// Its words, a line for each trial.
    pub(super) fn finish(mut self) -> Vec<String> {
        let status = self.child.wait().unwrap();
        let complaints = std::fs::read_to_string(&self.complaints).unwrap();
        assert!(status.success() && complaints.is_empty(), "{status}: {complaints}");
        std::fs::read_to_string(&self.words).unwrap().lines().map(str::to_owned).collect()
    }
}

/// A copy of a log in a file of its own.
pub(super) fn copied(log: &mut Fresh, name: &str) -> PathBuf {
    let path = log.directory().join(name);
    if path.exists() {
        std::fs::remove_file(&path).unwrap();
    }
    run(&mut log.conn, &format!("VACUUM INTO '{}'", path.display())).unwrap();
    path
}
