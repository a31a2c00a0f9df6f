"""How cases are written, run and told."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from typing import Any

from ..servers.family import Family
from ..servers.pbx import JSON
from .testbed import Report, Testbed

Case = Callable[["Stage"], None]
Tell = Callable[[str], None]

#: The title of each case, its families, what it needs, and itself.
CASES: list[tuple[str, tuple[str, ...], str | None, Case]] = []


class Wrong(Exception):
    """A case shows something else than it should."""


def case(title: str, *families: str, needs: str | None = None) -> Callable[[Case], Case]:
    """Registers a case. Without families it is for all of them, or for those that have what it `needs`."""
    def register(function: Case) -> Case:
        CASES.append((title, families, needs, function))
        return function
    return register


def equal(seen: object, wanted: object, *details: Any) -> None:
    if seen != wanted:
        raise Wrong("\n".join(str(each) for each in (f"wanted {wanted!r}", f"saw    {seen!r}", *details)))


def holds(condition: object, *details: Any) -> None:
    if not condition:
        raise Wrong("\n".join(str(each) for each in details) or "it doesn't hold")


class Stage:
    """What a case works with: a directory, pbxsyncd, and new people on demand."""

    def __init__(self, directory: Family, testbed: Testbed) -> None:
        self.directory = directory
        self.testbed = testbed
        self.numbers = iter(range(1001, 1999))

    def hire(self, name: str, **more: Any) -> tuple[str, int]:
        """Somebody new, on the PBX already. Returns the DN and the number."""
        number = next(self.numbers)
        dn, ldif = self.directory.person(name, number, **more)
        self.becomes([f"addExt {number}"], ldif)
        return dn, number

    def becomes(self, calls: list[str], *changes: str) -> Report:
        """After these changes of the directory a run succeeds and makes exactly these calls."""
        self.directory.change(*changes)
        report, made = self.testbed.sync()
        equal(made, sorted(calls), report["summary"], report["error"], report["problems"], report["read"])
        equal(report["status"], 0, report["summary"], report["error"], report["problems"])
        equal(report["complete"], True, report["read"])
        return report

    def troubles(self, *changes: str) -> JSON:
        """After these changes a run sends nothing and names a problem. Returns it."""
        self.directory.change(*changes)
        report, made = self.testbed.sync()
        equal((made, report["status"], len(report["problems"])), ([], 3, 1), report["summary"], report["problems"])
        problem: JSON = report["problems"][0]
        return problem


def play(directory: Family, testbed: Testbed, only: str, tell: Tell) -> tuple[int, list[str]]:
    """Every case for this family. Returns how many there were, and the titles of those that failed."""
    stage = Stage(directory, testbed)
    failed, count = [], 0
    if only not in CASES[0][0]:
        # The first case makes the first run; without it, somebody must.
        settle(stage, tell)
    for title, families, needs, function in CASES:
        if families and directory.name not in families or only and only not in title:
            continue
        if needs and not getattr(directory, needs):
            continue
        count += 1
        begun = time.time()
        try:
            function(stage)
        except Exception as error:
            failed.append(title)
            text = str(error) if isinstance(error, Wrong) else traceback.format_exc()
            tell(f"NOT OK: {directory.title}: {title}\n  " + text.strip().replace("\n", "\n  "))
            # What it left behind mustn't spoil the next one.
            settle(stage, tell)
        else:
            tell(f"ok: {directory.title}: {title}" + (f" ({time.time() - begun:.0f} s)" if time.time() - begun > 3 else ""))
    return count, failed


def settle(stage: Stage, tell: Tell) -> None:
    try:
        stage.testbed.sync()
    except Exception as error:
        tell(f"  and then: {error}")
