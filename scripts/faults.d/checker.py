"""Compares directory, PBX and ledger. Shares no code with pbxsyncd: it reads the directory with ldapsearch, the PBX by
the simulator's page and the ledger as the SQLite file that it is."""

import base64
import sqlite3
import subprocess

from installation import ADMIN, KEY, PASSWORD


class Violation(Exception):
    pass


def read(slapd):
    """Who is in scope: a list of entries, each a dictionary of lists."""
    entries = []
    for base in ("ou=people,dc=example,dc=com", "ou=partners,dc=example,dc=com"):
        done = subprocess.run(
            ["/usr/bin/ldapsearch", "-x", "-LLL", "-o", "ldif-wrap=no", "-H", slapd.uri, "-D", ADMIN, "-w", PASSWORD,
             "-b", base, "(objectClass=inetOrgPerson)", "*", "entryUUID"], capture_output=True, check=True)
        for block in done.stdout.decode().split("\n\n"):
            entry = {"base": base}
            for line in filter(None, block.split("\n")):
                name, _, value = line.partition(":")
                text = base64.b64decode(value[2:]).decode() if value.startswith(": ") else value.strip()
                entry.setdefault(name, []).append(text)
            if "entryUUID" in entry:
                entries.append(entry)
    return entries


def digits(text):
    return "".join(each for each in text if each.isdigit())


def wanted(entries, given):
    """What the PBX should hold: (kind, number) -> values, with the entry's id; and who has no number yet: id -> values.
    `given` has the numbers from the pool by the ids of their entries."""
    objects, numberless = {}, {}
    for it in entries:
        one = lambda name: it.get(name, [""])[0]
        if it["base"].startswith("ou=people"):
            number = digits(one("telephoneNumber"))[-4:]
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


def held(state):
    """What the PBX holds: a list of (kind, number, values)."""
    extensions = [
        ("extension", it["ExtentionNumber"],
         (it["FirstName"], it["LastName"], it["EmailAddress"], it["OutboundCallerID"])) for it in state["extensions"]]
    contacts = [
        ("contact", it["PhoneNumber"], (it["FirstName"], it["LastName"], it["CompanyName"])) for it in state["contacts"]]
    return extensions + contacts


