#!/usr/bin/env python3
"""How soon a change reaches the PBX, and what it costs. See scripts/bench-changes."""

import argparse
import http.server
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
import urllib.parse

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "faults.d")]

import ldif  # noqa: E402
from testbed import Testbed, complete_reads, eventually  # noqa: E402
from directory import CROWD  # noqa: E402
from ds389 import DirectoryServer389  # noqa: E402
from isolation import prepare  # noqa: E402
from openldap import OpenLDAP  # noqa: E402
from samba import Samba  # noqa: E402

FAMILIES = {family.name: family for family in (OpenLDAP, DirectoryServer389, Samba)}
FIRST = 100_000


class Clock(http.server.BaseHTTPRequestHandler):
    """A PBX that takes everything and notes when each request came, by the number that it was about."""

    protocol_version = "HTTP/1.1"
    # An answer in one piece.
    wbufsize = -1
    arrived = {}

    def do_POST(self):
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

    def log_message(self, *words):
        pass


def cpu_seconds(pid):
    """Of all its threads, also those that have ended (proc(5))."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def fill(directory, size):
    """So many entries, as fast as the family takes them."""
    for first in range(0, size, 1000):
        numbers = range(FIRST + first, FIRST + min(size, first + 1000))
        directory.change(*(directory.one_of_crowd(f"c{n}", n) for n in numbers))


def measure(family, size, changes, programs):
    directory, testbed = family(), None
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Clock)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        directory.start()
        fill(directory, size)
        testbed = Testbed(programs, directory)
        testbed.pbx.stop()
        testbed.pbx.port = server.server_port
        everything = {"base": CROWD, "filter": directory.crowd, "number": "{telephoneNumber | digits}"}
        with testbed.daemon('poll = "1h"', **everything) as said:
            pid = int(subprocess.run(["pgrep", "-n", "-f", testbed.folder + "/pbxsyncd.toml"], capture_output=True).stdout)
            way = re.search(r"tells of changes by (.+?)(?: PBX_|\n)", said())[1]
            delays, before = [], cpu_seconds(pid)
            for step in range(changes):
                number = FIRST + random.randrange(size)
                Clock.arrived.pop(str(number), None)
                directory.change(ldif.replace(f"cn=c{number},{CROWD}", sn=f"Step {step}"))
                committed = time.monotonic()
                eventually(lambda: str(number) in Clock.arrived, said, pause=0.002)
                delays.append(Clock.arrived[str(number)] - committed)
            cost = (cpu_seconds(pid) - before) / changes
            rss = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{pid}/status").read())[1]) / 1024
            holds_all = complete_reads(said()) == 1
    finally:
        server.shutdown()
        if testbed:
            testbed.remove()
        directory.remove()
    if not holds_all:
        raise SystemExit("scripts/bench-changes: there was a complete read meanwhile; the figures are worth nothing")
    delays.sort()
    at = lambda share: round_ms(delays[min(len(delays) - 1, int(share * len(delays)))])  # noqa: E731
    return {
        "directory": family.title, "way": way, "entries": size, "changes": changes, "min_ms": round_ms(delays[0]),
        "median_ms": at(0.5), "p90_ms": at(0.9), "p99_ms": at(0.99), "max_ms": round_ms(delays[-1]),
        "cpu_ms_per_change": round(cost * 1000, 2), "rss_mib": round(rss, 1)}


def round_ms(seconds):
    return round(seconds * 1000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("families", nargs="*", metavar="openldap|389ds|samba")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--sizes", default="1000,20000")
    parser.add_argument("--changes", type=int, default=500)
    parser.add_argument("--json")
    arguments = parser.parse_args()
    wanted = arguments.families or list(FAMILIES)
    if wrong := set(wanted) - set(FAMILIES):
        parser.error(f"no such directory: {' '.join(wrong)}; there are {' '.join(FAMILIES)}")
    skipped = prepare({name: FAMILIES[name] for name in wanted}, os.path.abspath(__file__))
    rows = []
    columns = ["entries", "changes", "min_ms", "median_ms", "p90_ms", "p99_ms", "max_ms", "cpu_ms_per_change", "rss_mib"]
    print("| directory | way | " + " | ".join(columns) + " |\n|---" + "|---" * (len(columns) + 1) + "|", flush=True)
    for name in wanted:
        if name in skipped:
            print(f"skipped: {FAMILIES[name].title}: {skipped[name]}", flush=True)
            continue
        for size in map(int, arguments.sizes.split(",")):
            rows.append(row := measure(FAMILIES[name], size, arguments.changes, arguments.programs))
            print("| " + " | ".join(str(row[each]) for each in ["directory", "way", *columns]) + " |", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
