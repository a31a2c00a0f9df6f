"""The modules' tests under AddressSanitizer: a wrong use of memory or a leak fails the test that meets it.

In the C and C++ shims so does an operation without a defined result (UndefinedBehaviorSanitizer, which Swift itself doesn't have on
Linux). The whole program's tests don't run under them.
"""

import argparse
import os
import subprocess
import sys

from ..programs import ROOT

#: A fault of a shim ends the process, with the place.
UNDEFINED = [word for tool in ("-Xcc", "-Xcxx") for option in ("-fsanitize=undefined", "-fno-sanitize-recover=undefined")
             for word in (tool, option)]
BUILD = ["--sanitize", "address", "--scratch-path", f"{ROOT}/.build/address", *UNDEFINED]
SETTINGS = {
    "ASAN_OPTIONS": "detect_leaks=1:detect_stack_use_after_return=1",
    "LSAN_OPTIONS": f"suppressions={ROOT}/tools/sanitizers/leaks.txt:print_suppressions=0",
    "UBSAN_OPTIONS": "print_stacktrace=1"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/test sanitizers", description=__doc__)
    parser.add_argument("--filter", metavar="NAME", help="only these tests, as by swift test")
    given = parser.parse_args()
    built = subprocess.run(["swift", "build", "--build-tests", *BUILD], cwd=ROOT)
    if built.returncode:
        sys.exit(built.returncode)
    # Instrumented code takes several times the memory and time: few tests at once.
    command = ["swift", "test", "--skip-build", *BUILD, "--experimental-maximum-parallelization-width", "3"]
    command += ["--filter", given.filter] if given.filter else ["--skip", "EndToEndTests"]
    sys.exit(subprocess.run(command, cwd=ROOT, env={**os.environ, **SETTINGS}).returncode)


main()
