"""Builds the programs. Each function returns the folder that they are in."""

import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: Set by scripts/test: the folder with the programs that it tests. Another build would wait until its tests end.
BUILT = os.environ.get("PBXSYNCD_BUILT")
#: Set by the package pbxsyncd-demo: the folder with its programs, which needs no build.
INSTALLED = os.environ.get("PBXSYNCD_PROGRAMS")
RELEASE = ["-c", "release", "--static-swift-stdlib"]


def debug(*products: str) -> str:
    """Here a run can be killed at a named step."""
    return INSTALLED or BUILT or _build(products or ("pbxsyncd", "pbx-simulator"), [])


def release(*products: str) -> str:
    """As the package has them."""
    return _build(products or ("pbxsyncd", "pbx-simulator"), RELEASE)


def build_tests() -> None:
    _swift("build", "--build-tests")


def _build(products: tuple[str, ...], options: list[str]) -> str:
    command = ["build", *options]
    for product in products:
        _swift(*command, "--product", product)
    return _swift(*command, "--show-bin-path").strip()


def _swift(*words: str) -> str:
    """What it prints. Its progress is no result, unless it fails."""
    done = subprocess.run(["swift", *words], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"swift {' '.join(words)} failed\n{done.stdout}{done.stderr}")
    return done.stdout


def install(*packages: str) -> None:
    """Installs what building and testing need, and these Debian packages. With `--demo` only what building and a demo need."""
    subprocess.run([f"{ROOT}/scripts/dependencies", *packages], check=True)
