//! Whom a command believes: the keys of the settings, and those it is given.

use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::app::publishing::LogKeys as _;
use crate::cli::Failed;
use crate::cli::output::say;
use crate::cli::places::{Place, PlaceArgs};
use crate::config::AuditSettings;
use crate::domain::audit::checkpoints::{Checkpoint, KeyRing, Signers};
use crate::domain::audit::note_keys::{KeyKind, VerifierKey};
use crate::domain::audit::notes::LARGEST_NOTE;
use crate::server::FileLogKeys;
use crate::store::audit;
use crate::store::connections::{AnyConnection, Purpose};

/// Keys to believe besides, or instead of, those of the settings.
#[derive(Debug, Clone, Args)]
pub(super) struct TrustArgs {
    /// A verifier key of the log or of a witness, as `audit key` prints it; may be given several times. With any, the
    /// keys of the settings are not believed.
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<VerifierKey>,
    /// How many known witnesses must have cosigned; the setting audit.quorum where absent.
    #[arg(long, value_name = "N")]
    quorum: Option<usize>,
}

impl TrustArgs {
    /// Whether any key is given, so that no settings are needed.
    pub(super) fn gives_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The keys to believe.
    ///
    /// # Errors
    /// A sentence where a key file of the settings cannot be read.
    pub(super) fn ring(&self, settings: &AuditSettings) -> Result<KeyRing, Failed> {
        if self.gives_keys() {
            return Ok(KeyRing::new(self.keys.iter().cloned()));
        }
        let witnesses = settings.witness_keys().into_iter().map(|(key, _)| key);
        Ok(KeyRing::new(own_keys(settings)?.into_iter().chain(settings.former()).chain(witnesses)))
    }

    /// The keys that were given, and no others.
    pub(super) fn given(&self) -> KeyRing {
        KeyRing::new(self.keys.iter().cloned())
    }

    /// How many witnesses must have cosigned.
    pub(super) fn quorum(&self, settings: &AuditSettings) -> usize {
        self.quorum.unwrap_or(settings.quorum)
    }

    /// Refuses what too few witnesses have cosigned.
    ///
    /// # Errors
    /// A sentence.
    pub(super) fn check_quorum(signers: &Signers, quorum: usize) -> Result<(), Failed> {
        let cosigned = signers.witnesses.len();
        if cosigned >= quorum {
            return Ok(());
        }
        Err(format!("{cosigned} known witnesses have cosigned the checkpoint, and {quorum} should have").into())
    }
}

/// The verifier keys of the log's own key files; none where the log is not signed.
fn own_keys(settings: &AuditSettings) -> Result<Vec<VerifierKey>, Failed> {
    let Some(files) = FileLogKeys::of(settings) else { return Ok(Vec::new()) };
    Ok(files.signers()?.into_iter().map(|signer| signer.key().clone()).collect())
}

/// Reads a text no larger than any note.
///
/// # Errors
/// A sentence.
pub(super) fn read_small(path: &Path) -> Result<String, Failed> {
    let unreadable = |why: &dyn std::fmt::Display| format!("{} cannot be read: {why}", path.display());
    let length = std::fs::metadata(path).map_err(|error| unreadable(&error))?.len();
    if usize::try_from(length).map_or(true, |length| length > 2 * LARGEST_NOTE) {
        return Err(unreadable(&"it is larger than a checkpoint or a proof").into());
    }
    Ok(std::fs::read_to_string(path).map_err(|error| unreadable(&error))?)
}

#[derive(Debug, Args)]
pub(super) struct KeyArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

impl KeyArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let keys = own_keys(&place.settings.audit)?;
        if keys.is_empty() {
            return Err("audit.key_file is not set, so the log is not signed".into());
        }
        let former = place.settings.audit.former().into_iter().filter(|key| key.kind() == KeyKind::Log);
        keys.into_iter().chain(former).for_each(say);
        Ok(ExitCode::SUCCESS)
    }
}

#[derive(Debug, Args)]
pub(super) struct CheckpointArgs {
    #[command(flatten)]
    place: PlaceArgs,
}

impl CheckpointArgs {
    pub(super) fn run(self) -> Result<ExitCode, Failed> {
        let place = self.place.open()?;
        let note = latest(&place)?;
        say(note.to_string().trim_end());
        Ok(ExitCode::SUCCESS)
    }
}

/// The newest checkpoint that the database keeps.
///
/// # Errors
/// A sentence where there is none.
pub(super) fn latest(place: &Place) -> Result<Checkpoint, Failed> {
    let mut conn = AnyConnection::open(&place.url, Purpose::Inspect)?;
    let note = audit::find_latest_checkpoint(&mut conn, &place.settings.audit.origin)?;
    let note = note.ok_or("no checkpoint of this log was signed yet; the service signs them")?;
    Ok(Checkpoint::parse(&note)?)
}
