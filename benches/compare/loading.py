"""A bulk load with everything that children are found by, on either database, next to COPY of the rows it makes into the
same tables of PostgreSQL, in turns. See --help."""

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from services import Refused, psql, ran

# Of these a load makes rows that COPY is not given: they are about the load itself.
OF_THE_LOAD = ("__diesel_schema_migrations", "audit_%", "setting", "unsettled_%", "watch%")


def arguments():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, help="the service, built for release")
    asked.add_argument("--children", type=int, default=100_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--json", type=Path, help="where to write everything that was measured")
    return asked.parse_args()


class Loading:
    """A file of children, and what it takes to load it."""

    def __init__(self, binary, folder, children):
        self.binary, self.folder = binary, Path(folder)
        self.key, self.lines = self.folder / "search.key", self.folder / "children.ndjson"
        self.key.write_text(os.urandom(16).hex() + "\n")
        self.key.chmod(0o600)
        self.lines.write_text(ran([binary, "synthesise", "--children", children]))

    def command(self, url, *arguments):
        settings = self.folder / "settings.toml"
        settings.write_text(f"""
[database]
url = "{url}"
[search]
key_file = "{self.key}"
[[auth.issuers]]
issuer = "https://sign-in.example"
audience = "child-index"
jwks_url = "https://sign-in.example/keys"
algorithms = ["ES256"]
mfa_required = true
""")
        return ran([self.binary, *arguments, "--config", settings])

    def load(self, url):
        """Seconds of a load into an empty index."""
        self.command(url, "migrate")
        began = time.monotonic()
        self.command(url, "load", self.lines)
        return time.monotonic() - began

    def load_on_sqlite(self, number):
        file = self.folder / f"index-{number}.sqlite"
        seconds = self.load(f"sqlite:{file}")
        for each in self.folder.glob(f"{file.name}*"):
            each.unlink()
        return seconds

    def load_on_postgres(self, number):
        name = f"loaded_{number}"
        ran(["createdb", name])
        seconds = self.load(url_of(name))
        if number > 0:
            ran(["dropdb", name])
        return seconds

    def copy(self, number):
        """Seconds of COPY, table by table in one transaction, of what the first load on PostgreSQL made."""
        name = f"copied_{number}"
        ran(["createdb", name])
        self.command(url_of(name), "migrate")
        tables = filled_tables("loaded_0")
        source = [f"\\copy (SELECT * FROM {table}) TO '{self.folder / table}.copy'" for table in tables]
        into = ["BEGIN", "SET CONSTRAINTS ALL DEFERRED"]
        into += [f"\\copy {table} FROM '{self.folder / table}.copy'" for table in tables]
        run_lines("loaded_0", source)
        psql(name, "CHECKPOINT")
        began = time.monotonic()
        run_lines(name, [*into, "COMMIT"])
        seconds = time.monotonic() - began
        counted = [psql(base, f"SELECT count(*) FROM {table}") for base in ("loaded_0", name) for table in tables]
        if counted[:len(tables)] != counted[len(tables):]:
            raise Refused("COPY did not make the same rows")
        ran(["dropdb", name])
        return seconds


def url_of(database):
    return f"postgres://{os.environ['PGUSER']}@{os.environ['PGHOST']}:{os.environ['PGPORT']}/{database}"


def run_lines(database, lines):
    """psql's own commands and statements, one a line; the first failure ends it."""
    command = ["psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--dbname", database]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("".join(line + ("\n" if line.startswith("\\") else ";\n") for line in lines))
        file.flush()
        ran([*command, "--file", file.name])


def filled_tables(database):
    """The tables that hold rows of children and of the people around them, referenced ones before those that refer to them."""
    left_out = " AND ".join(f"relname NOT LIKE '{each}'" for each in OF_THE_LOAD)
    names = [name for name, in psql(database, f"SELECT relname FROM pg_stat_user_tables WHERE {left_out} ORDER BY relname")
             if psql(database, f"SELECT EXISTS (SELECT FROM {name})") == [("t",)]]
    refers = set(psql(database, """SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
                                   WHERE contype = 'f' AND conrelid <> confrelid"""))
    ordered = []
    while names:
        free = [name for name in names if not any((name, other) in refers for other in names)]
        if not free:
            raise Refused("tables refer to one another in a circle")
        ordered += free
        names = [name for name in names if name not in free]
    return ordered


def main():
    asked = arguments()
    found = {"load, SQLite": [], "load, PostgreSQL": [], "COPY": []}
    with tempfile.TemporaryDirectory(prefix="child-index-bench-") as folder:
        Path(folder).chmod(0o755)
        loading = Loading(asked.binary, folder, asked.children)
        loading.load_on_postgres(0)
        runs = [("load, SQLite", loading.load_on_sqlite), ("load, PostgreSQL", loading.load_on_postgres), ("COPY", loading.copy)]
        for number in range(1, asked.rounds + 1):
            for name, run in runs if number % 2 else reversed(runs):
                found[name].append(run(number))
                print(f"round {number}, {name}: {found[name][-1]:.1f} s", file=sys.stderr, flush=True)
    ratio = {name: median(copy / each for copy, each in zip(found["COPY"], of)) for name, of in found.items()}
    for name, of in found.items():
        print(f"{name}: {median(of):.1f} s for {asked.children} children, {ratio[name]:.2f} × the rate of COPY.")
    if asked.json:
        asked.json.write_text(json.dumps({"children": asked.children, "seconds": found, "of_copy": ratio}, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"not measured: {refused}")
