"""A PBX that goes back in time: a real directory and the simulated PBX, which returns to a random earlier state again and
again, as after a failover or a restore. After an audit by the PBX's own export, and the ordinary runs, it must equal the
directory. Each lost or different object costs one request, each correct one none. Shares no code with pbxsyncd.
"""

import argparse
import collections
import csv
import json
import multiprocessing
import os
import random
import sys
import time
import traceback
from collections.abc import Collection
from multiprocessing.queues import Queue
from typing import TypeAlias

from .. import programs
from ..servers.pbx import FIELDS, JSON, Key, Values
from ..servers.server import PASSWORD
from .checker import read, wanted
from .mirror import key_of, values_of
from .people import People
from .site import Site

Objects = dict[Key, Values]
#: How many restores a site made, what it counted, and how it failed.
Results: TypeAlias = "Queue[tuple[int, dict[str, int], str | None]]"

# The limits aren't what this is about, so they hold nothing.
LIMITS = {
    "update": {"max_count": 1000, "max_percent": 100},
    "addition": {"max_count": 1000, "max_percent": 100},
    "removal": {"max_count": 1000, "max_percent": 100},
}


class Failed(Exception):
    pass


def objects(state: JSON) -> Objects:
    """What the PBX has: key -> values. No number is there twice."""
    items = state["extensions"] + state["contacts"]
    there = {key_of(it): values_of(it) for it in items}
    if len(there) != len(items):
        raise Failed("the PBX has a number twice")
    return there


class Restores:
    def __init__(self, folder: str, seed: str) -> None:
        self.rng = random.Random(seed)
        self.people = People(self.rng)
        self.site = Site(folder, self.people.ldif(PASSWORD), retries=0)
        self.site.more = LIMITS
        self.site.configure(pbx=self.site.pbx.port)
        self.hand_made: Objects = {}
        self.history: list[Objects] = []
        self.counts = {"lost": 0, "different": 0, "revived": 0, "right": 0, "requests": 0, "mails": 0}
        self.run_until_quiet()

    def run(self, *words: str, allowed: Collection[int] = (0, 3)) -> str:
        status, output, errors = self.site.command(*words)
        if status not in allowed:
            raise Failed(f"{words}: {status}: {output}{errors}")
        return output + errors

    def run_until_quiet(self, revived: Collection[Key] = frozenset()) -> None:
        """What is there again goes when an admin says so; nothing else is held."""
        # Removals take two complete reads, and numbers that they free a third.
        for _ in range(5):
            output = self.run("--sync-now", "--json", allowed=(0, 3, 4) if revived else (0, 3))
            report = json.loads(output[output.index("{"):output.rindex("}") + 1])
            for held in report["held"]:
                odd = [it for it in held["objects"] if (it["kind"], it["number"]) not in revived]
                if held["action"] != "removal" or odd:
                    raise Failed(f"held: {held}")
                self.run("approve", held["name"])
            if not (report["changes"] or report["held"] or report["waiting"]):
                return

    def should(self) -> Objects:
        """What the directory says, with the numbers that the ledger gave from the pool."""
        given = dict(self.site.ledger_rows("SELECT entry, number FROM allocations"))
        there, numberless = wanted(read(self.site.directory), given)
        if numberless:
            raise Failed(f"nobody gave a number to {numberless}")
        return {key: values for key, (values, _) in there.items()}

    def check(self, what: str) -> Objects:
        there = objects(self.site.pbx.state())
        should = {**self.should(), **self.hand_made}
        if there != should:
            odd = {key: (there.get(key), should.get(key)) for key in there.keys() | should.keys()
                   if there.get(key) != should.get(key)}
            raise Failed(f"{what}: the PBX isn't what the directory says: {odd}")
        return there

    def day(self) -> None:
        """A day's changes, the runs after them, and what the PBX has then."""
        self.site.directory.change(self.people.change(self.rng))
        if self.rng.random() < 0.1:
            key = ("extension", str(self.rng.randrange(7100, 7200)))
            self.hand_made[key] = ("Hand", "Made", "", "")
            self.site.pbx.lay({key: self.hand_made[key]})
        self.run_until_quiet()
        self.history = self.history[-9:] + [self.check("an ordinary day")]

    def export(self, kind: str, there: Objects) -> str:
        file = f"{self.site.folder}/{kind}.csv"
        with open(file, "w", newline="") as out:
            rows = csv.writer(out, delimiter=self.rng.choice(",;"))
            rows.writerow(FIELDS[kind])
            for (its_kind, number), values in sorted(there.items()):
                if its_kind == kind:
                    rows.writerow((number, *values))
        return file

    def restore(self) -> None:
        now, then = self.history[-1], self.rng.choice(self.history[:-1])
        # What somebody made by hand since then is gone, and nobody makes it again.
        self.hand_made = {key: values for key, values in self.hand_made.items() if key in then}
        self.site.pbx.lose(list(now))
        self.site.pbx.lay(then)
        managed = {key: values for key, values in now.items() if key[0] == "contact" or not "7100" <= key[1] <= "7199"}
        before = {key: values for key, values in then.items() if key[0] == "contact" or not "7100" <= key[1] <= "7199"}
        lost = managed.keys() - before.keys()
        different = {key for key in managed.keys() & before.keys() if managed[key] != before[key]}
        revived = before.keys() - managed.keys()
        self.site.pbx.reset_log()
        for kind in FIELDS:
            file = self.export(kind, then)
            status, output, errors = self.site.command("audit", "--csv", file, "--accept-losses")
            if status not in (0, 1):
                raise Failed(f"audit: {status}: {output}{errors}")
            # It may ask whether the PBX has what the table lacks.
            if any(call["done"] for call in self.site.pbx.log()) and kind == "extension":
                raise Failed("an audit that wasn't confirmed changed something")
            self.run("audit", "--csv", file, "--yes", "--accept-losses", allowed=(0, 3, 4))
        self.run_until_quiet(revived)
        self.check("after the audit")
        requests: dict[Key, int] = {}
        mails = 0
        for call in self.site.pbx.log():
            for item in call["items"][: call["done"]]:
                requests[key_of(item)] = requests.get(key_of(item), 0) + 1
                mails += call["action"] in ("addExt", "updateExt") and bool(item.get("EmailAddress"))
        due = {key for key in lost | different if key[0] == "extension" and now[key][2]}
        if mails != len(due):
            raise Failed(f"{mails} mails, and {len(due)} objects with an address were lost or different")
        for key in lost | different:
            if requests.get(key) != 1:
                raise Failed(f"{key} was lost or different and had {requests.get(key)} requests")
        if needless := requests.keys() - lost - different - revived:
            raise Failed(f"requests for what was right: {needless}")
        for name, number in (("lost", len(lost)), ("different", len(different)), ("revived", len(revived)),
                             ("right", len(managed) - len(lost) - len(different)),
                             ("requests", sum(requests.values())), ("mails", mails)):
            self.counts[name] += number
        self.history = [self.check("after the audit")]


