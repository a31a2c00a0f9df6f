"""Measures how soon a change of the directory reaches the PBX while the daemon listens, from the directory's answer to the
change until the request arrives, and what CPU time a change costs the daemon in directories of different sizes. Each directory
runs for real on the loopback, as for scripts/test directories, and goes with its folder.
"""

import argparse
import http.server
import json
import random
import re
import threading
import time
import urllib.parse
from typing import Any

from .. import ldif, programs
from ..directories.testbed import Testbed, complete_reads, eventually
from ..servers.ds389 import DirectoryServer389
from ..servers.family import CROWD, Family
from ..servers.isolation import prepare
from ..servers.openldap import OpenLDAP
from ..servers.samba import Samba
from .measuring import cpu_seconds, status

CLASSES: list[type[Family]] = [OpenLDAP, DirectoryServer389, Samba]
FAMILIES = {family.name: family for family in CLASSES}
FIRST = 100_000


class Clock(http.server.BaseHTTPRequestHandler):
    """A PBX that takes everything and notes when each request came, by the number that it was about."""

    protocol_version = "HTTP/1.1"
    # An answer in one piece.
    wbufsize = -1
    arrived: dict[str, float] = {}

    def do_POST(self) -> None:
        now = time.monotonic()
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        for number in re.findall(r'"ExtentionNumber":"(\d+)"', query["qsValue"][0]):
            Clock.arrived[number] = now
        many = '"mExtension"' in query["qsValue"][0]
        status = {
            "addExt": "All Extension Created" if many else "Extension Created", "updateExt": "Extension Updated",
            "addPhonebook": "Contact Created"}
        body = json.dumps({"status": status[query["action"][0]], "errorMessage": "", "errorCode": ""}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: str) -> None:
        pass


def fill(directory: Family, size: int) -> None:
    """So many entries, as fast as the family takes them."""
    for first in range(0, size, 1000):
        numbers = range(FIRST + first, FIRST + min(size, first + 1000))
        directory.change(*(directory.one_of_crowd(f"c{n}", n) for n in numbers))


def measure(family: type[Family], size: int, changes: int, folder: str) -> dict[str, Any]:
    directory = family()
    testbed: Testbed | None = None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Clock)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        directory.start()
        fill(directory, size)
        testbed = Testbed(folder, directory)
        testbed.pbx.stop()
        testbed.pbx.port = server.server_port
        everything = {"base": CROWD, "filter": directory.crowd, "number": "{telephoneNumber | digits}"}
        with testbed.daemon({"poll": "1h"}, **everything) as (process, said):
            [way] = re.findall(r"Receiving change notifications from \S+ \((.+?)\)", said())
            delays, before = [], cpu_seconds(process.pid)
            for step in range(changes):
                number = FIRST + random.randrange(size)
                Clock.arrived.pop(str(number), None)
                directory.change(ldif.replace(f"cn=c{number},{CROWD}", sn=f"Step {step}"))
                committed = time.monotonic()
                eventually(lambda: str(number) in Clock.arrived, said, pause=0.002)
                delays.append(Clock.arrived[str(number)] - committed)
            cost = (cpu_seconds(process.pid) - before) / changes
            rss = status(process.pid)["VmRSS"] / 1024
            holds_all = complete_reads(said()) == 1
    finally:
        server.shutdown()
        if testbed:
            testbed.remove()
        directory.remove()
    if not holds_all:
        raise SystemExit("scripts/bench changes: there was a complete read meanwhile; the figures are worth nothing")
    delays.sort()

    def at(share: float) -> int:
        return round_ms(delays[min(len(delays) - 1, int(share * len(delays)))])

    return {
        "directory": family.title, "way": way, "entries": size, "changes": changes, "min_ms": round_ms(delays[0]),
        "median_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": round_ms(delays[-1]),
        "cpu_ms_per_change": round(cost * 1000, 2), "rss_mib": round(rss, 1)}


def round_ms(seconds: float) -> int:
    return round(seconds * 1000)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/bench changes", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("families", nargs="*", metavar="openldap|389ds|samba")
    parser.add_argument("--sizes", default="1000,20000")
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    wanted = arguments.families or list(FAMILIES)
    if wrong := set(wanted) - set(FAMILIES):
        parser.error(f"no such directory: {' '.join(wrong)}; there are {' '.join(FAMILIES)}")
    programs.install()
    skipped = prepare({name: FAMILIES[name] for name in wanted})
    folder = programs.release()
    rows = []
    columns = ["entries", "changes", "min_ms", "median_ms", "p90_ms", "p99_ms", "max_ms", "cpu_ms_per_change", "rss_mib"]
    print("| directory | way | " + " | ".join(columns) + " |\n|---" + "|---" * (len(columns) + 1) + "|", flush=True)
    for name in wanted:
        if name in skipped:
            print(f"skipped: {FAMILIES[name].title}: {skipped[name]}", flush=True)
            continue
        for size in map(int, arguments.sizes.split(",")):
            rows.append(row := measure(FAMILIES[name], size, arguments.changes, folder))
            print("| " + " | ".join(str(row[each]) for each in ["directory", "way", *columns]) + " |", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
