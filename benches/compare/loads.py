"""The load generators: wrk against a service, pgbench against the bare database."""

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from processes import database_seconds, service_seconds
from services import Refused, psql, ran

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Asked:
    """What is asked of a service, the file that it is drawn from, and what it is called in metrics and in the log."""

    name: str
    lines: str
    route: str
    action: str


LOOK_UP = Asked("look-up", "numbers", "/v1/children/{child_id}/contacts", "child.contacts")
SEARCH = Asked("search", "searches", "/v1/children/search", "child.search")


def run_wrk(target, connections, seconds, seed, asked=LOOK_UP):
    """wrk's own figures for random questions."""
    environment = os.environ | {"BENCH_TOKENS": str(target.folder / "tokens"), "BENCH_ASKED": asked.name,
                                "BENCH_LINES": str(target.folder / asked.lines), "BENCH_SEED": str(seed)}
    command = ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout",
               "10s", "--script", str(HERE / "wrk.lua"), target.url]
    return json.loads(ran(command, environment).strip().splitlines()[-1])


def figures(measured, used):
    return {"per_second": measured["requests"] / measured["seconds"], "p50_ms": measured["p50_ms"],
            "p99_ms": measured["p99_ms"], "cpu_micros": used * 1e6 / measured["requests"],
            "requests": measured["requests"]}


def wrk(service, connections, seconds, seed, asked=LOOK_UP):
    """Random questions; every answer must have been 200 and be in the log, once."""
    before, first, began = service.answers(asked.route), service.log_size(), service_seconds(service)
    measured = run_wrk(service, connections, seconds, seed, asked)
    used = service_seconds(service) - began
    caught_up = service.settle()
    counted = since(before, service.answers(asked.route))
    if measured["not_ok"] or measured["broken"] or set(counted) != {"200"}:
        raise Refused(f"answers other than 200: {measured} {counted}")
    check_events(service, asked, first, measured["requests"], connections)
    return figures(measured, used) | {"catch_up_seconds": round(caught_up, 2)}


def wrk_of_peer(peer, connections, seconds, seed):
    """The same of a peer."""
    before, began = peer.recorded(), peer.seconds()
    measured = run_wrk(peer, connections, seconds, seed)
    used = peer.seconds() - began
    peer.check(measured, before, connections)
    return figures(measured, used)


def overload(service, connections, seconds, seed):
    """Look-ups by far more callers than can be served: who is turned away is told 503, and leaves no event."""
    before, first = service.answers(LOOK_UP.route), service.log_size()
    measured = run_wrk(service, connections, seconds, seed)
    service.settle()
    counted = since(before, service.answers(LOOK_UP.route))
    if measured["broken"] or not set(counted) <= {"200", "503"}:
        raise Refused(f"answers other than 200 and 503: {measured} {counted}")
    check_events(service, LOOK_UP, first, measured["requests"] - measured["not_ok"], connections)
    return {"connections": connections, "offered_per_second": measured["requests"] / measured["seconds"],
            "served_per_second": (measured["requests"] - measured["not_ok"]) / measured["seconds"],
            "p99_ms": measured["p99_ms"], "longest_ms": measured["longest_ms"]}


def since(before, after):
    """What was counted since, by status."""
    return {status: count - before.get(status, 0) for status, count in after.items() if count != before.get(status, 0)}


def check_events(service, asked, first, answers, connections):
    """Each answer left one event, and there are no others."""
    wanted, events = service.events_since(first, asked.action)
    # wrk hangs up with a request under way on every connection: that one is recorded and not counted.
    under_way = wanted - answers
    if wanted != events or not 0 <= under_way <= connections:
        others = service.query(f"SELECT action, outcome, count(*) FROM audit_event WHERE idx >= {first} GROUP BY 1, 2")
        raise Refused(f"{service.name}: {answers} answers, {events} events: {others}")


def pgbench(database, connections, seconds, values):
    """The same statements, one transaction a request, on the bare database with `synchronous_commit = on`."""
    psql(database, "CHECKPOINT")
    with tempfile.TemporaryDirectory() as folder:
        command = ["pgbench", "--no-vacuum", "--protocol", "prepared", "--client", str(connections), "--jobs", "2",
                   "--time", str(seconds), "--file", str(HERE / "floor.sql"), "--log", "--sampling-rate", "0.25",
                   "--log-prefix", f"{folder}/log"]
        for name, value in values.items():
            command += ["--define", f"{name}={value}"]
        began = database_seconds()
        shown = ran([*command, database])
        used = database_seconds() - began
        micros = sorted(int(line.split()[2]) for path in Path(folder).iterdir()
                        for line in path.read_text().splitlines())
    line = next(line for line in shown.splitlines() if line.startswith("tps ="))
    if "number of failed transactions: 0" not in shown or not micros:
        raise Refused(shown)
    count = int(shown.split("transactions actually processed: ")[1].split("/")[0].split()[0])
    at = lambda share: micros[min(len(micros) - 1, int(len(micros) * share))] / 1000
    return {"per_second": float(line.split()[2]), "p50_ms": at(0.5), "p99_ms": at(0.99),
            "cpu_micros": used * 1e6 / count, "requests": count}
