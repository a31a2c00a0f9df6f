"""Situations with an admin in them: edited settings, hidden attributes, restored and damaged ledgers."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..servers.pbx import PBX, Key
from . import faults_directory
from .checker import Violation, is_probe
from .fault import Fault, Situation
from .mirror import key_of
from .people import UNITS, unit
from .proxy import Proxy
from .site import FILTER, Site

if TYPE_CHECKING:
    from .campaign import Cycle


def expect_no_removal(cycle: Cycle, calls: int, allowed: Iterable[Key] = ()) -> None:
    """None of the calls after so many removed anything but these, and what a probe had made."""
    expected = set(allowed)
    for call in cycle.site.pbx.log()[calls:]:
        keys = {key_of(item) for item in call["items"]}
        if call["action"] == "addExt" and call["done"]:
            expected |= {key_of(item) for item in call["items"] if is_probe(item)}
        if call["action"].startswith("delete") and not keys <= expected:
            raise Violation(f"removed without an approval, or before its time: {call}")


# MARK: Settings


class SettingsEdited(Situation):
    """The search settings are edited twice and restored, and people leave meanwhile. No entry that is first missing after an edit
    is removed in that time, because no admin approves it."""

    weight = 20

    def play(self, cycle: Cycle) -> None:
        site = cycle.site
        # Who was missed before the edit goes in the ordinary way.
        cycle.recover()
        edits = [self._edit(site) for _ in range(2)]
        self.detail = ", then ".join(" ".join(edit.values()) for edit in edits)
        cycle.now = str(self)
        calls = len(site.pbx.log())
        # The settings of the last complete read, who left since then, and who left while the settings stayed as they were.
        before: dict[str, Any] = {}
        left: set[Key] = set()
        ordinary: set[Key] = set()
        try:
            for edit in edits:
                site.configure(**edit)
                for _ in range(self.rng.choice([1, 2, 3])):
                    if self.rng.random() < 0.3:
                        there = set(cycle.checker.truth)
                        cycle.apply(site.people.leave(self.rng))
                        left |= there - set(cycle.checker.truth)
                    if cycle.run_to_end()["complete"]:
                        ordinary |= left if edit == before else set()
                        before, left = edit, set()
                    expect_no_removal(cycle, calls, ordinary)
        finally:
            site.configure()

    def _edit(self, site: Site) -> dict[str, Any]:
        people = sorted(set(site.people.people) - {"switchboard"})
        hidden = self.rng.sample(people, self.rng.choice([1, 1, 2, 3]))
        narrowed = "(&" + FILTER + "".join(f"(!(uid={uid}))" for uid in hidden) + ")"
        filters = [narrowed, narrowed, narrowed, "(|(objectClass=inetOrgPerson)(objectClass=person))", "(uid=switchboard)"]
        return self.rng.choice([{"filter": filter} for filter in filters] + [{"base": unit("north")}, {}])


class TemplateEdited(Situation):
    """A template is edited so that each value changes, and restored: nothing is sent meanwhile."""

    weight = 8

    def play(self, cycle: Cycle) -> None:
        site = cycle.site
        last_name = self.rng.choice(["{sn | upper}", "{sn} (x)", "{mail}"])
        self.detail = last_name
        cycle.now = str(self)
        # A person who waits for a number would get it with the values of the edited template.
        cycle.recover()
        try:
            site.configure(last_name=last_name)
            for _ in range(self.rng.choice([1, 2, 3])):
                cycle.sync()
                # A person hired meanwhile is added with the values of the template in force; no other entry has them.
                cycle.checker.check_calls()
        finally:
            site.configure()


# MARK: The directory


class HiddenAttributes(Situation):
    """An access rule hides an attribute, of all or of some, for some runs. Nobody is removed. Values may be emptied where
    they are of few; how many is counted."""

    weight = 12
    emptied = 0

    def play(self, cycle: Cycle) -> None:
        site, checker = cycle.site, cycle.checker
        attribute = self.rng.choice(["mail", "sn", "telephoneNumber", "givenName"])
        scope = self.rng.choice(["*", *(f'dn.subtree="{unit(name)}"' for name in UNITS)])
        if attribute == "telephoneNumber":
            # A person with a hidden number and without an extension gets one from the pool, like a person without a number.
            cycle.recover()
            units = [it for it in UNITS if it not in site.people.blocked_units()]
            if units:
                scope = f'dn.subtree="{unit(self.rng.choice(units))}"'
            else:
                attribute = "mail"
        self.detail = f"{attribute} of {scope}"
        cycle.now = str(self)
        before = dict(checker.mirror.extensions)
        acl = faults_directory.ACL
        rule = f"{{0}}to {scope if scope != '*' else ''} attrs={attribute} by * none".replace("  ", " ")
        faults_directory.HiddenUnit.hide(site, f"olcAccess: {rule}\nolcAccess: {acl.replace('{0}', '{1}')}\n")
        checker.misleads = True
        try:
            for _ in range(self.rng.choice([1, 2, 3])):
                cycle.sync()
                checker.check_calls()
        finally:
            faults_directory.HiddenUnit.hide(site, f"olcAccess: {acl}\n")
            checker.misleads = False
        for number, values in checker.mirror.extensions.items():
            was = before.get(number, values)
            cycle.emptied += any(old and not new for old, new in zip(was, values))


# MARK: The ledger


class LedgerRestored(Situation):
    """A backup of an earlier day is put in the ledger's place."""

    weight = 12

    def play(self, cycle: Cycle) -> None:
        site = cycle.site
        if not site.backups or self.rng.random() < 0.3:
            site.back_up()
            for _ in range(self.rng.choice([1, 2, 3])):
                cycle.change()
                cycle.recover()
        backup = self.rng.choice(site.backups)
        self.detail = os.path.basename(backup)
        cycle.now = str(self)
        cycle.restore_ledger(backup)


