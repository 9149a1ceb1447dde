"""Audited look-ups and searches over HTTP next to pgbench running the statements of a look-up, in the same minutes: see
--help."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import loads
import report
from peers import Peer, python_of
from processes import resident_bytes
from services import ACCOUNTS, Refused, Service, psql, ran


def arguments():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, help="the service, built for release")
    asked.add_argument("--children", type=int, default=10_000)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=int, default=10, help="of each measurement")
    asked.add_argument("--connections", type=int, nargs="+", default=[8, 32])
    asked.add_argument("--engines", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    asked.add_argument("--peers", type=Path, metavar="VENV",
                       help="measure the peers too, with the Python environment in this folder, made where it is missing")
    asked.add_argument("--overload", type=int, default=1_000, metavar="CONNECTIONS",
                       help="callers at the same time, far more than can be served; 0 leaves this out")
    asked.add_argument("--json", type=Path, help="where to write everything that was measured")
    return asked.parse_args()


def prepare(asked, folder, running):
    """The services and peers, filled and started, and the floor's database: the same rows as the service's on PostgreSQL."""
    on_postgres = Service(asked.binary, f"{folder}/postgres", asked.children, "child_index")
    running.append(on_postgres)
    on_postgres.fill()
    ran(["createdb", "--template", "child_index", "floor"])
    psql("floor", "DELETE FROM audit_event; DELETE FROM audit_payload; UPDATE audit_head SET size = 0")
    psql("floor", "CREATE SEQUENCE floor_index MINVALUE 0")
    for database in ("floor", "child_index"):
        psql(database, "VACUUM ANALYZE")
    services = [on_postgres] if "postgres" in asked.engines else []
    if "sqlite" in asked.engines:
        services.insert(0, Service(asked.binary, f"{folder}/sqlite", asked.children))
        running.append(services[0])
        services[0].fill()
    starts = {service.name: service.start() for service in services}
    peers = []
    if asked.peers:
        python = python_of(asked.peers)
        peers = [Peer(name, python, on_postgres) for name in ("fastapi", "django")]
        for peer in peers:
            running.append(peer)
            peer.start()
    return services, peers, starts


def measure(asked, services, peers):
    for service in services:
        loads.wrk(service, 8, 2, 0, loads.SEARCH)
        loads.wrk(service, 8, 2, 0)  # plans, caches and pages are warm before anything counts
    for peer in peers:
        loads.wrk_of_peer(peer, 8, 2, 0)
    leaf, payload = services[0].sizes_of_events()
    children = int(psql("floor", "SELECT count(*) FROM child")[0][0])
    values = {"accounts": ACCOUNTS, "children": children, "leaf": leaf, "payload": payload}
    loads.pgbench("floor", 8, 2, values)
    rounds = []
    for number in range(1, asked.rounds + 1):
        for connections in asked.connections:
            runs = [("pgbench", lambda: loads.pgbench("floor", connections, asked.seconds, values))]
            runs += [(service.name, lambda service=service: loads.wrk(service, connections, asked.seconds, number))
                     for service in services]
            runs += [(f"{service.name}, search",
                      lambda service=service: loads.wrk(service, connections, asked.seconds, number, loads.SEARCH))
                     for service in services]
            runs += [(peer.name, lambda peer=peer: loads.wrk_of_peer(peer, connections, asked.seconds, number))
                     for peer in peers]
            # Every other round backwards: what drifts with time does not favour anyone.
            for what, run in runs if number % 2 else reversed(runs):
                rounds.append({"round": number, "what": what, "connections": connections, **run()})
                print(f"round {number}, {what} at {connections}: {rounds[-1]['per_second']:.0f} a second, "
                      f"p99 {rounds[-1]['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
    return rounds, values


def overload(asked, services, rounds):
    """How much of its best rate each service serves while far more is asked of it."""
    found = {}
    for service in services if asked.overload else []:
        best = max(each["per_second"] for each in rounds if each["what"] == service.name)
        pressed = loads.overload(service, asked.overload, asked.seconds, 0)
        found[service.name] = pressed | {"served_of_best": pressed["served_per_second"] / best,
                                         "offered_of_best": pressed["offered_per_second"] / best}
    return found


def main():
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="child-index-bench-") as folder:
        running = []
        try:
            services, peers, starts = prepare(asked, folder, running)
            rounds, values = measure(asked, services, peers)
            pressed = overload(asked, services, rounds)
            memory = {service.name: resident_bytes(service.process.pid) for service in services}
        finally:
            for each in running:
                each.stop()
        for service in services:
            service.verify()
    settings = {name: getattr(asked, name) for name in ("children", "rounds", "seconds", "connections")} | values
    print(report.table(rounds))
    print("\nAll answers were 200, each left one event, and the logs verify.")
    for name, of in pressed.items():
        print(f"{name}, {of['connections']} callers at once: {of['offered_of_best']:.1f} times the best rate offered, "
              f"{of['served_of_best']:.0%} of it served, the rest told 503; longest wait {of['longest_ms']:.0f} ms.")
    for name in memory:
        print(f"{name}: {memory[name] / 2**20:.0f} MiB held after it, pages of files aside; "
              f"{starts[name] * 1000:.0f} ms from start to first answer.")
    print("Figures of one machine at one time: on a shared one only ratios within a run mean anything, and where others"
          " compute at the same time, processor time (the service's, and the database's) says more than seconds.")
    if asked.json:
        extra = {"resident_bytes": memory, "start_seconds": starts, "overload": pressed}
        asked.json.write_text(json.dumps(report.document(settings, rounds, extra), indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"not measured: {refused}")
