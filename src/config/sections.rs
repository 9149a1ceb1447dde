//! The sections of the settings, each with its defaults.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::Deserialize;

use super::DatabaseUrl;
use crate::domain::assessments::KindRule;
use crate::domain::services::Sector;

/// The issuer name of the local issuer, which exists for demonstration and development only.
pub const LOCAL_ISSUER: &str = "urn:child-index:local-issuer";

/// The audience of tokens from the local issuer.
pub const LOCAL_AUDIENCE: &str = "urn:child-index:api";

/// Everything an operator can set.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Where and how the service listens.
    pub server: ServerSettings,
    /// Where the index is kept.
    pub database: DatabaseSettings,
    /// Whose tokens are taken.
    pub auth: AuthSettings,
    /// Budgets and sizes.
    pub limits: LimitSettings,
    /// The audit log.
    pub audit: super::AuditSettings,
    /// Keys of the search.
    pub search: SearchSettings,
    /// Rules that are settings.
    pub policy: PolicySettings,
    /// Logs.
    pub log: LogSettings,
}

/// `[server]`: where and how the service listens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes a free one.
    pub bind: SocketAddr,
    /// The address callers use, for example `https://index.example.org`, where it is not the bound one.
    pub public_url: Option<String>,
    /// Certificate chain, PEM. With it the service speaks TLS 1.2 and 1.3 only.
    pub tls_cert: Option<PathBuf>,
    /// Its private key, PEM, mode 0600.
    pub tls_key: Option<PathBuf>,
    /// Authorities whose client certificates are demanded, PEM. Nobody without one gets as far as a request.
    pub tls_client_ca: Option<PathBuf>,
    /// Whether a proxy in front ends TLS; then only `trusted_proxies` are answered.
    pub behind_proxy: bool,
    /// Addresses or networks of those proxies, for example `10.1.0.0/16`.
    #[serde(deserialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// Threads that serve requests; the number of cores where absent.
    pub workers: Option<usize>,
    /// Most connections at a time, over all threads.
    pub max_connections: usize,
    /// How long the body of a request may take to arrive, in seconds.
    pub body_timeout_seconds: u64,
    /// How long requests may take to finish when the service is told to stop, in seconds.
    pub shutdown_seconds: u64,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            tls_cert: None,
            tls_key: None,
            tls_client_ca: None,
            behind_proxy: false,
            trusted_proxies: Vec::new(),
            workers: None,
            max_connections: 4096,
            body_timeout_seconds: 10,
            shutdown_seconds: 20,
        }
    }
}

impl ServerSettings {
    /// Whether callers reach the service over TLS, ours or a proxy's.
    pub fn is_reached_over_tls(&self) -> bool {
        self.tls_cert.is_some() || self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// `[database]`: where the index is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: DatabaseUrl,
    /// A replica for wide reading, the candidates of searches above all, PostgreSQL only. It is read while it has what this
    /// node changed and what it saw a second ago; else the database itself is.
    pub read_url: Option<DatabaseUrl>,
    /// Most connections; two for each core and four more where absent.
    pub pool: Option<u32>,
}

impl Default for DatabaseSettings {
    fn default() -> Self {
        Self { url: DatabaseUrl::new("sqlite://child-index.db"), read_url: None, pool: None }
    }
}

/// `[auth]`: whose tokens are taken.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuthSettings {
    /// The issuers, each with its keys.
    pub issuers: Vec<IssuerSettings>,
    /// Private key of the local issuer, PEM, mode 0600: whoever holds it can be anybody. For demonstration and
    /// development, on a loopback address only.
    pub local_issuer_key: Option<PathBuf>,
}

/// One of `auth.issuers`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerSettings {
    /// The claim `iss`, exactly.
    pub issuer: String,
    /// The claim `aud`, exactly.
    pub audience: String,
    /// Where the issuer publishes its keys.
    #[serde(default)]
    pub jwks_url: Option<String>,
    /// Its keys in a file; read again when it changes.
    #[serde(default)]
    pub jwks_file: Option<PathBuf>,
    /// The algorithms its keys may be used with.
    pub algorithms: Vec<TokenAlgorithm>,
    /// Whether every token must show two factors. An issuer of machine identities sets it to `false`; people are
    /// asked for two factors by the access rules all the same.
    #[serde(default = "yes")]
    pub mfa_required: bool,
    /// Values of `acr` that mean two factors at this issuer.
    #[serde(default = "multi_factor_acr")]
    pub mfa_acr_values: Vec<String>,
    /// Difference between clocks that is tolerated, in seconds; at most 30.
    #[serde(default = "leeway")]
    pub leeway_seconds: u64,
}

fn yes() -> bool {
    true
}

fn leeway() -> u64 {
    30
}

/// The registered names that mean two factors: REFEDS, and the OpenID Provider Authentication Policy. (`phr` and `phrh`
/// promise resistance to phishing, which one factor can have.)
fn multi_factor_acr() -> Vec<String> {
    ["https://refeds.org/profile/mfa", "http://schemas.openid.net/pape/policies/2007/06/multi-factor"]
        .map(str::to_owned)
        .to_vec()
}

