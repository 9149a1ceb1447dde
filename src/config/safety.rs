//! Combinations of settings that are refused at start, each with a sentence that says what to do.

use std::collections::HashSet;
use std::path::PathBuf;

use super::sections::{IssuerSettings, LOCAL_ISSUER, Settings};
use super::{SettingsError, key_files};
use crate::domain::assessments::AssessmentKinds;

/// Most difference between clocks, in seconds.
const MOST_LEEWAY: u64 = 30;

impl Settings {
    /// Checks that the settings are safe together.
    ///
    /// # Errors
    /// Every reason not to start.
    pub fn check(&self) -> Result<(), SettingsError> {
        let mut reasons = Vec::new();
        self.check_transport(&mut reasons);
        self.check_auth(&mut reasons);
        self.check_limits(&mut reasons);
        self.check_assessment_kinds(&mut reasons);
        self.check_key_files(&mut reasons);
        if reasons.is_empty() { Ok(()) } else { Err(SettingsError { reasons }) }
    }

    fn check_transport(&self, reasons: &mut Vec<String>) {
        let server = &self.server;
        if server.tls_cert.is_some() != server.tls_key.is_some() {
            reasons.push("server.tls_cert and server.tls_key belong together; set both or neither.".to_owned());
        }
        if server.tls_client_ca.is_some() && server.tls_cert.is_none() {
            reasons
                .push("server.tls_client_ca needs server.tls_cert: without TLS nobody can show a certificate.".into());
        }
        if server.behind_proxy && server.trusted_proxies.is_empty() {
            reasons.push("server.behind_proxy needs server.trusted_proxies: list the proxies' addresses.".to_owned());
        }
        if !server.behind_proxy && !server.trusted_proxies.is_empty() {
            reasons.push("server.trusted_proxies is set but server.behind_proxy is not; set it to true.".to_owned());
        }
        if !server.bind.ip().is_loopback() && server.tls_cert.is_none() && !server.behind_proxy {
            reasons.push(format!(
                "server.bind {} is reachable from outside without TLS; set server.tls_cert and server.tls_key, or \
                 server.behind_proxy = true with server.trusted_proxies, or bind to 127.0.0.1.",
                server.bind
            ));
        }
        if let Some(url) = &server.public_url
            && !is_http_url(url)
        {
            reasons.push("server.public_url must start with https:// (or http:// on this machine).".to_owned());
        }
        if server.workers == Some(0) || server.max_connections == 0 || server.body_timeout_seconds == 0 {
            reasons.push("server.workers, max_connections and body_timeout_seconds must be at least 1.".to_owned());
        }
    }

    fn check_assessment_kinds(&self, reasons: &mut Vec<String>) {
        if let Err(error) = AssessmentKinds::with(self.policy.assessment_kinds.iter().cloned()) {
            reasons.push(format!("policy.assessment_kinds: {error}; name it otherwise, or leave it out."));
        }
    }

    fn check_auth(&self, reasons: &mut Vec<String>) {
        let auth = &self.auth;
        if auth.issuers.is_empty() && auth.local_issuer_key.is_none() {
            reasons.push(
                "auth.issuers is empty, so nobody could log in; add the issuer of your identity provider.".into(),
            );
        }
        if auth.local_issuer_key.is_some() && (!self.server.bind.ip().is_loopback() || self.server.behind_proxy) {
            reasons.push(
                "auth.local_issuer_key is for demonstration and development: whoever holds that key can be anybody. \
                 Remove it, or bind to 127.0.0.1 without a proxy."
                    .to_owned(),
            );
        }
        let mut names = HashSet::new();
        for issuer in &auth.issuers {
            if !names.insert(issuer.issuer.as_str()) {
                reasons.push(format!("auth.issuers names {:?} twice; keep one.", issuer.issuer));
            }
            check_issuer(issuer, reasons);
        }
    }

    fn check_limits(&self, reasons: &mut Vec<String>) {
        let limits = &self.limits;
        for (name, value) in [
            ("searches_per_hour", limits.searches_per_hour),
            ("children_per_day", limits.children_per_day),
            ("organisation_searches_per_hour", limits.organisation_searches_per_hour),
            ("organisation_children_per_day", limits.organisation_children_per_day),
        ] {
            if value == 0 {
                reasons.push(format!(
                    "limits.{name} = 0 would refuse everything; give a number, or use --no-limits for a load test."
                ));
            }
        }
        if !(1024..=1024 * 1024).contains(&limits.body_bytes) {
            reasons.push("limits.body_bytes must be from 1024 to 1048576.".to_owned());
        }
        if self.policy.ageing_after_days > self.policy.stale_after_days {
            reasons.push("policy.ageing_after_days must not be more than policy.stale_after_days.".to_owned());
        }
        if !(1..=60).contains(&self.policy.lead_proposal_working_days) {
            reasons.push("policy.lead_proposal_working_days must be from 1 to 60.".to_owned());
        }
        self.audit.check(reasons);
    }

    fn check_key_files(&self, reasons: &mut Vec<String>) {
        let files: [&Option<PathBuf>; 5] = [
            &self.server.tls_key,
            &self.auth.local_issuer_key,
            &self.audit.key_file,
            &self.audit.next_key_file,
            &self.search.key_file,
        ];
        reasons.extend(files.into_iter().flatten().filter_map(|path| key_files::check(path).err()));
    }
}

fn check_issuer(settings: &IssuerSettings, reasons: &mut Vec<String>) {
    let issuer = &settings.issuer;
    if issuer.is_empty() {
        reasons.push("An entry of auth.issuers has an empty issuer; write the claim iss of its tokens.".to_owned());
    }
    if issuer == LOCAL_ISSUER {
        reasons.push(
            "auth.issuers names the local issuer; set auth.local_issuer_key instead, for development only.".into(),
        );
    }
    if settings.audience.is_empty() {
        reasons
            .push(format!("The issuer {issuer:?} has no audience: tokens meant for others would be taken; set one."));
    }
    if settings.algorithms.is_empty() {
        reasons.push(format!(
            "The issuer {issuer:?} has no algorithms; write those it signs with: ES256, EdDSA or RS256."
        ));
    }
    if settings.leeway_seconds > MOST_LEEWAY {
        reasons.push(format!("The issuer {issuer:?} has leeway_seconds over {MOST_LEEWAY}; set the clocks instead."));
    }
    match (&settings.jwks_url, &settings.jwks_file) {
        (Some(_), None) | (None, Some(_)) => {}
        _ => reasons.push(format!("The issuer {issuer:?} needs its keys from one place: jwks_url or jwks_file.")),
    }
    if settings.jwks_url.as_deref().is_some_and(|url| !is_http_url(url)) {
        reasons.push(format!(
            "The issuer {issuer:?} has a jwks_url without TLS: whoever is on the way could replace its keys. Use https://."
        ));
    }
}

/// Whether a URL is HTTPS, or HTTP to this machine.
pub(super) fn is_http_url(url: &str) -> bool {
    if url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty()) {
        return true;
    }
    let Some(rest) = url.strip_prefix("http://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    // An @ would make everything before it a user name.
    !authority.contains('@') && (host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback()))
}
