"""Flips single bits of pbxsyncd's files, and checks that none leads to a call that wouldn't have been made: of the ledger, its
log (left by a kill), its shared memory, its anchor, the digests and a backup. First many in one process, then some with a real
directory, the simulated PBX and the program itself.
"""

import argparse
import collections
import os
import random
import re
import shutil
import subprocess
import sys

from .. import programs
from ..servers.installation import Ended
from ..servers.server import PASSWORD
from .mirror import key_of, values_of
from .people import BASE, unit
from .site import Site

PEOPLE = 60


def person(number: int) -> str:
    return (f"dn: uid=p{number},ou=north,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p{number}\n"
            f"cn: First{number} Last{number}\ngivenName: First{number}\nsn: Last{number}\n"
            f"mail: p{number}@example.com\ntelephoneNumber: +49 30 9018 {number}\n\n")


def partner(number: int) -> str:
    return (f"dn: uid=c{number},ou=partners,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: c{number}\n"
            f"cn: Partner{number}\ngivenName: P{number}\nsn: Partner{number}\no: Co\ntelephoneNumber: +49 89 {number}\n\n")


def ldif() -> str:
    return (BASE.format(password=PASSWORD)
            + f"dn: {unit('north')}\nobjectClass: organizationalUnit\nou: north\n\n"
            + f"dn: uid=switchboard,{unit('north')}\nobjectClass: inetOrgPerson\nuid: switchboard\ncn: S\nsn: S\n"
            + "mail: s@example.com\ngivenName: S\ntelephoneNumber: +49 30 9018 1999\n\n"
            + "".join(person(1000 + n) for n in range(PEOPLE)) + "".join(partner(100000 + n) for n in range(PEOPLE)))


def change(name: str, base: str, attribute: str, value: str) -> str:
    return (f"dn: uid={name},{base},dc=example,dc=com\nchangetype: modify\nreplace: {attribute}\n"
            f"{attribute}: {value}\n\n")


class Trial:
    def __init__(self, programs: str) -> None:
        self.site = Site(programs, ldif(), retries=0)
        self.kept = self.site.folder + "/kept"

    def sync(self, crash: str | None = None) -> Ended:
        return self.site.command("--sync-now", "--json", crash=crash)

    def prepare(self, killed: bool) -> None:
        """A state folder as a killed run leaves it, or as one that ended does, and a directory that has changed since."""
        site = self.site
        ended = self.sync()
        assert ended.status == 0, ended
        site.directory.change("".join(
            change(f"p{1000 + it}", "ou=north,ou=people", "sn", "Changed") for it in range(10)))
        status, _, errors = self.sync(crash="outcomes-committed:6" if killed else None)
        assert status == (-9 if killed else 0), errors
        if not killed:
            # A run with nothing to do knows the directory by its digests.
            assert self.sync()[0] == 0
        shutil.copytree(f"{site.folder}/state", self.kept)
        state = site.pbx.state()
        self.objects = {key_of(it): values_of(it) for it in state["extensions"] + state["contacts"]}
        site.directory.change(
            change("p1040", "ou=north,ou=people", "sn", "Married")
            + change("c100040", "ou=partners", "sn", "Married")
            + "dn: uid=p1050,ou=north,ou=people,dc=example,dc=com\nchangetype: delete\n\n"
            + person(1900).replace("objectClass", "changetype: add\nobjectClass", 1))

    def run(self) -> tuple[list[int], list[str]]:
        """From the state that is kept, flipped or not: how two runs ended, and their calls."""
        site = self.site
        state = site.pbx.state()
        site.pbx.lose({key_of(it) for it in state["extensions"] + state["contacts"]})
        site.pbx.lay(self.objects)
        site.pbx.reset_log()
        ended = [self.sync()[0] for _ in range(2)]
        return ended, sorted(str((call["action"], call["items"])) for call in site.pbx.log())

    def reset(self) -> None:
        shutil.rmtree(f"{self.site.folder}/state")
        shutil.copytree(self.kept, f"{self.site.folder}/state")


def campaign(folder: str, runs: int, rng: random.Random, killed: bool) -> int:
    trial = Trial(folder)
    try:
        trial.prepare(killed)
        trial.reset()
        expected = trial.run()
        if not expected[1]:
            sys.exit("the runs without a flip made no call")
        counts: collections.Counter[tuple[str, str]] = collections.Counter()
        names = sorted(it for it in os.listdir(trial.kept) if os.path.isfile(f"{trial.kept}/{it}") and it != "lock"
                       and os.path.getsize(f"{trial.kept}/{it}"))
        for _ in range(runs):
            trial.reset()
            name = rng.choice(names)
            path = f"{trial.site.folder}/state/{name}"
            place, bit = rng.randrange(os.path.getsize(path)), rng.randrange(8)
            with open(path, "r+b") as file:
                file.seek(place)
                byte = file.read(1)[0]
                file.seek(place)
                file.write(bytes([byte ^ 1 << bit]))
            ended, calls = trial.run()
            if calls == expected[1]:
                counts[name, "same calls"] += 1
            elif not calls and set(ended) == {65}:
                counts[name, "refused"] += 1
            else:
                print(f"WRONG: {name}, byte {place}, bit {bit}: exits {ended}, {calls} instead of {expected[1]}")
                counts[name, "WRONG"] += 1
        for (name, what), count in sorted(counts.items()):
            print(f"{name}: {count} flipped, {what}")
        return sum(count for (_, what), count in counts.items() if what == "WRONG")
    finally:
        trial.site.stop()


def flip_in_process(flips: int, seed: int) -> bool:
    """Flips as many bits in the process of a test, which is faster. Returns whether the test passed."""
    programs.build_tests()
    done = subprocess.run(
        ["swift", "test", "--skip-build", "--filter", "FlipTests"], cwd=programs.ROOT, capture_output=True, text=True,
        env=os.environ | {"PBXSYNCD_FLIPS": str(flips), "PBXSYNCD_FLIPS_SEED": str(seed)})
    print("\n".join(re.findall(r"(?m)^.*(?:flipped|✘|Test run).*$", done.stdout)), flush=True)
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/faults flips", description=__doc__)
    parser.add_argument("--flips", type=int, default=10_000, help="how many in one process (default: 10000)")
    parser.add_argument("--runs", type=int, default=300, help="how many with the program (default: 300)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same flips (default: 1)")
    given = parser.parse_args()
    programs.install()
    wrong = 0 if flip_in_process(given.flips, given.seed) else 1
    folder, rng = programs.debug(), random.Random(given.seed)
    for killed in (True, False):
        print("after a kill:" if killed else "after a run that ended:")
        wrong += campaign(folder, given.runs // 2, rng, killed)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
