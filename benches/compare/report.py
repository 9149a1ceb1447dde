"""What was measured, as a table, ratios and JSON."""

import os
import platform
import time
from pathlib import Path
from statistics import median


def medians(rounds):
    """The median of every figure over the rounds, by what was measured and at how many connections."""
    figures = {}
    for each in rounds:
        figures.setdefault((each["what"], each["connections"]), []).append(each)
    return {key: {name: median(each[name] for each in list_) for name in ("per_second", "p50_ms", "p99_ms", "cpu_micros")}
            for key, list_ in figures.items()}


def ratios(rounds, floor="pgbench"):
    """For each round the ratio to the floor of the same round; then their medians."""
    floors = {(each["round"], each["connections"]): each for each in rounds if each["what"] == floor}
    found = {}
    for each in rounds:
        base = floors.get((each["round"], each["connections"]))
        if base and each["what"] != floor:
            ratio = {name: each[name] / base[name] for name in ("per_second", "p99_ms", "cpu_micros")}
            found.setdefault((each["what"], each["connections"]), []).append(ratio)
    return {key: {name: median(each[name] for each in list_) for name in list_[0]} for key, list_ in found.items()}


def machine():
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())
    return {"cpu": model, "cores": os.cpu_count(), "system": platform.platform(),
            "load_before": os.getloadavg()[0], "date": time.strftime("%Y-%m-%d", time.gmtime())}


def table(rounds):
    shown = ["| what | connections | a second | p50 ms | p99 ms | CPU µs each | rate / pgbench's | p99 / pgbench's | CPU / pgbench's |",
             "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    ratio = ratios(rounds)
    same = {"per_second": 1, "p99_ms": 1, "cpu_micros": 1}
    for (what, connections), of in sorted(medians(rounds).items(), key=lambda item: (item[0][1], item[0][0])):
        by = ratio.get((what, connections), same)
        shown.append(f"| {what} | {connections} | {of['per_second']:.0f} | {of['p50_ms']:.2f} | {of['p99_ms']:.2f} | "
                     f"{of['cpu_micros']:.0f} | {by['per_second']:.2f} | {by['p99_ms']:.2f} | {by['cpu_micros']:.2f} |")
    return "\n".join(shown)


def document(settings, rounds, extra):
    named = lambda figures: {f"{what}@{connections}": value for (what, connections), value in figures.items()}
    return {"machine": machine(), "settings": settings, "medians": named(medians(rounds)), "ratios": named(ratios(rounds)),
            "rounds": rounds, **extra}
