//! A throwaway PostgreSQL server: made with `initdb` as an unprivileged user, gone with the process that started it.

use std::env;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// Trusted without a password: the server's socket lies in a directory that nobody else may enter.
const SUPERUSER: &str = "child_index";

/// Runs the server, waits until standard input closes (which it does however this process ends), stops the
/// server, and removes what it leaves. `$1` is the directory, the rest the server's command.
const KEEPER: &str = r#"
    place=$1; shift
    "$@" > "$place/log" 2>&1 &
    server=$!
    read -r _
    kill -QUIT "$server" 2>/dev/null
    wait "$server"
    [ -e "$place/stay" ] || rm -rf "$place"
"#;

/// A running server. Dropping it stops it.
pub struct Cluster {
    programs: PathBuf,
    place: PathBuf,
    owner: Option<(u32, u32)>,
    keeper: Option<(Child, ChildStdin)>,
}

impl Cluster {
    /// Makes and starts a server with the programs in this directory, reachable through a socket only.
    pub fn start(programs: &Path) -> Result<Self, String> {
        // Not in TMPDIR: the path of a socket may have little more than a hundred bytes.
        let place = tempfile::Builder::new()
            .prefix("child-index-pg-")
            .tempdir_in("/tmp")
            .map_err(|error| format!("no directory for PostgreSQL: {error}"))?
            .keep();
        let owner = unprivileged_owner(&place)?;
        let mut cluster = Self { programs: programs.to_owned(), place, owner, keeper: None };
        cluster.initialise()?;
        cluster.resume()?;
        Ok(cluster)
    }

    /// Its URL for one of its users.
    pub fn url(&self, user: &str) -> String {
        format!("postgres:///postgres?host={}&user={user}", self.place.display())
    }

    /// Its URL for the user who may do everything.
    pub fn administration(&self) -> String {
        self.url(SUPERUSER)
    }

    /// Stops the server at once, as a crash would, and keeps its data.
    pub fn halt(&mut self) {
        fs::write(self.place.join("stay"), "").expect("a mark in the server's directory");
        self.stop();
    }

    /// Starts the server on the data that is there.
    pub fn resume(&mut self) -> Result<(), String> {
        // The keeper may have been told to leave the data; from now on it must not.
        let _absent_at_first = fs::remove_file(self.place.join("stay"));
        let mut keeper = self.command("sh");
        keeper.arg("-c").arg(KEEPER).arg("keeper").arg(&self.place);
        keeper.arg(self.programs.join("postgres")).arg("-D").arg(self.place.join("data")).arg("-k").arg(&self.place);
        for setting in [
            "listen_addresses=",
            "max_connections=200",
            "fsync=on",
            "synchronous_commit=on",
            // Nothing replicates from here and no page is torn in a crash that takes the data along.
            "wal_level=minimal",
            "max_wal_senders=0",
            "full_page_writes=off",
            "max_wal_size=4GB",
            "checkpoint_timeout=1h",
            "shared_buffers=64MB",
            "jit=off",
            "log_error_verbosity=terse",
        ] {
            keeper.arg("-c").arg(setting);
        }
        // A group of its own, so that Ctrl-C reaches the suite alone and the keeper can clean up after it.
        keeper.stdin(Stdio::piped()).process_group(0);
        let mut child = keeper.spawn().map_err(|error| format!("PostgreSQL does not start: {error}"))?;
        let stdin = child.stdin.take().ok_or("the keeper has no standard input")?;
        self.keeper = Some((child, stdin));
        self.wait_until_ready()
    }

    fn wait_until_ready(&mut self) -> Result<(), String> {
        let patience = Instant::now() + Duration::from_secs(60);
        while PgConnection::establish(&self.administration()).is_err() {
            if Instant::now() > patience {
                let log = fs::read_to_string(self.place.join("log")).unwrap_or_default();
                return Err(format!("PostgreSQL does not answer; its log:\n{log}"));
            }
            sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn initialise(&self) -> Result<(), String> {
        let mut initdb = self.command(self.programs.join("initdb"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions", "--username"]);
        initdb.arg(SUPERUSER).arg("--pgdata").arg(self.place.join("data"));
        let output = initdb.output().map_err(|error| format!("initdb does not run: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("initdb failed: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// A command run as the server's user.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        command.current_dir(&self.place);
        command
    }

    fn stop(&mut self) {
        if let Some((mut child, stdin)) = self.keeper.take() {
            drop(stdin);
            let _status_of_a_stopped_server = child.wait();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        let _gone_already = fs::remove_dir_all(&self.place);
    }
}

/// Runs statements as the user whose URL [`Cluster::administration`] gives.
pub fn administer(url: &str, statements: &str) -> Result<(), String> {
    let mut conn = PgConnection::establish(url).map_err(|error| error.to_string())?;
    conn.batch_execute(statements).map_err(|error| format!("{statements}: {error}"))
}

/// Where `initdb` and `postgres` are, if they are.
pub fn find_programs() -> Option<PathBuf> {
    let on_path = env::var_os("PATH").map(|path| env::split_paths(&path).collect::<Vec<_>>()).unwrap_or_default();
    let told = Command::new("pg_config").arg("--bindir").output().ok();
    let told = told.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    on_path.into_iter().chain(told).chain(usual_places()).find_map(|place| {
        let postgres = fs::canonicalize(place.join("postgres")).ok()?;
        let programs = postgres.parent()?;
        programs.join("initdb").exists().then(|| programs.to_owned())
    })
}

/// Where distributions put several versions side by side, the newest first.
fn usual_places() -> Vec<PathBuf> {
    let mut places: Vec<(u32, PathBuf)> = ["/usr/lib/postgresql", "/usr/lib64/pgsql", "/usr", "/opt/homebrew/opt"]
        .iter()
        .filter_map(|parent| fs::read_dir(parent).ok())
        .flat_map(|entries| entries.flatten())
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.trim_start_matches(|letter: char| !letter.is_ascii_digit());
            Some((version.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    places.sort();
    places.into_iter().rev().map(|(_, place)| place).collect()
}

/// PostgreSQL refuses to run as root: then the directory is given to somebody who is not.
fn unprivileged_owner(place: &Path) -> Result<Option<(u32, u32)>, String> {
    let mine = fs::metadata(place).map_err(|error| error.to_string())?;
    if mine.uid() != 0 {
        return Ok(None);
    }
    let mut users = String::new();
    fs::File::open("/etc/passwd")
        .and_then(|mut file| file.read_to_string(&mut users))
        .map_err(|error| format!("running as root, and /etc/passwd cannot be read: {error}"))?;
    let ids = ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    });
    let (user, group) = ids.ok_or("running as root, and there is neither a user postgres nor nobody")?;
    chown(place, Some(user), Some(group)).map_err(|error| format!("the directory cannot be given away: {error}"))?;
    Ok(Some((user, group)))
}
