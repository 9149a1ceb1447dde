//! From the settings to a publisher: the log's keys, its high-water mark and its witnesses, as files and addresses.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::Agent;

use super::key_sources::agent;
use crate::app::Index;
use crate::app::publishing::{HighWater, LogKeys, Publisher, PublisherParts, Reply, Witness};
use crate::config::{AuditSettings, read_key_file};
use crate::domain::audit::note_keys::{NoteSigner, VerifierKey};
use crate::domain::audit::notes::LARGEST_NOTE;

/// How long a witness may take.
const WITNESS_TIMEOUT: Duration = Duration::from_secs(2);
/// Largest answer of a witness that is read, in bytes.
const LARGEST_ANSWER: u64 = 64 * 1024;

/// The publisher of an index's log; `None` where no key is set.
pub fn publisher(settings: &AuditSettings, index: &Index) -> Option<Publisher> {
    let high_water = settings.high_water_file.clone()?;
    let keys = FileLogKeys::of(settings)?;
    let at = |(key, url): (VerifierKey, String)| -> Arc<dyn Witness> { Arc::new(HttpWitness::new(key, &url)) };
    let witnesses = settings.witness_keys().into_iter().map(at).collect();
    let parts = PublisherParts {
        origin: settings.origin.clone(),
        keys: Arc::new(keys),
        high_water: Arc::new(HighWaterFile(high_water)),
        former: settings.former(),
        witnesses,
    };
    Some(Publisher::new(index.clone(), parts))
}

/// The log's private keys, in files of mode 0600.
#[derive(Debug, Clone)]
pub struct FileLogKeys {
    origin: String,
    paths: Vec<PathBuf>,
}

impl FileLogKeys {
    /// The key files of the settings; `None` where there is none.
    pub fn of(settings: &AuditSettings) -> Option<Self> {
        let paths: Vec<_> = settings.key_file.iter().chain(&settings.next_key_file).cloned().collect();
        settings.key_file.is_some().then(|| Self { origin: settings.origin.clone(), paths })
    }
}

impl LogKeys for FileLogKeys {
    fn signers(&self) -> Result<Vec<NoteSigner>, String> {
        self.paths.iter().map(|path| read_signer(&self.origin, path)).collect()
    }
}

fn read_signer(origin: &str, path: &Path) -> Result<NoteSigner, String> {
    let pem = read_key_file(path).map_err(|error| error.reasons.join(" "))?;
    let unusable = || {
        format!(
            "{} holds no Ed25519 private key in PEM (PKCS#8); make one with: openssl genpkey -algorithm ed25519",
            path.display()
        )
    };
    let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| unusable())?;
    NoteSigner::from_pkcs8(origin, der.secret_pkcs8_der()).map_err(|_| unusable())
}

/// The newest checkpoint in a file beside the database's world.
#[derive(Debug, Clone)]
pub struct HighWaterFile(pub PathBuf);

impl HighWater for HighWaterFile {
    fn read(&self) -> Result<Option<String>, String> {
        let unreadable = |error: &dyn std::fmt::Display| format!("{} cannot be read: {error}", self.0.display());
        match fs::metadata(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(&error)),
            Ok(metadata) if usize::try_from(metadata.len()).map_or(true, |length| length > LARGEST_NOTE) => {
                return Err(unreadable(&"it is larger than a checkpoint"));
            }
            Ok(_) => {}
        }
        fs::read_to_string(&self.0).map(Some).map_err(|error| unreadable(&error))
    }

    fn write(&self, note: &str) -> Result<(), String> {
        // Another file in its place at once: a fall of the power leaves the one or the other, whole.
        let mut beside = self.0.clone().into_os_string();
        beside.push(".new");
        let beside = PathBuf::from(beside);
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&beside)?;
            file.write_all(note.as_bytes())?;
            file.sync_all()?;
            fs::rename(&beside, &self.0)?;
            let folder = self.0.parent().filter(|folder| !folder.as_os_str().is_empty());
            File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
        };
        write().map_err(|error| format!("{} cannot be written: {error}", self.0.display()))
    }
}

/// A witness at an address.
#[derive(Debug, Clone)]
pub struct HttpWitness {
    key: VerifierKey,
    url: String,
    agent: Agent,
}

impl HttpWitness {
    /// The witness with this submission prefix, which the settings have found to be HTTPS or on this machine.
    pub fn new(key: VerifierKey, prefix: &str) -> Self {
        let url = format!("{}/add-checkpoint", prefix.trim_end_matches('/'));
        Self { key, url, agent: agent(WITNESS_TIMEOUT) }
    }
}

impl Witness for HttpWitness {
    fn key(&self) -> &VerifierKey {
        &self.key
    }

    fn add_checkpoint(&self, body: String) -> Result<Reply, String> {
        let mut response = self.agent.post(&self.url).send(body).map_err(|error| error.to_string())?;
        let status = response.status().as_u16();
        let text = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string();
        let text = text.map_err(|error| error.to_string())?;
        match status {
            200 => Ok(Reply::Cosigned(text)),
            409 => match text.strip_suffix('\n').and_then(|size| size.parse().ok()) {
                Some(size) => Ok(Reply::LastSaw(size)),
                None => Err("it has seen another log under this name".to_owned()),
            },
            other => Err(format!("it answered {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::auth::LocalIssuer;
    use crate::server::key_writing::write_private;

    #[test]
    fn a_mark_is_kept_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let mark = HighWaterFile(folder.path().join("mark"));
        assert_eq!(mark.read(), Ok(None));
        for note in ["first\n", "second, which is longer\n", "third\n"] {
            mark.write(note).unwrap();
            assert_eq!(mark.read().unwrap().as_deref(), Some(note));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        fs::write(&mark.0, vec![b'x'; LARGEST_NOTE + 1]).unwrap();
        assert!(mark.read().unwrap_err().contains("larger"));
        let nowhere = HighWaterFile(folder.path().join("none").join("mark"));
        assert!(nowhere.write("note\n").unwrap_err().contains("cannot be written"));
    }

    #[test]
    fn keys_are_read_each_time_and_say_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit");
        let settings = AuditSettings { key_file: Some(path.clone()), ..AuditSettings::default() };
        let keys = FileLogKeys::of(&settings).unwrap();
        assert!(keys.signers().unwrap_err().contains("cannot be opened"));
        write_private(&path, LocalIssuer::generate().unwrap().to_pem().as_bytes()).unwrap();
        assert_eq!(keys.signers().unwrap().len(), 1);
        fs::remove_file(&path).unwrap();
        write_private(&path, b"no key").unwrap();
        assert!(keys.signers().unwrap_err().contains("openssl genpkey -algorithm ed25519"));
        assert!(FileLogKeys::of(&AuditSettings::default()).is_none());
    }
}
