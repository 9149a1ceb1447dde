//! Where issuers' keys come from: a file, or the issuer itself over HTTPS.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig};

use crate::api::auth::{KeySource, KeySourceError, KeyTiming};

/// Largest key set that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// How long fetching a key set may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A key set in a file, read again when asked.
#[derive(Debug, Clone)]
pub struct FileKeys {
    path: PathBuf,
}

impl FileKeys {
    /// The key set at this path.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl KeySource for FileKeys {
    fn fetch(&self) -> Result<Vec<u8>, KeySourceError> {
        let fail = |error: &dyn std::fmt::Display| KeySourceError(format!("{}: {error}", self.path.display()));
        let size = std::fs::metadata(&self.path).map_err(|error| fail(&error))?.len();
        if size > LARGEST {
            return Err(fail(&"larger than a key set can be"));
        }
        std::fs::read(&self.path).map_err(|error| fail(&error))
    }

    fn timing(&self) -> KeyTiming {
        KeyTiming::FILE
    }
}

/// A key set that an issuer publishes. Redirects are not followed: they could lead to somebody else's keys.
#[derive(Debug, Clone)]
pub struct HttpKeys {
    url: String,
    agent: Agent,
}

impl HttpKeys {
    /// The key set at this address, which the settings have found to be HTTPS or on this machine.
    pub fn new(url: impl Into<String>) -> Self {
        let agent = agent(TIMEOUT);
        Self { url: url.into(), agent }
    }
}

/// Asks over HTTPS, or on this machine; redirects are answers, not followed.
pub(super) fn agent(timeout: Duration) -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(timeout))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent("child-index")
        .build()
        .new_agent()
}

impl KeySource for HttpKeys {
    fn fetch(&self) -> Result<Vec<u8>, KeySourceError> {
        let fail = |error: ureq::Error| KeySourceError(format!("{}: {error}", self.url));
        let mut response = self.agent.get(&self.url).call().map_err(fail)?;
        if response.status() != 200 {
            return Err(KeySourceError(format!("{}: answered {}", self.url, response.status())));
        }
        response.body_mut().with_config().limit(LARGEST).read_to_vec().map_err(fail)
    }

    fn timing(&self) -> KeyTiming {
        KeyTiming::PUBLISHED
    }
}
