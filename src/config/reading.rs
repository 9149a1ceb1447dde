//! Reading settings: the file first, then `CHILD_INDEX__SECTION__KEY` from the environment over it.

use std::collections::BTreeMap;
use std::path::Path;

use config::{Config, File, FileFormat, Value, ValueKind};

use super::{Settings, SettingsError};

/// What every variable of ours starts with.
const PREFIX: &str = "CHILD_INDEX__";

impl Settings {
    /// Reads the settings from a file, if one is given, and from the environment; then checks that they are safe.
    ///
    /// A variable's value is read as TOML where it is TOML (`8`, `true`, `["10.0.0.0/8"]`, `[{issuer = "…"}]`) and as
    /// plain text otherwise.
    ///
    /// # Errors
    /// Every reason not to start, each a sentence that says what to do.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let text = file.map(|path| {
            std::fs::read_to_string(path).map_err(|error| {
                SettingsError::one(format!("The settings file {} cannot be read: {error}.", path.display()))
            })
        });
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with(PREFIX));
        let settings = Self::from_sources(text.transpose()?.as_deref(), variables)?;
        settings.check()?;
        Ok(settings)
    }

    /// Reads settings from the text of a file and from named variables, without checking that they are safe.
    ///
    /// # Errors
    /// Unknown keys and wrong types, with the key and where it stands.
    pub fn from_sources(
        file: Option<&str>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut builder = Config::builder();
        if let Some(text) = file {
            builder = builder.add_source(File::from_str(text, FileFormat::Toml));
        }
        // In a fixed order, so that the same environment always means the same.
        let variables: BTreeMap<String, String> = variables.into_iter().collect();
        for (name, value) in &variables {
            let Some(key) = name.strip_prefix(PREFIX) else { continue };
            let key = key.to_ascii_lowercase().replace("__", ".");
            let origin = format!("the environment variable {name}");
            builder = builder.set_override(&key, from_text(value, &origin)).map_err(|_| unreadable_name(name))?;
        }
        let config = builder.build().map_err(|error| SettingsError::one(sentence(&error.to_string())))?;
        serde_path_to_error::deserialize(config).map_err(|error| {
            let place = error.path().to_string();
            let said = sentence(&error.inner().to_string());
            SettingsError::one(if said.contains(&place) { said } else { format!("{place}: {said}") })
        })
    }
}

fn unreadable_name(name: &str) -> SettingsError {
    SettingsError::one(format!("The environment variable {name} names no setting; write {PREFIX}SECTION__KEY."))
}

fn sentence(error: &str) -> String {
    format!("{}.", error.trim_end_matches(['.', '\n']))
}

/// The value of a variable: TOML where it is TOML other than a date, text otherwise.
fn from_text(text: &str, origin: &String) -> Value {
    let parsed = toml::from_str::<toml::Table>(&format!("value = {text}")).ok();
    match parsed.and_then(|mut table| table.remove("value").filter(|_| table.is_empty())) {
        Some(value) => from_toml(value, origin),
        None => Value::new(Some(origin), ValueKind::String(text.to_owned())),
    }
}

fn from_toml(value: toml::Value, origin: &String) -> Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text),
        toml::Value::Integer(number) => ValueKind::I64(number),
        toml::Value::Float(number) => ValueKind::Float(number),
        toml::Value::Boolean(value) => ValueKind::Boolean(value),
        toml::Value::Datetime(instant) => ValueKind::String(instant.to_string()),
        toml::Value::Array(items) => ValueKind::Array(items.into_iter().map(|item| from_toml(item, origin)).collect()),
        toml::Value::Table(table) => {
            ValueKind::Table(table.into_iter().map(|(key, item)| (key, from_toml(item, origin))).collect())
        }
    };
    Value::new(Some(origin), kind)
}
