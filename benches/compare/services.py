"""The service on either database: started with a synthetic population, given accounts and tokens, asked what it did."""

import json
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

ACCOUNTS = 16
MOST_ASKED = 200_000
TOKENS_EACH = 4
LOCAL_ISSUER = "urn:child-index:local-issuer"
# Records that a practitioner without a tie may look up: everything but unpublished, sealed, archived and merged ones. Of a large
# index evenly some: a load makes far fewer requests than this anyway.
LOOKED_UP = """
SELECT index_number, family_name, given_name, {born} FROM child
WHERE publication = 'published' AND status = 'active' AND NOT sealed AND archived_on IS NULL
  AND {born} > '{adult}' AND id % {step} = 0 ORDER BY id
"""


class Refused(Exception):
    """What was measured does not count, and why."""


def ran(command, environment=None):
    """What a command prints; refused with its words where it fails."""
    done = subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise Refused(f"{command[0]} {command[1]}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def psql(database, statement):
    """The rows of a statement on PostgreSQL, as texts."""
    command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t",
               "--set=ON_ERROR_STOP=1", "--dbname", database, "--command", statement]
    return [tuple(line.split("\t")) for line in ran(command).splitlines()]


def write_lines(path, lines):
    path.write_text("\n".join(lines) + "\n")


def search_for(family_name, given_name, date_of_birth):
    """What a person would type who looks for this child: of three, one makes a slip in the family name."""
    dice = random.Random(f"{family_name} {given_name} {date_of_birth}")
    at = dice.randrange(1, len(family_name)) if len(family_name) > 3 else 0
    if at and dice.randrange(3) == 0:
        family_name = family_name[:at] + family_name[at + 1:]
    return json.dumps({"family_name": family_name, "given_name": given_name, "date_of_birth": str(date_of_birth)})


