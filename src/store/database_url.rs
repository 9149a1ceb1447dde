//! Where the database is: a URL whose scheme chooses SQLite or PostgreSQL, and which never shows its password.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of a database. `Debug` and `Display` show neither user, password nor options.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(Address);

#[derive(Clone, PartialEq, Eq)]
enum Address {
    Sqlite(PathBuf),
    Postgres { url: String, hosts: Vec<String>, database: String, options: Vec<(String, String)> },
}

/// Why a database URL was refused: a sentence that says what to do. It quotes no part of the URL but its scheme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Neither `sqlite:` nor `postgres://`.
    #[error(
        "the database URL begins with neither sqlite: nor postgres://; write sqlite:PATH or postgres://USER@HOST/NAME"
    )]
    UnknownScheme,
    /// `sqlite:` alone.
    #[error("the database URL sqlite: names no file; write sqlite:PATH")]
    NoPath,
    /// An in-memory database is a different one for each connection of a pool, and audits nothing durably.
    #[error("an SQLite database in memory keeps no record; write sqlite:PATH with the path of a file")]
    InMemory,
    /// SQLite's own URI options could switch off what the service relies on.
    #[error("the path of an SQLite database takes no options; write sqlite:PATH without a question mark")]
    PathWithOptions,
    /// Without a host libpq would look into the environment.
    #[error("the PostgreSQL URL names no host; write postgres://USER@HOST/NAME, or ?host=/DIRECTORY for a socket")]
    NoHost,
    /// Without a name libpq would take the user's.
    #[error("the PostgreSQL URL names no database; write postgres://USER@HOST/NAME")]
    NoDatabase,
    /// A service file could name another host than the one that was checked.
    #[error("the PostgreSQL URL uses service=, which may lead anywhere; write the host into the URL")]
    ServiceFile,
    /// Percent signs that encode nothing, or text that is not UTF-8.
    #[error("the PostgreSQL URL is not well formed; percent-encode special characters, also in the password")]
    Malformed,
    /// TLS needs the cargo feature.
    #[error(
        "PostgreSQL on another machine needs TLS, which this build does not contain; build with --features postgres-tls"
    )]
    NoTls,
    /// Anything below `verify-full` can be talked down or answered by somebody else.
    #[error("PostgreSQL on another machine needs sslmode=verify-full; take the other sslmode out of the URL")]
    WeakTls,
}

impl FromStr for DatabaseUrl {
    type Err = UrlRefusal;

    fn from_str(text: &str) -> Result<Self, UrlRefusal> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path.strip_prefix("//").unwrap_or(path)).map(Self);
        }
        match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
            Some(rest) => postgres(text, rest).map(Self),
            None => Err(UrlRefusal::UnknownScheme),
        }
    }
}

impl DatabaseUrl {
    /// The address of an SQLite file.
    pub fn sqlite(path: impl Into<PathBuf>) -> Self {
        Self(Address::Sqlite(path.into()))
    }

    /// The file, where the database is SQLite.
    pub fn sqlite_path(&self) -> Option<&Path> {
        match &self.0 {
            Address::Sqlite(path) => Some(path),
            Address::Postgres { .. } => None,
        }
    }

    /// Whether the database is the embedded one, which migrates itself at start.
    pub fn is_sqlite(&self) -> bool {
        self.sqlite_path().is_some()
    }

    /// Whether the database is on this machine, so that nothing crosses a network.
    pub fn is_local(&self) -> bool {
        match &self.0 {
            Address::Sqlite(_) => true,
            Address::Postgres { hosts, .. } => hosts.iter().all(|host| is_local_host(host)),
        }
    }

