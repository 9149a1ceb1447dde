"""Processor time and memory of processes, from /proc: on a shared machine a steadier measure than seconds are."""

import os
from pathlib import Path

from services import Refused, psql

TICKS = os.sysconf("SC_CLK_TCK")


def times(pid):
    """Seconds of processor time of a process, and of its children that have ended; the parent's id with them."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own, ended = (sum(map(int, fields[at:at + 2])) / TICKS for at in (11, 13))
    return own, ended, int(fields[1])


def descendants(pid):
    """A process and all that came of it, as far as they live."""
    parents = {}
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                parents.setdefault(times(int(each.name))[2], []).append(int(each.name))
            except (FileNotFoundError, ProcessLookupError):
                continue
    found, next_ones = [], [pid]
    while next_ones:
        found += next_ones
        next_ones = [child for parent in next_ones for child in parents.get(parent, [])]
    return found


def database_seconds():
    """Processor time of the PostgreSQL cluster so far: the server, its processes, and those that have ended."""
    folder = psql("postgres", "SHOW data_directory")[0][0]
    server = int((Path(folder) / "postmaster.pid").read_text().splitlines()[0])
    own, ended, _ = times(server)
    total = own + ended
    for each in Path("/proc").iterdir():
        if each.name.isdigit():
            try:
                own, _, parent = times(int(each.name))
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended meanwhile, and is counted with the server's
            total += own if parent == server else 0
    return total


def service_seconds(service):
    """Processor time of a service so far, its share of the database included."""
    return times(service.process.pid)[0] + (database_seconds() if service.database else 0)


def resident_bytes(pid):
    """Anonymous memory of a process: pages of files, which the system takes back at will, are not counted."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) * 1024
    raise Refused("the system does not say how much memory a process holds")
