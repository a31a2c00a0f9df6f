"""Compares directory, PBX and ledger. Shares no code with pbxsyncd: it reads the directory with ldapsearch, the PBX by
the simulator's page and its log of calls, and the ledger as the SQLite file that it is."""

import base64
import csv
import os
import subprocess
import time
from collections.abc import Iterable
from typing import Any

from ..servers.pbx import FIELDS, JSON, KEY, Key, Values
from ..servers.server import ADMIN, PASSWORD
from ..servers.slapd import Slapd
from .mirror import Mirror, Snapshot, key_of, values_of
from .site import Site

#: An entry's attributes.
Entry = dict[str, Any]
#: An object's values, and the id of the entry that wants it.
Owned = tuple[Values, str]


class Violation(Exception):
    pass


BASES = ("ou=people,dc=example,dc=com", "ou=partners,dc=example,dc=com")


def read(slapd: Slapd) -> list[Entry]:
    """Who is in scope: a list of entries, each a dictionary of lists."""
    done = subprocess.run(
        ["/usr/bin/ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", slapd.uri, "-D", ADMIN, "-w", PASSWORD,
         "-b", "dc=example,dc=com", "(objectClass=inetOrgPerson)", "*", "entryUUID"], capture_output=True, check=True)
    entries = []
    for block in done.stdout.decode().split("\n\n"):
        entry: Entry = {}
        for line in filter(None, block.split("\n")):
            name, _, value = line.partition(":")
            text = base64.b64decode(value[2:]).decode() if value.startswith(": ") else value.strip()
            entry.setdefault(name, []).append(text)
        for base in BASES:
            if entry.get("dn", [""])[0].endswith("," + base):
                entries.append(entry | {"base": base})
    return entries


def digits(text: str) -> str:
    return "".join(each for each in text if each.isdigit())


def wanted(entries: list[Entry], given: dict[str, str]) -> tuple[dict[Key, Owned], dict[str, Values]]:
    """What the PBX should hold: (kind, number) -> values, with the entry's id; and who has no number yet: id -> values.
    `given` has the numbers from the pool by the ids of their entries."""
    objects: dict[Key, Owned] = {}
    numberless: dict[str, Values] = {}
    for it in entries:
        def one(name: str, it: Entry = it) -> str:
            value: str = it.get(name, [""])[0]
            return value

        if it["base"].startswith("ou=people"):
            number: str | None = digits(one("telephoneNumber"))[-4:]
            values = (one("givenName"), one("sn"), one("mail"), digits(one("telephoneNumber")))
            if number:
                given.pop(one("entryUUID"), None)
            number = number or given.get(one("entryUUID"))
            if number:
                objects["extension", number] = (values, one("entryUUID"))
            else:
                numberless[one("entryUUID")] = values
        else:
            for name in ("telephoneNumber", "mobile"):
                if one(name):
                    objects["contact", digits(one(name))] = ((one("givenName"), one("sn"), one("o")), one("entryUUID"))
    return objects, numberless


def is_probe(item: JSON) -> bool:
    """Whether an add must be refused whatever the PBX has: it asks whether the number is taken, and no more."""
    return "ExtentionNumber" in item and (not item.get("FirstName", "").strip() or item.get("EmailAddress", "@").count("@") != 1
                                          and item.get("EmailAddress") != "")


