"""The load generators: wrk against a service, pgbench against the bare database."""

import json
import os
import tempfile
from pathlib import Path

from processes import database_seconds, service_seconds
from services import Refused, psql, ran

HERE = Path(__file__).resolve().parent


def run_wrk(target, connections, seconds, seed):
    """wrk's own figures for look-ups of random children."""
    environment = os.environ | {"BENCH_TOKENS": str(target.folder / "tokens"),
                                "BENCH_NUMBERS": str(target.folder / "numbers"), "BENCH_SEED": str(seed)}
    command = ["wrk", "--threads", "2", "--connections", str(connections), "--duration", f"{seconds}s", "--timeout",
               "10s", "--script", str(HERE / "wrk.lua"), target.url]
    return json.loads(ran(command, environment).strip().splitlines()[-1])


def figures(measured, used):
    return {"per_second": measured["requests"] / measured["seconds"], "p50_ms": measured["p50_ms"],
            "p99_ms": measured["p99_ms"], "cpu_micros": used * 1e6 / measured["requests"],
            "requests": measured["requests"]}


def wrk(service, connections, seconds, seed):
    """Look-ups of random children; every answer must have been 200 and be in the log, once."""
    before, first, began = service.answers(), service.log_size(), service_seconds(service)
    measured = run_wrk(service, connections, seconds, seed)
    used = service_seconds(service) - began
    caught_up = service.settle()
    check(service, measured, before, first, connections)
    return figures(measured, used) | {"catch_up_seconds": round(caught_up, 2)}


def wrk_of_peer(peer, connections, seconds, seed):
    """The same of a peer."""
    before, began = peer.recorded(), peer.seconds()
    measured = run_wrk(peer, connections, seconds, seed)
    used = peer.seconds() - began
    peer.check(measured, before, connections)
    return figures(measured, used)


def check(service, measured, before, first, connections):
    after = service.answers()
    grown = {status: count - before.get(status, 0) for status, count in after.items() if count != before.get(status, 0)}
    if measured["not_ok"] or measured["broken"] or set(grown) != {"200"}:
        raise Refused(f"answers other than 200: {measured} {grown}")
    disclosed, events = service.disclosures_since(first)
    # wrk hangs up with a request under way on every connection: that one is recorded and not counted.
    under_way = disclosed - measured["requests"]
    if disclosed != events or not 0 <= under_way <= connections:
        others = service.query(f"SELECT action, outcome, count(*) FROM audit_event WHERE idx >= {first} GROUP BY 1, 2")
        raise Refused(f"{service.name}: {measured['requests']} answers, {events} events: {others}")


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
