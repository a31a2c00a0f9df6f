"""A campaign of faults: a real directory and the simulated PBX, each behind a proxy that breaks connections, and pbxsyncd
between them, killed and misled in every way that catalogue.py lists. After each fault normal runs follow, and a checker that
shares no code with pbxsyncd compares directory, PBX and ledger.
"""

from __future__ import annotations

import argparse
import collections
import json
import multiprocessing
import os
import random
import sys
import time
import traceback
from multiprocessing.queues import Queue
from typing import Any, TypeAlias

from .. import programs
from ..servers.server import PASSWORD, Environment
from . import catalogue
from .admin import Admin
from .checker import Checker, Violation, read
from .fault import Fault, Report, Seen, Situation
from .people import People
from .site import Site

#: The messages of a site: the kind, and three values that depend on it.
Results: TypeAlias = "Queue[tuple[str, Any, Any, int]]"

# In which order a PBX may check an add.
CHECKS = ["exists-first", "name-first", "email-first", "values-first", "unchecked-names"]


class Cycle:
    """A day's changes, faults, and the normal runs after them."""

    # Removals need two complete reads, changed search settings hold them for one more, and held changes need an approval.
    MOST_RUNS = 16
    # How often something is made on the PBX by hand, and how likely each such thing is to be unmade at such a time.
    BY_HAND = 0.3
    UNMADE = 0.4

    def __init__(self, site: Site, checker: Checker, rng: random.Random, only: str | None = None) -> None:
        self.site, self.checker, self.rng, self.only = site, checker, rng, only
        self.admin = Admin(site, checker, rng)
        self.runs = 0
        # The present situation, to explain a violation.
        self.now = "nothing"
        # The names of the faults that a run met, and of those that no run met.
        self.met: list[str] = []
        self.unmet: list[str] = []
        # How often hidden values were emptied on the PBX; and the results of flipped bytes.
        self.emptied = 0
        self.flips: list[tuple[str, str]] = []

    def run(self) -> None:
        site, checker, rng = self.site, self.checker, self.rng
        if rng.random() < 0.05:
            site.earlier = site.directory.dump()
        site.later += 3600
        if rng.random() < 0.03:
            # An update of the PBX, which checks an add in another order now.
            site.pbx.set(checks=rng.choice(CHECKS), server=f"PBX/{rng.randrange(1000)}")
        checker.begin()
        self.change()
        for number, step in enumerate(catalogue.story(rng, self.only)):
            if number and rng.random() < 0.5:
                self.change()
            self.now = " and ".join(map(str, step))
            if len(step) == 1 and isinstance(step[0], Situation):
                step[0].play(self)
                self.met.append(type(step[0]).__name__)
            else:
                self.play(step)
            self.now += ", taken away again"
        self.recover()
        checker.end()

    def change(self) -> None:
        self.apply(self.site.people.change(self.rng))

    def apply(self, ldif: str) -> None:
        if ldif:
            self.checker.check_calls()
            self.site.directory.change(ldif)
            self.checker.renew(read(self.site.directory))

    def play(self, step: list[Fault]) -> None:
        """Faults that are on at once, for some runs, with things made by hand before, between or after these."""
        site, checker, rng = self.site, self.checker, self.rng
        hand = rng.choice(["before", "between", "after"]) if rng.random() < self.BY_HAND else None
        if hand == "before":
            self.make_by_hand()
        for proxy in (site.ldap_proxy, site.pbx_proxy):
            proxy.broken = 0
        met: set[Fault] = set()
        checker.misleads = any(fault.misleads for fault in step)
        try:
            for fault in step:
                fault.begin(site)
            self.now = " and ".join(map(str, step))
            for number in range(rng.choice(max((fault.runs for fault in step), key=len))):
                if number and hand == "between":
                    self.make_by_hand()
                # A run that is killed is most often not the last of its kind.
                crash = next((fault.crash for fault in step if fault.crash), None)
                kill_after = next((fault.kill_after for fault in step if fault.kill_after), None)
                report = self.sync(crash, kill_after)
                if report is None:
                    # The next run may settle what this one left, also where it is one of these.
                    checker.note_doubts(0)
                seen = Seen(site, report, *checker.check_calls())
                met |= {fault for fault in step if fault.was_met(seen)}
        finally:
            cuts = sum(fault.end(site) for fault in step)
            checker.misleads = False
        checker.needless_allowed += cuts
        if hand == "after":
            self.make_by_hand()
        self.met += [type(fault).__name__ for fault in step if fault in met]
        self.unmet += [type(fault).__name__ for fault in step if fault not in met]

    def make_by_hand(self) -> None:
        """Objects made on the PBX by hand under numbers that people want and don't have there yet, or that were to be deleted
        by a call without an answer; older ones go."""
        site, checker, rng = self.site, self.checker, self.rng
        for key in sorted(checker.foreign):
            if key[1] not in checker.FOREIGN_EXTENSIONS + checker.FOREIGN_CONTACTS and rng.random() < self.UNMADE:
                checker.take_foreign_away(key)
        wanted = sorted(
            key for key, (_, entry) in checker.truth.items()
            if key[0] == "extension" and not checker.mirror.has(key) and entry not in checker.owners.values())
        pool = [("extension", str(number)) for number in range(6002, 6030)]
        wanted += [key for key in pool if not checker.mirror.has(key)][:2]
        # These a later run could take for what it was to delete.
        wanted += sorted(
            key for key in site.in_doubt(["delete"])
            if key[0] == "extension" and not checker.mirror.has(key) and key not in wanted
            and key not in checker.truth) * 3
        if wanted and sum(key[1].startswith("60") for key in checker.foreign) < 12:
            keys = sorted(set(rng.sample(wanted, min(len(wanted), rng.choice([1, 1, 2, 4])))))
            checker.lay_foreign(keys)
            self.now += f", made by hand {[number for _, number in keys]}"
        site.people.block({number for _, number in checker.foreign})
        checker.renew()

    def sync(
        self, crash: str | None = None, kill_after: float | None = None, environment: Environment | None = None
    ) -> Report | None:
        self.runs += 1
        status, output, errors = self.site.command(
            "--sync-now", "--json", crash=crash, environment=environment, timeout=kill_after or 120,
            is_kill=kill_after is not None)
        self.checker.check_output(output + errors)
        if status < 0 and not ((crash or kill_after) and status == -9):
            raise Violation(f"pbxsyncd died of signal {-status}: {errors}")
        report = json.loads(output) if output and status >= 0 else None
        if report and "counts" not in report:
            # No run was made.
            return {"error": report, "held": [], "waiting": [], "complete": False, "summary": f"{status}: {output}{errors}"}
        return report

    def run_to_end(self) -> Report:
        """A run that nothing kills."""
        report = self.sync()
        if report is None:
            raise Violation("a run said nothing")
        return report

    def restore_ledger(self, backup: str) -> None:
        """An admin puts a backup in the ledger's place."""
        status, output, errors = self.site.command("ledger", "restore", backup, "--yes")
        self.checker.check_output(output + errors)
        if status:
            raise Violation(f"the ledger can't be restored: {status}: {output}{errors}")
        self.checker.note_restored(backup)
        self.admin.note_restored()

    def recover(self) -> None:
        """Normal runs until nothing is left to do; the admin decides what is to be decided."""
        for _ in range(self.MOST_RUNS):
            report = self.run_to_end()
            self.checker.check_calls()
            if report["error"] or not report["complete"]:
                raise Violation(f"a normal run failed: {report['summary']}")
            decided = self.admin.decide(report)
            if report["counts"]["in_back_off"]:
                # An update whose answer was lost waits in every run, because each try may mail somebody.
                self.site.later += 3600
                continue
            counts = report["counts"]
            # An admin's run tries foreign numbers again, and the PBX refuses them again. A number of the pool is replaced:
            # the entry that was to have it gets another.
            asked_again = [
                it for it in report["changes"]
                if (it["kind"], it["number"]) in self.checker.foreign and it["number"][:2] != "60"]
            # The number that they have stays until they have the other.
            kept = [
                it for it in report["changes"]
                if it["action"] == "delete" and it["outcome"] is None and it["entry"] in {it["entry"] for it in asked_again}]
            open = len(report["changes"]) - len(asked_again) - 2 * len(kept) + counts["in_doubt"] + counts["not_begun"]
            if not (report["held"] or report["waiting"] or open or decided or counts["failed"] > len(asked_again)):
                return
        raise Violation(
            f"still not at rest after {self.MOST_RUNS} runs: {report['summary']}; not approved: {self.admin.refused}; "
            f"changes: {report['changes']}; made by hand: {sorted(self.checker.foreign)}")


