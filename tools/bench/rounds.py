"""The rounds over one size of company: each step by pbxsyncd, by the plain tools and by the plain script, in turn.

Whatever befalls the machine meanwhile meets all of them alike, so the ratios hold where the times don't.
"""

import json
import os
import shutil
import subprocess
import urllib.parse

from ..servers.installation import write_secret
from ..servers.pbx import JSON, KEY
from ..servers.server import ADMIN
from .company import PEOPLE, Company
from .measuring import Figures, Meter, fsyncs
from .stage import FILTER, IN_FLIGHT, SINGLES, Directory, Site

#: The figures of the runs, by the step and by who takes it.
AllFigures = dict[str, dict[str, list[Figures]]]

PBXSYNCD, SINGLE = "pbxsyncd", "pbxsyncd, one by one"
PLAIN, PLAINER = "plain script", "plain script, digits only"
LDAPSEARCH, CURL, CURL_SINGLE = "ldapsearch", "curl, the same requests", "curl, one by one"
FIRST, SLOW = "first load", "first load, slow PBX"
QUIET, CHURN, ONE, WAITS, ALL = "no change", "1 % churn", "one change", "a leaver waits", "all changed"
STEPS = [FIRST, SLOW, QUIET, CHURN, ONE, WAITS, ALL]
# A PBX that answers at once shows what the senders cost; one that takes its time, whether they use it. With fewer people, as
# one request in four at a time is waited for.
SLOWNESS_MS, SLOW_PEOPLE = 10, 2000


