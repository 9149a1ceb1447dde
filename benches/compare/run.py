"""Audited look-ups over HTTP next to pgbench running the same statements, in the same minutes: see --help."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import loads
import report
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
    asked.add_argument("--json", type=Path, help="where to write everything that was measured")
    return asked.parse_args()


def prepare(asked, folder):
    """The services, filled and started, and the floor's database: the same rows as the service's on PostgreSQL."""
    on_postgres = Service(asked.binary, f"{folder}/postgres", asked.children, "child_index")
    on_postgres.fill()
    ran(["createdb", "--template", "child_index", "floor"])
    psql("floor", "DELETE FROM audit_event; DELETE FROM audit_payload; UPDATE audit_head SET size = 0")
    psql("floor", "CREATE SEQUENCE floor_index MINVALUE 0")
    for database in ("floor", "child_index"):
        psql(database, "VACUUM ANALYZE")
    services = [on_postgres] if "postgres" in asked.engines else []
    if "sqlite" in asked.engines:
        services.insert(0, Service(asked.binary, f"{folder}/sqlite", asked.children))
        services[0].fill()
    for service in services:
        service.start()
    return services


def measure(asked, services):
    for service in services:
        loads.wrk(service, 8, 2, 0)  # plans, caches and pages are warm before anything counts
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
            # Every other round backwards: what drifts with time does not favour anyone.
            for what, run in runs if number % 2 else reversed(runs):
                rounds.append({"round": number, "what": what, "connections": connections, **run()})
                print(f"round {number}, {what} at {connections}: {rounds[-1]['per_second']:.0f} a second, "
                      f"p99 {rounds[-1]['p99_ms']:.1f} ms", file=sys.stderr, flush=True)
    return rounds, values


def main():
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="child-index-bench-") as folder:
        services = []
        try:
            services = prepare(asked, folder)
            rounds, values = measure(asked, services)
            memory = {service.name: resident_bytes(service.process.pid) for service in services}
        finally:
            for service in services:
                service.stop()
        for service in services:
            service.verify()
    settings = {name: getattr(asked, name) for name in ("children", "rounds", "seconds", "connections")} | values
    print(report.table(rounds))
    print(f"\nAll answers were 200, each left one event, and the logs verify. Memory held after it, pages of files aside: "
          + ", ".join(f"{name} {held / 2**20:.0f} MiB" for name, held in memory.items()))
    print("Figures of one machine at one time: on a shared one only ratios within a run mean anything, and where others"
          " compute at the same time, processor time (the service's, and the database's) says more than seconds.")
    if asked.json:
        asked.json.write_text(json.dumps(report.document(settings, rounds, {"resident_bytes": memory}), indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"not measured: {refused}")
