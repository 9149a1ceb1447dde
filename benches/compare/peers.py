"""Peers: the same look-up, audited, in the frameworks that one might take instead; on copies of the same rows."""

import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from processes import database_seconds, descendants, times
from services import Refused, psql, ran

PEERS = Path(__file__).resolve().parents[1] / "peers"
WORKERS = 2


class Peer:
    """One of the applications under `benches/peers`, with as many processes as the service has threads."""

    def __init__(self, name, python, like):
        self.name, self.folder, self.database = name, like.folder, name.replace("-", "_")
        self.bin = Path(python).parent
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "PEER_JWKS": str(like.folder / "keys" / "issuer.jwks.json"),
            "PEER_DATABASE": like.postgres_url().rsplit("/", 1)[0] + "/" + self.database,
        }
        self.process = None

    def start(self):
        ran(["createdb", "--template", "floor", self.database])
        if self.name == "django":
            ran([self.bin / "python", PEERS / "django_app.py", "migrate"], self.environment)
            command = [self.bin / "gunicorn", "--workers", WORKERS, "--threads", "8", "--bind", f"127.0.0.1:{self.port}",
                       "--log-level", "error", "django_app:application"]
        else:
            command = [self.bin / "uvicorn", "--workers", WORKERS, "--port", self.port, "--log-level", "error",
                       "--no-access-log", "fastapi_app:app"]
        self.process = subprocess.Popen(list(map(str, command)), cwd=PEERS, env=self.environment)
        for _ in range(400):
            if self.process.poll() is not None:
                raise Refused(f"{self.name} ended")
            try:
                urllib.request.urlopen(self.url + "/", timeout=5)
            except urllib.error.HTTPError:
                return  # it answers, if only that there is nothing
            except OSError:
                time.sleep(0.1)
        raise Refused(f"{self.name} does not answer")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def recorded(self):
        """Accesses recorded so far."""
        table = "auditlog_logentry" if self.name == "django" else "audit_event"
        return int(psql(self.database, f"SELECT count(*) FROM {table}")[0][0])

    def seconds(self):
        """Processor time of its processes and of the database so far."""
        own = sum(times(pid)[0] for pid in descendants(self.process.pid))
        return own + database_seconds()

    def check(self, measured, before, connections):
        """Every answer was a success and left one record."""
        time.sleep(0.5)  # what was under way when wrk hung up
        under_way = self.recorded() - before - measured["requests"]
        if measured["not_ok"] or measured["broken"] or not 0 <= under_way <= connections:
            raise Refused(f"{self.name}: {measured}, {under_way} more recorded than answered")


def python_of(folder):
    """The Python of the peers' environment, made where there is none."""
    folder = Path(folder).absolute()
    if not (folder / "complete").exists():
        ran(["python3", "-m", "venv", folder])
        ran([folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement",
             PEERS / "requirements.txt"])
        (folder / "complete").touch()
    return folder / "bin" / "python"
