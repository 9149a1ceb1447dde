//! Values that must not be printed: they show themselves redacted.

use std::fmt;

use serde::Deserialize;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// Where the database is; may hold a password and prints itself without it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// Wraps a URL, for example `sqlite:///var/lib/child-index/index.db` or `postgres://user@host/name`.
    pub fn new(url: impl Into<String>) -> Self {
        Self(url.into())
    }

    /// The URL itself, for the one place that connects.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The scheme in lower case, without the colon; empty where there is none.
    pub fn scheme(&self) -> String {
        self.0.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase()).unwrap_or_default()
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything that may hold a password goes: what stands before the last @, and every parameter.
        let without_parameters = self.0.split('?').next().unwrap_or_default();
        match (without_parameters.split_once("://"), without_parameters.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, place))) => write!(f, "{scheme}://[redacted]@{place}"),
            (_, None) => f.write_str(without_parameters),
            (None, Some(_)) => f.write_str("[redacted]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[redacted]");
        for (url, shown) in [
            (
                "postgres://index:hunter2@db.example:5432/index?password=hunter2",
                "postgres://[redacted]@db.example:5432/index",
            ),
            ("postgres://index:hun@ter2@db/index", "postgres://[redacted]@db/index"),
            ("postgres://db/index?password=hunter2", "postgres://db/index"),
            ("hunter2@db", "[redacted]"),
            ("sqlite:///var/lib/index.db", "sqlite:///var/lib/index.db"),
        ] {
            let shown_as = format!("{:?}", DatabaseUrl::new(url));
            assert_eq!(shown_as, shown);
            assert!(!shown_as.contains("hunter2"));
        }
    }

    #[test]
    fn the_scheme_is_what_stands_before_the_colon() {
        assert_eq!(DatabaseUrl::new("Postgres://x").scheme(), "postgres");
        assert_eq!(DatabaseUrl::new("index.db").scheme(), "");
    }
}
