"""Counts the instructions of runs over 1,000 people without changes, and fails where they are more than 10 % above the marks.

Wall time and CPU time are the machine's too; what valgrind counts is the program's alone, on a busy machine as on an idle one.
There are two runs: one that recognises the directory by its digests, and one without them, which takes every entry apart.
The marks are in instructions.json. Who makes a run dearer for a good reason, or cheaper, renews them.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

from .. import programs
from .company import Company
from .stage import Directory, Place

MARKS = f"{os.path.dirname(os.path.abspath(__file__))}/instructions.json"
RECOGNISED, MAPPED_AGAIN = "recognised", "mapped again"
PEOPLE = 1000
ALLOWED = 1.10

# All that could make two runs, or two machines, differ.
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    # Sets and dictionaries in the same order each time.
    "SWIFT_DETERMINISTIC_HASHING": "1",
    # The string functions of any 64-bit processor, not those of this one.
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join(f"-{feature}" for feature in [
        "AVX512F", "AVX512VL", "AVX512BW", "AVX2", "AVX", "BMI2", "ERMS", "FSRM", "SSE4_2", "SSSE3",
        "AVX_Fast_Unaligned_Load"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench instructions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--renew", action="store_true", help="write what was counted to the marks")
    parser.add_argument("--times", type=int, default=1, help="count so often and say how far the counts lie apart")
    parser.add_argument("--keep", help="where callgrind's files go, for callgrind_annotate(1)")
    options = parser.parse_args()
    os.umask(0o077)
    # SIGTERM ends the directory too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="pbxsyncd-count-") as folder:
        counts = count(build(folder), folder, options.times, options.keep)
    if options.times > 1:
        for name, each in counts.items():
            print(f"{name}: of {options.times} counts the largest is {max(each) / min(each) - 1:.2%} above the smallest")
    # What comes on top by chance, such as a thread that waits once more, is no work of the program.
    counted = {name: min(each) for name, each in counts.items()}
    if options.renew:
        with open(MARKS, "w") as file:
            file.write(json.dumps(counted, indent=2) + "\n")
    judge(counted)


def build(folder: str) -> str:
    """The program as it is shipped. Returns its path."""
    programs.install("valgrind")
    release = programs.release("pbxsyncd")
    # Valgrind can't read Swift's debug information; the names of functions stay.
    subprocess.run(["strip", "--strip-debug", "-o", f"{folder}/pbxsyncd", f"{release}/pbxsyncd"], check=True)
    return f"{folder}/pbxsyncd"


def count(program: str, folder: str, times: int, keep: str | None) -> dict[str, list[int]]:
    """The counts of both runs, which begin with the same ledger each time."""
    directory = Directory(f"{folder}/directory", Company(PEOPLE))
    place = Place(f"{folder}/place", program, directory)
    # Nothing is sent: nobody listens there.
    place.configure(pbx_port=10_000)
    state, before = f"{place.folder}/state", f"{place.folder}/state-before"
    counts: dict[str, list[int]] = {RECOGNISED: [], MAPPED_AGAIN: []}
    try:
        directory.fill()
        place.adopt_all()
        os.rename(state, before)
        for name in list(counts) * times:
            shutil.copytree(before, state)
            if name == MAPPED_AGAIN:
                # Digests are of one configuration; a comment makes another one.
                with open(f"{place.folder}/pbxsyncd.toml", "a") as file:
                    file.write(f"# {len(counts[name])}\n")
            else:
                place.configure(pbx_port=10_000)
            kept = keep and f"{keep}/{name.replace(' ', '-')}.callgrind"
            counts[name].append(instructions(place, folder, kept))
            shutil.rmtree(state)
    finally:
        directory.stop()
    return counts


def instructions(place: Place, folder: str, keep: str | None) -> int:
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=yes", "--fair-sched=yes",
                f"--callgrind-out-file={folder}/callgrind", *place.words("--sync-now")]
    # One processor, so that the pools of threads have the same size everywhere.
    processor = min(os.sched_getaffinity(0))
    ended = subprocess.run(
        valgrind, env=ENVIRONMENT, capture_output=True, text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {processor}))
    if ended.returncode != 0 or "nothing to do" not in ended.stderr + ended.stdout:
        raise SystemExit(f"scripts/bench instructions: the run ended with {ended.returncode}: {ended.stderr[-2000:]}")
    if keep:
        os.makedirs(os.path.dirname(keep), exist_ok=True)
        shutil.copyfile(f"{folder}/callgrind", keep)
    with open(f"{folder}/callgrind") as file:
        return next(int(line.split()[1]) for line in file if line.startswith(("totals:", "summary:")))


def judge(counted: dict[str, int]) -> None:
    with open(MARKS) as file:
        marks = json.load(file)
    shares = {name: count / marks[name] for name, count in counted.items()}
    for name, count in counted.items():
        print(f"{name}: {count:,} instructions for {PEOPLE:,} people, {shares[name] - 1:+.1%} from the mark", flush=True)
    if max(shares.values()) > ALLOWED:
        raise SystemExit(
            "scripts/bench instructions: a run executes over 10 % more instructions. --keep FOLDER and callgrind_annotate(1)"
            " show where; if that is accepted, scripts/bench instructions --renew updates the reference values")
    if min(shares.values()) < 2 - ALLOWED:
        print("a run executes over 10 % fewer instructions: scripts/bench instructions --renew updates the reference values")


if __name__ == "__main__":
    main()
