"""Two nodes on one PostgreSQL with a standby that confirms every commit, behind haproxy: restarted one after the other under
load, followed, killed at random, and the primary lost. Every answer that was given must be in the log, which must be one tree.
See --help."""

import argparse
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from clients import Callers
from clusters import Instance, free_port
from services import Refused, Service

PROXY = """
global
  maxconn 2000
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  option redispatch 1
  retries 3
  # A look-up may be asked again where a node hung up without a word; it may have been recorded before.
  retry-on conn-failure empty-response
  option http-server-close
  option httpchk GET /health/ready
  default-server check inter 200ms fall 1 rise 1
frontend callers
  bind 127.0.0.1:{port}
  default_backend nodes
backend nodes
  balance roundrobin
{servers}
"""


class Node(Service):
    """A node on the shared index, with its own address, and its own place for the newest checkpoint."""

    def __init__(self, binary, folder, url, reads):
        super().__init__(binary, folder, 0, "child_index")
        self.shared_url, self.reads = url, reads

    def postgres_url(self):
        return self.shared_url

    def environment(self):
        return super().environment() | {"CHILD_INDEX__DATABASE__READ_URL": self.reads}

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


class Area:
    """All of it: two PostgreSQL, two nodes, a proxy."""

    def __init__(self, binary, children, folder):
        self.binary, self.children, self.folder = binary, children, Path(folder)
        self.primary, self.standby, self.proxy, self.nodes = Instance(), Instance(), None, []
        self.serving = self.primary

    def build(self):
        self.primary.create()
        self.primary.start()
        self.primary.sql("CREATE DATABASE child_index")
        os.environ |= {"PGUSER": "child_index", "PGHOST": "127.0.0.1", "PGPORT": str(self.primary.port)}
        first = Service(self.binary, self.folder / "first", self.children, "child_index")
        first.fill()
        self.standby.copy_of(self.primary)
        self.standby.start()
        self.primary.sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.sql("SELECT pg_reload_conf()")
        both = (f"postgres://child_index@127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}/child_index"
                "?target_session_attrs=read-write")
        reads = f"postgres://child_index@127.0.0.1:{self.standby.port}/child_index"
        shutil.copytree(first.folder, self.folder / "second")
        self.nodes = [Node(self.binary, self.folder / name, both, reads) for name in ("first", "second")]
        for node in self.nodes:
            node.start()

    def start_proxy(self):
        port = free_port()
        servers = "\n".join(f"  server node{at} 127.0.0.1:{node.port}" for at, node in enumerate(self.nodes))
        path = self.folder / "haproxy.cfg"
        path.write_text(PROXY.format(port=port, servers=servers))
        self.proxy = subprocess.Popen(["haproxy", "-q", "-f", str(path)], stdin=subprocess.DEVNULL)
        time.sleep(1)
        return port

    def receipts(self):
        """Every event of the log, as its receipt."""
        rows = self.serving.sql("SELECT idx, encode(leaf, 'hex') FROM audit_event", "child_index")
        return {f"{index}.{hashlib.sha256(bytes([0]) + bytes.fromhex(leaf)).hexdigest()}" for index, leaf in rows}

    def check(self, callers, what):
        """Every receipt is in the log once, and the log is one tree without gaps."""
        if len(set(callers.receipts)) != len(callers.receipts):
            raise Refused(f"{what}: two answers bear one receipt")
        lost = set(callers.receipts) - self.receipts()
        if lost:
            raise Refused(f"{what}: {len(lost)} of {len(callers.receipts)} answers that were given are not in the log")
        (count, last), = self.serving.sql("SELECT count(*), max(idx) FROM audit_event", "child_index")
        if int(count) != int(last) + 1:
            raise Refused(f"{what}: the log has gaps: {count} events up to {last}")
        self.nodes[0].run("audit", "verify", "--proof-alone")

    def remove(self):
        if self.proxy:
            self.proxy.terminate()
            self.proxy.wait(10)
        for node in self.nodes:
            node.stop()
        for instance in (self.primary, self.standby):
            instance.remove()


def restart_one_by_one(area, port, many):
    """Each node is told to stop, lets its requests finish, and starts again, under load through the proxy."""
    with Callers(area.nodes[0], lambda _: port, many, random.Random(1)) as callers:
        callers.wait_for(200)
        for node in area.nodes:
            node.stop()
            callers.wait_for(200)
            node.start()
            time.sleep(1)
            callers.wait_for(200)
    if callers.broken or set(callers.statuses) != {200}:
        raise Refused(f"restarting one by one was noticed: {callers.broken} broken, {callers.statuses}, "
                      f"the first {callers.refusals}")
    area.check(callers, "restarting one by one")
    return {"answers": len(callers.receipts), "failed": 0, "longest_ms": callers.longest * 1000}


