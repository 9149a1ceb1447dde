//! TLS for the listener: rustls, versions 1.2 and 1.3, client certificates where an authority for them is configured.

use std::path::Path;
use std::sync::Arc;

use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::ServerError;
use crate::config::{ServerSettings, read_key_file};

/// The TLS configuration, where a certificate is set.
pub(super) fn server_config(settings: &ServerSettings) -> Result<Option<ServerConfig>, ServerError> {
    let (Some(cert), Some(key)) = (&settings.tls_cert, &settings.tls_key) else { return Ok(None) };
    let chain = certificates(cert)?;
    let key = PrivateKeyDer::from_pem_slice(&read_key_file(key)?)
        .map_err(|error| ServerError::Tls(format!("server.tls_key {} is no private key: {error}", key.display())))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let unusable = |error: &dyn std::fmt::Display| ServerError::Tls(format!("the certificate cannot be used: {error}"));
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .map_err(|error| unusable(&error))?;
    let builder = match &settings.tls_client_ca {
        None => builder.with_no_client_auth(),
        Some(authorities) => {
            let mut roots = RootCertStore::empty();
            for authority in certificates(authorities)? {
                roots.add(authority).map_err(|error| unusable(&error))?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unusable(&error))?)
        }
    };
    builder.with_single_cert(chain, key).map(Some).map_err(|error| unusable(&error))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServerError> {
    let unreadable =
        |error: &dyn std::fmt::Display| ServerError::Tls(format!("{} cannot be read: {error}", path.display()));
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(&error))?;
    let found: Vec<_> = found.collect::<Result<_, _>>().map_err(|error| unreadable(&error))?;
    if found.is_empty() { Err(unreadable(&"there is no certificate in it")) } else { Ok(found) }
}