class Checker:
    # What the PBX has that isn't ours, and what nobody may touch.
    FOREIGN_EXTENSIONS = [
        {"ExtentionNumber": number, "FirstName": "Foreign", "LastName": "Object", "EmailAddress": "", "OutboundCallerID": ""}
        for number in ("6001", "7001", "7002", "8001", "8002")]
    FOREIGN_CONTACTS = [
        {"PhoneNumber": number, "FirstName": "Foreign", "LastName": "Contact", "CompanyName": ""}
        for number in ("4989000001", "4989000002")]

    def __init__(self, site):
        self.site = site
        self.foreign = {
            (kind, number): values for kind, number, values in held(
                {"extensions": self.FOREIGN_EXTENSIONS, "contacts": self.FOREIGN_CONTACTS})}
        # Whose each object is, as of the last time that all agreed.
        self.owners = {}
        # The numbers that pbxsyncd gave from the pool, by entry: each is kept for good.
        self.given = {}
        self.before = {}
        self.doubts = 0

    def lay_foreign(self):
        self.site.pbx.lay("extensions", self.FOREIGN_EXTENSIONS)
        self.site.pbx.lay("contacts", self.FOREIGN_CONTACTS)

    # MARK: One cycle

    def begin(self, truth):
        """A cycle begins in which the directory, for all that anybody should do, is `truth`."""
        objects, self.numberless = wanted(truth, self.given)
        self.truth = {key: it for key, it in objects.items() if key not in self.foreign}
        self.doubts = 0
        self.played = 0
        self.met_faults = 0
        self.site.pbx.reset_log()

    def note_doubts(self, cuts):
        """Counts calls whose outcome pbxsyncd can't know: broken connections, and intents left open by a kill."""
        self.doubts += cuts
        with sqlite3.connect(f"file:{self.site.folder}/state/ledger.sqlite?mode=ro", uri=True) as ledger:
            self.doubts += ledger.execute(
                "SELECT count(*) FROM intents WHERE state = 'open' AND verb = 'update' AND outcome IS NULL").fetchone()[0]

    def check_output(self, text):
        for secret in (KEY, PASSWORD):
            if secret in text:
                raise Violation("a secret was printed")

    def check_calls(self):
        """Every call so far: nobody's who is still there is deleted, and nothing foreign is touched."""
        log = self.site.pbx.log()
        for call in log[self.played :]:
            self.met_faults += bool(call.get("fault"))
            for item in call["items"]:
                self._check(call, item)
        self.played = len(log)

    def _check(self, call, item):
        action, is_extension = call["action"], "ExtentionNumber" in item
        key = ("extension", item["ExtentionNumber"]) if is_extension else ("contact", item.get("PhoneNumber", ""))
        if key[1].startswith("80") and is_extension:
            raise Violation(f"the protected {key} was asked for: {call}")
        if action == "addExt" and key not in self.foreign and "6000" <= key[1] <= "6099":
            self._note_gift(key, item["FirstName"], call)
        if key in self.foreign and action != "addExt":
            raise Violation(f"the foreign {key} was touched: {call}")
        if action.startswith("delete"):
            owner = self.owners.get(key)
            if owner and self.truth.get(key, (None, None))[1] == owner:
                raise Violation(f"{key} was deleted, and its entry {owner} is still there: {call}")
        elif key in self.truth:
            self.owners[key] = self.truth[key][1]
        if action == "updateExt" and (call.get("fault") or call.get("answer") is None):
            self.doubts += 1

    def _note_gift(self, key, name, call):
        """An add with a number from the pool says whose it is: first names are unique."""
        for entry, values in list(self.numberless.items()):
            if values[0] == name:
                if key in self.truth:
                    raise Violation(f"{key} was given to {name}, and {self.truth[key]} has it: {call}")
                self.given[entry] = key[1]
                self.truth[key] = (self.numberless.pop(entry), entry)
                return
        if self.truth.get(key, ((None,),))[0][0] != name and not self._has_left(name):
            raise Violation(f"{name} was given {key}, and has another number: {call}")

    def _has_left(self, name):
        return all(values[0] != name for values, _ in self.truth.values())

    def end(self):
        """After the normal runs: all three say the same."""
        self.check_calls()
        if self.numberless:
            raise Violation(f"nobody gave a number to {self.numberless}")
        state = self.site.pbx.state()
        there = held(state)
        numbers = [(kind, number) for kind, number, _ in there]
        twice = {key for key in numbers if numbers.count(key) > 1}
        if twice:
            raise Violation(f"the PBX has {sorted(twice)} more than once")
        pbx = {(kind, number): values for kind, number, values in there}
        for key, values in self.foreign.items():
            if pbx.pop(key, None) != values:
                raise Violation(f"the foreign {key} isn't what it was")
        should = {key: values for key, (values, _) in self.truth.items()}
        if pbx != should:
            different = {key: (pbx.get(key), should.get(key)) for key in pbx.keys() | should.keys() if pbx.get(key) != should.get(key)}
            raise Violation(f"the PBX doesn't equal the directory: {different}")
        self._check_ledger(pbx)
        self._check_mails(state["mails"], should)
        self.owners = {key: entry for key, (_, entry) in self.truth.items()}
        self.before = should

    def _check_ledger(self, pbx):
        with sqlite3.connect(f"file:{self.site.folder}/state/ledger.sqlite?mode=ro", uri=True) as ledger:
            rows = ledger.execute(
                "SELECT kind, number, first_name, last_name, email, caller_id, company, entry FROM objects").fetchall()
            open_intents = ledger.execute("SELECT count(*) FROM intents WHERE state = 'open'").fetchone()[0]
        ours = {
            (row[0], row[1]): (row[2:6] if row[0] == "extension" else (row[2], row[3], row[6])) for row in rows}
        if ours != pbx:
            different = {key for key in ours.keys() | pbx.keys() if ours.get(key) != pbx.get(key)}
            raise Violation(f"the ledger doesn't equal the PBX: {sorted(different)}")
        strangers = [row for row in rows if self.truth[row[0], row[1]][1] != row[7]]
        if strangers:
            raise Violation(f"the ledger gives objects to the wrong entries: {strangers}")
        if open_intents:
            raise Violation(f"{open_intents} calls are still in doubt")

    def _check_mails(self, mails, should):
        changes = sum(1 for key, values in should.items() if key[0] == "extension" and self.before.get(key) != values)
        if len(mails) > changes + self.doubts:
            raise Violation(f"{len(mails)} mails for {changes} changes and {self.doubts} updates in doubt: {mails}")
