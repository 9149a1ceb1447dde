//! From the settings to a verifier: each issuer with its keys, and the local issuer where there is one.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use super::key_sources::{FileKeys, HttpKeys};
use super::{ServerError, key_writing};
use crate::api::auth::{Issuer, KeySource, LocalIssuer, LocalIssuerError, StaticKeys, Verifier};
use crate::config::{AuthSettings, IssuerSettings, read_key_file};

/// Builds the verifier and fetches every issuer's keys.
///
/// # Errors
/// When a key file is missing or unusable. An issuer that cannot be reached over the network at this moment is no
/// reason not to start: its tokens are refused until it can.
pub async fn verifier(settings: &AuthSettings) -> Result<Verifier, ServerError> {
    let mut issuers = Vec::new();
    for issuer in &settings.issuers {
        issuers.push(configured(issuer).await?);
    }
    if let Some(path) = &settings.local_issuer_key {
        let local = LocalIssuer::from_pem(&read_key_file(path)?).map_err(|error| unusable(path, error))?;
        let keys = StaticKeys(local.jwks().into_bytes());
        issuers.push(Issuer::new(&LocalIssuer::settings(), Arc::new(keys)));
    }
    Ok(Verifier::new(issuers))
}

async fn configured(settings: &IssuerSettings) -> Result<Issuer, ServerError> {
    let (source, is_remote): (Arc<dyn KeySource>, bool) = match (&settings.jwks_file, &settings.jwks_url) {
        (Some(path), _) => (Arc::new(FileKeys::new(path)), false),
        (None, Some(url)) => (Arc::new(HttpKeys::new(url)), true),
        (None, None) => return Err(ServerError::Issuer(format!("the issuer {:?} has no keys", settings.issuer))),
    };
    let issuer = Issuer::new(settings, source);
    match issuer.load_keys().await {
        Ok(()) => Ok(issuer),
        Err(error) if is_remote => {
            tracing::warn!(issuer = settings.issuer, %error, "tokens are refused until the issuer's keys can be fetched");
            Ok(issuer)
        }
        Err(error) => Err(ServerError::Issuer(format!("the keys of the issuer {:?}: {error}", settings.issuer))),
    }
}

/// Opens the local issuer whose private key is in this file, making the key if there is none: the file gets mode 0600,
/// and the public key set is written beside it with the ending `.jwks.json`.
///
/// # Errors
/// When the file cannot be read or written, is open to others, or holds something else.
pub fn open_local_issuer(path: &Path) -> Result<LocalIssuer, ServerError> {
    let unwritable =
        |error: std::io::Error| ServerError::Issuer(format!("{} cannot be written: {error}", path.display()));
    if !path.exists() {
        let issuer = LocalIssuer::generate().map_err(|error| unusable(path, error))?;
        key_writing::write_private(path, issuer.to_pem().as_bytes()).map_err(unwritable)?;
    }
    let issuer = LocalIssuer::from_pem(&read_key_file(path)?).map_err(|error| unusable(path, error))?;
    fs::write(path.with_extension("jwks.json"), issuer.jwks()).map_err(unwritable)?;
    Ok(issuer)
}

fn unusable(path: &Path, error: LocalIssuerError) -> ServerError {
    ServerError::Issuer(format!("{}: {error}", path.display()))
}
