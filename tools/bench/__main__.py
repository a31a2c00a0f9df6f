"""Measures what a run costs in directories of different sizes, beside plain tools that do the same work in the same minutes:
ldapsearch of the same search, curl with the same requests, and a plain Python script (plain.py). Builds for release, starts
throw-away slapds and simulated PBXs on loopback, prints tables and keeps the figures in .build/bench.json, where each size
takes the place of its last measurement. docs/performance.md says how to read them.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from typing import Any

from .. import programs
from ..servers.namespace import enter
from ..servers.openldap import OpenLDAP
from . import changes, figures, pages, tables
from .measuring import Meter
from .rounds import Rounds
from .targets import Results

RESULTS = f"{programs.ROOT}/.build/bench.json"


def main() -> None:
    options = parse()
    programs.install("python3-ldap", "python3-requests", "python3-phonenumbers", "strace", "linux-perf")
    is_isolated = enter()
    folder_of_programs = programs.release()
    # SIGTERM ends the servers too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = earlier(options.json)
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-bench-") as folder:
        meter = Meter(is_isolated)
        for size in options.sizes:
            rounds = Rounds(size, folder_of_programs, f"{folder}/{size}", meter, options.writes_to)
            results["when"][str(size)] = circumstances(options.rounds)
            results["people"][str(size)] = rounds.play(options.rounds)
            save(options.json, results)
    if options.daemon:
        results["daemon"] = figures.measure()
        # Milliseconds of CPU time for each change notification, by the size of the directory.
        costs = [changes.measure(OpenLDAP, size, 100, folder_of_programs) for size in (1000, 100_000)]
        results["changes"] = {str(cost["entries"]): cost["cpu_ms_per_change"] for cost in costs}
        save(options.json, results)
    if options.write_docs:
        pages.write(f"{programs.ROOT}/docs", results)
    for title, rows in tables.all_of(results):
        print(f"\n{title}\n")
        print(tables.plain(rows))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--sizes", default="1000,10000,100000", help="how many people, 1000000 at most; none measures nothing")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--writes-to", type=int, default=100_000, help="in larger directories only a run without changes is measured")
    parser.add_argument(
        "--daemon", action="store_true", help="also the daemon, as scripts/bench figures and scripts/bench changes")
    parser.add_argument("--json", default=RESULTS)
    parser.add_argument(
        "--write-docs", action="store_true", help="put the tables and plots of all that was measured into docs/performance.md")
    options = parser.parse_args()
    try:
        options.sizes = [int(size) for size in options.sizes.split(",") if size != "none"]
    except ValueError:
        parser.error("--sizes takes numbers with commas between them, or none")
    if options.rounds < 1 or any(not 100 <= size <= 1_000_000 for size in options.sizes):
        parser.error("100 to 1000000 people, and one round at least")
    return options


def earlier(path: str) -> Results:
    """What was measured before, so that a large size needn't be measured together with the others."""
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"people": {}, "when": {}, "daemon": None, "changes": None}


def save(path: str, results: Results) -> None:
    with open(path, "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")


def circumstances(rounds: int) -> dict[str, Any]:
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(["git", "-C", programs.ROOT, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {"processor": names[0] if names else "unknown", "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
            "commit": commit.stdout.strip(), "rounds": rounds}


if __name__ == "__main__":
    main()
