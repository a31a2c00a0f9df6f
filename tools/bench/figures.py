"""Measures what pbxsyncd costs where it is installed: its size, its start and its idleness.

Takes the program out of the Debian package that scripts/package makes, starts a throw-away slapd of PEOPLE people and a
simulated PBX on loopback, and lets the daemon poll for SECONDS. Nothing is left behind.
"""

import argparse
import glob
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

from .. import programs
from ..servers.configuration import UNLIMITED, merged, sections
from ..servers.installation import Installation
from ..servers.pbx import PBX
from ..servers.server import ADMIN, SUFFIX
from ..servers.slapd import Slapd
from .measuring import cpu_seconds, status


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench figures", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=120, help="how long the idle daemon is watched")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    figures = measure(options.people, options.seconds)
    if options.json:
        print(json.dumps(figures))
    else:
        report(figures, options.people)


def measure(people: int = 1000, seconds: int = 120) -> dict[str, Any]:
    programs.install()
    subprocess.run([f"{programs.ROOT}/scripts/package"], check=True, stdout=subprocess.DEVNULL)
    simulator = programs.release("pbx-simulator")
    package = max(glob.glob(f"{programs.ROOT}/dist/*.deb"), key=os.path.getmtime)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-x", package, f"{folder}/tree"], check=True)
        program = f"{folder}/tree/usr/bin/pbxsyncd"
        return {
            "package_bytes": os.path.getsize(package),
            "program_bytes": os.path.getsize(program),
            **starts(program),
            "first_packet_ms": first_packet(Installation(f"{folder}/start", program)),
            **idleness(Installation(f"{folder}/idle", program), simulator, people, seconds),
        }


def starts(program: str, times: int = 40) -> dict[str, float]:
    """Milliseconds from fork to exit, the median, with /bin/true and a bare Python in turn."""
    commands = {
        "true_ms": ["/bin/true"],
        "start_ms": [program, "--version"],
        "python_ms": [sys.executable, "-c", "pass"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            taken[name].append((time.perf_counter() - begin) * 1000)
    return {name: statistics.median(values) for name, values in taken.items()}


def first_packet(installation: Installation, times: int = 20) -> float:
    """Milliseconds from fork until the daemon's first bytes reach a directory, the median."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        configure(installation, f"ldap://127.0.0.1:{listener.getsockname()[1]}", pbx=1)
        for _ in range(times):
            begin = time.perf_counter()
            daemon = installation.start_daemon()
            try:
                with listener.accept()[0] as session:
                    session.settimeout(10)
                    session.recv(1)
                    taken.append((time.perf_counter() - begin) * 1000)
            finally:
                daemon.kill()
                daemon.wait()
    return statistics.median(taken)


def configure(installation: Installation, ldap: str, pbx: int) -> None:
    always = sections([ldap], pbx, ADMIN, f"{installation.folder}/state")
    installation.write_configuration(merged(always, {
        "users": [{
            "base": f"ou=people,{SUFFIX}", "filter": "(objectClass=inetOrgPerson)",
            "extension": {"number": "{telephoneNumber}", "first_name": "{givenName}", "last_name": "{sn}"}}],
        "pbx": {"probe": "never"}, "schedule": {"poll": "60s"}}, UNLIMITED))


def idleness(installation: Installation, simulator: str, count: int, seconds: int) -> dict[str, float]:
    """Memory, wake-ups and CPU of a daemon whose directory doesn't change."""
    directory = Slapd(f"{installation.folder}/directory")
    directory.prepare()
    directory.load(people(count))
    directory.restart()
    pbx = PBX(installation.folder, simulator)
    configure(installation, directory.uri, pbx.port)
    daemon = installation.start_daemon()
    try:
        while len(pbx.state()["extensions"]) < count:
            if daemon.poll() is not None:
                raise SystemExit("scripts/bench figures: pbxsyncd ended: " + installation.daemon_output())
            time.sleep(0.1)
        # The run has an end too.
        time.sleep(2)
        before = cpu_seconds(daemon.pid)
        woken = wakeups(daemon.pid, seconds)
        spent = cpu_seconds(daemon.pid) - before
        memory = status(daemon.pid)
    finally:
        daemon.terminate()
        daemon.wait()
        pbx.stop()
        directory.stop()
    minutes = seconds / 60
    return {
        "rss_bytes": memory["VmRSS"] * 1024,
        "private_bytes": memory["RssAnon"] * 1024,
        "peak_bytes": memory["VmHWM"] * 1024,
        "threads": memory["Threads"],
        "wakeups_per_minute": woken / minutes,
        "cpu_ms_per_minute": spent * 1000 / minutes,
    }


def people(count: int) -> str:
    head = (
        f"dn: {SUFFIX}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n"
        f"dn: ou=people,{SUFFIX}\nobjectClass: organizationalUnit\nou: people\n\n"
    )
    return head + "".join(
        f"dn: uid=p{n},ou=people,{SUFFIX}\nobjectClass: inetOrgPerson\nuid: p{n}\ncn: P {n}\ngivenName: P{n}\nsn: Muster\n"
        f"telephoneNumber: {100_000 + n}\n\n"
        for n in range(count)
    )


def wakeups(pid: int, seconds: int) -> int:
    """How often a thread that slept was given the processor. Looked at often, for threads come and go."""
    total = 0
    known = switches(pid)
    for _ in range(seconds * 4):
        time.sleep(0.25)
        now = switches(pid)
        total += sum(count - known.get(task, 0) for task, count in now.items())
        known = now
    return total


def switches(pid: int) -> dict[str, int]:
    counts: dict[str, int] = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            counts[task] = status(pid, f"/task/{task}")["voluntary_ctxt_switches"]
        except OSError:
            continue  # It has just ended.
    return counts


def report(it: dict[str, Any], people: int) -> None:
    mebi = 1_048_576
    lines = [
        ("the package", f"{it['package_bytes'] / mebi:.1f} MiB"),
        ("the program, Swift's runtime inside", f"{it['program_bytes'] / mebi:.1f} MiB"),
        ("start to end of --version", f"{it['start_ms']:.1f} ms"),
        ("  of /bin/true, a bare Python", f"{it['true_ms']:.1f} ms, {it['python_ms']:.1f} ms"),
        ("start to first LDAP packet", f"{it['first_packet_ms']:.1f} ms"),
        (f"idle, {people} people, poll 60s: resident", f"{it['rss_bytes'] / mebi:.1f} MiB"),
        ("  its own, not the libraries'", f"{it['private_bytes'] / mebi:.1f} MiB"),
        ("  the most at once, in the first run", f"{it['peak_bytes'] / mebi:.1f} MiB"),
        ("  threads", str(it["threads"])),
        ("  wake-ups a minute", f"{it['wakeups_per_minute']:.1f}"),
        ("  CPU a minute", f"{it['cpu_ms_per_minute']:.0f} ms"),
    ]
    for what, figure in lines:
        print(f"{what:<44}{figure:>20}")


if __name__ == "__main__":
    main()