/// Networks as `10.1.0.0/16`, and single addresses without a prefix.
fn networks<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let read = |text: &String| text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
    texts.iter().map(read).collect::<Result<_, _>>().map_err(|_| {
        serde::de::Error::custom("addresses and networks are written 10.1.2.3, 10.1.0.0/16, 2001:db8::/32")
    })
}

/// A signature algorithm that is taken. Shared secrets (`HS*`) and `none` cannot be written here.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// RSA PKCS#1 v1.5 with SHA-256, 2048 bits and more.
    Rs256,
}

impl TokenAlgorithm {
    /// The name registered with JOSE.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Debug for TokenAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl<'de> Deserialize<'de> for TokenAlgorithm {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        [Self::Es256, Self::EdDsa, Self::Rs256].into_iter().find(|known| known.name() == name).ok_or_else(|| {
            serde::de::Error::custom(format!(
                "the algorithm {name:?} is not taken; write ES256, EdDSA or RS256 (shared secrets and \"none\" let \
                 anybody who can check a token make one)"
            ))
        })
    }
}

/// `[limits]`: budgets and sizes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Searches an account may make in an hour; further ones are refused.
    pub searches_per_hour: u32,
    /// Distinct children that may be disclosed to an account in a day; further ones are refused.
    pub children_per_day: u32,
    /// What the reason `safeguarding` may go over either, in percent; going over raises an alert.
    pub safeguarding_overdraft_percent: u32,
    /// Searches by all accounts of an organisation in an hour that raise an alert.
    pub organisation_searches_per_hour: u32,
    /// Distinct children disclosed to an organisation in a day that raise an alert.
    pub organisation_children_per_day: u32,
    /// Overrides of a shield that an account may use in a day; further ones are refused, whatever the reason.
    pub overrides_per_day: u32,
    /// The largest body of a request, in bytes; feeds have their own.
    pub body_bytes: usize,
    /// Whether the budgets are lifted, for load tests. Set by `--no-limits` and by nothing else.
    #[serde(skip)]
    pub lifted: bool,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            searches_per_hour: 120,
            children_per_day: 150,
            safeguarding_overdraft_percent: 20,
            organisation_searches_per_hour: 3_000,
            organisation_children_per_day: 5_000,
            overrides_per_day: 5,
            body_bytes: 16 * 1024,
            lifted: false,
        }
    }
}

/// `[search]`: keys of the search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchSettings {
    /// The key that binds handles and search keys to this index, mode 0600.
    pub key_file: Option<PathBuf>,
}

/// `[policy]`: rules that differ between partnerships. Every default discloses less.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicySettings {
    /// Sectors that read NHS numbers: health, which allocates them, and the bodies that present law designates.
    pub nhs_number_sectors: Vec<Sector>,
    /// Sectors that read pupil and learner numbers: education, which allocates them.
    pub pupil_number_sectors: Vec<Sector>,
    /// Whether the police are a sensitive service.
    pub police_sensitive: bool,
    /// Whether probation is a sensitive service.
    pub probation_sensitive: bool,
    /// Whether youth justice is a sensitive service.
    pub youth_justice_sensitive: bool,
    /// Whether a shielded record shows the names of its carers, as the regulations of 2007 had it.
    pub shielded_shows_carers: bool,
    /// Areas (ONS codes) of whose children nobody but their management team is told that an unspecified sensitive service
    /// is involved.
    pub sensitive_existence_untold_in: Vec<String>,
    /// Kinds of assessment that are recorded beside those every index has.
    pub assessment_kinds: Vec<KindRule>,
    /// For how many working days somebody who was asked to lead may answer; from 1 to 60.
    pub lead_proposal_working_days: u16,
    /// How long an ended involvement stays visible to others than its owner, in days.
    pub ended_involvements_shown_days: u64,
    /// Age of the last confirmation from which an involvement is `ageing`, in days.
    pub ageing_after_days: u16,
    /// Age of the last confirmation from which an involvement is `stale`, in days.
    pub stale_after_days: u16,
}

impl Default for PolicySettings {
    fn default() -> Self {
        Self {
            nhs_number_sectors: vec![Sector::Health],
            pupil_number_sectors: vec![Sector::Education],
            police_sensitive: false,
            probation_sensitive: false,
            youth_justice_sensitive: false,
            shielded_shows_carers: false,
            sensitive_existence_untold_in: Vec::new(),
            assessment_kinds: Vec::new(),
            lead_proposal_working_days: 5,
            ended_involvements_shown_days: 365,
            ageing_after_days: 90,
            stale_after_days: 180,
        }
    }
}

/// `[log]`: what is written to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogSettings {
    /// Lines for machines or for people.
    pub format: LogFormat,
    /// Least severity, or directives such as `info,child_index::store=debug`.
    pub level: String,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Json, level: "info".to_owned() }
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// Words, for a terminal.
    Plain,
}
