//! `[audit]`: how the audit log is signed, who watches it and how long its payloads are kept.

use std::path::PathBuf;

use serde::Deserialize;

use super::safety::is_http_url;
use crate::domain::audit::note_keys::{KeyKind, VerifierKey};
use crate::domain::audit::notes::is_key_name;

/// Six years: what is kept of an access outlives the time in which a complaint or claim about it is likely.
const KEEP_DAYS: u32 = 2_192;

/// `[audit]`: the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditSettings {
    /// The log's name in its checkpoints; unique to this index and never changed.
    pub origin: String,
    /// The key that signs checkpoints: Ed25519, PKCS#8 in PEM, mode 0600.
    pub key_file: Option<PathBuf>,
    /// A second key that signs beside it, while everybody who checks is told of the new one.
    pub next_key_file: Option<PathBuf>,
    /// Where the newest checkpoint is kept, outside the database, so that a restored backup is noticed.
    pub high_water_file: Option<PathBuf>,
    /// Verifier keys that signed for this log, or cosigned, before, as C2SP signed-note writes them.
    pub former_keys: Vec<String>,
    /// Witnesses that are asked to cosign (C2SP tlog-witness).
    pub witnesses: Vec<WitnessSettings>,
    /// How many witnesses must have cosigned a checkpoint for `audit verify` to be content.
    pub quorum: usize,
    /// How old payloads are at least, in days, before `audit redact` removes them.
    pub keep_days: u32,
}

/// One of `audit.witnesses`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WitnessSettings {
    /// Its submission prefix, to which `/add-checkpoint` is added.
    pub url: String,
    /// Its verifier key.
    pub key: String,
}

impl Default for AuditSettings {
    fn default() -> Self {
        Self {
            origin: "child-index".to_owned(),
            key_file: None,
            next_key_file: None,
            high_water_file: None,
            former_keys: Vec::new(),
            witnesses: Vec::new(),
            quorum: 0,
            keep_days: KEEP_DAYS,
        }
    }
}

impl AuditSettings {
    /// The former keys; what is none was refused by `AuditSettings::check`.
    pub fn former(&self) -> Vec<VerifierKey> {
        self.former_keys.iter().filter_map(|key| key.parse().ok()).collect()
    }

    /// The keys of the witnesses, and where each is.
    pub fn witness_keys(&self) -> Vec<(VerifierKey, String)> {
        let read = |witness: &WitnessSettings| Some((witness.key.parse().ok()?, witness.url.clone()));
        self.witnesses.iter().filter_map(read).collect()
    }

    /// Says what is wrong with the section.
    pub(super) fn check(&self, reasons: &mut Vec<String>) {
        if !is_key_name(&self.origin) || !self.origin.chars().all(|c| c.is_ascii_graphic()) {
            reasons.push("audit.origin must be a name in visible ASCII characters without spaces or +.".to_owned());
        }
        if self.key_file.is_some() != self.high_water_file.is_some() {
            reasons.push(
                "audit.key_file and audit.high_water_file belong together: without the file outside the database a \
                 restored backup would be signed as if nothing were missing. Set both or neither."
                    .to_owned(),
            );
        }
        if self.key_file.is_none() && (self.next_key_file.is_some() || !self.witnesses.is_empty()) {
            reasons.push("audit.next_key_file and audit.witnesses need audit.key_file.".to_owned());
        }
        reasons.extend(self.former_keys.iter().filter(|key| key.parse::<VerifierKey>().is_err()).map(|key| {
            format!("audit.former_keys: {key:?} is no verifier key (name+id+key, as C2SP signed-note writes it).")
        }));
        for witness in &self.witnesses {
            if witness.key.parse::<VerifierKey>().map(|key| key.kind()) != Ok(KeyKind::Witness) {
                reasons.push(format!(
                    "audit.witnesses: {:?} is no witness's verifier key (Ed25519 cosignature/v1).",
                    witness.key
                ));
            }
            if !is_http_url(&witness.url) {
                reasons.push(format!(
                    "audit.witnesses: {:?} must start with https:// (or http:// on this machine).",
                    witness.url
                ));
            }
        }
        if self.quorum > self.witnesses.len() {
            reasons.push("audit.quorum is larger than the number of audit.witnesses.".to_owned());
        }
    }
}
