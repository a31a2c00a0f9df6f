"""A copy of the package in which one module has mutants; it keeps its build."""

import filecmp
import os
import shutil
import subprocess

from ..programs import ROOT

#: Added to the manifest: what the tests need, and nothing else, is built. The modules are optimized, because their tests run often.
NEEDED = """
var needed: Set<String> = [%s]
var more = needed
repeat {
  needed = more
  for target in package.targets where needed.contains(target.name) {
    for case .byNameItem(let name, _) in target.dependencies { more.insert(name) }
  }
} while more != needed
package.targets.removeAll { !needed.contains($0.name) }
package.products.removeAll()
for target in package.targets where target.type == .regular {
  target.swiftSettings = (target.swiftSettings ?? []) + [.unsafeFlags(["-O"])]
}
"""


class Package:
    def __init__(self, module: str, roots: list[str]) -> None:
        """The package of a module, with the targets that these roots need."""
        self.module = module
        self.folder = f"{ROOT}/.build/mutants/{module}"
        self._needed = NEEDED % ", ".join(f'"{root}"' for root in roots)

    def renew(self, mutated: set[str]) -> None:
        """Copies the package but for the files that are mutated. A file that is as it was keeps its time, so that only others are
        built again."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True)
        for name in filter(None, listed.stdout.decode().split("\0")):
            if name == "Package.swift":
                with open(f"{ROOT}/{name}") as file:
                    # Much in a mutant is unused.
                    self.write(name, file.read().replace(".treatAllWarnings(as: .error),", "") + self._needed)
            elif name not in mutated and os.path.isfile(f"{ROOT}/{name}") and not self._has(name):
                os.makedirs(os.path.dirname(f"{self.folder}/{name}"), exist_ok=True)
                shutil.copy(f"{ROOT}/{name}", f"{self.folder}/{name}")

    def write(self, name: str, text: str) -> None:
        """Writes a file of the copy, unless it is as it should be."""
        path = f"{self.folder}/{name}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.exists(path):
            with open(path) as file:
                if file.read() == text:
                    return
        with open(path, "w") as file:
            file.write(text)

    def build(self) -> str | None:
        """Builds the tests and the programs. Returns the compiler's output if that fails."""
        # All mutants that don't compile are found at once, not only those of the first file with one.
        flags = ["-suppress-warnings", "-continue-building-after-errors"]
        words = ["swift", "build", "--build-tests"] + [word for flag in flags for word in ("-Xswiftc", flag)]
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        return done.stdout + done.stderr if done.returncode else None

    def _has(self, name: str) -> bool:
        copy = f"{self.folder}/{name}"
        return os.path.exists(copy) and filecmp.cmp(f"{ROOT}/{name}", copy, shallow=False)