def follow(area, many, seconds=15):
    """How far what may be read of the standby is behind the primary while both nodes are asked as much as so many callers can."""
    behind = []
    with Callers(area.nodes[0], lambda number: area.nodes[number % 2].port, many, random.Random(5)) as callers:
        callers.wait_for(200)
        before, began = callers.answered(), time.monotonic()
        while time.monotonic() - began < seconds:
            # Nothing while it has nothing to replay.
            behind += [float(lag) for lag, in area.primary.sql("""SELECT extract(epoch FROM replay_lag) FROM pg_stat_replication
                                                                  WHERE replay_lag IS NOT NULL""")]
            time.sleep(0.05)
        per_second = (callers.answered() - before) / (time.monotonic() - began)
    if set(callers.statuses) != {200} or len(behind) < seconds:
        raise Refused(f"the standby's delay was not measured: {callers.statuses}, {len(behind)} times")
    area.check(callers, "following")
    behind.sort()
    return {"answers_per_second": per_second, "measured": len(behind), "median_ms": behind[len(behind) // 2] * 1000,
            "longest_ms": behind[-1] * 1000}


def kill_at_random(area, many, appends):
    """Callers at both nodes, which die now and then in the middle of it."""
    dice = random.Random(2)
    with Callers(area.nodes[0], lambda number: area.nodes[number % 2].port, many, random.Random(3)) as callers:
        kills = 0
        while callers.answered() < appends:
            if not callers.wait_for(dice.randrange(500, 2500)):
                raise Refused(f"no more answers: {callers.statuses}, {callers.broken} broken")
            node = dice.choice(area.nodes)
            node.kill()
            node.start()
            kills += 1
    if not set(callers.statuses) <= {200, 503}:
        raise Refused(f"other answers than 200 and 503: {callers.statuses}")
    area.check(callers, "killing at random")
    return {"answers": len(callers.receipts), "kills": kills, "broken": callers.broken}


def lose_the_primary(area, many):
    """The primary's power is cut under load, and the standby is promoted; nodes find it without being restarted."""
    with Callers(area.nodes[0], lambda number: area.nodes[number % 2].port, many, random.Random(4)) as callers:
        callers.wait_for(2_000)
        area.primary.kill()
        lost_at = time.monotonic()
        area.standby.promote()
        # Nobody is left who could confirm.
        area.standby.sql("ALTER SYSTEM RESET synchronous_standby_names")
        area.standby.sql("SELECT pg_reload_conf()")
        area.serving = area.standby
        if not callers.wait_for(1):
            raise Refused(f"nobody was answered after the promotion: {callers.statuses}")
        back_after = time.monotonic() - lost_at
        if not callers.wait_for(2_000):
            raise Refused(f"after the promotion answers ceased: {callers.statuses}")
    if not set(callers.statuses) <= {200, 503}:
        raise Refused(f"other answers than 200 and 503: {callers.statuses}")
    area.check(callers, "losing the primary")
    return {"answers": len(callers.receipts), "refused": callers.statuses.get(503, 0), "broken": callers.broken,
            "back_after_seconds": back_after}


def arguments():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, help="the service, built for release")
    asked.add_argument("--children", type=int, default=2_000)
    asked.add_argument("--callers", type=int, default=16)
    asked.add_argument("--appends", type=int, default=20_000, help="answers of both nodes while they are killed")
    asked.add_argument("--json", type=Path, help="where to write what came of it")
    return asked.parse_args()


def main():
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="child-index-nodes-") as folder:
        area = Area(asked.binary, asked.children, folder)
        try:
            area.build()
            port = area.start_proxy()
            found = {"restart one by one": restart_one_by_one(area, port, asked.callers)}
            print(f"Restarted one by one behind haproxy: {found['restart one by one']}", flush=True)
            found["follow"] = follow(area, asked.callers)
            print(f"Followed by the standby: {found['follow']}", flush=True)
            found["kill at random"] = kill_at_random(area, asked.callers, asked.appends)
            print(f"Killed at random: {found['kill at random']}", flush=True)
            found["lose the primary"] = lose_the_primary(area, asked.callers)
            print(f"Primary lost, standby promoted: {found['lose the primary']}", flush=True)
        finally:
            area.remove()
    print("Every answer that was given is in the log, once, and the log is one tree without gaps.")
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"this does not hold: {refused}")
