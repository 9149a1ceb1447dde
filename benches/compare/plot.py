"""Draws what run.py measured as an SVG: rate and p99 against connections, and where outputs of `bench search` are given,
the time of a search against the size of the index. plot.py MEASURED.json [SEARCHES.txt …] > PLOT.svg"""

import json
import math
import re
import sys
from pathlib import Path

COLOURS = ["#4e5a65", "#0b6e99", "#b3541e", "#3f7d3a", "#7a4fa0", "#9a7b00", "#b0305c"]
WIDTH, HEIGHT, GAP = 360, 260, 70


def panel(at, title, across, up, lines):
    """One set of axes, both logarithmic, with a line for each name."""
    points = [point for line in lines.values() for point in line]
    least_x, most_x = min(x for x, _ in points), max(x for x, _ in points)
    least_y, most_y = (bound(f(y for _, y in points), f) for f in (min, max))
    place_x = scale(least_x, most_x, at, at + WIDTH)
    place_y = scale(least_y, most_y, HEIGHT + 40, 40)
    drawn = [f'<text x="{at}" y="20" class="title">{title}</text>',
             f'<rect x="{at}" y="40" width="{WIDTH}" height="{HEIGHT}" class="frame"/>',
             f'<text x="{at + WIDTH / 2}" y="{HEIGHT + 76}" text-anchor="middle">{across}</text>',
             f'<text x="{at}" y="34" class="axis">{up}</text>']
    for x in sorted({x for x, _ in points}):
        drawn.append(f'<text x="{place_x(x):.1f}" y="{HEIGHT + 56}" text-anchor="middle" class="axis">{x:,.0f}</text>')
    for power in range(round(math.log10(least_y)), round(math.log10(most_y)) + 1):
        y = place_y(10.0 ** power)
        drawn += [f'<line x1="{at}" x2="{at + WIDTH}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>',
                  f'<text x="{at - 6}" y="{y + 4:.1f}" text-anchor="end" class="axis">{10.0 ** power:,g}</text>']
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join(f"{place_x(x):.1f},{place_y(y):.1f}" for x, y in sorted(line))
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [f'<circle cx="{place_x(x):.1f}" cy="{place_y(y):.1f}" r="3" fill="{colour}"/>' for x, y in line]
        drawn.append(f'<text x="{at}" y="{HEIGHT + 100 + 18 * number}" fill="{colour}">{name}</text>')
    return "\n".join(drawn)


def bound(value, towards):
    """The power of ten at or beyond a value."""
    power = math.log10(value)
    return 10.0 ** (math.floor(power) if towards is min else math.ceil(power))


def scale(least, most, start, end):
    width = math.log(most / least) or 1
    return lambda value: start + (end - start) * math.log(value / least) / width


def searches(files):
    """Size of the index, and milliseconds by quantile, of searches by names and date."""
    found = {"p50": [], "p99": []}
    for file in files:
        text = Path(file).read_text()
        size = int(re.search(r"^(\d+) children", text, re.MULTILINE)[1])
        heads = re.search(r"^ +asked.*$", text, re.MULTILINE)[0].split()
        row = re.search(r"^names and date +(.*)$", text, re.MULTILINE)[1].split()
        for name, line in found.items():
            line.append((size, float(row[heads.index(name)])))
    return found


def main():
    measured = json.loads(Path(sys.argv[1]).read_text())
    figures = {"per_second": {}, "p99_ms": {}}
    for key, of in measured["medians"].items():
        what, connections = key.rsplit("@", 1)
        for name, lines in figures.items():
            lines.setdefault(what, []).append((int(connections), of[name]))
    panels = [("Answers a second", "connections", "", figures["per_second"]),
              ("99th percentile", "connections", "ms", figures["p99_ms"])]
    if sys.argv[2:]:
        panels.append(("A search by names and date, in process", "children", "ms", searches(sys.argv[2:])))
    rows = max(len(lines) for *_, lines in panels)
    width, height = GAP + len(panels) * (WIDTH + GAP), HEIGHT + 110 + 18 * rows
    machine = measured["machine"]
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
          'font-family="sans-serif" font-size="13">')
    print("<style>.title{font-size:15px;font-weight:bold}.axis{font-size:11px;fill:#555}"
          ".frame{fill:none;stroke:#999}.grid{stroke:#ddd}</style>")
    print(f'<title>{machine["cores"]} cores, {machine["cpu"]}, {machine["date"]}</title>')
    print(f'<rect width="{width}" height="{height}" fill="#fff"/>')
    for number, (title, across, up, lines) in enumerate(panels):
        print(panel(GAP + number * (WIDTH + GAP), title, across, up, lines))
    print("</svg>")


if __name__ == "__main__":
    main()
