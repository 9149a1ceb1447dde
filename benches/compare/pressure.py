"""What look-ups of the service on SQLite suffer from others, in the same minutes: slow connections, searches beside an
auditor's export, and as long as one likes. See --help."""

import argparse
import json
import subprocess
import sys
import tempfile
import threading
import urllib.request
from pathlib import Path
from statistics import median

import loads
from processes import resident_bytes
from services import Refused, Service

HERE = Path(__file__).resolve().parent


def arguments():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--binary", required=True, help="the service, built for release")
    asked.add_argument("--children", type=int, default=10_000)
    asked.add_argument("--index", type=Path, metavar="FILE", help="an index that was loaded on SQLite, in place of a new one; it is written to")
    asked.add_argument("--search-key", type=Path, metavar="FILE", help="its search key")
    asked.add_argument("--rounds", type=int, default=5, help="pairs of measurements of each kind")
    asked.add_argument("--seconds", type=int, default=6, help="of each measurement")
    asked.add_argument("--connections", type=int, default=8, help="that look up")
    asked.add_argument("--slow", type=int, default=2_000, help="slow connections")
    asked.add_argument("--soak", type=int, default=0, metavar="MINUTES", help="of look-ups and searches in turn, and the memory held")
    asked.add_argument("--json", type=Path, help="where to write everything that was measured")
    return asked.parse_args()


def alone(asked, service, number):
    return loads.wrk(service, asked.connections, asked.seconds, number)


def beside_slow_connections(asked, service, number):
    command = [sys.executable, str(HERE / "slow.py"), "127.0.0.1", str(service.port), str(asked.slow), str(asked.seconds + 4)]
    slow = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        wait_for_connections(service, asked.slow)
        return loads.wrk(service, asked.connections, asked.seconds, number)
    finally:
        hung_up = slow.communicate()[0]
        if slow.returncode != 0 or int(hung_up) == 0:
            raise Refused("the slow connections did not last as long as the service lets them")


def wait_for_connections(service, wanted):
    """Until the service holds nearly as many connections as are wanted; fails where that never is."""
    for _ in range(40):
        listed = Path("/proc/net/tcp").read_text().splitlines()
        held = sum(1 for line in listed if line.split()[1].endswith(f":{service.port:04X}") and line.split()[3] == "01")
        if held >= wanted * 0.95:
            return
        threading.Event().wait(0.1)
    raise Refused(f"of {wanted} slow connections only {held} are held")


def beside_searches_and_export(asked, service, number):
    """Searches by as many connections as look up, and exports of the log one after the other. Their events are no look-ups',
    so that only the answers are counted here."""
    stop, exported = threading.Event(), []
    export = threading.Thread(target=export_all, args=(service, stop, exported))
    searching = threading.Thread(target=lambda: loads.run_wrk(service, asked.connections, asked.seconds + 1, number, loads.SEARCH))
    before = service.answers(loads.LOOK_UP.route)
    export.start()
    searching.start()
    try:
        measured = loads.run_wrk(service, asked.connections, asked.seconds, number)
    finally:
        stop.set()
        searching.join()
        export.join()
    counted = loads.since(before, service.answers(loads.LOOK_UP.route))
    if measured["not_ok"] or measured["broken"] or set(counted) != {"200"} or not exported:
        raise Refused(f"answers other than 200, or no export: {measured} {counted} {exported}")
    service.settle()
    return loads.figures(measured, 0) | {"exported_events": sum(exported)}


def export_all(service, stop, exported):
    # An export asks for a login of the last minutes.
    token = service.run("token", "--account", service.auditor)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json", "Accept": "application/x-ndjson",
               "Access-Reason": "audit"}
    while not stop.is_set():
        request = urllib.request.Request(service.url + "/v1/audit/events/search", b'{"action": "child.contacts"}', headers)
        with urllib.request.urlopen(request, timeout=60) as answer:
            lines = 0
            for _ in answer:
                lines += 1
                if stop.is_set():
                    break
        exported.append(lines)


def pairs(asked, service, other):
    """Rounds of alone and beside others, in turns; the ratio of the medians of their p99."""
    found = {"alone": [], "beside": []}
    for number in range(1, asked.rounds + 1):
        turns = [("alone", alone), ("beside", other)]
        for name, run in turns if number % 2 else reversed(turns):
            found[name].append(run(asked, service, number))
    p99 = {name: median(each["p99_ms"] for each in each_round) for name, each_round in found.items()}
    rate = {name: median(each["per_second"] for each in each_round) for name, each_round in found.items()}
    return {"p99_ms": p99, "per_second": rate, "p99_ratio": p99["beside"] / p99["alone"], "rounds": found}


def soak(asked, service):
    """Memory held after each minute of look-ups and searches in turn."""
    held = []
    for minute in range(asked.soak):
        for kind in (loads.LOOK_UP, loads.SEARCH):
            loads.wrk(service, 32, 30, minute, kind)
        held.append(resident_bytes(service.process.pid))
    return held


def main():
    asked = arguments()
    with tempfile.TemporaryDirectory(prefix="child-index-bench-") as folder:
        service = Service(asked.binary, f"{folder}/sqlite", 200 if asked.index else asked.children, index=asked.index,
                          search_key=asked.search_key)
        try:
            service.fill()
            began = service.start()
            print(f"{began * 1e3:.0f} ms to the first answer.", flush=True)
            for kind in (loads.LOOK_UP, loads.SEARCH):
                loads.wrk(service, 8, 2, 0, kind)
            found = {"slow connections": pairs(asked, service, beside_slow_connections),
                     "searches and an export": pairs(asked, service, beside_searches_and_export)}
            held = soak(asked, service)
        finally:
            service.stop()
        service.verify()
    for name, of in found.items():
        print(f"{asked.connections} look up beside {name}: p99 {of['p99_ms']['beside']:.1f} ms, alone "
              f"{of['p99_ms']['alone']:.1f} ms: {of['p99_ratio']:.2f} ×; {of['per_second']['beside']:.0f} and "
              f"{of['per_second']['alone']:.0f} a second.")
    if held:
        print("MiB held after each minute: " + ", ".join(f"{each / 2**20:.0f}" for each in held))
    if asked.json:
        asked.json.write_text(json.dumps(found | {"soak_bytes": held}, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Refused as refused:
        sys.exit(f"not measured: {refused}")
