"""A Debian tree with what the package depends on, and the same booted under systemd."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from ..programs import ROOT

#: Of a command in the tree: this process's folders, such as TMPDIR, aren't there.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
TREE = f"{ROOT}/.build/debian-tree"


def skip(reason: str) -> NoReturn:
    print(f"scripts/test systemd: skipped: {reason}")
    sys.exit(0)


def check(what: str, holds: object, *details: object) -> None:
    print(f"{'ok' if holds else 'NOT OK'}: {what}", flush=True)
    if not holds:
        print(*details, sep="\n")
        sys.exit(1)


def eventually(what: str, condition: Callable[[], object], seconds: float = 240) -> None:
    end, pause = time.time() + seconds, 0.1
    while not (holds := condition()) and time.time() < end:
        time.sleep(pause)
        pause = min(pause * 1.2, 2)
    check(what, holds)


#: Debian as it boots, and nothing else.
BARE = f"{ROOT}/.build/debian-bare"


def make_tree(package: str) -> None:
    """A tree with all that the package depends on."""
    field = subprocess.run(["dpkg-deb", "-f", package, "Depends"], capture_output=True, text=True, check=True).stdout
    _make_tree(TREE, [re.sub(r" *\(.*?\)", "", each).strip() for each in field.split(",")])


def bare_tree() -> str:
    _make_tree(BARE, [])
    return BARE


def _make_tree(tree: str, packages: list[str]) -> None:
    if os.path.isdir(tree):
        return
    include = ",".join(["systemd", "systemd-sysv", "dbus", "init-system-helpers", *packages])
    sources = [f"/etc/apt/sources.list.d/{name}" for name in sorted(os.listdir("/etc/apt/sources.list.d"))
               if name.endswith((".sources", ".list"))]
    sources += [path for path in ["/etc/apt/sources.list"] if os.path.exists(path) and os.path.getsize(path)]
    done = subprocess.run(
        ["mmdebstrap", "--variant=minbase", f"--include={include}", "bookworm", tree + ".new", *sources],
        capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(tree + ".new", ignore_errors=True)
        skip("no Debian tree can be made: " + done.stderr.strip()[-300:])
    os.rename(tree + ".new", tree)


class Booted:
    """The booted tree, in a copy of its own that is gone afterwards."""

    def __init__(self, share: str, tree: str | None = None) -> None:
        self.share = share
        self.log = open(f"{share}/boot.log", "w")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-D", tree or TREE, "--ephemeral", "--register=no", "--keep-unit", "-b", "--console=pipe",
             f"--bind={share}:/mnt"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        self.leader = ""
        end = time.time() + 240
        while time.time() < end and self.process.poll() is None:
            for child in self._output("pgrep", "-P", str(self.process.pid)).split():
                state = self._output("nsenter", "-t", child, "-a", "systemctl", "is-system-running").strip()
                if state in ("running", "degraded"):
                    self.leader = child
                    return
            time.sleep(0.3)
        self.stop()
        skip("the Debian tree doesn't boot here: " + open(f"{share}/boot.log").read()[-300:].strip())

    @staticmethod
    def _output(*words: str) -> str:
        return subprocess.run(words, capture_output=True, text=True).stdout

    def run(self, command: str) -> tuple[int, str]:
        """Exit status and all that it says."""
        done = subprocess.run(
            ["nsenter", "-t", self.leader, "-a", "/bin/sh", "-c", command], capture_output=True, text=True, env=ENVIRONMENT)
        return done.returncode, done.stdout + done.stderr

    def says(self, command: str, expected: int = 0) -> str:
        status, text = self.run(command)
        told = "" if status == expected else self.run("journalctl -n 20 --no-pager")[1]
        check(command, status == expected, f"exit {status}", text, told)
        return text

    def property(self, name: str, unit: str = "pbxsyncd") -> str:
        return self.run(f"systemctl show -P {name} {unit}")[1].strip()

    def stop(self) -> None:
        if self.leader:
            self.run("systemctl poweroff")
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
