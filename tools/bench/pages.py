"""Puts what was measured into docs/performance.md, between its markers, and the plots beside it."""

import os
import re

from . import plots, tables
from .rounds import FIRST, LDAPSEARCH, PBXSYNCD, PLAIN, PLAINER, QUIET
from .targets import Results, middle

PARTS = re.compile(r"(<!-- begin (\w+) -->\n).*?(<!-- end \2 -->)", re.S)


def write(folder: str, results: Results) -> None:
    page = f"{folder}/performance.md"
    parts = {
        "targets": tables.markdown(tables.of_targets(results)) + "\n",
        "figures": figures(results),
        "plots": draw(f"{folder}/performance", results),
    }
    with open(page) as file:
        text = file.read()
    with open(page, "w") as file:
        file.write(PARTS.sub(lambda found: found[1] + parts[found[2]] + found[3], text))


def figures(results: Results) -> str:
    sizes = {tables.title_of(size): when for size, when in results["when"].items()}
    it = ""
    for title, rows in list(tables.all_of(results))[1:]:
        it += f"\n### {title}\n\n{tables.markdown(rows)}\n"
        if when := sizes.get(title):
            it += (
                f"\nMedians of {when['rounds']} round{'s' * (when['rounds'] > 1)} on {when['cores']} cores of "
                f"{when['processor']}, with a load of {when['load']} when they began.\n")
    return it + "\n"


def draw(folder: str, results: Results) -> str:
    """Writes the plots. Returns the lines that show them."""
    os.makedirs(folder, exist_ok=True)
    people = {int(size): it for size, it in results["people"].items()}
    shown = []
    for name, title, unit, figure in [("wall", "No change, wall time", "s", "wall_s"),
                                      ("memory", "No change, peak memory", "MiB", "peak_mib")]:
        series: plots.Series = {
            who: [(size, value) for size, it in people.items() if (value := middle(it, QUIET, who, figure))]
            for who in (PBXSYNCD, LDAPSEARCH, PLAIN, PLAINER)
        }
        series = {who: row for who, row in series.items() if row}
        if series:
            shown.append((name, title, plots.lines(title, unit, series)))
    loads = {size: it[FIRST] for size, it in people.items() if FIRST in it}
    if loads:
        size = 10_000 if 10_000 in loads else max(loads)
        values = {who: value for who in loads[size] if who != LDAPSEARCH and (value := middle(people[size], FIRST, who, "wall_s"))}
        title = f"First load of {size:,} people, wall time"
        shown.append(("load", title, plots.bars(title, "s", values)))
    for name, _, svg in shown:
        with open(f"{folder}/{name}.svg", "w") as file:
            file.write(svg)
    return "\n".join(f"![{title}](performance/{name}.svg)" for name, title, _ in shown) + "\n"
