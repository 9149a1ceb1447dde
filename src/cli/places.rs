//! Where a command works: a configured index, or a demo folder.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failed;
use super::load::Progress;
use crate::api::auth::LocalIssuer;
use crate::app::IndexSettings;
use crate::app::loads::{LoadOptions, settle};
use crate::config::{AuditSettings, DatabaseUrl as DatabaseSetting, SearchSettings, Settings};
use crate::server::{index_settings, open_local_issuer, open_search_key};
use crate::store::connections::{AnyConnection, DatabaseUrl, Purpose};
use crate::store::locks::Hold;
use crate::store::{migrations, unsettled};

/// Where a command works.
#[derive(Debug, Clone, Args)]
pub(super) struct PlaceArgs {
    /// Work on a demo folder instead of a configuration.
    #[arg(long, value_name = "DIR", conflicts_with = "config")]
    pub dir: Option<PathBuf>,
    /// The settings file (TOML); settings are also read from CHILD_INDEX__SECTION__KEY.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

impl PlaceArgs {
    /// The place these arguments name.
    ///
    /// # Errors
    /// A sentence: a setting that cannot be used, or a folder that holds no demo.
    pub(super) fn open(&self) -> Result<Place, Failed> {
        match &self.dir {
            Some(dir) => Place::in_demo(dir),
            None => Place::new(Settings::load(self.config.as_deref())?),
        }
    }
}

/// An index and how it is run.
pub(super) struct Place {
    /// The settings.
    pub settings: Settings,
    /// Where the database is.
    pub url: DatabaseUrl,
}

impl Place {
    /// The place that settings describe.
    ///
    /// # Errors
    /// A sentence about the database's address.
    pub(super) fn new(settings: Settings) -> Result<Self, Failed> {
        let url = settings.database.url.expose().parse()?;
        Ok(Self { settings, url })
    }

    /// A demo folder that exists.
    ///
    /// # Errors
    /// A sentence where the folder holds no demo.
    pub(super) fn in_demo(dir: &Path) -> Result<Self, Failed> {
        if !dir.join(DATABASE).exists() {
            return Err(format!("{} holds no demo; make one with: child-index demo --dir {0}", dir.display()).into());
        }
        Self::of_demo(dir)
    }

    /// A demo folder, made where it does not exist: the folder, its keys, and the settings of a demo.
    ///
    /// # Errors
    /// A sentence where a file cannot be made or read.
    pub(super) fn of_demo(dir: &Path) -> Result<Self, Failed> {
        let keys = dir.join("keys");
        fs::create_dir_all(&keys).map_err(|error| format!("{} cannot be made: {error}", keys.display()))?;
        let (issuer, audit, search) = (keys.join("issuer"), keys.join("audit"), keys.join("search"));
        open_local_issuer(&issuer)?;
        open_search_key(&search)?;
        make_key(&audit, || Ok(LocalIssuer::generate()?.to_pem().into_bytes()))?;
        let database = dir.join(DATABASE);
        let mut settings = Settings::default();
        settings.database.url = DatabaseSetting::new(format!("sqlite:{}", database.display()));
        settings.auth.local_issuer_key = Some(issuer);
        settings.search = SearchSettings { key_file: Some(search) };
        settings.audit = AuditSettings {
            origin: "child-index-demo".to_owned(),
            key_file: Some(audit),
            high_water_file: Some(dir.join("audit-high-water")),
            // What happens in a demo may be removed the same day.
            keep_days: 0,
            ..AuditSettings::default()
        };
        Self::new(settings)
    }

    /// Works on another database than the folder's own.
    ///
    /// # Errors
    /// A sentence about the database's address.
    pub(super) fn use_database(&mut self, url: &str) -> Result<(), Failed> {
        self.url = url.parse()?;
        self.settings.database.url = DatabaseSetting::new(url);
        Ok(())
    }

    /// As [`Place::connect`], and migrates PostgreSQL too: a demo's database is its own.
    ///
    /// # Errors
    /// A sentence where the database cannot be used.
    pub(super) fn connect_migrating(&self) -> Result<(AnyConnection, Hold), Failed> {
        let hold = Hold::together(&self.url)?;
        let mut conn = AnyConnection::open(&self.url, Purpose::Maintain)?;
        migrations::migrate(&mut conn)?;
        Ok((conn, hold))
    }

    /// Opens the database for a command's own work: SQLite is migrated, PostgreSQL must be up to date already. What a
    /// load that was cut off has left over is settled first, or children who are there would not be found.
    ///
    /// # Errors
    /// A sentence where the database cannot be used.
    pub(super) fn connect(&self) -> Result<(AnyConnection, Hold), Failed> {
        let (mut conn, hold) = self.connect_unsettled()?;
        if unsettled::find_first(&mut conn)?.is_none() {
            return Ok((conn, hold));
        }
        drop((conn, hold));
        let mut options = LoadOptions::new(self.url.clone(), self.index_settings()?, "command line");
        options.feed = "a load that was cut off".to_owned();
        let mut progress = Progress::new("settling a load that was cut off", None);
        settle(&options, |notice| progress.show(notice))?;
        progress.clear();
        self.connect_unsettled()
    }

    fn connect_unsettled(&self) -> Result<(AnyConnection, Hold), Failed> {
        if self.url.is_sqlite() {
            return self.connect_migrating();
        }
        let hold = Hold::together(&self.url)?;
        let mut conn = AnyConnection::open(&self.url, Purpose::Maintain)?;
        migrations::ensure_current(&mut conn)?;
        Ok((conn, hold))
    }

    /// How the index is to be run.
    ///
    /// # Errors
    /// A sentence where the search key is missing or cannot be used.
    pub(super) fn index_settings(&self) -> Result<IndexSettings, Failed> {
        Ok(index_settings(&self.settings)?)
    }
}

/// The demo's database within its folder.
const DATABASE: &str = "index.sqlite";

/// Writes a key that nobody else can read, unless there is one already.
fn make_key(path: &Path, key: impl FnOnce() -> Result<Vec<u8>, Failed>) -> Result<(), Failed> {
    if path.exists() {
        return Ok(());
    }
    let write = |bytes: &[u8]| -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write(&key()?).map_err(|error| format!("{} cannot be written: {error}", path.display()).into())
}
