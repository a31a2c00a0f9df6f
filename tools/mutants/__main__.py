"""Changes the code in one place at a time, and counts how many of these mutants the tests find.

Each comparison, logical operator, condition, literal and statement of a module is changed, all in one build behind a switch in
the environment; then the module's tests run against each mutant until the first of them fails. A mutant that no test can find,
because it changes nothing that anyone could see, is listed with its reason in tools/mutants/equivalents.toml.
"""

import argparse
import glob
import os
import random
import sys
import tomllib
from collections import Counter
from dataclasses import dataclass

from ..programs import ROOT
from .build import Build, Placed
from .package import Package
from .run import Fate, Judge


@dataclass(frozen=True)
class Target:
    #: The files, below Sources.
    files: list[str]
    #: The targets whose tests judge it.
    tests: list[str]
    #: The least score, in percent.
    floor: int


TARGETS = {
    "Reconcile": Target(["Reconcile/*.swift"], ["ReconcileTests"], 90),
    "Executor": Target(["Executor/*.swift"], ["ExecutorTests"], 80),
    "CallControl": Target(["CallControl/*.swift"], ["CallControlTests"], 80),
    "Ledger": Target(["Ledger/Ledger+*.swift", "Ledger/LedgerUpdate.swift"], ["LedgerTests"], 80),
    "Directory": Target(["Directory/ReadBaseline.swift", "Directory/DirectoryRead*.swift"], ["DirectoryTests"], 80),
}


def paths(target: Target) -> list[str]:
    found = {path for each in target.files for path in glob.glob(f"{ROOT}/Sources/{each}")}
    return sorted(os.path.relpath(path, ROOT) for path in found)


def equivalents() -> dict[tuple[str, str, str], str]:
    """The reason of each mutant that changes nothing, by its file, its line's text and its change."""
    with open(f"{ROOT}/tools/mutants/equivalents.toml", "rb") as file:
        listed = tomllib.load(file).get("mutant", [])
    return {(each["file"], each["line"], each["change"]): each["reason"] for each in listed}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/test mutants", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(TARGETS)}; all without one")
    parser.add_argument("--sample", type=int, metavar="N", help="only N mutants of each module, chosen by the seed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", metavar="NAME", help="only mutants of the file of this name")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 2, metavar="N", help="how many mutants are tested at a time")
    options = parser.parse_args()
    if unknown := [each for each in options.modules if each not in TARGETS]:
        parser.error(f"there is no module {unknown[0]} here: {', '.join(TARGETS)}")
    reasons = equivalents()
    verdicts = [judge(name, options, reasons) for name in options.modules or TARGETS]
    return 0 if all(verdicts) else 1


def judge(name: str, options: argparse.Namespace, reasons: dict[tuple[str, str, str], str]) -> bool:
    """Prints a module's survivors and its score."""
    target = TARGETS[name]
    wanted = [path for path in paths(target) if options.file in (None, os.path.basename(path))]
    if not wanted:
        raise SystemExit(f"{name} has no file {options.file}")
    package = Package(name, target.tests)
    build = Build(package, wanted)
    numbers = [each.number for each in build.placed if key(each) not in reasons]
    if options.sample and options.sample < len(numbers):
        numbers = random.Random(options.seed).sample(numbers, options.sample)
    print(f"{name}: {len(numbers)} of {len(build.placed)} mutants in {len(wanted)} files; building", flush=True)
    build.keep(set(numbers))
    build.build()
    print(f"{name}: {build.dropped} of them don't compile", flush=True)
    chosen = build.placed
    if not chosen:
        print(f"{name}: no mutants")
        return False

    def done(count: int) -> None:
        if sys.stderr.isatty() or count % 20 == 0:
            print(f"{name}: {count} of {len(chosen)}", file=sys.stderr, flush=True)

    fates = Judge(package, options.jobs).judge(chosen, done)
    for each in chosen:
        if (fate := fates[each.number]) is not Fate.KILLED:
            hung = "hung: " if fate is Fate.HUNG else ""
            print(f"{hung}{each.path}:{each.line}: {each.mutant.kind}: {each.change}: {each.text}")
    counts = Counter(fates.values())
    score = 100 * (len(chosen) - counts[Fate.SURVIVED]) / len(chosen)
    by_file = Counter(os.path.basename(each.path) for each in chosen if fates[each.number] is Fate.SURVIVED)
    for path, count in by_file.most_common():
        print(f"{name}: {path}: {count} survived of {sum(os.path.basename(each.path) == path for each in chosen)}")
    print(
        f"{name}: {score:.1f} % of {len(chosen)} mutants found ({counts[Fate.HUNG]} of them hung), "
        f"{counts[Fate.SURVIVED]} survived; wanted: {target.floor} %", flush=True)
    return score >= target.floor


def key(each: Placed) -> tuple[str, str, str]:
    return (os.path.basename(each.path), each.text, each.change)


if __name__ == "__main__":
    sys.exit(main())