class ByteFlipped(Situation):
    """A byte of the ledger, its log or another file of the state folder is another one."""

    weight = 20

    def play(self, cycle: Cycle) -> None:
        site, rng = cycle.site, self.rng
        backup = site.back_up()
        if rng.random() < 0.6:
            # What a killed run leaves in the log is what the next one begins with.
            cycle.sync(crash=rng.choice(["outcomes-committed:1", "run-finished:1", "intents-committed:1", "read-recorded:1"]))
            cycle.checker.check_calls()
            cycle.checker.note_doubts(0)
        folder = f"{site.folder}/state"
        files = [name for name in sorted(os.listdir(folder))
                 if os.path.isfile(f"{folder}/{name}") and os.path.getsize(f"{folder}/{name}") and not name.endswith("-shm")
                 and ".replaced-" not in name]
        name = rng.choice(files)
        with open(f"{folder}/{name}", "r+b") as file:
            place = rng.randrange(os.path.getsize(f"{folder}/{name}"))
            file.seek(place)
            old = file.read(1)[0]
            new = old ^ (1 << rng.randrange(8)) if rng.random() < 0.5 else (old + rng.randrange(1, 256)) % 256
            file.seek(place)
            file.write(bytes([new]))
        self.detail = f"{name} at {place}: {old} is {new}"
        cycle.now = str(self)
        report = cycle.sync()
        cycle.checker.check_calls()
        noticed = report is None or bool(report["error"])
        cycle.flips.append((name.removeprefix("ledger.sqlite"), "refused" if noticed else "unnoticed"))
        if noticed:
            cycle.restore_ledger(backup)


# MARK: Time


class ClockStepped(Situation):
    """The wall clock is set, forth and back, by days and by decades, with restarts of the host between: nobody is due by
    that, and what waits for its time doesn't wait for ever."""

    weight = 15
    # What passes between two runs, in seconds: all of it together is less than the grace.
    MOST = 2000
    GRACE = "3h"

    def play(self, cycle: Cycle) -> None:
        site, rng = cycle.site, self.rng
        steps = list(self._steps(rng.choice([2, 3, 4])))
        self.detail = " ".join(steps)
        cycle.now = str(self)
        # Who was missed before, or whose removal is in doubt, goes in the ordinary way.
        cycle.recover()
        site.configure(after=self.GRACE)
        calls = len(site.pbx.log())
        try:
            cycle.apply(site.people.leave(rng))
            for step in steps:
                cycle.sync(environment={"PBXSYNCD_CLOCK": step})
                expect_no_removal(cycle, calls)
        finally:
            site.configure()

    def _steps(self, count: int) -> Iterator[str]:
        """What the clocks show, run by run. A host that was restarted has been up for no longer than it really has."""
        rng, boot, uptime = self.rng, 0, 0
        for _ in range(count):
            wall = rng.choice([0, 172_800, -172_800, 315_360_000, -1_000_000_000, -7200, 7200])
            if rng.random() < 0.4:
                boot, uptime = boot + 1, 0
            uptime += rng.randrange(self.MOST)
            yield f"wall{wall:+}," + (f"boot={boot},boottime={uptime}" if boot else f"boottime+{uptime}")


# MARK: By hand on the PBX