class Service:
    """An index in a folder of its own, on SQLite or, where `database` names one, on PostgreSQL; or a file that was loaded with a
    search key, and is written to."""

    def __init__(self, binary, folder, children, database=None, index=None, search_key=None):
        self.binary, self.folder, self.children, self.database = binary, Path(folder), children, database
        self.index, self.search_key = Path(index) if index else self.folder / "index.sqlite", search_key
        self.name = "postgres" if database else "sqlite"
        self.process = None
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def environment(self):
        """The settings of `serve` and of commands, with the demo's keys. Budgets are kept, and too large to be used up."""
        keys = self.folder / "keys"
        url = self.postgres_url() if self.database else f"sqlite:{self.index}"
        plenty = {f"CHILD_INDEX__LIMITS__{limit}": "4000000000" for limit in (
            "SEARCHES_PER_HOUR", "CHILDREN_PER_DAY", "ORGANISATION_SEARCHES_PER_HOUR", "ORGANISATION_CHILDREN_PER_DAY")}
        return os.environ | plenty | {
            "CHILD_INDEX__SERVER__BIND": f"127.0.0.1:{self.port}",
            "CHILD_INDEX__DATABASE__URL": url,
            "CHILD_INDEX__AUTH__LOCAL_ISSUER_KEY": str(keys / "issuer"),
            "CHILD_INDEX__SEARCH__KEY_FILE": str(keys / "search"),
            "CHILD_INDEX__AUDIT__ORIGIN": "child-index-demo",
            "CHILD_INDEX__AUDIT__KEY_FILE": str(keys / "audit"),
            "CHILD_INDEX__AUDIT__HIGH_WATER_FILE": str(self.folder / "audit-high-water"),
        }

    def postgres_url(self):
        return f"postgres://{os.environ['PGUSER']}@{os.environ['PGHOST']}:{os.environ['PGPORT']}/{self.database}"

    def run(self, *arguments):
        """What a command prints."""
        return ran([self.binary, *arguments], self.environment()).strip()

    def fill(self):
        """Makes the keys and the population, as a demo, and the accounts of the load."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = ["demo", "--dir", self.folder, "--bind", f"127.0.0.1:{self.port}", "--children", self.children]
        self.launch(command + (["--database", self.postgres_url()] if self.database else []))
        self.stop()
        if self.search_key:
            shutil.copy(self.search_key, self.folder / "keys" / "search")
            (self.folder / "audit-high-water").unlink()  # of another log
        self.enrol()

    def start(self, wrapper=()):
        """Serves the index with budgets, logs and everything else as by default; gives the seconds until it answered."""
        return self.launch(["serve"], wrapper)

    def launch(self, command, wrapper=()):
        began = time.monotonic()
        with open(self.folder / "log", "ab") as log:
            command = list(map(str, [*wrapper, self.binary, *command]))
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=self.environment())
        while True:
            if self.process.poll() is not None:
                raise Refused(f"the service ended: {(self.folder / 'log').read_text()[-2000:]}")
            try:
                with urllib.request.urlopen(self.url + "/health/ready", timeout=5) as answer:
                    if answer.status == 200:
                        return time.monotonic() - began
            except OSError:
                pass
            time.sleep(0.005)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)
        self.process = None

    def query(self, statement):
        """The rows of a statement on the service's own database."""
        if self.database:
            return psql(self.database, statement)
        with closing(sqlite3.connect(f"file:{self.index}?mode=ro", uri=True)) as conn:
            return conn.execute(statement).fetchall()

    def enrol(self):
        """Registers the accounts of the load, each in another organisation, and mints their tokens."""
        codes = [row[0] for row in self.query("""SELECT code FROM organisation
            WHERE kind IN ('school', 'gp-practice', 'community-health') AND NOT sensitive ORDER BY code""")]
        random.Random(1).shuffle(codes)
        ids = [self.register(f"bench-{number}", "practitioner", codes[number % len(codes)]) for number in range(1, ACCOUNTS + 1)]
        desk, = self.query(f"""SELECT code FROM organisation WHERE kind = 'management-team'
                               AND area = (SELECT area FROM organisation WHERE code = '{codes[1 % len(codes)]}')""")[0]
        self.auditor = self.register("bench-auditor", "auditor", desk)
        with ThreadPoolExecutor(2) as pool:
            mint = lambda at: self.run("token", "--account", ids[at % ACCOUNTS], "--seconds", 20_000 + at)
            tokens = list(pool.map(mint, range(ACCOUNTS * TOKENS_EACH)))
        if len(set(tokens)) != len(tokens):
            raise Refused("two tokens are one")
        today = time.gmtime()
        adult = f"{today.tm_year - 17}-{today.tm_mon:02}-{min(today.tm_mday, 28):02}"
        held = int(self.query("SELECT max(id) FROM child")[0][0])
        # On SQLite days are numbers.
        born = "date_of_birth" if self.database else "date(date_of_birth * 86400, 'unixepoch')"
        children = self.query(LOOKED_UP.format(adult=adult, born=born, step=-(-held // MOST_ASKED)))
        write_lines(self.folder / "tokens", tokens)
        write_lines(self.folder / "numbers", [number for number, *_ in children])
        write_lines(self.folder / "searches", [search_for(*child) for _, *child in children])

    def register(self, subject, role, organisation):
        """The id of a new account on which nothing is overdue; of the one that there is where the index was used before."""
        for line in self.run("account", "list").splitlines():
            if line.split()[-1] == subject:
                return line.split()[0]
        until = f"{time.gmtime().tm_year + 1}-01-01"
        return self.run("account", "add", "--subject", subject, "--name", subject, "--role", role,
                        "--organisation", organisation, "--checked-until", until, "--trained-until", until,
                        "--certified-until", until, "--terms-accepted-on", time.strftime("%Y-%m-%d", time.gmtime()))

    def answers(self, route):
        """Answers of a route so far, by status."""
        with urllib.request.urlopen(self.url + "/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        counted = {}
        for line in lines:
            if line.startswith("child_index_http_requests_total{") and f'route="{route}"' in line:
                labels, count = line.rsplit(" ", 1)
                counted[labels.split('status="')[1].split('"')[0]] = int(float(count))
        return counted

    def log_size(self):
        return int(self.query("SELECT size FROM audit_head")[0][0])

    def events_since(self, index, action):
        """Events of an action that the log holds from `index` on, and all events from there that are not of the service's own
        watching: a load is nothing that it would overlook."""
        statement = f"""SELECT coalesce(sum(CASE WHEN action = '{action}' THEN 1 ELSE 0 END), 0), count(*)
                        FROM audit_event WHERE idx >= {index} AND action <> 'alert.raise'"""
        return tuple(map(int, self.query(statement)[0]))

    def settle(self):
        """Waits until the log's look-up tables are filled, which happens behind the answers; gives the seconds."""
        began = time.monotonic()
        while True:
            size, derived = map(int, self.query("SELECT size, derived_to FROM audit_head")[0])
            if size == derived:
                return time.monotonic() - began
            if time.monotonic() - began > 120:
                raise Refused("the derived tables of the log do not catch up")
            time.sleep(0.1)

    def sizes_of_events(self):
        """Mean bytes of a leaf and of a payload of the look-ups recorded."""
        leaf, payload = self.query("""SELECT avg(length(leaf)), avg(length(body)) FROM audit_event
                                      JOIN audit_payload ON audit_payload.idx = audit_event.idx
                                      WHERE action = 'child.contacts'""")[0]
        return round(float(leaf)), round(float(payload))

    def verify(self):
        """Re-derives the whole log; the command fails where it does not hold."""
        self.run("audit", "verify")
