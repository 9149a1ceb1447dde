//! Settings: a TOML file overridden by the environment, typed, and refused when unknown or unsafe.
//!
//! This is the only place that reads the process's environment.

mod audits;
mod key_files;
mod operators;
mod reading;
mod safety;
mod secrets;
mod sections;

use std::fmt;

pub use audits::{AuditSettings, WitnessSettings};
pub use key_files::read_key_file;
pub use operators::operator_name;
pub use secrets::{DatabaseUrl, Secret};
pub use sections::{
    AuthSettings, DatabaseSettings, IssuerSettings, LOCAL_AUDIENCE, LOCAL_ISSUER, LimitSettings, LogFormat,
    LogSettings, PolicySettings, SearchSettings, ServerSettings, Settings, TokenAlgorithm,
};

/// Why the settings were refused: every reason at once, each a sentence that says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsError {
    /// The sentences.
    pub reasons: Vec<String>,
}

impl SettingsError {
    fn one(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()] }
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the settings cannot be used")?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n- {reason}"))
    }
}

impl std::error::Error for SettingsError {}

#[cfg(test)]
mod tests;
