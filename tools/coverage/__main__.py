"""How much of each module the last full run of the tests reached, in lines and in regions, and whether that is enough.

The tests, the program that they start and the simulation are built with counters. Each module has a floor in
tools/coverage/floors.toml, which only rises. With files, shows their lines with a count beside each, and marks what wasn't reached.
"""

import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field

from ..programs import ROOT

BUILD = f"{ROOT}/.build/coverage"
PROGRAMS = [f"{BUILD}/debug/{name}" for name in ("pbxsyncdPackageTests.xctest", "pbxsyncd", "pbx-simulator", "simulate")]
FLOORS = f"{ROOT}/tools/coverage/floors.toml"
#: What differs from run to run, in lines or regions and as a share: tests that wait for each other take another branch at times.
DIFFERENCE = (5, 0.005)


@dataclass
class Coverage:
    """What was reached of what there is; the first is of lines, the second of regions."""

    reached: list[int] = field(default_factory=lambda: [0, 0])
    total: list[int] = field(default_factory=lambda: [0, 0])

    def add(self, summary: dict[str, dict[str, int]]) -> None:
        for index, kind in enumerate(("lines", "regions")):
            self.reached[index] += summary[kind]["covered"]
            self.total[index] += summary[kind]["count"]

    @property
    def percent(self) -> tuple[float, float]:
        lines, regions = (100 * reached / total if total else 100.0 for reached, total in zip(self.reached, self.total))
        return lines, regions

    @property
    def floor(self) -> list[float]:
        """The percentages that a run with as many tests reaches at least."""
        least, share = DIFFERENCE
        return [
            max(0.0, 100 * (reached - max(least, share * total)) / total) if total else 0.0
            for reached, total in zip(self.reached, self.total)]


def tool(name: str) -> str:
    """A tool of LLVM's own of the compiler's version: the system's may not know its format."""
    swift = shutil.which("swift") or sys.exit("swift isn't in the PATH")
    return os.path.join(os.path.dirname(os.path.realpath(swift)), name)


def merged() -> str:
    """One file of all counters."""
    profiles = glob.glob(f"{BUILD}/profiles/*.profraw")
    if not profiles:
        raise SystemExit(f"there are no counters in {BUILD}/profiles: run scripts/test first")
    path = f"{BUILD}/merged.profdata"
    subprocess.run([tool("llvm-profdata"), "merge", "-o", path, *profiles], check=True)
    return path


def llvm_cov(command: str, *words: str) -> str:
    objects = [word for program in PROGRAMS[1:] for word in ("-object", program)]
    done = subprocess.run(
        [tool("llvm-cov"), command, PROGRAMS[0], *objects, f"-instr-profile={merged()}", *words],
        check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def measured() -> dict[str, Coverage]:
    """Each module's coverage, and that of all, by name."""
    modules: dict[str, Coverage] = defaultdict(Coverage)
    sources = f"{ROOT}/Sources/"
    report = json.loads(llvm_cov("export", "-summary-only", "-ignore-filename-regex=/Tests/|/\\.build/"))
    for each in report["data"][0]["files"]:
        if each["filename"].startswith(sources):
            modules[each["filename"].removeprefix(sources).split("/")[0]].add(each["summary"])
            modules["all"].add(each["summary"])
    return dict(modules)


def floors() -> dict[str, list[float]]:
    with open(FLOORS, "rb") as file:
        found: dict[str, list[float]] = tomllib.load(file)
    return found


def raise_floors(found: dict[str, Coverage]) -> None:
    with open(FLOORS, encoding="utf-8") as file:
        comments = [line for line in file if line.startswith("#")]
    old = floors()
    with open(FLOORS, "w", encoding="utf-8") as file:
        file.writelines(comments)
        for name, coverage in sorted(found.items()):
            new = [max(before, now) for before, now in zip(old.get(name, [0, 0]), coverage.floor)]
            file.write(f"{name} = [{new[0]:.1f}, {new[1]:.1f}]\n")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/test coverage", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help="a source to show with its counts")
    parser.add_argument("--raise", dest="raising", action="store_true", help="write what was measured as the new floors")
    options = parser.parse_args()
    if options.files:
        print(llvm_cov("show", "-show-regions", "-sources", *[os.path.abspath(each) for each in options.files]))
        return 0

    found = measured()
    if options.raising:
        raise_floors(found)
    least = floors()
    enough = True
    print(f"{'module':<18} {'lines':>13} {'regions':>13}    floors")
    for name, coverage in sorted(found.items(), key=lambda item: (item[0] == "all", item[0])):
        lowest = least.get(name)
        low = lowest is None or any(now < floor for now, floor in zip(coverage.percent, lowest))
        enough = enough and not low
        shown = [f"{percent:5.1f} % of {total}" for percent, total in zip(coverage.percent, coverage.total)]
        print(f"{name:<18} {shown[0]:>17} {shown[1]:>17}    {lowest or 'none'}{'  too low' if low else ''}")
    for name in least.keys() - found.keys():
        print(f"{name} has a floor and no counters")
        enough = False
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