def campaign(programs: str, arguments: argparse.Namespace, number: int, count: int, results: Results) -> None:
    """The cycles of one site."""
    cycle: Cycle | None = None
    site: Site | None = None
    index, failed, seed = -1, False, arguments.seed
    try:
        rng = random.Random(f"{seed}/{number}")
        people = People(rng)
        site = Site(
            programs, people.ldif(PASSWORD), retries=[0, 0, 1, 0][number % 4],
            probe="never" if number % 4 == 3 else None)
        site.people = people
        # What the vendor's page leaves open.
        site.pbx.set(
            batch=["in-order", "atomic"][number % 2], deleteMissing=["INVALID_EXTENSION", "WEBSERVICE_ERROR"][number // 2 % 2],
            contactMissing=["WEBSERVICE_ERROR", "PHONE_NUMBER_INVALID"][number % 2],
            checks=CHECKS[(int(seed, 36) + number) % len(CHECKS)])
        site.earlier = site.directory.dump()
        checker = Checker(site)
        # In a run of its own: what of a batch was made can't be told once it meets a foreign number.
        for changes in ["", people.claim_what_is_not_to_be_had(rng)]:
            checker.begin(read(site.directory))
            cycle = Cycle(site, checker, rng)
            cycle.apply(changes)
            cycle.recover()
            checker.end()
        met = 0
        while met < count:
            index += 1
            cycle = Cycle(site, checker, random.Random(f"{seed}/{number}/{index}"), arguments.only)
            cycle.run()
            met += len(cycle.met)
            results.put(("cycle", cycle.met, cycle.unmet, cycle.runs))
    except Exception as error:
        failed = True
        kind = "violation" if isinstance(error, Violation) else "error"
        text = str(error) if isinstance(error, Violation) else traceback.format_exc()
        where = f"site {number}, cycle {index}" + (f", folder {site.folder}" if arguments.keep and site else "")
        results.put((kind, where, f"{cycle and cycle.now}: {text}", 0))
    finally:
        if site:
            site.stop(keep=failed and arguments.keep)
        results.put(("end", number, None, 0))


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/faults", description=__doc__)
    parser.add_argument("--seed", default="1", help="the same seed makes the same campaign (default: 1)")
    parser.add_argument("--runs", type=int, default=100, help="how many faults (default: 100)")
    parser.add_argument(
        "--sites", type=int, default=6, help="how many installations at one time (default: 6); part of what a seed repeats")
    parser.add_argument("--site", type=int, help="this one of them and no other, counted from 0")
    parser.add_argument("--only", metavar="FAULT", help="this fault and no other, by the name of its class")
    parser.add_argument("--keep", action="store_true", help="leave a failed site's folder behind")
    arguments = parser.parse_args()

    os.umask(0o077)
    begun = time.time()
    programs.install()
    folder = programs.debug()
    results: Results = multiprocessing.Queue()
    shares = [arguments.runs // arguments.sites + (n < arguments.runs % arguments.sites) for n in range(arguments.sites)]
    sites = [
        multiprocessing.Process(target=campaign, args=(folder, arguments, n, share, results))
        for n, share in enumerate(shares) if arguments.site in (None, n)]
    for site in sites:
        site.start()
    by_kind: collections.Counter[str] = collections.Counter()
    bad: list[str] = []
    unmet = runs = ended = told = 0
    while ended < len(sites):
        what, name, rest, count = results.get()
        if what == "end":
            ended += 1
        elif what == "cycle":
            by_kind.update(name)
            unmet += len(rest)
            runs += count
            if by_kind.total() >= told + 100:
                told = by_kind.total() // 100 * 100
                print(f"{by_kind.total()} faults, {runs} runs, {time.time() - begun:.0f} s", flush=True)
        else:
            bad.append(f"{what}: {name}: {rest}")
            print(bad[-1], file=sys.stderr, flush=True)
    for site in sites:
        site.join()
    for kind in catalogue.ALL:
        print(f"{by_kind[kind.__name__]:6} {kind.__name__}")
    total = by_kind.total()
    print(f"{unmet} more lay where no run came by")
    print(f"{total} faults met, {runs} runs of pbxsyncd, {len(bad)} violations, seed {arguments.seed}, {time.time() - begun:.0f} s")
    sys.exit(0 if total >= arguments.runs and not bad else 1)


if __name__ == "__main__":
    main()
