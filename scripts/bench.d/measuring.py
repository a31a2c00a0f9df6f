"""What one run of a command costs: time, memory, instructions, requests, bytes and fsyncs."""

import os
import re
import subprocess
import tempfile
import time

# The same for all that is measured, whoever calls.
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}


class Meter:
    """- is_isolated: whether nobody else sends over this loopback, so that its bytes can be told."""

    def __init__(self, is_isolated):
        self.is_isolated = is_isolated
        counted = subprocess.run(["perf", "stat", "-x,", "-e", "instructions:u", "true"], capture_output=True, text=True)
        self.counts_instructions = counted.returncode == 0 and "<not" not in counted.stderr

    def take(self, name, command, pbx=None):
        """Runs a command to its end. With a PBX the requests that it got are counted and its own CPU time taken."""
        before = loopback_bytes()
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
            it = {"wall_s": wall, "cpu_s": user + system, "peak_mib": memory / 1024, "requests": 0}
            it["instructions"] = instructions(f"{folder}/perf") if self.counts_instructions else None
        it["loopback_mib"] = (loopback_bytes() - before) / 2**20 if self.is_isolated else None
        if pbx:
            it["pbx_cpu_s"] = cpu_seconds(pbx.process.pid) - server
            calls = pbx.log()
            if refused := [call for call in calls if call["answer"]["errorCode"]]:
                raise SystemExit(f"scripts/bench: {name}: the PBX refused {len(refused)} calls: {refused[0]}")
            it["requests"] = len(calls)
        return it


def fsyncs(name, command):
    """How often the command has the disk flushed. It isn't timed meanwhile: each call stops it for a moment."""
    with tempfile.NamedTemporaryFile("r") as file:
        run(name, ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=fsync,fdatasync", "-o", file.name, *command])
        return sum("sync(" in line for line in file)


def run(name, words):
    ended = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    if ended.returncode != 0:
        raise SystemExit(f"scripts/bench: {name} ended with {ended.returncode}: {ended.stderr[-1000:]}")


def loopback_bytes():
    """What was sent over it, the headers of TCP and IP with it (proc_net(5))."""
    with open("/proc/net/dev") as file:
        return int(re.search(r"^\s*lo:\s*(\d+)", file.read(), re.M)[1])


def cpu_seconds(pid):
    """Of all its threads, also those that have ended (proc(5))."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def instructions(path):
    with open(path) as file:
        count = next(line for line in file if "instructions" in line).split(",")[0]
    return int(count) if count.isdigit() else None