def play(folder: str, seed: str, number: int, count: int, results: Results) -> None:
    """The restores of one site."""
    restores: Restores | None = None
    done, failure = 0, None
    try:
        restores = Restores(folder, f"{seed}/{number}")
        for done in range(count):
            for _ in range(restores.rng.choice([1, 2, 3]) if done else 3):
                restores.day()
            restores.restore()
        done = count
    except Exception as error:
        failure = f"site {number}, restore {done + 1}: " + (str(error) if isinstance(error, Failed) else traceback.format_exc())
    finally:
        if restores:
            restores.site.stop()
    results.put((done, restores.counts if restores else {}, failure))


def main() -> None:
    arguments = argparse.ArgumentParser(prog="scripts/faults restores", description=__doc__)
    arguments.add_argument("--seed", default="1", help="the same seed makes the same restores (default: 1)")
    arguments.add_argument("--runs", type=int, default=20, help="how many restores (default: 20)")
    arguments.add_argument(
        "--sites", type=int, default=6, help="how many installations at one time (default: 6); part of what a seed repeats")
    it = arguments.parse_args()
    # Secrets that others may read are refused.
    os.umask(0o077)
    begun = time.monotonic()
    programs.install()
    folder = programs.debug()
    results: Results = multiprocessing.Queue()
    shares = [it.runs // it.sites + (n < it.runs % it.sites) for n in range(it.sites)]
    sites = [
        multiprocessing.Process(target=play, args=(folder, it.seed, n, share, results))
        for n, share in enumerate(shares) if share]
    for site in sites:
        site.start()
    counts: collections.Counter[str] = collections.Counter()
    done, failures = 0, []
    for _ in sites:
        theirs, counted, failure = results.get()
        done += theirs
        counts.update(counted)
        if failure:
            failures.append(failure)
            print(failure, file=sys.stderr, flush=True)
    for site in sites:
        site.join()
    print(json.dumps({"restores": done, "seed": it.seed, "violations": len(failures), **counts,
                      "minutes": round((time.monotonic() - begun) / 60, 1)}))
    sys.exit(1 if failures or done < it.runs else 0)


if __name__ == "__main__":
    main()
