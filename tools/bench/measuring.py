"""What one run of a command costs: time, memory, instructions, requests, bytes and fsyncs."""

import os
import re
import subprocess
import tempfile
import time
from typing import Any

from ..servers.pbx import PBX

#: What a run cost, by the names of tables.COLUMNS.
Figures = dict[str, Any]

# The same environment for each measured program.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


class Meter:
    """- is_isolated: whether nobody else sends over this loopback, so that its bytes can be told."""

    def __init__(self, is_isolated: bool) -> None:
        self.is_isolated = is_isolated
        counted = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
        self.counts_instructions = counted.returncode == 0 and "<not" not in counted.stderr

    def take(self, name: str, command: list[str], pbx: PBX | None = None) -> Figures:
        """Runs a command to its end. With a PBX the requests that it got are counted and its own CPU time taken."""
        before, server = loopback_bytes(), 0.0
        if pbx:
            pbx.reset_log()
            before, server = loopback_bytes(), cpu_seconds(pbx.process.pid)
        with tempfile.TemporaryDirectory() as folder:
            # A child of this large process would be said to be as large: the kernel keeps the peak across exec(2).
            words = ["/usr/bin/time", "--quiet", "-f", "%U %S %M", "-o", f"{folder}/usage", *command]
            if self.counts_instructions:
                words = ["perf", "stat", "-x,", "-e", "instructions:u", "-o", f"{folder}/perf", *words]
            start = time.monotonic()
            run(name, words)
            wall = time.monotonic() - start
            user, system, memory = map(float, open(f"{folder}/usage").read().split())
            it: Figures = {"wall_s": wall, "cpu_s": user + system, "peak_mib": memory / 1024, "requests": 0}
            it["instructions"] = instructions(f"{folder}/perf") if self.counts_instructions else None
        it["loopback_mib"] = (loopback_bytes() - before) / 2**20 if self.is_isolated else None
        if pbx:
            it["pbx_cpu_s"] = cpu_seconds(pbx.process.pid) - server
            calls = pbx.log()
            if refused := [call for call in calls if call["answer"]["errorCode"]]:
                raise SystemExit(f"scripts/bench: {name}: the PBX refused {len(refused)} calls: {refused[0]}")
            it["requests"] = len(calls)
        return it


def fsyncs(name: str, command: list[str]) -> int:
    """How often the command has the disk flushed. It isn't timed meanwhile: each call stops it for a moment."""
    with tempfile.NamedTemporaryFile("r") as file:
        run(name, ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", file.name, *command])
        return sum("sync(" in line for line in file)


def run(name: str, words: list[str]) -> None:
    ended = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if ended.returncode != 0:
        raise SystemExit(f"scripts/bench: {name} ended with {ended.returncode}: {ended.stderr[-1000:]}")


def loopback_bytes() -> int:
    """What was sent over it, the headers of TCP and IP with it (proc_net(5))."""
    with open("/proc/net/dev") as file:
        return int(re.findall(r"^\s*lo:\s*(\d+)", file.read(), re.M)[0])


def status(pid: int, path: str = "") -> dict[str, int]:
    """The numbers of proc(5)'s status."""
    with open(f"/proc/{pid}{path}/status") as file:
        pairs = (line.split(":", 1) for line in file)
        return {name: int(value.split()[0]) for name, value in pairs if value.split()[:1] and value.split()[0].isdigit()}


def cpu_seconds(pid: int) -> float:
    """Of all its threads, also those that have ended (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def instructions(path: str) -> int | None:
    with open(path) as file:
        count = next(line for line in file if "instructions" in line).split(",")[0]
    return int(count) if count.isdigit() else None
