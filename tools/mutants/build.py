"""One build of a module's tests with every mutant in it; the environment says which of them is active."""

import os
import re
from dataclasses import dataclass

from ..programs import ROOT
from .mutation import Mutant, mutants
from .package import Package
from .swift_source import Function, SwiftSource

VARIABLE = "PBXSYNCD_MUTANT"
SWITCH = f"""import Glibc

/// The mutant that this process runs; 0 for none.
let activeMutant = unsafe getenv("{VARIABLE}").flatMap {{ unsafe Int(String(cString: $0)) }} ?? 0
"""
ERROR = re.compile(r"^(/[^:\n]*\.swift):(\d+):\d+: error: (.*)$", re.MULTILINE)


@dataclass
class Placed:
    """A mutant of the build."""

    number: int
    path: str
    line: int
    mutant: Mutant
    before: str
    #: The source's line, by which a person finds it, and which an entry of the list of equivalents names.
    text: str

    @property
    def change(self) -> str:
        return f"{self.before.strip() or '…'} -> {self.mutant.replacement.decode().strip() or '…'}"


class Build:
    def __init__(self, package: Package, paths: list[str]) -> None:
        self.placed: list[Placed] = []
        self.dropped = 0
        self._package = package
        self._sources = {path: SwiftSource(f"{ROOT}/{path}") for path in paths}
        self._functions: dict[str, list[tuple[Function, list[Placed]]]] = {}
        for path, source in self._sources.items():
            self._functions[path] = [(function, self._place(path, source, function)) for function in source.functions]

    def _place(self, path: str, source: SwiftSource, function: Function) -> list[Placed]:
        placed = []
        lines = source.text.decode().splitlines()
        for mutant in mutants(source, function):
            line = source.line(mutant.start + (1 if source.text[mutant.start:mutant.start + 1] == b"\n" else 0))
            before = source.text[mutant.start:mutant.end].decode()
            each = Placed(len(self.placed) + 1, path, line, mutant, before, lines[line - 1].strip())
            self.placed.append(each)
            placed.append(each)
        return placed

    def keep(self, numbers: set[int]) -> None:
        """Leaves out all other mutants, which makes the build that much quicker."""
        self._remove({each.number for each in self.placed} - numbers)

    def build(self) -> None:
        """Builds the tests. A mutant that doesn't compile is left out."""
        self._package.renew(set(self._sources))
        self._package.write(f"Sources/{self._package.module}/Mutants.swift", SWITCH)
        while True:
            places = {path: self._write_mutants(path) for path in self._sources}
            output = self._package.build()
            if output is None:
                return
            bad = set()
            for place, line, message in ERROR.findall(output):
                path = os.path.relpath(place, self._package.folder)
                guilty = next((numbers for numbers, first, last in places.get(path, []) if first <= int(line) <= last), None)
                if not guilty:
                    raise SystemExit(f"the build with mutants failed: {place}:{line}: {message}")
                bad |= guilty
            if not bad:
                raise SystemExit(f"the build with mutants failed:\n{output[-3000:]}")
            self.dropped += len(bad)
            self._remove(bad)

    def _remove(self, numbers: set[int]) -> None:
        self.placed = [each for each in self.placed if each.number not in numbers]
        for functions in self._functions.values():
            for _, placed in functions:
                placed[:] = [each for each in placed if each.number not in numbers]

    def _write_mutants(self, path: str) -> list[tuple[set[int], int, int]]:
        """Writes a file with its mutants. Returns the first and the last line of each; and of each function, for errors that the
        compiler finds at its end: they are those of a removed statement, such as the only one that sets a property."""
        source = self._sources[path].text
        out, at, places = b"", 0, []
        for function, placed in self._functions[path]:
            if not placed:
                continue
            out += source[at:function.start] + b"{ "
            begin = out.count(b"\n") + 1
            for each in placed:
                first = out.count(b"\n") + 1
                mutant = each.mutant
                out += b"if activeMutant == %d " % each.number
                out += source[function.start:mutant.start] + mutant.replacement + source[mutant.end:function.end]
                places.append(({each.number}, first, out.count(b"\n") + 1))
                out += b"\nelse "
            out += source[function.start:function.end] + b" }"
            at = function.end
            removals = {each.number for each in placed if each.mutant.kind == "statement removed"}
            places.append((removals or {each.number for each in placed}, begin, out.count(b"\n") + 1))
        self._package.write(path, (out + source[at:]).decode())
        return places
