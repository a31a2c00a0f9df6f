"""Flips single bits of the state folder and runs pbxsyncd: see scripts/flips."""

import argparse
import collections
import os
import random
import shutil
import sys

from installation import Site

PEOPLE = 60


def unit(name, parent):
    return f"dn: ou={name},{parent}\nobjectClass: organizationalUnit\nou: {name}\n\n"


def person(number):
    return (f"dn: uid=p{number},ou=north,ou=people,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: p{number}\n"
            f"cn: First{number} Last{number}\ngivenName: First{number}\nsn: Last{number}\n"
            f"mail: p{number}@example.com\ntelephoneNumber: +49 30 9018 {number}\n\n")


def partner(number):
    return (f"dn: uid=c{number},ou=partners,dc=example,dc=com\nobjectClass: inetOrgPerson\nuid: c{number}\n"
            f"cn: Partner{number}\ngivenName: P{number}\nsn: Partner{number}\no: Co\ntelephoneNumber: +49 89 {number}\n\n")


def ldif():
    top = "dc=example,dc=com"
    return (f"dn: {top}\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n"
            + unit("people", top) + unit("north", f"ou=people,{top}") + unit("partners", top)
            + f"dn: uid=switchboard,ou=north,ou=people,{top}\nobjectClass: inetOrgPerson\nuid: switchboard\ncn: S\nsn: S\n"
            + "mail: s@example.com\ngivenName: S\ntelephoneNumber: +49 30 9018 1999\n\n"
            + "".join(person(1000 + it) for it in range(PEOPLE)) + "".join(partner(100000 + it) for it in range(PEOPLE)))


def change(name, base, attribute, value):
    return (f"dn: uid={name},{base},dc=example,dc=com\nchangetype: modify\nreplace: {attribute}\n"
            f"{attribute}: {value}\n\n")


class Trial:
    def __init__(self, programs):
        self.site = Site(programs, ldif(), retries=0)
        self.kept = self.site.folder + "/kept"

    def sync(self, **how):
        return self.site.command("--sync-now", "--json", **how)

    def prepare(self, killed):
        """A state folder as a killed run leaves it, or as one that ended does, and a directory that has changed since."""
        site = self.site
        assert self.sync()[0] == 0
        site.directory.modify("".join(
            change(f"p{1000 + it}", "ou=north,ou=people", "sn", "Changed") for it in range(10)))
        status, _, errors = self.sync(crash="outcomes-committed:6" if killed else None)
        assert status == (-9 if killed else 0), errors
        if not killed:
            # A run with nothing to do leaves an imprint.
            assert self.sync()[0] == 0
        shutil.copytree(f"{site.folder}/state", self.kept)
        state = site.pbx.state()
        self.objects = {("extension", it["ExtentionNumber"]): (
            it["FirstName"], it["LastName"], it["EmailAddress"], it["OutboundCallerID"]) for it in state["extensions"]}
        self.objects |= {("contact", it["PhoneNumber"]): (
            it["FirstName"], it["LastName"], it["CompanyName"]) for it in state["contacts"]}
        site.directory.modify(
            change("p1040", "ou=north,ou=people", "sn", "Married")
            + change("c100040", "ou=partners", "sn", "Married")
            + "dn: uid=p1050,ou=north,ou=people,dc=example,dc=com\nchangetype: delete\n\n"
            + person(1900).replace("objectClass", "changetype: add\nobjectClass", 1))

    def run(self):
        """From the state that is kept, flipped or not: how two runs ended, and their calls."""
        site = self.site
        state = site.pbx.state()
        site.pbx.lose({("extension", it["ExtentionNumber"]) for it in state["extensions"]}
                      | {("contact", it["PhoneNumber"]) for it in state["contacts"]})
        site.pbx.lay(self.objects)
        site.pbx.reset_log()
        ended = [self.sync()[0] for _ in range(2)]
        return ended, sorted(str((call["action"], call["items"])) for call in site.pbx.log())

    def reset(self):
        shutil.rmtree(f"{self.site.folder}/state")
        shutil.copytree(self.kept, f"{self.site.folder}/state")


def campaign(programs, runs, rng, killed):
    trial = Trial(programs)
    try:
        trial.prepare(killed)
        trial.reset()
        expected = trial.run()
        if not expected[1]:
            sys.exit("the runs without a flip made no call")
        counts = collections.Counter()
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


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", required=True)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)
    wrong = 0
    for killed in (True, False):
        print("after a kill:" if killed else "after a run that ended:")
        wrong += campaign(given.programs, given.runs // 2, rng, killed)
    sys.exit(1 if wrong else 0)


main()