class Checker:
    # The foreign objects of the PBX from the start, and protected objects.
    FOREIGN_EXTENSIONS = ["6001", "7001", "7002", "8001", "8002"]
    FOREIGN_CONTACTS = ["4989000001", "4989000002"]
    FOREIGN_EXTENSION = ("Foreign", "Object", "", "")
    FOREIGN_CONTACT = ("Foreign", "Contact", "")
    PROTECTED = {("extension", str(number)) for number in range(8000, 8100)} | {("contact", "4989000001")}

    def __init__(self, site: Site) -> None:
        self.site = site
        self.mirror = Mirror()
        # What the PBX has that was made there by hand, with its values.
        self.foreign: dict[Key, Values] = {}
        # Whose each object is, as of the last time that all agreed, or of the last call for it.
        self.owners: dict[Key, str] = {}
        # The numbers that pbxsyncd gave from the pool, by entry: each is kept for good.
        self.given: dict[str, str] = {}
        # The values that a call for an object may have, and whose it is: what the directory said in this cycle.
        self.accepted: dict[Key, list[Owned]] = {}
        # Whether the directory, or an admin, misleads pbxsyncd about values, so that these can't be right.
        self.misleads = False
        # Whether an older ledger was restored in this cycle: it doesn't know who got which number since.
        self.is_restored = False
        self.truth: dict[Key, Owned] = {}
        self.numberless: dict[str, Values] = {}
        self.entries: list[Entry] = []
        self.played = 0
        self.needless_allowed = 0
        self.lay_foreign([("extension", number) for number in self.FOREIGN_EXTENSIONS])
        self.lay_foreign([("contact", number) for number in self.FOREIGN_CONTACTS])

    # MARK: By hand on the PBX

    def lay_foreign(self, keys: Iterable[Key]) -> None:
        """Makes free objects on the PBX, as its admin would. They block the entries that want them."""
        for key in keys:
            self.foreign[key] = self.FOREIGN_EXTENSION if key[0] == "extension" else self.FOREIGN_CONTACT
            owner = self.truth.pop(key)[1] if key in self.truth else None
            if owner and self.given.pop(owner, None):
                # A number from the pool: another one will do.
                self.numberless[owner] = self.accepted[key][-1][0]
        self.site.pbx.lay({key: self.foreign[key] for key in keys})
        for kind, number in keys:
            if kind == "extension":
                self.mirror.extensions[number] = self.FOREIGN_EXTENSION
            else:
                self.mirror.contacts.setdefault(number, []).append(self.FOREIGN_CONTACT)

    def take_foreign_away(self, key: Key) -> None:
        """The PBX's admin removes what was made by hand."""
        del self.foreign[key]
        self.site.pbx.lose([key])
        if key[0] == "extension":
            del self.mirror.extensions[key[1]]

    def edit(self, key: Key, values: Values | None = None) -> None:
        """Somebody edits one of our objects on the PBX, or deletes it there."""
        self.site.pbx.lose([key])
        if values:
            self.site.pbx.lay({key: values})
        if key[0] == "extension":
            self.mirror.extensions.pop(key[1], None)
            if values:
                self.mirror.extensions[key[1]] = values
        else:
            self.mirror.contacts.pop(key[1], None)
            if values:
                self.mirror.contacts[key[1]] = [values]

    def snapshot(self) -> Snapshot:
        """What the PBX holds now, to go back to."""
        return self.mirror.copy(), dict(self.foreign)

    def restore_pbx(self, snapshot: Snapshot) -> None:
        """The PBX comes back from an earlier backup: what came since is lost, what went since is there again."""
        self.site.pbx.lose([key for key, _ in self.mirror.objects()])
        self.mirror = snapshot[0].copy()
        # If an object made by hand is back under a number that is managed now, it is a managed object with wrong values.
        self.foreign = {key: values for key, values in snapshot[1].items() if key not in self.truth}
        for key, values in self.mirror.objects():
            self.site.pbx.lay({key: values})
        self.renew()

    def export(self, kind: str) -> str:
        """A table of all that the PBX has of a kind, as its own page exports it. Returns its file."""
        file = f"{self.site.folder}/{kind}s.csv"
        with open(file, "w", newline="") as table:
            writer = csv.writer(table)
            writer.writerow(FIELDS[kind])
            writer.writerows((number, *values) for (its_kind, number), values in self.mirror.objects() if its_kind == kind)
        # By the clock that pbxsyncd is given, and a second later: it tells no order within one.
        os.utime(file, (time.time() + self.site.later + 1,) * 2)
        return file

    # MARK: One cycle

    def begin(self, entries: list[Entry] | None = None) -> None:
        """A cycle begins in which the directory, for all that anybody should do, has these entries."""
        self.accepted = {}
        self.needless_allowed = 0
        self.is_restored = False
        self.played = 0
        self.site.pbx.reset_log()
        self.mirror.reset_counts()
        self.renew(entries)

    def renew(self, entries: list[Entry] | None = None) -> None:
        """The directory has these entries from now on; without them, those that it had."""
        self.entries = entries or self.entries
        objects, self.numberless = wanted(self.entries, self.given)
        self.truth = {key: it for key, it in objects.items() if key not in self.foreign}
        for key, it in self.truth.items():
            self.accepted.setdefault(key, []).append(it)

    def note_doubts(self, cuts: int) -> None:
        """Allows for updates whose outcome pbxsyncd can't know: broken connections, and intents left open by a kill, also those
        that were in doubt before and may have been sent once more."""
        self.needless_allowed += cuts
        rows = self.site.ledger_rows("SELECT count(*) FROM intents WHERE state = 'open' AND verb = 'update'")
        if rows:
            self.needless_allowed += rows[0][0]

    def note_restored(self, backup: str) -> None:
        """Allows for updates of what has changed since a backup: pbxsyncd can't know that the PBX has them already."""
        self.is_restored = True
        known = {(row[0], row[1]): row[2:] for row in self.site.ledger_rows(
            "SELECT kind, number, first_name, last_name, email, caller_id FROM objects WHERE kind = 'extension'", backup)}
        for number, values in self.mirror.extensions.items():
            self.needless_allowed += known.get(("extension", number)) != values

    def check_output(self, text: str) -> None:
        for secret in (KEY, PASSWORD):
            if secret in text:
                raise Violation("a secret was printed")

    def check_calls(self) -> tuple[int, int]:
        """Every call so far: nobody's who is still there is deleted, nothing foreign is touched, and no value is sent
        that the directory doesn't say. Returns how many calls met a fault of the PBX's, and whether there was any call."""
        log = self.site.pbx.log()
        new = log[self.played:]
        for call in new:
            for index, item in enumerate(call["items"]):
                try:
                    self._check(call, item, is_done=index < call["done"])
                except Violation as violation:
                    numbers = {item.get(name) for name in ("ExtentionNumber", "PhoneNumber", "RegisteredPhoneNumber")} - {None}
                    raise Violation(f"{violation}; of all calls: {[it for it in log if numbers & numbers_of(it)]}")
            self.mirror.replay(call)
        self.played = len(log)
        return sum(bool(call.get("fault")) for call in new), len(new)

    def _check(self, call: JSON, item: JSON, is_done: bool) -> None:
        action, key = call["action"], key_of(item)
        keys = {key, ("contact", item.get("RegisteredPhoneNumber", key[1]))} if key[0] == "contact" else {key}
        if keys & self.PROTECTED:
            raise Violation(f"the protected {key} was asked for: {call}")
        if keys & self.foreign.keys() and (action != "addExt" or is_done):
            raise Violation(f"the foreign {key} was touched: {call}")
        if action == "updateExt" and (call.get("fault") or call.get("answer") is None):
            self.needless_allowed += 1
        if action.startswith("delete"):
            return self._check_delete(call, key)
        if key in self.foreign:
            return
        if action == "addExt" and is_probe(item):
            # A PBX that checks less has made it: it is managed, and is updated or deleted again.
            if call["done"]:
                self.owners[key] = "a probe"
            return
        if action == "addExt" and self.is_restored and "6000" <= key[1] <= "6099" and not call["done"]:
            # What was refused is given to nobody: the ledger has forgotten whose it is.
            return
        is_made = action == "addExt" or action == "updateExt" and self.owners.get(key) == "a probe"
        if is_made and "6000" <= key[1] <= "6099":
            self._note_gift(key, item["FirstName"], call)
        accepted = self.accepted.get(key, [])
        owners = [entry for values, entry in accepted if self.misleads or values == values_of(item)]
        if owners:
            # Whose add was refused has nothing there.
            if call["done"]:
                self.owners[key] = owners[-1]
        elif not self.misleads:
            raise Violation(f"{key} isn't what the directory says, {accepted}: {call}")

    def _check_delete(self, call: JSON, key: Key) -> None:
        owner = self.owners.get(key)
        if owner and self.truth.get(key, (None, None))[1] == owner:
            raise Violation(f"{key} was deleted, and its entry {owner} is still there: {call}")
        if not owner and self.mirror.has(key) and call["done"]:
            raise Violation(f"{key} was deleted, and nobody knows whose it is: {call}")

    def _note_gift(self, key: Key, name: str, call: JSON) -> None:
        """An add with a number from the pool says whose it is: first names are unique."""
        for entry, values in list(self.numberless.items()):
            if values[0] == name:
                if key in self.truth:
                    raise Violation(f"{key} was given to {name}, and {self.truth[key]} has it: {call}")
                self.given[entry] = key[1]
                self.truth[key] = (self.numberless.pop(entry), entry)
                self.accepted.setdefault(key, []).append((values, entry))
                return
        if self.truth.get(key, ((None,),))[0][0] != name and not self._has_left(name):
            if self.is_restored:
                return self._note_another_gift(key, name)
            raise Violation(f"{name} was given {key}, and has another number: {call}")

    def _note_another_gift(self, key: Key, name: str) -> None:
        """The ledger has forgotten the entry's number; the earlier extension no longer belongs to an entry."""
        old = next(old for old, (values, _) in self.truth.items() if values[0] == name)
        values, entry = self.truth.pop(old)
        self.given[entry] = key[1]
        self.truth[key] = (values, entry)
        self.accepted.setdefault(key, []).append((values, entry))

    def _has_left(self, name: str) -> bool:
        return all(values[0] != name for values, _ in self.truth.values())

    def late(self) -> dict[Any, Any]:
        """The wanted objects that the PBX doesn't have. Objects to be removed may still be there and keep their numbers. An admin
        decides on unproven objects and on those made by hand; until then, their entries keep the earlier numbers."""
        pbx = dict(self.mirror.objects())
        people = {entry["entryUUID"][0] for entry in self.entries}
        late: dict[Any, Any] = {
            key: (pbx.get(key), values) for key, (values, _) in self.truth.items()
            if pbx.get(key) != values and not (key in pbx and self.owners.get(key) not in people)}
        late |= self.numberless
        if not late:
            return late
        unproven = self.site.ledger_rows("SELECT kind, number, entry FROM objects WHERE unproven_reason IS NOT NULL")
        waiting = people - {entry for _, entry in self.truth.values()} | {entry for _, _, entry in unproven}
        blocked = {(kind, number) for kind, number, _ in unproven}
        while True:
            waiting |= {self.truth[key][1] for key in blocked if key in self.truth}
            more = {key for key in late if key in waiting or self.owners.get(key) in waiting} - blocked
            if not more:
                return {key: what for key, what in late.items() if key not in blocked}
            blocked |= more

    def end(self) -> None:
        """After the normal runs: all three say the same."""
        self.check_calls()
        if self.numberless:
            given = self.site.ledger_rows("SELECT number, entry FROM allocations")
            theirs = {number for number, entry in given if entry in self.numberless}
            raise Violation(f"nobody gave a number to {self.numberless}; {self._calls_about(theirs)}")
        state = self.site.pbx.state()
        told = Mirror()
        told.take(state)
        if told.objects() and sorted(told.objects()) != sorted(self.mirror.objects()):
            raise Violation("the PBX isn't what its log makes of it")
        there = self.mirror.objects()
        keys = [key for key, _ in there]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise Violation(f"the PBX has {sorted(twice)} more than once")
        pbx = dict(there)
        for key, values in self.foreign.items():
            if pbx.pop(key, None) != values:
                raise Violation(f"the foreign {key} isn't what it was")
        should = {key: values for key, (values, _) in self.truth.items()}
        if pbx != should:
            raise Violation(f"the PBX doesn't equal the directory: {difference(pbx, should)}")
        self._check_ledger(pbx)
        if len(self.mirror.needless) > self.needless_allowed:
            raise Violation(
                f"{len(self.mirror.needless)} needless mails, {self.mirror.needless}, and {self.needless_allowed} updates in doubt")
        self.owners = {key: entry for key, (_, entry) in self.truth.items()}

    def _calls_about(self, numbers: set[str]) -> str:
        """The calls of this cycle with these numbers, to explain a violation."""
        calls = [
            (it["n"], it["action"], it["answer"] and (it["answer"].get("errorCode") or "done"), it.get("fault"), it["items"])
            for it in self.site.pbx.log() if numbers & numbers_of(it)]
        return f"foreign {sorted(numbers & {number for _, number in self.foreign})}, calls {calls}"

    def _check_ledger(self, pbx: dict[Key, Values]) -> None:
        # An unproven object that was released as foreign isn't managed.
        rows = self.site.ledger_rows(
            "SELECT kind, number, first_name, last_name, email, caller_id, company, entry FROM objects"
            " WHERE unproven_reason IS NULL")
        open_intents = self.site.ledger_rows("SELECT number FROM intents WHERE state = 'open'")
        ours = {
            (row[0], row[1]): (row[2:6] if row[0] == "extension" else (row[2], row[3], row[6])) for row in rows}
        if ours != pbx:
            wrong = difference(ours, pbx)
            raise Violation(f"the ledger doesn't equal the PBX: {wrong}; {self._calls_about({key[1] for key in wrong})}")
        strangers = [row for row in rows if self.truth[row[0], row[1]][1] != row[7]]
        if strangers:
            raise Violation(f"the ledger gives objects to the wrong entries: {strangers}")
        if open_intents:
            raise Violation(f"calls are still in doubt: {open_intents}")


def numbers_of(call: JSON) -> set[str]:
    return {value for item in call["items"] for name, value in item.items() if name.endswith("Number")}


def difference(left: dict[Key, Any], right: dict[Key, Any]) -> dict[Key, tuple[Any, Any]]:
    return {key: (left.get(key), right.get(key)) for key in left.keys() | right.keys() if left.get(key) != right.get(key)}
