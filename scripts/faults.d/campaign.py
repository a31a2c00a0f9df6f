"""Runs the campaign: see scripts/faults."""

import argparse
import collections
import json
import multiprocessing
import os
import random
import sys
import time
import traceback

import faults
from checker import Checker, Violation, read
from people import People
from installation import PASSWORD, Site


class Cycle:
    """A day's changes, a fault, and the normal runs after it. `was_met` where a run noticed the fault: one that lies
    behind the last call doesn't count."""

    # Removals need two complete reads, a changed view holds them for one more, and what is held needs an approval.
    MOST_RUNS = 12

    def __init__(self, site, checker, rng):
        self.site, self.checker, self.rng = site, checker, rng
        self.runs = 0
        self.was_met = False

    def run(self):
        site, checker = self.site, self.checker
        if self.rng.random() < 0.05:
            site.earlier = site.directory.dump()
        changes = site.people.change(self.rng)
        if changes:
            site.directory.modify(changes)
        checker.begin(read(site.directory))
        fault = faults.choose(self.rng)
        for proxy in (site.ldap_proxy, site.pbx_proxy):
            proxy.broken = 0
        try:
            fault.begin(site)
            for _ in range(self.rng.choice(fault.runs)):
                report = self.sync(fault.crash, fault.kill_after)
                checker.check_calls()
                self.was_met |= report is None or bool(report["error"] or report["held"] or report["waiting"])
                self.was_met |= not (report and report["complete"])
        finally:
            cuts = fault.end(site)
        self.was_met |= checker.met_faults > 0 or site.pbx_proxy.broken > 0 or site.ldap_proxy.broken > 0
        checker.note_doubts(cuts)
        self.recover()
        checker.end()
        return fault

    def sync(self, crash=None, kill_after=None):
        self.runs += 1
        status, output, errors = self.site.command("--sync-now", "--json", crash=crash, kill_after=kill_after)
        self.checker.check_output(output + errors)
        if status < 0 and not ((crash or kill_after) and status == -9):
            raise Violation(f"pbxsyncd died of signal {-status}: {errors}")
        return json.loads(output) if output and status >= 0 else None

    def recover(self):
        """Normal runs until nothing is left to do; the admin approves what is right."""
        for _ in range(self.MOST_RUNS):
            report = self.sync()
            self.checker.check_calls()
            if report["error"] or not report["complete"]:
                raise Violation(f"a normal run failed: {report['summary']}")
            for held in report["held"]:
                self.decide(held)
            counts = report["counts"]
            if not (report["held"] or report["waiting"] or counts["failed"] or counts["in_doubt"] or counts["not_begun"]):
                if not report["changes"]:
                    return
        raise Violation(f"still not at rest after {self.MOST_RUNS} runs: {report['summary']}")

    def decide(self, held):
        wrong = [it for it in held["objects"] if self.checker.truth.get((it["kind"], it["number"]), (0, 0))[1] == it["entry"]]
        if not wrong:
            self.site.command("approve", held["name"])


def campaign(arguments, seed, number, count, results):
    """The cycles of one site."""
    fault, index, failed, site = None, -1, False, None
    try:
        rng = random.Random(f"{seed}/{number}")
        people = People(rng)
        site = Site(arguments.programs, people.ldif(PASSWORD), retries=[0, 0, 1, 0][number % 4])
        site.people = people
        site.earlier = site.directory.dump()
        checker = Checker(site)
        checker.lay_foreign()
        # In a run of its own: what of a batch was made can't be told once it meets a foreign number.
        for changes in ["", people.claim_what_is_not_to_be_had(rng)]:
            if changes:
                site.directory.modify(changes)
            checker.begin(read(site.directory))
            Cycle(site, checker, rng).recover()
            checker.end()
        met = 0
        while met < count:
            index += 1
            cycle = Cycle(site, checker, random.Random(f"{seed}/{number}/{index}"))
            fault = cycle.run()
            met += cycle.was_met
            results.put(("done" if cycle.was_met else "unmet", type(fault).__name__, cycle.runs))
    except Exception as error:
        failed = True
        kind = "violation" if isinstance(error, Violation) else "error"
        text = str(error) if isinstance(error, Violation) else traceback.format_exc()
        where = f"site {number}, fault {index}" + (f", folder {site.folder}" if arguments.keep and site else "")
        results.put((kind, where, f"{fault_of(error, fault)}: {text}"))
    finally:
        if site:
            site.stop(keep=failed and arguments.keep)
        results.put(("end", number, 0))


def fault_of(error, last):
    """The fault that was on when it happened."""
    frame = error.__traceback__
    while frame:
        if "fault" in frame.tb_frame.f_locals and frame.tb_frame.f_code.co_name == "run":
            return frame.tb_frame.f_locals["fault"]
        frame = frame.tb_next
    return f"after {last}"


def main():
    parser = argparse.ArgumentParser(prog="scripts/faults")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--sites", type=int, default=4)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()

    os.umask(0o077)
    begun = time.time()
    results = multiprocessing.Queue()
    shares = [arguments.runs // arguments.sites + (n < arguments.runs % arguments.sites) for n in range(arguments.sites)]
    sites = [
        multiprocessing.Process(target=campaign, args=(arguments, arguments.seed, n, share, results))
        for n, share in enumerate(shares)]
    for site in sites:
        site.start()
    by_kind, unmet, runs, bad, ended = collections.Counter(), 0, 0, [], 0
    while ended < len(sites):
        what, name, rest = results.get()
        if what == "end":
            ended += 1
        elif what == "unmet":
            unmet += 1
            runs += rest
        elif what == "done":
            by_kind[name] += 1
            runs += rest
            if sum(by_kind.values()) % 100 == 0:
                print(f"{sum(by_kind.values())} faults, {runs} runs, {time.time() - begun:.0f} s", flush=True)
        else:
            bad.append(f"{what}: {name}: {rest}")
            print(bad[-1], file=sys.stderr, flush=True)
    for site in sites:
        site.join()
    for kind in faults.ALL:
        print(f"{by_kind[kind.__name__]:6} {kind.__name__}")
    total = sum(by_kind.values())
    print(f"{unmet} more lay where no run came by")
    print(f"{total} faults met, {runs} runs of pbxsyncd, {len(bad)} violations, seed {arguments.seed}, {time.time() - begun:.0f} s")
    sys.exit(0 if total == arguments.runs and not bad else 1)


if __name__ == "__main__":
    main()
