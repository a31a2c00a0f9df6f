#!/usr/bin/env python3
"""Measures pbxsyncd beside the plain tools that do the same work. See scripts/bench."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
HOUSE = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, f"{HOUSE}/scripts/faults.d"]

import daemon  # noqa: E402
import pages  # noqa: E402
import tables  # noqa: E402
from measuring import Meter  # noqa: E402
from namespace import enter  # noqa: E402
from rounds import Rounds  # noqa: E402


def main():
    options = parse()
    is_isolated = enter()
    # Whoever ends it has its servers end too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    results = earlier(options.json)
    os.umask(0o077)
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-bench-") as folder:
        meter = Meter(is_isolated)
        for size in options.sizes:
            rounds = Rounds(size, options.programs, f"{folder}/{size}", meter, options.writes_to)
            results["when"][str(size)] = circumstances(options.rounds)
            results["people"][str(size)] = rounds.play(options.rounds)
            save(options.json, results)
    if options.daemon:
        results["daemon"] = daemon.figures(HOUSE)
        results["changes"] = daemon.changes(HOUSE)
        save(options.json, results)
    if options.write_docs:
        pages.write(f"{HOUSE}/docs", results)
    for title, rows in tables.all_of(results):
        print(f"\n{title}\n")
        print(tables.plain(rows))


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--writes-to", type=int, default=100_000)
    parser.add_argument("--daemon", action="store_true")
    parser.add_argument("--json", default=f"{HOUSE}/.build/bench.json")
    parser.add_argument("--write-docs", action="store_true")
    options = parser.parse_args()
    try:
        options.sizes = [int(size) for size in options.sizes.split(",") if size != "none"]
    except ValueError:
        parser.error("--sizes takes numbers with commas between them, or none")
    if options.rounds < 1 or any(not 100 <= size <= 1_000_000 for size in options.sizes):
        parser.error("100 to 1000000 people, and one round at least")
    return options


def earlier(path):
    """What was measured before, so that a large size needn't be measured together with the others."""
    try:
        with open(path) as file:
            return json.load(file)
    except FileNotFoundError:
        return {"people": {}, "when": {}, "daemon": None, "changes": None}


def save(path, results):
    with open(path, "w") as file:
        json.dump(results, file, indent=1)
        file.write("\n")


def circumstances(rounds):
    with open("/proc/cpuinfo") as file:
        names = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    commit = subprocess.run(["git", "-C", HOUSE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True)
    return {"processor": names[0] if names else "unknown", "cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1),
            "commit": commit.stdout.strip(), "rounds": rounds}  # fmt: skip


if __name__ == "__main__":
    main()