class HandEdited(Situation):
    """A person deletes or edits managed objects on the PBX. If the directory changes them, they are corrected."""

    weight = 12

    def play(self, cycle: Cycle) -> None:
        checker, rng = cycle.checker, self.rng
        cycle.sync()
        checker.check_calls()
        objects = sorted(key for key, _ in checker.mirror.objects() if key in checker.truth and key in checker.owners)
        edited = rng.sample(objects, min(len(objects), rng.choice([1, 1, 2, 3])))
        self.detail = []
        for key in edited:
            is_deletion = rng.random() < 0.6
            self.detail.append(f"{'deleted' if is_deletion else 'edited'} {key[1]}")
            checker.edit(key, None if is_deletion else ("Edited", "By hand", "", "")[: 4 if key[0] == "extension" else 3])
        for key in edited:
            cycle.apply(cycle.site.people.touch(checker.truth[key][0][0], rng))
        cycle.now = str(self)


class PBXRestored(Situation):
    """The PBX comes back from a backup of an earlier day. An audit says what it lost and what it has again; after it the
    PBX equals the directory, and what was right was left alone."""

    weight = 12

    def play(self, cycle: Cycle) -> None:
        site, checker, rng = cycle.site, cycle.checker, self.rng
        if not site.snapshots or rng.random() < 0.3:
            cycle.recover()
            checker.end()
            site.snapshots = site.snapshots[-2:] + [checker.snapshot()]
            for _ in range(rng.choice([1, 2, 3])):
                cycle.change()
                cycle.recover()
        cycle.recover()
        checker.end()
        before = dict(checker.mirror.objects())
        checker.begin()
        checker.restore_pbx(rng.choice(site.snapshots))
        after = dict(checker.mirror.objects())
        lost = [key for key in before if key not in after and key in checker.truth]
        revived = [key for key in after if key not in checker.truth and key not in checker.foreign]
        self.detail = f"lost {len(lost)}, has again {len(revived)}"
        cycle.now = str(self)
        if rng.random() < 0.5:
            cycle.sync()
            checker.check_calls()
        # An entry that waited for a foreign object may have the number now, because the backup doesn't have that object.
        for key in after.keys() - checker.foreign.keys():
            if key in revived or key not in checker.owners:
                checker.owners[key] = "no entry"
        # A formerly managed object is back under a number that is known as foreign since: an admin has to look.
        foreign = site.ledger_rows("SELECT kind, number FROM known_foreign")
        cycle.admin.forgotten |= {key for key in foreign if key in after and key in checker.truth}
        told = cycle.admin.audit()
        for key in revived:
            if key not in before and key[1] not in told:
                raise Violation(f"the audit doesn't name {key}, which the PBX has again: {told}")
        cycle.recover()
        for key in revived:
            # What has values that nobody sent isn't removed by pbxsyncd.
            if checker.mirror.has(key) and key not in checker.truth:
                checker.edit(key)


class PBXMoved(Situation):
    """The PBX has another address, and the admin says that it is the same."""

    weight = 3

    def play(self, cycle: Cycle) -> None:
        site = cycle.site
        cycle.now = str(self)
        cycle.recover()
        calls = len(site.pbx.log())
        site.pbx_proxy = Proxy(site.pbx.port)
        site.configure()
        if self.rng.random() < 0.7:
            cycle.change()
            cycle.sync()
            if len(site.pbx.log()) > calls:
                raise Violation(f"another PBX was asked: {site.pbx.log()[calls:]}")
        # An earlier ledger is of the earlier address.
        site.backups = []
        status, output, errors = site.command("ledger", "pbx", "same", "--yes")
        if status:
            raise Violation(f"ledger pbx same: {status}: {output}{errors}")


class AnotherPBX(Situation):
    """The configuration names another PBX by mistake, on which the managed numbers are foreign. Nothing is changed there."""

    weight = 6

    def play(self, cycle: Cycle) -> None:
        site, checker, rng = cycle.site, cycle.checker, self.rng
        cycle.now = str(self)
        other = PBX(site.folder, site.programs, "other")
        try:
            theirs = [key for key, _ in checker.mirror.objects() if rng.random() < 0.7]
            other.lay({
                key: checker.FOREIGN_EXTENSION if key[0] == "extension" else checker.FOREIGN_CONTACT for key in theirs})
            site.configure(pbx=other.port)
            for _ in range(rng.choice([1, 2, 3])):
                cycle.change()
                cycle.sync()
            for call in other.log():
                if call["done"] or call["action"] != "addExt":
                    raise Violation(f"another PBX was touched: {call}")
        finally:
            site.configure()
            other.stop()


ALL: list[type[Fault]] = [
    SettingsEdited, TemplateEdited, HiddenAttributes, LedgerRestored, ByteFlipped, ClockStepped, HandEdited, PBXRestored,
    PBXMoved, AnotherPBX]