    /// The URL for libpq, with those of `defaults` that it does not set itself.
    ///
    /// # Errors
    ///
    /// [`UrlRefusal::NoTls`] and [`UrlRefusal::WeakTls`] where the server is on another machine.
    pub(super) fn for_libpq(&self, defaults: &[(&str, &str)]) -> Result<Option<String>, UrlRefusal> {
        let Address::Postgres { url, options, .. } = &self.0 else { return Ok(None) };
        let set = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let mut full = url.clone();
        let mut separator = if url.contains('?') { '&' } else { '?' };
        let mut add = |name: &str, value: &str| {
            full.push(separator);
            separator = '&';
            full.push_str(name);
            full.push('=');
            full.push_str(value);
        };
        if !self.is_local() {
            if !cfg!(feature = "postgres-tls") {
                return Err(UrlRefusal::NoTls);
            }
            match set("sslmode") {
                None => add("sslmode", "verify-full"),
                Some("verify-full") => {}
                Some(_) => return Err(UrlRefusal::WeakTls),
            }
            if set("sslrootcert").is_none() {
                add("sslrootcert", "system");
            }
        }
        for (name, value) in defaults {
            if set(name).is_none() {
                add(name, value);
            }
        }
        Ok(Some(full))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Address::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Address::Postgres { hosts, database, .. } => write!(f, "postgres://{}/{database}", hosts.join(",")),
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

fn sqlite(path: &str) -> Result<Address, UrlRefusal> {
    match path {
        "" => Err(UrlRefusal::NoPath),
        _ if path.contains(":memory:") => Err(UrlRefusal::InMemory),
        _ if path.contains('?') => Err(UrlRefusal::PathWithOptions),
        _ => Ok(Address::Sqlite(PathBuf::from(path))),
    }
}

/// `[user[:password]@][host[:port],…][/name][?option=value&…]`, as libpq reads it.
fn postgres(url: &str, rest: &str) -> Result<Address, UrlRefusal> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let options = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').ok_or(UrlRefusal::Malformed)?;
            Ok((decode(name)?, decode(value)?))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let option = |name: &str| options.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    if option("service").is_some() {
        return Err(UrlRefusal::ServiceFile);
    }

    let (authority, path) = place.split_once('/').unwrap_or((place, ""));
    let addresses = authority.rsplit_once('@').map_or(authority, |(_, addresses)| addresses);
    let mut hosts = addresses.split(',').map(|address| decode(without_port(address))).collect::<Result<Vec<_>, _>>()?;
    // Options win over the authority; an address wins over the name that goes with it.
    if let Some(named) = option("hostaddr").or_else(|| option("host")) {
        hosts = named.split(',').map(str::to_owned).collect();
    }
    if hosts.iter().any(String::is_empty) {
        return Err(UrlRefusal::NoHost);
    }
    let database = option("dbname").map_or_else(|| decode(path), Ok)?;
    if database.is_empty() {
        return Err(UrlRefusal::NoDatabase);
    }
    Ok(Address::Postgres { url: url.to_owned(), hosts, database, options })
}

/// The host of `host:port` or `[v6]:port`.
fn without_port(address: &str) -> &str {
    match address.strip_prefix('[') {
        Some(v6) => v6.split_once(']').map_or(v6, |(host, _)| host),
        None => address.split_once(':').map_or(address, |(host, _)| host),
    }
}

/// A directory of sockets, this machine's name for itself, or an address that never leaves it.
fn is_local_host(host: &str) -> bool {
    host.starts_with('/')
        || host.starts_with('@')
        || host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn decode(text: &str) -> Result<String, UrlRefusal> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) if (high, low) != (0, 0) => high << 4 | low,
                _ => return Err(UrlRefusal::Malformed),
            },
            other => other,
        });
    }
    String::from_utf8(bytes).map_err(|_| UrlRefusal::Malformed)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> DatabaseUrl {
        text.parse().unwrap()
    }

    fn refusal(text: &str) -> UrlRefusal {
        text.parse::<DatabaseUrl>().unwrap_err()
    }

    #[test]
    fn the_scheme_chooses() {
        for (text, path) in [
            ("sqlite:index.db", "index.db"),
            ("sqlite://index.db", "index.db"),
            ("sqlite:///var/lib/index.db", "/var/lib/index.db"),
            ("sqlite:/var/lib/index.db", "/var/lib/index.db"),
        ] {
            assert_eq!(url(text).sqlite_path(), Some(Path::new(path)), "{text}");
        }
        for text in ["postgres://db/index", "postgresql://db:5432/index", "postgres:///index?host=/run/postgresql"] {
            assert!(!url(text).is_sqlite(), "{text}");
        }
        for text in ["", "index.db", "mysql://db/index", "POSTGRES:db", "sqlite3:x", "postgres:db"] {
            assert_eq!(refusal(text), UrlRefusal::UnknownScheme, "{text}");
        }
    }

    #[test]
    fn what_cannot_be_served_from_is_refused() {
        for (text, expected) in [
            ("sqlite:", UrlRefusal::NoPath),
            ("sqlite::memory:", UrlRefusal::InMemory),
            ("sqlite:file::memory:", UrlRefusal::InMemory),
            ("sqlite:x.db?mode=ro", UrlRefusal::PathWithOptions),
            ("postgres:///index", UrlRefusal::NoHost),
            ("postgres://a,/index", UrlRefusal::NoHost),
            ("postgres://db", UrlRefusal::NoDatabase),
            ("postgres://db/", UrlRefusal::NoDatabase),
            ("postgres://db/index?service=x", UrlRefusal::ServiceFile),
            ("postgres://db/index?sslmode", UrlRefusal::Malformed),
            ("postgres://db/in%zzdex", UrlRefusal::Malformed),
            ("postgres://db/in%00dex", UrlRefusal::Malformed),
            ("postgres://db/in%4", UrlRefusal::Malformed),
        ] {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn neither_user_nor_password_is_ever_shown() {
        for text in [
            "postgres://bob:s3cret@db:5432/index?sslmode=verify-full",
            "postgres://db/index?user=bob&password=s3cret",
            "postgres://bob:s3cret%40x@a:1,b:2/index",
        ] {
            let url = url(text);
            for shown in [format!("{url}"), format!("{url:?}"), format!("{url:#?}")] {
                assert!(!shown.contains("s3cret") && !shown.contains("bob"), "{shown}");
                assert!(shown.ends_with("/index"), "{shown}");
            }
        }
    }

    #[test]
    fn only_this_machine_is_local() {
        for text in [
            "postgres://localhost/x",
            "postgres://u@127.0.0.1:5433/x",
            "postgres://[::1]:5433/x",
            "postgres://%2Frun%2Fpostgresql/x",
            "postgres:///x?host=/run/postgresql",
            "sqlite:x.db",
        ] {
            assert!(url(text).is_local(), "{text}");
        }
        for text in [
            "postgres://db.example/x",
            "postgres://localhost.example/x",
            "postgres://localhost,db/x",
            "postgres://localhost/x?host=db",
            "postgres://localhost/x?hostaddr=10.0.0.1",
            "postgres://localhost@db/x",
            "postgres://[2001:db8::1]/x",
        ] {
            assert!(!url(text).is_local(), "{text}");
        }
    }

    #[test]
    fn libpq_is_told_what_the_url_leaves_open() {
        let defaults = [("connect_timeout", "2"), ("application_name", "child-index")];
        let told = |text: &str| url(text).for_libpq(&defaults).unwrap().unwrap();
        assert_eq!(
            told("postgres://localhost/x"),
            "postgres://localhost/x?connect_timeout=2&application_name=child-index"
        );
        assert_eq!(
            told("postgres://localhost/x?connect_timeout=9"),
            "postgres://localhost/x?connect_timeout=9&application_name=child-index"
        );
        assert_eq!(url("sqlite:x.db").for_libpq(&defaults), Ok(None));
    }

    #[cfg(not(feature = "postgres-tls"))]
    #[test]
    fn another_machine_is_refused_without_tls() {
        assert_eq!(url("postgres://db/x").for_libpq(&[]), Err(UrlRefusal::NoTls));
    }

    #[cfg(feature = "postgres-tls")]
    #[test]
    fn another_machine_is_spoken_to_over_verified_tls_only() {
        assert_eq!(
            url("postgres://db/x").for_libpq(&[]).unwrap().unwrap(),
            "postgres://db/x?sslmode=verify-full&sslrootcert=system"
        );
        for mode in ["disable", "allow", "prefer", "require", "verify-ca"] {
            let text = format!("postgres://db/x?sslmode={mode}");
            assert_eq!(url(&text).for_libpq(&[]), Err(UrlRefusal::WeakTls), "{mode}");
        }
    }
}
