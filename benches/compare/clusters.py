"""PostgreSQL in throwaway folders: a primary, and a standby that confirms each commit before anybody is answered."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from services import Refused


def binaries():
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    initdb = found[-1] / "initdb" if found else shutil.which("initdb")
    if not initdb:
        raise Refused("PostgreSQL is not installed: apt-get install postgresql")
    return Path(initdb).parent


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


class Instance:
    """One PostgreSQL server in a folder of its own, owned by somebody who may run it."""

    BIN = binaries()

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="child-index-postgres-"))
        self.port = free_port()
        self.owner = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
        if self.owner:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)

    @property
    def data(self):
        return self.folder / "data"

    def run(self, program, *arguments, check=True):
        command = [str(self.BIN / program), *map(str, arguments)]
        who = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, **who)
        if check and done.returncode != 0:
            raise Refused(f"{program}: {done.stdout[-2000:]}")
        return done.stdout

    def create(self):
        self.run("initdb", "--pgdata", self.data, "--username", "child_index", "--auth", "trust", "--encoding", "UTF8",
                 "--no-locale")

    def copy_of(self, primary):
        """A standby of a primary that runs, following it from now on."""
        self.run("pg_basebackup", "--pgdata", self.data, "--host", "127.0.0.1", "--port", primary.port, "--username",
                 "child_index", "--write-recovery-conf", "--wal-method", "stream", "--checkpoint", "fast")

    def start(self):
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder}"
        # Its output goes to its log: it would hold ours open as long as it lives.
        self.run("pg_ctl", "--pgdata", self.data, "--silent", "--wait", "--log", self.folder / "log", "--options", options,
                 "start")

    def promote(self):
        self.run("pg_ctl", "--pgdata", self.data, "--silent", "--wait", "promote")

    def kill(self):
        """Ends it as a power cut would."""
        self.run("pg_ctl", "--pgdata", self.data, "--mode", "immediate", "--silent", "stop", check=False)

    def remove(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def sql(self, statement, database="postgres"):
        """The rows of a statement, as texts."""
        shown = self.run("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t",
                         "--set=ON_ERROR_STOP=1", "--host", "127.0.0.1", "--port", self.port, "--username", "child_index",
                         "--dbname", database, "--command", statement)
        return [tuple(line.split("\t")) for line in shown.splitlines()]