class Rounds:
    """The rounds over a company of `size`. In one of more than `writes_to` people only the reading is measured, beside
    ldapsearch: the plain script takes half an hour to remember a million people."""

    def __init__(self, size: int, programs: str, folder: str, meter: Meter, writes_to: int) -> None:
        self.size, self.programs, self.folder, self.meter = size, programs, folder, meter
        # What takes a second is taken more often than what takes a minute.
        self.writes, self.quiet_turns = size <= writes_to, 3 if size <= 100_000 else 1
        self.figures: AllFigures = {}
        self.search: list[str] = []
        self.directory = Directory(f"{folder}/directory", Company(size))

    def play(self, rounds: int) -> AllFigures:
        """Returns, for each step and each that takes it, the figures of its runs."""
        try:
            if not self.writes:
                self.directory.fill()
            for number in range(rounds):
                # The fsyncs are the same each time, and ten times as many for ten times as many people.
                self.round(f"{self.folder}/round", counts=number == 0 and self.size <= 10_000)
        finally:
            self.directory.stop()
        return self.figures

    def round(self, folder: str, counts: bool) -> None:
        if self.writes:
            self.directory.fill()
        os.makedirs(folder)
        self.own = Site(f"{folder}/own", self.programs, self.directory)
        self.plain = Site(f"{folder}/plain", self.programs, self.directory)
        try:
            self.search = self.search or self.directory.search(self.own.attributes())
            if self.writes:
                self.first_load(folder)
                if self.size <= 10_000:
                    self.slow_load(f"{folder}/slow")
            else:
                self.own.adopt_all()
            for _ in range(self.quiet_turns):
                self.step(QUIET)
                if self.writes:
                    self.take(QUIET, PLAINER, script(self.plain, "--digits-only"), self.plain)
            if self.writes:
                if counts:
                    self.count_fsyncs(folder)
                for name, count, generation in [(CHURN, max(1, self.size // 100), 1), (ONE, 1, 2)]:
                    self.directory.change(self.directory.company.changes(count, generation))
                    self.step(name)
                self.directory.change(self.directory.company.leaver())
                # Two complete reads must miss somebody; then the grace goes on.
                for _ in range(2):
                    subprocess.run(self.own.words("--sync-now"), check=True, capture_output=True)
                self.step(WAITS)
                self.directory.fill(generation=3)
                self.step(ALL)
        finally:
            self.own.close()
            self.plain.close()
            shutil.rmtree(folder)

    def first_load(self, folder: str) -> None:
        singles = Site(f"{folder}/singles", self.programs, self.directory, query=SINGLES)
        curl = Site(f"{folder}/curl", self.programs, self.directory)
        try:
            self.step(FIRST, curl)
            curl.new_pbx()
            self.one_by_one(FIRST, singles, curl)
        finally:
            singles.close()
            curl.close()

    def slow_load(self, folder: str) -> None:
        """The same with PBXs that take their time for each request, whatever is in it; without the plain script."""
        directory = Directory(f"{folder}/directory", Company(min(self.size, SLOW_PEOPLE)))
        sites: list[Site] = []
        try:
            directory.fill()
            for name, query in [("own", 2048), ("singles", SINGLES), ("curl", 2048)]:
                sites.append(Site(f"{folder}/{name}", self.programs, directory, query))
                sites[-1].pbx.set_faults([{"kind": "delay", "ms": SLOWNESS_MS}])
            own, singles, curl = sites
            self.take(SLOW, PBXSYNCD, own.words("--sync-now"), own)
            self.one_by_one(SLOW, singles, curl)
        finally:
            for site in sites:
                site.close()
            directory.stop()

    def one_by_one(self, step: str, singles: Site, curl: Site) -> None:
        """By pbxsyncd in the one place, and by curl with its calls in the other."""
        self.take(step, SINGLE, singles.words("--sync-now"), singles)
        calls, people = singles.pbx.log(), singles.directory.company.size
        if len(calls) != people:
            raise SystemExit(f"scripts/bench: one by one took {len(calls)} requests for {people} people")
        self.take(step, CURL_SINGLE, replay(curl, calls), curl)

    def step(self, name: str, curl: Site | None = None) -> None:
        """One step by everybody. Curl sends the calls of pbxsyncd to the place given, or to pbxsyncd's, once more."""
        self.take(name, PBXSYNCD, self.own.words("--sync-now"), self.own)
        if calls := self.own.pbx.log():
            self.take(name, CURL, replay(curl or self.own, calls), curl or self.own)
        self.take(name, LDAPSEARCH, self.search)
        if self.writes:
            self.take(name, PLAIN, script(self.plain), self.plain)

    def take(self, step: str, who: str, command: list[str], place: Site | None = None) -> None:
        it = self.meter.take(f"{who}, {step}", command, place.pbx if place else None)
        self.figures.setdefault(step, {}).setdefault(who, []).append(it)
        print(f"  {self.size:>9,} {step:20} {who:26} {it['wall_s']:8.2f} s {it['peak_mib']:8.1f} MiB", flush=True)

    def count_fsyncs(self, folder: str) -> None:
        place = Site(f"{folder}/fsyncs", self.programs, self.directory)
        try:
            for step in (FIRST, QUIET):
                self.figures[step][PBXSYNCD][0]["fsyncs"] = fsyncs(step, place.words("--sync-now"))
            place.new_pbx()
            for step in (FIRST, QUIET):
                self.figures[step][PLAIN][0]["fsyncs"] = fsyncs(step, script(place))
        finally:
            place.close()


def script(place: Site, *more: str) -> list[str]:
    """The plain script, with the same directory and PBX as pbxsyncd has in that place."""
    return [
        "/usr/bin/python3", os.path.join(os.path.dirname(os.path.abspath(__file__)), "plain.py"),
        "--ldap", place.directory.uri, "--bind", ADMIN, "--password-file", f"{place.folder}/ldap-password",
        "--base", PEOPLE, "--filter", FILTER, "--digits", str(place.directory.company.digits),
        "--pbx", f"http://127.0.0.1:{place.pbx.port}/api.aspx", "--key-file", f"{place.folder}/pbx-key",
        "--memory", f"{place.folder}/memory.sqlite", "--parallel", str(IN_FLIGHT), *more]


def replay(place: Site, calls: list[JSON]) -> list[str]:
    """The curl command that sends a PBX the calls that another one logged, as many at a time as pbxsyncd."""
    lines = ['request = "POST"', 'header = "Content-Length: 0"', "silent", "fail"]
    for call in calls:
        value = json.dumps({call["envelope"]: call["items"]}, ensure_ascii=False, separators=(",", ":"))
        query = urllib.parse.urlencode(
            {"action": call["action"], "qstype": 1, "qsSecuritykey": KEY, "qsValue": value}, quote_via=urllib.parse.quote)
        lines += [f'url = "http://127.0.0.1:{place.pbx.port}/api.aspx?{query}"', 'output = "/dev/null"']
    write_secret(f"{place.folder}/curl.conf", "\n".join(lines) + "\n")
    return ["curl", "--parallel", "--parallel-max", str(IN_FLIGHT), "--config", f"{place.folder}/curl.conf"]
