"""Runs the tests against each mutant."""

import glob
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum

from .build import VARIABLE, Placed
from .package import Package

#: How long a mutant may take, in the time that the tests take without one.
PATIENCE = 5
PASSED = re.compile(r'Test "?(.+?)(?:"|\(\))(?: with \d+ test cases?)? passed after ([0-9.]+) seconds')


class Fate(Enum):
    """Whether the tests found a mutant."""

    KILLED = "killed"
    HUNG = "hung"
    SURVIVED = "survived"


class Judge:
    """The tests of a module, as one program runs them. Those that take more than a hundredth of the time of all run only against
    mutants that the others leave."""

    def __init__(self, package: Package, jobs: int) -> None:
        self._jobs = jobs
        self._folder = package.folder
        programs = glob.glob(f"{self._folder}/.build/debug/*.xctest")
        if len(programs) != 1:
            raise SystemExit(
                f"{self._folder}/.build/debug has {len(programs)} programs with tests; delete {self._folder} and start again")
        self._words = [programs[0], "--testing-library", "swift-testing", "--experimental-maximum-parallelization-width", "1"]
        self._limit, passed = self._measure(package, [])
        whole = sum(passed.values())
        slow = [re.escape(name) for name, time in passed.items() if time > whole / 100]
        self._quick, self._slow = options("--skip", slow), options("--filter", slow)
        # A mutant that hangs is mostly ended by the quick tests, so they have a limit of their own.
        self._quick_limit, _ = self._measure(package, self._quick)

    def judge(self, mutants: list[Placed], done: Callable[[int], None]) -> dict[int, Fate]:
        fates: dict[int, Fate] = {}

        def judge(each: Placed) -> None:
            fate, _ = self._run(each.number, self._quick, self._quick_limit)
            if fate is Fate.SURVIVED and self._slow:
                fate, _ = self._run(each.number, self._slow, self._limit)
            fates[each.number] = fate
            done(len(fates))

        with ThreadPoolExecutor(self._jobs) as pool:
            list(pool.map(judge, mutants))
        return fates

    def _measure(self, package: Package, words: list[str]) -> tuple[float, dict[str, float]]:
        """How long these tests may take, and the seconds of each without a mutant."""
        begun = time.monotonic()
        fate, passed = self._run(0, words, 1800)
        if fate is not Fate.SURVIVED:
            raise SystemExit(f"the tests of {package.module} fail without a mutant, so they can't judge one")
        return 5 + PATIENCE * (time.monotonic() - begun), passed

    def _run(self, number: int, words: list[str], limit: float) -> tuple[Fate, dict[str, float]]:
        """A mutant's fate, and the seconds of each test that passed. The first test that fails ends the run."""
        process = subprocess.Popen(
            self._words + words, cwd=self._folder, env=os.environ | {VARIABLE: str(number)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        is_late = threading.Event()

        def end() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(limit, end)
        timer.start()
        passed: dict[str, float] = {}
        with process:
            assert process.stdout
            for line in process.stdout:
                if " recorded an issue " in line:
                    process.kill()
                    break
                if match := PASSED.search(line):
                    passed[match[1]] = float(match[2])
        timer.cancel()
        if is_late.is_set():
            return Fate.HUNG, passed
        return Fate.KILLED if process.returncode else Fate.SURVIVED, passed


def options(name: str, values: list[str]) -> list[str]:
    return [word for value in values for word in (name, value)]
